/** Does what was staged agree with what the server says there is? Pure. */
import type { Completeness } from '../events.js';

/** The two sides of the comparison. */
export interface Evidence {
  readonly rows: number;
  /** Different keys among the staged rows; null when the list has no key. */
  readonly distinct_keys: number | null;
  /** What the server counts at the end, under the same conditions; null when it does not count. */
  readonly rows_expected: number | null;
}

/**
 * Judges a reading. `proved`: as many different keys as the server counts. `changed_while_reading`: more than it counts now,
 * so rows were deleted after they were read. `incomplete`: fewer. `not_provable`: no count, or no key to tell rows apart by.
 */
export function judge({ rows, distinct_keys, rows_expected }: Evidence): Completeness {
  if (rows_expected === null) return 'not_provable';
  const have = distinct_keys ?? rows;
  if (have < rows_expected) return 'incomplete';
  if (have > rows_expected) return 'changed_while_reading';
  return distinct_keys === null && rows > 0 ? 'not_provable' : 'proved';
}
