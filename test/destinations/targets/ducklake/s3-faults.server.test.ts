/**
 * A bucket that refuses, is overloaded or slow: what a load into a DuckLake says, and what the next one
 * finds.
 */
import { setTimeout } from 'node:timers/promises';
import { expect, inject, it, vi } from 'vitest';
import { queryFile } from '../../../../src/destinations/open.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { BUCKET_ENV } from '../../../servers/bucket-env.js';
import { describePostgres } from '../../../servers/postgres.js';
import { type S3Proxy, startS3Proxy } from '../../../servers/s3-proxy.js';
import { publish, using } from '../../conformance/place.js';
import { plan, publication } from '../../writing.js';
import { listsFile, serveLists, start } from './loaders.js';
import { type SharedLake, sharedLake } from './shared-lakes.js';

/** Enough rows for a file: fewer are kept in the catalog. */
const ROWS = 100;
const many = (name: string) => Array.from({ length: ROWS }, (_, id) => ({ id, name }));

/** A lake whose bucket is behind a proxy, with the rows of a first load. */
async function lakeBehindProxy(): Promise<{ readonly lake: SharedLake; readonly proxy: S3Proxy }> {
  const lake = await sharedLake();
  const proxy = await startS3Proxy(inject('s3').endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
  await using(lake, (destination) => publish(destination, plan(), many('old')));
  return { lake, proxy };
}

/** Names and loads of the rows, and the load of the state. */
async function found({ to, options }: SharedLake): Promise<unknown> {
  const sql =
    'SELECT name, _xano_load_id AS load, count(*)::INT AS n, (SELECT load_id FROM _xano.resources) AS state FROM shop GROUP BY ALL';
  return (await queryFile(to, sql, options)).rows;
}

const whole = (name: string, load: string) => [{ name, load, n: ROWS, state: load }];

const writes = (method: string): boolean => method === 'PUT' || method === 'POST';

describePostgres('a bucket', () => {
  it.each([
    [
      403,
      ({ data }: SharedLake) => `The server of ${data} refused these keys.`,
      'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may list, read, write and delete there.',
    ],
    [
      503,
      ({ data }: SharedLake) =>
        `The server of ${data} is overloaded or failing: it answered with status 503 again and again.`,
      'Run the same command again later: it continues where it stopped.',
    ],
  ])(
    'that answers with status %i leaves the rows of before, and takes the next load',
    async (status, sentence, hint) => {
      const { lake, proxy } = await lakeBehindProxy();
      proxy.spoil((method) => (writes(method) ? status : 'pass'));
      const failure = await using(lake, (destination) =>
        rejectionOf(publish(destination, plan({ load_id: 'load-2' }), many('new'))),
      );
      expect([failure.code, failure.message, failure.hint]).toEqual([
        'DATABASE_FAILED',
        sentence(lake),
        hint,
      ]);
      expect(await found(lake)).toEqual(whole('old', 'load-1'));
      proxy.spoil(() => 'pass');
      await using(lake, async (destination) => {
        const writer = await destination.openTarget(plan({ load_id: 'load-3' }));
        expect(writer.checkpoint?.rows).toBe(ROWS);
        await writer.staged();
        await writer.commit(publication('load-3'));
      });
      expect(await found(lake)).toEqual(whole('new', 'load-3'));
    },
  );

  it('that is overloaded for a moment is asked again, and takes the load', async () => {
    const { lake, proxy } = await lakeBehindProxy();
    proxy.spoil((method) => (writes(method) && proxy.refused() < 2 ? 503 : 'pass'));
    await using(lake, (destination) => publish(destination, plan({ load_id: 'load-2' }), many('new')));
    expect(proxy.refused()).toBe(2);
    expect(await found(lake)).toEqual(whole('new', 'load-2'));
  });

  it('that is slow takes the table that is published, and --max-duration ends the load after it', async () => {
    const { lake, proxy } = await lakeBehindProxy();
    proxy.spoil(async (): Promise<'pass'> => {
      await setTimeout(4_000);
      return 'pass';
    });
    const { origin } = await serveLists();
    const file = listsFile({ origin, source: 's', tables: 2, rows: ROWS });
    const env = { ...BUCKET_ENV, AWS_ENDPOINT_URL: proxy.endpoint, XDG_STATE_HOME: lake.staging_folder };
    const load = (...more: readonly string[]) =>
      start(['load', '--endpoints', file, '--to', lake.to, ...more], env).ended;
    // One table at a time: the second one is not read before the first one is published.
    const { status, output } = await load('--max-duration', '3s', '--concurrency', '1');
    expect(status).toBe(7);
    expect(output).toContain('Code: TIME_OVER');
    proxy.spoil(() => 'pass');
    expect((await load()).status).toBe(0);
    const sql = 'SELECT (SELECT count(*)::INT FROM t0) AS a, (SELECT count(*)::INT FROM t1) AS b';
    expect((await queryFile(lake.to, sql, lake.options)).rows).toEqual([{ a: ROWS, b: ROWS }]);
  });
});
