/** A destination's name becomes the destination. */
import { XanoError } from '../errors.js';
import type { Destination } from './destination.js';
import type { FileOptions } from './duckdb-file.js';

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
  const { openDuckdbFile } = await import('./duckdb-file.js');
  return openDuckdbFile(name, options);
}

/** Rows that a query gives, in order, as texts where JSON has no type for them. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Runs a query on a DuckDB file, read-only. Throws DATABASE_LOCKED or DATABASE_FAILED. */
export async function queryFile(path: string, sql: string): Promise<QueryResult> {
  const { queryDuckdb } = await import('./duckdb.js');
  return queryDuckdb(path, sql);
}
