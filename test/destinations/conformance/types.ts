/** Values and column types arrive as they were sent. */
import { describe, expect, it } from 'vitest';
import { column, ID_NAME, plan, publication, records } from '../writing.js';
import { type Group, LOAD_1, publish, types, using } from './place.js';

/** The group. `make` gives a new, empty place. */
export const typesConformance: Group = (what, make, { fixed_size_arrays, nul_in_text }) => {
  describe(`${what} as a destination`, () => {
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

    it('keeps columns that differ by case apart when one of them changes and the load continues', async () => {
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

    it('makes a table of every column type, even without rows', async () => {
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
          ['v', fixed_size_arrays ? 'FLOAT[3]' : 'FLOAT[]'],
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
        ['9223372036854775807', nul_in_text ? '\0\n"\\ \'é😀' : null, 'load-1'],
        ['-9223372036854775808', '', 'load-1'],
        ['9007199254740993', 'null', 'load-1'],
        ['0', null, 'load-1'],
      ]);
      expect((await place.table('_xano', 'rejects'))?.rows.map((row) => row.slice(2, 5))).toEqual(
        nul_in_text ? [] : [['9223372036854775807', 'name', '"\\u0000\\n\\"\\\\ \'é😀"']],
      );
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

    it('keeps rejected values beside the rows, and forgets them with the rows', async () => {
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
  });
};
