/**
 * Tables read in several ranges of keys at a time: the table is what the source is, whatever happens to one
 * of them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { XanoError } from '../../../src/errors.js';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { createHttp } from '../../../src/rest/http/client.js';
import { deleteRow, findRow, insertRow, rowsIn, updateRow } from '../../../src/sandbox/data/rows.js';
import type { FaultAnswer } from '../../../src/sandbox/faults.js';
import { interpretRefusal } from '../../../src/xano/conventions.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith, localXano, tableOf } from '../../fixtures/local-xano.js';
import { item, items, officeOf } from '../../fixtures/office.js';
import { anyKeys } from '../../rest/paging/keys.js';
import { type Asked, fromTo, list, named, type Said } from '../../rest/paging/listing.js';
import { itemsConfig } from '../items-config.js';
import { configsOf, eventsOf, loadInto, query, temporaryFile, values } from '../loading.js';

const SEED = 20261121;
const HUNDRED = fromTo(1, 100);

/** A config whose pages may grow. */
const growing = (config: EndpointConfig, max_page_size: number | undefined): EndpointConfig => ({
  ...config,
  pagination: { ...config.pagination, max_page_size } as EndpointConfig['pagination'],
});

/** Loads with several requests under way. */
const load = (configs: readonly EndpointConfig[], file: string, token = 't', signal?: AbortSignal) =>
  loadInto(configs, file, { http: clientWith(token, fakeClock(), signal), concurrency: 4, signal });

/** The rows as they were staged, in that order. */
const inOrder = async (file: string) =>
  (await query(file, 'SELECT id, name FROM xano_data.items ORDER BY rowid')).map(({ id, name }) => ({
    id: String(id),
    name,
  }));
const rowsOf = (ids: readonly (number | bigint)[]) =>
  ids.map((id) => ({ id: String(id), name: `item ${id}` }));

it('reading side by side loads any keys exactly, in order, and proves them', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyKeys(250),
      fc.integer({ min: 5, max: 60 }),
      fc.option(fc.integer({ min: 5, max: 300 }), { nil: undefined }),
      async (ids, page_size, max_page_size) => {
        const server = await list(named(ids));
        const file = temporaryFile();
        const config = growing(itemsConfig(server.origin, 'int', page_size), max_page_size);
        const result = await load([config], file);
        expect(result.onlyTable).toMatchObject({
          status: 'loaded',
          completeness: 'proved',
          read_by: 'keyset',
          rows_expected: ids.length,
          rows_read: ids.length,
          rows_written: ids.length,
        });
        expect(await inOrder(file)).toEqual(rowsOf(ids));
        expect(result.onlyTable.requests).toBe(server.asked.length);
        // The highest key and the count beside the pages; three requests a page where keys lie in clumps.
        const pages = Math.ceil(ids.length / Math.min(page_size, max_page_size ?? page_size));
        expect(result.onlyTable.requests).toBeLessThanOrEqual(3 * pages + 9);
      },
    ),
    { numRuns: 10, seed: SEED },
  );
});

it.each([
  [10, undefined],
  [25, undefined],
  [10, 80],
])(
  'reading keys without gaps side by side takes two requests more than one at a time (pages of %s to %s)',
  async (page_size, max_page_size) => {
    const server = await list(named(fromTo(1, 1000)));
    const file = temporaryFile();
    const result = await load([growing(itemsConfig(server.origin, 'int', page_size), max_page_size)], file);
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', rows_written: 1000 });
    expect(server.asked.length).toBeLessThanOrEqual((1000 / page_size) * 1.2 + 2);
    expect(await inOrder(file)).toEqual(rowsOf(fromTo(1, 1000)));
  },
);

describe('rows that come, go and change while ranges are read', () => {
  /** Something that happens to a row while the n-th search is answered. */
  interface Happening {
    readonly nth: number;
    readonly id: number;
    readonly kind: 'put' | 'remove';
  }
  const happening: fc.Arbitrary<Happening> = fc.record({
    nth: fc.nat({ max: 16 }),
    id: fc.integer({ min: -5, max: 260 }),
    kind: fc.constantFrom('put', 'put', 'remove'),
  });

  it('are never wrong: each constant row arrives once, and the rest is reported', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 1, maxLength: 25 }),
        fc.constantFrom(1, 2),
        async (happenings, gap) => {
          const before = fromTo(1, 120).map((n) => n * gap);
          const xano = await localXano({ instances: [officeOf(items(before))] });
          const configs = await configsOf(xano, ['items'], 10);
          const rows = rowsIn(tableOf(xano, 'items'), 'live');
          const touched = new Map<number, (string | undefined)[]>();
          const was = new Set(before);
          let searched = 0;
          const rewrite = (body: string) => {
            const nth = searched++;
            for (const { id, kind } of happenings.filter((one) => one.nth === nth)) {
              const is = findRow(rows, BigInt(id)) !== undefined;
              const row = { ...item(id), json: `{"id":${id},"name":"changed ${nth}"}` };
              if (kind === 'remove' && is) deleteRow(rows, BigInt(id));
              else if (kind === 'put' && is) updateRow(rows, row);
              else if (kind === 'put') insertRow(rows, row);
              const names = touched.get(id) ?? [was.has(id) ? `item ${id}` : undefined];
              touched.set(id, [...names, kind === 'put' ? `changed ${nth}` : undefined]);
            }
            return body;
          };
          const times = Number.POSITIVE_INFINITY;
          xano.fail({ path: '/content/search', times, answer: { kind: 'rewrite', rewrite } });
          const file = temporaryFile();
          const result = await load(configs, file, xano.token);
          expect(result.onlyTable.status).toBe('loaded');
          expect(['proved', 'changed_while_reading']).toContain(result.onlyTable.completeness);
          const found = await inOrder(file);
          const untouched = before.filter((id) => !touched.has(id));
          expect(
            found
              .filter(({ id }) => !touched.has(Number(id)))
              .toSorted((a, b) => Number(a.id) - Number(b.id)),
          ).toEqual(rowsOf(untouched));
          const others = found.filter(({ id }) => touched.has(Number(id)));
          expect(new Set(others.map(({ id }) => id)).size).toBe(others.length);
          for (const { id, name } of others) expect(touched.get(Number(id))).toContain(name);
        },
      ),
      { numRuns: 8, seed: SEED },
    );
  });
});

describe('ranges that are answered out of order', () => {
  /** Holds back what comes after 20 until what comes after 30 and 40 was answered. */
  const holding = async (
    { after }: Asked,
    listing: { readonly sent: (which: (one: Asked) => boolean) => Promise<void> },
  ): Promise<undefined> => {
    if (after !== 20n) return;
    await listing.sent((one) => one.after === 30n);
    await listing.sent((one) => one.after === 40n);
  };
  const rows = (from: number, to: number, rest: (id: number) => string) =>
    fromTo(from, to).map((id) => `{"id":${id},"name":"item ${id}"${rest(id)}}`);

  it('enter the table in the order of keys', async () => {
    const server = await list(named(HUNDRED), holding);
    const file = temporaryFile();
    const result = await load([itemsConfig(server.origin, 'int', 10)], file);
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', requests: 12, pages: 10 });
    expect(await inOrder(file)).toEqual(rowsOf(HUNDRED));
    expect(
      eventsOf(result, 'page_read').map(({ rows_read, rows_expected }) => [rows_read, rows_expected]),
    ).toEqual(fromTo(1, 10).map((n) => [n * 10, 100]));
  });

  it('may have undeclared columns, which are added once and are NULL in earlier rows', async () => {
    const all = [...rows(1, 40, () => ''), ...rows(41, 100, (id) => `,"late":"text ${id}"`)];
    const server = await list(all, holding);
    const file = temporaryFile();
    const result = await load([itemsConfig(server.origin, 'int', 10)], file);
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', columns_added: ['late'] });
    expect(await query(file, 'SELECT id, late FROM xano_data.items ORDER BY rowid')).toEqual(
      HUNDRED.map((id) => ({ id: String(id), late: id > 40 ? `text ${id}` : null })),
    );
    expect(eventsOf(result, 'column_added')).toEqual([
      { type: 'column_added', resource: 'items', column: 'late', column_type: 'VARCHAR' },
    ]);
  });

  it('may need JSON for a column whose earlier rows are texts: those arrive exactly', async () => {
    const text = (id: number) => `1.10 "${id}" é \\ \n end`;
    const all = [
      ...rows(1, 30, (id) => `,"n":${JSON.stringify(text(id))}`),
      ...rows(31, 40, () => ',"n":1.10'),
      ...rows(41, 100, () => ',"n":{"a":[1.0,null]}'),
    ];
    const server = await list(all, holding);
    const file = temporaryFile();
    const result = await load([itemsConfig(server.origin, 'int', 10)], file);
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', values_rejected: 0 });
    expect(
      await query(file, 'SELECT id::INT AS id, n::VARCHAR AS n FROM xano_data.items ORDER BY rowid'),
    ).toEqual(
      HUNDRED.map((id) => {
        if (id <= 30) return { id, n: JSON.stringify(text(id)) };
        return { id, n: id <= 40 ? '1.10' : '{"a":[1.0,null]}' };
      }),
    );
    expect(await values(file, "SELECT n->>'$' FROM xano_data.items WHERE id <= 30 ORDER BY id")).toEqual(
      fromTo(1, 30).map(text),
    );
  });

  it('may have values that do not fit, which are kept aside once, with their key', async () => {
    const all = HUNDRED.map((id) => (id % 7 === 0 ? `{"id":${id},"name":[${id}]}` : named([id])[0]!));
    const server = await list(all, holding);
    const file = temporaryFile();
    const result = await load([itemsConfig(server.origin, 'int', 10)], file);
    const odd = HUNDRED.filter((id) => id % 7 === 0);
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', values_rejected: odd.length });
    expect(
      await query(file, 'SELECT row_key, "column", raw FROM _xano.rejects ORDER BY row_key::INT'),
    ).toEqual(odd.map((id) => ({ row_key: String(id), column: 'name', raw: `[${id}]` })));
    expect(await values(file, 'SELECT id FROM xano_data.items WHERE name IS NULL ORDER BY id')).toEqual(
      odd.map(String),
    );
  });
});

describe('one range that fails', () => {
  it.each<[string, FaultAnswer, number]>([
    ['status 500', { kind: 'status', status: 500 }, 2],
    ['a reset connection', { kind: 'reset' }, 2],
    ['half of it, as if it were all', { kind: 'cut_json' }, 2],
    [
      'items that are null',
      { kind: 'rewrite', rewrite: () => '{"items":null,"nextPage":null,"itemsTotal":0}' },
      2,
    ],
    ['a refusal without a limit', { kind: 'status', status: 429, body: 'slow down' }, 3],
  ])('by %s is requested again, and no row is lost or doubled', async (_, answer, times) => {
    const xano = await localXano({ instances: [officeOf(items(HUNDRED))] });
    const [configs, file] = [await configsOf(xano, ['items'], 10), temporaryFile()];
    xano.fail({ path: '/content/search', body_includes: '{"id|>":40}', times, answer });
    const result = await load(configs, file, xano.token);
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_read: 100,
      rows_written: 100,
      read_by: 'keyset',
    });
    expect(await inOrder(file)).toEqual(rowsOf(HUNDRED));
  });

  it('by an expired token is sent again with another one, where its source holds one', async () => {
    const xano = await localXano({ instances: [officeOf(items(HUNDRED))] });
    const [configs, file] = [await configsOf(xano, ['items'], 10), temporaryFile()];
    const [old, fresh] = [xano.issueToken(), xano.issueToken()];
    let asked = 0;
    const http = createHttp({
      user_agent: 'test',
      find_secret: (_, { fresh: anew = false } = {}) => {
        if (anew) asked++;
        return { value: asked > 0 ? fresh : old, source: 'the test', expires_at: null };
      },
      clock: fakeClock(),
      interpret: interpretRefusal,
    });
    const rewrite = (body: string) => {
      xano.revoke(old);
      return body;
    };
    xano.fail({
      path: '/content/search',
      body_includes: '{"id|>":20}',
      answer: { kind: 'rewrite', rewrite },
    });
    const result = await loadInto(configs, file, { http, concurrency: 4 });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_written: 100 });
    expect(await inOrder(file)).toEqual(rowsOf(HUNDRED));
  });

  it.each<[string, Said, string]>([
    ['401', { status: 401, body: { message: 'Invalid token' } }, 'TOKEN_REJECTED'],
    ['404', { status: 404, body: {} }, 'XANO_FAILED'],
    ['500 for good', { status: 500, body: {} }, 'XANO_FAILED'],
    ['a reset connection for good', 'reset', 'XANO_UNREACHABLE'],
  ])(
    'with %s ends the load with just the rows before it kept, which the next load does not request',
    async (_, said, code) => {
      let broken = true;
      const server = await list(named(HUNDRED), async ({ after }, listing) => {
        if (!broken || after !== 40n) return undefined;
        // Ranges after it are there already.
        await listing.sent((one) => one.after === 50n);
        return said;
      });
      const [configs, file] = [[itemsConfig(server.origin, 'int', 10)], temporaryFile()];
      const first = await load(configs, file);
      expect(first.onlyTable).toMatchObject({
        status: 'failed',
        rows_read: 40,
        read_by: 'keyset',
        error: { code },
      });
      expect(eventsOf(first, 'read_differently')).toEqual([]);
      broken = false;
      server.asked.length = 0;
      const second = await load(configs, file);
      expect(eventsOf(second, 'resource_started')).toEqual([
        { type: 'resource_started', resource: 'items', resumed_rows: 40 },
      ]);
      expect(second.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_read: 100 });
      expect(server.asked.filter(({ per_page, after }) => per_page > 1 && (after ?? 0n) < 40n)).toEqual([]);
      expect(await inOrder(file)).toEqual(rowsOf(HUNDRED));
    },
  );

  it('with others in flight causes no event after the load is over', async () => {
    const server = await list(named(HUNDRED), async ({ after }, listing) => {
      if (after === 20n) {
        await listing.sent((one) => one.after === 30n);
        return { status: 403, body: {} };
      }
      return after !== undefined && after > 20n ? { status: 500, body: {} } : undefined;
    });
    const result = await load([itemsConfig(server.origin, 'int', 10)], temporaryFile());
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      rows_read: 20,
      error: { code: 'SCOPE_MISSING' },
    });
    const told = result.events.length;
    await load([itemsConfig((await list(named(HUNDRED))).origin, 'int', 10)], temporaryFile());
    expect(result.events.length).toBe(told);
    expect(result.events.at(-1)!.type).toBe('load_finished');
  });

  it('by a limit that Xano names leaves one request at a time', async () => {
    let refused = 0;
    let under_way = 0;
    const together: number[] = [];
    const server = await list(named(fromTo(1, 300)), async ({ after }, listing) => {
      if (after === 40n && refused++ === 0)
        return { status: 429, body: { message: 'The limit is 10 requests per 20 seconds.' } };
      // What was under way by then is let through.
      if (refused === 0 || listing.answered.length < 12) return undefined;
      together.push(++under_way);
      for (let i = 0; i < 20; i++) await new Promise(setImmediate);
      under_way--;
      return undefined;
    });
    const file = temporaryFile();
    const result = await load([itemsConfig(server.origin, 'int', 10)], file);
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', rows_written: 300 });
    expect(together.length).toBeGreaterThan(10);
    expect(new Set(together)).toEqual(new Set([1]));
    expect(await inOrder(file)).toEqual(rowsOf(fromTo(1, 300)));
    // No range is guessed any more: each goes on to the end.
    expect(server.asked.slice(-10, -1).map(({ before }) => before)).toEqual(Array(9).fill(301n));
  });

  it('without an answer ends when the load is stopped, and keeps the rows before it', async () => {
    const stop = new AbortController();
    const server = await list(named(HUNDRED), async ({ after }, listing) => {
      if (after !== 40n || stop.signal.aborted) return undefined;
      await listing.sent((one) => one.after === 50n);
      await listing.sent((one) => one.after === 30n);
      while (pages < 4) await new Promise(setImmediate);
      stop.abort(new XanoError('INTERRUPTED', 'Ctrl-C.'));
      return 'reset';
    });
    let pages = 0;
    const [configs, file] = [[itemsConfig(server.origin, 'int', 10)], temporaryFile()];
    const first = await loadInto(configs, file, {
      http: clientWith('t', fakeClock(), stop.signal),
      signal: stop.signal,
      concurrency: 4,
      on_event: ({ type }) => {
        if (type === 'page_read') pages++;
      },
    });
    expect(first.report.status).toBe('interrupted');
    expect(first.onlyTable).toMatchObject({ status: 'skipped', rows_read: 40, rows_written: 0 });
    server.asked.length = 0;
    const second = await load(configs, file);
    expect(second.onlyTable).toMatchObject({ resumed: true, completeness: 'proved', rows_read: 100 });
    expect(server.asked.filter(({ per_page, after }) => per_page > 1 && (after ?? 0n) < 40n)).toEqual([]);
    expect(await inOrder(file)).toEqual(rowsOf(HUNDRED));
  });
});

describe('a server that does things otherwise', () => {
  /** Whether a table came out right: loaded and proved, or failed with nothing in its place. */
  async function judged(
    ids: readonly number[],
    server: { readonly origin: string },
    page_size = 10,
    max?: number,
  ) {
    const file = temporaryFile();
    const result = await load([growing(itemsConfig(server.origin, 'int', page_size), max)], file);
    const { status, completeness, read_by } = result.onlyTable;
    if (status === 'loaded') {
      const found = await inOrder(file);
      expect(found.toSorted((a, b) => Number(a.id) - Number(b.id))).toEqual(rowsOf(ids));
    }
    return { status, completeness, read_by, requests: result.onlyTable.requests };
  }
  const with_ = (asked: Asked, rest: Partial<Asked>): Asked => ({ ...asked, ...rest });
  const loaded = (read_by: string) => ({ status: 'loaded', completeness: 'proved', read_by });

  it.each<[string, (asked: Asked) => Asked, object]>([
    ['overlooks the upper bound', (asked) => with_(asked, { before: undefined }), loaded('page_number')],
    ['overlooks the lower bound', (asked) => with_(asked, { after: undefined }), loaded('page_number')],
    [
      'overlooks both',
      (asked) => with_(asked, { after: undefined, before: undefined }),
      loaded('page_number'),
    ],
    [
      'gives seven rows at most',
      (asked) => with_(asked, { per_page: Math.min(7, asked.per_page) }),
      loaded('keyset'),
    ],
    ['sorts the other way round', (asked) => with_(asked, { order: 'desc' }), loaded('page_number')],
  ])('that %s gives each row once', async (_, otherwise, outcome) => {
    const server = await list(named(HUNDRED), (asked, __, truth) => ({ body: truth(otherwise(asked)) }));
    const { requests, ...is } = await judged(HUNDRED, server);
    expect(is).toEqual(outcome);
    expect(requests).toBeLessThan(60);
  });

  it.each<[string, (body: string) => string]>([
    ['nextPage is null too early', (body) => body.replace(/"nextPage":\d+/, '"nextPage":null')],
    ['nextPage is never null', (body) => body.replace('"nextPage":null', '"nextPage":2')],
    ['nextPage is not there', (body) => body.replace(/"nextPage":\w+,/, '')],
    ['itemsTotal is not there', (body) => body.replace(/"itemsTotal":\d+,/, '')],
    ['itemsTotal is that of the whole table', (body) => body.replace(/"itemsTotal":\d+/, '"itemsTotal":100')],
    ['itemsTotal is a text', (body) => body.replace(/"itemsTotal":(\d+)/, '"itemsTotal":"$1"')],
    [
      'itemsTotal counts the page only',
      (body) => body.replace(/"itemsReceived":(\d+)(.*"itemsTotal":)\d+/, '"itemsReceived":$1$2$1'),
    ],
    [
      'itemsTotal is five too many',
      (body) => body.replace(/"itemsTotal":(\d+)/, (__, n: string) => `"itemsTotal":${Number(n) + 5}`),
    ],
    [
      'itemsTotal is five too few',
      (body) =>
        body.replace(/"itemsTotal":(\d+)/, (__, n: string) => `"itemsTotal":${Math.max(0, Number(n) - 5)}`),
    ],
  ])('whose %s never makes a table short or doubled', async (_, lie) => {
    for (const ids of [HUNDRED, HUNDRED.map((id) => 3 * id)]) {
      const server = await list(named(ids), (__, ___, truth) => ({ body: lie(truth()) }));
      const { status, completeness, requests } = await judged(ids, server);
      expect([`${status} ${completeness}`, requests < 150]).toEqual([
        expect.stringMatching(/^(loaded (proved|changed_while_reading|not_provable)|failed incomplete)$/),
        true,
      ]);
    }
  });

  it.each<[string, Said]>([
    ['refuses', { status: 400, body: { message: 'Value must be 30 or less' } }],
    ['answers 500', { status: 500, body: {} }],
    ['cuts the connection', 'reset'],
    ['answers half', { body: '{"items":[{"id":1},{"i' }],
  ])('that %s where pages are larger than 30 gives each row once, in smaller pages', async (_, said) => {
    const ids = fromTo(1, 400);
    const server = await list(named(ids), ({ per_page }) => (per_page > 30 ? said : undefined));
    const { requests, ...is } = await judged(ids, server, 10, 160);
    expect(is).toEqual(loaded('keyset'));
    expect(requests).toBeLessThan(45);
  });
});
