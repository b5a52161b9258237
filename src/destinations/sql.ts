/** SQL text from data. Pure: names are quoted, texts are literals, nothing is run here. */
import { type Column, type ColumnType, LOAD_ID_COLUMN, sqlType, storedNames } from '../target.js';

/** A name as an SQL identifier, whatever it holds. */
export function quote(...names: string[]): string {
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
}

/** A text as an SQL literal, whatever it holds. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What DuckDB's JSON reader is told to read for a type; where that is not the type itself, {@link stored} makes it so. */
const READ_AS: Record<ColumnType, string> = {
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  VARCHAR: 'VARCHAR',
  BOOLEAN: 'BOOLEAN',
  // It refuses epoch milliseconds for a timestamp.
  TIMESTAMPTZ: 'BIGINT',
  DATE: 'DATE',
  UUID: 'UUID',
  FLOAT: 'FLOAT',
  // Read as JSON, 1.10 would become 1.1; a text is taken as it is and only then called JSON.
  JSON: 'VARCHAR',
};

function readType(column: Column): string {
  return sqlType({ ...column, type: READ_AS[column.type] as ColumnType });
}

function stored(column: Column, input: string): string {
  if (column.type === 'TIMESTAMPTZ') {
    return column.list
      ? `list_transform(${input}, lambda x: make_timestamp_ms(x)::TIMESTAMPTZ)`
      : `make_timestamp_ms(${input})::TIMESTAMPTZ`;
  }
  return column.type === 'JSON' ? `${input}::${sqlType(column)}` : input;
}

/** Creates a staging table with these columns. DuckDB knows no table without columns: the first one is there for lists of nothing. */
export function createStaging(table: string, columns: readonly Column[]): string {
  const names = storedNames(columns);
  return `CREATE TABLE IF NOT EXISTS ${table} (${['_xano_row BOOLEAN', ...columns.map((column, i) => `${quote(names[i]!)} ${sqlType(column)}`)].join(', ')})`;
}

/** Inserts the records of a JSON array file. A record may be as long as `longest_bytes`. */
export function insertFromFile(
  table: string,
  columns: readonly Column[],
  file: string,
  longest_bytes: number,
): string {
  const names = storedNames(columns);
  const read = columns.map((column, i) => `${literal(names[i]!)}: ${literal(readType(column))}`).join(', ');
  const expressions = columns.map((column, i) => stored(column, quote(names[i]!))).join(', ');
  // Its own limit is 16 MB a record; a margin for what was quoted on the way.
  const limit = Math.max(16 * 1024 * 1024, longest_bytes * 2 + 1024);
  const into = names.map((name) => quote(name)).join(', ');
  return `INSERT INTO ${table} (_xano_row, ${into}) SELECT true, ${expressions} FROM read_json(${literal(file)}, format = 'array', maximum_object_size = ${limit}, columns = {${read}})`;
}

/** Changes a column's type in place; to JSON, each value becomes the JSON text it came from as nearly as its type can say. */
export function changeType(table: string, column: Column, name: string): string {
  const using = column.type === 'JSON' ? ` USING to_json(${quote(name)})` : '';
  return `ALTER TABLE ${table} ALTER ${quote(name)} TYPE ${sqlType(column)}${using}`;
}

/** Fills a new target from staging; with keys given, only the last row of each key is taken. */
export function publishTable(
  target: string,
  staging: string,
  columns: readonly Column[],
  load_id: string,
  dedupe_by: readonly string[],
): string {
  const names = storedNames(columns)
    .map((name) => `${quote(name)}, `)
    .join('');
  const last =
    dedupe_by.length === 0
      ? ''
      : ` QUALIFY row_number() OVER (PARTITION BY ${dedupe_by.map((name) => quote(name)).join(', ')} ORDER BY rowid DESC) = 1`;
  return `CREATE OR REPLACE TABLE ${target} AS SELECT ${names}${literal(load_id)} AS ${quote(LOAD_ID_COLUMN)} FROM ${staging}${last}`;
}

/** Tells how many rows and how many different keys a table has. */
export function countKeys(table: string, keys: readonly string[]): string {
  const distinct =
    keys.length === 0
      ? 'NULL'
      : `count(DISTINCT ${keys.length === 1 ? quote(keys[0]!) : `(${keys.map((key) => quote(key)).join(', ')})`})`;
  return `SELECT count(*)::DOUBLE AS rows, (${distinct})::DOUBLE AS distinct_keys FROM ${table}`;
}

/** The tables that describe loads, in schema `_xano`. Each statement may be run again. */
export function stateTables(database: string): string[] {
  const at = (table: string): string => quote(database, '_xano', table);
  return [
    `CREATE SCHEMA IF NOT EXISTS ${quote(database, '_xano')}`,
    `CREATE TABLE IF NOT EXISTS ${at('format')} (version INTEGER)`,
    `INSERT INTO ${at('format')} SELECT ${STATE_VERSION} WHERE NOT EXISTS (FROM ${at('format')})`,
    `CREATE TABLE IF NOT EXISTS ${at('loads')} (load_id VARCHAR, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, status VARCHAR, requests BIGINT, bytes BIGINT, report JSON)`,
    `CREATE TABLE IF NOT EXISTS ${at('resources')} (identity VARCHAR, resource VARCHAR, target_schema VARCHAR, target_table VARCHAR, origin JSON, columns JSON, primary_key VARCHAR[], rows BIGINT, rows_expected BIGINT, completeness VARCHAR, load_id VARCHAR, loaded_at TIMESTAMPTZ)`,
    `CREATE TABLE IF NOT EXISTS ${at('rejects')} (identity VARCHAR, resource VARCHAR, row_key VARCHAR, "column" VARCHAR, raw VARCHAR, reason VARCHAR, load_id VARCHAR)`,
  ];
}

/** The form of the `_xano` tables that this version writes. */
export const STATE_VERSION = 1;
