/** `xano mcp --config`: each entry starts the server. */
import { resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, it } from 'vitest';
import { expectError, openDesk } from '../cli/terminal.js';

const BIN = resolve(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

interface Entry {
  readonly command: string;
  readonly args: readonly string[];
}

/** The entry of a file of JSON. */
const inJson = (group: string) => (text: string) =>
  (JSON.parse(text) as Record<string, Record<string, Entry>>)[group]!['xano-data']!;

/** The entry of a file of TOML whose strings are those of JSON. */
function inToml(text: string): Entry {
  const [, command, args] = /^\[mcp_servers\.xano-data\]\ncommand = (".*")\nargs = (\[.*\])\n$/.exec(text)!;
  return { command: JSON.parse(command!) as string, args: JSON.parse(args!) as string[] };
}

describe.each([
  ['claude', '.mcp.json', inJson('mcpServers')],
  ['cursor', '.cursor/mcp.json', inJson('mcpServers')],
  ['codex', '.codex/config.toml', inToml],
  ['vscode', '.vscode/mcp.json', inJson('servers')],
  ['gemini', '.gemini/settings.json', inJson('mcpServers')],
] as const)('xano mcp --config %s', (client, file, entryIn) => {
  it('prints an entry that starts the server, with absolute paths', async () => {
    const desk = await openDesk();
    const flags = ['--to', 'my shop.duckdb', '--tables', 'a "b"', 'orders', '--profile', 'shop'];
    const { status, stdout, stderr } = await desk.run(['mcp', ...flags, '--config', client]);
    expect([status, stderr]).toEqual([
      0,
      `Add this to ${file} in your project; other servers in that file stay.\n`,
    ]);
    const { command, args } = entryIn(stdout);
    expect([command, ...args]).toEqual([
      ...['npx', '-y', 'xano-connector', 'mcp', '--to', desk.path('my shop.duckdb')],
      ...['--tables', 'a "b"', 'orders', '--profile', 'shop'],
    ]);
    // The built program in place of the package from the registry.
    const started = new Client({ name: 'test', version: '1' });
    await started.connect(
      new StdioClientTransport({ command: process.execPath, args: [BIN, ...args.slice(2)] }),
    );
    expect((await started.listTools()).tools).toHaveLength(5);
    await started.close();
  });
});

it.each([
  ['out/', (path: string) => `${path}/`],
  ['parquet:out', (path: string) => `parquet:${path}`],
  ['ducklake:out', (path: string) => `ducklake:${path}`],
  ['ducklake:sqlite:out', (path: string) => `ducklake:sqlite:${path}`],
  ['postgres://me@host/db', () => 'postgres://me@host/db'],
])('an entry names the destination %s so that every folder finds it', async (to, named) => {
  const desk = await openDesk();
  const { status, stdout } = await desk.run(['mcp', '--to', to, '--config', 'claude']);
  const { args } = inJson('mcpServers')(stdout);
  expect([status, args]).toEqual([0, ['-y', 'xano-connector', 'mcp', '--to', named(desk.path('out'))]]);
});

it('an entry holds no secret', async () => {
  const desk = await openDesk();
  const config = ['--config', 'claude'];
  expectError(
    await desk.run(['mcp', '--token', 'secret-token', ...config]),
    2,
    'USAGE',
    '--token cannot be part of the settings of a client.',
    'Run `xano auth login`; the server uses the stored login.',
  );
  for (const to of [
    'postgres://me:secret-word@host/db',
    'postgres://host/db?password=secret-word',
    'ducklake:postgres://me:secret-word@host/db?data=s3://bucket/lake/',
  ])
    expectError(
      await desk.run(['mcp', '--to', to, ...config]),
      2,
      'USAGE',
      'The address of --to holds a password, which the settings must not.',
      'Leave it out of the address, and set PGPASSWORD or use a password file.',
    );
});
