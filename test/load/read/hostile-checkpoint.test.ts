/** What a staging file says of how to go on becomes requests: nobody but a load may have written it. */
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readCheckpoint } from '../../../src/load/read/checkpoint.js';
import { clientOf, localXano } from '../../fixtures/local-xano.js';
import { items, officeOf } from '../../fixtures/office.js';
import { serveJson } from '../../rest/http/serving.js';
import { configsOf, loadInto, temporaryFile, values } from '../loading.js';

/** Changes how the rows that are staged are said to be gone on with. */
async function rewrite(file: string, change: (resume: Record<string, unknown>) => unknown): Promise<void> {
  const instance = await DuckDBInstance.create(`${file}.staging`);
  const connection = await instance.connect();
  const [row] = (
    await connection.runAndReadAll('SELECT resume::VARCHAR AS r FROM progress')
  ).getRowObjectsJson();
  const next = JSON.stringify(change(JSON.parse(String(row?.['r']))));
  await connection.run(`UPDATE progress SET resume = '${next.replaceAll("'", "''")}'`);
  connection.closeSync();
  instance.closeSync();
}

/** A load of ten rows that was stopped after two pages. */
async function stopped() {
  const xano = await localXano({ instances: [officeOf(items([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))] });
  const configs = await configsOf(xano, ['items'], 3);
  const file = temporaryFile();
  const stop = new AbortController();
  const answer = {
    kind: 'rewrite',
    rewrite: (body: string) => {
      stop.abort();
      return body;
    },
  } as const;
  xano.fail({ path: '/content/search', skip: 3, answer });
  await loadInto(configs, file, {
    http: clientOf(xano, stop.signal),
    signal: stop.signal,
  });
  const load = () => loadInto(configs, file, { http: clientOf(xano) });
  return { file, load };
}

it.each([
  ['is a number', () => 5],
  ['is a list', () => []],
  ['lacks a part that a load writes', () => ({ read_by: 'keyset' })],
  ['has a key that is not JSON', (resume: object) => ({ ...resume, after: '3 OR 1=1' })],
  ['has a key that is an object', (resume: object) => ({ ...resume, after: '{"a":1}' })],
  ['has a page size below one', (resume: object) => ({ ...resume, page_size: -5 })],
  [
    'has a request of a method that changes things',
    (resume: object) => ({
      ...resume,
      request: { method: 'DELETE', url: 'https://a', params: {}, headers: {} },
    }),
  ],
])('a checkpoint is not resumed from where it %s', async (_, change) => {
  const { file, load } = await stopped();
  await rewrite(file, change);
  const { onlyTable } = await load();
  expect(onlyTable).toMatchObject({
    status: 'loaded',
    completeness: 'proved',
    rows_written: 10,
    resumed: false,
  });
  expect((await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).map(Number)).toHaveLength(10);
});

it('a checkpoint never leads a request, and its token, to another origin', async () => {
  const { file, load } = await stopped();
  const stranger = await serveJson(() => []);
  const request = { method: 'GET', url: `${stranger.origin}/rows`, params: {}, headers: {} };
  for (const more of [{ request }, { last: request }, { request, last: request, read_by: 'single_page' }])
    await rewrite(file, (resume) => ({ ...resume, ...more }));
  expect((await load()).onlyTable).toMatchObject({ status: 'loaded', rows_written: 10 });
  expect(stranger.received).toEqual([]);
});

it('a checkpoint of any JSON is read as one that a load writes, or ignored', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const read = readCheckpoint(value);
      expect(read === undefined || typeof read.read_by === 'string').toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
