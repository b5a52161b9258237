/**
 * An answer's bytes become its envelope (parsed) and its records (still bytes). Records are never built as JavaScript
 * objects: each value is checked in place against its column, and only what does not fit is cut out and kept aside.
 * What comes out is JSON that DuckDB reads without rounding, coercing or failing, which it does not do by itself: its
 * reader turns 1.5 into 2 in a BIGINT, takes `true` for 1, and fails a whole batch on one bad date.
 */
import { isUtf8 } from 'node:buffer';
import { XanoError } from '../errors.js';
import { isJsonObject, type JsonObject, select } from '../json.js';
import { type Column, LOAD_ID_COLUMN, type Reject, storedNames } from '../target.js';
import { isMalformed, malformed, skipSpace, stringEnd, valueEnd } from './bytes.js';
import { listPaths } from './lists.js';
import { type Spelling, spelledEnd, spellingOf } from './spelling.js';
import { checkValue, kindOf, type Verdict } from './values.js';

/** What is known of the records before they are read. */
export interface RecordShape {
  readonly columns: readonly ShapeColumn[];
  /** The column whose value identifies and orders records, if any. */
  readonly key?: string | undefined;
  /** Columns that are not to be loaded: their values are cut out (a password hash must not even reach a temporary file). */
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

/** The list of one answer, ready for DuckDB. */
export interface PageRecords {
  /** The answer without its list, as an object; `{ items: [] }` and so on. A bare list leaves `{}`. */
  readonly envelope: JsonObject;
  /** Records as JSON objects joined by commas, keys spelled as {@link storedNames} says, without brackets. */
  readonly records: Uint8Array;
  readonly count: number;
  /** Length of the longest record, in bytes as sent. */
  readonly longest_bytes: number;
  readonly rejects: readonly Reject[];
  /** Raw JSON text of the first and last record's key. */
  readonly first_key: string | null;
  readonly last_key: string | null;
  /** False when a whole-number key is not above the one before it. */
  readonly ascending: boolean;
  /** Keys that no column declares, or that an inferred column's type does not hold: what kinds of values were seen. */
  readonly drift: ReadonlyMap<string, number>;
}

interface Patch {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

const NULL = Buffer.from('null');
const EMPTY = new Uint8Array(0);
/** The one key that no column is stored under: what stands under it is read by nobody. */
const NOBODYS = Buffer.from(JSON.stringify(LOAD_ID_COLUMN));
/** Stands for the list's records while the rest of an answer is parsed. */
const RECORDS = 'the records';
/** So many records may be spelled otherwise, and more where as many were not. */
const FEW = 100;
const UNKNOWN = -1;
const LEFT_OUT = -2;

/** Reads the answer to one page request. Throws RESPONSE_UNEXPECTED or SELECTOR_EMPTY; never gives part of a page. */
export function readRecords(body: Uint8Array, selector: string, shape: RecordShape): PageRecords {
  try {
    const start = findList(body, selector);
    const { end, ...page } = readList(body, start, shape, selector);
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
): Omit<PageRecords, 'envelope'> & { readonly end: number } {
  const { columns } = shape;
  const indexOf = new Map<string, number>(columns.map((column, index) => [column.name, index]));
  for (const name of shape.left_out) indexOf.set(name, LEFT_OUT);
  /** Each key as it is spelled in the bytes: at first a guess, then as seen (`"caf\u00e9"` is `"café"` too). */
  const names: Uint8Array[] = columns.map((column) => Buffer.from(JSON.stringify(column.name)));
  const stored = storedNames(columns);
  const storedKeys = stored.map((name) => Buffer.from(JSON.stringify(name)));
  const aliases = storedKeys.map((key, index) => (stored[index] === columns[index]!.name ? undefined : key));
  const { constants = [] } = shape;
  const added = constants.flatMap(({ name, json }) => {
    const at = indexOf.get(name) ?? UNKNOWN;
    if (at < 0) return [];
    aliases[at] = NOBODYS;
    return [`${storedKeys[at]}:${json}`];
  });
  const opened = Buffer.from(`{${added.join(',')},`);
  const filled = opened.subarray(0, -1);
  const taken = new Set(stored.filter((name, index) => name !== columns[index]!.name));
  const keyColumn = shape.key === undefined ? UNKNOWN : (indexOf.get(shape.key) ?? UNKNOWN);
  const utf8 = isUtf8(b);

  const patches: Patch[] = [];
  const rejects: Reject[] = [];
  const drift = new Map<string, number>();
  const verdict: Verdict = { reason: '', replacement: undefined };
  /** Which column stood at the n-th place of the last record: the next one is nearly always spelled the same way. */
  const order: number[] = [];
  /** In which record a column was last seen, where that member began, and where the next one did: for keys that stand twice. */
  const seenIn = new Int32Array(columns.length).fill(-1);
  const memberAt = new Int32Array(columns.length);
  const memberEnd = new Int32Array(columns.length);
  const firstKey: ValueSpan = { from: 0, to: 0 };
  const lastKey: ValueSpan = { from: 0, to: 0 };
  let lastNumber: bigint | number | undefined;
  let ascending = true;
  let count = 0;
  let longest = 0;

  const readValue = (column: number, i: number): number => {
    const { name, inferred } = columns[column]!;
    const end = checkValue(columns[column]!, b, i, verdict, utf8);
    if (end < 0) {
      const to = -end;
      if (inferred) drift.set(name, (drift.get(name) ?? 0) | kindOf(b, i, to));
      rejects.push({ column: name, raw: text(b, i, to), reason: verdict.reason, row_key: null });
      patches.push({ from: i, to, bytes: NULL });
      return to;
    }
    if (verdict.replacement !== undefined) {
      patches.push({ from: i, to: end, bytes: verdict.replacement });
      verdict.replacement = undefined;
    }
    return end;
  };

  const readRecord = (at: number): number => {
    let i = skipSpace(b, at + 1);
    if (added.length > 0) patches.push({ from: at, to: at + 1, bytes: b[i] === 0x7d ? filled : opened });
    const rejectsBefore = rejects.length;
    lastKey.to = 0;
    if (b[i] === 0x7d) i++;
    else
      for (let place = 0; ; place++) {
        const memberStart = i;
        let column = order[place] ?? UNKNOWN;
        let keyEnd = column >= 0 ? matchEnd(b, i, names[column]!) : 0;
        let name = '';
        let alias = column >= 0 ? aliases[column] : undefined;
        if (keyEnd === 0) {
          if (b[i] !== 0x22) malformed('no key', i);
          const stringAt = stringEnd(b, i);
          keyEnd = Math.abs(stringAt);
          name = String(JSON.parse(text(b, i, keyEnd)));
          column = indexOf.get(name) ?? UNKNOWN;
          order[place] = column;
          const unfit = stringAt < 0 || (!utf8 && !isUtf8(b.subarray(i, keyEnd)));
          if (column >= 0) {
            if (!unfit) names[column] = b.subarray(i, keyEnd);
            alias = aliases[column] ?? (unfit ? storedKeys[column] : undefined);
          } else alias = unfit || taken.has(name) ? NOBODYS : undefined;
        }
        i = skipSpace(b, keyEnd);
        if (b[i] !== 0x3a) malformed('no colon after a key', i);
        i = skipSpace(b, i + 1);
        const valueStart = i;
        if (column >= 0) {
          if (seenIn[column] === count) {
            // The last of twins counts, as in JSON.parse; the earlier member is cut out whole and kept aside.
            const from = memberAt[column]!;
            const to = memberEnd[column]!;
            rejects.push({
              column: columns[column]!.name,
              raw: text(b, from, to),
              reason: 'a key that stands twice in its row: the last one counts',
              row_key: null,
            });
            cutOut(patches, from, to);
          }
          seenIn[column] = count;
          memberAt[column] = memberStart;
          if (alias !== undefined) patches.push({ from: memberStart, to: keyEnd, bytes: alias });
          i = readValue(column, i);
          if (column === keyColumn) {
            lastKey.from = valueStart;
            lastKey.to = i;
          }
        } else {
          i = valueEnd(b, i);
          if (alias !== undefined) patches.push({ from: memberStart, to: keyEnd, bytes: alias });
          if (column === LEFT_OUT) patches.push({ from: valueStart, to: i, bytes: NULL });
          else if (b[valueStart] !== 0x6e) drift.set(name, (drift.get(name) ?? 0) | kindOf(b, valueStart, i));
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

  /** How the first record was spelled, where others like it may stay as they are. */
  const spellingSeen = (): Spelling | undefined => {
    const plain = order.every((column) => column >= 0 && aliases[column] === undefined);
    if (!utf8 || added.length > 0 || !plain || new Set(order).size < order.length) return undefined;
    const members = order.map((column) => ({ column: columns[column]!, spelled: names[column]! }));
    return members.length === 0 ? undefined : spellingOf(members, shape.key);
  };

  const noteKey = (): void => {
    if (firstKey.to === 0) Object.assign(firstKey, lastKey);
    const number = wholeNumber(b, lastKey);
    if (number !== undefined && lastNumber !== undefined && number <= lastNumber) ascending = false;
    lastNumber = number;
  };

  const spelled = {
    bytes: b,
    view: new DataView(b.buffer, b.byteOffset, b.byteLength),
    verdict,
    key: lastKey,
  };
  let spelling: Spelling | undefined;
  /** Records recognised by their spelling, less those that were not. */
  let recognised = 0;

  let i = skipSpace(b, start + 1);
  const from = i;
  let end = i;
  if (b[i] !== 0x5d)
    for (;;) {
      if (b[i] !== 0x7b) throw notAnObject(b, i, count + 1, selector);
      const at = i;
      i = spelling === undefined ? 0 : spelledEnd(spelled, at, spelling);
      recognised += i > 0 ? 1 : -1;
      if (i === 0) i = readRecord(at);
      if (lastKey.to > 0) noteKey();
      if (i - at > longest) longest = i - at;
      if (count === 0) spelling = spellingSeen();
      else if (recognised < -FEW) spelling = undefined;
      count++;
      end = skipSpace(b, i);
      if (b[end] === 0x5d) break;
      if (b[end] !== 0x2c) malformed(b[end] === undefined ? 'cut off' : 'no comma between records', end);
      i = skipSpace(b, end + 1);
    }
  return {
    records: patched(b, from, i, patches),
    count,
    longest_bytes: longest + (count > 0 && added.length > 0 ? opened.length : 0),
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
export interface ValueSpan {
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

/** Cuts `[from, to)` out, and with it the patches within; those after it stay, in order. */
function cutOut(patches: Patch[], from: number, to: number): void {
  let end = patches.length;
  while (end > 0 && patches[end - 1]!.from >= to) end--;
  let start = end;
  while (start > 0 && patches[start - 1]!.from >= from) start--;
  patches.splice(start, end - start, { from, to, bytes: EMPTY });
}

/** The position after `expected` when it stands at `i`, else 0. */
function matchEnd(b: Uint8Array, i: number, expected: Uint8Array): number {
  const length = expected.length;
  for (let k = 0; k < length; k++) if (b[i + k] !== expected[k]) return 0;
  return i + length;
}

/** `b[from..to)` with the patches, which are in order and do not overlap, in place. */
function patched(b: Uint8Array, from: number, to: number, patches: readonly Patch[]): Uint8Array {
  if (patches.length === 0) return b.subarray(from, to);
  const size = patches.reduce((sum, patch) => sum + patch.bytes.length - (patch.to - patch.from), to - from);
  // Every byte of it is written.
  const out = Buffer.allocUnsafeSlow(size);
  let read = from;
  let written = 0;
  for (const patch of patches) {
    out.set(b.subarray(read, patch.from), written);
    written += patch.from - read;
    out.set(patch.bytes, written);
    written += patch.bytes.length;
    read = patch.to;
  }
  out.set(b.subarray(read, to), written);
  return out;
}
