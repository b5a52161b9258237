/**
 * The files of a Parquet folder, wherever they are kept: in the folder itself, or in a bucket that the folder
 * mirrors. Paths are those in the folder.
 */
import { removeUnless, writeFile } from './write-files.js';

/** Writes a new file at another path, from where it is taken. */
export type WriteBeside = (beside: string) => Promise<unknown>;

/** What becomes of files. Every member throws DATABASE_FAILED in words about the place. */
export interface FolderFiles {
  /** Whether the state of a table whose rows stay may be in a file beside it. */
  readonly has_state_beside: boolean;
  /** Brings names, footers and state up to date, before the folder is listed. */
  readonly look: () => Promise<void>;
  /** Brings the rows of these files: until then, only a footer need be there. */
  readonly fetch: (paths: readonly string[]) => Promise<void>;
  /** Whether the rows of a file are there. */
  readonly isFetched: (path: string) => boolean;
  /**
   * Writes a file by way of another one: readers see the old one or the new one, whole. Throws
   * DATABASE_LOCKED where somebody else has written it since it was looked at.
   */
  readonly write: (path: string, beside: string, write: WriteBeside) => Promise<void>;
  /**
   * Writes a file that loads into other datasets write as well. `takeIn` takes over what they wrote since,
   * which is at the path then; `write` runs again after it.
   */
  readonly share: (
    path: string,
    beside: string,
    write: WriteBeside,
    takeIn: () => Promise<void>,
  ) => Promise<void>;
  /** Removes a file that a load wrote, unless it is another name of one that stays. */
  readonly remove: (path: string, stays: readonly string[]) => Promise<void>;
  /** Removes a file that no table names, unless a load on another machine may be about to name it. */
  readonly sweep: (path: string) => Promise<void>;
}

/** Of a folder on this computer. One load at a time writes to it. */
export const FILES_ON_DISK: FolderFiles = {
  has_state_beside: true,
  look: async () => {},
  fetch: async () => {},
  isFetched: () => true,
  write: writeFile,
  share: writeFile,
  remove: async (path, stays) => removeUnless(path, stays),
  sweep: async (path) => removeUnless(path, []),
};
