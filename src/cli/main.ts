#!/usr/bin/env node
/** The program: hands the process over to {@link run}. The only file that touches `process`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from './context.js';
import { run } from './run.js';

const interrupted = new AbortController();
process.on('SIGINT', () => {
  // The first one stops cleanly, the second at once.
  if (interrupted.signal.aborted) process.exit(130);
  interrupted.abort();
});
process.on('SIGTERM', () => interrupted.abort());

const output = (stream: NodeJS.WriteStream): Output => ({
  stream,
  is_terminal: stream.isTTY === true,
  columns: () => stream.columns,
});
// `xano discover | head` closes the pipe early: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  stdin: { stream: process.stdin, is_terminal: process.stdin.isTTY === true },
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  now: Date.now,
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  },
  signal: interrupted.signal,
});
