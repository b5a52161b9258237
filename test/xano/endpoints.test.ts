/** A catalog becomes endpoint configs. */
import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../src/rest/config/parse-endpoints.js';
import type { ApiGroup, Catalog, Endpoint, Field, Table, Workspace } from '../../src/xano/catalog.js';
import { generateEndpoints } from '../../src/xano/endpoints.js';

const field = (name: string, type: string, rest: Partial<Field> = {}): Field => ({
  name,
  type,
  description: '',
  nullable: false,
  required: true,
  access: 'public',
  style: 'single',
  ...rest,
});

const table = (id: number, name: string, rest: Partial<Table> = {}): Table => ({
  id,
  guid: `guid${id}`,
  name,
  description: '',
  auth: false,
  updated_at: null,
  columns: [
    field('id', 'int'),
    field('name', 'text', { description: 'As written' }),
    field('secret', 'password'),
  ],
  indexes: [{ type: 'primary', fields: ['id'] }],
  ...rest,
});

const endpoint = (rest: Partial<Endpoint> = {}): Endpoint => ({
  id: 311,
  verb: 'GET',
  path: 'people',
  description: '',
  auth: false,
  inputs: [],
  ...rest,
});

const group = (endpoints: readonly Endpoint[] | null, rest: Partial<ApiGroup> = {}): ApiGroup => ({
  id: 31,
  name: 'Public',
  description: '',
  canonical: 'Lh0JwImX',
  branch: 'v1',
  base_url: 'https://x1.n7.xano.io/api:Lh0JwImX',
  endpoints,
  ...rest,
});

const catalog = (...workspaces: Partial<Workspace>[]): Catalog => ({
  instances: [
    {
      name: 'x1',
      display: 'Shop',
      origin: 'https://x1.n7.xano.io',
      meta_api: 'https://x1.n7.xano.io/api:meta',
      workspaces: workspaces.map((rest) => ({
        id: 3,
        name: 'Main',
        description: '',
        branch: 'v1',
        tables: [],
        api_groups: [],
        ...rest,
      })),
    },
  ],
  omitted: [],
});

const token = { env: 'XANO_TOKEN' };
const tables = (...all: readonly Table[]) => generateEndpoints(catalog({ tables: all }), { token }).endpoints;

const people = {
  name: 'people',
  base_url: 'https://x1.n7.xano.io/api:meta',
  path: '/workspace/3/table/7/content/search',
  method: 'POST',
  params: {},
  headers: { 'x-data-source': 'live' },
  body: {},
  data_selector: 'items',
  primary_key: ['id'],
  write_disposition: 'replace',
  columns: [
    { name: 'id', type: 'BIGINT', list: false },
    { name: 'name', type: 'VARCHAR', list: false, description: 'As written' },
  ],
  excluded: ['secret'],
  pagination: {
    type: 'keyset',
    key: 'id',
    order: 'asc',
    page_param: 'page',
    page_size_param: 'per_page',
    page_size: 1000,
    max_page_size: 10_000,
    sort_param: 'sort',
    filter_param: 'search',
    after: 'id|>',
    before: 'id|<',
    next_page_path: 'nextPage',
    total_path: 'itemsTotal',
  },
  fallback: {
    method: 'GET',
    path: '/workspace/3/table/7/content',
    pagination: {
      type: 'page_number',
      in: 'query',
      page_param: 'page',
      base_page: 1,
      page_size_param: 'per_page',
      page_size: 1000,
      next_page_path: 'nextPage',
      total_path: 'itemsTotal',
    },
  },
  auth: { type: 'bearer', token: { env: 'XANO_TOKEN' } },
  origin: {
    instance: 'x1',
    workspace_id: 3,
    workspace: 'Main',
    data_source: 'live',
    table_id: 7,
    table_guid: 'guid7',
  },
};

describe('a table', () => {
  it('becomes a content search by key, without its passwords', () => {
    expect(generateEndpoints(catalog({ tables: [table(7, 'people')] }), { token })).toEqual({
      endpoints: [people],
      excluded: [],
      full_reads: [],
    });
  });

  it('is read with the given data source, page size and token', () => {
    const options = { token: { profile: 'work' }, data_source: 'test', page_size: 50 };
    // A size that was asked for is kept to.
    const { max_page_size: _, ...pagination } = people.pagination;
    expect(
      generateEndpoints(catalog({ tables: [table(7, 'people', { description: 'Who is who' })] }), options)
        .endpoints,
    ).toEqual([
      {
        ...people,
        description: 'Who is who',
        headers: { 'x-data-source': 'test' },
        pagination: { ...pagination, page_size: 50 },
        fallback: { ...people.fallback, pagination: { ...people.fallback.pagination, page_size: 50 } },
        auth: { type: 'bearer', token: { profile: 'work' } },
        origin: { ...people.origin, data_source: 'test' },
      },
    ]);
  });

  it.each([
    [
      'keyed by a UUID',
      { columns: [field('id', 'uuid')] },
      { columns: [{ name: 'id', type: 'UUID', list: false }], excluded: [] },
    ],
    ['whose schema may not be seen', { columns: null, indexes: null }, { columns: [], excluded: [] }],
    ['without a primary index', { indexes: [{ type: 'btree', fields: ['name'] }] }, {}],
    ['with a primary index of several fields', { indexes: [{ type: 'primary', fields: ['a', 'b'] }] }, {}],
    [
      'whose key is called otherwise',
      { indexes: [{ type: 'primary', fields: ['no'] }] },
      { primary_key: ['no'], pagination: { ...people.pagination, key: 'no', after: 'no|>', before: 'no|<' } },
    ],
    ['without a guid', { guid: null }, { origin: { ...people.origin, table_guid: null } }],
  ])('gets a config of its own kind: %s', (_, rest, changed) => {
    expect(tables(table(7, 'people', rest))).toEqual([{ ...people, ...changed }]);
  });

  it('that DuckDB cannot tell from an older one gets its id behind its name; the older keeps its own', () => {
    const named = (...all: readonly Table[]) =>
      tables(...all).map(({ name, table_name }) => [name, table_name]);
    expect(named(table(12, 'orders'), table(9, 'ORDERS'), table(30, 'Orders'), table(1, 'other'))).toEqual([
      ['orders', 'orders_12'],
      ['ORDERS', undefined],
      ['Orders', 'Orders_30'],
      ['other', undefined],
    ]);
    expect(named(table(1, 'é'), table(2, 'É'))).toEqual([
      ['é', undefined],
      ['É', undefined],
    ]);
  });

  it('never gets a name that a third table has', () => {
    const all = [table(5, 'Orders'), table(9, 'orders'), table(12, 'ORDERS_9')];
    expect(tables(...all).map(({ name, table_name }) => table_name ?? name)).toEqual([
      'Orders',
      'orders_9_9',
      'ORDERS_9',
    ]);
  });
});

const groups = (endpoints: readonly Endpoint[] | null, rest?: Partial<ApiGroup>) =>
  generateEndpoints(catalog({ api_groups: [group(endpoints, rest)] }), { token, api_groups: true });

const list = {
  name: 'Public/people',
  base_url: 'https://x1.n7.xano.io/api:Lh0JwImX',
  path: '/people',
  method: 'GET',
  params: {},
  headers: {},
  data_selector: 'data',
  primary_key: ['id'],
  write_disposition: 'replace',
  excluded: [],
  pagination: {
    type: 'page_number',
    in: 'query',
    page_param: 'page',
    base_page: 1,
    page_size_param: 'pageSize',
    page_size: 100,
    total_pages_path: 'totalPages',
  },
  auth: { type: 'none' },
  confidence: 'low',
  reason:
    'The endpoint is undocumented: xano assumes records under "data" and the usual "page" and "pageSize".',
  origin: {
    instance: 'x1',
    workspace_id: 3,
    workspace: 'Main',
    api_group: 'Public',
    canonical: 'Lh0JwImX',
    endpoint_id: 311,
    login_required: false,
  },
};

describe('an endpoint of an API group', () => {
  it('becomes a paged list by Xano’s convention, and does not receive the Metadata token', () => {
    expect(groups([endpoint()])).toEqual({ endpoints: [list], excluded: [], full_reads: [] });
  });

  it('keeps its description, its page size and whether it requires a login', () => {
    const options = { token, api_groups: true, page_size: 20 };
    const made = generateEndpoints(
      catalog({ api_groups: [group([endpoint({ description: 'All', auth: true })])] }),
      options,
    );
    expect(made.endpoints).toEqual([
      {
        ...list,
        description: 'All',
        pagination: { ...list.pagination, page_size: 20 },
        // A user's authToken, never the Metadata token.
        auth: { type: 'bearer', token: { env: 'XANO_API_TOKEN' } },
        origin: { ...list.origin, login_required: true },
      },
    ]);
  });

  it('reads the given data source, or the active one by default', () => {
    const options = { token, api_groups: true, data_source: 'test' };
    const made = generateEndpoints(catalog({ api_groups: [group([endpoint()])] }), options);
    expect(made.endpoints).toEqual([{ ...list, headers: { 'x-data-source': 'test' } }]);
  });

  it('is corrected by the group’s OpenAPI document', () => {
    const schema = { type: 'array', items: { type: 'object', properties: { id: { type: 'integer' } } } };
    const openapi = {
      paths: { '/people': { get: { responses: { 200: { content: { 'application/json': { schema } } } } } } },
    };
    expect(groups([endpoint()], { openapi }).endpoints).toEqual([
      {
        ...list,
        data_selector: '',
        columns: [{ name: 'id', type: 'BIGINT', list: false }],
        pagination: { type: 'single_page' },
        confidence: 'high',
        reason: 'The document shows a bare list, and no paging input.',
      },
    ]);
  });

  it('is excluded with a reason where no config can read it', () => {
    const made = groups([
      endpoint({ verb: 'POST' }),
      endpoint({ verb: 'DELETE', path: 'people/{id}' }),
      endpoint({ path: 'people/{id}' }),
      endpoint({ path: 'paged', inputs: [field('external', 'json', { required: false })] }),
      endpoint({
        path: 'found',
        inputs: [field('q', 'text'), field('page', 'int', { required: false }), field('w', 'int')],
      }),
      endpoint({ path: 'optional', inputs: [field('page', 'int', { required: false })] }),
    ]);
    expect(made.endpoints.map(({ name }) => name)).toEqual(['Public/paged', 'Public/optional']);
    expect(made.excluded).toEqual([
      { name: 'POST Public/people', reason: 'POST may write' },
      { name: 'DELETE Public/people/{id}', reason: 'DELETE may write' },
      { name: 'GET Public/people/{id}', reason: 'its path needs a value' },
      { name: 'GET Public/found', reason: 'it needs q, w' },
    ]);
  });

  it('gets no config where the endpoints are hidden, or groups are not requested', () => {
    expect(groups(null)).toEqual({ endpoints: [], excluded: [], full_reads: [] });
    const unasked = generateEndpoints(catalog({ api_groups: [group([endpoint()])] }), { token });
    expect(unasked).toEqual({ endpoints: [], excluded: [], full_reads: [] });
  });
});

it('every table and endpoint of every instance and workspace gets a config, tables first', () => {
  const two = catalog(
    { tables: [table(7, 'people')], api_groups: [group([endpoint()])] },
    { id: 4, name: 'Lab', tables: [table(8, 'rats')] },
  );
  const { endpoints } = generateEndpoints(
    { ...two, instances: [...two.instances, ...two.instances] },
    { token, api_groups: true },
  );
  expect(endpoints.map(({ name, path }) => `${name} ${path}`)).toEqual(
    Array(2)
      .fill([
        'people /workspace/3/table/7/content/search',
        'Public/people /people',
        'rats /workspace/4/table/8/content/search',
      ])
      .flat(),
  );
});

describe('parseEndpoints', () => {
  const { endpoints } = generateEndpoints(
    catalog({
      tables: [
        table(7, 'people', {
          columns: [
            field('id', 'uuid'),
            field('v', 'vector', { vector_size: 3 }),
            field('l', 'int', { style: 'list' }),
          ],
        }),
        table(8, 'no schema', { columns: null }),
        table(9, 'PEOPLE'),
      ],
      api_groups: [group([endpoint()])],
    }),
    { token, api_groups: true },
  );
  const file = () => JSON.parse(JSON.stringify({ version: 1, endpoints }));

  it('takes every generated config unchanged after it was written to a file', () => {
    expect(endpoints).toHaveLength(4);
    expect(parseEndpoints(file())).toEqual(endpoints);
  });

  it('fills in defaults', () => {
    const {
      params: _,
      headers: __,
      primary_key: ___,
      write_disposition: ____,
      excluded: _____,
      columns: ______,
      ...least
    } = list as Record<string, unknown>;
    expect(parseEndpoints({ version: 1, endpoints: [least] })).toEqual([{ ...list, primary_key: [] }]);
  });

  it.each([
    ['no version', () => ({ endpoints: [] }), /^The endpoint config is not valid: version: /],
    ['no list', () => ({ version: 1 }), /: endpoints: /],
    ['a text', () => 'nope', /: the file: /],
    [
      'plain http to another computer',
      () => change({ base_url: 'http://x1.n7.xano.io/api:meta' }),
      /: endpoints\[1\]\.base_url: must be https/,
    ],
    ['no address', () => change({ base_url: 'x1' }), /: endpoints\[1\]\.base_url: /],
    [
      'a page size of 0',
      () => change({ pagination: { ...people.pagination, page_size: 0 } }),
      /: endpoints\[1\]\.pagination\.page_size: /,
    ],
    ['a method that writes', () => change({ method: 'DELETE' }), /: endpoints\[1\]\.method: /],
    [
      'a column type that DuckDB does not know',
      () => change({ columns: [{ name: 'a', type: 'INT' }] }),
      /: endpoints\[1\]\.columns\[0\]\.type: /,
    ],
    [
      'a secret itself instead of where it is',
      () => change({ auth: { type: 'bearer', token: 'eyJ' } }),
      /: endpoints\[1\]\.auth\.token: /,
    ],
    ['a field that does not exist', () => change({ data_path: 'items' }), /: endpoints\[1\]: .*data_path/],
    [
      'two mistakes',
      () => change({ name: '', method: 'PUT' }),
      /endpoints\[1\]\.name: .*; endpoints\[1\]\.method: /,
    ],
  ])('refuses %s and names the field', (_, content, message) => {
    expect(() => parseEndpoints(content())).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) as unknown }),
    );
  });

  const change = (changes: object) => {
    const { version, endpoints: all } = file();
    return { version, endpoints: all.with(1, { ...all[1], ...changes }) };
  };
});
