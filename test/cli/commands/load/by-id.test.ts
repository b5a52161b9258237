/** Tables by their ids, for a token that may not list tables. */
import { describe, expect, it } from 'vitest';
import type { VerifyReport } from '../../../../src/index.js';
import { type Desk, expectError, openDesk, rowsOfFile, SHOP } from '../../terminal.js';

const DENIED = { code: 'ERROR_CODE_ACCESS_DENIED', message: 'Access Denied.' };

/** Refuses the list of tables, whatever the token. */
const refuseList = (desk: Desk): void =>
  desk.xano.fail({
    path: /\/table\?/,
    times: Number.POSITIVE_INFINITY,
    answer: { kind: 'status', status: 403, body: DENIED },
  });

const times = (text: string, part: string): number => text.split(part).length - 1;

describe('a token that may not list tables', () => {
  it('loads tables by their ids, which keep their names and types, and verifies them', async () => {
    const desk = await openDesk();
    refuseList(desk);
    const to = desk.path('shop.duckdb');
    const { status, stderr } = await desk.run(['load', ...SHOP, '19', '14', '--to', to]);
    expect(status).toBe(0);
    expect(times(stderr, 'left out: other tables of x1234-4567-8901 / Shop')).toBe(1);
    expect(
      await rowsOfFile(
        to,
        'SELECT target_table, completeness, "rows"::INT FROM _xano.resources ORDER BY target_table',
      ),
    ).toEqual([
      ['orders', 'proved', 5000],
      ['users', 'proved', 500],
    ]);
    const verified = await desk.run(['verify', ...SHOP, '19', '--to', to, '--json']);
    expect((JSON.parse(verified.stdout) as VerifyReport).tables).toMatchObject([
      { resource: 'orders', state: 'same', rows: 5000 },
    ]);
    const shown = await desk.run(['status', '19', '--to', to, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ tables: [{ table: 'orders' }] });
  });

  it('loads a table that it may only read the rows of, under a name made of the id', async () => {
    const desk = await openDesk({ strict_lists: true });
    const token = desk.xano.issueToken({ scopes: ['workspace:content', 'workspace:live_data_source'] });
    const env = { XANO_TOKEN: token };
    const to = desk.path('shop.duckdb');
    const { status, stderr } = await desk.run(['load', ...SHOP, '19', '--to', to], { env });
    expect(status).toBe(0);
    expect(times(stderr, 'left out: name of table 19, which becomes "table_19"')).toBe(1);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT, count(DISTINCT id)::INT FROM table_19')).toEqual([
      [5000, 5000],
    ]);
    // With more rights the same table gets its name.
    await desk.run(['load', ...SHOP, 'orders', '--to', to]);
    expect(await rowsOfFile(to, 'SELECT target_table FROM _xano.resources')).toEqual([['orders']]);
  });

  it('says that an id does not exist, and that names need the list', async () => {
    const desk = await openDesk();
    refuseList(desk);
    const argv = ['load', ...SHOP, '--to', desk.path('shop.duckdb')];
    expectError(
      await desk.run([...argv, '4711']),
      2,
      'USAGE',
      'Workspace "Shop" has no table with the id 4711.',
      'The address of a table in Xano ends in its id.',
    );
    expect((await desk.run([...argv, 'orders', '19'])).status).toBe(4);
  });
});
