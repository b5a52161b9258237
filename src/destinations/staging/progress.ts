/**
 * The progress of a resource in a staging file until it is published: its checkpoint, and rejected values.
 */

import { rmSync, writeFileSync } from 'node:fs';
import type { Json } from '../../json.js';
import { type Column, LOAD_ID_COLUMN, type Reject, sqlType, storedNames } from '../../table/column.js';
import type { StoredCheckpoint, TargetPlan } from '../destination.js';
import { numberIn, type Session } from '../engine/session.js';
import { jsonText, literal, quote } from '../engine/sql.js';
import { STAGING } from '../state/names.js';
import { MOST_TEXT_BYTES } from '../state/parse-state.js';
import { readProgress } from '../state/state-schema.js';
import { deletePartialRows } from './staging-ddl.js';

/** The stored progress of staged rows. */
export interface Progress {
  readonly table_name: string;
  readonly rows: number;
  readonly columns_added: readonly Column[];
  readonly staging_id: string;
  readonly compressed: boolean;
}

const ofPlan = ({ identity }: TargetPlan): string => `identity = ${literal(identity)}`;

/** Statements that replace the stored progress of a resource. */
export function rememberProgress(plan: TargetPlan, progress: Progress, resume: Json): readonly string[] {
  const { table_name, rows, columns_added, staging_id, compressed } = progress;
  const values = [plan.identity, plan.fingerprint, table_name].map(literal).join(', ');
  const json = [resume, columns_added].map((value) => `${literal(jsonText(value))}::JSON`).join(', ');
  return [
    `DELETE FROM ${STAGING}.progress WHERE ${ofPlan(plan)}`,
    `INSERT INTO ${STAGING}.progress VALUES (${values}, ${rows}, ${json}, now(), ${literal(staging_id)}, ${compressed})`,
  ];
}

/** A statement that changes the stored number of rows. */
export const rememberRows = (plan: TargetPlan, rows: number): string =>
  `UPDATE ${STAGING}.progress SET rows = ${rows} WHERE ${ofPlan(plan)}`;

/** A statement that deletes the checkpoint: the next load clears rows that are staged without it. */
export const forgetCheckpoint = (plan: TargetPlan): string =>
  `DELETE FROM ${STAGING}.progress WHERE ${ofPlan(plan)}`;

/** Statements that delete a resource's progress and rejected values. */
export const forgetProgress = (plan: TargetPlan): readonly string[] => [
  forgetCheckpoint(plan),
  forgetRejects(plan),
];

/**
 * A statement that deletes rejected values: all, or those of rows whose keys, as JSON texts, a query returns.
 */
export const forgetRejects = (plan: TargetPlan, keys?: string): string =>
  `DELETE FROM ${STAGING}.rejects WHERE ${ofPlan(plan)}${keys === undefined ? '' : ` AND row_key IN (${keys})`}`;

/** DuckDB's default limit for a JSON object. Bytes. */
const MOST_JSON_BYTES = 16 * 1024 * 1024;

/** Stores rejected values, through a file of that name. Throws what DuckDB throws. */
export async function keepRejects(
  session: Session,
  plan: TargetPlan,
  rejects: readonly Reject[],
  file: string,
): Promise<void> {
  const json = jsonText(rejects);
  writeFileSync(file, json, { mode: 0o600, flag: 'wx' });
  const limit = Math.max(MOST_JSON_BYTES, Buffer.byteLength(json));
  try {
    await session.run(
      `INSERT INTO ${STAGING}.rejects SELECT ${literal(plan.identity)}, row_key, "column", raw, reason FROM read_json(${literal(file)}, format = 'array', maximum_object_size = ${limit}, columns = {'row_key': 'VARCHAR', 'column': 'VARCHAR', 'raw': 'VARCHAR', 'reason': 'VARCHAR'})`,
    );
  } finally {
    rmSync(file, { force: true });
  }
}

/** The progress of an earlier load that read the same. */
export interface StoredStaging {
  readonly checkpoint: StoredCheckpoint;
  readonly staging_id: string;
  readonly compressed: boolean;
}

/** Rows older than this would be outdated when published. */
const STORED_HOURS = 24;

/**
 * Finds the checkpoint to continue from; null where the rows are too old, of another reading, published, or
 * damaged.
 */
export async function findCheckpoint(
  session: Session,
  plan: TargetPlan,
  table_name: string,
  published_id: string | null,
): Promise<StoredStaging | null> {
  const at = `FROM ${STAGING}.progress WHERE identity = ${literal(plan.identity)} AND fingerprint = ${literal(plan.fingerprint)} AND saved_at > now() - INTERVAL ${STORED_HOURS} HOUR`;
  const [size] = await session.rows(
    `SELECT coalesce(max(strlen(resume::VARCHAR) + strlen(columns_added::VARCHAR)), 0)::DOUBLE AS bytes ${at}`,
  );
  if (numberIn(size, 'bytes') > MOST_TEXT_BYTES) return null;
  const [row] = await session.rows(
    `SELECT rows::DOUBLE AS rows, resume::VARCHAR AS resume, columns_added::VARCHAR AS columns_added, staging_id, compressed ${at}`,
  );
  const progress =
    row === undefined
      ? undefined
      : readProgress({
          rows: row['rows'],
          resume: row['resume'],
          columns_added: row['columns_added'],
          staging_id: row['staging_id'],
          compressed: row['compressed'],
        });
  if (progress === undefined) return null;
  const { rows, columns_added, staging_id, compressed } = progress;
  // A load published them and was killed before it could clear them: nothing remains to continue.
  if (staging_id === published_id) return null;
  const { schema } = plan.target;
  if (!(await hasColumns(session, { schema, table_name }, [...plan.target.columns, ...columns_added])))
    return null;
  const table = quote(STAGING, schema, table_name);
  // A load was killed within a page.
  await session.run(deletePartialRows(table));
  // Complete rows and progress are written in one transaction: if they disagree, another program has changed
  // the file.
  if ((await session.count(table)) !== rows) return null;
  const checkpoint = { rows, resume: progress.resume, columns_added };
  return { checkpoint, staging_id, compressed };
}

/** Whether a staging table has exactly the columns of its stored progress. */
async function hasColumns(
  session: Session,
  { schema, table_name }: { readonly schema: string; readonly table_name: string },
  columns: readonly Column[],
): Promise<boolean> {
  const actual = await session.rows(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ${literal(STAGING)} AND schema_name = ${literal(schema)} AND table_name = ${literal(table_name)} AND column_default IS NULL ORDER BY column_index`,
  );
  const names = storedNames(columns);
  const wanted = [
    [LOAD_ID_COLUMN, 'BOOLEAN'],
    ...columns.map((column, i) => [names[i]!, listedType(sqlType(column))]),
  ];
  return (
    actual.length === wanted.length &&
    actual.every((row, i) => row['column_name'] === wanted[i]![0] && row['data_type'] === wanted[i]![1])
  );
}

/** A type as DuckDB lists it. */
const listedType = (type: string): string => type.replace(/^TIMESTAMPTZ/, 'TIMESTAMP WITH TIME ZONE');
