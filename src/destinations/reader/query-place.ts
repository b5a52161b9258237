/** Opens a target for one query: read-only, and with nothing else within reach. */
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { XanoError } from '../../errors.js';
import type { Capabilities } from '../capabilities.js';
import { CLOSED } from '../engine/engine.js';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import { queryFailure } from './query-failures.js';
import { keepVisible, type VisibleTable } from './visible-tables.js';

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

/** The options of {@link onPlace}. */
export interface OnPlaceOptions extends QueryOptions {
  /** For temporary data. */
  readonly folder: string;
  /** The only file that SQL may write. */
  readonly file?: string;
}

/**
 * Runs work on a connection that reads the place and reaches nothing else: no other file, no extension, no
 * change of settings. The place is held until the work is done. Throws DATABASE_LOCKED, DATABASE_FAILED,
 * QUERY_FAILED or INTERRUPTED.
 */
export async function onPlace<T>(
  place: QueriedPlace,
  sql: string,
  { sleep = setTimeout, lock_wait_ms = 5_000, signal, limits, tables, folder, file }: OnPlaceOptions,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  // Set when the query is abandoned: DuckDB still works then, and closing anything would wait for it.
  let is_abandoned = false;
  const run = async (): Promise<T> => {
    const instance = await DuckDBInstance.create(':memory:', { temp_directory: folder, ...CLOSED });
    const connection = await instance.connect();
    const stop = (): void => connection.interrupt();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      signal?.throwIfAborted();
      await connection.run("SET TimeZone = 'UTC'");
      const session = sessionOf(connection);
      await attachPlace(place, sql, session, { sleep, lock_wait_ms, tables, folder });
      await connection.run(`SET search_path = ${literal(await searchPath(connection))}`);
      if (limits !== undefined)
        await connection.run(
          `SET memory_limit = '${Math.trunc(limits.memory_mb)}MB'; SET threads = ${Math.trunc(limits.threads)}`,
        );
      if (file !== undefined) await allowFile(session, file);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      // Only a transaction remembers that a query failed on the way: DuckDB ends the rows of one that did as
      // if there were no more.
      await connection.run('BEGIN');
      return await work(connection);
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
  }
}

/** Lets SQL write one file, beside what the place itself needs. */
async function allowFile(session: Pick<Session, 'run' | 'rows'>, file: string): Promise<void> {
  const [row] = await session.rows("SELECT current_setting('allowed_paths') AS paths");
  const paths = Array.isArray(row?.['paths']) ? row['paths'].map(String) : [];
  await session.run(`SET allowed_paths = [${[...paths, file].map(literal).join(', ')}]`);
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
