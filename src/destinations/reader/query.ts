/** Runs one query on a target, read-only. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  StatementType,
} from '@duckdb/node-api';
import { XanoError } from '../../errors.js';
import type { Capabilities } from '../capabilities.js';
import { CLOSED } from '../engine/engine.js';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import { queryFailure, readsOnly } from './query-failures.js';
import { makeQueryFolder } from './query-folder.js';
import { queryValue, typeName } from './query-values.js';
import type { QueryColumn, QueryValue } from './values.js';
import { keepVisible, type VisibleTable } from './visible-tables.js';

/** A query's result while it is read. */
export interface RunningQuery {
  readonly columns: readonly QueryColumn[];
  /**
   * Rows in order, some thousand at a time, each chunk read on request. Throws what running the query throws,
   * even after many rows.
   */
  readonly batches: () => AsyncGenerator<readonly (readonly QueryValue[])[]>;
}

/** The options of a query. */
export interface QueryOptions {
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** How long to wait for a file that another program holds, in milliseconds. Default 5 s. */
  readonly lock_wait_ms?: number;
  /** Aborting it stops the query. */
  readonly signal?: AbortSignal;
  /**
   * For SQL of a stranger: the memory and the threads that DuckDB may use. Default: its own. Postgres has its
   * own limits.
   */
  readonly limits?: { readonly memory_mb: number; readonly threads: number };
  /**
   * The only tables within reach of the query. They are copied for it, if its SQL spells their names. A
   * DuckDB file and a Parquet folder can do this; others throw USAGE.
   */
  readonly tables?: readonly VisibleTable[] | undefined;
}

/**
 * The attached name of a queried file: an unlikely name for a schema, since DuckDB could not tell the two
 * apart.
 */
const QUERIED = 'xano_file';
/** The attached name of a file whose tables are copied, until they are. */
const COPIED = 'xano_copied';

/** How a locked place is waited for. */
type Waiting = Required<Pick<QueryOptions, 'sleep' | 'lock_wait_ms'>>;

/** A target whose tables a query reads. */
export interface QueriedPlace {
  /** How people call it. */
  readonly label: string;
  readonly container: Capabilities['container'];
  /** Whether a query can be limited to some tables: nothing else stays within reach once they are copied. */
  readonly can_limit_tables: boolean;
  /**
   * Makes its tables readable in an attached database of that name. Nothing else is within reach of a query
   * afterwards.
   */
  readonly attach: (session: Pick<Session, 'run' | 'rows'>, name: string, waiting: Waiting) => Promise<void>;
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
  { sleep = setTimeout, lock_wait_ms = 5_000, signal, limits, tables }: QueryOptions = {},
): Promise<T> {
  // DuckDB would otherwise write temporary data into the working directory.
  const spill_folder = makeQueryFolder();
  // Set when the query is abandoned: DuckDB still works then, and closing anything would wait for it.
  let is_abandoned = false;
  const run = async (): Promise<T> => {
    const instance = await DuckDBInstance.create(':memory:', { temp_directory: spill_folder, ...CLOSED });
    const connection = await instance.connect();
    const stop = (): void => connection.interrupt();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      signal?.throwIfAborted();
      await connection.run("SET TimeZone = 'UTC'");
      await attachPlace(place, sql, sessionOf(connection), {
        sleep,
        lock_wait_ms,
        tables,
        folder: spill_folder,
      });
      await connection.run(`SET search_path = ${literal(await searchPath(connection))}`);
      if (limits !== undefined)
        await connection.run(
          `SET memory_limit = '${Math.trunc(limits.memory_mb)}MB'; SET threads = ${Math.trunc(limits.threads)}`,
        );
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      // Only a transaction remembers that a query failed on the way: DuckDB ends the rows of one that did as
      // if there were no more.
      await connection.run('BEGIN');
      const statement = await prepareReading(connection, sql);
      const result = await statement.stream();
      return await use({
        columns: result
          .deduplicatedColumnNames()
          .map((name, i) => ({ name, type: typeName(result.columnType(i)) })),
        batches: () => batchesOf(connection, statement, result, signal),
      });
    } finally {
      signal?.removeEventListener('abort', stop);
      if (!is_abandoned) {
        connection.closeSync();
        instance.closeSync();
      }
    }
  };
  try {
    return await orGivenUp(run(), signal, () => {
      is_abandoned = true;
    });
  } catch (thrown) {
    throw queryFailure(thrown, place, QUERIED, signal);
  } finally {
    rmSync(spill_folder, { recursive: true, force: true });
  }
}

/** Attaches the place; with `tables`, copies of these alone. Throws USAGE where a place cannot be limited. */
async function attachPlace(
  place: QueriedPlace,
  sql: string,
  session: Pick<Session, 'run' | 'rows'>,
  { tables, folder, ...waiting }: Waiting & Pick<QueryOptions, 'tables'> & { readonly folder: string },
): Promise<void> {
  if (tables === undefined) return place.attach(session, QUERIED, waiting);
  if (!place.can_limit_tables)
    throw new XanoError(
      'USAGE',
      `xano cannot limit queries of the ${place.container} ${place.label} to some tables.`,
      { hint: 'Use a DuckDB file or a Parquet folder, or serve all tables.' },
    );
  await place.attach(session, COPIED, waiting);
  await keepVisible(session, tables, sql, { from: COPIED, to: QUERIED, folder });
}

function sessionOf(connection: DuckDBConnection): Pick<Session, 'run' | 'rows'> {
  return {
    run: async (sql) => void (await connection.run(sql)),
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
  };
}

/** DuckDB notices an interruption only between two values. The longest wait for that, in milliseconds. */
const HEARD_MS = 1_000;

/** The outcome of a query, or a failure if it should stop and has not stopped in time. */
async function orGivenUp<T>(
  running: Promise<T>,
  signal: AbortSignal | undefined,
  give_up: () => void,
): Promise<T> {
  if (signal === undefined) return running;
  const done = new AbortController();
  const late = (async (): Promise<never> => {
    if (!signal.aborted) await once(signal, 'abort', { signal: done.signal });
    await setTimeout(HEARD_MS, undefined, { signal: done.signal });
    give_up();
    throw new Error('DuckDB was still working on one value.');
  })();
  try {
    return await Promise.race([running, late]);
  } finally {
    done.abort();
    // The second outcome is ignored.
    late.catch(() => {});
    running.catch(() => {});
  }
}

/** Schemas in which tables without a schema are searched. */
async function searchPath(connection: DuckDBConnection): Promise<string> {
  const reader = await connection.runAndReadAll(
    `SELECT schema_name FROM duckdb_schemas() WHERE database_name = ${literal(QUERIED)} AND NOT internal AND schema_name NOT IN ('_xano', 'main') ORDER BY schema_name <> 'xano_data', schema_name`,
  );
  const schemas = reader.getRows().map(([name]) => String(name));
  return [...schemas, 'main'].map((schema) => quote(QUERIED, schema)).join(',');
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
