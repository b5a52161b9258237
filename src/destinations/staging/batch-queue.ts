/** A queue of batch files: DuckDB reads one after the other, while JavaScript collects the next one. */
import { rmSync } from 'node:fs';
import type { Json } from '../../json.js';
import type { StagedRecords } from '../destination.js';
import { type Batch, createBatchFiles } from './parquet/batch-file.js';

/**
 * A file is handed over at this size. It takes memory until it is read; between 4 and 32 MB the size makes no
 * difference in time. Bytes.
 */
const BATCH_BYTES = 8 * 1024 * 1024;
/** An idle DuckDB, as at the beginning, gets smaller files sooner. Bytes. */
const IDLE_BYTES = 1024 * 1024;
/** The most files that wait to be read: beyond this, reading from the network waits. */
const MAX_WAITING = 2;

/** The dependencies of a queue. */
export interface BatchQueueParts {
  readonly folder: string;
  /** Unique in the folder. */
  readonly name: string;
  readonly now: () => number;
  /** How long rows may wait in a file that no later process could find, in milliseconds. */
  readonly every_ms: () => number;
  /**
   * Reads a batch into DuckDB, and commits it if that is due. Returns whether its file is needed no longer.
   */
  readonly read: (batch: Batch, commit_now: boolean) => Promise<boolean>;
  /** Runs after a batch failed. */
  readonly rollback: () => Promise<void>;
}

/** Collects records into files, which DuckDB reads in their order. After a failure nothing more is read. */
export interface BatchQueue {
  /** Adds records; waits while too many files are not read yet. Throws the failure of an earlier batch. */
  readonly add: (records: StagedRecords, resume: Json | undefined) => Promise<void>;
  /** Hands the collected records to DuckDB, without waiting until they are read. */
  readonly flush: (commit_now: boolean) => void;
  /** Waits until every file is read. Throws the failure of a batch. */
  readonly drain: () => Promise<void>;
  /** Forgets collected records that were not handed over, and holds no memory until more are added. */
  readonly discard: () => void;
  /** Waits for the running batch, then forgets everything, including a failure. */
  readonly reset: () => Promise<void>;
}

/** Makes the queue of one resource. */
export function createBatchQueue(parts: BatchQueueParts): BatchQueue {
  const { now, every_ms, read, rollback } = parts;
  const files = createBatchFiles(parts.folder, parts.name);
  /** Files that DuckDB has not read yet, the oldest first. */
  const pending: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();
  let failure: { readonly thrown: unknown } | undefined;
  let collectingSince = now();

  const readNext = async (batch: Batch, commit_now: boolean): Promise<void> => {
    let is_done = true;
    try {
      // After a failure the transaction is lost: DuckDB would accept a COMMIT and keep nothing.
      if (failure === undefined) is_done = await read(batch, commit_now);
    } catch (thrown) {
      failure = { thrown };
      await rollback();
    } finally {
      pending.shift();
      if (is_done) rmSync(batch.file, { force: true });
    }
  };

  const flush = (commit_now: boolean): void => {
    const batch = files.take();
    if (batch === undefined) return;
    last = last.then(() => readNext(batch, commit_now));
    pending.push(last);
  };

  const throwFailure = (): void => {
    if (failure !== undefined) throw failure.thrown;
  };

  return {
    add: async (records, resume) => {
      if (files.is_empty()) collectingSince = now();
      files.add(records, resume);
      const enough = pending.length === 0 ? IDLE_BYTES : BATCH_BYTES;
      // A slow source must not keep its rows in a file that no later process could find.
      const isDue = files.bytes() >= enough || now() - collectingSince >= every_ms();
      if (isDue || files.isBorrowing()) flush(false);
      // Waits only for the oldest file, so that DuckDB has the next one ready when it finishes.
      while (pending.length > MAX_WAITING) await pending[0];
      throwFailure();
    },
    flush,
    drain: async () => {
      await last;
      throwFailure();
    },
    discard: files.discard,
    reset: async () => {
      await last.catch(() => {});
      files.discard();
      failure = undefined;
      last = Promise.resolve();
    },
  };
}
