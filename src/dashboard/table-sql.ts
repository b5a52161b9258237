/** The SQL behind the page of a table, in the words that DuckDB and Postgres share. Pure. */
import { quote } from '../files/select-rows.js';
import type { SchemaTable } from '../index.js';

/** A table of a loaded target. */
export interface LoadedTable extends SchemaTable {
  readonly schema: string;
  /** Its full name, `schema.table`. */
  readonly table: string;
}

/** Which rows of a table a page shows. */
export interface RowsWanted {
  readonly offset: number;
  readonly limit: number;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const nameOf = ({ schema, table }: LoadedTable): string =>
  `${quote(schema)}.${quote(bareName(schema, table))}`;

/** A table's name without its schema: `table` has both. */
const bareName = (schema: string, table: string): string => table.slice(schema.length + 1);

/** Rows in the order of the primary key, so that pages neither repeat nor skip one. */
export function rowsSql(table: LoadedTable, { offset, limit }: RowsWanted): string {
  const keys = table.primary_key.flatMap(
    (key) => (table.columns ?? []).find(({ name, column }) => name === key || column === key)?.column ?? [],
  );
  const order = keys.length === 0 ? '' : ` ORDER BY ${keys.map(quote).join(', ')}`;
  return `SELECT * FROM ${nameOf(table)}${order} LIMIT ${limit} OFFSET ${offset}`;
}

/** All rows of a table, in the order in which they are stored. */
export function allRowsSql(table: LoadedTable): string {
  return `SELECT * FROM ${nameOf(table)}`;
}

/** DuckDB's profile of each column: range, distinct values, quartiles, share of NULL. */
export function profileSql(table: LoadedTable): string {
  return `SUMMARIZE ${nameOf(table)}`;
}

/** The values that did not fit a column of the table, with the key of their row. */
export function rejectsSql({ schema, table }: LoadedTable, { offset, limit }: RowsWanted): string {
  const at = `target_schema = ${literal(schema)} AND target_table = ${literal(bareName(schema, table))}`;
  return `SELECT row_key, "column", raw, reason, load_id FROM _xano.rejects WHERE identity IN (SELECT identity FROM _xano.resources WHERE ${at}) ORDER BY row_key, "column" LIMIT ${limit} OFFSET ${offset}`;
}

/** The newest load records, each with its report as text. */
export function reportsSql({ offset, limit }: RowsWanted): string {
  return `${REPORTS} ORDER BY started_at DESC, load_id DESC LIMIT ${limit} OFFSET ${offset}`;
}

/** The record of one load. */
export function reportSql(load_id: string): string {
  return `${REPORTS} WHERE load_id = ${literal(load_id)}`;
}

const REPORTS = 'SELECT load_id, status, CAST(report AS VARCHAR) AS report FROM _xano.loads';
