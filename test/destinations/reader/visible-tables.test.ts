/** A query that is limited to some tables reaches no other, whatever its SQL says. */
import { describe, expect, it } from 'vitest';
import { openDestination, openStore } from '../../../src/destinations/open.js';
import { valueAsJson } from '../../../src/index.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { publish, using } from '../conformance/place.js';
import { plan, report, tempFolder } from '../writing.js';

/**
 * Loads `orders`, `or"ders` and the `users` that queries must not see; returns the query that sees the
 * former.
 */
async function loaded(name: string): Promise<{ rows: (sql: string) => Promise<string[]>; folder: string }> {
  const folder = tempFolder();
  const to = `${folder}/${name}`;
  await using({ open: () => openDestination(to) }, async (destination) => {
    for (const [table, row] of [
      ['orders', { id: 1, name: 'a lamp' }],
      ['or"ders', { id: 2, name: 'a desk' }],
      ['users', { id: 3, name: 'a secret' }],
    ] as const)
      await publish(
        destination,
        plan({ identity: table, resource: table, origin: { table_id: row.id }, target: { name: table } }),
        [row],
      );
    await destination.record(report());
  });
  const tables = ['orders', 'or"ders', 'gone'].map((table) => ({ schema: 'xano_data', table }));
  const store = await openStore(to);
  const rows = (sql: string): Promise<string[]> =>
    store.query(
      sql,
      async ({ batches }) => {
        const found: string[] = [];
        for await (const batch of batches())
          found.push(...batch.map((row) => row.map(valueAsJson).join(' ')));
        return found;
      },
      { tables },
    );
  return { rows, folder: to };
}

describe.each(['x.duckdb', 'out/'])('a limited query of %s', (name) => {
  it('reads the tables that it may read', async () => {
    const { rows } = await loaded(name);
    expect(await rows('SELECT id, name FROM orders')).toEqual(['1 "a lamp"']);
    expect(await rows('SELECT id, name FROM "or""ders"')).toEqual(['2 "a desk"']);
    expect(await rows('SELECT o.id, d.name FROM ORDERS o, xano_data."or""ders" d')).toEqual(['1 "a desk"']);
    expect(await rows('SHOW TABLES')).toEqual(['"or\\"ders"', '"orders"']);
  });

  it.each([
    'FROM users',
    'FROM xano_data.users',
    'FROM xano_file.xano_data.users',
    'FROM xano_copied.xano_data.users',
    'FROM _xano.rejects',
    'FROM _xano.loads',
    "FROM query_table('users')",
    "FROM query('FROM ' || 'users')",
    "FROM read_duckdb('x.duckdb', table_name = 'users')",
    "SELECT * FROM glob('**')",
    "FROM pragma_storage_info('users')",
  ])('does not reach another table: %s', async (sql) => {
    const { rows } = await loaded(name);
    expect((await rejectionOf(rows(sql))).code).toBe('QUERY_FAILED');
  });

  it('does not read the files of the target', async () => {
    const { rows, folder } = await loaded(name);
    for (const sql of [
      `FROM '${folder}'`,
      `FROM read_parquet('${folder}/**/*.parquet')`,
      `FROM read_blob('${folder}')`,
    ])
      expect((await rejectionOf(rows(sql))).code).toBe('QUERY_FAILED');
  });

  it('tells nothing about another table', async () => {
    const { rows } = await loaded(name);
    for (const sql of [
      'SELECT table_name FROM duckdb_tables()',
      'SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal',
      'SELECT table_name FROM information_schema.tables',
      'SHOW ALL TABLES',
      'SELECT path FROM duckdb_databases()',
    ])
      expect((await rows(sql)).join('\n')).not.toMatch(/users|x\.duckdb"|a secret/);
  });

  it('fails, instead of giving no rows, where the SQL does not spell the name of a table', async () => {
    const { rows } = await loaded(name);
    for (const more of ['', ' WHERE id = 1', ' JOIN (SELECT 1 AS id) USING (id)']) {
      const error = await rejectionOf(rows(`SELECT count(*) FROM query_table('or' || 'ders')${more}`));
      expect([error.code, error.message]).toEqual([
        'QUERY_FAILED',
        'Only a table whose name the SQL spells can be read.',
      ]);
    }
  });
});

it('a Postgres database refuses to be limited', async () => {
  const store = await openStore('postgres://me@127.0.0.1:1/db');
  const error = await rejectionOf(store.query('SELECT 1', async () => 1, { tables: [] }));
  expect([error.code, error.message]).toEqual([
    'USAGE',
    'xano cannot limit queries of a Postgres database to some tables.',
  ]);
});
