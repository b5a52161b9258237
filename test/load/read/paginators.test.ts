/**
 * Each way of asking for the next page, from a real server into a real file: whole, through faults, and never
 * round in a circle.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/rest/http/client.js';
import { fakeClock } from '../../fixtures/clock.js';
import { everything } from '../../rest/http/sending.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { eventsOf, loadInto, query, temporaryFile } from '../loading.js';
import { type Paged, pagedConfig, pagedServer, record, WAYS } from './paged.js';

const SEVEN = [1, 2, 3, 4, 5, 6, 7];
const KEY = 'k3y.S3CR3T';
const http = () =>
  createHttp({
    user_agent: 't',
    find_secret: () => ({ value: KEY, source: 'the test', expires_at: null }),
    clock: fakeClock(),
  });

const rowsOf = async (file: string) =>
  (await query(file, 'SELECT id, name FROM xano_data.items ORDER BY id')).map(({ id, name }) => ({
    id: Number(id),
    name,
  }));
const ways = Object.keys(WAYS);

describe.each(ways)('%s', (way) => {
  const load = async (paged: Partial<Paged> = {}, more: object = {}, file = temporaryFile()) => {
    const server = await pagedServer({ ids: [...SEVEN], ...paged });
    const result = await loadInto([pagedConfig(server, way, more)], file, { http: http() });
    return { server, result, file };
  };

  it('reads every row once, and proves it by the count', async () => {
    const { result, file } = await load();
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      read_by: way,
      rows_expected: 7,
      rows_read: 7,
      rows_written: 7,
    });
    expect(await rowsOf(file)).toEqual(SEVEN.map(record));
  });

  it('reads every row once where nothing is counted, and calls that not provable', async () => {
    const { result, file } = await load({ counts: false });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'not_provable',
      rows_written: 7,
    });
    expect(await rowsOf(file)).toEqual(SEVEN.map(record));
  });

  it('reads every row once where the server gives fewer at a time than requested', async () => {
    const bigger = { offset: { limit: 1000 }, cursor: { page_size: 1000 } };
    const pagination = { ...WAYS[way], ...bigger[way as keyof typeof bigger] };
    const { result, file } = await load({ most: 2 }, { pagination });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_written: 7 });
    expect(await rowsOf(file)).toEqual(SEVEN.map(record));
  });

  it('reads an empty list, and one of a single page', async () => {
    for (const ids of [[], [1, 2, 3]]) {
      const { result } = await load({ ids });
      expect(result.onlyTable).toMatchObject({
        status: 'loaded',
        completeness: 'proved',
        rows_written: ids.length,
      });
    }
  });

  it('loses and doubles nothing over a rate limit, a failing server, a cut body and half an answer', async () => {
    const faults: Reply[] = [
      { status: 429, headers: { 'retry-after': '2' }, body: '' },
      { status: 500, body: '' },
      (response) => {
        response.writeHead(200, { 'content-length': '999' });
        response.write('{"items":[', () => response.destroy());
      },
      { body: '{"items":[{"id":4}' },
    ];
    const { result, file } = await load({ instead: (_, n) => faults[n - 1] });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_read: 7,
      rows_written: 7,
    });
    expect(await rowsOf(file)).toEqual(SEVEN.map(record));
    expect(eventsOf(result, 'waiting').map(({ wait_ms }) => wait_ms)).toEqual([2_000, 500, 1_000, 2_000]);
  });

  it('continues where an earlier load was interrupted', async () => {
    const file = temporaryFile();
    let broken = true;
    const server = await pagedServer({
      ids: [...SEVEN],
      instead: (_, n) => (broken && n >= 2 ? { status: 503, body: '' } : undefined),
    });
    const config = pagedConfig(server, way);
    expect((await loadInto([config], file, { http: http() })).onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 6,
      error: { code: 'XANO_FAILED' },
    });
    broken = false;
    const result = await loadInto([config], file, { http: http() });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: true,
      pages: 1,
      rows_written: 7,
    });
    expect(await rowsOf(file)).toEqual(SEVEN.map(record));
  });

  it('restarts where its rows have moved since the interrupted load', async () => {
    const file = temporaryFile();
    let broken = true;
    const ids = [...SEVEN];
    const server = await pagedServer({
      ids,
      instead: (_, n) => (broken && n >= 2 ? { status: 503, body: '' } : undefined),
    });
    const config = pagedConfig(server, way);
    await loadInto([config], file, { http: http() });
    broken = false;
    ids.splice(0, 1);
    const result = await loadInto([config], file, { http: http() });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      resumed: false,
      rows_written: 6,
    });
    expect(await rowsOf(file)).toEqual(ids.map(record));
    expect(eventsOf(result, 'read_differently')).toHaveLength(1);
  });

  it('fails with PAGINATION_LOOP where the server always gives its first page', async () => {
    const { result, server } = await load({ gives: () => 0, counts: false });
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      rows_written: 0,
      error: { code: 'PAGINATION_LOOP' },
    });
    expect(server.received.length).toBeLessThan(5);
  });
});

describe('an empty page that is not the end', () => {
  it.each<[string, object]>([
    ['cursor', { meta: { cursor: 'c0' } }],
    ['header_link', {}],
    ['json_link', { next: '/json_link?from=0' }],
  ])('is passed over: %s', async (way, next) => {
    const empty = { headers: { link: '</header_link?from=0>; rel=next' }, body: { items: [], ...next } };
    const server = await pagedServer({ ids: [...SEVEN], instead: (_, n) => (n === 0 ? empty : undefined) });
    const file = temporaryFile();
    const result = await loadInto([pagedConfig(server, way)], file, { http: http() });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_written: 7 });
    expect(await rowsOf(file)).toEqual(SEVEN.map(record));
  });

  it.each<[string, (n: number) => object]>([
    ['cursor', (n) => ({ meta: { cursor: `c${n}` } })],
    ['json_link', (n) => ({ next: `?from=${n + 1}` })],
    ['header_link', () => ({})],
  ])('is PAGINATION_LOOP where a hundred follow one another: %s', async (way, next) => {
    const server = await serve((_, n) => ({
      headers: { link: `<?from=${n + 1}>; rel=next` },
      body: { items: [], ...next(n) },
    }));
    const result = await loadInto([pagedConfig(server, way)], temporaryFile(), { http: http() });
    expect(result.onlyTable.error).toMatchObject({
      code: 'PAGINATION_LOOP',
      message: 'The server returns one empty page of "items" after another: 100 so far.',
    });
    expect(server.received).toHaveLength(100);
  });
});

describe('a link', () => {
  it.each(['json_link', 'header_link'])('to another origin is not followed: %s', async (way) => {
    const other = await serve([]);
    const server = await serve(() => ({
      headers: { link: `<${other.origin}/stolen?k=1>; rel="next"` },
      body: { items: [record(1)], next: `${other.origin}/stolen?k=1` },
    }));
    const auth = { type: 'bearer', token: { env: 'KEY' } };
    const file = temporaryFile();
    const result = await loadInto([pagedConfig(server, way, { auth })], file, { http: http() });
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      error: {
        code: 'RESPONSE_UNEXPECTED',
        message: `The next page of "items" links to ${other.origin}, another origin than its list: credentials are never sent there.`,
      },
    });
    expect(other.received).toEqual([]);
    expect(everything(result)).not.toContain('S3CR3T');
  });

  it('that repeats the key of the query is followed with the key, which is not stored', async () => {
    const links: string[] = [];
    const server = await serve(({ url }) => {
      const at = new URL(url, 'http://x');
      const from = Number(at.searchParams.get('from') ?? 0);
      if (from === 6 && links.length < 5) return { status: 503, body: { message: url } };
      at.searchParams.set('from', String(from + 3));
      links.push(`${at.pathname}${at.search}`);
      return {
        body: { items: SEVEN.slice(from, from + 3).map(record), next: from === 6 ? null : links.at(-1) },
      };
    });
    const auth = { type: 'api_key', in: 'query', name: 'key', key: { env: 'KEY' } };
    const config = pagedConfig(server, 'json_link', {
      auth,
      pagination: { type: 'json_link', next_url_path: 'next' },
    });
    const file = temporaryFile();
    const broken = await loadInto([config], file, { http: http() });
    expect(broken.onlyTable.error?.code).toBe('XANO_FAILED');
    expect(links.every((link) => link.includes(`key=${KEY}`))).toBe(true);
    const kept = readdirSync(dirname(file)).map((name) => readFileSync(join(dirname(file), name), 'latin1'));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.filter((text) => text.includes('S3CR3T'))).toEqual([]);
    links.push('', '', '');
    const result = await loadInto([config], file, { http: http() });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', resumed: true, rows_written: 7 });
    expect(server.received.every(({ url }) => url.includes(`key=${KEY}`))).toBe(true);
    expect(everything([broken, result])).not.toContain('S3CR3T');
  });
});

describe('a saved position that is gone', () => {
  it.each([400, 404, 410])('is dropped, and the list is read from its start: status %i', async (status) => {
    let gone: 'not yet' | 'broken' | 'gone' = 'broken';
    const server = await pagedServer({
      ids: [...SEVEN],
      instead: ({ url }) =>
        gone === 'broken' && url.includes('c6')
          ? { status: 503, body: '' }
          : gone === 'gone' && url.includes('c3')
            ? { status, body: { message: 'This cursor is over.' } }
            : undefined,
    });
    const config = pagedConfig(server, 'cursor');
    const file = temporaryFile();
    await loadInto([config], file, { http: http() });
    gone = 'gone';
    const other = await loadInto([config], file, { http: http() });
    expect(eventsOf(other, 'read_differently').map(({ from, to }) => [from, to])).toEqual([
      ['where it stopped', 'the start'],
    ]);
    expect(other.onlyTable.error?.message).toContain('This cursor is over');
    gone = 'not yet';
    expect((await loadInto([config], file, { http: http() })).onlyTable).toMatchObject({
      status: 'loaded',
      rows_written: 7,
    });
    expect(await rowsOf(file)).toEqual(SEVEN.map(record));
  });
});
