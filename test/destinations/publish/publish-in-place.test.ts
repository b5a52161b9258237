/** The first table of a new file is not copied: its staging file becomes the target. */
import { copyFileSync, existsSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { openDestination } from '../../../src/destinations/open.js';
import { sql } from '../duckdb.js';
import { column, type PlanChoices, plan, publication, records, tempFolder } from '../writing.js';

const ROWS = [
  { id: 1, name: 'a' },
  { id: 2, name: null },
];
const reject = { column: 'name', raw: '[1]', reason: 'not a text for VARCHAR', row_key: '2' };
const newFile = (): string => join(tempFolder(), 'shop.duckdb');
const names = (file: string): string[] => readdirSync(dirname(file)).sort();
const TABLES =
  "SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() ORDER BY schema_name, table_name";

/** Loads rows into a file, which may be there. */
async function put(
  file: string,
  more: Parameters<typeof plan>[0] = {},
  rows: object[] = ROWS,
): Promise<void> {
  const destination = await openDestination(file);
  try {
    const writer = await destination.openTarget(plan(more));
    await writer.write(records(rows, [reject], plan(more).target.columns), null);
    await writer.staged();
    await writer.commit(publication(more.load_id, rows.length));
  } finally {
    await destination.close();
  }
}

it('a file published in place has the rows, the state and the rejects, and nothing of the staging', async () => {
  const file = newFile();
  await put(file);
  expect(names(file)).toEqual(['shop.duckdb']);
  expect(await sql(file, TABLES)).toEqual(
    [
      '_xano.format',
      '_xano.loads',
      '_xano.rejects',
      '_xano.resources',
      '_xano.servers',
      'xano_data.shop',
    ].map((name) => ({ name })),
  );
  expect(await sql(file, 'DESCRIBE xano_data.shop')).toMatchObject([
    { column_name: 'id', column_type: 'BIGINT', default: null },
    { column_name: 'name', column_type: 'VARCHAR', default: null },
    { column_name: '_xano_load_id', column_type: 'VARCHAR', default: null },
  ]);
  expect(await sql(file, 'FROM xano_data.shop')).toEqual([
    { id: '1', name: 'a', _xano_load_id: 'load-1' },
    { id: '2', name: null, _xano_load_id: 'load-1' },
  ]);
  expect(await sql(file, 'SELECT row_key, "column", raw, load_id FROM _xano.rejects')).toEqual([
    { row_key: '2', column: 'name', raw: '[1]', load_id: 'load-1' },
  ]);
});

it.each(['replace', 'append', 'merge'] as const)(
  'a file published in place can be loaded into again: %s',
  async (write_disposition) => {
    const file = newFile();
    await put(file, { write_disposition });
    const two = { id: 2, name: 'b' };
    await put(file, { write_disposition, load_id: 'load-2' }, [two]);
    const marked = write_disposition === 'merge' ? ', _xano_deleted_at IS NOT NULL AS gone' : '';
    const rows = await sql(
      file,
      `SELECT id, name, _xano_load_id AS load${marked} FROM xano_data.shop ORDER BY ALL`,
    );
    const [first, second] = [{ load: 'load-1' }, { load: 'load-2' }];
    expect(rows).toEqual(
      {
        replace: [{ id: '2', name: 'b', ...second }],
        append: [
          { id: '1', name: 'a', ...first },
          { id: '2', name: 'b', ...second },
          { id: '2', name: null, ...first },
        ],
        merge: [
          { id: '1', name: 'a', ...first, gone: true },
          { id: '2', name: 'b', ...second, gone: false },
        ],
      }[write_disposition],
    );
  },
);

it('a file published in place gets its name from the next load where a kill came in between', async () => {
  const file = newFile();
  await put(file);
  renameSync(file, `${file}.staging`);
  const destination = await openDestination(file);
  await destination.prepare();
  expect(await destination.recall()).toMatchObject([{ target: 'xano_data.shop', rows: 2 }]);
  await destination.close();
  expect(names(file)).toEqual(['shop.duckdb']);
  expect(await sql(file, 'SELECT count(*)::INT AS n FROM xano_data.shop')).toEqual([{ n: 2 }]);
});

it('a file published in place never replaces a file that came meanwhile', async () => {
  const file = newFile();
  await put(file);
  copyFileSync(file, `${file}.staging`);
  await put(file, { load_id: 'load-2' }, [{ id: 9, name: 'z' }]);
  expect(names(file)).toEqual(['shop.duckdb']);
  expect(await sql(file, 'SELECT id FROM xano_data.shop')).toEqual([{ id: '9' }]);
});

const copied: [string, PlanChoices, object[]][] = [
  ['a row stands there twice', {}, [...ROWS, { id: 1, name: 'newer' }]],
  ['it has no columns', { target: { columns: [], primary_key: [] } }, [{}, {}]],
  ['it goes to the schema main', { target: { schema: 'main' } }, ROWS],
];
it.each(copied)('the staging is copied where %s', async (_, more, rows) => {
  const file = newFile();
  await put(file, more, rows);
  const { schema = 'xano_data' } = more.target ?? {};
  expect(await sql(file, `SELECT count(*)::INT AS n FROM ${schema}.shop`)).toEqual([{ n: 2 }]);
  expect(names(file)).toEqual(['shop.duckdb']);
});

it('the staging is copied where the target’s name is a link to a file that does not exist', async () => {
  const file = newFile();
  const elsewhere = join(tempFolder(), 'real.duckdb');
  symlinkSync(elsewhere, file);
  await put(file);
  expect(existsSync(elsewhere)).toBe(true);
  expect(await sql(elsewhere, 'SELECT count(*)::INT AS n FROM xano_data.shop')).toEqual([{ n: 2 }]);
});

it('publishing leaves the staged rows of another unfinished table alone', async () => {
  const file = newFile();
  const destination = await openDestination(file);
  const other = plan({
    identity: 'host/other',
    target: { name: 'other', columns: [column('id', 'BIGINT')] },
  });
  const kept = await destination.openTarget(other);
  await kept.write(records([{ id: 5 }]), 'after 5');
  await kept.abort({ keep: true });
  await destination.close();
  await put(file);
  expect(names(file)).toEqual(['shop.duckdb', 'shop.duckdb.staging']);
  const again = await openDestination(file);
  const writer = await again.openTarget(other);
  expect(writer.checkpoint).toEqual({ rows: 1, resume: 'after 5', columns_added: [] });
  await writer.staged();
  await writer.commit(publication('load-2', 1));
  await again.close();
  expect(names(file)).toEqual(['shop.duckdb']);
  expect(await sql(file, 'SELECT id FROM xano_data.other')).toEqual([{ id: '5' }]);
});
