/**
 * What is measured: each row of the table as the process that is run for it, what comes before, and what must
 * be there afterwards.
 */
import { destinationCases } from './destinations/destination-cases.js';
import { dltCases } from './dlt.js';
import { floorCases } from './floors.js';
import { incrementalCases } from './incremental-cases.js';
import { XANO } from './load-case.js';
import { flightCases, freePlanCases, memoryCases, ourCases, smallCases } from './load-cases.js';
import { plainNode } from './measure.js';
import type { Group, Options } from './options.js';
import type { SetName } from './sets.js';
import { type Bench, type Case, SMALL_ROWS, SMALL_TABLES } from './tables.js';

/** How many rows are read where a million would take too long. */
export const smallRows = (rows: number): number => Math.max(1000, Math.floor(rows / 20));

/** The workspaces that the server has, and the files they need: name, set and rows of each file. */
export function wantedFiles({ groups, rows }: Options): { key: string; set: SetName; rows: number }[] {
  const has = (...wanted: Group[]): boolean => wanted.some((group) => groups.includes(group));
  return [
    ...(has('floors', 'ours', 'dlt', 'memory', 'destinations')
      ? [{ key: 'orders', set: 'orders' as const, rows }]
      : []),
    ...(has('small') ? [{ key: 'small', set: 'orders' as const, rows: SMALL_TABLES * SMALL_ROWS }] : []),
    ...(has('ours', 'dlt') ? [{ key: 'few', set: 'orders' as const, rows: smallRows(rows) }] : []),
    ...(has('free-plan') ? [{ key: 'free', set: 'orders' as const, rows: 2000 }] : []),
    ...(has('incremental') ? [{ key: 'tracked', set: 'tracked' as const, rows }] : []),
    ...(has('flights')
      ? [{ key: 'flights', set: 'flights' as const, rows: Math.min(rows * 3, 3_000_000) }]
      : []),
  ];
}

/** Everything that is to be measured. */
export function planCases(bench: Bench): Case[] {
  const { options } = bench;
  const groups: Readonly<Record<Group, () => Case[]>> = {
    startup: () => startupCases(options),
    floors: () => floorCases(bench),
    ours: () => ourCases(bench),
    small: () => smallCases(bench),
    dlt: () => dltCases(bench),
    flights: () => flightCases(bench),
    incremental: () => incrementalCases(bench),
    memory: () => memoryCases(bench),
    'free-plan': () => freePlanCases(bench),
    destinations: () => {
      const { destinations } = bench;
      return destinations === undefined
        ? []
        : destinationCases(bench, destinations.data, destinations.places);
    },
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
    // Until the server is ready: it ends with its input, which is empty.
    start('mcp', 'xano mcp, until its input ends', [XANO, 'mcp', '--to', 'none.duckdb']),
  ];
}
