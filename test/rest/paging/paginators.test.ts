import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.js';
import type { ResolvedEndpoint } from '../../../src/rest/config/endpoint-config.js';
import type { Pagination } from '../../../src/rest/config/pagination.js';
import { joinUrl, type PageRequest } from '../../../src/rest/http/request.js';
import type { AnsweredPage } from '../../../src/rest/paging/paginator.js';
import { firstPage, nextPage, pageSizeOf, resized } from '../../../src/rest/paging/paginators.js';
import { requestAt } from '../../../src/rest/paging/requests/page-position.js';
import { baseRequest } from '../../../src/rest/paging/requests/request-params.js';
import { thrownBy } from '../decode/reading.js';

type Link = string | string[] | undefined;
type Of<T extends Pagination['type']> = Extract<Pagination, { type: T }>;

const config = (pagination: Pagination, more: Partial<ResolvedEndpoint> = {}): ResolvedEndpoint => ({
  name: 'shop',
  base_url: 'https://x/api:meta/',
  path: '/table/1',
  method: 'GET',
  params: { a: '1' },
  headers: { 'x-data-source': 'live' },
  data_selector: 'items',
  primary_key: ['id'],
  write_disposition: 'replace',
  excluded: [],
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
  ])('is joined from a base and a path: %s and %s make %s', (base, path, url) => {
    expect(joinUrl(base, path)).toBe(url);
  });
});

describe('a single page', () => {
  it('is requested once, as the config says', () => {
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

  it('stand in the JSON object of a parameter, beside its other members', () => {
    const inside = numbered({ inside: 'external' });
    const params = { a: '1', external: '{"sort":[{"sortBy":"id"}],"page":7}' };
    const at = (n: number) =>
      request({
        params: { a: '1', external: `{"sort":[{"sortBy":"id"}],"page":${n},"per_page":50}` },
      });
    expect(firstPage(config(inside, { params }))).toEqual(at(1));
    expect(nextPage(config(inside, { params }), at(1), answer({}))).toEqual(at(2));
    expect(requestAt(config(inside, { params }), 4)).toEqual(at(5));
    expect(firstPage(config(inside))).toEqual(
      request({ params: { a: '1', external: '{"page":1,"per_page":50}' } }),
    );
    expect(firstPage(config(inside, { params: { external: 'no JSON' } })).params).toEqual({
      external: '{"page":1,"per_page":50}',
    });
    const inBody = config(numbered({ in: 'body', inside: 'external' }), {
      body: { external: { a: 1 }, b: 2 },
    });
    const next = nextPage(inBody, firstPage(inBody), answer({}));
    expect(next?.body).toEqual({ external: { a: 1, page: 2, per_page: 50 }, b: 2 });
  });

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
      'one page further where the number of pages is not a number',
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
      'to an empty page where the total is not a number',
      { next_page_path: undefined },
      answer({ itemsTotal: 'many' }),
      '2',
    ],
  ])('continue %s', (_, more, answered, after) => {
    const request = firstPage(post(keyset(more)), { after: '0', before: '100' });
    const next = nextPage(post(keyset(more)), request, answered, { before: '100' });
    expect(next).toEqual(after === null ? null : asked([{ 'id|>': Number(after) }, { 'id|<': 100 }]));
  });
});

describe('offsets', () => {
  const offset = (more: Partial<Of<'offset'>> = {}): Of<'offset'> => ({
    type: 'offset',
    in: 'query',
    offset_param: 'offset',
    limit_param: 'limit',
    limit: 50,
    ...more,
  });
  const at = (n: number) => request({ params: { a: '1', offset: String(n), limit: '50' } });

  it('begin with 0, in the query or in the body', () => {
    expect(firstPage(config(offset()))).toEqual(at(0));
    const inBody = config(offset({ in: 'body' }), { method: 'POST', body: { x: 1, offset: 7 } });
    expect(firstPage(inBody)).toEqual(request({ method: 'POST', body: { x: 1, offset: 0, limit: 50 } }));
    expect(nextPage(inBody, request({ body: { x: 1, offset: 100, limit: 9 } }), answer({}, 50))).toEqual(
      request({ body: { x: 1, offset: 150, limit: 50 } }),
    );
  });

  it.each<[string, Partial<Of<'offset'>>, AnsweredPage, number | null]>([
    ['a full page', {}, answer({}, 50), 150],
    ['fewer rows than requested', {}, answer({}, 10), 110],
    ['more rows than requested', {}, answer({}, 70), 170],
    ['an empty page', {}, answer({}, 0), null],
    ['an empty page, whatever is counted', { total_path: 'n' }, answer({ n: 999 }, 0), null],
    ['all rows have arrived', { total_path: 'n' }, answer({ n: 150 }, 50), null],
    ['fewer rows are counted than arrived', { total_path: 'n' }, answer({ n: 20 }, 50), null],
    ['more rows are counted, though the page is short', { total_path: 'n' }, answer({ n: 120 }, 10), 110],
    ['nothing is counted', { total_path: 'n' }, answer({}, 50), 150],
    ['the count is a text', { total_path: 'n' }, answer({ n: '150' }, 50), null],
    ['the count is not a number', { total_path: 'n' }, answer({ n: 'many' }, 50), 150],
  ])('continue or end by the answer: %s', (_, more, answered, next) => {
    expect(nextPage(config(offset(more)), at(100), answered)).toEqual(next === null ? null : at(next));
  });
});

describe('cursors', () => {
  const cursor = (more: Partial<Of<'cursor'>> = {}): Of<'cursor'> => ({
    type: 'cursor',
    in: 'query',
    cursor_param: 'after',
    cursor_path: 'meta.next',
    ...more,
  });
  const at = (after: string) => request({ params: { a: '1', after } });
  const named = (next: unknown, count = 2) => answer({ meta: { next } } as JsonObject, count);

  it('begin without one, and with a page size where there is a parameter for it', () => {
    expect(firstPage(config(cursor()))).toEqual(request());
    expect(firstPage(config(cursor({ page_size_param: 'n', page_size: 5 })))).toEqual(
      request({ params: { a: '1', n: '5' } }),
    );
    const inBody = config(cursor({ in: 'body', page_size_param: 'n', page_size: 5 }), { body: { x: 1 } });
    expect(firstPage(inBody)).toEqual(request({ body: { x: 1, n: 5 } }));
    expect(nextPage(inBody, request({ body: { x: 1, n: 5, after: 'a' } }), named('b'))).toEqual(
      request({ body: { x: 1, n: 5, after: 'b' } }),
    );
    expect(nextPage(inBody, request({ body: {} }), named(7))).toEqual(request({ body: { after: 7 } }));
  });

  it.each<[unknown, string | null]>([
    ['b', 'b'],
    ['a b&c', 'a b&c'],
    [7, '7'],
    [0, null],
    [-1, null],
    ['0', null],
    ['none', null],
    [1.5, '1.5'],
    [9007199254740991, '9007199254740991'],
    [null, null],
    ['', null],
    [false, null],
    [undefined, null],
  ])('continue with the cursor of the answer: %j', (next, after) => {
    expect(nextPage(config(cursor()), at('a'), named(next))).toEqual(after === null ? null : at(after));
  });

  it('continue after an empty page that names one', () => {
    expect(nextPage(config(cursor()), at('a'), named('b', 0))).toEqual(at('b'));
  });

  it('end where the answer holds nothing at their path', () => {
    expect(nextPage(config(cursor()), at('a'), answer({ meta: 'b' }))).toBeNull();
  });

  it.each([
    ['7', 7],
    ['a', 'a'],
  ])('that repeat are PAGINATION_LOOP: %j', (before, next) => {
    const error = thrownBy(() => nextPage(config(cursor()), at(before), named(next)));
    expect([error.code, error.message]).toEqual([
      'PAGINATION_LOOP',
      'The server returns the same cursor of "shop" again.',
    ]);
  });

  it.each([[true], [{ a: 1 }], [[[1]]], [[{ a: 1 }]], [2 ** 53], [1e300]])(
    'must not be other kinds of values: %j',
    (next) => {
      const error = thrownBy(() => nextPage(config(cursor()), at('a'), named(next)));
      expect([error.code, error.message]).toEqual([
        'RESPONSE_UNEXPECTED',
        '"meta.next" in the answer for "shop" is not a cursor: expected a text, a number of at most 15 digits, or a list of them.',
      ]);
    },
  );
});

describe('links', () => {
  const json: Pagination = { type: 'json_link', next_url_path: 'links.next' };
  const header: Pagination = { type: 'header_link' };
  const inAnswer = (next: unknown, count = 2) => answer({ links: { next } } as JsonObject, count);
  const inHeader = (link: Link, count = 2) => ({ ...answer({}, count), headers: { link } });

  it('begin as the config says, with its body', () => {
    for (const pagination of [json, header])
      expect(firstPage(config(pagination, { body: { b: 1 } }))).toEqual(request({ body: { b: 1 } }));
  });

  it.each<[string, string]>([
    ['https://x/api:meta/table/1?page=2&a=1', 'https://x/api:meta/table/1?page=2&a=1'],
    ['?a=1&page=2', 'https://x/api:meta/table/1?a=1&page=2'],
    ['http://x/a', 'https://x/a'],
    ['/other?a=1&a=2', 'https://x/other?a=1&a=2'],
    ['2', 'https://x/api:meta/table/2'],
    ['//x/y', 'https://x/y'],
    ['https://x:443/y', 'https://x/y'],
    ['/y#part', 'https://x/y'],
    ['https://who:what@x/y', 'https://x/y'],
  ])('are followed as they are: %s', (link, url) => {
    const next = { ...request({ body: { b: 1 } }), url, params: {} };
    const before = request({ body: { b: 1 } });
    expect(nextPage(config(json), before, inAnswer(link))).toEqual(next);
    expect(nextPage(config(header), before, inHeader(`<${link}>; rel="next"`))).toEqual(next);
  });

  it.each([null, '', false, undefined])('that are %j end the list', (next) => {
    expect(nextPage(config(json), request(), inAnswer(next))).toBeNull();
  });

  it.each<[string, Link]>([
    ['no header', undefined],
    ['an empty one', ''],
    ['other relations', '</a>; rel="prev", </b>; rel=last'],
    ['a relation like it', '</a>; rel="nextish", </b>; rel="x-next"; title="next"'],
    ['none of its own', '</a>; title="rel=next"'],
    ['a broken one', '/a; rel=next'],
  ])('end with %s', (_, link) => {
    expect(nextPage(config(header), request(), inHeader(link))).toBeNull();
  });

  it.each<[string, Link]>([
    ['alone', '</n>; rel="next"'],
    ['unquoted', '</n>;rel=next'],
    ['in capitals', '</n>; REL="NEXT"'],
    ['among others', '</a>; rel="prev", </n>; rel="next", </b>; rel="last"'],
    ['among others in several headers', ['</a>; rel="prev"', '</n>; rel="next"']],
    ['with several relations', '</n>; rel="last next"'],
    ['behind other parameters', '</n>; title="a; b, \\"c\\" <d>"; type=text/html; rel="next"'],
    [
      'behind a link whose quoted text looks like one',
      '</a>; title=", </z>; rel=next"; rel="prev", </n>; rel="next"',
    ],
    ['behind a parameter without a value', '</n>; crossorigin; rel=next'],
    ['after the first relation, which alone counts', '</a>; rel=prev; rel=next, </n>; rel=next'],
    ['with spaces wherever they may be', '  < /n >  ;  rel = "next"  ,'],
  ])('are found in the header: %s', (_, link) => {
    expect(nextPage(config(header), request(), inHeader(link))?.url).toBe('https://x/n');
  });

  it('may hold commas and semicolons', () => {
    expect(nextPage(config(header), request(), inHeader('</a,b;c?d=1,2>; rel="next"'))?.url).toBe(
      'https://x/a,b;c?d=1,2',
    );
  });

  it.each([
    'http://x:8080/a',
    'https://y/a',
    'https://x:444/a',
    'https://x.y/a',
    '//y/a',
    'data:,x',
    'file:///etc',
  ])('to another origin are not followed: %s', (link) => {
    for (const [pagination, answered] of [
      [json, inAnswer(link)],
      [header, inHeader(`<${link}?secret=1>; rel=next`)],
    ] as const) {
      const error = thrownBy(() => nextPage(config(pagination), request(), answered));
      expect(error.code).toBe('RESPONSE_UNEXPECTED');
      expect(error.message).toMatch(
        /^The next page of "shop" links to \S+, another origin than its list: credentials are never sent there\.$/,
      );
      expect(error.message).not.toContain('secret');
    }
  });

  it.each([5, true, {}, ['/a'], 'https://'])('that are not an address are refused: %j', (next) => {
    const error = thrownBy(() => nextPage(config(json), request(), inAnswer(next)));
    expect(error.code).toBe('RESPONSE_UNEXPECTED');
  });

  it.each(['https://x/api:meta/table/1?a=1', '?a=1', '?a=1#next'])(
    'to the page itself are PAGINATION_LOOP: %s',
    (link) => {
      const error = thrownBy(() => nextPage(config(json), request(), inAnswer(link)));
      expect([error.code, error.message]).toEqual([
        'PAGINATION_LOOP',
        'The next page of "shop" links to itself.',
      ]);
    },
  );

  it('never store a key that the server repeats in them', () => {
    const keyed = config(json, { auth: { type: 'api_key', name: 'key', in: 'query', key: { env: 'KEY' } } });
    expect(nextPage(keyed, request(), inAnswer('?b=2&key=secret&page=2'))?.url).toBe(
      'https://x/api:meta/table/1?b=2&page=2&a=1',
    );
    expect(thrownBy(() => nextPage(keyed, request(), inAnswer('?a=1&key=secret'))).code).toBe(
      'PAGINATION_LOOP',
    );
    // As it is, where there is no key in it.
    expect(nextPage(keyed, request(), inAnswer('?q=a%20b'))?.url).toBe(
      'https://x/api:meta/table/1?q=a%20b&a=1',
    );
  });
});

describe('a page size', () => {
  const sized: Pagination[] = [
    { type: 'offset', in: 'query', offset_param: 'o', limit_param: 'l', limit: 50 },
    { type: 'cursor', in: 'query', cursor_param: 'c', cursor_path: 'c', page_size_param: 'n', page_size: 50 },
    { type: 'page_number', in: 'query', page_param: 'p', base_page: 0, page_size_param: 'n', page_size: 50 },
  ];
  const unsized: Pagination[] = [
    { type: 'single_page' },
    { type: 'header_link' },
    { type: 'json_link', next_url_path: 'next' },
    { type: 'cursor', in: 'query', cursor_param: 'c', cursor_path: 'c' },
  ];

  it('follows the request where it has one', () => {
    expect(sized.map(pageSizeOf)).toEqual([50, 50, 50]);
    expect(unsized.map(pageSizeOf)).toEqual([null, null, null, null]);
    expect(sized.map((pagination) => pageSizeOf(resized(pagination, 7)))).toEqual([7, 7, 7]);
    expect(unsized.map((pagination) => resized(pagination, 7))).toEqual(unsized);
  });

  it('of one gives the record at a position, where pages are numbered', () => {
    expect(
      [...sized, ...unsized].map((pagination) => requestAt(config(resized(pagination, 1)), 9)?.params),
    ).toEqual([
      { a: '1', o: '9', l: '1' },
      undefined,
      { a: '1', p: '9', n: '1' },
      ...unsized.map(() => undefined),
    ]);
  });
});
