/** Reads answers of one list into columns, which change as records bring new ones. */

import { namedColumns } from '../config/columns/named-columns.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
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

/** An answer that was read on arrival, before its turn. */
export interface ReadAnswer {
  readonly body: Uint8Array;
  readonly page: PageRecords;
  /** What holds its columns. */
  readonly encoder: Encoder;
  /** How often columns had changed by then. */
  readonly version: number;
  readonly constants: readonly Constant[] | undefined;
}

/** The same with what came beside its body. */
export interface LinkedAnswer extends ReadAnswer {
  readonly headers: Answer['headers'];
  readonly holds_secret?: Answer['holds_secret'];
}

/**
 * Reads answers with the columns known so far. Answers may arrive in another order than they are returned in.
 */
export interface PageReader {
  readonly read: (body: Uint8Array, constants?: readonly Constant[]) => ReadAnswer;
  /** The page with the present columns, and the columns that changed since the previous page. */
  readonly take: (answer: ReadAnswer) => {
    readonly page: PageRecords;
    readonly encoder: Encoder;
    readonly widened: ShapeColumn[];
    /** For a large answer, whose page has no columns: holds the answer. */
    readonly parts?: Page['parts'];
  };
  /** Nobody reads its columns any more. */
  readonly release: (encoder: Encoder) => void;
}

/** The memory of a larger page is not kept for others. Bytes. */
const LARGEST_KEPT = 64 * 1024 * 1024;

/**
 * Larger answers are checked completely and then read in parts, and no page is requested meanwhile: their
 * columns, or a second such answer, would take as much memory as the answer itself. Bytes.
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
  /** Encoders for the present columns, and those that are free. */
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

/** Reads an answer, and again each time that its records require other columns. */
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
    // The check runs before new keys become columns: otherwise the second pass would take a failure report
    // for a record.
    if (known !== undefined) assertNoReport(config, page, known);
    known = undefined;
    if (page.drift.size > 0) {
      adoptColumns(state, page.drift);
      continue;
    }
    assertSucceeded(page.envelope, config.data_selector, page.count);
    // Pages are compared with previous pages, so their answers would have to stay in memory.
    const records =
      check_only && config.pagination.type !== 'single_page'
        ? compactRecords(page.records, keyOf(config) ?? 'id')
        : page.records;
    return { body, page: { ...page, records }, encoder, version: state.version, constants };
  }
}

/** Adds columns for new keys, and turns those with a wrong guessed type into JSON. */
function adoptColumns(state: ReaderState, drift: PageRecords['drift']): void {
  const { columns, config } = state;
  state.current = new WeakSet();
  state.free = [];
  state.latest = undefined;
  const index_of = new Map(columns.map((column, at) => [column.name, at]));
  for (const [name, kinds] of drift) {
    const known = index_of.get(name);
    // A wrong guess becomes JSON immediately: JSON holds every value as sent.
    const type = known === undefined ? typeForKinds(kinds) : 'JSON';
    const column: ShapeColumn = { name, type, list: false, inferred: type !== 'JSON' };
    if (known === undefined) columns.push(column);
    else columns[known] = column;
  }
  assertFewFields(columns.length, `The records of "${config.name}" have`);
  state.version++;
}

function takeAnswer(state: ReaderState, answer: ReadAnswer): ReturnType<PageReader['take']> {
  // A column that has become JSON since is encoded in another way, or was not known yet.
  const { page, encoder, body, constants } =
    answer.version === state.version ? answer : readAnswer(state, answer.body, answer.constants);
  const { columns, taken, shape, config } = state;
  const widened = columns.filter((column, at) => taken[at] !== column);
  const now = [...columns];
  state.taken = now;
  if (!isLargeAnswer(body)) return { page, encoder, widened };
  // Other answers may add columns while this one is read.
  const parts = (): Iterable<RecordPart> =>
    readParts(body, config.data_selector, { ...shape, columns: now, constants }, encoder);
  return { page, encoder, widened, parts };
}

/**
 * Throws RESPONSE_UNEXPECTED where an object among the records reports that the request failed. `known`:
 * names of columns that earlier pages have shown.
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
