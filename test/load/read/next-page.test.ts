/**
 * What a server says of its next page may be wrong: a load never ends short of the list and calls it loaded.
 */
import { describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Serving, serveJson } from '../../rest/http/serving.js';
import { itemsConfig } from '../items-config.js';
import { loadInto, query, temporaryFile } from '../loading.js';

const SEVEN = [1, 2, 3, 4, 5, 6, 7];
const rows = (ids: readonly number[]) => ids.map((id) => ({ id, name: `item ${id}` }));

/** A list of pages of two without a count, in which nothing but `nextPage` tells of an end. */
function config(origin: string): EndpointConfig {
  const { body: _, fallback: __, ...rest } = itemsConfig(origin);
  return {
    ...rest,
    method: 'GET',
    pagination: {
      type: 'page_number',
      in: 'query',
      page_param: 'page',
      base_page: 1,
      page_size_param: 'per_page',
      page_size: 2,
      next_page_path: 'nextPage',
    },
  };
}

/** A server of seven rows that says this of its next page; which of its pages it gives may be odd as well. */
async function lying(
  says: (page: number) => unknown,
  gives: (page: number) => number = (page) => page,
): Promise<Serving> {
  return serveJson(({ url }) => {
    const asked = new URL(url, 'http://x').searchParams;
    const [page, size] = [Number(asked.get('page')), Number(asked.get('per_page'))];
    const at = gives(page);
    return { items: rows(SEVEN.slice((at - 1) * size, at * size)), nextPage: says(page) };
  });
}

const LIES: [string, (page: number) => unknown][] = [
  ['the page itself', (page) => page],
  ['always the first', () => 1],
  ['an earlier one', (page) => page - 1],
  ['one further on', (page) => page + 2],
  ['"2"', () => '2'],
  ['true', () => true],
  ['false', () => false],
  ['an empty text', () => ''],
  ['0', () => 0],
  ['-1', () => -1],
  ['2.5', () => 2.5],
  ['an object', () => ({ page: 2 })],
];

describe('a list without a count whose nextPage is wrong', () => {
  it.each(LIES)('is read to its end where that says null: %s', async (_, says) => {
    const { origin, received } = await lying((page) => (page < 4 ? says(page) : null));
    const file = temporaryFile();
    const result = await loadInto([config(origin)], file, { http: clientWith('t', fakeClock()) });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'not_provable',
      rows_expected: null,
      rows_read: 7,
      rows_written: 7,
    });
    expect(received.map(({ url }) => url.split('?')[1])).toEqual([
      ...[1, 2, 3, 4].map((page) => `page=${page}&per_page=2`),
      ...[3, 5, 7].map((page) => `page=${page}&per_page=1`),
    ]);
    expect(await query(file, 'SELECT id, name FROM xano_data.items ORDER BY id')).toEqual(
      SEVEN.map((id) => ({ id: String(id), name: `item ${id}` })),
    );
  });

  it.each(LIES)('ends with an empty page where nextPage is wrong even at the end: %s', async (_, says) => {
    const { origin } = await lying(says);
    const file = temporaryFile();
    const result = await loadInto([config(origin)], file, { http: clientWith('t', fakeClock()) });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'not_provable',
      rows_written: 7,
    });
    expect(await query(file, 'SELECT id FROM xano_data.items ORDER BY id')).toEqual(
      SEVEN.map((id) => ({ id: String(id) })),
    );
  });

  it.each([
    ['its first page, whatever is asked for', () => 1],
    ['its second page for every later one', (page: number) => Math.min(page, 2)],
    ['two pages in turn', (page: number) => ((page - 1) % 2) + 1],
    ['three pages in turn', (page: number) => ((page - 1) % 3) + 1],
  ])('fails with PAGINATION_LOOP, and makes no table, where it gives %s', async (_, gives) => {
    const { origin, received } = await lying(() => 2, gives);
    const file = temporaryFile();
    const result = await loadInto([config(origin)], file, { http: clientWith('t', fakeClock()) });
    expect(result.report.status).toBe('failed');
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      rows_written: 0,
      error: {
        code: 'PAGINATION_LOOP',
        message: 'The server returns the same page of "items" repeatedly.',
      },
    });
    expect(received.length).toBeLessThan(7);
  });
});
