/** `xano load --where`: only rows that meet conditions, proved under the same conditions. */
import { describe, expect, it } from 'vitest';
import { rowOf, updateRow } from '../../../../src/sandbox/data/rows.js';
import { type Desk, expectError, openDesk, rowsOfFile, SHOP } from '../../terminal.js';

const orders = (desk: Desk) =>
  desk.xano.instances[0]!.data.workspaces[0]!.tables.find(({ name }) => name === 'orders')!.rows[
    'live'
  ]!.sorted.map(({ json }) => JSON.parse(json) as { id: number; created_at: number; status: string });

/** Every search that was sent for orders. */
const searches = (desk: Desk): unknown[] =>
  desk.xano.requests
    .filter(({ path }) => path.includes('/table/19/content'))
    .map(({ body }) => (body as { search?: unknown }).search);

describe('xano load --where', () => {
  it('reads the rows that meet all conditions, and proves their count', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const all = orders(desk);
    const from = new Date(all[2500]!.created_at).toISOString();
    const wanted = all.filter(
      ({ created_at, status }) => created_at >= all[2500]!.created_at && status === 'shipped',
    );
    expect(wanted.length).toBeGreaterThan(100);
    const argv = ['load', ...SHOP, 'orders', '--to', to, '--page-size', '100', '--json'];
    const conditions = ['--where', `orders.created_at >= ${from}`, "orders.status = 'shipped'"];
    const { status, stdout } = await desk.run([...argv, ...conditions]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      resources: [
        {
          completeness: 'proved',
          rows_expected: wanted.length,
          rows_total: wanted.length,
          read_by: 'keyset',
        },
      ],
    });
    expect(await rowsOfFile(to, 'SELECT id::INT FROM orders ORDER BY id')).toEqual(
      wanted.map(({ id }) => [id]),
    );
    const always = [{ 'created_at|>': all[2500]!.created_at - 1 }, { status: 'shipped' }];
    for (const search of searches(desk)) expect((search as unknown[]).slice(0, 2)).toEqual(always);
    const { stdout: other } = await desk.run([...argv, '--where', "orders.status = 'pending'"]);
    expect(JSON.parse(other)).toMatchObject({
      resources: [{ status: 'failed', error: { code: 'DATABASE_FAILED' } }],
    });
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM orders')).toEqual([[wanted.length]]);
  });

  it('marks a row that no longer meets them, in a merge', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const argv = ['load', ...SHOP, 'merchant', '--to', to, '--write-disposition', 'merge'];
    const all = await desk.run([...argv, '--where', 'merchant.active = true']);
    expect(all.status).toBe(0);
    const [[rows]] = (await rowsOfFile(to, 'SELECT count(*)::INT FROM merchant')) as [[number]];

    const table = desk.xano.instances[0]!.data.workspaces[0]!.tables.find(({ name }) => name === 'merchant')!;
    const live = table.rows['live']!;
    const first = live.sorted
      .map(({ json }) => JSON.parse(json) as { id: number; active: boolean })
      .find(({ active }) => active)!;
    updateRow(live, rowOf({ ...first, active: false }));
    expect((await desk.run([...argv, '--where', 'merchant.active = true'])).status).toBe(0);
    expect(await rowsOfFile(to, 'SELECT id::INT FROM merchant WHERE _xano_deleted_at IS NOT NULL')).toEqual([
      [first.id],
    ]);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM merchant')).toEqual([[rows]]);
  });

  it('fails a table whose server has no content search, instead of reading all of it', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    desk.xano.fail({ path: '/content/search', times: 100, answer: { kind: 'status', status: 404 } });
    const { status, stdout } = await desk.run([
      ...['load', ...SHOP, 'merchant', '--to', to, '--json'],
      ...['--where', 'merchant.active = true'],
    ]);
    expect(status).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ resources: [{ status: 'failed', rows_total: null }] });
    expect(
      desk.xano.requests
        .filter(({ method }) => method === 'GET')
        .filter(({ path }) => path.endsWith('/content')),
    ).toEqual([]);
  });

  it.each<[string, string, string]>([
    [
      'orders',
      '--where orders is not a condition.',
      "Write it as 'TABLE.COLUMN OPERATOR VALUE', such as 'orders.created_at >= 2026-01-01'.",
    ],
    [
      'order.id > 5',
      '--where order.id > 5: this load has no table "order"; did you mean "orders"?',
      "Write it as 'TABLE.COLUMN OPERATOR VALUE', such as 'orders.created_at >= 2026-01-01'.",
    ],
    [
      'orders.ids > 5',
      '--where orders.ids > 5: the table "orders" has no column "ids"; did you mean "id"?',
      '`xano schema` lists the columns of each table.',
    ],
    ['orders.id > five', '--where orders.id > five: "five" is not a value of "id".', 'Give a whole number.'],
    [
      'orders.created_at > 2026-01-31T12:00:00',
      '--where orders.created_at > 2026-01-31T12:00:00: "2026-01-31T12:00:00" is not a value of "created_at".',
      'Give a date (2026-01-31), a time with its zone (2026-01-31T12:00:00Z) or epoch milliseconds.',
    ],
    ...['2026-02-30', '2026-02-30T00:00:00Z', 'Jan 1 2026 Z', '99999999999999999999'].map(
      (time): [string, string, string] => [
        `orders.created_at > ${time}`,
        `--where orders.created_at > ${time}: "${time}" is not a value of "created_at".`,
        'Give a date (2026-01-31), a time with its zone (2026-01-31T12:00:00Z) or epoch milliseconds.',
      ],
    ),
    [
      'customers.birthday = 2026-02-30',
      '--where customers.birthday = 2026-02-30: "2026-02-30" is not a value of "birthday".',
      'Give a date (2026-01-31).',
    ],
    [
      'orders.status > paid',
      '--where orders.status > paid: Xano does not document > for "status".',
      'Use =.',
    ],
    [
      'orders.total >= 5.5',
      '--where orders.total >= 5.5: Xano does not document >= for "total".',
      'Use = or > or <.',
    ],
    [
      'orders.discounts = 5',
      '--where orders.discounts = 5: "discounts" is a list or JSON, which Xano cannot compare.',
      'Name a column of numbers, texts, times, dates, true and false, or UUIDs.',
    ],
  ])('says what is wrong with %j', async (condition, message, hint) => {
    const desk = await openDesk();
    const argv = ['load', ...SHOP, '--to', desk.path('shop.duckdb'), '--where', condition];
    expectError(await desk.run(argv), 2, 'USAGE', message, hint);
    expect(desk.files()).toEqual([]);
  });
});
