import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LoadReport } from '../../../../src/index.js';
import { defineTable, field, nullable } from '../../../../src/sandbox/data/define.js';
import type { LocalTable } from '../../../../src/sandbox/data/model.js';
import { rowFromJson, rowOf, rowsOf } from '../../../../src/sandbox/data/rows.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, openDesk, rowsOfFile, SHOP } from '../../terminal.js';

const SCOPES = 'Give the token Read on Database, Content, Live Data Source and API Groups.';

describe('one table that fails', () => {
  it('leaves the rest loaded, and the exit status 7', async () => {
    const desk = await openDesk();
    desk.xano.fail({
      path: '/table/14/content',
      times: Infinity,
      answer: { kind: 'status', status: 403, body: { code: 'ERROR_CODE_ACCESS_DENIED', message: '' } },
    });
    const to = desk.path('shop.duckdb');
    const argv = [
      'load',
      ...SHOP,
      'merchant',
      'users',
      'categories',
      '--to',
      to,
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ];
    const { status, stdout, stderr } = await desk.run(argv);
    expect(status).toBe(7);
    expect(stdout).toBe(
      'merchant\t12\t12000\tproved\t0.000\tloaded\nusers\t-\t-\t-\t0.000\tfailed SCOPE_MISSING\ncategories\t8\t8000\tproved\t0.000\tloaded\n',
    );
    const refused = 'The token may not do this (POST /api:meta/workspace/1/table/14/content/search).';
    expect(desk.tidy(stderr)).toBe(`users: ${refused} ${SCOPES}
Error: 1 of 3 tables not loaded: some resources were loaded and some were not.
  ${SCOPES}
  Code: LOAD_PARTIAL
`);
    expect(await rowsOfFile(to, 'SELECT resource, rows::INT FROM _xano.resources ORDER BY 1')).toEqual([
      ['categories', 8],
      ['merchant', 12],
    ]);
    expect(await rowsOfFile(to, 'SELECT status FROM _xano.loads')).toEqual([['partial']]);
  });

  it('beside one that fails otherwise has its own hint, and the last hint is for both', async () => {
    const desk = await openDesk();
    desk.xano.fail({
      path: '/table/14/content',
      times: Infinity,
      answer: { kind: 'status', status: 403, body: { code: 'ERROR_CODE_ACCESS_DENIED', message: '' } },
    });
    desk.xano.fail({
      path: '/table/12/content',
      times: Infinity,
      answer: { kind: 'status', status: 400, body: { message: 'no' } },
    });
    const argv = [
      'load',
      ...SHOP,
      'merchant',
      'users',
      'categories',
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ];
    const { status, stderr } = await desk.run([...argv, '--to', desk.path('shop.duckdb')]);
    expect(status).toBe(7);
    expect(stderr).toContain(`/table/14/content/search). ${SCOPES}\n`);
    expect(
      stderr.endsWith(
        'Error: 2 of 3 tables not loaded: some resources were loaded and some were not.\n  Run the same command again for those that failed.\n  Code: LOAD_PARTIAL\n',
      ),
    ).toBe(true);
  });

  it('is in the report of --json, with its code and hint', async () => {
    const desk = await atOffice();
    desk.xano.fail({
      path: '/table/8/content',
      times: Infinity,
      answer: { kind: 'status', status: 403, body: {} },
    });
    const { status, stdout, stderr } = await desk.run(['load', '--json', '--to', desk.path('x.duckdb')]);
    expect(status).toBe(7);
    const report: LoadReport = JSON.parse(stdout);
    expect(report.status).toBe('partial');
    expect(report.resources.map((one) => ({ status: one.status, error: one.error }))).toEqual([
      { status: 'loaded', error: undefined },
      {
        status: 'failed',
        error: {
          code: 'SCOPE_MISSING',
          message: 'The token may not do this (POST /api:meta/workspace/3/table/8/content/search).',
          hint: SCOPES,
        },
      },
    ]);
    expect(stderr.endsWith('\n  Code: LOAD_PARTIAL\n')).toBe(true);
  });

  it('keeps the rows of the previous load', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    await desk.run(['load', '--to', to]);
    desk.xano.fail({ path: '/table/7/content', times: Infinity, answer: { kind: 'status', status: 500 } });
    const { status, stdout } = await desk.run([
      'load',
      '--to',
      to,
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ]);
    expect(status).toBe(7);
    expect(stdout).toMatch(
      /^people\t-\t-\t-\t[\d.]+\tfailed XANO_FAILED\nrooms\t0\t0\tproved\t0\.000\tloaded\n$/,
    );
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
  });
});

describe('an answer of another format', () => {
  it('in place of rows is RESPONSE_UNEXPECTED, and no file is made', async () => {
    const desk = await atOffice();
    const body = '<!doctype html><title>Sign in</title>';
    desk.xano.fail({
      path: '/content/search',
      times: Infinity,
      answer: { kind: 'status', status: 200, body },
    });
    const { status, stdout, stderr } = await desk.run(['load', 'people', '--to', desk.path('x.duckdb')]);
    expect(status).toBe(5);
    expect(stdout).toMatch(/^people\t-\t-\t-\t[\d.]+\tfailed RESPONSE_UNEXPECTED\n$/);
    expect(stderr).toMatch(/\n {2}Code: RESPONSE_UNEXPECTED\n$/);
    expect(desk.files()).toEqual([]);
  });

  it('in place of the tables is RESPONSE_UNEXPECTED', async () => {
    const desk = await atOffice();
    const body = '<html></html>';
    desk.xano.fail({
      path: '/workspace/3/table',
      times: Infinity,
      answer: { kind: 'status', status: 200, body },
    });
    const said = await desk.run(['load', '--to', desk.path('x.duckdb')]);
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 5, stdout: '' });
    expect(said.stderr).toMatch(
      /Error: Xano returned a web page \(HTML\); expected JSON\.\n {2}[^\n]+\n {2}Code: RESPONSE_UNEXPECTED\n$/,
    );
    expect(desk.files()).toEqual([]);
  });

  it('in place of the tables with status 403 is SCOPE_MISSING', async () => {
    const desk = await atOffice({ strict_lists: true });
    const token = desk.xano.issueToken({ scopes: ['workspace:content', 'workspace:live_data_source'] });
    const said = await desk.run(['load', '--to', desk.path('x.duckdb')], { env: { XANO_TOKEN: token } });
    const message = 'The token may not do this (GET /api:meta/workspace/3/table).';
    expectError(said, 4, 'SCOPE_MISSING', message, SCOPES);
    expect(desk.files()).toEqual([]);
  });
});

describe('a value that does not fit its column', () => {
  /** A table whose second row holds a text where its schema says int. */
  const counts = () =>
    defineTable(9, 'counts', [field('id', 'int'), nullable('n', 'int')], {
      live: rowsOf([rowOf({ id: 1, n: 1 }), rowOf({ id: 2, n: 'many' }), rowOf({ id: 3, n: 3 })]),
    });
  const sql = 'SELECT id, n FROM xano_data.counts ORDER BY id';

  it('is kept aside, counted and reported', async () => {
    const desk = await atOffice({ tables: [counts()] });
    const to = desk.path('x.duckdb');
    const { status, stderr } = await desk.run(['load', '--to', to]);
    expect(status).toBe(0);
    expect(stderr).toContain(
      'counts: 1 value did not fit the column; the rows have NULL there, and _xano.rejects has the values.\n',
    );
    expect(await rowsOfFile(to, sql)).toEqual([
      ['1', '1'],
      ['2', null],
      ['3', '3'],
    ]);
    expect(await rowsOfFile(to, 'SELECT resource, row_key, "column", raw FROM _xano.rejects')).toEqual([
      ['counts', '2', 'n', '"many"'],
    ]);
  });

  it('fails the table with --strict: no table is made or replaced', async () => {
    const desk = await atOffice({ tables: [counts()] });
    const to = desk.path('x.duckdb');
    const argv = ['load', '--strict', '--to', to];
    const { status, stdout, stderr } = await desk.run(argv);
    expect(status).toBe(7);
    expect(stdout).toBe('counts\t-\t-\t-\t0.000\tfailed VALUES_REJECTED\n');
    expect(stderr).toMatch(
      /\ncounts: Column "n" of row 2 in "counts" does not fit: [^\n]+\. Nothing was replaced\. Run without --strict to store them in _xano\.rejects\.\nError: 1 of 1 table not loaded: values did not fit their columns\.\n {2}Run without --strict to store them in _xano\.rejects\.\n {2}Code: VALUES_REJECTED\n$/,
    );
    expect(desk.files()).toEqual([]);
    await desk.run(['load', '--to', to]);
    const before = await rowsOfFile(to, sql);
    expect((await desk.run(argv)).status).toBe(7);
    expect(await rowsOfFile(to, sql)).toEqual(before);
  });
});

describe('keys that do not fit their column', () => {
  /** A table whose ids are of these spellings, where its schema says int. */
  const keyed = (...ids: readonly string[]) =>
    defineTable(9, 'keyed', [field('id', 'int'), field('name', 'text')], {
      live: rowsOf(ids.map((id, n) => rowFromJson(`{"id":${id},"name":"row ${n}"}`))),
    });
  const at = (table: LocalTable): Promise<Desk> => atOffice({ tables: [table] });
  const sql = 'SELECT id, name FROM xano_data.keyed ORDER BY id';

  it('fail the table where none fits: rows without keys do not replace the previous ones', async () => {
    const desk = await at(keyed('1', '2', '3'));
    const to = desk.path('x.duckdb');
    await desk.run(['load', '--to', to]);
    const before = await rowsOfFile(to, sql);
    expect(before).toEqual([
      ['1', 'row 0'],
      ['2', 'row 1'],
      ['3', 'row 2'],
    ]);
    const asTexts = (body: string) => body.replace(/"id":(\d+)/g, '"id":"key $1"');
    desk.xano.fail({
      path: '/content/search',
      times: Infinity,
      answer: { kind: 'rewrite', rewrite: asTexts },
    });
    const said = await desk.run(['load', '--to', to]);
    expect({ status: said.status, stdout: said.stdout }).toEqual({
      status: 7,
      stdout: 'keyed\t-\t-\t-\t0.000\tfailed VALUES_REJECTED\n',
    });
    const hint = 'Compare the type of "id" with the values that the server sends (--debug shows them).';
    const message = 'No row of "keyed" has a "id" that fits its column: nothing was replaced.';
    expect(said.stderr).toContain(`\nkeyed: ${message} ${hint}\n`);
    expect(
      said.stderr.endsWith(
        `Error: 1 of 1 table not loaded: values did not fit their columns.\n  ${hint}\n  Code: VALUES_REJECTED\n`,
      ),
    ).toBe(true);
    expect(await rowsOfFile(to, sql)).toEqual(before);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM _xano.rejects')).toEqual([[0]]);
    expect(desk.files()).toEqual(['x.duckdb']);
  });

  it('leave the table loaded and not proved where only one does not fit', async () => {
    const desk = await at(keyed('1', '2', '3'));
    const to = desk.path('x.duckdb');
    const asText = (body: string) => body.replace('"id":2,', '"id":"key 2",');
    desk.xano.fail({
      path: '/content/search',
      times: Infinity,
      answer: { kind: 'rewrite', rewrite: asText },
    });
    const said = await desk.run(['load', '--to', to]);
    expect({ status: said.status, stdout: said.stdout }).toEqual({
      status: 0,
      stdout: 'keyed\t3\t3000\tnot_provable\t0.000\tloaded\n',
    });
    expect(await rowsOfFile(to, sql)).toEqual([
      ['1', 'row 0'],
      ['3', 'row 2'],
      [null, 'row 1'],
    ]);
    expect(await rowsOfFile(to, 'SELECT "column", raw FROM _xano.rejects')).toEqual([['id', '"key 2"']]);
  });
});

describe('a destination that cannot be written', () => {
  /** Runs a load that must end before any row is asked for. */
  const refused = async (desk: Desk, to: string): Promise<string> => {
    const said = await desk.run(['load', '--to', to]);
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 6, stdout: '' });
    expect(desk.xano.requests.filter(({ path }) => path.includes('/content'))).toEqual([]);
    return desk.tidy(said.stderr);
  };

  it('fails in a folder that does not exist', async () => {
    const desk = await atOffice();
    expect(await refused(desk, desk.path('no/x.duckdb'))).toBe(
      'Error: The folder <base>/files/no does not exist.\n  Create it first, or name another file with --to.\n  Code: DATABASE_FAILED\n',
    );
    expect(desk.files()).toEqual([]);
  });

  it('fails where it is a folder', async () => {
    const desk = await atOffice();
    mkdirSync(desk.path('folder'));
    expect(await refused(desk, desk.path('folder'))).toMatch(
      /^Error: <base>\/files\/folder is a folder, not a file\.\n {2}[^\n]+\n {2}Code: DATABASE_FAILED\n$/,
    );
    expect(desk.files()).toEqual(['folder']);
  });

  it.each([
    ['text', 'id,name\n1,Ada\n'],
    ['nearly a database', `${'\0'.repeat(8)}DUCK${'\0'.repeat(5000)}`],
  ])('fails where it holds %s, and no byte of it changes', async (_what, content) => {
    const desk = await atOffice();
    const file = desk.path('mine.csv');
    writeFileSync(file, content);
    expect(await refused(desk, file)).toMatch(/^Error: [^\n]+\n {2}[^\n]+\n {2}Code: DATABASE_FAILED\n$/);
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(desk.files()).toEqual(['mine.csv']);
  });

  it.each(['new.csv', 'new.json', 'new.parquet', 'new.txt'])(
    'does not include a new file called %s, which receives the rows',
    async (name) => {
      const desk = await atOffice();
      const to = desk.path(name);
      expect((await desk.run(['load', '--to', to])).status).toBe(0);
      expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
    },
  );

  it('fails where a newer version wrote it', async () => {
    const desk = await atOffice();
    const to = desk.path('x.duckdb');
    await desk.run(['load', '--to', to]);
    await inAnotherProcess(to, 'UPDATE _xano.format SET version = 999').ended;
    desk.xano.clearRequests();
    expect(await refused(desk, to)).toBe(
      'Error: A newer xano-connector wrote the destination (state version 999).\n  Update xano-connector (npm install -g xano-connector@latest), or name another file with --to.\n  Code: DATABASE_FAILED\n',
    );
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
  });

  it('fails where another program has it open, and names that program', async () => {
    const desk = await atOffice();
    const to = desk.path('x.duckdb');
    await desk.run(['load', '--to', to]);
    const other = inAnotherProcess(to, 'SELECT 1', { hold: true });
    await other.ready;
    desk.xano.clearRequests();
    const said = await refused(desk, to);
    const { pid } = other.child;
    expect(said).toMatch(
      new RegExp(
        `^Error: Another program has [^\\n]*/x\\.duckdb open: [^\\n]*\\(process ${pid}\\)\\.\\n  Close that program, or load into another file with --to\\.\\n  Code: DATABASE_LOCKED\\n$`,
      ),
    );
    other.child.kill();
    await other.ended;
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
    expect((await desk.run(['load', '--to', to])).status).toBe(0);
  });

  it.each([
    ['mysql://localhost/x', 'mysql'],
    ['hdfs://host/x', 'hdfs'],
    ['md:shop', 'md'],
  ])('is USAGE: %s', async (to, scheme) => {
    const desk = await atOffice();
    const message = `"${scheme}:" is not a destination that xano-connector can write to.`;
    const hint =
      'Name a DuckDB file (--to xano.duckdb), a folder (--to out/), a bucket (--to s3://bucket/prefix), a DuckLake (--to ducklake:xano.ducklake), an Iceberg catalog (--to iceberg:https://…) or a Postgres database (--to postgres://user@host/database).';
    expectError(await desk.run(['load', '--to', to]), 2, 'USAGE', message, hint);
    expect(desk.files()).toEqual([]);
  });
});

describe('a load that is stopped', () => {
  it('exits with 130, and the next load continues where it stopped', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const stop = new AbortController();
    desk.xano.fail({
      path: '/table/19/content',
      skip: 4,
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          stop.abort();
          return body;
        },
      },
    });
    const argv = [
      'load',
      ...SHOP,
      'merchant',
      'orders',
      'users',
      '--to',
      to,
      '--page-size',
      '500',
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ];
    const stopped = await desk.run(argv, { signal: stop.signal });
    expect(stopped.status).toBe(130);
    expect(stopped.stdout).toMatch(
      /^merchant\t12\t12000\tproved\t0\.000\tloaded\norders\t-\t-\t-\t0\.000\tskipped INTERRUPTED\nusers\t-\t-\t-\t0\.000\tskipped INTERRUPTED\n$/,
    );
    expect(stopped.stderr).toContain(
      'Stopping: saving the rows read so far. Press Ctrl-C again to stop at once.\n',
    );
    expect(
      stopped.stderr.endsWith(
        'Error: 2 of 3 tables not loaded: stopped by the user.\n  Run the same command again: it continues where it stopped.\n  Code: INTERRUPTED\n',
      ),
    ).toBe(true);
    expect(desk.files()).toEqual(['shop.duckdb', 'shop.duckdb.staging']);
    expect(await rowsOfFile(to, 'SELECT resource FROM _xano.resources')).toEqual([['merchant']]);

    desk.xano.clearRequests();
    const next = await desk.run([...argv, '--json']);
    expect(next.status).toBe(0);
    expect(next.stderr).toMatch(/^orders: continuing after [\d,]+ rows of an earlier load\.$/m);
    const report: LoadReport = JSON.parse(next.stdout);
    const orders = report.resources.find(({ resource }) => resource === 'orders');
    expect(orders).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_written: 5000,
      resumed: true,
    });
    expect(orders?.pages).toBeLessThan(10);
    expect(
      await rowsOfFile(to, 'SELECT count(*)::INT, count(DISTINCT id)::INT FROM xano_data.orders'),
    ).toEqual([[5000, 5000]]);
    expect(desk.files()).toEqual(['shop.duckdb']);
  });

  it('makes no file where it is stopped before it began', async () => {
    const desk = await atOffice();
    const stop = new AbortController();
    stop.abort();
    for (const argv of [['load', '--to', desk.path('x.duckdb')], ['discover'], ['endpoints']]) {
      const said = await desk.run(argv, { signal: stop.signal });
      expect(said).toMatchObject({ status: 130, stdout: '' });
      expect(said.stderr).toMatch(/^Error: [^\n]+\n {2}[^\n]+\n {2}Code: INTERRUPTED\n$/);
    }
    expect(desk.files()).toEqual([]);
    expect(desk.xano.requests).toEqual([]);
  });

  it('is read from the start with --restart', async () => {
    const desk = await atOffice();
    const to = desk.path('x.duckdb');
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
    const argv = ['load', 'people', '--to', to, '--page-size', '1'];
    expect((await desk.run(argv, { signal: stop.signal })).status).toBe(130);
    expect(desk.files()).toEqual(['x.duckdb.staging']);
    const { stdout, status } = await desk.run([...argv, '--restart', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).resources).toMatchObject([{ rows_written: 3, resumed: false, pages: 3 }]);
    expect(desk.files()).toEqual(['x.duckdb']);
  });
});

/** Runs SQL on a database file in another process, which may hold the file until it is killed. */
function inAnotherProcess(
  file: string,
  sql: string,
  { hold = false } = {},
): { child: ChildProcess; ready: Promise<void>; ended: Promise<void> } {
  const script = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const instance = await DuckDBInstance.create(process.argv[1]);
    const connection = await instance.connect();
    await connection.run(process.argv[2]);
    console.log('ready');
    if (process.argv[3] === 'hold') setInterval(() => void [instance, connection], 1000);
    else { connection.closeSync(); instance.closeSync(); }`;
  const argv = ['--input-type=module', '-e', script, file, sql, hold ? 'hold' : 'go'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill();
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const ready = new Promise<void>((done, failed) => {
    child.stdout?.once('data', () => done());
    child.once('exit', () => failed(new Error('The other process ended before it was ready.')));
  });
  ready.catch(() => {});
  return { child, ready, ended };
}
