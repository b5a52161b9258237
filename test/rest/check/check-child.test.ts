/** Lists that each record of another resource has: checked with the lists of the first of those. */
import { describe, expect, it } from 'vitest';
import { checkChild } from '../../../src/rest/check/check-child.js';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { createHttp } from '../../../src/rest/http/client.js';
import { fakeClock } from '../../fixtures/clock.js';
import { type Reply, serve } from '../http/serving.js';

const http = () => createHttp({ user_agent: 't', find_secret: () => undefined, clock: fakeClock() });

/** Shops, some of them without a list of orders, and what is asked of them. */
async function shops(orders: string, instead: (path: string) => Reply | undefined = () => undefined) {
  const server = await serve(({ url }) => {
    const { pathname, searchParams } = new URL(url, 'http://x');
    const other = instead(pathname);
    if (other !== undefined) return other;
    if (pathname === '/shops')
      return {
        body: {
          data: [
            { id: 1, slug: null },
            { id: 2, slug: 'gone' },
            { id: 3, slug: 'a/b' },
            { id: 12345678901234567890n, slug: 'last' },
          ].map(({ id, slug }) => ({ id: String(id), slug })),
        },
      };
    if (pathname === '/shops/gone/orders') return { status: 404, body: {} };
    const page = Number(searchParams.get('page') ?? 1);
    const items = [1, 2, 3, 4, 5, 6, 7].slice((page - 1) * 3, page * 3).map((n) => ({ n, password: 'x' }));
    return { body: { items, total: 7 } };
  });
  const { endpoints } = readConfig(
    `client: { base_url: ${server.origin} }
resources:
  - shops
  - name: orders
    path: shops/{shop}/orders
    parent: { resource: shops, bind: { shop: slug }, include: [id] }
    response: [{ status: 404, action: ignore }]
${orders}`,
    'x.yaml',
  );
  const orders_config = endpoints.find(({ name }) => name === 'orders')!;
  const checked = await checkChild(orders_config, endpoints, http());
  expect(checked.requests).toBe(server.received.length);
  return { checked, asked: server.received.map(({ url }) => url) };
}

describe('the check of a child list', () => {
  it('reads the list of the first parent record, and shows its findings', async () => {
    const { checked, asked } = await shops('    primary_key: [_shops_id, n]');
    expect(asked.slice(0, 3)).toEqual(['/shops', '/shops/gone/orders', '/shops/a%2Fb/orders']);
    expect(asked.some((url) => url.startsWith('/shops/last'))).toBe(false);
    const pagination = {
      type: 'page_number',
      in: 'query',
      page_param: 'page',
      base_page: 1,
      page_size_param: 'per_page',
      page_size: 3,
      total_path: 'total',
    };
    expect({ ...checked, requests: 0, findings: [] }).toEqual({
      resource: 'orders',
      status: 'ok',
      http_status: 200,
      requests: 0,
      records: 3,
      total: 7,
      data_selector: 'items',
      pagination,
      primary_key: ['_shops_id', 'n'],
      sample: { n: 1, _shops_id: '3' },
      findings: [],
      correction: { data_selector: 'items', pagination },
      error: null,
    });
  });

  it('suggests no key where another list may have the same ids', async () => {
    const { checked } = await shops('    data_selector: items\n    pagination: single_page', (path) =>
      path.startsWith('/shops/') ? { body: { items: [{ id: 1 }, { id: 2 }] } } : undefined,
    );
    expect([checked.status, checked.primary_key, checked.correction]).toEqual(['ok', [], null]);
  });

  it('reports a wrong config', async () => {
    const { checked } = await shops('    data_selector: rows\n    pagination: single_page');
    expect([checked.status, checked.correction?.data_selector, checked.findings[0]?.says]).toEqual([
      'differs',
      'items',
      'The answer has no list at "rows"; lists found: "items"',
    ]);
  });

  it('fails with the server’s message where the list is refused', async () => {
    const { checked } = await shops('', (path) =>
      path.startsWith('/shops/') ? { status: 400, body: {} } : undefined,
    );
    expect([checked.status, checked.http_status, checked.error?.code]).toEqual([
      'failed',
      400,
      'XANO_FAILED',
    ]);
  });

  it('names the columns of the parent where the wanted one does not exist', async () => {
    const { checked } = await shops('', (path) =>
      path === '/shops' ? { body: [{ slugs: 'a' }] } : undefined,
    );
    expect(checked.error?.message).toBe(
      '"orders" refers to column "slug" of "shops", which does not exist; did you mean "slugs"?',
    );
  });

  it.each([
    ['there is none', [], '"shops" has no records with such a list now, so nothing can be tested'],
    [
      'all are refused',
      [{ slug: 'gone' }],
      'the server refuses the lists of the first records of "shops", which response ignores: nothing can be tested',
    ],
  ])('reports an unknown list where %s', async (_, parents, says) => {
    const { checked } = await shops('', (path) => (path === '/shops' ? { body: parents } : undefined));
    expect([checked.status, checked.records, checked.findings]).toEqual([
      'ok',
      null,
      [{ is_problem: false, about: 'records', says }],
    ]);
  });

  it('works below two other lists', async () => {
    const server = await serve(({ url }) => {
      if (url === '/a') return { body: [{ id: 1 }, { id: 2 }] };
      if (url === '/a/1/b') return { body: [] };
      return { body: [{ id: 5, b: url }] };
    });
    const { endpoints } = readConfig(
      `client: { base_url: ${server.origin}, pagination: single_page, data_selector: '' }
resources:
  - a
  - { name: b, path: 'a/{a}/b', parent: { resource: a, bind: { a: id }, include: [id] } }
  - { name: c, path: 'a/{a}/b/{b}/c', parent: { resource: b, bind: { a: _a_id, b: id }, include: [_a_id] } }`,
      'x.yaml',
    );
    const checked = await checkChild(endpoints[2]!, endpoints, http());
    expect([checked.status, checked.sample]).toEqual(['ok', { id: 5, b: '/a/2/b/5/c', _b__a_id: 2 }]);
  });
});
