/** A folder of Parquet files as the command line has it: loaded, looked at, queried. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { atOffice } from '../../at-office.js';
import { expectError, HOUR_MS } from '../../terminal.js';

it('xano load writes a folder of Parquet files twice, and status, schema and query read it', async () => {
  const desk = await atOffice();
  const to = `${desk.path('out')}/`;
  for (let n = 0; n < 2; n++) {
    desk.clock.advance(HOUR_MS);
    const loaded = await desk.run(['load', '--to', to, '--json']);
    expect([loaded.status, JSON.parse(loaded.stdout)]).toMatchObject([
      0,
      {
        status: 'loaded',
        resources: [
          { target: 'xano_data.people', rows_total: 3, completeness: 'proved' },
          { target: 'xano_data.rooms', rows_total: 0, completeness: 'proved' },
        ],
      },
    ]);
  }
  expect(readdirSync(desk.path('out')).toSorted()).toEqual(['_xano', 'xano_data']);
  expect(readdirSync(join(desk.path('out'), 'xano_data')).toSorted()).toEqual([
    'people.parquet',
    'rooms.parquet',
  ]);
  const status = await desk.run(['status', '--to', to, '--json']);
  expect([status.status, JSON.parse(status.stdout)]).toMatchObject([
    0,
    {
      file: to,
      tables: [
        { table: 'people', rows: 3, rows_change: 0 },
        { table: 'rooms', rows: 0 },
      ],
    },
  ]);
  const schema = await desk.run(['schema', '--to', to, '--json']);
  expect([schema.status, schema.stdout]).toEqual([0, expect.stringContaining('xano_data.people')]);
  const query = await desk.run(['query', 'SELECT count(*) AS n FROM people', '--to', to, '--csv']);
  expect([query.status, query.stdout]).toEqual([0, 'n\r\n3\r\n']);
});

it('xano load merges into a folder of Parquet files, and leaves a file whose rows are the same', async () => {
  const desk = await atOffice();
  const to = `${desk.path('out')}/`;
  const file = join(desk.path('out'), 'xano_data', 'people.parquet');
  const inodes: number[] = [];
  for (let n = 0; n < 2; n++) {
    desk.clock.advance(HOUR_MS);
    const loaded = await desk.run(['load', 'people', '--to', to, '--write-disposition', 'merge', '--json']);
    expect([loaded.status, JSON.parse(loaded.stdout)]).toMatchObject([
      0,
      { status: 'loaded', resources: [{ rows_total: 3, rows_deleted: 0, completeness: 'proved' }] },
    ]);
    inodes.push(statSync(file).ino);
  }
  expect(inodes[1]).toBe(inodes[0]);
  const status = await desk.run(['status', '--to', to, '--json']);
  const { tables, loads } = JSON.parse(status.stdout);
  expect([tables.length, tables[0].load_id, loads.length]).toEqual([1, loads[0].load_id, 2]);
});

it.each([[[]], [['--json']], [['--dry-run']]])(
  'xano load refuses nested types in a folder of Parquet files once, before any row is requested: %j',
  async (flags) => {
    const desk = await atOffice();
    const to = `${desk.path('out')}/`;
    const nested = (...more: readonly string[]) => desk.run(['load', '--to', to, ...flags, ...more]);
    expectError(
      await nested('people', '--nested', 'struct'),
      2,
      'CONFIG_INVALID',
      `The folder ${to} stores nested values as JSON; "people" asks for STRUCT columns.`,
      'Load into a DuckDB file (--to xano.duckdb), or without --nested and --flatten.',
    );
    const all = await nested('--write-disposition', 'merge', '--flatten');
    expect([all.status, all.stdout]).toEqual([2, '']);
    expect(all.stderr).toContain(
      [
        `Error: The folder ${to} stores nested values as JSON.`,
        '  "people" asks for tables of its lists.',
        '  "rooms" asks for tables of its lists.',
        '  Load into a DuckDB file (--to xano.duckdb), or without --nested and --flatten.',
      ].join('\n'),
    );
    expect(desk.xano.requests.filter(({ path }) => path.includes('/content'))).toEqual([]);
    expect(existsSync(to)).toBe(false);
  },
);

it('xano status refuses a folder of Parquet files that was never loaded into', async () => {
  const desk = await atOffice();
  const to = `${desk.path('out')}/`;
  expectError(
    await desk.run(['status', '--to', to]),
    6,
    'DATABASE_FAILED',
    `The folder ${to} does not exist.`,
    'Name another folder with --to, or load into it first: `xano load --to FOLDER/`.',
  );
});
