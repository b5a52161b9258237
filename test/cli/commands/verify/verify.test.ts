/** `xano verify`: a loaded destination beside Xano now. */
import { describe, expect, it } from 'vitest';
import type { VerifiedTable, VerifyReport } from '../../../../src/index.js';
import { deleteRow, insertRow, rowFromJson, rowOf, updateRow } from '../../../../src/sandbox/data/rows.js';
import { sql } from '../../../destinations/duckdb.js';
import { describePostgres, newDatabase, rows as postgresRows } from '../../../servers/postgres.js';
import { type Desk, expectError, openDesk, PLAIN, type Said, SHOP } from '../../terminal.js';

const live = (desk: Desk, table: string) =>
  desk.xano.instances[0]!.data.workspaces[0]!.tables.find(({ name }) => name === table)!.rows['live']!;
const rowAt = (desk: Desk, table: string, i: number) => JSON.parse(live(desk, table).sorted[i]!.json);

const reportOf = ({ stdout }: Said) => JSON.parse(stdout) as VerifyReport;
const tableOf = (said: Said, name: string): VerifiedTable =>
  reportOf(said).tables.find(({ resource }) => resource === name)!;
const states = (said: Said): Record<string, string> =>
  Object.fromEntries(reportOf(said).tables.map(({ resource, state }) => [resource, state]));

const VERIFY = ['verify', ...SHOP, '--values', '10', '--seed', '7', '--json', '--to'];
const KEY = { env: { XANO_MASK_KEY: 'k'.repeat(32) } };

describe('xano verify', () => {
  it('finds nothing in a fresh copy, whatever its types, masks, conditions and limits', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const { email } = rowAt(desk, 'customers', 3) as { email: string };
    const protect = ['--mask', 'users.email=hash', 'customers.email=hash', '--exclude', 'users.name'];
    const some = ['--where', 'merchant.active = true', '--limit', 'products=40'];
    const names = ['merchant', 'users', 'products', 'customers', 'every_type'];
    expect((await desk.run(['load', ...SHOP, ...names, '--to', to, ...protect, ...some], KEY)).status).toBe(
      0,
    );
    const said = await desk.run([...VERIFY, to], KEY);
    expect(said.status).toBe(0);
    expect(states(said)).toEqual(Object.fromEntries(names.map((name) => [name, 'same'])));
    expect(reportOf(said)).toMatchObject({ seed: 7, values: 10 });
    expect(tableOf(said, 'users')).toEqual({
      resource: 'users',
      target: 'xano_data.users',
      state: 'same',
      rows: 500,
      rows_source: 500,
      changed_since: { added: 0, removed: 0, updated: null },
      rows_wrong: 0,
      rows_unknown: 0,
      values_compared: 500,
      differences: [],
      columns_skipped: [{ name: 'name', reason: 'the destination does not have it' }],
      reasons: [],
      requests: 2,
    });
    expect(tableOf(said, 'products')).toMatchObject({ rows: 40, rows_source: 40, values_compared: 40 });
    expect(desk.files()).toEqual(['shop.duckdb']);

    // Another key would make every hash differ.
    const other = await desk.run([...VERIFY, to, 'users'], { env: { XANO_MASK_KEY: 'x'.repeat(32) } });
    expect(tableOf(other, 'users').columns_skipped).toContainEqual({
      name: 'email',
      reason: 'it was masked with another key than XANO_MASK_KEY',
    });

    // A value that is masked is never shown, on either side.
    await sql(to, `UPDATE xano_data.users SET email = 'mine' WHERE id = ${rowAt(desk, 'users', 8).id}`);
    const masked = await desk.run([...VERIFY, to, 'users'], KEY);
    expect(masked.status).toBe(7);
    expect(tableOf(masked, 'users').differences).toEqual([
      {
        key: String(rowAt(desk, 'users', 8).id),
        kind: 'changed',
        cause: 'unknown',
        columns: [{ name: 'email' }],
      },
    ]);
    expect(masked.stdout + masked.stderr).not.toContain(email);
  });

  it('finds rows that were deleted, added or changed in the destination by hand', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const tables = ['orders', 'products', 'customers', 'merchant', 'categories'];
    await desk.run(['load', ...SHOP, ...tables, '--to', to]);
    const gone = rowAt(desk, 'orders', 3210) as { id: number };
    const flipped = rowAt(desk, 'products', 77) as { id: number; price: number };
    const newest = live(desk, 'customers').sorted.at(-1)!.json;
    await sql(
      to,
      `DELETE FROM xano_data.orders WHERE id = ${gone.id}`,
      `UPDATE xano_data.products SET price = price + 1 WHERE id = ${flipped.id}`,
      `DELETE FROM xano_data.customers WHERE id = '${(JSON.parse(newest) as { id: string }).id}'`,
      'INSERT INTO xano_data.merchant SELECT * REPLACE (0 AS id) FROM xano_data.merchant LIMIT 1',
      'INSERT INTO xano_data.categories FROM xano_data.categories LIMIT 1',
    );
    const said = await desk.run([...VERIFY, to]);
    expect(said.status).toBe(7);
    const found = Object.fromEntries(
      reportOf(said).tables.map(({ resource, state, rows_wrong, differences }) => [
        resource,
        { state, rows_wrong, differences },
      ]),
    );
    const wrong = (key: string, kind: string, columns = {}) => ({
      state: 'wrong',
      rows_wrong: 1,
      differences: [{ key, kind, cause: 'wrong', ...columns }],
    });
    expect(found).toEqual({
      orders: wrong(String(gone.id), 'missing'),
      products: wrong(String(flipped.id), 'changed', {
        columns: [
          {
            name: 'price',
            destination: String(flipped.price + 1),
            source: String(flipped.price),
          },
        ],
      }),
      customers: wrong(JSON.stringify((JSON.parse(newest) as { id: string }).id), 'missing'),
      merchant: wrong('0', 'extra'),
      categories: wrong(String(rowAt(desk, 'categories', 0).id), 'duplicate'),
    });
    await sql(to, 'DROP TABLE xano_data.categories', 'ALTER TABLE xano_data.merchant DROP COLUMN active');
    const text = await desk.run(['verify', ...SHOP, '--to', to], { columns: 120, env: PLAIN });
    expect(text.stderr).toContain(
      'categories: The destination lacks the table, in which a load published 8 rows.',
    );
    expect(text.stderr).toContain(
      'merchant: The destination lacks the column "active", which a load published.',
    );
    expect(text.status).toBe(7);
    expect(text.stdout).toMatch(/orders +wrong +4,999 +5,000/);
    expect(text.stderr).toContain(`orders: row ${gone.id} is only in Xano: wrong.`);
    expect(text.stderr).toContain('orders: The load published 5000 rows, and the table has 4999.');
  });

  it('takes what changed in Xano after the load for behind, not for wrong', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    await desk.run(['load', ...SHOP, 'products', 'orders', 'every_type', '--to', to]);
    desk.clock.advance(3_600_000);
    const product = rowAt(desk, 'products', 5) as { id: number };
    updateRow(live(desk, 'products'), rowOf({ ...product, price: 1, updated_at: desk.clock.now() }));
    const order = rowAt(desk, 'orders', 0) as { id: number };
    insertRow(live(desk, 'orders'), rowOf({ ...order, id: 9_000_000, created_at: desk.clock.now() }));
    deleteRow(live(desk, 'orders'), BigInt(rowAt(desk, 'orders', 2500).id));
    const said = await desk.run([...VERIFY, to]);
    expect([said.status, states(said)]).toEqual([
      0,
      { products: 'behind', orders: 'behind', every_type: 'same' },
    ]);
    expect(tableOf(said, 'products')).toMatchObject({
      changed_since: { added: 0, removed: 0, updated: 1 },
      differences: [{ key: String(product.id), kind: 'changed', cause: 'changed_at_source' }],
      reasons: ['Updated since the load: "updated_at" after 2026-03-01T12:00:00Z.'],
    });
    expect(tableOf(said, 'orders')).toMatchObject({
      rows: 5000,
      rows_source: 5000,
      changed_since: { added: 1, removed: 1, updated: null },
      differences: [{ kind: 'extra', cause: 'changed_at_source' }],
    });

    // A merge marks the row that is gone, and marked rows are not there.
    const merge = ['load', ...SHOP, 'products', 'orders', '--to', to, '--write-disposition', 'merge'];
    expect((await desk.run(merge)).status).toBe(0);
    const again = await desk.run([...VERIFY, to]);
    expect(states(again)).toEqual({ products: 'same', orders: 'same', every_type: 'same' });
    expect(tableOf(again, 'orders')).toMatchObject({ rows: 5000, rows_source: 5000 });
  });

  it('never takes a value that was kept aside for wrong', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const { json } = live(desk, 'merchant').sorted[2]!;
    updateRow(
      live(desk, 'merchant'),
      rowFromJson(json.replace(/"active":(true|false)/, '"active":"no idea"')),
    );
    await desk.run(['load', ...SHOP, 'merchant', '--to', to]);
    expect(await sql(to, 'SELECT "column" FROM _xano.rejects')).toEqual([{ column: 'active' }]);
    const said = await desk.run([...VERIFY, to]);
    expect([said.status, states(said)]).toEqual([0, { merchant: 'same' }]);
  });

  it('compares a folder of Parquet files, and says which tables it cannot compare', async () => {
    const desk = await openDesk();
    const to = `${desk.path('out')}/`;
    const condition = `users.email = ${rowAt(desk, 'users', 1).email}`;
    await desk.run(
      [
        'load',
        ...SHOP,
        'users',
        'every_type',
        '--to',
        to,
        '--mask',
        'users.email=hash',
        '--where',
        condition,
      ],
      KEY,
    );
    const said = await desk.run([...VERIFY, to], KEY);
    expect([said.status, states(said)]).toEqual([0, { users: 'not_provable', every_type: 'same' }]);
    expect(tableOf(said, 'users').reasons).toEqual([
      'It was loaded with a condition on a masked column: give the same --where again.',
    ]);
    const told = await desk.run([...VERIFY, to, '--where', condition], KEY);
    expect(states(told)).toEqual({ users: 'same', every_type: 'same' });
    expectError(
      await desk.run(['verify', ...SHOP, '--to', to, '--dataset', 'other']),
      2,
      'USAGE',
      `${to} has no table of this workspace.`,
      'Name the workspace of its load with --workspace, or another destination with --to.',
    );
  });
});

describePostgres('xano verify of a Postgres database', () => {
  it('finds nothing in a fresh copy, and rows that were changed there by hand', async () => {
    const desk = await openDesk();
    const to = await newDatabase();
    const tables = ['merchant', 'products', 'every_type'];
    await desk.run(['load', ...SHOP, ...tables, '--to', to, '--staging', desk.path('staging')]);
    const fresh = await desk.run([...VERIFY, to]);
    expect(tableOf(fresh, 'every_type').differences).toEqual([]);
    expect([fresh.status, states(fresh)]).toEqual([
      0,
      { merchant: 'same', products: 'same', every_type: 'same' },
    ]);
    const { id } = rowAt(desk, 'products', 9) as { id: number };
    await postgresRows(
      to,
      'DELETE FROM xano_data.merchant WHERE id = (SELECT min(id) FROM xano_data.merchant)',
    );
    await postgresRows(to, `UPDATE xano_data.products SET name = 'other' WHERE id = ${id}`);
    const said = await desk.run([...VERIFY, to]);
    expect([said.status, states(said)]).toEqual([
      7,
      { merchant: 'wrong', products: 'wrong', every_type: 'same' },
    ]);
    expect(tableOf(said, 'products').differences).toMatchObject([{ key: String(id), kind: 'changed' }]);
  });
});
