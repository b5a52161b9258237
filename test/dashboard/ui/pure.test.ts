/** What the pages compute without a browser: addresses, completions, Markdown, words. */
import { describe, expect, it } from 'vitest';
import { hrefOf, parseAddress } from '../../../src/dashboard/ui/address.js';
import { completionsOf } from '../../../src/dashboard/ui/editor/completions.js';
import { asMarkdown } from '../../../src/dashboard/ui/parts/markdown.js';
import { bytes, duration, signed, span } from '../../../src/dashboard/ui/words.js';
import type { SchemaTable } from '../../../src/index.js';

const column = (name: string) => ({
  name,
  column: name,
  xano_type: null,
  type: 'BIGINT',
  nullable: null,
  description: '',
  values: null,
  references: null,
});
const table = (name: string, columns: readonly string[]): SchemaTable => ({
  id: null,
  name,
  schema: 'shop',
  table: `shop.${name}`,
  description: '',
  primary_key: ['id'],
  columns: columns.map(column),
});

describe('an address', () => {
  it.each(['plain', 'a/b', 'a?b#c', 'new stuff 🚀', '100 %', "it's", '..'])(
    'brings back the name %j',
    (name) => {
      const href = hrefOf('tables', name, { part: 'rows', sql: 'SELECT 1 + 1 & "x"' });
      const { page, name: back, query } = parseAddress(href);
      expect({ page, back, query: Object.fromEntries(query) }).toEqual({
        page: 'tables',
        back: name,
        query: { part: 'rows', sql: 'SELECT 1 + 1 & "x"' },
      });
    },
  );

  it.each([
    ['', 'overview'],
    ['#/', 'overview'],
    ['#/loads', 'loads'],
    ['#/tables/%', 'tables'],
  ])('of %j is the page %s', (hash, page) => {
    expect(parseAddress(hash).page).toBe(page);
  });
});

describe('completions', () => {
  const tables = [table('orders', ['id', 'order date']), table('users', ['id', 'origin'])];

  it.each([
    ['SELECT o', ['"order date"', 'origin', 'orders']],
    ['SELECT * FROM users WHERE o', ['origin', '"order date"', 'orders']],
    ['FROM shop.u', ['shop.users']],
    ['SELECT * FROM o', ['orders', '"order date"', 'origin']],
    ['SELECT ', []],
    ['SELECT zzz', []],
    ['FROM orders', []],
  ])('of %j', (sql, names) => {
    expect(completionsOf(sql, sql.length, tables)).toEqual(names);
  });

  it('take linear time', () => {
    const sql = 'x'.repeat(1_000_000);
    expect(completionsOf(sql, sql.length, tables)).toEqual([]);
  });
});

it('a result is a table in Markdown that no value breaks', () => {
  const columns = [
    { name: 'a|b', type: 'VARCHAR' },
    { name: 'c', type: 'VARCHAR' },
  ];
  expect(
    asMarkdown({
      columns,
      rows: [
        ['1\n2', null],
        ['\\|', '<b>'],
      ],
    }),
  ).toBe('| a\\|b | c |\n|---|---|\n| 1 2 |  |\n| \\\\\\| | <b> |');
});

it('numbers and times in words', () => {
  expect([0, 999, 1_000, 61_000, 3_700_000].map(duration)).toEqual([
    '0 ms',
    '999 ms',
    '1.0 s',
    '1 min 1 s',
    '1 h 1 min',
  ]);
  expect([0, 60_000, 3_600_000, 5_400_000, 86_400_000, 90_000_000].map(span)).toEqual([
    'under a minute',
    '1 min',
    '1 h',
    '1 h 30 min',
    '1 d',
    '1 d 1 h',
  ]);
  expect([0, 999, 1_000, 1_500_000].map(bytes)).toEqual(['0 bytes', '999 bytes', '1.0 kB', '1.5 MB']);
  expect([null, 0, 1_234, -5].map(signed)).toEqual(['–', '±0', '+1,234', '−5']);
});
