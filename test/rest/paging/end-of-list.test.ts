/**
 * How servers tell the end of a list: by a status, by a page that is empty, missing or repeated, by a cursor,
 * a link or a flag.
 */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/json.js';
import type { ResolvedEndpoint } from '../../../src/rest/config/endpoint-config.js';
import { createHttp } from '../../../src/rest/http/client.js';
import type { ReadOptions } from '../../../src/rest/paging/read-options.js';
import { readPages } from '../../../src/rest/paging/read-pages.js';
import { fakeClock } from '../../fixtures/clock.js';
import { column, endpointOf, rejectionOf } from '../decode/reading.js';
import { type Received, type Reply, type Serving, serve } from '../http/serving.js';

const SIZE = 10;

const NUMBERS = { type: 'page_number', page_size: SIZE };
const OFFSETS = { type: 'offset', limit: SIZE };
const CURSOR = { type: 'cursor', cursor_path: 'next_cursor' };
const LINK = { type: 'json_link', next_url_path: 'next' };

const endpoint = ({ origin }: Serving, pagination: object, more: object = {}): ResolvedEndpoint =>
  endpointOf({
    name: 'shop',
    base_url: origin,
    path: '/s',
    method: 'GET',
    data_selector: 'items',
    primary_key: ['id'],
    pagination,
    auth: { type: 'none' },
    ...more,
  });

const records = (from: number, to: number): Json[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => ({ id: from + at, name: `n${from + at}` }));

/** The keys that were read, in their order, and how long was slept for them. */
async function idsOf(config: ResolvedEndpoint, more: Partial<ReadOptions> = {}) {
  const clock = fakeClock();
  const http = createHttp({ user_agent: 't', find_secret: () => undefined, clock });
  const pages: [string | null, string | null, number][] = [];
  const columns = [column('id', 'BIGINT'), column('name', 'VARCHAR')];
  for await (const page of readPages(config, { http, columns, sender: {}, ...more })) {
    if (page.count > 0) pages.push([page.first_key, page.last_key, page.count]);
    page.release();
  }
  const rows = pages.reduce((sum, [, , count]) => sum + count, 0);
  return { rows, last: pages.at(-1)?.[1], slept: clock.slept };
}

const paramsOf = ({ url }: Received): URLSearchParams => new URL(url, 'http://x').searchParams;

interface Asked {
  /** Place of the first record, from 0. */
  readonly from: number;
  readonly size: number;
  readonly page: number;
}

/**
 * A list of so many records that is asked for by page numbers or offsets; `beyond` answers what begins after
 * its end.
 */
async function counted(
  total: number,
  beyond: (asked: Asked, page: (from: number, size: number) => Reply) => Reply,
  around: (from: number) => object = () => ({}),
): Promise<Serving> {
  const page = (from: number, size: number): Reply => ({
    body: { items: records(from + 1, Math.min(from + size, total)), ...around(from) },
  });
  return serve((received) => {
    const params = paramsOf(received);
    const size = Number(params.get('per_page') ?? params.get('limit'));
    const from = params.has('offset')
      ? Number(params.get('offset'))
      : (Number(params.get('page')) - 1) * size;
    return from < total ? page(from, size) : beyond({ from, size, page: from / size + 1 }, page);
  });
}

const MISSING: Readonly<Record<string, Reply>> = {
  'status 400': { status: 400, body: { code: 'rest_post_invalid_page_number', message: 'No such page.' } },
  'status 404': { status: 404, body: { detail: 'Invalid page.' } },
  'status 410': { status: 410, body: '' },
  'status 416': { status: 416, body: '' },
  'status 422': { status: 422, body: { message: 'page is out of range' } },
  'status 204': { status: 204, body: '' },
  'status 205': { status: 205, body: '' },
  'an empty body': { body: '' },
  null: { body: 'null' },
  'an empty object': { body: {} },
  'a list in place of the object': { body: [] },
  'a list that is null': { body: { items: null } },
  'a list that is an empty object': { body: { items: {} } },
  'an object without the list': { body: { page: 4, total_pages: 3, links: { next: null } } },
};

describe.each([
  ['page_number', NUMBERS],
  ['offset', OFFSETS],
])('a list read by %s', (_, pagination) => {
  it.each(Object.entries(MISSING))(
    'ends where the page beyond its end is missing: %s',
    async (_what, reply) => {
      for (const total of [25, 20, 7, 10]) {
        const server = await counted(total, () => reply);
        expect(await idsOf(endpoint(server, pagination))).toEqual({
          rows: total,
          last: String(total),
          slept: [],
        });
      }
    },
  );

  it.each<[string, Parameters<typeof counted>[1]]>([
    ['the last page', ({ size }, page) => page(Math.floor(19 / size) * size, size)],
    ['the first page', ({ size }, page) => page(0, size)],
    ['as many records as fit, up to the last', ({ size }, page) => page(Math.max(0, 20 - size), size)],
    ['the last record', (_asked, page) => page(19, 1)],
  ])('ends where pages beyond its end bring %s again', async (_what, beyond) => {
    const server = await counted(20, beyond);
    expect(await idsOf(endpoint(server, pagination))).toEqual({ rows: 20, last: '20', slept: [] });
    expect(server.received.length).toBeLessThanOrEqual(6);
  });

  it.each([25, 20, 10, 7, 1])(
    'of %i records ends with its last page, which a server that clamps numbers gives again',
    async (total) => {
      const server = await counted(total, ({ size }, page) =>
        page(Math.floor((total - 1) / size) * size, size),
      );
      for (const primary_key of [['id'], []])
        expect(await idsOf(endpoint(server, pagination, { primary_key }))).toMatchObject({ rows: total });
    },
  );

  it.each<[string, object, object]>([
    ['the total', { total: 40 }, { total_path: 'total' }],
    ['has_more', { has_more: true }, {}],
  ])('fails where a page is missing though %s says that more follow', async (_what, around, more) => {
    const server = await counted(
      20,
      () => MISSING['status 404']!,
      () => around,
    );
    const error = await rejectionOf(idsOf(endpoint(server, { ...pagination, ...more })));
    expect([error.code, error.request?.status]).toEqual(['XANO_FAILED', 404]);
  });

  it('fails where pages repeat though the total says that more follow', async () => {
    const server = await counted(
      20,
      ({ size }, page) => page(20 - size, size),
      () => ({ total: 40 }),
    );
    const error = await rejectionOf(idsOf(endpoint(server, { ...pagination, total_path: 'total' })));
    expect(error.code).toBe('PAGINATION_LOOP');
  });

  it('ends with the total where pages repeat after it', async () => {
    const server = await counted(
      20,
      ({ size }, page) => page(0, size),
      () => ({ total: 20 }),
    );
    expect(await idsOf(endpoint(server, { ...pagination, total_path: 'total' }))).toMatchObject({ rows: 20 });
  });

  it('fails where the server gives only its first pages, whatever number is requested', async () => {
    const server = await serve((received) => {
      const params = paramsOf(received);
      const size = Number(params.get('per_page') ?? params.get('limit'));
      const page = params.has('offset')
        ? Number(params.get('offset')) / size
        : Number(params.get('page')) - 1;
      const from = Math.min(Math.floor(page), 1) * size;
      return { body: { items: records(from + 1, from + size) } };
    });
    expect((await rejectionOf(idsOf(endpoint(server, pagination)))).code).toBe('PAGINATION_LOOP');
  });

  it.each([SIZE, 5])('fails where every number brings the first page, of %i records', async (count) => {
    const server = await serve(() => ({ body: { items: records(1, count) } }));
    expect((await rejectionOf(idsOf(endpoint(server, pagination)))).code).toBe('PAGINATION_LOOP');
    expect(server.received.length).toBeLessThanOrEqual(4);
  });

  it('fails where equal records without a key may be others', async () => {
    const server = await serve(() => ({ body: { items: Array.from({ length: SIZE }, () => ({ v: 1 })) } }));
    const error = await rejectionOf(idsOf(endpoint(server, pagination, { primary_key: [] })));
    expect(error.code).toBe('PAGINATION_LOOP');
  });

  it('fails where 400 refuses to go deeper, as servers do at a round number of records', async () => {
    const size = { page_size: 500, limit: 500 };
    const server = await counted(1000, () => MISSING['status 400']!);
    const name = 'page_size' in pagination ? 'page_size' : 'limit';
    const deep = endpoint(server, { ...pagination, [name]: size[name] });
    expect((await rejectionOf(idsOf(deep))).request?.status).toBe(400);
  });

  it('fails where 422 names a maximum of records', async () => {
    const message = 'Only the first 20 search results are available';
    const server = await counted(20, () => ({ status: 422, body: { message } }));
    expect((await rejectionOf(idsOf(endpoint(server, pagination)))).request?.status).toBe(422);
  });

  it('does not end with an answer that describes a failure', async () => {
    const server = await counted(20, () => ({ body: { success: false, message: 'The quota is used up.' } }));
    expect((await rejectionOf(idsOf(endpoint(server, pagination)))).code).toBe('RESPONSE_UNEXPECTED');
  });

  it('ends with a flag, whatever the server answers to the page after it', async () => {
    const server = await counted(
      25,
      () => ({ status: 500, body: '' }),
      (from) => ({ has_more: from + SIZE < 25 }),
    );
    expect(await idsOf(endpoint(server, pagination))).toEqual({ rows: 25, last: '25', slept: [] });
  });

  it.each(['clamped', 'missing'])('that was interrupted after its last page ends there: %s', async (how) => {
    const beyond: Parameters<typeof counted>[1] = ({ size }, page) =>
      how === 'missing' ? MISSING['status 404']! : page(Math.floor(24 / size) * size, size);
    const server = await counted(25, beyond);
    const config = endpoint(server, pagination);
    const at = (params: Record<string, string>) =>
      ({ method: 'GET', url: `${server.origin}/s`, params, headers: {} }) as const;
    const isOffset = 'limit' in pagination;
    const place = (offset: number) =>
      at(
        isOffset
          ? { offset: String(offset), limit: '10' }
          : { page: String(Math.ceil(offset / 10) + 1), per_page: '10' },
      );
    const more = { from: place(25), last: place(20), after: '25', rows: 25 };
    expect(await idsOf(config, more)).toEqual({ rows: 0, last: undefined, slept: [] });
  });
});

describe('a list that is read by links or cursors', () => {
  /** Pages in turn, by cursor or link: each says what leads on from it; `c0` leads to the first. */
  const followed = (
    sizes: readonly number[],
    next: (page: number) => Json,
    beyond: Reply,
    around: object = {},
  ) =>
    serve((received) => {
      const at = paramsOf(received).get('cursor');
      const page = at === null ? 0 : Number(at.slice(1));
      const size = sizes[page];
      if (size === undefined || Number.isNaN(page)) return beyond;
      const from = sizes.slice(0, page).reduce((sum, one) => sum + one, 0);
      const said = next(page);
      const link = typeof said === 'string' && said.startsWith('c') ? `/s?cursor=${said}` : said;
      return { body: { items: records(from + 1, from + size), next_cursor: said, next: link, ...around } };
    });
  const PAGES = [10, 10, 5];
  const lastSays = (last: Json) => (page: number) => (page === 2 ? last : `c${page + 1}`);
  const NONE: Reply = { status: 500, body: '' };

  it.each([0, '0', -1, '-1', 'end', 'END', false, 'null', 'None', null, ''])(
    'ends with the cursor %j',
    async (end) => {
      const server = await followed(PAGES, lastSays(end), NONE);
      expect(await idsOf(endpoint(server, CURSOR))).toEqual({ rows: 25, last: '25', slept: [] });
    },
  );

  it.each([null, '', false, 'null', 'none', '#', 0])('ends with the link %j', async (end) => {
    const server = await followed(PAGES, lastSays(end), NONE);
    expect(await idsOf(endpoint(server, LINK))).toEqual({ rows: 25, last: '25', slept: [] });
  });

  it.each([
    ['cursor', CURSOR],
    ['link', LINK],
  ])('ends with has_more: false, whatever %s remains', async (_, pagination) => {
    const server = await serve((received) => {
      const page = Number(paramsOf(received).get('cursor')?.slice(1) ?? 0);
      if (page > 2) return NONE;
      const body = { items: records(page * 10 + 1, Math.min(page * 10 + 10, 25)), has_more: page < 2 };
      return { body: { ...body, next_cursor: `c${page + 1}`, next: `/s?cursor=c${page + 1}` } };
    });
    expect(await idsOf(endpoint(server, pagination))).toEqual({ rows: 25, last: '25', slept: [] });
  });

  it('continues with cursor 0 where a flag says that more follow', async () => {
    const server = await serve((received) =>
      paramsOf(received).get('cursor') === '0'
        ? { body: { items: records(11, 15), next_cursor: null, has_more: false } }
        : { body: { items: records(1, 10), next_cursor: 0, has_more: true } },
    );
    expect(await idsOf(endpoint(server, CURSOR))).toMatchObject({ rows: 15 });
  });

  it.each([
    ['the page itself', 'c2'],
    ['a page before', 'c1'],
  ])('ends where its short last page leads back to %s', async (_, back) => {
    for (const pagination of [CURSOR, LINK]) {
      const server = await followed(PAGES, lastSays(back), NONE);
      expect(await idsOf(endpoint(server, pagination))).toMatchObject({ rows: 25, slept: [] });
    }
  });

  it('ends where a cursor after its short last page brings records that were read', async () => {
    const server = await serve((received) => {
      const page = Math.min(2, Number(paramsOf(received).get('cursor')?.slice(1) ?? 0));
      const items = records(page * 10 + 1, Math.min(page * 10 + 10, 25));
      const asked = Number(paramsOf(received).get('cursor')?.slice(1) ?? 0);
      return { body: { items, next_cursor: `c${asked + 1}` } };
    });
    expect(await idsOf(endpoint(server, CURSOR))).toMatchObject({ rows: 25 });
  });

  it.each(['the page itself', 'a page before'])('fails where a full page leads back to %s', async (what) => {
    const server = await followed(
      [10, 10],
      (page) => (page === 1 && what === 'the page itself' ? 'c1' : page === 1 ? 'c0' : 'c1'),
      NONE,
    );
    for (const pagination of [CURSOR, LINK])
      expect((await rejectionOf(idsOf(endpoint(server, pagination)))).code).toBe('PAGINATION_LOOP');
  });

  it('ends where a full page leads back to itself, and the total is reached', async () => {
    const server = await followed([10, 10], () => 'c1', NONE, { total: 20 });
    for (const pagination of [CURSOR, LINK])
      expect(await idsOf(endpoint(server, { ...pagination, total_path: 'total' }))).toMatchObject({
        rows: 20,
      });
  });

  it.each(Object.entries(MISSING).filter(([what]) => !['status 400', 'status 422'].includes(what)))(
    'ends where its next page is missing: %s',
    async (_, beyond) => {
      for (const pagination of [CURSOR, LINK])
        for (const sizes of [PAGES, [10, 10]]) {
          const server = await followed(sizes, (page) => `c${page + 1}`, beyond);
          const rows = sizes.reduce((sum, size) => sum + size, 0);
          expect(await idsOf(endpoint(server, pagination))).toEqual({ rows, last: String(rows), slept: [] });
        }
    },
  );

  it('ends where a Link header leads to a page that is empty, missing or itself', async () => {
    for (const last of ['empty', 'missing', 'itself']) {
      const server = await serve((received) => {
        const page = Number(paramsOf(received).get('p') ?? 0);
        if (page === 3) return last === 'empty' ? { body: { items: [] } } : MISSING['status 404']!;
        const next = page === 2 && last === 'itself' ? 2 : page + 1;
        const link = `</s?p=${next}>; rel="next"`;
        return { headers: { link }, body: { items: records(page * 10 + 1, Math.min(page * 10 + 10, 25)) } };
      });
      expect(await idsOf(endpoint(server, { type: 'header_link' }))).toMatchObject({ rows: 25, slept: [] });
    }
  });

  it.each<[string, Reply]>([
    ['first link', MISSING['status 404']!],
    ['first cursor', MISSING['status 400']!],
  ])('fails where its %s is refused, which may be wrong', async (_, beyond) => {
    const server = await followed([10], () => 'c1', beyond);
    expect((await rejectionOf(idsOf(endpoint(server, CURSOR)))).code).toBe('XANO_FAILED');
  });

  it('fails where a cursor is refused after a full page', async () => {
    const server = await followed([10, 10], (page) => `c${page + 1}`, MISSING['status 400']!);
    expect((await rejectionOf(idsOf(endpoint(server, CURSOR)))).request?.status).toBe(400);
  });
});

describe('an empty list', () => {
  it.each([204, 205])('may be answered with status %i', async (status) => {
    const server = await serve(() => ({ status, body: '' }));
    for (const pagination of [
      NUMBERS,
      OFFSETS,
      CURSOR,
      LINK,
      { type: 'header_link' },
      { type: 'single_page' },
    ])
      for (const data_selector of ['', 'items', 'result.items'])
        expect(await idsOf(endpoint(server, pagination, { data_selector }))).toEqual({
          rows: 0,
          last: undefined,
          slept: [],
        });
  });

  it('is not answered with status 200 and nothing, which may be a fault', async () => {
    const server = await serve(() => ({ body: '' }));
    expect((await rejectionOf(idsOf(endpoint(server, NUMBERS)))).code).toBe('RESPONSE_UNEXPECTED');
  });
});
