/** Signs that a first page is not the whole list although nothing in it leads to the next one. Pure. */
import type { Json } from '../json.js';
import { plain } from './lists.js';

const linkNames = (which: string): readonly string[] => [
  ...['url', 'pageurl', 'link', 'pagelink', 'href', 'uri', 'page', ''].map((end) => `${which}${end}`),
  ...['href', 'url', 'link', 'uri'].map((name) => `${which} ${name}`),
];

/** Names of fields that hold the address of the last page; two words where the object around a field belongs to its name. */
export const LAST_LINKS: readonly string[] = linkNames('last');
/** Names of fields that hold the address of the first page. */
export const FIRST_LINKS: readonly string[] = linkNames('first');

/** Parameters that number pages, and those that count or name the records before a page. */
const PAGES: readonly string[] = ['page', 'pagenumber', 'pageno', 'pageindex', 'p', 'pg'];
const OFFSETS: readonly string[] = ['offset', 'pageoffset', 'skip', 'start', 'startat', 'startindex', 'from'];
const CURSORS: readonly string[] = [
  ...['cursor', 'pagecursor', 'after', 'pageafter', 'before', 'pagebefore', 'startingafter', 'token'],
  ...['pagetoken', 'nexttoken', 'continuation', 'marker', 'position'],
];

/**
 * Whether the address of the last page is another page than the first one: by the page's number or offset in its query, by the cursor in it, or by
 * the address of the first page beside it. GitHub, Laravel and JSON:API send both links; where a list has one page, they are alike.
 */
export function leadsBeyond(last: string, first: string | undefined): boolean {
  const [at_last, at_first] = [positionIn(last), first === undefined ? undefined : positionIn(first)];
  if (at_last.number !== undefined) return at_last.number > (at_first?.number ?? at_last.from);
  if (at_first === undefined) return at_last.has_cursor;
  return at_last.query !== at_first.query;
}

/** The parameter that an address numbers its page with, or counts the records before it; undefined where neither is in it. */
export function numberParam(
  address: string,
): { readonly page: string } | { readonly offset: string } | undefined {
  const [, text = ''] = address.split('?', 2);
  for (const [name, value] of new URLSearchParams(text.replace(/#.*$/s, ''))) {
    if (numberIn(value) === undefined) continue;
    if (PAGES.includes(plain(name))) return { page: name };
    if (OFFSETS.includes(plain(name))) return { offset: name };
  }
  return undefined;
}

/** Where an address points to within its list. `from`: the number of the first page in its way of counting. */
function positionIn(address: string): {
  readonly number: number | undefined;
  readonly from: number;
  readonly has_cursor: boolean;
  readonly query: string;
} {
  const [, text = ''] = address.split('?', 2);
  const query = new URLSearchParams(text.replace(/#.*$/s, ''));
  const find = (names: readonly string[]): string | undefined =>
    [...query].find(([name]) => names.includes(plain(name)))?.[1];
  const page = numberIn(find(PAGES));
  const number = page ?? numberIn(find(OFFSETS));
  const has_cursor = find(CURSORS) !== undefined;
  query.sort();
  return { number, from: page === undefined ? 0 : 1, has_cursor, query: query.toString() };
}

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** Whether a Content-Range counts the records of its answer, but not those of the list: `items 0-9/*` (RFC 9110). One of bytes says nothing of records. */
export function rangeWithoutEnd(value: Json): boolean {
  if (typeof value !== 'string' || value.length > 100) return false;
  const [, unit] = /^\s*(?:([A-Za-z]+)[ =])?\d+-\d+\/\*\s*$/.exec(value) ?? [];
  return /^\s*(?:[A-Za-z]+[ =])?\d+-\d+\/\*\s*$/.test(value) && unit?.toLowerCase() !== 'bytes';
}
