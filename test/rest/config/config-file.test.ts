/** Config files as people write them, and what is said of their mistakes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileJsonSchema } from '../../../src/project/file-json-schema.js';
import { readConfig } from '../../../src/rest/config/config-file.js';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { thrownBy } from '../decode/reading.js';

const BASE = 'client:\n  base_url: https://x.xano.io/api:1\n';

const endpoints = (text: string): readonly EndpointConfig[] => readConfig(text, 'xano.yaml').endpoints;
const said = (text: string): string => {
  const { code, message, details } = thrownBy(() => readConfig(text, 'xano.yaml'));
  expect(code).toBe('CONFIG_INVALID');
  return [message, ...details].join(' ');
};

const plain: EndpointConfig = {
  name: 'orders',
  base_url: 'https://x.xano.io/api:1',
  path: 'orders',
  method: 'GET',
  params: {},
  headers: {},
  primary_key: [],
  write_disposition: 'replace',
  excluded: [],
  pagination: { type: 'auto' },
  auth: { type: 'none' },
};

describe('a config file', () => {
  it('needs an address and a path', () => {
    expect(endpoints(`${BASE}resources: [orders]`)).toEqual([plain]);
    expect(endpoints(`${BASE}resources:\n  - name: orders\n`)).toEqual([plain]);
    const json = { client: { base_url: plain.base_url }, resources: ['orders'] };
    expect(endpoints(JSON.stringify(json))).toEqual([plain]);
    expect(endpoints(`\uFEFF${JSON.stringify(json)}`)).toEqual([plain]);
  });

  it('states common settings once, and the rest per list', () => {
    const text = `
client:
  base_url: https://x.xano.io/api:1
  auth: { type: bearer, token: \${SHOP_TOKEN} }
  headers: { x-data-source: live, x-who: us }
  paginator: page_number
  data_selector: items
resource_defaults:
  primary_key: id
  write_disposition: merge
  params: { sort: id, limit: 20 }
resources:
  - orders
  - name: customers
    path: /v2/customers
    auth: none
    headers: { x-who: them }
    params: { sort: name, live: true, code: 007 }
    pagination: { type: offset, limit: 50 }
    primary_key: [shop, id]
    columns: { id: BIGINT, tags: 'VARCHAR[]', place: 'FLOAT[3]' }
    excluded: [password]
  - name: found
    table_name: hits
    description: What was found
    body: { for: { all: 1.10 } }
    base_url: https://y.xano.io/api:2
    data_selector: ''
    write_disposition: replace
`;
    const bearer = { type: 'bearer', token: { env: 'SHOP_TOKEN' } } as const;
    const page_number = {
      type: 'page_number',
      in: 'query',
      page_param: 'page',
      base_page: 1,
      page_size_param: 'per_page',
      page_size: 100,
    } as const;
    expect(endpoints(text)).toEqual([
      {
        ...plain,
        auth: bearer,
        headers: { 'x-data-source': 'live', 'x-who': 'us' },
        params: { sort: 'id', limit: '20' },
        pagination: page_number,
        data_selector: 'items',
        primary_key: ['id'],
        write_disposition: 'merge',
      },
      {
        ...plain,
        name: 'customers',
        path: '/v2/customers',
        headers: { 'x-data-source': 'live', 'x-who': 'them' },
        params: { sort: 'name', limit: '20', live: 'true', code: '007' },
        pagination: { type: 'offset', in: 'query', offset_param: 'offset', limit_param: 'limit', limit: 50 },
        data_selector: 'items',
        primary_key: ['shop', 'id'],
        write_disposition: 'merge',
        columns: [
          { name: 'id', type: 'BIGINT', list: false },
          { name: 'tags', type: 'VARCHAR', list: true },
          { name: 'place', type: 'FLOAT', list: true, size: 3 },
        ],
        excluded: ['password'],
      },
      {
        ...plain,
        name: 'found',
        table_name: 'hits',
        description: 'What was found',
        path: 'found',
        base_url: 'https://y.xano.io/api:2',
        method: 'POST',
        auth: bearer,
        headers: { 'x-data-source': 'live', 'x-who': 'us' },
        params: { sort: 'id', limit: '20' },
        body: { for: { all: 1.1 } },
        pagination: page_number,
        data_selector: '',
        primary_key: ['id'],
      },
    ]);
  });

  it.each([
    ['${T}', { type: 'bearer', token: { env: 'T' } }],
    ['none', { type: 'none' }],
    ['{ type: bearer, token: { env: T } }', { type: 'bearer', token: { env: 'T' } }],
    [
      '{ type: basic, username: "${U}", password: ${P} }',
      { type: 'basic', username: { env: 'U' }, password: { env: 'P' } },
    ],
    [
      '{ type: api_key, in: query, name: key, key: ${K} }',
      { type: 'api_key', in: 'query', name: 'key', key: { env: 'K' } },
    ],
  ])('is authorized by %s', (written, auth) => {
    expect(endpoints(`${BASE}  auth: ${written}\nresources: [orders]`)).toEqual([{ ...plain, auth }]);
  });

  it('is read as `xano endpoints` writes it', () => {
    const generated = { version: 1, endpoints: [{ ...plain, data_selector: 'items' }] };
    expect(endpoints(JSON.stringify(generated))).toEqual(parseEndpoints(generated));
  });

  it('may share one setting among hundreds of lists by aliases', () => {
    const lists = Array.from({ length: 300 }, (_, n) => `  - { name: l${n}, headers: *keys, auth: *who }\n`);
    const text = `${BASE}resources:\n  - { name: first, headers: &keys { x-a: b }, auth: &who { type: bearer, token: '\${T}' } }\n${lists.join('')}`;
    expect(endpoints(text).map(({ headers, auth }) => [headers, auth.type])).toEqual(
      Array.from({ length: 301 }, () => [{ 'x-a': 'b' }, 'bearer']),
    );
  });

  it('lists the variables of its credentials, and their places', () => {
    const text = `${BASE}  auth: \${ALL}
resources:
  - orders
  - { name: users, auth: none }
  - name: keys
    auth:
      type: login
      url: https://x.xano.io/login
      body: { email: '\${MAIL}', password: { env: WORD } }
      token_path: authToken
`;
    expect(readConfig(text, 'xano.yaml').variables).toEqual([
      { name: 'ALL', resource: 'orders', where: 'line 3, client.auth', authorizes: true },
      { name: 'MAIL', resource: 'keys', where: 'line 11, resources[2].auth.body.email', authorizes: true },
      { name: 'WORD', resource: 'keys', where: 'line 11, resources[2].auth.body.password', authorizes: true },
    ]);
  });

  it('lists the variables that it uses, and their places', () => {
    const text = `${BASE}  headers:
    x-key: Key \${KEY}
resources:
  - orders
  - name: users
    params:
      who: \${WHO}
      price: $$5
    body: { a: [{ b: '\${DEEP}' }] }
`;
    expect(readConfig(text, 'xano.yaml').variables).toEqual([
      { name: 'KEY', resource: 'orders', where: 'line 4, client.headers.x-key' },
      { name: 'WHO', resource: 'users', where: 'line 9, resources[1].params.who' },
      { name: 'KEY', resource: 'users', where: 'line 4, client.headers.x-key' },
      { name: 'DEEP', resource: 'users', where: 'line 11, resources[1].body.a' },
    ]);
    const [, users] = endpoints(text);
    expect([users!.headers, users!.params]).toEqual([
      { 'x-key': 'Key ${KEY}' },
      { who: '${WHO}', price: '$$5' },
    ]);
  });
});

describe('a mistake in a config file', () => {
  it('is reported with all others: line, path, value, allowed values', () => {
    const text = `client:
  base_url: 5
  auth: the-secret-itself
  paginator: page_numbr
resources:
  - orders
  - naem: users
    method: GTE
    params: { a: [1] }
  - name: things
    pagination: { type: page_number, page_size: 0, per_page: 3 }
    auth: { type: bearer, token: the-secret-itself }
    columns: { id: BIGINTEGER }
`;
    expect(said(text).split(/ (?=Line )/)).toEqual([
      'xano.yaml is not valid.',
      'Line 2: client.base_url found a number; allowed is a text.',
      'Line 3: client.auth must be none, the variable of a bearer token such as ${XANO_API_TOKEN}, or an object with a type.',
      'Line 4: client.paginator found "page_numbr"; allowed are "auto", "page_number", "offset", "single_page", "header_link"; did you mean "page_number"?',
      'Line 7: resources[1].name is missing; allowed is a text.',
      'Line 7: resources[1].naem is not a known field; allowed are name, path, table_name, description, parent, base_url, auth, headers, data_selector, pagination, paginator, method, params, body, primary_key, write_disposition, incremental, columns, format, limit, partition_by, nested, flatten, excluded, mask, single_record, response; did you mean "name"?',
      'Line 8: resources[1].method found "GTE"; allowed are "GET", "POST"; did you mean "GET"?',
      'Line 9: resources[1].params.a found a list; allowed is a text or a number or true or false.',
      'Line 11: resources[2].pagination.page_size found 0; allowed is 1 or more.',
      'Line 11: resources[2].pagination.per_page is not a known field; allowed are type, in, page_param, base_page, page_size_param, page_size, inside, next_page_path, total_pages_path, total_path.',
      'Line 12: resources[2].auth.token must be a variable, such as ${XANO_API_TOKEN}, or { env: NAME }, never the secret itself.',
      'Line 13: resources[2].columns.id must be one of BIGINT, DOUBLE, VARCHAR, BOOLEAN, TIMESTAMPTZ, DATE, UUID, FLOAT, JSON, alone or as a list: VARCHAR[].',
    ]);
  });

  it.each([
    ['resources: [orders]', 'Line 1: client.base_url is missing; allowed is a text.'],
    [`${BASE}resources: []`, 'Line 3: resources is empty.'],
    [BASE, 'Line 1: resources is missing; allowed is a list.'],
    ['- a', 'Line 1: the file found a list; allowed is an object.'],
    ['', 'Line 1: the file found nothing; allowed is an object.'],
    [
      'client:\n  base_url: http://x.xano.io\nresources: [a]',
      'Line 2: client.base_url must be https (plain http is only allowed for this computer).',
    ],
    [
      'client:\n  base_url: ${BASE}/api\nresources: [a]',
      'Line 2: client.base_url must be a URL that begins with https://; variables are not replaced here.',
    ],
    [
      `${BASE}resource_defaults:\n  write_disposition: merge\nresources: [a, b]`,
      'Line 5: resources[0].primary_key merge needs the columns that identify a row. Line 5: resources[1].primary_key merge needs the columns that identify a row.',
    ],
    [
      `${BASE}resources:\n  - name: a\n    pagination: { type: magic }`,
      'Line 5: resources[0].pagination.type found "magic"; allowed are "single_page", "page_number", "offset", "cursor", "header_link", "json_link", "keyset", "auto".',
    ],
    [
      `${BASE}resources:\n  - name: a\n    auth: { token: \${T} }`,
      'Line 5: resources[0].auth.type is missing; allowed are "none", "bearer", "api_key", "basic", "custom_header", "oauth2_client_credentials", "login".',
    ],
    [
      'client:\n  base_url: https://x.xano.io/api:1?branch=v2\nresources: [a]',
      'Line 2: client.base_url must not contain ? or #: paths are appended to it, and parameters belong in params.',
    ],
    [
      `${BASE}resources:\n  - name: a\n    path: shops/{shop}`,
      'Line 5: resources[0].path contains {shop}, which only a parent can bind.',
    ],
    [
      `${BASE}resources:\n  - name: a\n    path: shops/\${SHOP}`,
      'Line 5: resources[0].path contains ${SHOP}: variables are not replaced here.',
    ],
    [
      `${BASE}resources:\n  - name: a\n    path: https://y.xano.io/a`,
      'Line 5: resources[0].path is appended to base_url, so it cannot be a URL itself.',
    ],
    [
      `${BASE}resources:\n  - name: a\n    path: a#b`,
      'Line 5: resources[0].path must not contain #: the part after it is never sent.',
    ],
    [
      `${BASE}resources:\n  - name: a\n    method: GET\n    body: { b: 1 }`,
      'Line 6: resources[0].body is only sent by a POST.',
    ],
    [
      `${BASE}  headers: { 'x key': b }\nresources: [a]`,
      'Line 3: client.headers.x key is not a valid header name.',
    ],
    [
      `${BASE}resource_defaults:\n  headers: { x-key: "the secret ☃" }\nresources: [a]`,
      'Line 4: resource_defaults.headers.x-key contains characters that a header cannot carry.',
    ],
    [
      `${BASE}resources:\n  - a\n  - b\n  - { name: a, table_name: c }`,
      'Line 6: resources[2].name is also the name of resources[0]: names must be unique.',
    ],
    [
      `${BASE}resources:\n  - Orders\n  - orders\n  - { name: b, table_name: ORDERS }`,
      'Line 5: resources[1] would become the same table as resources[0], since DuckDB ignores upper and lower case: give it a table_name. Line 6: resources[2].table_name would become the same table as resources[0], since DuckDB ignores upper and lower case: give it another.',
    ],
  ])('has a message: %j: %s', (text, wanted) => {
    expect(said(text).replace(/^xano\.yaml is not valid\. /, '')).toBe(wanted);
  });

  it('refuses a limit where rows have no order, or old rows stay', () => {
    const text = `client: { base_url: https://api.example.com }
resources:
  - { name: orders, limit: 5, paginator: page_number, write_disposition: append }
`;
    expect(said(text)).toContain(
      'resources[0].limit needs keyset pagination, which gives rows an order. Line 3: resources[0].limit needs write_disposition replace.',
    );
  });

  it('is reported for text that is not YAML', () => {
    expect(said(`${BASE}resources: [a\n  b: {`)).toMatch(/^xano\.yaml is not YAML\. Line \d: /);
    expect(said('a: 1\na: 2')).toBe('xano.yaml is not YAML. Line 2: Map keys must be unique.');
    expect(said(`${BASE}resources:\n  - name: a\n    headers: *keys`)).toBe(
      'xano.yaml is not YAML. Line 5: Unresolved alias (the anchor must be set before the alias): keys.',
    );
  });
});

it('the JSON Schema that the package carries is that of the code', () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'xano.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(fileJsonSchema());
});
