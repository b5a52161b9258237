/** Recognizes an answer that says that no page follows: by its cursor, its link, or a flag. Pure. */
import { type Asked, type CountedAnswer, fieldsOf } from './answer-fields.js';

/**
 * Texts and numbers that mean "no next page" in place of a cursor or a URL: 0 (Redis SCAN, Twitter), -1, and
 * null as other languages print it.
 */
const END_WORDS: ReadonlySet<string> = new Set([
  ...['0', '-1', 'null', 'none', 'nil', 'undefined', 'false', 'end', 'eof', 'done', '#'],
]);

/**
 * Whether a value means "no next page". `more` is the value of a flag such as `has_more` beside it: false
 * ends the list; true makes any value that is not empty a cursor.
 */
export function endsList(next: unknown, more: boolean | undefined): boolean {
  if (next === null || next === undefined || next === false || next === '') return true;
  if (Array.isArray(next) && next.length === 0) return true;
  if (more !== undefined) return !more;
  if (typeof next !== 'string' && typeof next !== 'number') return false;
  return END_WORDS.has(String(next).trim().toLowerCase());
}

/** What a flag around the list or in a header says about more pages; undefined without a flag. */
export function moreFlag(answer: CountedAnswer, config: Asked): boolean | undefined {
  return fieldsOf(answer, config).more?.value;
}
