/**
 * An answer's bytes become its envelope (parsed) and its records (still bytes). Records are never built as JavaScript
 * objects: each value is checked in place against its column, then put into it; what does not fit is kept aside.
 * DuckDB's own reader of JSON would turn 1.5 into 2 in a BIGINT, take `true` for 1, and fail a whole batch on one bad date.
 */
import { isUtf8 } from 'node:buffer';
import type { ColumnData } from '../columnar.js';
import { XanoError } from '../errors.js';
import { isJsonObject, type JsonObject, select } from '../json.js';
import type { Column, Reject } from '../target.js';
import { isMalformed, malformed, skipSpace, stringEnd, valueEnd } from './bytes.js';
import { createEncoder, type Encoder, putNull, putValue } from './encode.js';
import { listPaths } from './lists.js';
import { createScanner, IGNORED, type ScannedRecords, type Scanner, UNKNOWN } from './scan.js';
import { checkValue, kindOf, type Verdict } from './values.js';

/** What is known of the records before they are read. */
export interface RecordShape {
  readonly columns: readonly ShapeColumn[];
  /** The column whose value identifies and orders records, if any. */
  readonly key?: string | undefined;
  /** Columns that are not to be loaded (a password hash must not even reach a temporary file). */
  readonly left_out: readonly string[];
  /** Members that every record gets, of columns among those above; one of the record's own under such a name is read by nobody. */
  readonly constants?: readonly Constant[] | undefined;
}

/** The same value in every record. */
export interface Constant {
  readonly name: string;
  /** JSON text that fits the column. */
  readonly json: string;
}

/** A column, and whether its type was told (values that do not fit are kept aside) or guessed from rows (the guess gives way). */
export interface ShapeColumn extends Column {
  readonly inferred: boolean;
}

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
  /** Keys that no column declares, or that an inferred column's type does not hold: what kinds of values were seen. */
  readonly drift: ReadonlyMap<string, number>;
}

/** Stands for the list's records while the rest of an answer is parsed. */
const RECORDS = 'the records';
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
    const start = findList(body, selector);
    const { end, ...page } = readList(body, start, shape, selector, encoder);
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

/** Where the selected list opens (`[`). */
function findList(body: Uint8Array, selector: string): number {
  const path = selector === '' ? [] : selector.split('.');
  let i = skipSpace(body, 0);
  for (let depth = 0; depth < path.length; depth++) {
    const found = body[i] === 0x7b ? findMember(body, i, path[depth]!) : undefined;
    if (found === undefined) throw noList(body, selector);
    i = found;
  }
  if (body[i] !== 0x5b) throw noList(body, selector);
  return i;
}

/** Where the value of a key of the object at `i` begins. */
function findMember(body: Uint8Array, i: number, wanted: string): number | undefined {
  i = skipSpace(body, i + 1);
  if (body[i] === 0x7d) return undefined;
  for (;;) {
    if (body[i] !== 0x22) malformed('no key', i);
    const keyEnd = Math.abs(stringEnd(body, i));
    const key: unknown = JSON.parse(text(body, i, keyEnd));
    i = skipSpace(body, keyEnd);
    if (body[i] !== 0x3a) malformed('no colon after a key', i);
    i = skipSpace(body, i + 1);
    if (key === wanted) return i;
    i = skipSpace(body, valueEnd(body, i));
    if (body[i] !== 0x2c) return undefined;
    i = skipSpace(body, i + 1);
  }
}

/** What to say of an answer that has no list where one is wanted: RESPONSE_UNEXPECTED, or SELECTOR_EMPTY naming the lists it does have. */
export function noList(body: Uint8Array, selector: string): XanoError {
  const where =
    selector === '' ? 'The answer itself is not a list' : `The answer has no list at "${selector}"`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text(body, 0, body.length));
  } catch {
    const start = text(body, 0, Math.min(60, body.length)).trim();
    const what = body.length === 0 ? 'is empty' : start.startsWith('<') ? 'is HTML' : 'is no JSON';
    return new XanoError('RESPONSE_UNEXPECTED', `The answer ${what} where a list of records was expected.`);
  }
  const lists = listPaths(parsed);
  if (lists.length === 0) return new XanoError('RESPONSE_UNEXPECTED', `${where}, nor any other list.`);
  const named = lists.map((path) => (path === '' ? 'the whole answer' : `"${path}"`)).join(', ');
  return new XanoError('SELECTOR_EMPTY', `${where}; lists found: ${named}.`, {
    hint: `Set data_selector to ${lists.map((path) => JSON.stringify(path)).join(' or ')}.`,
  });
}

/** Everything but the list's content, parsed strictly: junk after the end, or a second list of the same name, is found here. */
function envelopeAround(body: Uint8Array, start: number, end: number, selector: string): JsonObject {
  const around = text(body, 0, start + 1) + JSON.stringify(RECORDS) + text(body, end, body.length);
  let parsed: unknown;
  try {
    parsed = JSON.parse(around);
  } catch {
    malformed('no whole envelope around the list', end);
  }
  const list = select(parsed, selector);
  if (!Array.isArray(list) || list.length !== 1 || list[0] !== RECORDS)
    malformed(`"${selector}" stands twice in the envelope`, end);
  list.length = 0;
  return isJsonObject(parsed) ? parsed : {};
}

const text = (b: Uint8Array, from: number, to: number): string =>
  Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('utf8');

/** Reads the list that opens at `start`, in one pass over its bytes, and tells where its closing bracket is. */
function readList(
  b: Uint8Array,
  start: number,
  shape: RecordShape,
  selector: string,
  encoder: Encoder,
): Omit<PageRecords, 'envelope'> & { readonly end: number } {
  const { columns, constants = [] } = shape;
  const indexOf = new Map<string, number>(columns.map((column, index) => [column.name, index]));
  for (const name of shape.left_out) indexOf.set(name, IGNORED);
  /** Each key as it is spelled in the bytes: at first a guess, then as seen (`"caf\u00e9"` is `"café"` too). */
  const names: Uint8Array[] = columns.map((column) => Buffer.from(JSON.stringify(column.name)));
  const keyColumn = shape.key === undefined ? UNKNOWN : (indexOf.get(shape.key) ?? UNKNOWN);
  const given = new Map<number, Uint8Array>();
  for (const { name, json } of constants) {
    const at = indexOf.get(name) ?? UNKNOWN;
    if (at < 0) continue;
    given.set(at, Buffer.from(json));
    indexOf.set(name, IGNORED);
  }
  const utf8 = isUtf8(b);

  const rejects: Reject[] = [];
  const drift = new Map<string, number>();
  const verdict: Verdict = { reason: '', replacement: undefined };
  /** Which column stood at the n-th place of the last record: the next one is nearly always spelled the same way. */
  const order: number[] = [];
  /** How members that nobody reads were spelled there. */
  const ignored: Uint8Array[] = [];
  /** In which record a column was last seen, where that member began, and where the next one did: for keys that stand twice. */
  const seenIn = new Int32Array(columns.length).fill(-1);
  const memberAt = new Int32Array(columns.length);
  const memberEnd = new Int32Array(columns.length);
  const firstKey: ValueSpan = { from: 0, to: 0 };
  const lastKey: ValueSpan = { from: 0, to: 0 };
  let lastNumber: bigint | number | undefined;
  let ascending = true;
  let count = 0;

  /** Of the record that is read: where its values stand, 0 where there is none, and what takes their place. */
  const valueFrom = new Int32Array(columns.length);
  const valueTo = new Int32Array(columns.length);
  const replaced: (Uint8Array | undefined)[] = [];

  const readValue = (column: number, i: number): number => {
    const { name, inferred } = columns[column]!;
    const end = checkValue(columns[column]!, b, i, verdict, utf8);
    if (end < 0) {
      const to = -end;
      if (inferred) drift.set(name, (drift.get(name) ?? 0) | kindOf(b, i, to));
      rejects.push({ column: name, raw: text(b, i, to), reason: verdict.reason, row_key: null });
      valueTo[column] = 0;
      return to;
    }
    valueFrom[column] = i;
    valueTo[column] = end;
    replaced[column] = verdict.replacement;
    verdict.replacement = undefined;
    return end;
  };

  const readRecord = (at: number): number => {
    let i = skipSpace(b, at + 1);
    const rejectsBefore = rejects.length;
    lastKey.to = 0;
    valueTo.fill(0);
    if (b[i] === 0x7d) i++;
    else
      for (let place = 0; ; place++) {
        const memberStart = i;
        let column = order[place] ?? UNKNOWN;
        let keyEnd = column >= 0 ? matchEnd(b, i, names[column]!) : 0;
        let name = '';
        if (keyEnd === 0) {
          if (b[i] !== 0x22) malformed('no key', i);
          keyEnd = Math.abs(stringEnd(b, i));
          name = String(JSON.parse(text(b, i, keyEnd)));
          column = indexOf.get(name) ?? UNKNOWN;
          order[place] = column;
          if (column >= 0) names[column] = b.subarray(i, keyEnd);
          else ignored[place] = b.subarray(i, keyEnd);
        }
        i = skipSpace(b, keyEnd);
        if (b[i] !== 0x3a) malformed('no colon after a key', i);
        i = skipSpace(b, i + 1);
        const valueStart = i;
        if (column >= 0) {
          if (seenIn[column] === count)
            // The last of twins counts, as in JSON.parse; the earlier member is kept aside whole.
            rejects.push({
              column: columns[column]!.name,
              raw: text(b, memberAt[column]!, memberEnd[column]!),
              reason: 'a key that stands twice in its row: the last one counts',
              row_key: null,
            });
          seenIn[column] = count;
          memberAt[column] = memberStart;
          i = readValue(column, i);
          if (column === keyColumn) {
            lastKey.from = valueStart;
            lastKey.to = i;
          }
        } else {
          i = valueEnd(b, i);
          if (column === UNKNOWN && b[valueStart] !== 0x6e)
            drift.set(name, (drift.get(name) ?? 0) | kindOf(b, valueStart, i));
        }
        i = skipSpace(b, i);
        if (b[i] === 0x7d) {
          i++;
          break;
        }
        if (b[i] !== 0x2c) malformed(b[i] === undefined ? 'cut off' : 'no comma between members', i);
        i = skipSpace(b, i + 1);
        if (column >= 0) memberEnd[column] = i;
      }
    for (let k = rejectsBefore; k < rejects.length; k++)
      rejects[k] = { ...rejects[k]!, row_key: keyText(b, lastKey) };
    return i;
  };

  /** Puts a constant, or nothing, into a column that records themselves have no value for. */
  const putOther = (column: number): void => {
    const memory = encoder.columns[column]!;
    const constant = given.get(column);
    if (constant === undefined) putNull(memory);
    else putValue(memory, constant, 0, constant.length);
  };

  const putRecord = (): void => {
    for (let column = 0; column < columns.length; column++) {
      const memory = encoder.columns[column]!;
      const other = replaced[column];
      if (valueTo[column] === 0) putOther(column);
      else if (other === undefined) putValue(memory, b, valueFrom[column]!, valueTo[column]!);
      else putValue(memory, other, 0, other.length);
    }
  };

  /** For more records that are spelled as the first one was. */
  const scannerOfFirst = (): Scanner | undefined => {
    const read = order.filter((column) => column >= 0);
    if (!utf8 || new Set(read).size < read.length) return undefined;
    const members = order.map((place, at) => ({
      place,
      spelled: place < 0 ? ignored[at]! : names[place]!,
    }));
    unspelled = columns.flatMap((_, column) => (read.includes(column) ? [] : [column]));
    return createScanner(b, members, columns, shape.key, encoder);
  };
  let unspelled: readonly number[] = [];

  const noteKey = (): void => {
    if (firstKey.to === 0) Object.assign(firstKey, lastKey);
    const number = wholeNumber(b, lastKey);
    if (number !== undefined && lastNumber !== undefined && number <= lastNumber) ascending = false;
    lastNumber = number;
  };

  const noteScanned = ({ first_key, last_key, numbers, count: scanned }: ScannedRecords): void => {
    for (const column of unspelled) for (let n = 0; n < scanned; n++) putOther(column);
    if (keyColumn < 0 || unspelled.includes(keyColumn)) return;
    if (firstKey.to === 0) [firstKey.from, firstKey.to] = first_key;
    [lastKey.from, lastKey.to] = last_key;
    if (numbers !== undefined && lastNumber !== undefined && numbers.first <= lastNumber) ascending = false;
    if (numbers?.ascending === false) ascending = false;
    lastNumber = numbers?.last;
  };

  encoder.begin();
  let scanner: Scanner | undefined;
  /** Records that were spelled as the first one, less those that were not. */
  let alike = 0;

  let i = skipSpace(b, start + 1);
  const from = i;
  let end = i;
  if (b[i] !== 0x5d)
    for (;;) {
      if (b[i] !== 0x7b) throw notAnObject(b, i, count + 1, selector);
      const scanned = scanner?.scan(i);
      if (scanned !== undefined && scanned.count > 0) {
        noteScanned(scanned);
        alike += scanned.count;
        count += scanned.count;
        i = scanned.end;
      } else {
        i = readRecord(i);
        putRecord();
        if (lastKey.to > 0) noteKey();
        if (count === 0) scanner = scannerOfFirst();
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
    rejects,
    first_key: keyText(b, firstKey),
    last_key: keyText(b, lastKey),
    ascending,
    drift,
    end,
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

/** Where a value stands among the bytes; `to` is 0 where there is none. */
interface ValueSpan {
  from: number;
  to: number;
}

const keyText = (b: Uint8Array, { from, to }: ValueSpan): string | null =>
  to === 0 ? null : text(b, from, to);

/** A whole-number key as a number, exactly; undefined for any other key. */
function wholeNumber(b: Uint8Array, { from, to }: ValueSpan): number | bigint | undefined {
  const first = b[from]!;
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return undefined;
  if (to - from > 15) return /^-?\d+$/.test(text(b, from, to)) ? BigInt(text(b, from, to)) : undefined;
  let value = 0;
  for (let i = first === 0x2d ? from + 1 : from; i < to; i++) {
    const digit = b[i]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return first === 0x2d ? -value : value;
}

/** The position after `expected` when it stands at `i`, else 0. */
function matchEnd(b: Uint8Array, i: number, expected: Uint8Array): number {
  const length = expected.length;
  for (let k = 0; k < length; k++) if (b[i + k] !== expected[k]) return 0;
  return i + length;
}
