/** Stages one resource's rows in a DuckDB file of their own, so that the target stays free for readers meanwhile. */
import { rmSync, writeFileSync } from 'node:fs';
import { XanoError } from '../errors.js';
import type { Json } from '../json.js';
import { type Column, sqlType, storedNames } from '../target.js';
import { type Batch, createBatchFiles } from './batch.js';
import type { Publication, Published, Staged, TargetPlan, TargetWriter, Unfinished } from './destination.js';
import { numberIn, type Session } from './duckdb.js';
import {
  changeType,
  countKeys,
  createStaging,
  insertFromFile,
  jsonText,
  literal,
  quote,
  storedKeys,
} from './sql.js';

/** The attached name of the staging file. */
export const STAGING = 'staging';

/** A file of this size is read while the next one is collected; between 4 and 32 MB it makes no difference. */
const BATCH_BYTES = 16 * 1024 * 1024;
/** Rows are made durable this often. Each time costs some tens of milliseconds, a kill costs what came since. */
const DURABLE_EVERY_MS = 3_000;
const DURABLE_EVERY_BYTES = 256 * 1024 * 1024;
/** Files waiting to be read: beyond this, reading from the network waits. */
const MAX_WAITING = 2;

/** What a writer works with. */
export interface WriterParts {
  readonly plan: TargetPlan;
  readonly session: Session;
  /** Unique among the resources of this staging file, and the same in every load. */
  readonly table_name: string;
  readonly folder: string;
  readonly now: () => number;
  /** Makes what is staged visible. */
  readonly publish: (staged: StagedTable, publication: Publication) => Promise<Published>;
}

/** A staging table that is complete. */
export interface StagedTable {
  readonly plan: TargetPlan;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly staged: Staged;
}

/** The tables that make a staging file resumable. Each statement may be run again. */
export const STAGING_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ${STAGING}.progress (identity VARCHAR, fingerprint VARCHAR, table_name VARCHAR, rows BIGINT, resume JSON, columns_added JSON, saved_at TIMESTAMPTZ)`,
  `CREATE TABLE IF NOT EXISTS ${STAGING}.rejects (identity VARCHAR, row_key VARCHAR, "column" VARCHAR, raw VARCHAR, reason VARCHAR)`,
];

/** Opens the writer for one resource: goes on from what an earlier load left, if that was the same reading. */
export async function openWriter(parts: WriterParts): Promise<TargetWriter> {
  const { plan, session, table_name, folder, now } = parts;
  const table = quote(STAGING, 'main', table_name);
  const mine = `identity = ${literal(plan.identity)}`;
  const files = createBatchFiles(folder, table_name);
  let columns: Column[] = [...plan.target.columns];
  let added: Column[] = [];
  let rows = 0;
  let open = false;
  let durableAt = now();
  let batchSince = now();
  let sinceDurable = 0;
  let waiting = 0;
  let failed: unknown;
  let counted: Staged | undefined;
  /** How to go on after rows that DuckDB has, but that are not durable yet. */
  let undurable: { readonly resume: Json } | undefined;
  let chain: Promise<void> = Promise.resolve();

  const settle = async (): Promise<void> => {
    await chain;
    if (failed !== undefined) throw failed;
  };

  const clear = async (): Promise<void> => {
    await settle().catch(() => {});
    files.discard();
    await session.rollback();
    await session.run('BEGIN');
    await session.run(`DROP TABLE IF EXISTS ${table}`);
    await session.run(`DELETE FROM ${STAGING}.progress WHERE ${mine}`);
    await session.run(`DELETE FROM ${STAGING}.rejects WHERE ${mine}`);
    await session.run('COMMIT');
    open = false;
    rows = 0;
    failed = undefined;
    undurable = undefined;
    chain = Promise.resolve();
    columns = [...plan.target.columns];
    added = [];
  };

  const unfinished = await findUnfinished(session, plan, table);
  if (unfinished === null) {
    await clear();
  } else {
    rows = unfinished.rows;
    added = [...unfinished.columns_added];
    columns = [...columns, ...added];
  }

  const begin = async (): Promise<void> => {
    if (open) return;
    await session.run('BEGIN');
    open = true;
    if (rows === 0) await session.run(createStaging(table, columns));
  };

  const makeDurable = async (resume: Json): Promise<void> => {
    const values = [plan.identity, plan.fingerprint, table_name].map(literal).join(', ');
    const json = [resume, added].map((value) => `${literal(jsonText(value))}::JSON`).join(', ');
    await session.run(`DELETE FROM ${STAGING}.progress WHERE ${mine}`);
    await session.run(`INSERT INTO ${STAGING}.progress VALUES (${values}, ${rows}, ${json}, now())`);
    await session.run('COMMIT');
    open = false;
    undurable = undefined;
    durableAt = now();
    sinceDurable = 0;
  };

  const keepWhatCame = async (): Promise<void> => {
    if (undurable !== undefined) await makeDurable(undurable.resume);
  };

  const insert = async (batch: Batch, durable: boolean): Promise<void> => {
    await begin();
    if (batch.count > 0) {
      const before = rows;
      await session.run(insertFromFile(table, columns, batch.file, batch.longest_bytes));
      rows = before + batch.count;
    }
    if (batch.rejects.length > 0) await insertRejects(batch);
    sinceDurable += batch.bytes;
    undurable = { resume: batch.resume };
    if (durable || now() - durableAt >= DURABLE_EVERY_MS || sinceDurable >= DURABLE_EVERY_BYTES)
      await makeDurable(batch.resume);
  };

  const insertRejects = async (batch: Batch): Promise<void> => {
    const file = `${batch.file}.rejects`;
    writeFileSync(file, jsonText(batch.rejects), { mode: 0o600 });
    try {
      await session.run(
        `INSERT INTO ${STAGING}.rejects SELECT ${literal(plan.identity)}, row_key, "column", raw, reason FROM read_json(${literal(file)}, format = 'array', maximum_object_size = ${batch.longest_bytes * 4 + 16_777_216}, columns = {'row_key': 'VARCHAR', 'column': 'VARCHAR', 'raw': 'VARCHAR', 'reason': 'VARCHAR'})`,
      );
    } finally {
      rmSync(file, { force: true });
    }
  };

  /** Hands the collected file to DuckDB. It is read after the ones before it, while JavaScript goes on. */
  const flush = (durable: boolean): void => {
    const batch = files.take();
    if (batch === undefined) return;
    waiting++;
    chain = chain.then(async () => {
      try {
        // After a failure the transaction is lost, and DuckDB would take a COMMIT without a word and keep nothing.
        if (failed === undefined) await insert(batch, durable);
      } catch (thrown) {
        failed = thrown;
        await session.rollback();
      } finally {
        waiting--;
        rmSync(batch.file, { force: true });
      }
    });
  };

  return {
    unfinished,
    widen: async (column) => {
      flush(false);
      await settle();
      await begin();
      const at = columns.findIndex(({ name }) => name === column.name);
      const next = at < 0 ? [...columns, column] : columns.with(at, column);
      const name = storedNames(next)[at < 0 ? next.length - 1 : at]!;
      if (at < 0) await session.run(`ALTER TABLE ${table} ADD COLUMN ${quote(name)} ${sqlType(column)}`);
      else await session.run(changeType(table, column, name));
      columns = next;
      // In its place: what columns are stored as depends on their order.
      const known = added.findIndex(({ name: other }) => other === column.name);
      added = known < 0 ? [...added, column] : added.with(known, column);
    },
    write: async (records, resume) => {
      if (files.bytes() === 0) batchSince = now();
      files.add(records, resume);
      // A slow source must not keep its rows in a file that only this process knows of.
      if (files.bytes() >= BATCH_BYTES || now() - batchSince >= DURABLE_EVERY_MS) flush(false);
      if (waiting > MAX_WAITING) await chain;
      if (failed !== undefined) throw failed;
    },
    clear,
    staged: async () => {
      flush(true);
      await settle();
      await begin();
      const keys = storedKeys(columns, plan.target.primary_key);
      const [row] = await session.rows(countKeys(table, keys));
      await keepWhatCame();
      if (open) await session.run('COMMIT');
      open = false;
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
      const published = await parts.publish({ plan, table, columns, staged: counted }, publication);
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

async function findUnfinished(session: Session, plan: TargetPlan, table: string): Promise<Unfinished | null> {
  const [row] = await session.rows(
    `SELECT rows::DOUBLE AS rows, resume::VARCHAR AS resume, columns_added::VARCHAR AS columns_added FROM ${STAGING}.progress WHERE identity = ${literal(plan.identity)} AND fingerprint = ${literal(plan.fingerprint)}`,
  );
  if (row === undefined) return null;
  const rows = numberIn(row, 'rows');
  const [counted] = await session.rows(countKeys(table, []));
  // Rows and progress are written in one transaction: if they disagree, somebody else was here.
  if (numberIn(counted, 'rows') !== rows) return null;
  return {
    rows,
    resume: JSON.parse(String(row['resume'])) as Json,
    // Written by makeDurable above, from columns.
    columns_added: JSON.parse(String(row['columns_added'])) as Column[],
  };
}
