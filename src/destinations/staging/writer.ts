/** Stages one resource's rows in a DuckDB file of their own, so that the target stays free for readers meanwhile. */

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { XanoError } from '../../errors.js';
import type { Json } from '../../json.js';
import { type Column, sqlType, storedNames, withChanged } from '../../table/column.js';
import type { Publication, Published, Staged, TargetPlan, TargetWriter } from '../destination.js';
import { inSpan, jsonOf, matching, storedKeys } from '../engine/column-sql.js';
import { numberIn, type Session } from '../engine/engine.js';
import { quote } from '../engine/sql.js';
import { isWide, widthOf } from '../engine/wide.js';
import type { StoredResource } from '../state/contents.js';
import { STAGING } from '../state/names.js';
import { type Batch, createBatchFiles } from './batch-file.js';
import { followDurability } from './checkpoint-policy.js';
import { countAll } from './count-staged.js';
import { createCountHeld, spanKey } from './key-counts.js';
import {
  findUnfinished,
  forgetCheckpoint,
  forgetProgress,
  forgetRejects,
  keepRejects,
  rememberProgress,
  rememberRows,
} from './progress.js';
import type { StagedTable } from './staged-table.js';
import { changeType, createStaging, insertFromFile, rebuiltStaging } from './staging-ddl.js';
import { watermarkOf } from './stored-watermark.js';

/** A file of this size is read while the next one is collected, which is memory until then; between 4 and 32 MB it makes no difference. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** While DuckDB has nothing else to do, as at the beginning, it is not kept waiting for that much. */
const IDLE_BYTES = 1024 * 1024;
/** Files waiting to be read: beyond this, reading from the network waits. */
const MAX_WAITING = 2;

/** DuckDB copies what it knows of all columns for each one that is altered: many are cheaper as a new table. */
const MOST_ALTERED = 16;

/** Fewer rows fill no memory that is worth giving back. */
const FILLING_ROWS = 100_000;

/** What a writer works with. */
export interface WriterParts {
  readonly plan: TargetPlan;
  readonly session: Session;
  /** Unique among the resources of this staging file, and the same in every load. */
  readonly table_name: string;
  /** Staging has nothing under that name yet. */
  readonly is_new: boolean;
  readonly folder: string;
  readonly now: () => number;
  /** What an earlier load published. */
  readonly before: StoredResource | null;
  /** Runs work while the target is attached for reading. */
  readonly attached: <T>(work: (target: Session) => Promise<T>) => Promise<T>;
  /** Whether rows that are staged from now on may stay where they are when they become the target's. */
  readonly mayStay: () => boolean;
  /** Makes what is staged visible. No transaction is open then. */
  readonly publish: (staged: StagedTable, publication: Publication) => Promise<Published>;
}

/** Opens the writer for one resource: goes on from what an earlier load left, if that was the same reading. */
export async function openWriter(parts: WriterParts): Promise<TargetWriter> {
  const { plan, session, table_name, folder, now } = parts;
  // In a schema of the target's name: DuckDB moves no table from one schema to another.
  const table = quote(STAGING, plan.target.schema, table_name);
  const files = createBatchFiles(folder, table_name);
  const countHeld = createCountHeld({ ...parts, table });
  let columns: Column[] = [...plan.target.columns];
  let added: Column[] = [];
  let rows = 0;
  let open = false;
  const durability = followDurability(now);
  let batchSince = now();
  let failed: unknown;
  let counted: Staged | undefined;
  /** How to go on after rows that DuckDB has, but that are not durable yet. */
  let undurable: { readonly resume: Json } | undefined;
  /** Whether a page is only partly here: its rows are never made durable without the rest. */
  let is_within_page = false;
  /** Whether such a page has come since rows were last made durable. */
  let had_parts = false;
  let chain: Promise<void> = Promise.resolve();
  /** Files that DuckDB has not read yet, the oldest first. */
  const pending: Promise<void>[] = [];

  const settle = async (): Promise<void> => {
    await chain;
    if (failed !== undefined) throw failed;
  };

  const clear = async (): Promise<void> => {
    await settle().catch(() => {});
    files.discard();
    if (open) await session.rollback();
    open = true;
    await session.commit('BEGIN', `DROP TABLE IF EXISTS ${table}`, ...forgetProgress(plan));
    open = false;
    created = false;
    may_have_rejects = false;
    rows = 0;
    staging_id = randomUUID();
    failed = undefined;
    undurable = undefined;
    is_within_page = false;
    chain = Promise.resolve();
    columns = [...plan.target.columns];
    added = [];
  };

  await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(STAGING, plan.target.schema)}`);
  const kept = parts.is_new
    ? null
    : await findUnfinished(session, plan, table_name, parts.before?.staging_id ?? null);
  const checkpoint = kept?.checkpoint ?? null;
  let staging_id = kept?.staging_id ?? randomUUID();
  let created = kept !== null;
  let may_have_rejects = kept !== null;
  let compressed = kept?.compressed ?? false;
  if (checkpoint === null) {
    if (!parts.is_new) await clear();
  } else {
    rows = checkpoint.rows;
    added = [...checkpoint.columns_added];
    columns = [...columns, ...added];
  }

  /** What has to run before anything is changed. */
  const opening = (): readonly string[] => {
    if (open) return [];
    open = true;
    if (created) return ['BEGIN'];
    created = true;
    compressed = parts.mayStay();
    return ['BEGIN', createStaging(table, columns, { compressed })];
  };

  /** Statements that rebuild the staging table with these columns. */
  const rebuiltWith = (next: readonly Column[]): string[] =>
    rebuiltStaging(table, quote(STAGING, plan.target.schema, `${table_name}_next`), table_name, {
      before: columns,
      now: next,
      compressed,
    });

  const begin = async (): Promise<void> => {
    if (!open) await session.run(opening().join('; '));
  };

  const makeDurable = async (resume: Json): Promise<void> => {
    const began = now();
    // Its answer is read, and would be held beside what DuckDB takes to commit large values: twice their size
    // (measured, 1.5.5).
    if (had_parts) await session.releaseBuffers();
    had_parts = false;
    const progress = { table_name, rows, columns_added: added, staging_id, compressed };
    // At once: between two statements DuckDB would wait until JavaScript is done with an answer.
    await session.commit(...rememberProgress(plan, progress, resume));
    open = false;
    undurable = undefined;
    durability.made(began);
  };

  /** Adds columns to the staging table, and changes the types of others, one at a time. */
  const alterations = (
    before: readonly Column[],
    next: readonly Column[],
    changed: readonly Column[],
  ): string[] => {
    const names = storedNames(next);
    const places = new Map(next.map(({ name }, at) => [name, at]));
    return changed.map((column) => {
      const at = places.get(column.name)!;
      const name = names[at]!;
      return at < before.length
        ? changeType(table, column, name)
        : `ALTER TABLE ${table} ADD COLUMN ${quote(name)} ${sqlType(column)}`;
    });
  };

  const keepWhatCame = async (): Promise<void> => {
    if (undurable !== undefined) await makeDurable(undurable.resume);
  };

  const insert = async (batch: Batch, durable: boolean): Promise<void> => {
    if (batch.count > 0) {
      const before = rows;
      const read = insertFromFile(table, columns, batch);
      await session.expectWidth(widthOf(columns));
      // Rows are made durable the less often, the longer that takes: all rebuilding takes a twentieth of the
      // time.
      const rebuilt = created && !open && isWide(columns) ? rebuiltWith(columns) : [];
      // At once: between two statements DuckDB would wait until JavaScript is done with an answer.
      await session.insert([...opening(), ...rebuilt, read].join('; '));
      rows = before + batch.count;
    } else await begin();
    if (batch.rejects.length > 0) {
      may_have_rejects = true;
      await keepRejects(session, plan, batch.rejects, `${batch.file}.rejects`);
    }
    durability.read(batch.count, batch.bytes);
    if (batch.resume === undefined) {
      had_parts = true;
      return;
    }
    undurable = { resume: batch.resume };
    if (durable || durability.isDue()) await makeDurable(batch.resume);
  };

  /** Hands the collected file to DuckDB. It is read after the ones before it, while JavaScript goes on. */
  const flush = (durable: boolean): void => {
    const batch = files.take();
    if (batch === undefined) return;
    const job = chain.then(async () => {
      try {
        // After a failure the transaction is lost, and DuckDB would take a COMMIT without a word and keep nothing.
        if (failed === undefined) await insert(batch, durable);
      } catch (thrown) {
        failed = thrown;
        await session.rollback();
      } finally {
        pending.shift();
        rmSync(batch.file, { force: true });
      }
    });
    chain = job;
    pending.push(job);
  };

  /** Everything given so far is in the staging table, and no transaction is open. */
  const settled = async (): Promise<void> => {
    if (is_within_page) throw new XanoError('BUG', `A page of "${plan.resource}" was only given in part.`);
    flush(true);
    await settle();
    if (created && !open && undurable === undefined) return;
    await begin();
    await keepWhatCame();
    if (open) await session.commit();
    open = false;
  };

  return {
    checkpoint,
    schema: plan.target.schema,
    before:
      parts.before === null ? null : { rows: parts.before.rows, watermark: watermarkOf(parts.before, plan) },
    held: async (span, whole) => {
      await settled();
      const key = spanKey(plan, columns, [span, ...whole]);
      return key === undefined ? null : countHeld(key, span, whole);
    },
    highest: async (column) => {
      await settled();
      const at = columns.findIndex(({ name }) => name === column);
      const found = columns[at];
      if (found === undefined || found.list || rows === 0) return null;
      const name = quote(storedNames(columns)[at]!);
      const [row] = await session.rows(`SELECT ${jsonOf(found, `max(${name})`)} AS value FROM ${table}`);
      const value = row?.['value'];
      return value === null || value === undefined ? null : { type: found.type, value: String(value) };
    },
    forget: async (span) => {
      await settled();
      const key = spanKey(plan, columns, [span]);
      if (key === undefined) throw new XanoError('BUG', `"${plan.resource}" has no key to forget by.`);
      await begin();
      const where = inSpan(key.name, key.type, span);
      const [gone] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${table} WHERE ${where}`);
      const keys = `SELECT to_json(${key.name})::VARCHAR FROM ${table} WHERE ${where}`;
      await session.run(forgetRejects(plan, keys));
      await session.run(`DELETE FROM ${table} WHERE ${where}`);
      rows -= numberIn(gone, 'n');
      // In the same transaction: a count that disagrees with its rows is not gone on from.
      await session.commit(rememberRows(plan, rows));
      open = false;
    },
    forgetRows: async (matches) => {
      await settled();
      const where = matching(columns, matches);
      if (where === undefined || !created) return;
      await begin();
      const keys = storedKeys(columns, plan.target.primary_key);
      if (keys.length === 1)
        await session.run(
          forgetRejects(plan, `SELECT to_json(${quote(keys[0]!)})::VARCHAR FROM ${table} WHERE ${where}`),
        );
      const [gone] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${table} WHERE ${where}`);
      await session.commit(`DELETE FROM ${table} WHERE ${where}`, forgetCheckpoint(plan));
      rows -= numberIn(gone, 'n');
      open = false;
    },
    widen: async (...changed) => {
      flush(false);
      await settle();
      const next = withChanged(columns, changed);
      await session.expectWidth(widthOf(next));
      // A table that is not there yet is created with all of them.
      if (created) {
        const has_rows = !open;
        await begin();
        await session.run(
          changed.length > MOST_ALTERED || (has_rows && isWide(next))
            ? rebuiltWith(next).join('; ')
            : alterations(columns, next, changed).join('; '),
        );
      }
      columns = next;
      // In their places: what columns are stored as depends on their order.
      added = withChanged(added, changed);
    },
    write: async (records, resume) => {
      if (resume === undefined && !is_within_page) {
        // What came before the page must not be lost with it.
        flush(true);
        await settle();
        await keepWhatCame();
      }
      is_within_page = resume === undefined;
      if (files.is_empty()) batchSince = now();
      files.add(records, resume);
      const enough = pending.length === 0 ? IDLE_BYTES : BATCH_BYTES;
      // A slow source must not keep its rows in a file that only this process knows of.
      if (files.bytes() >= enough || now() - batchSince >= durability.every_ms()) flush(false);
      // For the oldest only: DuckDB is to have the next one at hand when it is done with this one.
      while (pending.length > MAX_WAITING) await pending[0];
      if (failed !== undefined) throw failed;
    },
    clear,
    staged: async () => {
      await settled();
      files.discard();
      // Else what is read now would come on top of what was written.
      if (rows >= FILLING_ROWS || isWide(columns)) await session.releaseBuffers();
      const keys = storedKeys(columns, plan.target.primary_key);
      const row = await countAll(session, table, keys);
      if (numberIn(row, 'rows') !== rows)
        throw new XanoError(
          'BUG',
          `${rows} rows of "${plan.resource}" were staged, but ${row?.['rows']} are there.`,
        );
      counted = {
        rows,
        distinct_keys: keys.length === 0 ? null : numberIn(row, 'distinct_keys'),
        keyless_rows: numberIn(row, 'keyless_rows'),
      };
      return counted;
    },
    commit: async (publication) => {
      if (counted === undefined)
        throw new XanoError('BUG', `"${plan.resource}" is to be published before it was counted.`);
      const published = await parts.publish(
        {
          plan,
          table,
          rejects: `${STAGING}.rejects`,
          may_have_rejects,
          compressed,
          already_in_target: false,
          columns,
          staged: counted,
          staging_id,
        },
        publication,
      );
      // Only now: rows that are in neither place would be lost, rows in both are found again and taken as they are.
      await clear();
      session.close();
      return published;
    },
    abort: async ({ keep }) => {
      if (keep) {
        flush(true);
        await settle()
          .then(keepWhatCame)
          .catch(() => {});
        await session.rollback();
      } else await clear().catch(() => {});
      files.discard();
      session.close();
    },
  };
}
