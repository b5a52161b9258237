/**
 * Values that were checked become columns, straight from the bytes that were sent: no value is ever a JavaScript object. DuckDB takes a third less
 * time for such columns than for the same rows as JSON, which it would have to take apart once more (measured, 1.5.5). Nearly all records come ready
 * from scan.ts; what is here takes any value there is.
 */

import type { Column, ColumnType } from '../../table/column.js';
import { type ColumnData, LEVEL, VECTOR_LEVEL } from '../../table/column-data.js';
import { nearestFloat } from './float.js';
import { skipSpace, stringEnd, valueEnd } from './json-bytes.js';

/** The columns of one answer's records, which are put in one after the other. */
export interface Encoder {
  readonly columns: readonly ColumnMemory[];
  /** Forgets all records. */
  readonly begin: () => void;
  /** What was put in, in memory that is this encoder's until it begins anew. */
  readonly finish: () => ColumnData[];
  /** How much memory it has. */
  readonly bytes: () => number;
  /** How much of it the values so far take. */
  readonly used: () => number;
}

/** One column that is being put together. */
export interface ColumnMemory {
  readonly column: Column;
  readonly put: Put;
  bytes: Uint8Array;
  view: DataView;
  length: number;
  entries: number;
  nulls: Uint32Array;
  null_count: number;
  levels: Uint8Array;
}

/** Adds the value at `[from, to)`, for which there is room. */
type Put = (memory: ColumnMemory, b: Uint8Array, from: number, to: number) => void;

const SMALLEST_BYTES = 1024;
const TWO_32 = 2 ** 32;
const N = 0x6e;
/** Powers of ten that a double holds exactly: a number of fifteen digits divided by one of them is the double nearest to the quotient. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const PUT: Readonly<Record<ColumnType, Put>> = {
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

/** Makes the encoder of records that have these columns; as large at once as another one of them has become. */
export function createEncoder(columns: readonly Column[], like?: Encoder): Encoder {
  const memories = columns.map((column, at): ColumnMemory => {
    const bytes = Buffer.allocUnsafeSlow(like?.columns[at]?.bytes.length ?? 0);
    return {
      column,
      put: PUT[column.type],
      bytes,
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
      length: 0,
      entries: 0,
      nulls: new Uint32Array(0),
      null_count: 0,
      levels: Buffer.allocUnsafeSlow(0),
    };
  });
  return {
    columns: memories,
    begin: () => {
      for (const memory of memories) memory.length = memory.entries = memory.null_count = 0;
    },
    finish: () =>
      memories.map((memory) => {
        const { name, type, list, list_of_vectors } = memory.column;
        const values = memory.bytes.subarray(0, memory.length);
        return {
          column: { name, type, list, ...(list_of_vectors === true ? { list_of_vectors } : {}) },
          values: type === 'BOOLEAN' ? packed(values) : values,
          entries: memory.entries,
          nulls: memory.nulls.subarray(0, memory.null_count),
          levels: memory.levels.subarray(0, list ? memory.entries : 0),
        };
      }),
    bytes: () => memories.reduce((sum, { bytes, levels }) => sum + bytes.length + levels.length, 0),
    used: () => {
      let used = 0;
      for (const { length, null_count, entries, column } of memories)
        used += length + null_count * 4 + (column.list ? entries : 0);
      return used;
    },
  };
}

/** A bit for each byte that is 0 or 1, the lowest first. */
function packed(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let at = 0; at < values.length; at++) bits[at >> 3]! |= values[at]! << (at & 7);
  return bits;
}

/** Puts a value in that {@link checkValue} found to fit: JSON text at `[from, to)`. */
export function putValue(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  if (b[from] === N) putNull(memory);
  else if (memory.column.list) putList(memory, b, from, to);
  else {
    releaseMemory(memory, to - from + 8);
    memory.put(memory, b, from, to);
    memory.entries++;
  }
}

/** Puts a record without a value there in. */
export function putNull(memory: ColumnMemory): void {
  if (memory.column.list) {
    makeRoomForLevels(memory, 1);
    memory.levels[memory.entries++] = LEVEL.no_list;
  } else noteNull(memory, memory.entries++);
}

function putList(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  // An element has two characters with its comma, and at most eight bytes or its own and four.
  releaseMemory(memory, (to - from) * 4 + 8);
  makeRoomForLevels(memory, to - from);
  if (memory.column.list_of_vectors === true) putVectors(memory, b, from);
  else putElements(memory, b, from);
}

function putElements(memory: ColumnMemory, b: Uint8Array, from: number): void {
  let i = skipSpace(b, from + 1);
  if (b[i] === 0x5d) {
    memory.levels[memory.entries++] = LEVEL.no_elements;
    return;
  }
  for (let goes_on = 0; ; goes_on = LEVEL.goes_on) {
    const end = elementEnd(b, i);
    const isNull = b[i] === N;
    if (!isNull) memory.put(memory, b, i, end);
    memory.levels[memory.entries++] = (isNull ? LEVEL.null_element : LEVEL.element) | goes_on;
    i = skipSpace(b, end);
    if (b[i] === 0x5d) return;
    i = skipSpace(b, i + 1);
  }
}

/** A list of vectors that was checked: none of them is empty. */
function putVectors(memory: ColumnMemory, b: Uint8Array, from: number): void {
  let i = skipSpace(b, from + 1);
  if (b[i] === 0x5d) {
    memory.levels[memory.entries++] = VECTOR_LEVEL.no_vectors;
    return;
  }
  for (let continues = 0; ; continues = VECTOR_LEVEL.next_vector) {
    if (b[i] === N) {
      memory.levels[memory.entries++] = VECTOR_LEVEL.null_vector | continues;
      i += 4;
    } else i = putVector(memory, b, i, continues);
    i = skipSpace(b, i);
    if (b[i] === 0x5d) return;
    i = skipSpace(b, i + 1);
  }
}

/** One of them, which has numbers; tells where it ends. */
function putVector(memory: ColumnMemory, b: Uint8Array, from: number, first: number): number {
  let i = skipSpace(b, from + 1);
  for (let continues = first; ; continues = VECTOR_LEVEL.next_number) {
    const end = elementEnd(b, i);
    const isNull = b[i] === N;
    if (!isNull) memory.put(memory, b, i, end);
    memory.levels[memory.entries++] = (isNull ? VECTOR_LEVEL.null_number : VECTOR_LEVEL.number) | continues;
    i = skipSpace(b, end);
    if (b[i] === 0x5d) return i + 1;
    i = skipSpace(b, i + 1);
  }
}

/** The end of a value in a list that was checked. */
function elementEnd(b: Uint8Array, i: number): number {
  const c = b[i]!;
  if (c === 0x22) return Math.abs(stringEnd(b, i));
  if (c === 0x7b || c === 0x5b) return valueEnd(b, i);
  while (b[i]! > 0x20 && b[i] !== 0x2c && b[i] !== 0x5d) i++;
  return i;
}

/** What others have put together: values as they are to be, and for `entries` more which of them are null, or their levels. */
export function putReady(
  memory: ColumnMemory,
  ready: {
    readonly values: Uint8Array;
    readonly entries: number;
    readonly nulls: Uint32Array;
    readonly levels: Uint8Array;
  },
): void {
  releaseMemory(memory, ready.values.length);
  memory.bytes.set(ready.values, memory.length);
  memory.length += ready.values.length;
  if (memory.column.list) {
    makeRoomForLevels(memory, ready.levels.length);
    memory.levels.set(ready.levels, memory.entries);
  } else for (const at of ready.nulls) noteNull(memory, memory.entries + at);
  memory.entries += ready.entries;
}

function noteNull(memory: ColumnMemory, entry: number): void {
  if (memory.null_count === memory.nulls.length) {
    const more = new Uint32Array(Math.max(128, memory.null_count * 2));
    more.set(memory.nulls);
    memory.nulls = more;
  }
  memory.nulls[memory.null_count++] = entry;
}

function releaseMemory(memory: ColumnMemory, bytes: number): void {
  if (memory.length + bytes <= memory.bytes.length) return;
  memory.bytes = larger(memory.bytes, memory.length, bytes);
  memory.view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
}

function makeRoomForLevels(memory: ColumnMemory, levels: number): void {
  if (memory.entries + levels > memory.levels.length)
    memory.levels = larger(memory.levels, memory.entries, levels);
}

function larger(bytes: Uint8Array, used: number, wanted: number): Uint8Array {
  // Whatever is read of it was written before.
  const more = Buffer.allocUnsafeSlow(Math.max(SMALLEST_BYTES, bytes.length * 2, used + wanted));
  more.set(bytes.subarray(0, used));
  return more;
}

function putJson(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  const { bytes, view, length } = memory;
  view.setInt32(length, to - from, true);
  bytes.set(b.subarray(from, to), length + 4);
  memory.length = length + 4 + to - from;
}

/** A text with what its escapes stand for, which is never longer than they are. */
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

/** What the letter after a backslash stands for: most for themselves. */
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

/** A byte, until all are together. */
function putBoolean(memory: ColumnMemory, b: Uint8Array, from: number): void {
  memory.bytes[memory.length++] = b[from] === 0x74 ? 1 : 0;
}

function putDate(memory: ColumnMemory, b: Uint8Array, from: number): void {
  memory.view.setInt32(memory.length, daysAt(b, from + 1), true);
  memory.length += 4;
}

const latin1 = (b: Uint8Array, from: number, to: number): string =>
  Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('latin1');

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
  // Sixteen digits may be more than 2^53.
  if (point === to && to - first > 15) return Number(latin1(b, from, to));
  const number = value / POWERS[to - point]!;
  return first > from ? -number : number;
}

/** Days from 1970-01-01 to a date of the form YYYY-MM-DD. Years begin in March here, so that a leap day is the last of its year. */
function daysAt(b: Uint8Array, i: number): number {
  const digit = (at: number): number => b[i + at]! - 0x30;
  const month = digit(5) * 10 + digit(6);
  const day = digit(8) * 10 + digit(9);
  const year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3) - (month <= 2 ? 1 : 0);
  const century = Math.floor(year / 100);
  const before = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5);
  // So many days lie between the first of March of the year 0 and 1970-01-01.
  return year * 365 + Math.floor(year / 4) - century + Math.floor(century / 4) + before + day - 1 - 719_468;
}
