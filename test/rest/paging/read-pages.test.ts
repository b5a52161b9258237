import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/json.js';
import type { ResolvedEndpoint } from '../../../src/rest/config/endpoint-config.js';
import { createHttp } from '../../../src/rest/http/client.js';
import { countRecords, extremeValue } from '../../../src/rest/paging/list-queries.js';
import type { Page } from '../../../src/rest/paging/page.js';
import type { ReadOptions } from '../../../src/rest/paging/read-options.js';
import { readPages } from '../../../src/rest/paging/read-pages.js';
import { fakeClock } from '../../fixtures/clock.js';
import { decoded } from '../decode/decoded.js';
import { column, endpointOf, inferred, rejectionOf } from '../decode/reading.js';
import { type Received, type Reply, type Serving, serve } from '../http/serving.js';

/** The highest key. */
const HIGHEST = { column: 'id', order: 'desc' } as const;

const KEYSET = {
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
};

const NUMBERS = {
  type: 'page_number',
  in: 'query',
  page_param: 'page',
  base_page: 1,
  page_size_param: 'per_page',
  page_size: 2,
  total_path: 'total',
};

function config(server: Serving, more: object = {}): ResolvedEndpoint {
  const endpoint = {
    name: 'shop',
    base_url: server.origin,
    path: '/s',
    method: 'POST',
    data_selector: 'items',
    primary_key: ['id'],
    pagination: KEYSET,
    auth: { type: 'none' },
    ...more,
  };
  return endpointOf(endpoint);
}

const numbered = (server: Serving, more: object = {}, pagination: object = {}): ResolvedEndpoint =>
  config(server, { method: 'GET', pagination: { ...NUMBERS, ...pagination }, ...more });

const http = (attempts = 2) =>
  createHttp({ user_agent: 't', find_secret: () => undefined, clock: fakeClock(), attempts });

const COLUMNS = [column('id', 'BIGINT')];

/** Reads all pages and tells what became of each. */
async function readAll(endpoint: ResolvedEndpoint, more: Partial<ReadOptions> = {}) {
  const pages: (Omit<Page, 'columns' | 'release'> & { readonly rows: readonly string[] })[] = [];
  const options = { http: http(), columns: COLUMNS, sender: {}, ...more };
  for await (const { columns, release, ...page } of readPages(endpoint, options)) {
    pages.push({ ...page, rows: decoded(columns, page.count) });
    release();
  }
  return pages;
}

const rows = (...ids: number[]) => ids.map((id) => ({ id }));
const envelope = (items: readonly Json[], nextPage: Json, itemsTotal: Json): Reply => ({
  body: { items, nextPage, itemsTotal } as object,
});
const searches = ({ received }: Serving) => received.map(({ body }) => (body as { search?: unknown }).search);
const queries = ({ received }: Serving) => received.map(({ url }: Received) => url);

describe('reading by keys', () => {
  it('requests the rows after the last key, to the end, and reports each page', async () => {
    const server = await serve([envelope(rows(1, 5), 2, 3), envelope(rows(9), null, 1)]);
    const pages = await readAll(config(server), { range: { before: '10' } });
    const body = (search: object[]) => ({ page: 1, per_page: 2, sort: { id: 'asc' }, search });
    const request = (search: object[]) => ({
      method: 'POST',
      url: `${server.origin}/s`,
      params: {},
      headers: {},
      body: body(search),
    });
    const first = request([{ 'id|<': 10 }]);
    const second = request([{ 'id|>': 5 }, { 'id|<': 10 }]);
    expect(server.received.map(({ method, url, body: sent }) => ({ method, url, sent }))).toEqual(
      [first, second].map(({ body: sent }) => ({ method: 'POST', url: '/s', sent })),
    );
    const told = { rejects: [], widened: [], found: ['id'] };
    expect(pages).toEqual([
      {
        ...told,
        index: 0,
        rows: ['{"id":1}', '{"id":5}'],
        count: 2,
        first_key: '1',
        last_key: '5',
        total: 3,
        implied_total: null,
        request: first,
        next: second,
      },
      {
        ...told,
        index: 1,
        rows: ['{"id":9}'],
        count: 1,
        first_key: '9',
        last_key: '9',
        total: 1,
        implied_total: null,
        request: second,
        next: null,
      },
    ]);
  });

  it.each<[string, Reply[], number[]]>([
    [
      'when nextPage is null too early',
      [envelope(rows(1, 2), null, 3), envelope(rows(3), null, 1)],
      [1, 2, 3],
    ],
    ['when nextPage is never null', [envelope(rows(1, 2), 2, 2), envelope([], 2, 0)], [1, 2]],
    [
      'when pages are short',
      [envelope(rows(1), null, 3), envelope(rows(2), null, 2), envelope(rows(3), null, 1)],
      [1, 2, 3],
    ],
    [
      'when pages are longer than asked',
      [envelope(rows(1, 2, 3, 4), 2, 5), envelope(rows(5), null, 1)],
      [1, 2, 3, 4, 5],
    ],
    [
      'when the answer counts nothing',
      [{ body: { items: rows(1, 2) } }, { body: { items: rows(3) } }, { body: { items: [] } }],
      [1, 2, 3],
    ],
    ['when there is nothing', [envelope([], null, 0)], []],
    ['when there are just as many as fit', [envelope(rows(1, 2), null, 2)], [1, 2]],
  ])('reads everything %s', async (_, replies, ids) => {
    const server = await serve(replies);
    const pages = await readAll(config(server));
    expect(pages.flatMap((page) => page.rows)).toEqual(ids.map((id) => `{"id":${id}}`));
    expect(server.received).toHaveLength(replies.length);
  });

  it('continues from any page', async () => {
    const server = await serve(() => envelope(rows(9), null, 1));
    const all = await readAll(config(server), {
      from: {
        method: 'POST',
        url: `${server.origin}/s`,
        params: {},
        headers: {},
        body: { search: [{ 'id|>': 5 }] },
      },
      after: '5',
    });
    expect(all.map((page) => page.rows)).toEqual([['{"id":9}']]);
    expect(searches(server)).toEqual([[{ 'id|>': 5 }]]);
  });

  it('requests one page only when limited, and gives the next position', async () => {
    const server = await serve([envelope(rows(1, 2), 2, 3)]);
    const pages = await readAll(config(server), { only_first: true });
    expect(pages.map(({ next }) => next?.body)).toEqual([
      { page: 1, per_page: 2, sort: { id: 'asc' }, search: [{ 'id|>': 2 }] },
    ]);
    expect(server.received).toHaveLength(1);
  });

  it('keeps the columns of a page until the page is released, and a second release does nothing', async () => {
    const pages: Page[] = [];
    const server = await serve([
      envelope(rows(1, 2), 2, 6),
      envelope(rows(3, 4), 2, 4),
      envelope(rows(5, 6), null, 2),
    ]);
    for await (const page of readPages(config(server), { http: http(), columns: COLUMNS, sender: {} })) {
      if (page.index === 0) {
        page.release();
        page.release();
      } else pages.push(page);
    }
    const kept = pages.map(({ columns, count }) => decoded(columns, count));
    expect(kept).toEqual([
      ['{"id":3}', '{"id":4}'],
      ['{"id":5}', '{"id":6}'],
    ]);
  });

  it('asks for the next page before the last one is taken', async () => {
    const server = await serve([envelope(rows(1, 2), 2, 4), envelope(rows(3, 4), null, 2)]);
    const reading = readPages(config(server), { http: http(), columns: COLUMNS, sender: {} });
    await reading.next();
    while (server.received.length < 2) await new Promise(setImmediate);
    expect(searches(server)).toEqual([undefined, [{ 'id|>': 2 }]]);
    await reading.return(undefined);
  });

  it.each<[string, Reply[], string]>([
    [
      'the same page again',
      [envelope(rows(1, 2), 2, 4), envelope(rows(1, 2), 2, 4)],
      'The server does not keep records of "shop" in the order of "id".',
    ],
    [
      'a page that begins with the last key',
      [envelope(rows(1, 2), 2, 4), envelope(rows(2, 3), 2, 4)],
      'The server does not keep records of "shop" in the order of "id".',
    ],
    [
      'records out of order',
      [envelope(rows(2, 1), 2, 4), envelope([], null, 0)],
      'The server does not keep records of "shop" in the order of "id".',
    ],
    ['records without their key', [envelope([{ a: null }], 2, 4)], 'Records of "shop" lack their key "id".'],
    [
      'a record whose key is null at the end',
      [envelope([{ id: 1 }, { id: null }], 2, 4), envelope([], null, 0)],
      'Records of "shop" lack their key "id".',
    ],
  ])('fails as a loop: %s', async (_, replies, message) => {
    const server = await serve(replies);
    const error = await rejectionOf(readAll(config(server)));
    expect([error.code, error.message]).toEqual(['PAGINATION_LOOP', message]);
  });

  it('fails as a loop when keys are texts and the server ignores the condition', async () => {
    const server = await serve(() => envelope([{ id: 'b' }, { id: 'a' }], 2, 4));
    const error = await rejectionOf(readAll(config(server), { columns: [column('id', 'VARCHAR')] }));
    expect([error.code, error.message]).toEqual([
      'PAGINATION_LOOP',
      'The server returns the same page of "shop" repeatedly.',
    ]);
    expect(server.received).toHaveLength(2);
  });

  it('fails as a loop when the first page after resuming does not follow the last key', async () => {
    const server = await serve(() => envelope(rows(5), null, 1));
    const from = { method: 'POST', url: `${server.origin}/s`, params: {}, headers: {}, body: {} } as const;
    const error = await rejectionOf(readAll(config(server), { from, after: '5' }));
    expect(error.code).toBe('PAGINATION_LOOP');
  });

  it('orders keys beyond 2^53 exactly', async () => {
    const server = await serve((_, n) => ({
      body:
        n === 0
          ? '{"items":[{"id":9007199254740992}],"itemsTotal":2}'
          : '{"items":[{"id":9007199254740993}],"itemsTotal":1}',
    }));
    expect((await readAll(config(server))).map(({ last_key }) => last_key)).toEqual([
      '9007199254740992',
      '9007199254740993',
    ]);
  });

  it('throws the error of the requests', async () => {
    const server = await serve([envelope(rows(1, 2), 2, 4), { status: 404, body: '' }]);
    expect((await rejectionOf(readAll(config(server)))).code).toBe('XANO_FAILED');
  });

  it('requests a page again that arrived cut off', async () => {
    const server = await serve([{ body: '{"items":[{"id":1},{"id":2' }, envelope(rows(1, 2), null, 2)]);
    expect((await readAll(config(server))).map((page) => page.rows)).toEqual([['{"id":1}', '{"id":2}']]);
    expect(searches(server)).toEqual([undefined, undefined]);
  });
});

describe('reading by page numbers', () => {
  it('asks for one page after the other until one is empty', async () => {
    const server = await serve([
      { body: { items: rows(2, 1), total: 3 } },
      { body: { items: rows(3), total: 3 } },
      { body: { items: [], total: 3 } },
    ]);
    const pages = await readAll(numbered(server, { params: { a: 'b' } }));
    expect(queries(server)).toEqual([
      '/s?a=b&page=1&per_page=2',
      '/s?a=b&page=2&per_page=2',
      '/s?a=b&page=3&per_page=2',
    ]);
    expect(pages.map((page) => [page.index, page.rows, page.total])).toEqual([
      [0, ['{"id":2}', '{"id":1}'], 3],
      [1, ['{"id":3}'], 3],
      [2, [], 3],
    ]);
  });

  it('ends with the last page by the answer’s count', async () => {
    const server = await serve([
      { body: { items: rows(1, 2), pages: 2 } },
      { body: { items: rows(3), pages: 2 } },
    ]);
    expect(await readAll(numbered(server, {}, { total_pages_path: 'pages' }))).toHaveLength(2);
  });

  it('ends when the server gives its last page again and again, and does not give it twice', async () => {
    const server = await serve((_, n) => ({ body: { items: n === 0 ? rows(1, 2) : rows(3) } }));
    const pages = await readAll(numbered(server));
    expect(pages.map((page) => page.rows)).toEqual([['{"id":1}', '{"id":2}'], ['{"id":3}'], []]);
    expect(server.received.length).toBeLessThanOrEqual(5);
  });

  it('reads a bare list of a single page without a count', async () => {
    const server = await serve([{ body: '[{"id":1},{"id":2}]' }]);
    const pages = await readAll(
      config(server, { method: 'GET', data_selector: '', pagination: { type: 'single_page' } }),
    );
    expect(pages.map(({ count, total, next }) => ({ count, total, next }))).toEqual([
      { count: 2, total: null, next: null },
    ]);
  });

  it.each([
    [3, 3],
    [0, 0],
    [-1, null],
    [1.5, null],
    ['3', 3],
    ['03', 3],
    ['many', null],
    [null, null],
  ])('takes %j for a total of %j', async (total, expected) => {
    const server = await serve([{ body: { items: [], total } }]);
    expect((await readAll(numbered(server)))[0]?.total).toBe(expected);
  });
});

describe('undeclared columns', () => {
  it('are reported with their page, and known from then on', async () => {
    const server = await serve([
      { body: '{"items":[{"id":1}]}' },
      { body: '{"items":[{"id":2,"n":1,"t":"x","o":{"a":1.10}},{"id":3,"n":2.5}]}' },
      { body: '{"items":[{"id":4,"n":3,"t":5,"late":true}]}' },
      { body: '{"items":[{"id":5,"n":"x","t":"y"}]}' },
      { body: '{"items":[]}' },
    ]);
    const pages = await readAll(numbered(server));
    const json = (name: string) => ({ name, type: 'JSON', list: false, inferred: false });
    const seen = pages.map((page) => ({ rows: page.rows, widened: page.widened, rejects: page.rejects }));
    expect(seen).toEqual([
      { rows: ['{"id":1}'], widened: [], rejects: [] },
      {
        rows: ['{"id":2,"n":1,"t":"x","o":{"a":1.10}}', '{"id":3,"n":2.5,"t":null,"o":null}'],
        widened: [inferred('n', 'DOUBLE'), inferred('t', 'VARCHAR'), json('o')],
        rejects: [],
      },
      {
        rows: ['{"id":4,"n":3,"t":5,"o":null,"late":true}'],
        widened: [json('t'), inferred('late', 'BOOLEAN')],
        rejects: [],
      },
      {
        rows: ['{"id":5,"n":"x","t":"y","o":null,"late":null}'],
        widened: [json('n')],
        rejects: [],
      },
      { rows: [], widened: [], rejects: [] },
    ]);
  });

  it('are not read where they are excluded', async () => {
    const server = await serve([
      { body: '{"items":[{"id":1,"password":"hash"}]}' },
      { body: '{"items":[]}' },
    ]);
    const pages = await readAll(numbered(server, { excluded: ['password'] }));
    expect(pages.map((page) => ({ rows: page.rows, widened: page.widened }))).toEqual([
      { rows: ['{"id":1}'], widened: [] },
      { rows: [], widened: [] },
    ]);
    // Nor is there anything else of it that somebody could write.
    expect(JSON.stringify(pages)).not.toContain('hash');
  });
});

describe('one small request', () => {
  it('counts the records of a range', async () => {
    const server = await serve([envelope(rows(1), 2, 41)]);
    expect(await countRecords(config(server), http(), { before: '50' }, {})).toBe(41);
    expect(server.received.map(({ body }) => body)).toEqual([
      { page: 1, per_page: 1, sort: { id: 'asc' }, search: [{ 'id|<': 50 }] },
    ]);
  });

  it('counts nothing where the answer does not count, and sends no request without a configured count', async () => {
    const server = await serve([{ body: { items: [] } }]);
    expect(await countRecords(config(server), http(), {}, {})).toBeNull();
    expect(await countRecords(numbered(server, {}, { total_path: undefined }), http(), {}, {})).toBeNull();
    expect(
      await countRecords(config(server, { pagination: { type: 'single_page' } }), http(), {}, {}),
    ).toBeNull();
    expect(server.received).toHaveLength(1);
  });

  it.each<[string, Json[], string | undefined]>([
    ['a list', [{ id: 77, other: { a: 1 } }], '77'],
    ['an empty list', [], undefined],
  ])('finds the highest key of %s', async (_, items, key) => {
    const server = await serve([envelope(items, null, items.length)]);
    expect(
      await extremeValue(config(server, { columns: [{ name: 'id', type: 'BIGINT' }] }), http(), HIGHEST, {}),
    ).toBe(key);
    expect(server.received.map(({ body }) => body)).toEqual([{ page: 1, per_page: 1, sort: { id: 'desc' } }]);
  });

  it('finds the highest key where no columns are declared', async () => {
    const server = await serve([{ body: '{"items":[{"a":{},"id":9007199254740993}],"itemsTotal":9}' }]);
    expect(await extremeValue(config(server), http(), HIGHEST, {})).toBe('9007199254740993');
  });

  it('looks for no highest key where pages have numbers', async () => {
    const server = await serve([]);
    expect(await extremeValue(numbered(server), http(), HIGHEST, {})).toBeUndefined();
    expect(server.received).toEqual([]);
  });
});

describe('a list without an end marker', () => {
  const given: Readonly<Record<string, Reply>> = {
    'no such page': { status: 404, body: { message: 'Invalid page.' } },
    'no content': { status: 204, body: '' },
    'nothing under its key': { body: { items: null } },
  };
  const pageOf = ({ url }: Received): number => Number(new URL(url, 'http://x').searchParams.get('page'));
  const TWO: readonly Json[][] = [rows(1, 2), rows(3)];

  it.each(Object.entries(given))(
    'ends where there is %s, and the previous page still exists',
    async (_, end) => {
      const server = await serve((received) => {
        const items = TWO[pageOf(received) - 1];
        return items === undefined ? end : { body: { items } };
      });
      const pages = await readAll(numbered(server, {}, { total_path: undefined }));
      expect(pages.map((page) => page.rows)).toEqual([['{"id":1}', '{"id":2}'], ['{"id":3}'], []]);
      expect(server.received.map(pageOf)).toEqual([1, 2, 3, 2, 3]);
    },
  );

  it('continues where a page was missing for a moment', async () => {
    let missed = false;
    const server = await serve((received) => {
      const page = pageOf(received);
      if (page === 2 && !missed) {
        missed = true;
        return given['no such page']!;
      }
      return { body: { items: TWO[page - 1] ?? [] } };
    });
    const pages = await readAll(numbered(server, {}, { total_path: undefined }));
    expect(pages.map(({ count }) => count)).toEqual([2, 1, 0]);
  });

  it.each<[string, object, object]>([
    ['a total', { total: 4 }, {}],
    ['a next page', { next: 3 }, { total_path: undefined, next_page_path: 'next' }],
    ['a number of pages', { pages: 3 }, { total_path: undefined, total_pages_path: 'pages' }],
  ])('fails where %s says that more follow', async (_, more, pagination) => {
    const server = await serve((received) => {
      const items = TWO[pageOf(received) - 1];
      return items === undefined ? given['no such page']! : { body: { items, ...more } };
    });
    const error = await rejectionOf(readAll(numbered(server, {}, pagination)));
    expect([error.code, error.request?.status]).toEqual(['XANO_FAILED', 404]);
  });

  it('fails where the previous page has changed', async () => {
    const server = await serve((received, n) =>
      n < 2 ? { body: { items: TWO[pageOf(received) - 1] } } : given['no such page']!,
    );
    const error = await rejectionOf(readAll(numbered(server, {}, { total_path: undefined })));
    expect([error.code, error.request?.status]).toEqual(['XANO_FAILED', 404]);
  });
});

describe('a first page without a next page in its configured field', () => {
  const paged = (server: Serving, pagination: object) => config(server, { method: 'GET', pagination });
  const CURSOR = { type: 'cursor', cursor_path: 'next.cursor' };

  it.each<[string, object, object, string]>([
    [
      'a cursor',
      CURSOR,
      { cursor: 'x' },
      '"shop" ends with an answer whose "next.cursor" leads nowhere, but "cursor"',
    ],
    [
      'more',
      CURSOR,
      { has_more: true },
      '"shop" ends with an answer whose "next.cursor" leads nowhere, but "has_more"',
    ],
    [
      'an address',
      { type: 'json_link', next_url_path: 'nxt' },
      { next: '/s?page=2' },
      '"shop" ends with an answer whose "nxt" leads nowhere, but "next"',
    ],
    [
      'a page',
      { type: 'header_link' },
      { nextPage: 2 },
      '"shop" ends with an answer without a next link in its Link header, but "nextPage"',
    ],
  ])('fails where %s stands there instead', async (_, pagination, beside, message) => {
    const server = await serve(() => ({ body: { items: rows(1), ...beside } }));
    const error = await rejectionOf(readAll(paged(server, pagination)));
    expect([error.code, error.message]).toEqual([
      'RESPONSE_UNEXPECTED',
      `${message} says that more records follow.`,
    ]);
  });

  it.each<[string, object]>([
    ['the field says so', { next: { cursor: null }, cursor: 'this one' }],
    ['nothing says otherwise', { total: 5, has_more: false, nextPage: null }],
  ])('is the whole list where %s', async (_, beside) => {
    const server = await serve(() => ({ body: { items: rows(1), ...beside } }));
    expect(await readAll(paged(server, CURSOR))).toHaveLength(1);
  });

  it('may lead to itself where it is empty', async () => {
    const server = await serve(({ url }) => ({
      body: { items: url.includes('cursor') ? [] : rows(1), at: 'c1' },
    }));
    const pages = await readAll(paged(server, { type: 'cursor', cursor_path: 'at' }));
    expect(pages.map(({ count }) => count)).toEqual([1, 0]);
  });
});

it('a link that repeats the credentials, under any name, is followed without them', async () => {
  const token = 'S3CR3T-token+1';
  const server = await serve(({ url, headers }) => ({
    body: {
      items: rows(url.includes('page=2') ? 2 : 1),
      next: url.includes('page=2')
        ? null
        : `/s?page=2&access_token=${encodeURIComponent(headers.authorization!.slice(7))}&q=a`,
    },
  }));
  const find_secret = () => ({ value: token, source: 'the test', expires_at: null });
  const endpoint = config(server, {
    method: 'GET',
    auth: { type: 'bearer', token: { env: 'TOKEN' } },
    pagination: { type: 'json_link', next_url_path: 'next' },
  });
  const pages = await readAll(endpoint, {
    http: createHttp({ user_agent: 't', find_secret, clock: fakeClock() }),
  });
  expect(pages.map((page) => page.rows)).toEqual([['{"id":1}'], ['{"id":2}']]);
  expect(server.received.map(({ url }) => url)).toEqual(['/s', '/s?page=2&q=a']);
  expect(JSON.stringify(pages)).not.toContain('S3CR3T');
});
