/**
 * Does a value, as bytes, fit its column exactly? One row per column type; what does not fit is refused with a reason,
 * never rounded, coerced or guessed.
 */
import { isUtf8 } from 'node:buffer';
import { type Column, type ColumnType, isVector } from '../../table/column.js';
import { decimalOf, exactDecimal, MOST_DIGITS, roundedDigits } from './decimal.js';
import { nearestFloat } from './float.js';
import { malformed, numberEnd, remarks, skipSpace, stringEnd, valueEnd, wordEnd } from './json-bytes.js';

/** What {@link checkValue} says beside the value's end. One object per page, written in place. */
export interface Verdict {
  /** Why a value was refused. */
  reason: string;
  /** The value in the spelling that encode.ts reads, as JSON text, where it was sent in another one. */
  replacement: Uint8Array | undefined;
}

/** The kinds of JSON value, as bits: how a column that nobody declared gets its type. */
export const KIND = { boolean: 1, whole: 2, fraction: 4, text: 8, nested: 16 } as const;

const NULL = Buffer.from('null');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** The first and last millisecond that DuckDB turns into a TIMESTAMPTZ exactly: beyond these its cast rounds (tried, 1.5). */
const TIMESTAMP_MS_MAX = 2n ** 53n;
const TIMESTAMP_MS_MIN = -(2n ** 53n);

const latin1 = (b: Uint8Array, from: number, to: number): string =>
  Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('latin1');

type Scalar = (b: Uint8Array, i: number, verdict: Verdict, utf8: boolean) => number;

/** Refuses the value at `i` with a reason: its end, negative. */
function refuse(b: Uint8Array, i: number, verdict: Verdict, reason: string): number {
  verdict.reason = reason;
  verdict.replacement = undefined;
  return -valueEnd(b, i);
}

const isNumberStart = (c: number | undefined): boolean =>
  c === 0x2d || (c !== undefined && c >= 0x30 && c <= 0x39);

/** A whole number between two bounds that only matter beyond `safeDigits` characters. */
function whole(
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

/** `3.0` and `1e3` are whole numbers in another spelling; `1.5` is none. Exact, and never longer than it must be. */
function wholeValue(text: string): bigint | undefined {
  const { digits, point } = decimalOf(text);
  if (digits === '') return 0n;
  if (digits.length > point) return undefined;
  // A number of so many digits is out of every range; how far is nobody's concern.
  const value = point > 40 ? 10n ** 40n : BigInt(digits.padEnd(point, '0'));
  return text.startsWith('-') ? -value : value;
}

/** Tells whether a double says the very number that was sent: printed with as many digits, or with as few as tell it from any other, it is the same. */
export function doubleHolds(text: string): boolean {
  const value = Number(text);
  const shortest = String(value);
  // Nearly all of them are spelled as JavaScript spells them: with as many digits as it takes to tell the double from any other.
  if (shortest === text) return true;
  if (!Number.isFinite(value)) return false;
  const sent = decimalOf(text).digits;
  const count = sent.length;
  // Fifteen digits always survive a double that is not subnormal or zero by underflow.
  if (value === 0) return count === 0;
  if (count <= 15 && Math.abs(value) > 1e-300) return true;
  if (count > MOST_DIGITS) return false;
  if (decimalOf(shortest).digits === sent) return true;
  // JavaScript itself prints no more than a hundred.
  return count > 100
    ? roundedDigits(exactDecimal(value), count) === sent
    : decimalOf(value.toExponential(count - 1)).digits === sent;
}

function text(b: Uint8Array, i: number, verdict: Verdict, utf8: boolean): number {
  if (b[i] !== QUOTE) return refuse(b, i, verdict, 'not a text for VARCHAR');
  const end = stringEnd(b, i);
  if (end < 0) return refuse(b, i, verdict, 'half of a surrogate pair, which UTF-8 cannot hold');
  if (!utf8 && !isUtf8(b.subarray(i, end))) return refuse(b, i, verdict, 'bytes that are not UTF-8');
  return end;
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function date(b: Uint8Array, i: number, verdict: Verdict): number {
  if (b[i] === QUOTE && b[i + 1] === QUOTE) {
    // Xano sends "" for a date that is not set.
    verdict.replacement = NULL;
    return i + 2;
  }
  if (b[i] !== QUOTE || b[i + 11] !== QUOTE || b[i + 5] !== 0x2d || b[i + 8] !== 0x2d)
    return refuse(b, i, verdict, 'not a date of the form YYYY-MM-DD');
  let digits = 0;
  for (let k = 1; k <= 10; k++) {
    if (k === 5 || k === 8) continue;
    const digit = b[i + k]! - 0x30;
    if (digit < 0 || digit > 9) return refuse(b, i, verdict, 'not a date of the form YYYY-MM-DD');
    digits = digits * 10 + digit;
  }
  const year = Math.floor(digits / 10000);
  const month = Math.floor(digits / 100) % 100;
  const day = digits % 100;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && !leap ? 28 : (DAYS[month - 1] ?? 0);
  if (year === 0 || day === 0 || day > last)
    return refuse(b, i, verdict, 'a day that is not in the calendar');
  return i + 12;
}

function uuid(b: Uint8Array, i: number, verdict: Verdict): number {
  if (b[i] !== QUOTE || b[i + 37] !== QUOTE) return refuse(b, i, verdict, 'not a UUID');
  for (let k = 1; k <= 36; k++) {
    const c = b[i + k]!;
    const dash = k === 9 || k === 14 || k === 19 || k === 24;
    const hex = (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66);
    if (dash ? c !== 0x2d : !hex) return refuse(b, i, verdict, 'not a UUID');
  }
  return i + 38;
}

/** A short text that may be spelled with escapes (`\u0030` is a plain 0): it is read, and handed over, without them. */
function unescaped(scalar: Scalar): Scalar {
  return (b, i, verdict, utf8) => {
    const asSent = scalar(b, i, verdict, utf8);
    if (asSent >= 0 || b[i] !== QUOTE) return asSent;
    const sent = b.subarray(i, -asSent);
    if (!sent.includes(BACKSLASH)) return asSent;
    const plain = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(sent).toString())));
    if (scalar(plain, 0, verdict, utf8) < 0) return asSent;
    verdict.replacement ??= plain;
    return -asSent;
  };
}

function json(b: Uint8Array, i: number, verdict: Verdict, utf8: boolean): number {
  const end = valueEnd(b, i);
  if (remarks.lone) return refuse(b, i, verdict, 'half of a surrogate pair, which UTF-8 cannot hold');
  if (!utf8 && !isUtf8(b.subarray(i, end))) return refuse(b, i, verdict, 'bytes that are not UTF-8');
  return end;
}

const scalars: Record<ColumnType, Scalar> = {
  BIGINT: (b, i, verdict) => whole(b, i, verdict, INT64_MIN, INT64_MAX, 18, 'BIGINT'),
  TIMESTAMPTZ: (b, i, verdict) =>
    whole(
      b,
      i,
      verdict,
      TIMESTAMP_MS_MIN,
      TIMESTAMP_MS_MAX,
      15,
      'TIMESTAMPTZ, which is read from epoch milliseconds',
    ),
  DOUBLE: (b, i, verdict) => {
    if (!isNumberStart(b[i])) return refuse(b, i, verdict, 'not a number for DOUBLE');
    const end = Math.abs(numberEnd(b, i));
    if (end - i > 15 && !doubleHolds(latin1(b, i, end)))
      return refuse(b, i, verdict, 'more digits than DOUBLE holds');
    if (end - i <= 15 && end - i > 4 && !doubleInRange(b, i, end))
      return refuse(b, i, verdict, 'out of range for DOUBLE');
    return end;
  },
  FLOAT: (b, i, verdict) => {
    if (!isNumberStart(b[i])) return refuse(b, i, verdict, 'not a number for FLOAT');
    const end = Math.abs(numberEnd(b, i));
    // Vectors are single precision by nature: nearest is what was meant, but infinite is not.
    if (!Number.isFinite(nearestFloat(Number(latin1(b, i, end)), b, i, end)))
      return refuse(b, i, verdict, 'out of range for FLOAT');
    return end;
  },
  BOOLEAN: (b, i, verdict) =>
    b[i] === 0x74 || b[i] === 0x66 ? wordEnd(b, i) : refuse(b, i, verdict, 'not true or false for BOOLEAN'),
  VARCHAR: text,
  DATE: unescaped(date),
  UUID: unescaped(uuid),
  JSON: json,
};

/** A short number can still be too large: `1e999`. Only an exponent makes it so. */
function doubleInRange(b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if ((b[i]! | 0x20) === 0x65) return doubleHolds(latin1(b, from, to));
  return true;
}

/**
 * The end of the value at `i`, or, negative, the end of one that does not fit its column. A verdict's `replacement` is set
 * where it is spelled otherwise than usual: `3.0` in a column of whole numbers. Throws a malformed remark where bytes are not JSON.
 */
export function checkValue(
  column: Column,
  b: Uint8Array,
  i: number,
  verdict: Verdict,
  utf8: boolean,
): number {
  if (b[i] === 0x6e) return wordEnd(b, i);
  const scalar = scalars[column.type];
  return column.list ? checkList(column, scalar, b, i, verdict, utf8) : scalar(b, i, verdict, utf8);
}

/** A list fits when each of its elements does; one that does not is refused whole. An empty vector is NULL: the list it is in stays. */
function checkList(
  column: Column,
  scalar: Scalar,
  b: Uint8Array,
  i: number,
  verdict: Verdict,
  utf8: boolean,
): number {
  const { size } = column;
  if (!isVector(column)) return checkElements(scalar, undefined, b, i, verdict, utf8);
  const vector: Scalar = (bytes, at, told, known) => {
    if (bytes[at] === 0x5b) {
      const inside = skipSpace(bytes, at + 1);
      if (bytes[inside] === 0x5d) {
        told.replacement = NULL;
        return inside + 1;
      }
    }
    return checkElements(scalar, size, bytes, at, told, known);
  };
  return column.list_of_vectors === true
    ? checkElements(vector, undefined, b, i, verdict, utf8)
    : vector(b, i, verdict, utf8);
}

function checkElements(
  scalar: Scalar,
  size: number | undefined,
  b: Uint8Array,
  start: number,
  verdict: Verdict,
  utf8: boolean,
): number {
  if (b[start] !== 0x5b) return refuse(b, start, verdict, 'not a list');
  const replaced: { from: number; to: number; bytes: Uint8Array }[] = [];
  let count = 0;
  let i = skipSpace(b, start + 1);
  if (b[i] !== 0x5d)
    for (;;) {
      const from = i;
      const end = b[i] === 0x6e ? wordEnd(b, i) : scalar(b, i, verdict, utf8);
      if (end < 0) {
        const reason = `in a list: ${verdict.reason}`;
        return refuse(b, start, verdict, reason);
      }
      if (verdict.replacement !== undefined) replaced.push({ from, to: end, bytes: verdict.replacement });
      verdict.replacement = undefined;
      count++;
      i = skipSpace(b, end);
      if (b[i] === 0x5d) break;
      if (b[i] !== 0x2c) malformed(b[i] === undefined ? 'cut off' : 'no comma in a list', i);
      i = skipSpace(b, i + 1);
    }
  if (size !== undefined && count !== size)
    return refuse(b, start, verdict, `a vector of ${count} numbers where ${size} are declared`);
  if (replaced.length > 0) {
    const parts: Uint8Array[] = [];
    let read = start;
    for (const patch of replaced) {
      parts.push(b.subarray(read, patch.from), patch.bytes);
      read = patch.to;
    }
    parts.push(b.subarray(read, i + 1));
    verdict.replacement = Buffer.concat(parts);
  }
  return i + 1;
}

/** The {@link KIND} of the value at `[from, to)`. */
export function kindOf(b: Uint8Array, from: number, to: number): number {
  const c = b[from]!;
  if (c === QUOTE) return KIND.text;
  if (c === 0x7b || c === 0x5b) return KIND.nested;
  if (c === 0x74 || c === 0x66) return KIND.boolean;
  if (numberEnd(b, from) < 0) return KIND.fraction;
  // A whole number that BIGINT cannot hold is kept exactly as JSON.
  return isBigint(b, from, to) ? KIND.whole : KIND.nested;
}

/** Whether BIGINT holds a number that is spelled without a point and an exponent. */
function isBigint(b: Uint8Array, from: number, to: number): boolean {
  if (to - from <= 18) return true;
  // The smallest one has nineteen digits and a sign.
  if (to - from > 20) return false;
  const value = BigInt(latin1(b, from, to));
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** The column type that holds every kind seen without loss: several kinds that do not mix stay JSON. */
export function typeForKinds(kinds: number): ColumnType {
  if (kinds === KIND.boolean) return 'BOOLEAN';
  if (kinds === KIND.whole) return 'BIGINT';
  if (kinds === KIND.fraction || kinds === (KIND.whole | KIND.fraction)) return 'DOUBLE';
  if (kinds === KIND.text) return 'VARCHAR';
  return 'JSON';
}
