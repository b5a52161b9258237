/** The memory of the WebAssembly scanner: the layout of keys, columns, bytes and values. */
import type { ColumnType } from '../../table/column.js';
import type { ShapeColumn } from './record-schema.js';
import { type SpelledMember, UNKNOWN } from './record-schema.js';
import { SCAN_WASM } from './scanner-wasm.js';

/** The part of `WebAssembly` that is used here: TypeScript declares it only for browsers. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  readonly grow: (pages: number) => number;
}

interface WasmGlobal<T> {
  readonly value: T;
}

/** The exports of wasm/scan.ts. */
export interface ScanExports {
  readonly scan: (
    from: number,
    limit: number,
    places: number,
    count: number,
    key: number,
    numeric: number,
    open: number,
  ) => number;
  readonly rows: WasmGlobal<number>;
  readonly first_from: WasmGlobal<number>;
  readonly first_to: WasmGlobal<number>;
  readonly last_from: WasmGlobal<number>;
  readonly last_to: WasmGlobal<number>;
  readonly first_number: WasmGlobal<bigint>;
  readonly last_number: WasmGlobal<bigint>;
  readonly ascending: WasmGlobal<number>;
  readonly open_at: WasmGlobal<number>;
}

/** The numbers of the types in wasm/scan.ts. */
export const KINDS: Readonly<Record<ColumnType, number>> = {
  BIGINT: 0,
  TIMESTAMPTZ: 1,
  DOUBLE: 2,
  FLOAT: 3,
  BOOLEAN: 4,
  DATE: 5,
  VARCHAR: 6,
  UUID: 7,
  JSON: 8,
};

const ANY = 9;

const ONLY_NULL = 10;

const LIST = 16;

const OF_VECTORS = 32;

const PLACE_BYTES = 16;

const COLUMN_BYTES = 40;

/** The fields noted for a number that JavaScript has to parse. */
export const OPEN_BYTES = 20;

/** The memory below this address belongs to wasm/scan.ts itself. */
const FIRST_BYTE = 65_536;

const WASM_PAGE = 65_536;

/**
 * The bytes that are copied in at a time, the longest record that may extend beyond them, and zeros after it.
 */
export const WINDOW_BYTES = 128 * 1024;

/** See {@link WINDOW_BYTES}. */
export const LONGEST_RECORD = 32 * 1024;

/** See {@link WINDOW_BYTES}. */
export const MARGIN = 64;

/**
 * The values of a column take at most four times the bytes of their JSON; null flags, or levels of lists, at
 * most as many.
 */
const VALUES_BYTES = (WINDOW_BYTES + LONGEST_RECORD) * 4 + MARGIN;

const MARKS_BYTES = WINDOW_BYTES + LONGEST_RECORD + MARGIN;

/** A number that JavaScript parses has at least two characters, three with its comma. */
const OPENS_BYTES = Math.ceil((MARKS_BYTES / 3) * OPEN_BYTES);

/** One memory for all answers: each part is read to its end before the next one. */
let machine: { readonly memory: WasmMemory; readonly exports: ScanExports } | null | undefined;

/** The machine, made at the first call; null where there is none. */
export function theMachine(): typeof machine {
  if (machine !== undefined) return machine;
  try {
    const memory = new WebAssembly.Memory({ initial: 2 });
    const code = new WebAssembly.Module(Buffer.from(SCAN_WASM, 'base64'));
    const { exports } = new WebAssembly.Instance(code, { env: { memory } });
    // The exports of wasm/scan.ts.
    machine = { memory, exports: exports as unknown as ScanExports };
  } catch {
    // Processors from before 2010 lack the required instructions, and Node can disable WebAssembly.
    machine = null;
  }
  return machine;
}

/** The layout of the machine's memory. */
export interface Layout {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
  readonly places_at: number;
  readonly input: number;
  readonly open_at: number;
  /** For each column that is read: its description in words, and the addresses of its values and marks. */
  readonly outputs: readonly {
    readonly column_index: number;
    readonly at: number;
    readonly values: number;
    readonly marks: number;
  }[];
}

/** Writes keys and their columns into the machine's memory. Undefined where they do not fit. */
export function layOut(
  memory: WasmMemory,
  members: readonly SpelledMember[],
  columns: readonly ShapeColumn[],
): Layout | undefined {
  const read = members.filter(({ column_index }) => column_index >= 0);
  const places_at = FIRST_BYTE;
  const columns_at = places_at + members.length * PLACE_BYTES;
  const keys_at = columns_at + read.length * COLUMN_BYTES;
  const keys_bytes = members.reduce((sum, { spelled }) => sum + spelled.length, 0);
  const input = roundUp(keys_at + keys_bytes + MARGIN, MARGIN);
  const open_at = roundUp(input + WINDOW_BYTES + LONGEST_RECORD + MARGIN, MARGIN);
  const values_at = roundUp(open_at + OPENS_BYTES, MARGIN);
  const wanted = values_at + read.length * (VALUES_BYTES + MARKS_BYTES);
  try {
    const missing = wanted - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE));
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  const outputs = read.map(({ column_index }, n) => {
    const values = values_at + n * (VALUES_BYTES + MARKS_BYTES);
    return { column_index, at: (columns_at + n * COLUMN_BYTES) / 4, values, marks: values + VALUES_BYTES };
  });
  const known = outputs.values();
  let key_end = keys_at;
  for (const [n, { column_index, spelled }] of members.entries()) {
    const column = columns[column_index];
    const output = column === undefined ? undefined : known.next().value;
    bytes.set(spelled, key_end);
    const unread = column_index === UNKNOWN ? ONLY_NULL : ANY;
    const kind = column === undefined ? unread : kindOfColumn(column);
    words.set(
      [key_end, spelled.length, kind, output === undefined ? 0 : output.at * 4],
      (places_at + n * PLACE_BYTES) / 4,
    );
    if (output !== undefined) words[output.at + 4] = column?.size ?? -1;
    key_end += spelled.length;
  }
  return { bytes, words, view: new DataView(memory.buffer), places_at, input, open_at, outputs };
}

const kindOfColumn = ({ type, list, list_of_vectors }: ShapeColumn): number =>
  KINDS[type] | (list ? LIST : 0) | (list_of_vectors === true ? OF_VECTORS : 0);

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;
