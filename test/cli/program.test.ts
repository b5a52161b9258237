import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { OFFICE } from '../fixtures/office.js';
import { atOffice } from './at-office.js';
import { type Desk, openDesk, rowsOfFile, type Said } from './terminal.js';

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli/main.js');

/** Runs the built program as a process of its own, in the desk's folder. */
function start(
  desk: Desk,
  argv: readonly string[],
  env: Record<string, string> = {},
  node: readonly string[] = [],
) {
  const child = spawn(process.execPath, [...node, PROGRAM, ...argv], {
    cwd: desk.folder,
    env: { PATH: process.env['PATH'], HOME: desk.folder, XANO_CONFIG_DIR: desk.settings, ...env },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += String(chunk);
  });
  const ended = new Promise<Said>((done) => {
    child.once('close', (status) => done({ status: status ?? -1, ...said }));
  });
  return { child, ended };
}

const access = (desk: Desk): Record<string, string> => ({
  XANO_TOKEN: desk.xano.token,
  XANO_ACCOUNT_ORIGIN: desk.xano.account_origin,
});

describe('the program', () => {
  it('is an executable file', async () => {
    expect(statSync(PROGRAM).mode & 0o111).toBe(0o111);
    const child = spawn(PROGRAM, ['--version'], { env: { PATH: process.env['PATH'] } });
    expect(await text(child.stdout)).toBe(`${packageJson.version}\n`);
  });

  it('exits with the status of the error, which is on stderr', async () => {
    const desk = await openDesk();
    expect(await start(desk, ['load']).ended).toEqual({
      status: 4,
      stdout: '',
      stderr: 'Error: No token found.\n  Set XANO_TOKEN, or run `xano auth login`.\n  Code: TOKEN_MISSING\n',
    });
    expect(await start(desk, ['load', '--nope']).ended).toEqual({
      status: 2,
      stdout: '',
      stderr: "Error: Unknown option '--nope'.\n  See `xano load --help`.\n  Code: USAGE\n",
    });
    expect(desk.files()).toEqual([]);
  });

  it('reads a token from a pipe, and uses it afterwards', async () => {
    const desk = await atOffice({ now: Date.now });
    const env = { XANO_ACCOUNT_ORIGIN: desk.xano.account_origin };
    const login = start(desk, ['auth', 'login', '--token-stdin'], env);
    login.child.stdin.end(`${desk.xano.token}\n`);
    expect(await login.ended).toMatchObject({ status: 0, stderr: '' });
    const { status, stdout, stderr } = await start(desk, ['discover', '--json']).ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout).instances.map(({ name }: { name: string }) => name)).toEqual([OFFICE]);
  });

  it('loads into xano.duckdb in the current folder', async () => {
    const desk = await atOffice({ now: Date.now });
    const { status, stdout } = await start(desk, ['load'], access(desk)).ended;
    expect(status).toBe(0);
    expect(stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(['people', 'rooms', '']);
    expect(desk.files()).toEqual(['xano.duckdb']);
    expect(await rowsOfFile(desk.path('xano.duckdb'), 'SELECT count(*)::INT FROM xano_data.people')).toEqual([
      [3],
    ]);
  });

  it('exits with 130 at Ctrl-C, and continues the next time', async () => {
    const desk = await openDesk({ now: Date.now });
    const argv = [
      'load',
      'orders',
      '--workspace',
      'Shop',
      '--instance',
      'x1234-4567-8901',
      '--page-size',
      '100',
    ];
    // The signal is on its way before the fifth of fifty pages is.
    let stop = (): void => {};
    desk.xano.fail({
      path: '/table/19/content',
      skip: 4,
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          stop();
          return body;
        },
      },
    });
    const stopped = start(desk, argv, access(desk));
    stop = () => stopped.child.kill('SIGINT');
    const said = await stopped.ended;
    expect(said.status).toBe(130);
    expect(said.stderr).toMatch(/\n {2}Code: INTERRUPTED\n$/);
    expect(said.stderr).not.toContain('    at ');
    expect(desk.files()).toEqual(['xano.duckdb.staging']);

    const next = await start(desk, argv, access(desk)).ended;
    expect(next.status).toBe(0);
    expect(next.stderr).toMatch(/^orders: continuing after [\d,]+ rows of an earlier load\.$/m);
    const file = join(desk.folder, 'xano.duckdb');
    expect(
      await rowsOfFile(file, 'SELECT count(*)::INT, count(DISTINCT id)::INT FROM xano_data.orders'),
    ).toEqual([[5000, 5000]]);
    expect(desk.files()).toEqual(['xano.duckdb']);
  });

  it('ends when its time is over, though a server never answers, and continues the next time', async () => {
    const desk = await openDesk({ now: Date.now });
    desk.xano.fail({ path: '/table/19/content', skip: 4, times: 100, answer: { kind: 'stall' } });
    const shop = ['--workspace', 'Shop', '--instance', 'x1234-4567-8901'];
    const argv = ['load', 'orders', ...shop, '--page-size', '100', '--max-duration', '6s'];
    const { status, stdout, stderr } = await start(desk, argv, access(desk)).ended;
    expect(status).toBe(7);
    expect(stdout).toMatch(/^orders\t-\t-\t-\t[\d.]+\tskipped TIME_OVER\n$/);
    expect(stderr).toBe(
      'The --max-duration of 6s has elapsed. Stopping: saving the rows read so far.\n' +
        'Error: 1 of 1 table not loaded: the time limit set with --max-duration was reached.\n' +
        '  Run the same command again: it continues where it stopped.\n  Code: TIME_OVER\n',
    );
    expect(desk.files()).toEqual(['xano.duckdb.staging']);
  });

  it('is silent in cron when all is well, and logs what it did', async () => {
    const desk = await atOffice({ now: Date.now });
    const argv = ['load', '--quiet', '--max-duration', '50m', '--log-file', 'load.jsonl'];
    expect(await start(desk, argv, access(desk)).ended).toEqual({ status: 0, stdout: '', stderr: '' });
    const lines = readFileSync(desk.path('load.jsonl'), 'utf8').trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'load_finished', report: { status: 'loaded' } });
  });

  it('runs the demo in the current folder, and needs nothing else', async () => {
    const desk = await openDesk();
    const { status, stdout } = await start(desk, ['demo']).ended;
    expect(status).toBe(0);
    expect(stdout).toContain(`The file: ${desk.path('xano-demo.duckdb')}\n`);
    expect(desk.files()).toEqual(['xano-demo.duckdb']);
    const sql =
      "SELECT rows::INT FROM _xano.resources WHERE target_schema = 'shop' AND target_table = 'customers'";
    expect(await rowsOfFile(desk.path('xano-demo.duckdb'), sql)).toEqual([[800]]);
  });

  it('loads the same rows where Node lacks WebAssembly', async () => {
    const desk = await openDesk();
    const contents = async (file: string): Promise<readonly (readonly unknown[])[]> => {
      const tables = await rowsOfFile(
        desk.path(file),
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE schema_name <> '_xano' ORDER BY ALL",
      );
      const sums = tables.map(
        ([schema, table]) =>
          `SELECT '${schema}.${table}' AS name, count(*)::INT AS rows, md5(string_agg(r::VARCHAR, ' ' ORDER BY r::VARCHAR)) AS sum FROM (SELECT * EXCLUDE (_xano_load_id) FROM "${schema}"."${table}") r`,
      );
      return rowsOfFile(desk.path(file), `${sums.join(' UNION ALL ')} ORDER BY name`);
    };
    for (const [file, node] of [
      ['with.duckdb', []],
      ['without.duckdb', ['--noexpose-wasm']],
    ] as const) {
      const { status, stderr } = await start(desk, ['demo', '--to', file], {}, node).ended;
      expect({ status, stderr: stderr.includes('Error') }).toEqual({ status: 0, stderr: false });
    }
    const rows = await contents('with.duckdb');
    expect(rows.length).toBe(19);
    expect(await contents('without.duckdb')).toEqual(rows);
  });
});
