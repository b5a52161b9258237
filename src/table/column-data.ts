/**
 * A column's values of several rows as bytes that a database reads without parsing: laid out as Parquet's
 * plain encoding lays them out.
 */
import type { Column } from './column.js';

/**
 * The values of one column, one after the other, as they were sent: BIGINT and TIMESTAMPTZ (epoch
 * milliseconds) are eight bytes, the lowest first, as is DOUBLE; FLOAT is four of them, DATE the days since
 * 1970 in four; BOOLEAN a bit, the lowest first; any other is its length in four bytes and then itself in
 * UTF-8, without quotes and escapes, but for JSON, which is as it was sent. What is null has no bytes.
 */
export interface ColumnData {
  readonly column: Pick<Column, 'name' | 'type' | 'list' | 'list_of_vectors'>;
  readonly values: Uint8Array;
  /** How many rows; of a list how many elements, and one more for each list of none. */
  readonly entries: number;
  /** Which entries are null, in ascending order; nothing is said of lists here. */
  readonly nulls: Uint32Array;
  /**
   * Of a list, for each entry: its {@link LEVEL}, and 4 more where it is not the first of its list. Of a list
   * of vectors: its {@link VECTOR_LEVEL}. Of anything else nothing.
   */
  readonly levels: Uint8Array;
}

/** What an entry of a list is. */
export const LEVEL = { no_list: 0, no_elements: 1, null_element: 2, element: 3, goes_on: 4 } as const;

/**
 * What an entry of a list of vectors is, in its lowest three bits; above them, what it continues: its list
 * with a vector more, or its vector with a number more. Parquet calls the first its definition level and the
 * second its repetition level. Definition level 3 would be a vector of no numbers, which is NULL here.
 */
export const VECTOR_LEVEL = {
  no_list: 0,
  no_vectors: 1,
  null_vector: 2,
  null_number: 4,
  number: 5,
  next_vector: 8,
  next_number: 16,
} as const;
