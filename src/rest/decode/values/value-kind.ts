/** The kind of a JSON value, and the column type that holds the kinds that were seen. */
import type { ColumnType } from '../../../table/column.js';
import { numberEnd } from '../json-bytes.js';
import { isBigint } from './check-number.js';
import { QUOTE } from './verdict.js';

/** The kinds of JSON value, as bits: they decide the type of an undeclared column. */
export const KIND = { boolean: 1, whole: 2, fraction: 4, text: 8, nested: 16 } as const;

/** The {@link KIND} of the value at `[from, to)`. */
export function kindOf(b: Uint8Array, from: number, to: number): number {
  const c = b[from]!;
  if (c === QUOTE) return KIND.text;
  if (c === 0x7b || c === 0x5b) return KIND.nested;
  if (c === 0x74 || c === 0x66) return KIND.boolean;
  if (numberEnd(b, from) < 0) return KIND.fraction;
  // A whole number that BIGINT cannot hold is kept exactly as JSON.
  return isBigint(b, from, to) ? KIND.whole : KIND.nested;
}

/** The column type that holds every observed kind without loss: a mix of kinds becomes JSON. */
export function typeForKinds(kinds: number): ColumnType {
  if (kinds === KIND.boolean) return 'BOOLEAN';
  if (kinds === KIND.whole) return 'BIGINT';
  if (kinds === KIND.fraction || kinds === (KIND.whole | KIND.fraction)) return 'DOUBLE';
  if (kinds === KIND.text) return 'VARCHAR';
  return 'JSON';
}
