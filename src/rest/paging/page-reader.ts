/** Reads answers of one list into columns, which change as records bring new ones. */

import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import { namedColumns } from '../config/named-columns.js';
import { assertFewFields } from '../decode/answer/bounds.js';
import { failedRecord } from '../decode/answer/failed-record.js';
import { assertSucceeded } from '../decode/answer/said-failure.js';
import { singleRecordOf } from '../decode/answer/single-record.js';
import { compactRecords } from '../decode/compact-records.js';
import type { Constant, RecordShape, ShapeColumn } from '../decode/record-schema.js';
import { type PageRecords, type RecordPart, readParts, readRecords } from '../decode/records.js';
import { createEncoder, type Encoder } from '../decode/values/encode.js';
import { typeForKinds } from '../decode/values/value-kind.js';
import type { Answer } from '../http/messages.js';
import { keyOf, type Page } from './page.js';

/** An answer that was read when it came, before its turn to be taken. */
export interface ReadAnswer {
  readonly body: Uint8Array;
  readonly page: PageRecords;
  /** What holds its columns. */
  readonly encoder: Encoder;
  /** How many times columns had changed by then. */
  readonly version: number;
  readonly constants: readonly Constant[] | undefined;
}

/** The same with what came beside its body. */
export interface LinkedAnswer extends ReadAnswer {
  readonly headers: Answer['headers'];
  readonly holds_secret?: Answer['holds_secret'];
}

/**
 * Reads answers with the columns known so far. They may come in another order than the one they are taken in.
 */
export interface PageReader {
  readonly read: (body: Uint8Array, constants?: readonly Constant[]) => ReadAnswer;
  /** The page as it is with the columns of now, and the columns that changed since the last one was taken. */
  readonly take: (answer: ReadAnswer) => {
    readonly page: PageRecords;
    readonly encoder: Encoder;
    readonly widened: ShapeColumn[];
    /** Of a large answer, whose page has no columns. It holds the answer. */
    readonly parts?: Page['parts'];
  };
  /** Its columns are read by nobody any more. */
  readonly release: (encoder: Encoder) => void;
}

/** The memory of an uncommonly large page is not kept for others. Bytes. */
const LARGEST_KEPT = 64 * 1024 * 1024;

/**
 * Larger answers are checked whole and then read in parts, and nothing is asked for while that is done: their
 * columns, or a second such answer, would take as much memory as they take themselves. Bytes.
 */
const LARGE_ANSWER = 32 * 1024 * 1024;

/** Whether an answer is so large that no other one should be held beside it. */
const isLargeAnswer = (body: Uint8Array): boolean => body.length > LARGE_ANSWER;

/** The shape of a list's records as it is known so far, and the encoders for it. */
interface ReaderState {
  readonly config: ResolvedEndpoint;
  readonly shape: RecordShape;
  readonly columns: ShapeColumn[];
  /** The columns when the last page was taken. */
  taken: readonly ShapeColumn[];
  /** How many times columns have changed. */
  version: number;
  /** Encoders that were made for the columns of now, and those of them that nobody uses. */
  current: WeakSet<Encoder>;
  free: Encoder[];
  latest: Encoder | undefined;
}

/** Makes the reader of one list. */
export function createPageReader(config: ResolvedEndpoint, columns: readonly ShapeColumn[]): PageReader {
  const named = namedColumns(config).map(({ name }) => name);
  const known = [...columns];
  const state: ReaderState = {
    config,
    columns: known,
    shape: {
      columns: known,
      key: keyOf(config),
      excluded: config.excluded,
      single: singleRecordOf(config),
      ...(named.length === 0 ? {} : { wanted: named }),
    },
    ...{ taken: [...columns], version: 0, current: new WeakSet(), free: [], latest: undefined },
  };
  return {
    read: (body, constants) => readAnswer(state, body, constants),
    take: (answer) => takeAnswer(state, answer),
    release: (encoder) => {
      if (state.current.has(encoder) && encoder.bytes() <= LARGEST_KEPT) state.free.push(encoder);
    },
  };
}

function encoderOfNow(state: ReaderState): Encoder {
  const encoder = state.free.pop() ?? createEncoder(state.columns, state.latest);
  state.current.add(encoder);
  state.latest = encoder;
  return encoder;
}

/** Reads an answer, once more each time that its records make other columns necessary. */
function readAnswer(
  state: ReaderState,
  body: Uint8Array,
  constants: readonly Constant[] | undefined,
): ReadAnswer {
  const { config, shape } = state;
  const check_only = isLargeAnswer(body);
  let known: readonly string[] | undefined = shape.columns.map(({ name }) => name);
  for (;;) {
    const encoder = encoderOfNow(state);
    const page = readRecords(body, config.data_selector, { ...shape, constants }, encoder, { check_only });
    // Before its keys become columns: a report of a failure would be a record then when it is read again.
    if (known !== undefined) assertNoReport(config, page, known);
    known = undefined;
    if (page.drift.size > 0) {
      adoptColumns(state, page.drift);
      continue;
    }
    assertSucceeded(page.envelope, config.data_selector, page.count);
    // Pages are compared with those before them, whose answers would have to be held for that.
    const records =
      check_only && config.pagination.type !== 'single_page'
        ? compactRecords(page.records, keyOf(config) ?? 'id')
        : page.records;
    return { body, page: { ...page, records }, encoder, version: state.version, constants };
  }
}

/** Adds columns for new keys, and makes JSON of those whose type was a wrong guess. */
function adoptColumns(state: ReaderState, drift: PageRecords['drift']): void {
  const { columns, config } = state;
  state.current = new WeakSet();
  state.free = [];
  state.latest = undefined;
  const index_of = new Map(columns.map((column, at) => [column.name, at]));
  for (const [name, kinds] of drift) {
    const known = index_of.get(name);
    // A guess that does not hold gives way to JSON at once: it holds everything, as sent.
    const type = known === undefined ? typeForKinds(kinds) : 'JSON';
    const column: ShapeColumn = { name, type, list: false, inferred: type !== 'JSON' };
    if (known === undefined) columns.push(column);
    else columns[known] = column;
  }
  assertFewFields(columns.length, `The records of "${config.name}" have`);
  state.version++;
}

function takeAnswer(state: ReaderState, answer: ReadAnswer): ReturnType<PageReader['take']> {
  // A column that gave way since is spelled otherwise, or was not known at all.
  const { page, encoder, body, constants } =
    answer.version === state.version ? answer : readAnswer(state, answer.body, answer.constants);
  const { columns, taken, shape, config } = state;
  const widened = columns.filter((column, at) => taken[at] !== column);
  const now = [...columns];
  state.taken = now;
  if (!isLargeAnswer(body)) return { page, encoder, widened };
  // Answers that are read meanwhile may add columns.
  const parts = (): Iterable<RecordPart> =>
    readParts(body, config.data_selector, { ...shape, columns: now, constants }, encoder);
  return { page, encoder, widened, parts };
}

/**
 * Throws RESPONSE_UNEXPECTED where an object among the records says that the request failed. `known`: names
 * of columns that are known without this page.
 */
export function assertNoReport(
  config: ResolvedEndpoint,
  { records, count }: Pick<PageRecords, 'records' | 'count'>,
  known: readonly string[],
): void {
  if (count === 0 || config.single_record === true) return;
  const declared = (config.columns ?? []).map(({ name }) => name);
  const report = failedRecord(records, { are_lines: config.format === 'ndjson', declared, known });
  if (report !== undefined) throw report;
}
