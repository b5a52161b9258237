/** What every destination must do. One function, called with each destination there is. */
import { describe, expect, it } from 'vitest';
import type { Destination, TargetPlan, TargetWriter } from '../../src/destinations/destination.js';
import { LOAD_ID_COLUMN } from '../../src/table/column.js';
import { rejectionOf } from '../rest/decode/reading.js';
import { column, ID_NAME, plan, publication, records, report } from './writing.js';

/** A table as anybody finds it who opens the place. */
export interface FoundTable {
  readonly comment: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly comment: string | null;
  }[];
  /** In the order they are stored, each value as text. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A place of the test's own, empty at first. */
export interface Place {
  readonly open: () => Promise<Destination>;
  /** Reads a table without the destination's help; undefined when it is not there. */
  readonly table: (schema: string, name: string) => Promise<FoundTable | undefined>;
  /** Makes a table that no load made, with one row that holds 'mine'. */
  readonly makeForeign: (schema: string, name: string) => Promise<void>;
}

/** Stages pages and publishes them. */
export async function publish(
  destination: Destination,
  of: TargetPlan,
  ...pages: (readonly (object | string)[])[]
) {
  const writer = await destination.openTarget(of);
  for (const [i, page] of pages.entries())
    await writer.write(records(page, [], of.target.columns), { page: i + 1 });
  await writer.staged();
  return writer.commit(publication(of.load_id));
}

/** Runs work with the destination opened, and closes it in any case. */
export async function using<T>(
  place: Pick<Place, 'open'>,
  work: (destination: Destination) => Promise<T>,
): Promise<T> {
  const destination = await place.open();
  try {
    return await work(destination);
  } finally {
    await destination.close();
  }
}

const LOAD_1 = [LOAD_ID_COLUMN, 'VARCHAR'];
const types = (table: FoundTable | undefined) => table?.columns.map(({ name, type }) => [name, type]);

/** The suite. `make` gives a new, empty place. */
export function destinationConformance(what: string, make: () => Promise<Place>): void {
  describe(`${what} as a destination`, () => {
    it('gives rows of a table that was published: keys in their order, values as a source sends them', async () => {
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

    it('tells the highest value of a column that is staged, as a source sends it', async () => {
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

    it('makes rows visible, with the load that brought them', async () => {
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

    it('creates nothing and remembers nothing before something was published', async () => {
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

    it('counts the rows that are there no longer', async () => {
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

    describe('goes on with what an earlier load left', () => {
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

      it('with its rows, its resume value, its columns and its refused values', async () => {
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

      it('without any page in between', async () => {
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

      it('also when everything was staged and counted, but not committed', async () => {
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

      it('also when no row had come, but a page', async () => {
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

    it('begins anew after clear, with the planned columns only', async () => {
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

    it('adds columns and changes their types between pages, and keeps every value', async () => {
      const place = await make();
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        await writer.write(records([{ id: 1 }]), null);
        await writer.widen(column('n', 'BIGINT'));
        await writer.widen(column('t', 'VARCHAR'));
        await writer.widen(column('d', 'DOUBLE'));
        await writer.widen(column('b', 'BOOLEAN'));
        await writer.write(records([{ id: 2, n: 9007199254740, t: 'é"\\', d: 1.5, b: true }]), null);
        const given_way = ['n', 't', 'd', 'b'].map((name) => column(name, 'JSON'));
        for (const json of given_way) await writer.widen(json);
        const row = '{"id":3,"n":{"a": 1},"t":[],"d":1.10,"b":"x"}';
        await writer.write(records([row], [], [...ID_NAME, ...given_way]), null);
        await writer.staged();
        await writer.commit(publication());
      });
      const found = await place.table('xano_data', 'shop');
      expect({ types: types(found), rows: found?.rows }).toEqual({
        types: [
          ['id', 'BIGINT'],
          ['name', 'VARCHAR'],
          ['n', 'JSON'],
          ['t', 'JSON'],
          ['d', 'JSON'],
          ['b', 'JSON'],
          LOAD_1,
        ],
        rows: [
          ['1', null, null, null, null, null, 'load-1'],
          ['2', null, '9007199254740', '"é\\"\\\\"', '1.5', 'true', 'load-1'],
          ['3', null, '{"a": 1}', '[]', '1.10', '"x"', 'load-1'],
        ],
      });
    });

    it('keeps columns that differ by case apart when one of them is changed and the load is gone on with', async () => {
      const place = await make();
      const [upper, lower] = [column('Extra', 'BIGINT'), column('extra', 'BIGINT')];
      const json = column('Extra', 'JSON');
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        await writer.widen(upper);
        await writer.widen(lower);
        await writer.write(records([{ id: 1, Extra: 10, extra: 20 }], [], [...ID_NAME, upper, lower]), null);
        await writer.widen(json);
        await writer.write(records([{ id: 2, Extra: 11, extra: 21 }], [], [...ID_NAME, json, lower]), {
          after: '2',
        });
        await writer.abort({ keep: true });
      });
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        expect(writer.checkpoint?.columns_added).toEqual([json, lower]);
        await writer.write(records([{ id: 3, Extra: 12, extra: 22 }], [], [...ID_NAME, json, lower]), {
          after: '3',
        });
        await writer.staged();
        await writer.commit(publication());
      });
      const found = await place.table('xano_data', 'shop');
      expect({ types: types(found), rows: found?.rows }).toEqual({
        types: [['id', 'BIGINT'], ['name', 'VARCHAR'], ['Extra', 'JSON'], ['extra_2', 'BIGINT'], LOAD_1],
        rows: [
          ['1', null, '10', '20', 'load-1'],
          ['2', null, '11', '21', 'load-1'],
          ['3', null, '12', '22', 'load-1'],
        ],
      });
    });

    it('makes a table of every column type, even when there are no rows', async () => {
      const place = await make();
      const all = (
        ['BIGINT', 'DOUBLE', 'VARCHAR', 'BOOLEAN', 'TIMESTAMPTZ', 'DATE', 'UUID', 'JSON'] as const
      ).flatMap((type) => [column(`one ${type}`, type), column(`many ${type}`, type, { list: true })]);
      const columns = [
        ...all,
        column('v', 'FLOAT', { list: true, size: 3 }),
        column('w', 'FLOAT', { list: true }),
      ];
      await using(place, (destination) =>
        publish(destination, plan({ target: { columns, primary_key: [] } })),
      );
      const found = await place.table('xano_data', 'shop');
      const stored = (type: string) => (type === 'TIMESTAMPTZ' ? 'TIMESTAMP WITH TIME ZONE' : type);
      expect({ types: types(found), rows: found?.rows }).toEqual({
        types: [
          ...all.map(({ name, type, list }) => [name, `${stored(type)}${list ? '[]' : ''}`]),
          ['v', 'FLOAT[3]'],
          ['w', 'FLOAT[]'],
          LOAD_1,
        ],
        rows: [],
      });
    });

    it('keeps the rows of a table without columns', async () => {
      const place = await make();
      const none = plan({ target: { columns: [], primary_key: [] } });
      expect(await using(place, (destination) => publish(destination, none, [{}, {}], [{}]))).toEqual({
        rows_written: 3,
        rows_deleted: 0,
        rows_total: 3,
        values_rejected: 0,
        changes: [],
      });
      const found = await place.table('xano_data', 'shop');
      expect({ types: types(found), rows: found?.rows }).toEqual({
        types: [LOAD_1],
        rows: [['load-1'], ['load-1'], ['load-1']],
      });
    });

    it('stores whole numbers, nulls and texts exactly', async () => {
      const place = await make();
      await using(place, (destination) =>
        publish(destination, plan(), [
          '{"id":9223372036854775807,"name":"\\u0000\\n\\"\\\\ \'é😀"}',
          '{"id":-9223372036854775808,"name":""}',
          '{"id":9007199254740993,"name":"null"}',
          '{"id":0,"name":null}',
        ]),
      );
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([
        ['9223372036854775807', '\0\n"\\ \'é😀', 'load-1'],
        ['-9223372036854775808', '', 'load-1'],
        ['9007199254740993', 'null', 'load-1'],
        ['0', null, 'load-1'],
      ]);
    });

    it('stores a row of 20 MB', async () => {
      const place = await make();
      const text = 'é'.repeat(10_000_000);
      await using(place, (destination) =>
        publish(destination, plan(), [
          { id: 1, name: text },
          { id: 2, name: 'x' },
        ]),
      );
      const rows = (await place.table('xano_data', 'shop'))?.rows;
      expect(rows?.map(([id, name]) => [id, name?.length])).toEqual([
        ['1', text.length],
        ['2', 1],
      ]);
      expect(rows?.[0]?.[1] === text).toBe(true);
    });

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

    it('knows no keys where no column is called like the key, with rows and without', async () => {
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
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([
        ['a', 'load-1'],
        ['a', 'load-1'],
      ]);
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

    it.each([
      ['a quote', 'it\'s "so"; DROP TABLE x; --'],
      ['emoji', 'new stuff 🚀'],
      ['a reserved word', 'select'],
      ['dots and slashes', 'a.b/c\\d'],
      ['an accent', 'Été'],
      ['only a space', ' '],
      ['a name of SQL', 'main'],
      ['a line break', 'a\nb'],
    ])('takes names with %s as they are', async (_, name) => {
      const place = await make();
      const target = {
        schema: name,
        name,
        description: name,
        columns: [column(`${name}.id`, 'BIGINT'), column(name, 'VARCHAR', { description: name })],
        primary_key: [`${name}.id`],
      };
      const of = plan({
        resource: name,
        identity: name,
        fingerprint: name,
        origin: { name },
        load_id: name,
        target,
      });
      await using(place, async (destination) => {
        const page = [
          { [`${name}.id`]: 1, [name]: name },
          { [`${name}.id`]: 1, [name]: name },
        ];
        await publish(destination, of, page);
        const writer = await destination.openTarget(of);
        await writer.widen(column(`${name}+`, 'JSON', { description: name }));
        await writer.write(
          records(
            [{ [`${name}.id`]: 2, [name]: name, [`${name}+`]: {} }],
            [{ row_key: name, column: name, raw: name, reason: name }],
            [...target.columns, column(`${name}+`, 'JSON')],
          ),
          name,
        );
        await writer.staged();
        expect(await writer.commit(publication(name))).toEqual({
          rows_written: 1,
          rows_deleted: 1,
          rows_total: 1,
          values_rejected: 1,
          changes: [{ change: 'column_added', name: `${name}+`, from: null, to: 'JSON' }],
        });
        expect((await destination.recall()).map(({ identity, target: at }) => [identity, at])).toEqual([
          [name, `${name}.${name}`],
        ]);
      });
      expect(await place.table(name, name)).toEqual({
        comment: name,
        columns: [
          { name: `${name}.id`, type: 'BIGINT', comment: null },
          { name, type: 'VARCHAR', comment: name },
          { name: `${name}+`, type: 'JSON', comment: name },
          { name: LOAD_ID_COLUMN, type: 'VARCHAR', comment: null },
        ],
        rows: [['2', name, '{}', name]],
      });
    });

    it('takes columns whose names it needs itself, cannot tell apart or cannot hold', async () => {
      const place = await make();
      const names = ['id', '_xano_row', '_xano_load_id', 'ID', 'Id', '', 'a\0b', 'É', 'é'];
      const columns = names.map((name) => column(name, 'BIGINT'));
      const stored = ['id', '_xano_row', '_xano_load_id_2', 'ID_2', 'Id_3', '_', 'a\u2400b', 'É', 'é'];
      const row = Object.fromEntries(names.map((name, i) => [name, i]));
      await using(place, (destination) => publish(destination, plan({ target: { columns } }), [row]));
      const found = await place.table('xano_data', 'shop');
      expect({ types: types(found), rows: found?.rows }).toEqual({
        types: [...stored.map((name) => [name, 'BIGINT']), LOAD_1],
        rows: [[...stored.map((_, i) => String(i)), 'load-1']],
      });
    });

    it('takes descriptions that no statement can hold as they are', async () => {
      const place = await make();
      const columns = [column('id', 'BIGINT', { description: 'a\0b' })];
      await using(place, (destination) =>
        publish(destination, plan({ target: { columns, description: '\0' } }), [{ id: 1 }]),
      );
      const found = await place.table('xano_data', 'shop');
      expect([found?.comment, found?.columns[0]?.comment, found?.rows]).toEqual([
        '\u2400',
        'a\u2400b',
        [['1', 'load-1']],
      ]);
    });

    it('replaces comments with the table', async () => {
      const place = await make();
      const described = { description: 'old', columns: [column('id', 'BIGINT', { description: 'old' })] };
      await using(place, async (destination) => {
        await publish(destination, plan({ target: described }), [{ id: 1 }]);
        await publish(destination, plan(), [{ id: 1 }]);
      });
      const found = await place.table('xano_data', 'shop');
      expect([found?.comment, found?.columns.map(({ comment }) => comment)]).toEqual([
        null,
        [null, null, null],
      ]);
    });

    it('keeps 300 columns apart', async () => {
      const place = await make();
      const columns = Array.from({ length: 300 }, (_, i) => column(`c${i}`, i % 2 === 0 ? 'BIGINT' : 'JSON'));
      const row = (n: number) => `{${columns.map(({ name }, i) => `"${name}":${n * 1000 + i}`).join(',')}}`;
      await using(place, (destination) =>
        publish(destination, plan({ target: { columns, primary_key: ['c0'] } }), [row(1), row(2)]),
      );
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual(
        [1, 2].map((n) => [...columns.map((_, i) => String(n * 1000 + i)), 'load-1']),
      );
    });

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

    it('leaves the table alone that another resource has made of a name given up', async () => {
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
        'There is a table xano_data."shop" in the file that no load of xano-connector made.',
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
        'The table xano_data."shop" in the file belongs to the resource "shop" (host/shop); "shop" (elsewhere/shop) reads another list.',
      ]);
      expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', 'a', 'load-1']]);
      const remembered = await using(place, (destination) => destination.recall());
      expect(remembered.map(({ identity, rows }) => [identity, rows])).toEqual([['host/shop', 1]]);
    });

    it('takes the same source over when it is read through another address', async () => {
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

    it('keeps what did not fit beside the rows, and forgets it with them', async () => {
      const place = await make();
      const rejects = [
        { row_key: '1', column: 'a"b', raw: '"\\ud83d"', reason: 'it\'s "so"' },
        { row_key: null, column: 'é', raw: '{"a":\n1.10}', reason: 'ü' },
        { row_key: '"k"', column: '', raw: 'x'.repeat(100_000), reason: '' },
      ];
      const kept = async () => (await place.table('_xano', 'rejects'))?.rows.map((row) => row.slice(1));
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        await writer.write(records([{ id: 1 }], rejects.slice(0, 1)), null);
        await writer.write(records([{ id: 2 }], rejects.slice(1)), null);
        await writer.staged();
        expect(await writer.commit(publication())).toEqual({
          rows_written: 2,
          rows_deleted: 0,
          rows_total: 2,
          values_rejected: 3,
          changes: [],
        });
      });
      expect(await kept()).toEqual(
        rejects.map(({ row_key, column: name, raw, reason }) => [
          'shop',
          row_key,
          name,
          raw,
          reason,
          'load-1',
        ]),
      );
      await using(place, (destination) => publish(destination, plan({ load_id: 'load-2' }), [{ id: 1 }]));
      expect(await kept()).toEqual([]);
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

    it('keeps the report of each load, the last word of the same one', async () => {
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
}
