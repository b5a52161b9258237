/** The MCP server with the tools of the protocol's authors, under the Node that they need. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startLocalXano } from '../../src/index.js';
import { skillNames } from '../../src/init/plan-agent-files.js';
import { loadInto } from '../mcp/assistant.js';

const HERE = import.meta.dirname;
const TOOLS = join(HERE, 'tools', 'node_modules', '@modelcontextprotocol');
const PROGRAM = resolve(HERE, '..', '..', 'dist', 'cli', 'main.js');

let folder: string;
let file: string;
/** The Node of the tools. */
let node: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xano-protocol-'));
  file = join(folder, 'shop.duckdb');
  const wanted = process.env['XANO_TEST_NODE'] ?? 'node@22';
  const { stdout } = await promisify(execFile)('npx', ['-y', wanted, '-p', 'process.execPath']);
  node = stdout.trim();
  const xano = await startLocalXano();
  await loadInto(file, xano, 'Shop');
  await xano.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(script: string, args: readonly string[]): Promise<Ran> {
  const child = spawn(node, [script, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += String(chunk);
  });
  return new Promise((done) => child.once('close', (status) => done({ status, ...said })));
}

const inspect = (...args: readonly string[]): Promise<Ran> =>
  run(join(TOOLS, 'inspector/clients/launcher/build/index.js'), [
    ...['--cli', process.execPath, PROGRAM, 'mcp', '--to', file, '--allow-load'],
    ...args,
  ]);

describe.each(['modern', 'legacy'])('the Inspector, in the %s era of the protocol', (era) => {
  it('finds no error in the schemas of the tools', async () => {
    const { status, stdout, stderr } = await inspect(
      '--protocol-era',
      era,
      '--method',
      'tools/list',
      '--strict',
    );
    expect([status, /^(\d+) errors?,/m.exec(stderr)?.[1]]).toEqual([0, '0']);
    expect((JSON.parse(stdout) as { tools: unknown[] }).tools).toHaveLength(6);
  });

  it('runs a query', async () => {
    const call = ['--method', 'tools/call', '--tool-name', 'xano_query'];
    const sql = 'sql=SELECT count(*) FROM orders';
    const { status, stdout } = await inspect('--protocol-era', era, ...call, '--tool-arg', sql);
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { structuredContent: { rows: [[5000]] } }]);
  });
});

it('the Inspector verifies the skills and their digests', async () => {
  const { status, stdout } = await inspect(
    ...['--protocol-era', 'modern', '--method', 'skills/list', '--verify', '--require-digests'],
  );
  expect([status, stdout.trim().split('\n').length]).toEqual([0, skillNames().length]);
});

it.each(['2025-11-25', '2026-07-28'])(
  'the conformance suite for %s fails what does not apply, and nothing else',
  async (revision) => {
    const server = spawn(process.execPath, [join(HERE, 'http-server.js'), file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = new Promise((done) => server.once('close', done));
    onTestFinished(async () => {
      server.stdin.end();
      await ended;
    });
    const url = await new Promise<string>((done) =>
      server.stdout.once('data', (chunk) => done(String(chunk).trim())),
    );
    const { status, stdout, stderr } = await run(join(TOOLS, 'conformance/dist/index.js'), [
      ...['server', '--url', url, '--requirements', revision],
      ...['--expected-failures', join(HERE, `does-not-apply-${revision}.yaml`)],
    ]);
    expect([status, status === 0 ? '' : `${stdout}${stderr}`.slice(-4000)]).toEqual([0, '']);
    expect(Number(/^Total: (\d+) passed/m.exec(stdout)?.[1])).toBeGreaterThan(30);
  },
);
