/** The result of checking a value. */

import { valueEnd } from '../json-bytes.js';

/** The details of a check, beside the value's end. One object per page, written in place. */
export interface Verdict {
  /** Why a value was refused. */
  reason: string;
  /** The value as JSON text in the spelling that encode.ts reads, if it was sent in another one. */
  replacement: Uint8Array | undefined;
}

/**
 * Returns the end of the value at `i`, negative where it does not fit. `utf8`: whether all the bytes are
 * valid UTF-8.
 */
export type ScalarCheck = (b: Uint8Array, i: number, verdict: Verdict, utf8: boolean) => number;

/** Refuses the value at `i` with a reason: its end, negative. */
export function refuse(b: Uint8Array, i: number, verdict: Verdict, reason: string): number {
  verdict.reason = reason;
  verdict.replacement = undefined;
  return -valueEnd(b, i);
}

/** The replacement of a value that means "no value". */
export const NULL = Buffer.from('null');

/** The quote around a text. */
export const QUOTE = 0x22;
