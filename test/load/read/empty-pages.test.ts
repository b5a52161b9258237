/**
 * Answers without a record: as the first one, beyond the end, and in the middle of a list; and the number of
 * the last page.
 */
import { expect, it } from 'vitest';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { loadInto, temporaryFile, values } from '../loading.js';
import { record } from './paged.js';

const BY_PAGES = { type: 'page_number', in: 'query', page_param: 'page', page_size_param: 'per_page' };

/** What the lists here have in common. */
const LISTED = {
  name: 'items',
  path: '/items',
  method: 'GET',
  data_selector: 'data',
  primary_key: ['id'],
  auth: { type: 'none' },
};

/** Loads a list that is served page by page, from 1. */
async function loaded(pageOf: (page: number) => Reply, more: object = {}) {
  const server = await serve(({ url }) =>
    pageOf(Number(new URL(url, 'http://x').searchParams.get('page') ?? 1)),
  );
  const [config] = parseEndpoints({
    version: 1,
    endpoints: [
      {
        ...LISTED,
        base_url: server.origin,
        pagination: { ...BY_PAGES, page_size: 2 },
        ...more,
      },
    ],
  });
  const file = temporaryFile();
  const { onlyTable } = await loadInto([config!], file, { http: clientWith('unneeded', fakeClock()) });
  return { report: onlyTable, file, requests: server.received.length };
}

const AUTO = { data_selector: undefined, pagination: { type: 'auto' } };

it.each<[string, unknown, object]>([
  ['null where the list would be', { data: null, total: 0 }, {}],
  ['null where the list would be, without a count', { data: null }, {}],
  ['an empty object where the list would be', { data: {} }, {}],
  ['no list, and a total of 0', { total: 0 }, {}],
  ['null where the list would be, and nothing said of it', { data: null, total: 0 }, AUTO],
  [
    'an empty object where the list would be, and nothing said of it',
    { next: null, data: {}, total: 0 },
    AUTO,
  ],
])('a first answer of %s is an empty list', async (_, body, more) => {
  const { report } = await loaded(() => ({ body: body as object }), more);
  expect(report).toMatchObject({ status: 'loaded', rows_written: 0 });
});

it.each<[string, unknown]>([
  ['no list and no count', { page: 1 }],
  ['a message in place of the list', { message: 'No such thing.' }],
  ['null beside a failure', { data: null, error: { message: 'Locked.' } }],
])('a first answer of %s is not an empty list', async (_, body) => {
  const { report } = await loaded(() => ({ body: body as object }));
  expect(report).toMatchObject({ status: 'failed', rows_written: 0, error: { code: 'RESPONSE_UNEXPECTED' } });
});

it.each<[string, Reply]>([
  ['an empty body', { body: '' }],
  ['null', { body: 'null' }],
  ['{}', { body: {} }],
  ['[]', { body: [] }],
  ['null for the list', { body: { data: null } }],
  ['false for the list', { body: { data: false } }],
  ['an empty object for the list', { body: { data: {} } }],
  ['a message', { body: { message: 'No records found' } }],
  ['a failure that is none', { body: { success: false, message: 'No more data.' } }],
  ['an error that is none', { body: { error: 'Page not found', data: [] } }],
  ['a sentence', { body: '"No more"' }],
  ['a longer sentence', { body: { message: 'There are no more records available.' } }],
  ['a page out of range', { body: { detail: 'Page is out of range' } }],
  ['a sentence for the list', { body: { data: 'No data' } }],
  ['status 204', { status: 204, body: '' }],
  ['status 404', { status: 404, body: { message: 'Invalid page.' } }],
])('a list whose end %s marks is read completely, whatever size its pages have', async (_, end) => {
  // Whatever size is asked for: two at a time, so that no place but a page's own can be found again.
  const { report, file } = await loaded((page) =>
    page > 3 ? end : { body: { data: [record(page * 2 - 1), record(page * 2)] } },
  );
  expect(report).toMatchObject({ status: 'loaded', rows_written: 6 });
  expect(await values(file, 'SELECT id::VARCHAR FROM xano_data.items ORDER BY id')).toEqual([
    ...['1', '2', '3', '4', '5', '6'],
  ]);
});

it.each<[string, unknown]>([
  ['a right that is missing', { success: false, message: 'No data access for this page.' }],
  ['a message', { message: 'Something is wrong.' }],
  ['a quota', { message: 'No more requests allowed today.' }],
  ['a plan', { message: 'Page not found in your plan.' }],
  ['an error', { error: 'Not found in this plan', data: [] }],
])('a page with %s does not end a list', async (_, body) => {
  const { report } = await loaded((page) =>
    page > 3 ? { body: body as object } : { body: { data: [record(page * 2 - 1), record(page * 2)] } },
  );
  expect(report).toMatchObject({ status: 'failed', error: { code: 'RESPONSE_UNEXPECTED' } });
});

/** Three pages, the second of them empty. */
const gap = (page: number) => (page === 1 || page === 3 ? [record(page * 2 - 1), record(page * 2)] : []);

it.each<[string, (page: number) => object, object]>([
  ['a flag', (page) => ({ has_more: page < 3 }), BY_PAGES],
  ['a flag that says last', (page) => ({ is_last: page >= 3 }), BY_PAGES],
  ['the number of pages', () => ({ pages: 3 }), { ...BY_PAGES, total_pages_path: 'pages' }],
])('an empty page does not end a list while %s says that more follow', async (_, said, pagination) => {
  const { report, file } = await loaded((page) => ({ body: { data: gap(page), ...said(page) } }), {
    pagination: { ...pagination, page_size: 2 },
  });
  expect(report).toMatchObject({ status: 'loaded', rows_written: 4 });
  expect(await values(file, 'SELECT id::VARCHAR FROM xano_data.items ORDER BY id')).toEqual([
    '1',
    '2',
    '5',
    '6',
  ]);
});

it('an empty page does not end a list that is read by offsets while a flag says that more follow', async () => {
  const server = await serve(({ url }) => {
    const offset = Number(new URL(url, 'http://x').searchParams.get('offset'));
    return { body: { data: gap(offset / 2 + 1), has_more: offset < 4 } };
  });
  const [config] = parseEndpoints({
    version: 1,
    endpoints: [
      {
        ...LISTED,
        base_url: server.origin,
        pagination: { type: 'offset', in: 'query', offset_param: 'offset', limit_param: 'limit', limit: 2 },
      },
    ],
  });
  const { onlyTable } = await loadInto([config!], temporaryFile(), {
    http: clientWith('unneeded', fakeClock()),
  });
  expect(onlyTable).toMatchObject({ status: 'loaded', rows_written: 4 });
});

it('a flag that is never false ends with the third empty page', async () => {
  const { report, requests } = await loaded((page) => ({ body: { data: gap(page), has_more: true } }));
  expect(report).toMatchObject({ status: 'loaded', rows_written: 4 });
  // Pages 1 to 6, then pages 1 and 3 once more, to see whether rows have moved.
  expect(requests).toBeLessThan(12);
});

it('NDJSON of a single line is a list of one, as the only page and as the last one', async () => {
  const line = (id: number) => JSON.stringify(record(id));
  const json = { 'content-type': 'application/json' };
  const more = { data_selector: '', format: 'ndjson' };
  const one = await loaded(() => ({ headers: json, body: line(1) }), {
    ...more,
    pagination: { type: 'single_page' },
  });
  expect(one.report).toMatchObject({ status: 'loaded', rows_written: 1 });
  const paged = await loaded(
    (page) => ({ headers: json, body: page === 1 ? `${line(1)}\n${line(2)}` : page === 2 ? line(3) : '' }),
    more,
  );
  expect(paged.report).toMatchObject({ status: 'loaded', rows_written: 3 });
  const refused = await loaded(() => ({ headers: json, body: { error: 'query timed out' } }), more);
  expect(refused.report).toMatchObject({ status: 'failed', rows_written: 0 });
});

it.each<[string, string, number, number]>([
  ['its number, from 0', 'last_page', 0, 2],
  ['its number, from 1', 'meta.lastPage', 1, 3],
  ['how many there are, from 0', 'pages', 0, 3],
])('the last page is known by %s', async (_, total_pages_path, base_page, said) => {
  const server = await serve(({ url }) => {
    const at = Number(new URL(url, 'http://x').searchParams.get('page')) - base_page;
    const data = at > 2 ? [] : [record(at * 2 + 1), record(at * 2 + 2)];
    return { body: { data, last_page: said, pages: said, meta: { lastPage: said } } };
  });
  const pagination = { ...BY_PAGES, page_size: 2, base_page, total_pages_path };
  const [config] = parseEndpoints({
    version: 1,
    endpoints: [{ ...LISTED, base_url: server.origin, pagination }],
  });
  const { onlyTable } = await loadInto([config!], temporaryFile(), {
    http: clientWith('unneeded', fakeClock()),
  });
  expect(onlyTable).toMatchObject({ status: 'loaded', rows_written: 6 });
});
