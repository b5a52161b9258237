#!/usr/bin/env node
/** The program: hands the process over to {@link run}. The only file that touches `process`. */
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from './context.js';
import { run } from './run.js';

/** Ends at once: a progress that hid the cursor has no time to bring it back. */
const leave = (status: number): never => {
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h');
  process.exit(status);
};

const interrupted = new AbortController();
/**
 * Packages that tidy up on exit (conf's file writer is one) send a signal to this process again as soon as they have heard it. It is there
 * within the next turns of the event loop, however long these take on a busy machine.
 */
const ECHO_TURNS = 4;
let heardEcho = false;
const waitForEcho = (turns: number): void => {
  if (turns === 0) heardEcho = true;
  else setImmediate(() => waitForEcho(turns - 1));
};
process.on('SIGINT', () => {
  // The first one stops cleanly, the second at once.
  if (!interrupted.signal.aborted) {
    waitForEcho(ECHO_TURNS);
    interrupted.abort();
  } else if (heardEcho) leave(130);
});
// Asked to end, or the terminal was closed: like a first Ctrl-C.
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());

const output = (stream: NodeJS.WriteStream): Output => ({
  stream,
  is_terminal: stream.isTTY === true,
  columns: () => stream.columns,
  rows: () => stream.rows,
});
// `xano discover | head` closes the pipe early: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
// What is said on the way may be heard by nobody: a load goes on without.
process.stderr.on('error', () => {});

// Nothing should come here. If it does, it is told by its message alone: what hangs on an error may hold a token.
const crash = (thrown: unknown): void => {
  const known = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'something that is no error';
  process.stderr.write(`Error: Something unexpected happened: ${known}\n  Please report it.\n  Code: BUG\n`);
  leave(1);
};
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  uid: process.geteuid?.(),
  home: homedir(),
  cwd: process.cwd(),
  stdin: { stream: process.stdin, is_terminal: process.stdin.isTTY === true },
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  now: Date.now,
  steady: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  },
  alarm: (ms, ring) => {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
  signal: interrupted.signal,
});
