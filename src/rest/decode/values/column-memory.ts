/** One column under construction: its values, null flags, and levels of lists. */
import type { Column } from '../../../table/column.js';

/** One column under construction. */
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
export type Put = (memory: ColumnMemory, b: Uint8Array, from: number, to: number) => void;

const SMALLEST_BYTES = 1024;

/** Adds a null at an entry. */
export function noteNull(memory: ColumnMemory, entry: number): void {
  if (memory.null_count === memory.nulls.length) {
    const more = new Uint32Array(Math.max(128, memory.null_count * 2));
    more.set(memory.nulls);
    memory.nulls = more;
  }
  memory.nulls[memory.null_count++] = entry;
}

/** Makes room for so many bytes of values. */
export function reserve(memory: ColumnMemory, bytes: number): void {
  if (memory.length + bytes <= memory.bytes.length) return;
  memory.bytes = larger(memory.bytes, memory.length, bytes);
  memory.view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
}

/** Frees the memory of a column without values. */
export function release(memory: ColumnMemory): void {
  memory.bytes = Buffer.allocUnsafeSlow(0);
  memory.view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, 0);
}

/** Makes room for so many levels. */
export function reserveLevels(memory: ColumnMemory, levels: number): void {
  if (memory.entries + levels > memory.levels.length)
    memory.levels = larger(memory.levels, memory.entries, levels);
}

function larger(bytes: Uint8Array, used: number, wanted: number): Uint8Array {
  // The unused part is never read before it is written.
  const more = Buffer.allocUnsafeSlow(Math.max(SMALLEST_BYTES, bytes.length * 2, used + wanted));
  more.set(bytes.subarray(0, used));
  return more;
}
