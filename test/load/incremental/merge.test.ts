/** Rows that came, changed and went between two loads that merge. */
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/sandbox/data/define.js';
import { deleteRow, insertRow, rowFromJson, updateRow } from '../../../src/sandbox/data/rows.js';
import { clientOf, searches } from '../../fixtures/local-xano.js';
import { ago, changed } from '../../fixtures/office.js';
import { configsOf, eventsOf, loadInto, query, values } from '../loading.js';
import { alive, marks, openOffice, type Setting } from '../open-office.js';

const INCREMENTAL: Setting = { incremental: { column: 'updated_at', lag_ms: 0 } };
const FULL: Setting = { write_disposition: 'merge' };
const SEVEN = [1, 2, 3, 5, 8, 13, 21].map((id) => changed(id, 1000 - id));
const HERE = (id: number, name = `item ${id}`) => [id, name, 'here'];
const GONE = (id: number) => [id, `item ${id}`, 'gone'];

describe.each([
  ['read whole', FULL],
  ['read incrementally', INCREMENTAL],
])('a merged table, %s', (_, setting) => {
  it('takes new and changed rows, and marks deleted ones', async () => {
    const { rows, file, load } = await openOffice({ rows: SEVEN, ...setting });
    const first = await load();
    expect(first.onlyTable).toMatchObject({
      status: 'loaded',
      write_disposition: 'merge',
      completeness: 'proved',
      rows_written: 7,
      rows_deleted: 0,
      rows_total: 7,
    });
    updateRow(rows, changed(3, 500, 'new name'));
    insertRow(rows, changed(22, 400));
    deleteRow(rows, 5n);
    const second = await load();
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_expected: 7,
      rows_deleted: 1,
      rows_total: 8,
      schema_changes: [],
    });
    expect(await marks(file)).toEqual([
      HERE(1),
      HERE(2),
      HERE(3, 'new name'),
      GONE(5),
      HERE(8),
      HERE(13),
      HERE(21),
      HERE(22),
    ]);
  });

  it('marks a row once, and removes the mark when the row returns', async () => {
    const { rows, file, load } = await openOffice({ rows: SEVEN, ...setting });
    await load();
    deleteRow(rows, 5n);
    await load();
    const [marked] = await values(file, 'SELECT _xano_deleted_at FROM xano_data.items WHERE id = 5');
    const third = await load();
    expect(third.onlyTable).toMatchObject({ completeness: 'proved', rows_deleted: 0, rows_total: 7 });
    expect(await values(file, 'SELECT _xano_deleted_at FROM xano_data.items WHERE id = 5')).toEqual([marked]);
    insertRow(rows, changed(5, 100, 'back'));
    const fourth = await load();
    expect(fourth.onlyTable).toMatchObject({ completeness: 'proved', rows_deleted: 0, rows_total: 7 });
    expect(await marks(file)).toEqual([
      HERE(1),
      HERE(2),
      HERE(3),
      HERE(5, 'back'),
      HERE(8),
      HERE(13),
      HERE(21),
    ]);
  });

  it('removes deleted and marked rows with hard_delete', async () => {
    const { rows, file, load } = await openOffice({ rows: SEVEN, ...setting });
    await load();
    deleteRow(rows, 5n);
    await load();
    deleteRow(rows, 8n);
    const third = await load({ hard_delete: true });
    expect(third.onlyTable).toMatchObject({ completeness: 'proved', rows_deleted: 1, rows_total: 5 });
    expect(await alive(file)).toEqual([1, 2, 3, 13, 21].map((id) => [id, `item ${id}`]));
    expect(await values(file, 'SELECT count(*) FROM xano_data.items')).toEqual(['5']);
  });

  it('notices a deletion of the highest ids', async () => {
    const { rows, file, load } = await openOffice({ rows: SEVEN, ...setting });
    await load();
    for (const id of [21n, 13n]) deleteRow(rows, id);
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_expected: 5, rows_deleted: 2 });
    expect(await marks(file)).toEqual([HERE(1), HERE(2), HERE(3), HERE(5), HERE(8), GONE(13), GONE(21)]);
  });

  it('marks all rows where all are deleted', async () => {
    const { rows, file, load } = await openOffice({ rows: SEVEN, ...setting });
    await load();
    for (const { key } of [...rows.sorted]) deleteRow(rows, key);
    const refused = await load();
    expect(refused.onlyTable).toMatchObject({ status: 'failed', error: { code: 'SHRUNK' } });
    const second = await load({ allow_empty: true });
    expect(second.onlyTable).toMatchObject({
      completeness: 'proved',
      rows_expected: 0,
      rows_deleted: 7,
      rows_total: 7,
    });
    expect(await marks(file)).toEqual([1, 2, 3, 5, 8, 13, 21].map(GONE));
    const third = await load();
    expect(third.onlyTable).toMatchObject({ completeness: 'proved', rows_deleted: 0, rows_total: 7 });
  });

  it('takes new rows with low ids and old times', async () => {
    const { rows, file, load } = await openOffice({ rows: SEVEN, ...setting });
    await load();
    insertRow(rows, changed(4, 90_000));
    insertRow(rows, changed(-7, 80_000));
    const second = await load();
    expect(second.onlyTable).toMatchObject({
      completeness: 'proved',
      rows_expected: 9,
      rows_total: 9,
      rows_deleted: 0,
    });
    expect(await alive(file)).toEqual([-7, 1, 2, 3, 4, 5, 8, 13, 21].map((id) => [id, `item ${id}`]));
  });

  it('keeps rejected values of current rows only', async () => {
    const bad = (id: number, name: string, updated: number) =>
      rowFromJson(`{"id":${id},"name":${name},"updated_at":${ago(updated)}}`);
    const { rows, file, load } = await openOffice({
      rows: [bad(1, '"a"', 900), bad(2, '[2]', 800), bad(3, '[3]', 700)],

      ...setting,
    });
    const first = await load();
    expect(first.onlyTable).toMatchObject({ values_rejected: 2 });
    updateRow(rows, bad(1, '[1]', 100));
    updateRow(rows, bad(2, '"fits"', 90));
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_total: 3 });
    expect(await query(file, 'SELECT row_key, "column", raw FROM _xano.rejects ORDER BY row_key')).toEqual([
      { row_key: '1', column: 'name', raw: '[1]' },
      { row_key: '3', column: 'name', raw: '[3]' },
    ]);
    deleteRow(rows, 3n);
    await load({ hard_delete: true });
    expect(await values(file, 'SELECT row_key FROM _xano.rejects')).toEqual(['1']);
  });
});

const uuid = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
const keyed = (id: string, seconds: number, name = id.slice(0, 4)) =>
  rowFromJson(JSON.stringify({ id, name, updated_at: ago(seconds) }));

describe('a table keyed by UUID', () => {
  const fields = [field('id', 'uuid'), field('name', 'text'), field('updated_at', 'timestamp')];
  const five = [...'29cae'].map((digit, at) => keyed(uuid(digit), 1000 - at));

  it.each([
    ['read whole', FULL],
    ['read incrementally', INCREMENTAL],
  ])('is merged like any other, %s', async (_, setting) => {
    const { rows, file, load } = await openOffice({ rows: five, ...setting, fields, page_size: 2 });
    await load();
    deleteRow(rows, uuid('9'));
    updateRow(rows, keyed(uuid('a'), 500, 'new'));
    insertRow(rows, keyed(uuid('1'), 420));
    insertRow(rows, keyed(uuid('f'), 400));
    const second = await load();
    expect(second.onlyTable).toMatchObject({
      completeness: 'proved',
      rows_expected: 6,
      rows_deleted: 1,
      rows_total: 7,
    });
    expect(await marks(file)).toEqual([
      [uuid('1'), '1111', 'here'],
      [uuid('2'), '2222', 'here'],
      [uuid('9'), '9999', 'gone'],
      [uuid('a'), 'new', 'here'],
      [uuid('c'), 'cccc', 'here'],
      [uuid('e'), 'eeee', 'here'],
      [uuid('f'), 'ffff', 'here'],
    ]);
  });

  it('is read completely where the server cannot compare UUIDs and the count differs', async () => {
    const server = { uuid_comparison: false };
    const { rows, file, load } = await openOffice({
      rows: five,
      ...INCREMENTAL,
      fields,
      server,
      page_size: 2,
    });
    await load();
    deleteRow(rows, uuid('9'));
    for (const [digit, seconds] of [
      ['a', 500],
      ['c', 450],
      ['e', 440],
    ] as const)
      updateRow(rows, keyed(uuid(digit), seconds, 'new'));
    const second = await load();
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      read_by: 'page_number',
      completeness: 'proved',
      rows_deleted: 1,
      rows_total: 5,
    });
    expect(await alive(file)).toEqual([
      [uuid('2'), '2222'],
      [uuid('a'), 'new'],
      [uuid('c'), 'new'],
      [uuid('e'), 'new'],
    ]);
  });
});

it('an incremental merge by text keys reads everything where the count differs', async () => {
  const fields = [field('id', 'text'), field('name', 'text'), field('updated_at', 'timestamp')];
  const texts = ['ab', 'cd', 'ef'].map((id, at) => keyed(id, 1000 - at));
  for (const setting of [FULL, INCREMENTAL]) {
    const { rows, file, load } = await openOffice({ rows: texts, ...setting, fields, page_size: 2 });
    await load();
    deleteRow(rows, 'cd');
    updateRow(rows, keyed('ef', 500, 'new'));
    insertRow(rows, keyed('gh', 400));
    const second = await load();
    expect(second.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_total: 4 });
    expect(await marks(file)).toEqual([
      ['ab', 'ab', 'here'],
      ['cd', 'cd', 'gone'],
      ['ef', 'new', 'here'],
      ['gh', 'gh', 'here'],
    ]);
  }
});

it('a merge keeps a row once whose key does not fit, however often it is read', async () => {
  const odd = rowFromJson(`{"id":9223372036854775808,"name":"odd","updated_at":${ago(1)}}`);
  const { rows, file, load } = await openOffice({ rows: [...SEVEN.slice(0, 2), odd], ...INCREMENTAL });
  for (const id of [31, 32]) {
    await load();
    insertRow(rows, changed(id, 500));
  }
  const third = await load();
  expect(third.onlyTable).toMatchObject({ status: 'loaded', rows_total: 5 });
  expect(
    await query(file, 'SELECT name, count(*)::INT AS n FROM xano_data.items GROUP BY 1 ORDER BY 1'),
  ).toEqual(['item 1', 'item 2', 'item 31', 'item 32', 'odd'].map((name) => ({ name, n: 1 })));
});

it('an incremental merge reads only new rows and counts where no row was deleted', async () => {
  const { xano, rows, load } = await openOffice({ rows: SEVEN, ...INCREMENTAL });
  await load();
  insertRow(rows, changed(22, 400));
  const second = await load();
  expect(second.onlyTable).toMatchObject({ rows_read: 2, rows_written: 2, rows_total: 8, pages: 1 });
  expect(eventsOf(second, 'read_again')).toEqual([]);
  const since = { 'updated_at|>': ago(979) - 1 };
  const until = { 'updated_at|<': ago(400) + 1 };
  expect(searches(xano.requests)).toEqual([
    { page: 1, per_page: 1, sort: { updated_at: 'desc' }, search: [since] },
    { page: 1, per_page: 3, sort: { id: 'asc' }, search: [since, until] },
    { page: 1, per_page: 1, sort: { id: 'desc' } },
    { page: 1, per_page: 1, sort: { id: 'asc' }, search: [{ 'id|<': 23 }] },
  ]);
});

it('an incremental merge reads only the ranges with deleted rows', async () => {
  const many = Array.from({ length: 200 }, (_, at) => changed(at + 1, 5000 - at));
  const { xano, rows, file, load } = await openOffice({ rows: many, ...INCREMENTAL, page_size: 10 });
  await load();
  for (const id of [50n, 51n, 199n]) deleteRow(rows, id);
  const second = await load();
  expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_deleted: 3, rows_total: 200 });
  expect(second.onlyTable.rows_read).toBeLessThan(40);
  expect(searches(xano.requests).length).toBeLessThan(30);
  expect(
    await values(file, 'SELECT id FROM xano_data.items WHERE _xano_deleted_at IS NOT NULL ORDER BY id'),
  ).toEqual(['50', '51', '199']);
});

it('a merge continues a table that was replaced before, and a replace continues it again', async () => {
  const merged = await openOffice({ rows: SEVEN, ...FULL });
  const { xano, rows, file, load } = merged;
  const replace = async (random: string) =>
    loadInto(await configsOf(xano, ['items'], 3), file, {
      http: clientOf(xano),
      random: () => random,
    });
  await replace('0a0a');
  deleteRow(rows, 5n);
  const second = await load();
  expect(second.onlyTable).toMatchObject({ rows_deleted: 1, rows_total: 7, schema_changes: [] });
  deleteRow(rows, 8n);
  const third = await replace('0b0b');
  // The row that was marked is not counted twice.
  expect(third.onlyTable).toMatchObject({ rows_deleted: 1, rows_total: 5, schema_changes: [] });
  expect(await query(file, 'SELECT column_name FROM (DESCRIBE xano_data.items)')).toEqual(
    ['id', 'name', 'updated_at', '_xano_load_id'].map((column_name) => ({ column_name })),
  );
});
