import { describe, expect, it } from 'vitest';
import { isFormula } from '../../src/files/formulas.js';
import { isoTime } from '../../src/files/iso-times.js';
import { fileNames } from '../../src/files/name-files.js';
import { sheetName } from '../../src/files/workbook.js';

const named = (...names: readonly (readonly [schema: string, name: string])[]) =>
  fileNames(names.map(([schema, name]) => ({ schema, name })));

describe('names of exported files', () => {
  it('are those of tables, after the schema where it is not the usual one', () => {
    expect(named(['xano_data', 'orders'], ['shop', 'orders'])).toEqual(['orders', 'shop.orders']);
  });

  it('are safe on any file system', () => {
    expect(named(['xano_data', '../a/b'], ['xano_data', 'NUL'], ['xano_data', 'é'])).toEqual([
      '%2E.%2Fa%2Fb',
      '%4EUL',
      '%C3%A9',
    ]);
  });

  it('differ where a file system may take two for one, whatever else is there', () => {
    const names = named(['xano_data', 'a'], ['xano_data', 'A'], ['xano_data', 'shop.x'], ['shop', 'x']);
    expect(names).toEqual(['a%~ad27673a', 'A', 'shop.x%~6376a59d', 'shop.x']);
    expect(named(['xano_data', 'A'], ['xano_data', 'a'])).toEqual(['A', names[0]]);
  });
});

describe('names of sheets', () => {
  it.each([
    ['orders', 'orders'],
    ["'[a]:*?/\\b'", '__a______b_'],
    ['History', 'History_'],
    ['', '_'],
    [`${'x'.repeat(30)}🚀`, 'x'.repeat(30)],
    [`${'x'.repeat(30)}'y`, `${'x'.repeat(30)}_`],
  ])('of %j is %j', (table, sheet) => {
    expect(sheetName(table)).toBe(sheet);
  });
});

it('a spreadsheet runs these cells, and takes numbers for numbers', () => {
  const cells = [
    '=1',
    '+A1',
    '-a',
    '@x',
    '\tx',
    '\rx',
    '-',
    '+49 30',
    '-1',
    '+1.5',
    '-.5e3',
    '1=1',
    ' =1',
    '',
  ];
  expect(cells.filter(isFormula)).toEqual(['=1', '+A1', '-a', '@x', '\tx', '\rx', '-', '+49 30']);
});

it('times without a spelling in ISO 8601 stay as they are', () => {
  const times = [
    '2026-01-01 00:00:00+00',
    '12026-01-01 00:00:00+00',
    'infinity',
    '0044-03-15 00:00:00+00 (BC)',
  ];
  expect(times.map(isoTime)).toEqual(['2026-01-01T00:00:00Z', ...times.slice(1)]);
});
