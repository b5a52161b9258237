/** Which loader has which workspace, and when it starts. */
import { expect, it } from 'vitest';
import { waitForJitter } from '../../src/cli/commands/load/jitter.js';
import { parseShard, shardOf, shardOfRun } from '../../src/project/shard.js';

const DATASETS = ['acme', 'beta_co', 'gamma', 'delta', 'xano_data', 'workspace_12'];

it('deals each dataset to one shard, by its name alone', () => {
  // Written down: a new version must not move a dataset to another loader.
  expect(DATASETS.map((name) => shardOf(name, 3))).toEqual([0, 1, 0, 1, 2, 0]);
  expect(DATASETS.map((name) => shardOf(name.toUpperCase(), 3))).toEqual([0, 1, 0, 1, 2, 0]);
  expect(DATASETS.map((name) => shardOf(name, 1))).toEqual([0, 0, 0, 0, 0, 0]);
});

it('reads a shard as an index from 0 and a number, or from the variables of an engine', () => {
  expect(['0/3', '2/3', '3/3', '0/0', '-1/3', '1', '1/3/5'].map(parseShard)).toEqual([
    { index: 0, count: 3 },
    { index: 2, count: 3 },
    ...[undefined, undefined, undefined, undefined, undefined],
  ]);
  expect([
    shardOfRun({}),
    shardOfRun({ JOB_COMPLETION_INDEX: '1', XANO_SHARDS: '3' }),
    shardOfRun({ CLOUD_RUN_TASK_INDEX: '0', CLOUD_RUN_TASK_COUNT: '2' }),
    shardOfRun({ AWS_BATCH_JOB_ARRAY_INDEX: '4', XANO_SHARDS: '5' }),
  ]).toEqual([undefined, { index: 1, count: 3 }, { index: 0, count: 2 }, { index: 4, count: 5 }]);
  expect(() => shardOfRun({ XANO_SHARDS: '3' })).toThrow('no variable says which shard this is');
  expect(() => shardOfRun({ JOB_COMPLETION_INDEX: '3', XANO_SHARDS: '3' })).toThrow(
    'JOB_COMPLETION_INDEX is "3" and XANO_SHARDS is "3"; expected an index from 0 and a larger count.',
  );
});

it('waits a random part of the jitter before a load, and stops at Ctrl-C', async () => {
  const slept: number[] = [];
  const jitter = { jitter: { ms: 30_000, text: '30s' } };
  const stop = new AbortController();
  const context = {
    random: () => 0.5,
    signal: stop.signal,
    sleep: async (ms: number, signal?: AbortSignal) => {
      slept.push(ms);
      signal?.throwIfAborted();
    },
  };
  const printer = { detail: () => {}, span: String };
  type Given = Parameters<typeof waitForJitter>;
  const wait = (flags: object): Promise<void> =>
    waitForJitter(flags as Given[0], context as unknown as Given[1], printer as unknown as Given[2]);
  await wait(jitter);
  await wait({ ...jitter, dryRun: true });
  await wait({});
  expect(slept).toEqual([15_000]);
  stop.abort();
  await expect(wait(jitter)).rejects.toMatchObject({
    code: 'INTERRUPTED',
    message: 'Stopped before the load.',
  });
});
