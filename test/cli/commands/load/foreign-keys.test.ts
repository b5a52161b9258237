/** `xano load --foreign-keys`: references between tables of a workspace as foreign keys of Postgres. */
import { expect, it } from 'vitest';
import { describePostgres, newDatabase, rows } from '../../../servers/postgres.js';
import { atOffice } from '../../at-office.js';
import { expectError, openDesk } from '../../terminal.js';

const SHOP = ['--instance', 'x1234-4567-8901', '--workspace', 'Shop'];
const VIOLATED = 'Some values name rows that do not exist.';

const keysIn = (url: string) =>
  rows(
    url,
    "SELECT conrelid::regclass::text AS name, confrelid::regclass::text AS referred, convalidated::text AS valid FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2",
  );

describePostgres('a load with --foreign-keys', () => {
  it('makes foreign keys, validates those that hold, and lets the next load replace the rows', async () => {
    const desk = await openDesk();
    const to = await newDatabase();
    const load = ['load', ...SHOP, '--to', to, '--staging', desk.path('staging')];
    for (let n = 0; n < 2; n++) {
      const { status, stdout } = await desk.run([...load, '--foreign-keys', '--json']);
      expect(status).toBe(0);
      const table = (name: string) => `xano_data.${name}`;
      const key = (name: string, column: string, references: string, reason: string | null) => ({
        table: table(name),
        column,
        references: table(references),
        status: reason === null ? 'valid' : 'not_valid',
        reason,
      });
      expect((JSON.parse(stdout) as { foreign_keys: unknown }).foreign_keys).toEqual([
        key('categories', 'parent_id', 'categories', VIOLATED),
        key('users', 'merchant_id', 'merchant', VIOLATED),
        key('products', 'category_id', 'categories', VIOLATED),
        key('products', 'merchant_id', 'merchant', VIOLATED),
        key('orders', 'customer_id', 'customers', null),
        key('orders', 'product_id', 'products', VIOLATED),
        key('returns', 'order_id', 'orders', null),
      ]);
      expect(await keysIn(to)).toEqual(
        [
          ['categories', 'categories', 'false'],
          ['orders', 'customers', 'true'],
          ['orders', 'products', 'false'],
          ['products', 'categories', 'false'],
          ['products', 'merchant', 'false'],
          ['returns', 'orders', 'true'],
          ['users', 'merchant', 'false'],
        ].map(([name, referred, valid]) => ({ name: table(name!), referred: table(referred!), valid })),
      );
    }
    const { status, stderr } = await desk.run(['load', 'orders', ...load.slice(1), '--quiet']);
    expect([status, stderr]).toEqual([0, '']);
    expect(await keysIn(to)).toEqual([]);
  });
});

it('a load into a DuckDB file refuses --foreign-keys', async () => {
  const desk = await atOffice();
  expectError(
    await desk.run(['load', '--to', desk.path('shop.duckdb'), '--foreign-keys']),
    2,
    'USAGE',
    '--foreign-keys needs a Postgres database.',
    'Name one with --to postgres://user@host/database, or omit --foreign-keys.',
  );
  expect(desk.files()).toEqual([]);
});
