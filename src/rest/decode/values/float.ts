/** The FLOAT nearest to a number as it was sent. */

import { latin1 } from '../json-bytes.js';
import { compareDecimals, decimalOf, exactDecimal } from './decimal.js';

/** The largest finite FLOAT. */
const LARGEST = 2 ** 128 - 2 ** 104;
/** Halfway between {@link LARGEST} and the next power of two: from here on a number is too large. */
const OVERFLOW = 2 ** 128 - 2 ** 103;

/**
 * The FLOAT nearest to the JSON number at `[from, to)`, of which `double` is the nearest double; infinite
 * where the number is too large. Rounding the double again is right, except where the double is exactly
 * halfway between two FLOATs: there the sent digits decide, and the even FLOAT is taken only if they are
 * halfway as well.
 */
export function nearestFloat(double: number, b: Uint8Array, from: number, to: number): number {
  const nearest = Math.fround(double);
  if (nearest === double) return nearest;
  const isTooLarge = !Number.isFinite(nearest);
  // A double has 29 bits more than a FLOAT, so the distance and the number at that distance on the other side
  // are exact.
  const neighbour = isTooLarge ? Math.sign(double) * LARGEST : double + (double - nearest);
  const isHalfway = isTooLarge ? Math.abs(double) === OVERFLOW : Math.fround(neighbour) === neighbour;
  if (!isHalfway) return nearest;
  const order = compareDecimals(decimalOf(latin1(b, from, to)), exactDecimal(double));
  if (order === 0) return nearest;
  const isNearestLarger = Math.abs(nearest) > Math.abs(neighbour);
  return order > 0 === isNearestLarger ? nearest : neighbour;
}
