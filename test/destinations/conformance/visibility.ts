/** Rows become visible all at once, and what a destination remembers of them. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.js';
import { type Column, LOAD_ID_COLUMN } from '../../../src/table/column.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { column, ID_NAME, plan, publication, records, report } from '../writing.js';
import { type Group, publish, using } from './place.js';

/** The group. `make` gives a new, empty place. */
export const visibilityConformance: Group = (what, make) => {
  describe(`${what} as a destination`, () => {
    it('gives the rows of a published table: keys in their order, values as a source sends them', async () => {
      const place = await make();
      const columns = [...ID_NAME, column('at', 'TIMESTAMPTZ'), column('tags', 'VARCHAR', { list: true })];
      const of = plan({ target: { columns } });
      await using(place, async (destination) => {
        const rows = [
          { id: 3, name: 'c', at: 1_700_000_000_123, tags: ['x', '"y"'] },
          '{"id":9007199254740993,"name":"big"}',
          { id: 1, name: null, at: null, tags: [] },
          { id: null, name: 'nobody' },
          { id: 3, name: 'c', at: 1_700_000_000_123, tags: ['x', '"y"'] },
        ];
        await publish(destination, of, rows);
        const wanted = {
          identity: of.identity,
          keys: ['id'],
          columns: ['name', 'at', 'tags', 'none'],
          newer_than: null,
        };
        const found = await destination.readRows(wanted);
        const read = async () => {
          const all: (readonly string[])[] = [];
          for await (const row of found.rows()) all.push(row);
          return all;
        };
        const all = [
          ['1', 'null', 'null', '[]'],
          ['3', '"c"', '1700000000123', '["x","\\"y\\""]'],
          ['9007199254740993', '"big"', 'null', 'null'],
        ];
        expect([found.columns.map(({ name }) => name), found.count]).toEqual([
          ['id', 'name', 'at', 'tags'],
          3,
        ]);
        expect([await read(), await read()]).toEqual([all, all]);
        found.close();
        const other = await destination.readRows({ ...wanted, newer_than: of.identity });
        expect([other.count, other.is_empty]).toEqual([0, false]);
        other.close();
        const without = await destination.readRows({ ...wanted, keys: ['none'] });
        expect([without.count, without.columns.map(({ name }) => name)]).toEqual([0, ['name', 'at', 'tags']]);
        without.close();
      });
    });

    it('gives the highest value of a staged column, as a source sends it', async () => {
      const place = await make();
      const columns = [...ID_NAME, column('at', 'TIMESTAMPTZ'), column('tags', 'VARCHAR', { list: true })];
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan({ target: { columns } }));
        expect(await writer.highest('id')).toBe(null);
        const rows = [
          '{"id":9007199254740993,"name":"a","at":5}',
          '{"id":2,"name":"\\"b","at":1700000000123}',
        ];
        await writer.write(records(rows, [], columns), null);
        expect(await writer.highest('id')).toEqual({ type: 'BIGINT', value: '9007199254740993' });
        expect(await writer.highest('name')).toEqual({ type: 'VARCHAR', value: '"a"' });
        expect(await writer.highest('at')).toEqual({ type: 'TIMESTAMPTZ', value: '1700000000123' });
        expect([await writer.highest('tags'), await writer.highest('none')]).toEqual([null, null]);
        await writer.abort({ keep: false });
      });
    });

    it('makes rows visible, with the id of their load', async () => {
      const place = await make();
      const published = await using(place, (destination) =>
        publish(
          destination,
          plan(),
          [
            { id: 1, name: 'a' },
            { name: null, id: 2 },
          ],
          [{ id: 3 }],
        ),
      );
      expect(published).toEqual({
        rows_written: 3,
        rows_deleted: 0,
        rows_total: 3,
        values_rejected: 0,
        changes: [],
      });
      expect(await place.table('xano_data', 'shop')).toEqual({
        comment: null,
        columns: [
          { name: 'id', type: 'BIGINT', comment: null },
          { name: 'name', type: 'VARCHAR', comment: null },
          { name: LOAD_ID_COLUMN, type: 'VARCHAR', comment: null },
        ],
        rows: [
          ['1', 'a', 'load-1'],
          ['2', null, 'load-1'],
          ['3', null, 'load-1'],
        ],
      });
    });

    it('creates nothing and remembers nothing before the first publication', async () => {
      const place = await make();
      await using(place, async (destination) => {
        expect(await destination.recall()).toEqual([]);
        await destination.record(report());
        expect(await destination.recall()).toEqual([]);
      });
      expect(await place.table('xano_data', 'shop')).toBeUndefined();
    });

    it('shows the old rows until the new ones are committed', async () => {
      const place = await make();
      await using(place, (destination) => publish(destination, plan(), [{ id: 1, name: 'old' }]));
      const old = [['1', 'old', 'load-1']];
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
        expect((await place.table('xano_data', 'shop'))?.rows).toEqual(old);
        await writer.write(records([{ id: 2, name: 'new' }]), null);
        expect((await place.table('xano_data', 'shop'))?.rows).toEqual(old);
        expect(await writer.staged()).toEqual({ rows: 1, distinct_keys: 1, keyless_rows: 0 });
        expect((await place.table('xano_data', 'shop'))?.rows).toEqual(old);
        expect(await writer.commit(publication('load-2'))).toEqual({
          rows_written: 1,
          rows_deleted: 1,
          rows_total: 1,
          values_rejected: 0,
          changes: [],
        });
        expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['2', 'new', 'load-2']]);
      });
    });

    it('leaves the old rows alone when a load is aborted, kept or not', async () => {
      const place = await make();
      await using(place, (destination) => publish(destination, plan(), [{ id: 1, name: 'old' }]));
      for (const keep of [true, false])
        await using(place, async (destination) => {
          const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
          await writer.write(records([{ id: 2, name: 'new' }]), null);
          await writer.abort({ keep });
        });
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', 'old', 'load-1']]);
    });

    it('counts the deleted rows', async () => {
      const place = await make();
      await using(place, async (destination) => {
        await publish(destination, plan(), [{ id: 1 }, { id: 2 }, { id: 3 }]);
        expect(await publish(destination, plan(), [{ id: 2 }, { id: 4 }])).toEqual({
          rows_written: 2,
          rows_deleted: 2,
          rows_total: 2,
          values_rejected: 0,
          changes: [],
        });
        expect(await publish(destination, plan(), [])).toEqual({
          rows_written: 0,
          rows_deleted: 2,
          rows_total: 0,
          values_rejected: 0,
          changes: [],
        });
      });
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([]);
    });

    it('remembers what was loaded, also after it was closed', async () => {
      const place = await make();
      const other = plan({
        identity: 'host/b',
        resource: 'b',
        origin: null,
        target: { schema: 'other', name: 'b "x"' },
      });
      await using(place, async (destination) => {
        await publish(destination, plan(), [{ id: 1 }, { id: 2 }]);
        await publish(destination, other, [{ id: 1 }]);
      });
      const remembered = await using(place, (destination) => destination.recall());
      expect(remembered.map(({ loaded_at: _, ...rest }) => rest)).toEqual([
        { identity: 'host/b', resource: 'b', target: 'other.b "x"', origin: null, rows: 1 },
        {
          identity: 'host/shop',
          resource: 'shop',
          target: 'xano_data.shop',
          origin: { workspace_id: 1, table_id: 1 },
          rows: 2,
        },
      ]);
      for (const { loaded_at } of remembered) expect(loaded_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });

    it('remembers references between tables, within their source alone', async () => {
      const place = await make();
      const origin = { instance: 'x', workspace_id: 1 };
      const id = column('id', 'BIGINT');
      const shops = plan({ origin: { ...origin, table_id: 5 } });
      const refers = (table_id: number) =>
        column(`a${table_id}`, 'BIGINT', { references_table_id: table_id });
      const orders = (columns: readonly Column[], from: JsonObject, name: string) =>
        plan({
          identity: `host/${name}`,
          resource: name,
          origin: { ...from, table_id: 6 },
          target: { name, columns: [id, ...columns] },
        });
      const all = [refers(5), refers(6), refers(7)];
      await using(place, async (destination) => {
        await publish(destination, shops, [{ id: 1 }]);
        await publish(destination, orders(all, origin, 'orders'), [{ id: 1, a5: 1 }]);
        await publish(destination, orders(all, { ...origin, instance: 'y' }, 'others'), [{ id: 1, a5: 1 }]);
      });
      const found = async () =>
        Object.fromEntries(
          (await place.tables())
            .filter(({ name }) => name !== 'shop')
            .map(({ name, columns }) => [name, columns?.map(({ references }) => references)]),
        );
      expect(await found()).toEqual({
        orders: [
          null,
          { table_id: 5, name: 'shop', table: 'xano_data.shop' },
          { table_id: 6, name: 'orders', table: 'xano_data.orders' },
          { table_id: 7, name: null },
        ],
        others: [
          null,
          { table_id: 5, name: null },
          { table_id: 6, name: 'others', table: 'xano_data.others' },
          { table_id: 7, name: null },
        ],
      });
      await using(place, (destination) =>
        publish(destination, orders([column('a5', 'BIGINT'), refers(6)], origin, 'orders'), [{ id: 1 }]),
      );
      expect((await found())['orders']?.slice(0, 3)).toEqual([
        null,
        null,
        { table_id: 6, name: 'orders', table: 'xano_data.orders' },
      ]);
    });

    it('writes several tables at once', async () => {
      const place = await make();
      const names = ['a', 'b', 'c', 'd', 'e'];
      const published = await using(place, (destination) =>
        Promise.all(
          names.map((name, n) =>
            publish(
              destination,
              plan({ identity: name, resource: name, origin: { name }, target: { name } }),
              ...Array.from({ length: 4 }, (_, page) => [{ id: page, name: `${n}-${page}` }]),
            ),
          ),
        ),
      );
      expect(published).toEqual(
        names.map(() => ({
          rows_written: 4,
          rows_deleted: 0,
          rows_total: 4,
          values_rejected: 0,
          changes: [],
        })),
      );
      for (const [n, name] of names.entries())
        expect((await place.table('xano_data', name))?.rows).toEqual(
          [0, 1, 2, 3].map((page) => [String(page), `${n}-${page}`, 'load-1']),
        );
    });

    it('writes one table while another fails', async () => {
      const place = await make();
      await using(place, async (destination) => {
        const bad = await destination.openTarget(plan({ identity: 'bad', target: { name: 'bad' } }));
        const good = await destination.openTarget(plan());
        await bad.write(records(['{"id":"no number"}']), null);
        await good.write(records([{ id: 1 }]), null);
        expect((await rejectionOf(bad.staged())).code).toBe('DATABASE_FAILED');
        expect((await rejectionOf(bad.write(records([{ id: 1 }]), null))).code).toBe('DATABASE_FAILED');
        expect((await rejectionOf(bad.staged())).code).toBe('DATABASE_FAILED');
        await bad.abort({ keep: true });
        await good.staged();
        await good.commit(publication());
      });
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', null, 'load-1']]);
      expect(await place.table('xano_data', 'bad')).toBeUndefined();
    });

    it('keeps the report of each load, the last one of the same load', async () => {
      const place = await make();
      const partial = report('load-2', {
        status: 'partial',
        requests: 9,
        bytes: 8,
        finished_at: '2026-02-03T00:00:00.000Z',
      });
      await using(place, async (destination) => {
        await publish(destination, plan(), [{ id: 1 }]);
        expect((await place.table('_xano', 'loads'))?.rows).toEqual([
          ['load-1', '2026-01-02 03:04:05+00', null, 'running', '3', '400', JSON.stringify(report())],
        ]);
        await destination.record(report());
        await destination.record(partial);
        await destination.record(partial);
      });
      expect((await place.table('_xano', 'loads'))?.rows).toEqual([
        [
          'load-1',
          '2026-01-02 03:04:05+00',
          '2026-01-02 03:05:00+00',
          'loaded',
          '3',
          '400',
          JSON.stringify(report()),
        ],
        [
          'load-2',
          '2026-01-02 03:04:05+00',
          '2026-02-03 00:00:00+00',
          'partial',
          '9',
          '8',
          JSON.stringify(partial),
        ],
      ]);
    });
  });
};
