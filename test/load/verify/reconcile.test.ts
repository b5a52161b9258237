/** Counts that disagree: only where they differ is read again. */
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/sandbox/data/define.js';
import { deleteRow, insertRow, rowFromJson } from '../../../src/sandbox/data/rows.js';
import type { LocalXano } from '../../../src/sandbox/server.js';
import { searches } from '../../fixtures/local-xano.js';
import { changed } from '../../fixtures/office.js';
import { eventsOf, idsIn, query, values } from '../loading.js';
import { openOffice, type Setting } from '../open-office.js';

const HUNDRED = Array.from({ length: 100 }, (_, at) => changed(2 * (at + 1), 9000 - at));
const asc = { id: 'asc' };

/** Does something to the rows while the n-th content search (from 0) is answered. */
function during(xano: LocalXano, nth: number, change: () => void): void {
  const rewrite = (body: string) => {
    change();
    return body;
  };
  xano.fail({ path: '/content/search', skip: nth, answer: { kind: 'rewrite', rewrite } });
}

const EVEN = HUNDRED.map((_, at) => 2 * (at + 1));

describe.each(['replace', 'append', 'merge'] as const)(
  'rows that came and went behind the reading position (%s)',
  (write_disposition) => {
    it('are read again, and no other range', async () => {
      const { xano, rows, file, load } = await openOffice({
        rows: HUNDRED,
        write_disposition,
        page_size: 10,
      });
      during(xano, 9, () => {
        for (const id of [3, 5, 55]) insertRow(rows, changed(id, 1));
      });
      const result = await load();
      // The first page, the highest key, nine more pages, the count; then halves, and the two ranges that
      // differ.
      const asked = searches(xano.requests).slice(12) as Record<string, unknown>[];
      expect(asked.filter(({ per_page }) => per_page === 10)).toEqual([
        { page: 1, per_page: 10, sort: asc, search: [{ 'id|>': 1 }, { 'id|<': 15 }] },
        { page: 1, per_page: 10, sort: asc, search: [{ 'id|>': 51 }, { 'id|<': 65 }] },
      ]);
      expect(asked.length).toBeLessThan(16);
      expect(eventsOf(result, 'read_again')).toEqual([
        { type: 'read_again', resource: 'items', rows_expected: 9, rows_held: 7 },
        { type: 'read_again', resource: 'items', rows_expected: 8, rows_held: 7 },
      ]);
      expect(eventsOf(result, 'read_differently')).toEqual([]);
      expect(result.onlyTable).toMatchObject({
        status: 'loaded',
        completeness: 'proved',
        rows_expected: 103,
        rows_read: 117,
        rows_written: 103,
      });
      expect(await idsIn(file)).toEqual([...EVEN, 3, 5, 55].sort((a, b) => a - b));
    });

    it('are dropped where they were deleted', async () => {
      const { xano, rows, file, load } = await openOffice({
        rows: HUNDRED,
        write_disposition,
        page_size: 10,
      });
      during(xano, 9, () => {
        for (const id of [2n, 4n, 100n]) deleteRow(rows, id);
      });
      const result = await load();
      expect(result.onlyTable).toMatchObject({
        status: 'loaded',
        completeness: 'proved',
        rows_expected: 97,
        rows_written: 97,
      });
      expect(result.onlyTable.rows_read).toBeLessThan(120);
      expect(await idsIn(file)).toEqual(EVEN.filter((id) => ![2, 4, 100].includes(id)));
    });
  },
);

it('a load does not notice as many deleted as new rows in one range, since counts agree', async () => {
  const { xano, rows, file, load } = await openOffice({ rows: HUNDRED, page_size: 10 });
  during(xano, 9, () => {
    deleteRow(rows, 2n);
    insertRow(rows, changed(3, 1));
  });
  const first = await load();
  expect(first.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 100 });
  const second = await load();
  expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_deleted: 1 });
  expect(await idsIn(file)).toEqual([3, ...EVEN.slice(1)]);
});

it('a load reads a table keyed by UUID again by range', async () => {
  const fields = [field('id', 'uuid'), field('name', 'text')];
  const keyed = (n: number) => {
    const head = n.toString(16).padStart(8, '0');
    return rowFromJson(JSON.stringify({ id: `${head}-0000-4000-8000-000000000000`, name: `item ${n}` }));
  };
  const list = Array.from({ length: 60 }, (_, at) => keyed(((at + 1) * 0x9e3779b1) >>> 0));
  const { xano, rows, file, load } = await openOffice({ rows: list, fields, page_size: 10 });
  const gone = list.find(({ key }) => key > '8')!;
  during(xano, 5, () => {
    for (const n of [5, 0x77777777]) insertRow(rows, keyed(n));
    deleteRow(rows, gone.key);
  });
  const result = await load();
  expect(result.onlyTable).toMatchObject({
    status: 'loaded',
    completeness: 'proved',
    read_by: 'keyset',
    rows_written: 61,
  });
  expect(await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).toEqual(
    rows.sorted.map(({ key }) => key),
  );
});

describe('a count that is wrong', () => {
  /** Says another count in every answer to a request for one row in the order of the keys. */
  function miscount(xano: LocalXano, by: number): void {
    const rewrite = (body: string) =>
      body.replace(/"itemsTotal":(\d+)/, (_, count: string) => `"itemsTotal":${Number(count) + by}`);
    xano.fail({
      path: '/content/search',
      body_includes: '"per_page":1,"sort":{"id":"asc"}',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'rewrite', rewrite },
    });
  }

  it.each([
    ['replaced', {}],
    ['appended', { write_disposition: 'append' }],
    ['merged', { write_disposition: 'merge' }],
    ['merged incrementally', { incremental: { column: 'updated_at' } }],
  ] as [string, Setting][])(
    'that is too high by five is INCOMPLETE after few requests, and the old rows stay (%s)',
    async (_, setting) => {
      const { xano, rows, file, load } = await openOffice({ rows: HUNDRED, ...setting, page_size: 10 });
      await load();
      const old = await query(file, 'FROM xano_data.items ORDER BY id');
      const state = await query(file, 'FROM _xano.resources');
      insertRow(rows, changed(301, 1));
      miscount(xano, 5);
      const second = await load();
      expect(second.onlyTable).toMatchObject({
        status: 'failed',
        completeness: 'incomplete',
        rows_expected: 106,
        error: {
          code: 'INCOMPLETE',
          message: `${new URL(xano.instances[0]!.origin).host} counts 106 rows of "items", but 101 arrived: nothing was replaced.`,
        },
      });
      expect(second.onlyTable.requests).toBeLessThan(120);
      expect(await query(file, 'FROM xano_data.items ORDER BY id')).toEqual(old);
      expect(await query(file, 'FROM _xano.resources')).toEqual(state);
    },
  );

  it('that is too low by five leaves the rows loaded and reported', async () => {
    const { xano, file, load } = await openOffice({ rows: HUNDRED, page_size: 10 });
    miscount(xano, -5);
    const result = await load();
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'changed_while_reading',
      rows_written: 100,
    });
    expect(result.onlyTable.requests).toBeLessThan(120);
    expect(await idsIn(file)).toEqual(EVEN);
  });

  it('that is too low by five marks no row as gone', async () => {
    const { xano, file, load } = await openOffice({
      rows: HUNDRED,
      incremental: { column: 'updated_at' },
      page_size: 10,
    });
    await load();
    miscount(xano, -5);
    const second = await load();
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'changed_while_reading',
      rows_deleted: 0,
    });
    expect(second.onlyTable.requests).toBeLessThan(120);
    expect(await values(file, 'SELECT count(*) FROM xano_data.items WHERE _xano_deleted_at IS NULL')).toEqual(
      ['100'],
    );
  });
});
