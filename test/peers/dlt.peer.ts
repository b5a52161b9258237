import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EndpointConfig, parseEndpoints, toDlt } from '../../src/index.js';
import { insertRow, rowOf, rowsIn, updateRow } from '../../src/sandbox/data/rows.js';
import { storedNames } from '../../src/table/column.js';
import { rowsOfFile } from '../cli/terminal.js';
import { openPeer, quote, valuesOf } from './peer.js';

const TABLES = [
  'merchant',
  'categories',
  'users',
  'products',
  'customers',
  'orders',
  'every_type',
  'new stuff 🚀',
  'returns',
];
const LISTS = ['Storefront/merchant', 'Storefront/products', 'Accounts/users'];

/** What dlt calls what it cannot call as it is called. */
const THEIR_NAMES: Readonly<Record<string, string>> = { 'say "hi"': 'say _hi_' };

describe('the file for dlt', () => {
  it('loads the same values as we do with the real dlt', async () => {
    const { desk, python } = await openPeer();
    const file = desk.path('xano_dlt.py');
    const endpoints = desk.path('endpoints.json');
    const ours = desk.path('ours.duckdb');
    const theirs = desk.path('theirs.duckdb');
    const named = [...TABLES, ...LISTS, '--page-size', '300'];
    expect(await desk.run(['endpoints', ...named, '--format', 'dlt', '--output', file])).toEqual({
      status: 0,
      stdout: '',
      stderr: `Low confidence in Storefront/merchant: The answer is undocumented: xano assumes the usual "page" and "pageSize", with records under "data". See \`xano check Storefront/merchant\`.\ncustomers: dlt requests pages by number, in the order of the key: it misses rows that shift when others are deleted meanwhile.\nWrote a file for dlt to ${file}.\n`,
    });
    await python('-m', 'py_compile', file, join(import.meta.dirname, '../fixtures/export/every-kind.py'));
    const { stdout } = await desk.run(['endpoints', ...named]);
    await desk.run(['endpoints', ...named, '--output', endpoints]);
    const configs = parseEndpoints(JSON.parse(stdout));

    await python(file, theirs);
    expect((await desk.run(['load', '--endpoints', endpoints, '--to', ours])).status).toBe(0);

    // dlt makes no table of a list without records; we do.
    const names = await tablesOf(theirs);
    expect(names).toEqual(
      [...TABLES.filter((name) => name !== 'returns'), ...LISTS.map(theirTable)].toSorted(),
    );
    expect(await rowsOfFile(ours, 'SELECT count(*)::INT FROM xano_data.returns')).toEqual([[0]]);

    const counts: Record<string, number> = {};
    for (const config of configs.filter(({ name }) => name !== 'returns')) {
      const columns = config.columns ?? (await columnsOf(ours, config.name));
      const our_names = storedNames(columns);
      const table = {
        ours: `xano_data.${quote(config.name)}`,
        theirs: `xano_data.${quote(theirTable(config.name))}`,
        columns: columns.map((column, nth) => ({
          ...column,
          our_name: our_names[nth]!,
          their_name: THEIR_NAMES[column.name] ?? our_names[nth]!,
        })),
      };
      const values = await valuesOf(table, ours, theirs, 'times');
      expect(values.theirs, config.name).toEqual(values.ours);
      counts[config.name] = values.theirs.length;
      // What is left out is left out there, too.
      const excluded = config.excluded.filter((name) => !columns.some((column) => column.name === name));
      const present = (await columnsOf(theirs, theirTable(config.name))).map(({ name }) => name);
      expect(present.filter((name) => excluded.includes(name))).toEqual([]);
    }
    expect(counts).toEqual({
      merchant: 12,
      categories: 8,
      users: 500,
      products: 1000,
      customers: 800,
      orders: 5000,
      every_type: 19,
      'new stuff 🚀': 3,
      'Storefront/merchant': 12,
      'Storefront/products': 1000,
      'Accounts/users': 500,
    });
  });

  it('reads only new rows the second time, and merges them', async () => {
    const { desk, python } = await openPeer();
    const { xano } = desk;
    const file = desk.path('xano_dlt.py');
    const theirs = desk.path('theirs.duckdb');
    const argv = ['endpoints', 'merchant', '--incremental', 'created_at', '--page-size', '5'];
    await desk.run([...argv, '--format', 'dlt', '--output', file]);
    const rows = rowsIn(
      xano.instances[0]!.data.workspaces[0]!.tables.find(({ name }) => name === 'merchant')!,
      'live',
    );
    const newest = Date.UTC(2027, 0, 1);
    const merchant = (id: number, name: string, created_at: number) =>
      rowOf({ id, created_at, name, city: '', rating: 1, active: true, settings: null });
    updateRow(rows, merchant(1, 'Renamed', newest));
    await python(file, theirs);
    insertRow(rows, merchant(90, 'New', newest + 1000));
    updateRow(rows, merchant(1, 'Renamed twice', newest + 2000));
    xano.clearRequests();
    await python(file, theirs);
    expect(xano.requests.map(({ body }) => body)).toEqual([
      {
        page: 1,
        per_page: 5,
        sort: { id: 'asc' },
        search: [{ 'created_at|>': newest - 600_000 }],
      },
    ]);
    expect(
      await rowsOfFile(
        theirs,
        'SELECT id::INT, name, epoch_ms(created_at)::VARCHAR FROM xano_data.merchant WHERE id IN (1, 90) ORDER BY id',
      ),
    ).toEqual([
      [1, 'Renamed twice', String(newest + 2000)],
      [90, 'New', String(newest + 1000)],
    ]);
    expect(await rowsOfFile(theirs, 'SELECT count(*)::INT FROM xano_data.merchant')).toEqual([[13]]);
  });

  it('stops with an error where an answer holds no list', async () => {
    const { desk, python } = await openPeer();
    const file = desk.path('xano_dlt.py');
    const { stdout } = await desk.run(['endpoints', 'Storefront/merchant']);
    // As somebody may have written it by hand.
    const [config] = parseEndpoints(JSON.parse(stdout));
    writeFileSync(file, toDlt([{ ...config!, data_selector: 'records' }]).text);
    await expect(python(file, desk.path('theirs.duckdb'))).rejects.toThrow(
      '/merchant returned no list at records.',
    );
  });
});

const theirTable = (name: string): string => name.replace('/', '_');

async function tablesOf(file: string): Promise<unknown[]> {
  const rows = await rowsOfFile(
    file,
    "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'xano_data' AND NOT starts_with(table_name, '_dlt')",
  );
  return rows.flat().toSorted();
}

/** The columns of a list that nobody described: compared as JSON. */
async function columnsOf(file: string, table: string): Promise<NonNullable<EndpointConfig['columns']>> {
  const rows = await rowsOfFile(
    file,
    `SELECT column_name FROM duckdb_columns() WHERE schema_name = 'xano_data' AND table_name = '${table}' AND NOT starts_with(column_name, '_')`,
  );
  return rows.flat().map((name) => ({ name: String(name), type: 'JSON', list: false }));
}
