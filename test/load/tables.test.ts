/** Tables that are renamed, made anew or gone at the source. */
import { describe, expect, it } from 'vitest';
import type { LocalTable } from '../../src/sandbox/data/model.js';
import { deleteRow, insertRow } from '../../src/sandbox/data/rows.js';
import type { LocalXano } from '../../src/sandbox/server.js';
import { CHANGED_FIELDS, changed, rawTable } from '../fixtures/office.js';
import { eventsOf, type LoadResult, query } from './loading.js';
import { marks, openOffice, type Setting } from './open-office.js';

const table = (id: number, name: string, ...rows: readonly number[]): LocalTable =>
  rawTable(
    name,
    CHANGED_FIELDS,
    rows.map((row) => changed(row, 1000 - row, `${name} ${row}`).json),
    id,
  );

/** The workspace's tables, to be changed: a Xano serves what is there at the moment. */
const tablesOf = (xano: LocalXano) => xano.instances[0]!.data.workspaces[0]!.tables as LocalTable[];
function rename(xano: LocalXano, from: string, to: string): void {
  const found = tablesOf(xano).find(({ name }) => name === from)!;
  (found as { name: string }).name = to;
}

const found = async (file: string) =>
  (
    await query(file, "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'xano_data' ORDER BY 1")
  ).map(({ table_name }) => table_name);
const namesIn = async (file: string, name: string) =>
  (await query(file, `SELECT name FROM xano_data."${name}" ORDER BY id`)).map((row) => row['name']);
const changes = (result: LoadResult) =>
  eventsOf(result, 'schema_changed').map(({ resource, change, from, to }) => [resource, change, from, to]);
const targets = async (file: string) =>
  (await query(file, 'SELECT resource, target_table FROM _xano.resources ORDER BY 2')).map(
    ({ resource, target_table }) => [resource, target_table],
  );

const settings: [string, Setting][] = [
  ['replaced', {}],
  ['appended', { write_disposition: 'append' }],
  ['merged', { write_disposition: 'merge' }],
  ['merged incrementally', { incremental: { column: 'updated_at' } }],
];

describe.each(settings)('a table that is %s', (way, setting) => {
  const twice = (list: readonly string[]) =>
    way === 'appended' ? list.flatMap((name) => [name, name]) : list;

  it('is renamed with its source, and nothing is lost', async () => {
    const { xano, rows, file, load } = await openOffice({
      tables: [table(51, 'items', 1, 2, 3)],
      ...setting,
    });
    await load();
    rename(xano, 'items', 'things');
    insertRow(rows, changed(4, 10, 'new'));
    const second = await load({ complete: true });
    expect(second.onlyTable).toMatchObject({
      resource: 'things',
      target: 'xano_data.things',
      completeness: 'proved',
      rows_deleted: 0,
      rows_total: way === 'appended' ? 7 : 4,
      schema_changes: [{ change: 'table_renamed', name: 'items', from: 'items', to: 'things' }],
    });
    expect(changes(second)).toEqual([['things', 'table_renamed', 'items', 'things']]);
    expect(second.report.gone).toEqual([]);
    expect(await found(file)).toEqual(['things']);
    expect(await namesIn(file, 'things')).toEqual([...twice(['items 1', 'items 2', 'items 3']), 'new']);
    expect(await targets(file)).toEqual([['things', 'things']]);
    expect(changes(await load())).toEqual([]);
  });

  it('is renamed where only upper and lower case change', async () => {
    const { xano, file, load } = await openOffice({ tables: [table(51, 'items', 1, 2)], ...setting });
    await load();
    rename(xano, 'items', 'Items');
    const second = await load();
    expect(changes(second)).toEqual([['Items', 'table_renamed', 'items', 'Items']]);
    expect(await found(file)).toEqual(['Items']);
    expect(await namesIn(file, 'Items')).toEqual(twice(['items 1', 'items 2']));
    expect(changes(await load())).toEqual([]);
  });

  it.each([1, 2])('swaps its name with another one, %d at a time', async (concurrency) => {
    const tables = [table(51, 'a', 1, 2), table(52, 'b', 7, 8, 9)];
    const { xano, rows, file, load } = await openOffice({ tables, ...setting });
    await load();
    rename(xano, 'a', '');
    rename(xano, 'b', 'a');
    rename(xano, '', 'b');
    // Found by the counts, which must be those of the right table.
    insertRow(rows, changed(0, 90_000, 'late'));
    const second = await load({ concurrency, complete: true });
    expect(
      second.report.resources.map(({ resource, status, completeness }) => [resource, status, completeness]),
    ).toEqual([
      ['b', 'loaded', 'proved'],
      ['a', 'loaded', 'proved'],
    ]);
    expect(second.report.gone).toEqual([]);
    expect(await found(file)).toEqual(['a', 'b']);
    expect(await namesIn(file, 'a')).toEqual(twice(['b 7', 'b 8', 'b 9']));
    expect(await namesIn(file, 'b')).toEqual(['late', ...twice(['a 1', 'a 2'])]);
    expect(await targets(file)).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    expect(changes(await load())).toEqual([]);
  });

  it('leaves the old table beside it where it was dropped and created under the same name', async () => {
    const { xano, file, load } = await openOffice({ tables: [table(51, 'items', 1, 2)], ...setting });
    await load();
    tablesOf(xano).splice(0, 1, table(77, 'items', 5));
    const second = await load({ complete: true });
    expect(changes(second)).toEqual([['items', 'table_moved_aside', 'items', 'items_51']]);
    expect(second.report.gone).toEqual(['xano_data.items_51']);
    expect(second.onlyTable).toMatchObject({
      status: 'loaded',
      completeness: 'proved',
      rows_deleted: 0,
      rows_total: 1,
    });
    expect(await found(file)).toEqual(['items', 'items_51']);
    expect(await namesIn(file, 'items')).toEqual(['items 5']);
    expect(await namesIn(file, 'items_51')).toEqual(['items 1', 'items 2']);
    const third = await load({ complete: true });
    expect(changes(third)).toEqual([]);
    expect(third.report.gone).toEqual(['xano_data.items_51']);
  });

  it('stays in the file after it was deleted, and each load reports that', async () => {
    const tables = [table(51, 'items', 1, 2), table(52, 'others', 3)];
    const { xano, file, load } = await openOffice({ tables, ...setting });
    await load({ complete: true });
    tablesOf(xano).splice(0, 1);
    for (let n = 0; n < 2; n++) {
      const result = await load({ complete: true });
      expect(result.report.gone).toEqual(['xano_data.items']);
      expect(eventsOf(result, 'resource_gone')).toEqual([
        {
          type: 'resource_gone',
          resource: 'items',
          target: 'xano_data.items',
          rows: 2,
          loaded_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        },
      ]);
    }
    expect(await namesIn(file, 'items')).toEqual(['items 1', 'items 2']);
  });
});

it('a load does not call a table gone that was not requested', async () => {
  const { xano, load } = await openOffice({ tables: [table(51, 'items', 1), table(52, 'others', 3)] });
  await load();
  tablesOf(xano).splice(0, 1);
  const second = await load();
  expect(second.report.gone).toEqual([]);
  expect(eventsOf(second, 'resource_gone')).toEqual([]);
});

it('a load keeps the deletion marks of a renamed table that is merged', async () => {
  const { xano, rows, file, load } = await openOffice({
    tables: [table(51, 'items', 1, 2)],
    write_disposition: 'merge',
  });
  await load();
  deleteRow(rows, 1n);
  await load();
  rename(xano, 'items', 'things');
  const third = await load();
  expect(third.onlyTable).toMatchObject({ rows_deleted: 0, rows_total: 2 });
  expect(await marks(file, 'things')).toEqual([
    [1, 'items 1', 'gone'],
    [2, 'items 2', 'here'],
  ]);
});

it('a load moves a table aside even where the first new name is taken', async () => {
  const { xano, file, load } = await openOffice({
    tables: [table(51, 'items', 1), table(52, 'items_51', 2)],
  });
  await load();
  tablesOf(xano).splice(0, 1, table(77, 'items', 5));
  const second = await load();
  expect(changes(second)).toEqual([['items', 'table_moved_aside', 'items', 'items_51_']]);
  expect(await namesIn(file, 'items_51_')).toEqual(['items 1']);
  expect(await namesIn(file, 'items_51')).toEqual(['items_51 2']);
});
