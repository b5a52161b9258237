/**
 * One record, read in place by JavaScript: any JSON object, with keys in any order. Each value is checked
 * against its column, then put into it; a value that does not fit becomes a reject.
 */
import type { Reject } from '../../table/column.js';
import { assertFewFields, assertFieldName, MOST_FIELDS } from './answer/bounds.js';
import { malformed, skipSpace, stringEnd, textAt, valueEnd } from './json-bytes.js';
import { keyText, type ValueSpan } from './page-keys.js';
import type { RecordShape } from './record-schema.js';
import { IGNORED, type SpelledMember, UNKNOWN } from './record-schema.js';
import { checkValue } from './values/check-value.js';
import { type Encoder, putNull, putValue } from './values/encode.js';
import { MASKED, type MaskValue } from './values/mask-value.js';
import { kindOf } from './values/value-kind.js';
import type { Verdict } from './values/verdict.js';

const NO_YEAR = 'no date that the mask of this column can read';

/** Reads the records of one answer, one at a time. */
export interface RecordReader {
  /** Checks the record that opens at a position, and returns its end. Throws {@link Malformed}. */
  readonly read: (at: number) => number;
  /** Puts the record that was read last into columns. */
  readonly put: () => void;
  /** Puts a constant, or NULL, into a column that the records have no value for. */
  readonly putOther: (column: number) => void;
  /** The position of the last record's key. */
  readonly key: Readonly<ValueSpan>;
  /** The members of the record that was read, in their order; to be called before the next one. */
  readonly members: () => readonly SpelledMember[];
  /** The values of the records since the last call that did not fit. */
  readonly takeRejects: () => readonly Reject[];
  /** The wanted names that a record has had so far. */
  readonly found: ReadonlySet<string>;
  /** Kinds of values that no column holds, by key, of all records so far. */
  readonly drift: ReadonlyMap<string, number>;
}

/** The meaning of members, by their names. */
interface MemberNames {
  /** The column of a name, or {@link IGNORED}. */
  readonly index_of: ReadonlyMap<string, number>;
  /** The values that every record gets, by column. */
  readonly constants: ReadonlyMap<number, Uint8Array>;
}

function memberNames({ columns, constants = [], excluded }: RecordShape): MemberNames {
  const index_of = new Map<string, number>(columns.map((column, index) => [column.name, index]));
  for (const name of excluded) index_of.set(name, IGNORED);
  const values = new Map<number, Uint8Array>();
  for (const { name, json } of constants) {
    const at = index_of.get(name) ?? UNKNOWN;
    if (at < 0) continue;
    values.set(at, Buffer.from(json));
    index_of.set(name, IGNORED);
  }
  return { index_of, constants: values };
}

/**
 * Makes the reader: one closure over the schema of the records, since its `read` handles each byte that the
 * scanner leaves. `utf8`: whether all the bytes are valid UTF-8.
 */
export function createRecordReader(
  b: Uint8Array,
  shape: RecordShape,
  encoder: Encoder,
  utf8: boolean,
): RecordReader {
  const { columns, constants = [] } = shape;
  const { index_of, constants: given } = memberNames(shape);
  /**
   * Each key as it is spelled in the bytes: first a guess, then as seen (`"caf\u00e9"` is `"café"` as well).
   */
  const names: Uint8Array[] = columns.map((column) => Buffer.from(JSON.stringify(column.name)));
  const key_column = shape.key === undefined ? UNKNOWN : (index_of.get(shape.key) ?? UNKNOWN);
  const wanted = new Set(shape.wanted);
  const found = new Set([...wanted].filter((name) => constants.some((constant) => constant.name === name)));
  const rejects: Reject[] = [];
  const drift = new Map<string, number>();
  const verdict: Verdict = { reason: '', replacement: undefined };
  /**
   * The column of the n-th member of the last record: the next record nearly always has the same spelling.
   */
  const order: number[] = [];
  /** The spelling of ignored members at each position. */
  const ignored: Uint8Array[] = [];
  /** The index of the present record. */
  let recordIndex = -1;
  /**
   * For duplicate keys: the last record that had a column, the start of that member, and the start of the
   * next one.
   */
  const seen_in = new Int32Array(columns.length).fill(-1);
  const member_at = new Int32Array(columns.length);
  const member_end = new Int32Array(columns.length);
  const key: ValueSpan = { from: 0, to: 0 };
  /** For the present record: the positions of its values, 0 without one, and their replacements. */
  const value_from = new Int32Array(columns.length);
  const value_to = new Int32Array(columns.length);
  const replaced: (Uint8Array | undefined)[] = [];

  const readValue = (column: number, i: number): number => {
    const { name, inferred, maskValue } = columns[column]!;
    if (maskValue !== undefined) return readMasked(column, i, maskValue);
    const end = checkValue(columns[column]!, b, i, verdict, utf8);
    if (end < 0) {
      const to = -end;
      if (inferred) drift.set(name, (drift.get(name) ?? 0) | kindOf(b, i, to));
      rejects.push({ column: name, raw: textAt(b, i, to), reason: verdict.reason, row_key: null });
      value_to[column] = 0;
      return to;
    }
    value_from[column] = i;
    value_to[column] = end;
    replaced[column] = verdict.replacement;
    verdict.replacement = undefined;
    return end;
  };

  /** A value that is stored masked: neither the row nor a reject holds what was sent. */
  const readMasked = (column: number, i: number, maskValue: MaskValue): number => {
    const end = valueEnd(b, i);
    const isNull = b[i] === 0x6e;
    const masked = isNull ? 'null' : maskValue(textAt(b, i, end));
    if (masked === undefined) {
      rejects.push({ column: columns[column]!.name, raw: MASKED, reason: NO_YEAR, row_key: null });
      value_to[column] = 0;
      return end;
    }
    value_from[column] = i;
    value_to[column] = end;
    replaced[column] = Buffer.from(masked);
    return end;
  };

  /** The value of a member that no column has. */
  const skipValue = (column: number, name: string, i: number): number => {
    const end = valueEnd(b, i);
    if (column !== UNKNOWN || b[i] === 0x6e) return end;
    const seen = drift.get(name);
    if (seen === undefined) {
      assertFieldName(name);
      assertFewFields(drift.size + 1, 'The records of one answer have');
    }
    drift.set(name, (seen ?? 0) | kindOf(b, i, end));
    return end;
  };

  /** The last of two members of one name counts, as in JSON.parse; the earlier value becomes a reject. */
  const rejectEarlier = (column: number): void => {
    rejects.push({
      column: columns[column]!.name,
      raw:
        columns[column]!.maskValue === undefined
          ? textAt(b, member_at[column]!, member_end[column]!)
          : MASKED,
      reason: 'a key that appears twice in its row: the last value counts',
      row_key: null,
    });
  };

  /**
   * The byte loop: one function, since a call for each member made it some percent slower (measured, Node
   * 20).
   */
  const read = (at: number): number => {
    recordIndex++;
    let i = skipSpace(b, at + 1);
    const rejects_before = rejects.length;
    key.to = 0;
    value_to.fill(0);
    if (b[i] === 0x7d) i++;
    else
      for (let nth = 0; ; nth++) {
        // Members of one name count separately: each may become a reject.
        if (nth === MOST_FIELDS) assertFewFields(nth + 1, 'A record has');
        const start = i;
        let column = order[nth] ?? UNKNOWN;
        let key_end = column >= 0 ? matchEnd(b, i, names[column]!) : 0;
        let name = '';
        if (key_end === 0) {
          if (b[i] !== 0x22) malformed('no key', i);
          key_end = Math.abs(stringEnd(b, i));
          name = String(JSON.parse(textAt(b, i, key_end)));
          column = index_of.get(name) ?? UNKNOWN;
          // A name spelled as in the previous record is already in the set.
          if (wanted.has(name)) found.add(name);
          order[nth] = column;
          if (column >= 0) names[column] = b.subarray(i, key_end);
          else ignored[nth] = b.subarray(i, key_end);
        }
        i = skipSpace(b, key_end);
        if (b[i] !== 0x3a) malformed('no colon after a key', i);
        i = skipSpace(b, i + 1);
        if (column >= 0) {
          const value = i;
          if (seen_in[column] === recordIndex) rejectEarlier(column);
          seen_in[column] = recordIndex;
          member_at[column] = start;
          i = readValue(column, i);
          if (column === key_column) {
            key.from = value;
            key.to = i;
          }
        } else i = skipValue(column, name, i);
        i = skipSpace(b, i);
        if (b[i] === 0x7d) {
          i++;
          break;
        }
        if (b[i] !== 0x2c) malformed(b[i] === undefined ? 'cut off' : 'no comma between members', i);
        i = skipSpace(b, i + 1);
        if (column >= 0) member_end[column] = i;
      }
    for (let k = rejects_before; k < rejects.length; k++)
      rejects[k] = { ...rejects[k]!, row_key: keyText(b, key) };
    return i;
  };

  const row: RowValues = { from: value_from, to: value_to, replaced, constants: given };
  return {
    ...{ read, key, found, drift },
    put: () => putRow(encoder, b, row),
    putOther: (column) => putOther(encoder, given.get(column), column),
    members: () =>
      order.map((index, at) => ({ column_index: index, spelled: index < 0 ? ignored[at]! : names[index]! })),
    takeRejects: () => rejects.splice(0),
  };
}

/** The positions of one record's values, 0 without one, and their replacements; by column. */
interface RowValues {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly replaced: readonly (Uint8Array | undefined)[];
  readonly constants: ReadonlyMap<number, Uint8Array>;
}

function putRow(encoder: Encoder, b: Uint8Array, { from, to, replaced, constants }: RowValues): void {
  for (let column = 0; column < to.length; column++) {
    const memory = encoder.columns[column]!;
    const substitute = replaced[column];
    if (to[column] === 0) putOther(encoder, constants.get(column), column);
    else if (substitute === undefined) putValue(memory, b, from[column]!, to[column]!);
    else putValue(memory, substitute, 0, substitute.length);
  }
}

function putOther(encoder: Encoder, constant: Uint8Array | undefined, column: number): void {
  const memory = encoder.columns[column]!;
  if (constant === undefined) putNull(memory);
  else putValue(memory, constant, 0, constant.length);
}

/** The position after `expected` if the bytes at `i` equal it, else 0. */
function matchEnd(b: Uint8Array, i: number, expected: Uint8Array): number {
  const length = expected.length;
  for (let k = 0; k < length; k++) if (b[i + k] !== expected[k]) return 0;
  return i + length;
}
