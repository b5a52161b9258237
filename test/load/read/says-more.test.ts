/**
 * Lists of servers that say in many ways that more records follow: all of them arrive, or the load fails and
 * names the field.
 */
import { describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { eventsOf, loadInto, temporaryFile, values } from '../loading.js';

const COUNT = 25;
const SIZE = 10;

const configOf = (base_url: string, more: object = {}): EndpointConfig =>
  parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: 'things',
        base_url,
        path: '/list',
        method: 'GET',
        primary_key: ['id'],
        pagination: { type: 'auto' },
        auth: { type: 'none' },
        ...more,
      },
    ],
  })[0]!;

interface Answer {
  readonly body: object;
  readonly headers?: Record<string, string>;
  readonly status?: number;
}

/** Answers a request, as a server at this origin does. */
type Dialect = (ask: (param: string, absent?: number) => number, origin: string) => Answer;

const rows = (from: number) =>
  Array.from({ length: Math.max(0, Math.min(SIZE, COUNT - from)) }, (_, i) => ({ id: from + i + 1 }));
const more = (from: number): boolean => from + SIZE < COUNT;
const pageFrom = (page: number): number => (page - 1) * SIZE;

const DIALECTS: Record<string, Dialect> = {
  'OData 4, relative': (ask) => {
    const from = ask('$skiptoken');
    const link = more(from) ? { '@odata.nextLink': `list?$skiptoken=${from + SIZE}` } : {};
    return { body: { '@odata.context': 'x', value: rows(from), ...link } };
  },
  'OData 3, with a count as text': (ask) => {
    const from = ask('$skiptoken');
    const link = more(from) ? { 'odata.nextLink': `list?$skiptoken=${from + SIZE}` } : {};
    return { body: { 'odata.count': '25', value: rows(from), ...link } };
  },
  'a list of links by relation': (ask, origin) => {
    const from = ask('at');
    const next = more(from) ? [{ rel: 'next', href: `${origin}/list?at=${from + SIZE}` }] : [];
    return { body: { items: rows(from), links: [{ rel: 'self', href: '/list' }, ...next] } };
  },
  'a FHIR bundle': (ask, origin) => {
    const from = ask('at');
    const next = more(from) ? [{ relation: 'next', url: `${origin}/list?at=${from + SIZE}` }] : [];
    return { body: { resourceType: 'Bundle', link: next, entry: rows(from) } };
  },
  'the records beside what is said of them, in one list': (ask) => {
    const page = ask('page', 1);
    return { body: [{ page, pages: 3, per_page: '10', total: COUNT }, rows(pageFrom(page))] };
  },
  'X-Pagination as JSON': (ask) => {
    const page = ask('page', 1);
    const told = { TotalCount: COUNT, PageSize: SIZE, CurrentPage: page, TotalPages: 3 };
    return { body: rows(pageFrom(page)), headers: { 'x-pagination': JSON.stringify(told) } };
  },
  'X-Pagination as pairs': (ask) => {
    const page = ask('page', 1);
    const told = `total=${COUNT}; page=${page}; per_page="${SIZE}"`;
    return { body: rows(pageFrom(page)), headers: { 'x-pagination': told } };
  },
  'X-Total-Count': (ask) => ({ body: rows(pageFrom(ask('page', 1))), headers: { 'x-total-count': '25' } }),
  'Content-Range with status 206': (ask) => {
    const found = rows(ask('offset'));
    const range = `items ${ask('offset')}-${ask('offset') + found.length - 1}/${COUNT}`;
    return { status: 206, body: found, headers: { 'content-range': range } };
  },
  'X-Next-Page, empty in the end': (ask) => {
    const page = ask('page', 1);
    return { body: rows(pageFrom(page)), headers: { 'x-next-page': page < 3 ? String(page + 1) : '' } };
  },
  'a cursor in a header': (ask) => {
    const from = ask('page_token');
    return {
      body: { rows: rows(from) },
      headers: more(from) ? { 'x-next-page-token': String(from + SIZE) } : {},
    };
  },
  'X-Has-More': (ask) => ({
    body: rows(ask('offset')),
    headers: { 'x-has-more': String(more(ask('offset'))) },
  }),
  'a Link header in single quotes': (ask, origin) => {
    const page = ask('page', 1);
    const link = { link: `<${origin}/list?page=${page + 1}>;rel='next'` };
    return { body: rows(pageFrom(page)), headers: page < 3 ? link : {} };
  },
  'an offset that is a text': (ask) => {
    const from = ask('offset');
    return { body: { records: rows(from), ...(more(from) ? { offset: `${from + SIZE}/x` } : {}) } };
  },
  LastEvaluatedKey: (ask) => {
    const from = ask('LastEvaluatedKey');
    return { body: { Items: rows(from), ...(more(from) ? { LastEvaluatedKey: String(from + SIZE) } : {}) } };
  },
  'an object that leads on': (ask) => {
    const from = ask('offset');
    return { body: { data: rows(from), next: more(from) ? { offset: from + SIZE, limit: SIZE } : null } };
  },
  next_page_uri: (ask) => {
    const from = ask('at');
    return { body: { data: rows(from), next_page_uri: more(from) ? `/list?at=${from + SIZE}` : null } };
  },
  nextRecordsUrl: (ask) => {
    const from = ask('at');
    const next = more(from) ? { nextRecordsUrl: `/list?at=${from + SIZE}` } : {};
    return { body: { done: !more(from), records: rows(from), ...next } };
  },
  'next_id, asked for with cursor': (ask) => {
    const from = ask('cursor');
    return { body: { data: rows(from), next_id: more(from) ? from + SIZE : null } };
  },
  'next_token, asked for with pagination_token': (ask) => {
    const from = ask('pagination_token');
    return { body: { data: rows(from), meta: more(from) ? { next_token: String(from + SIZE) } : {} } };
  },
  'page[after] of JSON:API': (ask) => {
    const from = ask('page[after]');
    return {
      body: { data: rows(from), meta: { page: { after: more(from) ? String(from + SIZE) : null } } },
    };
  },
  'has_more and the id of the last record': (ask) => {
    const from = ask('starting_after');
    return { body: { has_more: more(from), data: rows(from) } };
  },
  'a flag of the last page': (ask) => {
    const from = ask('page') * SIZE;
    return { body: { content: rows(from), last: !more(from), number: ask('page') } };
  },
  'records that remain, and continue': (ask) => {
    const from = ask('continue');
    const left = Math.max(0, COUNT - from - SIZE);
    const metadata = { continue: left > 0 ? String(from + SIZE) : '', remainingItemCount: left };
    return { body: { metadata, items: rows(from) } };
  },
  'totals and pages as texts': (ask) => {
    const page = ask('page', 1);
    return {
      body: { items: rows(pageFrom(page)), meta: { current_page: `${page}`, last_page: '3', total: '25' } },
    };
  },
  'a Link header that names the last page only': (ask, origin) => {
    const link = `<${origin}/list?page=3>; rel="last"`;
    return { body: rows(pageFrom(ask('page', 1))), headers: { link } };
  },
  'a Link header with the first and the last page, by offset': (ask, origin) => {
    const link = `<${origin}/list?skip=0>; rel=first, <${origin}/list?skip=20>; rel=last`;
    return { body: rows(ask('skip')), headers: { link } };
  },
  'links of JSON:API to the first and the last page': (ask, origin) => {
    const at = (page: number) => `${origin}/list?page%5Bnumber%5D=${page}`;
    const page = ask('page[number]', 1);
    return { body: { data: rows(pageFrom(page)), links: { self: at(page), first: at(1), last: at(3) } } };
  },
  'a list of links with the last page only': (ask) => ({
    body: { items: rows(pageFrom(ask('page', 1))), links: [{ rel: 'last', href: '/list?page=3' }] },
  }),
  last_page_url: (ask) => ({
    body: {
      data: rows(pageFrom(ask('page', 1))),
      first_page_url: '/list?page=1',
      last_page_url: '/list?page=3',
    },
  }),
  'a cursor five objects deep': (ask) => {
    const from = ask('after');
    const next = { after: more(from) ? String(from + SIZE) : null };
    return { body: { response: { results: rows(from), a: { b: { c: { paging: { next } } } } } } };
  },
};

/** A server of a dialect; one that ignores parameters gives its first page to every request. */
async function serving(dialect: Dialect, obeys: boolean) {
  const server = await serve(({ url, headers }): Reply => {
    const origin = `http://${headers.host}`;
    const params = obeys ? new URL(url, origin).searchParams : new URLSearchParams();
    return dialect((param, absent = 0) => Number.parseInt(params.get(param) || String(absent), 10), origin);
  });
  return server.origin;
}

const http = () => clientWith('unneeded', fakeClock());

describe('a list that says that more records follow', () => {
  it.each(Object.entries(DIALECTS))(
    'is read completely where nothing is configured: %s',
    async (_, dialect) => {
      const file = temporaryFile();
      const result = await loadInto([configOf(await serving(dialect, true))], file, { http: http() });
      expect(result.onlyTable.error).toBeUndefined();
      expect(await values(file, 'SELECT id::INTEGER FROM xano_data.things ORDER BY id')).toEqual(
        Array.from({ length: COUNT }, (__, i) => i + 1),
      );
    },
  );

  it.each(Object.entries(DIALECTS))(
    'is not loaded where its server gives one page only: %s',
    async (_, dialect) => {
      const file = temporaryFile();
      const result = await loadInto([configOf(await serving(dialect, false))], file, { http: http() });
      expect(result.onlyTable).toMatchObject({ status: 'failed', error: { code: 'PAGINATION_LOOP' } });
      expect(result.onlyTable.error?.message).toMatch(
        / as (".+"|its Link header)( \(\d+\))? says, but no tested pagination returns them: /,
      );
    },
  );

  it('is read completely where it says that it is a part of a list of unknown length, and obeys an offset', async () => {
    const dialect: Dialect = (ask) => {
      const from = ask('offset');
      const found = rows(from);
      const range = found.length === 0 ? 'items */*' : `items ${from}-${from + found.length - 1}/*`;
      return { status: 206, body: found, headers: { 'content-range': range } };
    };
    const result = await loadInto([configOf(await serving(dialect, true))], temporaryFile(), {
      http: http(),
    });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', rows_written: COUNT });
    const stuck = await loadInto([configOf(await serving(dialect, false))], temporaryFile(), {
      http: http(),
    });
    expect(stuck.onlyTable).toMatchObject({ status: 'failed', error: { code: 'PAGINATION_LOOP' } });
    expect(stuck.onlyTable.error?.message).toMatch(
      /^"things" may have more than the 10 records .+"header:content-range" \(items 0-9\/\*\) says/,
    );
  });

  it('differs from one that says nothing, whose event names the fields that were searched', async () => {
    const dialect: Dialect = () => ({
      body: { data: rows(0), note: 'x', meta: { took: 3 } },
      headers: { 'x-y': '1' },
    });
    const result = await loadInto([configOf(await serving(dialect, false))], temporaryFile(), {
      http: http(),
    });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'not_provable',
      rows_written: SIZE,
    });
    expect(eventsOf(result, 'detected')[0]?.reason).toMatch(
      /looked at "note", "meta.took", the Link header and \d+ other headers\)$/,
    );
  });
});

describe('a config that ends before the answer does', () => {
  const ended = async (pagination: object, dialect: Dialect, more_fields: object = {}) => {
    const config = configOf(await serving(dialect, true), {
      pagination,
      data_selector: 'data',
      ...more_fields,
    });
    return (await loadInto([config], temporaryFile(), { http: http() })).onlyTable;
  };

  it.each<[string, object, object]>([
    ['a single page beside a link', { type: 'single_page' }, { next: '/list?page=2' }],
    ['a single page beside a cursor', { type: 'single_page' }, { next_cursor: 'x' }],
    ['a single page beside has_more', { type: 'single_page' }, { has_more: true }],
    ['a single page beside a cursor of two parts', { type: 'single_page' }, { search_after: [10, 'a'] }],
    [
      'a single page beside a composite key',
      { type: 'single_page' },
      { after_key: { day: '2026-01-02', n: 4 } },
    ],
    [
      'a single page beside the next token in parts',
      { type: 'single_page' },
      { meta: { nextToken: ['a', 4] } },
    ],
    [
      'a single page beside a link to a last one',
      { type: 'single_page' },
      { links: { last: '/list?page=3' } },
    ],
    [
      'a single page beside two links that differ',
      { type: 'single_page' },
      { first: '/list?seek=a', last: '/list?seek=z' },
    ],
    [
      'a cursor that is null beside has_more',
      { type: 'cursor', cursor_path: 'cursor' },
      { cursor: null, has_more: true },
    ],
    [
      'a link that is misspelled',
      { type: 'json_link', next_url_path: 'nxt' },
      { '@odata.nextLink': '/list?x=1' },
    ],
  ])('fails and names the field: %s', async (_, pagination, beside) => {
    const report = await ended(pagination, () => ({ body: { data: rows(0), ...beside } }));
    expect(report).toMatchObject({ status: 'failed', error: { code: 'RESPONSE_UNEXPECTED' } });
    expect(report.error?.message).toMatch(
      /^"things" ends with .+, but ".+" says that more records follow\.$/,
    );
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a range of a list of unknown length',
      { 'content-range': 'items 0-9/*' },
      'a part of a list of unknown length',
    ],
    ['such a range without a unit', { 'content-range': '0-9/*' }, 'a part of a list of unknown length'],
    ['a link to another last page', { link: '</list?page=3>; rel="last"' }, 'more records follow'],
  ])('fails and names the header: %s', async (_, headers, says) => {
    const report = await ended({ type: 'single_page' }, () => ({
      status: 206,
      body: { data: rows(0) },
      headers,
    }));
    expect(report).toMatchObject({ status: 'failed', error: { code: 'RESPONSE_UNEXPECTED' } });
    expect(report.error?.message).toMatch(
      /^"things" ends with its single page, but (the Link header|"header:.+") says that .+\.$/,
    );
    expect(report.error?.message).toContain(says);
    expect(
      await ended({ type: 'single_page', total_path: '' }, () => ({ body: { data: rows(0) }, headers })),
    ).toMatchObject({ status: 'loaded' });
  });

  it.each<[string, Answer]>([
    ['a number', { body: { data: rows(0), total: 25 } }],
    ['a text', { body: { data: rows(0), meta: { total_count: '25' } } }],
    ['a header', { body: { data: rows(0) }, headers: { 'x-total-count': '25' } }],
    ['a range', { body: { data: rows(0) }, headers: { 'content-range': 'items 0-9/25' } }],
  ])('is INCOMPLETE where a count is higher than what arrived: %s', async (_, answer) => {
    const report = await ended({ type: 'single_page' }, () => answer);
    expect(report).toMatchObject({
      status: 'failed',
      completeness: 'incomplete',
      rows_expected: 25,
      error: { code: 'INCOMPLETE' },
    });
  });

  it('is loaded where total_path says that no field counts records', async () => {
    const answer = { body: { data: rows(0), total: 1500 } };
    const report = await ended({ type: 'single_page', total_path: '' }, () => answer);
    expect(report).toMatchObject({ status: 'loaded', completeness: 'not_provable', rows_written: SIZE });
  });

  it('is loaded where total_path is empty though a flag says more, as its hint says', async () => {
    const dialect: Dialect = () => ({ body: { data: rows(0), has_more: true } });
    const report = await ended({ type: 'single_page' }, dialect);
    expect(report.error?.hint).toMatch(/; if nothing follows, set total_path to ''\.$/);
    expect(await ended({ type: 'single_page', total_path: '' }, dialect)).toMatchObject({ status: 'loaded' });
  });

  it.each<[string, Answer]>([
    ['an object of something else', { body: { data: rows(0), list: { done: false, total: 40 } } }],
    ['the id of a new record', { body: { data: rows(0), next_id: 11 } }],
    ['a range of bytes', { body: { data: rows(0) }, headers: { 'content-range': 'bytes 0-99/2500' } }],
    ['a limit of requests', { body: { data: rows(0) }, headers: { 'x-ratelimit-remaining': '25' } }],
    ['the count of its own page', { body: { data: rows(0), count: SIZE } }],
    [
      'links to the first and the last page, which are one',
      { body: { data: rows(0), links: { first: '/l?page=1', last: '/l?page=1' } } },
    ],
    [
      'a link to page 1 as the last one',
      { body: { data: rows(0) }, headers: { link: '</l?page=1>; rel="last"' } },
    ],
    ['the numbers of the pages around', { body: { data: rows(0), next_pages: [2, 3] } }],
    ['a list that leads nowhere', { body: { data: rows(0), search_after: [] } }],
    ['a date of something else', { body: { data: rows(0), next_billing_at: '2026-12-01', next_sync: 'x' } }],
  ])('is loaded where a field only looks like a count or a cursor: %s', async (_, answer) => {
    expect(await ended({ type: 'single_page' }, () => answer)).toMatchObject({ status: 'loaded' });
  });
});

it('a list of one parent that counts more than arrives is reported with its parent; the others are loaded', async () => {
  const server = await serve(({ url }): Reply => {
    if (url === '/parents') return { body: [{ id: 1 }, { id: 2 }] };
    const parent = Number(url.split('/')[2]);
    return { body: { data: [{ id: parent * 10 }], meta: { total: parent === 1 ? 1 : '7' } } };
  });
  const single = { pagination: { type: 'single_page' } };
  const parents = configOf(server.origin, {
    name: 'parents',
    path: '/parents',
    data_selector: '',
    ...single,
  });
  const children = configOf(server.origin, {
    path: '/of/{p}/things',
    data_selector: 'data',
    parent: { resource: 'parents', bind: { p: 'id' }, include: ['id'] },
    ...single,
  });
  const file = temporaryFile();
  const result = await loadInto([parents, children], file, { http: http() });
  expect(result.report.resources[1]).toMatchObject({
    completeness: 'incomplete',
    parents_not_read: {
      count: 1,
      first: [
        {
          parent: { id: '2' },
          error: {
            code: 'INCOMPLETE',
            message: 'An answer counts 7 records of this list, but 1 arrived.',
            hint: "Correct the pagination, or set total_path to '' if no field counts the records.",
          },
        },
      ],
    },
  });
  expect(await values(file, 'SELECT id::INTEGER FROM xano_data.things')).toEqual([10]);
});

describe('a config names the paging fields of an answer', () => {
  const loaded = async (dialect: Dialect, more_fields: object) => {
    const config = configOf(await serving(dialect, true), more_fields);
    return (await loadInto([config], temporaryFile(), { http: http() })).onlyTable;
  };

  it.each<[string, Dialect, object]>([
    [
      'a key with a dot',
      DIALECTS['OData 4, relative']!,
      { data_selector: 'value', pagination: { type: 'json_link', next_url_path: '@odata.nextLink' } },
    ],
    [
      'a link by its relation',
      DIALECTS['a FHIR bundle']!,
      { data_selector: 'entry', pagination: { type: 'json_link', next_url_path: 'link[relation=next].url' } },
    ],
    [
      'a header with a cursor',
      DIALECTS['a cursor in a header']!,
      {
        data_selector: 'rows',
        pagination: { type: 'cursor', cursor_param: 'page_token', cursor_path: 'header:X-Next-Page-Token' },
      },
    ],
    [
      'the last record’s field',
      DIALECTS['has_more and the id of the last record']!,
      {
        data_selector: 'data',
        pagination: { type: 'cursor', cursor_param: 'starting_after', cursor_path: 'data[-1].id' },
      },
    ],
    [
      'a list within a list, and its count beside it',
      DIALECTS['the records beside what is said of them, in one list']!,
      { data_selector: '1', pagination: { type: 'page_number', page_size: 10, total_path: '0.total' } },
    ],
    [
      'a count in a header',
      DIALECTS['X-Total-Count']!,
      {
        data_selector: '',
        pagination: { type: 'page_number', page_size: 10, total_path: 'header:x-total-count' },
      },
    ],
    [
      'a count in a range',
      DIALECTS['Content-Range with status 206']!,
      { data_selector: '', pagination: { type: 'offset', limit: 10, total_path: 'header:content-range' } },
    ],
    [
      'a count in the JSON of a header',
      DIALECTS['X-Pagination as JSON']!,
      {
        data_selector: '',
        pagination: { type: 'page_number', page_size: 10, total_path: 'header:x-pagination.TotalCount' },
      },
    ],
  ])('and all records arrive: %s', async (_, dialect, config) => {
    const report = await loaded(dialect, config);
    expect(report).toMatchObject({ status: 'loaded', rows_written: COUNT });
    const counts = JSON.stringify(config).includes('total_path');
    expect(report.completeness).toBe(counts ? 'proved' : 'not_provable');
  });

  it('and a field that the last record lacks is named', async () => {
    const report = await loaded(DIALECTS['has_more and the id of the last record']!, {
      data_selector: 'data',
      pagination: { type: 'cursor', cursor_param: 'starting_after', cursor_path: 'data[-1].key' },
    });
    expect(report.error?.message).toBe(
      'The last record of "things" has no "key", which cursor_path "data[-1].key" names.',
    );
  });
});

describe('parameters in the body of a POST', () => {
  it.each<[string, object, object, string]>([
    [
      'an offset within an object',
      { type: 'offset', in: 'body', offset_param: 'paging.offset', limit_param: 'paging.limit', limit: 10 },
      { kind: 'all' },
      '{"kind":"all","paging":{"offset":10,"limit":10}}',
    ],
    [
      'a page three objects deep, beside other members',
      { type: 'page_number', in: 'body', page_param: 'a.b.page', page_size_param: 'a.b.size', page_size: 10 },
      { a: { b: { sort: 'id' } } },
      '{"a":{"b":{"sort":"id","page":2,"size":10}}}',
    ],
    [
      'a key that has a dot of its own',
      { type: 'offset', in: 'body', offset_param: 'page.offset', limit_param: 'limit', limit: 10 },
      { 'page.offset': 0 },
      '{"page.offset":10,"limit":10}',
    ],
    [
      'an escaped dot',
      { type: 'offset', in: 'body', offset_param: 'page\\.offset', limit_param: 'limit', limit: 10 },
      {},
      '{"page.offset":10,"limit":10}',
    ],
    [
      'a cursor among the variables of GraphQL',
      { type: 'cursor', in: 'body', cursor_param: 'variables.after', cursor_path: 'cursor' },
      { query: '{ x }', variables: { first: 10 } },
      '{"query":"{ x }","variables":{"first":10,"after":10}}',
    ],
  ])('stand where a dotted name points: %s', async (_, pagination, body, second) => {
    const numberIn = (value: unknown, key: string): number | undefined => {
      if (typeof value !== 'object' || value === null) return undefined;
      for (const [name, inner] of Object.entries(value)) {
        if (name.endsWith(key)) return Number(inner);
        const found = numberIn(inner, key);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const server = await serve((request): Reply => {
      const page = numberIn(request.body, 'page');
      const from =
        page !== undefined
          ? pageFrom(page)
          : (numberIn(request.body, 'offset') ?? numberIn(request.body, 'after') ?? 0);
      return { body: { data: rows(from), ...(more(from) ? { cursor: from + SIZE } : {}) } };
    });
    const config = configOf(server.origin, { method: 'POST', body, data_selector: 'data', pagination });
    const result = await loadInto([config], temporaryFile(), { http: http() });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', rows_written: COUNT });
    expect(JSON.stringify(server.received[1]?.body)).toBe(second);
  });
});
