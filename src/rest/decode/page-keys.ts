/** The keys of one page of records: the first, the last, and whether they ascend. */
import { textAt } from './json-bytes.js';
import type { ScannedRecords } from './scanner.js';
import { wholeKeyAt } from './whole-key.js';

/** The position of a value in the bytes; `to` is 0 where there is none. */
export interface ValueSpan {
  from: number;
  to: number;
}

/** The span for a record without a key. */
export const NO_KEY: Readonly<ValueSpan> = { from: 0, to: 0 };

/** Follows the keys of a list while it is read. */
export interface PageKeys {
  /** Records the key of a record. */
  readonly note: (key: ValueSpan) => void;
  /** Records the keys of scanned records. */
  readonly noteScanned: (scanned: ScannedRecords) => void;
  /** Raw JSON text of the first and of the last record's key; null where it has none. */
  readonly first: () => string | null;
  readonly last: () => string | null;
  /** False when a whole-number key was not above the one before it. */
  readonly ascending: () => boolean;
}

/** Makes the follower for a list in these bytes. */
export function createPageKeys(b: Uint8Array): PageKeys {
  const first: ValueSpan = { from: 0, to: 0 };
  const last: ValueSpan = { from: 0, to: 0 };
  let lastNumber: bigint | number | undefined;
  let ascending = true;
  return {
    note: ({ from, to }) => {
      last.from = from;
      last.to = to;
      if (to === 0) return;
      if (first.to === 0) Object.assign(first, last);
      const number = wholeKeyAt(b, last.from, last.to);
      if (number !== undefined && lastNumber !== undefined && number <= lastNumber) ascending = false;
      lastNumber = number;
    },
    noteScanned: ({ first_key, last_key, numbers }) => {
      if (first.to === 0) [first.from, first.to] = first_key;
      [last.from, last.to] = last_key;
      if (numbers !== undefined && lastNumber !== undefined && numbers.first <= lastNumber) ascending = false;
      if (numbers?.ascending === false) ascending = false;
      lastNumber = numbers?.last;
    },
    first: () => keyText(b, first),
    last: () => keyText(b, last),
    ascending: () => ascending,
  };
}

/** A key as it was sent; null where there is none. */
export const keyText = (b: Uint8Array, { from, to }: ValueSpan): string | null =>
  to === 0 ? null : textAt(b, from, to);
