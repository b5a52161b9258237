/**
 * Batch files: records on their way into DuckDB, which reads one file of some megabytes far faster than a
 * value at a time.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../../json.js';
import type { Reject } from '../../../table/column.js';
import type { ColumnData } from '../../../table/column-data.js';
import type { StagedRecords } from '../../destination.js';
import { createParquetPieces } from './parquet.js';

/** A file that is complete, and what is in it. */
export interface Batch {
  /** Not there where there are no rows, or no columns. */
  readonly file: string;
  /** In the order of the file's. */
  readonly columns: readonly ColumnData['column'][];
  readonly count: number;
  readonly bytes: number;
  readonly rejects: readonly Reject[];
  /** Where to continue after the last record; undefined within a page. */
  readonly resume: Json | undefined;
}

/** Collects records in memory, and makes one file at a time of them. */
export interface BatchFiles {
  readonly add: (records: StagedRecords, resume: Json | undefined) => void;
  /** Nothing was added since the last {@link BatchFiles.take}. */
  readonly is_empty: () => boolean;
  /** Whether {@link BatchFiles.take} must be called before the memory of the records is used again. */
  readonly isBorrowing: () => boolean;
  /** Bytes collected since then. */
  readonly bytes: () => number;
  /** A file of what was collected so far; undefined when nothing was added. */
  readonly take: () => Batch | undefined;
  /** Forgets what was collected and not taken, and holds no memory until more is added. */
  readonly discard: () => void;
}

/**
 * Makes the collector for one resource. `name` must be unique in the folder. Rows of different columns are
 * never collected together.
 */
export function createBatchFiles(folder: string, name: string): BatchFiles {
  let serial = 0;
  let count = 0;
  let columns: readonly ColumnData['column'][] = [];
  let rejects: Reject[] = [];
  let last: Json | undefined;
  let touched = false;
  let pieces = createParquetPieces();

  const empty = (): void => {
    pieces.clear();
    count = 0;
    rejects = [];
    touched = false;
  };

  return {
    add: (records, resume) => {
      if (records.count > 0) {
        columns = records.columns.map(({ column }) => column);
        pieces.add(records.columns, records.count);
      }
      count += records.count;
      // One at a time: a call takes no hundred thousand arguments.
      for (const reject of records.rejects) rejects.push(reject);
      last = resume;
      touched = true;
    },
    is_empty: () => !touched,
    isBorrowing: () => pieces.isBorrowing(),
    bytes: () => pieces.bytes(),
    take: () => {
      if (!touched) return undefined;
      const file = join(folder, `${name}-${serial++}.parquet`);
      const batch = { file, columns, count, bytes: pieces.bytes(), rejects, resume: last };
      if (count > 0 && columns.length > 0) {
        // A name that is taken, by a link for example, is not written to.
        const fd = openSync(file, 'wx', 0o600);
        try {
          for (const part of pieces.parts()) writeAll(fd, part);
        } finally {
          closeSync(fd);
        }
      }
      empty();
      return batch;
    },
    discard: () => {
      empty();
      pieces = createParquetPieces();
    },
  };
}

/** Writes bytes to the end, however few the system takes at a time. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}
