/** Where and with what was measured. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

/** The machine and the versions of everything. */
export interface Machine {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly system: string;
  /** Processes that wanted to run in the last minute before anything was measured. */
  readonly load_before: number;
  readonly node: string;
  readonly duckdb: string;
  readonly commit: string;
}

const ROOT = join(import.meta.dirname, '../../..');

/** Asks the system, and git. */
export function machine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load_before: Math.round(loadavg()[0]! * 100) / 100,
    node: process.version,
    duckdb: duckdbVersion(),
    commit: commit(),
  };
}

function duckdbVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@duckdb/node-api');
  const { version } = JSON.parse(readFileSync(join(entry, '../../package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--', 'src', 'bench', 'package-lock.json') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? ' with changes that are not committed' : ''}`;
  } catch {
    return 'unknown';
  }
}
