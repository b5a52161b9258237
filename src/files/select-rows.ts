/** The SQL of the rows of loaded tables, in the words that DuckDB and Postgres share. */

import { type SchemaTable, type Store, valueAsText } from '../index.js';
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN } from '../table/column.js';
import { postgresName } from '../table/postgres-types.js';
import { namedTable } from './name-files.js';

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
          const columns = known.get(key);
          if (columns === undefined) known.set(key, [column!]);
          else columns.push(column!);
        }
    },
    options,
  );
  return known;
}

/** A table as the target stores it. */
interface StoredTable {
  /** Its full name in SQL. */
  readonly sql: string;
  readonly columns: readonly string[];
}

function storedTable(table: SchemaTable, known: KnownColumns): StoredTable {
  const { schema, name } = namedTable(table);
  // A name that Postgres would cut is another one there.
  const [at, as] = known.has(keyOf(schema, name))
    ? [schema, name]
    : [postgresName(schema), postgresName(name)];
  return { sql: `${quote(at)}.${quote(as)}`, columns: known.get(keyOf(at, as)) ?? [] };
}

/** The column of a table of lists that names the row of the outermost table. */
const ROOT_ID = '_dlt_root_id';

/** Selects the rows of a table in the order in which they are stored. `all`: every table of the target. */
export function selectRows(
  table: SchemaTable,
  all: readonly SchemaTable[],
  known: KnownColumns,
  { deleted, all_columns }: RowsWanted,
): string {
  const { sql, columns } = storedTable(table, known);
  const own = all_columns ? [] : deleted ? [LOAD_ID_COLUMN] : [LOAD_ID_COLUMN, DELETED_AT_COLUMN];
  const shown = columns.filter((column) => !own.includes(column));
  const list = shown.length === 0 ? '*' : shown.map(quote).join(', ');
  const where = deleted ? undefined : presentRows(table, columns, all, known);
  return `SELECT ${list} FROM ${sql}${where === undefined ? '' : ` WHERE ${where}`}`;
}

/** The condition of rows that are in Xano; undefined where the table has no others. */
function presentRows(
  { parent }: SchemaTable,
  columns: readonly string[],
  all: readonly SchemaTable[],
  known: KnownColumns,
): string | undefined {
  const present = `${quote(DELETED_AT_COLUMN)} IS NULL`;
  if (columns.includes(DELETED_AT_COLUMN)) return present;
  const holder = parent === undefined ? undefined : all.find(({ table }) => table === parent);
  // The schema of a table with lists ends with the column of its rows' ids.
  const id = holder?.columns?.at(-1)?.column;
  if (holder === undefined || id == null || !columns.includes(ROOT_ID)) return undefined;
  const stored = storedTable(holder, known);
  if (!stored.columns.includes(DELETED_AT_COLUMN)) return undefined;
  return `${quote(ROOT_ID)} IN (SELECT ${quote(id)} FROM ${stored.sql} WHERE ${present})`;
}
