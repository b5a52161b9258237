/** Reads answers of one list into columns, which change as records bring new ones. */
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import { namedColumns } from '../config/named-columns.js';
import { assertFewFields } from '../decode/answer/bounds.js';
import { assertSucceeded } from '../decode/answer/said-failure.js';
import { singleRecordOf } from '../decode/answer/single-record.js';
import { compactRecords } from '../decode/compact-records.js';
import type { Constant, ShapeColumn } from '../decode/record-schema.js';
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

/** Reads answers with the columns known so far. They may come in another order than the one they are taken in. */
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

/** Makes the reader of one list. */
export function createPageReader(config: ResolvedEndpoint, columns: readonly ShapeColumn[]): PageReader {
  const named = namedColumns(config).map(({ name }) => name);
  const wanted = named.length === 0 ? {} : { wanted: named };
  const single = singleRecordOf(config);
  const shape = { columns: [...columns], key: keyOf(config), excluded: config.excluded, single, ...wanted };
  let told: readonly ShapeColumn[] = [...columns];
  let version = 0;
  /** Encoders that were made for the columns of now, and those of them that nobody uses. */
  let made = new WeakSet<Encoder>();
  let free: Encoder[] = [];
  let latest: Encoder | undefined;
  const encoderOfNow = (): Encoder => {
    const encoder = free.pop() ?? createEncoder(shape.columns, latest);
    made.add(encoder);
    latest = encoder;
    return encoder;
  };

  const read: PageReader['read'] = (body, constants) => {
    for (;;) {
      const encoder = encoderOfNow();
      const check_only = isLargeAnswer(body);
      const options = { check_only };
      const page = readRecords(body, config.data_selector, { ...shape, constants }, encoder, options);
      if (page.drift.size === 0) {
        assertSucceeded(page.envelope, config.data_selector, page.count);
        // Pages are compared with those before them, whose answers would have to be held for that.
        const records =
          check_only && config.pagination.type !== 'single_page'
            ? compactRecords(page.records, keyOf(config) ?? 'id')
            : page.records;
        return { body, page: { ...page, records }, encoder, version, constants };
      }
      made = new WeakSet();
      free = [];
      latest = undefined;
      const places = new Map(shape.columns.map((column, at) => [column.name, at]));
      for (const [name, kinds] of page.drift) {
        const known = places.get(name);
        // A guess that does not hold gives way to JSON at once: it holds everything, as sent.
        const type = known === undefined ? typeForKinds(kinds) : 'JSON';
        const column: ShapeColumn = { name, type, list: false, inferred: type !== 'JSON' };
        if (known === undefined) shape.columns.push(column);
        else shape.columns[known] = column;
      }
      assertFewFields(shape.columns.length, `The records of "${config.name}" have`);
      version++;
    }
  };

  return {
    read,
    take: (answer) => {
      // A column that gave way since is spelled otherwise, or was not known at all.
      const { page, encoder, body, constants } =
        answer.version === version ? answer : read(answer.body, answer.constants);
      const widened = shape.columns.filter((column, at) => told[at] !== column);
      told = [...shape.columns];
      if (!isLargeAnswer(body)) return { page, encoder, widened };
      // Answers that are read meanwhile may add columns.
      const now = { ...shape, columns: told, constants };
      const parts = (): Iterable<RecordPart> => readParts(body, config.data_selector, now, encoder);
      return { page, encoder, widened, parts };
    },
    release: (encoder) => {
      if (made.has(encoder) && encoder.bytes() <= LARGEST_KEPT) free.push(encoder);
    },
  };
}
