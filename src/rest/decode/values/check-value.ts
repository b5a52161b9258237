/**
 * Single values: whether one, as bytes, fits its column exactly, and which bytes of that column it becomes.
 * In: a column and JSON text at a position of an answer.
 * Out: the value's end and how it is put (`encode.ts`), or the reason why it is a reject: a value is never
 * rounded, coerced or guessed.
 * One row per column type.
 */
import { isUtf8 } from 'node:buffer';
import type { Column, ColumnType } from '../../../table/column.js';
import { remarks, stringEnd, valueEnd, wordEnd } from '../json-bytes.js';
import { checkList } from './check-list.js';
import { checkBigint, checkDouble, checkFloat, checkTimestamp } from './check-number.js';
import { NULL, QUOTE, refuse, type ScalarCheck, type Verdict } from './verdict.js';

const BACKSLASH = 0x5c;

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

/** Checks a short text that may contain escapes (`\u0030` is 0): it is decoded first. */
function unescaped(scalar: ScalarCheck): ScalarCheck {
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

const scalars: Record<ColumnType, ScalarCheck> = {
  BIGINT: checkBigint,
  TIMESTAMPTZ: checkTimestamp,
  DOUBLE: checkDouble,
  FLOAT: checkFloat,
  BOOLEAN: (b, i, verdict) =>
    b[i] === 0x74 || b[i] === 0x66 ? wordEnd(b, i) : refuse(b, i, verdict, 'not true or false for BOOLEAN'),
  VARCHAR: text,
  DATE: unescaped(date),
  UUID: unescaped(uuid),
  JSON: json,
};

/**
 * The end of the value at `i`, or, negative, the end of one that does not fit its column. Sets the verdict's
 * `replacement` for an unusual spelling, such as `3.0` in a column of whole numbers. Throws {@link Malformed}
 * where bytes are not JSON.
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
