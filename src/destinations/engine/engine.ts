/**
 * The only door to DuckDB; it knows nothing about loads.
 * In: a folder for temporary data, and the database files that may be attached.
 * Out: sessions that run SQL, one statement at a time, with limits on memory that fit the statement.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors.js';
import { attachWaiting, waitingForLock } from './attach.js';
import {
  copyGradually,
  copyWithAllCores,
  createMemory,
  isWidened,
  STARTING_LIMITS,
  whileWriting,
} from './memory.js';
import { bothNames, databasePaths } from './own-files.js';
import { createQueue } from './queue.js';
import { createSession, type Session } from './session.js';
import { literal, quote } from './sql.js';

/**
 * The binding decodes every text with this one decoder, which drops U+FEFF from the beginning of a text as if
 * each value were a file (seen in 1.5.5-r.5). The public API only gives decoded texts, so the decoder itself
 * is told to keep the mark. This covers names, values, and texts inside lists, structs and maps, for every
 * query of this process.
 */
const keepingDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
textDecoder.decode = keepingDecoder.decode.bind(keepingDecoder);

/** DuckDB in this process, with no file of its own. */
export interface Engine {
  readonly session: () => Promise<Session>;
  /**
   * Attaches a file under a name, waiting a while if another program holds it. `log: false`: what is
   * committed is durable once {@link Session.checkpoint} has returned, and until then the file is as it was.
   * Throws DATABASE_LOCKED or DATABASE_FAILED in words about the file.
   */
  readonly attach: (
    file: string,
    name: string,
    options?: { readonly read_only?: boolean; readonly lock_wait_ms?: number; readonly log?: boolean },
  ) => Promise<void>;
  /**
   * Runs a statement that attaches a database, waiting a while if another program holds it. `path` is what it
   * is called in an error. Throws DATABASE_LOCKED or DATABASE_FAILED.
   */
  readonly attachBy: (sql: string, path: string) => Promise<void>;
  /**
   * Puts files and addresses out of reach but for those that were named at the start. An engine that does not
   * stay open is closed off from the start.
   */
  readonly closeOff: () => Promise<void>;
  /** Writes what is pending into the file and releases it. */
  readonly detach: (name: string) => Promise<void>;
  /** Releases a file that is about to be deleted, without writing what is pending into it. */
  readonly discard: (name: string) => Promise<void>;
  /**
   * Runs work while no other statement runs, with all cores. It must be such that it can be run again: it
   * gets little memory first, and more if that was not enough. `long_rows`: it copies long rows, with one
   * core.
   */
  readonly exclusive: <T>(work: () => Promise<T>, options?: { readonly long_rows?: boolean }) => Promise<T>;
  readonly close: () => void;
}

/** What an engine needs from outside. */
export interface EngineOptions {
  /** A folder of its own for what does not fit into memory. DuckDB may read and write in it. */
  readonly spill_folder: string;
  /** The database files that may be attached. Every other file, and every other computer, is out of reach. */
  readonly files: readonly string[];
  /**
   * Folders, and addresses in buckets, that DuckDB may read and write in, beside the folder to spill into.
   */
  readonly folders?: readonly string[];
  /** Loads extensions and makes secrets, before the engine is closed off. */
  readonly setUp?: ((session: Pick<Session, 'run' | 'rows'>) => Promise<void>) | undefined;
  /** The engine is closed off by {@link Engine.closeOff}: DuckDB attaches a Postgres only before that. */
  readonly stays_open?: boolean | undefined;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long a locked file is waited for, in milliseconds. */
  readonly lock_wait_ms: number;
  /**
   * Frees JavaScript's unused memory now, before DuckDB copies rows. V8 takes its time: where four tables
   * were read, unused buffers were 100 MB then (measured). Default: nothing; the program decides, not a
   * library.
   */
  readonly collectGarbage?: (() => void) | undefined;
}

/** Nothing is fetched or loaded into DuckDB but what it was built with. */
export const CLOSED: Readonly<Record<string, string>> = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  allow_unsigned_extensions: 'false',
  allow_persistent_secrets: 'false',
};

/** Starts DuckDB. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { sleep, collectGarbage = () => {} } = options;
  const instance = await DuckDBInstance.create(':memory:', {
    ...STARTING_LIMITS,
    temp_directory: options.spill_folder,
    ...CLOSED,
  });
  const queue = createQueue();
  const memory = createMemory((sql) => own.run(sql));
  const session = async (): Promise<Session> =>
    createSession(await instance.connect(), { queue, memory, collectGarbage });
  const own = await session();
  await configure(own);
  let is_closed = false;
  const closeOff = async (): Promise<void> => {
    if (!is_closed) await own.run(closing(options));
    is_closed = true;
  };
  try {
    await options.setUp?.(own);
    if (options.stays_open !== true) await closeOff();
  } catch (thrown) {
    own.close();
    instance.closeSync();
    throw thrown;
  }
  return {
    session,
    attach: (file, name, { read_only = false, lock_wait_ms = options.lock_wait_ms, log = true } = {}) =>
      attachWaiting(own, file, name, { sleep, lock_wait_ms, read_only, log }),
    attachBy: (sql, path) =>
      waitingForLock(() => own.run(sql), path, { sleep, lock_wait_ms: options.lock_wait_ms }),
    closeOff,
    detach: (name) =>
      queue.run(() => whileWriting(memory, () => own.run(`DETACH DATABASE IF EXISTS ${quote(name)}`))),
    discard: (name) =>
      queue.run(() =>
        own.run(
          `PRAGMA disable_checkpoint_on_shutdown; DETACH DATABASE IF EXISTS ${quote(name)}; PRAGMA enable_checkpoint_on_shutdown`,
        ),
      ),
    exclusive: (work, { long_rows = false } = {}) =>
      queue.run(() =>
        // Each thread holds vectors of its own for every column, and 2,048 rows at a time.
        isWidened(memory) || long_rows ? copyGradually(memory, work) : copyWithAllCores(memory, work),
      ),
    close: () => {
      own.close();
      instance.closeSync();
    },
  };
}

/** Settings that stay as long as the engine runs. */
async function configure(own: Session): Promise<void> {
  // Timestamps are read and written as UTC whatever this computer's clock is set to.
  await own.run("SET GLOBAL TimeZone = 'UTC'");
  // Row groups go to disk as they fill, so the commit has little left to do and memory stays flat.
  await own.run('SET write_buffer_row_group_count = 1');
}

/** Statements that put everything out of reach but these files and folders, and keep settings as they are. */
function closing({ files, folders = [], spill_folder }: EngineOptions): string {
  const list = (paths: readonly string[]): string => `[${paths.map(literal).join(', ')}]`;
  // A file may come from a stranger: whatever is in it, nothing but these files is within reach of it.
  return [
    `SET GLOBAL allowed_paths = ${list(files.flatMap(databasePaths))}`,
    `SET GLOBAL allowed_directories = ${list([spill_folder, ...folders].flatMap(placeNames))}`,
    `SET GLOBAL allowed_configs = ['memory_limit', 'threads', 'checkpoint_threshold']`,
    'SET GLOBAL enable_external_access = false',
    'SET GLOBAL lock_configuration = true',
  ].join('; ');
}

/** A folder under both its names; an address of a bucket as it is. */
const placeNames = (folder: string): readonly string[] =>
  folder.includes('://') ? [folder] : bothNames(folder);
