/** `flatten`: lists in rows become separate tables, keyed as in dlt. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDestination, queryFile, readSchema, readStatus } from '../../../src/destinations/open.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { sql } from '../duckdb.js';
import { column, ID_NAME, plan, publication, records, tempFolder } from '../writing.js';
import { NESTED_COLUMNS, put } from './nested-loads.js';

const FLAT = { flatten: { reserved: [] } } as const;
const newFile = (): string => join(tempFolder(), 'shop.duckdb');
const tablesOf = async (file: string): Promise<unknown[]> =>
  (
    (await sql(
      file,
      "SELECT table_name AS t FROM duckdb_tables() WHERE schema_name = 'xano_data' ORDER BY ALL",
    )) as { t: string }[]
  ).map(({ t }) => t);
/** Columns with their types, as `name TYPE`. */
const columnsOf = async (file: string, table: string): Promise<unknown[]> =>
  (
    (await sql(
      file,
      `SELECT column_name || ' ' || data_type AS c FROM duckdb_columns() WHERE table_name = '${table}' ORDER BY column_index`,
    )) as { c: string }[]
  ).map(({ c }) => c);

const ORDERS = [
  '{"colour":"red","size":{"w":1.5,"h":2},"items":[{"sku":"a","n":9007199254740993,"discounts":[{"code":"x","pct":5},{"code":"y"}]},{"sku":"b","n":2}],"tags":["t1",null]}',
  '{"colour":"blue","items":[]}',
  '[]',
];

describe('lists in rows', () => {
  it('become tables with the keys of dlt, and objects become columns; the JSON stays as it was sent', async () => {
    const file = newFile();
    const published = await put(file, FLAT, [...ORDERS, null]);
    const child_tables = [
      { table: 'shop__v__items', rows: 2 },
      { table: 'shop__v__items__discounts', rows: 2 },
      { table: 'shop__v__tags', rows: 2 },
    ];
    expect(published).toMatchObject({ rows_written: 4, rows_total: 4, child_tables, left_as_json: [] });
    expect(await tablesOf(file)).toEqual(['shop', ...child_tables.map(({ table }) => table)]);
    const added = ['v__colour VARCHAR', 'v__size__w DOUBLE', 'v__size__h BIGINT'];
    expect(await columnsOf(file, 'shop')).toEqual([
      'id BIGINT',
      'v JSON',
      '_xano_load_id VARCHAR',
      ...added,
      '_dlt_id VARCHAR',
    ]);
    const keys = ['_dlt_parent_id VARCHAR', '_dlt_list_idx BIGINT', '_dlt_id VARCHAR'];
    expect(await columnsOf(file, 'shop__v__items')).toEqual(['sku VARCHAR', 'n BIGINT', ...keys]);
    expect(await columnsOf(file, 'shop__v__items__discounts')).toEqual([
      'code VARCHAR',
      'pct BIGINT',
      ...keys,
    ]);
    expect(await columnsOf(file, 'shop__v__tags')).toEqual(['value VARCHAR', ...keys]);
    // As somebody writes it for tables of dlt.
    const joined = await sql(
      file,
      `SELECT o.id::INT AS id, o.v__colour AS colour, i._dlt_list_idx::INT AS i, i.sku, i.n, d._dlt_list_idx::INT AS d, d.code, d.pct
       FROM xano_data.shop o JOIN xano_data.shop__v__items i ON i._dlt_parent_id = o._dlt_id
       LEFT JOIN xano_data.shop__v__items__discounts d ON d._dlt_parent_id = i._dlt_id ORDER BY ALL`,
    );
    const item = { id: 1, colour: 'red' };
    expect(joined).toEqual([
      { ...item, i: 0, sku: 'a', n: '9007199254740993', d: 0, code: 'x', pct: '5' },
      { ...item, i: 0, sku: 'a', n: '9007199254740993', d: 1, code: 'y', pct: null },
      { ...item, i: 1, sku: 'b', n: '2', d: null, code: null, pct: null },
    ]);
    const tags = `SELECT o.id::INT AS id, t._dlt_list_idx::INT AS i, value FROM xano_data.shop__v__tags t JOIN xano_data.shop o ON o._dlt_id = t._dlt_parent_id ORDER BY ALL`;
    expect(await sql(file, tags)).toEqual([
      { id: 1, i: 0, value: 't1' },
      { id: 1, i: 1, value: null },
    ]);
    expect(await sql(file, 'SELECT v::VARCHAR AS v FROM xano_data.shop ORDER BY id')).toEqual(
      [...ORDERS, null].map((v) => ({ v })),
    );
  });

  it('become tables that xano status, schema and query recognise as child tables', async () => {
    const file = newFile();
    await put(file, FLAT, ORDERS);
    const [table, ...more] = (await readStatus(file)).tables;
    expect([table?.rows, more, table?.child_tables]).toEqual([
      3,
      [],
      [
        { table: 'shop__v__items', rows: 2 },
        { table: 'shop__v__items__discounts', rows: 2 },
        { table: 'shop__v__tags', rows: 2 },
      ],
    ]);
    const schema = await readSchema(file);
    expect(schema.map(({ table: name, parent, primary_key }) => [name, parent, primary_key])).toEqual([
      ['xano_data.shop', undefined, ['id']],
      ['xano_data.shop__v__items', 'xano_data.shop', ['_dlt_id']],
      ['xano_data.shop__v__items__discounts', 'xano_data.shop', ['_dlt_id']],
      ['xano_data.shop__v__tags', 'xano_data.shop', ['_dlt_id']],
    ]);
    expect(schema[0]?.columns?.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id BIGINT',
      'v JSON',
      'v__colour VARCHAR',
      'v__size__w DOUBLE',
      'v__size__h BIGINT',
      '_dlt_id VARCHAR',
    ]);
    expect((await queryFile(file, 'SELECT count(*)::INT AS n FROM shop__v__items')).rows).toEqual([{ n: 2 }]);
  });

  it('become tables where they hold declared values, lists, or JSON of several kinds', async () => {
    const file = newFile();
    const columns = [
      column('id', 'BIGINT'),
      column('at', 'TIMESTAMPTZ', { list: true }),
      column('place', 'FLOAT', { list: true, size: 2 }),
      column('grid', 'JSON'),
      column('any', 'JSON', { list: true }),
      column('lost', 'JSON'),
    ];
    const rows = [
      '{"id":1,"at":[0,1700000000123],"place":[1,2],"grid":[[1,2],[],[3]],"any":[1,"x",{"a":1}],"lost":[0.12345678901234567890]}',
      '{"id":2,"at":[],"place":null,"grid":null,"any":null,"lost":null}',
    ];
    const destination = await openDestination(file);
    const writer = await destination.openTarget(plan({ ...FLAT, target: { columns } }));
    await writer.write(records(rows, [], columns), null);
    await writer.staged();
    const published = await writer.commit(publication());
    await destination.close();
    expect(published).toMatchObject({
      child_tables: [
        { table: 'shop__at', rows: 2 },
        { table: 'shop__grid', rows: 3 },
        { table: 'shop__grid__list', rows: 3 },
      ],
      left_as_json: [
        { column: 'any[]', reason: 'it is sometimes an empty object, or its kind varies' },
        { column: 'lost', reason: 'it holds numbers with more digits than BIGINT and DOUBLE can store' },
      ],
    });
    expect(
      await sql(file, 'SELECT value::VARCHAR AS value FROM xano_data.shop__at ORDER BY _dlt_list_idx'),
    ).toEqual([{ value: '1970-01-01 00:00:00+00' }, { value: '2023-11-14 22:13:20.123+00' }]);
    expect(
      await sql(
        file,
        'SELECT g._dlt_list_idx::INT AS y, l._dlt_list_idx::INT AS x, value FROM xano_data.shop__grid g LEFT JOIN xano_data.shop__grid__list l ON l._dlt_parent_id = g._dlt_id ORDER BY ALL',
      ),
    ).toEqual([
      { y: 0, x: 0, value: '1' },
      { y: 0, x: 1, value: '2' },
      { y: 1, x: null, value: null },
      { y: 2, x: 0, value: '3' },
    ]);
  });

  it('become as many rows as they have elements, in their order, at any depth', async () => {
    const element = fc.oneof(fc.integer(), fc.constant(null));
    const rowArb = fc.array(fc.record({ a: fc.array(element, { maxLength: 3 }), b: fc.integer() }), {
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rowArb, { minLength: 1, maxLength: 6 }), async (rows) => {
        const file = newFile();
        await put(
          file,
          FLAT,
          rows.map((row) => JSON.stringify(row)),
          0,
        );
        const there = await tablesOf(file);
        const flat = rows.flatMap((row, id) =>
          row.flatMap(({ a, b }, i) => a.map((value, j) => ({ id, i, b, j, value }))),
        );
        if (!there.includes('shop__v__a')) {
          expect(flat.filter(({ value }) => value !== null)).toEqual([]);
          return;
        }
        expect(
          await sql(
            file,
            'SELECT o.id::INT AS id, i._dlt_list_idx::INT AS i, i.b::DOUBLE AS b, a._dlt_list_idx::INT AS j, a.value::DOUBLE AS value FROM xano_data.shop o JOIN xano_data.shop__v i ON i._dlt_parent_id = o._dlt_id JOIN xano_data.shop__v__a a ON a._dlt_parent_id = i._dlt_id ORDER BY o.id, i, j',
          ),
        ).toEqual(flat);
      }),
      { numRuns: 4, seed: 20261121 },
    );
  });
});

describe('ids of child rows', () => {
  const ids = async (file: string, table: string): Promise<unknown[]> =>
    ((await sql(file, `SELECT _dlt_id AS i FROM xano_data.${table} ORDER BY ALL`)) as { i: string }[]).map(
      ({ i }) => i,
    );

  it.each([
    ['with a key', ['id']],
    ['without one', []],
  ])('are the same in every load: %s', async (_, key) => {
    const file = newFile();
    await put(file, FLAT, ORDERS, 1, NESTED_COLUMNS, key);
    const first = [await ids(file, 'shop'), await ids(file, 'shop__v__items__discounts')];
    await put(file, { ...FLAT, load_id: 'load-2' }, ORDERS, 1, NESTED_COLUMNS, key);
    expect([await ids(file, 'shop'), await ids(file, 'shop__v__items__discounts')]).toEqual(first);
    expect(first.map((some) => new Set(some).size)).toEqual([3, 2]);
  });

  it('of appended rows leave those of old rows unchanged, also where a key comes again', async () => {
    const file = newFile();
    const how = { ...FLAT, write_disposition: 'append' } as const;
    await put(file, how, ORDERS);
    const before = await ids(file, 'shop');
    await put(
      file,
      { ...how, load_id: 'load-2' },
      ['{"items":[{"sku":"new"}]}', '{"items":[{"sku":"newer"}]}'],
      3,
    );
    const after = await ids(file, 'shop');
    expect(before.every((id) => after.includes(id))).toBe(true);
    expect(new Set(after).size).toBe(5);
    const rows = await sql(
      file,
      'SELECT o.id::INT AS id, sku FROM xano_data.shop__v__items i JOIN xano_data.shop o ON o._dlt_id = i._dlt_parent_id ORDER BY ALL',
    );
    expect(rows).toEqual([
      { id: 1, sku: 'a' },
      { id: 1, sku: 'b' },
      { id: 3, sku: 'new' },
      { id: 4, sku: 'newer' },
    ]);
  });
});

describe('later loads', () => {
  it('rebuild the tables from the current rows: merged rows, wider types, and roots as dlt has them', async () => {
    const file = newFile();
    const how = { ...FLAT, write_disposition: 'merge' } as const;
    await put(file, how, ORDERS);
    expect(await columnsOf(file, 'shop__v__items__discounts')).toEqual([
      'code VARCHAR',
      'pct BIGINT',
      '_dlt_root_id VARCHAR',
      '_dlt_parent_id VARCHAR',
      '_dlt_list_idx BIGINT',
      '_dlt_id VARCHAR',
    ]);
    const second = await put(file, { ...how, load_id: 'load-2' }, [
      '{"items":[{"sku":"c","n":5,"discounts":[{"pct":1.5}]}]}',
      '{"new":[1]}',
    ]);
    expect(second).toMatchObject({
      changes: [
        { change: 'column_retyped', name: 'v__items__discounts.pct', from: 'BIGINT', to: 'DOUBLE' },
        { change: 'column_added', name: 'v__new.value', from: null, to: 'BIGINT' },
        ...['_dlt_root_id', '_dlt_parent_id'].map((name) => ({
          change: 'column_added',
          name: `v__new.${name}`,
          from: null,
          to: 'VARCHAR',
        })),
        { change: 'column_added', name: 'v__new._dlt_list_idx', from: null, to: 'BIGINT' },
        { change: 'column_added', name: 'v__new._dlt_id', from: null, to: 'VARCHAR' },
      ],
      child_tables: [
        { table: 'shop__v__items', rows: 1 },
        { table: 'shop__v__items__discounts', rows: 1 },
        // Nothing is left in it, but what was written for it still runs.
        { table: 'shop__v__tags', rows: 0 },
        { table: 'shop__v__new', rows: 1 },
      ],
    });
    expect(
      await sql(
        file,
        'SELECT o.id::INT AS id, d.pct FROM xano_data.shop__v__items__discounts d JOIN xano_data.shop o ON o._dlt_id = d._dlt_root_id',
      ),
    ).toEqual([{ id: 1, pct: 1.5 }]);
    expect(await sql(file, 'SELECT id::INT AS id, v__colour AS c FROM xano_data.shop ORDER BY id')).toEqual([
      { id: 1, c: null },
      { id: 2, c: null },
      { id: 3, c: null },
    ]);
  });

  it.each(['append', 'merge', 'replace'] as const)(
    'without --flatten remove the tables and columns: %s',
    async (write_disposition) => {
      const file = newFile();
      await put(file, { ...FLAT, write_disposition }, ORDERS);
      await put(file, { write_disposition, load_id: 'load-2' }, ['{"items":[{"sku":"z"}]}'], 4);
      expect(await tablesOf(file)).toEqual(['shop']);
      const marks = write_disposition === 'merge' ? ['_xano_deleted_at TIMESTAMP WITH TIME ZONE'] : [];
      expect(await columnsOf(file, 'shop')).toEqual([
        'id BIGINT',
        'v JSON',
        '_xano_load_id VARCHAR',
        ...marks,
      ]);
      expect((await readStatus(file)).tables[0]).not.toHaveProperty('child_tables');
      // And with it again of all that is there.
      const again = await put(
        file,
        { ...FLAT, write_disposition, load_id: 'load-3' },
        ['{"items":[{"sku":"y"}]}'],
        5,
      );
      expect(again.child_tables?.[0]).toEqual({
        table: 'shop__v__items',
        rows: write_disposition === 'replace' ? 1 : 4,
      });
    },
  );

  it('with nested: struct make the tables and the STRUCT', async () => {
    const file = newFile();
    for (const load_id of ['load-1', 'load-2']) {
      const { left_as_json } = await put(
        file,
        { ...FLAT, nested: 'struct', write_disposition: 'merge', load_id },
        ORDERS.slice(0, 2),
      );
      expect(left_as_json).toEqual([]);
      expect(
        await sql(
          file,
          'SELECT v.items[1].discounts[2].code AS code FROM xano_data.shop ORDER BY id LIMIT 1',
        ),
      ).toEqual([{ code: 'y' }]);
      expect(await tablesOf(file)).toEqual([
        'shop',
        'shop__v__items',
        'shop__v__items__discounts',
        'shop__v__tags',
      ]);
    }
  });

  it('find the tables under the new name where the table is renamed', async () => {
    const file = newFile();
    await put(file, FLAT, ORDERS);
    const destination = await openDestination(file);
    const writer = await destination.openTarget(
      plan({ ...FLAT, load_id: 'load-2', target: { name: 'store', columns: NESTED_COLUMNS } }),
    );
    await writer.write(records([`{"id":1,"v":${ORDERS[0]}}`], [], NESTED_COLUMNS), null);
    await writer.staged();
    await writer.commit(publication('load-2'));
    await destination.close();
    expect(await tablesOf(file)).toEqual([
      'store',
      'store__v__items',
      'store__v__items__discounts',
      'store__v__tags',
    ]);
  });

  it('that fail leave the table and its child tables unchanged', async () => {
    const file = newFile();
    await put(file, FLAT, ORDERS);
    const dump = async (): Promise<unknown[]> => [
      await tablesOf(file),
      await sql(file, 'FROM xano_data.shop ORDER BY id'),
      await sql(file, 'FROM xano_data.shop__v__items ORDER BY ALL'),
      await sql(file, 'FROM _xano.resources'),
    ];
    const before = await dump();
    const error = await rejectionOf(
      put(file, { ...FLAT, allow_shrink: false, load_id: 'load-2' }, ['{"items":[]}'], 9),
    );
    expect(error.code).toBe('SHRUNK');
    // Only after all is made: the state takes no row any more.
    await sql(
      file,
      'ALTER TABLE _xano.resources ADD COLUMN must INTEGER DEFAULT 1',
      'ALTER TABLE _xano.resources ALTER must DROP DEFAULT',
      'ALTER TABLE _xano.resources ALTER must SET NOT NULL',
    );
    const whole = await dump();
    const how = { ...FLAT, nested: 'struct', write_disposition: 'merge', load_id: 'load-3' } as const;
    const late = await rejectionOf(put(file, how, ['{"colour":1,"items":[{"sku":"z"}],"other":[1]}']));
    expect(late.message).toContain('NOT NULL constraint failed');
    expect(await dump()).toEqual(whole);
    expect(whole.slice(0, 3)).toEqual(before.slice(0, 3));
  });
});

describe('a name that is taken', () => {
  const load = async (
    file: string,
    name: string,
    more: Parameters<typeof plan>[0],
    rows: object[],
  ): Promise<void> => {
    const destination = await openDestination(file);
    try {
      const origin = { instance: 'i', data_source: 'live', table_id: name };
      const of = plan({ resource: name, identity: name, origin, ...more, target: { name, ...more?.target } });
      const writer = await destination.openTarget(of);
      await writer.write(records(rows, [], of.target.columns), null);
      await writer.staged();
      await writer.commit(publication());
    } finally {
      await destination.close();
    }
  };
  const parent = { ...FLAT, target: { columns: NESTED_COLUMNS } };
  const rows = [{ id: 1, v: [{ a: 1 }] }];

  it('by an existing or coming table stays with it: the child table gets another', async () => {
    const file = newFile();
    await sql(file, 'CREATE SCHEMA xano_data', 'CREATE TABLE xano_data.SHOP__V AS SELECT 1 AS mine');
    await load(file, 'shop', { ...parent, flatten: { reserved: ['shop__v_2'] } }, rows);
    expect(await tablesOf(file)).toEqual(['SHOP__V', 'shop', 'shop__v_3']);
    expect(await sql(file, 'SELECT a::INT AS a FROM xano_data.shop__v_3')).toEqual([{ a: 1 }]);
    expect(await sql(file, 'FROM xano_data.SHOP__V')).toEqual([{ mine: 1 }]);
  });

  it('by a child table goes to a table of that name that comes later', async () => {
    const file = newFile();
    await load(file, 'shop', parent, rows);
    await load(file, 'shop__v', { target: { columns: ID_NAME } }, [{ id: 1, name: 'real' }]);
    expect(await sql(file, 'SELECT name FROM xano_data.shop__v')).toEqual([{ name: 'real' }]);
    expect(await sql(file, 'SELECT a::INT AS a FROM xano_data.shop__v_2')).toEqual([{ a: 1 }]);
    expect((await readStatus(file)).tables.map(({ table, child_tables }) => [table, child_tables])).toEqual([
      ['shop', [{ table: 'shop__v_2', rows: 1 }]],
      ['shop__v', undefined],
    ]);
    await load(file, 'shop', { ...parent, load_id: 'load-2' }, rows);
    expect(await tablesOf(file)).toEqual(['shop', 'shop__v', 'shop__v_2']);
  });

  it('by a column of the table stays with that column', async () => {
    const file = newFile();
    const columns = [...NESTED_COLUMNS, column('v__a', 'VARCHAR'), column('_dlt_id', 'VARCHAR')];
    const own = {
      id: 1,
      v: { a: 1, b: [{ value: 1, _dlt_id: 2 }] },
      v__a: 'mine',
      _dlt_id: 'mine, too',
    };
    await load(file, 'shop', { ...FLAT, target: { columns } }, [own]);
    expect(await sql(file, 'SELECT v__a, _dlt_id, v__a_2::INT AS v__a_2 FROM xano_data.shop')).toEqual([
      { v__a: 'mine', _dlt_id: 'mine, too', v__a_2: 1 },
    ]);
    expect(
      await sql(
        file,
        'SELECT value::INT AS value, b._dlt_id_2::INT AS own FROM xano_data.shop__v__b b JOIN xano_data.shop s ON s._dlt_id_2 = b._dlt_parent_id',
      ),
    ).toEqual([{ value: 1, own: 2 }]);
  });
});
