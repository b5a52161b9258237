/** The schema of a list's records, as far as it is known before they are read. */
import type { Column } from '../../table/column.js';
import type { SingleRecord } from './answer/single-record.js';
import type { MaskValue } from './values/mask-value.js';

/** What is known of the records before they are read. */
export interface RecordShape {
  readonly columns: readonly ShapeColumn[];
  /** The column whose value identifies and orders records, if any. */
  readonly key?: string | undefined;
  /** Columns that are not loaded (a password hash must not even reach a temporary file). */
  readonly excluded: readonly string[];
  /**
   * Members that every record gets, in columns of `columns`; the record's own member of such a name is
   * ignored.
   */
  readonly constants?: readonly Constant[] | undefined;
  /** Names of members to look for: the result tells which of them any record has, even with null. */
  readonly wanted?: readonly string[] | undefined;
  /** Whether an object in the list's position is itself a record. Default never. */
  readonly single?: SingleRecord | undefined;
}

/** The same value in every record. */
export interface Constant {
  readonly name: string;
  /** JSON text that fits the column. */
  readonly json: string;
}

/**
 * A column, and whether its type was declared (values that do not fit become rejects) or guessed from rows
 * (the guess becomes JSON).
 */
export interface ShapeColumn extends Column {
  readonly inferred: boolean;
  /** Present: values are stored as this makes them, and never as sent. */
  readonly maskValue?: MaskValue | undefined;
}

/** The index of a member without a column: it is reported unless it is null. */
export const UNKNOWN = -1;

/** The index of a member that is ignored. */
export const IGNORED = -2;

/** A key of records with the same spelling. */
export interface SpelledMember {
  /** The column's index among all columns, or {@link UNKNOWN}, or {@link IGNORED}. */
  readonly column_index: number;
  /** The key with its quotes. */
  readonly spelled: Uint8Array;
}
