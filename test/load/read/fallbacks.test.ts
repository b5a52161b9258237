/** How pages are asked for, and what happens when a server does not bear it. */
import { describe, expect, it } from 'vitest';
import { deleteRow, insertRow, rowFromJson, rowsIn, updateRow } from '../../../src/sandbox/data/rows.js';
import type { FaultAnswer } from '../../../src/sandbox/faults.js';
import type { LocalXano } from '../../../src/sandbox/server.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientOf, clientWith, localXano, searches, tableOf } from '../../fixtures/local-xano.js';
import { item, items, officeOf } from '../../fixtures/office.js';
import { serveJson } from '../../rest/http/serving.js';
import { itemsConfig } from '../items-config.js';
import { configsOf, eventsOf, loadInto, query, temporaryFile, values } from '../loading.js';
import { openOffice } from '../open-office.js';

const ONE_TO_SEVEN = [1, 2, 3, 5, 8, 13, 21];
const asc = { id: 'asc' };
const ids = async (file: string, table = 'items') =>
  (await values(file, `SELECT id FROM xano_data."${table}" ORDER BY id`)).map(Number);

describe('keyset paging', () => {
  it('asks for the first page, the end, the pages up to it, and the count', async () => {
    const { xano, file, load } = await openOffice({ tables: [items(ONE_TO_SEVEN)], page_size: 3 });
    const result = await load();
    expect(searches(xano.requests)).toEqual([
      { page: 1, per_page: 3, sort: asc },
      { page: 1, per_page: 1, sort: { id: 'desc' } },
      { page: 1, per_page: 3, sort: asc, search: [{ 'id|>': 3 }, { 'id|<': 22 }] },
      { page: 1, per_page: 3, sort: asc, search: [{ 'id|>': 13 }, { 'id|<': 22 }] },
      { page: 1, per_page: 1, sort: asc, search: [{ 'id|<': 22 }] },
    ]);
    expect(result.onlyTable).toMatchObject({
      completeness: 'proved',
      rows_expected: 7,
      pages: 3,
      requests: 5,
      read_by: 'keyset',
    });
    expect(
      eventsOf(result, 'page_read').map(({ rows_read, rows_expected }) => [rows_read, rows_expected]),
    ).toEqual([
      [3, 7],
      [6, 7],
      [7, 7],
    ]);
    expect(await query(file, 'SELECT id, name FROM xano_data.items ORDER BY id')).toEqual(
      ONE_TO_SEVEN.map((id) => ({ id: String(id), name: `item ${id}` })),
    );
  });

  it('needs one request for a table that fits into a page, and for an empty one', async () => {
    const { file, load } = await openOffice({
      tables: [items(ONE_TO_SEVEN), items([], 'none', 53)],
      page_size: 7,
    });
    const result = await load();
    expect(
      result.report.resources.map(({ requests, rows_written, completeness }) => [
        requests,
        rows_written,
        completeness,
      ]),
    ).toEqual([
      [1, 7, 'proved'],
      [1, 0, 'proved'],
    ]);
    expect(await ids(file, 'none')).toEqual([]);
    expect(await query(file, 'SELECT column_name, column_type FROM (DESCRIBE xano_data."none")')).toEqual([
      { column_name: 'id', column_type: 'BIGINT' },
      { column_name: 'name', column_type: 'VARCHAR' },
      { column_name: '_xano_load_id', column_type: 'VARCHAR' },
    ]);
  });

  it('carries keys beyond 2^53 exactly', async () => {
    const big = ['9007199254740993', '9007199254740992', '9223372036854775806', '9007199254740995'];
    const table = items([1, 2]);
    for (const id of big) insertRow(rowsIn(table, 'live'), rowFromJson(`{"id":${id},"name":"big"}`));
    const { file, load } = await openOffice({ tables: [table], page_size: 2 });
    const result = await load();
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', rows_written: 6 });
    expect(await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).toEqual([
      '1',
      '2',
      '9007199254740992',
      '9007199254740993',
      '9007199254740995',
      '9223372036854775806',
    ]);
  });

  it('continues where the server gives fewer rows than requested', async () => {
    const { file, load } = await openOffice({
      tables: [items(ONE_TO_SEVEN)],
      page_size: 1000,
      server: { clamp_per_page: 2 },
    });
    const result = await load();
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', rows_written: 7, pages: 4 });
    expect(await ids(file)).toEqual(ONE_TO_SEVEN);
  });

  it.each([
    ['null too early', (body: string) => body.replace(/"nextPage":(\d+)/, '"nextPage":null')],
    ['never null', (body: string) => body.replace('"nextPage":null', '"nextPage":2')],
    ['the page itself', (body: string) => body.replace(/"nextPage":\w+/, '"nextPage":1')],
    ['absent', (body: string) => body.replace(/"nextPage":\w+,/, '')],
  ])('reads everything where nextPage is %s', async (_, rewrite) => {
    const xano = await localXano({ instances: [officeOf(items(ONE_TO_SEVEN))] });
    const file = temporaryFile();
    const configs = await configsOf(xano, ['items'], 3);
    xano.fail({
      path: '/content/search',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'rewrite', rewrite },
    });
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_written: 7,
      rows_read: 7,
    });
    expect(await ids(file)).toEqual(ONE_TO_SEVEN);
  });
});

describe('a wrong answer with status 200', () => {
  it.each([
    ['items are null', { kind: 'rewrite', rewrite: () => '{"items":null,"nextPage":null,"itemsTotal":0}' }],
    [
      'an error object',
      { kind: 'status', status: 200, body: { code: 'ERROR_FATAL', message: 'Connection lost' } },
    ],
    ['a web page', { kind: 'status', status: 200, body: '<!doctype html><title>Starting</title>' }],
    ['nothing', { kind: 'status', status: 200, body: '' }],
    ['half of it, as if it were all', { kind: 'cut_json' }],
    ['half of it, then silence of the wire', { kind: 'truncate' }],
    ['a reset connection', { kind: 'reset' }],
    ['a proxy’s 502', { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' }],
  ] satisfies readonly (readonly [string, FaultAnswer])[])(
    'is requested again, and no row is lost or doubled: %s',
    async (_, answer) => {
      const xano = await localXano({ instances: [officeOf(items(ONE_TO_SEVEN))] });
      const file = temporaryFile();
      const configs = await configsOf(xano, ['items'], 3);
      xano.fail({ path: '/content/search', skip: 2, times: 2, answer });
      const result = await loadInto(configs, file, { http: clientOf(xano) });
      expect(result.onlyTable).toMatchObject({
        status: 'loaded',
        completeness: 'proved',
        rows_read: 7,
        rows_written: 7,
        requests: 7,
      });
      expect(eventsOf(result, 'waiting').map(({ kind, wait_ms }) => [kind, wait_ms])).toEqual([
        ['retry', 500],
        ['retry', 1000],
      ]);
      const reason = eventsOf(result, 'waiting')[0]?.reason;
      expect(result.onlyTable.waits).toEqual([{ kind: 'retry', reason, times: 2, wait_ms: 1500 }]);
      expect(await ids(file)).toEqual(ONE_TO_SEVEN);
    },
  );

  it('that persists fails the resource, and the error shows the answer', async () => {
    const xano = await localXano({ instances: [officeOf(items(ONE_TO_SEVEN))] });
    const file = temporaryFile();
    const configs = await configsOf(xano, ['items'], 3);
    xano.fail({
      path: '/content/search',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 200, body: '<html>' },
    });
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.report.status).toBe('failed');
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      requests: 6,
      error: {
        code: 'RESPONSE_UNEXPECTED',
        message: 'The answer is HTML where a list of records was expected.',
      },
    });
  });
});

describe('rows that come, go and change while they are read', () => {
  /** Does something to the table while the n-th content search (from 0) is answered. */
  function during(xano: LocalXano, nth: number, change: () => void) {
    const rewrite = (body: string) => {
      change();
      return body;
    };
    xano.fail({ path: '/content/search', skip: nth, answer: { kind: 'rewrite', rewrite } });
  }

  async function small() {
    const xano = await localXano({ instances: [officeOf(items(ONE_TO_SEVEN))] });
    const rows = rowsIn(tableOf(xano, 'items'), 'live');
    return { xano, rows, configs: await configsOf(xano, ['items'], 3), file: temporaryFile() };
  }

  it('leave new rows above the end to the next load, which brings them', async () => {
    const { xano, rows, configs, file } = await small();
    during(xano, 2, () => {
      for (const id of [22, 34]) insertRow(rows, item(id));
    });
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', rows_expected: 7, rows_written: 7 });
    expect(await ids(file)).toEqual(ONE_TO_SEVEN);
    const again = await loadInto(configs, file, { http: clientOf(xano) });
    expect(again.onlyTable).toMatchObject({
      completeness: 'proved',
      rows_expected: 9,
      rows_written: 9,
      rows_deleted: 0,
    });
    expect(await ids(file)).toEqual([...ONE_TO_SEVEN, 22, 34]);
  });

  it('cost no row where earlier ones are deleted, since pages do not shift', async () => {
    const { xano, rows, configs, file } = await small();
    during(xano, 2, () => {
      for (const id of [1n, 2n]) deleteRow(rows, id);
    });
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_expected: 5,
      // The range that the two were in is read again.
      rows_read: 10,
      rows_written: 5,
    });
    expect(await ids(file)).toEqual([3, 5, 8, 13, 21]);
  });

  it('give an updated row once, as it is when its page arrives', async () => {
    const { xano, rows, configs, file } = await small();
    during(xano, 0, () => updateRow(rows, rowFromJson('{"id":13,"name":"changed"}')));
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', rows_written: 7 });
    expect(await values(file, 'SELECT name FROM xano_data.items WHERE id = 13')).toEqual(['changed']);
  });

  it('make a range be read again where a row with a low id came behind it', async () => {
    const { xano, rows, configs, file } = await small();
    during(xano, 2, () => insertRow(rows, item(0)));
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_expected: 8,
      rows_read: 10,
      rows_written: 8,
      pages: 4,
    });
    expect(eventsOf(result, 'read_again')).toEqual([
      { type: 'read_again', resource: 'items', rows_expected: 3, rows_held: 2 },
    ]);
    expect(eventsOf(result, 'read_differently')).toEqual([]);
    expect(await ids(file)).toEqual([0, ...ONE_TO_SEVEN]);
  });

  it('end in INCOMPLETE, and leave the old rows alone, where the count stays higher after that', async () => {
    const { xano, rows, configs, file } = await small();
    await loadInto(configs, file, { http: clientOf(xano), random: () => '0001' });
    deleteRow(rows, 21n);
    const rewrite = (body: string) => body.replace(/"itemsTotal":\d+/, '"itemsTotal":11');
    const count = { path: '/content/search', body_includes: '"per_page":1,"sort":{"id":"asc"}' };
    xano.fail({ ...count, times: Number.POSITIVE_INFINITY, answer: { kind: 'rewrite', rewrite } });
    const result = await loadInto(configs, file, { http: clientOf(xano), random: () => '0002' });
    expect(result.report).toEqual({
      load_id: '20261121T120000Z-0002',
      started_at: '2026-11-21T12:00:00.000Z',
      finished_at: '2026-11-21T12:00:00.000Z',
      status: 'failed',
      destination: file,
      requests: 32,
      bytes: expect.any(Number),
      gone: [],
      resources: [
        {
          resource: 'items',
          target: 'xano_data.items',
          status: 'failed',
          write_disposition: 'replace',
          completeness: 'incomplete',
          rows_expected: 11,
          // Both times all of it, and the ranges that differ once more.
          rows_read: 12,
          rows_written: 0,
          rows_deleted: 0,
          rows_total: null,
          values_rejected: 0,
          columns_added: [],
          schema_changes: [],
          columns_excluded: [],
          read_by: 'keyset',
          requests: 32,
          pages: 14,
          bytes: expect.any(Number),
          duration_ms: 0,
          resumed: false,
          error: {
            code: 'INCOMPLETE',
            message: `${new URL(configs[0]!.base_url).host} counts 11 rows of "items", but 6 arrived: nothing was replaced.`,
            hint: 'Run the same command again.',
          },
        },
      ],
    });
    expect(await ids(file)).toEqual(ONE_TO_SEVEN);
    expect(await values(file, 'SELECT DISTINCT _xano_load_id FROM xano_data.items')).toEqual([
      '20261121T120000Z-0001',
    ]);
    expect(await query(file, 'SELECT load_id, status FROM _xano.loads ORDER BY load_id')).toEqual([
      { load_id: '20261121T120000Z-0001', status: 'loaded' },
      { load_id: '20261121T120000Z-0002', status: 'failed' },
    ]);
  });
});

describe('a table keyed by UUID', () => {
  const sorted =
    "SELECT count(*) AS rows, count(DISTINCT id) AS ids, md5(string_agg(id::VARCHAR || name, '' ORDER BY id)) AS all FROM xano_data.customers";

  it('is read by key, without asking for a highest one, where the server compares them', async () => {
    const xano = await localXano({});
    const file = temporaryFile();
    const configs = await configsOf(xano, ['customers'], 300);
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    const keys = rowsIn(tableOf(xano, 'customers'), 'live').sorted.map(({ key }) => key);
    expect(searches(xano.requests)).toEqual([
      { page: 1, per_page: 300, sort: asc },
      { page: 1, per_page: 300, sort: asc, search: [{ 'id|>': keys[299] }] },
      { page: 1, per_page: 300, sort: asc, search: [{ 'id|>': keys[599] }] },
      { page: 1, per_page: 1, sort: asc },
    ]);
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      read_by: 'keyset',
      rows_written: 800,
      requests: 4,
    });
    expect(eventsOf(result, 'read_differently')).toEqual([]);
    expect(await values(file, 'SELECT id FROM xano_data.customers ORDER BY id')).toEqual(keys);
  });

  it('is read by page number where the server does not compare them, and the report and an event say so', async () => {
    const xano = await localXano({ uuid_comparison: false });
    const file = temporaryFile();
    const result = await loadInto(await configsOf(xano, ['customers'], 300), file, { http: clientOf(xano) });
    const body = { sort: asc, per_page: 300 };
    const keys = rowsIn(tableOf(xano, 'customers'), 'live').sorted.map(({ key }) => key);
    expect(searches(xano.requests)).toEqual([
      { ...body, page: 1 },
      { ...body, page: 1, search: [{ 'id|>': keys[299] }] },
      { ...body, page: 1 },
      { ...body, page: 2 },
      { ...body, page: 3 },
      // The first rows of the second and the third page are still where they were.
      { ...body, page: 301, per_page: 1 },
      { ...body, page: 601, per_page: 1 },
      { ...body, page: 1, per_page: 1 },
    ]);
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      read_by: 'page_number',
      rows_read: 800,
      rows_written: 800,
      requests: 8,
    });
    expect(eventsOf(result, 'read_differently')).toEqual([
      {
        type: 'read_differently',
        resource: 'customers',
        from: 'keyset',
        to: 'page_number',
        reason: expect.stringMatching(
          /answered with status 400: Cannot compare id \(POST .*content\/search\)\.$/,
        ),
      },
    ]);
    expect(await query(file, sorted)).toEqual([{ rows: '800', ids: '800', all: expect.any(String) }]);
    expect(await values(file, 'SELECT id FROM xano_data.customers ORDER BY id')).toEqual(keys);
  });

  it('is read by page number where the server ignores the condition, instead of for ever', async () => {
    const uuids = [...'abcde'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);
    const { origin, received } = await serveJson(({ body }) => {
      const { page, per_page } = body;
      const list = uuids.slice((page - 1) * per_page, page * per_page);
      return {
        items: list.map((id) => ({ id, name: 'x' })),
        nextPage: page * per_page < 5 ? page + 1 : null,
        itemsTotal: 5,
      };
    });
    const file = temporaryFile();
    const result = await loadInto([itemsConfig(origin, 'uuid', 2)], file, {
      http: clientWith('t', fakeClock()),
    });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      read_by: 'page_number',
      rows_written: 5,
    });
    expect(await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).toEqual(uuids);
    expect(received.length).toBeLessThan(10);
  });
});

describe('a server that ignores a part of a request', () => {
  const all = [9, 4, 7, 1, 5];
  const rows = (list: readonly number[]) => list.map((id) => ({ id, name: `item ${id}` }));

  it('is read by page number where it ignores the order, and the distinct keys prove the rows', async () => {
    const { origin } = await serveJson(({ body: { page, per_page } }) => ({
      items: rows(all.slice((page - 1) * per_page, page * per_page)),
      nextPage: page * per_page < all.length ? page + 1 : null,
      itemsTotal: all.length,
    }));
    const file = temporaryFile();
    const result = await loadInto([itemsConfig(origin, 'int', 2)], file, {
      http: clientWith('t', fakeClock()),
    });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      read_by: 'page_number',
      rows_written: 5,
    });
    expect(eventsOf(result, 'read_differently').map(({ from, to, reason }) => [from, to, reason])).toEqual([
      ['keyset', 'page_number', 'The server does not keep records of "items" in the order of "id".'],
    ]);
    expect(await ids(file)).toEqual([1, 4, 5, 7, 9]);
  });

  it('is not proved where it counts nothing', async () => {
    const sorted = all.toSorted((a, b) => a - b);
    const { origin } = await serveJson(({ body: { per_page, sort, search = [] } }) => {
      const after = search.find((one: object) => 'id|>' in one)?.['id|>'] ?? 0;
      const list = (sort.id === 'asc' ? sorted : sorted.toReversed()).filter((id) => id > after);
      return { items: rows(list.slice(0, per_page)), nextPage: list.length > per_page ? 2 : null };
    });
    const file = temporaryFile();
    const result = await loadInto([itemsConfig(origin, 'int', 2)], file, {
      http: clientWith('t', fakeClock()),
    });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'not_provable',
      rows_expected: null,
      rows_written: 5,
    });
    expect(await ids(file)).toEqual(sorted);
  });

  it('fails with PAGINATION_LOOP where it gives the same page for every number', async () => {
    const { origin, received } = await serveJson(() => ({ items: rows([1, 2]), nextPage: 2, itemsTotal: 4 }));
    const file = temporaryFile();
    const result = await loadInto([itemsConfig(origin, 'int', 2)], file, {
      http: clientWith('t', fakeClock()),
    });
    expect(result.onlyTable).toMatchObject({ status: 'failed', error: { code: 'PAGINATION_LOOP' } });
    expect(received.length).toBeLessThan(12);
  });
});

describe('a page size that is refused', () => {
  it('is halved until the server accepts it, with an event each time', async () => {
    const many = Array.from({ length: 260 }, (_, at) => at + 1);
    const { xano, file, load } = await openOffice({
      tables: [items(many)],
      page_size: 1000,
      server: { max_per_page: 130 },
    });
    const result = await load();
    expect(searches(xano.requests)).toEqual([
      { page: 1, per_page: 1000, sort: asc },
      { page: 1, per_page: 500, sort: asc },
      { page: 1, per_page: 250, sort: asc },
      { page: 1, per_page: 125, sort: asc },
      { page: 1, per_page: 1, sort: { id: 'desc' } },
      { page: 1, per_page: 125, sort: asc, search: [{ 'id|>': 125 }, { 'id|<': 261 }] },
      { page: 1, per_page: 125, sort: asc, search: [{ 'id|>': 250 }, { 'id|<': 261 }] },
      { page: 1, per_page: 1, sort: asc, search: [{ 'id|<': 261 }] },
    ]);
    const reason = expect.stringContaining('status 400: Value must be 130 or less');
    expect(eventsOf(result, 'read_differently')).toEqual(
      [
        ['pages of 1000', 'pages of 500'],
        ['pages of 500', 'pages of 250'],
        ['pages of 250', 'pages of 125'],
      ].map(([from, to]) => ({ type: 'read_differently', resource: 'items', from, to, reason })),
    );
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      read_by: 'keyset',
      rows_written: 260,
    });
    expect(await ids(file)).toEqual(many);
  });

  it('is not made smaller than 50, and then the refusal is reported', async () => {
    const { xano, load } = await openOffice({
      tables: [items([1])],
      page_size: 100,
      server: { max_per_page: 10 },
    });
    const result = await load();
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      error: { code: 'XANO_FAILED', message: expect.stringContaining('Value must be 10 or less') },
    });
    expect(searches(xano.requests).map((body) => (body as { per_page: number }).per_page)).toEqual([100, 50]);
  });

  it('does not shrink pages in the middle of a table', async () => {
    const xano = await localXano({
      instances: [officeOf(items(Array.from({ length: 250 }, (_, at) => at + 1)))],
    });
    const file = temporaryFile();
    const configs = await configsOf(xano, ['items'], 100);
    xano.fail({
      path: '/content/search',
      skip: 3,
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 422, body: { message: 'no' } },
    });
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 200,
      requests: 4,
      error: { code: 'XANO_FAILED' },
    });
    expect(eventsOf(result, 'read_differently')).toEqual([]);
  });
});

it('a load reads a server without content search by its plain list, in any order, and proves it by the count', async () => {
  const ids = Array.from({ length: 250 }, (_, i) => i * 3 + 1);
  const { file, load } = await openOffice({
    tables: [items(ids)],
    page_size: 100,
    server: { search: false },
  });
  const result = await load();
  expect(result.onlyTable).toMatchObject({
    status: 'loaded',
    completeness: 'proved',
    read_by: 'page_number',
    rows_expected: 250,
    rows_written: 250,
    pages: 3,
    // The refused search, three pages, the places of two of them, and the count that proves them.
    requests: 7,
  });
  const rows = await query(file, 'SELECT id FROM xano_data.items ORDER BY id');
  expect(rows).toEqual(ids.map((id) => ({ id: String(id) })));
});

it('a load of a deleted table fails with the 404 of its plain list', async () => {
  const xano = await localXano({ instances: [officeOf(items([1, 2]))] });
  const [config] = await configsOf(xano, ['items']);
  const gone = config!.path.replace('/table/51/', '/table/52/');
  const moved = {
    ...config!,
    path: gone,
    fallback: { ...config!.fallback!, path: gone.replace('/search', '') },
  };
  const result = await loadInto([moved], temporaryFile(), { http: clientOf(xano) });
  expect(result.onlyTable).toMatchObject({
    status: 'failed',
    requests: 2,
    error: {
      code: 'XANO_FAILED',
      message: expect.stringContaining('(GET /api:meta/workspace/3/table/52/content)'),
    },
  });
});
