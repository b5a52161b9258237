/** Runs one query on a target, read-only. */
import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  StatementType,
} from '@duckdb/node-api';
import { XanoError } from '../../errors.js';
import { literal } from '../engine/sql.js';
import { readsOnly } from './query-failures.js';
import { makeQueryFolder } from './query-folder.js';
import { onPlace, type QueriedPlace, type QueryOptions } from './query-place.js';
import { queryValue, typeName } from './query-values.js';
import type { QueryColumn, QueryValue } from './values.js';

/** A query's result while it is read. */
export interface RunningQuery {
  readonly columns: readonly QueryColumn[];
  /**
   * Rows in order, some thousand at a time, each chunk read on request. Throws what running the query throws,
   * even after many rows.
   */
  readonly batches: () => AsyncGenerator<readonly (readonly QueryValue[])[]>;
}

/**
 * Runs one query on a read-only target, without access to anything else on this computer: no other file, no
 * extension, no change of settings. Tables are found without their schema: those of `xano_data` first, then
 * those of other schemas by name. Times are in UTC. The target is held until `use` is done. Throws
 * DATABASE_LOCKED, DATABASE_FAILED, QUERY_FAILED or INTERRUPTED.
 */
export async function runQuery<T>(
  place: QueriedPlace,
  sql: string,
  use: (query: RunningQuery) => Promise<T>,
  options: QueryOptions = {},
): Promise<T> {
  // DuckDB would otherwise write temporary data into the working directory.
  const folder = makeQueryFolder();
  try {
    return await onPlace(place, sql, { ...options, folder }, async (connection) => {
      const statement = await prepareReading(connection, sql);
      const result = await statement.stream();
      return use({
        columns: result
          .deduplicatedColumnNames()
          .map((name, i) => ({ name, type: typeName(result.columnType(i)) })),
        batches: () => batchesOf(connection, statement, result, options.signal),
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs one query as {@link runQuery} does, and writes its rows into a Parquet file. The target is released
 * before `use` gets the file, which is removed when `use` is done. Throws what `runQuery` throws.
 */
export async function queryAsParquet<T>(
  place: QueriedPlace,
  sql: string,
  use: (file: string, rows: number) => Promise<T>,
  options: QueryOptions = {},
): Promise<T> {
  const folder = makeQueryFolder();
  try {
    // DuckDB compares the paths that it may write with the names that are given, links and all.
    const file = join(realpathSync(folder), 'rows.parquet');
    const rows = await onPlace(place, sql, { ...options, folder, file }, async (connection) => {
      // What it prepares is one statement that reads; only then is its text a part of another one.
      await prepareReading(connection, sql);
      const copied = await connection.runAndReadAll(
        `COPY (FROM query(${literal(sql)})) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      return Number(copied.getRows()[0]?.[0]);
    });
    return await use(file, rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The single statement of a query, if it only reads. */
async function prepareReading(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql);
  for (let i = 0; ; i++) {
    const statement = await statements.prepare(i);
    const { statementType } = statement;
    const isLast = i === statements.count - 1;
    if (statementType === StatementType.SELECT || statementType === StatementType.EXPLAIN) {
      if (isLast) return statement;
      throw new XanoError('QUERY_FAILED', 'The SQL contains several statements; a query runs one.', {
        hint: 'Run them one by one.',
      });
    }
    // DuckDB splits a PIVOT into two statements: a temporary type of its columns, and then the query.
    if (statementType !== StatementType.CREATE || isLast || !/\bpivot/i.test(sql))
      throw readsOnly(StatementType[statementType] ?? 'this statement');
    await statement.run();
  }
}

async function* batchesOf(
  connection: DuckDBConnection,
  statement: DuckDBPreparedStatement,
  result: DuckDBResult,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly (readonly QueryValue[])[]> {
  // The types of a chunk do not tell which texts are JSON.
  const types = result.columnTypes();
  for (;;) {
    // Between two chunks, no statement runs that an interruption could stop.
    signal?.throwIfAborted();
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    yield chunk.getRows().map((row) => row.map((value, i) => queryValue(value, types[i]!)));
  }
  try {
    await connection.run('SELECT 1');
  } catch (cause) {
    // DuckDB does not keep the failure: running the statement again repeats it.
    await connection.run('ROLLBACK');
    await statement.run();
    throw cause;
  }
}
