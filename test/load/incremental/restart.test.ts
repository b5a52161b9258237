/** When an incremental load goes on where it stopped, and when it reads everything. */
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/sandbox/data/define.js';
import type { LocalTable } from '../../../src/sandbox/data/model.js';
import { deleteRow, insertRow, rowFromJson, updateRow } from '../../../src/sandbox/data/rows.js';
import { sql } from '../../destinations/duckdb.js';
import { searches, tableOf } from '../../fixtures/local-xano.js';
import { ago, CHANGED_FIELDS, changed } from '../../fixtures/office.js';
import { eventsOf, query, values } from '../loading.js';
import { alive, type Office, openOffice, type Setting } from '../open-office.js';

const SEVEN = [1, 2, 3, 4, 5, 6, 7].map((id) => changed(id, 1000 - id));
const incremental = { column: 'updated_at', lag_ms: 0 };
const asc = { id: 'asc' };
const ids = (list: readonly number[]) => list.map((id) => [id, `item ${id}`]);

/** Loads, and stops while the n-th content search (from 0) is answered. */
async function stopAt(nth: number, { xano, load }: Office) {
  const stop = new AbortController();
  const rewrite = (body: string) => {
    stop.abort();
    return body;
  };
  xano.fail({ path: '/content/search', skip: nth, answer: { kind: 'rewrite', rewrite } });
  const result = await load({ signal: stop.signal });
  expect(result.report.status).toBe('interrupted');
  return result;
}

describe.each(['merge', 'append'] as const)(
  'an incremental load that was stopped (%s)',
  (write_disposition) => {
    const setting: Setting = { incremental, write_disposition };

    it('continues with its window, and leaves newer rows to the next load', async () => {
      const setup = await openOffice({ rows: SEVEN, ...setting });
      const { xano, rows, file, load } = setup;
      await load();
      for (const id of [8, 9, 10, 11, 12]) insertRow(rows, changed(id, 100));
      await stopAt(3, setup);
      insertRow(rows, changed(13, 50));
      const window = [{ 'updated_at|>': ago(993) - 1 }, { 'updated_at|<': ago(100) + 1 }];
      const third = await load();
      expect(searches(xano.requests).slice(0, 2)).toEqual([
        { page: 1, per_page: 1, sort: { id: 'desc' }, search: window },
        { page: 1, per_page: 3, sort: asc, search: [...window, { 'id|>': 9 }, { 'id|<': 13 }] },
      ]);
      expect(third.onlyTable).toMatchObject({ status: 'loaded', resumed: true, completeness: 'proved' });
      expect(await values(file, 'SELECT watermark::VARCHAR FROM _xano.resources')).toEqual([
        JSON.stringify({ column: 'updated_at', type: 'TIMESTAMPTZ', value: String(ago(100)) }),
      ]);
      const fourth = await load();
      expect(fourth.onlyTable).toMatchObject({
        status: 'loaded',
        resumed: false,
        completeness: 'proved',
        rows_total: 13,
      });
      expect(await values(file, 'SELECT id::INTEGER FROM xano_data.items ORDER BY id')).toEqual(
        Array.from({ length: 13 }, (_, at) => at + 1),
      );
    });

    it('restarts where the table is no longer in the file', async () => {
      const setup = await openOffice({ rows: SEVEN, ...setting });
      const { rows, file, load } = setup;
      await load();
      for (const id of [8, 9, 10, 11, 12]) insertRow(rows, changed(id, 100));
      await stopAt(4, setup);
      await sql(file, 'DROP TABLE xano_data.items');
      const third = await load();
      expect(third.onlyTable).toMatchObject({
        status: 'loaded',
        resumed: false,
        completeness: 'proved',
        rows_total: 12,
      });
    });

    it('continues where it was the first load, and has all rows', async () => {
      const setup = await openOffice({ rows: SEVEN, ...setting });
      const { rows, file, load } = setup;
      await stopAt(3, setup);
      updateRow(rows, changed(1, 10, 'changed'));
      const second = await load();
      expect(second.onlyTable).toMatchObject({
        status: 'loaded',
        resumed: true,
        completeness: 'proved',
        rows_total: 7,
      });
      expect(await values(file, 'SELECT watermark::VARCHAR FROM _xano.resources')).toEqual([
        JSON.stringify({ column: 'updated_at', type: 'TIMESTAMPTZ', value: String(ago(993)) }),
      ]);
    });
  },
);

it('an incremental load reads a table completely that was dropped from the file', async () => {
  const { xano, rows, file, load } = await openOffice({ rows: SEVEN, incremental });
  await load();
  await sql(file, 'DROP TABLE xano_data.items');
  deleteRow(rows, 7n);
  const second = await load();
  expect(searches(xano.requests).slice(0, 2)).toEqual([
    { page: 1, per_page: 1, sort: { updated_at: 'desc' } },
    { page: 1, per_page: 3, sort: asc },
  ]);
  expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_deleted: 0, rows_total: 6 });
  expect(await alive(file)).toEqual(ids([1, 2, 3, 4, 5, 6]));
});

it('an incremental load finds rows by the counts that somebody removed from the file', async () => {
  const { file, load } = await openOffice({ rows: SEVEN, incremental });
  await load();
  await sql(file, 'DELETE FROM xano_data.items WHERE id IN (2, 6)');
  const second = await load();
  expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_total: 7 });
  expect(eventsOf(second, 'read_again').length).toBeGreaterThan(0);
  expect(await alive(file)).toEqual(ids([1, 2, 3, 4, 5, 6, 7]));
});

describe('a server without content search', () => {
  const server = { search: false };

  it('is read completely by a merge, which marks deleted rows', async () => {
    const { rows, file, load } = await openOffice({ rows: SEVEN, incremental, server, page_size: 50 });
    const first = await load();
    expect(first.onlyTable).toMatchObject({
      status: 'loaded',
      read_by: 'page_number',
      completeness: 'proved',
    });
    updateRow(rows, changed(2, 90_000, 'old time'));
    deleteRow(rows, 3n);
    const second = await load();
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      read_by: 'page_number',
      completeness: 'proved',
      rows_read: 6,
      rows_deleted: 1,
      rows_total: 7,
    });
    expect(await alive(file)).toEqual([[1, 'item 1'], [2, 'old time'], ...ids([4, 5, 6, 7])]);
    expect(await values(file, 'SELECT watermark FROM _xano.resources')).toEqual([null]);
  });

  it('is read completely by an append, which adds only new rows', async () => {
    const setting: Setting = { incremental, server, write_disposition: 'append', page_size: 50 };
    const { rows, file, load } = await openOffice({ rows: SEVEN, ...setting });
    await load();
    insertRow(rows, changed(8, 100));
    const second = await load();
    expect(second.onlyTable).toMatchObject({
      completeness: 'proved',
      rows_read: 8,
      rows_written: 1,
      rows_total: 8,
    });
    expect(await values(file, 'SELECT id::INTEGER FROM xano_data.items ORDER BY id')).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });
});

it('an incremental load fills a new column in unchanged rows', async () => {
  const { xano, rows, file, load } = await openOffice({ rows: SEVEN, incremental });
  await load();
  const table = tableOf(xano, 'items') as { schema: LocalTable['schema'] };
  const described = async () =>
    (await query(file, 'SELECT id::INTEGER AS id, price FROM xano_data.items ORDER BY id')).map((row) =>
      Object.values(row),
    );
  // Xano gives a new column its default in all rows, and changes no updated_at.
  table.schema = [...CHANGED_FIELDS, field('price', 'int')];
  for (const { json } of [...rows.sorted]) updateRow(rows, rowFromJson(json.replace('}', ',"price":5}')));
  const second = await load();
  expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 7, rows_deleted: 0 });
  expect(await described()).toEqual([1, 2, 3, 4, 5, 6, 7].map((id) => [id, '5']));
  const third = await load();
  expect(third.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 1 });
});

it('an incremental load accepts a file without watermarks and page sizes', async () => {
  const { file, load } = await openOffice({ rows: SEVEN, incremental });
  await load();
  await sql(file, 'UPDATE _xano.resources SET watermark = NULL', 'DROP TABLE _xano.servers');
  const second = await load();
  expect(second.onlyTable).toMatchObject({
    status: 'loaded',
    completeness: 'proved',
    rows_read: 7,
    rows_total: 7,
  });
  const third = await load();
  expect(third.onlyTable).toMatchObject({
    status: 'loaded',
    completeness: 'proved',
    rows_read: 1,
    rows_total: 7,
  });
});
