/**
 * Most records of a list are spelled alike: the same keys in the same order, every value as it usually is.
 * Such records are recognised, checked and put into columns in one go by WebAssembly (`wasm/scan.ts`), which
 * goes over sixteen bytes at a time: five times as fast as the same in JavaScript (measured, Node 20).
 * Whatever it does not know it leaves to record.ts, which reads any JSON there is, and so does a machine
 * without it.
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
   * Reads records from the one that begins at `at` on, joined by commas, and puts them into the encoder's
   * columns: as many as it likes, perhaps none.
   */
  readonly scan: (at: number) => ScannedRecords;
}

const NO_KEY = 0xffff_ffff;

/** For each of them what was read behind it is read again. */
const MOST_MISFITS = 20;
/** More columns are not worth the memory that is set aside for each. */
const MOST_MEMBERS = 200;
const KEY_TYPES: readonly ColumnType[] = ['BIGINT', 'TIMESTAMPTZ', 'VARCHAR', 'UUID', 'DATE'];

const NOTHING: ScannedRecords = { count: 0, end: 0, first_key: [0, 0], last_key: [0, 0], numbers: undefined };

/** One scanner: the records it is for, its part of the machine's memory, and what it has been through. */
interface ScannerState {
  readonly b: Uint8Array;
  readonly exports: ScanExports;
  readonly layout: Layout;
  readonly members: number;
  readonly key_place: number;
  readonly numeric: boolean;
  readonly encoder: Encoder;
  readonly verdict: Verdict;
  /** Which of the bytes are in the machine's memory. */
  window: { readonly from: number; readonly to: number };
  misfits: number;
}

/**
 * Makes the scanner of the records in `b`, which is UTF-8: with these keys in this order, none of them twice.
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
    // Once more, as far as the record that it is in.
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
 * Puts numbers where they were left open. Gives the start, in the machine's memory, of the first record with
 * a number that does not fit.
 */
function settleOpen({ b, exports, layout, verdict }: ScannerState, sent: number): number | undefined {
  const { words, view, open_at } = layout;
  for (let at = open_at / 4; at < exports.open_at.value / 4; at += OPEN_BYTES / 4) {
    const [put_at = 0, from = 0, to = 0, record = 0, kind] = words.subarray(at, at + OPEN_BYTES / 4);
    const number = numberAt(b, from + sent, to + sent);
    if (kind === KINDS.FLOAT) {
      const float = nearestFloat(number, b, from + sent, to + sent);
      // It is a number, or WebAssembly would not have left it open: all that checkValue would ask is this.
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

/** Copies the bytes from `at` on, unless they are there: where they lie then. */
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
