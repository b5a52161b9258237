/** Whether the staged rows are all that the server has. Pure. */
import type { Completeness } from '../../events.js';

/** The two sides of the comparison. */
export interface Evidence {
  readonly rows: number;
  /** Different keys among the staged rows; null when the list has no key. */
  readonly distinct_keys: number | null;
  /** Rows without a key that can be read. */
  readonly keyless_rows: number;
  /** Rows that the server counts at the end, under the same conditions; null when it does not count. */
  readonly rows_expected: number | null;
  /** Rows moved between pages while they were read. */
  readonly moved: boolean;
}

/** Rows that are certainly different, as far as keys tell; without a key, all of them. */
export function differentRows({
  rows,
  distinct_keys,
  keyless_rows,
}: Pick<Evidence, 'rows' | 'distinct_keys' | 'keyless_rows'>): number {
  return distinct_keys === null ? rows : distinct_keys + keyless_rows;
}

/**
 * Compares the two sides. `proved`: as many different keys as the server counts. `changed_while_reading`:
 * more than it counts now, so rows were deleted after they were read, or rows moved between pages.
 * `incomplete`: fewer. `not_provable`: no count, or rows that no key tells apart.
 */
export function completenessOf(evidence: Evidence): Completeness {
  const { rows_expected, keyless_rows, moved } = evidence;
  const have = differentRows(evidence);
  if (rows_expected !== null && have < rows_expected) return 'incomplete';
  if (moved) return 'changed_while_reading';
  if (rows_expected === null) return 'not_provable';
  if (have > rows_expected) return 'changed_while_reading';
  return keyless_rows > 0 ? 'not_provable' : 'proved';
}
