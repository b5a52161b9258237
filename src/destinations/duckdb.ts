/** The only door to DuckDB: sessions, and database files attached to them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryUsage } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  DuckDBArrayType,
  DuckDBArrayValue,
  type DuckDBConnection,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  DuckDBStructType,
  DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUnionType,
  DuckDBUnionValue,
  type DuckDBValue,
  type Json as DuckdbJson,
  StatementType,
} from '@duckdb/node-api';
import { XanoError } from '../errors.js';
import { databaseFailure, isOutOfMemory } from './failures.js';
import { queryFailure, readsOnly } from './query-failures.js';
import { literal, quote } from './sql.js';
import { createTurns } from './turns.js';
import { type QueryColumn, type QueryValue, valueAsText } from './values.js';

/** A row as DuckDB's JSON form spells it: whole numbers of 64 bits are texts. */
export type Row = Readonly<Record<string, DuckdbJson>>;

/** One connection. Statements of all sessions of an engine run one after the other. */
export interface Session {
  readonly run: (sql: string) => Promise<void>;
  /** Runs a statement that brings many rows in, and lets go of the memory that it leaves full. */
  readonly insert: (sql: string) => Promise<void>;
  /** Runs a statement that copies many rows. Inside {@link Engine.thoroughly} it gets no more memory than it needs. */
  readonly copy: (sql: string) => Promise<void>;
  /** Gives memory back that holds what is on the disk as well, or what nobody needs any more. */
  readonly letGo: () => Promise<void>;
  readonly rows: (sql: string) => Promise<Row[]>;
  /** Ends an open transaction, if there is one, without keeping anything. */
  readonly rollback: () => Promise<void>;
  readonly close: () => void;
}

/** DuckDB in this process, with no file of its own. */
export interface Engine {
  readonly session: () => Promise<Session>;
  /**
   * Attaches a file under a name, waiting a while if another program holds it. Throws DATABASE_LOCKED or DATABASE_FAILED in
   * words about the file.
   */
  readonly attach: (
    file: string,
    name: string,
    options?: { readonly read_only?: boolean; readonly lock_wait_ms?: number },
  ) => Promise<void>;
  /** Writes what is pending into the file and lets go of it. */
  readonly detach: (name: string) => Promise<void>;
  /**
   * Runs work while no other statement runs, with all cores. It must be such that it can be run again: it gets little memory first, and
   * more if that was not enough.
   */
  readonly thoroughly: <T>(work: () => Promise<T>) => Promise<T>;
  readonly close: () => void;
}

/** What an engine needs from outside. */
export interface EngineOptions {
  /** A folder of its own for what does not fit into memory. */
  readonly spill_folder: string;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long a locked file is waited for, in milliseconds. */
  readonly lock_wait_ms: number;
}

const LOCK_POLL_MS = 200;

/** What long records may need at times. */
const MEMORY_MB = 1024;
/**
 * What is kept when memory is given back: the group of rows of the table that is being staged, up to 50 MB where rows are not compressed, is on no disk while it is
 * not full, and would be put aside and fetched again. Those of other tables are. MB.
 */
const KEPT_MB = 64;
/** Letting go, and taking it again, costs time: not after every statement, but before this program is larger than it has to be. Bytes. */
const LARGE = 325 * 1024 * 1024;
/** What DuckDB wants to be free before a second thread helps to copy rows of usual length (measured: with less, one of them does nothing). */
const HELPED_MB = 224;
/** What copying them takes then, as fast: with more, only more of what was read is kept. */
const COPYING_MB = 128;
/** Until then a statement has its threads. Milliseconds. */
const BEGUN_MS = 20;

/** Starts DuckDB. One thread inserts while JavaScript reads the next answer: measured, a second one gains nothing there. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: `${MEMORY_MB}MB`,
    temp_directory: options.spill_folder,
  });
  const turns = createTurns();
  const inside = new AsyncLocalStorage<true>();
  /** One after the other: limits on memory are everybody's. Who is inside already need not wait for itself. */
  const alone = <T>(work: () => Promise<T>, owner?: symbol): Promise<T> =>
    inside.getStore() === true ? work() : turns.take(() => inside.run(true, work), owner);
  const session = async (): Promise<Session> => {
    const connection = await instance.connect();
    const run = async (sql: string): Promise<void> => {
      await connection.run(sql);
    };
    const id = Symbol('session');
    return {
      run: (sql) => alone(() => run(sql)),
      insert: (sql) =>
        alone(async () => {
          await run(sql);
          if (memoryUsage.rss() >= LARGE) await makeRoom();
        }, id),
      copy: (sql) =>
        alone(async () => {
          const copied = run(sql);
          await Promise.race([copied, setTimeout(BEGUN_MS)]);
          if (isSparing) await limitMemory(COPYING_MB).catch(() => {});
          await copied;
        }),
      letGo: () =>
        alone(async () => {
          collectGarbage();
          await makeRoom();
        }),
      rows: (sql) => alone(async () => (await connection.runAndReadAll(sql)).getRowObjectsJson()),
      // Without an open transaction there is nothing to undo, and DuckDB says so.
      rollback: () => alone(() => run('ROLLBACK').catch(() => {})),
      close: () => connection.closeSync(),
    };
  };
  /** Whether what runs is to take little memory. */
  let isSparing = false;
  /** DuckDB itself lets go of nothing before its limit is reached, and gives nothing back to the system. */
  const makeRoom = async (): Promise<void> => {
    await limitMemory(KEPT_MB).catch(() => {});
    await limitMemory(MEMORY_MB);
  };
  const own = await session();
  // Timestamps are read and written as UTC whatever this computer's clock is set to.
  await own.run("SET GLOBAL TimeZone = 'UTC'");
  // Row groups go to disk as they fill, so the commit has little left to do and memory stays flat.
  await own.run('SET write_buffer_row_group_count = 1');
  const limitMemory = (mb: number): Promise<void> => own.run(`SET GLOBAL memory_limit = '${mb}MB'`);
  const useFew = async (): Promise<void> => {
    await limitMemory(MEMORY_MB);
    await own.run('SET GLOBAL threads = 1');
  };

  return {
    session,
    attach: async (file, name, { read_only = false, lock_wait_ms = options.lock_wait_ms } = {}) => {
      await attachWaiting(own, file, name, { sleep: options.sleep, lock_wait_ms, read_only });
    },
    detach: async (name) => {
      await own.run(`DETACH DATABASE IF EXISTS ${quote(name)}`);
    },
    thoroughly: (work) =>
      alone(async () => {
        await own.run(`SET GLOBAL threads = ${availableParallelism()}`);
        await limitMemory(HELPED_MB).catch(() => {});
        isSparing = true;
        try {
          return await work();
        } catch (thrown) {
          if (!isOutOfMemory(thrown)) throw thrown;
          isSparing = false;
          // Each thread holds rows of its own.
          await own.run('SET GLOBAL threads = 1');
          await limitMemory(MEMORY_MB);
          return await work();
        } finally {
          isSparing = false;
          await useFew();
        }
      }),
    close: () => {
      own.close();
      instance.closeSync();
    },
  };
}

/** V8 takes its time with buffers that nobody needs any more: where four tables were read, they were 100 MB when the rows were copied (measured). */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  if (typeof collect === 'function') collect();
}

async function attachWaiting(
  connection: { readonly run: (sql: string) => Promise<unknown> },
  file: string,
  name: string,
  {
    read_only,
    sleep,
    lock_wait_ms,
  }: Pick<EngineOptions, 'sleep' | 'lock_wait_ms'> & { readonly read_only: boolean },
): Promise<void> {
  // The type is said, since DuckDB goes by the name otherwise: for `x.csv` it would open a database in memory, and all would be lost.
  const sql = `ATTACH ${literal(file)} AS ${quote(name)} (TYPE duckdb${read_only ? ', READ_ONLY' : ''})`;
  for (let waited = 0; ; waited += LOCK_POLL_MS) {
    try {
      await connection.run(sql);
      return;
    } catch (thrown) {
      const failure = databaseFailure(thrown, file);
      if (failure.code !== 'DATABASE_LOCKED' || waited >= lock_wait_ms) throw failure;
      await sleep(LOCK_POLL_MS);
    }
  }
}

/** A query's result while it is read. */
export interface RunningQuery {
  readonly columns: readonly QueryColumn[];
  /** Rows in order, some thousand at a time, each read when it is asked for. Throws what running the query throws, even after many rows. */
  readonly batches: () => AsyncGenerator<readonly (readonly QueryValue[])[]>;
}

/** What a query needs from outside. */
export interface QueryOptions {
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** How long a file that another program holds is waited for, in milliseconds. Default 5 s. */
  readonly lock_wait_ms?: number;
  /** Aborting it stops the query. */
  readonly signal?: AbortSignal;
}

/** The attached name of a file that is queried: none that a schema is likely to have, since DuckDB could not tell the two apart. */
const QUERIED = 'xano_file';

/**
 * Runs one query on a file that can only be read, out of reach of everything else on this computer: no other file, no extension, no change of
 * settings. Tables are found without their schema: those of `xano_data` first, then those of other schemas by name. Times are in UTC.
 * The file is held until `use` is done. Throws DATABASE_LOCKED, DATABASE_FAILED, QUERY_FAILED or INTERRUPTED.
 */
export async function queryDuckdb<T>(
  path: string,
  sql: string,
  use: (query: RunningQuery) => Promise<T>,
  { sleep = setTimeout, lock_wait_ms = 5_000, signal }: QueryOptions = {},
): Promise<T> {
  // What does not fit into memory must not be written to wherever the user happens to be.
  const spill_folder = mkdtempSync(join(tmpdir(), 'xano-query-'));
  try {
    const instance = await DuckDBInstance.create(':memory:', { temp_directory: spill_folder });
    const connection = await instance.connect();
    const stop = (): void => connection.interrupt();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      signal?.throwIfAborted();
      await connection.run("SET TimeZone = 'UTC'");
      await attachWaiting(connection, path, QUERIED, { read_only: true, sleep, lock_wait_ms });
      await connection.run(`SET search_path = ${literal(await searchPath(connection))}`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      // Only a transaction remembers that a query failed on the way: DuckDB ends the rows of one that did as if there were no more.
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
      connection.closeSync();
      instance.closeSync();
    }
  } catch (thrown) {
    throw queryFailure(thrown, path, QUERIED, signal);
  } finally {
    rmSync(spill_folder, { recursive: true, force: true });
  }
}

/** Schemas in which tables are looked for that are named without one. */
async function searchPath(connection: DuckDBConnection): Promise<string> {
  const reader = await connection.runAndReadAll(
    `SELECT schema_name FROM duckdb_schemas() WHERE database_name = ${literal(QUERIED)} AND NOT internal AND schema_name NOT IN ('_xano', 'main') ORDER BY schema_name <> 'xano_data', schema_name`,
  );
  const schemas = reader.getRows().map(([name]) => String(name));
  return [...schemas, 'main'].map((schema) => quote(QUERIED, schema)).join(',');
}

/** The one statement of a query, if it is one that reads. */
async function prepareReading(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql);
  for (let i = 0; ; i++) {
    const statement = await statements.prepare(i);
    const { statementType } = statement;
    const isLast = i === statements.count - 1;
    if (statementType === StatementType.SELECT || statementType === StatementType.EXPLAIN) {
      if (isLast) return statement;
      throw new XanoError('QUERY_FAILED', 'There are several statements; one is run at a time.', {
        hint: 'Run them one by one.',
      });
    }
    // DuckDB itself makes two of a PIVOT: a temporary type of its columns, and then the query.
    if (statementType !== StatementType.CREATE || isLast || !/\bpivot/i.test(sql))
      throw readsOnly(StatementType[statementType] ?? 'such a statement');
    await statement.run();
  }
}

async function* batchesOf(
  connection: DuckDBConnection,
  statement: DuckDBPreparedStatement,
  result: DuckDBResult,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly (readonly QueryValue[])[]> {
  // Those of a chunk do not say which texts are JSON.
  const types = result.columnTypes();
  for (;;) {
    // Between two chunks there is nothing that could be interrupted.
    signal?.throwIfAborted();
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    yield chunk.getRows().map((row) => row.map((value, i) => queryValue(value, types[i]!)));
  }
  try {
    await connection.run('SELECT 1');
  } catch (cause) {
    // What went wrong is not kept: it goes wrong once more.
    await connection.run('ROLLBACK');
    await statement.run();
    throw cause;
  }
}

/** A value with nothing lost: JSON and decimal numbers as they are spelled, dates and the like as DuckDB's texts. */
function queryValue(value: DuckDBValue, type: DuckDBType): QueryValue {
  if (value === null) return null;
  if (type.alias === 'JSON') return { json: String(value) };
  if (typeof value === 'number') return type.typeId === DuckDBTypeId.FLOAT ? shortFloat(value) : value;
  if (typeof value !== 'object') return value;
  if (value instanceof DuckDBDecimalValue) return { json: value.toString() };
  if (value instanceof DuckDBListValue && type instanceof DuckDBListType)
    return value.items.map((item) => queryValue(item, type.valueType));
  if (value instanceof DuckDBArrayValue && type instanceof DuckDBArrayType)
    return value.items.map((item) => queryValue(item, type.valueType));
  if (value instanceof DuckDBStructValue && type instanceof DuckDBStructType)
    return {
      fields: type.entryNames.map((name, i) => [
        name,
        queryValue(value.entries[name] ?? null, type.entryTypes[i]!),
      ]),
    };
  if (value instanceof DuckDBMapValue && type instanceof DuckDBMapType)
    return {
      fields: value.entries.map((entry) => [
        valueAsText(queryValue(entry.key, type.keyType)) ?? 'NULL',
        queryValue(entry.value, type.valueType),
      ]),
    };
  if (value instanceof DuckDBUnionValue && type instanceof DuckDBUnionType)
    return queryValue(value.value, type.memberTypeForTag(value.tag));
  return String(value);
}

/** The shortest number that is this FLOAT: 0.1 and not 0.10000000149011612. */
function shortFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

function typeName(type: DuckDBType): string {
  if (type instanceof DuckDBListType) return `${typeName(type.valueType)}[]`;
  return type.alias ?? String(type);
}

/** A number from a row; throws a BUG when the query does not give one. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value !== '') return Number(value);
  throw new XanoError('BUG', `The database gave no number for ${column}.`);
}
