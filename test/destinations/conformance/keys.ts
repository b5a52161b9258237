/** Rows are told apart by their keys. */
import { describe, expect, it } from 'vitest';
import { column, ID_NAME, plan, publication, records } from '../writing.js';
import { type Group, publish, using } from './place.js';

/** The group. `make` gives a new, empty place. */
export const keysConformance: Group = (what, make, { replaces }) => {
  describe(`${what} as a destination`, () => {
    it('counts rows and different keys before it publishes', async () => {
      const place = await make();
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        await writer.write(records([{ id: 1 }, { id: 2 }, { id: 1 }]), null);
        expect(await writer.staged()).toEqual({ rows: 3, distinct_keys: 2, keyless_rows: 0 });
        await writer.write(records([{ id: 5 }]), null);
        expect(await writer.staged()).toEqual({ rows: 4, distinct_keys: 3, keyless_rows: 0 });
        await writer.abort({ keep: false });
        const keyless = await destination.openTarget(plan({ target: { primary_key: [] } }));
        await keyless.write(records([{ id: 1 }, { id: 1 }]), null);
        expect(await keyless.staged()).toEqual({ rows: 2, distinct_keys: null, keyless_rows: 2 });
        await keyless.abort({ keep: false });
      });
    });

    it('keeps the last of the rows that have the same key', async () => {
      const place = await make();
      const published = await using(place, (destination) =>
        publish(
          destination,
          plan(),
          [
            { id: 1, name: 'a' },
            { id: 2, name: 'b' },
          ],
          [
            { id: 1, name: 'c' },
            { id: 1, name: 'd' },
          ],
        ),
      );
      expect(published).toEqual({
        rows_written: 2,
        rows_deleted: 0,
        rows_total: 2,
        values_rejected: 0,
        changes: [],
      });
      const rows = (await place.table('xano_data', 'shop'))?.rows ?? [];
      expect(rows.toSorted()).toEqual([
        ['1', 'd', 'load-1'],
        ['2', 'b', 'load-1'],
      ]);
    });

    it('keeps the last of the rows that have the same key, whatever a column called rowid says', async () => {
      const place = await make();
      const columns = [...ID_NAME, column('rowid', 'BIGINT')];
      await using(place, (destination) =>
        publish(destination, plan({ target: { columns } }), [
          { id: 1, name: 'first', rowid: 9 },
          { id: 1, name: 'last', rowid: 3 },
        ]),
      );
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', 'last', '3', 'load-1']]);
    });

    it('keeps every row whose key is null, also beside rows that have the same key', async () => {
      const place = await make();
      const published = await using(place, (destination) =>
        publish(destination, plan(), [
          { id: null, name: 'a' },
          { id: null, name: 'b' },
          { id: 1, name: 'c' },
          { id: 1, name: 'd' },
        ]),
      );
      expect(published).toEqual({
        rows_written: 3,
        rows_deleted: 0,
        rows_total: 3,
        values_rejected: 0,
        changes: [],
      });
      const rows = (await place.table('xano_data', 'shop'))?.rows ?? [];
      expect(rows.map(([id, name]) => `${id} ${name}`).toSorted()).toEqual(['1 d', 'null a', 'null b']);
    });

    it('counts no keys where no column has the key’s name, with rows and without', async () => {
      const place = await make();
      await using(place, async (destination) => {
        const added = { change: 'column_added', name: 'name', from: null, to: 'VARCHAR' };
        for (const [columns, rows, changes] of [
          [[], [], []],
          [[column('name', 'VARCHAR')], [{ name: 'a' }, { name: 'a' }], [added]],
        ] as const) {
          const writer = await destination.openTarget(plan({ target: { columns } }));
          await writer.write(records(rows, [], columns), null);
          expect(await writer.staged()).toEqual({
            rows: rows.length,
            distinct_keys: null,
            keyless_rows: rows.length,
          });
          expect(await writer.commit(publication())).toEqual({
            rows_written: rows.length,
            rows_deleted: 0,
            rows_total: rows.length,
            values_rejected: 0,
            changes,
          });
        }
      });
      const row = replaces === 'table' ? ['a', 'load-1'] : ['load-1', 'a'];
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([row, row]);
    });

    it('tells rows apart by several columns', async () => {
      const place = await make();
      const published = await using(place, (destination) =>
        publish(destination, plan({ target: { primary_key: ['id', 'name'] } }), [
          { id: 1, name: 'a' },
          { id: 1, name: 'b' },
          { id: 1, name: 'a' },
          { id: 1, name: null },
          { id: 1, name: null },
        ]),
      );
      expect(published.rows_written).toBe(4);
      const rows = (await place.table('xano_data', 'shop'))?.rows ?? [];
      expect(rows.map(([id, name]) => `${id} ${name}`).toSorted()).toEqual([
        '1 a',
        '1 b',
        '1 null',
        '1 null',
      ]);
    });
  });
};
