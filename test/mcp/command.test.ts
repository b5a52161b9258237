import { expect, it } from 'vitest';
import { expectError, openDesk } from '../cli/terminal.js';

it('xano mcp ends with its input, and prints nothing else', async () => {
  const desk = await openDesk();
  expect(await desk.run(['mcp'])).toEqual({ status: 0, stdout: '', stderr: '' });
});

it('xano mcp on a terminal says that it waits for a client, and ends at Ctrl-C', async () => {
  const desk = await openDesk();
  const said = await desk.run(['mcp'], { typed: '', signal: AbortSignal.abort() });
  expect(said).toEqual({
    status: 0,
    stdout: '',
    stderr: 'Waiting for an MCP client on standard input. Ctrl-C stops.\n',
  });
});

it('xano mcp without a name behind --to', async () => {
  const desk = await openDesk();
  expectError(
    await desk.run(['mcp', '--to', '']),
    2,
    'USAGE',
    '--to is empty.',
    'Name a file: --to xano.duckdb.',
  );
});

it('xano mcp --dataset needs --allow-load, and --exclude excludes it', async () => {
  const desk = await openDesk();
  expectError(
    await desk.run(['mcp', '--dataset', 'shop']),
    2,
    'USAGE',
    '--dataset needs --allow-load.',
    'Add --allow-load.',
  );
  const { status, stderr } = await desk.run(['mcp', '--allow-load', '--exclude', 'users']);
  expect([status, stderr.split('\n')[0]]).toEqual([
    2,
    "Error: Option '--exclude <name...>' cannot be used with option '--allow-load'.",
  ]);
});
