/**
 * Most records of a list are spelled alike: the same keys in the same order, every value as it usually is. Such records are recognised,
 * checked and put into columns in one go by WebAssembly (`wasm/scan.ts`), which goes over sixteen bytes at a time: five times as fast as the same in
 * JavaScript (measured, Node 20). Whatever it does not know it leaves to record.ts, which reads any JSON there is, and so does a machine without it.
 */
import type { ColumnType } from '../../table/column.js';
import { checkValue, type Verdict } from './check-value.js';
import { type Encoder, numberAt, putReady } from './encode.js';
import { nearestFloat } from './float.js';
import type { ShapeColumn } from './record-schema.js';
import { SCAN_WASM } from './scanner-wasm.js';

/** The place of a member that has no column: it says nothing only as long as it is null. */
export const UNKNOWN = -1;
/** The place of a member that nobody reads. */
export const IGNORED = -2;

/** A key of the records that are spelled alike. */
export interface SpelledMember {
  /** The column's place among all columns, or {@link UNKNOWN}, or {@link IGNORED}. */
  readonly place: number;
  /** The key with its quotes. */
  readonly spelled: Uint8Array;
}

/** Records that were read from some place on. */
export interface ScannedRecords {
  readonly count: number;
  /** Where the last of them ends. */
  readonly end: number;
  /** Where the keys of the first and of the last one stand, where there is a key. */
  readonly first_key: readonly [from: number, to: number];
  readonly last_key: readonly [from: number, to: number];
  /** The first and the last key, where they are whole numbers, and whether all of them ascend. */
  readonly numbers:
    | { readonly first: bigint; readonly last: bigint; readonly ascending: boolean }
    | undefined;
}

/** Reads records of one answer that are spelled alike. */
export interface Scanner {
  /**
   * Reads records from the one that begins at `at` on, joined by commas, and puts them into the encoder's columns: as many as
   * it likes, perhaps none.
   */
  readonly scan: (at: number) => ScannedRecords;
}

/** As much of it as is used here: TypeScript knows it of browsers only. */
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

/** What wasm/scan.ts gives. */
interface ScanExports {
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

/** The numbers that wasm/scan.ts has for types. */
const KINDS: Readonly<Record<ColumnType, number>> = {
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
const NO_KEY = 0xffff_ffff;

const PLACE_BYTES = 16;
const COLUMN_BYTES = 40;
const OPEN_BYTES = 20;
/** What wasm/scan.ts itself keeps lies before this. */
const FIRST_BYTE = 65_536;
const WASM_PAGE = 65_536;
/** As many bytes as are copied in at a time, what may be behind the last record of those, and zeros behind all that. */
const WINDOW_BYTES = 128 * 1024;
const LONGEST_RECORD = 32 * 1024;
const MARGIN = 64;
/** Values of a column take at most four times the bytes they were sent in; which are null, or their levels, at most as many. */
const VALUES_BYTES = (WINDOW_BYTES + LONGEST_RECORD) * 4 + MARGIN;
const MARKS_BYTES = WINDOW_BYTES + LONGEST_RECORD + MARGIN;
/** A number that is left open has two characters at least, with its comma three. */
const OPENS_BYTES = Math.ceil((MARKS_BYTES / 3) * OPEN_BYTES);
/** For each of them what was read behind it is read again. */
const MOST_MISFITS = 20;
/** More columns are not worth the memory that is set aside for each. */
const MOST_MEMBERS = 200;
const KEY_TYPES: readonly ColumnType[] = ['BIGINT', 'TIMESTAMPTZ', 'VARCHAR', 'UUID', 'DATE'];

const NOTHING: ScannedRecords = { count: 0, end: 0, first_key: [0, 0], last_key: [0, 0], numbers: undefined };

/** One for all answers: each is read from its beginning to its end before the next one. */
let machine: { readonly memory: WasmMemory; readonly exports: ScanExports } | null | undefined;

function theMachine(): typeof machine {
  if (machine !== undefined) return machine;
  try {
    const memory = new WebAssembly.Memory({ initial: 2 });
    const code = new WebAssembly.Module(Buffer.from(SCAN_WASM, 'base64'));
    const { exports } = new WebAssembly.Instance(code, { env: { memory } });
    // What wasm/scan.ts exports.
    machine = { memory, exports: exports as unknown as ScanExports };
  } catch {
    // Processors of before 2010 lack what it needs, and Node can be told to do without.
    machine = null;
  }
  return machine;
}

/** Where things lie in the machine's memory. */
interface Layout {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
  readonly places_at: number;
  readonly input: number;
  readonly open_at: number;
  /** For each column that is read: what is known of it, in words, and where its values and its marks go. */
  readonly outputs: readonly {
    readonly place: number;
    readonly at: number;
    readonly values: number;
    readonly marks: number;
  }[];
}

/** Tells the machine of keys and their columns. Undefined where there is no memory for that. */
function layOut(
  memory: WasmMemory,
  members: readonly SpelledMember[],
  columns: readonly ShapeColumn[],
): Layout | undefined {
  const read = members.filter(({ place }) => place >= 0);
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
  const outputs = read.map(({ place }, n) => {
    const values = values_at + n * (VALUES_BYTES + MARKS_BYTES);
    return { place, at: (columns_at + n * COLUMN_BYTES) / 4, values, marks: values + VALUES_BYTES };
  });
  const known = outputs.values();
  let key_end = keys_at;
  for (const [n, { place, spelled }] of members.entries()) {
    const column = columns[place];
    const output = column === undefined ? undefined : known.next().value;
    bytes.set(spelled, key_end);
    const unread = place === UNKNOWN ? ONLY_NULL : ANY;
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

/**
 * Makes the scanner of the records in `b`, which is UTF-8: with these keys in this order, none of them twice. Undefined where such records are none for it.
 */
export function createScanner(
  b: Uint8Array,
  members: readonly SpelledMember[],
  columns: readonly ShapeColumn[],
  key: string | undefined,
  encoder: Encoder,
): Scanner | undefined {
  const key_at = members.findIndex(({ place }) => key !== undefined && columns[place]?.name === key);
  const key_column = columns[members[key_at]?.place ?? -1];
  if (key_column !== undefined && (key_column.list || !KEY_TYPES.includes(key_column.type))) return undefined;
  const key_place = key_at < 0 ? NO_KEY : key_at;
  const numeric = key_column?.type === 'BIGINT' || key_column?.type === 'TIMESTAMPTZ';
  if (members.length === 0 || members.length > MOST_MEMBERS) return undefined;
  const { memory, exports } = theMachine() ?? {};
  const layout = memory === undefined ? undefined : layOut(memory, members, columns);
  if (layout === undefined || exports === undefined) return undefined;
  const { bytes, words, view, places_at, input, open_at, outputs } = layout;
  const verdict: Verdict = { reason: '', replacement: undefined };

  const run = (begin: number, limit: number): number => {
    for (const { at, values, marks } of outputs) words.set([values, marks, marks, 0], at);
    return exports.scan(begin, limit, places_at, members.length, key_place, numeric ? 1 : 0, open_at);
  };

  /** Puts numbers where they were left open; tells where the record begins, in the machine's memory, of the first one that does not fit. */
  const settleOpen = (sent: number): number | undefined => {
    for (let at = open_at / 4; at < exports.open_at.value / 4; at += OPEN_BYTES / 4) {
      const [place = 0, from = 0, to = 0, record = 0, kind] = words.subarray(at, at + OPEN_BYTES / 4);
      const number = numberAt(b, from + sent, to + sent);
      if (kind === KINDS.FLOAT) {
        const float = nearestFloat(number, b, from + sent, to + sent);
        // It is a number, or WebAssembly would not have left it open: all that checkValue would ask is this.
        if (!Number.isFinite(float)) return record;
        view.setFloat32(place, float, true);
        continue;
      }
      if (checkValue({ name: '', type: 'DOUBLE', list: false }, b, from + sent, verdict, true) < 0)
        return record;
      view.setFloat64(place, number, true);
    }
    return undefined;
  };

  let window = { from: 0, to: 0 };
  let misfits = 0;

  /** Copies the bytes from `at` on, unless they are there: where they lie then. */
  const load = (at: number): number => {
    if (at < window.from || at >= Math.min(window.to, window.from + WINDOW_BYTES)) {
      window = { from: at, to: Math.min(b.length, at + WINDOW_BYTES + LONGEST_RECORD) };
      const length = window.to - at;
      bytes.set(b.subarray(at, window.to), input);
      bytes.fill(0, input + length, input + length + MARGIN);
    }
    return input + at - window.from;
  };

  return {
    scan: (at) => {
      if (misfits > MOST_MISFITS) return NOTHING;
      const begin = load(at);
      const sent = window.from - input;
      let end = run(begin, input + WINDOW_BYTES);
      for (let misfit = settleOpen(sent); misfit !== undefined; misfit = settleOpen(sent)) {
        misfits++;
        if (misfit === begin) return NOTHING;
        // Once more, as far as the record that it is in.
        end = run(begin, misfit);
      }
      const count = exports.rows.value;
      if (count === 0) return NOTHING;
      for (const { place, at: column, values, marks } of outputs)
        putReady(encoder.columns[place]!, {
          values: bytes.subarray(values, words[column]),
          nulls: words.subarray(marks / 4, words[column + 1]! / 4),
          levels: bytes.subarray(marks, words[column + 2]),
          entries: words[column + 3]!,
        });
      const { first_number, last_number, ascending } = exports;
      return {
        count,
        end: end + sent,
        first_key: [exports.first_from.value + sent, exports.first_to.value + sent],
        last_key: [exports.last_from.value + sent, exports.last_to.value + sent],
        numbers: numeric
          ? { first: first_number.value, last: last_number.value, ascending: ascending.value !== 0 }
          : undefined,
      };
    },
  };
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;
