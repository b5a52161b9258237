/** Signs that a first page is not the complete list although it does not lead to a next one. Pure. */
import type { Json } from '../../../json.js';
import { plain } from '../../decode/answer/rank-lists.js';

const linkNames = (which: string): readonly string[] => [
  ...['url', 'pageurl', 'link', 'pagelink', 'href', 'uri', 'page', ''].map((end) => `${which}${end}`),
  ...['href', 'url', 'link', 'uri'].map((name) => `${which} ${name}`),
];

/**
 * Names of fields that hold the URL of the last page; two words where the enclosing object's name is needed.
 */
export const LAST_LINKS: readonly string[] = linkNames('last');
/** Names of fields that hold the URL of the first page. */
export const FIRST_LINKS: readonly string[] = linkNames('first');

/** Parameters that number pages, and those that count or name the records in front of a page. */
const PAGES: readonly string[] = ['page', 'pagenumber', 'pageno', 'pageindex', 'p', 'pg'];
const OFFSETS: readonly string[] = ['offset', 'pageoffset', 'skip', 'start', 'startat', 'startindex', 'from'];
const CURSORS: readonly string[] = [
  ...['cursor', 'pagecursor', 'after', 'pageafter', 'before', 'pagebefore', 'startingafter', 'token'],
  ...['pagetoken', 'nexttoken', 'continuation', 'marker', 'position'],
];

/**
 * Whether the URL of the last page is another page than the first one: by the page number or offset in its
 * query, by its cursor, or by the URL of the first page beside it. GitHub, Laravel and JSON:API send both
 * links; in a list of one page, they are the same.
 */
export function leadsBeyond(last: string, first: string | undefined): boolean {
  const at_last = positionParam(last);
  if (at_last !== undefined) {
    const at_first = first === undefined ? undefined : positionParam(first);
    return at_last.value > (at_first?.value ?? (at_last.counts === 'pages' ? 1 : 0));
  }
  if (first === undefined) return [...queryOf(last).keys()].some((name) => CURSORS.includes(plain(name)));
  return queryOf(last).toString() !== queryOf(first).toString();
}

/** A URL parameter that holds a page number, or an offset in records. */
export interface PositionParam {
  readonly counts: 'pages' | 'records';
  readonly name: string;
  readonly value: number;
}

/** The parameter that identifies the page of a URL; undefined where its query has none. */
export function positionParam(address: string): PositionParam | undefined {
  const params = [...queryOf(address)];
  const find = (counts: PositionParam['counts'], names: readonly string[]): PositionParam | undefined => {
    const [name = '', value = ''] =
      params.find((param) => names.includes(plain(param[0])) && /^\d{1,15}$/.test(param[1])) ?? [];
    return name === '' ? undefined : { counts, name, value: Number(value) };
  };
  return find('pages', PAGES) ?? find('records', OFFSETS);
}

function queryOf(address: string): URLSearchParams {
  const [, text = ''] = address.split('?', 2);
  const query = new URLSearchParams(text.replace(/#.*$/s, ''));
  query.sort();
  return query;
}

/**
 * Whether a Content-Range counts the records of its answer, but not those of the list: `items 0-9/*` (RFC
 * 9110). A range of bytes does not count records.
 */
export function rangeWithoutEnd(value: Json): boolean {
  if (typeof value !== 'string' || value.length > 100) return false;
  const range = /^\s*(?:([A-Za-z]+)[ =])?\d+-\d+\/\*\s*$/.exec(value);
  return range !== null && range[1]?.toLowerCase() !== 'bytes';
}
