/**
 * dlt beside this program: set up in a Python environment of its own, measured as a process, checked by the
 * same sums.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assertSame, factsQuery } from './check.js';
import type { Options } from './options.js';
import { type BenchColumn, type Facts, SETS } from './sets.js';
import { type Bench, type Case, tablesOf, workspaceId } from './tables.js';

const run = promisify(execFile);

const SCRIPTS = join(import.meta.dirname, '../../dlt');
const VENV = join(import.meta.dirname, '../../.venv');
const PYTHON = join(VENV, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
/** What the environment holds: the newest of each when it is made. */
const PACKAGES = ['dlt[duckdb]', 'pyarrow', 'requests'];

/** How dlt is used; see `dlt/pipeline.py`. */
type Way = 'rest' | 'parquet' | 'arrow';

/** dlt's name for how `replace` is done. */
type Strategy = 'truncate-and-insert' | 'insert-from-staging';

/** What `dlt/pipeline.py` is told. */
interface Task {
  readonly way: Way;
  readonly strategy: Strategy;
  readonly base_url: string;
  readonly token: string;
  /** Number of each table by its name. */
  readonly tables: Readonly<Record<string, number>>;
  readonly rows_per_table: number;
  readonly page_size: number;
  /** Pages asked for at a time, where dlt leaves that to us. */
  readonly in_flight: number;
  readonly columns: readonly BenchColumn[];
  readonly folder: string;
  readonly database: string;
}

/** Makes the environment where it is not there yet. False where there is no Python, which is said. */
export function prepareDlt(say: (line: string) => void): boolean {
  if (existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import dlt, duckdb, pyarrow, requests']).status === 0)
    return true;
  if (spawnSync('python3', ['--version']).status !== 0) {
    say('dlt is left out: there is no python3 on this computer.');
    return false;
  }
  say(`dlt: setting up ${VENV}`);
  rmSync(VENV, { recursive: true, force: true });
  for (const [program, ...args] of [
    ['python3', '-m', 'venv', VENV],
    [PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES],
  ] as [string, ...string[]][]) {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0)
      throw new Error(`${program} ${args.join(' ')} failed; --only leaves dlt out.\n${stderr}`);
  }
  return true;
}

/** Which versions dlt ran with; null where it was not to be measured. */
export function dltVersions({ groups }: Pick<Options, 'groups'>): string | null {
  if (!groups.includes('dlt') || !existsSync(PYTHON)) return null;
  const script =
    'import dlt, duckdb, platform, pyarrow; print(f"dlt {dlt.__version__} (Python {platform.python_version()}, duckdb {duckdb.__version__}, pyarrow {pyarrow.__version__})")';
  const { status, stdout } = spawnSync(PYTHON, ['-c', script], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

const WAYS: Readonly<Record<Way, string>> = {
  rest: 'as documented',
  parquet: 'parquet',
  arrow: 'Arrow pages',
};

const PAGES_IN_FLIGHT = 8;

/** dlt at no latency with one table, and at 50 ms with four. */
export function dltCases(bench: Bench): Case[] {
  const places = [
    { latency_ms: 0, tables: 1 },
    { latency_ms: 50, tables: 4 },
  ].filter(({ latency_ms }) => bench.options.latencies.includes(latency_ms));
  return places.flatMap((place) =>
    (['rest', 'parquet', 'arrow'] as const).flatMap((way) =>
      (['truncate-and-insert', 'insert-from-staging'] as const).map((strategy) =>
        dltCase(bench, { ...place, way, strategy }),
      ),
    ),
  );
}

interface Place {
  readonly latency_ms: number;
  readonly tables: number;
  readonly way: Way;
  readonly strategy: Strategy;
}

function dltCase(bench: Bench, { latency_ms, tables, way, strategy }: Place): Case {
  const { server, token, scratch, options, files } = bench;
  // A million rows as INSERT statements would take a quarter of an hour.
  const records = way === 'rest' ? 'few' : 'orders';
  const { facts } = files.get(records)!;
  const rows = facts['rows']!;
  const workspace = workspaceId(bench, tables === 1 ? records : `${records} in four`);
  const folder = join(scratch, 'dlt');
  const database = join(folder, 'bench.duckdb');
  const names = tablesOf('orders', tables);
  const numbers = names.map((name, nth) => [name.split('.')[1]!, workspace * 100 + nth] as const);
  const task: Task = {
    way,
    strategy,
    base_url: `${server.origin}/api:meta/workspace/${workspace}`,
    token,
    tables: Object.fromEntries(numbers),
    // Tables of one workspace differ by a row at most; a page beyond the last is empty.
    rows_per_table: Math.ceil(rows / tables),
    page_size: Math.min(options.page_max, rows),
    in_flight: PAGES_IN_FLIGHT,
    columns: SETS.orders.columns,
    folder,
    database,
  };
  const said = tables === 1 ? '1 table' : '4 tables';
  return {
    key: `dlt-${way}-${strategy}-${latency_ms}-${tables}`,
    name: `dlt ${WAYS[way]}, ${strategy}, ${latency_ms} ms, ${said}`,
    group: 'dlt',
    rows,
    latency_ms,
    tables,
    page_size: task.page_size,
    runs: options.runs,
    settings: { latency_ms, max_per_page: options.page_max },
    before: async () => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    },
    command: () => ({
      program: PYTHON,
      args: [join(SCRIPTS, 'pipeline.py'), JSON.stringify(task)],
      // Settings that somebody keeps at home for pipelines of their own are none of ours.
      env: { HOME: folder },
      cwd: folder,
    }),
    verify: async () => {
      // By dlt's own DuckDB: a file of a newer one need not be readable by an older one.
      const query = factsQuery('orders', names);
      const { stdout } = await run(PYTHON, [join(SCRIPTS, 'check.py'), database, query]);
      assertSame(JSON.parse(stdout) as Facts, facts, 'What dlt loaded');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
