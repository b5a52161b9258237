/** How large pages may be is learned once for all tables of a server, and once for each endpoint. */
import { describe, expect, it } from 'vitest';
import type { LoadOptions } from '../../../src/load/load-options.js';
import { readConfig } from '../../../src/rest/config/config-file.js';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { field } from '../../../src/sandbox/data/define.js';
import type { FaultAnswer } from '../../../src/sandbox/faults.js';
import type { LocalXanoOptions } from '../../../src/sandbox/server.js';
import { sql } from '../../destinations/duckdb.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientOf, clientWith, localXano, searches } from '../../fixtures/local-xano.js';
import { items, officeOf, rawTable } from '../../fixtures/office.js';
import { serve } from '../../rest/http/serving.js';
import { configsOf, eventsOf, loadInto, query, temporaryFile, values } from '../loading.js';
import { openOffice } from '../open-office.js';

const MANY = Array.from({ length: 300 }, (_, at) => at + 1);
const tables = () => [items(MANY, 'first', 51), items(MANY, 'second', 52)];
const sizes = (requests: Parameters<typeof searches>[0]) =>
  (searches(requests) as { per_page: number }[]).map(({ per_page }) => per_page).filter((size) => size > 1);
/** A config whose pages may grow from one size to another. */
const growing = (config: EndpointConfig, page_size: number, max_page_size: number): EndpointConfig => ({
  ...config,
  pagination: { ...config.pagination, page_size, max_page_size } as EndpointConfig['pagination'],
});
/** What is remembered of tables of a server. */
const tablesOf = (origin: string) => `${new URL(origin).host}/api:meta/workspace/*/table/*/content/search`;

it.each([
  ['refused', { max_per_page: 150 }, [400, 200, 100, 100, 100], 100],
  ['clamped', { clamp_per_page: 120 }, [400, 400, 120], 120],
])(
  'a page limit that is %s costs one request: none for the next table, nor in the next load',
  async (_, server, first, size) => {
    const { xano, file, load } = await openOffice({ tables: tables(), server, page_size: 400 });
    const result = await load();
    const second = Array.from({ length: Math.ceil(300 / size) }, () => size);
    expect(sizes(xano.requests)).toEqual([...first, ...second]);
    expect(eventsOf(result, 'page_size_limited')).toEqual([
      { type: 'page_size_limited', resource: 'first', page_size: size },
    ]);
    expect(result.report.resources.map(({ completeness, rows_total }) => [completeness, rows_total])).toEqual(
      [
        ['proved', 300],
        ['proved', 300],
      ],
    );
    const host = tablesOf(xano.instances[0]!.origin);
    expect(await query(file, 'SELECT url_template, page_size FROM _xano.servers')).toEqual([
      { url_template: host, page_size: String(size) },
    ]);
    const again = await load();
    expect(sizes(xano.requests)).toEqual([...second, ...second]);
    expect(eventsOf(again, 'page_size_limited')).toEqual([]);
  },
);

it('a page limit belongs to one endpoint: the others, and the tables of the same host, keep their pages', async () => {
  const asked: string[] = [];
  const { origin } = await serve(({ url }) => {
    const { pathname, searchParams } = new URL(url, 'http://x');
    const [page, size] = ['page', 'per_page'].map((name) => Number(searchParams.get(name)));
    if (size! > 1) asked.push(`${pathname} ${size}`);
    const most = pathname.startsWith('/api:shop/small') ? 10 : 1000;
    return {
      body: MANY.slice((page! - 1) * Math.min(size!, most))
        .slice(0, Math.min(size!, most))
        .map((id) => ({ id })),
    };
  });
  const text = `client: { base_url: ${origin}, data_selector: '', pagination: { type: page_number, page_size: 200 } }
resources: [api:shop/small/1, api:shop/large, api:meta/table/7, api:shop/small/2]`;
  const http = clientWith('t', fakeClock());
  const result = await loadInto(readConfig(text, 'xano.yaml').endpoints, temporaryFile(), { http });
  expect(eventsOf(result, 'page_size_limited')).toEqual([
    { type: 'page_size_limited', resource: 'api:shop/small/1', page_size: 10 },
  ]);
  expect(result.report.resources.map(({ rows_total }) => rows_total)).toEqual([300, 300, 300, 300]);
  expect([...new Set(asked)]).toEqual([
    '/api:shop/small/1 200',
    '/api:shop/large 200',
    '/api:meta/table/7 200',
    '/api:shop/small/2 10',
  ]);
});

it('a page limit is tried again after seven days, and may be gone then', async () => {
  const server = { max_per_page: 10_000 };
  const { xano, file, load } = await openOffice({ tables: tables(), server, page_size: 400 });
  await load();
  const host = tablesOf(xano.instances[0]!.origin);
  const server_limits = async (days: number) => {
    await sql(file, 'DELETE FROM _xano.servers');
    await sql(file, `INSERT INTO _xano.servers VALUES ('${host}', 100, now() - INTERVAL ${days} DAY)`);
  };
  await server_limits(6);
  await load();
  expect(sizes(xano.requests)).toEqual([100, 100, 100, 100, 100, 100]);
  // Being used does not make it younger.
  expect(await query(file, 'SELECT learned_at < now() - INTERVAL 5 DAY AS old FROM _xano.servers')).toEqual([
    { old: true },
  ]);
  await server_limits(8);
  await load();
  expect(sizes(xano.requests)).toEqual([400, 400]);
});

it('a load learns no page limit where a table is refused in any size', async () => {
  const { xano, file, load } = await openOffice({ tables: tables(), page_size: 400 });
  const answer: FaultAnswer = { kind: 'status', status: 400 };
  xano.fail({ path: '/table/51/content/search', times: Number.POSITIVE_INFINITY, answer });
  const result = await load();
  expect(result.report.resources.map(({ status, read_by }) => [status, read_by])).toEqual([
    ['loaded', 'page_number'],
    ['loaded', 'keyset'],
  ]);
  expect(eventsOf(result, 'page_size_limited')).toEqual([]);
  const second = xano.requests.filter(({ path }) => path.endsWith('/table/52/content/search'));
  expect(sizes(second)).toEqual([400]);
  expect(await query(file, 'FROM _xano.servers')).toEqual([]);
});

it('a short page at the end, or one in the middle, does not set a page limit', async () => {
  const { xano, file, load } = await openOffice({ tables: tables(), page_size: 70 });
  const rewrite = (body: string) => {
    const page = JSON.parse(body) as { items: unknown[] };
    return JSON.stringify({ ...page, items: page.items.slice(0, 60) });
  };
  xano.fail({ path: '/table/51/content/search', skip: 2, answer: { kind: 'rewrite', rewrite } });
  const result = await load();
  expect(result.report.resources.map(({ completeness }) => completeness)).toEqual(['proved', 'proved']);
  expect(eventsOf(result, 'page_size_limited')).toEqual([]);
  expect(await query(file, 'FROM _xano.servers')).toEqual([]);
});

describe('pages that grow', () => {
  /** The items 1 to 300, read in pages of 20 that may grow to 160. */
  async function setting(server: Omit<LocalXanoOptions, 'instances'> = {}) {
    const xano = await localXano({ instances: [officeOf(items(MANY))], ...server });
    const configs = (await configsOf(xano, ['items'])).map((config) => growing(config, 20, 160));
    const file = temporaryFile();
    const load = (options: Partial<LoadOptions> = {}) =>
      loadInto(configs, file, { http: clientOf(xano), ...options });
    return { xano, configs, file, load };
  }
  const idsOf = async (file: string) =>
    (await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).map(Number);

  it('double until they are as large as they may be', async () => {
    const { xano, file, load } = await setting();
    expect((await load()).onlyTable).toMatchObject({ completeness: 'proved', pages: 4, requests: 6 });
    expect(sizes(xano.requests)).toEqual([20, 40, 80, 160]);
    expect(await idsOf(file)).toEqual(MANY);
  });

  it('stop where the server refuses more, which is remembered, and no row is read twice', async () => {
    const { xano, file, load } = await setting({ max_per_page: 50 });
    const first = await load();
    expect(first.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 300 });
    expect(sizes(xano.requests)).toEqual([20, 40, 80, 40, 40, 40, 40, 40, 40]);
    expect(eventsOf(first, 'read_differently')).toEqual([]);
    expect(eventsOf(first, 'page_size_limited')).toEqual([
      { type: 'page_size_limited', resource: 'items', page_size: 40 },
    ]);
    xano.clearRequests();
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 300 });
    expect(sizes(xano.requests)).toEqual([20, 40, 40, 40, 40, 40, 40, 40]);
    expect(await idsOf(file)).toEqual(MANY);
  });

  it('stop where the server gives no more, which is remembered', async () => {
    const { xano, file, load } = await setting({ clamp_per_page: 50 });
    const first = await load();
    expect(first.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 300 });
    expect(sizes(xano.requests)).toEqual([20, 40, 80, 80, 50, 50, 50]);
    expect(eventsOf(first, 'page_size_limited')).toEqual([
      { type: 'page_size_limited', resource: 'items', page_size: 50 },
    ]);
    xano.clearRequests();
    expect((await load()).onlyTable).toMatchObject({ completeness: 'proved', rows_read: 300 });
    expect(sizes(xano.requests)).toEqual([20, 40, 50, 50, 50, 50, 50]);
    expect(await idsOf(file)).toEqual(MANY);
  });

  it.each<[string, FaultAnswer]>([
    ['status 500', { kind: 'status', status: 500 }],
    ['status 504', { kind: 'status', status: 504, body: '<html>Gateway Timeout</html>' }],
    ['status 408', { kind: 'status', status: 408 }],
    ['a connection that is cut', { kind: 'reset' }],
    ['an answer that ends in the middle', { kind: 'truncate' }],
    ['half an answer, as if it were all', { kind: 'cut_json' }],
  ])('stop where the server answers with %s, which is retried and not remembered', async (_, answer) => {
    const { xano, file, load } = await setting();
    xano.fail({ body_includes: '"per_page":80', times: Number.POSITIVE_INFINITY, answer });
    const result = await load();
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 300 });
    expect(sizes(xano.requests)).toEqual([20, 40, 80, 80, 40, 40, 40, 40, 40, 40]);
    expect([eventsOf(result, 'page_size_limited'), eventsOf(result, 'read_differently')]).toEqual([[], []]);
    expect(await query(file, 'FROM _xano.servers')).toEqual([]);
    expect(await idsOf(file)).toEqual(MANY);
  });

  it('shrink for long rows, which does not set a limit of the server', async () => {
    const long = MANY.slice(0, 25).map(
      (id) => `{"id":${id},"name":"${String(id).repeat(700_000).slice(0, 700_000)}"}`,
    );
    const fields = [field('id', 'int'), field('name', 'text')];
    const xano = await localXano({ instances: [officeOf(rawTable('items', fields, long, 51))] });
    const configs = (await configsOf(xano, ['items'])).map((config) => growing(config, 8, 160));
    const file = temporaryFile();
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 25 });
    expect(sizes(xano.requests)).toEqual([8, 5, 5, 5, 5]);
    expect(eventsOf(result, 'page_size_limited')).toEqual([]);
    expect(await query(file, 'FROM _xano.servers')).toEqual([]);
  });

  it('learn no limit from a server that refuses to compare keys', async () => {
    const xano = await localXano({ uuid_comparison: false });
    const configs = (await configsOf(xano, ['customers'])).map((config) => growing(config, 300, 1200));
    const file = temporaryFile();
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({
      completeness: 'proved',
      read_by: 'page_number',
      rows_written: 800,
    });
    expect(eventsOf(result, 'page_size_limited')).toEqual([]);
    expect(await query(file, 'FROM _xano.servers')).toEqual([]);
  });

  it('continue an interrupted load with the page size that is chosen now', async () => {
    const { xano, configs, file, load } = await setting();
    xano.fail({ path: '/content/search', skip: 3, answer: { kind: 'status', status: 403 } });
    expect((await load()).onlyTable).toMatchObject({ status: 'failed', rows_read: 60 });
    xano.clearRequests();
    const chosen = await configsOf(xano, ['items'], 10);
    const second = await loadInto(chosen, file, { http: clientOf(xano) });
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', resumed: true, pages: 24 });
    expect(sizes(xano.requests)).toEqual(Array.from({ length: 24 }, () => 10));
    expect(configs[0]!.pagination).toMatchObject({ page_size: 20, max_page_size: 160 });
    expect(await idsOf(file)).toEqual(MANY);
  });

  it('of a size chosen for an interrupted load do not set a limit of the server', async () => {
    const { xano, file, load } = await setting();
    xano.fail({ path: '/content/search', skip: 3, answer: { kind: 'status', status: 403 } });
    const small = await configsOf(xano, ['items'], 5);
    const first = await loadInto(small, file, { http: clientOf(xano) });
    expect(first.onlyTable).toMatchObject({ status: 'failed', rows_read: 10 });
    xano.clearRequests();
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', resumed: true });
    expect(eventsOf(second, 'page_size_limited')).toEqual([]);
    expect(await query(file, 'FROM _xano.servers')).toEqual([]);
    expect(await idsOf(file)).toEqual(MANY);
    xano.clearRequests();
    await load();
    expect(sizes(xano.requests).slice(0, 2)).toEqual([20, 40]);
  });

  it('keep the size of the interrupted load where pages are numbered, which does not set a limit of the server', async () => {
    const xano = await localXano({ uuid_comparison: false });
    const file = temporaryFile();
    const client = clientOf(xano);
    const [small, large] = [
      await configsOf(xano, ['customers'], 50),
      await configsOf(xano, ['customers'], 200),
    ];
    xano.fail({ path: '/content/search', skip: 5, answer: { kind: 'status', status: 403 } });
    const first = await loadInto(small, file, { http: client });
    expect(first.onlyTable).toMatchObject({ status: 'failed', read_by: 'page_number' });
    xano.clearRequests();
    const second = await loadInto(large, file, { http: client });
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', resumed: true, rows_total: 800 });
    expect(new Set(sizes(xano.requests))).toEqual(new Set([50]));
    expect(eventsOf(second, 'page_size_limited')).toEqual([]);
    expect(await query(file, 'FROM _xano.servers')).toEqual([]);
  });
});
