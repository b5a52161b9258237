/**
 * Keys that are whole numbers: the only keys that the server and this program certainly order alike. Pure.
 */
import { textAt } from './json-bytes.js';

/** Whether a key (JSON text) is a whole number. */
export const isWholeKey = (key: string): boolean => /^-?\d+$/.test(key);

/** A key (JSON text) as a number, exactly; undefined for any other key than a whole number. */
export function wholeKey(key: string | null | undefined): bigint | undefined {
  return typeof key === 'string' && isWholeKey(key) ? BigInt(key) : undefined;
}

/**
 * The key at `[from, to)` of an answer's bytes as a number, exactly; undefined for any other key than a whole
 * number. Short keys are read without a text in between: this runs for each record that JavaScript reads.
 */
export function wholeKeyAt(b: Uint8Array, from: number, to: number): number | bigint | undefined {
  const first = b[from]!;
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return undefined;
  if (to - from > 15) return wholeKey(textAt(b, from, to));
  let value = 0;
  for (let i = first === 0x2d ? from + 1 : from; i < to; i++) {
    const digit = b[i]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return first === 0x2d ? -value : value;
}
