/** What a running load says, and what it returns. */
import type { ErrorReport } from './errors.js';

/** What is proved of a resource's rows. */
export type Completeness = 'proved' | 'not_provable' | 'changed_while_reading' | 'incomplete';

/** What became of one resource. */
export interface ResourceReport {
  readonly resource: string;
  /** `schema.table` in the destination. */
  readonly target: string;
  readonly status: 'loaded' | 'failed' | 'skipped';
  readonly completeness: Completeness | null;
  /** Rows the server counts, by the same conditions as were read; null when it does not count. */
  readonly rows_expected: number | null;
  readonly rows_read: number;
  readonly rows_written: number;
  readonly rows_deleted: number;
  /** Values that did not fit their column: the row has NULL there, the value is in `_xano.rejects`. */
  readonly values_rejected: number;
  readonly columns_added: readonly string[];
  /** Columns that are never loaded, such as passwords. */
  readonly columns_left_out: readonly string[];
  /** How pages were asked for, when it was not as the config says. */
  readonly read_by: string;
  readonly requests: number;
  readonly pages: number;
  readonly bytes: number;
  readonly duration_ms: number;
  /** True when rows of an earlier, interrupted load were kept and gone on from. */
  readonly resumed: boolean;
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
}

/** What a load says while it runs. Everything is plain data; exactly one `load_finished` comes last. */
export type LoadEvent =
  | {
      readonly type: 'load_started';
      readonly load_id: string;
      readonly destination: string;
      readonly resources: readonly string[];
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
      readonly reason: 'rate_limit' | 'retry';
      readonly wait_ms: number;
      readonly because: string;
    }
  | {
      readonly type: 'column_added';
      readonly resource: string;
      readonly column: string;
      readonly column_type: string;
    }
  | {
      readonly type: 'read_differently';
      readonly resource: string;
      readonly from: string;
      readonly to: string;
      readonly because: string;
    }
  | {
      readonly type: 'renamed';
      readonly resource: string;
      readonly from: string;
      readonly to: string;
      readonly because: string;
    }
  | { readonly type: 'resource_finished'; readonly report: ResourceReport }
  | { readonly type: 'not_recorded'; readonly because: string }
  | { readonly type: 'load_finished'; readonly report: LoadReport };
