import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalXano, queryFile, shopInstances, startLocalXano } from '../src/index.js';

const BIN = resolve(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
const SEARCH = '/table/19/content/search';

let folder: string;
let file: string;
let xano: LocalXano;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xano-interrupt-'));
  file = join(folder, 'shop.duckdb');
  xano = await startLocalXano({ instances: shopInstances() });
});

afterEach(async () => {
  await xano.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/**
 * Runs the built program with a stored token, and sends it a signal when the server is about to answer its
 * n-th search.
 */
function runBin(
  argv: readonly string[],
  interrupt?: { readonly at: number; readonly signal: NodeJS.Signals; readonly times?: number },
): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [BIN, ...argv], {
      env: {
        PATH: process.env['PATH'],
        XANO_ACCOUNT_ORIGIN: xano.account_origin,
        XANO_CONFIG_DIR: folder,
        XANO_INSTANCE: 'x1234-4567-8901',
      },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      output += String(chunk);
    });
    if (argv.includes('--token-stdin')) child.stdin.end(xano.token);
    if (interrupt !== undefined) {
      let searches = 0;
      xano.fail({
        path: SEARCH,
        times: Number.POSITIVE_INFINITY,
        answer: {
          kind: 'rewrite',
          rewrite: (body) => {
            searches++;
            if (searches === interrupt.at) child.kill(interrupt.signal);
            return body;
          },
        },
      });
    }
    child.on('close', (status, signal) => done({ status, signal, output }));
  });
}

const searches = (): number => xano.requests.filter(({ path }) => path.endsWith(SEARCH)).length;

it('a Ctrl-C keeps the rows read, says so, exits with 130, and the next load continues from there', async () => {
  const login = await runBin(['auth', 'login', '--token-stdin']);
  expect(login.status).toBe(0);

  const stopped = await runBin(['load', 'orders', '--workspace', 'Shop', '--page-size', '50', '--to', file], {
    at: 40,
    signal: 'SIGINT',
  });
  expect({ status: stopped.status, signal: stopped.signal }).toEqual({ status: 130, signal: null });
  expect(stopped.output).toContain('Stopping: saving the rows read so far.');
  expect(stopped.output).toContain('Code: INTERRUPTED');
  expect(stopped.output).not.toContain(xano.token);
  expect(stopped.output).not.toMatch(/\n\s+at /);
  // Nothing of it can be seen yet, but it is there to go on with.
  expect({
    target: existsSync(file),
    staging: existsSync(`${file}.staging`),
    batches: existsSync(`${file}.staging.tmp`),
  }).toEqual({
    target: false,
    staging: true,
    batches: false,
  });

  const before = searches();
  const resumed = await runBin(['load', 'orders', '--workspace', 'Shop', '--page-size', '50', '--to', file]);
  expect(resumed.status).toBe(0);
  // Several ranges of keys are under way at a time: rows that are kept are not whole pages.
  expect(resumed.output).toMatch(/^orders: continuing after [12],\d{3} rows of an earlier load\.$/m);
  // Most of the first forty pages are not asked for again.
  const asked = searches() - before;
  const other = join(folder, 'other.duckdb');
  expect(
    (await runBin(['load', 'orders', '--workspace', 'Shop', '--page-size', '50', '--to', other])).status,
  ).toBe(0);
  expect(asked).toBeLessThan(searches() - before - asked);
  const { rows } = await queryFile(
    file,
    'SELECT count(*) AS rows, count(DISTINCT id) AS ids FROM xano_data.orders',
  );
  expect(rows).toEqual([{ rows: '5000', ids: '5000' }]);
  expect(existsSync(`${file}.staging`)).toBe(false);
});

it.each(['SIGTERM', 'SIGHUP'] as const)(
  '%s, as when the terminal is closed, ends a load like Ctrl-C: 130, and the rows read are kept',
  async (signal) => {
    expect((await runBin(['auth', 'login', '--token-stdin'])).status).toBe(0);
    const argv = ['load', 'orders', '--workspace', 'Shop', '--page-size', '50', '--to', file];
    const stopped = await runBin(argv, { at: 40, signal });
    expect({ status: stopped.status, signal: stopped.signal }).toEqual({ status: 130, signal: null });
    expect(stopped.output).toContain('Stopping: saving the rows read so far.');
    expect(stopped.output).toMatch(/\n {2}Code: INTERRUPTED\n$/);
    expect({ target: existsSync(file), staging: existsSync(`${file}.staging`) }).toEqual({
      target: false,
      staging: true,
    });

    const resumed = await runBin(argv);
    expect(resumed.status).toBe(0);
    expect(resumed.output).toMatch(/^orders: continuing after [\d,]+ rows of an earlier load\.$/m);
    const { rows } = await queryFile(
      file,
      'SELECT count(*) AS rows, count(DISTINCT id) AS ids FROM xano_data.orders',
    );
    expect(rows).toEqual([{ rows: '5000', ids: '5000' }]);
  },
);

it('a kill leaves the last good table as it was, and the next load ends equal to the truth', async () => {
  expect((await runBin(['auth', 'login', '--token-stdin'])).status).toBe(0);
  expect((await runBin(['load', 'orders', '--workspace', 'Shop', '--to', file])).status).toBe(0);
  const good = await queryFile(file, 'SELECT * FROM xano_data.orders ORDER BY id');

  const killed = await runBin(['load', 'orders', '--workspace', 'Shop', '--page-size', '50', '--to', file], {
    at: 60,
    signal: 'SIGKILL',
  });
  expect(killed.signal).toBe('SIGKILL');
  expect(await queryFile(file, 'SELECT * FROM xano_data.orders ORDER BY id')).toEqual(good);

  expect(
    (await runBin(['load', 'orders', '--workspace', 'Shop', '--page-size', '50', '--to', file])).status,
  ).toBe(0);
  const after = await queryFile(file, 'SELECT * EXCLUDE (_xano_load_id) FROM xano_data.orders ORDER BY id');
  expect(after.rows).toEqual(good.rows.map(({ _xano_load_id: _, ...row }) => row));
  expect({ staging: existsSync(`${file}.staging`), batches: existsSync(`${file}.staging.tmp`) }).toEqual({
    staging: false,
    batches: false,
  });
});

it('a second Ctrl-C ends at once, without the report that a clean end would still write', async () => {
  expect((await runBin(['auth', 'login', '--token-stdin'])).status).toBe(0);
  expect((await runBin(['load', 'merchant', '--workspace', 'Shop', '--to', file])).status).toBe(0);
  // A clean end keeps the report in the file, and waits for it while another program holds it.
  const holder = await DuckDBInstance.create(':memory:');
  const connection = await holder.connect();
  const child = spawn(
    process.execPath,
    [BIN, 'load', 'orders', '--workspace', 'Shop', '--page-size', '50', '--to', file],
    {
      env: {
        PATH: process.env['PATH'],
        XANO_ACCOUNT_ORIGIN: xano.account_origin,
        XANO_CONFIG_DIR: folder,
        XANO_INSTANCE: 'x1234-4567-8901',
      },
    },
  );
  const held = new Promise<void>((done) => {
    let asked = 0;
    xano.fail({
      path: SEARCH,
      times: Number.POSITIVE_INFINITY,
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          if (++asked === 20) done();
          return body;
        },
      },
    });
  });
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  const ended = new Promise<number | null>((done) => child.on('close', (status) => done(status)));
  await held;
  await connection.run(`ATTACH '${file}' AS held`);
  child.kill('SIGINT');
  // Until it is heard: what packages echo of the first one does not count.
  const again = setInterval(() => child.kill('SIGINT'), 150);
  const status = await ended;
  clearInterval(again);
  connection.closeSync();
  holder.closeSync();
  expect(status).toBe(130);
  expect(output).toContain('Stopping: saving the rows read so far.');
  expect(output).not.toContain('Code: INTERRUPTED');
});
