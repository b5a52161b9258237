/**
 * The status of a target: which tables were loaded, when, how completely, and the results of past loads.
 * Changes nothing.
 */
import { existsSync } from 'node:fs';
import type { ChildTable, Completeness, SchemaChange } from '../../events.js';
import type { JsonObject } from '../../json.js';
import type { Coverage, HistoryGap } from '../../table/watermark.js';
import type { Engine } from '../engine/engine.js';
import { databaseFailure } from '../engine/failures.js';
import { assertNoLink, assertPlainWal } from '../engine/own-files.js';
import { numberIn, type Row, type Session } from '../engine/session.js';
import { isHeldHere } from '../staging/lease.js';
import { STAGING, state } from '../state/names.js';
import { assertAllRead, knownResources } from '../state/read-contents.js';
import { readResourceStatus } from '../state/state-schema.js';
import { findStagingTables } from '../state/state-tables.js';
import { type FailedSince, historyOf, type PastLoad, pastLoad, storedLoads } from './history.js';

/** One table that was loaded. */
export interface TableStatus {
  readonly resource: string;
  readonly schema: string;
  readonly table: string;
  /** Where its rows come from: instance, workspace, table id. */
  readonly origin: JsonObject | null;
  /** ISO 8601, UTC. */
  readonly loaded_at: string;
  readonly age_ms: number;
  readonly load_id: string;
  readonly rows: number;
  /** The difference in rows to the previous load; null where that is not known. */
  readonly rows_change: number | null;
  readonly completeness: Completeness;
  /** Values of its rows in `_xano.rejects`. */
  readonly values_rejected: number;
  /** The schema changes of its last load. */
  readonly schema_changes: readonly SchemaChange[];
  /** Whether the table was missing at the source in the last load that checked. */
  readonly gone: boolean;
  /** The latest load since then that did not load it. */
  readonly failed: FailedSince | null;
  /** Rows that an unfinished load has staged. */
  readonly rows_staged: number | null;
  /** Loaded with `flatten`: the tables of its rows' lists. */
  readonly child_tables?: readonly ChildTable[];
  /** Of a history. */
  readonly history?: HistoryStatus;
}

/** How much is kept of a history, a list that forgets its oldest rows. Times are ISO 8601, UTC. */
export interface HistoryStatus {
  readonly since: string;
  /** The time of the newest row; null without rows. */
  readonly newest_at: string | null;
  /** Gaps that cannot be excluded, the oldest first. */
  readonly gaps: readonly HistoryGap[];
}

/** The content of the staging file: rows of a running load, or of an unfinished one. */
export type StagingStatus =
  | { readonly state: 'in_use' }
  | {
      readonly state: 'unfinished';
      readonly tables: number;
      readonly rows: number;
      readonly saved_at: string;
    };

/** The status of a target. */
export interface FileStatus {
  readonly file: string;
  /** By schema and name. */
  readonly tables: readonly TableStatus[];
  /** Newest first. */
  readonly loads: readonly PastLoad[];
  /** Null where nothing is staged, or the staging file cannot be read. */
  readonly staging: StagingStatus | null;
}

/** What reading the status needs. */
export interface StatusOptions {
  /** Epoch milliseconds. Default Date.now. */
  readonly now?: () => number;
  /** How many past loads are returned. Default 5. */
  readonly loads?: number;
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Reads the status of an attached target. Throws DATABASE_FAILED. */
export async function readStatus(
  session: Session,
  engine: Engine,
  { label, staging_files }: { readonly label: string; readonly staging_files: readonly string[] },
  { now, loads }: Required<Pick<StatusOptions, 'now' | 'loads'>>,
): Promise<FileStatus> {
  const rows = await session.rows(
    `SELECT identity, completeness, load_id, epoch_ms(loaded_at)::DOUBLE AS loaded_ms, (SELECT count(*) FROM ${state('rejects')} r WHERE r.identity = t.identity)::DOUBLE AS rejected FROM ${state('resources')} t`,
  );
  const known = await knownResources(session);
  assertAllRead(known);
  const rowOf = new Map(rows.map((row) => [row['identity'], row]));
  const resources = known.map((resource) => {
    const row = rowOf.get(resource.identity);
    const { completeness, load_id, loaded_ms, rejected } = row ?? {};
    return { ...resource, ...readResourceStatus({ completeness, load_id, loaded_ms, rejected }) };
  });
  const history = await historyOf(
    resources.map(({ schema, name, load_id }) => ({ schema, table: name, load_id })),
    (limit, offset) => storedLoads(session, { loads: limit, offset }),
  );
  const { staging, rows_by_identity } = await readAllStaging(engine, session, staging_files);
  const time = now();
  const tables = resources.map((resource, i): TableStatus => {
    const { rows_before, ...told } = history[i]!;
    return {
      resource: resource.resource,
      schema: resource.schema,
      table: resource.name,
      origin: resource.origin,
      loaded_at: iso(resource.loaded_ms),
      // Another computer's clock may be ahead of this one's.
      age_ms: Math.max(0, time - resource.loaded_ms),
      load_id: resource.load_id,
      rows: resource.rows,
      rows_change: rows_before === null ? null : resource.rows - rows_before,
      completeness: resource.completeness,
      values_rejected: resource.rejected,
      ...told,
      rows_staged: rows_by_identity.get(resource.identity) ?? null,
      ...(resource.flattened === null
        ? {}
        : { child_tables: resource.flattened.tables.map(({ name, rows }) => ({ table: name, rows })) }),
      ...keptOf(resource.watermark?.coverage),
    };
  });
  return { file: label, tables, loads: (await storedLoads(session, { loads })).map(pastLoad), staging };
}

function keptOf(coverage: Coverage | undefined): Pick<TableStatus, 'history'> {
  if (coverage === undefined) return {};
  const { since, newest, gaps } = coverage;
  return { history: { since, newest_at: newest?.at ?? null, gaps } };
}

interface Staging {
  readonly staging: StagingStatus | null;
  readonly rows_by_identity: ReadonlyMap<string, number>;
}

/** What lies in the staging files of a target together: one for each schema of a database. */
async function readAllStaging(engine: Engine, target: Session, files: readonly string[]): Promise<Staging> {
  let all: Staging = { staging: null, rows_by_identity: new Map() };
  for (const file of files) {
    const { staging, rows_by_identity } = await readStaging(engine, target, file);
    all = {
      staging: together(all.staging, staging),
      rows_by_identity: new Map([...all.rows_by_identity, ...rows_by_identity]),
    };
  }
  return all;
}

function together(first: StagingStatus | null, second: StagingStatus | null): StagingStatus | null {
  if (first?.state !== 'unfinished' || second?.state !== 'unfinished')
    return second?.state === 'in_use' ? second : (first ?? second);
  return {
    state: 'unfinished',
    tables: first.tables + second.tables,
    rows: first.rows + second.rows,
    saved_at: first.saved_at > second.saved_at ? first.saved_at : second.saved_at,
  };
}

/** A running load holds the file, which is then skipped. Unreadable parts are omitted. */
async function readStaging(engine: Engine, target: Session, file: string): Promise<Staging> {
  const none = new Map<string, number>();
  if (isHeldHere(file)) return { staging: { state: 'in_use' }, rows_by_identity: none };
  if (!existsSync(file)) return { staging: null, rows_by_identity: none };
  assertNoLink(file, 'the staging file of a load');
  assertPlainWal(file);
  try {
    await engine.attach(file, STAGING, { read_only: true, lock_wait_ms: 0 });
    if (!(await findStagingTables(target, STAGING)).has('progress'))
      return { staging: null, rows_by_identity: none };
    // Published rows are not unfinished, even if a killed load left them in staging.
    const rows = await target.rows(
      `SELECT identity, rows::DOUBLE AS rows, epoch_ms(saved_at)::DOUBLE AS saved_ms FROM ${STAGING}.progress WHERE rows > 0 AND staging_id NOT IN (SELECT staging_id FROM ${state('resources')} WHERE staging_id IS NOT NULL)`,
    );
    if (rows.length === 0) return { staging: null, rows_by_identity: none };
    const rows_by_identity = new Map(rows.map((row) => [text(row, 'identity'), numberIn(row, 'rows')]));
    const staging: StagingStatus = {
      state: 'unfinished',
      tables: rows.length,
      rows: rows.reduce((sum, row) => sum + numberIn(row, 'rows'), 0),
      saved_at: iso(Math.max(...rows.map((row) => numberIn(row, 'saved_ms')))),
    };
    return { staging, rows_by_identity };
  } catch (thrown) {
    const isHeld = databaseFailure(thrown, file).code === 'DATABASE_LOCKED';
    return { staging: isHeld ? { state: 'in_use' } : null, rows_by_identity: none };
  } finally {
    await engine.detach(STAGING).catch(() => {});
  }
}

const text = (row: Row, column: string): string => String(row[column]);
const iso = (ms: number): string => new Date(ms).toISOString();
