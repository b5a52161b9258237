/**
 * Lists whose configs leave open how they are read: settled by asking, told, loaded whole, and gone on with
 * as they were begun.
 */
import { describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { rowsIn } from '../../../src/sandbox/data/rows.js';
import type { LocalXano } from '../../../src/sandbox/server.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith, localXano, tableOf } from '../../fixtures/local-xano.js';
import { byOffset, byPage, row } from '../../rest/detect/shapes.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { eventsOf, loadInto, temporaryFile, values } from '../loading.js';

const http = () => clientWith('unneeded', fakeClock());

/** A config that says where a list is, and nothing more. */
const open = (base_url: string, path: string, more: object = {}): EndpointConfig =>
  parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: path.slice(1),
        base_url,
        path,
        method: 'GET',
        primary_key: ['id'],
        pagination: { type: 'auto' },
        auth: { type: 'none' },
        ...more,
      },
    ],
  })[0]!;

const storefront = (xano: LocalXano, path: string) => open(`${xano.instances[0]!.origin}/api:Lh0JwImX`, path);
const rowIds = (file: string, table: string) => values(file, `SELECT id FROM xano_data.${table} ORDER BY id`);

describe('a list of an API group without pagination settings', () => {
  it.each([
    ['merchant', 12, 'data', 'page_number', 'proved'],
    ['products', 1000, 'items', 'page_number', 'proved'],
    ['categories', 8, '', 'single_page', 'not_provable'],
    ['orders', 5000, 'orders.items', 'page_number', 'proved'],
  ] as const)('is loaded completely: %s', async (name, count, data_selector, pagination, completeness) => {
    const xano = await localXano({});
    const file = temporaryFile();
    const result = await loadInto([storefront(xano, `/${name}`)], file, { http: http() });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness,
      rows_written: count,
      read_by: pagination,
      requests: xano.requests.length,
    });
    const wanted = rowsIn(tableOf(xano, name), 'live').sorted.map(({ key }) => String(key));
    expect(await rowIds(file, name)).toEqual(wanted);
    expect(eventsOf(result, 'detected')).toEqual([
      { type: 'detected', resource: name, data_selector, pagination, reason: expect.any(String) },
    ]);
    expect(eventsOf(result, 'page_size_limited')).toEqual([]);
  });

  it('fails rather than load its first page alone, where no request brings the second', async () => {
    const xano = await localXano({});
    const result = await loadInto([storefront(xano, '/customers')], temporaryFile(), { http: http() });
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      rows_written: 0,
      error: { code: 'PAGINATION_LOOP', message: expect.stringContaining('has more than the 20 records') },
    });
    expect(eventsOf(result, 'detected')).toEqual([]);
  });

  it('fails alone where the answer has no list', async () => {
    const xano = await localXano({});
    const result = await loadInto(
      [storefront(xano, '/products/1'), storefront(xano, '/categories')],
      temporaryFile(),
      {
        http: http(),
      },
    );
    expect(result.report.resources.map(({ status, error }) => [status, error?.code])).toEqual([
      ['failed', 'SELECTOR_EMPTY'],
      ['loaded', undefined],
    ]);
  });
});

describe('an interrupted load of a detected list', () => {
  const answers = byOffset(({ items, total }) => ({ items, total }));

  /** A server of 250 records that fails from the n-th request on, until it is repaired. */
  async function failing(from: number) {
    const state = { broken: true, answer: answers(250) };
    const server = await serve(
      (received, n): Reply =>
        state.broken && n >= from ? { status: 503, body: '' } : state.answer(received),
    );
    return { server, state };
  }

  it('continues as it was begun, without a second detection', async () => {
    // Three answers to find out, two pages of a hundred.
    const { server, state } = await failing(5);
    const config = open(server.origin, '/list');
    const file = temporaryFile();
    const broken = await loadInto([config], file, { http: http() });
    expect(broken.onlyTable).toMatchObject({ status: 'failed', rows_read: 200, read_by: 'offset' });
    state.broken = false;
    const before = server.received.length;
    const result = await loadInto([config], file, { http: http() });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
      rows_written: 250,
    });
    expect(eventsOf(result, 'detected').map(({ reason }) => reason)).toEqual([
      'the saved rows of the previous load were read that way',
    ]);
    // The place of the last row, and from there on.
    expect(server.received.slice(before, before + 2).map(({ url }) => url)).toEqual([
      '/list?offset=199&limit=1',
      '/list?offset=200&limit=100',
    ]);
    expect(await rowIds(file, 'list')).toEqual(Array.from({ length: 250 }, (_, i) => String(i + 1)));
  });

  it('starts from the beginning and detects again with restart', async () => {
    const { server, state } = await failing(5);
    const config = open(server.origin, '/list');
    const file = temporaryFile();
    await loadInto([config], file, { http: http() });
    state.broken = false;
    state.answer = byPage(({ items, next }) => ({ data: items, nextPage: next }))(120);
    const result = await loadInto([config], file, { http: http(), restart: true });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', rows_written: 120, read_by: 'page_number' });
    expect(
      eventsOf(result, 'detected').map(({ data_selector, pagination }) => [data_selector, pagination]),
    ).toEqual([['data', 'page_number']]);
  });

  it('leaves nothing behind before the detection is done', async () => {
    const { server, state } = await failing(1);
    const config = open(server.origin, '/list');
    const file = temporaryFile();
    const broken = await loadInto([config], file, { http: http() });
    expect(broken.onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 0,
      error: { code: 'XANO_FAILED' },
    });
    state.broken = false;
    const result = await loadInto([config], file, { http: http() });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', resumed: false, rows_written: 250 });
  });
});

it('a single page that becomes several is detected again by the next load', async () => {
  let list: unknown[] = [1, 2, 3].map(row);
  const server = await serve(({ url }) => {
    const page = Number(new URL(url, 'http://x').searchParams.get('page') ?? 1);
    return { body: page === 1 || list.length <= 3 ? list.slice(0, 5) : list.slice((page - 1) * 5, page * 5) };
  });
  const config = open(server.origin, '/list');
  const file = temporaryFile();
  expect((await loadInto([config], file, { http: http() })).onlyTable).toMatchObject({
    read_by: 'single_page',
    rows_written: 3,
  });
  list = Array.from({ length: 12 }, (_, i) => row(i + 1));
  expect((await loadInto([config], file, { http: http() })).onlyTable).toMatchObject({
    read_by: 'page_number',
    rows_written: 12,
  });
});
