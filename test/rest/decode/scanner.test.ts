/** What WebAssembly reads of records that are spelled alike is what JavaScript reads of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShapeColumn } from '../../../src/rest/decode/record-schema.js';
import { UNKNOWN } from '../../../src/rest/decode/record-schema.js';
import { createScanner } from '../../../src/rest/decode/scanner.js';
import { createEncoder } from '../../../src/rest/decode/values/encode.js';
import { KIND } from '../../../src/rest/decode/values/value-kind.js';
import { decoded } from './decoded.js';
import { column, read } from './reading.js';
import { anyNumber, anyText, choices, jsonSpelling, spellText } from './spelling.js';

const SEED = 20261122;
const list = { list: true };
const COLUMNS = [
  column('id', 'BIGINT'),
  column('at', 'TIMESTAMPTZ'),
  column('name', 'VARCHAR'),
  column('price', 'DOUBLE'),
  column('on', 'BOOLEAN'),
  column('day', 'DATE'),
  column('uuid', 'UUID'),
  column('meta', 'JSON'),
  column('weight', 'FLOAT'),
  column('tags', 'VARCHAR', list),
  column('sizes', 'BIGINT', list),
  column('prices', 'DOUBLE', list),
  column('flags', 'BOOLEAN', list),
  column('days', 'DATE', list),
  column('uuids', 'UUID', list),
  column('metas', 'JSON', list),
  column('vector', 'FLOAT', { list: true, size: 2 }),
  column('vectors', 'FLOAT', { list: true, size: 2, list_of_vectors: true }),
  column('ragged', 'FLOAT', { list: true, list_of_vectors: true }),
];

const numbers = fc.oneof(
  anyNumber,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.tuple(fc.maxSafeNat(), fc.nat(18)).map(([value, point]) => {
    const text = String(value).padStart(point + 1, '0');
    return point === 0 ? text : `${text.slice(0, -point)}.${text.slice(-point)}`;
  }),
  fc.constantFrom('-0', '0.0', '-0.0', '1e3', '1E-7', '0.1', '52.520006599999995', '1e999', '5e-324'),
);
const wholes = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '999999999999999999',
    '9223372036854775807',
    '9223372036854775808',
    '3.0',
    '1.5',
  ),
);
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => JSON.stringify(text)),
  fc.tuple(anyText, choices).map(([plain, how]) => spellText(plain, how)),
  fc
    .array(
      fc.constantFrom(
        'a',
        'é',
        '😀',
        '\\n',
        '\\/',
        '\\"',
        '\\\\',
        '\\u00e9',
        '\\ud83d\\ude00',
        '\\ud83d',
        '\\t',
      ),
      {
        maxLength: 40,
      },
    )
    .map((parts) => `"${parts.join('')}"`),
);
const booleans = fc.constantFrom('true', 'false');
const days = fc.oneof(
  fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((day) => `"${day.toISOString().slice(0, 10)}"`),
  fc.constantFrom(
    '"2000-02-29"',
    '"1900-02-29"',
    '"2026-04-31"',
    '""',
    '"2026-13-01"',
    '"0000-01-01"',
    '"2026-1-1"',
  ),
);
const uuids = fc.oneof(
  fc.uuid().map((uuid) => `"${uuid}"`),
  fc.constant('"not one"'),
);
const nested = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.json({ maxDepth: 3 }).map((json) => JSON.stringify(JSON.parse(json), null, 1)),
  jsonSpelling(),
);
const listOf = (values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.array(fc.oneof({ weight: 5, arbitrary: values }, fc.constant('null')), { maxLength: 4 }),
      fc.boolean(),
    )
    .map(([all, spaced]) => (spaced ? `[ ${all.join(' ,\n')} ]` : `[${all.join(',')}]`));
const pairs = fc.tuple(numbers, numbers).map((two) => `[${two.join(',')}]`);
const VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  id: wholes,
  at: wholes,
  name: texts,
  price: numbers,
  on: booleans,
  day: days,
  uuid: uuids,
  meta: nested,
  weight: numbers,
  tags: listOf(texts),
  sizes: listOf(wholes),
  prices: listOf(numbers),
  flags: listOf(booleans),
  days: listOf(days),
  uuids: listOf(uuids),
  metas: listOf(nested),
  vector: fc.oneof(pairs, listOf(numbers)),
  vectors: fc.oneof(
    listOf(fc.oneof({ weight: 6, arbitrary: pairs }, fc.constant('[ ]'))),
    listOf(listOf(numbers)),
  ),
  ragged: listOf(listOf(numbers)),
};

/** Where a record gets white space, by turns. */
const SPACES = ['', ' ', '\n  ', '\t'];
const spelled = (columns: readonly ShapeColumn[], values: readonly string[], space: number): string => {
  const s = (n: number): string => (space === 0 ? '' : SPACES[(n + space) % SPACES.length]!);
  const members = columns.map(
    ({ name }, n) => `${s(n)}${JSON.stringify(name)}${s(n + 1)}:${s(n + 2)}${values[n]}${s(n + 3)}`,
  );
  return `{${members.join(',')}}`;
};

/** Any of the columns, and records that have them: values that fit them, mostly. */
const listing = fc.subarray(COLUMNS, { minLength: 1 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    records: fc.array(
      fc
        .tuple(
          fc.tuple(
            ...columns.map(({ name }) =>
              fc.oneof({ weight: 9, arbitrary: VALUES[name]! }, fc.constantFrom('null', '"x"', '7', '{}')),
            ),
          ),
          fc.nat(2),
        )
        .map(([values, space]) => spelled(columns, values, space)),
      { minLength: 1, maxLength: 8 },
    ),
    between: fc.constantFrom(',', ', ', '\n,\n'),
  }),
);

/** The same as each record gives when it is read by itself: the first of a list is never WebAssembly's. */
function expectAlike(columns: readonly ShapeColumn[], records: readonly string[], between = ','): void {
  const page = read(`{"items":[${records.join(between)}]}`, columns);
  const alone = records.map((record) => read(`{"items":[${record}]}`, columns));
  const keys = alone.flatMap(({ first_key }) => (first_key === null ? [] : [first_key]));
  expect({ ...page, ascending: true }).toEqual({
    envelope: { items: [] },
    records: records.join(between),
    rows: alone.flatMap(({ rows }) => rows),
    count: records.length,
    rejects: alone.flatMap(({ rejects }) => rejects),
    first_key: keys[0] ?? null,
    last_key: alone.at(-1)!.last_key,
    ascending: true,
    drift: [],
  });
}

/** How many of some records are taken at once. */
function taken(
  columns: readonly ShapeColumn[],
  records: readonly string[],
): readonly [number, readonly string[]] {
  const bytes = Buffer.from(records.join(','));
  const encoder = createEncoder(columns);
  const members = columns.map(({ name }, place) => ({
    column_index: place,
    spelled: Buffer.from(JSON.stringify(name)),
  }));
  const scanner = createScanner(bytes, members, columns, undefined, encoder);
  const { count } = scanner!.scan(0);
  return [count, decoded(encoder.finish(), count)];
}

describe('records spelled alike', () => {
  it('give the same as each record alone, whatever they hold', () => {
    fc.assert(
      fc.property(listing, ({ columns, records, between }) => expectAlike(columns, records, between)),
      { seed: SEED, numRuns: 1500 },
    );
  });

  it('are read with every type, with nulls, white space and escapes', () => {
    const whole = {
      id: ['1', '-9223372036854775807', '0'],
      at: ['1609459200000', '-1', 'null'],
      name: ['"a"', '"\\u00e9 \\n \\ud83d\\ude00 \\/"', '""'],
      price: ['1.5', '-0.0', '52.520006599999995'],
      on: ['true', 'null', 'false'],
      day: ['"2000-02-29"', '""', '"0001-01-01"'],
      uuid: ['"00000000-0000-4000-8000-00000000000a"', '"FFFFFFFF-FFFF-4FFF-8FFF-FFFFFFFFFFFF"', 'null'],
      meta: ['{"a":[1.10,{"b":"\\u00e9"}]}', '"text"', '{ "c" : [ ] }'],
      weight: ['0.5', '1e3', '-2'],
      tags: ['["a","b"]', '[]', '[ null , "\\"" ]'],
      sizes: ['[1,2]', 'null', '[9223372036854775807]'],
      prices: ['[1e-7,2.5]', '[]', '[null]'],
      flags: ['[true,false]', '[null]', 'null'],
      days: ['["1970-01-02"]', '[null]', '["1969-12-31"]'],
      uuids: ['["00000000-0000-4000-8000-00000000000b"]', '[]', 'null'],
      metas: ['[{"a":1},[2],"t",null]', '[]', '[ {} ]'],
      vector: ['[0.5,-0.25]', 'null', '[]'],
      vectors: ['[[0.5,-0.25],[null,1]]', '[ ]', '[ [ 1 , 2 ] , null ,[]]'],
      ragged: ['[[],[1],[2,3]]', 'null', '[[0.125]]'],
    } satisfies Record<string, readonly string[]>;
    const rows = [0, 1, 2].map((n) => Object.values(whole).map((values) => values[n]!));
    const [count, got] = taken(
      COLUMNS,
      rows.map((values, n) => spelled(COLUMNS, values, n)),
    );
    expect(count).toBe(3);
    const plainly: Readonly<Record<string, string>> = {
      '"\\u00e9 \\n \\ud83d\\ude00 \\/"': '"é \\n 😀 /"',
      '""': '""',
      '"FFFFFFFF-FFFF-4FFF-8FFF-FFFFFFFFFFFF"': '"FFFFFFFF-FFFF-4FFF-8FFF-FFFFFFFFFFFF"',
      '-0.0': '-0',
      '1e3': '1000',
      '[ null , "\\"" ]': '[null,"\\""]',
      '[ {} ]': '[{}]',
      '[ ]': '[]',
      '[ [ 1 , 2 ] , null ,[]]': '[[1,2],null,null]',
      '[[],[1],[2,3]]': '[null,[1],[2,3]]',
    };
    const told = rows.map(
      (values) =>
        `{${COLUMNS.map(({ name }, n) => {
          const isNull = `${name} ${values[n]}` === 'day ""' || `${name} ${values[n]}` === 'vector []';
          const value = isNull ? 'null' : (plainly[values[n]!] ?? values[n]!);
          return `${JSON.stringify(name)}:${value}`;
        }).join(',')}}`,
    );
    expect(got).toEqual(told);
  });

  it.each([
    ['a fraction', 'id', '1.5'],
    ['a number beyond 64 bits', 'id', '9223372036854775808'],
    ['a leading zero', 'id', '01'],
    ['a number beyond a double', 'price', '1e999'],
    ['more digits than a double holds', 'price', '0.12345678901234567891'],
    ['half of a surrogate pair', 'name', '"\\ud83d"'],
    ['the other half', 'meta', '["\\ude00"]'],
    ['a raw control character', 'name', '"\u0001"'],
    ['an escape that is none', 'name', '"\\x"'],
    ['a day that is not in the calendar', 'day', '"2100-02-29"'],
    ['a UUID that is none', 'uuid', '"00000000-0000-4000-8000-00000000000g"'],
    ['a word that is none', 'on', 'truE'],
    ['a vector of another length', 'vector', '[1]'],
    ['a vector of another length in a list', 'vectors', '[[1,2],[1]]'],
    ['a number among vectors', 'vectors', '[[1,2],1]'],
    ['a vector in a vector', 'ragged', '[[[1]]]'],
    ['a text in a vector', 'ragged', '[["1"]]'],
    ['a comma at the end of a vector', 'ragged', '[[1,]]'],
    ['a comma at the end of vectors', 'ragged', '[[1],]'],
    ['vectors without a comma', 'ragged', '[[1][2]]'],
    ['a vector that does not end', 'ragged', '[[1'],
    ['a list that is none', 'tags', '"a"'],
    ['a comma at its end', 'tags', '["a",]'],
    ['JSON that is none', 'meta', '{"a":1,}'],
    ['a text that does not end', 'name', '"a'],
  ])('are left to the general reader with %s', (_, name, value) => {
    const columns = [COLUMNS.find((one) => one.name === name)!, column('after', 'BIGINT')];
    const good = `{"${name}":null,"after":1}`;
    expect(taken(columns, [good, `{"${name}":${value},"after":2}`, good])).toEqual([1, [good]]);
    expect(taken(columns, [`{"${name}":${value},"after":2}`, good])).toEqual([0, []]);
  });

  it('are left to the general reader with other keys', () => {
    const columns = [column('id', 'BIGINT'), column('a key of many characters', 'VARCHAR')];
    const good = '{"id":1,"a key of many characters":"a"}';
    for (const other of [
      '{"id":1}',
      '{"id":1,"a key of many characters":"a","x":1}',
      '{"a key of many characters":"a","id":1}',
      '{"id":1,"a key of many charactert":"a"}',
      '{}',
      '7',
    ])
      expect([other, taken(columns, [good, other, good])]).toEqual([other, [1, [good]]]);
  });

  it('give the same wherever a text ends, and whatever length is read at a time', () => {
    const columns = [column('id', 'BIGINT'), column('t', 'VARCHAR'), column('j', 'JSON')];
    const text = (length: number): string =>
      'aé\\n😀b'
        .repeat(length)
        .slice(0, length)
        .replace(/\\$|[\ud83d]$/, 'x');
    const lengths = [
      ...Array.from({ length: 70 }, (_, n) => n),
      16_000,
      32_700,
      32_760,
      40_000,
      131_000,
      170_000,
    ];
    const records = lengths.flatMap((length, n) => [
      `{"id":${n * 2},"t":"${text(length)}","j":"${text(length)}"}`,
      `{"id":${n * 2 + 1},"t":"${'a'.repeat(length)}","j":{"k":"${'b'.repeat(length)}"}}`,
    ]);
    expectAlike(columns, records);
  });

  it('arrive once each, however many one answer has', () => {
    const columns = [
      column('id', 'BIGINT'),
      column('name', 'VARCHAR'),
      column('n', 'DOUBLE'),
      column('x', 'JSON'),
    ];
    const records = Array.from({ length: 20_000 }, (_, id) => {
      // Now and then one that WebAssembly leaves alone.
      const name = id % 997 === 5 ? '"\\ud83d"' : id % 7 === 0 ? 'null' : `"name ${'é'.repeat(id % 40)}"`;
      return `{"id":${id},"name":${name},"n":${id / 8}${id % 1999 === 3 ? '00000000000000000001' : ''},"x":[${id}]}`;
    });
    const page = read(`{"items":[${records.join(',')}]}`, columns);
    const want = records.map((record) =>
      record.replace('"\\ud83d"', 'null').replace(/"n":[\d.]*0{19}1,/, '"n":null,'),
    );
    expect(page.count).toBe(20_000);
    expect(page.rows).toEqual(want);
    expect(page.rejects.map(({ row_key }) => Number(row_key))).toEqual(
      records.flatMap((_, id) => [...(id % 997 === 5 ? [id] : []), ...(id % 1999 === 3 ? [id] : [])]),
    );
    expect([page.first_key, page.last_key, page.ascending]).toEqual(['0', '19999', true]);
  });

  it('reveal a key that does not ascend, in any run of them', () => {
    const columns = [column('id', 'BIGINT'), column('name', 'VARCHAR')];
    const of = (ids: readonly number[], odd = -1) =>
      read(
        `{"items":[${ids.map((id, n) => `{"id":${id},"name":${n === odd ? '5' : '"n"'}}`).join(',')}]}`,
        columns,
      ).ascending;
    const ids = Array.from({ length: 9_000 }, (_, id) => id);
    expect(of(ids)).toBe(true);
    for (const at of [1, 2, 3, 4_000, 8_999]) expect([at, of(ids.with(at, at - 1))]).toEqual([at, false]);
    // Before and after a record that is read by itself.
    for (const at of [499, 500, 501]) expect([at, of(ids.with(at, at - 1), 500)]).toEqual([at, false]);
    expect(of(ids, 500)).toBe(true);
  });

  it('may have unread members, and columns that none of them has', () => {
    const columns = [column('id', 'BIGINT'), column('gone', 'VARCHAR'), column('tags', 'VARCHAR', list)];
    const records = Array.from(
      { length: 300 },
      (_, id) => `{"password":{"h":["${id}"]},"id":${id},"of":[1]}`,
    );
    const page = read(`{"items":[${records.join(',')}]}`, columns, {
      excluded: ['password', 'of'],
    });
    expect(page.rows).toEqual(records.map((_, id) => `{"id":${id},"gone":null,"tags":null}`));
  });

  it('may have members without a column as long as they are null', () => {
    const columns = [column('id', 'BIGINT'), column('name', 'VARCHAR')];
    const record = (id: number, later: string): string => `{"later":${later},"id":${id},"name":"n"}`;
    const all = Array.from({ length: 500 }, (_, id) => record(id, id === 400 || id === 450 ? '"x"' : 'null'));
    expect(read(`{"items":[${all.slice(0, 400).join(',')}]}`, columns)).toMatchObject({
      count: 400,
      drift: [],
    });
    expect(read(`{"items":[${all.join(',')}]}`, columns)).toMatchObject({
      drift: [['later', KIND.text]],
      rows: all.map((_, id) => `{"id":${id},"name":"n"}`),
    });
    const bytes = Buffer.from(all.join(','));
    const members = [
      { column_index: UNKNOWN, spelled: Buffer.from('"later"') },
      ...columns.map(({ name }, place) => ({ column_index: place, spelled: Buffer.from(`"${name}"`) })),
    ];
    const scanner = createScanner(bytes, members, columns, 'id', createEncoder(columns));
    expect(scanner?.scan(0)).toMatchObject({
      count: 400,
      numbers: { first: 0n, last: 399n, ascending: true },
    });
  });

  it('may lack the key, and then the last key is missing, whichever record had one before', () => {
    const columns = [column('id', 'BIGINT'), column('name', 'VARCHAR')];
    const records = Array.from({ length: 300 }, (_, n) => (n === 1 ? '{"id":7}' : '{"name":"n"}'));
    expect(read(`{"items":[${records.join(',')}]}`, columns)).toMatchObject({
      count: 300,
      first_key: '7',
      last_key: null,
      ascending: true,
    });
  });

  it('get the values that are added to every record', () => {
    const columns = [column('id', 'BIGINT'), column('parent', 'VARCHAR'), column('n', 'BIGINT')];
    const records = Array.from({ length: 300 }, (_, id) => `{"id":${id},"parent":"own","n":${id % 3}}`);
    const page = read(`{"items":[${records.join(',')}]}`, columns, {
      constants: [{ name: 'parent', json: '"p\\u00e9"' }],
    });
    expect(page.rows).toEqual(records.map((_, id) => `{"id":${id},"parent":"pé","n":${id % 3}}`));
  });
});
