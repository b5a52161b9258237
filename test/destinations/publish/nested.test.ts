/**
 * `nested: struct`: JSON columns become STRUCTs where those hold every value exactly, and say so where they
 * do not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDestination } from '../../../src/destinations/open.js';
import type { Published } from '../../../src/destinations/published.js';
import { sql } from '../duckdb.js';
import { column, plan, publication, records, tempFolder } from '../writing.js';
import { content, NESTED_COLUMNS, nestedRows, put } from './nested-loads.js';

const typeOf = async (file: string): Promise<unknown> =>
  (await sql(file, "SELECT data_type FROM duckdb_columns() WHERE column_name = 'v'"))[0] as object;
const T = (data_type: string): unknown => ({ data_type });
const valuesOf = async (file: string): Promise<unknown[]> => {
  const rows = await sql(file, 'SELECT id, to_json(v)::VARCHAR AS v FROM xano_data.shop ORDER BY id');
  return (rows as { id: string; v: string }[]).map(({ id, v }) => [
    Number(id),
    content(JSON.parse(v ?? 'null')),
  ]);
};
const newFile = (): string => join(tempFolder(), 'shop.duckdb');

/** What becomes a nested type, and which. */
const BECOMES: readonly (readonly [what: string, texts: readonly string[], type: string])[] = [
  [
    'objects',
    ['{"a":1,"b":"x"}', '{"a":2,"c":{"d":true}}'],
    'STRUCT(a BIGINT, b VARCHAR, c STRUCT(d BOOLEAN))',
  ],
  [
    'lists of objects',
    ['[{"sku":"a","n":1},null,{"sku":"b","n":1.5}]', '[]'],
    'STRUCT(sku VARCHAR, n DOUBLE)[]',
  ],
  ['lists', ['["a","b"]', '[]'], 'VARCHAR[]'],
  ['lists of lists', ['[[1],[]]', '[[9007199254740993]]'], 'BIGINT[][]'],
  [
    'the largest whole numbers',
    ['{"a":9223372036854775807}', '{"a":-9223372036854775808}'],
    'STRUCT(a BIGINT)',
  ],
  ['numbers of seventeen digits', ['{"a":0.30000000000000004}', '{"a":1e22}', '{"a":5}'], 'STRUCT(a DOUBLE)'],
  ['odd keys', ['{"a b":1,"c\\"d":{"é.x[0]":"y"}}'], 'STRUCT("a b" BIGINT, "c""d" STRUCT("é.x[0]" VARCHAR))'],
  [
    'keys in another order',
    ['{"a":1,"b":{"c":[{"d":1}],"e":2}}', '{"b":{"e":3,"c":[{"d":2}]},"a":4}'],
    'STRUCT(a BIGINT, b STRUCT(c STRUCT(d BIGINT)[], e BIGINT))',
  ],
  ['fields that were null so far', ['{"a":null,"b":1}'], 'STRUCT(a JSON, b BIGINT)'],
  [
    'texts that look like dates and numbers',
    ['{"a":"2026-11-21","b":"12345678901234567890.5","c":"{\\"x\\":null}"}'],
    'STRUCT(a VARCHAR, b VARCHAR, c VARCHAR)',
  ],
];
const DIGITS = 'it holds numbers with more digits than BIGINT and DOUBLE can store';

/** What stays JSON, whole or in part, where, and why. */
const STAYS: readonly (readonly [
  what: string,
  texts: readonly string[],
  type: string,
  place: string,
  reason: string,
])[] = [
  [
    'numbers beyond 2^63',
    ['{"a":9223372036854775808,"b":1}', '{"a":5}'],
    'STRUCT(a JSON, b BIGINT)',
    '.a',
    DIGITS,
  ],
  ['numbers beyond 2^64', ['{"a":123456789012345678901234,"b":1}'], 'STRUCT(a JSON, b BIGINT)', '.a', DIGITS],
  [
    'whole numbers that DOUBLE would round',
    ['{"a":9007199254740993,"b":1}', '{"a":1.5}'],
    'STRUCT(a JSON, b BIGINT)',
    '.a',
    DIGITS,
  ],
  ['digits that DOUBLE would lose', ['{"a":0.12345678901234567890}'], 'JSON', '', DIGITS],
  ['exponents that DOUBLE would lose', ['{"a":1e400}', '{"a":2e-400}'], 'JSON', '', DIGITS],
  [
    'a text here and a number there',
    ['{"p":[{"q":"x"}],"b":1}', '{"p":[{"q":5}],"b":2}'],
    'STRUCT(p STRUCT(q JSON)[], b BIGINT)',
    '.p[].q',
    'it is sometimes a text and sometimes a number',
  ],
  [
    'keys that differ in case alone',
    ['{"o":{"a":1,"A":2},"b":1}'],
    'STRUCT(o JSON, b BIGINT)',
    '.o',
    'it has keys that differ only in upper and lower case',
  ],
  [
    'a key that stands twice',
    ['{"o":{"a":1,"a":2},"b":1}'],
    'STRUCT(o JSON, b BIGINT)',
    '.o',
    'it has a duplicate key',
  ],
  [
    'objects without keys',
    ['{"o":{},"b":1}', '{"o":{"x":1}}'],
    'STRUCT(o JSON, b BIGINT)',
    '.o',
    'it is sometimes an empty object, or its kind varies',
  ],
  [
    'a map',
    [`{"o":{${Array.from({ length: 201 }, (_, i) => `"k${i}":1`).join(',')}},"b":1}`],
    'STRUCT(o JSON, b BIGINT)',
    '.o',
    'it has more than 200 different keys',
  ],
  [
    'an empty key',
    ['{"o":{"":1},"b":1}'],
    'STRUCT(o JSON, b BIGINT)',
    '.o',
    'it has a key that is empty or holds a NUL',
  ],
  [
    'an object here and a list there',
    ['{"a":1}', '[]'],
    'JSON',
    '',
    'it is sometimes an object and sometimes a list',
  ],
  [
    'an object here and nothing in it there',
    ['{"a":1}', '{}'],
    'JSON',
    '',
    'it is sometimes an empty object, or its kind varies',
  ],
  ['simple values of two kinds', ['"x"', '5'], 'JSON', '', 'it is sometimes a text and sometimes a number'],
  ['simple values', ['"x"', '"y"'], 'JSON', '', 'its values are neither objects nor lists'],
  [
    '100,000 levels',
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, '[1]'],
    'JSON',
    '',
    'it is nested deeper than 1000 levels',
  ],
  ['the same in an empty table', [], 'JSON', '', ''],
];

describe('one table with a column for each', () => {
  const cases = [...BECOMES, ...STAYS];
  const columns = [column('id', 'BIGINT'), ...cases.map((_, i) => column(`c${i}`, 'JSON'))];
  let folder: string;
  let published: Published;
  let types: Record<string, string>;
  let sent: Record<string, string | null>[];
  let back: Record<string, string | null>[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xano-test-'));
    const file = join(folder, 'shop.duckdb');
    sent = [0, 1, 2].map((n) => Object.fromEntries(cases.map(([, texts], i) => [`c${i}`, texts[n] ?? null])));
    const destination = await openDestination(file);
    const writer = await destination.openTarget(plan({ nested: 'struct', target: { columns } }));
    const rows = sent.map((row, n) => {
      const members = Object.entries(row).map(([name, text]) => `"${name}":${text}`);
      return `{"id":${n},${members.join(',')}}`;
    });
    await writer.write(records(rows, [], columns), null);
    await writer.staged();
    published = await writer.commit(publication());
    await destination.close();
    const found = await sql(
      file,
      "SELECT column_name AS n, data_type AS t FROM duckdb_columns() WHERE table_name = 'shop'",
    );
    types = Object.fromEntries((found as { n: string; t: string }[]).map(({ n, t }) => [n, t]));
    // JSON as it lies there, anything else as JSON.
    const texts = cases.map((_, i) =>
      types[`c${i}`] === 'JSON' ? `c${i}::VARCHAR AS c${i}` : `to_json(c${i})::VARCHAR AS c${i}`,
    );
    back = (await sql(file, `SELECT ${texts.join(', ')} FROM xano_data.shop ORDER BY id`)) as typeof back;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const leftOf = (i: number): unknown =>
    published.left_as_json?.filter((left) => new RegExp(`^c${i}\\b`).test(left.column));
  const read = (rows: typeof back, i: number): unknown[] =>
    rows.map((row) => content(JSON.parse(row[`c${i}`] ?? 'null')));

  it.each(BECOMES.map((one, i) => [...one, i] as const))(
    'values get the type that holds them: %s',
    (_, __, type, i) => {
      expect(types[`c${i}`]).toBe(type);
      expect(leftOf(i)).toEqual([]);
      expect(read(back, i)).toEqual(read(sent, i));
    },
  );

  it.each(STAYS.map((one, i) => [...one, i + BECOMES.length] as const))(
    'values that a STRUCT cannot hold stay JSON, and are reported: %s',
    (_, __, type, place, reason, i) => {
      expect(types[`c${i}`]).toBe(type);
      expect(leftOf(i)).toEqual(reason === '' ? [] : [{ column: `c${i}${place}`, reason }]);
      if (type === 'JSON') expect(back.map((row) => row[`c${i}`])).toEqual(sent.map((row) => row[`c${i}`]));
      else
        expect(back.map((row) => withoutNulls(row[`c${i}`]))).toEqual(
          sent.map((row) => row[`c${i}`] ?? null),
        );
    },
  );

  /** The text itself, since no number of JavaScript holds these. */
  const withoutNulls = (text: string | null | undefined): string | null =>
    text?.replaceAll(/,"\w+":null/g, '') ?? null;
});

it('any JSON comes back exactly, whatever type its column gets', async () => {
  const key = fc.constantFrom('a', 'b', 'A', 'a b', '__proto__', 'x.y', 'z[0]', 'é', '');
  const leaf = fc.oneof(
    fc.constantFrom(
      null,
      true,
      false,
      0,
      -1,
      1.5,
      0.1,
      9007199254740991,
      1e22,
      5e-324,
      1.7976931348623157e308,
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(
      '',
      'null',
      '{}',
      '[1]',
      'a":null,"b',
      '1.0,',
      '2026-11-21',
      '12345678901234567890',
      '\\"',
      '\u0000',
      '🚀',
    ),
    fc.string(),
  );
  const { any } = fc.letrec<{ any: unknown; few: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(key, tie('any'), { maxKeys: 4 }),
      tie('few'),
    ),
    // More of one kind, since that is what STRUCTs are made of.
    few: fc.record(
      { a: fc.integer(), b: fc.array(fc.record({ 'x.y': leaf }, { requiredKeys: [] }), { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
  }));
  const COLUMNS = 12;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(any, { minLength: COLUMNS, maxLength: COLUMNS }), { minLength: 1, maxLength: 5 }),
      async (rows) => {
        const file = newFile();
        const names = Array.from({ length: COLUMNS }, (_, i) => `c${i}`);
        const columns = [column('id', 'BIGINT'), ...names.map((name) => column(name, 'JSON'))];
        const objects = rows.map((row, id) => ({
          id,
          ...Object.fromEntries(row.map((value, i) => [`c${i}`, value])),
        }));
        const destination = await openDestination(file);
        const writer = await destination.openTarget(plan({ nested: 'struct', target: { columns } }));
        await writer.write(records(objects, [], columns), null);
        await writer.staged();
        await writer.commit(publication());
        await destination.close();
        const list = names.map((name) => `to_json(${name})::VARCHAR AS ${name}`).join(', ');
        const back = (await sql(file, `SELECT ${list} FROM xano_data.shop ORDER BY id`)) as Record<
          string,
          string
        >[];
        expect(back.map((row) => names.map((name) => content(JSON.parse(row[name] ?? 'null'))))).toEqual(
          rows.map((row) => row.map((value) => content(JSON.parse(JSON.stringify(value))))),
        );
      },
    ),
    { numRuns: 6, seed: 20261121 },
  );
}, 60_000);

describe('later loads', () => {
  it.each(['append', 'merge', 'replace'] as const)(
    'widen the type in place, report it, and leave old values unchanged: %s',
    async (write_disposition) => {
      const file = newFile();
      const how = { nested: 'struct', write_disposition } as const;
      await put(file, how, ['{"a":1,"b":{"c":9007199254740993}}', '{"a":2}']);
      const second = await put(file, { ...how, load_id: 'load-2' }, ['{"a":1.5,"d":"new"}'], 3);
      const [from, to] = [
        'STRUCT("a" BIGINT, "b" STRUCT("c" BIGINT))',
        'STRUCT("a" DOUBLE, "b" STRUCT("c" BIGINT), "d" VARCHAR)',
      ];
      expect(second.changes).toEqual([{ change: 'column_retyped', name: 'v', from, to }]);
      const rows = await sql(
        file,
        'SELECT id::INT AS id, v.a AS a, v.b.c AS c, v.d AS d FROM xano_data.shop ORDER BY id',
      );
      const old = [
        { id: 1, a: 1, c: '9007199254740993', d: null },
        { id: 2, a: 2, c: null, d: null },
      ];
      expect(rows).toEqual([
        ...(write_disposition === 'replace' ? [] : old),
        { id: 3, a: 1.5, c: null, d: 'new' },
      ]);
      // The same again changes nothing, nor does a load without rows or with fewer fields.
      const third = await put(file, { ...how, load_id: 'load-3' }, ['{"a":3}'], 4);
      expect(third.changes).toEqual([]);
      expect(await typeOf(file)).toEqual(T('STRUCT(a DOUBLE, b STRUCT(c BIGINT), d VARCHAR)'));
    },
  );

  it('do not round existing whole numbers', async () => {
    const file = newFile();
    const how = { nested: 'struct', write_disposition: 'append' } as const;
    await put(file, how, ['{"a":9007199254740993,"b":1}']);
    const { left_as_json } = await put(file, { ...how, load_id: 'load-2' }, ['{"a":0.5,"b":2}'], 2);
    expect(left_as_json).toEqual([{ column: 'v.a', reason: DIGITS }]);
    expect(
      await sql(file, 'SELECT v.a::VARCHAR AS a, typeof(v.a) AS t FROM xano_data.shop ORDER BY id'),
    ).toEqual([
      { a: '9007199254740993', t: 'JSON' },
      { a: '0.5', t: 'JSON' },
    ]);
  });

  it.each(['append', 'merge', 'replace'] as const)(
    'convert existing JSON to a STRUCT with nested: struct, and back to JSON without it: %s',
    async (write_disposition) => {
      const file = newFile();
      const rows = ['{"a":1,"b":[{"c":"x"}]}', '{"a":2}', null];
      await put(file, { write_disposition }, rows);
      expect(await typeOf(file)).toEqual(T('JSON'));
      const next = ['{"a":5,"b":[]}'];
      const on = await put(file, { write_disposition, nested: 'struct', load_id: 'load-2' }, next, 4);
      const type = 'STRUCT("a" BIGINT, "b" STRUCT("c" VARCHAR)[])';
      const own = write_disposition === 'replace' ? 'STRUCT("a" BIGINT, "b" JSON[])' : type;
      expect(on.changes).toEqual([{ change: 'column_retyped', name: 'v', from: 'JSON', to: own }]);
      const kept = write_disposition === 'replace' ? [] : nestedRows(rows);
      expect(await valuesOf(file)).toEqual([...kept, ...nestedRows(next, 4)]);
      const off = await put(file, { write_disposition, nested: 'json', load_id: 'load-3' }, ['{"z":{}}'], 5);
      expect(off.changes).toEqual([{ change: 'column_retyped', name: 'v', from: own, to: 'JSON' }]);
      const all = write_disposition === 'replace' ? [] : [...kept, ...nestedRows(next, 4)];
      expect(await valuesOf(file)).toEqual([...all, ...nestedRows(['{"z":{}}'], 5)]);
    },
  );

  it('leave a column JSON whose old rows no type holds, and convert it when they are gone', async () => {
    const file = newFile();
    const reason = 'it is sometimes a list and sometimes an object';
    await put(file, { write_disposition: 'append' }, ['{"a":1}']);
    const how = { nested: 'struct', write_disposition: 'append' } as const;
    const { left_as_json, changes } = await put(file, { ...how, load_id: 'load-2' }, ['[]'], 2);
    expect([left_as_json, changes]).toEqual([[{ column: 'v', reason }], []]);
    expect(await sql(file, 'SELECT v::VARCHAR AS v FROM xano_data.shop ORDER BY id')).toEqual([
      { v: '{"a":1}' },
      { v: '[]' },
    ]);
    await put(file, { nested: 'struct', load_id: 'load-3' }, ['{"a":3}'], 3);
    expect(await typeOf(file)).toEqual(T('STRUCT(a BIGINT)'));
  });

  it('keep the type of a column that is gone, and of one without values', async () => {
    const file = newFile();
    const how = { nested: 'struct', write_disposition: 'append' } as const;
    await put(file, how, ['{"a":1}']);
    await put(file, { ...how, load_id: 'load-2' }, [null], 2);
    const without = [NESTED_COLUMNS[0]!];
    await put(file, { ...how, load_id: 'load-3' }, [null], 3, without);
    await put(file, { ...how, load_id: 'load-4' }, ['{"a":4}'], 4);
    expect(await typeOf(file)).toEqual(T('STRUCT(a BIGINT)'));
    expect(await valuesOf(file)).toEqual([
      [1, { a: 1 }],
      [2, null],
      [3, null],
      [4, { a: 4 }],
    ]);
  });

  it('take lists that the schema declares, and give back lists of JSON', async () => {
    const file = newFile();
    const columns = [column('id', 'BIGINT'), column('v', 'JSON', { list: true })];
    const how = { write_disposition: 'append' } as const;
    await put(file, how, ['[{"a":1}]'], 1, columns);
    expect(await typeOf(file)).toEqual(T('JSON[]'));
    await put(
      file,
      { ...how, nested: 'struct', load_id: 'load-2' },
      ['[{"a":2,"b":"x"},null]', '[]'],
      2,
      columns,
    );
    expect(await typeOf(file)).toEqual(T('STRUCT(a BIGINT, b VARCHAR)[]'));
    const rows = [
      [1, [{ a: 1 }]],
      [2, [{ a: 2, b: 'x' }, null]],
      [3, []],
    ];
    expect(await valuesOf(file)).toEqual(rows);
    await put(file, { ...how, load_id: 'load-3' }, ['[{"c":{}}]'], 4, columns);
    expect(await typeOf(file)).toEqual(T('JSON[]'));
    expect(await valuesOf(file)).toEqual([...rows, [4, [{ c: {} }]]]);
    await put(
      file,
      { ...how, nested: 'struct', load_id: 'load-4' },
      ['[{"d":0.12345678901234567890}]'],
      5,
      columns,
    );
    expect(await typeOf(file)).toEqual(T('JSON[]'));
  });
});
