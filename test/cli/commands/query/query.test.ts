import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDestination } from '../../../../src/destinations/open.js';
import { streamQuery } from '../../../../src/index.js';
import { sql } from '../../../destinations/duckdb.js';
import { plan, records } from '../../../destinations/writing.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, PLAIN, type RunOptions, type Said } from '../../terminal.js';

interface Loaded {
  readonly desk: Desk;
  readonly to: string;
  readonly query: (argv: readonly string[], options?: RunOptions) => Promise<Said>;
}

async function loaded(): Promise<Loaded> {
  const desk = await atOffice();
  const to = desk.path('office.duckdb');
  expect((await desk.run(['load', '--to', to])).status).toBe(0);
  return { desk, to, query: (argv, options) => desk.run(['query', '--to', to, ...argv], options) };
}

/** A file with other schemas than a load makes. */
async function madeFile(...statements: readonly string[]): Promise<Loaded> {
  const desk = await atOffice();
  const to = desk.path('made.duckdb');
  await sql(to, 'CREATE SCHEMA xano_data', ...statements);
  return { desk, to, query: (argv, options) => desk.run(['query', '--to', to, ...argv], options) };
}

const said = (stdout: string, stderr = ''): Said => ({ status: 0, stdout, stderr });
const PEOPLE = 'SELECT id, name, born, boss_id FROM people ORDER BY id';

describe('the rows of xano query', () => {
  it('are aligned on a terminal', async () => {
    const { query } = await loaded();
    const shown = [
      '  id  name    born        boss_id',
      '   1  Ada     1815-12-10     NULL',
      '   2  Grace   1906-12-09        1',
      '   3  Edsger  NULL              1',
      '',
    ].join('\n');
    expect(await query([PEOPLE], { columns: 80, env: PLAIN })).toEqual(said(shown));
  });

  it('are one block of lines each where the terminal is too narrow', async () => {
    const { query } = await loaded();
    const shown = [
      '  row 1',
      '    id       1',
      '    name     Ada',
      '    born     1815-12-10',
      '    boss_id  NULL',
      '',
      '  row 2',
      '    id       2',
      '    name     Grace',
      '    born     1906-12-09',
      '    boss_id  1',
      '',
    ].join('\n');
    expect(await query([`${PEOPLE} LIMIT 2`], { columns: 30, env: PLAIN })).toEqual(said(shown));
  });

  it('keep every character of a value that is longer than the terminal is wide', async () => {
    const { query } = await loaded();
    const key = '5d7fff25-4ae6-40d0-a8ae-1d70947af867';
    const list = JSON.stringify(Array.from({ length: 20 }, (_, i) => `column_${i}`));
    const { stdout } = await query([`SELECT '${key}' AS key, '${list}' AS list`], {
      columns: 40,
      env: PLAIN,
    });
    const lines = stdout.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
    expect(lines[0]).toBe('  row 1');
    expect(
      lines
        .slice(1)
        .map((line) => line.slice(10))
        .join(''),
    ).toBe(key + list);
  });

  it('are separated by tabs in a pipe, without headings', async () => {
    const { query } = await loaded();
    expect(await query([PEOPLE])).toEqual(
      said('1\tAda\t1815-12-10\t\n2\tGrace\t1906-12-09\t1\n3\tEdsger\t\t1\n'),
    );
  });

  it('are an array of objects with --json', async () => {
    const { query } = await loaded();
    expect(await query(['--json', PEOPLE])).toEqual(
      said(
        [
          '[',
          '  {"id":1,"name":"Ada","born":"1815-12-10","boss_id":null},',
          '  {"id":2,"name":"Grace","born":"1906-12-09","boss_id":1},',
          '  {"id":3,"name":"Edsger","born":null,"boss_id":1}',
          ']',
          '',
        ].join('\n'),
      ),
    );
    expect(await query(['--json', 'SELECT * FROM rooms'])).toEqual(said('[]\n'));
  });

  it('are quoted with --csv where RFC 4180 requires it', async () => {
    const { query } = await loaded();
    const values = `SELECT * FROM (VALUES ('plain', 1), ('a,b', 2), ('say "hi"', 3), (E'two\\r\\nlines', 4), ('', 5), (NULL, 6), (' é🚀;\t', 7)) t("a ""name"", odd", n)`;
    const csv = [
      '"a ""name"", odd",n',
      'plain,1',
      '"a,b",2',
      '"say ""hi""",3',
      '"two\r\nlines",4',
      '"",5',
      ',6',
      ' é🚀;\t,7',
      '',
    ].join('\r\n');
    expect(await query(['--csv', values])).toEqual(said(csv));
    expect(await query(['--csv', 'SELECT id FROM rooms'])).toEqual(said('id\r\n'));
  });

  it('are exact: 64 bits and more, decimals, JSON as it is spelled, lists, structs, times', async () => {
    const { query } = await madeFile(
      `CREATE TABLE xano_data.odd AS SELECT 9007199254740993::BIGINT AS big, (-9223372036854775807 - 1)::BIGINT AS low, 170141183460469231731687303715884105727::HUGEINT AS huge, 1.10::DECIMAL(9, 2) AS price, 0.1::FLOAT AS f, 0.1 + 0.2::DOUBLE AS d, '{"n": 9007199254740993, "x": 1.10}'::JSON AS j, ['{"a":\n1}'::JSON, NULL] AS js, [9007199254740993, NULL] AS l, {'k': 'v', 'n': 1.50::DECIMAL(4, 2)} AS s, MAP {'a': 1} AS m, 'nan'::DOUBLE AS nan, true AS b, TIMESTAMPTZ '2026-01-02 03:04:05.678+00' AS at, DATE '2026-01-02' AS day, '6f1c9e1e-6f0a-4c3b-9a52-0d9a6f3c8e11'::UUID AS u, NULL AS nothing`,
    );
    const json = await query(['--json', 'FROM odd']);
    expect(json.stdout).toBe(
      '[\n  {"big":9007199254740993,"low":-9223372036854775808,"huge":170141183460469231731687303715884105727,"price":1.10,"f":0.1,"d":0.30000000000000004,"j":{"n": 9007199254740993, "x": 1.10},"js":[{"a": 1},null],"l":[9007199254740993,null],"s":{"k":"v","n":1.50},"m":{"a":1},"nan":"NaN","b":true,"at":"2026-01-02 03:04:05.678+00","day":"2026-01-02","u":"6f1c9e1e-6f0a-4c3b-9a52-0d9a6f3c8e11","nothing":null}\n]\n',
    );
    expect((await query(['SELECT big, huge, price, j, l, s, nan, b FROM odd'])).stdout).toBe(
      '9007199254740993\t170141183460469231731687303715884105727\t1.10\t{"n": 9007199254740993, "x": 1.10}\t[9007199254740993,null]\t{"k":"v","n":1.50}\tNaN\ttrue\n',
    );
  });

  it('keep columns with the same name apart', async () => {
    const { query } = await loaded();
    expect((await query(['--json', 'SELECT 1 AS a, 2 AS a'])).stdout).toBe('[\n  {"a":1,"a:1":2}\n]\n');
  });

  it('never send control characters to a terminal', async () => {
    const { query } = await madeFile(
      `CREATE TABLE xano_data.evil AS SELECT chr(27) || '[2J' || chr(155) || '5A' AS v, ('"' || chr(8238) || '"')::JSON AS j`,
    );
    const shown = '\\u001b[2J\\u009b5A';
    const at = { columns: 80, env: PLAIN };
    expect((await query(['FROM evil'], at)).stdout).toBe(`  v                  j\n  ${shown}  "\\u202e"\n`);
    expect((await query(['--csv', 'SELECT v FROM evil'], at)).stdout).toBe(`v\r\n${shown}\r\n`);
    expect((await query(['--csv', 'SELECT v FROM evil'])).stdout).toBe('v\r\n\u001b[2J\u009b5A\r\n');
    expect((await query(['FROM evil'])).stdout).toBe(`${shown}\t"\\u202e"\n`);
    expect((await query(['--json', 'FROM evil'])).stdout).toBe(`[\n  {"v":"${shown}","j":"\\u202e"}\n]\n`);
    const error = await query(['SELECT "\u001b[2J" FROM evil'], at);
    expect(error.stderr).not.toContain('\u001b');
  });

  it('are limited to 1,000 on a terminal, and complete elsewhere', async () => {
    const { query } = await loaded();
    const shown = await query(['SELECT range AS n FROM range(2500)'], { columns: 80, env: PLAIN });
    expect(shown.stdout.split('\n').length).toBe(1002);
    expect(shown.stderr).toBe(
      'These are the first 1,000 rows; there are 1,500 more. A pipe, --csv and\n  --json get all.\n',
    );
    const piped = await query(['SELECT range AS n FROM range(50_000)']);
    expect({ lines: piped.stdout.split('\n').length, stderr: piped.stderr }).toEqual({
      lines: 50_001,
      stderr: '',
    });
    const empty = await query(['SELECT * FROM rooms'], { columns: 80, env: PLAIN });
    expect(empty).toEqual(said('  id  floor  _xano_load_id\n', 'No rows.\n'));
  });

  it('are cut on a terminal where a value is long, and complete elsewhere', async () => {
    const { query } = await loaded();
    const long = "SELECT repeat('ab ', 1000) AS v";
    const { stdout } = await query([long], { columns: 80, env: PLAIN });
    expect(stdout.replace(/\s/g, '').length).toBeLessThan(400);
    expect(stdout.trimEnd().endsWith('…')).toBe(true);
    expect((await query([long])).stdout.length).toBe(3001);
  });
});

describe('the SQL of xano query', () => {
  it('comes from a file, from a pipe, or from stdin with -', async () => {
    const { desk, query } = await loaded();
    const file = desk.path('report.sql');
    writeFileSync(file, '-- how many\nSELECT count(id) FROM people;\n');
    const three = said('3\n');
    expect(await query(['--file', file])).toEqual(three);
    expect(await query([], { stdin: 'SELECT count(*) FROM people' })).toEqual(three);
    expect(await query(['-'], { stdin: 'SELECT count(*) FROM people' })).toEqual(three);
  });

  it('finds tables without a schema, those of xano_data first, and other tables by their schema', async () => {
    const { query } = await madeFile(
      'CREATE SCHEMA "a, ""b"""',
      'CREATE SCHEMA _xano',
      `CREATE TABLE xano_data.orders AS SELECT 'xano_data' AS v`,
      `CREATE TABLE "a, ""b""".orders AS SELECT 'other' AS v`,
      `CREATE TABLE "a, ""b""".elsewhere AS SELECT 'elsewhere' AS v`,
      `CREATE TABLE main.mine AS SELECT 'mine' AS v`,
      `CREATE TABLE _xano.loads AS SELECT 'state' AS v`,
    );
    for (const [table, value] of [
      ['orders', 'xano_data'],
      ['xano_data.orders', 'xano_data'],
      ['"a, ""b""".orders', 'other'],
      ['elsewhere', 'elsewhere'],
      ['mine', 'mine'],
      ['_xano.loads', 'state'],
    ])
      expect((await query([`SELECT v FROM ${table}`])).stdout).toBe(`${value}\n`);
    expect((await query(['SELECT v FROM loads'])).status).toBe(2);
  });

  it.each([
    ['DESCRIBE people', /^id\tBIGINT\tYES/],
    ['SHOW TABLES', /^people\nrooms\n$/],
    ['SUMMARIZE rooms', /^id\tBIGINT\t/],
    ['EXPLAIN SELECT 1', /^physical_plan\t/],
    ['PIVOT people ON boss_id USING count(*)', /\t/],
    ['WITH a AS (SELECT 1 AS n) FROM a', /^1\n$/],
    ['VALUES (1), (2);', /^1\n2\n$/],
    ["SELECT current_setting('TimeZone')", /^UTC\n$/],
  ])('may be %s', async (statement, printed) => {
    const { query } = await loaded();
    const { status, stdout, stderr } = await query([statement]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(printed);
  });

  it.each([
    [['--file', 'none.sql'], 'There is no file none.sql.', 'Name a file that holds SQL with --file.'],
    [
      ['SELECT 1', '--file', 'x.sql'],
      'The SQL was given twice: as an argument and with --file.',
      'Remove one of them.',
    ],
    [
      ['SELECT', 'count(*)', 'FROM', 'orders'],
      "Too many arguments for 'query'. Expected 1 argument but got 4.",
      'Put the SQL in quotes: xano query "SELECT count(*) FROM orders".',
    ],
    [
      ['SELECT 1', '--json', '--csv'],
      "Option '--csv' cannot be used with option '--json'.",
      'Remove one of them.',
    ],
    [['SELECT 1', '--to', ''], '--to is empty.', 'Name a file: --to xano.duckdb.'],
  ])('is USAGE: %j', async (argv, message, hint) => {
    const desk = await atOffice();
    expectError(await desk.run(['query', ...argv]), 2, 'USAGE', message, hint);
  });

  it('is required at a terminal', async () => {
    const desk = await atOffice();
    const hint = 'Give the SQL in quotes: xano query "SELECT count(*) FROM orders".';
    expectError(await desk.run(['query'], { typed: '' }), 2, 'USAGE', 'No SQL was given.', hint);
  });

  it.each([
    [
      'SELECT * FROM poeple',
      'Table with name poeple does not exist! Did you mean "people"?',
      'Look at line 1 of the SQL, at: poeple',
    ],
    [
      'SELECT\n  nam\nFROM people',
      'Referenced column "nam" not found in FROM clause! Candidate bindings: "name".',
      'Look at line 2 of the SQL, at: nam',
    ],
    ['SELEC 1', 'syntax error at or near "SELEC".', 'Look at line 1 of the SQL, at: SELEC 1'],
    ["SELECT 'x'::INT", "Could not convert string 'x' to INT32.", 'Look at line 1 of the SQL, at: ::INT'],
    ['', 'The SQL contains no statement.', 'Give one: xano query "SELECT count(*) FROM orders".'],
    ['-- nothing', 'The SQL contains no statement.', 'Give one: xano query "SELECT count(*) FROM orders".'],
    ['SELECT 1; SELECT 2', 'The SQL contains several statements; a query runs one.', 'Run them one by one.'],
    [
      'SELECT $1',
      'Values were not provided for the following prepared statement parameters: 1.',
      'Correct the SQL; `xano query "SHOW TABLES"` lists the tables in the file.',
    ],
  ])('fails in a sentence: %j', async (statement, message, hint) => {
    const { query } = await loaded();
    expectError(await query(['--', statement]), 2, 'QUERY_FAILED', message, hint);
  });

  it('exits with an error where it fails after many rows', async () => {
    const { query } = await loaded();
    const late = "SELECT CASE WHEN range = 900000 THEN 'x' ELSE '1' END::INT AS n FROM range(1000000)";
    for (const form of [[], ['--json'], ['--csv']]) {
      const { status, stdout, stderr } = await query([...form, late]);
      expect(status).toBe(2);
      expect(stdout.split('\n').length).toBeGreaterThan(1000);
      expect(stderr).toMatch(
        /^Error: Could not convert string 'x' to INT32\.\n.*\n {2}Code: QUERY_FAILED\n$/,
      );
    }
  });

  it('is stopped by Ctrl-C', async () => {
    const { to, desk, query } = await loaded();
    const stop = new AbortController();
    const endless = 'SELECT range FROM range(1000000000000000)';
    const first = streamQuery(
      to,
      endless,
      async ({ batches }) => {
        for await (const _ of batches()) stop.abort();
      },
      { signal: stop.signal },
    );
    expect((await rejectionOf(first)).code).toBe('INTERRUPTED');
    expectError(
      await query(['SELECT 1'], { signal: stop.signal }),
      130,
      'INTERRUPTED',
      'The query was stopped.',
      'Run it again.',
    );
    expect(desk.files()).toEqual(['office.duckdb']);
  });
});

describe('xano query only reads', () => {
  it.each([
    ['INSERT INTO people (id) VALUES (9)', 'INSERT'],
    ["UPDATE people SET name = 'x'", 'UPDATE'],
    ['DELETE FROM people', 'DELETE'],
    ['DROP TABLE people', 'DROP'],
    ['CREATE TABLE mine AS SELECT 1', 'CREATE'],
    ['CREATE TEMP TABLE mine AS SELECT 1', 'CREATE'],
    ['CREATE TABLE memory.main.mine AS SELECT 1', 'CREATE'],
    ['ALTER TABLE people ADD COLUMN x INT', 'ALTER'],
    ['SET enable_external_access = true', 'SET'],
    ['INSTALL httpfs', 'INSTALL or LOAD'],
    ['LOAD httpfs', 'INSTALL or LOAD'],
    ['BEGIN', 'TRANSACTION'],
    ['COMMIT; DELETE FROM people', 'TRANSACTION'],
    ['CREATE TABLE x AS SELECT 1; SELECT * FROM x -- pivot', 'CREATE'],
    ['PREPARE p AS SELECT 1', 'PREPARE'],
    ['CALL pragma_version()', 'CALL'],
  ])('and refuses %s', async (statement, named) => {
    const { desk, to, query } = await loaded();
    const before = readFileSync(to);
    expectError(
      await query([statement]),
      2,
      'QUERY_FAILED',
      `A query can only read: ${named} is not allowed.`,
      'To change the file, open it with the duckdb program while no load runs; the next load replaces the rows that it reads.',
    );
    expect(readFileSync(to).equals(before)).toBe(true);
    expect(desk.files()).toEqual(['office.duckdb']);
  });

  it('and reaches no other file and no other computer', async () => {
    const { desk, query } = await loaded();
    const other = desk.path('other.csv');
    writeFileSync(other, 'a\n1\n');
    const made = desk.path('made');
    for (const statement of [
      `COPY people TO '${made}'`,
      `ATTACH '${made}'`,
      `EXPORT DATABASE '${made}'`,
      `SELECT * FROM read_csv('${other}')`,
      `SELECT * FROM read_text('${other}')`,
      `FROM '${other}'`,
      `FROM glob('${desk.folder}/*')`,
      `FROM read_json('http://127.0.0.1:9/x.json')`,
      `EXPLAIN ANALYZE COPY people TO '${made}'`,
    ]) {
      const { status, stdout, stderr } = await query([statement]);
      expect({ status, stdout }, statement).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/\n {2}Code: QUERY_FAILED\n$/);
    }
    expect(existsSync(made)).toBe(false);
    expect(desk.files()).toEqual(['office.duckdb', 'other.csv']);
  });

  it('and leaves no temporary file in the folder', async () => {
    const { desk, query } = await loaded();
    // A folder of this test's own: other tests query at the same time.
    const temporary = join(desk.folder, 'temporary');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const [statement, exit] of [
      ['SELECT 1', 0],
      ['SELEC', 2],
    ] as const) {
      const { status } = await query([statement]);
      expect({ status, left: readdirSync(temporary) }).toEqual({ status: exit, left: [] });
    }
  });
});

describe('the file of xano query', () => {
  it('can be read as it was while a load has staged rows', async () => {
    const { to, query } = await loaded();
    const destination = await openDestination(to);
    const writer = await destination.openTarget(plan());
    await writer.write(records([{ id: 1, name: 'one' }]), null);
    await writer.staged();
    expect((await query(['SHOW TABLES'])).stdout).toBe('people\nrooms\n');
    await writer.abort({ keep: false });
    await destination.close();
  });

  it('fails with DATABASE_FAILED where it does not exist, or is not a database', async () => {
    const { desk } = await loaded();
    const none = desk.path('none.duckdb');
    expectError(
      await desk.run(['query', 'SELECT 1', '--to', none]),
      6,
      'DATABASE_FAILED',
      `The file ${none} does not exist.`,
      'Name another file with --to, or load into it first: `xano load --to FILE`.',
    );
    const notes = desk.path('notes.txt');
    writeFileSync(notes, 'dear diary');
    expectError(
      await desk.run(['query', 'SELECT 1', '--to', notes]),
      6,
      'DATABASE_FAILED',
      `${notes} is not a DuckDB file.`,
      'Name another file with --to; this one was not touched.',
    );
    expect(desk.files()).toEqual(['notes.txt', 'office.duckdb']);
  });
});
