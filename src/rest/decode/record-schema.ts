/** What is known of a list's records before they are read. */
import type { Column } from '../../table/column.js';
import type { SingleRecord } from './answer/single-record.js';

/** What is known of the records before they are read. */
export interface RecordShape {
  readonly columns: readonly ShapeColumn[];
  /** The column whose value identifies and orders records, if any. */
  readonly key?: string | undefined;
  /** Columns that are not to be loaded (a password hash must not even reach a temporary file). */
  readonly excluded: readonly string[];
  /**
   * Members that every record gets, of columns among those above; one of the record's own under such a name
   * is read by nobody.
   */
  readonly constants?: readonly Constant[] | undefined;
  /** Names of members of which it is to be told whether any record has them, be it with null. */
  readonly wanted?: readonly string[] | undefined;
  /** Whether an object where the list would be is a record itself. Default never. */
  readonly single?: SingleRecord | undefined;
}

/** The same value in every record. */
export interface Constant {
  readonly name: string;
  /** JSON text that fits the column. */
  readonly json: string;
}

/**
 * A column, and whether its type was told (values that do not fit are kept aside) or guessed from rows (the
 * guess gives way).
 */
export interface ShapeColumn extends Column {
  readonly inferred: boolean;
}

/** The index of a member that has no column: it says nothing only as long as it is null. */
export const UNKNOWN = -1;

/** The index of a member that nobody reads. */
export const IGNORED = -2;

/** A key of the records that are spelled alike. */
export interface SpelledMember {
  /** The column's index among all columns, or {@link UNKNOWN}, or {@link IGNORED}. */
  readonly column_index: number;
  /** The key with its quotes. */
  readonly spelled: Uint8Array;
}
