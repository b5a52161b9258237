/** Lists that do what their configs say, and lists that do not: what is seen, and what would be right. */
import { describe, expect, it } from 'vitest';
import { checkEndpoint, type EndpointCheck } from '../../../src/rest/check/check-endpoint.js';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { createHttp } from '../../../src/rest/http/client.js';
import { fakeClock } from '../../fixtures/clock.js';
import { byPage, row, type Shape, whole } from '../detect/shapes.js';
import { type Reply, type Serving, serve } from '../http/serving.js';

const http = (signal?: AbortSignal) =>
  createHttp({ user_agent: 't', find_secret: () => undefined, clock: fakeClock(), signal });

const pages = {
  type: 'page_number',
  page_param: 'page',
  base_page: 1,
  page_size_param: 'per_page',
  page_size: 100,
};
const configOf = ({ origin }: Serving, more: object = {}): EndpointConfig =>
  parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: 'shop',
        base_url: origin,
        path: '/list',
        method: 'GET',
        data_selector: 'items',
        primary_key: ['id'],
        pagination: { ...pages, next_page_path: 'nextPage', total_path: 'itemsTotal' },
        auth: { type: 'none' },
        ...more,
      },
    ],
  })[0]!;

/** Checks a list of so many records, and counts what was asked. */
async function check(shape: Shape, total: number, more: object = {}): Promise<EndpointCheck> {
  const server = await serve(shape(total));
  const checked = await checkEndpoint(configOf(server, more), http());
  expect(checked.requests).toBe(server.received.length);
  return checked;
}

const xanos = byPage(({ items, page, next, total }) => ({
  items,
  curPage: page,
  nextPage: next,
  itemsTotal: total,
}));
const fine = {
  resource: 'shop',
  status: 'ok',
  http_status: 200,
  requests: 2,
  records: 5,
  total: 12,
  data_selector: 'items',
  pagination: { ...pages, in: 'query', next_page_path: 'nextPage', total_path: 'itemsTotal' },
  primary_key: ['id'],
  sample: { id: 1, name: 'row 1' },
  findings: [],
  correction: null,
  error: null,
};

describe('the check of a list that matches its config', () => {
  it('sends two small requests', async () => {
    const server = await serve(xanos(12));
    expect(await checkEndpoint(configOf(server), http())).toEqual(fine);
    expect(server.received.map(({ url }) => url)).toEqual([
      '/list?page=1&per_page=5',
      '/list?page=2&per_page=5',
    ]);
  });

  it('sends one request where there is one page', async () => {
    expect(await check(xanos, 3)).toEqual({ ...fine, requests: 1, records: 3, total: 3 });
  });

  it('can try nothing where the list is empty', async () => {
    expect(await check(xanos, 0, { pagination: { ...pages, total_path: 'itemsTotal' } })).toEqual({
      ...fine,
      ...{ requests: 1, records: 0, total: 0, sample: null },
      pagination: { ...pages, in: 'query', total_path: 'itemsTotal' },
      findings: [
        {
          is_problem: false,
          about: 'records',
          says: 'the list has no records now, so nothing can be tested',
        },
      ],
    });
  });

  it('reports an unprovable list where nothing counts', async () => {
    const uncounted = byPage(({ items, page, next }) => ({ items, curPage: page, nextPage: next }));
    const checked = await check(uncounted, 12, { pagination: { ...pages, next_page_path: 'nextPage' } });
    expect(checked).toEqual({
      ...fine,
      total: null,
      pagination: { ...pages, in: 'query', next_page_path: 'nextPage' },
      findings: [
        {
          is_problem: false,
          about: 'totals',
          says: 'the answer does not count its records, so completeness is not provable',
        },
      ],
    });
  });
});

describe('the check of a list that differs from its config', () => {
  const told = ({ status, findings, correction }: EndpointCheck) => ({
    status,
    problems: findings.filter(({ is_problem }) => is_problem).map(({ about, says }) => `${about}: ${says}`),
    correction,
  });
  const right = { ...pages, in: 'query' };

  it.each([
    [
      'stands elsewhere',
      byPage(({ items, page, next, total }) => ({
        found: items,
        curPage: page,
        nextPage: next,
        itemsTotal: total,
      })),
      {},
      ['selector: The answer has no list at "items"; lists found: "found"'],
      { data_selector: 'found' },
    ],
    [
      'stands elsewhere, with other pages',
      byPage(
        ({ items, page, pages: totalPages, total }) => ({
          data: items,
          currentPage: page,
          totalPages,
          total,
        }),
        { size: 'pageSize' },
      ),
      {},
      ['selector: The answer has no list at "items"; lists found: "data"'],
      {
        data_selector: 'data',
        pagination: {
          ...right,
          page_size_param: 'pageSize',
          total_pages_path: 'totalPages',
          total_path: 'total',
        },
      },
    ],
    [
      'comes whole, whatever is asked for',
      whole((items) => ({ items })),
      { pagination: pages },
      ['pagination: the second page repeats the first one: the server ignores the pagination parameters'],
      { pagination: { type: 'single_page' } },
    ],
    [
      'has more pages than one',
      xanos,
      { pagination: { type: 'single_page' } },
      ['pagination: the answer says that more records follow, but it has no link to them'],
      { pagination: { ...right, next_page_path: 'nextPage', total_path: 'itemsTotal' } },
    ],
    [
      'has no such fields beside it',
      byPage(({ items, total }) => ({ items, sum: total })),
      { pagination: { ...pages, next_page_path: 'nextPage', total_path: 'itemsTotal' } },
      [],
      { pagination: right },
    ],
    [
      'is counted, though nobody said so',
      xanos,
      { pagination: { ...pages, next_page_path: 'nextPage' } },
      [],
      { pagination: { ...right, next_page_path: 'nextPage', total_path: 'itemsTotal' } },
    ],
    [
      'is told apart by an id, though nobody said so',
      xanos,
      { primary_key: [] },
      [],
      { primary_key: ['id'] },
    ],
    [
      'has no such key',
      xanos,
      { primary_key: ['sku'] },
      ['key: primary_key names the column "sku", which no record has'],
      { primary_key: [] },
    ],
    [
      'has its key in another spelling',
      xanos,
      { primary_key: ['ID'], write_disposition: 'merge' },
      ['key: primary_key names the column "ID", which no record has; did you mean "id"?'],
      { primary_key: ['id'] },
    ],
    [
      'has no such cursor',
      xanos,
      {
        write_disposition: 'merge',
        incremental: { cursor_path: 'nam', lag: 0, start_param: 'since' },
      },
      ['key: incremental.cursor_path names the column "nam", which no record has; did you mean "name"?'],
      null,
    ],
    [
      'has no key that merge could go by',
      xanos,
      { primary_key: ['sku'], write_disposition: 'merge' },
      ['key: primary_key names the column "sku", which no record has'],
      null,
    ],
    [
      'leaves open what was found out',
      xanos,
      { data_selector: undefined, pagination: { type: 'auto' } },
      [],
      {
        data_selector: 'items',
        pagination: { ...right, next_page_path: 'nextPage', total_path: 'itemsTotal' },
      },
    ],
  ] satisfies readonly (readonly [string, Shape, object, string[], object | null])[])(
    'reports the difference and its correction: %s',
    async (_, shape, more, problems, correction) => {
      expect(told(await check(shape, 120, more))).toEqual({
        status: problems.length === 0 ? 'ok' : 'differs',
        problems,
        correction,
      });
    },
  );

  it('reports a list that never gives more than its first page, and corrects nothing', async () => {
    const stuck: Shape = () => () => ({ body: { items: [row(1), row(2)], nextPage: 2 } });
    const checked = await check(stuck, 2, { pagination: { ...pages, next_page_path: 'nextPage' } });
    expect(told(checked)).toEqual({
      status: 'differs',
      problems: [
        'pagination: the second page repeats the first one: the server ignores the pagination parameters',
      ],
      correction: null,
    });
    expect([checked.pagination, checked.sample]).toEqual([null, { id: 1, name: 'row 1' }]);
    const open = await check(stuck, 2, { pagination: { type: 'auto' } });
    expect([open.status, open.correction, open.pagination, open.records]).toEqual(['differs', null, null, 2]);
  });

  it('reports a refused second page', async () => {
    const refusing = (n: number): Reply =>
      n === 0 ? { body: { items: [row(1)], nextPage: 2 } } : { status: 400, body: { message: 'No.' } };
    const server = await serve((_, n) => refusing(n));
    const checked = await checkEndpoint(
      configOf(server, { pagination: { ...pages, next_page_path: 'nextPage' } }),
      http(),
    );
    expect(told(checked)).toMatchObject({ status: 'differs', correction: null });
    expect(checked.findings[0]?.says).toContain('the second page fails: ');
  });

  it('reports values that do not fit', async () => {
    const columns = [{ name: 'name', type: 'BIGINT' }];
    const { status, findings } = await check(xanos, 3, { columns });
    expect([status, findings]).toEqual([
      'ok',
      [
        {
          is_problem: false,
          about: 'values',
          says: expect.stringMatching(/^"name" holds values that do not fit its type: /),
        },
      ],
    ]);
  });

  it('finds a list by its fallback, as a load does', async () => {
    const fallback = { method: 'GET', path: '/plain', pagination: { ...pages, next_page_path: 'nextPage' } };
    const server = await serve((request) =>
      request.url.startsWith('/list')
        ? { status: 404, body: {} }
        : { body: { items: [row(1)], nextPage: null } },
    );
    const checked = await checkEndpoint(configOf(server, { method: 'POST', body: {}, fallback }), http());
    expect([checked.status, checked.records, checked.http_status, checked.correction]).toEqual([
      'ok',
      1,
      200,
      null,
    ]);
    expect(checked.findings.map(({ says }) => says)).toEqual([
      'the server does not have /list: /plain is read instead',
      'the answer does not count its records, so completeness is not provable',
    ]);
  });

  it.each([
    ['a 404', { status: 404, body: { message: 'Gone.' } }, 404, 'XANO_FAILED'],
    ['no list at all', { body: { ok: true } }, 200, 'RESPONSE_UNEXPECTED'],
    ['HTML', { body: '<html>' }, 200, 'RESPONSE_UNEXPECTED'],
  ] satisfies readonly (readonly [string, Reply, number, string])[])(
    'reports %s',
    async (_, reply, status, code) => {
      const server = await serve(() => reply);
      const checked = await checkEndpoint(configOf(server), http());
      expect([checked.status, checked.http_status, checked.error?.code, checked.correction]).toEqual([
        'failed',
        status,
        code,
        null,
      ]);
    },
  );

  it('sends no request after an interruption', async () => {
    const server = await serve(xanos(3));
    const stop = AbortSignal.abort();
    await expect(checkEndpoint(configOf(server), http(stop))).rejects.toThrow();
    expect(server.received).toEqual([]);
  });
});

it('the sample of a check is short, exact, and shows no secrets', async () => {
  const record =
    '{"id":9007199254740993,"name":"' +
    'x'.repeat(70) +
    '","ratio":1.50,"tags":["a"],"user":{"password_hash":"h","api_key":"k","city":"Ulm"},"password":"p","reset_token":"t","none":null,"hidden":5,"big":[9007199254740993],"esc\\u0061ped":"\\u001b[2J","__proto__":1}';
  const server = await serve(() => ({ body: `{"items":[${record}],"itemsTotal":1,"nextPage":null}` }));
  const { sample } = await checkEndpoint(configOf(server, { excluded: ['none', 'hidden'] }), http());
  expect(Object.entries(sample!)).toEqual([
    ['id', '9007199254740993'],
    ['name', `${'x'.repeat(59)}…`],
    ['ratio', '1.50'],
    ['tags', ['a']],
    ['user', { city: 'Ulm' }],
    ['big', '[9007199254740993]'],
    ['escaped', '\u001b[2J'],
    ['__proto__', 1],
  ]);
});

it('the sample of a check does not show the credentials of the request', async () => {
  const server = await serve(({ headers }) => ({
    body: { items: [{ id: 1, echo: [headers.authorization] }] },
  }));
  const find_secret = () => ({ value: 'S3CR3T-token', source: 'the test', expires_at: null });
  const auth = { type: 'bearer', token: { env: 'T' } };
  const { sample } = await checkEndpoint(
    configOf(server, { auth, pagination: { type: 'single_page' } }),
    createHttp({ user_agent: 't', find_secret, clock: fakeClock() }),
  );
  expect(sample).toEqual({ id: 1 });
});
