/** Lists whose configs leave open how they are read: what is found out, and that it reads all of them. */
import { describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import type { Pagination } from '../../../src/rest/config/pagination.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { detect, resolveEndpoint } from '../../../src/rest/detect/detect.js';
import { createHttp } from '../../../src/rest/http/client.js';
import { readPages } from '../../../src/rest/paging/read-pages.js';
import { fakeClock } from '../../fixtures/clock.js';
import { decoded } from '../decode/decoded.js';
import { rejectionOf } from '../decode/reading.js';
import { everything } from '../http/sending.js';
import { type Reply, type Serving, serve } from '../http/serving.js';
import { byCursor, byLink, byOffset, byPage, row, type Shape, stuck, USUAL, whole } from './shapes.js';

const KEY = 'k3y.S3CR3T';
const http = () =>
  createHttp({
    user_agent: 't',
    find_secret: () => ({ value: KEY, source: 'the test', expires_at: null }),
    clock: fakeClock(),
    attempts: 2,
  });

const open = ({ origin }: Serving, more: object = {}): EndpointConfig =>
  parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: 'shop',
        base_url: origin,
        path: '/list',
        method: 'GET',
        pagination: { type: 'auto' },
        auth: { type: 'none' },
        ...more,
      },
    ],
  })[0]!;

/**
 * What is found out of a list of so many records, the ids that reading then gives, and how often was asked to
 * find out.
 */
async function findOut(shape: Shape, total: number, more: object = {}) {
  const server = await serve(shape(total));
  const client = http();
  const { endpoint, detection } = await resolveEndpoint(open(server, more), client);
  const asked = server.received.length;
  const ids: unknown[] = [];
  for await (const page of readPages(endpoint, { http: client, columns: [], sender: {} })) {
    ids.push(...decoded(page.columns, page.count).map((one) => (JSON.parse(one) as { id?: number }).id));
    page.release();
  }
  return { ...detection!, ids, asked, server };
}

const ids = (total: number) => Array.from({ length: total }, (_, i) => i + 1);

const numbers = (more: Partial<Extract<Pagination, { type: 'page_number' }>> = {}): Pagination => ({
  type: 'page_number',
  in: 'query',
  page_param: 'page',
  base_page: 1,
  page_size_param: 'per_page',
  page_size: 100,
  ...more,
});
const offsets = (more: Partial<Extract<Pagination, { type: 'offset' }>> = {}): Pagination => ({
  type: 'offset',
  in: 'query',
  offset_param: 'offset',
  limit_param: 'limit',
  limit: 100,
  ...more,
});
const cursors = (more: Partial<Extract<Pagination, { type: 'cursor' }>> = {}): Pagination => ({
  type: 'cursor',
  in: 'query',
  cursor_param: 'cursor',
  cursor_path: 'next_cursor',
  ...more,
});
const SINGLE: Pagination = { type: 'single_page' };

/** Xano's envelope of rows. */
const xano = byPage(({ items, page, size, pages, next, total }) => ({
  itemsReceived: items.length,
  curPage: page,
  nextPage: next,
  prevPage: page > 1 ? page - 1 : null,
  offset: (page - 1) * size,
  perPage: size,
  itemsTotal: total,
  pageTotal: pages,
  items,
}));

/** Each shape, where its records are, and how it is found to be paged when it has 45 of them. */
const SHAPES: [string, Shape, string, Pagination][] = [
  [
    'Xano: nextPage, curPage, perPage, itemsTotal',
    xano,
    'items',
    numbers({ next_page_path: 'nextPage', total_pages_path: 'pageTotal', total_path: 'itemsTotal' }),
  ],
  [
    'Xano without totals',
    byPage(({ items, page, size, next }) => ({
      itemsReceived: items.length,
      curPage: page,
      nextPage: next,
      perPage: size,
      items,
    })),
    'items',
    numbers({ next_page_path: 'nextPage' }),
  ],
  [
    'Xano’s metadata lists',
    byPage(({ items, page, next }) => ({ curPage: page, nextPage: next, prevPage: null, items })),
    'items',
    numbers({ next_page_path: 'nextPage' }),
  ],
  [
    'the envelope under a key',
    byPage(({ items, page, next, total, size }) => ({
      orders: { items, curPage: page, nextPage: next, perPage: size, itemsTotal: total },
    })),
    'orders.items',
    numbers({ next_page_path: 'orders.nextPage', total_path: 'orders.itemsTotal' }),
  ],
  [
    'data with page and pageSize, totalPages and currentPage',
    byPage(
      ({ items, page, pages, total }) => ({ data: items, currentPage: page, totalPages: pages, total }),
      {
        size: 'pageSize',
      },
    ),
    'data',
    numbers({ page_size_param: 'pageSize', total_pages_path: 'totalPages', total_path: 'total' }),
  ],
  [
    'page and page_size, counted under meta',
    byPage(
      ({ items, page, pages, size, total }) => ({
        meta: { page, page_size: size, total_pages: pages, total_count: total },
        results: items,
      }),
      { size: 'page_size' },
    ),
    'results',
    numbers({
      page_size_param: 'page_size',
      total_pages_path: 'meta.total_pages',
      total_path: 'meta.total_count',
    }),
  ],
  [
    'pageNumber and size, counted from 0',
    byPage(
      ({ items, page, size, pages, total }) => ({
        content: items,
        pageNumber: page,
        size,
        totalPages: pages,
        totalElements: total,
      }),
      { page: 'pageNumber', size: 'size', base: 0 },
    ),
    'content',
    numbers({
      page_param: 'pageNumber',
      base_page: 0,
      page_size_param: 'size',
      total_pages_path: 'totalPages',
      total_path: 'totalElements',
    }),
  ],
  ['a bare list that obeys page and per_page', byPage(({ items }) => items), '', numbers()],
  [
    'a bare list that obeys page from 0',
    byPage(({ items }) => items, { base: 0 }),
    '',
    numbers({ base_page: 0 }),
  ],
  [
    'a bare list that obeys page, but no size',
    byPage(({ items }) => items, { size: 'nothing' }),
    '',
    numbers({ page_size: USUAL }),
  ],
  [
    'a bare list that refuses more than thirty',
    byPage(({ items }) => items, { most: 30, refuses: true }),
    '',
    numbers({ page_size: USUAL }),
  ],
  ['a bare list that obeys offset and limit', byOffset(({ items }) => items), '', offsets()],
  ['a bare list that obeys nothing', whole((items) => items), '', SINGLE],
  ['a list that obeys nothing', whole((items) => ({ status: 'ok', products: items })), 'products', SINGLE],
  [
    'an envelope whose page is not obeyed, and that says it is the last',
    whole((items) => ({ curPage: 1, nextPage: null, items })),
    'items',
    SINGLE,
  ],
  ['a list that says there is no more', whole((items) => ({ has_more: false, data: items })), 'data', SINGLE],
  [
    'a total alone, by offset',
    byOffset(({ items, total }) => ({ total, data: items })),
    'data',
    offsets({ total_path: 'total' }),
  ],
  [
    'a total alone, by page',
    byPage(({ items, total }) => ({ total, data: items })),
    'data',
    numbers({ total_path: 'total' }),
  ],
  [
    'skip, limit and total',
    byOffset(({ items, offset, limit, total }) => ({ products: items, total, skip: offset, limit }), {
      offset: 'skip',
    }),
    'products',
    offsets({ offset_param: 'skip', total_path: 'total' }),
  ],
  [
    'startAt and maxResults',
    byOffset(({ items, offset, total }) => ({ issues: items, startAt: offset, total }), {
      offset: 'startAt',
    }),
    'issues',
    offsets({ offset_param: 'startAt', total_path: 'total' }),
  ],
  [
    'a count of the page that looks like a total',
    byPage(({ items }) => ({ count: items.length, items })),
    'items',
    numbers(),
  ],
  ['next_cursor', byCursor(({ items, next }) => ({ data: items, next_cursor: next })), 'data', cursors()],
  [
    'nextPageToken, which goes into pageToken',
    byCursor(({ items, next }) => ({ files: items, nextPageToken: next }), 'pageToken'),
    'files',
    cursors({ cursor_param: 'pageToken', cursor_path: 'nextPageToken' }),
  ],
  [
    'paging.cursors.after, which goes into after',
    byCursor(
      ({ items, next }) => ({ data: items, paging: { cursors: { before: 'c0', after: next } } }),
      'after',
    ),
    'data',
    cursors({ cursor_param: 'after', cursor_path: 'paging.cursors.after' }),
  ],
  [
    'meta.endCursor with hasNextPage and a total',
    byCursor(
      ({ items, next, total }) => ({
        nodes: items,
        meta: { endCursor: next, hasNextPage: next !== null, total },
      }),
      'after',
    ),
    'nodes',
    cursors({ cursor_param: 'after', cursor_path: 'meta.endCursor', total_path: 'meta.total' }),
  ],
  [
    'next, which is a cursor',
    byCursor(({ items, next }) => ({ items, next })),
    'items',
    cursors({ cursor_path: 'next' }),
  ],
  [
    'next and previous as addresses, with a count',
    byLink(({ items, next, total }) => ({ body: { count: total, next, previous: null, results: items } })),
    'results',
    { type: 'json_link', next_url_path: 'next', total_path: 'count' },
  ],
  [
    'links.next, which is an address',
    byLink(({ items, next }) => ({ body: { data: items, links: { first: '/list', next } } })),
    'data',
    { type: 'json_link', next_url_path: 'links.next' },
  ],
  [
    '_links.next.href, which is absent at the end',
    byLink(({ items, next }) => ({
      body: {
        _embedded: { things: items },
        _links: { self: { href: '/list' }, ...(next === null ? {} : { next: { href: next } }) },
      },
    })),
    '_embedded.things',
    { type: 'json_link', next_url_path: '_links.next.href' },
  ],
  [
    'next_page_url beside a list of links',
    byLink(({ items, next, total }) => ({
      body: { data: items, links: [{ url: null, label: '1' }], next_page_url: next, total },
    })),
    'data',
    { type: 'json_link', next_url_path: 'next_page_url', total_path: 'total' },
  ],
  [
    'a Link header',
    byLink(({ items, next }) => ({
      headers: { link: `</list>; rel="first"${next === null ? '' : `, <${next}>; rel="next"`}` },
      body: items,
    })),
    '',
    { type: 'header_link' },
  ],
];

describe('the detection of a list of 45 records', () => {
  it.each(SHAPES)('finds its pagination: %s', async (_, shape, data_selector, pagination) => {
    const found = await findOut(shape, 45);
    expect({ data_selector: found.data_selector, pagination: found.pagination }).toEqual({
      data_selector,
      pagination,
    });
    expect(found.ids).toEqual(ids(45));
    expect(found.reasons.length).toBeGreaterThan(1);
    expect(found.score).toBeGreaterThan(50);
    expect(found.asked).toBeLessThan(8);
  });
});

describe('a list of any length', () => {
  it.each(SHAPES)('is read completely with the detected config: %s', async (_, shape) => {
    for (const total of [0, 1, 2, USUAL - 1, USUAL, USUAL + 1, 2 * USUAL, 99, 100, 101, 120, 200, 250])
      expect([total, (await findOut(shape, total)).ids]).toEqual([total, ids(total)]);
  });

  it('is read completely with the detected config of a POST', async () => {
    for (const total of [0, 1, 45, 250]) {
      const found = await findOut(xano, total, { method: 'POST', body: { search: [] } });
      expect(found.ids).toEqual(ids(total));
      expect(found.pagination).toMatchObject({ type: 'page_number', in: 'body' });
      expect(found.server.received.every(({ body }) => 'search' in (body as object))).toBe(true);
    }
  });
});

describe('a detection', () => {
  it('explains its result by the answers', async () => {
    expect((await findOut(xano, 45)).reasons).toEqual([
      '"items" is a list, of 20 records',
      'its name is typical of a list of records',
      '"nextPage", "curPage", "pageTotal" count pages',
      '"page" 2 returns 20 other records',
    ]);
    expect(
      (
        await findOut(
          whole((items) => items),
          8,
        )
      ).reasons,
    ).toEqual([
      'the answer itself is the list, of 8 records',
      '"page" 2 returns the first page again',
      '"offset" 8 returns the first page again',
      expect.stringMatching(
        /^nothing indicates more records than the first page \(looked at no field beside the records, the Link header and \d+ other headers\)$/,
      ),
    ]);
    expect(
      (
        await findOut(
          whole((items) => ({ nextPage: null, items })),
          8,
        )
      ).reasons,
    ).toEqual([
      '"items" is a list, of 8 records',
      'its name is typical of a list of records',
      '"page" 2 returns the first page again',
      'the first page is the complete list',
    ]);
  });

  it('recognises another page by keys, since values that change with each answer do not make another record', async () => {
    let n = 0;
    const fresh = whole((items) => items.map((item) => ({ ...item, read_at: n++ })));
    expect((await findOut(fresh, 8)).pagination).toEqual(SINGLE);
    const keyed = whole((items) => items.map((item, i) => ({ ...item, no: i, id: n++ })));
    expect((await findOut(keyed, 8, { primary_key: ['no'] })).pagination).toEqual(SINGLE);
  });

  it('uses the names and sizes that the config already sends', async () => {
    const shape = byPage(({ items }) => items, { page: 'p', size: 'pageSize' });
    const found = await findOut(shape, 45, { params: { p: '1', pageSize: '7' } });
    expect(found.pagination).toEqual(numbers({ page_param: 'p', page_size_param: 'pageSize', page_size: 7 }));
    expect(found.ids).toEqual(ids(45));
  });

  it('finds one setting where the other is given', async () => {
    const { origin } = await serve(xano(45));
    const one = open({ origin, received: [] }, { pagination: numbers({ page_size: 9 }) });
    expect(await detect(one, http(), {})).toMatchObject({
      data_selector: 'items',
      pagination: numbers({ page_size: 9 }),
    });
    const other = open({ origin, received: [] }, { data_selector: 'items' });
    expect(await detect(other, http(), {})).toMatchObject({
      data_selector: 'items',
      pagination: { type: 'page_number' },
    });
    const nothing = open({ origin, received: [] }, { data_selector: '', pagination: SINGLE });
    expect(await resolveEndpoint(nothing, http())).toEqual({ endpoint: nothing, detection: null });
  });
});

describe('a list that claims more records than it gives', () => {
  it.each<[string, Shape]>([
    ['a total', stuck((data, total) => ({ data, total }))],
    ['nextPage', stuck((items) => ({ items, curPage: 1, nextPage: 2 }))],
    ['has_more', stuck((items) => ({ items, has_more: true }))],
    ['a cursor', stuck((items) => ({ items, next_cursor: 'c20' }))],
  ])('is PAGINATION_LOOP, and never loaded by one page: %s', async (_, shape) => {
    const error = await rejectionOf(findOut(shape, 45));
    expect(error.code).toBe('PAGINATION_LOOP');
    expect(error.message).toMatch(
      /^"shop" has more than the 20 records of its first page, as ".*"( \(45\))? says, but no tested pagination returns them: .*"page" 2 returns the first page again.*\.$/,
    );
    expect(error.hint).toBe('Set pagination in this endpoint config as the API documents it.');
  });

  it('is read another way where the server ignores the first', async () => {
    // It names a next page, but obeys offsets alone.
    const shape = byOffset(({ items, offset, total }) => ({
      items,
      nextPage: offset + items.length < total ? 2 : null,
    }));
    const found = await findOut(shape, 45);
    expect(found.pagination).toEqual(offsets());
    expect(found.ids).toEqual(ids(45));
  });

  it('is not read by links to another origin, which gets no request and no key', async () => {
    const other = await serve([]);
    const links = byLink(
      ({ items, next, total }) => ({ body: { results: items, next, count: total } }),
      other.origin,
    );
    const auth = { type: 'api_key', name: 'key', in: 'query', key: { env: 'KEY' } };
    const error = await rejectionOf(findOut(links, 45, { auth }));
    expect(error.code).toBe('PAGINATION_LOOP');
    expect(error.message).toContain(`links to ${other.origin}, another origin than its list`);
    expect(other.received).toEqual([]);
    expect(everything(error)).not.toContain('S3CR3T');
    const pages = byPage(({ items, next, total }) => ({
      data: items,
      next_page_url: next === null ? null : `${other.origin}/list?page=${next}`,
      total,
    }));
    const found = await findOut(pages, 45, { auth });
    expect(found.pagination).toEqual(numbers({ total_path: 'total' }));
    expect([found.ids, other.received]).toEqual([ids(45), []]);
  });
});

describe('the list of records', () => {
  const answering = (body: unknown) => serve(() => ({ body: body as object }));
  const selected = async (body: unknown, more: object = {}) =>
    (await detect(open(await answering(body), more), http(), {})).data_selector;

  it.each<[string, unknown, string]>([
    ['called as such lists are', { warnings: [{ a: 1 }, { a: 2 }], data: [{ a: 1 }] }, 'data'],
    ['called like the resource', { rows: [{ a: 1 }], Shop: [{ a: 1 }] }, 'Shop'],
    ['of objects, among lists of others', { items: [1, 2, 3], things: [{ a: 1 }] }, 'things'],
    ['the longest, among unknown ones', { a: [{ x: 1 }], b: [{ x: 1 }, { x: 2 }, { x: 3 }] }, 'b'],
    ['further down', { response: { body: { items: [{ a: 1 }] } } }, 'response.body.items'],
    ['far down', { a: { b: { c: { d: [{ x: 1 }] } } } }, 'a.b.c.d'],
    ['empty, where it has its name', { tags: [{ a: 1 }], items: [] }, 'items'],
    ['empty, where no other exists', { found: 0, things: [] }, 'things'],
    ['the whole answer', [{ items: [{ a: 1 }, { a: 2 }] }], ''],
    ['not of a record', { id: 1, orders: [{ a: 1 }, { a: 2 }], more: { list: [{ a: 1 }] } }, 'more.list'],
    ['beside an id, where its name says so', { id: 'request 5', data: [{ a: 1 }] }, 'data'],
    ['not beyond a name with a dot', { 'a.b': [{ x: 1 }, { x: 2 }], c: [{ x: 1 }] }, 'c'],
  ])('is found as the one %s', async (_, body, selector) => {
    expect(await selected(body)).toBe(selector);
  });

  it('is the one named like the resource or the end of its path', async () => {
    const body = { customers: [{ a: 1 }], shops: [{ a: 1 }, { a: 2 }] };
    expect(await selected(body, { name: 'Storefront/customers' })).toBe('customers');
    expect(await selected(body, { path: '/v1/customers/' })).toBe('customers');
    expect(await selected(body)).toBe('shops');
  });

  it.each<[string, object[], string, string]>([
    ['is empty', [], 'SELECTOR_EMPTY', 'No list in the answer holds records; lists found: "errors".'],
    [
      'describes a failure',
      [{ code: 1 }],
      'RESPONSE_UNEXPECTED',
      'The answer says in "errors" that the request failed: You may not.',
    ],
  ])('is not a list of errors, which %s', async (_, errors, code, message) => {
    const error = await rejectionOf(selected({ message: 'You may not.', errors }));
    expect([error.code, error.message]).toEqual([code, message]);
    expect(await selected({ errors }, { name: 'errors' })).toBe('errors');
  });

  it('is reported with the lists that it was chosen from', async () => {
    const config = open(await answering({ users: [{ a: 1 }], orders: [{ a: 1 }], tags: [] }));
    expect((await detect(config, http(), {})).reasons.slice(0, 2)).toEqual([
      '"users" is a list, of 1 record',
      '"orders" is also a list, of 1 record, and is not read',
    ]);
  });

  it('that does not exist is SELECTOR_EMPTY, which names the existing ones', async () => {
    const error = await rejectionOf(selected({ items: [], a: { b: [] } }, { data_selector: 'data' }));
    expect([error.code, error.message]).toEqual([
      'SELECTOR_EMPTY',
      'The answer has no list at "data"; lists found: "items", "a.b".',
    ]);
    const part = await rejectionOf(selected({ id: 1, name: 'Ann', orders: [{ id: 5 }] }));
    expect([part.code, part.message]).toEqual([
      'SELECTOR_EMPTY',
      'No list in the answer holds records; lists found: "orders".',
    ]);
    const none = await rejectionOf(selected({ id: 1, tags: ['a'], counts: [1, 2] }));
    expect([none.code, none.message]).toEqual([
      'SELECTOR_EMPTY',
      'No list in the answer holds records; lists found: "tags", "counts".',
    ]);
  });

  it.each<[unknown, string]>([
    [{ id: 1 }, 'The answer itself is not a list, nor any other list: it is an object with the key "id".'],
    ['<html>', 'The answer is HTML where a list of records was expected.'],
    ['', 'The answer is empty where a list of records was expected.'],
    ['{"items":[', 'The answer is not JSON where a list of records was expected.'],
  ])('that is missing is RESPONSE_UNEXPECTED: %j', async (body, message) => {
    const error = await rejectionOf(selected(body));
    expect([error.code, error.message]).toEqual(['RESPONSE_UNEXPECTED', message]);
  });
});

describe('detection', () => {
  it('retries after temporary faults, and waits for a rate limit', async () => {
    const answer = xano(45);
    const faults: Reply[] = [
      { status: 429, headers: { 'retry-after': '1' }, body: '' },
      { status: 500, body: '' },
      { body: '<html>' },
    ];
    const server = await serve(
      (received, n) => (n % 2 === 0 ? faults[n / 2] : undefined) ?? answer(received),
    );
    const { pagination } = await detect(open(server), http(), {});
    expect(pagination).toMatchObject({ type: 'page_number', next_page_path: 'nextPage' });
  });

  it.each([401, 403, 500])('fails with the server’s message: status %i', async (status) => {
    const answer = xano(45);
    const server = await serve((received, n) => (n === 0 ? answer(received) : { status, body: '' }));
    const error = await rejectionOf(detect(open(server), http(), {}));
    expect(error.request?.status).toBe(status);
  });

  it.each<[string, Reply]>([
    ['a record', { body: row(1) }],
    ['a list elsewhere', { body: { rows: [row(9)] } }],
    ['nothing', { status: 204, body: '' }],
    ['status 404', { status: 404, body: '' }],
  ])('does not take an answer without the list for a second page: %s', async (_, reply) => {
    const answer = whole((items) => items)(3);
    const server = await serve((received, n) => (n === 0 ? answer(received) : reply));
    expect((await detect(open(server), http(), {})).pagination).toEqual(SINGLE);
  });

  it('does not take a parameter that picks records by their values for one that turns pages', async () => {
    // `page` is a column: that of the book in which a quotation stands.
    const quotations = Array.from({ length: 12 }, (_, i) => ({ ...row(i + 1), page: 1 + (i % 5) }));
    for (const kept of [quotations, quotations.map((one) => ({ ...one, page: 77 }))]) {
      const server = await serve(({ url }) => {
        const page = new URL(url, 'http://x').searchParams.get('page');
        return { body: kept.filter((one) => page === null || one.page === Number(page)).toReversed() };
      });
      expect((await detect(open(server), http(), {})).pagination).toEqual(SINGLE);
    }
  });
});
