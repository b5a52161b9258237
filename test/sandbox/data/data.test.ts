import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../src/sandbox/data/csv.js';
import { EVERY_TYPE_FIELDS, LIST_TYPES, LONG_TEXT_LENGTH } from '../../../src/sandbox/data/every-type.js';
import { FIELD_TYPES } from '../../../src/sandbox/data/model.js';
import { elementsOf, membersOf, objectText } from '../../../src/sandbox/data/raw-json.js';
import { commonType } from '../../../src/sandbox/data/raw-table.js';
import { shopInstances } from '../../../src/sandbox/data/shop.js';
import { localXano } from '../../fixtures/local-xano.js';
import { askMeta } from '../asking.js';

const shop = () => localXano({ instances: shopInstances() });

describe('the shop', () => {
  it('is the same every time', () => {
    const [one, two] = [shopInstances(), shopInstances()].map((instances) =>
      instances[0]!.workspaces[0]!.tables.map(({ rows }) => rows.live?.stored.map(({ json }) => json).join()),
    );
    expect(one).toEqual(two);
  });

  it('has the documented rows, with gaps in their ids', async () => {
    const xano = await shop();
    const tables = (await askMeta(xano, '/workspace/1/table')).body.items;
    const counts: Record<string, number> = {};
    for (const { id, name } of tables) {
      const search = { method: 'POST', body: { per_page: 10_000, sort: { id: 'asc' } } };
      const { items, itemsTotal } = (await askMeta(xano, `/workspace/1/table/${id}/content/search`, search))
        .body;
      expect(items).toHaveLength(itemsTotal);
      counts[name] = itemsTotal;
      // Small tables need not have one, the others must.
      if (itemsTotal >= 100 && name !== 'customers') expect(items.at(-1).id).toBeGreaterThan(itemsTotal);
    }
    expect(counts).toEqual({
      categories: 8,
      customers: 800,
      every_type: 19,
      merchant: 12,
      'new stuff 🚀': 3,
      orders: 5000,
      products: 1000,
      returns: 0,
      users: 500,
    });
  });

  it('serves each row with exactly the columns of the schema that are not internal', async () => {
    const xano = await shop();
    for (const { id, schema } of (await askMeta(xano, '/workspace/1/table')).body.items) {
      const columns = schema
        .filter(({ access }: { access: string }) => access !== 'internal')
        .map(({ name }: { name: string }) => name);
      const { items } = (await askMeta(xano, `/workspace/1/table/${id}/content?per_page=10000`)).body;
      for (const row of items) expect(Object.keys(row)).toEqual(columns);
    }
  });

  it('refers only to tables that exist, and to rows that need not', async () => {
    const { tables } = shopInstances()[0]!.workspaces[0]!;
    const references = tables.flatMap(({ schema }) => schema.map((field) => field.tableref_id ?? 11));
    for (const id of references) expect(tables.map((table) => table.id)).toContain(id);
  });
});

describe('every_type', () => {
  it('has a column of each of the 23 types, and of each list', () => {
    const names = EVERY_TYPE_FIELDS.map(({ name }) => name);
    expect(FIELD_TYPES).toHaveLength(23);
    for (const type of FIELD_TYPES) expect(names).toContain(`${type}_value`);
    for (const type of LIST_TYPES) expect(names).toContain(`${type}_list`);
  });

  it.each([
    [8, '"int_value":9223372036854775807'],
    [9, '"int_value":-9223372036854775808'],
    [10, '"int_value":9007199254740993'],
    [12, '"decimal_list":[0.1,1.10,-0]'],
    [13, '"decimal_value":1e21'],
    [17, '"timestamp_value":-62135596800000'],
    [19, '"object_value":[]'],
    [24, 'before\\u0000after'],
    [23, '"\\u00e9\\/'],
  ])('serves row %d as written: %s', async (id, text) => {
    const xano = await shop();
    expect((await askMeta(xano, `/workspace/1/table/22/content/${id}`)).text).toContain(text);
  });

  it('has a row that is null wherever it may be, an empty one, and a long text', async () => {
    const xano = await shop();
    const row = async (id: number) => (await askMeta(xano, `/workspace/1/table/22/content/${id}`)).body;
    const nulls = Object.entries(await row(2)).filter(([, value]) => value === null);
    expect(nulls).toHaveLength(FIELD_TYPES.length + LIST_TYPES.length);
    expect(await row(3)).toMatchObject({
      text_value: '',
      int_value: 0,
      bool_value: false,
      int_list: [],
      date_value: '',
    });
    expect((await row(27)).text_value).toHaveLength(LONG_TEXT_LENGTH);
  });
});

describe('raw JSON', () => {
  it('is split and joined without a change', () => {
    const text = '{"a":1.10,"b":{"c":["}",{"]":"\\"{["}]},"\\u0064":"x,y","a":null}';
    expect(membersOf(text)).toEqual([
      { name: 'a', text: '1.10' },
      { name: 'b', text: '{"c":["}",{"]":"\\"{["}]}' },
      { name: 'd', text: '"x,y"' },
      { name: 'a', text: 'null' },
    ]);
    expect(objectText(membersOf('{"a":1.10,"a":"\\u00e9"}'))).toBe('{"a":1.10,"a":"\\u00e9"}');
    expect(elementsOf(' [ 1 , "a]" ,\n[2,[3]], {"x":[]} , true ] ')).toEqual([
      '1',
      '"a]"',
      '[2,[3]]',
      '{"x":[]}',
      'true',
    ]);
    expect(membersOf(' { } ')).toEqual([]);
    expect(elementsOf('[]')).toEqual([]);
  });
});

describe('CSV', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '"a ""x""",","\n"two\nlines",\n',
      [
        ['a "x"', ','],
        ['two\nlines', ''],
      ],
    ],
    ['a\n\nb', [['a'], [''], ['b']]],
    [',', [['', '']]],
    ['', []],
  ])('is parsed: %j', (text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });
});

describe('the type of a column', () => {
  it.each([
    [['1', '-2', '999999999999999999'], 'int'],
    [['1', '2.0'], 'decimal'],
    [['1', '1e3'], 'decimal'],
    [['true', 'false'], 'bool'],
    [['"2026-01-01"', '"1970-01-01"'], 'date'],
    [['"2026-01-01"', '"soon"'], 'text'],
    [['"a"', '1'], 'json'],
    [['{}'], 'json'],
    [['true', '1'], 'json'],
    [[], 'json'],
  ])('of %j is %s', (texts, type) => {
    expect(commonType(texts)).toBe(type);
  });
});
