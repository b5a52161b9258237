/** Tables that lose more rows than is likely meant. */
import { describe, expect, it } from 'vitest';
import { deleteRow, insertRow } from '../../../src/sandbox/data/rows.js';
import { changed } from '../../fixtures/office.js';
import { idsIn, query } from '../loading.js';
import { openOffice, type Setting } from '../open-office.js';

const SIX = [1, 2, 3, 4, 5, 6].map((id) => changed(id, 1000 - id));
const REPLACE: Setting = {};
const MERGE: Setting = { write_disposition: 'merge' };
const INCREMENTAL: Setting = { incremental: { column: 'updated_at' } };

async function loaded(setting: Setting) {
  const setup = await openOffice({ rows: SIX, ...setting });
  await setup.load();
  const remove = (...ids: readonly number[]) => {
    for (const id of ids) deleteRow(setup.rows, BigInt(id));
  };
  return { ...setup, remove };
}

describe.each([
  ['replaced', REPLACE],
  ['merged completely with rows removed', MERGE],
  ['merged incrementally with rows removed', INCREMENTAL],
])('a table that is %s', (_, setting) => {
  const hard_delete = setting !== REPLACE;

  it.each([
    ['becomes empty', [1, 2, 3, 4, 5, 6], 0, '--allow-empty', { allow_shrink: true }, { allow_empty: true }],
    [
      'loses more than half',
      [1, 2, 3, 4],
      2,
      '--allow-shrink',
      { allow_empty: true },
      { allow_shrink: true },
    ],
  ] as const)(
    'is refused until it is allowed, where it %s',
    async (_name, gone, left, flag, wrong, right) => {
      const { file, load, remove } = await loaded(setting);
      const before = await query(file, 'FROM xano_data.items ORDER BY id');
      const state = await query(file, 'FROM _xano.resources');
      remove(...gone);
      for (const options of [{}, wrong]) {
        const refused = await load({ hard_delete, ...options });
        expect(refused.report.status).toBe('failed');
        expect(refused.onlyTable).toMatchObject({
          status: 'failed',
          completeness: null,
          rows_written: 0,
          rows_deleted: 0,
          rows_total: null,
          error: {
            code: 'SHRUNK',
            message: `"items" had 6 rows and would have ${left} now: nothing was changed.`,
            hint: `If that is intended, run again with ${flag}.`,
          },
        });
        expect(await query(file, 'FROM xano_data.items ORDER BY id')).toEqual(before);
        expect(await query(file, 'FROM _xano.resources')).toEqual(state);
      }
      const allowed = await load({ hard_delete, ...right });
      expect(allowed.onlyTable).toMatchObject({
        status: 'loaded',
        rows_deleted: gone.length,
        rows_total: left,
      });
      expect(await idsIn(file)).toEqual(
        [1, 2, 3, 4, 5, 6].filter((id) => !(gone as readonly number[]).includes(id)),
      );
    },
  );

  it('is written where it loses exactly half', async () => {
    const { file, load, remove } = await loaded(setting);
    remove(1, 2, 3);
    const second = await load({ hard_delete });
    expect(second.onlyTable).toMatchObject({ status: 'loaded', rows_deleted: 3, rows_total: 3 });
    expect(await idsIn(file)).toEqual([4, 5, 6]);
  });

  it('is written where it has as many other rows as before', async () => {
    const { file, rows, load, remove } = await loaded(setting);
    remove(1, 2, 3, 4, 5, 6);
    for (const id of [11, 12, 13]) insertRow(rows, changed(id, 100));
    const second = await load({ hard_delete });
    expect(second.onlyTable).toMatchObject({ status: 'loaded', rows_deleted: 6, rows_total: 3 });
    expect(await idsIn(file)).toEqual([11, 12, 13]);
  });

  it('may stay empty', async () => {
    const { load, remove } = await loaded(setting);
    remove(1, 2, 3, 4, 5, 6);
    await load({ hard_delete, allow_empty: true });
    const third = await load({ hard_delete });
    expect(third.onlyTable).toMatchObject({ status: 'loaded', rows_deleted: 0, rows_total: 0 });
  });
});

it('a merge refuses to mark all rows until that is allowed', async () => {
  const { file, load, remove } = await loaded(MERGE);
  remove(1, 2, 3, 4, 5, 6);
  const refused = await load();
  expect(refused.onlyTable).toMatchObject({ status: 'failed', error: { code: 'SHRUNK' } });
  expect(await idsIn(file)).toEqual([1, 2, 3, 4, 5, 6]);
  const second = await load({ allow_empty: true });
  expect(second.onlyTable).toMatchObject({ status: 'loaded', rows_deleted: 6, rows_total: 6 });
});

it('a merge does not count rows that were marked before as lost', async () => {
  const { file, load, remove } = await loaded(MERGE);
  remove(1, 2, 3);
  await load();
  remove(4);
  const third = await load({ hard_delete: true });
  expect(third.onlyTable).toMatchObject({ status: 'loaded', rows_deleted: 1, rows_total: 2 });
  expect(await idsIn(file)).toEqual([5, 6]);
});

it('a load after a refused one reads its rows again', async () => {
  const { load, remove } = await loaded(REPLACE);
  remove(1, 2, 3, 4, 5);
  await load();
  const third = await load({ allow_shrink: true });
  expect(third.onlyTable).toMatchObject({ status: 'loaded', resumed: false, rows_total: 1 });
});
