/** Configs become a plan: names, identities, and what reading will take. */
import { describe, expect, it } from 'vitest';
import { requestIdentity } from '../../src/destinations/identity.js';
import { judge } from '../../src/load/complete.js';
import { expectedRequests, planLoad } from '../../src/load/plan.js';
import type { EndpointConfig, Pagination, ResolvedEndpoint } from '../../src/rest/config.js';
import { itemsConfig } from './things.js';

const config = itemsConfig('https://x1.n7.xano.io');
const refusal = (endpoints: readonly EndpointConfig[]) => {
  try {
    planLoad(endpoints, 'd');
  } catch (thrown) {
    const { code, message, hint } = thrown as { code: string; message: string; hint: string };
    return { code, message, hint };
  }
  return undefined;
};

describe('planLoad', () => {
  it('says what is read first and where it goes', () => {
    expect(planLoad([{ ...config, description: 'All of them' }], 'raw')).toEqual([
      {
        endpoint: { ...config, description: 'All of them' },
        target: {
          schema: 'raw',
          name: 'items',
          description: 'All of them',
          columns: [
            { name: 'id', type: 'BIGINT', list: false },
            { name: 'name', type: 'VARCHAR', list: false },
          ],
          primary_key: ['id'],
        },
        identity: expect.stringMatching(
          /^x1\.n7\.xano\.io\/api:meta\/workspace\/3\/table\/51\/content\/search [0-9a-f]{16} > raw$/,
        ),
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        first_request: {
          method: 'POST',
          url: 'https://x1.n7.xano.io/api:meta/workspace/3/table/51/content/search',
          params: {},
          headers: { 'x-data-source': 'live' },
          body: { page: 1, per_page: 3, sort: { id: 'asc' } },
        },
      },
    ]);
  });

  it('prefers a table_name to the resource’s name', () => {
    expect(planLoad([{ ...config, table_name: 'items_51' }], 'd')[0]!.target.name).toBe('items_51');
  });

  it('refuses two resources of one name, also where only DuckDB takes them for one', () => {
    expect(refusal([config, { ...config, name: 'ITEMS', path: '/other' }])).toEqual({
      code: 'USAGE',
      message: '"ITEMS" and "items" would both become the table "ITEMS".',
      hint: 'Load them one at a time into two datasets with --dataset, or give one of them a table_name.',
    });
    expect(
      refusal([config, { ...config, name: 'other', table_name: 'Items', path: '/other' }]),
    ).toMatchObject({
      message: '"other" and "items" would both become the table "Items".',
    });
    expect(
      refusal([
        { ...config, name: 'é' },
        { ...config, name: 'É', path: '/other' },
      ]),
    ).toBeUndefined();
  });

  it('knows lists of one answer by where they are, and a list alone by its request', () => {
    const lists = [
      { ...config, data_selector: 'a b' },
      { ...config, name: 'other', data_selector: '' },
    ];
    const [alone] = planLoad([config], 'x > y');
    const steps = planLoad(lists, 'x > y');
    const [request, ...dataset] = alone!.identity.split(' > ');
    expect(steps.map(({ identity }) => identity)).toEqual(
      ['#a%20b', '#'].map((list) => [`${request}${list}`, ...dataset].join(' > ')),
    );
    expect(steps.map(({ identity }) => requestIdentity(identity))).toEqual([
      alone!.identity,
      alone!.identity,
    ]);
    expect(requestIdentity(alone!.identity)).toBe(alone!.identity);
  });

  it('refuses two resources that read the very same list: their state would be one', () => {
    expect(refusal([config, { ...config, name: 'copy' }])).toEqual({
      code: 'USAGE',
      message: '"copy" and "items" read the very same list.',
      hint: 'Leave one of them out, or give each the data_selector of its list: state and unfinished rows are kept by what is read.',
    });
    expect(
      refusal([config, { ...config, name: 'test', headers: { 'x-data-source': 'test' } }]),
    ).toBeUndefined();
  });
});

const step = (changes: Partial<EndpointConfig>, dataset = 'd') =>
  planLoad([{ ...config, ...changes }], dataset)[0]!;
const plain = step({});

describe('an identity', () => {
  it.each([
    ['the name', { name: 'renamed', table_name: 'other', description: 'new' }],
    ['the columns', { columns: [] }],
    ['the page size', { pagination: { ...config.pagination, page_size: 7 } as EndpointConfig['pagination'] }],
    ['where the token is found', { auth: { type: 'bearer' as const, token: { profile: 'p' } } }],
    ['the scheme', { base_url: 'http://x1.n7.xano.io/api:meta' }],
  ])('stays the same whatever %s', (_, changes) => {
    expect(step(changes).identity).toBe(plain.identity);
  });

  it.each([
    ['the data source', { headers: { 'x-data-source': 'test' } }],
    ['the path', { path: '/workspace/3/table/52/content/search' }],
    ['the host', { base_url: 'https://x2.n7.xano.io/api:meta' }],
    ['a parameter', { params: { region: 'eu' } }],
    ['the body', { body: { search: [{ 'id|>': 5 }] } }],
    ['the method', { method: 'GET' as const }],
  ])('is another with %s', (_, changes) => {
    expect(step(changes).identity).not.toBe(plain.identity);
  });

  it('is another in another dataset', () => {
    expect(step({}, 'e').identity).not.toBe(plain.identity);
  });

  it('holds no value of a parameter or header, which may be secret', () => {
    const { identity } = step({ params: { key: 'hunter2' }, headers: { 'x-key': 'hunter3' } });
    expect(identity).not.toMatch(/hunter/);
  });
});

describe('a fingerprint', () => {
  it.each([
    ['the columns', { columns: [{ name: 'id', type: 'BIGINT' as const, list: false }] }],
    ['the key', { primary_key: [] }],
    ['what is left out', { left_out: ['password'] }],
    ['the selector', { data_selector: 'data' }],
    ['how pages are asked for', { pagination: { type: 'single_page' as const } }],
  ])('changes with %s', (_, changes) => {
    expect(step(changes).fingerprint).not.toBe(plain.fingerprint);
  });

  it('is that of the config as it is given, where something is left to be found out', () => {
    const open = (changes: Partial<EndpointConfig>) => step(changes);
    const auto = open({ pagination: { type: 'auto' }, method: 'GET', body: undefined });
    expect(auto.fingerprint).toBe(open({ pagination: { type: 'auto' }, method: 'GET' }).fingerprint);
    expect(auto.first_request).toEqual({
      method: 'GET',
      url: plain.first_request.url,
      params: {},
      headers: { 'x-data-source': 'live' },
      body: undefined,
    });
    const prints = [plain, auto, open({ data_selector: undefined }), open({ data_selector: '' })];
    expect(new Set(prints.map(({ fingerprint }) => fingerprint)).size).toBe(4);
    expect(open({ data_selector: undefined }).first_request).toEqual(plain.first_request);
  });

  it('stays the same with another name or page size', () => {
    const pagination = { ...config.pagination, page_size: 7 } as EndpointConfig['pagination'];
    expect(step({ name: 'renamed', pagination }).fingerprint).toBe(plain.fingerprint);
  });
});

describe('expectedRequests', () => {
  const uuid = itemsConfig('https://x1.n7.xano.io', 'uuid');
  const numbered: ResolvedEndpoint = {
    ...config,
    pagination: {
      type: 'page_number',
      in: 'body',
      page_param: 'page',
      base_page: 1,
      page_size_param: 'per_page',
      page_size: 3,
      total_path: 'itemsTotal',
    },
  };
  const single: ResolvedEndpoint = { ...config, pagination: { type: 'single_page' } };
  const by = (pagination: Pagination): ResolvedEndpoint => ({ ...config, pagination });
  const offset = by({ type: 'offset', in: 'query', offset_param: 'o', limit_param: 'l', limit: 3 });
  const cursor = { type: 'cursor', in: 'query', cursor_param: 'c', cursor_path: 'c' } as const;
  const sized = by({ ...cursor, page_size_param: 'n', page_size: 3 });
  it.each([
    ['keyset, no rows', config, 0, { pages: 1, requests: 1 }],
    ['keyset, one full page', config, 3, { pages: 1, requests: 1 }],
    ['keyset, a row more', config, 4, { pages: 2, requests: 4 }],
    ['keyset, three full pages', config, 9, { pages: 3, requests: 5 }],
    ['keyset of UUIDs, which have no highest', uuid, 9, { pages: 3, requests: 4 }],
    ['page numbers, and the places of two pages', numbered, 9, { pages: 3, requests: 6 }],
    ['page numbers, and the places of four pages', numbered, 300, { pages: 100, requests: 105 }],
    ['page numbers, one page', numbered, 2, { pages: 1, requests: 1 }],
    ['offsets, and the places of two pages', offset, 9, { pages: 3, requests: 6 }],
    ['cursors, which are no places', sized, 9, { pages: 3, requests: 4 }],
    ['cursors of no known size', by(cursor), 9, { pages: null, requests: null }],
    ['links', by({ type: 'header_link' }), 9, { pages: null, requests: null }],
    ['a single page, however many rows', single, 900, { pages: 1, requests: 1 }],
    ['a single page that nobody counted', single, null, { pages: 1, requests: 1 }],
    ['rows that nobody counted', config, null, { pages: null, requests: null }],
  ] as const)('%s', (_, endpoint, rows, expected) => {
    expect(expectedRequests(endpoint, rows)).toEqual(expected);
  });
});

describe('judge', () => {
  it.each([
    ['as many keys as are counted', 5, 5, 5, 'proved'],
    ['nothing of nothing', 0, 0, 0, 'proved'],
    ['nothing of nothing, without a key', 0, null, 0, 'proved'],
    ['a row read twice is one', 6, 5, 5, 'proved'],
    ['enough rows, but too few keys', 5, 4, 5, 'incomplete'],
    ['fewer', 4, 4, 5, 'incomplete'],
    ['fewer, without a key', 4, null, 5, 'incomplete'],
    ['nothing of something', 0, 0, 1, 'incomplete'],
    ['more than are counted now', 6, 6, 5, 'changed_while_reading'],
    ['more, without a key', 6, null, 5, 'changed_while_reading'],
    ['as many rows, but no key to tell them apart', 5, null, 5, 'not_provable'],
    ['no count', 5, 5, null, 'not_provable'],
    ['no count and no rows', 0, 0, null, 'not_provable'],
  ] as const)('%s', (_, rows, distinct_keys, rows_expected, verdict) => {
    const keyless_rows = distinct_keys === null ? rows : 0;
    expect(judge({ rows, distinct_keys, keyless_rows, rows_expected, moved: false })).toBe(verdict);
  });

  it.each([
    [
      'a row without a key that can be read is a row, but nobody can tell it from another',
      5,
      4,
      1,
      5,
      'not_provable',
    ],
    ['and it does not stand for two', 5, 4, 1, 6, 'incomplete'],
  ] as const)('%s', (_, rows, distinct_keys, keyless_rows, rows_expected, verdict) => {
    expect(judge({ rows, distinct_keys, keyless_rows, rows_expected, moved: false })).toBe(verdict);
  });
});
