/** Configs that say a thing twice, in two ways: refused before anything is asked for. */
import { describe, expect, it } from 'vitest';
import { asXanoError } from '../../../src/errors.js';
import { readConfig } from '../../../src/rest/config/config-file.js';

const BASE = 'client: { base_url: https://api.example.com }\n';
const saidOf = (text: string): string => {
  try {
    readConfig(text, 'x.yaml');
    return 'nothing';
  } catch (thrown) {
    const { code, message, details } = asXanoError(thrown);
    return `${code}: ${[message, ...details].join(' ').replace(/^x\.yaml is not valid\. /, '')}`;
  }
};
const list = (fields: string): string => `${BASE}resources:\n  - { name: a, ${fields} }`;

describe('a config with a contradiction', () => {
  it.each([
    ['headers: { X-Key: a, x-key: b }', 'headers.x-key is the same header as "X-Key": keep one of the two'],
    [
      'headers: { Accept: a, accept: a, ACCEPT: b }',
      'headers.accept is the same header as "Accept": keep one of the two. Line 3: resources[0].headers.ACCEPT is the same header as "Accept": keep one of the two',
    ],
    [
      'headers: { authorization: b }, auth: "${TOKEN}"',
      'headers.authorization is also sent by auth: keep one of the two',
    ],
    [
      'headers: { x-API-key: b }, auth: { type: api_key, in: header, name: X-Api-Key, key: "${KEY}" }',
      'headers.x-API-key is also sent by auth: keep one of the two',
    ],
    [
      'params: { key: b }, auth: { type: api_key, in: query, name: key, key: "${KEY}" }',
      'params.key is also sent by auth: keep one of the two',
    ],
    [
      'path: "a?key=b", auth: { type: api_key, in: query, name: key, key: "${KEY}" }',
      'path has "key", which is also sent by auth: keep one of the two',
    ],
    [
      'path: "a?status=open", params: { status: paid }',
      'params.status is also in the query of path: keep one of the two',
    ],
    [
      'path: "a?status[]=open&status[]=paid", params: { "status[]": paid }',
      'params.status[] is also in the query of path: keep one of the two',
    ],
    [
      'params: { page: 3 }, pagination: page_number',
      'params.page is set by pagination (page_number), which sends "1": keep one of the two',
    ],
    [
      'params: { limit: 20 }, pagination: offset',
      'params.limit is set by pagination (offset), which sends "100": keep one of the two',
    ],
    [
      'path: "a?offset=20", pagination: offset',
      'path has "offset", which is set by pagination (offset), which sends "0": keep one of the two',
    ],
    [
      'body: { page: 2 }, pagination: { type: page_number, in: body }',
      'body.page is set by pagination (page_number), which sends 1: keep one of the two',
    ],
    [
      'params: { external: \'{"page":2,"q":"x"}\' }, pagination: { type: page_number, inside: external }',
      'params.external holds a parameter that pagination (page_number) sets: remove it',
    ],
    [
      'body: { search: [] }, pagination: { type: keyset, key: id, order: asc, page_param: page, page_size_param: per_page, page_size: 9, sort_param: sort, filter_param: search, after: a, before: b }',
      'body.search is set by pagination (keyset), and would not be sent: leave it out',
    ],
    [
      'pagination: { type: page_number, page_param: p, page_size_param: p }',
      'pagination.page_size_param is the same parameter as page_param',
    ],
    [
      'pagination: offset, paginator: page_number',
      'paginator means the same as pagination: keep one of the two',
    ],
    [
      'params: { since: 5 }, primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since }',
      'params.since is set by incremental: give its first value as incremental.initial_value',
    ],
    [
      'path: "a?since=5", primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since }',
      'path has "since", which is set by incremental: give its first value as incremental.initial_value',
    ],
    [
      'body: { since: 5 }, primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since, in: body }',
      'body.since is set by incremental: give its first value as incremental.initial_value',
    ],
    [
      'pagination: page_number, primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: page }',
      'incremental.start_param is a parameter of pagination',
    ],
    ['primary_key: [id, id]', 'primary_key names "id" twice'],
    ['columns: [{ name: id, type: BIGINT }, { name: id, type: VARCHAR }]', 'columns names "id" twice'],
    ['primary_key: id, excluded: [id]', 'primary_key names "id", which excluded removes'],
    [
      'excluded: [at], primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since }',
      'incremental.cursor_path names "at", which excluded removes',
    ],
  ])('is refused: %s', (fields, wanted) => {
    expect(saidOf(list(fields))).toBe(`CONFIG_INVALID: Line 3: resources[0].${wanted}.`);
  });

  it('is refused where the two stand in different places', () => {
    const headers = 'client: { base_url: https://api.example.com, headers: { X-Key: a } }\n';
    expect(saidOf(`${headers}resources: [{ name: a, headers: { x-key: b } }]`)).toBe(
      'CONFIG_INVALID: Line 2: resources[0].headers.x-key is the same header as "X-Key": keep one of the two.',
    );
    expect(
      saidOf(
        `client: { base_url: https://api.example.com, pagination: offset, paginator: auto }\nresources: [a]`,
      ),
    ).toBe('CONFIG_INVALID: Line 1: client.paginator means the same as pagination: keep one of the two.');
  });

  it.each([
    ['a number and a text', 'params: { 1: a, "1": b }', '1'],
    ['a truth and a text', 'headers: { true: a, "true": b }', 'true'],
    ['two spellings of a text', 'params: { "a": 1, "\\u0061": 2 }', 'a'],
  ])('is refused where two keys normalise to one: %s', (_, fields) => {
    expect(saidOf(list(fields))).toMatch(
      /^CONFIG_INVALID: x\.yaml is not YAML\. Line 3: Map keys must be unique/,
    );
  });

  it.each([
    ['the same value twice', 'path: "a?status=open", params: { status: open }'],
    ['the first page, as it is asked for', 'params: { page: 1, per_page: 100 }, pagination: page_number'],
    ['a first cursor', 'params: { cursor: "*" }, pagination: { type: cursor, cursor_path: next }'],
    ['page sizes where pagination is found out', 'params: { per_page: 7, page: 2 }'],
    ['parameters that differ in case', 'params: { Status: open, status: paid }'],
    ['columns that differ in case', 'columns: { Status: VARCHAR, status: VARCHAR }'],
    ['a repeated parameter in the path', 'path: "a?status[]=open&status[]=paid"'],
    [
      'an order beside the page in one object',
      'params: { external: \'{"sort":"id"}\' }, pagination: { type: page_number, inside: external }',
    ],
    ['another header than the one of auth', 'headers: { x-tenant: b }, auth: "${TOKEN}"'],
  ])('is accepted where both can apply: %s', (_, fields) => {
    expect(saidOf(list(fields))).toBe('nothing');
  });

  it('lets the pagination of a list replace the page size of all lists', () => {
    const text = `${BASE}resource_defaults: { params: { limit: 20 } }\nresources: [{ name: a, pagination: offset }]`;
    expect(saidOf(text)).toBe('nothing');
  });
});
