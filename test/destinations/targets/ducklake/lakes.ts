/**
 * DuckLakes for tests: how to reach DuckDB's extensions, and to find tables without the destination's help.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { inject } from 'vitest';
import type { FoundTable } from '../../conformance/place.js';

/** DuckDB's own signed extensions, where the set-up of these suites puts them. */
export const EXTENSIONS = inject('extension_folder');

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const name = (value: string): string => `"${value.replaceAll('"', '""')}"`;

let reader: Promise<DuckDBConnection> | undefined;

/** DuckDB with its extensions, once for each test file: loading them takes half a second. */
async function openReader(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { extension_directory: EXTENSIONS });
  const connection = await instance.connect();
  for (const sql of ["SET TimeZone = 'UTC'", 'LOAD ducklake', 'LOAD sqlite_scanner'])
    await connection.run(sql);
  return connection;
}

/** Runs statements in the DuckDB of this test file, and gives the last one's rows. */
export async function run(
  ...statements: readonly string[]
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  reader ??= openReader();
  const connection = await reader;
  let rows: readonly Readonly<Record<string, unknown>>[] = [];
  for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowObjectsJson();
  return rows;
}

let lakes = 0;

/** Runs work with a lake attached, under a name of its own. `at` is what ATTACH takes, with its options. */
export async function attached<T>(
  at: { readonly path: string; readonly options: readonly string[] },
  work: (database: string) => Promise<T>,
): Promise<T> {
  const database = `lake_${lakes++}`;
  await run(`ATTACH ${text(`ducklake:${at.path}`)} AS ${database} (${at.options.join(', ')})`);
  try {
    return await work(database);
  } finally {
    await run(`DETACH ${database}`);
  }
}

/** Finds a table of an attached lake; undefined where it is not there. */
export async function findTable(
  database: string,
  schema: string,
  table: string,
): Promise<FoundTable | undefined> {
  const where = `database_name = ${text(database)} AND schema_name = ${text(schema)} AND table_name = ${text(table)}`;
  const [found] = await run(`SELECT comment FROM duckdb_tables() WHERE ${where}`);
  if (found === undefined) return undefined;
  const columns = await run(
    `SELECT column_name AS name, data_type AS type, comment FROM duckdb_columns() WHERE ${where} ORDER BY column_index`,
  );
  const texts = columns.map((column, i) => `${name(String(column['name']))}::VARCHAR AS c${i}`).join(', ');
  const rows = await run(`SELECT ${texts} FROM ${database}.${name(schema)}.${name(table)}`);
  return {
    comment: found['comment'] as string | null,
    columns: columns as unknown as FoundTable['columns'],
    rows: rows.map((row) => columns.map((_, i) => row[`c${i}`] as string | null)),
  };
}
