/** Events of a running load, and the report that it returns. */
import type { ErrorReport } from './errors.js';
import type { WriteDisposition } from './table/column.js';
import type { Mask } from './table/mask.js';
import type { HistoryGap, HistoryKept } from './table/watermark.js';

/**
 * Whether a resource's rows are all that the server has, as far as that can be verified. `limited`: the rows
 * up to the limit of its config are proved, and the server has more.
 */
export type Completeness = 'proved' | 'limited' | 'not_provable' | 'changed_while_reading' | 'incomplete';

/** One difference between a table before and after a load. */
export interface SchemaChange {
  readonly change:
    | 'column_added'
    | 'column_removed'
    | 'column_retyped'
    | 'table_renamed'
    | 'table_moved_aside';
  /** The column's name at the source, or the table's former name. */
  readonly name: string;
  /** Types, or names of tables. */
  readonly from: string | null;
  readonly to: string | null;
}

/** A column, or a path in its values (`items[].price`), that stays JSON though another type was asked for. */
export interface LeftAsJson {
  readonly column: string;
  readonly reason: string;
}

/** A name that the destination cannot hold as it is: too long, or taken by the destination. */
export interface ChangedName {
  readonly of: 'schema' | 'table' | 'column';
  /** As every other kind of destination has it. */
  readonly from: string;
  /** The name in this destination. */
  readonly to: string;
}

/** A table made of the lists in another table's rows. */
export interface ChildTable {
  /** Its name, in the same schema. */
  readonly table: string;
  readonly rows: number;
}

/** Parent records whose lists gave no rows. */
export interface ParentsLeft {
  readonly count: number;
  /** The first few: the bound columns with their values as JSON texts, and the error. */
  readonly first: readonly {
    readonly parent: Readonly<Record<string, string>>;
    readonly error: ErrorReport;
  }[];
}

/** The result of one resource. */
export interface ResourceReport {
  readonly resource: string;
  /** `schema.table` in the destination. */
  readonly target: string;
  readonly status: 'loaded' | 'failed' | 'skipped';
  readonly write_disposition: WriteDisposition;
  readonly completeness: Completeness | null;
  /** Rows that the server counts under the conditions that were read with; null when it does not count. */
  readonly rows_expected: number | null;
  readonly rows_read: number;
  readonly rows_written: number;
  /**
   * Rows of the previous load that are gone at the source: replaced, marked in `_xano_deleted_at`, or
   * removed.
   */
  readonly rows_deleted: number;
  /** Rows in the table now; null when it was not written. */
  readonly rows_total: number | null;
  /** Values that did not fit their column: the row has NULL there, and `_xano.rejects` has the value. */
  readonly values_rejected: number;
  readonly columns_added: readonly string[];
  /** How the table differs from the previous load's. */
  readonly schema_changes: readonly SchemaChange[];
  /**
   * Rows that share their key with another row; the last row of each key is loaded. Absent when there were
   * none.
   */
  readonly rows_same_key?: number;
  /** With `nested: struct` or `flatten`: values that could not be stored exactly in that form. */
  readonly left_as_json?: readonly LeftAsJson[];
  /** With `flatten`: the tables made of its rows' lists. */
  readonly child_tables?: readonly ChildTable[];
  /**
   * Names that the destination cannot hold as they are: those of the table, of its schema and columns, and of
   * the tables of its lists. Absent when there are none.
   */
  readonly names_changed?: readonly ChangedName[];
  /** Columns that are not loaded: passwords, and those that the load excludes. */
  readonly columns_excluded: readonly string[];
  /** Columns whose values are stored masked, each with its mask. Absent when there are none. */
  readonly columns_masked?: Readonly<Record<string, Mask>>;
  /** The pagination that pages were read with in the end. */
  readonly read_by: string;
  readonly requests: number;
  readonly pages: number;
  readonly bytes: number;
  readonly duration_ms: number;
  /** Waits before requests, by their reason. Absent when there were none. */
  readonly waits?: readonly WaitTotal[];
  /** True when the load continued after rows that an interrupted load had staged. */
  readonly resumed: boolean;
  /**
   * Staged rows of a load that did not finish; the next one continues after them. Absent when there are none.
   */
  readonly rows_kept?: number;
  /**
   * With `parent`: records whose lists could not be read. Their rows are missing, so `completeness` is
   * `incomplete`. Absent when there were none.
   */
  readonly parents_not_read?: ParentsLeft;
  /** With `parent`: records that have no list (status 404 or 410). Absent when there were none. */
  readonly parents_without_list?: ParentsLeft;
  /** With `parent`: records without a value to bind. Absent when there were none. */
  readonly parents_unbound?: number;
  /** Of a history: how much of it is kept. */
  readonly history?: HistoryKept;
  readonly error?: ErrorReport;
}

/** Waits of a resource for one reason. */
export interface WaitTotal {
  readonly kind: 'rate_limit' | 'retry' | 'token';
  /** A sentence or a part of one. */
  readonly reason: string;
  readonly times: number;
  /** Milliseconds. Requests wait side by side, so it may exceed the duration. */
  readonly wait_ms: number;
}

/** The result of one load. */
export interface LoadReport {
  readonly load_id: string;
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly finished_at: string;
  readonly status: 'loaded' | 'partial' | 'failed' | 'interrupted';
  readonly destination: string;
  readonly requests: number;
  /** Bytes of answers, after decompression. */
  readonly bytes: number;
  readonly resources: readonly ResourceReport[];
  /**
   * Tables of earlier loads that no longer exist at the source, as `schema.table`; they stay as they were.
   * Only known when all tables are loaded.
   */
  readonly gone: readonly string[];
}

/** A wait that Xano, or a failed request, made a load take. */
export interface ProgressWait {
  readonly kind: 'rate_limit' | 'retry';
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly until: string;
}

/** How far one table of a load is. */
export interface TableProgress {
  readonly resource: string;
  /** `pending`: the load has not begun to read it. */
  readonly state: 'pending' | 'reading' | ResourceReport['status'];
  /** Rows so far, with those that an interrupted load had staged. */
  readonly rows_read: number;
  /** Rows that the server counts; null where it does not count, or has not been asked yet. */
  readonly rows_expected: number | null;
  /** Rows that an interrupted load had staged. */
  readonly rows_resumed: number;
  /** Ranges of keys that the load has read again, because the server counted other rows in them. */
  readonly ranges_read_again: number;
  /** The newest wait; null once the load has gone on. */
  readonly wait: ProgressWait | null;
  /** ISO 8601, UTC; null before the load reads the table. */
  readonly started_at: string | null;
  /** The result; null until there is one. */
  readonly result:
    | (Pick<ResourceReport, 'target' | 'completeness' | 'rows_total' | 'duration_ms'> & {
        /** Its code may be one of a newer version. */
        readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
      })
    | null;
}

/** How far a load is, as its events tell. */
export interface LoadProgress {
  readonly load_id: string;
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly status: 'running' | LoadReport['status'];
  /** In the order of the load's configs. */
  readonly tables: readonly TableProgress[];
  /** The newest wait of a request that belongs to no table. */
  readonly wait: ProgressWait | null;
}

/** An event of a running load. Everything is plain data; exactly one `load_finished` comes last. */
export type LoadEvent =
  | {
      readonly type: 'load_started';
      readonly load_id: string;
      readonly destination: string;
      readonly resources: readonly string[];
    }
  | {
      readonly type: 'staging_set_aside';
      /**
       * The staging file, and its new name: it was damaged, or not made by a load. Its rows are read again.
       */
      readonly file: string;
      readonly moved_to: string;
      readonly reason: string;
    }
  | { readonly type: 'resource_started'; readonly resource: string; readonly resumed_rows: number }
  | {
      readonly type: 'page_read';
      readonly resource: string;
      readonly rows_read: number;
      readonly rows_expected: number | null;
      readonly bytes: number;
    }
  | {
      readonly type: 'waiting';
      readonly resource: string | null;
      readonly kind: 'rate_limit' | 'retry' | 'token';
      readonly wait_ms: number;
      readonly reason: string;
    }
  | {
      readonly type: 'column_added';
      readonly resource: string;
      readonly column: string;
      readonly column_type: string;
    }
  | {
      readonly type: 'detected';
      readonly resource: string;
      /** Empty when the answer itself is the list. */
      readonly data_selector: string;
      /** The pagination's type. */
      readonly pagination: string;
      readonly reason: string;
    }
  | {
      readonly type: 'read_differently';
      readonly resource: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | {
      readonly type: 'renamed';
      readonly resource: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | {
      readonly type: 'names_changed';
      readonly resource: string;
      readonly names: readonly ChangedName[];
    }
  | { readonly type: 'page_size_limited'; readonly resource: string; readonly page_size: number }
  | {
      readonly type: 'read_again';
      readonly resource: string;
      /** Of one range of keys: rows that the server counts, and rows held before it is read again. */
      readonly rows_expected: number;
      readonly rows_held: number;
    }
  | {
      readonly type: 'parent_not_read';
      readonly resource: string;
      /** The bound columns of the parent, with their values as JSON texts. */
      readonly parent: Readonly<Record<string, string>>;
      readonly error: ErrorReport;
    }
  | ({ readonly type: 'left_as_json'; readonly resource: string } & LeftAsJson)
  | ({ readonly type: 'schema_changed'; readonly resource: string } & SchemaChange)
  /** Rows of a history may be missing: the source forgot some before this load came. */
  | ({ readonly type: 'history_gap'; readonly resource: string; readonly reason: string } & HistoryGap)
  | {
      readonly type: 'resource_gone';
      readonly resource: string;
      readonly target: string;
      readonly rows: number;
      readonly loaded_at: string;
    }
  | { readonly type: 'resource_finished'; readonly report: ResourceReport }
  | { readonly type: 'not_recorded'; readonly reason: string }
  | { readonly type: 'load_finished'; readonly report: LoadReport };
