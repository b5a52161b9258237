/** Statements that make, fill and change the tables of a staging file. Pure. */
import { type Column, LOAD_ID_COLUMN, sqlType, storedNames } from '../../table/column.js';
import { literal, quote } from '../engine/sql.js';
import { STAGING } from '../state/names.js';
import type { Batch } from './parquet/batch-file.js';

/**
 * Creates a staging table with these columns. DuckDB has no tables without columns, so the first column
 * serves lists whose records have none; no other column is stored under its name. The table is not
 * compressed, because its rows are copied soon: that saves a quarter of the time to insert and a tenth of
 * that to copy (measured, 1.5.5), for a temporary file of five times the size.
 */
export function createStaging(
  table: string,
  columns: readonly Column[],
  { compressed }: { readonly compressed: boolean },
): string {
  const names = storedNames(columns);
  // DuckDB cannot store arrays of a fixed length otherwise. Never in a target: DuckDB does not retype such a
  // column.
  const stored = ({ size }: Column): string =>
    compressed || size !== undefined ? '' : ` USING COMPRESSION 'uncompressed'`;
  const all = [
    `${quote(LOAD_ID_COLUMN)} BOOLEAN`,
    ...columns.map((column, i) => `${quote(names[i]!)} ${sqlType(column)}${stored(column)}`),
  ];
  return `CREATE TABLE IF NOT EXISTS ${table} (${all.join(', ')})`;
}

/**
 * Statements that rebuild a staging table under its name, rows in the same order, with further columns or
 * other types.
 */
export function rebuiltStaging(
  table: string,
  next: string,
  name: string,
  how: {
    readonly previous: readonly Column[];
    readonly now: readonly Column[];
    readonly compressed: boolean;
  },
): string[] {
  const names = storedNames(how.previous).map((column) => quote(column));
  const values = how.previous.map((column, at) => {
    const now = how.now[at]!;
    if (sqlType(now) === sqlType(column)) return names[at]!;
    return now.type === 'JSON' ? `to_json(${names[at]})` : `${names[at]}::${sqlType(now)}`;
  });
  const mark = quote(LOAD_ID_COLUMN);
  return [
    createStaging(next, how.now, how),
    `INSERT INTO ${next} (${[mark, ...names].join(', ')}) SELECT ${[mark, ...values].join(', ')} FROM ${table}`,
    `DROP TABLE ${table}`,
    `ALTER TABLE ${next} RENAME TO ${quote(name)}`,
  ];
}

/** Rows of an incomplete page carry a mark: they may be committed, but do not count. */
const IS_PARTIAL = `NOT ${quote(LOAD_ID_COLUMN)}`;

/** A statement that removes the mark from the rows of a completed page. */
export const completeRows = (table: string): string =>
  `UPDATE ${table} SET ${quote(LOAD_ID_COLUMN)} = true WHERE ${IS_PARTIAL}`;

/** A statement that deletes the rows of a page that was never completed. */
export const deletePartialRows = (table: string): string => `DELETE FROM ${table} WHERE ${IS_PARTIAL}`;

/**
 * Inserts the rows of a Parquet file with these columns, called c0, c1 and so on there; a table without
 * columns has a file without columns. `is_partial`: the rows are marked until {@link completeRows}.
 */
export function insertFromFile(
  table: string,
  columns: readonly Column[],
  { file, columns: read, count }: Pick<Batch, 'file' | 'columns' | 'count'>,
  { is_partial }: { readonly is_partial: boolean },
): string {
  const names = storedNames(columns);
  const places = new Map(read.map(({ name }, at) => [name, at]));
  const into = [quote(LOAD_ID_COLUMN)];
  const values = [is_partial ? 'false' : 'true'];
  for (const [at, column] of columns.entries()) {
    const index = places.get(column.name);
    if (index === undefined) continue;
    into.push(quote(names[at]!));
    values.push(asStored(`c${index}`, read[index]!, column));
  }
  const from = read.length === 0 ? `range(${count})` : `read_parquet(${literal(file)})`;
  return `INSERT INTO ${table} (${into.join(', ')}) SELECT ${values.join(', ')} FROM ${from}`;
}

/** Whether no value of such a file has to be converted for these columns, which could fail. */
export const isAsStored = (columns: readonly Column[], { columns: read }: Pick<Batch, 'columns'>): boolean =>
  read.every((from) => columns.some((column) => column.name === from.name && isSame(from, column)));

/**
 * The rows of such a file as a FROM item: what the staging table would have if they were inserted. They have
 * columns.
 */
export function rowsOfFile(
  columns: readonly Column[],
  { file, columns: read }: Pick<Batch, 'file' | 'columns'>,
): string {
  const names = storedNames(columns);
  const places = new Map(read.map(({ name }, at) => [name, at]));
  const values = columns.map((column, at) => {
    const index = places.get(column.name);
    const input = index === undefined ? 'NULL' : `c${index}`;
    return `${input}::${sqlType(column)} AS ${quote(names[at]!)}`;
  });
  const list = [`true AS ${quote(LOAD_ID_COLUMN)}`, ...values].join(', ');
  return `(SELECT ${list} FROM read_parquet(${literal(file)}))`;
}

function asStored(input: string, read: Batch['columns'][number], column: Column): string {
  return isSame(read, column) ? input : `${input}::${sqlType(column)}`;
}

/** Whether a file has values as they are stored: a UUID arrives as text, a vector as a list of any length. */
function isSame(read: Batch['columns'][number], column: Column): boolean {
  const isOfType =
    read.type === column.type &&
    read.list === column.list &&
    (read.list_of_vectors === true) === (column.list_of_vectors === true);
  return isOfType && column.type !== 'UUID' && column.size === undefined;
}

/**
 * Changes a column's type in place. For JSON, each value becomes the JSON text it came from, as far as its
 * type can show.
 */
export function changeType(table: string, column: Column, name: string): string {
  const using = column.type === 'JSON' ? ` USING to_json(${quote(name)})` : '';
  return `ALTER TABLE ${table} ALTER ${quote(name)} TYPE ${sqlType(column)}${using}`;
}

/** The tables that make a staging file resumable. Each statement may be run again. */
export const STAGING_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ${STAGING}.progress (identity VARCHAR, fingerprint VARCHAR, table_name VARCHAR, rows BIGINT, resume JSON, columns_added JSON, saved_at TIMESTAMPTZ, staging_id VARCHAR, compressed BOOLEAN)`,
  `CREATE TABLE IF NOT EXISTS ${STAGING}.rejects (identity VARCHAR, row_key VARCHAR, "column" VARCHAR, raw VARCHAR, reason VARCHAR)`,
];
