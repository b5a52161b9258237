/** Whether an answer says that more records follow it. Pure. */
import type { Answer } from '../http/messages.js';
import { HEADER } from '../paging/fields/answer-field.js';
import { endsList } from '../paging/fields/end-signs.js';
import type { PagingFields } from '../paging/fields/field.js';
import { nextLink } from '../paging/fields/link-header.js';
import type { AnsweredPage } from '../paging/paginator.js';

/** The facts of the first answer. */
export interface FirstAnswer {
  readonly fields: PagingFields;
  readonly headers: Answer['headers'];
  readonly holds_secret?: AnsweredPage['holds_secret'];
  readonly count: number;
  /** Where the list of records is. */
  readonly list_path: string;
  /** The last record has an `id`. */
  readonly has_ids: boolean;
}

/** Whether more than the first page exists; null where unknown. */
export function hasMore({
  fields,
  headers,
  count,
}: Pick<FirstAnswer, 'fields' | 'headers' | 'count'>): boolean | null {
  const { next_link, next_page, cursor, page, total_pages, total, more, partial } = fields;
  const next = [next_link, next_page].flatMap((field) => (field === undefined ? [] : [field.value]));
  const pages = total_pages === undefined ? undefined : total_pages.value > Math.max(1, page?.value ?? 1);
  if (
    nextLink(headers['link']) !== undefined ||
    next.some((value) => value !== null) ||
    more?.value === true ||
    pages === true ||
    (total !== undefined && total.value > count)
  )
    return true;
  // Some servers also send a cursor with the last page, and a flag beside it that nothing follows.
  if (more?.value === false) return false;
  if (cursor !== undefined && !endsList(cursor.value, undefined)) return true;
  if (partial?.more === true) return true;
  // A count equal to the records of this page proves nothing: it may be the page's own count.
  return next.length > 0 || cursor !== undefined || pages === false ? false : null;
}

/** The field that says that more records follow, for a message; undefined without one. */
export function saysMore({
  fields,
  headers,
  count,
}: Pick<FirstAnswer, 'fields' | 'headers' | 'count'>): string | undefined {
  const { next_link, next_page, cursor, page, total_pages, total, more, partial } = fields;
  if (nextLink(headers['link']) !== undefined) return 'its Link header';
  const next = [next_link, next_page].find((field) => field !== undefined && field.value !== null);
  if (next !== undefined) return `"${next.path}"`;
  if (more?.value === true) return `"${more.path}"`;
  if (total_pages !== undefined && total_pages.value > Math.max(1, page?.value ?? 1))
    return `"${total_pages.path}"`;
  if (total !== undefined && total.value > count) return `"${total.path}" (${total.value})`;
  if (more === undefined && cursor !== undefined && !endsList(cursor.value, undefined))
    return `"${cursor.path}"`;
  if (partial === undefined) return undefined;
  if (partial.path === `${HEADER}link`) return 'its Link header';
  // A link may contain more than anyone should see.
  return partial.more ? `"${partial.path}"` : `"${partial.path}" (${String(partial.value)})`;
}
