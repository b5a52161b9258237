/** Configs become a plan: names, identities, and what reading will take. */
import { describe, expect, it } from 'vitest';
import { expectedRequests } from '../../src/load/estimate.js';
import { planLoad } from '../../src/load/plan.js';
import { completenessOf } from '../../src/load/verify/completeness.js';
import { foldName } from '../../src/names.js';
import type { EndpointConfig, ResolvedEndpoint } from '../../src/rest/config/endpoint-config.js';
import type { Pagination } from '../../src/rest/config/pagination.js';
import { itemsConfig } from './items-config.js';

const config = itemsConfig('https://x1.n7.xano.io');
const refusal = (endpoints: readonly EndpointConfig[]) => {
  try {
    planLoad(endpoints, 'd', foldName);
  } catch (thrown) {
    const { code, message, hint } = thrown as { code: string; message: string; hint: string };
    return { code, message, hint };
  }
  return undefined;
};

describe('planLoad', () => {
  it('gives the order of the resources and their targets', () => {
    expect(planLoad([{ ...config, description: 'All of them' }], 'raw', foldName)).toEqual([
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
          excluded: [],
          primary_key: ['id'],
        },
        identity: expect.stringMatching(
          /^x1\.n7\.xano\.io\/api:meta\/workspace\/3\/table\/51\/content\/search [0-9a-f]{16} - > "raw"\."items"$/,
        ),
        same_list: [],
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
    expect(planLoad([{ ...config, table_name: 'items_51' }], 'd', foldName)[0]!.target.name).toBe('items_51');
  });

  it('refuses two resources with the same name, also where only DuckDB cannot tell them apart', () => {
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

  it('keeps names apart that differ in case alone, where the destination does', () => {
    const twins = [config, { ...config, name: 'ITEMS', path: '/other' }];
    const steps = planLoad(twins, 'D', (name) => name);
    expect(steps.map(({ target }) => `${target.schema}.${target.name}`)).toEqual(['D.items', 'D.ITEMS']);
    expect(steps.map(({ identity }) => identity.split(' > ')[1])).toEqual(['"D"."items"', '"D"."ITEMS"']);
  });

  it('plans several tables of one list, each with its own state', () => {
    const copies = [config, { ...config, name: 'copy' }, { ...config, table_name: 'other' }];
    const steps = planLoad(copies, 'd', foldName);
    expect(new Set(steps.map(({ identity }) => identity)).size).toBe(3);
    expect(steps.map(({ same_list }) => same_list)).toEqual([
      ['copy', 'other'],
      ['items', 'other'],
      ['items', 'copy'],
    ]);
    const [, other] = planLoad([config, { ...config, name: 'test', headers: {} }], 'd', foldName);
    expect(other?.same_list).toEqual([]);
  });

  it('gives tables names that DuckDB accepts, and refuses two that it cannot tell apart', () => {
    const named = (name: string) => planLoad([{ ...config, name }], 'a\0b', foldName)[0]?.target;
    expect(named('n\0l')).toMatchObject({ schema: 'a\u2400b', name: 'n\u2400l' });
    expect(named('half \ud83d')).toMatchObject({ name: 'half \ufffd' });
    expect(
      refusal([
        { ...config, name: 'n\0l' },
        { ...config, name: 'N\u2400L' },
      ]),
    ).toMatchObject({
      code: 'USAGE',
    });
  });
});

const step = (changes: Partial<EndpointConfig>, dataset = 'd') =>
  planLoad([{ ...config, ...changes }], dataset, foldName)[0]!;
const plain = step({});

describe('an identity', () => {
  it.each([
    [
      'the name, where the table is called the same',
      { name: 'renamed', table_name: 'items', description: 'new' },
    ],
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
  ])('differs with %s', (_, changes) => {
    expect(step(changes).identity).not.toBe(plain.identity);
  });

  it('differs for another table of the same list', () => {
    expect(step({ table_name: 'other' }).identity).not.toBe(plain.identity);
  });

  it('differs in another dataset', () => {
    expect(step({}, 'e').identity).not.toBe(plain.identity);
  });

  it('contains no value of a parameter or header, which may be secret', () => {
    const { identity } = step({ params: { key: 'hunter2' }, headers: { 'x-key': 'hunter3' } });
    expect(identity).not.toMatch(/hunter/);
  });
});

describe('an identity of a list whose source gives no id', () => {
  const parent: EndpointConfig = {
    ...config,
    name: 'shops',
    origin: undefined,
    method: 'GET',
    base_url: 'https://api.example.com/v1',
    path: '/shops',
    headers: { 'X-Tenant': 'a', accept: 'application/json' },
    params: { status: 'paid', region: 'eu' },
    body: undefined,
    auth: { type: 'bearer', token: { env: 'KEY_A' } },
  };
  const list: EndpointConfig = {
    ...parent,
    name: 'orders',
    path: '/shops/{shop}/orders?kind=b&kind=a&min=1',
    parent: { resource: 'shops', bind: { shop: 'id' }, include: [] },
  };
  const identityOf = (changes: Partial<EndpointConfig>, changedParent: Partial<EndpointConfig> = {}) =>
    planLoad(
      [
        { ...parent, ...changedParent },
        { ...list, ...changes },
      ],
      'd',
      foldName,
    )[1]!.identity;
  const before = identityOf({});
  const ref = (env: string) => ({ env });
  const oauth = {
    type: 'oauth2_client_credentials' as const,
    token_url: 'https://login.example.com/token',
    client_id: ref('ID'),
    client_secret: ref('SECRET'),
    params: {},
    credentials_in: 'form' as const,
  };
  const login = {
    type: 'login' as const,
    url: 'https://login.example.com/auth',
    body: { email: ref('MAIL'), password: ref('PASS') },
    token_path: 'token',
  };

  it.each<[string, Partial<EndpointConfig>]>([
    [
      'the order of parameters, headers and their case',
      { headers: { Accept: 'application/json', 'x-tenant': 'a' }, params: { region: 'eu', status: 'paid' } },
    ],
    [
      'whether a parameter stands in params or in the path',
      { path: '/shops/{shop}/orders?kind=b&kind=a&min=1&region=eu', params: { status: 'paid' } },
    ],
    ['which of the lists of the answer is read', { data_selector: 'other.list' }],
    ['how pages are asked for', { pagination: { type: 'header_link' } }],
    ['the case of its name', { name: 'Orders' }],
    [
      'columns it includes of its parent',
      { parent: { resource: 'shops', bind: { shop: 'id' }, include: ['name'] } },
    ],
  ])('stays the same whatever %s', (_, changes) => {
    expect(identityOf(changes)).toBe(before);
  });

  it.each<[string, Partial<EndpointConfig>]>([
    ['the name', { name: 'history' }],
    ['the table', { table_name: 'history' }],
    ['the scheme', { base_url: 'http://api.example.com/v1' }],
    ['the port', { base_url: 'https://api.example.com:8443/v1' }],
    ['the path of the base', { base_url: 'https://api.example.com/v2' }],
    ['the query of the path', { path: '/shops/{shop}/orders?kind=b&kind=a&min=2' }],
    ['the order of a repeated parameter', { path: '/shops/{shop}/orders?kind=a&kind=b&min=1' }],
    ['a repeated parameter more', { path: '/shops/{shop}/orders?kind=b&kind=a&kind=c&min=1' }],
    ['a parameter', { params: { status: 'open', region: 'eu' } }],
    ['a header', { headers: { 'X-Tenant': 'b', accept: 'application/json' } }],
    ['the body', { method: 'POST', body: { a: 1 } }],
    ['the binding', { parent: { resource: 'shops', bind: { shop: 'code' }, include: [] } }],
    ['no credentials', { auth: { type: 'none' } }],
    ['another variable', { auth: { type: 'bearer', token: { env: 'KEY_B' } } }],
    ['a profile', { auth: { type: 'bearer', token: { profile: 'KEY_A' } } }],
    ['a key', { auth: { type: 'api_key', name: 'X-Key', in: 'header', key: { env: 'KEY_A' } } }],
    ['a user name', { auth: { type: 'basic', username: { env: 'A' }, password: { env: 'KEY_A' } } }],
  ])('differs with %s', (_, changes) => {
    expect(identityOf(changes)).not.toBe(before);
  });

  it.each<[string, EndpointConfig['auth'], EndpointConfig['auth']]>([
    [
      'the user name of basic',
      { type: 'basic', username: ref('A'), password: ref('P') },
      { type: 'basic', username: ref('B'), password: ref('P') },
    ],
    ['the client', oauth, { ...oauth, client_id: ref('ID_2') }],
    ['the scope', oauth, { ...oauth, scope: 'all' }],
    ['the audience', oauth, { ...oauth, params: { audience: 'b' } }],
    ['where the token is asked for', oauth, { ...oauth, token_url: 'https://other.example.com/token' }],
    ['another login', login, { ...login, body: { ...login.body, email: ref('MAIL_2') } }],
    ['a constant of the login', login, { ...login, body: { ...login.body, tenant: 'b' } }],
    ['where the login is', login, { ...login, url: 'https://login.example.com/v2' }],
  ])('differs with another account: %s', (_, one, other) => {
    expect(identityOf({ auth: one })).not.toBe(identityOf({ auth: other }));
    expect(identityOf({ auth: one })).toBe(identityOf({ auth: structuredClone(one) }));
  });

  it.each<[string, object]>([
    ['its fields stand elsewhere', { body: { user: { mail: ref('MAIL'), secret: ref('PASS') } } }],
    ['it names its grant', { body: { ...login.body, grant_type: 'password' } }],
    ['its token is read elsewhere', { token_path: 'data.token' }],
  ])('is the same where one account logs in, but %s', (_, changes) => {
    expect(identityOf({ auth: { ...login, ...changes } })).toBe(identityOf({ auth: login }));
  });

  it('differs where its parent reads another list, and is the same where the parent has another name', () => {
    expect(identityOf({}, { params: { status: 'open' } })).not.toBe(before);
    expect(identityOf({}, { auth: { type: 'none' } })).not.toBe(before);
    const renamed = { parent: { resource: 'stores', bind: { shop: 'id' }, include: [] } };
    expect(identityOf(renamed, { name: 'stores' })).toBe(before);
  });

  it('contains no query, header or body, and the names of variables as a digest', () => {
    const secret = identityOf({
      method: 'POST',
      path: '/shops/{shop}/orders?key=hunter1',
      params: { key2: 'hunter2', key3: '${HUNTER3}' },
      headers: { authorization: 'hunter4' },
      body: { pin: 'hunter5' },
      auth: { type: 'bearer', token: { env: 'HUNTER6' } },
    });
    expect(secret).not.toMatch(/hunter/i);
    expect(secret).toMatch(
      /^https:\/\/api\.example\.com\/v1\/shops\/%7Bshop%7D\/orders [0-9a-f]{16} [0-9a-f]{16} > "d"\."orders" "orders"$/,
    );
  });
});

describe('a fingerprint', () => {
  it.each([
    ['the columns', { columns: [{ name: 'id', type: 'BIGINT' as const, list: false }] }],
    ['the key', { primary_key: [] }],
    ['other exclusions', { excluded: ['password'] }],
    ['the selector', { data_selector: 'data' }],
    ['how pages are asked for', { pagination: { type: 'single_page' as const } }],
  ])('changes with %s', (_, changes) => {
    expect(step(changes).fingerprint).not.toBe(plain.fingerprint);
  });

  it('covers the config as given, where a part is left to detection', () => {
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
    ['cursors, which are not positions', sized, 9, { pages: 3, requests: 4 }],
    ['cursors of no known size', by(cursor), 9, { pages: null, requests: null }],
    ['links', by({ type: 'header_link' }), 9, { pages: null, requests: null }],
    ['a single page, however many rows', single, 900, { pages: 1, requests: 1 }],
    ['a single page that nobody counted', single, null, { pages: 1, requests: 1 }],
    ['rows that nobody counted', config, null, { pages: null, requests: null }],
  ] as const)('decides the case: %s', (_, endpoint, rows, expected) => {
    expect(expectedRequests(endpoint, rows)).toEqual(expected);
  });
});

describe('completenessOf', () => {
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
  ] as const)('decides the case: %s', (_, rows, distinct_keys, rows_expected, verdict) => {
    const keyless_rows = distinct_keys === null ? rows : 0;
    expect(completenessOf({ rows, distinct_keys, keyless_rows, rows_expected, moved: false })).toBe(verdict);
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
  ] as const)('decides the case: %s', (_, rows, distinct_keys, keyless_rows, rows_expected, verdict) => {
    expect(completenessOf({ rows, distinct_keys, keyless_rows, rows_expected, moved: false })).toBe(verdict);
  });
});
