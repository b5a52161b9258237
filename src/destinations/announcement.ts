/**
 * How far the load into a target is, for other programs of this user: a small file in the load's temporary
 * folder, which is there as long as the load runs. DuckDB locks the staging file, so nobody could look there.
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import type { LoadProgress } from '../events.js';
import { THIS_COMPUTER } from './engine/processes.js';

/** The file's name in the temporary folder. */
export const ANNOUNCEMENT = 'progress.json';

/** The content of the file. */
export interface Announcement {
  /** A killed load leaves its file: it counts only while this process of this computer runs. */
  readonly computer: string;
  readonly process: number;
  readonly progress: LoadProgress;
}

/** Writes the file. */
export interface Announcer {
  readonly announce: (current: () => LoadProgress) => void;
  /** Resolves when nothing is written any more. */
  readonly close: () => Promise<void>;
}

/** The least time between two writes: a person sees no difference. Milliseconds. */
const EVERY_MS = 200;

/**
 * Makes the writer of a folder that exists. A file that cannot be written is left out: the load matters more.
 */
export function createAnnouncer(folder: string, now: () => number): Announcer {
  let newest: (() => LoadProgress) | undefined;
  let written_at = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const write = async (progress: LoadProgress): Promise<void> => {
    const announcement: Announcement = { computer: THIS_COMPUTER, process: pid, progress };
    const file = join(folder, ANNOUNCEMENT);
    try {
      // A reader sees the file before or after, never a part of it.
      await writeFile(`${file}.new`, JSON.stringify(announcement), { mode: 0o600 });
      await rename(`${file}.new`, file);
    } catch {
      // The disk may be full, which the load itself will find out.
    }
  };
  const next = (): void => {
    if (isClosed || newest === undefined || writing !== undefined || timer !== undefined) return;
    const wait_ms = written_at + EVERY_MS - now();
    if (wait_ms > 0) {
      timer = setTimeout(() => {
        timer = undefined;
        next();
      }, wait_ms);
      timer.unref();
      return;
    }
    const progress = newest();
    newest = undefined;
    written_at = now();
    writing = write(progress).then(() => {
      writing = undefined;
      next();
    });
  };
  return {
    announce: (current) => {
      newest = current;
      next();
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await writing;
    },
  };
}
