/** What an OpenAPI document plainly shows of an endpoint corrects its config; what it does not show changes nothing. */
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/json.js';
import type { ResolvedEndpoint } from '../../src/rest/config.js';
import { correctByOpenApi } from '../../src/xano/openapi.js';

const house: ResolvedEndpoint = {
  name: 'Public/people',
  base_url: 'https://x1.n7.xano.io/api:Lh0JwImX',
  path: '/people',
  method: 'GET',
  params: {},
  headers: {},
  data_selector: 'data',
  primary_key: ['id'],
  write_disposition: 'replace',
  left_out: [],
  pagination: {
    type: 'page_number',
    in: 'query',
    page_param: 'page',
    base_page: 1,
    page_size_param: 'pageSize',
    page_size: 40,
    total_pages_path: 'totalPages',
  },
  auth: { type: 'none' },
};

const integer = { type: 'integer', format: 'int64' };
const record = { type: 'object', properties: { id: integer, name: { type: 'string' } } };
const list = { type: 'array', items: record };
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

/** A document with one endpoint of this response and these parameters. */
const document = (schema: Json, parameters: Json = [], path = '/people'): JsonObject => ({
  openapi: '3.0.0',
  paths: {
    [path]: { get: { parameters, responses: { 200: { content: { 'application/json': { schema } } } } } },
  },
});
const paged = { type: 'page_number', in: 'query', page_param: 'page', base_page: 1, page_size: 40 };

describe('a document that shows a list', () => {
  it.each([
    [
      'Xano’s envelope',
      document(envelope, query('page', 'per_page')),
      {
        data_selector: 'items',
        pagination: {
          ...paged,
          page_size_param: 'per_page',
          next_page_path: 'nextPage',
          total_path: 'itemsTotal',
        },
      },
    ],
    [
      'Xano’s envelope without totals',
      document(object({ nextPage: integer, items: list }), query('page', 'per_page')),
      {
        data_selector: 'items',
        pagination: { ...paged, page_size_param: 'per_page', next_page_path: 'nextPage' },
      },
    ],
    [
      'the envelope under a key of the author’s',
      document(object({ people: envelope }), query('page', 'per_page')),
      {
        data_selector: 'people.items',
        pagination: {
          ...paged,
          page_size_param: 'per_page',
          next_page_path: 'people.nextPage',
          total_path: 'people.itemsTotal',
        },
      },
    ],
    ['a bare list', document(list), { data_selector: '', pagination: { type: 'single_page' } }],
    [
      'a bare list that is paged',
      document(list, query('page', 'per_page')),
      { data_selector: '', pagination: { ...paged, page_size_param: 'per_page' } },
    ],
    [
      'data, page, pageSize',
      document(object({ data: list, currentPage: integer, totalPages: integer }), query('page', 'pageSize')),
      {
        data_selector: 'data',
        pagination: { ...paged, page_size_param: 'pageSize', total_pages_path: 'totalPages' },
      },
    ],
    [
      'the only list there is',
      document(object({ results: list, ok: integer })),
      { data_selector: 'results', pagination: { type: 'single_page' } },
    ],
    [
      'items before any other list',
      document(object({ errors: list, data: list, items: list })),
      { data_selector: 'items', pagination: { type: 'single_page' } },
    ],
    [
      'records without an id',
      document(object({ data: { type: 'array', items: object({ city: integer }) } })),
      { data_selector: 'data', primary_key: [], pagination: { type: 'single_page' } },
    ],
    [
      'a list of who knows what',
      document({ type: 'array' }),
      { data_selector: '', primary_key: [], pagination: { type: 'single_page' } },
    ],
    [
      'a path without a slash in front',
      document(list, [], 'people'),
      { data_selector: '', pagination: { type: 'single_page' } },
    ],
  ] satisfies readonly (readonly [string, JsonObject, object])[])('%s', (_, shown, changed) => {
    expect(correctByOpenApi(house, shown)).toEqual({ ...house, ...changed });
  });

  it('takes a page parameter only where it belongs to the query', () => {
    const header = [{ name: 'page', in: 'header', schema: integer }];
    expect(correctByOpenApi(house, document(envelope, header)).pagination).toEqual({ type: 'single_page' });
  });
});

describe('a document that proves nothing', () => {
  it.each([
    ['an empty object', document({ type: 'object', properties: {} }, query('page', 'pageSize'))],
    ['an untyped object', document({ type: 'object' })],
    ['several lists of unknown names', document(object({ a: list, b: list }))],
    ['no list at all', document(object({ id: integer }))],
    ['another endpoint', document(list, [], '/others')],
    ['no paths', { openapi: '3.0.0' }],
    ['paths that are a list', { paths: [] }],
    ['no 200', { paths: { '/people': { get: { responses: { 404: { description: 'x' } } } } } }],
    [
      'no JSON',
      {
        paths: { '/people': { get: { responses: { 200: { content: { 'text/csv': { schema: list } } } } } } },
      },
    ],
    [
      'a POST alone',
      {
        paths: {
          '/people': { post: { responses: { 200: { content: { 'application/json': { schema: list } } } } } },
        },
      },
    ],
  ] satisfies readonly (readonly [string, JsonObject])[])('%s', (_, shown) => {
    expect(correctByOpenApi(house, shown)).toEqual(house);
  });

  it.each(['/__proto__', '/constructor', '/toString'])('nor a path such as %s', (path) => {
    expect(correctByOpenApi({ ...house, path }, { paths: {} })).toEqual({ ...house, path });
  });
});
