#!/usr/bin/env node
/** The program: hands the process over to {@link run}. The only file that touches `process`. */
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Output } from './context.js';
import { outputFailure } from './output/output-failure.js';
import { run } from './run.js';

/**
 * DuckDB's allocator keeps freed memory for seconds: 200 MB of long values (measured, 1.5.5). With this it
 * gives pieces of more than 500,000 bytes back at once; a block of a table has 262,144. It reads the variable
 * when DuckDB is loaded, which is later.
 */
process.env['DUCKDB_JE_MALLOC_CONF'] ??= 'oversize_threshold:500000';

/** Ends at once, and shows the cursor again, which the progress may have hidden. */
const leave = (status: number): never => {
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h');
  process.exit(status);
};

const interrupted = new AbortController();
/**
 * Ends by the signal itself, which a shell reports as 128 and its number. `process.exit` waits for every
 * thread, and DuckDB may need minutes for one huge value.
 */
const dieOf = (signal: NodeJS.Signals): void => {
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h');
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
};
/** The time in which the last output is written. Milliseconds. */
const SAID_MS = 500;
let stopped_by: NodeJS.Signals = 'SIGINT';
/**
 * Packages that tidy up on exit (conf's file writer is one) send the signal to this process again when they
 * receive it. The second one arrives within the next turns of the event loop, however long these take on a
 * busy machine.
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
  } else if (heardEcho && process.argv[2] === 'query') dieOf('SIGINT');
  else if (heardEcho) leave(130);
});
// SIGTERM, or a closed terminal: handled like a first Ctrl-C.
for (const signal of ['SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (!interrupted.signal.aborted) stopped_by = signal;
    interrupted.abort();
  });

// An empty listener: a write beyond the limit on the size of a file then fails with an error, instead of
// ending the process.
if (process.platform !== 'win32') process.on('SIGXFSZ', () => {});

// A terminal of unknown size (expect, `docker run -t`, script in cron) reports 0, and every character would
// be a line.
for (const stream of [process.stdout, process.stderr])
  if (stream.isTTY && stream.columns === 0) Object.assign(stream, { columns: 80, rows: 24 });

const output = (stream: NodeJS.WriteStream): Output => ({
  stream,
  is_terminal: stream.isTTY === true,
  columns: () => stream.columns,
  rows: () => stream.rows,
});
// `xano discover
// head` closes the pipe early: no reader is left, and that is fine. Any other error loses the result.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  const { status, lines } = outputFailure(error);
  process.stderr.write(lines);
  leave(status);
});
// A closed stderr does not matter: a load continues without it.
process.stderr.on('error', () => {});

// This is a last resort. Only the message is printed: an error's properties may hold a token.
const crash = (thrown: unknown): void => {
  const known = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'not an Error object';
  process.stderr.write(`Error: Something unexpected happened: ${known}\n  Please report it.\n  Code: BUG\n`);
  leave(1);
};
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

/** The system's value, or an empty text where it has none: a removed folder, a user without a home. */
const known = (ask: () => string): string => {
  try {
    return ask();
  } catch {
    return '';
  }
};

/** Makes V8 free unused memory now, as `node --expose-gc` allows: only the program may set V8's flags. */
const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  if (typeof collect === 'function') collect();
};

process.exitCode = await run({
  program: [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)],
  argv: process.argv.slice(2),
  env: process.env,
  uid: process.geteuid?.(),
  home: known(homedir),
  cwd: known(process.cwd),
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
  collectGarbage,
  signal: interrupted.signal,
});
// The process ends as soon as nothing runs any more. This timer does not keep it alive: it only fires if
// something else does.
if (interrupted.signal.aborted) setTimeout(() => dieOf(stopped_by), SAID_MS).unref();
