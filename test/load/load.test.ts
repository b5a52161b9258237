/** What a load returns, says and leaves behind. */
import { describe, expect, it } from 'vitest';
import { openDestination } from '../../src/destinations/open.js';
import { XanoError } from '../../src/errors.js';
import type { LoadEvent } from '../../src/events.js';
import { load, loadId } from '../../src/load/load.js';
import { discover } from '../../src/metadata/discover.js';
import { field } from '../../src/sandbox/data/define.js';
import { deleteRow, insertRow, rowFromJson, rowsIn, updateRow } from '../../src/sandbox/data/rows.js';
import { generateEndpoints } from '../../src/xano/endpoints.js';
import { fakeClock, NOON } from '../fixtures/clock.js';
import { clientOf, clientWith, localXano } from '../fixtures/local-xano.js';
import { items, officeOf, rawTable } from '../fixtures/office.js';
import { serveJson } from '../rest/http/serving.js';
import { configsOf, eventsOf, loadInto, query, temporaryFile, values } from './loading.js';
import { openOffice } from './open-office.js';

const loaded = {
  status: 'loaded',
  write_disposition: 'replace',
  completeness: 'proved',
  rows_deleted: 0,
  values_rejected: 0,
  columns_added: [],
  schema_changes: [],
  columns_excluded: [],
  read_by: 'keyset',
  bytes: expect.any(Number),
  duration_ms: 0,
  resumed: false,
};

it('a load returns the whole report, and its events say the same', async () => {
  const xano = await localXano({ instances: [officeOf(items([1, 2, 3]), items([], 'none', 53))] });
  const file = temporaryFile();
  const result = await loadInto(await configsOf(xano, ['items', 'none'], 2), file, {
    http: clientOf(xano),
    concurrency: 1,
  });
  const first = {
    ...loaded,
    resource: 'items',
    target: 'xano_data.items',
    rows_expected: 3,
    rows_read: 3,
    rows_written: 3,
    rows_total: 3,
    requests: 4,
    pages: 2,
  };
  const second = {
    ...loaded,
    resource: 'none',
    target: 'xano_data.none',
    rows_expected: 0,
    rows_read: 0,
    rows_written: 0,
    rows_total: 0,
    requests: 1,
    pages: 1,
  };
  const report = {
    load_id: '20261121T120000Z-4f2a',
    started_at: '2026-11-21T12:00:00.000Z',
    finished_at: '2026-11-21T12:00:00.000Z',
    status: 'loaded',
    destination: file,
    requests: 5,
    bytes: result.report.resources.reduce((sum, { bytes }) => sum + bytes, 0),
    resources: [first, second],
    gone: [],
  };
  expect(result.report).toEqual(report);
  const page = (resource: string, rows_read: number, rows_expected: number) => ({
    type: 'page_read',
    resource,
    rows_read,
    rows_expected,
    bytes: expect.any(Number),
  });
  expect(result.events).toEqual([
    {
      type: 'load_started',
      load_id: '20261121T120000Z-4f2a',
      destination: file,
      resources: ['items', 'none'],
    },
    { type: 'resource_started', resource: 'items', resumed_rows: 0 },
    page('items', 2, 3),
    page('items', 3, 3),
    { type: 'resource_finished', report: first },
    { type: 'resource_started', resource: 'none', resumed_rows: 0 },
    page('none', 0, 0),
    { type: 'resource_finished', report: second },
    { type: 'load_finished', report },
  ]);
  const [kept] = await query(
    file,
    'SELECT load_id, started_at, finished_at, status, requests, report FROM _xano.loads',
  );
  expect({ ...kept, report: JSON.parse(String(kept!['report'])) }).toEqual({
    load_id: '20261121T120000Z-4f2a',
    started_at: '2026-11-21 12:00:00+00',
    finished_at: '2026-11-21 12:00:00+00',
    status: 'loaded',
    requests: '5',
    report: JSON.parse(JSON.stringify(result.report)),
  });
});

it('a load returns its report when the file cannot keep it, and says so', async () => {
  const xano = await localXano({ instances: [officeOf(items([1, 2]))] });
  const file = temporaryFile();
  const destination = await openDestination(file);
  const events: LoadEvent[] = [];
  const report = await load(await configsOf(xano, ['items']), {
    destination: {
      ...destination,
      record: async () => {
        throw new XanoError('DATABASE_FAILED', 'The disk is full.');
      },
    },
    http: clientOf(xano),
    on_event: (event) => events.push(event),
  });
  await destination.close();
  expect(report).toMatchObject({ status: 'loaded', resources: [{ resource: 'items', status: 'loaded' }] });
  expect(events.slice(-2)).toEqual([
    { type: 'not_recorded', reason: 'The disk is full.' },
    { type: 'load_finished', report },
  ]);
  expect(await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).toEqual(['1', '2']);
});

it('a load counts the received bytes', async () => {
  const xano = await localXano({ instances: [officeOf(items([1]))] });
  const result = await loadInto(await configsOf(xano, ['items']), temporaryFile(), { http: clientOf(xano) });
  const sent =
    '{"items":[{"id":1,"name":"item 1"}],"itemsReceived":1,"curPage":1,"nextPage":null,"prevPage":null,"offset":0,"perPage":1000,"itemsTotal":1,"pageTotal":1}';
  expect(result.report.bytes).toBe(sent.length);
});

it('a load replaces a table, and counts the deleted rows', async () => {
  const table = items([1, 2, 3]);
  const xano = await localXano({ instances: [officeOf(table)] });
  const configs = await configsOf(xano, ['items']);
  const file = temporaryFile();
  await loadInto(configs, file, { http: clientOf(xano), random: () => '0001' });
  const rows = rowsIn(table, 'live');
  deleteRow(rows, 1n);
  updateRow(rows, rowFromJson('{"id":2,"name":"new name"}'));
  insertRow(rows, rowFromJson('{"id":9,"name":null}'));
  const result = await loadInto(configs, file, { http: clientOf(xano), random: () => '0002' });
  expect(result.onlyTable).toEqual({
    ...loaded,
    resource: 'items',
    target: 'xano_data.items',
    rows_expected: 3,
    rows_read: 3,
    rows_written: 3,
    rows_total: 3,
    rows_deleted: 1,
    requests: 1,
    pages: 1,
  });
  const load = { _xano_load_id: '20261121T120000Z-0002' };
  expect(await query(file, 'FROM xano_data.items ORDER BY id')).toEqual([
    { id: '2', name: 'new name', ...load },
    { id: '3', name: 'item 3', ...load },
    { id: '9', name: null, ...load },
  ]);
});

it('a load reads the given data source', async () => {
  const live = items([1]);
  const table = { ...live, rows: { ...live.rows, test: items([7, 8]).rows['live']! } };
  const xano = await localXano({ instances: [officeOf(table)] });
  const catalog = await discover({
    http: clientOf(xano),
    token: { env: 'T' },
    instance: xano.instances[0]!.origin,
  });
  const { endpoints } = generateEndpoints(catalog, { token: { env: 'T' }, data_source: 'test' });
  const file = temporaryFile();
  await loadInto(endpoints, file, { http: clientOf(xano) });
  expect(await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).toEqual(['7', '8']);
});

describe('a load with one refused table', () => {
  it('loads the others, and names the refused one in the report and in the file', async () => {
    const xano = await localXano({ instances: [officeOf(items([1, 2]), items([3], 'others', 53))] });
    const configs = await configsOf(xano, ['items', 'others']);
    xano.fail({
      path: '/table/51/content',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 403, body: { code: 'ERROR_CODE_ACCESS_DENIED', message: '' } },
    });
    const file = temporaryFile();
    const result = await loadInto(configs, file, { http: clientOf(xano) });
    expect(result.report).toMatchObject({ status: 'partial', requests: 2 });
    expect(result.report.resources).toEqual([
      {
        ...loaded,
        resource: 'items',
        target: 'xano_data.items',
        status: 'failed',
        completeness: null,
        rows_expected: null,
        rows_read: 0,
        rows_written: 0,
        rows_total: null,
        requests: 1,
        pages: 0,
        error: {
          code: 'SCOPE_MISSING',
          message: 'The token may not do this (POST /api:meta/workspace/3/table/51/content/search).',
          hint: 'Give the token Read on Database, Content, Live Data Source and API Groups.',
        },
      },
      {
        ...loaded,
        resource: 'others',
        target: 'xano_data.others',
        rows_expected: 1,
        rows_read: 1,
        rows_written: 1,
        rows_total: 1,
        requests: 1,
        pages: 1,
      },
    ]);
    expect(
      await query(file, `SELECT table_name FROM duckdb_tables() WHERE schema_name = 'xano_data'`),
    ).toEqual([{ table_name: 'others' }]);
    expect(await query(file, 'SELECT status FROM _xano.loads')).toEqual([{ status: 'partial' }]);
  });

  it('with a token without Content: Read loads nothing and asks for each table once', async () => {
    const xano = await localXano({ instances: [officeOf(items([1]), items([3], 'others', 53))] });
    const configs = await configsOf(xano, ['items', 'others']);
    const token = xano.issueToken({ scopes: ['workspace:database'] });
    const file = temporaryFile();
    const result = await loadInto(configs, file, { http: clientWith(token, fakeClock()) });
    expect(result.report).toMatchObject({ status: 'failed', requests: 2 });
    expect(result.report.resources.map(({ error }) => error?.code)).toEqual([
      'SCOPE_MISSING',
      'SCOPE_MISSING',
    ]);
  });
});

describe('values that do not fit their columns', () => {
  const fields = [
    field('id', 'int'),
    field('n', 'int'),
    field('x', 'decimal'),
    field('b', 'bool'),
    field('at', 'timestamp'),
    field('day', 'date'),
    field('key', 'uuid'),
    field('v', 'vector', { vector: { size: 2 } }),
    field('tags', 'text', { style: 'list' }),
    field('t', 'text'),
  ];
  const good =
    '"n":1,"x":1.5,"b":true,"at":0,"day":"2026-01-02","key":"5f0c9c1e-6f0a-4c3b-9a52-0d9a6f3c8e11","v":[1,2],"tags":["a"],"t":"t"';
  const bad =
    '"n":1.5,"x":"1.5","b":1,"at":"2026-01-01","day":"2026-02-30","key":"no","v":[1,2,3],"tags":["a",1],"t":"\\ud83d"';
  const table = () =>
    rawTable('odd', fields, [`{"id":1,${good}}`, `{"id":2,${bad}}`, `{"id":3,"n":9223372036854775808}`]);

  it('are kept aside with their row’s key and the reason; their row and its other values stay', async () => {
    const xano = await localXano({ instances: [officeOf(table())] });
    const file = temporaryFile();
    const result = await loadInto(await configsOf(xano, ['odd']), file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_written: 3,
      values_rejected: 10,
    });
    expect(await query(file, 'SELECT * EXCLUDE _xano_load_id FROM xano_data.odd ORDER BY id')).toEqual([
      {
        id: '1',
        n: '1',
        x: 1.5,
        b: true,
        at: '1970-01-01 00:00:00+00',
        day: '2026-01-02',
        key: '5f0c9c1e-6f0a-4c3b-9a52-0d9a6f3c8e11',
        v: [1, 2],
        tags: ['a'],
        t: 't',
      },
      { id: '2', n: null, x: null, b: null, at: null, day: null, key: null, v: null, tags: null, t: null },
      { id: '3', n: null, x: null, b: null, at: null, day: null, key: null, v: null, tags: null, t: null },
    ]);
    const rejects = await query(
      file,
      'SELECT resource, row_key, "column", raw, reason FROM _xano.rejects ORDER BY row_key, raw',
    );
    const reject = (row_key: string, column: string, raw: string, reason: string) => ({
      resource: 'odd',
      row_key,
      column,
      raw,
      reason,
    });
    expect(rejects).toHaveLength(10);
    expect(rejects).toEqual(
      expect.arrayContaining([
        reject('2', 'n', '1.5', 'a fraction for BIGINT'),
        reject('2', 'x', '"1.5"', 'not a number for DOUBLE'),
        reject('2', 'b', '1', 'not true or false for BOOLEAN'),
        reject(
          '2',
          'at',
          '"2026-01-01"',
          expect.stringMatching(/^not a whole number for TIMESTAMPTZ/) as unknown as string,
        ),
        reject('2', 'day', '"2026-02-30"', 'a day that is not in the calendar'),
        reject('2', 'key', '"no"', 'not a UUID'),
        reject('2', 'v', '[1,2,3]', 'a vector of 3 numbers where 2 are declared'),
        reject('2', 'tags', '["a",1]', 'in a list: not a text for VARCHAR'),
        reject('2', 't', '"\\ud83d"', 'half of a surrogate pair, which UTF-8 cannot hold'),
        reject('3', 'n', '9223372036854775808', 'out of range for BIGINT'),
      ]),
    );
  });

  it('fail the table under --strict, and the old rows stay', async () => {
    const odd = table();
    const xano = await localXano({ instances: [officeOf(odd)] });
    const configs = await configsOf(xano, ['odd']);
    const file = temporaryFile();
    await loadInto(configs, file, { http: clientOf(xano), random: () => '0001' });
    const result = await loadInto(configs, file, { http: clientOf(xano), strict: true });
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      rows_written: 0,
      error: {
        code: 'VALUES_REJECTED',
        message: 'Column "n" of row 2 in "odd" does not fit: a fraction for BIGINT. Nothing was replaced.',
        hint: 'Run without --strict to store them in _xano.rejects.',
      },
    });
    expect(await values(file, 'SELECT DISTINCT _xano_load_id FROM xano_data.odd')).toEqual([
      '20261121T120000Z-0001',
    ]);
  });
});

describe('undeclared columns', () => {
  it('are added with the type of their values, reported, and widened to JSON where a later value needs it', async () => {
    const table = rawTable(
      'open',
      [field('id', 'int')],
      [
        '{"id":1,"n":1,"s":"a","o":{"a":1.10},"mixed":1}',
        '{"id":2,"n":2,"x":0.5}',
        '{"id":3,"n":null,"mixed":"two","flag":true}',
      ],
    );
    const { file, load } = await openOffice({ tables: [table], page_size: 1 });
    const result = await load();
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      rows_written: 3,
      values_rejected: 0,
      columns_added: ['n', 's', 'o', 'mixed', 'x', 'flag'],
    });
    expect(eventsOf(result, 'column_added').map(({ column, column_type }) => [column, column_type])).toEqual([
      ['n', 'BIGINT'],
      ['s', 'VARCHAR'],
      ['o', 'JSON'],
      ['mixed', 'BIGINT'],
      ['x', 'DOUBLE'],
      ['mixed', 'JSON'],
      ['flag', 'BOOLEAN'],
    ]);
    expect(await query(file, 'SELECT * EXCLUDE _xano_load_id FROM xano_data.open ORDER BY id')).toEqual([
      { id: '1', n: '1', s: 'a', o: '{"a":1.10}', mixed: '1', x: null, flag: null },
      { id: '2', n: '2', s: null, o: null, mixed: null, x: 0.5, flag: null },
      { id: '3', n: null, s: null, o: null, mixed: '"two"', x: null, flag: true },
    ]);
  });

  it('are all columns of a table with a hidden schema, which is read up to its highest key', async () => {
    const table = items([1, 2, 3, 4]);
    const xano = await localXano({ instances: [officeOf(table)] });
    const token = xano.issueToken({ scopes: ['workspace:content', 'workspace:live_data_source'] });
    const configs = await configsOf(xano, ['items'], 2, token);
    expect(configs[0]!.columns).toEqual([]);
    const rewrite = (body: string) => {
      insertRow(rowsIn(table, 'live'), rowFromJson('{"id":5,"name":"late"}'));
      return body;
    };
    xano.fail({ path: '/content/search', skip: 2, answer: { kind: 'rewrite', rewrite } });
    const file = temporaryFile();
    const result = await loadInto(configs, file, { http: clientWith(token, fakeClock()) });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_expected: 4,
      pages: 2,
      columns_added: ['id', 'name'],
    });
    expect(await query(file, 'SELECT * EXCLUDE _xano_load_id FROM xano_data.items ORDER BY id')).toEqual(
      [1, 2, 3, 4].map((id) => ({ id: String(id), name: `item ${id}` })),
    );
  });
});

it('a load into an unusable destination fails before any request', async () => {
  const xano = await localXano({ instances: [officeOf(items([1]))] });
  const configs = await configsOf(xano, ['items']);
  const result = loadInto(configs, '/nowhere/at/all/x.duckdb', { http: clientOf(xano) });
  await expect(
    result.then(
      ({ onlyTable }) => onlyTable.error?.code,
      (error: XanoError) => error.code,
    ),
  ).resolves.toBe('DATABASE_FAILED');
  expect(xano.requests).toEqual([]);
});

it('a load skips every table where the signal was aborted before', async () => {
  const xano = await localXano({ instances: [officeOf(items([1]))] });
  const result = await loadInto(await configsOf(xano, ['items']), temporaryFile(), {
    http: clientOf(xano),
    signal: AbortSignal.abort(),
  });
  expect(result.report).toMatchObject({
    status: 'interrupted',
    requests: 0,
    resources: [{ status: 'skipped', error: { code: 'INTERRUPTED' } }],
  });
  expect(xano.requests).toEqual([]);
});

it('a load throws for an impossible plan, and reports nothing', async () => {
  const xano = await localXano({ instances: [officeOf(items([1]))] });
  const [config] = await configsOf(xano, ['items']);
  const destination = await openDestination(temporaryFile(), { now: () => NOON, sleep: async () => {} });
  const broken = load([config!, config!], { destination, http: clientOf(xano) });
  await expect(broken).rejects.toMatchObject({ code: 'USAGE' });
  await destination.close();
  expect(xano.requests).toEqual([]);
});

it('a load renames a table in the file that was renamed in Xano', async () => {
  const table = items([1, 2]);
  const xano = await localXano({ instances: [officeOf(table)] });
  const [config] = await configsOf(xano, ['items']);
  const file = temporaryFile();
  await loadInto([config!], file, { http: clientOf(xano) });
  const result = await loadInto([{ ...config!, name: 'goods' }], file, { http: clientOf(xano) });
  expect(result.onlyTable).toMatchObject({ target: 'xano_data.goods', rows_written: 2, rows_deleted: 0 });
  expect(await query(file, `SELECT table_name FROM duckdb_tables() WHERE schema_name = 'xano_data'`)).toEqual(
    [{ table_name: 'goods' }],
  );
});

it('a load’s id contains its start and sorts by it', () => {
  expect(loadId(Date.UTC(2026, 10, 21, 10, 15, 2, 999), '4f2a')).toBe('20261121T101502Z-4f2a');
  expect(loadId(Date.UTC(2026, 0, 2, 3, 4, 5), '0000') < loadId(Date.UTC(2026, 0, 2, 3, 4, 6), '0000')).toBe(
    true,
  );
});

it('a load makes an empty table of one with a hidden schema and no rows', async () => {
  const xano = await localXano({ instances: [officeOf(items([]))] });
  const token = xano.issueToken({ scopes: ['workspace:content', 'workspace:live_data_source'] });
  const file = temporaryFile();
  const result = await loadInto(await configsOf(xano, ['items'], 2, token), file, {
    http: clientWith(token, fakeClock()),
  });
  expect(result.onlyTable).toEqual({
    ...loaded,
    resource: 'items',
    target: 'xano_data.items',
    rows_expected: 0,
    rows_read: 0,
    rows_written: 0,
    rows_total: 0,
    requests: 1,
    pages: 1,
  });
  expect(await query(file, 'FROM xano_data.items')).toEqual([]);
});

it('a load brings an endpoint’s list without ids, and does not call it proved', async () => {
  const { origin } = await serveJson(() => ({
    data: [
      { city: 'Lisbon', n: 1 },
      { city: '東京', n: 2 },
    ],
    totalPages: 1,
  }));
  const group = {
    id: 1,
    name: 'G',
    description: '',
    canonical: 'c',
    branch: null,
    base_url: `${origin}/api:c`,
  };
  const endpoint = { id: 2, verb: 'GET', path: 'cities', description: '', auth: false, inputs: [] };
  const workspace = {
    id: 3,
    name: 'W',
    description: '',
    branch: null,
    tables: [],
    api_groups: [{ ...group, endpoints: [endpoint] }],
  };
  const instance = {
    name: 'own',
    display: '',
    origin,
    meta_api: `${origin}/api:meta`,
    workspaces: [workspace],
  };
  const options = { token: { env: 'T' }, api_groups: true };
  const { endpoints } = generateEndpoints({ instances: [instance], omitted: [] }, options);
  const file = temporaryFile();
  const result = await loadInto(endpoints, file, { http: clientWith('t', fakeClock()) });
  expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'not_provable', rows_written: 2 });
  expect(await query(file, 'SELECT city, n FROM xano_data."G/cities" ORDER BY n')).toEqual([
    { city: 'Lisbon', n: '1' },
    { city: '東京', n: '2' },
  ]);
});

describe('a plan’s limit of 10 requests in 20 seconds', () => {
  it.each([1, 4])(
    'is learned from the first refusals of %i readers, and respected from then on',
    async (concurrency) => {
      const clock = fakeClock();
      const xano = await localXano({ now: clock.now, rate_limit: { requests: 10, per_ms: 20_000 } });
      const catalog = await discover({
        http: clientWith(xano.token, clock),
        token: { env: 'T' },
        instance: xano.instances[0]!.origin,
        api_groups: false,
      });
      const { endpoints } = generateEndpoints(catalog, { token: { env: 'T' }, page_size: 250 });
      await clock.sleep(60_000);
      xano.clearRequests();
      const file = temporaryFile();
      const result = await loadInto(endpoints, file, {
        http: clientWith(xano.token, clock),
        concurrency,
        now: clock.now,
      });
      expect(result.report.status).toBe('loaded');
      expect(
        result.report.resources.map(({ resource, rows_written, completeness }) => [
          resource,
          rows_written,
          completeness,
        ]),
      ).toEqual([
        ['merchant', 12, 'proved'],
        ['categories', 8, 'proved'],
        ['users', 500, 'proved'],
        ['products', 1000, 'proved'],
        ['customers', 800, 'proved'],
        ['orders', 5000, 'proved'],
        ['every_type', 19, 'proved'],
        ['new stuff 🚀', 3, 'proved'],
        ['returns', 0, 'proved'],
      ]);
      const statuses = xano.requests.map(({ status }) => status);
      const refused = statuses.flatMap((status, at) => (status === 429 ? [at] : []));
      // The eleventh request, and those that were under way with it.
      expect(refused[0]).toBe(10);
      // On this clock a sleeper may pass twenty seconds while another reader's request is on its way, which
      // the server then counts into a later window: several readers may be refused once more each, a single
      // one never.
      expect(refused.length).toBeLessThanOrEqual(concurrency === 1 ? 1 : 2 * concurrency);
      expect(eventsOf(result, 'waiting')[0]).toEqual({
        type: 'waiting',
        resource: expect.any(String),
        kind: 'rate_limit',
        // A tenth more than the 20 seconds that the refusal named.
        wait_ms: 22_000,
        reason: 'the rate limit of the server',
      });
      expect(result.report.requests).toBe(statuses.length);
    },
  );
});

it('a load replaces half a surrogate pair in names and values as UTF-8 requires', async () => {
  const table = rawTable(
    'halves',
    [field('id', 'int'), field('v', 'text')],
    ['{"id":1,"v":"a\\ud800b","k\\ud800":"\\udc00"}', '{"id":2,"v":"a","k\\ud800":"b"}'],
  );
  const xano = await localXano({ instances: [officeOf(table)] });
  const file = temporaryFile();
  const result = await loadInto(await configsOf(xano, ['halves']), file, { http: clientOf(xano) });
  expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', values_rejected: 2 });
  expect(await query(file, 'SELECT * EXCLUDE _xano_load_id FROM xano_data.halves ORDER BY id')).toEqual([
    { id: '1', v: null, 'k\ufffd': null },
    { id: '2', v: 'a', 'k\ufffd': '"b"' },
  ]);
  expect(await query(file, 'SELECT row_key, "column", raw FROM _xano.rejects ORDER BY 2')).toEqual([
    { row_key: '1', column: 'k\ufffd', raw: '"\\udc00"' },
    { row_key: '1', column: 'v', raw: '"a\\ud800b"' },
  ]);
});
