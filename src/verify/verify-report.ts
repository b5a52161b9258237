/** What a comparison of a destination with its source finds. */
import type { ErrorReport } from '../errors.js';

/**
 * `same`: nothing differs. `behind`: the source has changed since the load. `wrong`: the destination differs
 * from what was loaded. `not_provable`: rows differ and nothing tells why, or the table cannot be compared.
 */
export type VerifiedState = 'same' | 'behind' | 'wrong' | 'not_provable';

/** Why a row differs: it changed at the source since the load, the destination is wrong, or nobody knows. */
export type Cause = 'changed_at_source' | 'wrong' | 'unknown';

/** One row that differs. */
export interface RowDifference {
  /** The key as text; null for a row without one. */
  readonly key: string | null;
  /**
   * `missing`: only the source has it. `extra`: only the destination has it. `duplicate`: the destination has
   * it several times. `changed`: values differ.
   */
  readonly kind: 'missing' | 'extra' | 'duplicate' | 'changed';
  readonly cause: Cause;
  /** With `changed`: the columns that differ. Masked columns have no values. */
  readonly columns?: readonly ColumnDifference[];
}

/** A value that differs, each as JSON text of at most a hundred characters. Absent for a masked column. */
export interface ColumnDifference {
  readonly name: string;
  readonly destination?: string;
  readonly source?: string;
}

/** What changed at the source since the load began. */
export interface ChangedSince {
  readonly added: number;
  readonly removed: number;
  /** Null where no column tells when rows change. */
  readonly updated: number | null;
}

/** One table. */
export interface VerifiedTable {
  readonly resource: string;
  /** `schema.table` in the destination; null where the destination does not have it. */
  readonly target: string | null;
  readonly state: VerifiedState;
  /** Rows in the destination, without those that are marked as deleted; null where nobody counted. */
  readonly rows: number | null;
  /** Rows that the source counts now under the conditions of the load; null where it does not count. */
  readonly rows_source: number | null;
  readonly changed_since: ChangedSince;
  /** Rows that are wrong, of whatever kind. */
  readonly rows_wrong: number;
  /** Rows that differ and nothing tells why. */
  readonly rows_unknown: number;
  /** Rows whose values were compared. */
  readonly values_compared: number;
  /** The first rows that differ. */
  readonly differences: readonly RowDifference[];
  /** Columns that were not compared, and why. */
  readonly columns_skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Sentences: how it was decided, or why it could not be. */
  readonly reasons: readonly string[];
  readonly requests: number;
  readonly error?: ErrorReport;
}

/** The comparison of a destination. */
export interface VerifyReport {
  readonly destination: string;
  /** ISO 8601, UTC. */
  readonly verified_at: string;
  /** Chooses the rows whose values are compared: the same seed chooses the same rows of the same tables. */
  readonly seed: number;
  /** How many rows a table, beside those of one range. */
  readonly values: number;
  readonly requests: number;
  readonly tables: readonly VerifiedTable[];
}

/** Whether somebody has to look: rows are wrong, or differ and nothing tells why, or could not be read. */
export const needsAttention = ({ state, rows_wrong, rows_unknown, error }: VerifiedTable): boolean =>
  state === 'wrong' || rows_wrong + rows_unknown > 0 || error !== undefined;
