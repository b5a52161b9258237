import { describe, expect, it } from 'vitest';
import { openDestination } from '../../../../src/destinations/open.js';
import { readStatus } from '../../../../src/index.js';
import { field } from '../../../../src/sandbox/data/define.js';
import type { LocalTable } from '../../../../src/sandbox/data/model.js';
import { deleteRow, insertRow, rowOf } from '../../../../src/sandbox/data/rows.js';
import { sql } from '../../../destinations/duckdb.js';
import { plan, publication, records } from '../../../destinations/writing.js';
import { OFFICE } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, HOUR_MS, PLAIN, tokenWith } from '../../terminal.js';

const DAY_MS = 24 * HOUR_MS;

const tablesOf = (desk: Desk): LocalTable[] =>
  desk.xano.instances[0]!.data.workspaces[0]!.tables as LocalTable[];
const rowsIn = (desk: Desk, name: string) => tablesOf(desk).find((one) => one.name === name)!.rows['live']!;

/** Two loads: a day after the first one somebody came, somebody went, and a column was new. */
async function loadedTwice(): Promise<{ readonly desk: Desk; readonly to: string }> {
  const desk = await atOffice();
  const to = desk.path('office.duckdb');
  expect((await desk.run(['load', '--to', to])).status).toBe(0);
  desk.clock.advance(DAY_MS);
  const found = tablesOf(desk)[0]!;
  (found as { schema: LocalTable['schema'] }).schema = [...found.schema, field('desk', 'int')];
  deleteRow(rowsIn(desk, 'people'), 3n);
  insertRow(rowsIn(desk, 'people'), rowOf({ id: 4, name: 'Alan', born: 'soon', boss_id: 1, desk: 3 }));
  insertRow(rowsIn(desk, 'people'), rowOf({ id: 5, name: 'Kurt', born: null, boss_id: 1, desk: 4 }));
  expect((await desk.run(['load', 'people', '--to', to])).status).toBe(0);
  desk.clock.advance(3 * HOUR_MS);
  return { desk, to };
}

describe('xano status', () => {
  it('shows on a terminal what is loaded, how fresh it is, what changed, and the loads', async () => {
    const { desk, to } = await loadedTwice();
    desk.xano.clearRequests();
    const { status, stdout, stderr } = await desk.run(['status', '--to', to], { columns: 80, env: PLAIN });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(desk.tidy(stdout).split('\n')).toEqual([
      '<base>/files/office.duckdb: 2 tables, 4 rows',
      '',
      'xano_data workspace "Office" of x-office',
      '  table   rows  change  loaded (UTC)           age  completeness',
      '  people     4      +1  2026-03-02 12:00   3 hours  proved',
      '  rooms      0       -  2026-03-01 12:00  27 hours  proved',
      '',
      '  xano_data.people: 1 value did not fit the column and became NULL; see',
      '  _xano.rejects.',
      '  xano_data.people: in its last load: column desk added (BIGINT).',
      '',
      'Past loads',
      '  load                   started (UTC)      time  status  tables  rows',
      '  <load id>  2026-03-02 12:00  0.0 s  loaded       1     4',
      '  <load id>  2026-03-01 12:00  0.0 s  loaded       2     3',
      '',
      expect.stringMatching(/^Token: from XANO_TOKEN, ends in \d+ days?/),
      expect.stringMatching(/^ {2}/),
      '',
    ]);
    expect(desk.xano.requests).toEqual([]);
    expect(desk.files()).toEqual(['office.duckdb']);
  });

  it('prints the object of the library with --json', async () => {
    const { desk, to } = await loadedTwice();
    const said = await desk.run(['status', 'people', '--to', to, '--loads', '1', '--json']);
    expect({ status: said.status, stderr: said.stderr }).toEqual({ status: 0, stderr: '' });
    const shown = JSON.parse(said.stdout);
    const loads = (await readStatus(to, { now: desk.clock.now })).loads;
    const table = {
      resource: 'people',
      schema: 'xano_data',
      table: 'people',
      origin: expect.objectContaining({ instance: OFFICE, workspace: 'Office', table_id: 7 }),
      loaded_at: '2026-03-02T12:00:00.000Z',
      age_ms: 3 * HOUR_MS,
      load_id: loads[0]!.load_id,
      rows: 4,
      rows_change: 1,
      completeness: 'proved',
      values_rejected: 1,
      schema_changes: [{ change: 'column_added', name: 'desk', from: null, to: 'BIGINT' }],
      gone: false,
      failed: null,
      rows_staged: null,
    };
    expect(shown).toEqual({
      file: to,
      read_at: '2026-03-02T15:00:00.000Z',
      max_age_ms: null,
      tables: [{ ...table, stale: null }],
      loads: [
        {
          load_id: loads[0]!.load_id,
          started_at: '2026-03-02T12:00:00.000Z',
          finished_at: '2026-03-02T12:00:00.000Z',
          duration_ms: 0,
          status: 'loaded',
          tables_loaded: 1,
          tables_failed: 0,
          rows_written: 4,
        },
      ],
      staging: null,
      token: { source: 'XANO_TOKEN', state: 'valid', expires_at: expect.any(String), basis: 'claim' },
    });
    expect((await readStatus(to, { now: desk.clock.now })).tables[0]).toEqual(table);
    expect(loads.map(({ rows_written }) => rows_written)).toEqual([4, 3]);
  });

  it('prints one object per line in a pipe, its kind first', async () => {
    const { desk, to } = await loadedTwice();
    const { stdout } = await desk.run(['status', '--to', to], { env: { XANO_TOKEN: undefined } });
    expect(desk.tidy(stdout)).toBe(
      [
        'table\txano_data.people\t4\t+1\t2026-03-02T12:00:00.000Z\t10800\tproved\t1\t1\tok',
        'table\txano_data.rooms\t0\t\t2026-03-01T12:00:00.000Z\t97200\tproved\t0\t0\tok',
        'load\t<load id>\t2026-03-02T12:00:00.000Z\t0.000\tloaded\t1\t0\t4',
        'load\t<load id>\t2026-03-01T12:00:00.000Z\t0.000\tloaded\t2\t0\t3',
        '',
      ].join('\n'),
    );
  });

  it('names tables that are gone, and loads that did not load a table', async () => {
    const { desk, to } = await loadedTwice();
    tablesOf(desk).splice(1, 1);
    desk.xano.fail({
      path: '/table/7/content',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 403 },
    });
    expect((await desk.run(['load', '--to', to])).status).toBe(4);
    const { stdout } = await desk.run(['status', '--to', to, '--json']);
    const told = JSON.parse(stdout).tables.map(
      (table: { table: string; gone: boolean; failed: { code: string; started_at: string } | null }) => [
        table.table,
        table.gone,
        table.failed?.code,
        table.failed?.started_at,
      ],
    );
    expect(told).toEqual([
      ['people', false, 'SCOPE_MISSING', '2026-03-02T15:00:00.000Z'],
      ['rooms', true, undefined, undefined],
    ]);
    const shown = await desk.run(['status', '--to', to], { columns: 100, env: PLAIN });
    expect(shown.stdout).toContain(
      '  xano_data.people: the load of 2026-03-02 15:00 did not load it (SCOPE_MISSING): ',
    );
    expect(shown.stdout).toContain('  xano_data.rooms: deleted in Xano; kept with its last rows.\n');
    expect(shown.stdout).toMatch(/ 2026-03-02 15:00 +0\.0 s +failed +0 of 1 +0\n/);
  });

  it('follows a table that was renamed and renamed back', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    await desk.run(['load', '--to', to]);
    (tablesOf(desk)[0] as { name: string }).name = 'staff';
    desk.clock.advance(HOUR_MS);
    deleteRow(rowsIn(desk, 'staff'), 3n);
    await desk.run(['load', '--to', to]);
    const { tables } = await readStatus(to);
    expect(
      tables.map(({ table, rows, rows_change, schema_changes }) => ({
        table,
        rows,
        rows_change,
        schema_changes,
      })),
    ).toEqual([
      { table: 'rooms', rows: 0, rows_change: 0, schema_changes: [] },
      {
        table: 'staff',
        rows: 2,
        rows_change: -1,
        schema_changes: [{ change: 'table_renamed', name: 'people', from: 'people', to: 'staff' }],
      },
    ]);
  });

  it('shows the rows that an interrupted load staged, and leaves them there', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    await desk.run(['load', '--to', to]);
    const stop = new AbortController();
    desk.xano.fail({
      path: '/table/7/content',
      skip: 2,
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          stop.abort();
          return body;
        },
      },
    });
    await desk.run(['load', 'people', '--to', to, '--page-size', '1'], { signal: stop.signal });
    const { staging, tables } = await readStatus(to);
    expect(staging).toEqual({
      state: 'unfinished',
      tables: 1,
      rows: expect.any(Number),
      saved_at: expect.stringMatching(/^\d{4}-/),
    });
    expect(tables.map(({ rows_staged }) => rows_staged)).toEqual([
      staging?.state === 'unfinished' ? staging.rows : 0,
      null,
    ]);
    const { stdout } = await desk.run(['status', '--to', to], { columns: 100, env: PLAIN });
    expect(stdout).toMatch(
      /\nUnfinished: \d rows? of 1 table staged until [^\n]+; the next load continues\n? /,
    );
    expect(desk.files()).toEqual(['office.duckdb', 'office.duckdb.staging']);
    const next = await desk.run(['load', 'people', '--to', to, '--page-size', '1', '--json']);
    expect(JSON.parse(next.stdout).resources[0].resumed).toBe(true);
  });

  it('says that a load is running, and does not disturb it', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    await desk.run(['load', '--to', to]);
    const destination = await openDestination(to);
    const writer = await destination.openTarget(plan({ load_id: 'load-9' }));
    await writer.write(records([{ id: 1, name: 'one' }]), null);
    await writer.staged();
    expect((await readStatus(to)).staging).toEqual({ state: 'in_use' });
    await writer.commit(publication('load-9'));
    await destination.close();
    const { tables, staging } = await readStatus(to);
    expect({ names: tables.map(({ table }) => table), staging }).toEqual({
      names: ['people', 'rooms', 'shop'],
      staging: null,
    });
  });
});

describe('xano status --max-age', () => {
  it('exits with 7 and names the tables that are older', async () => {
    const { desk, to } = await loadedTwice();
    const { status, stdout, stderr } = await desk.run(['status', '--to', to, '--max-age', '24h']);
    expect(status).toBe(7);
    expect(stderr).toBe(
      'Error: A table is older than 24 hours: xano_data.rooms (27 hours).\n  Run `xano load`, then find out why earlier loads did not refresh the table.\n  Code: STALE\n',
    );
    expect(stdout).toMatch(/^table\txano_data\.rooms\t.*\tstale$/m);
    const json = await desk.run(['status', '--to', to, '--max-age', '90m', '--json']);
    expect(json.status).toBe(7);
    const { max_age_ms, tables } = JSON.parse(json.stdout);
    expect([max_age_ms, tables.map(({ stale }: { stale: boolean }) => stale)]).toEqual([
      90 * 60_000,
      [true, true],
    ]);
    expect(json.stderr).toContain('Error: 2 tables are older than 90 minutes: ');
  });

  it('accepts tables that are young enough, not requested, or gone in Xano', async () => {
    const { desk, to } = await loadedTwice();
    for (const argv of [
      ['--max-age', '28h'],
      ['--max-age', '2d'],
      ['--max-age', '1w'],
      ['--max-age', '1d4h'],
      ['--max-age', '100800s'],
      ['people', '--max-age', '4h'],
    ])
      expect(await desk.run(['status', '--to', to, ...argv])).toMatchObject({ status: 0, stderr: '' });
    tablesOf(desk).splice(1, 1);
    await desk.run(['load', '--to', to]);
    desk.clock.advance(HOUR_MS);
    expect(await desk.run(['status', '--to', to, '--max-age', '2h'])).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it.each(['', '0h', '7', 'tomorrow', '1y'])('refuses %j with USAGE', async (span) => {
    const desk = await atOffice();
    expectError(
      await desk.run(['status', '--max-age', span]),
      2,
      'USAGE',
      `Option '--max-age <time>' argument '${span}' is invalid. --max-age takes a time such as 90m, 24h or 7d.`,
      'See `xano status --help`.',
    );
  });
});

describe('the token in xano status', () => {
  it.each([
    ['none', { XANO_TOKEN: undefined }, 'Token: none found.'],
    ['one that is none', { XANO_TOKEN: 'two words' }, 'Token: none found.'],
    [
      'one in a file that is not there',
      { XANO_TOKEN: undefined, XANO_TOKEN_FILE: '/none' },
      'Token: none found.',
    ],
    [
      'one that a program would print, which is not run',
      { XANO_TOKEN: undefined, XANO_TOKEN_COMMAND: 'exit 1' },
      'Token: none found.',
    ],
    [
      'one that does not tell',
      { XANO_TOKEN: 'opaque-token-of-a-test' },
      "Token: from XANO_TOKEN; its end is unknown; Xano's default is 7 days.",
    ],
    [
      'one that is over',
      { XANO_TOKEN: tokenWith({ exp: 1_700_000_000 }) },
      'Token: from XANO_TOKEN, ended on 2023-11-14 22:13 UTC (according to the token).',
    ],
  ])('is %s', async (_, env, words) => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    await desk.run(['load', '--to', to]);
    const { status, stdout } = await desk.run(['status', '--to', to], {
      columns: 120,
      env: { ...PLAIN, ...env },
    });
    expect(status).toBe(0);
    expect(stdout.endsWith(`\n${words}\n`)).toBe(true);
  });
});

describe('xano status of a file that no load wrote', () => {
  it('fails with DATABASE_FAILED, and makes nothing', async () => {
    const desk = await atOffice();
    const none = desk.path('none.duckdb');
    expectError(
      await desk.run(['status', '--to', none]),
      6,
      'DATABASE_FAILED',
      `The file ${none} does not exist.`,
      'Name another file with --to, or load into it first: `xano load --to FILE`.',
    );
    const mine = desk.path('mine.duckdb');
    await sql(mine, 'CREATE TABLE mine AS SELECT 1 AS id');
    expectError(
      await desk.run(['status', '--to', mine]),
      6,
      'DATABASE_FAILED',
      `The DuckDB file ${mine} holds no load.`,
      'Name the file of a load with --to, or load into this one: `xano load --to FILE`.',
    );
    expect(desk.files()).toEqual(['mine.duckdb']);
  });

  it('refuses a table that the file lacks, and names the nearest one', async () => {
    const { desk, to } = await loadedTwice();
    expectError(
      await desk.run(['status', 'poeple', '--to', to]),
      2,
      'USAGE',
      `${to} has no table "poeple"; did you mean "people"?`,
      'Name one of: people, rooms.',
    );
    const { stdout } = await desk.run(['status', 'XANO_DATA.People', '--to', to, '--loads', '0'], {
      env: { XANO_TOKEN: undefined },
    });
    expect(stdout.split('\t').slice(0, 3)).toEqual(['table', 'xano_data.people', '4']);
  });
});
