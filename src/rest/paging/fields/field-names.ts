/** The words that identify the paging fields of an answer. Pure. */
import type { plain } from '../../decode/answer/rank-lists.js';
import type { PagingFields } from './field.js';

/** The meanings of fields with usual names. */
export type Kind = Exclude<keyof PagingFields, 'paths' | 'partial'>;

/** Names as {@link plain} gives them; two words where the name of the enclosing object is needed. */
export const NAMES: Readonly<Record<Kind, readonly string[]>> = {
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

/** Flags that mean something only when true: a complete answer (false) may still not be the last. */
export const CUT: readonly string[] = ['exceededtransferlimit', 'incompleteresults'];

/** Words that a count's name may have beside `total` or `found`. */
export const COUNTED: readonly string[] = [
  ...['item', 'items', 'record', 'records', 'row', 'rows', 'result', 'results', 'entry', 'entries'],
  ...['element', 'elements', 'hit', 'hits', 'object', 'objects', 'document', 'documents', 'docs', 'matches'],
  ...['collection', 'list', 'count', 'num', 'number', 'of', 'available', 'matching'],
];

/** Words beside a total that is an amount of money. */
export const MONEY: readonly string[] = [
  ...['subtotal', 'currency', 'currencycode', 'tax', 'taxes', 'totaltax', 'vat', 'discount', 'discounts'],
  ...['shipping', 'amount', 'price', 'grandtotal'],
];

/** Names of objects that describe the list, beside names that mean "next". */
export const ENVELOPES: readonly string[] = [
  ...['meta', 'metadata', 'paging', 'pagination', 'paginator', 'pager', 'page', 'pages', 'pageinfo'],
  ...['link', 'links', 'cursor', 'cursors', 'result', 'results', 'resultset', 'data', 'response', 'info'],
  ...['header', 'headers', 'head', 'envelope', 'navigation', 'nav', 'scroll', 'summary', 'total', 'totals'],
  ...['count', 'counts', 'hits', 'search', 'collection', 'body', 'payload'],
];

/** Objects whose inner objects describe the list, whatever those are called. */
export const WITHIN: readonly string[] = ['meta', 'metadata', 'paging', 'pagination'];

/** Flags that are true on the last page. */
export const LAST: readonly string[] = [
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

/** Names that count the remaining records. */
export const REMAINING =
  /^(items|records|rows|results|pages|count)?remaining(items?|records?|rows?|results?|pages?)?(count)?$/;

/** Words that may form the name of a field that leads to the next page; at least one is of the first list. */
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

/** A name that says that its value is a URL. */
export const ADDRESS_WORDS: readonly string[] = ['link', 'links', 'url', 'uri', 'href', 'path'];

/** `nextRecordsUrl` is `next`, `records`, `url`. */
export function wordsOf(name: string): string[] {
  return name
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll('start at', 'startat')
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

/** A number counts as a page number only if its name says so. */
export const NUMBERS: readonly string[] = ['number', 'num', 'no'];

/** Whether these words are about pages or records. */
export const isOfPages = (words: readonly string[]): boolean =>
  words.some((word) =>
    ['page', 'pages', 'paging', 'record', 'result', 'item', 'row', 'batch'].includes(word),
  );

/** Whether a name of these words leads to the next page. */
export const leadsOn = (words: readonly string[]): boolean =>
  words.some((word) => LEADS.includes(word)) && words.every((word) => PAGING_WORDS.includes(word));

/** Without one of these words, a list of values may hold page numbers or ids instead of a cursor. */
export const CURSOR_WORDS: readonly string[] = [
  'cursor',
  'token',
  'key',
  'marker',
  'position',
  'bookmark',
  'after',
];
