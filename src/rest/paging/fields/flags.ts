/** Flags and counts that say whether more records follow. Pure. */
import type { Json } from '../../../json.js';
import { plain } from '../../decode/answer/rank-lists.js';
import { countIn } from './answer-field.js';
import type { Found, PagingFields } from './field.js';
import { fieldOf } from './field.js';
import { CUT, LAST, REMAINING } from './field-names.js';

/** A flag's meaning; digits and letters count as flags only where the name can mean nothing else. */
export function moreIn(value: Json, name: string): boolean | undefined {
  const flag = truth(value);
  if (flag !== undefined || !/^(has|is)/.test(plain(name))) return flag;
  const word = String(value).toLowerCase();
  if (['1', 'y', 'yes'].includes(word)) return true;
  return ['0', 'n', 'no'].includes(word) ? false : undefined;
}

/** A flag that says that the answer was truncated; no statement where it is false. */
export function cutFlag(fields: readonly Found[]): Pick<PagingFields, 'more'> {
  const field = fields.find(({ name, value }) => CUT.includes(plain(name)) && truth(value) === true);
  return field === undefined ? {} : { more: fieldOf(field, true) };
}

/** `true`, or the word. */
function truth(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'True') return true;
  return value === 'false' || value === 'False' ? false : undefined;
}

/**
 * Turns a field about the last page, or about the remaining records, into one that tells whether more follow.
 */
export function lastFlag(fields: readonly Found[]): Pick<PagingFields, 'more'> {
  for (const field of fields) {
    const name = plain(field.name);
    const is_last = LAST.includes(name) ? truth(field.value) : undefined;
    if (is_last !== undefined) return { more: fieldOf(field, !is_last) };
    // `remaining` alone may count the requests that are left before a rate limit.
    const left = name !== 'remaining' && REMAINING.test(name) ? countIn(field.value) : undefined;
    if (left !== undefined) return { more: fieldOf(field, left > 0) };
  }
  return {};
}
