/** The SQL of the rows of loaded tables, in the words that DuckDB and Postgres share. */

import { type Store, valueAsText } from '../index.js';
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN } from '../table/column.js';
import { postgresName } from '../table/postgres-types.js';
import type { NamedTable } from './name-files.js';

/** Which rows and columns of a table are wanted. */
export interface RowsWanted {
  /** Rows that are gone from Xano as well, and the column that tells since when. */
  readonly deleted: boolean;
  /** Every column that xano added as well. */
  readonly all_columns: boolean;
}

/** A name in SQL. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Columns of the tables in some schemas, by schema and name. */
export type KnownColumns = ReadonlyMap<string, readonly string[]>;

const keyOf = (schema: string, table: string): string => JSON.stringify([schema, table]);

/** Reads which columns tables have. Throws what `Store.query` throws. */
export async function readColumns(
  store: Store,
  schemas: readonly string[],
  options: Parameters<Store['query']>[2],
): Promise<KnownColumns> {
  const known = new Map<string, string[]>();
  if (schemas.length === 0) return known;
  const names = [...new Set(schemas.flatMap((schema) => [schema, postgresName(schema)]))];
  const sql = `SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_catalog = current_database() AND table_schema IN (${names.map(literal).join(', ')}) ORDER BY table_schema, table_name, ordinal_position`;
  await store.query(
    sql,
    async ({ batches }) => {
      for await (const batch of batches())
        for (const row of batch) {
          const [schema, table, column] = row.map((value) => valueAsText(value) ?? '');
          const key = keyOf(schema!, table!);
          known.set(key, [...(known.get(key) ?? []), column!]);
        }
    },
    options,
  );
  return known;
}

/** Selects the rows of a table in the order in which they are stored. */
export function selectRows(
  { schema, name }: NamedTable,
  known: KnownColumns,
  { deleted, all_columns }: RowsWanted,
): string {
  // A name that Postgres would cut is another one there.
  const stored = known.has(keyOf(schema, name)) ? [schema, name] : [schema, name].map(postgresName);
  const columns = known.get(keyOf(stored[0]!, stored[1]!)) ?? [];
  const own = all_columns ? [] : deleted ? [LOAD_ID_COLUMN] : [LOAD_ID_COLUMN, DELETED_AT_COLUMN];
  const shown = columns.filter((column) => !own.includes(column));
  const list = shown.length === 0 ? '*' : shown.map(quote).join(', ');
  const marked = columns.includes(DELETED_AT_COLUMN) && !deleted;
  return `SELECT ${list} FROM ${stored.map(quote).join('.')}${marked ? ` WHERE ${quote(DELETED_AT_COLUMN)} IS NULL` : ''}`;
}
