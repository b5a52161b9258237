/** Stages one resource's rows in a DuckDB file of their own, so that the target stays free for readers meanwhile. */
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { XanoError } from '../errors.js';
import { isJsonObject, type Json } from '../json.js';
import { type Column, DELETED_AT_COLUMN, sqlType, storedNames } from '../target.js';
import { type Batch, createBatchFiles } from './batch.js';
import type {
  KeySpan,
  Publication,
  Published,
  Staged,
  TargetPlan,
  TargetWriter,
  Unfinished,
  Watermark,
} from './destination.js';
import { numberIn, type Row, type Session } from './duckdb.js';
import { followDurability } from './durable.js';
import { type KnownResource, lookAtGround, readContents, TARGET } from './ground.js';
import {
  changeType,
  countInOrder,
  countKeys,
  createStaging,
  inSpan,
  insertFromFile,
  jsonOf,
  jsonText,
  literal,
  quote,
  storedKeys,
} from './sql.js';

/** The attached name of the staging file. */
export const STAGING = 'staging';

/** A file of this size is read while the next one is collected, which is memory until then; between 4 and 32 MB it makes no difference. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** While DuckDB has nothing else to do, as at the beginning, it is not kept waiting for that much. */
const IDLE_BYTES = 1024 * 1024;
/** Files waiting to be read: beyond this, reading from the network waits. */
const MAX_WAITING = 2;

/** What DuckDB reads of a single object unless it is told otherwise. */
const MOST_JSON_BYTES = 16 * 1024 * 1024;

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
  readonly before: KnownResource | null;
  /** Runs work while the target is attached for reading. */
  readonly attached: <T>(work: (target: Session) => Promise<T>) => Promise<T>;
  /** Whether rows that are staged from now on may stay where they are when they become the target's. */
  readonly mayStay: () => boolean;
  /** Makes what is staged visible. No transaction is open then. */
  readonly publish: (staged: StagedTable, publication: Publication) => Promise<Published>;
}

/** A staging table that is complete. */
export interface StagedTable {
  readonly plan: TargetPlan;
  /** Where its rows are, quoted. */
  readonly table: string;
  /** Where values that did not fit are, of this and perhaps of other resources. */
  readonly rejects: string;
  /** False where there are certainly none of this one. */
  readonly may_have_rejects: boolean;
  /** Its rows are stored as a target's are. */
  readonly compressed: boolean;
  /** The rows lie in the target's own file already, and in its schema: they need not be copied. */
  readonly in_place: boolean;
  readonly columns: readonly Column[];
  readonly staged: Staged;
  /** Names this staging: the same from its first row on, in whichever load, and never again. */
  readonly staging_id: string;
}

/** The tables that make a staging file resumable. Each statement may be run again. */
export const STAGING_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ${STAGING}.progress (identity VARCHAR, fingerprint VARCHAR, table_name VARCHAR, rows BIGINT, resume JSON, columns_added JSON, saved_at TIMESTAMPTZ, staging_id VARCHAR, compressed BOOLEAN)`,
  // Files that an older version left lack them.
  `ALTER TABLE ${STAGING}.progress ADD COLUMN IF NOT EXISTS staging_id VARCHAR`,
  `ALTER TABLE ${STAGING}.progress ADD COLUMN IF NOT EXISTS compressed BOOLEAN`,
  `CREATE TABLE IF NOT EXISTS ${STAGING}.rejects (identity VARCHAR, row_key VARCHAR, "column" VARCHAR, raw VARCHAR, reason VARCHAR)`,
];

/** Opens the writer for one resource: goes on from what an earlier load left, if that was the same reading. */
export async function openWriter(parts: WriterParts): Promise<TargetWriter> {
  const { plan, session, table_name, folder, now } = parts;
  // In a schema of the target's name: DuckDB moves no table from one schema to another.
  const table = quote(STAGING, plan.target.schema, table_name);
  const mine = `identity = ${literal(plan.identity)}`;
  const files = createBatchFiles(folder, table_name);
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
    await session.run(
      [
        'BEGIN',
        `DROP TABLE IF EXISTS ${table}`,
        `DELETE FROM ${STAGING}.progress WHERE ${mine}`,
        `DELETE FROM ${STAGING}.rejects WHERE ${mine}`,
        'COMMIT',
      ].join('; '),
    );
    open = false;
    created = false;
    may_have_rejects = false;
    rows = 0;
    staging_id = randomUUID();
    failed = undefined;
    undurable = undefined;
    chain = Promise.resolve();
    columns = [...plan.target.columns];
    added = [];
  };

  await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(STAGING, plan.target.schema)}`);
  const kept = parts.is_new
    ? null
    : await findUnfinished(session, plan, table_name, parts.before?.staging_id ?? null);
  const unfinished = kept?.unfinished ?? null;
  let staging_id = kept?.staging_id ?? randomUUID();
  let created = kept !== null;
  let may_have_rejects = kept !== null;
  let compressed = kept?.compressed ?? false;
  if (unfinished === null) {
    if (!parts.is_new) await clear();
  } else {
    rows = unfinished.rows;
    added = [...unfinished.columns_added];
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

  const begin = async (): Promise<void> => {
    if (!open) await session.run(opening().join('; '));
  };

  const makeDurable = async (resume: Json): Promise<void> => {
    const began = now();
    const values = [plan.identity, plan.fingerprint, table_name].map(literal).join(', ');
    const json = [resume, added].map((value) => `${literal(jsonText(value))}::JSON`).join(', ');
    // At once: between two statements DuckDB would wait until JavaScript is done with an answer.
    await session.run(
      [
        `DELETE FROM ${STAGING}.progress WHERE ${mine}`,
        `INSERT INTO ${STAGING}.progress VALUES (${values}, ${rows}, ${json}, now(), ${literal(staging_id)}, ${compressed})`,
        'COMMIT',
      ].join('; '),
    );
    open = false;
    undurable = undefined;
    durability.made(began);
  };

  const keepWhatCame = async (): Promise<void> => {
    if (undurable !== undefined) await makeDurable(undurable.resume);
  };

  const insert = async (batch: Batch, durable: boolean): Promise<void> => {
    if (batch.count > 0) {
      const before = rows;
      const read = insertFromFile(table, columns, batch);
      // At once: between two statements DuckDB would wait until JavaScript is done with an answer.
      await session.insert([...opening(), read].join('; '));
      rows = before + batch.count;
    } else await begin();
    if (batch.rejects.length > 0) await insertRejects(batch);
    durability.read(batch.count, batch.bytes);
    undurable = { resume: batch.resume };
    if (durable || durability.isDue()) await makeDurable(batch.resume);
  };

  const insertRejects = async (batch: Batch): Promise<void> => {
    may_have_rejects = true;
    const file = `${batch.file}.rejects`;
    const json = jsonText(batch.rejects);
    writeFileSync(file, json, { mode: 0o600 });
    const limit = Math.max(MOST_JSON_BYTES, Buffer.byteLength(json));
    try {
      await session.run(
        `INSERT INTO ${STAGING}.rejects SELECT ${literal(plan.identity)}, row_key, "column", raw, reason FROM read_json(${literal(file)}, format = 'array', maximum_object_size = ${limit}, columns = {'row_key': 'VARCHAR', 'column': 'VARCHAR', 'raw': 'VARCHAR', 'reason': 'VARCHAR'})`,
      );
    } finally {
      rmSync(file, { force: true });
    }
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
    flush(true);
    await settle();
    if (created && !open && undurable === undefined) return;
    await begin();
    await keepWhatCame();
    if (open) await session.run('COMMIT');
    open = false;
  };

  /** The key's column, where it is one that such spans can be made of: without bounds, any will do. */
  const spanKey = (
    spans: readonly KeySpan[],
  ): { readonly name: string; readonly type: string } | undefined => {
    const [key, ...more] = plan.target.primary_key;
    const at = columns.findIndex(({ name }) => name === key);
    const column = columns[at];
    if (column === undefined || more.length > 0 || column.list) return undefined;
    const bounded = spans.some(({ after, before }) => after !== undefined || before !== undefined);
    if (bounded && !SPAN_TYPES.includes(column.type)) return undefined;
    return { name: quote(storedNames(columns)[at]!), type: column.type };
  };

  /** The target's own keys, copied once: the file is not held while a server is asked. */
  const keysBefore = quote('temp', `${table_name}_keys`);
  let hasKeysBefore: boolean | undefined;
  const copyKeys = async (type: string): Promise<boolean> => {
    if (plan.write_disposition !== 'merge' || parts.before === null) return false;
    return parts.attached(async (target) => {
      // Another table of the same load may have taken its name since, and moved it aside.
      const { before } = lookAtGround(await readContents(target), plan);
      const at = before?.columns.findIndex(({ name }) => name === plan.target.primary_key[0]) ?? -1;
      if (before === null || at < 0) return false;
      const key = quote(storedNames(before.columns)[at]!);
      const marks = await session.rows(
        `SELECT 1 FROM duckdb_columns() WHERE database_name = ${literal(TARGET)} AND schema_name = ${literal(before.schema)} AND table_name = ${literal(before.name)} AND column_name = ${literal(DELETED_AT_COLUMN)}`,
      );
      const alive = marks.length === 0 ? 'true' : `${quote(DELETED_AT_COLUMN)} IS NULL`;
      await session.run(
        `CREATE OR REPLACE TEMP TABLE ${keysBefore} AS SELECT DISTINCT TRY_CAST(${key} AS ${type}) AS key FROM ${quote(TARGET, before.schema, before.name)} WHERE ${alive} AND ${key} IS NOT NULL`,
      );
      return true;
    });
  };

  return {
    unfinished,
    before:
      parts.before === null ? null : { rows: parts.before.rows, watermark: watermarkOf(parts.before, plan) },
    held: async (span, whole) => {
      await settled();
      const key = spanKey([span, ...whole]);
      if (key === undefined) return null;
      hasKeysBefore ??= await copyKeys(key.type);
      const staged = `SELECT ${key.name} AS key FROM ${table} WHERE ${inSpan(key.name, key.type, span)}`;
      const within = [span, ...whole]
        .map((one, i) => `${i === 0 ? '' : 'NOT '}(${inSpan('key', key.type, one)})`)
        .join(' AND ');
      const facts = (of: string): string =>
        `SELECT count(DISTINCT key) AS rows, min(key) AS low, max(key) AS high FROM ${of}`;
      // Keys of before differ already, and are many: only what is new is looked for among them.
      const parts_of = hasKeysBefore
        ? [
            `SELECT count(key), min(key), max(key) FROM ${keysBefore} WHERE ${within}`,
            `SELECT 0, min(key), max(key) FROM (${staged})`,
            facts(
              `(${staged}) new ANTI JOIN (SELECT key FROM ${keysBefore} WHERE ${within}) old USING (key)`,
            ),
          ]
        : [facts(`(${staged})`)];
      const [row] = await session.rows(
        `SELECT sum(rows)::DOUBLE AS rows, to_json(min(low))::VARCHAR AS lowest, to_json(max(high))::VARCHAR AS highest FROM (${parts_of.join(' UNION ALL ')}) AS parts(rows, low, high)`,
      );
      const text = (name: string): string | null =>
        row?.[name] === null || row?.[name] === 'null' ? null : String(row?.[name]);
      return { rows: numberIn(row, 'rows'), lowest: text('lowest'), highest: text('highest') };
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
      const key = spanKey([span]);
      if (key === undefined) throw new XanoError('BUG', `"${plan.resource}" has no key to forget by.`);
      await begin();
      const where = inSpan(key.name, key.type, span);
      const [gone] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${table} WHERE ${where}`);
      await session.run(
        `DELETE FROM ${STAGING}.rejects WHERE ${mine} AND row_key IN (SELECT to_json(${key.name})::VARCHAR FROM ${table} WHERE ${where})`,
      );
      await session.run(`DELETE FROM ${table} WHERE ${where}`);
      rows -= numberIn(gone, 'n');
      // In the same transaction: a count that disagrees with its rows is not gone on from.
      await session.run(`UPDATE ${STAGING}.progress SET rows = ${rows} WHERE ${mine}`);
      await session.run('COMMIT');
      open = false;
    },
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
      if (rows >= FILLING_ROWS) await session.letGo();
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
          in_place: false,
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

/** Key types whose values the server and DuckDB order alike. */
const SPAN_TYPES: readonly string[] = ['BIGINT', 'UUID'];

/** How far the table was read. A column that it has no values of yet, old rows have at the source: nothing of them was read then. */
function watermarkOf({ watermark, columns }: KnownResource, { target }: TargetPlan): Watermark | null {
  const has = (name: string): boolean =>
    columns.some((column) => column.name === name && column.removed !== true);
  if (!target.columns.every(({ name }) => has(name))) return null;
  // Written by publish, from a watermark.
  return isJsonObject(watermark) ? (watermark as unknown as Watermark) : null;
}

/** Rows kept for longer are older than anybody expects of a load that runs now. */
const KEPT_HOURS = 24;

/** Rows, different keys and rows without one. Rows that came in the order of their key, as most do, are counted without remembering any. */
async function countAll(session: Session, table: string, keys: readonly string[]): Promise<Row | undefined> {
  if (keys.length === 1) {
    const [row] = await session.rows(countInOrder(table, keys[0]!));
    if (numberIn(row, 'keyless_rows') === 0 && numberIn(row, 'out_of_order') === 0)
      return { ...row, distinct_keys: numberIn(row, 'rows') };
  }
  const [row] = await session.rows(countKeys(table, keys));
  return row;
}

async function findUnfinished(
  session: Session,
  plan: TargetPlan,
  table_name: string,
  published_id: string | null,
): Promise<{
  readonly unfinished: Unfinished;
  readonly staging_id: string;
  readonly compressed: boolean;
} | null> {
  const [row] = await session.rows(
    `SELECT rows::DOUBLE AS rows, resume::VARCHAR AS resume, columns_added::VARCHAR AS columns_added, staging_id, compressed FROM ${STAGING}.progress WHERE identity = ${literal(plan.identity)} AND fingerprint = ${literal(plan.fingerprint)} AND saved_at > now() - INTERVAL ${KEPT_HOURS} HOUR`,
  );
  if (row === undefined) return null;
  const staging_id = String(row['staging_id']);
  // Published already, by a load that was killed before it could clear them: there is nothing to go on with.
  if (staging_id === published_id) return null;
  const rows = numberIn(row, 'rows');
  const { schema } = plan.target;
  const [there] = await session.rows(
    `SELECT 1 FROM duckdb_tables() WHERE database_name = ${literal(STAGING)} AND schema_name = ${literal(schema)} AND table_name = ${literal(table_name)}`,
  );
  if (there === undefined) return null;
  const [counted] = await session.rows(countKeys(quote(STAGING, schema, table_name), []));
  // Rows and progress are written in one transaction: if they disagree, somebody else was here.
  if (numberIn(counted, 'rows') !== rows) return null;
  const unfinished = {
    rows,
    resume: JSON.parse(String(row['resume'])) as Json,
    // Written by makeDurable above, from columns.
    columns_added: JSON.parse(String(row['columns_added'])) as Column[],
  };
  return { unfinished, staging_id, compressed: row['compressed'] === true };
}
