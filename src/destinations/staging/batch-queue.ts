/**
 * Batches on their way into DuckDB: files are read one after the other, while JavaScript collects the next
 * one.
 */
import { rmSync } from 'node:fs';
import type { Json } from '../../json.js';
import type { StagedRecords } from '../destination.js';
import { type Batch, createBatchFiles } from './parquet/batch-file.js';

/**
 * A file of this size is read while the next one is collected, which is memory until then; between 4 and 32
 * MB it makes no difference.
 */
const BATCH_BYTES = 8 * 1024 * 1024;
/** While DuckDB has nothing else to do, as at the beginning, it is not kept waiting for that much. */
const IDLE_BYTES = 1024 * 1024;
/** Files waiting to be read: beyond this, reading from the network waits. */
const MAX_WAITING = 2;

/** What a queue works with. */
export interface BatchQueueParts {
  readonly folder: string;
  /** Unique in the folder. */
  readonly name: string;
  readonly now: () => number;
  /** How long rows may wait in a file that only this process knows of, in milliseconds. */
  readonly every_ms: () => number;
  /** Reads a batch into DuckDB, and commits it where it must be. */
  readonly read: (batch: Batch, commit_now: boolean) => Promise<void>;
  /** Runs after a batch could not be read. */
  readonly rollback: () => Promise<void>;
}

/** Collects records into files, and has these read in their order. After a failure nothing more is read. */
export interface BatchQueue {
  /** Takes records; waits while too many files are not read yet. Throws what reading an earlier one threw. */
  readonly add: (records: StagedRecords, resume: Json | undefined) => Promise<void>;
  /** Hands what was collected to DuckDB, without waiting until it is read. */
  readonly flush: (commit_now: boolean) => void;
  /** Waits until every file is read. Throws what reading one threw. */
  readonly drain: () => Promise<void>;
  /** Forgets what was collected and not handed on, and holds no memory until more is added. */
  readonly discard: () => void;
  /** Waits until nothing is read any more, then forgets all, a failure as well. */
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
    try {
      // After a failure the transaction is lost, and DuckDB would take a COMMIT without a word and keep
      // nothing.
      if (failure === undefined) await read(batch, commit_now);
    } catch (thrown) {
      failure = { thrown };
      await rollback();
    } finally {
      pending.shift();
      rmSync(batch.file, { force: true });
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
      // A slow source must not keep its rows in a file that only this process knows of.
      const isDue = files.bytes() >= enough || now() - collectingSince >= every_ms();
      if (isDue || files.isBorrowing()) flush(false);
      // For the oldest only: DuckDB is to have the next one at hand when it is done with this one.
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
