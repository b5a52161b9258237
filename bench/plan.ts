/**
 * What is measured: each row of the table as the process that is run for it, what comes before, and what must
 * be there afterwards.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { assertFacts } from './check.js';
import { dltCases } from './dlt.js';
import { type Command, measure, nodeProgram, plainNode } from './measure.js';
import type { Group, Options } from './options.js';
import type { ServerSettings } from './server.js';
import { type Facts, idAt, type SetName } from './sets.js';
import { type Bench, type Case, tablesOf, workspaceId } from './tables.js';

const ROOT = join(import.meta.dirname, '../..');
const XANO = join(ROOT, 'dist/cli/main.js');

/**
 * Reading one table page by page, a loader of four requests at a time would take so many seconds at most;
 * beyond, fewer rows are read.
 */
const LONGEST_S = 60;
/** Requests under way at a time when bytes are thrown away. */
const WIRE_AT_A_TIME = 8;

/** How many rows are read where a million would take too long. */
const smallRows = (rows: number): number => Math.max(1000, Math.floor(rows / 20));

/** The workspaces that the server has, and the files they need: name, set and rows of each file. */
export function wantedFiles({ groups, rows }: Options): { key: string; set: SetName; rows: number }[] {
  const has = (...wanted: Group[]): boolean => wanted.some((group) => groups.includes(group));
  return [
    ...(has('floors', 'ours', 'dlt', 'memory') ? [{ key: 'orders', set: 'orders' as const, rows }] : []),
    ...(has('ours', 'dlt') ? [{ key: 'few', set: 'orders' as const, rows: smallRows(rows) }] : []),
    ...(has('free-plan') ? [{ key: 'free', set: 'orders' as const, rows: 2000 }] : []),
    ...(has('incremental') ? [{ key: 'tracked', set: 'tracked' as const, rows }] : []),
    ...(has('flights')
      ? [{ key: 'flights', set: 'flights' as const, rows: Math.min(rows * 3, 3_000_000) }]
      : []),
  ];
}

/** Removes a database and everything beside it. */
function removeDatabase(database: string): void {
  for (const end of ['', '.wal', '.staging', '.staging.wal'])
    rmSync(`${database}${end}`, { force: true, recursive: true });
}

/** Everything that is to be measured. */
export function planCases(bench: Bench): Case[] {
  const { options } = bench;
  const groups: Readonly<Record<Group, () => Case[]>> = {
    startup: () => startupCases(options),
    floors: () => floorCases(bench),
    ours: () => ourCases(bench),
    dlt: () => dltCases(bench),
    flights: () => flightCases(bench),
    incremental: () => incrementalCases(bench),
    memory: () => memoryCases(bench),
    'free-plan': () => freePlanCases(bench),
  };
  return options.groups
    .flatMap((group) => groups[group]())
    .filter(({ key, name }) => options.match === null || options.match.test(`${key} ${name}`));
}

function startupCases({ startup_runs }: Options): Case[] {
  const start = (key: string, name: string, args: string[]): Case => ({
    key,
    name,
    group: 'startup',
    rows: 0,
    latency_ms: null,
    tables: 0,
    runs: startup_runs,
    settings: {},
    command: () => plainNode(args),
    verify: async () => {},
  });
  return [
    start('node', 'node -e 0', ['-e', '0']),
    start('help', 'xano --help', [XANO, '--help']),
    start('version', 'xano --version', [XANO, '--version']),
  ];
}

/** Floor A over a file. */
function diskFloor(bench: Bench, key: string, threads: number | undefined): Case {
  const { set, file, facts } = bench.files.get(key)!;
  const database = join(bench.scratch, `floor-${set}.duckdb`);
  const said = threads === undefined ? 'all threads' : `${threads} thread`;
  return {
    key: `${key === 'flights' ? 'flights-' : ''}disk-${threads ?? 'all'}`,
    name: `floor A: DuckDB reads ${set} from disk, ${said}`,
    group: key === 'flights' ? 'flights' : 'floors',
    rows: facts['rows']!,
    latency_ms: null,
    tables: 1,
    runs: bench.options.runs,
    settings: {},
    before: async () => removeDatabase(database),
    command: () => {
      const program = join(import.meta.dirname, 'floor-disk.js');
      return nodeProgram([program, set, file, database, ...(threads === undefined ? [] : [String(threads)])]);
    },
    verify: async () => {
      await assertFacts(database, set, tablesOf(set, 1), facts);
      removeDatabase(database);
    },
  };
}

function floorCases(bench: Bench): Case[] {
  const { options, server, token } = bench;
  const { facts } = bench.files.get('orders')!;
  const rows = facts['rows']!;
  const wire = (latency_ms: number): Case => {
    const page_size = options.page_max;
    const workspace = workspaceId(bench, 'orders');
    const url = `${server.origin}/api:meta/workspace/${workspace}/table/${workspace * 100}/content`;
    const args = [url, token, String(Math.ceil(rows / page_size)), String(page_size), String(WIRE_AT_A_TIME)];
    return {
      key: `wire-${latency_ms}`,
      name: `floor B: the same bytes thrown away, ${latency_ms} ms`,
      group: 'floors',
      rows,
      latency_ms,
      tables: 1,
      page_size,
      runs: options.runs,
      settings: { latency_ms, max_per_page: page_size },
      command: () => nodeProgram([join(import.meta.dirname, 'floor-wire.js'), ...args]),
      verify: async ({ stdout }) => {
        const { bytes } = await server.counters();
        if (Number(stdout) !== bytes) throw new Error(`Floor B read ${stdout.trim()} of ${bytes} bytes`);
      },
    };
  };
  return [
    diskFloor(bench, 'orders', 1),
    diskFloor(bench, 'orders', undefined),
    ...options.latencies.map(wire),
  ];
}

interface LoadCase {
  readonly key: string;
  readonly name: string;
  readonly group: Group;
  readonly workspace: string;
  readonly tables?: number;
  readonly set?: SetName;
  readonly facts: Facts;
  readonly latency_ms?: number;
  readonly page_size?: number;
  readonly args?: readonly string[];
  readonly settings?: ServerSettings;
  readonly runs?: number;
  /** Load into what the run before has left instead of a new file. */
  readonly over?: boolean;
}

function xanoLoad(bench: Bench, workspace: string, database: string, args: readonly string[]): Command {
  const { origin } = bench.server;
  const at = ['--account-origin', origin, '--config-dir', join(bench.scratch, 'config')];
  return nodeProgram([XANO, 'load', '--workspace', workspace, '--to', database, ...at, ...args], {
    XANO_TOKEN: bench.token,
  });
}

/** `xano load` as a process, from nothing to the report. */
function loadCase(bench: Bench, wanted: LoadCase): Case {
  const {
    key,
    name,
    group,
    workspace,
    tables = 1,
    set = 'orders',
    facts,
    latency_ms = 0,
    over = false,
  } = wanted;
  const { runs, page_max } = bench.options;
  const database = join(bench.scratch, `${workspace.replaceAll(' ', '-')}-${over ? 'over' : 'new'}.duckdb`);
  const size = wanted.page_size;
  const args = [...(size === undefined ? [] : ['--page-size', String(size)]), ...(wanted.args ?? [])];
  const command = (): Command => xanoLoad(bench, workspace, database, args);
  const settings = { latency_ms, max_per_page: page_max, ...wanted.settings };
  return {
    key,
    name,
    group,
    rows: facts['rows']!,
    latency_ms,
    tables,
    page_size: size ?? null,
    runs: wanted.runs ?? runs,
    settings,
    ...(over
      ? {
          once: async () => {
            await bench.server.set({ max_per_page: page_max });
            await measure(command(), bench.scratch);
          },
        }
      : {}),
    before: async () => {
      if (!over) removeDatabase(database);
    },
    command,
    verify: async () => {
      await assertFacts(database, set, tablesOf(set, tables), facts);
      if (!over) removeDatabase(database);
    },
  };
}

function ourCases(bench: Bench): Case[] {
  const { options, files } = bench;
  const { latencies, page_max } = options;
  const many = files.get('orders')!.facts;
  const few = files.get('few')!.facts;
  const sizes = [...new Set([100, 1000, page_max]), undefined];
  const cases = latencies.flatMap((latency_ms) =>
    [1, 4].flatMap((tables) =>
      sizes.map((page_size) => {
        // By the largest page where nobody says, as a loader that finds it out would.
        const requests = many['rows']! / (page_size ?? 1000);
        const whole = (requests * latency_ms) / 4000 <= LONGEST_S;
        const facts = whole ? many : few;
        const records = whole ? 'orders' : 'few';
        const page = page_size === undefined ? 'its own page size' : `pages of ${page_size}`;
        return loadCase(bench, {
          key: `load-${latency_ms}-${tables}-${page_size ?? 'auto'}`,
          name: `xano load, ${latency_ms} ms, ${tables === 1 ? '1 table' : '4 tables'}, ${page}`,
          group: 'ours',
          workspace: tables === 1 ? records : `${records} in four`,
          tables,
          facts,
          latency_ms,
          ...(page_size === undefined ? {} : { page_size }),
        });
      }),
    ),
  );
  const over = loadCase(bench, {
    key: 'load-over',
    name: 'xano load, 0 ms, 1 table, its own page size, over an existing file',
    group: 'ours',
    workspace: 'orders',
    facts: many,
    over: true,
  });
  return [...cases, over];
}

function flightCases(bench: Bench): Case[] {
  const { facts } = bench.files.get('flights')!;
  const load = loadCase(bench, {
    key: 'flights-load',
    name: 'xano load, flights, 0 ms',
    group: 'flights',
    workspace: 'flights',
    set: 'flights',
    facts,
  });
  return [diskFloor(bench, 'flights', 1), diskFloor(bench, 'flights', undefined), load];
}

const CHANGED = 1000;

function incrementalCases(bench: Bench): Case[] {
  const { server, scratch, options } = bench;
  const args = ['--incremental', 'updated_at'];
  const fresh = join(scratch, 'tracked-new.duckdb');
  const kept = join(scratch, 'tracked-kept.duckdb');
  // What is served changes from run to run: each result is compared with what was served at its time.
  let facts = bench.files.get('tracked')!.facts;
  const base = {
    group: 'incremental',
    rows: facts['rows']!,
    latency_ms: 0,
    tables: 1,
    page_size: null,
    runs: options.runs,
    settings: { max_per_page: options.page_max },
  } as const;
  return [
    {
      ...base,
      key: 'incremental-full',
      name: 'xano load --incremental, the first time',
      before: async () => removeDatabase(fresh),
      command: () => xanoLoad(bench, 'tracked', fresh, args),
      verify: async () => {
        await assertFacts(fresh, 'tracked', tablesOf('tracked', 1), facts);
        removeDatabase(fresh);
      },
    },
    {
      ...base,
      key: 'incremental',
      name: `xano load --incremental, ${CHANGED} rows changed`,
      once: async () => {
        removeDatabase(kept);
        await server.set(base.settings);
        await measure(xanoLoad(bench, 'tracked', kept, args), scratch);
      },
      before: async () => {
        facts = await server.change('tracked', CHANGED);
      },
      command: () => xanoLoad(bench, 'tracked', kept, args),
      verify: () => assertFacts(kept, 'tracked', tablesOf('tracked', 1), facts),
    },
  ];
}

function memoryCases(bench: Bench): Case[] {
  const { facts } = bench.files.get('orders')!;
  const rows = facts['rows']!;
  return [
    { times: 1, workspace: 'once' },
    { times: 5, workspace: 'five times' },
  ].map(({ times, workspace }) =>
    loadCase(bench, {
      key: `memory-${times}`,
      name: `xano load, ${(rows * times).toLocaleString('en')} rows for memory`,
      group: 'memory',
      workspace,
      facts: repeatedFacts(facts, times, bench.options.gaps),
    }),
  );
}

function repeatedFacts(facts: Facts, times: number, gaps: Options['gaps']): Facts {
  const rows = facts['rows']! * times;
  let ids = 0;
  for (let place = 0; place < rows; place++) ids += idAt(place, gaps);
  const { cents, bio_characters } = facts;
  return { rows, distinct_ids: rows, ids, cents: cents! * times, bio_characters: bio_characters! * times };
}

/** Xano's documentation: 10 requests in 20 seconds. */
const FREE_PLAN = { requests: 10, per_ms: 20_000 };

function freePlanCases(bench: Bench): Case[] {
  const { facts } = bench.files.get('free')!;
  return [
    loadCase(bench, {
      key: 'free-plan',
      name: 'xano load, free plan, 20 pages of 100',
      group: 'free-plan',
      workspace: 'free',
      facts,
      settings: { rate_limit: FREE_PLAN, max_per_page: 100 },
      page_size: 100,
      runs: 1,
    }),
  ];
}
