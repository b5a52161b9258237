/**
 * One record, read in place by JavaScript: any JSON object there is, with keys in any order. Each value is checked against its column, then put into it; what does
 * not fit is kept aside.
 */
import type { Reject } from '../../table/column.js';
import { assertFewFields, assertFieldName, MOST_FIELDS } from './answer/bounds.js';
import { checkValue, kindOf, type Verdict } from './check-value.js';
import { type Encoder, putNull, putValue } from './encode.js';
import { malformed, skipSpace, stringEnd, textAt, valueEnd } from './json-bytes.js';
import { keyText, type ValueSpan } from './page-keys.js';
import type { RecordShape } from './record-schema.js';
import { IGNORED, type SpelledMember, UNKNOWN } from './scanner.js';

/** Reads the records of one answer, one at a time. */
export interface RecordReader {
  /** Checks the record that opens at a place, and tells where it ends. Throws a malformed remark. */
  readonly read: (at: number) => number;
  /** Puts the record that was read last into columns. */
  readonly put: () => void;
  /** Puts a constant, or nothing, into a column that records themselves have no value for. */
  readonly putOther: (column: number) => void;
  /** Where the key of the record that was read last stands. */
  readonly key: Readonly<ValueSpan>;
  /** The members of the first record, in their order; to be asked before another one is read. */
  readonly members: () => readonly SpelledMember[];
  /** The values that did not fit, of the records since the last call. */
  readonly takeRejects: () => readonly Reject[];
  /** Those of the wanted names that a record has had so far. */
  readonly found: ReadonlySet<string>;
  /** Kinds of values that no column holds, by key, of all records so far. */
  readonly drift: ReadonlyMap<string, number>;
}

/** Makes the reader. `utf8` says whether all the bytes are. */
export function createRecordReader(
  b: Uint8Array,
  shape: RecordShape,
  encoder: Encoder,
  utf8: boolean,
): RecordReader {
  const { columns, constants = [] } = shape;
  const indexOf = new Map<string, number>(columns.map((column, index) => [column.name, index]));
  for (const name of shape.excluded) indexOf.set(name, IGNORED);
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

  const wanted = new Set(shape.wanted);
  const found = new Set([...wanted].filter((name) => constants.some((constant) => constant.name === name)));
  const rejects: Reject[] = [];
  const drift = new Map<string, number>();
  const verdict: Verdict = { reason: '', replacement: undefined };
  /** Which column stood at the n-th place of the last record: the next one is nearly always spelled the same way. */
  const order: number[] = [];
  /** How members that nobody reads were spelled there. */
  const ignored: Uint8Array[] = [];
  /** How many records were read before this one. */
  let before = -1;
  /** In which record a column was last seen, where that member began, and where the next one did: for keys that stand twice. */
  const seenIn = new Int32Array(columns.length).fill(-1);
  const memberAt = new Int32Array(columns.length);
  const memberEnd = new Int32Array(columns.length);
  const key: ValueSpan = { from: 0, to: 0 };
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
      rejects.push({ column: name, raw: textAt(b, i, to), reason: verdict.reason, row_key: null });
      valueTo[column] = 0;
      return to;
    }
    valueFrom[column] = i;
    valueTo[column] = end;
    replaced[column] = verdict.replacement;
    verdict.replacement = undefined;
    return end;
  };

  const read = (at: number): number => {
    before++;
    let i = skipSpace(b, at + 1);
    const rejectsBefore = rejects.length;
    key.to = 0;
    valueTo.fill(0);
    if (b[i] === 0x7d) i++;
    else
      for (let place = 0; ; place++) {
        // Twins count as well: each of them is kept aside.
        if (place === MOST_FIELDS) assertFewFields(place + 1, 'A record has');
        const memberStart = i;
        let column = order[place] ?? UNKNOWN;
        let keyEnd = column >= 0 ? matchEnd(b, i, names[column]!) : 0;
        let name = '';
        if (keyEnd === 0) {
          if (b[i] !== 0x22) malformed('no key', i);
          keyEnd = Math.abs(stringEnd(b, i));
          name = String(JSON.parse(textAt(b, i, keyEnd)));
          column = indexOf.get(name) ?? UNKNOWN;
          // A name that is spelled as in the record before was found there.
          if (wanted.has(name)) found.add(name);
          order[place] = column;
          if (column >= 0) names[column] = b.subarray(i, keyEnd);
          else ignored[place] = b.subarray(i, keyEnd);
        }
        i = skipSpace(b, keyEnd);
        if (b[i] !== 0x3a) malformed('no colon after a key', i);
        i = skipSpace(b, i + 1);
        const valueStart = i;
        if (column >= 0) {
          if (seenIn[column] === before)
            // The last of twins counts, as in JSON.parse; the earlier member is kept aside whole.
            rejects.push({
              column: columns[column]!.name,
              raw: textAt(b, memberAt[column]!, memberEnd[column]!),
              reason: 'a key that stands twice in its row: the last one counts',
              row_key: null,
            });
          seenIn[column] = before;
          memberAt[column] = memberStart;
          i = readValue(column, i);
          if (column === keyColumn) {
            key.from = valueStart;
            key.to = i;
          }
        } else {
          i = valueEnd(b, i);
          if (column === UNKNOWN && b[valueStart] !== 0x6e) {
            const seen = drift.get(name);
            if (seen === undefined) {
              assertFieldName(name);
              assertFewFields(drift.size + 1, 'The records of one answer have');
            }
            drift.set(name, (seen ?? 0) | kindOf(b, valueStart, i));
          }
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
      rejects[k] = { ...rejects[k]!, row_key: keyText(b, key) };
    return i;
  };

  /** Puts a constant, or nothing, into a column that records themselves have no value for. */
  const putOther = (column: number): void => {
    const memory = encoder.columns[column]!;
    const constant = given.get(column);
    if (constant === undefined) putNull(memory);
    else putValue(memory, constant, 0, constant.length);
  };

  const put = (): void => {
    for (let column = 0; column < columns.length; column++) {
      const memory = encoder.columns[column]!;
      const other = replaced[column];
      if (valueTo[column] === 0) putOther(column);
      else if (other === undefined) putValue(memory, b, valueFrom[column]!, valueTo[column]!);
      else putValue(memory, other, 0, other.length);
    }
  };

  return {
    read,
    put,
    putOther,
    key,
    members: () => order.map((place, at) => ({ place, spelled: place < 0 ? ignored[at]! : names[place]! })),
    takeRejects: () => rejects.splice(0),
    found,
    drift,
  };
}

/** The position after `expected` when it stands at `i`, else 0. */
function matchEnd(b: Uint8Array, i: number, expected: Uint8Array): number {
  const length = expected.length;
  for (let k = 0; k < length; k++) if (b[i + k] !== expected[k]) return 0;
  return i + length;
}
