/**
 * Places that commands cannot write to, or that a shell would have spelled out: each has its own sentence.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atOffice } from './at-office.js';
import type { Desk, Said } from './terminal.js';

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli/main.js');

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

/** Runs a line of a shell, in which `xano` is the built program, in the desk's folder. */
async function shell(desk: Desk, line: string): Promise<Said> {
  const child = spawn('sh', ['-c', `xano() { ${quoted([process.execPath, PROGRAM])} "$@"; }\n${line}`], {
    cwd: desk.folder,
    env: {
      PATH: process.env['PATH'],
      HOME: desk.home,
      XANO_CONFIG_DIR: desk.settings,
      XANO_TOKEN: desk.xano.token,
      XANO_ACCOUNT_ORIGIN: desk.xano.account_origin,
    },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += String(chunk);
  });
  return new Promise((done) => {
    child.once('close', (status) => done({ status: status ?? -1, ...said }));
  });
}

describe('a full disk', () => {
  it('behind stdout is one sentence of error, whatever the command', async () => {
    const desk = await atOffice({ now: Date.now });
    expect((await shell(desk, 'xano load --quiet')).status).toBe(0);
    const lines = [
      "query --csv 'FROM people'",
      "query --json 'FROM people'",
      "query 'FROM people'",
      'load people --json',
      'load people --dry-run',
      'schema',
      'schema --mermaid',
      'discover',
      'status',
      'endpoints',
      'endpoints --schema',
      'check people --json',
      'completion bash',
      '--help',
      'load --help',
      '--version',
    ];
    const said = await shell(desk, lines.map((line) => `xano ${line} > /dev/full; echo $?`).join('\n'));
    expect(said.stdout).toBe('6\n'.repeat(lines.length));
    expect(said.stderr).not.toContain('BUG');
    const sentence =
      'Error: The result could not be written: the disk that standard output goes to is full.\n';
    expect(said.stderr.split(sentence)).toHaveLength(lines.length + 1);
    expect(said.stderr.split('  Code: OUTPUT_FAILED\n')).toHaveLength(lines.length + 1);
    // What was to be said of it was lost, and the load was not.
    expect((await shell(desk, 'xano load --json > /dev/full; xano status')).stdout).toContain('loaded');
  });

  it('behind stderr or a log does not stop a load', async () => {
    const desk = await atOffice({ now: Date.now });
    const said = await shell(
      desk,
      'xano load people 2> /dev/full; echo $?\nxano load people --log json 2> /dev/full; echo $?\nxano load people --log-file /dev/full; echo $?',
    );
    expect(said.stdout.match(/^\d$/gm)).toEqual(['0', '0', '0']);
    expect(said.stderr).toContain(
      'Warning: /dev/full cannot be written: its disk is full. The log ends there; the load continues.\n',
    );
  });

  it.each([['discover'], ['endpoints'], ['endpoints --format dlt']])(
    'behind --output of %s is an error',
    async (command) => {
      const desk = await atOffice({ now: Date.now });
      const said = await desk.run([...command.split(' '), '--output', '/dev/full']);
      expect(said.status).toBe(6);
      expect(said.stderr).toContain(
        'Error: /dev/full cannot be written: its disk is full.\n  Free disk space, or name another file with --output.\n  Code: OUTPUT_FAILED\n',
      );
    },
  );

  it('behind a pipe whose reader has gone is not a failure', async () => {
    const desk = await atOffice({ now: Date.now });
    await shell(desk, 'xano load --quiet');
    expect(await shell(desk, "xano query --csv 'FROM range(100000)' | head -1")).toEqual({
      status: 0,
      stdout: 'range\r\n',
      stderr: '',
    });
  });
});

describe('a ~ in front of a path', () => {
  it.each([
    ['--to ~/x.duckdb', ['--to', '~/x.duckdb']],
    ['--to=~/x.duckdb', ['--to=~/x.duckdb']],
  ])('is the home folder: %s', async (_, to) => {
    const desk = await atOffice({ now: Date.now });
    mkdirSync(desk.home);
    const load = await desk.run(['load', ...to, '--log-file', '~/load.jsonl', '--quiet']);
    expect(load).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(desk.home, 'load.jsonl'), 'utf8')).toContain('"load_finished"');
    expect(existsSync(join(desk.home, 'x.duckdb'))).toBe(true);
    writeFileSync(join(desk.home, 'q.sql'), 'SELECT count(*) FROM people');
    expect((await desk.run(['query', '--file', '~/q.sql', ...to])).stdout).toBe('3\n');
    expect((await desk.run(['status', ...to])).status).toBe(0);
    expect((await desk.run(['endpoints', '--output', '~/e.json'])).status).toBe(0);
    expect((await desk.run(['load', '--endpoints', '~/e.json', ...to, '--quiet'])).status).toBe(0);
    expect(desk.files()).toEqual([]);
  });

  it('is the home folder in variables and in the log of a usage error', async () => {
    const desk = await atOffice({ now: Date.now });
    mkdirSync(desk.home);
    writeFileSync(join(desk.home, 'token'), desk.xano.token);
    const env = { XANO_TOKEN: undefined, XANO_TOKEN_FILE: '~/token', XANO_CONFIG_DIR: '~/settings' };
    expect((await desk.run(['discover'], { env })).status).toBe(0);
    expect((await desk.run(['discover', '--token-file', '~/token'])).status).toBe(0);
    expect((await desk.run(['auth', 'login', '--token-stdin'], { env, stdin: desk.xano.token })).status).toBe(
      0,
    );
    expect(existsSync(join(desk.home, 'settings', 'settings.json'))).toBe(true);
    expect((await desk.run(['load', '--log-file=~/l.jsonl', '--nope'])).status).toBe(2);
    expect(readFileSync(join(desk.home, 'l.jsonl'), 'utf8')).toContain('"USAGE"');
  });

  it('is part of a name elsewhere', async () => {
    const desk = await atOffice({ now: Date.now });
    const { status, stderr } = await desk.run(['load', '--to', desk.path('~x/x.duckdb')]);
    expect(status).toBe(6);
    expect(stderr).toContain(`Error: The folder ${desk.path('~x')} does not exist.\n`);
  });
});

describe('a folder that was removed', () => {
  it('is an error where a path begins in it, and has no effect elsewhere', async () => {
    const desk = await atOffice({ now: Date.now });
    const gone = (line: string): Promise<Said> =>
      shell(desk, `mkdir gone && cd gone && rmdir ../gone && xano ${line}`);
    for (const [line, path] of [
      ['load', 'xano.duckdb'],
      ['status', 'xano.duckdb'],
      ["query 'SELECT 1'", 'xano.duckdb'],
      ['demo', 'xano-demo.duckdb'],
      ['check --endpoints x.yaml', 'x.yaml'],
      ['endpoints --output e.json', 'e.json'],
    ] as const)
      expect(await gone(line)).toEqual({
        status: 2,
        stdout: '',
        stderr: `Error: The folder where xano started no longer exists, so ${path} has no location.\n  Go to a folder that exists, or give absolute paths.\n  Code: USAGE\n`,
      });
    for (const line of [
      '--version',
      '--help',
      'completion zsh',
      'discover',
      `load --to ${desk.path('x.duckdb')} --quiet`,
    ])
      expect(await gone(line)).toMatchObject({ status: 0, stderr: '' });
  });

  it('is an error while rows are loaded into it, whether it was removed or only emptied', async () => {
    for (const [what, message] of [
      ['', /The folder of .*x\.duckdb was removed while it was in use\./],
      ['x.duckdb.staging.tmp', /Files of this load beside .*x\.duckdb were removed while it ran\./],
    ] as const) {
      const desk = await atOffice({ now: Date.now });
      const folder = desk.path('vanishing');
      mkdirSync(folder);
      const server = createServer(({ url }, response) => {
        const offset = Number(new URL(url!, 'http://x').searchParams.get('offset') ?? 0);
        if (offset > 0) rmSync(join(folder, what), { recursive: true, force: true });
        const items = offset >= 300 ? [] : Array.from({ length: 100 }, (_, n) => ({ id: offset + n }));
        response.end(JSON.stringify({ items, total: 300 }));
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      onTestFinished(() => void server.close());
      const file = desk.path('x.yaml');
      const { port } = server.address() as AddressInfo;
      writeFileSync(
        file,
        `client: { base_url: "http://127.0.0.1:${port}", data_selector: items, pagination: { type: offset, limit: 100, total_path: total } }\nresources: [{ name: things, primary_key: id }]\n`,
      );
      const said = await desk.run(['load', '--endpoints', file, '--to', join(folder, 'x.duckdb')]);
      expect(said.status).toBe(6);
      expect(said.stderr).toMatch(message);
    }
  });

  it('is told apart from a file, and from a folder that never existed', async () => {
    const desk = await atOffice({ now: Date.now });
    writeFileSync(desk.path('file'), '');
    for (const command of ['load', 'status'])
      expect((await desk.run([command, '--to', desk.path('file/x.duckdb')])).stderr).toContain(
        `Error: The folder of ${desk.path('file/x.duckdb')} is a file.\n`,
      );
    mkdirSync(desk.path('was'));
    rmdirSync(desk.path('was'));
    expect((await desk.run(['load', '--to', desk.path('was/x.duckdb')])).stderr).toContain(
      `Error: The folder ${desk.path('was')} does not exist.\n`,
    );
    const output = await desk.run(['endpoints', '--output', desk.path('file/e.json')]);
    expect(output.stderr).toContain(`Error: The folder of ${desk.path('file/e.json')} is a file.\n`);
  });
});

it.each([['load'], ['status'], ['query', 'SELECT 1']])(
  'an empty target file is refused as empty and left alone: %s',
  async (...argv) => {
    const desk = await atOffice({ now: Date.now });
    const to = desk.path('x.duckdb');
    writeFileSync(to, '');
    const { status, stderr } = await desk.run([...argv, '--to', to]);
    expect([status, stderr]).toEqual([
      6,
      `Error: ${to} is empty (0 bytes), so it is not a DuckDB file.\n  Name another file with --to; this one was not touched.\n  Code: DATABASE_FAILED\n`,
    ]);
    expect([readFileSync(to, 'utf8'), desk.files()]).toEqual(['', ['x.duckdb']]);
  },
);
