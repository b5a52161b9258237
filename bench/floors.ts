/** What no loader can be faster than: DuckDB reading the records from disk, and their bytes thrown away. */
import { join } from 'node:path';
import { assertFacts } from './check.js';
import { removeDatabase } from './load-case.js';
import { nodeProgram } from './measure.js';
import { type Bench, type Case, SMALL_ROWS, SMALL_TABLES, tablesOf, workspaceId } from './tables.js';

/** Requests under way at a time when bytes are thrown away. */
const WIRE_AT_A_TIME = 8;

/** Floor A over a file. */
export function diskFloor(bench: Bench, key: string, threads: number | undefined): Case {
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

/** DuckDB makes the tables of the group `small`. */
export function smallFloor(bench: Bench, key: string): Case {
  const { set, file, facts } = bench.files.get('small')!;
  const database = join(bench.scratch, 'floor-small.duckdb');
  return {
    key,
    name: `floor: DuckDB makes ${SMALL_TABLES} tables of ${SMALL_ROWS} rows`,
    group: 'small',
    rows: facts['rows']!,
    latency_ms: null,
    tables: SMALL_TABLES,
    runs: bench.options.runs,
    settings: {},
    before: async () => removeDatabase(database),
    command: () => {
      const program = join(import.meta.dirname, 'floor-small.js');
      return nodeProgram([program, set, file, database, String(SMALL_TABLES), String(facts['rows'])]);
    },
    verify: async () => {
      await assertFacts(database, set, tablesOf(set, SMALL_TABLES), facts);
      removeDatabase(database);
    },
  };
}

/** Both floors; the second with each latency. */
export function floorCases(bench: Bench): Case[] {
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
