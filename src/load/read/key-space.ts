/**
 * Keys as numbers, so that the middle of a range can be computed; for keys that the server sorts as we do.
 * Pure.
 */
import { isWholeKey } from '../../rest/decode/whole-key.js';

/** Whole numbers, or UUIDs as the 128 bits they are. */
export interface KeySpace {
  readonly toNumber: (text: string) => bigint;
  /** JSON text; undefined for a number that is not a key. */
  readonly toText: (number: bigint) => string | undefined;
}

const UUID = /^"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"$/i;
const UUIDS = 2n ** 128n;

const numbers: KeySpace = { toNumber: BigInt, toText: String };

const uuid: KeySpace = {
  toNumber: (text) => BigInt(`0x${text.replace(/["-]/g, '')}`),
  toText: (number) => {
    if (number < 0n || number >= UUIDS) return undefined;
    const hex = number.toString(16).padStart(32, '0');
    return `"${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}"`;
  },
};

/** The space that a key (JSON text) belongs to; undefined for keys that are not numbers of any kind. */
export function keySpaceOf(key: string): KeySpace | undefined {
  if (isWholeKey(key)) return numbers;
  return UUID.test(key) ? uuid : undefined;
}
