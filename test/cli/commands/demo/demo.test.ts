import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OFFICE } from '../../../fixtures/office.js';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { atOffice } from '../../at-office.js';
import { expectError, openDesk, rowsOfFile } from '../../terminal.js';

const HINT = 'Name a new file with --to, or remove this one.';

describe('xano demo', () => {
  it('loads a local Xano, shows rows, and suggests the next commands', async () => {
    const desk = await openDesk();
    const to = desk.path('demo.duckdb');
    const { status, stdout, stderr } = await desk.run(['demo', '--to', to, '--no-color'], { columns: 120 });
    expect(status, stderr).toBe(0);
    for (const part of [
      '1. A Xano runs on this computer: http://127.0.0.1:',
      '2. Discover\n',
      `3. Load the workspace "Shop" into ${to}\n`,
      'Rows of shop.orders\n',
      'What is known of them (_xano.resources)\n',
      `The file: ${to}\n`,
    ])
      expect(stdout).toContain(part);
    expect(stdout.slice(stdout.indexOf('Next:\n'))).toBe(
      [
        'Next:',
        `  xano query "SELECT name, city FROM merchant" --to ${to}`,
        '    query it in SQL; any program that reads DuckDB can do the same',
        `  xano status --to ${to}`,
        '    how fresh and complete it is',
        '  xano demo --serve',
        '    keep this local Xano running, to try any command on it',
        '  xano',
        '    use a token of your own Xano, and load the tables you choose',
        '',
      ].join('\n'),
    );
    expect(stdout).toMatch(/\n {2}orders +5,000 +[\d,]+ +proved +[\d.]+ s +loaded\n/);
    expect(desk.files()).toEqual(['demo.duckdb']);
    const sql =
      "SELECT rows::INT, completeness FROM _xano.resources WHERE target_schema = 'shop' AND target_table = 'orders'";
    expect(await rowsOfFile(to, sql)).toEqual([[5000, 'proved']]);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM shop.orders')).toEqual([[5000]]);

    // Again: its own file is made anew. Commands can be copied, however wide, and as they are called in the
    // repository.
    const again = await desk.run(['demo', '--to', to, '--no-color'], {
      columns: 40,
      env: { npm_command: 'run-script' },
    });
    expect(again.status).toBe(0);
    expect(again.stdout).toContain(`\n  npx xano query "SELECT name, city FROM merchant" --to ${to}\n`);
    expect(await rowsOfFile(to, "SELECT count(*)::INT FROM _xano.loads WHERE status = 'loaded'")).toEqual(
      await rowsOfFile(to, 'SELECT count(*)::INT FROM _xano.loads'),
    );
  });

  it('does not replace a file that it has not made', async () => {
    const desk = await atOffice();
    const notes = desk.path('notes.txt');
    writeFileSync(notes, 'dear diary');
    const mine = desk.path('mine.duckdb');
    await desk.run(['load', '--to', mine, '--dataset', 'shop']);
    const before = readFileSync(mine);
    for (const to of [notes, mine]) {
      const said = await desk.run(['demo', '--to', to]);
      expectError(said, 2, 'USAGE', `${to} exists, and the demo did not create it.`, HINT);
    }
    expect(readFileSync(notes, 'utf8')).toBe('dear diary');
    expect(readFileSync(mine).equals(before)).toBe(true);
    expect(desk.xano.instances[0]?.name).toBe(OFFICE);
  });

  it('refuses a folder, and an empty name, as its file', async () => {
    const desk = await openDesk();
    mkdirSync(desk.path('folder'));
    for (const to of [desk.path('folder'), '']) {
      const said = await desk.run(['demo', '--to', to]);
      expectError(said, 2, 'USAGE', `"${to}" is not a file that the demo can create.`, HINT);
    }
    expect(desk.files()).toEqual(['folder']);
  });

  it('fails with DATABASE_FAILED in a folder that does not exist', async () => {
    const desk = await openDesk();
    const said = await desk.run(['demo', '--to', desk.path('no/demo.duckdb')]);
    expect(said.status).toBe(6);
    expect(desk.tidy(said.stderr)).toMatch(
      /Error: The folder <base>\/files\/no does not exist\.\n {2}Create it first, or name another file with --to\.\n {2}Code: DATABASE_FAILED\n$/,
    );
    expect(said.stdout).not.toContain('Rows of shop.orders');
  });

  it('fails with USAGE at a port that is taken', async () => {
    const desk = await openDesk();
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const said = await desk.run(['demo', '--port', String(port), '--to', desk.path('demo.duckdb')]);
    const message = `Port ${port} is not available: listen EADDRINUSE: address already in use 127.0.0.1:${port}.`;
    expectError(
      said,
      2,
      'USAGE',
      message,
      'Give another port with --port, or omit --port to use any free one.',
    );
    expect(desk.files()).toEqual([]);
  });

  it('serves the local Xano with --serve until it is stopped, and says how to reach it', async () => {
    const desk = await openDesk();
    const stop = new AbortController();
    stop.abort();
    // What is to be copied is not broken where the terminal ends.
    const { status, stdout, stderr } = await desk.run(['demo', '--serve'], {
      signal: stop.signal,
      columns: 40,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /\n {2}export XANO_ACCOUNT_ORIGIN=http:\/\/127\.0\.0\.1:\d+\n {2}export XANO_TOKEN=\S+\n {2}xano\n {2}xano discover\n {2}xano load --instance x1234-4567-8901 --workspace Shop\n/,
    );
    expect(desk.files()).toEqual([]);
    const [, group, body] = /\n {2}curl http:\/\/127\.0\.0\.1:\d+(\S+) --json '(.*)'\n$/.exec(stdout)!;
    const login = await fetch(`${desk.xano.instances[0]!.origin}${group}`, {
      method: 'POST',
      body: body!,
      headers: { 'content-type': 'application/json' },
    });
    expect(await login.json()).toEqual({ authToken: expect.any(String) });
  });
});

describePostgres('xano demo --to postgres', () => {
  it('loads into a Postgres that it starts, and shows its rows', async () => {
    const desk = await openDesk();
    const { status, stdout, stderr } = await desk.run(['demo', '--to', 'postgres']);
    expect(status, stderr).toBe(0);
    const [, url] =
      /3\. Load the workspace "Shop" into (postgres:\/\/xano@127\.0\.0\.1:\d+\/postgres)\n/.exec(stdout)!;
    for (const part of [
      /\norders\t5000\t[^\n]*\tproved\t[^\n]*\tloaded\n/,
      /\nRows of shop\.orders\n1\t[^\n]*\n\d+\t[^\n]*\n\d+\t[^\n]*\n/,
      /\nRows of open_data\.penguins\n1\tAdelie\tTorgersen\t3750\tMALE\n/,
      /\nshop\t9\t7,342\tproved\nopen_data\t10\t32,367\tproved\n/,
      /\nThe Postgres stops with this command\. [^\n]*\n$/,
    ])
      expect(stdout).toMatch(part);
    expect(desk.files()).toEqual([]);
    await expect(rows(url!, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
