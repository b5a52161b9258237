/** The rows of a table's file as SQL, with the types that the state names. */
import {
  type Column,
  DELETED_AT_COLUMN,
  LOAD_ID_COLUMN,
  sqlType,
  storedNames,
} from '../../../../table/column.js';
import type { Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import { columnTypes } from '../../../engine/table-columns.js';

/** Parquet files of the same columns as a FROM item. DuckDB would take `x=1` in a path for a column. */
export const rowsIn = (files: readonly string[]): string =>
  `read_parquet(${filesInSql(files)}, hive_partitioning = false)`;

/** Files as an argument of DuckDB's functions. */
export const filesInSql = (files: readonly string[]): string => `[${files.map(literal).join(', ')}]`;

/** The columns of files, by their stored names, with the types that DuckDB reads. */
export const columnsIn = (
  session: Pick<Session, 'rows'>,
  files: readonly string[],
): Promise<ReadonlyMap<string, string>> => columnTypes(session, `FROM ${rowsIn(files)}`);

/**
 * A query of all rows and columns of files, in the types of these columns: Parquet has no size of a vector,
 * and another program may have written the file again in types of its own.
 */
export function typedRows(
  files: readonly string[],
  found: ReadonlyMap<string, string>,
  columns: readonly Column[],
): string {
  const names = storedNames(columns);
  const wanted = new Map([
    ...columns.map((column, at): [string, string] => [names[at]!, sqlType(column)]),
    [LOAD_ID_COLUMN, 'VARCHAR'],
    [DELETED_AT_COLUMN, 'TIMESTAMPTZ'],
  ]);
  const casts = [...found].flatMap(([name, type]) => {
    const as = wanted.get(name);
    if (as === undefined || as === type.replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ')) return [];
    return [`CAST(${quote(name)} AS ${as}) AS ${quote(name)}`];
  });
  return `SELECT *${casts.length === 0 ? '' : ` REPLACE (${casts.join(', ')})`} FROM ${rowsIn(files)}`;
}
