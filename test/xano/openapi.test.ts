/**
 * What an OpenAPI document plainly shows of an endpoint becomes its config; what it does not show, the first
 * answers tell.
 */
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/json.js';
import type { EndpointConfig } from '../../src/rest/config/endpoint-config.js';
import type { Endpoint, Field } from '../../src/xano/catalog.js';
import { groupEndpoint } from '../../src/xano/group-endpoint.js';
import { readOperation } from '../../src/xano/openapi.js';
import { readRecordSchema } from '../../src/xano/openapi-columns.js';

const integer = { type: 'integer', format: 'int64' };
const record = { type: 'object', properties: { id: integer, name: { type: 'string' } } };
const list = { type: 'array', items: record };
const columns: EndpointConfig['columns'] = [
  { name: 'id', type: 'BIGINT', list: false },
  { name: 'name', type: 'VARCHAR', list: false },
];
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const envelope = object({
  itemsReceived: integer,
  curPage: integer,
  nextPage: { ...integer, nullable: true },
  perPage: integer,
  itemsTotal: integer,
  pageTotal: integer,
  items: list,
});
const query = (...names: string[]): Json => names.map((name) => ({ name, in: 'query', schema: integer }));
const external: Json = [{ name: 'external', in: 'query', schema: { type: 'object' } }];

/** A document with one endpoint of this response and these parameters. */
const document = (schema: Json, parameters: Json = [], path = '/people'): JsonObject => ({
  openapi: '3.0.0',
  paths: {
    [path]: { get: { parameters, responses: { 200: { content: { 'application/json': { schema } } } } } },
  },
});

/** What becomes of `GET people` with this document. */
function made(openapi: JsonObject | undefined, endpoint: Partial<Endpoint> = {}) {
  const group = {
    id: 5,
    name: 'Public',
    description: '',
    canonical: 'Lh0JwImX',
    branch: 'v1',
    base_url: 'https://x1.n7.xano.io/api:Lh0JwImX',
    endpoints: [],
    ...(openapi === undefined ? {} : { openapi }),
  };
  const workspace = { id: 3, name: 'Main', description: '', branch: 'v1', tables: [], api_groups: [group] };
  const origin = 'https://x1.n7.xano.io';
  const instance = { name: 'x1', display: '', origin, meta_api: `${origin}/api:meta`, workspaces: [] };
  const bare = { id: 9, verb: 'GET', path: 'people', description: '', auth: false, inputs: [] };
  return groupEndpoint({ instance, workspace, group }, { ...bare, ...endpoint }, { page_size: 40 });
}

/** The config that is expected, but for what a case says of it. */
const config = (changes: Partial<EndpointConfig>): object => ({
  config: {
    name: 'Public/people',
    base_url: 'https://x1.n7.xano.io/api:Lh0JwImX',
    path: '/people',
    method: 'GET',
    params: {},
    headers: {},
    primary_key: ['id'],
    write_disposition: 'replace',
    excluded: [],
    auth: { type: 'none' },
    origin: {
      instance: 'x1',
      workspace_id: 3,
      workspace: 'Main',
      api_group: 'Public',
      canonical: 'Lh0JwImX',
      endpoint_id: 9,
      login_required: false,
    },
    ...changes,
  },
});

const paged = {
  type: 'page_number',
  in: 'query',
  page_param: 'page',
  base_page: 1,
  page_size_param: 'per_page',
  page_size: 40,
} as const;
const single = { type: 'single_page' } as const;
const auto = { type: 'auto' } as const;

describe('a document that shows a list', () => {
  it.each([
    [
      'Xano’s envelope',
      document(envelope, query('page', 'per_page')),
      {
        data_selector: 'items',
        columns,
        pagination: { ...paged, next_page_path: 'nextPage', total_path: 'itemsTotal' },
        confidence: 'high',
        reason:
          'The document shows Xano’s own pages, with a count, and "page" and "per_page" to request them.',
      },
    ],
    [
      'Xano’s envelope without totals',
      document(object({ nextPage: integer, items: list }), query('page', 'per_page')),
      {
        data_selector: 'items',
        columns,
        pagination: { ...paged, next_page_path: 'nextPage' },
        confidence: 'high',
        reason:
          'The document shows Xano’s own pages, without a count, and "page" and "per_page" to request them.',
      },
    ],
    [
      'Xano’s envelope, and no input for the size of its pages',
      document(envelope, query('page')),
      {
        data_selector: 'items',
        columns,
        pagination: { ...paged, next_page_path: 'nextPage', total_path: 'itemsTotal' },
        confidence: 'medium',
        reason: 'The document shows Xano’s own pages, with a count, and "page" but no page size input.',
      },
    ],
    [
      'the envelope under a key of the author’s',
      document(object({ people: envelope }), query('page', 'per_page')),
      {
        data_selector: 'people.items',
        columns,
        pagination: { ...paged, next_page_path: 'people.nextPage', total_path: 'people.itemsTotal' },
        confidence: 'high',
        reason:
          'The document shows Xano’s own pages, with a count, and "page" and "per_page" to request them.',
      },
    ],
    [
      'the envelope under two keys',
      document(object({ ok: integer, result: object({ people: envelope }) }), query('page', 'per_page')),
      {
        data_selector: 'result.people.items',
        columns,
        pagination: {
          ...paged,
          next_page_path: 'result.people.nextPage',
          total_path: 'result.people.itemsTotal',
        },
        confidence: 'high',
        reason:
          'The document shows Xano’s own pages, with a count, and "page" and "per_page" to request them.',
      },
    ],
    [
      'pages that count from 0',
      document(envelope, [
        { name: 'page', in: 'query', schema: { ...integer, default: '0' } },
        { name: 'per_page', in: 'query', schema: integer },
      ]),
      {
        data_selector: 'items',
        columns,
        pagination: { ...paged, base_page: 0, next_page_path: 'nextPage', total_path: 'itemsTotal' },
        confidence: 'high',
        reason:
          'The document shows Xano’s own pages, with a count, and "page" and "per_page" to request them.',
      },
    ],
    [
      'data, page, pageSize',
      document(object({ data: list, currentPage: integer, totalPages: integer }), query('page', 'pageSize')),
      {
        data_selector: 'data',
        columns,
        pagination: { ...paged, page_size_param: 'pageSize', total_pages_path: 'totalPages' },
        confidence: 'medium',
        reason:
          'The document shows a list under "data", without a count, and "page" and "pageSize" to request them.',
      },
    ],
    [
      'the envelope and a JSON input',
      document(envelope, external),
      {
        data_selector: 'items',
        columns,
        pagination: {
          ...paged,
          inside: 'external',
          next_page_path: 'nextPage',
          total_path: 'itemsTotal',
        },
        confidence: 'medium',
        reason:
          'The document shows a list under "items" and a JSON input "external", but not that this input selects the page.',
      },
    ],
    [
      'offset and limit',
      document(object({ items: list }), query('offset', 'limit')),
      {
        data_selector: 'items',
        columns,
        pagination: { type: 'offset', in: 'query', offset_param: 'offset', limit_param: 'limit', limit: 40 },
        confidence: 'medium',
        reason: 'The document shows a list under "items", with "offset" and "limit" to request more.',
      },
    ],
    [
      'a bare list',
      document(list),
      {
        data_selector: '',
        columns,
        pagination: single,
        confidence: 'high',
        reason: 'The document shows a bare list, and no paging input.',
      },
    ],
    [
      'a bare list that takes pages',
      document(list, query('page', 'per_page')),
      {
        data_selector: '',
        columns,
        params: { page: '1', per_page: '40' },
        pagination: auto,
        confidence: 'medium',
        reason:
          'The document shows a bare list that takes "page", but not the number of pages: xano detects it from the first answers.',
      },
    ],
    [
      'an envelope that nothing asks for pages of',
      document(envelope),
      {
        data_selector: 'items',
        columns,
        pagination: auto,
        confidence: 'low',
        reason:
          'The document shows a list under "items" that names further pages, but no input that selects one: xano detects it from the first answers.',
      },
    ],
    [
      'a bare list with inputs of unknown use',
      document(list, query('p', 'kind')),
      {
        data_selector: '',
        columns,
        pagination: single,
        confidence: 'medium',
        reason: 'The document shows a bare list, and no known paging input; it takes "p", "kind".',
      },
    ],
    [
      'a list of at most so many',
      document(list, query('limit')),
      {
        data_selector: '',
        columns,
        params: { limit: '40' },
        pagination: auto,
        confidence: 'low',
        reason:
          'The document shows a bare list that takes "limit", but no input that selects the next page: xano detects it from the first answers.',
      },
    ],
    [
      'the only list there is',
      document(object({ results: list, tags: { type: 'array', items: { type: 'string' } } })),
      {
        data_selector: 'results',
        columns,
        pagination: single,
        confidence: 'medium',
        reason: 'The document shows a list under "results", and no paging input.',
      },
    ],
    [
      'items before any other list',
      document(object({ errors: list, data: list, items: list })),
      {
        data_selector: 'items',
        columns,
        pagination: single,
        confidence: 'medium',
        reason: 'The document shows a list under "items", and no paging input.',
      },
    ],
    [
      'records without an id: no key, no columns',
      document(object({ data: { type: 'array', items: object({ city: integer }) } })),
      {
        data_selector: 'data',
        primary_key: [],
        pagination: single,
        confidence: 'medium',
        reason: 'The document shows a list under "data", and no paging input.',
      },
    ],
    [
      'a list of undescribed records',
      document({ type: 'array' }),
      {
        data_selector: '',
        primary_key: [],
        pagination: single,
        confidence: 'medium',
        reason: 'The document shows a bare list of undescribed records, and no paging input.',
      },
    ],
    [
      'a path without a slash in front',
      document(list, [], 'people'),
      {
        data_selector: '',
        columns,
        pagination: single,
        confidence: 'high',
        reason: 'The document shows a bare list, and no paging input.',
      },
    ],
  ] satisfies readonly (readonly [string, JsonObject, Partial<EndpointConfig>])[])(
    'decides the case: %s',
    (_, shown, changed) => {
      expect(made(shown)).toEqual(config(changed));
    },
  );

  it.each<[string, JsonObject]>([
    ['references', { $ref: '#/components/schemas/Page' }],
    ['allOf', { allOf: [{ $ref: '#/components/schemas/Base' }, object({ items: list })] }],
    ['a choice of one or nothing', { oneOf: [{ $ref: '#/components/schemas/Page' }, { type: 'null' }] }],
    ['types that may be null', { ...envelope, type: ['object', 'null'] }],
  ])('may use %s', (_, schema) => {
    const { items: _items, ...base } = envelope['properties'] as JsonObject;
    const written: JsonObject = {
      ...document(schema, [{ $ref: '#/components/parameters/page' }]),
      components: {
        parameters: { page: { name: 'page', in: 'query', schema: integer } },
        schemas: {
          Page: object({ ...base, items: { type: 'array', items: { $ref: '#/components/schemas/Person' } } }),
          Person: record,
          Base: object(base),
        },
      },
    };
    const [{ get }] = Object.values(written['paths'] as JsonObject) as [{ get: JsonObject }];
    const beside = { ...written, paths: { '/people': { parameters: query('per_page'), get } } };
    expect(made(beside)).toEqual(made(document(envelope, query('per_page', 'page'))));
  });

  it.each(['application/json; charset=utf-8', 'application/hal+json', '*/*'])(
    'may be of the type %s',
    (type) => {
      const written = {
        openapi: '3.0.0',
        paths: { '/people': { get: { responses: { '2XX': { content: { [type]: { schema: list } } } } } } },
      };
      expect(made(written)).toEqual(made(document(list)));
    },
  );

  it('may have schemas that all refer to one another', () => {
    const names = Array.from({ length: 40 }, (_, i) => `s${i}`);
    const refs = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/schemas/${name}` }]));
    const schemas = Object.fromEntries(
      names.map((name) => [name, object({ id: integer, name: { type: 'string' }, ...refs })]),
    );
    const many = { type: 'array', items: { $ref: '#/components/schemas/s0' } };
    const others = names.map((name) => ({ name, type: 'JSON', list: false }));
    expect(made({ ...document(many), components: { schemas } }).config).toMatchObject({
      data_selector: '',
      columns: [...columns, ...others],
    });
  });

  it.each<[string, JsonObject]>([
    ['to itself', { $ref: '#/components/schemas/Loop' }],
    ['to nowhere', { $ref: '#/components/schemas/None' }],
    ['to another document', { $ref: 'https://example.com/x.json#/a' }],
    ['in a circle', { $ref: '#/components/schemas/Ring' }],
  ])('reveals nothing by a reference %s', (_, schema) => {
    const components = {
      schemas: {
        Loop: { $ref: '#/components/schemas/Loop' },
        Ring: object({ next: { $ref: '#/components/schemas/Ring' } }),
      },
    };
    const made_of_it = made({ ...document(schema), components });
    expect(made_of_it.config?.confidence).toBe('low');
  });

  it('takes a page parameter only where it belongs to the query', () => {
    const header = [{ name: 'page', in: 'header', schema: integer }];
    expect(made(document(envelope, header)).config?.pagination).toEqual(auto);
  });

  it('writes out defaults of other inputs, but no moments and no objects', () => {
    const parameters = [
      ['status', { type: 'string', default: 'paid' }],
      ['least', { type: 'integer', default: 0 }],
      ['none', { type: 'string', default: '' }],
      ['since', { type: 'number', format: 'timestamptz', default: 'now' }],
      ['filter', { type: 'object', default: '{}' }],
    ].map(([name, schema]) => ({ name, in: 'query', schema })) as Json;
    expect(made(document(list, parameters)).config?.params).toEqual({ status: 'paid', least: '0' });
  });

  it.each([
    [[{ bearerAuth: [] }], false, true],
    [[], false, false],
    [[], true, true],
    [undefined, false, false],
    [undefined, true, true],
  ])('decides the login: security %j and a login of %j give %j', (security, auth, login) => {
    const shown = JSON.parse(JSON.stringify(document(list)));
    shown.paths['/people'].get.security = security;
    const { config: found } = made(shown, { auth });
    expect([found?.auth, found?.origin?.['login_required']]).toEqual([
      login ? { type: 'bearer', token: { env: 'XANO_API_TOKEN' } } : { type: 'none' },
      login,
    ]);
  });
});

describe('an endpoint whose document does not show the answer', () => {
  const unknown = {
    primary_key: [] as string[],
    pagination: auto,
    confidence: 'low' as const,
    reason: 'The answer is undocumented: xano detects the list from the first answers.',
  };
  it.each([
    ['an empty object', document({ type: 'object', properties: {} })],
    ['an untyped object', document({ type: 'object' })],
    ['several lists of unknown names', document(object({ a: list, b: list }))],
    ['several envelopes', document(object({ a: envelope, b: envelope }))],
    ['objects of undescribed records', document(object({ ok: integer, rest: { type: 'object' } }))],
    ['no 200', { paths: { '/people': { get: { responses: { 404: { description: 'x' } } } } } }],
    [
      'no JSON',
      {
        paths: { '/people': { get: { responses: { 200: { content: { 'text/csv': { schema: list } } } } } } },
      },
    ],
  ] satisfies readonly (readonly [string, JsonObject])[])(
    'is detected from the first answers: %s',
    (_, shown) => {
      expect(made(shown)).toEqual(config(unknown));
    },
  );

  it('receives page inputs while it is detected', () => {
    expect(made(document({ type: 'object' }, query('page', 'limit')))).toEqual(
      config({ ...unknown, params: { page: '1', limit: '40' } }),
    );
  });

  const house = {
    data_selector: 'data',
    pagination: { ...paged, page_size_param: 'pageSize', total_pages_path: 'totalPages' },
    confidence: 'low',
  } as const;

  it('gets Xano’s convention where it takes page and pageSize', () => {
    expect(made(document({ type: 'object' }, query('page', 'pageSize')))).toEqual(
      config({
        ...house,
        reason:
          'The answer is undocumented: xano assumes the usual "page" and "pageSize", with records under "data".',
      }),
    );
  });

  it('receives pages in a JSON input where it takes one', () => {
    expect(made(document({ type: 'object' }, external))).toEqual(
      config({
        primary_key: [],
        pagination: { ...paged, inside: 'external' },
        confidence: 'low',
        reason: 'The answer is undocumented: a JSON input "external" usually selects the page.',
      }),
    );
  });

  it.each([
    ['no document', undefined],
    ['another endpoint', document(list, [], '/others')],
    ['no paths', { openapi: '3.0.0' }],
    ['paths that are a list', { paths: [] }],
    ['a POST alone', { paths: { '/people': { post: {} } } }],
  ] satisfies readonly (readonly [string, JsonObject | undefined])[])(
    'gets Xano’s convention with %s',
    (_, shown) => {
      expect(made(shown)).toEqual(
        config({
          ...house,
          reason:
            'The endpoint is undocumented: xano assumes records under "data" and the usual "page" and "pageSize".',
        }),
      );
    },
  );

  it.each(['__proto__', 'constructor', 'toString'])('is detected with a path such as %s', (path) => {
    expect(readOperation({ paths: {} }, `/${path}`)).toBeUndefined();
  });
});

describe('the exclusion of an endpoint', () => {
  const field = (name: string, type: string, required: boolean): Field => ({
    ...{ name, type, required, description: '', nullable: false },
    ...{ access: 'public', style: 'single' },
  });
  const needed = { name: 'q', in: 'query', required: true, schema: { type: 'string' } };
  it.each([
    ['it writes', made(document(list), { verb: 'POST' }), 'POST may write'],
    ['its path has a value', made(document(list), { path: 'people/{id}' }), 'its path needs a value'],
    ['it needs an input', made(document(list, [needed])), 'it needs q'],
    [
      'it needs an input, by the list of endpoints alone',
      made(undefined, { inputs: [field('q', 'text', true), field('page', 'int', true)] }),
      'it needs q',
    ],
    [
      'it returns one record',
      made(document(object({ id: integer, name: integer, age: integer, lines: list }))),
      'its answer is one record (id, name, age, …), not a list',
    ],
    [
      'it returns plain values',
      made(document(object({ ok: { type: 'boolean' } }))),
      'its answer is one record (ok), not a list',
    ],
  ])('decides the case: %s', (_, result, reason) => {
    expect(result).toEqual({ config: null, reason });
  });

  it('does not apply where its required input has a default', () => {
    const usual = { ...needed, schema: { type: 'string', default: 'a' } };
    expect(made(document(list, [usual])).config?.params).toEqual({ q: 'a' });
  });
});

describe('the schema of a record', () => {
  const properties = {
    id: integer,
    created_at: { type: 'number', format: 'timestamptz', default: 'now', description: 'When' },
    born: { type: 'string', format: 'date' },
    code: { type: 'string', format: 'uuid' },
    active: { type: 'boolean' },
    price: { type: 'number' },
    mail: { type: 'string', format: 'email' },
    kind: { type: 'string', enum: ['a'] },
    extra: { type: 'object' },
    address: object({ city: { type: 'string' } }),
    tags: { type: 'array', items: { type: 'string' } },
    lines: { type: 'array', items: record },
    pass: { type: 'string', format: 'password' },
    loose: {},
    anything: { type: 'array' },
    deep: { type: 'array', items: list },
  };
  const promised = [
    { name: 'id', type: 'BIGINT', list: false },
    { name: 'created_at', type: 'TIMESTAMPTZ', list: false, description: 'When' },
    { name: 'born', type: 'DATE', list: false },
    { name: 'code', type: 'UUID', list: false },
    { name: 'active', type: 'BOOLEAN', list: false },
    { name: 'price', type: 'DOUBLE', list: false },
    { name: 'mail', type: 'VARCHAR', list: false },
    { name: 'kind', type: 'VARCHAR', list: false },
    { name: 'extra', type: 'JSON', list: false },
    { name: 'address', type: 'JSON', list: false },
    { name: 'tags', type: 'VARCHAR', list: true },
    { name: 'lines', type: 'JSON', list: true },
  ];

  it('declares columns where it is plain, and never a password', () => {
    expect(readRecordSchema(object(properties))).toEqual({
      primary_key: ['id'],
      columns: promised,
      excluded: ['pass'],
    });
  });

  it.each([
    ['nothing', undefined, { primary_key: [], excluded: [] }],
    ['no properties', { type: 'object' }, { primary_key: [], excluded: [] }],
    [
      'no id',
      object({ name: { type: 'string' }, pin: { type: 'string', format: 'password' } }),
      { primary_key: [], excluded: ['pin'] },
    ],
    ['an id of the author’s', object({ id: { type: 'string' } }), { primary_key: ['id'], excluded: [] }],
    ['an id without a type', object({ id: {} }), { primary_key: ['id'], excluded: [] }],
  ])('declares no columns with %s', (_, item, expected) => {
    expect(readRecordSchema(item)).toEqual(expected);
  });
});
