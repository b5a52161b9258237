/** Rows added to those of the loads before. */
import { expect, it } from 'vitest';
import { deleteRow, insertRow, rowFromJson, updateRow } from '../../../src/sandbox/data/rows.js';
import { searches } from '../../fixtures/local-xano.js';
import { ago, changed } from '../../fixtures/office.js';
import { query, values } from '../loading.js';
import { openOffice } from '../open-office.js';

const THREE = [1, 2, 3].map((id) => changed(id, 1000 - id));
const rowsOf = async (file: string) =>
  (await query(file, 'SELECT id, name, _xano_load_id AS load FROM xano_data.items ORDER BY load, id')).map(
    ({ id, name, load }) => [Number(id), name, String(load).slice(-4)],
  );

it('an append adds all rows again without an incremental column', async () => {
  const { rows, file, load } = await openOffice({ rows: THREE, write_disposition: 'append' });
  await load();
  updateRow(rows, changed(2, 10, 'changed'));
  deleteRow(rows, 3n);
  const second = await load();
  expect(second.onlyTable).toMatchObject({
    status: 'loaded',
    write_disposition: 'append',
    completeness: 'proved',
    rows_expected: 2,
    rows_read: 2,
    rows_written: 2,
    rows_deleted: 0,
    rows_total: 5,
  });
  expect(await rowsOf(file)).toEqual([
    [1, 'item 1', '0001'],
    [2, 'item 2', '0001'],
    [3, 'item 3', '0001'],
    [1, 'item 1', '0002'],
    [2, 'changed', '0002'],
  ]);
  expect(await query(file, 'SELECT column_name FROM (DESCRIBE xano_data.items)')).toEqual(
    ['id', 'name', 'updated_at', '_xano_load_id'].map((column_name) => ({ column_name })),
  );
});

it('an append adds new rows once, though the lag reads some of them twice', async () => {
  const setting = { write_disposition: 'append', incremental: { column: 'updated_at' } } as const;
  const { xano, rows, file, load } = await openOffice({ rows: THREE, ...setting });
  await load();
  insertRow(rows, changed(4, 1100));
  insertRow(rows, changed(5, 100));
  const second = await load();
  expect(searches(xano.requests)[1]).toMatchObject({
    search: [{ 'updated_at|>': ago(997 + 600) - 1 }, { 'updated_at|<': ago(100) + 1 }],
  });
  expect(second.onlyTable).toMatchObject({
    completeness: 'proved',
    rows_read: 5,
    rows_written: 2,
    rows_total: 5,
  });
  const third = await load();
  expect(third.onlyTable).toMatchObject({
    completeness: 'proved',
    rows_read: 1,
    rows_written: 0,
    rows_total: 5,
  });
  expect(await rowsOf(file)).toEqual([
    [1, 'item 1', '0001'],
    [2, 'item 2', '0001'],
    [3, 'item 3', '0001'],
    [4, 'item 4', '0002'],
    [5, 'item 5', '0002'],
  ]);
});

it('an append adds the current version of a changed row; older versions and deleted rows stay', async () => {
  const setting = { write_disposition: 'append', incremental: { column: 'updated_at' } } as const;
  const { rows, file, load } = await openOffice({ rows: THREE, ...setting });
  await load();
  updateRow(rows, changed(2, 10, 'changed'));
  for (const id of [1n, 3n]) deleteRow(rows, id);
  const second = await load();
  expect(second.onlyTable).toMatchObject({
    completeness: 'proved',
    rows_deleted: 0,
    rows_written: 1,
    rows_total: 4,
  });
  expect(await values(file, 'SELECT name FROM xano_data.items ORDER BY id, updated_at')).toEqual([
    'item 1',
    'item 2',
    'changed',
    'item 3',
  ]);
});

it('an append keeps the rejected values of every load', async () => {
  const bad = (id: number) => rowFromJson(`{"id":${id},"name":[${id}],"updated_at":${ago(9)}}`);
  const { file, load } = await openOffice({ rows: [bad(1)], write_disposition: 'append' });
  await load();
  await load();
  expect(
    await query(file, 'SELECT row_key, raw, right(load_id, 4) AS load FROM _xano.rejects ORDER BY load'),
  ).toEqual([
    { row_key: '1', raw: '[1]', load: '0001' },
    { row_key: '1', raw: '[1]', load: '0002' },
  ]);
});
