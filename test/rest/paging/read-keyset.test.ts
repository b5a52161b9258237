/** Several ranges of keys under way at a time: given out in order, whatever order their answers come in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResolvedEndpoint } from '../../../src/rest/config/endpoint-config.js';
import { createHttp } from '../../../src/rest/http/client.js';
import type { Page } from '../../../src/rest/paging/page.js';
import type { ReadOptions } from '../../../src/rest/paging/read-options.js';
import { readPages } from '../../../src/rest/paging/read-pages.js';
import { interpretRefusal } from '../../../src/xano/conventions.js';
import { fakeClock } from '../../fixtures/clock.js';
import { decoded } from '../decode/decoded.js';
import { column, endpointOf, inferred, rejectionOf } from '../decode/reading.js';
import { anyKeys, denseKeys } from './keys.js';
import { type Asked, fromTo, type Listing, list, named, type Said } from './listing.js';

const SEED = 20261121;
const COLUMNS = [column('id', 'BIGINT'), column('name', 'VARCHAR')];

function config({ origin }: Listing, page_size = 10, max_page_size?: number): ResolvedEndpoint {
  const pagination = {
    type: 'keyset',
    key: 'id',
    order: 'asc',
    page_param: 'page',
    page_size_param: 'per_page',
    page_size,
    ...(max_page_size === undefined ? {} : { max_page_size }),
    sort_param: 'sort',
    filter_param: 'search',
    after: 'id|>',
    before: 'id|<',
    next_page_path: 'nextPage',
    total_path: 'itemsTotal',
  };
  const endpoint = {
    name: 'shop',
    base_url: origin,
    path: '/s',
    method: 'POST',
    data_selector: 'items',
    primary_key: ['id'],
    pagination,
    auth: { type: 'none' },
  };
  return endpointOf(endpoint);
}

/** A client whose lanes are its own. */
const client = () =>
  createHttp({
    user_agent: 't',
    find_secret: () => undefined,
    clock: fakeClock(),
    interpret: interpretRefusal,
  });

/** Reads keys below a bound with several requests under way. */
function reading(endpoint: ResolvedEndpoint, before: bigint | number, more: Partial<ReadOptions> = {}) {
  const http = client();
  const range = { before: String(before) };
  return readPages(endpoint, { http, lane: http.lane, columns: COLUMNS, sender: {}, range, ...more });
}

async function readAll(pages: AsyncGenerator<Page>) {
  const all: (Omit<Page, 'columns' | 'release'> & { readonly rows: readonly string[] })[] = [];
  for await (const { columns, release, ...page } of pages) {
    all.push({ ...page, rows: decoded(columns, page.count) });
    release();
  }
  return all;
}
type ReadPage = Awaited<ReturnType<typeof readAll>>[number];
const rowsOf = (pages: readonly ReadPage[]) => pages.flatMap(({ rows }) => rows);
const rangesOf = (asked: readonly Asked[]) => asked.map(({ after, before }) => [after, before]);

/** Holds the answer to what comes after one key back until those after others were sent. */
const holding =
  (held: bigint, until: readonly bigint[]) =>
  async ({ after }: Asked, listing: Listing): Promise<undefined> => {
    if (after === held) for (const key of until) await listing.sent((sent) => sent.after === key);
  };

describe('ranges side by side', () => {
  it('hold as many keys as a page, and arrive in order though the first is answered last', async () => {
    const server = await list(named(fromTo(1, 100)), holding(10n, [20n, 30n]));
    const pages = await readAll(reading(config(server), 101));
    expect(rowsOf(pages)).toEqual(named(fromTo(1, 100)));
    expect(pages.map(({ index, count, first_key, last_key }) => [index, count, first_key, last_key])).toEqual(
      fromTo(0, 9).map((n) => [n, 10, String(n * 10 + 1), String(n * 10 + 10)]),
    );
    expect(rangesOf(server.asked).toSorted()).toEqual(
      [[undefined, 101n], ...fromTo(1, 9).map((n) => [BigInt(n * 10), BigInt(n * 10 + 11)])].toSorted(),
    );
    expect(rangesOf(server.answered).slice(1, 3).toSorted()).toEqual([
      [20n, 31n],
      [30n, 41n],
    ]);
  });

  it('are requested one after the other where only one request is allowed', async () => {
    const server = await list(named(fromTo(1, 100)));
    const pages = await readAll(reading(config(server), 101, { lane: undefined }));
    expect(rowsOf(pages)).toEqual(named(fromTo(1, 100)));
    expect(rangesOf(server.asked)).toEqual([
      [undefined, 101n],
      ...fromTo(1, 9).map((n) => [BigInt(n * 10), 101n]),
    ]);
  });

  it('are not guessed for the last few pages', async () => {
    const server = await list(named(fromTo(1, 50)));
    await readAll(reading(config(server), 51));
    expect(rangesOf(server.asked)).toEqual([
      [undefined, 51n],
      ...fromTo(1, 4).map((n) => [BigInt(n * 10), 51n]),
    ]);
  });

  it('are not guessed without counts', async () => {
    const server = await list(named(fromTo(1, 100)), (_, __, truth) => ({
      body: truth().replace(/"itemsTotal":\d+,/, ''),
    }));
    const pages = await readAll(reading(config(server), 101));
    expect(rowsOf(pages)).toEqual(named(fromTo(1, 100)));
    expect(new Set(server.asked.map(({ before }) => before))).toEqual(new Set([101n]));
  });

  it('are guessed again from the remaining keys where a range has more rows than a page', async () => {
    // Two keys in five up to 2500, then each of them.
    const ids = [...fromTo(1, 1000).map((n) => Math.floor(2.5 * n)), ...fromTo(2501, 8000)];
    const server = await list(named(ids));
    const pages = await readAll(reading(config(server, 100), 8001));
    expect(rowsOf(pages)).toEqual(named(ids));
    const widths = server.asked
      .filter(({ after, before }) => after !== undefined && after > 4500n && before! < 8001n)
      .map(({ after, before }) => Number(before! - after!) - 1);
    expect(Math.max(...widths)).toBe(100);
    expect(server.asked.length).toBeLessThan((6500 / 100) * 1.5);
  });

  it('release their requests when the reader stops in the middle', async () => {
    const http = client();
    const server = await list(named(fromTo(1, 200)));
    for (let round = 0; round < 3; round++) {
      const pages = readPages(config(server), {
        http,
        lane: http.lane,
        columns: COLUMNS,
        sender: {},
        range: { before: '201' },
      });
      await pages.next();
      await pages.next();
      await pages.return(undefined);
    }
    const free = [0, 1, 2].map(() => http.lane(server.origin));
    expect(free.every((lane) => lane !== undefined)).toBe(true);
  });
});

describe('undeclared columns', () => {
  const rows = (first: number, last: number, rest: (id: number) => string) =>
    fromTo(first, last).map((id) => `{"id":${id},"name":"n"${rest(id)}}`);
  const ID = [column('id', 'BIGINT'), column('name', 'VARCHAR')];

  it('are known from the first range on where a later range arrived earlier with them', async () => {
    const all = [...rows(1, 30, () => ''), ...rows(31, 100, (id) => `,"late":"x${id}"`)];
    const server = await list(all, holding(10n, [20n, 30n]));
    const pages = await readAll(reading(config(server), 101, { columns: ID }));
    expect(rowsOf(pages).map((row) => row.replace(',"late":null', ''))).toEqual(all);
    expect(pages.flatMap(({ widened }) => widened)).toEqual([inferred('late', 'VARCHAR')]);
    // Whether the first range or the fourth tells of it depends on which came first; not later than it is
    // needed.
    expect(pages.findIndex(({ widened }) => widened.length > 0)).toBeLessThanOrEqual(3);
  });

  it('become JSON in an earlier range where a later one needs it, and keep their texts exactly', async () => {
    const all = [
      ...rows(1, 10, () => ''),
      ...rows(11, 20, (id) => `,"n":"1.10 \\"${id}\\" \\u00e9"`),
      ...rows(21, 30, () => ',"n":1.10'),
      ...rows(31, 40, () => ',"n":{"a":[1.0]}'),
      ...rows(41, 100, () => ',"n":"x"'),
    ];
    const server = await list(all, holding(10n, [20n, 30n]));
    const pages = await readAll(reading(config(server), 101, { columns: ID }));
    expect(rowsOf(pages).map((row) => row.replace(',"n":null', ''))).toEqual(all);
    expect(pages.flatMap(({ widened }) => widened).at(-1)).toEqual({
      name: 'n',
      type: 'JSON',
      list: false,
      inferred: false,
    });
    expect(pages.findLastIndex(({ widened }) => widened.length > 0)).toBeLessThanOrEqual(3);
  });

  it('and rejected values of declared columns are kept in each range with their key', async () => {
    const all = fromTo(1, 100).map((id) => (id % 15 === 0 ? `{"id":${id},"name":${id}}` : named([id])[0]!));
    const server = await list(all, holding(10n, [20n, 30n]));
    const pages = await readAll(reading(config(server), 101));
    expect(pages.flatMap(({ rejects }) => rejects.map(({ row_key, raw }) => [row_key, raw]))).toEqual(
      [15, 30, 45, 60, 75, 90].map((id) => [String(id), String(id)]),
    );
    expect(pages.map(({ rejects }) => rejects.length)).toEqual([0, 1, 1, 0, 1, 1, 0, 1, 1, 0]);
  });
});

describe('a range that fails', () => {
  /** Answers what comes after 20 otherwise, the first times. */
  const failing = (said: Said, times: number) => {
    let left = times;
    return ({ after }: Asked) => (after === 20n && left-- > 0 ? said : undefined);
  };

  it.each<[string, Said]>([
    ['status 500', { status: 500, body: {} }],
    ['status 502', { status: 502, body: '<html>' }],
    ['a connection that is cut', 'reset'],
    ['half of it', { body: '{"items":[{"id":21},{"id":2' }],
    ['items that are null', { body: { items: null, nextPage: null, itemsTotal: 0 } }],
    [
      'a refusal that names a limit',
      { status: 429, body: { message: 'limit of 10 requests per 20 seconds' } },
    ],
    ['a refusal that names none', { status: 429, body: '' }],
  ])('with %s is requested again, and every row arrives once', async (_, said) => {
    const server = await list(named(fromTo(1, 100)), failing(said, 2));
    const pages = await readAll(reading(config(server), 101));
    expect(rowsOf(pages)).toEqual(named(fromTo(1, 100)));
    expect(server.asked.filter(({ after }) => after === 20n)).toHaveLength(3);
  });

  it.each<[string, Said, string, number]>([
    ['status 401', { status: 401, body: {} }, 'TOKEN_REJECTED', 1],
    ['status 403', { status: 403, body: {} }, 'SCOPE_MISSING', 1],
    ['status 404', { status: 404, body: {} }, 'XANO_FAILED', 1],
    ['status 422', { status: 422, body: {} }, 'XANO_FAILED', 1],
    ['status 500', { status: 500, body: {} }, 'XANO_FAILED', 6],
    ['a web page', { body: '<html>' }, 'RESPONSE_UNEXPECTED', 6],
  ])('with %s for good ends the list after the earlier ranges', async (_, said, code, tries) => {
    const server = await list(named(fromTo(1, 100)), failing(said, Number.POSITIVE_INFINITY));
    const seen: number[] = [];
    const read = async () => {
      for await (const { count, last_key } of reading(config(server), 101))
        seen.push(count, Number(last_key));
    };
    expect((await rejectionOf(read())).code).toBe(code);
    expect(seen).toEqual([10, 10, 10, 20]);
    expect(server.asked.filter(({ after }) => after === 20n)).toHaveLength(tries);
  });

  it('ends the others: no request and no event follows once the list has ended', async () => {
    const told: string[] = [];
    const traffic = { requests: 0, bytes: 0 };
    const sender = { traffic, on_wait: ({ reason }: { reason: string }) => void told.push(reason) };
    const server = await list(named(fromTo(1, 100)), async ({ after }, listing) => {
      if (after === 10n) {
        // The others have failed once by then, and would be sent again and again.
        await listing.sent((sent) => sent.after === 20n);
        await listing.sent((sent) => sent.after === 30n);
        return { status: 403, body: {} };
      }
      return after === 20n || after === 30n ? { status: 500, body: {} } : undefined;
    });
    const http = client();
    const pages = readPages(config(server), {
      http,
      lane: http.lane,
      columns: COLUMNS,
      sender,
      range: { before: '101' },
    });
    expect((await rejectionOf(readAll(pages))).code).toBe('SCOPE_MISSING');
    const counts = [told.length, traffic.requests];
    // Time for whatever might still be under way: another list is read by the same client.
    await readAll(
      readPages(config(await list(named(fromTo(1, 300)))), { http, columns: COLUMNS, sender: {} }),
    );
    expect([told.length, traffic.requests]).toEqual(counts);
  });
});

describe('reading any keys', () => {
  /** Reads all keys with several requests under way, and tells what was asked for. */
  async function read(ids: readonly bigint[], page_size: number, max_page_size?: number) {
    const server = await list(named(ids));
    const end = (ids.at(-1) ?? 0n) + 1n;
    const pages = await readAll(reading(config(server, page_size, max_page_size), end));
    return { pages, requests: server.asked.length };
  }
  const pageSize = fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 4, arbitrary: fc.integer({ min: 6, max: 40 }) },
  );

  it('gives each row once, in the order of keys, and takes one request per page of dense keys', async () => {
    await fc.assert(
      fc.asyncProperty(denseKeys(200), pageSize, async (ids, page_size) => {
        const { pages, requests } = await read(ids, page_size);
        expect(rowsOf(pages)).toEqual(named(ids));
        expect(requests).toBe(Math.ceil(ids.length / page_size));
      }),
      { numRuns: 25, seed: SEED },
    );
  });

  it('gives each row once, in the order of keys, where some are missing and pages grow', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyKeys(200),
        pageSize,
        fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
        async (ids, page_size, max_page_size) => {
          const { pages, requests } = await read(ids, page_size, max_page_size);
          expect(rowsOf(pages)).toEqual(named(ids));
          const last = pages.map(({ last_key }) => last_key).filter((key) => key !== null);
          expect(last.map(BigInt)).toEqual(last.map(BigInt).toSorted((a, b) => (a < b ? -1 : 1)));
          // After a bad guess one more is taken for each full page, and as many as there are lanes only after
          // good ones.
          const smallest = Math.min(page_size, max_page_size ?? page_size);
          expect(requests).toBeLessThanOrEqual(3 * Math.ceil(ids.length / smallest) + 7);
        },
      ),
      { numRuns: 50, seed: SEED },
    );
  });
});

it('reading clumps of keys takes two requests for each page: a guess for each that was certain', async () => {
  const ids = fromTo(0, 49).flatMap((clump) => fromTo(clump * 100_000 + 1, clump * 100_000 + 100));
  const server = await list(named(ids));
  const pages = await readAll(reading(config(server, 100), ids.at(-1)! + 1));
  expect(rowsOf(pages)).toEqual(named(ids));
  expect(server.asked.length).toBeLessThanOrEqual(2 * 50 + 6);
});

it('reading by keys keeps the values of each page, though their memory is reused for later ones', async () => {
  const name = (id: number): string => String(id).repeat(3000).slice(0, 9000);
  const rows = Array.from({ length: 900 }, (_, i) => JSON.stringify({ id: i + 1, name: name(i + 1) }));
  const server = await list(rows);
  const read: string[] = [];
  for await (const { columns, count } of reading(config(server, 30), 901)) {
    // Others arrive while this one is written.
    await new Promise(setImmediate);
    read.push(...decoded(columns, count));
  }
  expect(read).toEqual(rows);
  expect(server.asked.length).toBeGreaterThan(25);
});
