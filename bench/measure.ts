/** Runs a process to its end and tells what it took. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** A process to be measured. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What one run of a process took. */
export interface Taken {
  /** From before it was started until it had ended. */
  readonly wall_s: number;
  /** User and system, with all its threads; null where the process does not tell. */
  readonly cpu_s: number | null;
  /** The largest resident set; null likewise. */
  readonly rss_mb: number | null;
  /** Statements that DuckDB ran, where they are counted; null elsewhere. */
  readonly statements: number | null;
  readonly stdout: string;
}

const USAGE = join(import.meta.dirname, 'usage.cjs');

/** A Node program that tells what it used. */
export function nodeProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Command {
  return { program: process.execPath, args: ['--require', USAGE, ...args], env };
}

/** A Node program as anybody would start it: nothing but its wall time is known. */
export function plainNode(args: readonly string[]): Command {
  return { program: process.execPath, args };
}

/**
 * Runs it. `scratch` is a folder for what it tells of itself. Throws with the end of what it printed where
 * its status is not 0.
 */
export async function measure(command: Command, scratch: string, signal?: AbortSignal): Promise<Taken> {
  const usage = join(scratch, 'usage.json');
  rmSync(usage, { force: true });
  // Nothing of the caller's: no settings, no token, no NODE_OPTIONS.
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NO_COLOR: '1', ...command.env, BENCH_USAGE: usage };
  const started = performance.now();
  const child = spawn(command.program, command.args, {
    env,
    cwd: command.cwd ?? scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  let wall_s = 0;
  const status = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject);
    // The end of the process counts, not that of its pipes.
    child.once('exit', () => {
      wall_s = (performance.now() - started) / 1000;
    });
    child.once('close', (code, killed) => resolve(code ?? killed));
  });
  if (status !== 0)
    throw new Error(
      `${[command.program, ...command.args].join(' ')} ended with ${status}:\n${stdout.slice(-2000)}${stderr}`,
    );
  return { wall_s, ...readUsage(usage), stdout };
}

function readUsage(file: string): Pick<Taken, 'cpu_s' | 'rss_mb' | 'statements'> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Pick<Taken, 'cpu_s' | 'rss_mb' | 'statements'>;
  } catch {
    return { cpu_s: null, rss_mb: null, statements: null };
  }
}
