/**
 * How a DuckDB file stands: what was loaded into it, when, how complete, and what became of the loads.
 * Nothing is changed.
 */
import { existsSync } from 'node:fs';
import type { ChildTable, Completeness, SchemaChange } from '../../events.js';
import type { JsonObject } from '../../json.js';
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
  /** Rows more, or fewer, than after the load before; null where that is not known. */
  readonly rows_change: number | null;
  readonly completeness: Completeness;
  /** Values of its rows in `_xano.rejects`. */
  readonly values_rejected: number;
  /** What its last load found otherwise than the one before. */
  readonly schema_changes: readonly SchemaChange[];
  /** Whether the last load that asked found it gone at the source. */
  readonly gone: boolean;
  /** The latest load since that did not bring it. */
  readonly failed: FailedSince | null;
  /** Rows that a load has staged and not finished. */
  readonly rows_staged: number | null;
  /** Loaded with `flatten`: the tables of its rows' lists. */
  readonly child_tables?: readonly ChildTable[];
}

/** What lies in the file beside: rows of a load that runs now, or of one that did not finish. */
export type StagingStatus =
  | { readonly state: 'in_use' }
  | {
      readonly state: 'unfinished';
      readonly tables: number;
      readonly rows: number;
      readonly saved_at: string;
    };

/** How a file stands. */
export interface FileStatus {
  readonly file: string;
  /** By schema and name. */
  readonly tables: readonly TableStatus[];
  /** Newest first. */
  readonly loads: readonly PastLoad[];
  /** Null where nothing is staged, or nobody can tell. */
  readonly staging: StagingStatus | null;
}

/** What reading the status needs. */
export interface StatusOptions {
  /** Epoch milliseconds. Default Date.now. */
  readonly now?: () => number;
  /** How many past loads are told. Default 5. */
  readonly loads?: number;
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Reads how an attached target stands. Throws DATABASE_FAILED. */
export async function readStatus(
  session: Session,
  engine: Engine,
  { label, staging_file }: { readonly label: string; readonly staging_file: string },
  { now, loads }: Required<Pick<StatusOptions, 'now' | 'loads'>>,
): Promise<FileStatus> {
  const rows = await session.rows(
    `SELECT identity, completeness, load_id, epoch_ms(loaded_at)::DOUBLE AS loaded_ms, (SELECT count(*) FROM ${state('rejects')} r WHERE r.identity = t.identity)::DOUBLE AS rejected FROM ${state('resources')} t`,
  );
  const known = await knownResources(session);
  assertAllRead(known);
  const rowOf = new Map(rows.map((row) => [row['identity'], row]));
  const resources = known.map((one) => {
    const row = rowOf.get(one.identity);
    const { completeness, load_id, loaded_ms, rejected } = row ?? {};
    return { ...one, ...readResourceStatus({ completeness, load_id, loaded_ms, rejected }) };
  });
  const history = await historyOf(
    resources.map(({ schema, name, load_id }) => ({ schema, table: name, load_id })),
    (limit, offset) => storedLoads(session, { loads: limit, offset }),
  );
  const { staging, rows_by_identity } = await readStaging(engine, session, staging_file);
  const time = now();
  const tables = resources.map((one, i): TableStatus => {
    const { rows_before, ...told } = history[i]!;
    return {
      resource: one.resource,
      schema: one.schema,
      table: one.name,
      origin: one.origin,
      loaded_at: iso(one.loaded_ms),
      // Another computer's clock may be ahead of this one's.
      age_ms: Math.max(0, time - one.loaded_ms),
      load_id: one.load_id,
      rows: one.rows,
      rows_change: rows_before === null ? null : one.rows - rows_before,
      completeness: one.completeness,
      values_rejected: one.rejected,
      ...told,
      rows_staged: rows_by_identity.get(one.identity) ?? null,
      ...(one.flattened === null
        ? {}
        : { child_tables: one.flattened.tables.map(({ name, rows }) => ({ table: name, rows })) }),
    };
  });
  return { file: label, tables, loads: (await storedLoads(session, { loads })).map(pastLoad), staging };
}

interface Staging {
  readonly staging: StagingStatus | null;
  readonly rows_by_identity: ReadonlyMap<string, number>;
}

/** A load that runs holds the file: it is left alone then. What cannot be read is left out. */
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
    // What was published is not unfinished, even where nobody came to remove it.
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
