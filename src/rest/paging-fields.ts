/** What an answer says of its pages beside its records: fields known by their names and values. Pure. */
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { plain } from './lists.js';

/** A field beside the list. */
export interface Field<V extends Json = Json> {
  readonly path: string;
  /** As the answer spells it. */
  readonly name: string;
  readonly value: V;
}

/** The fields that were found; each absent where no field of such a name has such a value. */
export interface PagingFields {
  /** An address, or null after the last page. */
  readonly next_link?: Field<string | null>;
  /** A page's number, or null after the last page. It is a number, never a cursor. */
  readonly next_page?: Field<number | string | null>;
  /** What the next page is asked for with, or null after the last page. */
  readonly cursor?: Field<number | string | null>;
  readonly page?: Field<number>;
  readonly page_size?: Field<number>;
  readonly total_pages?: Field<number>;
  readonly offset?: Field<number>;
  readonly total?: Field<number>;
  readonly more?: Field<boolean>;
}

/** Names as {@link plain} gives them; two words where the object around a field belongs to its name. */
const NAMES: Readonly<Record<keyof PagingFields, readonly string[]>> = {
  next_link: [
    ...['nexturl', 'nextpageurl', 'nextlink', 'nextpagelink', 'nexthref', 'nexturi', 'nextpath'],
    ...['next href', 'next url', 'next link', 'next', 'nextpage'],
  ],
  next_page: ['nextpage', 'nextpagenumber', 'next page', 'next'],
  cursor: [
    ...['nextcursor', 'nextpagetoken', 'nexttoken', 'nextpagecursor', 'nextcontinuationtoken', 'nextmarker'],
    ...['nextbookmark', 'cursors after', 'cursor next', 'next cursor', 'next token', 'endcursor'],
    ...['continuationtoken', 'continuation', 'pagetoken', 'scrollid', 'bookmark', 'cursor', 'marker', 'next'],
  ],
  page: ['curpage', 'currentpage', 'page', 'pagenumber', 'pageindex', 'pageno'],
  page_size: ['perpage', 'pagesize', 'itemsperpage', 'recordsperpage', 'pagelimit', 'limit', 'size', 'take'],
  total_pages: ['pagetotal', 'totalpages', 'pagecount', 'numpages', 'numberofpages', 'lastpage', 'pages'],
  offset: ['offset', 'skip', 'startat', 'startindex', 'start'],
  total: [
    ...[
      'itemstotal',
      'totalitems',
      'totalcount',
      'totalrecords',
      'totalresults',
      'totalrows',
      'totalelements',
    ],
    ...['totalhits', 'totalsize', 'total', 'recordcount', 'rowcount', 'numfound', 'count'],
  ],
  more: ['hasmore', 'hasnext', 'hasnextpage', 'hasmorepages', 'more', 'istruncated'],
};

const isWhole = (value: Json): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isAddress = (value: Json): boolean => typeof value === 'string' && /^(https?:\/\/|\/|\?)/.test(value);
const isNumeral = (value: Json): boolean => typeof value === 'string' && /^\d{1,9}$/.test(value);

/** The paging fields around the list at a path. */
export function pagingFields(answer: unknown, list_path: string, count: number): PagingFields {
  const fields = scalarsOf(answer, list_path);
  const find = <V extends Json>(kind: keyof PagingFields, is: (value: Json, field: Field) => boolean) => {
    for (const wanted of NAMES[kind])
      for (const field of fields)
        if (isCalled(field, wanted) && is(field.value, field)) return { [kind]: field as Field<V> };
    return {};
  };
  const before = fields.some(({ name }) =>
    ['previous', 'prev', 'previousurl', 'prevurl'].includes(plain(name)),
  );
  return {
    ...find('next_link', (value, { name, path }) =>
      // Null says little of what would stand there: only a name that is an address's own, or an address back beside it.
      value === null
        ? /(url|link|href|uri)$/.test(plain(name)) ||
          (plain(name) === 'next' && (before || /link/i.test(path)))
        : isAddress(value),
    ),
    ...find('next_page', (value, { name }) =>
      value === null ? plain(name) !== 'next' : isWhole(value) || isNumeral(value),
    ),
    ...find('cursor', (value, { name }) =>
      value === null
        ? /cursor|token|marker|bookmark|continuation/.test(plain(name))
        : !isAddress(value) && value !== '' && ['string', 'number'].includes(typeof value),
    ),
    ...find('page', isWhole),
    ...find('page_size', (value) => isWhole(value) && value > 0),
    ...find('total_pages', isWhole),
    ...find('offset', isWhole),
    ...find('total', (value) => isWhole(value) && value >= count),
    ...find('more', (value) => typeof value === 'boolean'),
  };
}

function isCalled({ path, name }: Field, wanted: string): boolean {
  if (!wanted.includes(' ')) return plain(name) === wanted;
  const around = path.split('.').at(-2);
  return around !== undefined && `${plain(around)} ${plain(name)}` === wanted;
}

const LONGEST_NAME = 100;

/** Every scalar that a path reaches, outside of lists: those beside the list first, then the ones nearest to the top. */
function scalarsOf(answer: unknown, list_path: string): Field[] {
  const around = list_path.slice(0, Math.max(0, list_path.lastIndexOf('.')));
  const found: Field[] = [];
  const visit = (object: JsonObject, path: string, depth: number): void => {
    for (const [name, value] of Object.entries(object)) {
      const at = path === '' ? name : `${path}.${name}`;
      // A name of a paragraph's length is data, and no word of paging.
      if (name.length > LONGEST_NAME || name.includes('.')) continue;
      if (isJsonObject(value)) {
        if (depth < 3) visit(value, at, depth + 1);
      } else if (!Array.isArray(value)) found.push({ path: at, name, value });
    }
  };
  if (isJsonObject(answer)) visit(answer, '', 0);
  const far = ({ path }: Field): number => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
    return parent === around ? 0 : path.split('.').length;
  };
  return found.toSorted((a, b) => far(a) - far(b));
}
