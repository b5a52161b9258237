/** A destination's name becomes the destination. */
import { XanoError } from '../errors.js';
import type { SchemaTable } from '../table/schema.js';
import type { Destination } from './destination.js';
import type { QueryOptions, RunningQuery } from './reader/query.js';
import type { SchemaOptions } from './reader/schema.js';
import type { FileStatus, StatusOptions } from './reader/status.js';
import type { QueryValue } from './reader/values.js';
import type { FileOptions } from './targets/duckdb-file.js';

/**
 * Opens a destination by name: a file's path is a DuckDB file. DuckDB is loaded here and not before, since that takes a tenth of a second.
 * Throws USAGE for names of destinations that do not exist.
 */
export async function openDestination(name: string, options: FileOptions = {}): Promise<Destination> {
  const scheme = /^([a-z][a-z0-9+]+):/i.exec(name)?.[1];
  // One letter is a drive of Windows.
  if (scheme !== undefined)
    throw new XanoError('USAGE', `"${scheme}:" is no destination that xano-connector can write to.`, {
      hint: 'Name a file: --to xano.duckdb.',
    });
  const { openDuckdbFile } = await import('./targets/duckdb-file.js');
  return openDuckdbFile(name, options);
}

/** Rows that a query gives, in order. Whole numbers of 64 bits and what JSON has no type for are texts. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Runs a query on a DuckDB file, as {@link streamQuery} does, and keeps all of its rows. */
export async function queryFile(path: string, sql: string): Promise<QueryResult> {
  return streamQuery(path, sql, async ({ columns, batches }) => {
    const rows: Readonly<Record<string, unknown>>[] = [];
    for await (const batch of batches())
      for (const row of batch)
        rows.push(Object.fromEntries(columns.map(({ name }, i) => [name, plain(row[i] ?? null)])));
    return { columns: columns.map(({ name }) => name), rows };
  });
}

/**
 * Runs one query on a DuckDB file, read-only, and hands its rows on as they come. The file is held until `use` is done: a load
 * cannot swap tables in for so long. Throws DATABASE_LOCKED, DATABASE_FAILED, QUERY_FAILED or INTERRUPTED.
 */
export async function streamQuery<T>(
  path: string,
  sql: string,
  use: (query: RunningQuery) => Promise<T>,
  options: QueryOptions = {},
): Promise<T> {
  const { queryDuckdb } = await import('./reader/query.js');
  return queryDuckdb(path, sql, use, options);
}

/** Reads how a DuckDB file stands: its tables and the loads that brought them. Throws DATABASE_FAILED where nothing was loaded into it, and DATABASE_LOCKED. */
export async function readStatus(path: string, options: StatusOptions = {}): Promise<FileStatus> {
  const { readFileStatus } = await import('./reader/status.js');
  return readFileStatus(path, options);
}

/** Reads the schema of the tables that were loaded into a DuckDB file. Throws what {@link readStatus} throws. */
export async function readSchema(path: string, options: SchemaOptions = {}): Promise<SchemaTable[]> {
  const { readFileSchema } = await import('./reader/schema.js');
  return readFileSchema(path, options);
}

function plain(value: QueryValue): unknown {
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  if ('json' in value) return value.json;
  if ('fields' in value) return Object.fromEntries(value.fields.map(([name, one]) => [name, plain(one)]));
  return value.map(plain);
}
