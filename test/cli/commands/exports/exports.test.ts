/** `xano export` as somebody types it: what it says, its exit statuses, and the files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { defineTable, field } from '../../../../src/sandbox/data/define.js';
import { rowOf, rowsOf } from '../../../../src/sandbox/data/rows.js';
import { people, rooms } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, PLAIN, type RunOptions, rowsOfFile } from '../../terminal.js';

const notes = () =>
  defineTable(9, 'notes 🚀', [field('id', 'int'), field('note', 'text')], {
    live: rowsOf([rowOf({ id: 1, note: '=1+1' }), rowOf({ id: 2, note: '-3' })]),
  });

let desk: Desk;
let to: string;
let out: string;
const run = (argv: readonly string[], options?: RunOptions) =>
  desk.run(['export', ...argv, '--to', to, '--out', out], options);
const fileOf = (name: string): string => readFileSync(join(out, name), 'utf8');

beforeEach(async () => {
  desk = await atOffice({ tables: [people(), rooms(), notes()] });
  to = desk.path('office.duckdb');
  out = desk.path('out');
  expect((await desk.run(['load', '--to', to, '--quiet'])).status).toBe(0);
});

describe('xano export', () => {
  it('writes a file for each table, lists them, and warns of formulas', async () => {
    const notes_csv = 'notes %F0%9F%9A%80.csv';
    expect(await run(['csv'])).toEqual({
      status: 0,
      stdout: [
        `${out}/${notes_csv}\txano_data.notes 🚀\t2\t${'id,note\r\n1,=1+1\r\n2,-3\r\n'.length}\n`,
        `${out}/people.csv\txano_data.people\t3\t76\n`,
        `${out}/rooms.csv\txano_data.rooms\t0\t10\n`,
      ].join(''),
      stderr: [
        `"xano_data.notes 🚀" is not the name of a file on every system: its file is ${notes_csv}.\n`,
        `Warning: ${notes_csv}: a spreadsheet would run 1 cell as a formula (--safe-formulas prevents it): note (1).\n`,
      ].join(''),
    });
    expect(fileOf('people.csv')).toBe(
      'id,name,born,boss_id\r\n1,Ada,1815-12-10,\r\n2,Grace,1906-12-09,1\r\n3,Edsger,,1\r\n',
    );
    const safe = await run(['csv', 'notes 🚀', '--safe-formulas', '--json']);
    expect([safe.status, JSON.parse(safe.stdout)]).toEqual([
      0,
      {
        destination: to,
        folder: out,
        format: 'csv',
        files: [
          {
            table: 'xano_data.notes 🚀',
            file: notes_csv,
            renamed: true,
            bytes: 24,
            rows: 2,
            findings: [{ kind: 'formula', column: 'note', cells: 1 }],
          },
        ],
      },
    ]);
    expect(fileOf(notes_csv)).toBe("id,note\r\n1,'=1+1\r\n2,-3\r\n");
    const shown = await run(['jsonl', 'people', 'rooms'], { columns: 200, env: PLAIN });
    expect([shown.status, shown.stderr]).toEqual([
      0,
      'Exporting xano_data.people …\nExporting xano_data.rooms …\n',
    ]);
    expect(shown.stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['file', 'table', 'rows', 'size'],
      [`${out}/people.jsonl`, 'xano_data.people', '3', expect.stringMatching(/^\d+ B$/)],
      [`${out}/rooms.jsonl`, 'xano_data.rooms', '0', '0 B'],
      [''],
    ]);
  });

  it('warns of cells of a workbook that are text, and of those that are cut', async () => {
    expect(await run(['xlsx', 'people'])).toMatchObject({
      status: 0,
      stderr: 'Warning: people.xlsx: 1 cell is text, since Excel has no such number or date: born (1).\n',
    });
  });

  it('explains what it cannot do, and writes nothing then', async () => {
    expectError(
      await run(['csv', 'peple']),
      2,
      'USAGE',
      `${to} has no table "peple"; did you mean "people"?`,
      'Name one of: notes 🚀, people, rooms.',
    );
    expectError(
      await desk.run(['export', 'csv', '--to', to]),
      2,
      'USAGE',
      "Required option '--out <folder>' not specified.",
      'See `xano export csv --help`.',
    );
    expectError(
      await desk.run(['export', 'csv', '--to', desk.path('none.duckdb'), '--out', out]),
      6,
      'DATABASE_FAILED',
      `The file ${desk.path('none.duckdb')} does not exist.`,
      'Name another file with --to, or load into it first: `xano load --to FILE`.',
    );
    expect(desk.files()).toEqual(['office.duckdb']);
    expectError(
      await desk.run(['export', 'csv', '--to', to, '--out', to]),
      2,
      'USAGE',
      `${to} is a file.`,
      'Name another folder with --out.',
    );
    const parquet = `${desk.path('loaded')}/`;
    expect((await desk.run(['load', 'people', '--to', parquet, '--quiet'])).status).toBe(0);
    for (const folder of [parquet, join(parquet, 'xano_data')])
      expectError(
        await desk.run(['export', 'parquet', '--to', parquet, '--out', folder]),
        2,
        'USAGE',
        `Loads write into ${desk.path('loaded')}, so an export cannot.`,
        'Name another folder with --out.',
      );
  });

  it('ends with 130 at Ctrl-C', async () => {
    const { status, stderr } = await run(['csv'], { signal: AbortSignal.abort() });
    expect([status, stderr]).toEqual([130, expect.stringContaining('Code: INTERRUPTED')]);
  });
});

describe('xano export dbt', () => {
  const dbt = (argv: readonly string[] = []) =>
    desk.run(['export', 'dbt', '--to', to, '--out', out, '--evidence', desk.path('pages'), ...argv]);
  const source = (name: string): string => desk.path(`pages/sources/xano/${name}`);

  it('writes sources.yml and pages, whose queries run, and overwrites nothing', async () => {
    const files = [
      join(out, 'sources.yml'),
      source('connection.yaml'),
      source('people.sql'),
      desk.path('pages/pages/tables/people.md'),
    ];
    const said = (action: string, ...left: readonly string[]): string =>
      files.map((file) => `${left.includes(file) ? 'left' : action}\t${file}\n`).join('');
    expect(await dbt(['people'])).toEqual({ status: 0, stdout: said('wrote'), stderr: '' });
    expect(readFileSync(source('connection.yaml'), 'utf8')).toBe(
      'name: xano\ntype: duckdb\noptions:\n  filename: "../../../office.duckdb"\n',
    );
    expect(await rowsOfFile(to, readFileSync(source('people.sql'), 'utf8'))).toEqual([
      ['1', 'Ada', '1815-12-10', null],
      ['2', 'Grace', '1906-12-09', '1'],
      ['3', 'Edsger', null, '1'],
    ]);
    expect(await dbt(['people'])).toEqual({ status: 0, stdout: said('unchanged'), stderr: '' });
    writeFileSync(join(out, 'sources.yml'), 'mine');
    expect(await dbt(['people'])).toEqual({
      status: 0,
      stdout: said('unchanged', join(out, 'sources.yml')),
      stderr: 'Files that are left have other contents; remove one to have it written again.\n',
    });
    expect(readFileSync(join(out, 'sources.yml'), 'utf8')).toBe('mine');
    expect(JSON.parse((await dbt(['people', '--json'])).stdout)).toEqual({
      destination: to,
      files: files.map((file, i) => ({ file, action: i === 0 ? 'left' : 'unchanged' })),
    });
  });

  it('refuses a target whose tables dbt does not find', async () => {
    const hint = 'Load into a DuckDB file or a Postgres database, and name that with --to.';
    expectError(
      await desk.run(['export', 'dbt', '--to', 'out/']),
      2,
      'USAGE',
      'dbt reads tables of a database, and a Parquet folder has files.',
      hint,
    );
    expectError(
      await desk.run(['export', 'dbt', '--to', 'ducklake:x.ducklake', '--evidence', out]),
      2,
      'USAGE',
      'Evidence has no connection to a DuckLake.',
      hint,
    );
  });
});
