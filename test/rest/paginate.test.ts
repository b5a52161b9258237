import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.js';
import type { EndpointConfig, Pagination } from '../../src/rest/config.js';
import {
  type AnsweredPage,
  baseRequest,
  firstPage,
  joinUrl,
  nextPage,
  type PageRequest,
} from '../../src/rest/paginate.js';

type Of<T extends Pagination['type']> = Extract<Pagination, { type: T }>;

const config = (pagination: Pagination, more: Partial<EndpointConfig> = {}): EndpointConfig => ({
  name: 'shop',
  base_url: 'https://x/api:meta/',
  path: '/table/1',
  method: 'GET',
  params: { a: '1' },
  headers: { 'x-data-source': 'live' },
  data_selector: 'items',
  primary_key: ['id'],
  write_disposition: 'replace',
  left_out: [],
  pagination,
  auth: { type: 'none' },
  ...more,
});

const answer = (envelope: JsonObject, count = 2, last_key: string | null = '2'): AnsweredPage => ({
  envelope,
  count,
  last_key,
});

const request = (more: Partial<PageRequest> = {}): PageRequest => ({
  method: 'GET',
  url: 'https://x/api:meta/table/1',
  params: { a: '1' },
  headers: { 'x-data-source': 'live' },
  body: undefined,
  ...more,
});

describe('an address', () => {
  it.each([
    ['https://x', '/a', 'https://x/a'],
    ['https://x/', 'a', 'https://x/a'],
    ['https://x//', '//a/b', 'https://x/a/b'],
    ['https://x/b/', '', 'https://x/b/'],
  ])('%s and %s make %s', (base, path, url) => {
    expect(joinUrl(base, path)).toBe(url);
  });
});

describe('a list of a single page', () => {
  it('is asked for once, as the config says', () => {
    const single = config({ type: 'single_page' }, { body: { b: [1] } });
    expect(baseRequest(single)).toEqual(request({ body: { b: [1] } }));
    expect(firstPage(single)).toEqual(request({ body: { b: [1] } }));
    expect(nextPage(single, firstPage(single), answer({ nextPage: 2 }))).toBeNull();
  });
});

describe('page numbers', () => {
  const numbered = (more: Partial<Of<'page_number'>> = {}): Of<'page_number'> => ({
    type: 'page_number',
    in: 'query',
    page_param: 'page',
    base_page: 1,
    page_size_param: 'per_page',
    page_size: 50,
    ...more,
  });
  const page = (n: number) => request({ params: { a: '1', page: String(n), per_page: '50' } });

  it('begin with the base page, in the query or in the body', () => {
    expect(firstPage(config(numbered()))).toEqual(page(1));
    expect(firstPage(config(numbered({ base_page: 0 })))).toEqual(page(0));
    expect(firstPage(config(numbered({ in: 'body' }), { body: { sort: { id: 'asc' }, page: 9 } }))).toEqual(
      request({ body: { sort: { id: 'asc' }, page: 1, per_page: 50 } }),
    );
    expect(
      nextPage(config(numbered({ in: 'body' })), request({ body: { page: 3, x: 1 } }), answer({})),
    ).toEqual(request({ body: { page: 4, x: 1, per_page: 50 } }));
  });

  it.each<[string, Partial<Of<'page_number'>>, number, AnsweredPage, number | null]>([
    ['the named next page', { next_page_path: 'nextPage' }, 3, answer({ nextPage: 4 }), 4],
    [
      'the next page where one further on is named',
      { next_page_path: 'r.next' },
      3,
      answer({ r: { next: 7 } }),
      4,
    ],
    ['nothing after null', { next_page_path: 'nextPage' }, 3, answer({ nextPage: null }), null],
    [
      'the next page where the same one is named',
      { next_page_path: 'nextPage' },
      3,
      answer({ nextPage: 3 }),
      4,
    ],
    [
      'the next page where an earlier one is named',
      { next_page_path: 'nextPage' },
      3,
      answer({ nextPage: 1 }),
      4,
    ],
    ['the next page where a text is named', { next_page_path: 'nextPage' }, 3, answer({ nextPage: '4' }), 4],
    [
      'the next page where no page is named',
      { next_page_path: 'nextPage' },
      3,
      answer({ nextPage: true }),
      4,
    ],
    [
      'nothing after an empty page, though a next one is named',
      { next_page_path: 'nextPage' },
      3,
      answer({ nextPage: 4 }, 0),
      null,
    ],
    [
      'one page further where the answer does not speak of it',
      { next_page_path: 'nextPage' },
      3,
      answer({}),
      4,
    ],
    ['one page further while there are more', { total_pages_path: 'pages' }, 3, answer({ pages: 4 }), 4],
    ['nothing after the last page', { total_pages_path: 'pages' }, 4, answer({ pages: 4 }), null],
    [
      'nothing after the last page counted from 0',
      { base_page: 0, total_pages_path: 'pages' },
      3,
      answer({ pages: 4 }),
      null,
    ],
    [
      'one page further counted from 0',
      { base_page: 0, total_pages_path: 'pages' },
      2,
      answer({ pages: 4 }),
      3,
    ],
    ['nothing of no pages', { total_pages_path: 'pages' }, 1, answer({ pages: 0 }), null],
    [
      'one page further where the number of pages is no number',
      { total_pages_path: 'pages' },
      3,
      answer({ pages: '4' }),
      4,
    ],
    ['one page further where nothing is known', {}, 3, answer({}), 4],
    ['one page further after a short page where nothing is known', {}, 3, answer({}, 1), 4],
    ['nothing after an empty page where nothing is known', {}, 3, answer({}, 0), null],
    [
      'the named next page, whatever the number of pages',
      { next_page_path: 'n', total_pages_path: 'p' },
      3,
      answer({ n: 4, p: 3 }),
      4,
    ],
  ])('ask for %s', (_, more, at, answered, next) => {
    expect(nextPage(config(numbered(more)), page(at), answered)).toEqual(next === null ? null : page(next));
  });
});

describe('keys', () => {
  const keyset = (more: Partial<Of<'keyset'>> = {}): Of<'keyset'> => ({
    type: 'keyset',
    key: 'id',
    order: 'asc',
    page_param: 'page',
    page_size_param: 'per_page',
    page_size: 2,
    sort_param: 'sort',
    filter_param: 'search',
    after: 'id|>',
    before: 'id|<',
    next_page_path: 'nextPage',
    total_path: 'itemsTotal',
    ...more,
  });
  const asked = (search?: JsonObject[], more: JsonObject = {}) =>
    request({
      method: 'POST',
      body: {
        ...more,
        page: 1,
        per_page: 2,
        sort: { id: 'asc' },
        ...(search === undefined ? {} : { search }),
      },
    });
  const post = (pagination: Pagination, body: JsonObject = {}) =>
    config(pagination, { method: 'POST', body });

  it('begin at the start, or after one, and end before one', () => {
    expect(firstPage(post(keyset()))).toEqual(asked());
    expect(firstPage(post(keyset(), { x: 1, search: ['old'], page: 7 }))).toEqual(asked(undefined, { x: 1 }));
    expect(firstPage(post(keyset()), { after: '5' })).toEqual(asked([{ 'id|>': 5 }]));
    expect(firstPage(post(keyset()), { before: '9' })).toEqual(asked([{ 'id|<': 9 }]));
    expect(firstPage(post(keyset()), { after: '5', before: '9' })).toEqual(
      asked([{ 'id|>': 5 }, { 'id|<': 9 }]),
    );
  });

  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-1', -1],
    ['"a\\u00e9"', 'aé'],
    ['"9"', '9'],
  ])('travel exactly: %s as %j', (after, sent) => {
    expect(firstPage(post(keyset()), { after })).toEqual(asked([{ 'id|>': sent }]));
  });

  it.each<[string, Partial<Of<'keyset'>>, AnsweredPage, string | null]>([
    ['while a next page is named', {}, answer({ nextPage: 2, itemsTotal: 5 }), '2'],
    [
      'while there are more than came, though nextPage is null',
      {},
      answer({ nextPage: null, itemsTotal: 3 }),
      '2',
    ],
    [
      'while there are more than came, though the page is short',
      {},
      answer({ nextPage: null, itemsTotal: 3 }, 1, '1'),
      '1',
    ],
    ['to an empty page when nextPage is never null', {}, answer({ nextPage: 2, itemsTotal: 2 }), '2'],
    ['and stop when all came and no next page is named', {}, answer({ nextPage: null, itemsTotal: 2 }), null],
    [
      'and stop at an empty page, whatever it names',
      {},
      answer({ nextPage: 2, itemsTotal: 9 }, 0, null),
      null,
    ],
    ['and stop where records have no key', {}, answer({ nextPage: 2, itemsTotal: 9 }, 2, null), null],
    ['by the total alone', { next_page_path: undefined }, answer({ nextPage: 2, itemsTotal: 2 }), null],
    ['by the next page alone', { total_path: undefined }, answer({ nextPage: null, itemsTotal: 9 }), null],
    ['to an empty page where the answer names neither', {}, answer({}), '2'],
    [
      'to an empty page where neither is configured',
      { next_page_path: undefined, total_path: undefined },
      answer({}),
      '2',
    ],
    [
      'to an empty page where the total is no number',
      { next_page_path: undefined },
      answer({ itemsTotal: 'many' }),
      '2',
    ],
  ])('go on %s', (_, more, answered, after) => {
    const request = firstPage(post(keyset(more)), { after: '0', before: '100' });
    const next = nextPage(post(keyset(more)), request, answered, { before: '100' });
    expect(next).toEqual(after === null ? null : asked([{ 'id|>': Number(after) }, { 'id|<': 100 }]));
  });
});
