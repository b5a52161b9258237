/** Small tables that are published together: one that cannot be published costs no other. */
import { expect, it } from 'vitest';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { createHttp } from '../../../src/rest/http/client.js';
import { fakeClock } from '../../fixtures/clock.js';
import { loadInto, query, temporaryFile } from '../../load/loading.js';
import { serve } from '../../rest/http/serving.js';
import { sql } from '../duckdb.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Eight lists of a server, each with so many rows. */
async function eightLists() {
  let rows: Readonly<Record<string, number>> = {};
  const server = await serve(({ url }) => ({
    body: Array.from({ length: rows[url.slice(1)] ?? 3 }, (_, at) => ({ id: at + 1, list: url.slice(1) })),
  }));
  const lines = NAMES.map((name) => `  - { name: ${name}, path: ${name}, primary_key: id }`);
  const text = `client: { base_url: "${server.origin}", data_selector: '', pagination: single_page }\nresources:\n${lines.join('\n')}\n`;
  const { endpoints } = readConfig(text, 'x.yaml');
  const file = temporaryFile();
  return {
    file,
    load: (counts: Readonly<Record<string, number>> = {}) => {
      rows = counts;
      const http = createHttp({ user_agent: 'test', find_secret: () => undefined, clock: fakeClock() });
      return loadInto(endpoints, file, { http, concurrency: 4 });
    },
  };
}

const stored = async (file: string): Promise<unknown> =>
  Object.fromEntries(
    await Promise.all(
      NAMES.map(async (name) => {
        const [row] = await query(
          file,
          `SELECT count(*) AS n, any_value(list) AS list FROM xano_data."${name}"`,
        );
        return [name, `${row?.['n']} of ${row?.['list']}`];
      }),
    ),
  );

it('publishes the others of a group when one of them is refused', async () => {
  const { file, load } = await eightLists();
  await load({ c: 10 });
  await sql(file, 'DROP TABLE xano_data.e', 'CREATE VIEW xano_data.e AS SELECT 1 AS id, 9 AS list');
  const { report } = await load({ a: 4, b: 4, c: 1, d: 4, e: 4, f: 4, g: 4, h: 4 });
  expect(
    Object.fromEntries(
      report.resources.map(({ resource, status, error }) => [resource, error?.code ?? status]),
    ),
  ).toEqual({
    a: 'loaded',
    b: 'loaded',
    c: 'SHRUNK',
    d: 'loaded',
    e: 'DATABASE_FAILED',
    f: 'loaded',
    g: 'loaded',
    h: 'loaded',
  });
  expect(await stored(file)).toEqual({
    a: '4 of a',
    b: '4 of b',
    c: '10 of c',
    d: '4 of d',
    e: '1 of 9',
    f: '4 of f',
    g: '4 of g',
    h: '4 of h',
  });
  const [record] = await query(
    file,
    `SELECT status, len(report->'$.resources[*].resource') AS n FROM _xano.loads WHERE load_id = '${report.load_id}'`,
  );
  expect(record).toEqual({ status: 'partial', n: '8' });
});
