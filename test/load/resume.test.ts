/** A load that ends in the middle, and the one that goes on with it. */
import { describe, expect, it } from 'vitest';
import { XanoError } from '../../src/errors.js';
import { field } from '../../src/sandbox/data/define.js';
import { deleteRow, rowsIn } from '../../src/sandbox/data/rows.js';
import type { LocalXano } from '../../src/sandbox/server.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientOf, clientWith, localXano, searches, tableOf } from '../fixtures/local-xano.js';
import { items, officeOf, rawTable } from '../fixtures/office.js';
import { serveJson } from '../rest/http/serving.js';
import { itemsConfig } from './items-config.js';
import { configsOf, eventsOf, idsIn, loadInto, query, temporaryFile, values } from './loading.js';

const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const asc = { id: 'asc' };

async function ten(page_size = 3) {
  const xano = await localXano({ instances: [officeOf(items(TEN))] });
  return { xano, configs: await configsOf(xano, ['items'], page_size), file: temporaryFile() };
}

/**
 * Loads, and stops when the server has read the request after so many others: what was answered before is
 * staged by then.
 */
async function stopAfter(
  requests: number,
  { xano, configs, file }: Awaited<ReturnType<typeof ten>>,
  reason?: XanoError,
) {
  const stop = new AbortController();
  const rewrite = (body: string) => {
    stop.abort(reason);
    return body;
  };
  xano.fail({ path: '/content/search', skip: requests, answer: { kind: 'rewrite', rewrite } });
  const result = await loadInto(configs, file, { http: clientOf(xano, stop.signal), signal: stop.signal });
  xano.clearRequests();
  return result;
}

describe('a load that is stopped', () => {
  it.each([
    ['with a reason of its own', new XanoError('INTERRUPTED', 'Ctrl-C.'), 'Ctrl-C.'],
    ['without a reason', undefined, 'The load was stopped.'],
  ])('%s keeps its pages, and the next load continues after the last of them', async (_, reason, message) => {
    const setting = await ten();
    const { xano, configs, file } = setting;
    const first = await stopAfter(3, setting, reason);
    expect(first.report).toMatchObject({
      status: 'interrupted',
      resources: [{ status: 'skipped', rows_read: 6, rows_written: 0 }],
    });
    expect(first.onlyTable.error).toEqual({
      code: 'INTERRUPTED',
      message,
      hint: 'Run the same command again: it continues where it stopped.',
    });

    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(eventsOf(second, 'resource_started')).toEqual([
      { type: 'resource_started', resource: 'items', resumed_rows: 6 },
    ]);
    expect(searches(xano.requests)).toEqual([
      { page: 1, per_page: 1, sort: { id: 'desc' } },
      { page: 1, per_page: 3, sort: asc, search: [{ 'id|>': 6 }, { 'id|<': 11 }] },
      { page: 1, per_page: 3, sort: asc, search: [{ 'id|>': 9 }, { 'id|<': 11 }] },
      { page: 1, per_page: 1, sort: asc, search: [{ 'id|<': 11 }] },
    ]);
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
      rows_expected: 10,
      rows_read: 10,
      rows_written: 10,
      pages: 2,
    });
    expect(await idsIn(file)).toEqual(TEN);
    expect(await values(file, 'SELECT DISTINCT _xano_load_id FROM xano_data.items')).toEqual([
      '20261121T120000Z-4f2a',
    ]);
  });

  it('leaves the old rows readable, and no staging once the next load is done', async () => {
    const setting = await ten();
    const { xano, configs, file } = setting;
    await loadInto(configs, file, { http: clientOf(xano), random: () => '0001' });
    deleteRow(rowsIn(tableOf(xano, 'items'), 'live'), 10n);
    xano.clearRequests();
    const stopped = await stopAfter(3, setting);
    expect(stopped.report.status).toBe('interrupted');
    expect(await idsIn(file)).toEqual(TEN);
    expect(await values(file, 'SELECT DISTINCT _xano_load_id FROM xano_data.items')).toEqual([
      '20261121T120000Z-0001',
    ]);
    const third = await loadInto(configs, file, { http: clientOf(xano), random: () => '0003' });
    expect(third.onlyTable).toMatchObject({ resumed: true, rows_written: 9, rows_deleted: 1 });
    const fourth = await loadInto(configs, file, { http: clientOf(xano), random: () => '0004' });
    expect(fourth.onlyTable).toMatchObject({ resumed: false, rows_read: 9, rows_written: 9 });
  });

  it('starts from the beginning with restart', async () => {
    const setting = await ten();
    const { xano, configs, file } = setting;
    await stopAfter(3, setting);
    const second = await loadInto(configs, file, { http: clientOf(xano), restart: true });
    expect(second.onlyTable).toMatchObject({ resumed: false, rows_read: 10, rows_written: 10, pages: 4 });
    expect(searches(xano.requests)[0]).toEqual({ page: 1, per_page: 3, sort: asc });
    expect(await idsIn(file)).toEqual(TEN);
  });

  it('restarts where the columns have changed since', async () => {
    const setting = await ten();
    const { xano, configs, file } = setting;
    await stopAfter(3, setting);
    const changed = configs.map((config) => ({ ...config, columns: config.columns!.slice(0, 1) }));
    const second = await loadInto(changed, file, { http: clientOf(xano) });
    expect(second.onlyTable).toMatchObject({ resumed: false, rows_read: 10, columns_added: ['name'] });
    expect(await idsIn(file)).toEqual(TEN);
  });

  it('continues where rows were deleted in between, and reads their range again', async () => {
    const setting = await ten();
    const { xano, configs, file } = setting;
    await stopAfter(3, setting);
    deleteRow(rowsIn(tableOf(xano, 'items'), 'live'), 2n);
    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(second.onlyTable).toMatchObject({
      resumed: true,
      completeness: 'proved',
      rows_expected: 9,
      rows_read: 12,
      rows_written: 9,
    });
    expect(await idsIn(file)).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('continues after the last row even where its last page was empty', async () => {
    const { xano, configs, file } = await ten(5);
    // nextPage is never null, no total is told, so an empty page ends the list; then the count is refused.
    const rewrite = (body: string) =>
      body.replace('"nextPage":null', '"nextPage":2').replace(/"itemsTotal":\d+,/, '');
    xano.fail({
      path: '/content/search',
      body_includes: '"per_page":5',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'rewrite', rewrite },
    });
    xano.fail({
      path: '/content/search',
      body_includes: '"per_page":1,"sort":{"id":"asc"}',
      answer: { kind: 'status', status: 403 },
    });
    const first = await loadInto(configs, file, { http: clientOf(xano) });
    expect(first.onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 10,
      pages: 3,
      error: { code: 'SCOPE_MISSING' },
    });
    xano.clearRequests();
    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(searches(xano.requests)[1]).toEqual({
      page: 1,
      per_page: 5,
      sort: asc,
      search: [{ 'id|>': 10 }, { 'id|<': 11 }],
    });
    expect(second.onlyTable).toMatchObject({
      resumed: true,
      completeness: 'proved',
      rows_read: 10,
      rows_written: 10,
    });
    expect(await idsIn(file)).toEqual(TEN);
  });

  it('keeps its rows where the server fails in the middle, and does not read in another way', async () => {
    const { xano, configs, file } = await ten();
    xano.fail({ path: '/content/search', skip: 3, times: 6, answer: { kind: 'status', status: 500 } });
    const first = await loadInto(configs, file, { http: clientOf(xano) });
    expect(first.onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 6,
      read_by: 'keyset',
      error: { code: 'XANO_FAILED' },
    });
    expect(eventsOf(first, 'read_differently')).toEqual([]);
    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(second.onlyTable).toMatchObject({ resumed: true, rows_read: 10, completeness: 'proved' });
    expect(await idsIn(file)).toEqual(TEN);
  });
});

describe('a token that expires in the middle', () => {
  it('fails its table, skips the others, and a new token continues with the rows', async () => {
    const xano = await localXano({ instances: [officeOf(items(TEN), items([1, 2], 'others', 53))] });
    const configs = await configsOf(xano, ['items', 'others'], 3);
    const file = temporaryFile();
    const token = xano.issueToken();
    const rewrite = (body: string) => {
      xano.revoke(token);
      return body;
    };
    xano.fail({ path: '/content/search', skip: 2, answer: { kind: 'rewrite', rewrite } });
    const first = await loadInto(configs, file, { http: clientWith(token, fakeClock()), concurrency: 1 });
    const error = {
      code: 'TOKEN_REJECTED',
      message:
        'Xano does not accept the token: Invalid token (POST /api:meta/workspace/3/table/51/content/search).',
      hint: 'Copy the whole token again, or make a new one in Xano (Instances → Metadata API → Access Tokens).',
    };
    expect(first.report.status).toBe('failed');
    expect(
      first.report.resources.map((one) => [one.resource, one.status, one.requests, one.rows_read, one.error]),
    ).toEqual([
      ['items', 'failed', 4, 6, error],
      [
        'others',
        'skipped',
        0,
        0,
        {
          ...error,
          message: 'Not requested, because the server refused the login that it shares with "items".',
        },
      ],
    ]);

    const second = await loadInto(configs, file, { http: clientOf(xano), concurrency: 1 });
    expect(
      second.report.resources.map((one) => [one.resource, one.status, one.resumed, one.rows_written]),
    ).toEqual([
      ['items', 'loaded', true, 10],
      ['others', 'loaded', false, 2],
    ]);
    expect(await idsIn(file)).toEqual(TEN);
  });
});

describe('rows read by page number', () => {
  const uuids = [...'0123456789'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);
  const table = () =>
    rawTable(
      'keys',
      [field('id', 'uuid')],
      uuids.map((id) => `{"id":"${id}"}`),
    );

  it('continue by page numbers of the same size, whatever size is requested now', async () => {
    const xano = await localXano({ instances: [officeOf(table())], uuid_comparison: false });
    const file = temporaryFile();
    const three = await configsOf(xano, ['keys'], 3);
    xano.fail({
      path: '/content/search',
      body_includes: '"page":3',
      answer: { kind: 'status', status: 403 },
    });
    const first = await loadInto(three, file, { http: clientOf(xano) });
    expect(first.onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 6,
      rows_expected: 10,
      read_by: 'page_number',
    });
    xano.clearRequests();
    const second = await loadInto(await configsOf(xano, ['keys'], 4), file, { http: clientOf(xano) });
    expect(searches(xano.requests)).toEqual([
      // The last row that was kept is still where it was.
      { page: 6, per_page: 1, sort: asc },
      { page: 3, per_page: 3, sort: asc },
      { page: 4, per_page: 3, sort: asc },
      { page: 10, per_page: 1, sort: asc },
      { page: 1, per_page: 1, sort: asc },
    ]);
    expect(eventsOf(second, 'read_differently')).toEqual([
      {
        type: 'read_differently',
        resource: 'keys',
        from: 'keyset',
        to: 'page_number',
        reason: 'the saved rows of the previous load were read that way',
      },
    ]);
    expect(
      eventsOf(second, 'page_read').map(({ rows_read, rows_expected }) => [rows_read, rows_expected]),
    ).toEqual([
      [9, 10],
      [10, 10],
    ]);
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
      read_by: 'page_number',
      rows_written: 10,
    });
    expect(await values(file, 'SELECT id FROM xano_data.keys ORDER BY id')).toEqual(uuids);
  });

  it('restart where their next page no longer exists', async () => {
    const xano = await localXano({ instances: [officeOf(table())], uuid_comparison: false });
    const file = temporaryFile();
    const configs = await configsOf(xano, ['keys'], 3);
    xano.fail({
      path: '/content/search',
      body_includes: '"page":3',
      answer: { kind: 'status', status: 403 },
    });
    await loadInto(configs, file, { http: clientOf(xano) });
    xano.fail({
      path: '/content/search',
      body_includes: '"page":3',
      answer: { kind: 'status', status: 400, body: { message: 'no such page' } },
    });
    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: false,
      rows_read: 10,
      rows_written: 10,
    });
  });
});

describe('rows of a plain list without a stable order', () => {
  const THOUSAND = Array.from({ length: 1000 }, (_, at) => at + 1);

  /** A load of a thousand rows, a hundred a page, whose seventh page is refused: six hundred are kept. */
  async function broken() {
    const xano = await localXano({ instances: [officeOf(items(THOUSAND))], search: false });
    const [configs, file] = [await configsOf(xano, ['items'], 100), temporaryFile()];
    xano.fail({ path: '/content?page=7&per_page=100', answer: { kind: 'status', status: 403 } });
    const first = await loadInto(configs, file, { http: clientOf(xano) });
    expect(first.onlyTable).toMatchObject({ status: 'failed', rows_read: 600, read_by: 'page_number' });
    xano.clearRequests();
    const rows = rowsIn(tableOf(xano, 'items'), 'live');
    return { xano, file, rows, again: () => loadInto(configs, file, { http: clientOf(xano) }) };
  }
  const sizes = (xano: LocalXano): unknown[] =>
    xano.requests.map(({ query: asked }) => [Number(asked['page']), Number(asked['per_page'])]);

  it('are dropped where rows before the break were deleted since', async () => {
    const { file, rows, again } = await broken();
    // The list begins with the last ids: what is deleted was read, and what follows moves up by three pages.
    for (let id = 1000n; id > 700n; id--) deleteRow(rows, id);
    const second = await again();
    expect(eventsOf(second, 'read_differently')).toMatchObject([
      { from: 'keyset', to: 'page_number' },
      {
        type: 'read_differently',
        resource: 'items',
        from: 'where it stopped',
        to: 'the start',
        reason: 'Rows were added or deleted since the previous load, so page numbers refer to other rows.',
      },
      { from: 'keyset', to: 'page_number' },
    ]);
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: false,
      rows_expected: 700,
      rows_read: 700,
      rows_written: 700,
    });
    expect(await idsIn(file)).toEqual(THOUSAND.slice(0, 700));
  });

  it('are dropped where so many were deleted that their last position is empty', async () => {
    const { file, rows, again } = await broken();
    for (let id = 1000n; id > 200n; id--) deleteRow(rows, id);
    const second = await again();
    expect(second.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_written: 200 });
    expect(await idsIn(file)).toEqual(THOUSAND.slice(0, 200));
  });

  it('are kept where nothing moved', async () => {
    const { xano, file, again } = await broken();
    const second = await again();
    expect(sizes(xano)).toEqual([
      // The last row that is kept; the pages that were missing; the first rows of three of them; the count.
      [600, 1],
      [7, 100],
      [8, 100],
      [9, 100],
      [10, 100],
      [701, 1],
      [801, 1],
      [901, 1],
      [1, 1],
    ]);
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
      rows_read: 1000,
      rows_written: 1000,
      pages: 4,
    });
    expect(await idsIn(file)).toEqual(THOUSAND);
  });

  it('are kept where only the count was missing', async () => {
    const xano = await localXano({ instances: [officeOf(items(TEN))], search: false });
    const [configs, file] = [await configsOf(xano, ['items'], 3), temporaryFile()];
    xano.fail({ path: '/content?page=1&per_page=1', answer: { kind: 'status', status: 403 } });
    const first = await loadInto(configs, file, { http: clientOf(xano) });
    expect(first.onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 10,
      error: { code: 'SCOPE_MISSING' },
    });
    xano.clearRequests();
    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(sizes(xano)).toEqual([
      [10, 1],
      [1, 1],
    ]);
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
      rows_read: 10,
      rows_written: 10,
    });
    expect(await idsIn(file)).toEqual(TEN);
  });
});

it('a list with its own page size continues where nothing moved, and restarts where rows did', async () => {
  let list = TEN;
  let fails = false;
  const { origin, received } = await serveJson(({ url }) => {
    const page = Number(new URL(url, 'http://x').searchParams.get('page'));
    if (fails && page === 3) return { items: 'not a list' };
    return { items: list.slice((page - 1) * 3, page * 3).map((id) => ({ id, name: `item ${id}` })) };
  });
  const { body: _, fallback, ...config } = itemsConfig(origin, 'int', 3);
  const listing = { ...config, method: 'GET' as const, pagination: fallback!.pagination };
  const file = temporaryFile();
  const load = () => loadInto([listing], file, { http: clientWith('t', fakeClock()) });

  fails = true;
  expect((await load()).onlyTable).toMatchObject({ status: 'failed', rows_read: 6 });
  fails = false;
  received.length = 0;
  expect((await load()).onlyTable).toMatchObject({ status: 'loaded', resumed: true, rows_written: 10 });
  // The place of the last row, which says nothing here; its page; and then what was missing.
  expect(received.slice(0, 4).map(({ url }) => url.split('?')[1])).toEqual([
    'page=6&per_page=1',
    'page=2&per_page=3',
    'page=3&per_page=3',
    'page=4&per_page=3',
  ]);
  expect(await idsIn(file)).toEqual(TEN);

  fails = true;
  expect((await load()).onlyTable).toMatchObject({ status: 'failed', rows_read: 6 });
  fails = false;
  list = TEN.slice(1);
  expect((await load()).onlyTable).toMatchObject({ status: 'loaded', resumed: false, rows_written: 9 });
  expect(await idsIn(file)).toEqual(TEN.slice(1));
});

describe('smaller pages than requested', () => {
  it('stay small when the load continues', async () => {
    const many = Array.from({ length: 300 }, (_, at) => at + 1);
    const xano = await localXano({ instances: [officeOf(items(many))], max_per_page: 100 });
    const configs = await configsOf(xano, ['items'], 200);
    const file = temporaryFile();
    xano.fail({ path: '/content/search', skip: 4, answer: { kind: 'status', status: 403 } });
    const first = await loadInto(configs, file, { http: clientOf(xano) });
    expect(first.onlyTable).toMatchObject({ status: 'failed', rows_read: 200 });
    xano.clearRequests();
    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(searches(xano.requests)[1]).toEqual({
      page: 1,
      per_page: 100,
      sort: asc,
      search: [{ 'id|>': 200 }, { 'id|<': 301 }],
    });
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
      rows_written: 300,
    });
    expect(eventsOf(second, 'read_differently')).toEqual([]);
  });
});

describe('the findings of the interrupted load', () => {
  const fields = [field('id', 'int'), field('born', 'date')];
  const table = () =>
    rawTable('people', fields, [
      '{"id":1,"born":"2026-02-30","nick":"Al"}',
      '{"id":2,"born":"2026-02-28"}',
      '{"id":3,"born":"2026-03-01"}',
      '{"id":4,"born":"nope"}',
    ]);

  async function halfway() {
    const xano = await localXano({ instances: [officeOf(table())] });
    const configs = await configsOf(xano, ['people'], 1);
    const file = temporaryFile();
    xano.fail({ path: '/content/search', skip: 3, answer: { kind: 'status', status: 403 } });
    const first = await loadInto(configs, file, { http: clientOf(xano) });
    expect(first.onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 2,
      values_rejected: 1,
      columns_added: ['nick'],
    });
    return { xano, configs, file };
  }

  it('include columns and rejected values of the kept rows, which are reported with the rest', async () => {
    const { xano, configs, file } = await halfway();
    const second = await loadInto(configs, file, { http: clientOf(xano) });
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      resumed: true,
      values_rejected: 2,
      columns_added: ['nick'],
      rows_written: 4,
    });
    expect(await query(file, 'SELECT id, born, nick FROM xano_data.people ORDER BY id')).toEqual([
      { id: '1', born: null, nick: 'Al' },
      { id: '2', born: '2026-02-28', nick: null },
      { id: '3', born: '2026-03-01', nick: null },
      { id: '4', born: null, nick: null },
    ]);
    expect(await query(file, 'SELECT row_key, "column", raw FROM _xano.rejects ORDER BY row_key')).toEqual([
      { row_key: '1', column: 'born', raw: '"2026-02-30"' },
      { row_key: '4', column: 'born', raw: '"nope"' },
    ]);
  });

  it('do not pass strict, which reads from the start and fails at the value', async () => {
    const { xano, configs, file } = await halfway();
    const second = await loadInto(configs, file, { http: clientOf(xano), strict: true });
    expect(second.onlyTable).toMatchObject({
      status: 'failed',
      resumed: false,
      error: {
        code: 'VALUES_REJECTED',
        message:
          'Column "born" of row 1 in "people" does not fit: a day that is not in the calendar. Nothing was replaced.',
      },
    });
  });
});

it('a list restarts whose pages were requested in another way before', async () => {
  const { origin, received } = await serveJson(({ url }) => {
    const asked = new URL(url, 'http://x').searchParams;
    if (asked.get('limit') === null && asked.get('page') === '3') return { items: 'not a list' };
    const [page, size] = [Number(asked.get('page')), Number(asked.get('limit') ?? asked.get('per_page'))];
    return {
      items: [1, 2, 3, 4, 5, 6].slice((page - 1) * size, page * size).map((id) => ({ id, name: 'x' })),
    };
  });
  const { body: _, ...config } = itemsConfig(origin);
  const paging = {
    type: 'page_number',
    in: 'query',
    page_param: 'page',
    base_page: 1,
    page_size: 2,
  } as const;
  const client = clientWith('t', fakeClock());
  const file = temporaryFile();
  const get = { ...config, method: 'GET' } as const;
  const first = await loadInto([{ ...get, pagination: { ...paging, page_size_param: 'per_page' } }], file, {
    http: client,
  });
  expect(first.onlyTable).toMatchObject({
    status: 'failed',
    rows_read: 4,
    error: { code: 'RESPONSE_UNEXPECTED' },
  });
  received.length = 0;
  const second = await loadInto([{ ...get, pagination: { ...paging, page_size_param: 'limit' } }], file, {
    http: client,
  });
  expect(received.map(({ url }) => url.split('?')[1])).toEqual([
    ...[1, 2, 3, 4].map((page) => `page=${page}&limit=2`),
    ...[3, 5].map((page) => `page=${page}&limit=1`),
  ]);
  expect(second.onlyTable).toMatchObject({
    status: 'loaded',
    completeness: 'not_provable',
    resumed: false,
    rows_expected: null,
    rows_written: 6,
  });
});
