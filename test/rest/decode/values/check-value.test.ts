import { describe, expect, it } from 'vitest';
import type { ShapeColumn } from '../../../../src/rest/decode/record-schema.js';
import { KIND, typeForKinds } from '../../../../src/rest/decode/values/value-kind.js';
import type { ColumnType } from '../../../../src/table/column.js';
import { column, read } from '../reading.js';

const LONE = 'half of a surrogate pair, which UTF-8 cannot hold';
const TIMESTAMP = 'TIMESTAMPTZ, which is read from epoch milliseconds';

/**
 * What one value of one column comes out as, in the first row of a list; in a later one, which is spelled
 * alike, it must be the same.
 */
function readValue(of: ShapeColumn, raw: string | Uint8Array) {
  const value = typeof raw === 'string' ? Buffer.from(raw) : raw;
  const body = Buffer.concat([
    Buffer.from('{"items":[{"v":'),
    value,
    Buffer.from(',"id":1},{"v":null,"id":2},{"v":'),
    value,
    Buffer.from(',"id":3}]}'),
  ]);
  const { rows, rejects, drift } = read(body, [of, column('id', 'BIGINT')]);
  const [first, , third] = rows.map((row) => row.slice('{"v":'.length, -',"id":1}'.length));
  const ofKey = (key: string) => rejects.filter(({ row_key }) => row_key === key);
  expect(third === first).toBe(true);
  expect(ofKey('3')).toEqual(ofKey('1').map((reject) => ({ ...reject, row_key: '3' })));
  expect(rejects).toHaveLength(ofKey('1').length * 2);
  return { value: first, rejects: ofKey('1'), drift };
}

const fits = (value: string) => ({ value, rejects: [], drift: [] });
const refused = (raw: string, reason: string) => ({
  value: 'null',
  rejects: [{ column: 'v', raw, reason, row_key: '1' }],
  drift: [],
});

/** What a column holds of a value that fits, as JSON text. */
function held(type: ColumnType, raw: string): string {
  if (type === 'BIGINT' || type === 'TIMESTAMPTZ') return String(BigInt(raw));
  if (type === 'DOUBLE' || type === 'FLOAT') {
    const value = type === 'FLOAT' ? Math.fround(Number(raw)) : Number(raw);
    return Object.is(value, -0) ? '-0' : String(value);
  }
  return type === 'VARCHAR' ? JSON.stringify(JSON.parse(raw)) : raw;
}

const long = (digits: number) => '1'.repeat(digits);

const FITS: Record<ColumnType, readonly string[]> = {
  BIGINT: [
    '0',
    '-0',
    '1',
    '-1',
    '9007199254740993',
    '999999999999999999',
    '9223372036854775807',
    '-9223372036854775808',
  ],
  DOUBLE: [
    '0',
    '-0',
    '-0.0',
    '0e5',
    '0.0e-400',
    '1',
    '1.5',
    '1.10',
    '-1e-3',
    '1E+2',
    '0.1',
    '0.30000000000000004',
    '9007199254740992',
    '1e308',
    '1.7976931348623157e308',
    '-1.7976931348623157e308',
    '5e-324',
    '2.2250738585072014e-308',
    '1e-320',
    '90071992547409.91',
    '900.7199254740993',
    // Half of the way to the next digit, as are many doubles of seventeen digits: the nearest of seventeen
    // digits is ….13.
    '233433554667388.12',
    '233433554667388.120',
    '-900.7199254740997',
    '123456789012345',
    '1.000000000000000000000',
    '100000000000000000000000',
    '0.00000000000000000001',
  ],
  VARCHAR: [
    '""',
    '"x"',
    '"é😀"',
    '"\\u00e9"',
    '"\\ud83d\\ude00"',
    '"\\u007f\\u0080\\u07ff\\u0800\\ud7ff\\ue000\\uffff\\ud800\\udc00\\udbff\\udfff"',
    '"\\u00C9\\uABCD\\uabcd"',
    '"\\u0000"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"null"',
    '"\u007f\u2028"',
    `"${'x'.repeat(1_000_000)}"`,
  ],
  BOOLEAN: ['true', 'false'],
  TIMESTAMPTZ: ['0', '-1', '1600000000123', '9007199254740992', '-9007199254740992', '999999999999999'],
  DATE: ['"0001-01-01"', '"1970-01-01"', '"2024-02-29"', '"2000-02-29"', '"2024-12-31"', '"9999-12-31"'],
  UUID: [
    '"123e4567-e89b-12d3-a456-426614174000"',
    '"00000000-0000-0000-0000-000000000000"',
    '"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"',
  ],
  FLOAT: ['0', '-0.5', '1e10', '3.4028234663852886e38', '3.4028235e38', '-3.4028235e38', '1e-60'],
  JSON: [
    '0',
    '-1',
    'true',
    'false',
    '{}',
    '[]',
    '{"a":1}',
    '[1,[2,{"b":[]}]]',
    '123456789012345678',
    '{"é":"😀"}',
    '{"a":null}',
    '{"a":1,"a":2}',
    '"x"',
    '""',
    '"null"',
    '1.10',
    '1e5',
    '-0',
    '1234567890123456789012',
    '{"a": 1.10}',
    '{"a":"\\u00e9"}',
    '[ ]',
    '{\n\t"a":\r1}',
    '[1e2,"]"]',
  ],
};

const RESPELLED: readonly (readonly [ColumnType, string, string])[] = [
  ['BIGINT', '3.0', '3'],
  ['BIGINT', '1e3', '1000'],
  ['BIGINT', '-2.50E1', '-25'],
  ['BIGINT', '0.0', '0'],
  ['BIGINT', '-0.0', '0'],
  ['BIGINT', '0e999', '0'],
  ['BIGINT', '1200e-2', '12'],
  ['BIGINT', '1.0e18', '1000000000000000000'],
  ['BIGINT', '9007199254740993.0', '9007199254740993'],
  ['BIGINT', '9.223372036854775807e18', '9223372036854775807'],
  ['BIGINT', '-9223372036854775808.000', '-9223372036854775808'],
  ['TIMESTAMPTZ', '1.600000000123e12', '1600000000123'],
  ['DATE', '""', 'null'],
];

const REFUSED: readonly (readonly [ColumnType, string, string])[] = [
  ['BIGINT', '1.5', 'a fraction for BIGINT'],
  ['BIGINT', '1e-1', 'a fraction for BIGINT'],
  ['BIGINT', '0.0000001', 'a fraction for BIGINT'],
  ['BIGINT', '9007199254740993.5', 'a fraction for BIGINT'],
  ['BIGINT', 'true', 'not a whole number for BIGINT'],
  ['BIGINT', 'false', 'not a whole number for BIGINT'],
  ['BIGINT', '"42"', 'not a whole number for BIGINT'],
  ['BIGINT', '""', 'not a whole number for BIGINT'],
  ['BIGINT', '[]', 'not a whole number for BIGINT'],
  ['BIGINT', '{"a":[1,{}]}', 'not a whole number for BIGINT'],
  ['BIGINT', '9223372036854775808', 'out of range for BIGINT'],
  ['BIGINT', '-9223372036854775809', 'out of range for BIGINT'],
  ['BIGINT', '9223372036854775808.0', 'out of range for BIGINT'],
  ['BIGINT', '1e19', 'out of range for BIGINT'],
  ['BIGINT', '-1e999999999999', 'out of range for BIGINT'],
  ['BIGINT', long(5000), 'out of range for BIGINT'],
  ['DOUBLE', '9007199254740993', 'more digits than DOUBLE holds'],
  ['DOUBLE', '0.1234567890123456789', 'more digits than DOUBLE holds'],
  ['DOUBLE', '12345678901234567890', 'more digits than DOUBLE holds'],
  ['DOUBLE', '0.12345678901234567890123', 'more digits than DOUBLE holds'],
  ['DOUBLE', long(200), 'more digits than DOUBLE holds'],
  ['DOUBLE', '1e999', 'out of range for DOUBLE'],
  ['DOUBLE', '-1e999', 'out of range for DOUBLE'],
  ['DOUBLE', '1e-999', 'out of range for DOUBLE'],
  ['DOUBLE', '1e309', 'out of range for DOUBLE'],
  ['DOUBLE', '"1.5"', 'not a number for DOUBLE'],
  ['DOUBLE', 'true', 'not a number for DOUBLE'],
  ['DOUBLE', '[1]', 'not a number for DOUBLE'],
  ['VARCHAR', '1', 'not a text for VARCHAR'],
  ['VARCHAR', 'true', 'not a text for VARCHAR'],
  ['VARCHAR', '{}', 'not a text for VARCHAR'],
  ['VARCHAR', '["a"]', 'not a text for VARCHAR'],
  ['VARCHAR', '"\\ud83d"', LONE],
  ['VARCHAR', '"\\ude00\\ud83d"', LONE],
  ['VARCHAR', '"\\ud83d\\u0041"', LONE],
  ['VARCHAR', '"\\ud83dx"', LONE],
  ['VARCHAR', '"\\ud83d\\ud83d\\ude00"', LONE],
  ['BOOLEAN', '1', 'not true or false for BOOLEAN'],
  ['BOOLEAN', '0', 'not true or false for BOOLEAN'],
  ['BOOLEAN', '"true"', 'not true or false for BOOLEAN'],
  ['BOOLEAN', '[]', 'not true or false for BOOLEAN'],
  ['TIMESTAMPTZ', '9007199254740993', `out of range for ${TIMESTAMP}`],
  ['TIMESTAMPTZ', '-9007199254740993', `out of range for ${TIMESTAMP}`],
  ['TIMESTAMPTZ', '9223372036854774', `out of range for ${TIMESTAMP}`],
  ['TIMESTAMPTZ', '1600000000000000000', `out of range for ${TIMESTAMP}`],
  ['TIMESTAMPTZ', '1600000000000.5', `a fraction for ${TIMESTAMP}`],
  ['TIMESTAMPTZ', '"2024-01-01T00:00:00Z"', `not a whole number for ${TIMESTAMP}`],
  ['TIMESTAMPTZ', '""', `not a whole number for ${TIMESTAMP}`],
  ['DATE', '"2024-02-30"', 'a day that is not in the calendar'],
  ['DATE', '"2023-02-29"', 'a day that is not in the calendar'],
  ['DATE', '"1900-02-29"', 'a day that is not in the calendar'],
  ['DATE', '"2024-00-10"', 'a day that is not in the calendar'],
  ['DATE', '"2024-13-10"', 'a day that is not in the calendar'],
  ['DATE', '"2024-04-31"', 'a day that is not in the calendar'],
  ['DATE', '"2024-01-00"', 'a day that is not in the calendar'],
  ['DATE', '"0000-01-01"', 'a day that is not in the calendar'],
  ['DATE', '"0000-00-00"', 'a day that is not in the calendar'],
  ['DATE', '" "', 'not a date of the form YYYY-MM-DD'],
  ['DATE', '"2024-1-1"', 'not a date of the form YYYY-MM-DD'],
  ['DATE', '"2024/01/01"', 'not a date of the form YYYY-MM-DD'],
  ['DATE', '"2024-01-01T00:00:00"', 'not a date of the form YYYY-MM-DD'],
  ['DATE', '"20240-01-01"', 'not a date of the form YYYY-MM-DD'],
  ['DATE', '"-001-01-01"', 'not a date of the form YYYY-MM-DD'],
  ['DATE', '1704067200000', 'not a date of the form YYYY-MM-DD'],
  ['DATE', '"today"', 'not a date of the form YYYY-MM-DD'],
  ['DATE', '"infinity"', 'not a date of the form YYYY-MM-DD'],
  ['UUID', '""', 'not a UUID'],
  ['UUID', '"123e4567e89b12d3a456426614174000"', 'not a UUID'],
  ['UUID', '"{23e4567-e89b-12d3-a456-42661417400}"', 'not a UUID'],
  ['UUID', '"g23e4567-e89b-12d3-a456-426614174000"', 'not a UUID'],
  ['UUID', '"123e4567-e89b-12d3-a456-4266141740001"', 'not a UUID'],
  ['UUID', '1', 'not a UUID'],
  ['FLOAT', '1e39', 'out of range for FLOAT'],
  ['FLOAT', '-3.5e38', 'out of range for FLOAT'],
  ['FLOAT', '"1"', 'not a number for FLOAT'],
  ['JSON', '"\\ud83d"', LONE],
  ['JSON', '{"a":["\\ud83d"]}', LONE],
  ['JSON', '{"\\ud83d":1}', LONE],
];

const shown = (raw: string) => (raw.length > 60 ? `${raw.slice(0, 20)}… (${raw.length})` : raw);

describe('a value', () => {
  it.each(
    Object.entries(FITS).flatMap(([type, raws]) =>
      raws.map((raw) => [type as ColumnType, shown(raw), raw] as const),
    ),
  )('that fits is stored exactly: %s %s', (type, _, raw) => {
    expect(readValue(column('v', type), raw)).toEqual(fits(held(type, raw)));
  });

  it.each(RESPELLED)('that is spelled unusually keeps its meaning: %s %s as %s', (type, raw, value) => {
    expect(readValue(column('v', type), raw)).toEqual(fits(value));
  });

  it.each(REFUSED.map(([type, raw, reason]) => [type, shown(raw), reason, raw] as const))(
    'that does not fit becomes null and is kept as sent: %s %s, %s',
    (type, _, reason, raw) => {
      expect(readValue(column('v', type), raw)).toEqual(refused(raw, reason));
    },
  );

  it.each(Object.keys(FITS) as ColumnType[])('that is null fits %s, alone and in a list', (type) => {
    expect(readValue(column('v', type), 'null')).toEqual(fits('null'));
    expect(readValue(column('v', type, { list: true }), 'null')).toEqual(fits('null'));
    expect(readValue(column('v', type, { list: true }), '[null,null]')).toEqual(fits('[null,null]'));
  });

  it.each(['VARCHAR', 'JSON'] as const)('of %s is refused alone when its bytes are not UTF-8', (type) => {
    const raw = Buffer.from('"a\xff"', 'latin1');
    expect(readValue(column('v', type), raw)).toEqual(refused('"a\ufffd"', 'bytes that are not UTF-8'));
    const beside = Buffer.from('{"items":[{"id":1,"v":"é"},{"id":2,"v":"\xe9"}]}', 'latin1');
    const good = Buffer.from('{"items":[{"id":1,"v":"é"},', 'utf8');
    const mixed = Buffer.concat([good, beside.subarray(beside.indexOf('{"id":2'))]);
    expect(read(mixed, [column('id', 'BIGINT'), column('v', type)])).toMatchObject({
      count: 2,
      rejects: [{ column: 'v', raw: '"\ufffd"', reason: 'bytes that are not UTF-8', row_key: '2' }],
    });
  });

  it.each([
    ['overlong', [0xc0, 0xaf]],
    ['half a surrogate pair in UTF-8', [0xed, 0xa0, 0xbd]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['cut off', [0xe2, 0x82]],
  ])('of text is refused when it only resembles UTF-8: %s', (_, bytes) => {
    const result = readValue(column('v', 'VARCHAR'), Buffer.from([0x22, ...bytes, 0x22]));
    expect({ value: result.value, reasons: result.rejects.map(({ reason }) => reason) }).toEqual({
      value: 'null',
      reasons: ['bytes that are not UTF-8'],
    });
  });

  it('nested 200 and 100,000 levels deep is read, and kept as it was sent', () => {
    for (const depth of [200, 100_000]) {
      const list = '['.repeat(depth) + ']'.repeat(depth);
      expect(readValue(column('v', 'JSON'), list)).toEqual(fits(list));
      const object = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
      expect(readValue(column('v', 'JSON'), object)).toEqual(fits(object));
      expect(readValue(column('v', 'BIGINT'), list)).toEqual(refused(list, 'not a whole number for BIGINT'));
    }
  });
});

describe('a list', () => {
  it.each([
    ['BIGINT', '[]', '[]'],
    ['BIGINT', '[ 1 ,\n-2, null ]', '[1,-2,null]'],
    ['BIGINT', '[1,2.0,1e2]', '[1,2,100]'],
    ['VARCHAR', '["a","é","\\u00e9",null]', '["a","é","é",null]'],
    ['DATE', '["2024-02-29", "" ,"2024-03-01"]', '["2024-02-29",null,"2024-03-01"]'],
    ['JSON', '[{"a": 1},{},"x",1.10,null]', '[{"a": 1},{},"x",1.10,null]'],
    ['TIMESTAMPTZ', '[0,1600000000123]', '[0,1600000000123]'],
    ['BOOLEAN', '[true,false]', '[true,false]'],
    ['UUID', '["123e4567-e89b-12d3-a456-426614174000"]', '["123e4567-e89b-12d3-a456-426614174000"]'],
    ['DOUBLE', '[0.1,-0.0]', '[0.1,-0]'],
  ] as const)('of %s that fits is stored exactly: %s', (type, raw, value) => {
    expect(readValue(column('v', type, { list: true }), raw)).toEqual(fits(value));
  });

  it.each([
    ['BIGINT', '1', 'not a list'],
    ['BIGINT', '"[1]"', 'not a list'],
    ['BIGINT', '{}', 'not a list'],
    ['BIGINT', '[1,1.5,2]', 'in a list: a fraction for BIGINT'],
    ['BIGINT', '[2.0,"x"]', 'in a list: not a whole number for BIGINT'],
    ['BIGINT', '[[1]]', 'in a list: not a whole number for BIGINT'],
    ['VARCHAR', '["a",1]', 'in a list: not a text for VARCHAR'],
    ['DATE', '["","2024-02-30"]', 'in a list: a day that is not in the calendar'],
    ['VARCHAR', '["\\ud83d"]', `in a list: ${LONE}`],
    ['JSON', '[{"a": 1},"\\ud83d"]', `in a list: ${LONE}`],
  ] as const)('of %s is refused completely for one element that does not fit: %s', (type, raw, reason) => {
    expect(readValue(column('v', type, { list: true }), raw)).toEqual(refused(raw, reason));
  });

  it('that is a vector has the declared size', () => {
    const vector = column('v', 'FLOAT', { list: true, size: 3 });
    expect(readValue(vector, '[1,0.5,-1e3]')).toEqual(fits('[1,0.5,-1000]'));
    expect(readValue(vector, '[1,null,3]')).toEqual(fits('[1,null,3]'));
    expect(readValue(vector, '[1,2]')).toEqual(
      refused('[1,2]', 'a vector of 2 numbers where 3 are declared'),
    );
    expect(readValue(vector, '[1,2,3,4]')).toEqual(
      refused('[1,2,3,4]', 'a vector of 4 numbers where 3 are declared'),
    );
    expect(readValue(column('v', 'FLOAT', { list: true }), '[1,2]')).toEqual(fits('[1,2]'));
  });

  it('that is an empty vector is NULL, and in a list of vectors a NULL of it', () => {
    for (const empty of ['[]', '[ ]', '[\n\t]']) {
      for (const more of [{ size: 3 }, {}])
        expect(readValue(column('v', 'FLOAT', { list: true, ...more }), empty)).toEqual(fits('null'));
      // A list of a declared size is a vector, whatever it is of; other lists may be empty.
      expect(readValue(column('v', 'BIGINT', { list: true, size: 3 }), empty)).toEqual(fits('null'));
      expect(readValue(column('v', 'BIGINT', { list: true }), empty)).toEqual(fits('[]'));
      const vectors = column('v', 'FLOAT', { list: true, list_of_vectors: true, size: 2 });
      expect(readValue(vectors, empty)).toEqual(fits('[]'));
      expect(readValue(vectors, `[${empty}]`)).toEqual(fits('[null]'));
      expect(readValue(vectors, `[[1,2],${empty},null,${empty}]`)).toEqual(fits('[[1,2],null,null,null]'));
    }
  });
});

describe('the type of an undeclared column', () => {
  it.each([
    [['boolean'], 'BOOLEAN'],
    [['whole'], 'BIGINT'],
    [['fraction'], 'DOUBLE'],
    [['whole', 'fraction'], 'DOUBLE'],
    [['text'], 'VARCHAR'],
    [['nested'], 'JSON'],
    [['boolean', 'whole'], 'JSON'],
    [['text', 'whole'], 'JSON'],
    [['text', 'nested'], 'JSON'],
    [['whole', 'fraction', 'nested'], 'JSON'],
    [[], 'JSON'],
  ] as const)('for %j is %s', (kinds, type) => {
    expect(typeForKinds(kinds.reduce((sum, kind) => sum | KIND[kind], 0))).toBe(type);
  });
});

describe('a date or a UUID spelled with escapes', () => {
  it.each<[ColumnType, string, string]>([
    ['DATE', '"2020-0\\u0031-02"', '"2020-01-02"'],
    ['DATE', '"\\u0032020-01-02"', '"2020-01-02"'],
    ['UUID', '"0f8fad5b-d9cb-469f-a165-7086772895\\u0030e"', '"0f8fad5b-d9cb-469f-a165-70867728950e"'],
  ])('is the %s that it spells: %s', (type, raw, value) => {
    expect(readValue(column('v', type), raw)).toEqual(fits(value));
    expect(readValue({ ...column('v', type), list: true }, `[${raw}, null]`)).toEqual(
      fits(`[${value},null]`),
    );
  });

  it.each<[ColumnType, string, string]>([
    ['DATE', '"2020-13-0\\u0031"', 'a day that is not in the calendar'],
    ['UUID', '"\\u00e9f8fad5b-d9cb-469f-a165-70867728950e"', 'not a UUID'],
  ])('is refused where it spells no %s: %s', (type, raw, reason) => {
    expect(readValue(column('v', type), raw)).toEqual(refused(raw, reason));
  });
});
