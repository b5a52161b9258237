/**
 * One resource's staging table: its rows in DuckDB, the committed ones among them, and the transaction in
 * between.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
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
import {
  completeRows,
  createStaging,
  insertFromFile,
  isAsStored,
  rebuiltStaging,
  rowsOfFile,
} from './staging-ddl.js';

/** The dependencies of a staging table. */
export interface StagingParts {
  readonly plan: TargetPlan;
  readonly session: Session;
  /** Unique among the resources of this staging file, and the same in every load. */
  readonly table_name: string;
  /** Whether staging has nothing under that name yet. */
  readonly is_new: boolean;
  readonly now: () => number;
  /** The id of the staging that an earlier load published; null without one. */
  readonly published_id: string | null;
  /** Whether rows that are staged from now on stay in place when they become the target's. */
  readonly mayStay: () => boolean;
  /** Whether a short list may stay in its file until it is published; see {@link takeBatch}. */
  readonly may_stay_in_file: boolean;
}

/** A staging table, and its progress. */
export interface StagingTable extends StagingParts {
  /** The full name of the table with its rows, quoted. */
  readonly table: string;
  readonly policy: CheckpointPolicy;
  readonly partial: PartialCommits;
  columns: readonly Column[];
  /** The columns that only the rows have shown, beyond the planned ones. */
  columns_added: readonly Column[];
  rows: number;
  /** The rows that this load has inserted since the table was last cleared. */
  inserted: { readonly rows: number; readonly bytes: number };
  is_created: boolean;
  /** Its rows are compressed, as in a target. */
  compressed: boolean;
  may_have_rejects: boolean;
  /** The id of this staging: the same from its first row on, in every load that continues it, and unique. */
  staging_id: string;
  in_transaction: boolean;
  /** The checkpoint after rows that DuckDB has, and that are not committed yet. */
  uncommitted: { readonly resume: Json } | undefined;
  /** Whether a page has come in several batches since the last commit. */
  had_parts: boolean;
  /** The whole list so far, which is in a file and not in the table. */
  unread: Batch | undefined;
}

/**
 * Opens the staging table of a resource: continues after the rows of an earlier load, if that load read the
 * same.
 */
export async function openStagingTable(
  parts: StagingParts,
): Promise<{ readonly staging: StagingTable; readonly checkpoint: StoredCheckpoint | null }> {
  const { plan, session, table_name, is_new, published_id } = parts;
  const existing = is_new ? null : await findCheckpoint(session, plan, table_name, published_id);
  const checkpoint = existing?.checkpoint ?? null;
  const columns_added = checkpoint?.columns_added ?? [];
  const staging: StagingTable = {
    ...parts,
    table: quote(STAGING, plan.target.schema, table_name),
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
    unread: undefined,
  };
  if (existing === null && !is_new) await clearStaging(staging);
  return { staging, checkpoint };
}

/** Statements that delete all rows and their progress. */
export function forgetStaging({ plan, table }: Pick<StagingTable, 'plan' | 'table'>): readonly string[] {
  return [`DROP TABLE IF EXISTS ${table}`, ...forgetProgress(plan)];
}

/** Deletes all rows and their progress. */
export async function clearStaging(staging: StagingTable): Promise<void> {
  const { plan, session, table } = staging;
  if (staging.in_transaction) await session.rollback();
  if (staging.partial.isOpen()) await session.deferCheckpoints(false);
  staging.partial.reset();
  if (staging.unread !== undefined) rmSync(staging.unread.file, { force: true });
  if (staging.is_created || !staging.is_new) {
    staging.in_transaction = true;
    await session.commit('BEGIN', ...forgetStaging({ plan, table }));
  }
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
    unread: undefined,
  } satisfies Partial<StagingTable>);
}

/** Statements that run before any change. */
function opening(staging: StagingTable): readonly string[] {
  if (staging.in_transaction) return [];
  staging.in_transaction = true;
  if (staging.is_created) return ['BEGIN'];
  staging.is_created = true;
  staging.compressed = staging.mayStay();
  return [
    // In a schema of the target's name, because DuckDB cannot move a table to another schema. Before the
    // transaction: two that make it at once are in conflict.
    `CREATE SCHEMA IF NOT EXISTS ${quote(STAGING, staging.plan.target.schema)}`,
    'BEGIN',
    createStaging(staging.table, staging.columns, staging),
  ];
}

/** Begins a transaction unless one is open; creates the table if necessary. */
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

/** More rows, or more bytes, are read into a table at once: reading their file again takes time. */
const FEW_ROWS = 10_000;
const FEW_BYTES = 1024 * 1024;

/**
 * Takes a batch, and returns whether its file is needed no longer. A short list that one batch brings whole
 * stays in that file: it is published from there, which costs half of what a table does. A program that is
 * killed meanwhile reads it once more.
 */
export async function takeBatch(staging: StagingTable, batch: Batch, commit_now: boolean): Promise<boolean> {
  const isShort =
    batch.count > 0 && batch.columns.length > 0 && batch.count < FEW_ROWS && batch.bytes < FEW_BYTES;
  const isFirst =
    !staging.is_created && staging.unread === undefined && !staging.mayStay() && !isWide(staging.columns);
  // Between two pages rows are not committed but for a reason: to be looked at, or published.
  const isWhole = commit_now && batch.resume !== undefined && batch.rejects.length === 0;
  // Otherwise a value that cannot be converted would be met only when the table is published.
  if (staging.may_stay_in_file && isFirst && isShort && isWhole && isAsStored(staging.columns, batch)) {
    staging.unread = batch;
    staging.rows = batch.count;
    return false;
  }
  await readUnread(staging);
  await insertBatch(staging, batch, commit_now);
  return true;
}

/** Reads the rows that are still in a file, if there are any, into the table, and commits them. */
export async function readUnread(staging: StagingTable): Promise<void> {
  const { unread } = staging;
  if (unread === undefined) return;
  staging.unread = undefined;
  staging.rows = 0;
  try {
    await insertBatch(staging, unread, true);
  } finally {
    rmSync(unread.file, { force: true });
  }
}

/** All rows so far as a FROM item: those of the table, or of the file. */
export const stagedSoFar = ({ unread, table, columns }: StagingTable): string =>
  unread === undefined ? table : rowsOfFile(columns, unread);

/** Reads a batch into the table, and commits if that is due or requested. */
async function insertBatch(staging: StagingTable, batch: Batch, commit_now: boolean): Promise<void> {
  const { plan, session, columns, policy } = staging;
  if (batch.count > 0) {
    const is_partial = staging.partial.take(batch, isWide(columns));
    const read = insertFromFile(staging.table, columns, batch, { is_partial });
    if (batch.bytes >= HUGE_BATCH) {
      // DuckDB takes twice its size to read it, so the answer with the same rows is released first.
      await setImmediate();
      await session.releaseBuffers();
    }
    await session.expectWidth(widthOf(columns));
    // A wide table is rebuilt for each commit. The policy commits less often the longer that takes: all
    // rebuilding takes a twentieth of the time.
    const isRebuilt = staging.is_created && !staging.in_transaction && isWide(columns);
    const rebuilt = isRebuilt ? rebuiltWith(staging, columns) : [];
    // In one call: between two statements DuckDB would wait until JavaScript is done with an answer.
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

/** Commits marked rows of an incomplete page. The stored progress does not change. */
async function commitPartially(staging: StagingTable): Promise<void> {
  const { session, partial } = staging;
  await session.releaseBuffers();
  // DuckDB would write all rows of the page again at each checkpoint.
  await session.deferCheckpoints(true);
  await session.commit();
  staging.in_transaction = false;
  partial.committedEarly();
}

/** Commits the complete pages with their checkpoint. */
export async function commitPages(staging: StagingTable): Promise<void> {
  const { plan, session, policy, partial, table, uncommitted } = staging;
  if (uncommitted === undefined) return;
  const began = staging.now();
  // The answer of these pages is in memory beside DuckDB's commit of large values: twice their size
  // (measured, 1.5.5).
  if (staging.had_parts) await session.releaseBuffers();
  staging.had_parts = false;
  if (partial.isOpen()) await session.deferCheckpoints(false);
  const completed = partial.isOpen() ? [completeRows(table)] : [];
  // In one call: between two statements DuckDB would wait until JavaScript is done with an answer.
  await session.commit(...completed, ...rememberProgress(plan, staging, uncommitted.resume));
  partial.reset();
  staging.in_transaction = false;
  staging.uncommitted = undefined;
  policy.committed(began);
}

/** Commits everything; then the table exists, and no transaction is open. */
export async function commitAll(staging: StagingTable): Promise<void> {
  if (staging.unread !== undefined) return;
  if (staging.is_created && !staging.in_transaction && staging.uncommitted === undefined) return;
  await begin(staging);
  await commitPages(staging);
  if (staging.in_transaction) await staging.session.commit();
  staging.in_transaction = false;
}

/** Rolls back uncommitted rows. Nothing more is staged after it. */
export async function dropUncommitted({ session, partial }: StagingTable): Promise<void> {
  await session.rollback();
  if (partial.isOpen()) await session.deferCheckpoints(false);
}
