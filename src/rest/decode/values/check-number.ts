/** Does a number, as bytes, fit its column exactly? */

import { latin1, numberEnd } from '../json-bytes.js';
import { decimalOf, exactDecimal, MOST_DIGITS, roundedDigits } from './decimal.js';
import { nearestFloat } from './float.js';
import { refuse, type ScalarCheck, type Verdict } from './verdict.js';

const INT64_MAX = 2n ** 63n - 1n;

const INT64_MIN = -(2n ** 63n);

/**
 * The first and last millisecond that DuckDB turns into a TIMESTAMPTZ exactly: beyond these, its cast rounds
 * (tried, 1.5).
 */
const TIMESTAMP_MS_MAX = 2n ** 53n;

const TIMESTAMP_MS_MIN = -(2n ** 53n);

const isNumberStart = (c: number | undefined): boolean =>
  c === 0x2d || (c !== undefined && c >= 0x30 && c <= 0x39);

/** A whole number between two bounds that only matter beyond `safeDigits` characters. */
function checkWhole(
  b: Uint8Array,
  i: number,
  verdict: Verdict,
  min: bigint,
  max: bigint,
  safeDigits: number,
  what: string,
): number {
  if (!isNumberStart(b[i])) return refuse(b, i, verdict, `not a whole number for ${what}`);
  const end = numberEnd(b, i);
  if (end < 0) {
    const exact = wholeValue(latin1(b, i, -end));
    if (exact === undefined) return refuse(b, i, verdict, `a fraction for ${what}`);
    if (exact < min || exact > max) return refuse(b, i, verdict, `out of range for ${what}`);
    verdict.replacement = Buffer.from(String(exact));
    return -end;
  }
  if (end - i <= safeDigits) return end;
  const value = BigInt(latin1(b, i, end));
  return value < min || value > max ? refuse(b, i, verdict, `out of range for ${what}`) : end;
}

/**
 * `3.0` and `1e3` are whole numbers in another spelling; `1.5` is not. Exact, and never longer than
 * necessary.
 */
function wholeValue(text: string): bigint | undefined {
  const { digits, point } = decimalOf(text);
  if (digits === '') return 0n;
  if (digits.length > point) return undefined;
  // A number with this many digits is out of every range, so its exact value does not matter.
  const value = point > 40 ? 10n ** 40n : BigInt(digits.padEnd(point, '0'));
  return text.startsWith('-') ? -value : value;
}

/**
 * Whether a double equals the sent number exactly: printed with the same digits, or with the fewest digits
 * that identify it, it is the same.
 */
export function doubleHolds(text: string): boolean {
  const value = Number(text);
  const shortest = String(value);
  // Nearly all numbers have JavaScript's own spelling: the fewest digits that identify the double.
  if (shortest === text) return true;
  if (!Number.isFinite(value)) return false;
  const sent = decimalOf(text).digits;
  const count = sent.length;
  // Fifteen digits always survive a double that is not subnormal or zero by underflow.
  if (value === 0) return count === 0;
  if (count <= 15 && Math.abs(value) > 1e-300) return true;
  if (count > MOST_DIGITS) return false;
  if (decimalOf(shortest).digits === sent) return true;
  // JavaScript prints at most a hundred digits.
  return count > 100
    ? roundedDigits(exactDecimal(value), count) === sent
    : decimalOf(value.toExponential(count - 1)).digits === sent;
}

/** A short number can still be too large: `1e999`. Only an exponent makes that possible. */
function doubleInRange(b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if ((b[i]! | 0x20) === 0x65) return doubleHolds(latin1(b, from, to));
  return true;
}

/** BIGINT: any whole number of 64 bits, in any spelling. */
export const checkBigint: ScalarCheck = (b, i, verdict) =>
  checkWhole(b, i, verdict, INT64_MIN, INT64_MAX, 18, 'BIGINT');

/** TIMESTAMPTZ: epoch milliseconds that DuckDB converts exactly. */
export const checkTimestamp: ScalarCheck = (b, i, verdict) => {
  const what = 'TIMESTAMPTZ, which is read from epoch milliseconds';
  return checkWhole(b, i, verdict, TIMESTAMP_MS_MIN, TIMESTAMP_MS_MAX, 15, what);
};

/** DOUBLE: a number that a double holds with all its digits. */
export const checkDouble: ScalarCheck = (b, i, verdict) => {
  if (!isNumberStart(b[i])) return refuse(b, i, verdict, 'not a number for DOUBLE');
  const end = Math.abs(numberEnd(b, i));
  if (end - i > 15 && !doubleHolds(latin1(b, i, end)))
    return refuse(b, i, verdict, 'more digits than DOUBLE holds');
  if (end - i <= 15 && end - i > 4 && !doubleInRange(b, i, end))
    return refuse(b, i, verdict, 'out of range for DOUBLE');
  return end;
};

/** FLOAT: any number that is not too large. Vectors are single precision by nature: they are rounded. */
export const checkFloat: ScalarCheck = (b, i, verdict) => {
  if (!isNumberStart(b[i])) return refuse(b, i, verdict, 'not a number for FLOAT');
  const end = Math.abs(numberEnd(b, i));
  if (!Number.isFinite(nearestFloat(Number(latin1(b, i, end)), b, i, end)))
    return refuse(b, i, verdict, 'out of range for FLOAT');
  return end;
};

/** Whether BIGINT holds a number without a point or an exponent. */
export function isBigint(b: Uint8Array, from: number, to: number): boolean {
  if (to - from <= 18) return true;
  // The smallest one has nineteen digits and a sign.
  if (to - from > 20) return false;
  const value = BigInt(latin1(b, from, to));
  return value >= INT64_MIN && value <= INT64_MAX;
}
