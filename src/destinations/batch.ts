/** Batch files: records on their way into DuckDB, which reads one file of some megabytes far faster than a value at a time. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../json.js';
import type { Reject } from '../target.js';
import type { StagedRecords } from './destination.js';

/** A file that is complete, and what is in it. */
export interface Batch {
  readonly file: string;
  readonly count: number;
  readonly bytes: number;
  readonly longest_bytes: number;
  readonly rejects: readonly Reject[];
  /** How to go on after the last record. */
  readonly resume: Json;
}

/** Collects records into one file at a time. */
export interface BatchFiles {
  readonly add: (records: StagedRecords, resume: Json) => void;
  /** Bytes collected since the last {@link BatchFiles.take}. */
  readonly bytes: () => number;
  /** The file collected so far, closed; undefined when nothing was added. */
  readonly take: () => Batch | undefined;
  /** Removes what was collected and not taken. */
  readonly discard: () => void;
}

/** Makes the collector for one resource. `name` must be unique in the folder. */
export function createBatchFiles(folder: string, name: string): BatchFiles {
  let serial = 0;
  let fd: number | undefined;
  let file = '';
  let count = 0;
  let bytes = 0;
  let longest = 0;
  let rejects: Reject[] = [];
  let last: Json = null;
  let touched = false;

  const reset = (): void => {
    fd = undefined;
    count = 0;
    bytes = 0;
    longest = 0;
    rejects = [];
    touched = false;
  };

  return {
    add: (records, resume) => {
      if (fd === undefined) {
        file = join(folder, `${name}-${serial++}.json`);
        fd = openSync(file, 'w', 0o600);
      }
      writeAll(fd, Buffer.from(count === 0 ? '[' : ','), records.count);
      writeAll(fd, records.records, records.count);
      count += records.count;
      bytes += records.records.length;
      longest = Math.max(longest, records.longest_bytes);
      rejects.push(...records.rejects);
      last = resume;
      touched = true;
    },
    bytes: () => bytes,
    take: () => {
      if (!touched || fd === undefined) return undefined;
      writeAll(fd, Buffer.from(count === 0 ? '[]' : ']'), 1);
      closeSync(fd);
      const batch = { file, count, bytes, longest_bytes: longest, rejects, resume: last };
      reset();
      return batch;
    },
    discard: () => {
      if (fd === undefined) return;
      closeSync(fd);
      rmSync(file, { force: true });
      reset();
    },
  };
}

/** Writes bytes to the end, however few the system takes at a time; nothing for a page without records. */
function writeAll(fd: number, bytes: Uint8Array, count: number): void {
  if (count === 0) return;
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}
