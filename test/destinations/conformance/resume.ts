/** A load goes on with what an earlier one staged, or starts over. */
import { describe, expect, it } from 'vitest';
import type { TargetWriter } from '../../../src/destinations/destination.js';
import { column, plan, publication, records } from '../writing.js';
import { type Group, LOAD_1, type Place, types, using } from './place.js';

/** The group. `make` gives a new, empty place. */
export const resumeConformance: Group = (what, make) => {
  describe(`${what} as a destination`, () => {
    it.each([1, 1_500])(
      'keeps a page that is given in parts of %i rows whole or not at all',
      async (rows) => {
        const place = await make();
        const part = (n: number) =>
          records(
            Array.from({ length: rows }, (_, i) => ({ id: n * rows + i, name: 'x'.repeat(2_000) })),
            [{ row_key: String(n), column: 'x', raw: '1', reason: 'r' }],
          );
        const end = records([]);
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          await writer.write(part(0), { page: 1 });
          for (const n of [1, 2, 3]) await writer.write(part(n), undefined);
          await writer.abort({ keep: true });
        });
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
          expect(writer.checkpoint).toEqual({ rows, resume: { page: 1 }, columns_added: [] });
          for (const n of [1, 2, 3]) await writer.write(part(n), undefined);
          await writer.write(end, { page: 2 });
          await writer.write(part(4), undefined);
          await writer.abort({ keep: true });
        });
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan({ load_id: 'load-3' }));
          expect(writer.checkpoint).toEqual({ rows: 4 * rows, resume: { page: 2 }, columns_added: [] });
          await writer.write(part(4), undefined);
          await writer.write(end, { page: 3 });
          expect(await writer.staged()).toMatchObject({ rows: 5 * rows, distinct_keys: 5 * rows });
          const { rows_written, values_rejected } = await writer.commit(publication('load-3'));
          expect({ rows_written, values_rejected }).toEqual({ rows_written: 5 * rows, values_rejected: 5 });
        });
      },
    );

    describe('continues an earlier load', () => {
      const g = column('g', 'BIGINT');
      const leave = async (place: Place) =>
        using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          expect(writer.checkpoint).toBeNull();
          await writer.write(
            records([{ id: 1, name: 'a' }], [{ row_key: '1', column: 'x', raw: '"ä\\n"', reason: 'r' }]),
            { after: '1' },
          );
          await writer.widen(g);
          await writer.write(records([{ id: 2, g: 5 }]), { after: '2', n: [1, null, 'ü'] });
          await writer.abort({ keep: true });
        });

      it('with its rows, its checkpoint, its columns and its rejected values', async () => {
        const place = await make();
        await leave(place);
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
          expect(writer.checkpoint).toEqual({
            rows: 2,
            resume: { after: '2', n: [1, null, 'ü'] },
            columns_added: [g],
          });
          await writer.write(records([{ id: 3, name: 'c', g: 6 }]), { after: '3' });
          expect(await writer.staged()).toEqual({ rows: 3, distinct_keys: 3, keyless_rows: 0 });
          expect(await writer.commit(publication('load-2'))).toEqual({
            rows_written: 3,
            rows_deleted: 0,
            rows_total: 3,
            values_rejected: 1,
            changes: [],
          });
        });
        expect((await place.table('xano_data', 'shop'))?.rows).toEqual([
          ['1', 'a', null, 'load-2'],
          ['2', null, '5', 'load-2'],
          ['3', 'c', '6', 'load-2'],
        ]);
      });

      it('without another page', async () => {
        const place = await make();
        await leave(place);
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          expect(await writer.staged()).toEqual({ rows: 2, distinct_keys: 2, keyless_rows: 0 });
          await writer.abort({ keep: true });
        });
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          expect(writer.checkpoint).toEqual({
            rows: 2,
            resume: { after: '2', n: [1, null, 'ü'] },
            columns_added: [g],
          });
          await writer.abort({ keep: false });
        });
      });

      it('when everything was staged and counted, but not committed', async () => {
        const place = await make();
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          await writer.write(records([{ id: 1 }, { id: 2 }]), { after: '2' });
          await writer.widen(g);
          await writer.staged();
          await writer.abort({ keep: true });
        });
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          expect(writer.checkpoint).toEqual({ rows: 2, resume: { after: '2' }, columns_added: [g] });
          await writer.abort({ keep: false });
        });
      });

      it('when a page without rows was staged', async () => {
        const place = await make();
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          await writer.write(records([]), { page: 1 });
          await writer.abort({ keep: true });
        });
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          expect(writer.checkpoint).toEqual({ rows: 0, resume: { page: 1 }, columns_added: [] });
          await writer.write(records([{ id: 1, name: 'a' }]), { page: 2 });
          await writer.staged();
          await writer.commit(publication());
        });
        expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', 'a', 'load-1']]);
      });

      it.each([
        ['the fingerprint changed', plan({ fingerprint: 'f2' })],
        ['it is another resource', plan({ identity: 'host/other' })],
      ])('but not when %s', async (_, changed) => {
        const place = await make();
        await leave(place);
        const published = await using(place, async (destination) => {
          const writer = await destination.openTarget(changed);
          expect(writer.checkpoint).toBeNull();
          await writer.write(records([{ id: 9, name: 'z' }]), null);
          await writer.staged();
          return writer.commit(publication());
        });
        expect(published).toEqual({
          rows_written: 1,
          rows_deleted: 0,
          rows_total: 1,
          values_rejected: 0,
          changes: [],
        });
        expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['9', 'z', 'load-1']]);
      });

      it.each([
        ['it was aborted without keeping', (writer: TargetWriter) => writer.abort({ keep: false })],
        [
          'it was cleared',
          async (writer: TargetWriter) => {
            await writer.clear();
            await writer.abort({ keep: true });
          },
        ],
        [
          'it was published',
          async (writer: TargetWriter) => {
            await writer.staged();
            await writer.commit(publication());
          },
        ],
      ])('but not when %s', async (_, finish) => {
        const place = await make();
        await leave(place);
        await using(place, async (destination) => finish(await destination.openTarget(plan())));
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan());
          expect(writer.checkpoint).toBeNull();
          await writer.abort({ keep: false });
        });
      });
    });

    it('starts from nothing after clear, with the planned columns only', async () => {
      const place = await make();
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        await writer.widen(column('extra', 'VARCHAR'));
        await writer.write(
          records([{ id: 1, extra: 'x' }], [{ row_key: '1', column: 'c', raw: '1', reason: 'r' }]),
          null,
        );
        await writer.clear();
        await writer.write(records([{ id: 2, name: 'b' }]), null);
        expect(await writer.staged()).toEqual({ rows: 1, distinct_keys: 1, keyless_rows: 0 });
        expect(await writer.commit(publication())).toEqual({
          rows_written: 1,
          rows_deleted: 0,
          rows_total: 1,
          values_rejected: 0,
          changes: [],
        });
      });
      const found = await place.table('xano_data', 'shop');
      expect({ types: types(found), rows: found?.rows }).toEqual({
        types: [['id', 'BIGINT'], ['name', 'VARCHAR'], LOAD_1],
        rows: [['2', 'b', 'load-1']],
      });
    });
  });
};
