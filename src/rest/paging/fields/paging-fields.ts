/** What an answer says of its pages beside its records: fields known by their names and values. Pure. */
import { isJsonObject, type Json, type JsonObject, joinKeys, pathKeys, select } from '../../../json.js';
import type { EndpointConfig } from '../../config/endpoint-config.js';
import { plain } from '../../decode/answer/rank-lists.js';
import type { Answer } from '../../http/messages.js';
import { countIn, HEADER, headerObject, headerText } from './answer-field.js';
import { linkTo } from './link-header.js';
import { FIRST_LINKS, LAST_LINKS, leadsBeyond, rangeWithoutEnd } from './partial-list.js';

/** A field beside the list. */
export interface Field<V extends Json = Json> {
  /** As a config names it: a dotted path into the body, or `header:NAME`. */
  readonly path: string;
  /** As the answer spells it; of a header without `x-`, with underscores. */
  readonly name: string;
  /** What it means: counts are numbers, flags are booleans, whatever they were sent as. */
  readonly value: V;
  /** It may as well be of something else: what it says is to be tried, and nothing fails by it alone. */
  readonly doubtful?: true;
}

/** The fields that were found; each absent where no field of such a name has such a value. */
export interface PagingFields {
  /** An address, or null after the last page. */
  readonly next_link?: Field<string | null>;
  /** A page's number, or null after the last page. It is a number, never a cursor. */
  readonly next_page?: Field<number | string | null>;
  /** What the next page is asked for with, or null after the last page. */
  readonly cursor?: Field<Cursor | null>;
  readonly page?: Field<number>;
  readonly page_size?: Field<number>;
  readonly total_pages?: Field<number>;
  readonly offset?: Field<number>;
  readonly total?: Field<number>;
  /** Whether more records follow; of a field that says `last` or `done`, the opposite of its value. */
  readonly more?: Field<boolean>;
  /**
   * Shows that a first page is not the whole list: `more` where it is certain, else a range of a list of
   * unknown length.
   */
  readonly partial?: Field & { readonly more: boolean };
  /** Every place that was looked at. */
  readonly places: readonly string[];
}

/**
 * What a next page is asked for with: a text, a number, or several of them, such as `search_after` of
 * Elasticsearch.
 */
export type Cursor = number | string | readonly Json[];

type Kind = Exclude<keyof PagingFields, 'places' | 'partial'>;

/** Names as {@link plain} gives them; two words where the object around a field belongs to its name. */
const NAMES: Readonly<Record<Kind, readonly string[]>> = {
  next_link: [
    ...[
      'nexturl',
      'nextpageurl',
      'nextlink',
      'nextpagelink',
      'nexthref',
      'nexturi',
      'nextpath',
      'odatanextlink',
    ],
    ...['next href', 'next url', 'next link', 'next uri', 'next', 'nextpage', 'paging older'],
  ],
  next_page: ['nextpage', 'nextpagenumber', 'next page', 'next number', 'next'],
  cursor: [
    ...['nextcursor', 'nextpagetoken', 'nexttoken', 'nextpagecursor', 'nextcontinuationtoken', 'nextmarker'],
    ...['nextbookmark', 'cursors after', 'cursor next', 'next cursor', 'next token', 'endcursor'],
    ...['continuationtoken', 'continuation', 'metadata continue', 'meta continue', 'pagetoken', 'scrollid'],
    ...['bookmark', 'cursor', 'marker', 'next', 'lastevaluatedkey', 'paging after', 'data after', 'after'],
    ...[
      'lastkey',
      'pagingstate',
      'pagestate',
      'startkey',
      'paging forward',
      'paging older',
      'nextrange',
      'searchafter',
      'afterkey',
      'offset',
    ],
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
    ...[
      'totalhits',
      'totalsize',
      'totalentries',
      'totalnumber',
      'odatacount',
      'recordsfiltered',
      'totalfiltered',
      'filtered',
      'total',
    ],
    ...[
      'total value',
      'contentrange',
      'recordcount',
      'rowcount',
      'itemcount',
      'numfound',
      'nhits',
      'resultcount',
      'count',
    ],
  ],
  more: [
    ...[
      'hasmore',
      'hasnext',
      'hasnextpage',
      'hasmorepages',
      'hasmoreitems',
      'hasmorerecords',
      'hasmoreresults',
    ],
    ...[
      'moreresults',
      'moreitems',
      'morerecords',
      'morepages',
      'moreavailable',
      'more',
      'istruncated',
      'truncated',
    ],
  ],
};

/** Flags that say something only where they are true: an answer that is whole may not be the last. */
const CUT: readonly string[] = ['exceededtransferlimit', 'incompleteresults'];

/** Words that a count's name is made of beside `total` or `found`. */
const COUNTED: readonly string[] = [
  ...['item', 'items', 'record', 'records', 'row', 'rows', 'result', 'results', 'entry', 'entries'],
  ...['element', 'elements', 'hit', 'hits', 'object', 'objects', 'document', 'documents', 'docs', 'matches'],
  ...['collection', 'list', 'count', 'num', 'number', 'of', 'available', 'matching'],
];

/** What stands beside a total of money. */
const MONEY: readonly string[] = [
  ...['subtotal', 'currency', 'currencycode', 'tax', 'taxes', 'totaltax', 'vat', 'discount', 'discounts'],
  ...['shipping', 'amount', 'price', 'grandtotal'],
];

/** Words for objects that tell of the list, beside whichever lead on. */
const ENVELOPES: readonly string[] = [
  ...['meta', 'metadata', 'paging', 'pagination', 'paginator', 'pager', 'page', 'pages', 'pageinfo'],
  ...['link', 'links', 'cursor', 'cursors', 'result', 'results', 'resultset', 'data', 'response', 'info'],
  ...['header', 'headers', 'head', 'envelope', 'navigation', 'nav', 'scroll', 'summary', 'total', 'totals'],
  ...['count', 'counts', 'hits', 'search', 'collection', 'body', 'payload'],
];
/** Those in which any other object tells of the list, too. */
const WITHIN: readonly string[] = ['meta', 'metadata', 'paging', 'pagination'];

/** Flags that are true on the last page. */
const LAST: readonly string[] = [
  'islast',
  'islastpage',
  'lastpage',
  'last',
  'done',
  'finished',
  'exhausted',
  'isend',
  'endoflist',
  'eof',
  'nomore',
];

/** Names that count what is still to come. */
const REMAINING =
  /^(items|records|rows|results|pages|count)?remaining(items?|records?|rows?|results?|pages?)?(count)?$/;

/** Words that a name which leads to the next page is made of; one of the first list is among them. */
const LEADS: readonly string[] = [
  'next',
  'continuation',
  'continue',
  'resume',
  'resumption',
  'evaluated',
  'after',
];
const PAGING_WORDS: readonly string[] = [
  ...LEADS,
  ...[
    'page',
    'pages',
    'paging',
    'cursor',
    'token',
    'key',
    'id',
    'marker',
    'bookmark',
    'scroll',
    'start',
    'starting',
  ],
  ...[
    'offset',
    'position',
    'index',
    'record',
    'records',
    'result',
    'results',
    'item',
    'items',
    'row',
    'rows',
    'set',
  ],
  ...[
    'batch',
    'list',
    'query',
    'params',
    'number',
    'num',
    'no',
    'link',
    'links',
    'url',
    'uri',
    'href',
    'path',
    'of',
  ],
  ...['from', 'search', 'startat', 'last', 'evaluated', 'ms', 'odata', 'skip', 'skiptoken'],
];

/** A name that says that its value is an address. */
const ADDRESS_WORDS: readonly string[] = ['link', 'links', 'url', 'uri', 'href', 'path'];

/** `nextRecordsUrl` is `next`, `records`, `url`. */
function wordsOf(name: string): string[] {
  return name
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll('start at', 'startat')
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

const isAddress = (value: Json): boolean => typeof value === 'string' && /^(https?:\/\/|\/|\?)/.test(value);
const isNumeral = (value: Json): boolean => typeof value === 'string' && /^\d{1,9}$/.test(value);

/** A field before anybody knows what it means. */
interface Found extends Field {
  /** The key of the object that it stands in. */
  readonly around: string;
}

/** What a request was sent with. */
export type Sent = Partial<Pick<EndpointConfig, 'path' | 'params' | 'body'>>;

/** Parameters by their plain names: an answer that repeats one says nothing of what comes next. */
function echoesOf({ path = '', params = {}, body = {} }: Sent): ReadonlyMap<string, string> {
  const query = new URLSearchParams(path.includes('?') ? path.slice(path.indexOf('?')) : '');
  return new Map(
    [...query, ...Object.entries(params), ...Object.entries(body)].map(([name, value]) => [
      plain(name),
      String(value),
    ]),
  );
}

/**
 * The paging fields around the list at a path, and in the headers. Objects that describe something else are not looked into. `sent`: what
 * the request was sent with, as far as the config says so.
 */
export function pagingFields(
  answer: unknown,
  list_path: string,
  count: number,
  headers: Answer['headers'] = {},
  sent: Sent = {},
): PagingFields {
  const fields = [...scalarsOf(answer, list_path), ...headerFields(headers)];
  const echoed = echoesOf(sent);
  const isEcho = ({ name, value }: Field): boolean =>
    value !== null && echoed.get(plain(name)) === String(value);
  const find = <V extends Json>(kind: Kind, read: (value: Json, field: Field) => V | undefined) => {
    for (const wanted of NAMES[kind])
      for (const field of fields) {
        const value = isCalled(field, wanted) ? read(field.value, field) : undefined;
        if (value !== undefined) return { [kind]: fieldOf(field, value) };
      }
    return {};
  };
  const back = ['previous', 'prev', 'previousurl', 'prevurl'];
  const before = fields.some(({ name }) => back.includes(plain(name)));
  const whole = (value: Json): number | undefined => countIn(value);
  const named = {
    ...find('next_link', (value, { name, path }) => {
      // Null says little of what would stand there: only a name that is an address's own, or an address back beside it.
      if (value === null) {
        const isLink =
          /(url|link|href|uri)$/.test(plain(name)) ||
          (plain(name) === 'next' && (before || /link/i.test(path)));
        return isLink ? null : undefined;
      }
      return isAddress(value) ? String(value) : undefined;
    }),
    ...find('next_page', (value, field) => {
      const { name } = field;
      if (isEcho(field) || followsAnother(field, fields)) return undefined;
      if (value === null) return plain(name) === 'next' ? undefined : null;
      if (typeof value !== 'string' && typeof value !== 'number') return undefined;
      return isNumeral(value) || (typeof value === 'number' && countIn(value) !== undefined)
        ? value
        : undefined;
    }),
    ...find('cursor', (value, field) => {
      const { name } = field;
      if (value === null)
        return /cursor|token|marker|bookmark|continuation|lastkey|startkey|state/.test(plain(name))
          ? null
          : undefined;
      if (isEcho(field) || followsAnother(field, fields)) return undefined;
      if (plain(name) === 'offset' && !isOpaque(value)) return undefined;
      if (Array.isArray(value)) return value;
      if (typeof value !== 'string' && typeof value !== 'number') return undefined;
      return isAddress(value) || value === '' ? undefined : value;
    }),
    ...find('page', whole),
    ...find('page_size', (value) => ((countIn(value) ?? 0) > 0 ? countIn(value) : undefined)),
    ...find('total_pages', whole),
    ...find('offset', whole),
    ...find('total', (value, field) => totalIn(value, field, fields, count)),
    ...find('more', (value, { name }) => moreIn(value, name)),
  } satisfies Partial<PagingFields>;
  const led = leading(
    fields.filter((field) => !isEcho(field) && !followsAnother(field, fields)),
    named,
  );
  const total = otherTotal(fields, list_path, count);
  return {
    ...led,
    ...cutFlag(fields),
    ...lastFlag(fields),
    ...total,
    ...partialOf(fields, headers),
    ...named,
    places: fields.map(({ path }) => path),
  };
}

/** A number of something is one of pages only where its name says so. */
const NUMBERS: readonly string[] = ['number', 'num', 'no'];
const isOfPages = (words: readonly string[]): boolean =>
  words.some((word) =>
    ['page', 'pages', 'paging', 'record', 'result', 'item', 'row', 'batch'].includes(word),
  );

const leadsOn = (words: readonly string[]): boolean =>
  words.some((word) => LEADS.includes(word)) && words.every((word) => PAGING_WORDS.includes(word));

const fieldOf = <V extends Json>({ path, name }: Field, value: V): Field<V> => ({ path, name, value });

/** Whether a bare `next` only goes on from a field that counts something else: `{ level: 3, next: 4 }`. */
function followsAnother({ path, name, value }: Field, fields: readonly Found[]): boolean {
  if (plain(name) !== 'next' || typeof value !== 'number') return false;
  const parent = parentOf(path);
  return fields.some(
    (field) =>
      parentOf(field.path) === parent &&
      field.value === value - 1 &&
      ![...NAMES.page, ...NAMES.offset, ...NAMES.total, ...NAMES.page_size].includes(plain(field.name)),
  );
}

/** A link to a last page beyond this one, or a range of a list whose length the server does not know. */
function partialOf(fields: readonly Found[], headers: Answer['headers']): Pick<PagingFields, 'partial'> {
  const link = (names: readonly string[], relation: string): Field<string> | undefined => {
    const field = fields.find((one) => isAddress(one.value) && names.some((name) => isCalled(one, name)));
    if (field !== undefined) return fieldOf(field, String(field.value));
    const target = linkTo(headers['link'], relation);
    return target === undefined ? undefined : { path: `${HEADER}link`, name: relation, value: target };
  };
  const last = link(LAST_LINKS, 'last');
  if (last !== undefined && leadsBeyond(last.value, link(FIRST_LINKS, 'first')?.value))
    return { partial: { ...last, more: true } };
  const range = fields.find(({ name, value }) => plain(name) === 'contentrange' && rangeWithoutEnd(value));
  return range === undefined ? {} : { partial: { ...fieldOf(range, range.value), more: false } };
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));

/** A text under `offset` that is neither a number nor an offset of time. */
const isOpaque = (value: Json): boolean =>
  typeof value === 'string' &&
  /[a-z0-9]/i.test(value) &&
  !/^([+-]?[\d:.,]+$|utc|gmt|z$|-?pt?\d|[a-z]+\/)/i.test(value);

function totalIn(value: Json, field: Field, fields: readonly Found[], count: number): number | undefined {
  const total = countIn(value);
  if (total === undefined || total < count) return undefined;
  const parent = parentOf(field.path);
  const isMoney =
    plain(field.name) === 'total' &&
    fields.some(({ path, name }) => parentOf(path) === parent && MONEY.includes(plain(name)));
  return isMoney ? undefined : total;
}

/** A count whose name is made of `total` or `found` and words for records, or the name of the list. */
function otherTotal(fields: readonly Found[], list_path: string, count: number): Pick<PagingFields, 'total'> {
  const own = wordsOf(pathKeys(list_path).at(-1) ?? '');
  for (const field of fields) {
    const words = wordsOf(field.name);
    const others = words.filter((word) => word !== 'total' && word !== 'found');
    if (others.length === 0 || others.length === words.length) continue;
    if (!others.every((word) => COUNTED.includes(word) || own.includes(word))) continue;
    const total = totalIn(field.value, field, fields, count);
    if (total !== undefined) return { total: fieldOf(field, total) };
  }
  return {};
}

/** A flag's meaning; digits and letters stand for one only where the name is nothing but a flag's. */
function moreIn(value: Json, name: string): boolean | undefined {
  const flag = truth(value);
  if (flag !== undefined || !/^(has|is)/.test(plain(name))) return flag;
  const word = String(value).toLowerCase();
  if (['1', 'y', 'yes'].includes(word)) return true;
  return ['0', 'n', 'no'].includes(word) ? false : undefined;
}

function cutFlag(fields: readonly Found[]): Pick<PagingFields, 'more'> {
  const field = fields.find(({ name, value }) => CUT.includes(plain(name)) && truth(value) === true);
  return field === undefined ? {} : { more: fieldOf(field, true) };
}

/** `true`, or the word. */
function truth(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'True') return true;
  return value === 'false' || value === 'False' ? false : undefined;
}

/** A field that tells the last page or what is left, as one that tells whether more follow. */
function lastFlag(fields: readonly Found[]): Pick<PagingFields, 'more'> {
  for (const field of fields) {
    const name = plain(field.name);
    const is_last = LAST.includes(name) ? truth(field.value) : undefined;
    if (is_last !== undefined) return { more: fieldOf(field, !is_last) };
    // `remaining` alone may count the requests that are left.
    const left = name !== 'remaining' && REMAINING.test(name) ? countIn(field.value) : undefined;
    if (left !== undefined) return { more: fieldOf(field, left > 0) };
  }
  return {};
}

/** Fields of no usual name that lead on by the words they are made of, such as `nextPageKey`; nothing where a usual name was found. */
function leading(
  fields: readonly Found[],
  { next_link, next_page, cursor }: Partial<PagingFields>,
): Pick<PagingFields, 'next_link' | 'cursor' | 'more'> {
  if ([next_link, next_page, cursor].some((field) => field !== undefined && field.value !== null)) return {};
  let found: Pick<PagingFields, 'next_link' | 'cursor' | 'more'> = {};
  for (const field of fields) {
    const { name, around, value } = field;
    const words = wordsOf(name);
    // Whatever stands in an object that leads on leads on: `LastEvaluatedKey: { id: 5 }`, `next: { offset: 10 }`.
    if (!(leadsOn(words) || leadsOn(wordsOf(around))) || value === null || value === '') continue;
    if (typeof value === 'boolean') found = { more: fieldOf(field, value), ...found };
    else if (
      isAddress(value) ||
      (typeof value === 'string' && words.some((word) => ADDRESS_WORDS.includes(word)))
    )
      found = { next_link: fieldOf(field, String(value)), ...found };
    else if (typeof value === 'string' || typeof value === 'number') {
      if (typeof value === 'number' && words.some((word) => NUMBERS.includes(word)) && !isOfPages(words))
        continue;
      // The next id may be the one that a new record gets.
      const isDoubtful = typeof value === 'number' && words.at(-1) === 'id';
      found = { cursor: { ...fieldOf(field, value), ...(isDoubtful ? { doubtful: true } : {}) }, ...found };
    }
  }
  return found;
}

function isCalled({ name, around }: Found, wanted: string): boolean {
  return wanted.includes(' ') ? `${plain(around)} ${plain(name)}` === wanted : plain(name) === wanted;
}

/** So deep fields are looked for, and so many: an envelope is small. */
const DEEPEST = 6;
const MOST_FIELDS = 1_000;
const LONGEST_NAME = 100;

/** Every scalar beside the records: those beside the list first, then the ones nearest to the top. */
function scalarsOf(answer: unknown, list_path: string): Found[] {
  const list_keys = pathKeys(list_path);
  const around_list = list_keys.slice(0, -1).join('\n');
  /** Whether an object tells of the list: it holds it, or is called so. */
  const tells = (keys: readonly string[]): boolean => {
    const [name = '', parent = ''] = keys.toReversed();
    if (keys.every((key, at) => key === list_keys[at]) || (Array.isArray(answer) && keys.length === 1))
      return true;
    const words = wordsOf(name);
    return (
      [...words, plain(name)].some((word) => ENVELOPES.includes(word)) ||
      leadsOn(words) ||
      wordsOf(parent).some((word) => WITHIN.includes(word))
    );
  };
  const found: (Found & { readonly far: number })[] = [];
  const add = (keys: readonly string[], value: Json, around: string): void => {
    const direct = keys.join('.');
    // A dot within a key needs no escape where the path leads there all the same.
    const path = select(answer, direct) === value ? direct : joinKeys(keys);
    const far = keys.slice(0, -1).join('\n') === around_list ? 0 : keys.length;
    found.push({ path, name: keys.at(-1) ?? '', value, around, far });
  };
  const visit = (object: JsonObject, keys: readonly string[]): void => {
    const isTelling = keys.length === 0 || tells(keys);
    for (const [name, value] of Object.entries(object)) {
      if (found.length >= MOST_FIELDS) return;
      // A name of a paragraph's length is data, and no word of paging.
      if (name.length > LONGEST_NAME) continue;
      const at = [...keys, name];
      if (isJsonObject(value)) {
        if (keys.length < DEEPEST) visit(value, at);
      } else if (Array.isArray(value)) {
        if (at.join('.') === list_path) continue;
        if (isTelling && isCursorList(name, value)) add(at, value, keys.at(-1) ?? '');
        else relations(value, at);
      } else if (isTelling) add(at, value as Json, keys.at(-1) ?? '');
    }
  };
  /** `links: [{ rel: 'next', href: '/x' }]`: links to the next, the first and the last page. */
  const relations = (list: readonly Json[], keys: readonly string[]): void => {
    for (const link of list.slice(0, 20))
      for (const rel of ['rel', 'relation', 'type', 'name'] as const) {
        const relation = isJsonObject(link) ? relationOf(link[rel]) : undefined;
        if (!isJsonObject(link) || relation === undefined) continue;
        const target = ['href', 'url', 'uri', 'link'].find((name) => typeof link[name] === 'string');
        if (target === undefined) continue;
        const value = link[target] ?? null;
        // A list of relations cannot be named in a path: the link's place must do.
        const which = typeof link[rel] === 'string' ? `${rel}=${link[rel]}` : String(list.indexOf(link));
        add([...keys.slice(0, -1), `${keys.at(-1)}[${which}]`, target], value, relation);
        break;
      }
  };
  if (isJsonObject(answer)) visit(answer, []);
  // `[{ page: 1, pages: 3 }, [ … ]]`: what stands beside the list within the answer.
  else if (Array.isArray(answer) && list_path !== '')
    for (const [index, part] of answer.slice(0, 10).entries())
      if (isJsonObject(part)) visit(part, [String(index)]);
  return found.toSorted((a, b) => a.far - b.far);
}

const relationOf = (relation: Json | undefined): string | undefined => {
  const relations = (Array.isArray(relation) ? relation : [relation]).map((one) =>
    typeof one === 'string' ? one.toLowerCase() : '',
  );
  return ['next', 'last', 'first'].find((one) => relations.includes(one));
};

/** Words without which a list of values that leads on may be one of page numbers or of ids. */
const CURSOR_WORDS: readonly string[] = ['cursor', 'token', 'key', 'marker', 'position', 'bookmark', 'after'];

/** Whether a list of scalars is a cursor of several parts. */
function isCursorList(name: string, list: readonly Json[]): boolean {
  if (list.length === 0 || list.length > 20 || list.some((part) => typeof part === 'object' && part !== null))
    return false;
  const words = wordsOf(name);
  return (
    NAMES.cursor.includes(plain(name)) ||
    (leadsOn(words) && words.some((word) => CURSOR_WORDS.includes(word)))
  );
}

/** Headers that say something of pages, under the names that fields of a body would have. */
function headerFields(headers: Answer['headers']): Found[] {
  return Object.keys(headers).flatMap((header): Found[] => {
    const text = headerText(headers, header);
    if (text === undefined || header === 'link' || header.startsWith(':')) return [];
    const path = `${HEADER}${header}`;
    // Cookies and other headers hold pairs that say nothing of pages.
    const isObject = header.length < 60 && (text.startsWith('{') || /pag(e|ing|ination)/.test(header));
    const object = isObject ? headerObject(text) : undefined;
    // A cursor may be an object itself, and is sent back as it came.
    if (isJsonObject(object) && !leadsOn(wordsOf(header.replace(/^x-/, ''))))
      return Object.entries(object).flatMap(([name, value]) =>
        isJsonObject(value) || Array.isArray(value)
          ? []
          : [{ path: `${path}.${name}`, name, value: value as Json, around: '' }],
      );
    // `x-pagination-total-count`, `x-wp-total`: who sends it comes before what it is.
    const name = header.replace(/^x-/, '').replace(/^(pagination|paging|list|wp|ms|odata)-/, '');
    return [{ path, name: name.replaceAll('-', '_'), value: text === '' ? null : text, around: '' }];
  });
}
