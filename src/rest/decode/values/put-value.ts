/** How a scalar that fits its column becomes bytes of that column: one function per column type. */
import type { ColumnType } from '../../../table/column.js';
import { latin1 } from '../json-bytes.js';
import type { ColumnMemory, Put } from './column-memory.js';
import { nearestFloat } from './float.js';

const TWO_32 = 2 ** 32;

/**
 * Powers of ten that a double holds exactly: a number of fifteen digits divided by one of them is the double
 * nearest to the quotient.
 */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** How to put a value of each type into its column. */
export const PUT: Readonly<Record<ColumnType, Put>> = {
  BIGINT: putWhole,
  TIMESTAMPTZ: putWhole,
  DOUBLE: putDouble,
  FLOAT: putFloat,
  BOOLEAN: putBoolean,
  DATE: putDate,
  VARCHAR: putText,
  UUID: putText,
  JSON: putJson,
};

function putJson(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  const { bytes, view, length } = memory;
  view.setInt32(length, to - from, true);
  bytes.set(b.subarray(from, to), length + 4);
  memory.length = length + 4 + to - from;
}

/** A text with its escapes decoded, which never makes it longer. */
function putText(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  const { bytes, length } = memory;
  const stop = to - 1;
  let o = length + 4;
  for (let i = from + 1; i < stop; i++) {
    const c = b[i]!;
    if (c !== 0x5c) {
      bytes[o++] = c;
      continue;
    }
    const e = b[++i]!;
    if (e !== 0x75) {
      bytes[o++] = MEANT[e]!;
      continue;
    }
    let code = hexAt(b, i + 1);
    i += 4;
    if (code >= 0xd800 && code <= 0xdbff) {
      code = 0x10000 + ((code - 0xd800) << 10) + (hexAt(b, i + 3) - 0xdc00);
      i += 6;
    }
    o = putCodePoint(bytes, o, code);
  }
  memory.view.setInt32(length, o - length - 4, true);
  memory.length = o;
}

/** The character that the letter after a backslash means: mostly itself. */
const MEANT = Uint8Array.from({ length: 256 }, (_, letter) => letter);

for (const [letter, meant] of Object.entries({ b: 8, t: 9, n: 10, f: 12, r: 13 }))
  MEANT[letter.charCodeAt(0)] = meant;

function hexAt(b: Uint8Array, i: number): number {
  let value = 0;
  for (let k = i; k < i + 4; k++) {
    const c = b[k]!;
    value = value * 16 + (c <= 0x39 ? c - 0x30 : (c | 0x20) - 0x57);
  }
  return value;
}

/** In UTF-8. */
function putCodePoint(bytes: Uint8Array, o: number, code: number): number {
  if (code < 0x80) {
    bytes[o] = code;
    return o + 1;
  }
  if (code < 0x800) bytes[o++] = 0xc0 | (code >> 6);
  else {
    if (code < 0x10000) bytes[o++] = 0xe0 | (code >> 12);
    else {
      bytes[o++] = 0xf0 | (code >> 18);
      bytes[o++] = 0x80 | ((code >> 12) & 0x3f);
    }
    bytes[o++] = 0x80 | ((code >> 6) & 0x3f);
  }
  bytes[o++] = 0x80 | (code & 0x3f);
  return o;
}

function putWhole(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  const { view, length } = memory;
  memory.length = length + 8;
  const digits = b[from] === 0x2d ? from + 1 : from;
  if (to - digits > 15) {
    view.setBigInt64(length, BigInt(latin1(b, from, to)), true);
    return;
  }
  let value = 0;
  for (let i = digits; i < to; i++) value = value * 10 + (b[i]! - 0x30);
  if (digits > from) value = -value;
  const high = Math.floor(value / TWO_32);
  view.setUint32(length, value - high * TWO_32, true);
  view.setInt32(length + 4, high, true);
}

function putDouble(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  memory.view.setFloat64(memory.length, numberAt(b, from, to), true);
  memory.length += 8;
}

function putFloat(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  memory.view.setFloat32(memory.length, nearestFloat(numberAt(b, from, to), b, from, to), true);
  memory.length += 4;
}

/** One byte a boolean: the finished column packs them into bits. */
function putBoolean(memory: ColumnMemory, b: Uint8Array, from: number): void {
  memory.bytes[memory.length++] = b[from] === 0x74 ? 1 : 0;
}

function putDate(memory: ColumnMemory, b: Uint8Array, from: number): void {
  memory.view.setInt32(memory.length, daysAt(b, from + 1), true);
  memory.length += 4;
}

/** The double nearest to the number at `[from, to)`. */
export function numberAt(b: Uint8Array, from: number, to: number): number {
  const first = b[from] === 0x2d ? from + 1 : from;
  if (to - first > 16) return Number(latin1(b, from, to));
  let value = 0;
  let point = to;
  for (let i = first; i < to; i++) {
    const c = b[i]!;
    if (c === 0x2e) point = i + 1;
    else if (c > 0x39 || c < 0x30) return Number(latin1(b, from, to));
    else value = value * 10 + (c - 0x30);
  }
  // Sixteen digits may exceed 2^53.
  if (point === to && to - first > 15) return Number(latin1(b, from, to));
  const number = value / POWERS[to - point]!;
  return first > from ? -number : number;
}

/**
 * Days from 1970-01-01 to a date of the form YYYY-MM-DD. The calculation begins years in March, so that a
 * leap day is the last day of its year.
 */
function daysAt(b: Uint8Array, i: number): number {
  const digit = (at: number): number => b[i + at]! - 0x30;
  const month = digit(5) * 10 + digit(6);
  const day = digit(8) * 10 + digit(9);
  const year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3) - (month <= 2 ? 1 : 0);
  const century = Math.floor(year / 100);
  const daysBefore = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5);
  // The days between the first of March of the year 0 and 1970-01-01.
  return (
    year * 365 + Math.floor(year / 4) - century + Math.floor(century / 4) + daysBefore + day - 1 - 719_468
  );
}
