import { expect, it } from 'vitest';
import type { QueryValue } from '../../src/index.js';
import { answeredValue } from '../../src/mcp/answer-value.js';

it.each<[string, QueryValue, string, unknown]>([
  ['a whole number that JavaScript holds', 9_007_199_254_740_991n, 'BIGINT', 9_007_199_254_740_991],
  ['one beyond 2^53', 9_007_199_254_740_993n, 'BIGINT', '9007199254740993'],
  ['one below -2^53', -9_007_199_254_740_993n, 'BIGINT', '-9007199254740993'],
  ['a decimal number', { json: '12.50' }, 'DECIMAL(18,2)', 12.5],
  [
    'a decimal number of many digits',
    { json: '1234567890123456.25' },
    'DECIMAL(38,2)',
    '1234567890123456.25',
  ],
  ['JSON', { json: '{"n":1.10}' }, 'JSON', '{"n":1.10}'],
  ['a number in a JSON column', { json: '1.10' }, 'JSON', '1.10'],
  ['NaN', Number.NaN, 'DOUBLE', 'NaN'],
  ['NULL', null, 'VARCHAR', null],
  ['a list', [1n, 9_007_199_254_740_993n], 'BIGINT[]', [1, '9007199254740993']],
  ['a struct', { fields: [['a\u202eb', true]] }, 'STRUCT', { 'a\\u202eb': true }],
  ['hidden characters', 'a\u202e\u0000b\nc\td', 'VARCHAR', 'a\\u202e\\u0000b\nc\td'],
])('%s', (_, value, type, answered) => {
  expect(answeredValue(value, type)).toEqual({ value: answered, is_cut: false });
});

it('cuts long values, and counts escapes before', () => {
  expect(answeredValue('x'.repeat(501), 'VARCHAR')).toEqual({ value: `${'x'.repeat(500)}…`, is_cut: true });
  expect(answeredValue('\u0000'.repeat(100), 'VARCHAR')).toEqual({
    value: `${'\\u0000'.repeat(83)}\\u…`,
    is_cut: true,
  });
  const list = Array.from({ length: 300 }, (__, i) => BigInt(i));
  expect(answeredValue(list, 'BIGINT[]')).toEqual({
    value: `${JSON.stringify(list.map(Number)).slice(0, 500)}…`,
    is_cut: true,
  });
});

it('does not cut a character in half', () => {
  expect(answeredValue(`${'x'.repeat(499)}😀`, 'VARCHAR').value).toBe(`${'x'.repeat(499)}…`);
});
