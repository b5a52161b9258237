/** A Parquet folder that is open as a target. */
import type { TargetTools } from '../../target.js';
import type { FolderFiles } from './folder-files.js';
import type { KnownFooters } from './list-tables.js';

/** Where staging lies in the folder, out of the way of readers that take every folder for tables. */
export const STAGING_NAME = '.staging';

/** A folder that is open as a target. */
export interface OpenFolder {
  /** What is on the disk of this computer, in the words of a failure: the folder, or staging for a bucket. */
  readonly on_disk: string;
  /** The folder, or what mirrors the bucket on this computer. */
  readonly folder: string;
  readonly files: FolderFiles;
  /** The database in which a table is published before its file is written. */
  readonly scratch: string;
  readonly tools: TargetTools;
  readonly known: KnownFooters;
}
