/**
 * Stages one resource's rows in a DuckDB file of their own, so that the target stays free for readers
 * meanwhile.
 * In: pages of records, and a plan.
 * Out: a {@link StagedTable}, which is published in one transaction; until then, another load can continue
 * after the committed rows.
 */
import { XanoError } from '../../errors.js';
import type { Json } from '../../json.js';
import { storedNames } from '../../table/column.js';
import type { Watermark } from '../../table/watermark.js';
import type {
  Previous,
  Publication,
  Staged,
  StagedRecords,
  TargetPlan,
  TargetWriter,
} from '../destination.js';
import { jsonOf, storedKeys } from '../engine/column-sql.js';
import type { Session } from '../engine/session.js';
import { quote } from '../engine/sql.js';
import { isWide } from '../engine/wide.js';
import type { Published } from '../published.js';
import type { PublishedStaging } from '../published-staging.js';
import type { StoredResource } from '../state/contents.js';
import { STAGING } from '../state/names.js';
import type { Target } from '../target.js';
import { type BatchQueue, createBatchQueue } from './batch-queue.js';
import { countStaged } from './count-staged.js';
import { forgetMatching, forgetSpan } from './forget-rows.js';
import { createKeyCounter, spanKey } from './key-counts.js';
import { areLong } from './partial-commits.js';
import type { StagedTable } from './staged-table.js';
import {
  clearStaging,
  commitAll,
  commitPages,
  dropUncommitted,
  forgetStaging,
  openStagingTable,
  readUnread,
  type StagingTable,
  stagedSoFar,
  takeBatch,
} from './staging-table.js';
import { widenStaging } from './widen-staging.js';

/** Freeing memory is not worth its time for fewer rows. */
const FILLING_ROWS = 100_000;

/** The dependencies of a writer. */
export interface WriterParts {
  readonly plan: TargetPlan;
  readonly session: Session;
  /** Unique among the resources of this staging file, and the same in every load. */
  readonly table_name: string;
  /** Staging has nothing under that name yet. */
  readonly is_new: boolean;
  readonly folder: string;
  readonly now: () => number;
  /** The results of earlier loads. */
  readonly previous: StoredResource | null;
  /** Runs work while rows of the target can be read. */
  readonly read: Target['read'];
  /** Whether rows that are staged from now on may stay where they are when they become the target's. */
  readonly mayStay: () => boolean;
  /** Whether a short list may be published from the file that it came in. */
  readonly may_stay_in_file: boolean;
  /** Makes the staged rows visible. No transaction is open then. */
  readonly publish: (staged: StagedTable, publication: Publication) => Promise<Published>;
  /**
   * Takes over to delete the few rows that were published, together with those of other tables. A load that
   * finds them first knows by their id that they are published.
   */
  readonly forgetLater: PublishedStaging['add'];
}

/** A writer, and its progress. */
interface Writing {
  readonly parts: WriterParts;
  readonly staging: StagingTable;
  readonly queue: BatchQueue;
  /** Whether a page is incomplete: its rows are never committed without the rest. */
  is_within_page: boolean;
  counted: Staged | undefined;
}

/**
 * Opens the writer for one resource: continues after the rows of an earlier load, if that load read the same.
 */
export async function openWriter(parts: WriterParts): Promise<TargetWriter> {
  const { plan, session, table_name, folder, now, previous } = parts;
  const published_id = previous?.staging_id ?? null;
  const { staging, checkpoint } = await openStagingTable({ ...parts, published_id });
  const queue = createBatchQueue({
    folder,
    name: table_name,
    now,
    every_ms: staging.policy.every_ms,
    read: (batch, commit_now) => takeBatch(staging, batch, commit_now),
    rollback: session.rollback,
  });
  const countKeys = createKeyCounter({ ...parts, rows: () => stagedSoFar(staging) });
  const writing: Writing = { parts, staging, queue, is_within_page: false, counted: undefined };
  return {
    checkpoint,
    schema: plan.target.schema,
    previous: previous === null ? null : previousTable(previous, plan),
    held: async (span, complete_ranges) => {
      await settle(writing);
      const key = spanKey(plan, staging.columns, [span, ...complete_ranges]);
      return key === undefined ? null : countKeys(key, span, complete_ranges);
    },
    highest: async (column) => {
      await settle(writing);
      return highestValue(staging, column);
    },
    forget: async (span) => {
      await settle(writing);
      await readUnread(staging);
      await forgetSpan(staging, span);
    },
    forgetRows: async (matches) => {
      await settle(writing);
      await readUnread(staging);
      await forgetMatching(staging, matches);
    },
    widen: async (...changed) => {
      queue.flush(false);
      await queue.drain();
      await readUnread(staging);
      await widenStaging(staging, changed);
    },
    write: (records, resume) => write(writing, records, resume),
    clear: () => clear(writing),
    staged: async () => {
      await settle(writing);
      queue.discard();
      writing.counted = await countRows(staging);
      return writing.counted;
    },
    commit: (publication) => commit(writing, publication),
    abort: ({ keep }) => abort(writing, keep),
  };
}

/** Everything given so far is staged then, and no transaction is open. */
async function settle({ parts: { plan }, staging, queue, is_within_page }: Writing): Promise<void> {
  if (is_within_page)
    throw new XanoError('BUG', `The writer received only a part of a page of "${plan.resource}".`);
  queue.flush(true);
  await queue.drain();
  await commitAll(staging);
}

async function clear(writing: Writing): Promise<void> {
  await writing.queue.reset();
  await clearStaging(writing.staging);
  writing.is_within_page = false;
}

async function write(writing: Writing, records: StagedRecords, resume: Json | undefined): Promise<void> {
  const { staging, queue } = writing;
  if (resume === undefined && !writing.is_within_page) {
    // Earlier pages are committed first: clearing the page must not lose them.
    queue.flush(true);
    await queue.drain();
    await commitPages(staging);
  }
  writing.is_within_page = resume === undefined;
  await queue.add(records, resume);
}

async function commit(writing: Writing, publication: Publication): Promise<Published> {
  const { parts, staging, counted } = writing;
  if (counted === undefined)
    throw new XanoError('BUG', `"${parts.plan.resource}" was published before its rows were counted.`);
  const published = await publishOrKeep(writing, stagedTable(staging, counted), publication);
  // Only now: rows that are in neither place would be lost, rows in both are found again and taken as they
  // are.
  if (staging.unread === undefined && isSmall(writing)) {
    await parts.forgetLater({ identity: parts.plan.identity, statements: forgetStaging(staging) });
  } else await clear(writing);
  parts.session.close();
  return published;
}

/** Rows that cannot be published now are durable for the next load. */
async function publishOrKeep(
  { parts, staging }: Writing,
  staged: StagedTable,
  publication: Publication,
): Promise<Published> {
  try {
    return await parts.publish(staged, publication);
  } catch (thrown) {
    // The failure to publish is what counts.
    await readUnread(staging).catch(() => {});
    throw thrown;
  }
}

/** Fewer rows take no room to speak of until the end of a load. */
const FEW_ROWS = 10_000;

/** Whether staged rows may stay for a while after they were published. */
function isSmall({ staging: { rows, columns, inserted, in_transaction } }: Writing): boolean {
  return rows < FEW_ROWS && !isWide(columns) && !areLong(inserted) && !in_transaction;
}

async function abort(writing: Writing, keep: boolean): Promise<void> {
  const { parts, staging, queue } = writing;
  if (keep) {
    queue.flush(true);
    await queue
      .drain()
      .then(() => readUnread(staging))
      .then(() => commitPages(staging))
      .catch(() => {});
    await dropUncommitted(staging).catch(() => {});
  } else await clear(writing).catch(() => {});
  queue.discard();
  parts.session.close();
}

/** The table as the previous load left it. */
function previousTable({ rows, watermark, columns }: StoredResource, { target }: TargetPlan): Previous {
  const has = (name: string): boolean =>
    columns.some((column) => column.name === name && column.removed !== true);
  // Old rows have values at the source for a column that the table lacks, and none of those was read.
  const isComplete = target.columns.every(({ name }) => has(name));
  return { rows, watermark: isComplete ? watermark : null, coverage: watermark?.coverage };
}

/** The highest value of a column among the staged rows, as a source sends it; null where there is none. */
async function highestValue(
  staging: StagingTable,
  name: string,
): Promise<Pick<Watermark, 'type' | 'value'> | null> {
  const { session, columns, rows } = staging;
  const index = columns.findIndex((column) => column.name === name);
  const column = columns[index];
  if (column === undefined || column.list || rows === 0) return null;
  const stored = quote(storedNames(columns)[index]!);
  const [row] = await session.rows(
    `SELECT ${jsonOf(column, `max(${stored})`)} AS value FROM ${stagedSoFar(staging)}`,
  );
  const value = row?.['value'];
  return value === null || value === undefined ? null : { type: column.type, value: String(value) };
}

/** Counts the staged rows and their keys. Throws a BUG where rows are missing. */
async function countRows(staging: StagingTable): Promise<Staged> {
  const { plan, session, columns, rows } = staging;
  // Otherwise new rows would be added to rows that were already written.
  if (rows >= FILLING_ROWS || isWide(columns)) await session.releaseBuffers();
  const staged = await countStaged(
    session,
    stagedSoFar(staging),
    storedKeys(columns, plan.target.primary_key),
  );
  if (staged.rows !== rows)
    throw new XanoError(
      'BUG',
      `${rows} rows of "${plan.resource}" were staged, but ${staged.rows} are there.`,
    );
  return staged;
}

/** The table to publish. */
function stagedTable(staging: StagingTable, staged: Staged): StagedTable {
  const { plan, may_have_rejects, compressed, columns, staging_id, inserted } = staging;
  return {
    plan,
    table: stagedSoFar(staging),
    rejects: `${STAGING}.rejects`,
    may_have_rejects,
    compressed,
    already_in_target: false,
    columns,
    staged,
    long_rows: areLong(inserted),
    staging_id,
  };
}
