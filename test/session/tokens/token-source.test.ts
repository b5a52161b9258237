/**
 * Where a token comes from beside XANO_TOKEN and profiles, and what happens when it is refused in the middle
 * of a load.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atOffice } from '../../cli/at-office.js';
import { type Desk, expectError, rowsOfFile } from '../../cli/terminal.js';
import { OFFICE } from '../../fixtures/office.js';

/** A desk where no variable holds a token. */
async function deskWithTokenFile(): Promise<{
  desk: Desk;
  file: string;
  env: Record<string, string | undefined>;
}> {
  const desk = await atOffice();
  // Not at the desk, where no token may lie about.
  const folder = mkdtempSync(join(tmpdir(), 'xano-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'token');
  writeFileSync(file, `${desk.xano.token}\n`);
  return { desk, file, env: { XANO_TOKEN: undefined } };
}

describe('a token', () => {
  it('is read from a file, by flag or variable', async () => {
    const { desk, file, env } = await deskWithTokenFile();
    const by_flag = await desk.run(['auth', 'status', '--token-file', file], { env });
    expect(by_flag).toMatchObject({ status: 0, stderr: '' });
    expect(by_flag.stdout).toMatch(/^Token: \*{8} from --token-file\n/);
    const by_variable = await desk.run(['auth', 'status'], { env: { ...env, XANO_TOKEN_FILE: file } });
    expect(by_variable.stdout).toMatch(/^Token: \*{8} from XANO_TOKEN_FILE\n/);
  });

  it('is the output of a program, by flag or variable', async () => {
    const { desk, file, env } = await deskWithTokenFile();
    const command = `cat '${file}'`;
    const by_flag = await desk.run(['auth', 'status', '--token-command', command], { env });
    expect(by_flag).toMatchObject({ status: 0, stderr: '' });
    expect(by_flag.stdout).toMatch(/^Token: \*{8} from --token-command\n/);
    const by_variable = await desk.run(['discover'], { env: { ...env, XANO_TOKEN_COMMAND: command } });
    expect(by_variable.status).toBe(0);
    expect(by_variable.stdout).toContain(`table\t${OFFICE}`);
  });

  it('is missing where the file or the program does not exist', async () => {
    const { desk, env } = await deskWithTokenFile();
    expectError(
      await desk.run(['discover', '--token-file', desk.path('nothing')], { env }),
      4,
      'TOKEN_MISSING',
      `The token file ${desk.path('nothing')} cannot be read.`,
      'Name a file that holds the token with --token-file.',
    );
    expectError(
      await desk.run(['discover', '--token-command', 'exit 3'], { env }),
      4,
      'TOKEN_MISSING',
      'The program of --token-command returned no token: it ended with status 3.',
      'Run it yourself and read its output; it must print only the token.',
    );
    const silent = await desk.run(['discover', '--token-command', 'true'], { env });
    expect(silent.stderr).toContain(
      'The program of --token-command returned no token: it printed nothing.\n',
    );
    expect(silent.status).toBe(4);
    const nothing = await desk.run(['discover', '--token-command', ''], { env });
    const hint = 'Give the command that prints the token.';
    expectError(nothing, 2, 'USAGE', '--token-command names no program.', hint);
    expect(desk.xano.requests).toEqual([]);
  });

  it('is not waited for without limit', async () => {
    const { desk, env } = await deskWithTokenFile();
    const file = await desk.run(['discover', '--token-file', '/dev/zero'], { env });
    expect(file.status).toBe(4);
    expect(file.stderr).toContain('The token from --token-file is malformed');
    const program = await desk.run(['discover', '--token-command', 'yes'], { env });
    expect(program.status).toBe(4);
    expect(program.stderr).toContain('printed much more than a token.\n');
    expect(desk.xano.requests).toEqual([]);
  });
});

describe('a token file that is a pipe', () => {
  const pipe = (desk: Desk): string => {
    const path = join(desk.settings, '..', 'pipe');
    execFileSync('mkfifo', [path]);
    return path;
  };

  it('is read once somebody writes into it', async () => {
    const { desk, env } = await deskWithTokenFile();
    const path = pipe(desk);
    const writing = spawn('sh', ['-c', `printf %s "$TOKEN" > '${path}'`], {
      env: { TOKEN: desk.xano.token },
    });
    onTestFinished(() => void writing.kill());
    const reading = desk.run(['auth', 'status', '--token-file', path], { env });
    expect((await reading).stdout).toMatch(/^Token: \*{8} from --token-file\n/);
  });

  it('is given up after half a minute', async () => {
    const { desk, env } = await deskWithTokenFile();
    const path = pipe(desk);
    const before = desk.clock.now();
    expectError(
      await desk.run(['discover', '--token-file', path], { env }),
      4,
      'TOKEN_MISSING',
      `The token file ${path} returned nothing within 30 s.`,
      'Name a file that holds the token with --token-file.',
    );
    expect(desk.clock.now() - before).toBe(30_000);
  });

  it.each(['--token-file', '--token-command', '--token-stdin'])('ends at Ctrl-C: %s', async (flag) => {
    const { desk, env } = await deskWithTokenFile();
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    const value = flag === '--token-file' ? [pipe(desk)] : flag === '--token-command' ? ['sleep 60'] : [];
    const argv = flag === '--token-stdin' ? ['auth', 'login', flag] : ['discover', flag, ...value];
    const typed = flag === '--token-stdin' ? { typed: [] } : {};
    const said = await desk.run(argv, { env, signal: stop.signal, ...typed });
    expect([said.status, desk.xano.requests]).toEqual([130, []]);
  });

  it('is an error in one sentence, as are a folder and a file of many megabytes', async () => {
    const { desk, env } = await deskWithTokenFile();
    const folder = await desk.run(['discover', '--token-file', desk.folder], { env });
    expect(folder.stderr).toContain(`The token file ${desk.folder} cannot be read.`);
    const large = desk.path('large');
    writeFileSync(large, 'x'.repeat(10_000_000));
    const said = await desk.run(['discover', '--token-file', large], { env });
    expect([folder.status, said.status]).toEqual([4, 4]);
  });
});

/** Another token takes the place of the first when the first page of a table is asked for. */
function swapToken(desk: Desk, file: string): void {
  const next = desk.xano.issueToken();
  desk.xano.fail({
    path: '/table/7/content/search',
    answer: {
      kind: 'rewrite',
      rewrite: (body) => {
        writeFileSync(file, next);
        desk.xano.revoke(desk.xano.token);
        return body;
      },
    },
  });
}

describe('a token that is refused in the middle of a load', () => {
  it.each(['--token-file', '--token-command'])('is looked up once more: %s', async (flag) => {
    const { desk, file, env } = await deskWithTokenFile();
    swapToken(desk, file);
    const to = desk.path('office.duckdb');
    const value = flag === '--token-file' ? file : `cat '${file}'`;
    const argv = [
      'load',
      '--to',
      to,
      flag,
      value,
      '--page-size',
      '1',
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ];
    const said = await desk.run([...argv, '--verbose'], { env });
    expect(said.status).toBe(0);
    expect(said.stderr).toContain(
      'people: the server refused the token, and its source now holds another one: continuing with it.\n',
    );
    expect(await rowsOfFile(to, 'SELECT id FROM xano_data.people ORDER BY id')).toEqual([
      ['1'],
      ['2'],
      ['3'],
    ]);
  });

  it('is looked up once more where the user logged in again meanwhile', async () => {
    const { desk, env } = await deskWithTokenFile();
    expect((await desk.run(['auth', 'login', '--token-stdin'], { stdin: desk.xano.token, env })).status).toBe(
      0,
    );
    const settings = `${desk.settings}/settings.json`;
    const next = desk.xano.issueToken();
    desk.xano.fail({
      path: '/table/7/content/search',
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          writeFileSync(settings, readFileSync(settings, 'utf8').replaceAll(desk.xano.token, next));
          chmodSync(settings, 0o600);
          desk.xano.revoke(desk.xano.token);
          return body;
        },
      },
    });
    const to = desk.path('office.duckdb');
    const said = await desk.run(
      ['load', '--to', to, '--page-size', '1', '--concurrency', '1', '--no-parallel-requests'],
      { env },
    );
    expect(said.status).toBe(0);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
  });

  it('ends the load with 4 where its source has no other one, after one lookup', async () => {
    const { desk, file, env } = await deskWithTokenFile();
    desk.xano.fail({
      path: '/table/7/content/search',
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          desk.xano.revoke(desk.xano.token);
          return body;
        },
      },
    });
    const to = desk.path('office.duckdb');
    const argv = [
      'load',
      '--to',
      to,
      '--token-file',
      file,
      '--page-size',
      '1',
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ];
    const said = await desk.run(argv, { env });
    expect(said.status).toBe(4);
    expect(said.stderr).toMatch(/\n {2}Code: TOKEN_REJECTED\n$/);
    // The page that was refused, and whose the token is: refused for that as well, it is asked for nothing
    // else.
    expect(desk.xano.requests.filter(({ status }) => status === 401).map(({ path }) => path)).toEqual([
      '/api:meta/workspace/3/table/7/content/search',
      '/api:meta/auth/me',
    ]);
  });
});

it('a load sends nothing but GETs and content searches', async () => {
  const { desk, file, env } = await deskWithTokenFile();
  const given = { env: { ...env, XANO_TOKEN_FILE: file } };
  for (const argv of [
    ['discover', '--columns', '--counts'],
    ['endpoints', '--api-groups', '--output', desk.path('endpoints.json')],
    ['load', '--dry-run', '--to', desk.path('a.duckdb')],
    ['load', '--to', desk.path('a.duckdb')],
    ['load', '--to', desk.path('a.duckdb'), '--write-disposition', 'merge'],
    ['auth', 'login', '--token', desk.xano.token],
    ['auth', 'status'],
  ])
    expect(await desk.run(argv, given)).toMatchObject({
      status: 0,
      stderr: expect.not.stringContaining('Error'),
    });
  const sent = desk.xano.requests.map(({ method, path }) =>
    method === 'POST' ? path.replace(/^.*(\/content\/search)$/, '$1') : method,
  );
  expect(new Set(sent)).toEqual(new Set(['GET', '/content/search']));
});
