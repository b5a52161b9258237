/** Page numbers name places, and rows that come or go move others from place to place. */
import { describe, expect, it } from 'vitest';
import { checkedPages } from '../../../src/load/read/page-drift.js';
import { deleteRow, insertRow, rowsIn } from '../../../src/sandbox/data/rows.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientOf, clientWith, localXano, tableOf } from '../../fixtures/local-xano.js';
import { item, items, officeOf } from '../../fixtures/office.js';
import { serveJson } from '../../rest/http/serving.js';
import { itemsConfig } from '../items-config.js';
import { configsOf, eventsOf, loadInto, query, temporaryFile, values } from '../loading.js';

const THIRTY = Array.from({ length: 30 }, (_, at) => at + 1);
/**
 * As a list without an order is served, what lies first comes first: the rows are stored from the last to the
 * first.
 */
const LIST = /\/content\?.*per_page=5$/;

/** A Xano that knows no search, so that its plain list is read by page numbers, five rows at a time. */
async function listed(ids: readonly number[] = THIRTY) {
  const xano = await localXano({ instances: [officeOf(items(ids))], search: false });
  const [configs, file] = [await configsOf(xano, ['items'], 5), temporaryFile()];
  const rows = rowsIn(tableOf(xano, 'items'), 'live');
  const load = () => loadInto(configs, file, { http: clientOf(xano) });
  /** Does something to the table when the n-th page (from 0) of the list is about to be sent. */
  const during = (nth: number, change: () => void, times = 1) =>
    xano.fail({
      path: LIST,
      skip: nth,
      times,
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          change();
          return body;
        },
      },
    });
  return { xano, file, rows, load, during };
}

const stored = async (file: string): Promise<number[]> =>
  (await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).map(Number);
const truth = (rows: ReturnType<typeof rowsIn>): number[] => rows.sorted.map(({ key }) => Number(key));

const AGAIN = {
  type: 'read_differently',
  resource: 'items',
  from: 'page_number',
  to: 'page_number, once more from the start',
  reason: 'rows were added or deleted during the load, so others moved between pages',
};

describe('rows that move while they are read by page number', () => {
  it.each([
    ['deleted', [30n, 29n], []],
    ['deleted, and as many others added', [30n, 29n], [31, 32]],
    ['deleted and added on a page that was read', [28n], [40]],
    ['added at the end', [], [31, 32]],
  ] as const)('are read once more from the start, and proved: %s', async (_, gone, come) => {
    const { file, rows, load, during } = await listed();
    during(2, () => {
      for (const id of gone) deleteRow(rows, id);
      for (const id of come) insertRow(rows, item(id));
    });
    const result = await load();
    const left = truth(rows);
    expect(left.length).toBe(30 - gone.length + come.length);
    expect(await query(file, 'SELECT id, name FROM xano_data.items ORDER BY id')).toEqual(
      left.map((id) => ({ id: String(id), name: `item ${id}` })),
    );
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      read_by: 'page_number',
      rows_expected: left.length,
      rows_read: left.length,
      rows_written: left.length,
    });
    expect(eventsOf(result, 'read_differently').slice(1)).toEqual([AGAIN]);
  });

  it('are reported where they keep moving, and the rows read are loaded', async () => {
    const { file, rows, load, during } = await listed();
    // Every page that is sent takes the first row of the list with it, and brings a new last one: the count
    // stays.
    let next = 31;
    const sent: number[][] = [];
    during(
      0,
      () => {
        sent.push(truth(rows));
        deleteRow(rows, rows.stored[0]!.key);
        insertRow(rows, item(next++));
      },
      Number.POSITIVE_INFINITY,
    );
    const result = await load();
    expect(result.report.status).toBe('loaded');
    expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'changed_while_reading' });
    expect(eventsOf(result, 'read_differently').slice(1)).toEqual([AGAIN]);
    // Nothing is there that never was.
    const were = new Set(sent.flat());
    const have = await stored(file);
    expect(have.length).toBe(result.onlyTable.rows_written);
    expect(have.filter((id) => !were.has(id))).toEqual([]);
    expect(await values(file, 'SELECT completeness FROM _xano.resources')).toEqual(['changed_while_reading']);
  });

  it('cause no second reading where nothing moves', async () => {
    const { xano, file, load } = await listed();
    const result = await load();
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      pages: 6,
      rows_read: 30,
    });
    expect(eventsOf(result, 'read_differently').map(({ to }) => to)).toEqual(['page_number']);
    expect(
      xano.requests.filter(({ method }) => method === 'GET').map(({ query: asked }) => asked),
    ).toMatchObject(
      [
        ...[1, 2, 3, 4, 5, 6].map((page) => [page, 5]),
        // The first rows of the second, fourth, fifth and sixth page; then the count.
        ...[6, 16, 21, 26].map((page) => [page, 1]),
        [1, 1],
      ].map(([page, per_page]) => ({ page: String(page), per_page: String(per_page) })),
    );
    expect(await stored(file)).toEqual(THIRTY);
  });

  it('are not looked for in a list that fits into one page', async () => {
    const { xano, load } = await listed([1, 2, 3]);
    const result = await load();
    expect(result.onlyTable).toMatchObject({
      completeness: 'proved',
      pages: 1,
      requests: 2,
      rows_written: 3,
    });
    expect(xano.requests.length).toBe(2);
  });

  it('are not assumed where the server has its own page size, whatever is requested', async () => {
    const { origin } = await serveJson(({ url }) => {
      const page = Number(new URL(url, 'http://x').searchParams.get('page'));
      const list = THIRTY.slice((page - 1) * 5, page * 5);
      return { items: list.map((id) => ({ id, name: `item ${id}` })), itemsTotal: 30 };
    });
    const { body: _, fallback, ...config } = itemsConfig(origin, 'int', 5);
    const listing = { ...config, method: 'GET' as const, pagination: fallback!.pagination };
    const file = temporaryFile();
    const result = await loadInto([listing], file, { http: clientWith('t', fakeClock()) });
    expect(eventsOf(result, 'read_differently')).toEqual([]);
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_read: 30,
      pages: 7,
    });
    expect(await stored(file)).toEqual(THIRTY);
  });

  it('are not looked for by key where the list has no key', async () => {
    const lines = Array.from({ length: 9 }, (_, at) => ({ name: `line ${at}` }));
    const { origin, received } = await serveJson(({ url }) => {
      const asked = new URL(url, 'http://x').searchParams;
      const [page, size] = [Number(asked.get('page')), Number(asked.get('per_page'))];
      return { items: lines.slice((page - 1) * size, page * size), itemsTotal: 9 };
    });
    const { body: _, columns: __, fallback: ___, ...config } = itemsConfig(origin);
    const result = await loadInto(
      [
        {
          ...config,
          method: 'GET',
          primary_key: [],
          pagination: {
            type: 'page_number',
            in: 'query',
            page_param: 'page',
            base_page: 1,
            page_size_param: 'per_page',
            page_size: 3,
            total_path: 'itemsTotal',
          },
        },
      ],
      temporaryFile(),
      { http: clientWith('t', fakeClock()) },
    );
    expect(result.onlyTable).toMatchObject({ status: 'loaded', rows_written: 9, rows_expected: 9 });
    // Three full pages, the empty one behind them, and the count: no place of a row is asked for.
    expect(received.map(({ url }) => url.split('?')[1])).toEqual([
      ...[1, 2, 3, 4].map((page) => `page=${page}&per_page=3`),
      'page=1&per_page=1',
    ]);
  });
});

it.each([
  [0, []],
  [1, []],
  [2, [1]],
  [3, [1, 2]],
  [5, [1, 2, 3, 4]],
  [100, [25, 50, 74, 99]],
])('a reading of %i pages looks at these again: %j', (pages, checked) => {
  expect(checkedPages(pages)).toEqual(checked);
});
