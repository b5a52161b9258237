/**
 * Most records of a list are spelled alike: the same keys in the same order, no white space, every value as it may stay. Such a record is
 * recognised and checked in one go, byte by byte; any other one is left to records.ts, which reads whatever JSON there is.
 */
import type { ShapeColumn, ValueSpan } from './records.js';
import { checkValue, type Verdict } from './values.js';

/** How a list's records are spelled. */
export interface Spelling {
  /** All keys one after the other, each with its quotes and its colon. */
  readonly keys: Uint8Array;
  /** Where each key ends among those bytes. */
  readonly ends: Int32Array;
  readonly columns: readonly ShapeColumn[];
  /** Longest whole number that fits its column whatever its digits; 0 for columns of other types. */
  readonly digits: Uint8Array;
  /** 1 for columns of texts. */
  readonly texts: Uint8Array;
  /** Which of those columns is the key; -1 for none. */
  readonly key: number;
}

/** A page's bytes, and what values are checked with. */
export interface SpelledPage {
  readonly bytes: Uint8Array;
  /** The same bytes, for reading four at a time. */
  readonly view: DataView;
  readonly verdict: Verdict;
  /** The key's value in the record that was recognised last; `to` is 0 where there is none. */
  readonly key: ValueSpan;
}

const DIGITS: Partial<Record<ShapeColumn['type'], number>> = { BIGINT: 18, TIMESTAMPTZ: 15 };
const COLON = 0x3a;

/** The spelling of records that have these columns, in this order, under keys spelled in these bytes. A key must not stand twice. */
export function spellingOf(
  members: readonly { readonly column: ShapeColumn; readonly spelled: Uint8Array }[],
  key: string | undefined,
): Spelling {
  const columns = members.map(({ column }) => column);
  let end = 0;
  return {
    keys: Buffer.concat(members.flatMap(({ spelled }) => [spelled, Buffer.of(COLON)])),
    ends: Int32Array.from(members, ({ spelled }) => (end += spelled.length + 1)),
    columns,
    digits: Uint8Array.from(columns, ({ type, list }) => (list ? 0 : (DIGITS[type] ?? 0))),
    texts: Uint8Array.from(columns, ({ type, list }) => (type === 'VARCHAR' && !list ? 1 : 0)),
    key: columns.findIndex(({ name }) => name === key),
  };
}

/** The end of the record at `at`, or 0 where it is spelled otherwise, or holds a value that is refused or changed. For pages that are UTF-8. */
export function spelledEnd(page: SpelledPage, at: number, spelling: Spelling): number {
  const { bytes: b, verdict, view } = page;
  const { keys, ends, columns, digits, texts } = spelling;
  const places = ends.length;
  const whole = b.length - 4;
  page.key.to = 0;
  let i = at + 1;
  let k = 0;
  for (let place = 0; place < places; place++) {
    for (const end = ends[place]!; k < end; k++, i++) if (b[i] !== keys[k]) return 0;
    const from = i;
    let c = b[i]!;
    if (texts[place] === 1 && c === 0x22) {
      // Four bytes at a time while none of them is a quote, a backslash or a control character.
      for (i++; i <= whole; i += 4) {
        const four = view.getInt32(i);
        const quote = four ^ 0x22222222;
        const slash = four ^ 0x5c5c5c5c;
        if (
          (((quote - 0x01010101) & ~quote) |
            ((slash - 0x01010101) & ~slash) |
            ((four - 0x20202020) & ~four)) &
          0x80808080
        )
          break;
      }
      for (; b[i] !== 0x22; i++) {
        c = b[i] ?? 0;
        if (c === 0x5c || c < 0x20) return 0;
      }
      i++;
    } else if (digits[place]! > 0 && c >= 0x31 && c <= 0x39) {
      do c = b[++i]!;
      while (c >= 0x30 && c <= 0x39);
      if (i - from > digits[place]! || (c !== 0x2c && c !== 0x7d)) return 0;
    } else {
      // No value begins with white space.
      if (c <= 0x20) return 0;
      i = checkValue(columns[place]!, b, i, verdict, true);
      if (i < 0) return 0;
      if (verdict.replacement !== undefined) {
        verdict.replacement = undefined;
        return 0;
      }
    }
    if (place === spelling.key) {
      page.key.from = from;
      page.key.to = i;
    }
    if (b[i] !== (place + 1 === places ? 0x7d : 0x2c)) return 0;
    i++;
  }
  return i;
}
