/**
 * Checked values become columns, directly from the sent bytes: no value is ever a JavaScript object. DuckDB
 * takes a third less time for such columns than for the same rows as JSON, which it would have to parse again
 * (measured, 1.5.5). scan.ts prepares nearly all records; the functions here take any value.
 */

import type { Column } from '../../../table/column.js';
import { type ColumnData, LEVEL, VECTOR_LEVEL } from '../../../table/column-data.js';
import { skipSpace, stringEnd, valueEnd } from '../json-bytes.js';
import { type ColumnMemory, noteNull, release, reserve, reserveLevels } from './column-memory.js';
import { PUT } from './put-value.js';

/** The columns of one answer's records, added one record after the other. */
export interface Encoder {
  readonly columns: readonly ColumnMemory[];
  /** Forgets all records. */
  readonly begin: () => void;
  /** Forgets all records, and frees the memory of columns that long values made large. */
  readonly shrink: () => void;
  /** The added records, in memory that the encoder reuses when it begins again. */
  readonly finish: () => ColumnData[];
  /** How much memory it has. */
  readonly bytes: () => number;
  /** How much of it the values take so far. */
  readonly used: () => number;
}

const N = 0x6e;
/** The memory of a column that {@link Encoder.shrink} keeps, in bytes. */
const LARGEST_BYTES = 8 * 1024 * 1024;

/** Makes the encoder of records that have these columns, with the size that another encoder has grown to. */
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
  const begin = (): void => {
    for (const memory of memories) memory.length = memory.entries = memory.null_count = 0;
  };
  return {
    columns: memories,
    begin,
    shrink: () => {
      begin();
      for (const memory of memories) if (memory.bytes.length > LARGEST_BYTES) release(memory);
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

/** One bit for each byte that is 0 or 1, the lowest first. */
function packed(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let at = 0; at < values.length; at++) bits[at >> 3]! |= values[at]! << (at & 7);
  return bits;
}

/** Adds a value that fits, by {@link checkValue}: JSON text at `[from, to)`. */
export function putValue(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  if (b[from] === N) putNull(memory);
  else if (memory.column.list) putList(memory, b, from, to);
  else {
    reserve(memory, to - from + 8);
    memory.put(memory, b, from, to);
    memory.entries++;
  }
}

/** Adds a record without a value. */
export function putNull(memory: ColumnMemory): void {
  if (memory.column.list) {
    reserveLevels(memory, 1);
    memory.levels[memory.entries++] = LEVEL.no_list;
  } else noteNull(memory, memory.entries++);
}

function putList(memory: ColumnMemory, b: Uint8Array, from: number, to: number): void {
  // An element has at least two characters with its comma, and takes at most eight bytes, or its own and
  // four.
  reserve(memory, (to - from) * 4 + 8);
  reserveLevels(memory, to - from);
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

/** A checked list of vectors: none of them is empty. */
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

/** Adds one vector, which has numbers; returns its end. */
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

/** The end of a value in a checked list. */
function elementEnd(b: Uint8Array, i: number): number {
  const c = b[i]!;
  if (c === 0x22) return Math.abs(stringEnd(b, i));
  if (c === 0x7b || c === 0x5b) return valueEnd(b, i);
  while (b[i]! > 0x20 && b[i] !== 0x2c && b[i] !== 0x5d) i++;
  return i;
}

/** Adds values that the scanner has put together, with the null flags or levels of `entries` more entries. */
export function putReady(
  memory: ColumnMemory,
  ready: {
    readonly values: Uint8Array;
    readonly entries: number;
    readonly nulls: Uint32Array;
    readonly levels: Uint8Array;
  },
): void {
  reserve(memory, ready.values.length);
  memory.bytes.set(ready.values, memory.length);
  memory.length += ready.values.length;
  if (memory.column.list) {
    reserveLevels(memory, ready.levels.length);
    memory.levels.set(ready.levels, memory.entries);
  } else for (const at of ready.nulls) noteNull(memory, memory.entries + at);
  memory.entries += ready.entries;
}
