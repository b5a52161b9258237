/** The only door to DuckDB: sessions, and database files attached to them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { availableParallelism } from 'node:os';
import { DuckDBInstance, type Json as DuckdbJson } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { XanoError } from '../errors.js';
import { databaseFailure, isOutOfMemory } from './failures.js';
import { literal, quote } from './sql.js';

/** A row as DuckDB's JSON form spells it: whole numbers of 64 bits are texts. */
export type Row = Readonly<Record<string, DuckdbJson>>;

/** One connection. Statements of all sessions of an engine run one after the other. */
export interface Session {
  readonly run: (sql: string) => Promise<void>;
  /** Runs a statement that brings many rows in, and lets go of the memory that it leaves full. */
  readonly insert: (sql: string) => Promise<void>;
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
  readonly attach: (file: string, name: string, options?: { readonly read_only?: boolean }) => Promise<void>;
  /** Writes what is pending into the file and lets go of it. */
  readonly detach: (name: string) => Promise<void>;
  /**
   * Runs work while no other statement runs: with all cores, and compressing what it writes as well as can be. It must be such that it
   * can be run again: it gets little memory first, and more if that was not enough.
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

/** Ways to compress that take longer than they are worth for rows that are soon copied: a fifth of the time to insert, measured. */
const SLOW_COMPRESSION = 'fsst,dict_fsst,alp,alprd,chimp,patas,zstd';

/** What long records may need at times. */
const MEMORY_MB = 1024;
/** What is kept, between two statements, of blocks that are on the disk already. */
const KEPT_MB = 96;
/** What copying rows of usual length takes; with more, it would only keep more of what it has read. */
const COPYING_MB = 192;

/** Starts DuckDB. One thread inserts while JavaScript reads the next answer: measured, a second one gains nothing there. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: `${MEMORY_MB}MB`,
    temp_directory: options.spill_folder,
  });
  const gate = pLimit(1);
  const inside = new AsyncLocalStorage<true>();
  /** One after the other: limits on memory are everybody's. Who is inside already need not wait for itself. */
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    inside.getStore() === true ? work() : gate(() => inside.run(true, work));
  const session = async (): Promise<Session> => {
    const connection = await instance.connect();
    const run = async (sql: string): Promise<void> => {
      await connection.run(sql);
    };
    return {
      run: (sql) => alone(() => run(sql)),
      insert: (sql) =>
        alone(async () => {
          await run(sql);
          // DuckDB itself lets go of nothing before its limit is reached.
          await limitMemory(KEPT_MB).catch(() => {});
          await limitMemory(MEMORY_MB);
        }),
      rows: (sql) => alone(async () => (await connection.runAndReadAll(sql)).getRowObjectsJson()),
      // Without an open transaction there is nothing to undo, and DuckDB says so.
      rollback: () => alone(() => run('ROLLBACK').catch(() => {})),
      close: () => connection.closeSync(),
    };
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
    await own.run(`SET GLOBAL disabled_compression_methods = '${SLOW_COMPRESSION}'`);
  };
  await useFew();

  return {
    session,
    attach: async (file, name, { read_only = false } = {}) => {
      // The type is said, since DuckDB goes by the name otherwise: for `x.csv` it would open a database in memory, and all would be lost.
      const sql = `ATTACH ${literal(file)} AS ${quote(name)} (TYPE duckdb${read_only ? ', READ_ONLY' : ''})`;
      for (let waited = 0; ; waited += LOCK_POLL_MS) {
        try {
          await own.run(sql);
          return;
        } catch (thrown) {
          const failure = databaseFailure(thrown, file);
          if (failure.code !== 'DATABASE_LOCKED' || waited >= options.lock_wait_ms) throw failure;
          await options.sleep(LOCK_POLL_MS);
        }
      }
    },
    detach: async (name) => {
      await own.run(`DETACH DATABASE IF EXISTS ${quote(name)}`);
    },
    thoroughly: (work) =>
      alone(async () => {
        await own.run(`SET GLOBAL threads = ${availableParallelism()}`);
        await own.run("SET GLOBAL disabled_compression_methods = ''");
        await limitMemory(COPYING_MB).catch(() => {});
        try {
          return await work();
        } catch (thrown) {
          if (!isOutOfMemory(thrown)) throw thrown;
          // Each thread holds rows of its own.
          await own.run('SET GLOBAL threads = 1');
          await limitMemory(MEMORY_MB);
          return await work();
        } finally {
          await useFew();
        }
      }),
    close: () => {
      own.close();
      instance.closeSync();
    },
  };
}

/** Runs one query on a file, read-only, with its time zone set to UTC. Throws DATABASE_LOCKED or DATABASE_FAILED. */
export async function queryDuckdb(path: string, sql: string): Promise<{ columns: string[]; rows: Row[] }> {
  try {
    const instance = await DuckDBInstance.create(':memory:');
    try {
      const connection = await instance.connect();
      try {
        await connection.run("SET TimeZone = 'UTC'");
        // Attached with its type, like a target: a file's name alone may mean something else to DuckDB.
        await connection.run(`ATTACH ${literal(path)} AS file (TYPE duckdb, READ_ONLY)`);
        await connection.run('USE file');
        const reader = await connection.runAndReadAll(sql);
        return { columns: reader.columnNames(), rows: reader.getRowObjectsJson() };
      } finally {
        connection.closeSync();
      }
    } finally {
      instance.closeSync();
    }
  } catch (thrown) {
    throw databaseFailure(thrown, path);
  }
}

/** A number from a row; throws a BUG when the query does not give one. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value !== '') return Number(value);
  throw new XanoError('BUG', `The database gave no number for ${column}.`);
}
