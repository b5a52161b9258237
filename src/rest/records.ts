/**
 * An answer's bytes become its envelope (parsed) and its records (still bytes). Records are never built as JavaScript
 * objects: each value is checked in place against its column, then put into it; what does not fit is kept aside.
 * DuckDB's own reader of JSON would turn 1.5 into 2 in a BIGINT, take `true` for 1, and fail a whole batch on one bad date.
 */
import { isUtf8 } from 'node:buffer';
import type { ColumnData } from '../columnar.js';
import { XanoError } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { Reject } from '../target.js';
import { isMalformed, malformed, skipSpace, textAt, valueEnd } from './bytes.js';
import { createEncoder, type Encoder } from './encode.js';
import { envelopeAround, findList } from './envelope.js';
import { createPageKeys, NO_KEY } from './page-keys.js';
import { createRecordReader } from './record.js';
import type { RecordShape } from './record-shape.js';
import { createScanner, type Scanner } from './scan.js';
import { isSingleRecord, noRecord } from './single-record.js';

/** The list of one answer: its records as they were sent, and as columns. */
export interface PageRecords {
  /** The answer without its list, as an object; `{ items: [] }` and so on. A bare list leaves `{}`. */
  readonly envelope: JsonObject;
  /** JSON objects joined by commas, without brackets: the answer's own bytes. */
  readonly records: Uint8Array;
  /** In the order of the shape's columns; their memory is the encoder's. */
  readonly columns: readonly ColumnData[];
  readonly count: number;
  readonly rejects: readonly Reject[];
  /** Raw JSON text of the first and last record's key. */
  readonly first_key: string | null;
  readonly last_key: string | null;
  /** False when a whole-number key is not above the one before it. */
  readonly ascending: boolean;
  /** Those of the shape's wanted names that a record has; absent where none are wanted. */
  readonly found?: readonly string[];
  /** Keys that no column declares, or that an inferred column's type does not hold: what kinds of values were seen. */
  readonly drift: ReadonlyMap<string, number>;
}

/** So many records may be spelled otherwise, and more where as many were not. */
const FEW = 100;

/**
 * Reads the answer to one page request. Throws RESPONSE_UNEXPECTED or SELECTOR_EMPTY; never gives part of a page. An encoder that is given is one
 * of the shape's columns.
 */
export function readRecords(
  body: Uint8Array,
  selector: string,
  shape: RecordShape,
  encoder: Encoder = createEncoder(shape.columns),
): PageRecords {
  try {
    const start = findRecords(body, selector, shape);
    const { end, ...page } =
      body[start] === 0x7b
        ? readSingle(body, start, shape, encoder)
        : readList(body, start, shape, selector, encoder);
    return { envelope: envelopeAround(body, start, end, selector), ...page };
  } catch (thrown) {
    if (!isMalformed(thrown)) throw thrown;
    const near = Buffer.from(body.subarray(Math.max(0, thrown.at - 20), thrown.at + 20)).toString('utf8');
    throw new XanoError(
      'RESPONSE_UNEXPECTED',
      `The answer is not whole JSON: ${thrown.malformed} at byte ${thrown.at}.`,
      {
        cause: `near ${JSON.stringify(near)}`,
      },
    );
  }
}

/** Reads the list that opens at `start`, in one pass over its bytes, and tells where its closing bracket is. */
function readList(
  b: Uint8Array,
  start: number,
  shape: RecordShape,
  selector: string,
  encoder: Encoder,
): Omit<PageRecords, 'envelope'> & { readonly end: number } {
  const { columns } = shape;
  const utf8 = isUtf8(b);
  const reader = createRecordReader(b, shape, encoder, utf8);
  const keys = createPageKeys(b);
  /** Columns that the first record has no member of. */
  let unspelled: readonly number[] = [];
  let hasKey = false;
  /** For more records that are spelled as the one that was read last. */
  const scannerOfLast = (): Scanner | undefined => {
    const members = reader.members();
    const read = members.map(({ place }) => place).filter((place) => place >= 0);
    const spelled = new Set(read);
    if (!utf8 || spelled.size < read.length) return undefined;
    unspelled = columns.flatMap((_, column) => (spelled.has(column) ? [] : [column]));
    hasKey = read.some((column) => columns[column]!.name === shape.key);
    return createScanner(b, members, columns, shape.key, encoder);
  };

  encoder.begin();
  let scanner: Scanner | undefined;
  /** Records that were spelled as the first one, less those that were not. */
  let alike = 0;
  let count = 0;
  let i = skipSpace(b, start + 1);
  const from = i;
  let end = i;
  if (b[i] !== 0x5d)
    for (;;) {
      if (b[i] !== 0x7b) throw notAnObject(b, i, count + 1, selector);
      const scanned = scanner?.scan(i);
      if (scanned !== undefined && scanned.count > 0) {
        for (const column of unspelled) for (let n = 0; n < scanned.count; n++) reader.putOther(column);
        if (hasKey) keys.noteScanned(scanned);
        else keys.note(NO_KEY);
        alike += scanned.count;
        count += scanned.count;
        i = scanned.end;
      } else {
        i = reader.read(i);
        reader.put();
        keys.note(reader.key);
        if (count === 0) scanner = scannerOfLast();
        else if (--alike < -FEW) scanner = undefined;
        count++;
      }
      end = skipSpace(b, i);
      if (b[end] === 0x5d) break;
      if (b[end] !== 0x2c) malformed(b[end] === undefined ? 'cut off' : 'no comma between records', end);
      i = skipSpace(b, end + 1);
    }
  return {
    records: b.subarray(from, i),
    columns: encoder.finish(),
    count,
    rejects: reader.rejects,
    first_key: keys.first(),
    last_key: keys.last(),
    ascending: keys.ascending(),
    ...(shape.wanted === undefined ? {} : { found: [...reader.found] }),
    drift: reader.drift,
    end,
  };
}

/** Where the list opens, or the object that is a record in its place. Throws what {@link findList} throws. */
function findRecords(body: Uint8Array, selector: string, { single = 'never' }: RecordShape): number {
  const start = findList(body, selector, single !== 'never');
  if (body[start] !== 0x7b) return start;
  let answer: unknown;
  try {
    answer = JSON.parse(textAt(body, 0, body.length));
  } catch {
    malformed('no whole object', start);
  }
  if (!isSingleRecord(answer, selector, single)) throw noRecord(body, selector, answer);
  return start;
}

/** Reads one object as a list of one, by the same rules; one without members is none. `end` is its closing brace. */
function readSingle(
  b: Uint8Array,
  start: number,
  shape: RecordShape,
  encoder: Encoder,
): Omit<PageRecords, 'envelope'> & { readonly end: number } {
  const reader = createRecordReader(b, shape, encoder, isUtf8(b));
  const keys = createPageKeys(b);
  encoder.begin();
  const isEmpty = b[skipSpace(b, start + 1)] === 0x7d;
  const end = reader.read(start);
  if (!isEmpty) {
    reader.put();
    keys.note(reader.key);
  }
  return {
    records: isEmpty ? b.subarray(start, start) : b.subarray(start, end),
    columns: encoder.finish(),
    count: isEmpty ? 0 : 1,
    rejects: reader.rejects,
    first_key: keys.first(),
    last_key: keys.last(),
    ascending: keys.ascending(),
    drift: reader.drift,
    ...(shape.wanted === undefined ? {} : { found: [...reader.found] }),
    end: end - 1,
  };
}

/** What to say of a value among the records that no row can be made of. Throws a malformed remark where it is no JSON at all. */
function notAnObject(b: Uint8Array, i: number, place: number, selector: string): XanoError {
  valueEnd(b, i);
  const list = selector === '' ? 'the list' : `the list at "${selector}"`;
  return new XanoError('RESPONSE_UNEXPECTED', `Record ${place} of ${list} is no object.`, {
    hint: 'Rows are made of objects: if another list holds them, say so in data_selector.',
  });
}
