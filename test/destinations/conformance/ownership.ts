/** A table has one owner: others are refused, and its own may rename it. */
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../../rest/decode/reading.js';
import { plan, publication, records } from '../writing.js';
import { type Group, publish, using } from './place.js';

/** The group. `make` gives a new, empty place. */
export const ownershipConformance: Group = (what, make) => {
  describe(`${what} as a destination`, () => {
    it('renames a table whose name changed, and drops the old one', async () => {
      const place = await make();
      await using(place, async (destination) => {
        await publish(destination, plan(), [{ id: 1 }, { id: 2 }]);
        const renamed = plan({ resource: 'store', target: { name: 'store' } });
        expect(await publish(destination, renamed, [{ id: 2 }, { id: 3 }])).toEqual({
          rows_written: 2,
          rows_deleted: 1,
          rows_total: 2,
          values_rejected: 0,
          changes: [{ change: 'table_renamed', name: 'shop', from: 'shop', to: 'store' }],
        });
        expect((await destination.recall()).map(({ target }) => target)).toEqual(['xano_data.store']);
      });
      expect(await place.table('xano_data', 'shop')).toBeUndefined();
      expect((await place.table('xano_data', 'store'))?.rows.map(([id]) => id)).toEqual(['2', '3']);
    });

    it.each([
      ['a to A', 'shop', 'SHOP', false],
      ['É to é, which are two names', 'É', 'é', true],
    ])('renames a table by case: %s', async (_, from, to, apart) => {
      const place = await make();
      await using(place, async (destination) => {
        await publish(destination, plan({ target: { name: from } }), [{ id: 1 }]);
        await publish(destination, plan({ target: { name: to } }), [{ id: 2 }]);
        expect((await destination.recall()).map(({ target }) => target)).toEqual([`xano_data.${to}`]);
      });
      expect((await place.table('xano_data', to))?.rows).toEqual([['2', null, 'load-1']]);
      if (apart) expect(await place.table('xano_data', from)).toBeUndefined();
    });

    it('keeps tables apart whose names differ by an accented letter in upper and lower case', async () => {
      const place = await make();
      await using(place, async (destination) => {
        await publish(destination, plan({ target: { name: 'É' } }), [{ id: 1 }]);
        await publish(
          destination,
          plan({ identity: 'host/2', origin: { table: 2 }, target: { name: 'é' } }),
          [{ id: 2 }],
        );
      });
      expect((await place.table('xano_data', 'É'))?.rows).toEqual([['1', null, 'load-1']]);
      expect((await place.table('xano_data', 'é'))?.rows).toEqual([['2', null, 'load-1']]);
    });

    it('leaves the table alone that another resource made under a freed name', async () => {
      const place = await make();
      await using(place, async (destination) => {
        await publish(destination, plan(), [{ id: 1, name: 'was shop' }]);
        await publish(destination, plan({ target: { name: 'old_shop' } }), [{ id: 1, name: 'was shop' }]);
        await publish(destination, plan({ identity: 'host/2', origin: { table: 2 } }), [
          { id: 7, name: 'is shop' },
        ]);
        await publish(destination, plan({ target: { name: 'older_shop' } }), [{ id: 1, name: 'was shop' }]);
      });
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['7', 'is shop', 'load-1']]);
      expect(await place.table('xano_data', 'old_shop')).toBeUndefined();
      expect((await place.table('xano_data', 'older_shop'))?.rows).toEqual([['1', 'was shop', 'load-1']]);
    });

    it.each(['shop', 'SHOP'])('refuses to replace the table %s that no load made', async (name) => {
      const place = await make();
      await place.makeForeign('xano_data', name);
      const error = await using(place, (destination) =>
        rejectionOf(publish(destination, plan(), [{ id: 1 }])),
      );
      expect([error.code, error.message]).toEqual([
        'DATABASE_FAILED',
        'xano-connector did not create the table xano_data."shop" in the destination.',
      ]);
      expect((await place.table('xano_data', name))?.rows).toEqual([['mine']]);
      expect(await using(place, (destination) => destination.recall())).toEqual([]);
    });

    it('refuses to replace the table that was loaded from somewhere else', async () => {
      const place = await make();
      const elsewhere = plan({
        identity: 'elsewhere/shop',
        origin: { workspace_id: 2, table_id: 1 },
        load_id: 'load-2',
      });
      await using(place, (destination) => publish(destination, plan(), [{ id: 1, name: 'a' }]));
      const error = await using(place, (destination) =>
        rejectionOf(publish(destination, elsewhere, [{ id: 2 }])),
      );
      expect([error.code, error.message]).toEqual([
        'DATABASE_FAILED',
        'The table xano_data."shop" in the destination belongs to the resource "shop" (host/shop); "shop" (elsewhere/shop) reads another list.',
      ]);
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', 'a', 'load-1']]);
      const remembered = await using(place, (destination) => destination.recall());
      expect(remembered.map(({ identity, rows }) => [identity, rows])).toEqual([['host/shop', 1]]);
    });

    it('recognises the same source at another address', async () => {
      const place = await make();
      await using(place, async (destination) => {
        const first = await destination.openTarget(plan());
        await first.write(
          records([{ id: 1 }], [{ row_key: '1', column: 'name', raw: '5', reason: 'r' }]),
          null,
        );
        await first.staged();
        await first.commit(publication());
        expect(await publish(destination, plan({ identity: 'other-host/shop' }), [{ id: 2 }])).toMatchObject({
          values_rejected: 0,
        });
        expect((await destination.recall()).map(({ identity }) => identity)).toEqual(['other-host/shop']);
      });
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['2', null, 'load-1']]);
      expect((await place.table('_xano', 'rejects'))?.rows).toEqual([]);
    });
  });
};
