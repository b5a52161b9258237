/**
 * Tables with too many columns to add rows to them in place: whatever happens to their rows comes out as for
 * any other table.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Destination, TargetPlan } from '../../../src/destinations/destination.js';
import { isWide, widthOf } from '../../../src/destinations/engine/wide.js';
import { openDestination, queryFile } from '../../../src/destinations/open.js';
import type { Column } from '../../../src/table/column.js';
import { column, type PlanChoices, plan, publication, records, tempFolder } from '../writing.js';

const COLUMNS = 2_100;
const KEY = column('id', 'BIGINT');
const named = (count: number, from = 0): Column[] =>
  Array.from({ length: count }, (_, at) => column(`c${from + at}`, 'VARCHAR'));
const row = (id: number, text: string, columns: readonly Column[]): object => ({
  id,
  ...Object.fromEntries(columns.slice(1).map(({ name }) => [name, `${text} ${name}`])),
});
const wide = [KEY, ...named(COLUMNS)];
const planOf = (more: Omit<PlanChoices, 'target'> = {}, columns: readonly Column[] = wide) =>
  plan({ write_disposition: 'merge', ...more, target: { columns } });

/**
 * A destination whose clock is ten minutes on whenever it is looked at: all rows are made durable at once.
 */
async function open(file: string): Promise<Destination> {
  let time = 0;
  return openDestination(file, {
    now: () => {
      time += 600_000;
      return time;
    },
    sleep: async () => {},
  });
}

/** Publishes rows: each list as a page of its own. */
async function publish(
  file: string,
  given: TargetPlan,
  pages: readonly (readonly object[])[],
  whole = true,
): Promise<unknown> {
  const destination = await open(file);
  try {
    const writer = await destination.openTarget(given);
    for (const [at, page] of pages.entries())
      await writer.write(records(page, [], given.target.columns), { at });
    await writer.staged();
    const all = publication(given.load_id);
    return await writer.commit(whole ? all : { ...all, complete_ranges: [] });
  } finally {
    await destination.close();
  }
}

const rowsIn = async (file: string, select: string) =>
  (await queryFile(file, `SELECT ${select} FROM xano_data.shop ORDER BY id, c0`)).rows;

describe('a wide table', () => {
  it('is measured by what DuckDB stores: elements of lists and fields of structs count as columns', () => {
    const list = column('a', 'BIGINT', { list: true });
    const vectors = column('b', 'FLOAT', { list: true, size: 3, list_of_vectors: true });
    const struct = column('c', 'JSON', {
      shape: {
        list: {
          fields: [
            { name: 'x', shape: 'BIGINT' },
            { name: 'y', shape: { list: 'VARCHAR' } },
          ],
        },
      },
    });
    expect([[KEY], [list], [vectors], [struct], [KEY, list]].map(widthOf)).toEqual([1, 2, 3, 5, 3]);
    expect(isWide(named(1_000))).toBe(false);
    expect(isWide(named(1_001))).toBe(true);
    expect(isWide(Array.from({ length: 501 }, () => list))).toBe(true);
  });

  it('is staged durably page by page, and resumes after an interruption', async () => {
    const file = join(tempFolder(), 'shop.duckdb');
    const first = await open(file);
    const writer = await first.openTarget(planOf());
    await writer.write(records([row(1, 'one', wide)], [], wide), { at: 1 });
    await writer.write(records([row(2, 'two', wide)], [], wide), { at: 2 });
    await writer.abort({ keep: true });
    await first.close();
    const destination = await open(file);
    const again = await destination.openTarget(planOf());
    expect(again.checkpoint).toMatchObject({ rows: 2, resume: { at: 2 } });
    const more = column(`c${COLUMNS}`, 'BIGINT');
    await again.widen(more);
    await again.write(records([{ ...row(3, 'three', wide), [more.name]: 3 }], [], [...wide, more]), {
      at: 3,
    });
    await again.forget({ after: '0', before: '2' });
    await again.write(records([row(4, 'four', wide)], [], [...wide, more]), { at: 4 });
    expect(await again.staged()).toEqual({ rows: 3, distinct_keys: 3, keyless_rows: 0 });
    await again.commit(publication());
    await destination.close();
    expect(await rowsIn(file, `id, c0, c${COLUMNS - 1} AS last, c${COLUMNS} AS added`)).toEqual([
      { id: '2', c0: 'two c0', last: `two c${COLUMNS - 1}`, added: null },
      { id: '3', c0: 'three c0', last: `three c${COLUMNS - 1}`, added: '3' },
      { id: '4', c0: 'four c0', last: `four c${COLUMNS - 1}`, added: null },
    ]);
  });

  it('keeps, replaces, marks and removes rows in a merge', async () => {
    const file = join(tempFolder(), 'shop.duckdb');
    const at = (load_id: string, more: Omit<PlanChoices, 'target'> = {}) => planOf({ load_id, ...more });
    await publish(file, at('load-1'), [[1, 2, 3].map((id) => row(id, 'old', wide))]);
    expect(await publish(file, at('load-2'), [[row(2, 'new', wide)]], false)).toMatchObject({
      rows_written: 1,
      rows_deleted: 0,
      rows_total: 3,
    });
    expect(await publish(file, at('load-3'), [[row(1, 'newer', wide), row(4, 'newer', wide)]])).toMatchObject(
      {
        rows_written: 2,
        rows_deleted: 2,
        rows_total: 4,
      },
    );
    const state = `id, c0, c${COLUMNS - 1} AS last, _xano_load_id AS load, _xano_deleted_at IS NULL AS there`;
    const last = (text: string) => `${text} c${COLUMNS - 1}`;
    expect(await rowsIn(file, state)).toEqual([
      { id: '1', c0: 'newer c0', last: last('newer'), load: 'load-3', there: true },
      { id: '2', c0: 'new c0', last: last('new'), load: 'load-2', there: false },
      { id: '3', c0: 'old c0', last: last('old'), load: 'load-1', there: false },
      { id: '4', c0: 'newer c0', last: last('newer'), load: 'load-3', there: true },
    ]);
    await publish(file, at('load-4', { hard_delete: true }), [[row(4, 'newest', wide)]]);
    expect(await rowsIn(file, 'id, c0')).toEqual([{ id: '4', c0: 'newest c0' }]);
  });

  it('keeps its old rows where the new ones are refused', async () => {
    const file = join(tempFolder(), 'shop.duckdb');
    await publish(file, planOf(), [[1, 2, 3].map((id) => row(id, 'old', wide))]);
    const columns = [KEY, column('c0', 'JSON'), ...named(COLUMNS, 1)];
    const refused = publish(
      file,
      planOf({ load_id: 'load-2', allow_shrink: false, hard_delete: true }, columns),
      [[{ ...row(1, 'new', columns), c0: { new: true } }]],
    );
    await expect(refused).rejects.toMatchObject({ code: 'SHRUNK' });
    expect(await rowsIn(file, 'id, c0')).toEqual([1, 2, 3].map((id) => ({ id: String(id), c0: 'old c0' })));
    await publish(file, planOf({ load_id: 'load-3' }), [[row(2, 'new', wide)]], false);
    expect(await rowsIn(file, 'id, c0')).toEqual([
      { id: '1', c0: 'old c0' },
      { id: '2', c0: 'new c0' },
      { id: '3', c0: 'old c0' },
    ]);
  });

  it('keeps columns in their places when hundreds come, go and change at once, with their comments', async () => {
    const file = join(tempFolder(), 'shop.duckdb');
    const before = [KEY, column('gone', 'VARCHAR'), ...named(200)];
    await publish(file, planOf({ write_disposition: 'append' }, before), [[row(1, 'old', before)]]);
    const now = [
      KEY,
      ...Array.from({ length: 200 }, (_, at) => column(`c${at}`, 'JSON')),
      ...Array.from({ length: 300 }, (_, at) => column(`d${at}`, 'BIGINT', { description: `about ${at}` })),
    ];
    const published = await publish(file, planOf({ write_disposition: 'append', load_id: 'load-2' }, now), [
      [{ id: 2, c0: { a: 1 }, d299: 7 }],
    ]);
    expect(published).toMatchObject({
      rows_total: 2,
      changes: expect.arrayContaining([
        { change: 'column_removed', name: 'gone', from: 'VARCHAR', to: null },
        { change: 'column_retyped', name: 'c199', from: 'VARCHAR', to: 'JSON' },
        { change: 'column_added', name: 'd299', from: null, to: 'BIGINT' },
      ]),
    });
    expect(await rowsIn(file, 'id, gone, c0, c199, d299')).toEqual([
      { id: '1', gone: 'old gone', c0: '"old c0"', c199: '"old c199"', d299: null },
      { id: '2', gone: null, c0: '{"a":1}', c199: null, d299: '7' },
    ]);
    const { rows } = await queryFile(
      file,
      "SELECT column_name AS name, comment FROM duckdb_columns() WHERE table_name = 'shop' AND column_index IN (1, 2, 202, 203, 204, 503) ORDER BY column_index",
    );
    expect(rows).toEqual([
      { name: 'id', comment: null },
      { name: 'gone', comment: null },
      { name: 'c199', comment: null },
      { name: '_xano_load_id', comment: null },
      { name: 'd0', comment: 'about 0' },
      { name: 'd299', comment: 'about 299' },
    ]);
  });
});
