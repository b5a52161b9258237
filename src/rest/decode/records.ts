/**
 * Turns bytes into columns: an answer becomes its envelope (parsed) and its records (still bytes).
 * In: the body of one answer, a selector, and the columns known so far.
 * Out: columns in the memory of an encoder, rejects, the first and last key, and kinds of values that no
 * column holds.
 * Records never become JavaScript objects: each value is checked in place against its column, then put into
 * it.
 * DuckDB's own JSON reader would turn 1.5 into 2 in a BIGINT, take `true` for 1, and fail a batch on one bad
 * date.
 */
import { isUtf8 } from 'node:buffer';
import { XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { Reject } from '../../table/column.js';
import type { ColumnData } from '../../table/column-data.js';
import { parseAbridged } from './answer/abridged.js';
import { envelopeAround, findList } from './answer/envelope.js';
import { isSingleRecord, noRecord } from './answer/single-record.js';
import { isMalformed, malformed, skipSpace } from './json-bytes.js';
import { createListReader, PART_BYTES } from './list-reader.js';
import { createPageKeys } from './page-keys.js';
import { createRecordReader } from './record.js';
import type { RecordShape } from './record-schema.js';
import { createEncoder, type Encoder } from './values/encode.js';

/** The list of one answer: its records as sent, and as columns. */
export interface PageRecords {
  /** The answer without its list, as an object; `{ items: [] }` and so on. A bare list leaves `{}`. */
  readonly envelope: JsonObject;
  /**
   * JSON objects joined by commas, without brackets: the answer's own bytes, or a digest of those of a large
   * page.
   */
  readonly records: Uint8Array;
  /** In the order of the shape's columns; their memory is the encoder's. */
  readonly columns: readonly ColumnData[];
  readonly count: number;
  readonly rejects: readonly Reject[];
  /**
   * Present where the records were only checked: then `columns` is empty, and `rejects` holds only the first
   * reject.
   */
  readonly rejected?: number;
  /** Raw JSON text of the first and last record's key. */
  readonly first_key: string | null;
  readonly last_key: string | null;
  /** False when a whole-number key is not above the one before it. */
  readonly ascending: boolean;
  /** The wanted names of the schema that a record has; absent without wanted names. */
  readonly found?: readonly string[];
  /**
   * Keys that no column declares, or whose guessed type does not hold the values: the kinds of values that
   * occurred.
   */
  readonly drift: ReadonlyMap<string, number>;
}

/** Some of an answer's records as columns, in the memory of the encoder until the next part is read. */
export interface RecordPart {
  readonly columns: readonly ColumnData[];
  readonly count: number;
  readonly rejects: readonly Reject[];
}

/** The options of reading records. */
export interface RecordOptions {
  /** Checks the records and keeps no columns: {@link readParts} reads them a second time. */
  readonly check_only?: boolean;
}

/**
 * Reads the answer to one page request. Throws RESPONSE_UNEXPECTED or SELECTOR_EMPTY; never returns part of a
 * page. A given encoder must have the columns of the schema.
 */
export function readRecords(
  body: Uint8Array,
  selector: string,
  shape: RecordShape,
  encoder: Encoder = createEncoder(shape.columns),
  options: RecordOptions = {},
): PageRecords {
  return explainingMalformed(body, shape, () => {
    const start = findRecords(body, selector, shape);
    const { end, ...page } =
      body[start] === 0x7b
        ? readSingle(body, start, shape, encoder, options)
        : readList(body, start, shape, selector, encoder, options);
    return { envelope: envelopeAround(body, start, end, selector), ...page };
  });
}

/**
 * Reads the records of an answer that {@link readRecords} has checked with the same schema, a few megabytes
 * at a time: the columns of a complete large answer would take as much memory as the answer. Other answers
 * may be read between two parts. Throws what {@link readRecords} throws.
 */
export function* readParts(
  body: Uint8Array,
  selector: string,
  shape: RecordShape,
  encoder: Encoder,
): Generator<RecordPart> {
  const start = findRecords(body, selector, shape);
  if (body[start] === 0x7b) {
    const { columns, count, rejects } = readSingle(body, start, shape, encoder, {});
    yield { columns, count, rejects };
    encoder.shrink();
    return;
  }
  const list = createListReader(body, start, shape, selector, encoder);
  while (!list.isDone()) {
    const count = explainingMalformed(body, shape, () => list.readPart(PART_BYTES));
    yield { columns: encoder.finish(), count, rejects: list.reader.takeRejects() };
  }
  encoder.shrink();
}

/** Runs work, and throws its {@link Malformed} as RESPONSE_UNEXPECTED. */
function explainingMalformed<T>(body: Uint8Array, shape: RecordShape, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!isMalformed(thrown)) throw thrown;
    const near = Buffer.from(body.subarray(Math.max(0, thrown.at - 20), thrown.at + 20)).toString('utf8');
    // The bytes there may be a value that nobody should see.
    const isPrivate =
      shape.excluded.length > 0 || shape.columns.some(({ maskValue }) => maskValue !== undefined);
    throw new XanoError(
      'RESPONSE_UNEXPECTED',
      `The answer is not complete JSON: ${thrown.malformed} at byte ${thrown.at}.`,
      isPrivate ? {} : { cause: `near ${JSON.stringify(near)}` },
    );
  }
}

/**
 * Reads the list that opens at `start`, in one pass over its bytes, and returns the position of its closing
 * bracket.
 */
function readList(
  b: Uint8Array,
  start: number,
  shape: RecordShape,
  selector: string,
  encoder: Encoder,
  { check_only = false }: RecordOptions,
): Omit<PageRecords, 'envelope'> & { readonly end: number } {
  const list = createListReader(b, start, shape, selector, encoder);
  const { reader, keys } = list;
  let rejects: readonly Reject[] = [];
  let rejected = 0;
  let count = 0;
  if (check_only)
    while (!list.isDone()) {
      count += list.readPart(PART_BYTES);
      const more = reader.takeRejects();
      if (rejected === 0) rejects = more.slice(0, 1);
      rejected += more.length;
    }
  else {
    count = list.readPart(Number.POSITIVE_INFINITY);
    rejects = reader.takeRejects();
  }
  return {
    records: list.records(),
    columns: check_only ? [] : encoder.finish(),
    count,
    rejects,
    ...(check_only ? { rejected } : {}),
    first_key: keys.first(),
    last_key: keys.last(),
    ascending: keys.ascending(),
    ...(shape.wanted === undefined ? {} : { found: [...reader.found] }),
    drift: reader.drift,
    end: list.end(),
  };
}

/**
 * The start of the list, or of the object that is a record in its place. Throws what {@link findList} throws.
 */
function findRecords(body: Uint8Array, selector: string, { single = 'never' }: RecordShape): number {
  const start = findList(body, selector, single !== 'never');
  if (body[start] !== 0x7b) return start;
  let answer: unknown;
  try {
    answer = parseAbridged(body);
  } catch {
    malformed('incomplete object', start);
  }
  if (!isSingleRecord(answer, selector, single)) throw noRecord(body, selector, answer);
  return start;
}

/**
 * Reads one object as a list of one, by the same rules; an empty object is not a record. `end` is its closing
 * brace.
 */
function readSingle(
  b: Uint8Array,
  start: number,
  shape: RecordShape,
  encoder: Encoder,
  { check_only = false }: RecordOptions,
): Omit<PageRecords, 'envelope'> & { readonly end: number } {
  const reader = createRecordReader(b, shape, encoder, isUtf8(b));
  const keys = createPageKeys(b);
  encoder.begin();
  const isEmpty = b[skipSpace(b, start + 1)] === 0x7d;
  const end = reader.read(start);
  if (!isEmpty) {
    if (!check_only) reader.put();
    keys.note(reader.key);
  }
  const rejects = reader.takeRejects();
  return {
    records: isEmpty ? b.subarray(start, start) : b.subarray(start, end),
    columns: check_only ? [] : encoder.finish(),
    count: isEmpty ? 0 : 1,
    rejects: check_only ? rejects.slice(0, 1) : rejects,
    ...(check_only ? { rejected: rejects.length } : {}),
    first_key: keys.first(),
    last_key: keys.last(),
    ascending: keys.ascending(),
    drift: reader.drift,
    ...(shape.wanted === undefined ? {} : { found: [...reader.found] }),
    end: end - 1,
  };
}
