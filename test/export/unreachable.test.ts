/**
 * Places in an answer that dlt's words do not reach: each is told of, and parameters stand in the body where
 * the config puts them.
 */
import { expect, it } from 'vitest';
import { toDango } from '../../src/export/dango.js';
import { toDlt } from '../../src/export/dlt.js';
import type { EndpointConfig } from '../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../src/rest/config/parse-endpoints.js';

const withPagination = (pagination: object, more: object = {}): EndpointConfig[] =>
  parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: 'orders',
        base_url: 'https://api.example.com',
        path: '/orders',
        method: 'GET',
        data_selector: 'data',
        auth: { type: 'none' },
        pagination,
        ...more,
      },
    ],
  });

it.each<[string, object]>([
  ['data[-1].id', { type: 'cursor', cursor_path: 'data[-1].id' }],
  ['header:x-next', { type: 'cursor', cursor_path: 'header:x-next' }],
  ['links[rel=next].href', { type: 'json_link', next_url_path: 'links[rel=next].href' }],
  ['header:x-total-pages', { type: 'page_number', total_pages_path: 'header:x-total-pages' }],
])('the dlt export names a path that dlt cannot read: %s', (path, pagination) => {
  const note = {
    names: ['orders'],
    reason: `dlt cannot read "${path}" from an answer: set its paginator yourself`,
  };
  expect(toDlt(withPagination(pagination)).notes).toContainEqual(note);
  expect(toDango(withPagination(pagination)).notes).toContainEqual(note);
});

it('the dlt export is silent about a path that dlt reads, and writes list indexes as dlt does', () => {
  const exit = toDlt(
    withPagination({ type: 'cursor', cursor_path: 'meta.next' }, { data_selector: '1.rows' }),
  );
  expect(exit.notes).toEqual([]);
  expect(exit.text).toContain('"data_selector": "[1].rows"');
  expect(exit.text).toContain('list_at("1", "rows")');
});

it('the dlt export puts a page size where a dotted name points', () => {
  const body = { method: 'POST', body: { a: { kind: 'all' } } };
  const pagination = { type: 'page_number', in: 'body', page_size_param: 'a.size', page_size: 10 };
  const { text } = toDlt(withPagination(pagination, body));
  expect(text).toContain('"json": {"a": {"kind": "all", "size": 10}}');
});
