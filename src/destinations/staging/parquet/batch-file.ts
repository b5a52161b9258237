/**
 * Writes batch files: DuckDB reads one file of some megabytes far faster than single values.
 * In: columns of pages.
 * Out: Parquet files in the temporary folder, each read once and then removed.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../../json.js';
import type { Reject } from '../../../table/column.js';
import type { ColumnData } from '../../../table/column-data.js';
import type { StagedRecords } from '../../destination.js';
import { createParquetPieces } from './parquet.js';

/** A complete file and its content. */
export interface Batch {
  /** Absent without rows or columns. */
  readonly file: string;
  /** In the order of the file's columns. */
  readonly columns: readonly ColumnData['column'][];
  readonly count: number;
  readonly bytes: number;
  readonly rejects: readonly Reject[];
  /** The checkpoint after the last record; undefined within a page. */
  readonly resume: Json | undefined;
}

/** Collects records in memory, and makes one file at a time of them. */
export interface BatchFiles {
  readonly add: (records: StagedRecords, resume: Json | undefined) => void;
  /** Nothing was added since the last {@link BatchFiles.take}. */
  readonly is_empty: () => boolean;
  /** Whether {@link BatchFiles.take} must be called before the memory of the records is reused. */
  readonly isBorrowing: () => boolean;
  /** Bytes collected since then. */
  readonly bytes: () => number;
  /** Writes a file of the collected records; undefined when nothing was added. */
  readonly take: () => Batch | undefined;
  /** Forgets collected records that were not taken, and holds no memory until more are added. */
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
      // One at a time: a call cannot take a hundred thousand arguments.
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
        // An existing name, a link for example, is not written to.
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
