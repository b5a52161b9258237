/** How an answer says that no page follows: by its cursor, its link, or a flag. Pure. */
import { type Asked, type CountedAnswer, fieldsOf } from './answer-fields.js';

/**
 * Texts and numbers that APIs send where a cursor or an address would be, and that lead nowhere: 0 (Redis
 * SCAN, Twitter), -1, and null as other languages print it.
 */
const END_WORDS: ReadonlySet<string> = new Set([
  ...['0', '-1', 'null', 'none', 'nil', 'undefined', 'false', 'end', 'eof', 'done', '#'],
]);

/**
 * Whether a next cursor or link is none. `more` is what a flag such as `has_more` says beside it: false ends
 * the list, and true makes a cursor of any value that is not empty.
 */
export function endsList(next: unknown, more: boolean | undefined): boolean {
  if (next === null || next === undefined || next === false || next === '') return true;
  if (Array.isArray(next) && next.length === 0) return true;
  if (more !== undefined) return !more;
  if (typeof next !== 'string' && typeof next !== 'number') return false;
  return END_WORDS.has(String(next).trim().toLowerCase());
}

/** What a flag around the list or in a header says of more pages; undefined where no flag says anything. */
export function moreFlag(answer: CountedAnswer, config: Asked): boolean | undefined {
  return fieldsOf(answer, config).more?.value;
}
