/** Whether two stored values are one. */
import { describe, expect, it } from 'vitest';
import type { QueryValue } from '../../src/destinations/reader/values.js';
import type { ColumnType } from '../../src/table/column.js';
import { isSameValue } from '../../src/verify/same-value.js';
import { chooseSome, seededFor } from '../../src/verify/seeded.js';

describe('isSameValue', () => {
  it.each<[string, ColumnType, QueryValue, QueryValue, boolean]>([
    ['whole numbers beyond 2^53', 'BIGINT', 9007199254740993n, 9007199254740993n, true],
    ['whole numbers that JavaScript would round', 'BIGINT', 9007199254740993n, 9007199254740992n, false],
    ['NULL and an empty text', 'VARCHAR', null, '', false],
    ['NULL and NULL', 'VARCHAR', null, null, true],
    ['a number and its text', 'VARCHAR', '5', '5 ', false],
    [
      'times of DuckDB and Postgres',
      'TIMESTAMPTZ',
      '2026-03-01 12:00:00.500+00',
      '2026-03-01 12:00:00.5+00',
      true,
    ],
    [
      'times a millisecond apart',
      'TIMESTAMPTZ',
      '2026-03-01 12:00:00.501+00',
      '2026-03-01 12:00:00.5+00',
      false,
    ],
    ['a whole second', 'TIMESTAMPTZ', '2026-03-01 12:00:00+00', '2026-03-01 12:00:00.000+00', true],
    [
      'lists of times',
      'TIMESTAMPTZ',
      ['2026-03-01 12:00:00+00', null],
      ['2026-03-01 12:00:00.0+00', null],
      true,
    ],
    [
      'UUIDs in another case',
      'UUID',
      'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      true,
    ],
    ['elements of vectors', 'FLOAT', [0.1], [Math.fround(0.1)], true],
    ['JSON as it is spelled', 'JSON', { json: '{"a":1}' }, { json: '{"a": 1}' }, false],
    ['JSON of one spelling', 'JSON', { json: '{"a":1.10}' }, { json: '{"a":1.10}' }, true],
    [
      'a STRUCT and its JSON',
      'JSON',
      {
        fields: [
          ['a', 1n],
          ['b', null],
        ],
      },
      { json: '{"a":1}' },
      true,
    ],
    ['a STRUCT and other JSON', 'JSON', { fields: [['a', 1n]] }, { json: '{"a":2}' }, false],
    ['a list of vectors and its JSON', 'FLOAT', [[0.1, -1]], { json: '[[0.1,-1.0]]' }, true],
    ['a zero and a negative zero', 'DOUBLE', 0, -0, false],
  ])('compares %s', (_, type, a, b, same) => {
    expect([isSameValue({ type }, a, b), isSameValue({ type }, b, a)]).toEqual([same, same]);
  });
});

describe('seededFor', () => {
  it('chooses the same rows for one seed and table, and others for another', () => {
    const chosen = (seed: number, name: string): number[] => chooseSome(seededFor(seed, name), 5, 10_000);
    expect(chosen(7, 'orders')).toEqual(chosen(7, 'orders'));
    expect(chosen(7, 'orders')).not.toEqual(chosen(8, 'orders'));
    expect(chosen(7, 'orders')).not.toEqual(chosen(7, 'users'));
    expect(new Set(chosen(7, 'orders')).size).toBe(5);
    expect(chooseSome(seededFor(7, 'orders'), 5, 3)).toEqual([0, 1, 2]);
  });
});
