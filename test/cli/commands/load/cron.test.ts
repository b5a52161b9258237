/** A load that nobody looks at: what it says, how it logs, and how it ends when its time is over. */
import { mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defineTable, field, nullable } from '../../../../src/sandbox/data/define.js';
import type { LocalField } from '../../../../src/sandbox/data/model.js';
import { rowOf, rowsOf } from '../../../../src/sandbox/data/rows.js';
import { people } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, HOUR_MS, openDesk, rowsOfFile, SHOP, START } from '../../terminal.js';

/** Lines of a log, each parsed, without the time that each has. */
function entries(desk: Desk, text: string): Record<string, unknown>[] {
  const lines = desk.tidy(text).split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const { at, ...entry } = JSON.parse(line) as Record<string, unknown>;
    expect(at).toBe(new Date(START).toISOString());
    return entry;
  });
}

const ENDS = ['load_finished', 'error'];

describe('a load in a pipe', () => {
  it('prints one line per table on stdout, and nothing else when all is well', async () => {
    const desk = await atOffice();
    expect(await desk.run(['load', '--to', desk.path('x.duckdb')])).toEqual({
      status: 0,
      stdout: 'people\t3\t3000\tproved\t0.000\tloaded\nrooms\t0\t0\tproved\t0.000\tloaded\n',
      stderr: '',
    });
  });

  it('prints what is worth a mail: changes in Xano', async () => {
    const desk = await atOffice({ tables: [people()] });
    const to = desk.path('x.duckdb');
    await desk.run(['load', '--to', to]);
    // Somebody adds a column in Xano.
    const { schema } = desk.xano.instances[0]!.data.workspaces[0]!.tables[0]!;
    (schema as LocalField[]).push(nullable('desk', 'int'));
    expect(await desk.run(['load', '--to', to])).toEqual({
      status: 0,
      stdout: 'people\t3\t3000\tproved\t0.000\tloaded\n',
      stderr: 'people: column "desk" (BIGINT) is new.\n',
    });
  });
});

describe('xano load --quiet', () => {
  it.each([[undefined], [80]])('prints nothing when all is well, with %j columns', async (columns) => {
    const desk = await atOffice();
    const options = columns === undefined ? {} : { columns };
    for (const flag of ['--quiet', '-q'])
      expect(await desk.run(['load', flag, '--to', desk.path('x.duckdb')], options)).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      });
  });

  it('prints the JSON of --json, and nothing else', async () => {
    const desk = await atOffice();
    const { status, stdout, stderr } = await desk.run([
      'load',
      '-q',
      '--json',
      '--to',
      desk.path('x.duckdb'),
    ]);
    expect({ status, stderr, loaded: JSON.parse(stdout).status }).toEqual({
      status: 0,
      stderr: '',
      loaded: 'loaded',
    });
  });

  it('prints rejected values, failures and hints', async () => {
    const bad = defineTable(9, 'days', [field('id', 'int'), nullable('day', 'date')], {
      live: rowsOf([rowOf({ id: 1, day: 'some day' })]),
    });
    const desk = await atOffice({ tables: [people(), bad] });
    desk.xano.fail({
      path: '/table/7/content',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 400, body: { code: 'ERROR', message: 'No.' } },
    });
    const { status, stdout, stderr } = await desk.run(['load', '-q', '--to', desk.path('x.duckdb')]);
    expect({ status, stdout }).toEqual({ status: 7, stdout: '' });
    expect(desk.tidy(stderr)).toMatchInlineSnapshot(`
      "Warning: days: 1 value did not fit the column; the rows have NULL there, and _xano.rejects has the values.
      people: <host of x-office> answered with status 400: No (GET /api:meta/workspace/3/table/7/content). Run again later; --debug shows the request.
      Error: 1 of 2 tables not loaded: some resources were loaded and some were not.
        Run again later; --debug shows the request.
        Code: LOAD_PARTIAL
      "
    `);
  });
});

describe('xano load --log json', () => {
  it('prints every event as a line of JSON on stderr, ends with the report, and leaves stdout as it is', async () => {
    const desk = await atOffice();
    const argv = [
      'load',
      '--log',
      'json',
      '--concurrency',
      '1',
      '--no-parallel-requests',
      '--to',
      desk.path('x.duckdb'),
    ];
    for (const columns of [undefined, 80]) {
      const { status, stdout, stderr } = await desk.run(argv, columns === undefined ? {} : { columns });
      expect(status).toBe(0);
      expect(stdout).toContain('people');
      const said = entries(desk, stderr);
      expect(said.map(({ type }) => type)).toEqual([
        'load_started',
        'resource_started',
        'page_read',
        'resource_finished',
        'resource_started',
        'page_read',
        'resource_finished',
        'load_finished',
      ]);
      expect(said[0]).toEqual({
        type: 'load_started',
        load_id: '<load id>',
        destination: '<base>/files/x.duckdb',
        resources: ['people', 'rooms'],
      });
      expect(said.at(-1)).toMatchObject({ report: { status: 'loaded', resources: [{}, {}] } });
    }
  });

  it('prints nothing else with --quiet', async () => {
    const desk = await atOffice();
    const argv = ['load', '-q', '--log=json', '--to', desk.path('x.duckdb')];
    const { stdout, stderr } = await desk.run(argv);
    expect(stdout).toBe('');
    expect(entries(desk, stderr).at(-1)).toMatchObject({ type: 'load_finished' });
  });

  it.each([
    ['has no token', ['--profile', 'nobody'], 4, 'TOKEN_MISSING'],
    ['has a flag that is not there', ['--nope'], 2, 'USAGE'],
    ['names a table that is not there', ['peple'], 2, 'USAGE'],
    ['cannot use the file', ['--to', '/nowhere/x.duckdb'], 6, 'DATABASE_FAILED'],
  ])('prints one line, the error, where a load %s', async (_, words, status, code) => {
    const desk = await atOffice();
    const said = await desk.run(['load', ...words, '--log', 'json']);
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status, stdout: '' });
    expect(entries(desk, said.stderr)).toEqual([
      { type: 'error', error: { code, message: expect.any(String), hint: expect.any(String) } },
    ]);
  });

  it('ends once where a table fails, and warns in the same way', async () => {
    const desk = await atOffice();
    desk.xano.fail({
      path: '/table/7/content',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 400, body: { code: 'ERROR', message: 'No.' } },
    });
    const token = desk.xano.issueToken({ expires_at: START + 5 * HOUR_MS });
    const argv = ['load', '--log', 'json', '--to', desk.path('x.duckdb')];
    const { status, stderr } = await desk.run(argv, { env: { XANO_TOKEN: token } });
    const said = entries(desk, stderr);
    expect(status).toBe(7);
    expect(said[0]).toEqual({
      type: 'warning',
      message: expect.stringContaining('the token from XANO_TOKEN ends in 5 hours'),
    });
    expect(said.filter(({ type }) => ENDS.includes(String(type)))).toEqual([said.at(-1)]);
    expect(said.at(-1)).toMatchObject({ type: 'load_finished', report: { status: 'partial' } });
  });

  it('has no effect on --dry-run', async () => {
    const desk = await atOffice();
    const said = await desk.run(['load', '--dry-run', '--log-file', desk.path('log')]);
    expect(said.status).toBe(2);
    expect(said.stderr).toContain("Option '--dry-run' cannot be used with option '--log-file <file>'.");
  });
});

describe('xano load --log-file', () => {
  it('appends the lines of each load to the file, and leaves stderr as it is', async () => {
    const desk = await atOffice();
    const argv = ['load', 'people', '--to', desk.path('x.duckdb'), '--log-file', desk.path('load.log')];
    const first = await desk.run(argv);
    expect(first).toEqual({
      status: 0,
      stdout: 'people\t3\t3000\tproved\t0.000\tloaded\n',
      stderr: '',
    });
    const failed = await desk.run([...argv, '--dataset', '_xano']);
    expectError(
      failed,
      2,
      'USAGE',
      '"_xano" is reserved; xano cannot load tables into it.',
      'Give another name with --dataset.',
    );
    const said = entries(desk, readFileSync(desk.path('load.log'), 'utf8'));
    expect(said.map(({ type }) => type)).toEqual([
      'load_started',
      'resource_started',
      'page_read',
      'resource_finished',
      'load_finished',
      'error',
    ]);
  });

  it('fails with USAGE before any request where the file cannot be written', async () => {
    const desk = await atOffice();
    mkdirSync(desk.path('log'));
    const said = await desk.run(['load', '--to', desk.path('x.duckdb'), '--log-file', desk.path('log')]);
    expect({ ...said, stderr: desk.tidy(said.stderr) }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'Error: <base>/files/log is a folder.\n  Name another file with --log-file.\n  Code: USAGE\n',
    });
    expect(desk.xano.requests).toEqual([]);
  });
});

describe('xano load --max-duration', () => {
  const HALF_AN_HOUR = ['--max-duration', '30m'];

  /** The half hour is over while this answer is on its way. */
  function timeIsOver(desk: Desk, path: string, skip = 0): void {
    desk.xano.fail({
      path,
      skip,
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          desk.clock.advance(31 * 60_000);
          return body;
        },
      },
    });
  }

  it('stops cleanly when the time is over, says so, keeps the rows read, and the next load continues there', async () => {
    const desk = await openDesk();
    const to = desk.path('x.duckdb');
    const argv = [
      'load',
      ...SHOP,
      'merchant',
      'orders',
      'users',
      '--concurrency',
      '1',
      '--no-parallel-requests',
      '--to',
      to,
    ];
    timeIsOver(desk, '/table/19/content', 4);
    const { status, stdout, stderr } = await desk.run([...argv, '--page-size', '100', ...HALF_AN_HOUR]);
    expect(status).toBe(7);
    expect(stdout.split('\n').map((line) => line.split('\t').at(-1))).toEqual([
      'loaded',
      'skipped TIME_OVER',
      'skipped TIME_OVER',
      '',
    ]);
    expect(stderr).toBe(
      'The --max-duration of 30m has elapsed. Stopping: saving the rows read so far.\n' +
        'Error: 2 of 3 tables not loaded: the time limit set with --max-duration was reached.\n' +
        '  Run the same command again: it continues where it stopped.\n  Code: TIME_OVER\n',
    );
    expect(desk.files()).toEqual(['x.duckdb', 'x.duckdb.staging']);

    desk.xano.clearRequests();
    const next = await desk.run([...argv, '--page-size', '100', ...HALF_AN_HOUR]);
    expect(next.status).toBe(0);
    expect(next.stderr).toMatch(/^orders: continuing after [\d,]+ rows of an earlier load\.\n$/);
    // What was never loaded comes before what was: else a time that is too short would never get to it.
    const tables = desk.xano.requests.flatMap(({ path }) => /\/table\/(\d+)\/content/.exec(path)?.[1] ?? []);
    expect([...new Set(tables)]).toEqual(['19', '14', '11']);
    expect(next.stdout.split('\n').map((line) => line.split('\t')[0])).toEqual([
      'merchant',
      'orders',
      'users',
      '',
    ]);
    expect(
      await rowsOfFile(to, 'SELECT count(*)::INT, count(DISTINCT id)::INT FROM xano_data.orders'),
    ).toEqual([[5000, 5000]]);
  });

  it('may pass before the load has begun', async () => {
    const desk = await atOffice();
    timeIsOver(desk, '/workspace');
    expectError(
      await desk.run(['load', '--to', desk.path('x.duckdb'), ...HALF_AN_HOUR]),
      7,
      'TIME_OVER',
      'The --max-duration of 30m has elapsed.',
      'Run the same command again: it continues where it stopped.',
    );
    expect(desk.files()).toEqual([]);
  });

  it('has no effect on a load that ends in time', async () => {
    const desk = await atOffice();
    const said = await desk.run(['load', '--to', desk.path('x.duckdb'), ...HALF_AN_HOUR]);
    desk.clock.advance(HOUR_MS);
    expect(said).toEqual(await desk.run(['load', '--to', desk.path('y.duckdb')]));
  });

  it('still reports a Ctrl-C as a Ctrl-C', async () => {
    const desk = await openDesk();
    const stop = new AbortController();
    desk.xano.fail({
      path: '/table/19/content',
      skip: 2,
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          stop.abort();
          return body;
        },
      },
    });
    const argv = ['load', ...SHOP, 'orders', '--page-size', '100', '--to', desk.path('x.duckdb')];
    const { status, stderr } = await desk.run([...argv, ...HALF_AN_HOUR], { signal: stop.signal });
    expect(status).toBe(130);
    expect(stderr).toContain('Code: INTERRUPTED');
  });

  it.each(['', '30', '0s', '25d', '1.5h', 'soon', '-5m'])('refuses %j', async (time) => {
    const desk = await openDesk();
    expectError(
      await desk.run(['load', '--max-duration', time]),
      2,
      'USAGE',
      `Option '--max-duration <time>' argument '${time}' is invalid. --max-duration takes a time such as 90s, 30m or 1h30m, up to 24d.`,
      'See `xano load --help`.',
    );
  });
});
