/**
 * One resource's staging table: what DuckDB has of it, what of that is committed, and the transaction in
 * between.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Json } from '../../json.js';
import type { Column } from '../../table/column.js';
import type { StoredCheckpoint, TargetPlan } from '../destination.js';
import type { Session } from '../engine/session.js';
import { quote } from '../engine/sql.js';
import { isWide, widthOf } from '../engine/wide.js';
import { STAGING } from '../state/names.js';
import { type CheckpointPolicy, createCheckpointPolicy } from './checkpoint-policy.js';
import type { Batch } from './parquet/batch-file.js';
import { createPartialCommits, HUGE_BATCH, type PartialCommits } from './partial-commits.js';
import { findCheckpoint, forgetProgress, keepRejects, rememberProgress } from './progress.js';
import { completeRows, createStaging, insertFromFile, rebuiltStaging } from './staging-ddl.js';

/** What a staging table is made of. */
export interface StagingParts {
  readonly plan: TargetPlan;
  readonly session: Session;
  /** Unique among the resources of this staging file, and the same in every load. */
  readonly table_name: string;
  /** Staging has nothing under that name yet. */
  readonly is_new: boolean;
  readonly now: () => number;
  /** The staging that an earlier load published; null where none did. */
  readonly published_id: string | null;
  /** Whether rows that are staged from now on may stay where they are when they become the target's. */
  readonly mayStay: () => boolean;
}

/** A staging table, and how far it is. */
export interface StagingTable extends StagingParts {
  /** Where its rows are, quoted. */
  readonly table: string;
  readonly policy: CheckpointPolicy;
  readonly partial: PartialCommits;
  columns: readonly Column[];
  /** Those of the columns that were found in rows, beyond the planned ones. */
  columns_added: readonly Column[];
  rows: number;
  /** What this load has inserted since the table was last cleared. */
  inserted: { readonly rows: number; readonly bytes: number };
  is_created: boolean;
  /** Its rows are stored as a target's are. */
  compressed: boolean;
  may_have_rejects: boolean;
  /** Names this staging: the same from its first row on, in whichever load, and never again. */
  staging_id: string;
  in_transaction: boolean;
  /** Where to continue after rows that DuckDB has, and that are not committed yet. */
  uncommitted: { readonly resume: Json } | undefined;
  /** Whether a page has come in several batches since rows were last committed. */
  had_parts: boolean;
}

/** Opens the staging table of a resource: continues what an earlier load left, if that load read the same. */
export async function openStagingTable(
  parts: StagingParts,
): Promise<{ readonly staging: StagingTable; readonly checkpoint: StoredCheckpoint | null }> {
  const { plan, session, table_name, is_new, published_id } = parts;
  const { schema } = plan.target;
  // In a schema of the target's name: DuckDB moves no table from one schema to another.
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(STAGING, schema)}`);
  const existing = is_new ? null : await findCheckpoint(session, plan, table_name, published_id);
  const checkpoint = existing?.checkpoint ?? null;
  const columns_added = checkpoint?.columns_added ?? [];
  const staging: StagingTable = {
    ...parts,
    table: quote(STAGING, schema, table_name),
    policy: createCheckpointPolicy(parts.now),
    partial: createPartialCommits(),
    columns: [...plan.target.columns, ...columns_added],
    columns_added,
    rows: checkpoint?.rows ?? 0,
    inserted: { rows: 0, bytes: 0 },
    is_created: existing !== null,
    compressed: existing?.compressed ?? false,
    may_have_rejects: existing !== null,
    staging_id: existing?.staging_id ?? randomUUID(),
    in_transaction: false,
    uncommitted: undefined,
    had_parts: false,
  };
  if (existing === null && !is_new) await clearStaging(staging);
  return { staging, checkpoint };
}

/** Forgets all rows, and what is remembered of them. */
export async function clearStaging(staging: StagingTable): Promise<void> {
  const { plan, session, table } = staging;
  if (staging.in_transaction) await session.rollback();
  if (staging.partial.isOpen()) await session.deferCheckpoints(false);
  staging.partial.reset();
  staging.in_transaction = true;
  await session.commit('BEGIN', `DROP TABLE IF EXISTS ${table}`, ...forgetProgress(plan));
  Object.assign(staging, {
    columns: plan.target.columns,
    columns_added: [],
    rows: 0,
    inserted: { rows: 0, bytes: 0 },
    is_created: false,
    may_have_rejects: false,
    staging_id: randomUUID(),
    in_transaction: false,
    uncommitted: undefined,
  } satisfies Partial<StagingTable>);
}

/** What has to run before anything is changed. */
function opening(staging: StagingTable): readonly string[] {
  if (staging.in_transaction) return [];
  staging.in_transaction = true;
  if (staging.is_created) return ['BEGIN'];
  staging.is_created = true;
  staging.compressed = staging.mayStay();
  return ['BEGIN', createStaging(staging.table, staging.columns, staging)];
}

/** Begins a transaction where none is open; the table is there then. */
export async function begin(staging: StagingTable): Promise<void> {
  if (!staging.in_transaction) await staging.session.run(opening(staging).join('; '));
}

/** Statements that rebuild the staging table with these columns. */
export function rebuiltWith(
  { table, table_name, plan, columns, compressed }: StagingTable,
  next: readonly Column[],
): string[] {
  const how = { previous: columns, now: next, compressed };
  return rebuiltStaging(table, quote(STAGING, plan.target.schema, `${table_name}_next`), table_name, how);
}

/** Reads a batch into the table, and commits where that is due or wanted. */
export async function insertBatch(staging: StagingTable, batch: Batch, commit_now: boolean): Promise<void> {
  const { plan, session, columns, policy } = staging;
  if (batch.count > 0) {
    const is_partial = staging.partial.take(batch, isWide(columns));
    const read = insertFromFile(staging.table, columns, batch, { is_partial });
    if (batch.bytes >= HUGE_BATCH) {
      // DuckDB takes twice its size to read it: the answer that it came in is released first.
      await setImmediate();
      await session.releaseBuffers();
    }
    await session.expectWidth(widthOf(columns));
    // A wide table is rebuilt for each commit. The policy commits less often the longer that takes: all
    // rebuilding takes a twentieth of the time.
    const isRebuilt = staging.is_created && !staging.in_transaction && isWide(columns);
    const rebuilt = isRebuilt ? rebuiltWith(staging, columns) : [];
    // At once: between two statements DuckDB would wait until JavaScript is done with an answer.
    await session.insert([...opening(staging), ...rebuilt, read].join('; '));
    staging.rows += batch.count;
    const { rows, bytes } = staging.inserted;
    staging.inserted = { rows: rows + batch.count, bytes: bytes + batch.bytes };
  } else await begin(staging);
  if (batch.rejects.length > 0) {
    staging.may_have_rejects = true;
    await keepRejects(session, plan, batch.rejects, `${batch.file}.rejects`);
  }
  policy.staged(batch.count, batch.bytes);
  if (batch.resume === undefined) {
    staging.had_parts = true;
    if (staging.partial.isDue()) await commitPartially(staging);
    return;
  }
  staging.uncommitted = { resume: batch.resume };
  if (commit_now || policy.isDue()) await commitPages(staging);
}

/** Commits marked rows of a page that is not complete. What is remembered of the table stays as it was. */
async function commitPartially(staging: StagingTable): Promise<void> {
  const { session, partial } = staging;
  await session.releaseBuffers();
  // DuckDB would write all rows of the page again at each checkpoint.
  await session.deferCheckpoints(true);
  await session.commit();
  staging.in_transaction = false;
  partial.committedEarly();
}

/** Commits the pages that DuckDB has completely, with where to continue after them. */
export async function commitPages(staging: StagingTable): Promise<void> {
  const { plan, session, policy, partial, table, uncommitted } = staging;
  if (uncommitted === undefined) return;
  const began = staging.now();
  // The answer that pages were parts of is held beside what DuckDB takes to commit large values: twice their
  // size (measured, 1.5.5).
  if (staging.had_parts) await session.releaseBuffers();
  staging.had_parts = false;
  if (partial.isOpen()) await session.deferCheckpoints(false);
  const completed = partial.isOpen() ? [completeRows(table)] : [];
  // At once: between two statements DuckDB would wait until JavaScript is done with an answer.
  await session.commit(...completed, ...rememberProgress(plan, staging, uncommitted.resume));
  partial.reset();
  staging.in_transaction = false;
  staging.uncommitted = undefined;
  policy.committed(began);
}

/** Commits all that DuckDB has; the table is there then, and no transaction is open. */
export async function commitAll(staging: StagingTable): Promise<void> {
  if (staging.is_created && !staging.in_transaction && staging.uncommitted === undefined) return;
  await begin(staging);
  await commitPages(staging);
  if (staging.in_transaction) await staging.session.commit();
  staging.in_transaction = false;
}

/** Ends what is not committed. Nothing more is staged after it. */
export async function dropUncommitted({ session, partial }: StagingTable): Promise<void> {
  await session.rollback();
  if (partial.isOpen()) await session.deferCheckpoints(false);
}
