/**
 * Tables of thousands of columns: what DuckDB reserves for each column, and how such a table is written all
 * the same. Measured with 1.5.5.
 */

import { type Column, LOAD_ID_COLUMN } from '../../table/column.js';
import type { Shape } from '../../table/shape.js';
import { quote } from './sql.js';

/**
 * A commit that adds rows to a table with rows pins two blocks of 256 KiB for each column: 1,000 columns take
 * 500 MB, and 2,000 more than there is. Rows of a table that is new in the transaction stay where they are.
 */
export const MOST_APPENDED = 1_000;

/** Whether a table has too many columns to add rows to it in place. */
export function isWide(columns: readonly Column[]): boolean {
  return widthOf(columns) > MOST_APPENDED;
}

/**
 * For each column that is altered DuckDB copies what it knows of all, and keeps that until the commit: 900
 * columns added to 10 took 900 MB. Copies of columns.
 */
const MOST_COPIES = 100_000;

/**
 * Whether a table that is there already is rebuilt in the transaction that changes so many of these columns.
 */
export function isRebuilt(columns: readonly Column[], changed: number): boolean {
  return isWide(columns) || changed * columns.length > MOST_COPIES;
}

/**
 * Columns as DuckDB stores them: the elements of a list and the fields of a STRUCT are columns of their own.
 */
export function widthOf(columns: readonly Column[]): number {
  return columns.reduce(
    (sum, { shape, list, list_of_vectors }) =>
      sum + (shape === undefined ? 1 + (list ? 1 : 0) + (list_of_vectors === true ? 1 : 0) : widthIn(shape)),
    0,
  );
}

function widthIn(shape: Shape): number {
  if (typeof shape === 'string') return 1;
  if ('list' in shape) return 1 + widthIn(shape.list);
  return shape.fields.reduce((sum, field) => sum + widthIn(field.shape), 1);
}

/** A table of the target. */
export interface TableRef {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
}

/**
 * Statements that replace a table by one of the same name, whose rows and columns a select list takes from
 * it.
 */
export function rebuiltTable({ database, schema, name }: TableRef, select: string): string[] {
  const at = quote(database, schema, name);
  const next = quote(database, schema, `${LOAD_ID_COLUMN}_next_${name}`);
  return [
    `CREATE TABLE ${next} AS SELECT ${select} FROM ${at}`,
    `DROP TABLE ${at}`,
    `ALTER TABLE ${next} RENAME TO ${quote(name)}`,
  ];
}
