/** What a running load says, and what it returns. */
import type { ErrorReport } from './errors.js';
import type { WriteDisposition } from './table/column.js';

/** What is proved of a resource's rows. */
export type Completeness = 'proved' | 'not_provable' | 'changed_while_reading' | 'incomplete';

/** A difference between a table as it was and as it is now. */
export interface SchemaChange {
  readonly change:
    | 'column_added'
    | 'column_removed'
    | 'column_retyped'
    | 'table_renamed'
    | 'table_moved_aside';
  /** The column's name at the source, or the table it was. */
  readonly name: string;
  /** Types, or names of tables. */
  readonly from: string | null;
  readonly to: string | null;
}

/** A column, or a place in its values (`items[].price`), that stays JSON although another type was asked for. */
export interface LeftAsJson {
  readonly column: string;
  readonly reason: string;
}

/** A table of the lists in another one's rows. */
export interface ChildTable {
  /** Its name; it is in the same schema. */
  readonly table: string;
  readonly rows: number;
}

/** Records of another resource whose lists gave no rows. */
export interface ParentsLeft {
  readonly count: number;
  /** A few of them: the bound columns with their values as JSON texts, and what the server said. */
  readonly first: readonly {
    readonly parent: Readonly<Record<string, string>>;
    readonly error: ErrorReport;
  }[];
}

/** What became of one resource. */
export interface ResourceReport {
  readonly resource: string;
  /** `schema.table` in the destination. */
  readonly target: string;
  readonly status: 'loaded' | 'failed' | 'skipped';
  readonly write_disposition: WriteDisposition;
  readonly completeness: Completeness | null;
  /** Rows the server counts, by the same conditions as were read; null when it does not count. */
  readonly rows_expected: number | null;
  readonly rows_read: number;
  readonly rows_written: number;
  /** Rows of the load before that are gone at the source: replaced, marked in `_xano_deleted_at`, or removed. */
  readonly rows_deleted: number;
  /** Rows that the table has now; null where it was not written. */
  readonly rows_total: number | null;
  /** Values that did not fit their column: the row has NULL there, the value is in `_xano.rejects`. */
  readonly values_rejected: number;
  readonly columns_added: readonly string[];
  /** What is otherwise than at the load before. */
  readonly schema_changes: readonly SchemaChange[];
  /** Rows that had the key of another one that was read; of each key the last row is there. Absent where there were none. */
  readonly rows_same_key?: number;
  /** With `nested: struct` or `flatten`: what could not be had exactly. */
  readonly left_as_json?: readonly LeftAsJson[];
  /** With `flatten`: the tables of its rows' lists. */
  readonly child_tables?: readonly ChildTable[];
  /** Columns that are never loaded, such as passwords. */
  readonly columns_excluded: readonly string[];
  /** How pages were asked for, when it was not as the config says. */
  readonly read_by: string;
  readonly requests: number;
  readonly pages: number;
  readonly bytes: number;
  readonly duration_ms: number;
  /** True when rows of an earlier, interrupted load were kept and gone on from. */
  readonly resumed: boolean;
  /** Rows of a load that did not finish, from which the next one continues; absent where there are none. */
  readonly rows_kept?: number;
  /** With `parent`: records whose lists were refused or could not be read. Their rows are missing, and `completeness` is `incomplete`. Absent where there were none. */
  readonly parents_not_read?: ParentsLeft;
  /** With `parent`: records that have no list, by status 404 or 410. Absent where there were none. */
  readonly parents_without_list?: ParentsLeft;
  /** With `parent`: records without a value to bind, which have no list. Absent where there were none. */
  readonly parents_unbound?: number;
  readonly error?: ErrorReport;
}

/** What became of one load. */
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
  /** Tables of earlier loads that are gone at the source, as `schema.table`: they are kept as they were. Only known where all were to be loaded. */
  readonly gone: readonly string[];
}

/** What a load says while it runs. Everything is plain data; exactly one `load_finished` comes last. */
export type LoadEvent =
  | {
      readonly type: 'load_started';
      readonly load_id: string;
      readonly destination: string;
      readonly resources: readonly string[];
    }
  | {
      readonly type: 'staging_set_aside';
      /** The staging file, and what it is called now: it was damaged, or not of a load. Its rows are read again. */
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
      /** Empty: the answer itself is the list. */
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
  | { readonly type: 'page_size_limited'; readonly resource: string; readonly page_size: number }
  | {
      readonly type: 'read_again';
      readonly resource: string;
      /** Of one range of keys: what the server counts, and what was held before it was read again. */
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
