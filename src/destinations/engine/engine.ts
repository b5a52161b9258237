/** The door to DuckDB: sessions, and database files attached to them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { availableParallelism } from 'node:os';
import { memoryUsage } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DuckDBInstance, type Json as DuckdbJson } from '@duckdb/node-api';
import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors.js';
import { XanoError } from '../../errors.js';
import { databaseFailure, isOutOfMemory } from './failures.js';
import { bothNames, databasePaths } from './own-files.js';
import { createTurns } from './queue.js';
import { literal, quote } from './sql.js';
import { MOST_APPENDED } from './wide.js';

/**
 * The binding decodes every text with this one decoder, which drops U+FEFF from the beginning of a text as if each value were a file (seen in
 * 1.5.5-r.5). The public API only gives decoded texts, so the decoder itself is told to keep the mark. This covers names, values, and texts inside
 * lists, structs and maps, for every query of this process.
 */
const keepingDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
textDecoder.decode = keepingDecoder.decode.bind(keepingDecoder);

/** A row as DuckDB's JSON form spells it: whole numbers of 64 bits are texts. */
export type Row = Readonly<Record<string, DuckdbJson>>;

/** One connection. Statements of all sessions of an engine run one after the other. */
export interface Session {
  readonly run: (sql: string) => Promise<void>;
  /** Runs a statement that brings many rows in, and lets go of the memory that it leaves full. */
  readonly insert: (sql: string) => Promise<void>;
  /** Runs a statement that copies many rows. Inside {@link Engine.exclusive} it gets no more memory than it needs. */
  readonly copy: (sql: string) => Promise<void>;
  /** Gives memory back that holds what is on the disk as well, or what nobody needs any more. */
  readonly releaseBuffers: () => Promise<void>;
  readonly rows: (sql: string) => Promise<Row[]>;
  /** Counts rows: those of a table, or whatever may follow FROM. */
  readonly count: (from: string) => Promise<number>;
  /** Runs statements, then commits. Throws what DuckDB throws, with the transaction still open. */
  readonly commit: (...before: readonly string[]) => Promise<void>;
  /** Announces a table of this many stored columns: from then on, DuckDB's limits fit it. */
  readonly expectWidth: (width: number) => Promise<void>;
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
  readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>;
  readonly close: () => void;
}

/** What an engine needs from outside. */
export interface EngineOptions {
  /** A folder of its own for what does not fit into memory. DuckDB may read and write in it. */
  readonly spill_folder: string;
  /** The database files that may be attached. Every other file, and every other computer, is out of reach. */
  readonly files: readonly string[];
  /** Folders that DuckDB may read and write in, beside the one to spill into. */
  readonly folders?: readonly string[];
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
/**
 * What a statement may reserve in addition for each stored column of a wide table: four vectors of 2,048
 * values of 16 bytes. Rows that few touch little of it (measured: 10,000 text columns reserve 1.3 GB and use
 * 200 MB). Bytes.
 */
const RESERVED_PER_COLUMN = 128 * 1024;
/**
 * A checkpoint holds a block of 256 KiB for each column that it has written until their shared block is full.
 * With less memory DuckDB puts them aside instead, which takes no longer (measured: 10,000 columns, 2.2 GB or
 * 350 MB). The lowest limit that DuckDB accepts. MB.
 */
const CHECKPOINT_MB = [256, 384, 512, 768];
/** What a wide table is copied with: more only where DuckDB ran out of memory with less. MB. */
const WIDE_COPYING_MB = [256, 512, 768];
/** Until then a statement has its threads. Milliseconds. */
const BEGUN_MS = 20;

/** Nothing is fetched or loaded into DuckDB but what it was built with. */
export const CLOSED: Readonly<Record<string, string>> = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  allow_unsigned_extensions: 'false',
  allow_persistent_secrets: 'false',
};

/** Starts DuckDB. One thread inserts while JavaScript reads the next answer: measured, a second one gains nothing there. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: `${MEMORY_MB}MB`,
    temp_directory: options.spill_folder,
    ...CLOSED,
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
    const rows = (sql: string): Promise<Row[]> =>
      alone(async () => (await connection.runAndReadAll(sql)).getRowObjectsJson());
    const id = Symbol('session');
    return {
      run: (sql) => alone(() => run(sql)),
      insert: (sql) =>
        alone(async () => {
          await run(sql);
          if (memoryUsage.rss() >= LARGE) await releaseMemory();
        }, id),
      copy: (sql) =>
        alone(async () => {
          const copied = run(sql);
          await Promise.race([copied, setTimeout(BEGUN_MS)]);
          if (isSparing) await limitMemory(COPYING_MB).catch(() => {});
          await copied;
        }),
      releaseBuffers: () =>
        alone(async () => {
          collectGarbage();
          await releaseMemory();
        }),
      commit: (...before) =>
        alone(async () => {
          if (!isWide()) return run([...before, 'COMMIT'].join('; '));
          if (before.length > 0) await run(before.join('; '));
          await writing(() => run('COMMIT'));
        }),
      expectWidth: async (next) => {
        if (next <= width) return;
        width = next;
        if (isWide()) await alone(() => limitMemory(usual()));
      },
      rows,
      count: async (from) => {
        const [row] = await rows(`SELECT count(*)::DOUBLE AS n FROM ${from}`);
        return numberIn(row, 'n');
      },
      // Without an open transaction there is nothing to undo, and DuckDB says so.
      rollback: () => alone(() => run('ROLLBACK').catch(() => {})),
      close: () => connection.closeSync(),
    };
  };
  /** Whether what runs is to take little memory. */
  let isSparing = false;
  /** The stored columns of the widest table so far. */
  let width = 0;
  const isWide = (): boolean => width > MOST_APPENDED;
  /** The limit for a statement, in MB. */
  const usual = (): number =>
    isWide() ? MEMORY_MB + Math.ceil((width * RESERVED_PER_COLUMN) / 1e6) : MEMORY_MB;
  /** Runs what may end in a checkpoint. */
  const writing = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!isWide()) return work();
    for (const mb of CHECKPOINT_MB)
      if (
        await limitMemory(mb).then(
          () => true,
          () => false,
        )
      )
        break;
    try {
      return await work();
    } finally {
      await limitMemory(usual());
    }
  };
  /** Runs work that can be run again with little memory, then with more. */
  const gradually = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      for (const mb of WIDE_COPYING_MB) {
        await limitMemory(mb).catch(() => {});
        try {
          return await work();
        } catch (thrown) {
          if (!isOutOfMemory(thrown)) throw thrown;
        }
      }
      await limitMemory(usual());
      return await work();
    } finally {
      await limitMemory(usual());
    }
  };
  /** DuckDB itself lets go of nothing before its limit is reached, and gives nothing back to the system. */
  const releaseMemory = async (): Promise<void> => {
    await limitMemory(KEPT_MB).catch(() => {});
    await limitMemory(usual());
  };
  const own = await session();
  // Timestamps are read and written as UTC whatever this computer's clock is set to.
  await own.run("SET GLOBAL TimeZone = 'UTC'");
  // Row groups go to disk as they fill, so the commit has little left to do and memory stays flat.
  await own.run('SET write_buffer_row_group_count = 1');
  const list = (paths: readonly string[]): string => `[${paths.map(literal).join(', ')}]`;
  // A file may come from a stranger: whatever is in it, nothing but these files is within reach of it.
  await own.run(
    [
      `SET GLOBAL allowed_paths = ${list(options.files.flatMap(databasePaths))}`,
      `SET GLOBAL allowed_directories = ${list([options.spill_folder, ...(options.folders ?? [])].flatMap(bothNames))}`,
      `SET GLOBAL allowed_configs = ['memory_limit', 'threads']`,
      'SET GLOBAL enable_external_access = false',
      'SET GLOBAL lock_configuration = true',
    ].join('; '),
  );
  const limitMemory = (mb: number): Promise<void> => own.run(`SET GLOBAL memory_limit = '${mb}MB'`);
  const restoreLimits = async (): Promise<void> => {
    await limitMemory(usual());
    await own.run('SET GLOBAL threads = 1');
  };

  return {
    session,
    attach: async (file, name, { read_only = false, lock_wait_ms = options.lock_wait_ms } = {}) => {
      await attachWaiting(own, file, name, { sleep: options.sleep, lock_wait_ms, read_only });
    },
    detach: (name) => alone(() => writing(() => own.run(`DETACH DATABASE IF EXISTS ${quote(name)}`))),
    exclusive: (work) =>
      alone(async () => {
        // Each thread holds vectors of its own for every column.
        if (isWide()) return gradually(work);
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
          await limitMemory(usual());
          return await work();
        } finally {
          isSparing = false;
          await restoreLimits();
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

/** Attaches a file, waiting a while if another program holds it. Throws DATABASE_LOCKED or DATABASE_FAILED in words about the file. */
export async function attachWaiting(
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

/** A number from a row; throws a BUG when the query does not give one. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value !== '') return Number(value);
  throw new XanoError('BUG', `The database gave no number for ${column}.`);
}
