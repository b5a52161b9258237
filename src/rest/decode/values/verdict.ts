/** What a check says of a value. */

import { valueEnd } from '../json-bytes.js';

/** What `checkValue` says beside the value's end. One object per page, written in place. */
export interface Verdict {
  /** Why a value was refused. */
  reason: string;
  /** The value in the spelling that encode.ts reads, as JSON text, where it was sent in another one. */
  replacement: Uint8Array | undefined;
}

/** Gives the end of the value at `i`, negative where it does not fit. `utf8`: whether all the bytes are. */
export type ScalarCheck = (b: Uint8Array, i: number, verdict: Verdict, utf8: boolean) => number;

/** Refuses the value at `i` with a reason: its end, negative. */
export function refuse(b: Uint8Array, i: number, verdict: Verdict, reason: string): number {
  verdict.reason = reason;
  verdict.replacement = undefined;
  return -valueEnd(b, i);
}

/** What a value is replaced by that stands for none. */
export const NULL = Buffer.from('null');

/** The byte that a text begins and ends with. */
export const QUOTE = 0x22;
