/**
 * The history of each table in past loads: its rows, its changes, and whether it was deleted at the source or
 * has failed since.
 */
import type { LoadReport, SchemaChange } from '../../events.js';
import type { Session } from '../engine/session.js';
import { literal } from '../engine/sql.js';
import { state } from '../state/names.js';
import { foreignState, MOST_TEXT_BYTES } from '../state/parse-state.js';
import { readLoadState, type StoredReport } from '../state/state-schema.js';

/** A load that did not load a table. */
export interface FailedSince {
  readonly load_id: string;
  readonly started_at: string;
  readonly code: string;
  readonly message: string;
}

/** One past load. With status `running` it either still runs or was killed. */
export interface PastLoad {
  readonly load_id: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly status: LoadReport['status'] | 'running';
  readonly tables_loaded: number;
  readonly tables_failed: number;
  readonly rows_written: number;
}

/** A load record of the state. */
export interface StoredLoad {
  readonly load_id: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly status: PastLoad['status'];
  readonly report: StoredReport;
}

/** The history of one table. */
export interface TableHistory {
  /** Rows after the load before the last one; null if no report says. */
  readonly rows_before: number | null;
  readonly schema_changes: readonly SchemaChange[];
  readonly gone: boolean;
  readonly failed: FailedSince | null;
}

/** A table with its present name, and the load that wrote it. */
export interface TrackedTable {
  readonly schema: string;
  readonly table: string;
  readonly load_id: string;
}

/** The load records per query. */
const LOADS_AT_A_TIME = 50;
/** The most load records that are read: a file may hold years of them. */
export const MOST_LOADS = 500;

interface Track {
  readonly schema: string;
  /** Its name at that time. */
  name: string;
  brought: boolean;
  settled: boolean;
  seen: boolean;
  rows_before: number | null;
  schema_changes: readonly SchemaChange[];
  gone: boolean;
  failed: FailedSince | null;
}

/**
 * Follows tables back through the loads, newest first, under the names they had. In the order of the tables.
 */
export async function historyOf(
  tables: readonly TrackedTable[],
  loadsFrom: (limit: number, offset: number) => Promise<readonly StoredLoad[]>,
): Promise<readonly TableHistory[]> {
  const tracks = tables.map(
    ({ schema, table }): Track => ({
      schema,
      name: table,
      brought: false,
      settled: false,
      seen: false,
      rows_before: null,
      schema_changes: [],
      gone: false,
      failed: null,
    }),
  );
  for (let offset = 0; offset < MOST_LOADS && tracks.some(({ settled }) => !settled); ) {
    const loads = await loadsFrom(LOADS_AT_A_TIME, offset);
    for (const load of loads)
      for (const [i, track] of tracks.entries()) if (!track.settled) follow(track, load, tables[i]!.load_id);
    if (loads.length < LOADS_AT_A_TIME) break;
    offset += loads.length;
  }
  return tracks.map(({ rows_before, schema_changes, gone, failed }) => ({
    rows_before,
    schema_changes,
    gone,
    failed,
  }));
}

function follow(track: Track, { load_id, started_at, report }: StoredLoad, own_load: string): void {
  const { resources, gone } = report;
  const target = `${track.schema}.${track.name}`;
  const entry = resources.find((report) => report.target === target);
  if (!track.brought) {
    if (!track.seen && gone.includes(target)) track.gone = true;
    track.seen ||= track.gone || entry !== undefined;
    if (entry?.error !== undefined && track.failed === null)
      track.failed = { load_id, started_at, code: entry.error.code, message: entry.error.message };
    if (load_id === own_load) {
      track.brought = true;
      track.schema_changes = entry?.schema_changes ?? [];
    }
  } else if (entry?.status === 'loaded' && typeof entry.rows_total === 'number') {
    track.rows_before = entry.rows_total;
    track.settled = true;
  }
  track.name = nameBefore(track, resources);
}

/** Its name before a load: the load may have renamed it, as in Xano, or moved it aside for another table. */
function nameBefore({ schema, name }: Track, resources: StoredReport['resources']): string {
  for (const { target, schema_changes } of resources)
    for (const { change, from, to } of schema_changes) {
      const isIt =
        (change === 'table_renamed' && target === `${schema}.${name}`) ||
        (change === 'table_moved_aside' && to === name && target === `${schema}.${from}`);
      if (isIt && from !== null) return from;
    }
  return name;
}

/** The options of reading past loads. */
export interface HistoryOptions {
  /** How many at most. Default 5. */
  readonly loads?: number;
  /** How many of the newest are skipped. Default 0. */
  readonly offset?: number;
  /** Only loads with this status. */
  readonly status?: PastLoad['status'];
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** The records of past loads, the newest first. Throws DATABASE_FAILED. */
export async function storedLoads(
  session: Session,
  { loads: limit = 5, offset = 0, status: wanted }: Omit<HistoryOptions, 'sleep'>,
): Promise<StoredLoad[]> {
  const where = wanted === undefined ? '' : ` WHERE status = ${literal(wanted)}`;
  const sizes = await session.rows(
    `SELECT rowid::VARCHAR AS at, coalesce(strlen(report::VARCHAR), 0)::DOUBLE AS bytes FROM ${state('loads')}${where} ORDER BY started_at DESC, load_id DESC LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(offset)}`,
  );
  const loads: StoredLoad[] = [];
  for (const { at, bytes } of sizes) {
    if (Number(bytes) > MOST_TEXT_BYTES) throw foreignState('the report of a load is longer than 64 MiB');
    // One at a time: many large records would not fit into memory together.
    const [row] = await session.rows(
      `SELECT load_id, epoch_ms(started_at)::DOUBLE AS started_ms, epoch_ms(finished_at)::DOUBLE AS finished_ms, status, report::VARCHAR AS report FROM ${state('loads')} WHERE rowid = ${Number(at)}`,
    );
    const { load_id, started_ms, finished_ms, status, report } = row ?? {};
    const load = readLoadState({ load_id, started_ms, finished_ms, status, report });
    loads.push({
      load_id: load.load_id,
      started_at: iso(load.started_ms),
      finished_at: load.finished_ms === null ? null : iso(load.finished_ms),
      status: load.status,
      report: load.report,
    });
  }
  return loads;
}

/** A past load in numbers. */
export function pastLoad({ load_id, started_at, finished_at, status, report }: StoredLoad): PastLoad {
  const { resources } = report;
  const tables_loaded = resources.filter((report) => report.status === 'loaded').length;
  return {
    load_id,
    started_at,
    finished_at,
    duration_ms: finished_at === null ? null : Date.parse(finished_at) - Date.parse(started_at),
    status,
    tables_loaded,
    tables_failed: resources.length - tables_loaded,
    rows_written: resources.reduce((sum, { rows_written }) => sum + rows_written, 0),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
