/** Lists that each record of another resource has: read once for each, into one table. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planLoad } from '../../../src/load/plan.js';
import { foldName } from '../../../src/names.js';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { thrownBy } from '../../rest/decode/reading.js';
import { type Received, type Reply, serve } from '../../rest/http/serving.js';
import { eventsOf, loadInto, query, temporaryFile, values } from '../loading.js';

const http = () => clientWith('the-token', fakeClock());

interface Line {
  readonly id: number;
  readonly text?: string;
}

/** A shop of orders, each with its lines. */
interface Shop {
  readonly orders: { id: number; name: string }[];
  readonly lines: Record<number, Line[]>;
  readonly instead?: (received: Received, n: number) => Reply | undefined;
  readonly counts?: boolean;
}

const shop = (): Shop => ({
  orders: [
    { id: 3, name: 'third' },
    { id: 1, name: 'first' },
    { id: 2, name: 'second' },
  ],
  lines: { 1: [{ id: 11 }, { id: 12, text: 'x' }, { id: 13 }], 2: [], 3: [{ id: 31 }] },
});

async function serveShop({ orders, lines, instead, counts = true }: Shop) {
  return serve((received, n) => {
    const replaced = instead?.(received, n);
    if (replaced !== undefined) return replaced;
    const { pathname, searchParams } = new URL(received.url, 'http://x');
    const order = /^\/orders\/(\d+)\/lines$/.exec(pathname)?.[1] ?? searchParams.get('order');
    const list: readonly object[] | undefined = order === null ? orders : lines[Number(order)];
    if (list === undefined) return { status: 404, body: { message: 'no such order' } };
    const offset = Number(searchParams.get('offset') ?? 0);
    const limit = Number(searchParams.get('limit') ?? 2);
    const items = list.slice(offset, offset + limit);
    return { body: { items, ...(counts ? { total: list.length } : {}) } };
  });
}

const config = (origin: string, child = '', orders = '') => `
client:
  base_url: ${origin}
  data_selector: items
  pagination: { type: offset, limit: 2, total_path: total }
resources:
  - name: lines
    path: orders/{order_id}/lines
    primary_key: id
    parent: { resource: orders, bind: { order_id: id }, include: [id, name] }
${child}
  - name: orders
    primary_key: id
${orders}
`;

const endpoints = (text: string) => readConfig(text, 'xano.yaml').endpoints;
const asked = ({ received }: { readonly received: readonly Received[] }) =>
  received.map(({ url }) => decodeURIComponent(url)).filter((url) => /lines/.test(url));
const LINES = [
  { id: '11', _orders_id: '1', _orders_name: 'first', text: null },
  { id: '12', _orders_id: '1', _orders_name: 'first', text: 'x' },
  { id: '13', _orders_id: '1', _orders_name: 'first', text: null },
  { id: '31', _orders_id: '3', _orders_name: 'third', text: null },
];
const linesOf = (file: string) =>
  query(file, 'SELECT id, _orders_id, _orders_name, text FROM xano_data.lines ORDER BY id');

describe('a child list', () => {
  it.each([1, 4])(
    'is read for each parent record after the parents, into one table that is proved: %i at a time',
    async (concurrency) => {
      const server = await serveShop(shop());
      const file = temporaryFile();
      const result = await loadInto(endpoints(config(server.origin)), file, { http: http(), concurrency });
      expect(result.report.resources).toMatchObject([
        { resource: 'orders', status: 'loaded', rows_written: 3 },
        {
          resource: 'lines',
          status: 'loaded',
          completeness: 'proved',
          rows_expected: 4,
          rows_read: 4,
          rows_written: 4,
          pages: 4,
          columns_added: ['_orders_id', '_orders_name', 'id', 'text'],
        },
      ]);
      expect(await linesOf(file)).toEqual(LINES);
      expect(asked(server).toSorted()).toEqual(
        [
          '/orders/1/lines?offset=0&limit=2',
          '/orders/1/lines?offset=2&limit=2',
          '/orders/2/lines?offset=0&limit=2',
          '/orders/3/lines?offset=0&limit=2',
        ].toSorted(),
      );
      // The types are those that the parent has.
      expect(
        await values(file, 'SELECT DISTINCT typeof(_orders_id) || typeof(_orders_name) FROM xano_data.lines'),
      ).toEqual(['BIGINTVARCHAR']);
    },
  );

  it('is bound in parameters and in the body, where a value is never a variable', async () => {
    const parents = [{ id: '${SECRET}/..?&' }, { id: 'ä b' }, { id: null }];
    const server = await serve(({ url }) =>
      url.startsWith('/orders') ? { body: parents } : { body: [{ n: 1 }] },
    );
    const text = `
client: { base_url: '${server.origin}', pagination: single_page, data_selector: '' }
resources:
  - orders
  - name: lines
    path: at/{id}
    params: { of: 'x{id}' }
    body: { deep: ['{id}'], key: '\${KEY}' }
    parent: { resource: orders, bind: { id: id } }
`;
    const file = temporaryFile();
    const result = await loadInto(endpoints(text), file, { http: http() });
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      rows_written: 2,
      completeness: 'not_provable',
    });
    const sent = server.received
      .slice(1)
      .map(({ url, body }) => [new URL(url, 'http://x').searchParams.get('of'), url.split('?')[0], body]);
    expect(sent).toEqual([
      ['x${SECRET}/..?&', '/at/%24%7BSECRET%7D%2F..%3F%26', { deep: ['${SECRET}/..?&'], key: 'the-token' }],
      ['xä b', '/at/%C3%A4%20b', { deep: ['ä b'], key: 'the-token' }],
    ]);
  });

  it('is bound in a body with the type of the value, where it stands alone', async () => {
    const parents = [
      { id: 7, on: true },
      { id: 8, on: false },
    ];
    const server = await serve(({ url }) => ({ body: url === '/orders' ? parents : [{ n: 1 }] }));
    const text = `
client: { base_url: '${server.origin}', pagination: single_page, data_selector: '' }
resources:
  - orders
  - name: lines
    body: { id: '{id}', on: '{on}', text: '{id} {on}' }
    parent: { resource: orders, bind: { id: id, on: on } }
`;
    await loadInto(endpoints(text), temporaryFile(), { http: http() });
    expect(server.received.slice(1).map(({ body }) => body)).toEqual([
      { id: 7, on: true, text: '7 true' },
      { id: 8, on: false, text: '8 false' },
    ]);
  });

  it('has its open settings detected from the first lists that reveal them', async () => {
    const { orders, lines } = shop();
    const many = Array.from({ length: 7 }, (_, at) => ({ id: 100 + at }));
    const server = await serveShop({ orders, lines: { ...lines, 1: [], 3: many } });
    const text = config(server.origin)
      .replace('  data_selector: items\n', '')
      .replace(/ {2}pagination: .*\n/, '');
    const file = temporaryFile();
    const result = await loadInto(endpoints(text), file, { http: http() });
    expect(result.report.resources).toMatchObject([
      { status: 'loaded' },
      { status: 'loaded', rows_written: 7 },
    ]);
    expect(await values(file, 'SELECT id FROM xano_data.lines ORDER BY id')).toEqual(
      many.map(({ id }) => String(id)),
    );
  });

  it.each([
    ['[{ status: 404, action: ignore }]', { status: 'loaded', completeness: 'proved', rows_written: 4 }],
    ['[{ status: 404, action: error }]', { status: 'failed', error: { code: 'XANO_FAILED' } }],
    // 404 says that the parent has no list: a note, unless response says otherwise.
    [
      '[{ status: 410, action: ignore }]',
      { status: 'loaded', completeness: 'not_provable', parents_without_list: { count: 1 } },
    ],
  ])('follows response %s where one list is refused', async (response, outcome) => {
    const { lines, orders } = shop();
    const { 2: _, ...without } = lines;
    const server = await serveShop({ orders, lines: without });
    const result = await loadInto(
      endpoints(config(server.origin, `    response: ${response}`)),
      temporaryFile(),
      {
        http: http(),
      },
    );
    expect(result.report.resources[1]).toMatchObject(outcome);
  });

  it('is not provable without counts', async () => {
    const server = await serveShop({ ...shop(), counts: false });
    const result = await loadInto(endpoints(config(server.origin)), temporaryFile(), { http: http() });
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      completeness: 'not_provable',
      rows_written: 4,
    });
  });

  it('is not published where one list gives fewer rows than it counts', async () => {
    const short = (received: Received): Reply | undefined =>
      received.url.startsWith('/orders/3/') ? { body: { items: [{ id: 31 }], total: 2 } } : undefined;
    const server = await serveShop({
      ...shop(),
      instead: (received) =>
        /offset=1/.test(received.url) ? { body: { items: [], total: 2 } } : short(received),
    });
    const result = await loadInto(endpoints(config(server.origin)), temporaryFile(), { http: http() });
    expect(result.report.resources[1]).toMatchObject({
      status: 'failed',
      completeness: 'incomplete',
      rows_expected: 5,
      error: { code: 'INCOMPLETE' },
    });
  });

  it('is empty and proved for a parent without records', async () => {
    const server = await serveShop({ orders: [], lines: {} });
    const result = await loadInto(endpoints(config(server.origin)), temporaryFile(), { http: http() });
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_written: 0,
    });
  });

  it('drops deleted rows and keeps current ones in a merge', async () => {
    const { orders, lines } = shop();
    const server = await serveShop({ orders, lines });
    const file = temporaryFile();
    const merged = endpoints(config(server.origin, '    write_disposition: merge'));
    await loadInto(merged, file, { http: http() });
    lines[1] = [{ id: 11, text: 'new' }];
    const result = await loadInto(merged, file, { http: http() });
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_deleted: 2,
    });
    expect(
      await query(file, 'SELECT id, text FROM xano_data.lines WHERE _xano_deleted_at IS NULL ORDER BY id'),
    ).toEqual([
      { id: '11', text: 'new' },
      { id: '31', text: null },
    ]);
  });

  it('is not read where its parent was not loaded', async () => {
    const server = await serveShop({ ...shop(), instead: () => ({ status: 400, body: { message: 'no' } }) });
    const result = await loadInto(endpoints(config(server.origin)), temporaryFile(), { http: http() });
    expect(result.report.resources).toMatchObject([
      { resource: 'orders', status: 'failed' },
      {
        resource: 'lines',
        status: 'skipped',
        error: {
          code: 'XANO_FAILED',
          message: 'It depends on "orders", which was not loaded.',
        },
      },
    ]);
  });

  it('is refused where it refers to a column that the parent lacks', async () => {
    const server = await serveShop(shop());
    const text = config(server.origin).replace('include: [id, name]', 'include: [id, nmae]');
    const result = await loadInto(endpoints(text), temporaryFile(), { http: http() });
    expect(result.report.resources[1]?.error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: '"lines" refers to column "nmae" of "orders", which does not exist.',
    });
  });
});

describe('an interrupted list of many parents', () => {
  /** Breaks off with the request of this address. */
  async function broken(at: string, change: (shop: Shop) => void = () => {}) {
    const file = temporaryFile();
    const all = shop();
    let down = true;
    const server = await serveShop({
      ...all,
      instead: ({ url }) => (down && url.startsWith(at) ? { status: 503, body: '' } : undefined),
    });
    const configs = endpoints(config(server.origin));
    const first = await loadInto(configs, file, { http: http() });
    expect(first.report.resources[1]).toMatchObject({ status: 'failed', rows_written: 0 });
    down = false;
    change(all);
    server.received.length = 0;
    const result = await loadInto(configs, file, { http: http() });
    return { result, file, asked: asked(server) };
  }

  it('continues after the finished parents', async () => {
    const { result, file, asked: urls } = await broken('/orders/3/');
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
      rows_expected: 4,
    });
    expect(urls).toEqual(['/orders/3/lines?offset=0&limit=2']);
    expect(await linesOf(file)).toEqual(LINES);
  });

  it('continues in the middle of a list', async () => {
    const { result, file, asked: urls } = await broken('/orders/1/lines?offset=2');
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
    });
    // The page that was read last is looked at once more.
    expect(urls[1]).toBe('/orders/1/lines?offset=2&limit=2');
    expect(urls).toHaveLength(4);
    expect(await linesOf(file)).toEqual(LINES);
  });

  it('stores the names of variables, and not their values', async () => {
    const file = temporaryFile();
    const server = await serveShop({
      ...shop(),
      instead: ({ url }) =>
        url.startsWith('/orders/1/lines') && /offset=2/.test(url) ? { status: 503, body: '' } : undefined,
    });
    const text = config(server.origin, '    headers: { x-key: "${KEY}" }\n    params: { key: "${KEY}" }');
    const result = await loadInto(endpoints(text), file, { http: clientWith('the-S3CR3T', fakeClock()) });
    expect(result.report.resources[1]).toMatchObject({ status: 'failed', error: { code: 'XANO_FAILED' } });
    expect(server.received.at(-1)).toMatchObject({ headers: { 'x-key': 'the-S3CR3T' } });
    expect(server.received.at(-1)?.url).toContain('key=the-S3CR3T');
    expect(JSON.stringify([result.report, result.events])).not.toContain('S3CR3T');
    for (const kept of [file, `${file}.staging`])
      expect(readFileSync(kept).includes('S3CR3T'), kept).toBe(false);
    expect(readFileSync(`${file}.staging`).includes('${KEY}')).toBe(true);
  });

  it('restarts where the parents have changed', async () => {
    const { result, file } = await broken('/orders/3/', ({ orders, lines }) => {
      orders.push({ id: 0, name: 'zero' });
      lines[0] = [{ id: 1 }];
    });
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: false,
    });
    expect(eventsOf(result, 'read_differently').map(({ reason }) => reason)).toEqual([
      'the records of "orders" have changed',
    ]);
    expect(await values(file, 'SELECT id FROM xano_data.lines ORDER BY id')).toEqual([
      '1',
      '11',
      '12',
      '13',
      '31',
    ]);
  });
});

describe('a parent', () => {
  const said = (text: string) => {
    const { code, message } = thrownBy(() => endpoints(text));
    expect(code).toBe('CONFIG_INVALID');
    return message.replace('xano.yaml is not valid. ', '');
  };
  const BASE = 'client: { base_url: https://x.xano.io }\nresources:\n  - orders\n  - name: lines\n';

  it.each([
    [
      '    path: o/{id}/l\n    parent: { resource: order, bind: { id: id } }',
      'Line 6: resources[1].parent.resource is not a resource of this file; allowed are orders, lines; did you mean "orders"?',
    ],
    [
      '    path: o/{id}/{other}\n    parent: { resource: orders, bind: { id: id } }',
      'Line 5: resources[1].path contains {other}, which parent.bind does not define.',
    ],
    [
      '    parent: { resource: orders, bind: { id: id } }',
      'Line 5: resources[1].parent.bind.id is not used: write {id} in path, params or body.',
    ],
    [
      '    response: [{ status: 404, action: ignore }]',
      'Line 5: resources[1].response only applies to resources with a parent.',
    ],
    [
      '    path: "{a}"\n    parent: { resource: orders, bind: { a: id }, includes: [id] }',
      'Line 6: resources[1].parent.includes is not a known field; allowed are resource, bind, include; did you mean "include"?',
    ],
  ])('is refused: %j', (rest, message) => {
    expect(said(`${BASE}${rest}`)).toBe(message);
  });

  it('cannot be the list itself, directly or indirectly, or a list that is not loaded', () => {
    const text = `client: { base_url: https://x.xano.io }
resources:
  - { name: a, path: '{x}', parent: { resource: b, bind: { x: id } } }
  - { name: b, path: '{x}', parent: { resource: a, bind: { x: id } } }`;
    const both = endpoints(text);
    expect(thrownBy(() => planLoad(both, 'd', foldName))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'Parents form a cycle: a → b → a.',
    });
    expect(thrownBy(() => planLoad(both.slice(0, 1), 'd', foldName))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: '"a" depends on "b", which is not part of this load.',
    });
  });

  it('cannot bind a masked column', () => {
    const masked = endpoints(`client: { base_url: https://x.xano.io }
resources:
  - { name: users, mask: { email: redact } }
  - { name: notes, path: 'notes/{who}', parent: { resource: users, bind: { who: email } } }`);
    expect(thrownBy(() => planLoad(masked, 'd', foldName))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: '"notes" binds "users"."email", which is masked.',
    });
  });
});
