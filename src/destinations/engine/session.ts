/** A session: one connection to DuckDB, whose statements take turns with those of all others. */
import { memoryUsage } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { XanoError } from '../../errors.js';
import type { Json } from '../../json.js';
import {
  isWidened,
  type Memory,
  releaseInserted,
  releaseMemory,
  releaseVectors,
  restoreMemory,
  spareMemory,
  whileWriting,
} from './memory.js';
import type { Queue } from './queue.js';
import { quote } from './sql.js';

/** A row as DuckDB's JSON form spells it: whole numbers of 64 bits are texts. */
export type Row = Readonly<Record<string, Json>>;

/** One connection. Statements of all sessions of an engine run one after the other. */
export interface Session {
  readonly run: (sql: string) => Promise<void>;
  /** Runs a statement that brings many rows in, and gives back the memory that it leaves full. */
  readonly insert: (sql: string) => Promise<void>;
  /**
   * Runs a statement that copies many rows, and returns how many DuckDB says it has copied. Inside
   * `exclusive` of the engine it gets no more memory than it needs.
   */
  readonly copy: (sql: string) => Promise<number>;
  /** Gives memory back that holds what is on the disk as well, or what nobody needs any more. */
  readonly releaseBuffers: () => Promise<void>;
  readonly rows: (sql: string) => Promise<Row[]>;
  /**
   * Streams a query of one BLOB column: `take` gets each value, in order, which is there until it returns.
   * Other sessions get their turns meanwhile. No transaction may be open in this session.
   */
  readonly blobs: (sql: string, take: (bytes: Uint8Array) => Promise<void> | undefined) => Promise<void>;
  /** Counts rows: those of a table, or of whatever may follow FROM. */
  readonly count: (from: string) => Promise<number>;
  /** Runs statements, then commits. Throws what DuckDB throws, with the transaction still open. */
  readonly commit: (...statements: readonly string[]) => Promise<void>;
  /** Announces a table of this many stored columns: from then on, DuckDB's limits fit it. */
  readonly expectWidth: (width: number) => Promise<void>;
  /**
   * Writes all that is committed into an attached file. `sparingly`: with half the memory. Where DuckDB runs
   * out of memory, nothing works on the file until it is attached again.
   */
  readonly checkpoint: (name: string, options?: { readonly sparingly?: boolean }) => Promise<void>;
  /**
   * Whether commits of all sessions leave rows in the log for now: a checkpoint of long rows takes much
   * memory.
   */
  readonly deferCheckpoints: (is_deferred: boolean) => Promise<void>;
  /** Ends an open transaction, if there is one, without keeping anything. */
  readonly rollback: () => Promise<void>;
  readonly close: () => void;
}

/** What a session needs of DuckDB's connection. */
export interface Connection {
  readonly run: (sql: string) => Promise<unknown>;
  readonly runAndReadAll: (sql: string) => Promise<{ readonly getRowObjectsJson: () => Row[] }>;
  readonly stream: (sql: string) => Promise<{ readonly fetchChunk: () => Promise<Chunk | null> }>;
  readonly closeSync: () => void;
}

/** Some rows of a result that is streamed, as the binding has them. */
interface Chunk {
  readonly rowCount: number;
  readonly getColumnVector: (at: number) => Values;
}

/** A column of a chunk. */
interface Values {
  readonly getItem: (row: number) => unknown;
  /** Of a column of BLOBs: the bytes without another copy. */
  readonly getItemBytes?: (row: number) => Uint8Array | null;
}

/** What all sessions of an engine share. */
export interface Shared {
  readonly queue: Queue;
  readonly memory: Memory;
  readonly collectGarbage: () => void;
}

/**
 * Giving memory back, and taking it again, costs time: not after every statement, but before this program is
 * larger than it has to be. Bytes.
 */
const LARGE = 325 * 1024 * 1024;
/** Until then a statement has its threads. Milliseconds. */
const BEGUN_MS = 20;
/** DuckDB's default: the commit that makes a log larger than this writes it into its file. MiB. */
const CHECKPOINT_EVERY_MB = 16;
/** More than all rows of the largest answer. MiB. */
const DEFERRED_MB = 1024;

/** Makes a session of a connection. */
export function createSession(connection: Connection, shared: Shared): Session {
  const { queue, memory, collectGarbage } = shared;
  const run = async (sql: string): Promise<void> => {
    await connection.run(sql);
  };
  const rows = (sql: string): Promise<Row[]> =>
    queue.run(async () => (await connection.runAndReadAll(sql)).getRowObjectsJson());
  const id = Symbol('session');
  return {
    run: (sql) => queue.run(() => run(sql)),
    insert: (sql) =>
      queue.run(async () => {
        await run(sql);
        if (memoryUsage.rss() < LARGE) return;
        // The buffers of a page have grown once for each column.
        if (isWidened(memory)) collectGarbage();
        await releaseInserted(memory);
      }, id),
    copy: (sql) =>
      queue.run(async () => {
        await releaseVectors(memory);
        const copied = connection.runAndReadAll(sql);
        await Promise.race([copied, setTimeout(BEGUN_MS)]);
        await spareMemory(memory);
        return numberIn((await copied).getRowObjectsJson()[0], 'Count');
      }),
    releaseBuffers: () =>
      queue.run(async () => {
        collectGarbage();
        await releaseMemory(memory);
      }),
    rows,
    blobs: (sql, take) => streamBlobs(connection, shared, sql, take),
    count: async (from) => {
      const [row] = await rows(`SELECT count(*)::DOUBLE AS n FROM ${from}`);
      return numberIn(row, 'n');
    },
    commit: (...statements) =>
      queue.run(async () => {
        await releaseVectors(memory);
        if (!isWidened(memory)) return run([...statements, 'COMMIT'].join('; '));
        if (statements.length > 0) await run(statements.join('; '));
        await whileWriting(memory, () => run('COMMIT'));
      }),
    expectWidth: async (width) => {
      if (width <= memory.width) return;
      memory.width = width;
      if (isWidened(memory)) await queue.run(() => restoreMemory(memory));
    },
    checkpoint: (name, options) =>
      queue.run(() => whileWriting(memory, () => run(`CHECKPOINT ${quote(name)}`), options)),
    deferCheckpoints: (is_deferred) =>
      queue.run(() =>
        run(`SET GLOBAL checkpoint_threshold = '${is_deferred ? DEFERRED_MB : CHECKPOINT_EVERY_MB}MiB'`),
      ),
    // Without an open transaction there is nothing to undo, and DuckDB says so.
    rollback: () => queue.run(() => run('ROLLBACK').catch(() => {})),
    close: () => connection.closeSync(),
  };
}

/** Chunks of 2,048 rows between two looks at how large the program is. */
const CHUNKS_BETWEEN = 16;
/** A chunk of more bytes is taken before DuckDB makes the next one: two of long rows may be too much. */
const LARGE_CHUNK = 4 * 1024 * 1024;

/** Gives each value of a query of one BLOB column, chunk by chunk. */
async function streamBlobs(
  connection: Connection,
  { queue, memory }: Shared,
  sql: string,
  take: (bytes: Uint8Array) => Promise<void> | undefined,
): Promise<void> {
  const run = (statements: string): Promise<unknown> => queue.run(() => connection.run(statements));
  // Only a transaction remembers that a query failed on the way: DuckDB ends the rows of one that did as if
  // there were no more.
  await run('BEGIN');
  try {
    const result = await queue.run(() => connection.stream(sql));
    const fetch = (): Promise<Chunk | null> => {
      const fetched = queue.run(() => result.fetchChunk());
      // It is awaited below, unless `take` fails before.
      fetched.catch(() => {});
      return fetched;
    };
    // DuckDB makes the next rows while these are taken.
    let next: Promise<Chunk | null> | undefined;
    let bytes = Number.POSITIVE_INFINITY;
    for (let count = 1; ; count++) {
      const chunk = await (next ?? fetch());
      // Asking for it is a call into DuckDB.
      const rows = chunk?.rowCount ?? 0;
      if (chunk === null || rows === 0) break;
      next = bytes > LARGE_CHUNK ? undefined : fetch();
      bytes = 0;
      const values = chunk.getColumnVector(0);
      for (let row = 0; row < rows; row++) {
        const value = bytesOf(values, row);
        bytes += value.length;
        const waiting = take(value);
        if (waiting !== undefined) await waiting;
      }
      if (count % CHUNKS_BETWEEN === 0 && memoryUsage.rss() >= LARGE)
        await queue.run(() => releaseMemory(memory));
    }
    await run('SELECT 1; COMMIT');
  } catch (thrown) {
    await run('ROLLBACK').catch(() => {});
    throw thrown;
  }
}

function bytesOf(values: Values, row: number): Uint8Array {
  const bytes = values.getItemBytes?.(row);
  if (bytes instanceof Uint8Array) return bytes;
  throw new XanoError('BUG', 'The database returned a value that is not a BLOB.');
}

/** A number from a row; throws a BUG when the query does not give one. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value !== '') return Number(value);
  throw new XanoError('BUG', `The database returned no number for ${column}.`);
}
