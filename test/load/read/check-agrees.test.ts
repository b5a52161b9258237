/** What `checkEndpoint` says of a config is what a load of it comes to. */
import { expect, it } from 'vitest';
import { checkEndpoint } from '../../../src/rest/check/check-endpoint.js';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { loadInto, temporaryFile } from '../loading.js';

const data = Array.from({ length: 10 }, (_, at) => ({ id: at + 1 }));
const single = { type: 'single_page' };
const unproved = { ...single, total_path: '' };
const range = { 'content-range': 'items 0-9/*' };
const next_path = { type: 'json_link', next_url_path: 'links.next' };

const REFUSED = 'the answer says that more records follow, but it has no link to them';

async function configOf(pagination: object, reply: Reply, more: object = {}) {
  const server = await serve(() => reply);
  const config: EndpointConfig = parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: 'things',
        base_url: server.origin,
        path: '/list',
        method: 'GET',
        data_selector: 'data',
        primary_key: ['id'],
        pagination,
        auth: { type: 'none' },
        ...more,
      },
    ],
  })[0]!;
  return { config, http: clientWith('unneeded', fakeClock()) };
}

async function both(pagination: object, reply: Reply, more: object = {}) {
  const { config, http } = await configOf(pagination, reply, more);
  const checked = await checkEndpoint(config, http);
  const { onlyTable } = await loadInto([config], temporaryFile(), { http });
  return {
    status: onlyTable.status,
    check: checked.status,
    problems: checked.findings.flatMap(({ is_problem, says }) => (is_problem ? [says] : [])),
  };
}

it.each<[string, object, Reply, string]>([
  [
    'a range of a list of unknown length',
    single,
    { body: { data }, headers: range },
    'the answer says in "header:content-range" that it is a part of a list of unknown length, but no parameter requests the rest',
  ],
  [
    'a last page elsewhere',
    single,
    { body: { data }, headers: { link: '</l?page=3>; rel="last"' } },
    REFUSED,
  ],
  ['a link to a last page in the body', single, { body: { data, links: { last: '/l?page=3' } } }, REFUSED],
  ['a next link', single, { body: { data, next: '/list?page=2' } }, REFUSED],
  ['a cursor of parts', single, { body: { data, search_after: [10, 'a'] } }, REFUSED],
  ['a flag', single, { body: { data, has_more: true } }, REFUSED],
  ['a number of pages', single, { body: { data, page: 1, pages: 3 } }, REFUSED],
  ['a total', single, { body: { data, total: 25 } }, REFUSED],
  ['a total in a header', single, { body: { data }, headers: { 'x-total-count': '25' } }, REFUSED],
  ['a link under another name', next_path, { body: { data, next: '/list?page=2' } }, REFUSED],
])('a check and a load refuse a list whose answer has %s', async (_, pagination, reply, says) => {
  const { status, check, problems } = await both(pagination, reply);
  expect({ status, check }).toEqual({ status: 'failed', check: 'differs' });
  expect(problems).toContain(says);
});

it.each<[string, object, Reply]>([
  ['a range, where total_path is empty', unproved, { body: { data }, headers: range }],
  ['a total, where total_path is empty', unproved, { body: { data, total: 25 } }],
  ['a next link, where total_path is empty', unproved, { body: { data, next: '/list?page=2' } }],
  ['a flag, where total_path is empty', unproved, { body: { data, has_more: true } }],
  ['one page of one', single, { body: { data, page: 1, pages: 1, total: 10 } }],
  ['a range of the whole list', single, { body: { data }, headers: { 'content-range': 'items 0-9/10' } }],
  ['a range of bytes', single, { body: { data }, headers: { 'content-range': 'bytes 0-99/2500' } }],
  ['a next id that a new record gets', single, { body: { data, next_id: 11 } }],
  ['a last page that is the first', single, { body: { data, links: { last: '/l?page=1' } } }],
])('a check and a load accept a list whose answer has %s', async (_, pagination, reply) => {
  expect(await both(pagination, reply)).toEqual({ status: 'loaded', check: 'ok', problems: [] });
});

it('a check and a load ignore a parameter that the answer repeats', async () => {
  const reply = { body: { data, cursor: 'abc' } };
  const params = { cursor: 'abc' };
  expect(await both(single, reply, { params })).toEqual({ status: 'loaded', check: 'ok', problems: [] });
});

it('a check keeps a total that stands in a header', async () => {
  const reply = { body: { data }, headers: { 'x-total-count': '10' } };
  const paged = { type: 'offset', offset_param: 'offset', limit_param: 'limit', limit: 10 };
  const pagination = { ...paged, total_path: 'header:x-total-count' };
  const { config, http } = await configOf(pagination, reply);
  const checked = await checkEndpoint(config, http);
  expect(checked).toMatchObject({ status: 'ok', total: 10, findings: [], correction: null });
});
