/** One answer becomes a page: its records, what they make necessary, and whether they get on. */
import { XanoError } from '../../errors.js';
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
import { wholeKey } from '../decode/whole-key.js';
import type { Http } from '../http/client.js';
import type { Answer, RequestContext } from '../http/messages.js';
import type { PageRequest } from '../http/request.js';
import { countIn, fieldAt, type Surroundings } from './fields/answer-field.js';
import type { PageSizes } from './page-size.js';
import type { KeyRange } from './paginator.js';

/** One answer's records and how to go on after them. */
export interface Page extends Omit<PageRecords, 'drift' | 'ascending' | 'envelope' | 'records'> {
  readonly index: number;
  readonly request: PageRequest;
  readonly next: PageRequest | null;
  /** Records the server counts under the conditions of this request; null when it does not say. */
  readonly total: number | null;
  /** Records that the first or the last answer counts though the config names no such field; null where none does. */
  readonly implied_total: number | null;
  /** Columns that this page made necessary: new ones, and inferred ones whose type had to give way. */
  readonly widened: readonly ShapeColumn[];
  /**
   * Reads the columns of a large page in parts, once; absent where `columns` holds them. Like the memory of
   * `columns`, they are to be read before the next page is asked for.
   */
  readonly parts?: (() => Iterable<RecordPart>) | undefined;
}

/** The values of a page that did not fit their columns. */
export function rejectedOf({ rejects, rejected }: Pick<Page, 'rejects' | 'rejected'>): number {
  return rejected ?? rejects.length;
}

/** What reading needs beside the config. */
export interface ReadOptions {
  readonly http: Http;
  readonly columns: readonly ShapeColumn[];
  readonly range?: KeyRange;
  /** Begin with this request instead of the first page. */
  readonly from?: PageRequest | undefined;
  /** The key that the request before `from` ended with. */
  readonly after?: string | undefined;
  /** The request before `from`, and the records read up to it. */
  readonly last?: PageRequest | undefined;
  readonly rows?: number | undefined;
  readonly sender: RequestContext;
  /** Ask for no page after the first. */
  readonly only_first?: boolean;
  /** Room for one more request beside the one under way, as {@link Http.lane}; none where it is not given. */
  readonly lane?: Http['lane'] | undefined;
  /** What was found out about page sizes while this list was read before. */
  readonly sizes?: PageSizes | undefined;
  /** What every record gets beside its own. */
  readonly constants?: readonly Constant[] | undefined;
  /** Shared by several lists that go into one table, so that they agree on its columns. */
  readonly reader?: PageReader | undefined;
  /** The first answer, where it has been asked for already. */
  readonly asked?: Promise<LinkedAnswer> | undefined;
}

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

/** The column that identifies records and orders pages, when there is exactly one. */
export function keyOf(config: ResolvedEndpoint): string | undefined {
  if (config.pagination.type === 'keyset') return config.pagination.key;
  return config.primary_key.length === 1 ? config.primary_key[0] : undefined;
}

/** Throws PAGINATION_LOOP where a page does not come after the one before it. */
export function assertProgress(
  config: ResolvedEndpoint,
  page: PageRecords,
  last: string | undefined,
  before: PageRecords | undefined,
): void {
  if (page.count === 0) return;
  if (config.pagination.type === 'keyset') {
    const { key } = config.pagination;
    if (isNone(page.first_key) || isNone(page.last_key))
      throw new XanoError('PAGINATION_LOOP', `Records of "${config.name}" come without their key "${key}".`);
    if (!page.ascending || (last !== undefined && !isAfter(page.first_key, last)))
      throw new XanoError(
        'PAGINATION_LOOP',
        `The server does not keep records of "${config.name}" in the order of "${key}".`,
      );
  }
  if (before !== undefined && Buffer.compare(before.records, page.records) === 0)
    throw new XanoError(
      'PAGINATION_LOOP',
      `The server gives the same page of "${config.name}" again and again.`,
    );
}

const isNone = (key: string | null): key is null => key === null || key === 'null';

/** Tells whether a key (JSON text) comes after another: whole numbers by value, anything else only by being different. */
function isAfter(key: string, last: string): boolean {
  const [number, last_number] = [wholeKey(key), wholeKey(last)];
  return number === undefined || last_number === undefined ? key !== last : number > last_number;
}

/** What an answer counts under its conditions, as a number or as a text; null when it does not say. */
export function totalOf(
  { pagination }: Pick<ResolvedEndpoint, 'pagination'>,
  answer: Surroundings,
): number | null {
  const { total_path: path = '' } = pagination;
  return (path === '' ? undefined : countIn(fieldAt(answer, path))) ?? null;
}
