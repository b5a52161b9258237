/** What a staging file remembers of a resource whose rows are on their way: how far they were read, and what did not fit. */

import { rmSync, writeFileSync } from 'node:fs';
import { asXanoError } from '../../errors.js';
import type { Json } from '../../json.js';
import { type Column, LOAD_ID_COLUMN, type Reject, sqlType, storedNames } from '../../table/column.js';
import type { StoredCheckpoint, TargetPlan } from '../destination.js';
import { numberIn, type Row, type Session } from '../engine/engine.js';
import { jsonText, literal, quote } from '../engine/sql.js';
import { STAGING } from '../state/names.js';
import { MOST_TEXT_BYTES, readProgress } from '../state/state-schema.js';
import { countKeys } from './count-staged.js';

/** Rows that are staged, as they are remembered. */
export interface Progress {
  readonly table_name: string;
  readonly rows: number;
  readonly columns_added: readonly Column[];
  readonly staging_id: string;
  readonly compressed: boolean;
}

const ofPlan = ({ identity }: TargetPlan): string => `identity = ${literal(identity)}`;

/** Statements that remember how far a resource was read, instead of what was remembered of it before. */
export function rememberProgress(plan: TargetPlan, progress: Progress, resume: Json): readonly string[] {
  const { table_name, rows, columns_added, staging_id, compressed } = progress;
  const values = [plan.identity, plan.fingerprint, table_name].map(literal).join(', ');
  const json = [resume, columns_added].map((value) => `${literal(jsonText(value))}::JSON`).join(', ');
  return [
    `DELETE FROM ${STAGING}.progress WHERE ${ofPlan(plan)}`,
    `INSERT INTO ${STAGING}.progress VALUES (${values}, ${rows}, ${json}, now(), ${literal(staging_id)}, ${compressed})`,
  ];
}

/** A statement that changes the number of rows that is remembered. */
export const rememberRows = (plan: TargetPlan, rows: number): string =>
  `UPDATE ${STAGING}.progress SET rows = ${rows} WHERE ${ofPlan(plan)}`;

/** A statement that forgets where to go on from: rows that are staged without it are cleared by the next load. */
export const forgetCheckpoint = (plan: TargetPlan): string =>
  `DELETE FROM ${STAGING}.progress WHERE ${ofPlan(plan)}`;

/** Statements that forget a resource and what did not fit of it. */
export const forgetProgress = (plan: TargetPlan): readonly string[] => [
  forgetCheckpoint(plan),
  forgetRejects(plan),
];

/** A statement that forgets values that did not fit: all, or those of rows whose keys, as JSON texts, a query gives. */
export const forgetRejects = (plan: TargetPlan, keys?: string): string =>
  `DELETE FROM ${STAGING}.rejects WHERE ${ofPlan(plan)}${keys === undefined ? '' : ` AND row_key IN (${keys})`}`;

/** What DuckDB reads of a single object unless it is told otherwise. */
const MOST_JSON_BYTES = 16 * 1024 * 1024;

/** Keeps values that did not fit, by way of a file of that name. Throws what DuckDB throws. */
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

/** What an earlier load left of the same reading. */
export interface Kept {
  readonly checkpoint: StoredCheckpoint;
  readonly staging_id: string;
  readonly compressed: boolean;
}

/** Rows kept for longer are older than anybody expects of a load that runs now. */
const KEPT_HOURS = 24;

/** What there is to go on with; null where it is too old, another reading, already published, or not what is remembered. */
export async function findUnfinished(
  session: Session,
  plan: TargetPlan,
  table_name: string,
  published_id: string | null,
): Promise<Kept | null> {
  const at = `FROM ${STAGING}.progress WHERE identity = ${literal(plan.identity)} AND fingerprint = ${literal(plan.fingerprint)} AND saved_at > now() - INTERVAL ${KEPT_HOURS} HOUR`;
  const [size] = await session.rows(
    `SELECT coalesce(max(strlen(resume::VARCHAR) + strlen(columns_added::VARCHAR)), 0)::DOUBLE AS bytes ${at}`,
  );
  if (numberIn(size, 'bytes') > MOST_TEXT_BYTES) return null;
  const [row] = await session.rows(
    `SELECT rows::DOUBLE AS rows, resume::VARCHAR AS resume, columns_added::VARCHAR AS columns_added, staging_id, compressed ${at}`,
  );
  const progress = row === undefined ? undefined : progressIn(row);
  if (progress === undefined) return null;
  const { rows, columns_added, staging_id, compressed } = progress;
  // Published already, by a load that was killed before it could clear them: there is nothing to go on with.
  if (staging_id === published_id) return null;
  const { schema } = plan.target;
  if (!(await hasColumns(session, { schema, table_name }, [...plan.target.columns, ...columns_added])))
    return null;
  const [counted] = await session.rows(countKeys(quote(STAGING, schema, table_name), []));
  // Rows and progress are written in one transaction: if they disagree, somebody else was here.
  if (numberIn(counted, 'rows') !== rows) return null;
  const checkpoint = { rows, resume: progress.resume, columns_added };
  return { checkpoint, staging_id, compressed };
}

/** What a row of progress says; undefined where it is not what a load writes. */
function progressIn(row: Row): ReturnType<typeof readProgress> | undefined {
  const { rows, resume, columns_added, staging_id, compressed } = row;
  try {
    return readProgress({ rows, resume, columns_added, staging_id, compressed });
  } catch (thrown) {
    if (asXanoError(thrown).code === 'DATABASE_FAILED') return undefined;
    throw thrown;
  }
}

/** Whether a staging table has exactly the columns that its rows are said to have. */
async function hasColumns(
  session: Session,
  { schema, table_name }: { readonly schema: string; readonly table_name: string },
  columns: readonly Column[],
): Promise<boolean> {
  const found = await session.rows(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ${literal(STAGING)} AND schema_name = ${literal(schema)} AND table_name = ${literal(table_name)} AND column_default IS NULL ORDER BY column_index`,
  );
  const names = storedNames(columns);
  const wanted = [
    [LOAD_ID_COLUMN, 'BOOLEAN'],
    ...columns.map((column, i) => [names[i]!, listedType(sqlType(column))]),
  ];
  return (
    found.length === wanted.length &&
    found.every((row, i) => row['column_name'] === wanted[i]![0] && row['data_type'] === wanted[i]![1])
  );
}

/** A type as DuckDB lists it. */
const listedType = (type: string): string => type.replace(/^TIMESTAMPTZ/, 'TIMESTAMP WITH TIME ZONE');
