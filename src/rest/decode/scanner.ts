/**
 * Most records of a list are alike: the same keys in the same order and spelling, every value of its usual
 * form. WebAssembly (`wasm/scan.ts`) recognizes, checks and puts such records into columns in one pass,
 * sixteen bytes at a time: five times as fast as the same in JavaScript (measured, Node 20). It leaves any
 * other record to record.ts, which reads all JSON; without WebAssembly, record.ts reads everything.
 */
import type { Column, ColumnType } from '../../table/column.js';
import type { ShapeColumn, SpelledMember } from './record-schema.js';
import {
  KINDS,
  type Layout,
  LONGEST_RECORD,
  layOut,
  MARGIN,
  OPEN_BYTES,
  type ScanExports,
  theMachine,
  WINDOW_BYTES,
} from './scanner-machine.js';
import { checkValue } from './values/check-value.js';
import { type Encoder, putReady } from './values/encode.js';
import { nearestFloat } from './values/float.js';
import { numberAt } from './values/put-value.js';
import type { Verdict } from './values/verdict.js';

/** Records that were read from a position on. */
export interface ScannedRecords {
  readonly count: number;
  /** Where the last of them ends. */
  readonly end: number;
  /** The positions of the first and the last key, where there is a key. */
  readonly first_key: readonly [from: number, to: number];
  readonly last_key: readonly [from: number, to: number];
  /** The first and the last key, if they are whole numbers, and whether all of them ascend. */
  readonly numbers:
    | { readonly first: bigint; readonly last: bigint; readonly ascending: boolean }
    | undefined;
}

/** Reads records of one answer with one spelling. */
export interface Scanner {
  /**
   * Reads records joined by commas from the one at `at` on, and puts them into the encoder's columns: any
   * number of them, even none.
   */
  readonly scan: (at: number) => ScannedRecords;
}

const NO_KEY = 0xffff_ffff;

/** The most records with a number that does not fit: the records after each of them are read twice. */
const MOST_MISFITS = 20;
/** More columns are not worth their share of the memory. */
const MOST_MEMBERS = 200;
const KEY_TYPES: readonly ColumnType[] = ['BIGINT', 'TIMESTAMPTZ', 'VARCHAR', 'UUID', 'DATE'];

const NOTHING: ScannedRecords = { count: 0, end: 0, first_key: [0, 0], last_key: [0, 0], numbers: undefined };

/** One scanner: the form of its records, its part of the machine's memory, and its progress. */
interface ScannerState {
  readonly b: Uint8Array;
  readonly exports: ScanExports;
  readonly layout: Layout;
  readonly members: number;
  readonly key_place: number;
  readonly numeric: boolean;
  readonly encoder: Encoder;
  readonly verdict: Verdict;
  /** The range of bytes in the machine's memory. */
  window: { readonly from: number; readonly to: number };
  misfits: number;
}

/**
 * Makes the scanner of the records in `b`, which is UTF-8: with these keys in this order, and no key twice.
 * Undefined where it cannot read such records.
 */
export function createScanner(
  b: Uint8Array,
  members: readonly SpelledMember[],
  columns: readonly ShapeColumn[],
  key: string | undefined,
  encoder: Encoder,
): Scanner | undefined {
  const key_at = members.findIndex(
    ({ column_index }) => key !== undefined && columns[column_index]?.name === key,
  );
  const key_column = columns[members[key_at]?.column_index ?? -1];
  if (key_column !== undefined && (key_column.list || !KEY_TYPES.includes(key_column.type))) return undefined;
  if (members.length === 0 || members.length > MOST_MEMBERS) return undefined;
  const { memory, exports } = theMachine() ?? {};
  const layout = memory === undefined ? undefined : layOut(memory, members, columns);
  if (layout === undefined || exports === undefined) return undefined;
  const state: ScannerState = {
    ...{ b, exports, layout, encoder },
    members: members.length,
    key_place: key_at < 0 ? NO_KEY : key_at,
    numeric: key_column?.type === 'BIGINT' || key_column?.type === 'TIMESTAMPTZ',
    verdict: { reason: '', replacement: undefined },
    window: { from: 0, to: 0 },
    misfits: 0,
  };
  return { scan: (at) => scanFrom(state, at) };
}

function scanFrom(state: ScannerState, at: number): ScannedRecords {
  if (state.misfits > MOST_MISFITS) return NOTHING;
  const { exports, layout, encoder, numeric } = state;
  const { bytes, words, input, outputs } = layout;
  const begin = load(state, at);
  const sent = state.window.from - input;
  let end = run(state, begin, input + WINDOW_BYTES);
  for (let misfit = settleOpen(state, sent); misfit !== undefined; misfit = settleOpen(state, sent)) {
    state.misfits++;
    if (misfit === begin) return NOTHING;
    // Scan again, but only up to the record that contains it.
    end = run(state, begin, misfit);
  }
  const count = exports.rows.value;
  if (count === 0) return NOTHING;
  for (const { column_index, at: column, values, marks } of outputs)
    putReady(encoder.columns[column_index]!, {
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
}

function run(state: ScannerState, begin: number, limit: number): number {
  const { exports, layout, members, key_place, numeric } = state;
  const { words, places_at, open_at, outputs } = layout;
  for (const { at, values, marks } of outputs) words.set([values, marks, marks, 0], at);
  return exports.scan(begin, limit, places_at, members, key_place, numeric ? 1 : 0, open_at);
}

/**
 * Parses the numbers that WebAssembly left open. Returns the start, in the machine's memory, of the first
 * record with a number that does not fit.
 */
function settleOpen({ b, exports, layout, verdict }: ScannerState, sent: number): number | undefined {
  const { words, view, open_at } = layout;
  for (let at = open_at / 4; at < exports.open_at.value / 4; at += OPEN_BYTES / 4) {
    const [put_at = 0, from = 0, to = 0, record = 0, kind] = words.subarray(at, at + OPEN_BYTES / 4);
    const number = numberAt(b, from + sent, to + sent);
    if (kind === KINDS.FLOAT) {
      const float = nearestFloat(number, b, from + sent, to + sent);
      // WebAssembly leaves only numbers open, so checkValue would ask nothing else.
      if (!Number.isFinite(float)) return record;
      view.setFloat32(put_at, float, true);
      continue;
    }
    if (checkValue(DOUBLE, b, from + sent, verdict, true) < 0) return record;
    view.setFloat64(put_at, number, true);
  }
  return undefined;
}

const DOUBLE: Column = { name: '', type: 'DOUBLE', list: false };

/** Copies the bytes from `at` on, unless they are already in the memory: returns their address. */
function load(state: ScannerState, at: number): number {
  const { b, window, layout } = state;
  const { bytes, input } = layout;
  if (at >= window.from && at < Math.min(window.to, window.from + WINDOW_BYTES))
    return input + at - window.from;
  const to = Math.min(b.length, at + WINDOW_BYTES + LONGEST_RECORD);
  state.window = { from: at, to };
  bytes.set(b.subarray(at, to), input);
  bytes.fill(0, input + to - at, input + to - at + MARGIN);
  return input;
}
