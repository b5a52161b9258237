/** `xano load --limit`: only the first rows by key, and never taken for a complete copy. */
import { describe, expect, it } from 'vitest';
import { deleteRow } from '../../../../src/sandbox/data/rows.js';
import { type Desk, expectError, openDesk, PLAIN, rowsOfFile, SHOP } from '../../terminal.js';

const liveRows = (desk: Desk, table: string) =>
  desk.xano.instances[0]!.data.workspaces[0]!.tables.find(({ name }) => name === table)!.rows['live']!;
const idsOf = (desk: Desk, table: string): number[] =>
  liveRows(desk, table).sorted.map(({ json }) => (JSON.parse(json) as { id: number }).id);

describe('xano load --limit', () => {
  it('reads the first rows by key, proves them, and says that there are more', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const ids = idsOf(desk, 'orders');
    const argv = ['load', ...SHOP, 'orders', 'merchant', '--to', to];
    const limits = ['--limit', '1000000', 'orders=150'];
    const { status, stdout } = await desk.run([...argv, ...limits, '--page-size', '40', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      resources: [
        { resource: 'orders', completeness: 'limited', rows_expected: 150, rows_total: 150 },
        { resource: 'merchant', completeness: 'proved' },
      ],
    });
    expect(await rowsOfFile(to, 'SELECT id::INT FROM orders ORDER BY id')).toEqual(
      ids.slice(0, 150).map((id) => [id]),
    );
    const status_text = await desk.run(['status', '--to', to], { columns: 160, env: PLAIN });
    expect(status_text.stdout).toMatch(/orders +150 .* limited/);
    expect(status_text.stdout).toContain('xano_data.orders: only the first 150 rows by key (--limit).');
    const asked = await desk.run(['status', '--to', to, '--json']);
    expect(
      (JSON.parse(asked.stdout) as { tables: { origin: { limit?: number } }[] }).tables.map(
        ({ origin }) => origin.limit,
      ),
    ).toEqual([1_000_000, 150]);

    // The same table, whole: replace takes the limit away.
    const whole = await desk.run([...argv, '--json']);
    expect(JSON.parse(whole.stdout)).toMatchObject({
      resources: [{ completeness: 'proved', rows_total: ids.length }, { completeness: 'proved' }],
    });
    // And back: a table never loses most of its rows in silence.
    const less = await desk.run([...argv, ...limits, '--json']);
    expect(JSON.parse(less.stdout)).toMatchObject({
      resources: [{ status: 'failed', error: { code: 'SHRUNK' } }, { status: 'loaded' }],
    });
  });

  it('counts the limit among the rows that meet the conditions, and follows rows that leave', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const wanted = liveRows(desk, 'orders')
      .sorted.map(({ json }) => JSON.parse(json) as { id: number; status: string })
      .filter(({ status }) => status === 'shipped')
      .map(({ id }) => id);
    const argv = ['load', ...SHOP, 'orders', '--to', to, '--limit', '20'];
    const only = ['--where', "orders.status = 'shipped'"];
    expect((await desk.run([...argv, ...only])).status).toBe(0);
    const stored = 'SELECT id::INT FROM orders ORDER BY id';
    expect(await rowsOfFile(to, stored)).toEqual(wanted.slice(0, 20).map((id) => [id]));
    deleteRow(liveRows(desk, 'orders'), BigInt(wanted[3]!));
    expect((await desk.run([...argv, ...only])).status).toBe(0);
    const left = wanted.filter((_, i) => i !== 3).slice(0, 20);
    expect(await rowsOfFile(to, stored)).toEqual(left.map((id) => [id]));
    const { stdout } = await desk.run(['status', '--to', to], { columns: 160, env: PLAIN });
    expect(stdout).toContain('only rows that meet {"status":"shipped"} (--where).');
  });

  it('keeps the value of a condition on a masked column off the disk', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const { email } = JSON.parse(liveRows(desk, 'customers').sorted[4]!.json) as { email: string };
    const { status } = await desk.run(
      [
        ...['load', ...SHOP, 'customers', '--to', to, '--mask', 'customers.email=hash'],
        ...['--where', `customers.email = ${email}`],
      ],
      { env: { XANO_MASK_KEY: 'k'.repeat(32) } },
    );
    expect(status).toBe(0);
    expect(await rowsOfFile(to, "SELECT origin->'where' FROM _xano.resources")).toEqual([
      ['[{"email":"(masked)"}]'],
    ]);
  });

  it('fails where the server does not compare keys', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    desk.xano.fail({
      path: '/table/19/content/search',
      skip: 1,
      times: 1,
      answer: { kind: 'rewrite', rewrite: () => '{"items":[],"itemsTotal":0,"nextPage":null}' },
    });
    const { stdout } = await desk.run([
      'load',
      ...SHOP,
      'orders',
      '--to',
      to,
      '--limit',
      'orders=10',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      resources: [{ status: 'failed', rows_total: null, error: { code: 'RESPONSE_UNEXPECTED' } }],
    });
  });

  it.each<[readonly string[], string, string]>([
    [
      ['--limit', 'many'],
      '--limit many does not name a number of rows.',
      'Write it as 1000, or as TABLE=1000 for one table; a limit is between 1 and 1000000000.',
    ],
    [
      ['--limit', 'order=5'],
      '--limit order=5: this load has no table "order"; did you mean "orders"?',
      'Write it as TABLE=1000, with the exact name of a table of this load.',
    ],
    [
      ['--limit', 'orders=5', '--write-disposition', 'merge'],
      '--limit with merge: "orders" would keep other rows.',
      'Omit --incremental and --write-disposition: a limit needs replace.',
    ],
  ])('says what is wrong with %j', async (options, message, hint) => {
    const desk = await openDesk();
    const argv = ['load', ...SHOP, '--to', desk.path('shop.duckdb'), ...options];
    expectError(await desk.run(argv), 2, 'USAGE', message, hint);
    expect(desk.files()).toEqual([]);
  });
});
