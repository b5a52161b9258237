import { describe, expect, it } from 'vitest';
import { foldName } from '../../src/names.js';
import { sqlType, storedNames } from '../../src/table/column.js';

const stored = (...names: string[]) => storedNames(names.map((name) => ({ name })));

describe('a column', () => {
  it.each([
    [{ type: 'BIGINT', list: false }, 'BIGINT'],
    [{ type: 'VARCHAR', list: true }, 'VARCHAR[]'],
    [{ type: 'FLOAT', list: true, size: 3 }, 'FLOAT[3]'],
    [{ type: 'JSON', list: true, size: undefined }, 'JSON[]'],
  ] as const)('has an SQL type: %j is %s', (column, type) => {
    expect(sqlType(column)).toBe(type);
  });
});

describe('stored names', () => {
  it.each([
    [
      ['id', 'name', 'été', 'a b', '"'],
      ['id', 'name', 'été', 'a b', '"'],
    ],
    [
      ['A', 'a', 'a'],
      ['A', 'a_2', 'a_3'],
    ],
    [
      ['É', 'é'],
      ['É', 'é'],
    ],
    [
      ['_xano_load_id', '_XANO_LOAD_ID'],
      ['_xano_load_id_2', '_XANO_LOAD_ID_3'],
    ],
    [
      ['A', 'a', 'a_2', 'A_2'],
      ['A', 'a_2', 'a_2_2', 'A_2_3'],
    ],
    [
      ['a_2', 'A', 'a'],
      ['a_2', 'A', 'a_3'],
    ],
    [
      ['', '_', '\0', '\ud83d'],
      ['_', '__2', '\u2400', '\ufffd'],
    ],
    [[], []],
  ])('of %j are %j', (names, expected) => {
    expect(stored(...names)).toEqual(expected);
  });

  it('of the first columns never change, whatever columns come later', () => {
    const names = ['A', 'a', 'b', 'a_2', 'B', '', 'a_2_2', '_', 'b_2', 'A'];
    const all = stored(...names);
    for (let n = 0; n <= names.length; n++) expect(stored(...names.slice(0, n))).toEqual(all.slice(0, n));
    expect(new Set(all.map(foldName)).size).toBe(names.length);
  });
});

describe('a name as DuckDB compares it', () => {
  it('has A to Z in lower case and all else untouched', () => {
    expect(foldName('AZaz ÉÄSS İ_9')).toBe('azaz ÉÄss İ_9');
  });
});
