/** What the programs are told that publish rows, and what they tell. */
import type { Column } from '../../src/table/column.js';

/** The rows that a process publishes, and where. */
export interface PublishTask {
  /** The name of the destination, as `--to` takes it. */
  readonly to: string;
  readonly dataset: string;
  readonly staging_folder: string;
  readonly extension_folder: string | undefined;
  /** Records as NDJSON. */
  readonly file: string;
  readonly rows: number;
  readonly columns: readonly Column[];
  /** So many tables get the same rows, one after the other. */
  readonly tables: number;
  /** The process says `staged`, and publishes when something comes on its standard input. */
  readonly waits: boolean;
}

/** What a process tells as the last line of its output. */
export interface Told {
  /** Of each publication, in their order. */
  readonly seconds: readonly number[];
  /** User and system seconds of the process while it published. */
  readonly cpu_s: number;
  /** The largest resident set of the process, staging included. */
  readonly rss_mb: number;
}

/** What a process told. */
export const toldBy = (stdout: string): Told => JSON.parse(stdout.trim().split('\n').at(-1)!) as Told;
