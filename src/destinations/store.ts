/**
 * Reading back what loads wrote, whatever kind of target it is. Commands, and programs that use the library,
 * see loaded data through this.
 */
import type { SchemaTable } from '../table/schema.js';
import type { HistoryOptions, PastLoad } from './reader/history.js';
import type { RunningQuery } from './reader/query.js';
import type { QueryOptions } from './reader/query-place.js';
import type { SchemaOptions } from './reader/schema.js';
import type { FileStatus, StatusOptions } from './reader/status.js';

/**
 * A loaded target, to be read. Nothing in it is changed. A place is held only while a call runs. Calls throw
 * DATABASE_LOCKED, and
 * DATABASE_FAILED where nothing was loaded.
 */
export interface Store {
  /** How people call it, without secrets. */
  readonly label: string;
  /** Tables with their age and completeness, past loads, and rows that wait in staging. */
  readonly status: (options?: StatusOptions) => Promise<FileStatus>;
  /** Tables and columns. */
  readonly schema: (options?: SchemaOptions) => Promise<SchemaTable[]>;
  /** Past loads, the newest first. */
  readonly history: (options?: HistoryOptions) => Promise<PastLoad[]>;
  /**
   * Runs one query, read-only, and hands its rows on as they come. The place is held until `use` is done.
   * Throws QUERY_FAILED or
   * INTERRUPTED as well.
   */
  readonly query: <T>(
    sql: string,
    use: (query: RunningQuery) => Promise<T>,
    options?: QueryOptions,
  ) => Promise<T>;
  /**
   * Runs one query as well, and gives its rows as a Parquet file, and their number; the file is removed when
   * `use` is done. The place is released before.
   */
  readonly parquet: <T>(
    sql: string,
    use: (file: string, rows: number) => Promise<T>,
    options?: QueryOptions,
  ) => Promise<T>;
  readonly close: () => Promise<void>;
}
