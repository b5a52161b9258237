/**
 * Values of a cursor, the column that tells what is new: which there are, and how to step from one to the
 * next. Pure.
 */
import { isWholeKey } from '../../rest/decode/whole-key.js';

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('0001-01-01T00:00:00Z');
const LAST_DAY = Date.parse('9999-12-31T00:00:00Z');

/** Types of cursors. */
export type CursorType = 'BIGINT' | 'TIMESTAMPTZ' | 'DATE';

/** Below every value that a server is likely to have and that a request can carry. */
export const LOWEST_CURSOR: Record<CursorType, string> = {
  BIGINT: String(Number.MIN_SAFE_INTEGER),
  TIMESTAMPTZ: String(Number.MIN_SAFE_INTEGER),
  DATE: '"0001-01-01"',
};

/** Moves a cursor's value by so many whole numbers, milliseconds or days. */
export function stepCursor(type: CursorType, text: string, by: number): string {
  if (type !== 'DATE') return String(BigInt(text) + BigInt(by));
  const day = Date.parse(`${String(JSON.parse(text))}T00:00:00Z`) + by * DAY_MS;
  // Years have four digits.
  const within = Math.min(Math.max(day, FIRST_DAY), LAST_DAY);
  return JSON.stringify(new Date(within).toISOString().slice(0, 10));
}

/** Whether a JSON text is a value of such a cursor: not null, and in its form. */
export const isCursorValue = (type: CursorType, text: string | undefined): text is string =>
  text !== undefined && (type === 'DATE' ? /^"\d{4}-\d\d-\d\d"$/.test(text) : isWholeKey(text));
