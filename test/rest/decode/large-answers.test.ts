/** Large answers: read in parts, parsed in abridged form, and compared by their keys. */
import { describe, expect, it } from 'vitest';
import { parseAbridged } from '../../../src/rest/decode/answer/abridged.js';
import { compactRecords } from '../../../src/rest/decode/compact-records.js';
import { readParts, readRecords } from '../../../src/rest/decode/records.js';
import { createEncoder } from '../../../src/rest/decode/values/encode.js';
import { decoded } from './decoded.js';
import { column, inferred, thrownBy } from './reading.js';

const MB = 1024 * 1024;

/** Records that make some megabytes of JSON. */
const recordsOf = (count: number, record: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => record(n)).join(',');

const usual = (n: number): string => `{"id":${n},"name":"name ${n}","size":${n}.5,"tags":["a","${n}"]}`;
const COLUMNS = [
  column('id', 'BIGINT'),
  column('name', 'VARCHAR'),
  column('size', 'DOUBLE'),
  column('tags', 'VARCHAR', { list: true }),
];
const SHAPE = { columns: COLUMNS, key: 'id', excluded: ['secret'], wanted: ['name', 'nothing'] };

describe('records that are read in parts', () => {
  it.each<[string, string]>([
    ['that are spelled alike', recordsOf(90_000, usual)],
    [
      'of several spellings',
      recordsOf(90_000, (n) =>
        n % 7 === 0 ? `{ "name" : null, "id":${n}, "secret":"x" }` : n % 50 === 0 ? '{}' : usual(n),
      ),
    ],
    [
      'whose values do not always fit',
      recordsOf(90_000, (n) => (n % 997 === 0 ? `{"id":${n},"name":${n},"size":"x","tags":[1]}` : usual(n))),
    ],
    ['of a megabyte', recordsOf(7, (n) => `{"id":${n},"name":"${'é\\n'.repeat(MB / 4)}","tags":null}`)],
    ['whose columns are larger than their JSON', recordsOf(900_000, (n) => (n === 0 ? usual(0) : '{}'))],
    ['whose order is not that of the key', recordsOf(90_000, (n) => usual(n === 80_000 ? 1 : n))],
  ])('equal those of the whole answer: records %s', (_, records) => {
    const body = Buffer.from(`{"total":5,"items":[${records}],"next":null}`);
    const whole = readRecords(body, 'items', SHAPE);
    const {
      rejected,
      records: sent,
      ...checked
    } = readRecords(body, 'items', SHAPE, createEncoder(COLUMNS), {
      check_only: true,
    });
    const { columns, rejects, records: all, ...facts } = whole;
    expect(checked).toEqual({ ...facts, columns: [], rejects: rejects.slice(0, 1) });
    // Comparing millions of bytes one by one takes half a minute.
    expect(Buffer.compare(sent, all)).toBe(0);
    expect(rejected).toBe(rejects.length);

    const rows: string[] = [];
    const kept: unknown[] = [];
    let parts = 0;
    for (const part of readParts(body, 'items', SHAPE, createEncoder(COLUMNS))) {
      parts++;
      for (const row of decoded(part.columns, part.count)) rows.push(row);
      kept.push(...part.rejects);
      // Another answer may come between two parts, and has other columns.
      const other = readRecords(Buffer.from('[{"b":1},{"b":2}]'), '', {
        columns: [column('b', 'BIGINT')],
        excluded: [],
      });
      expect(decoded(other.columns, other.count)).toEqual(['{"b":1}', '{"b":2}']);
    }
    expect(parts).toBeGreaterThan(2);
    expect(kept).toEqual(rejects);
    expect(rows.length).toBe(whole.count);
    // One comparison: a difference of a hundred thousand lines would not be readable.
    expect(rows.join('\n') === decoded(columns, whole.count).join('\n')).toBe(true);
  });

  it('form one part where the answer has one record or none', () => {
    const single = { ...SHAPE, single: 'always' as const };
    const of = (text: string) =>
      [...readParts(Buffer.from(text), 'one', single, createEncoder(COLUMNS))].map((part) =>
        decoded(part.columns, part.count),
      );
    expect(of('{"one":{"id":1,"name":"a"}}')).toEqual([['{"id":1,"name":"a","size":null,"tags":null}']]);
    expect(of('{"one":[]}')).toEqual([]);
  });

  it('are all checked before any is given, and errors name the same position', () => {
    for (const end of ['7', '{"id":1', '{"id":1}]}x']) {
      const body = Buffer.from(`{"items":[${recordsOf(60_000, usual)},${end}]}`);
      const check = () => readRecords(body, 'items', SHAPE, createEncoder(COLUMNS), { check_only: true });
      const whole = thrownBy(() => readRecords(body, 'items', SHAPE));
      expect(thrownBy(check)).toEqual(whole);
      if (end === '7') expect(whole.message).toBe('Record 60001 of the list at "items" is not an object.');
    }
  });

  it('report values that no column holds, at any place', () => {
    const columns = [inferred('id', 'BIGINT'), inferred('name', 'VARCHAR')];
    const body = Buffer.from(
      `[${recordsOf(90_000, (n) => `{"id":${n},"name":${n === 85_000 ? '1.5' : '"a"'}}`)}]`,
    );
    const shape = { columns, excluded: [] };
    const whole = readRecords(body, '', shape);
    const checked = readRecords(body, '', shape, createEncoder(columns), { check_only: true });
    expect(whole.drift.size).toBe(1);
    expect(checked.drift).toEqual(whole.drift);
  });
});

describe('the abridged form of a large answer', () => {
  const large = recordsOf(400_000, usual);

  it('keeps the length of lists, their first and last records, and everything beside them', () => {
    const parsed = parseAbridged(
      Buffer.from(`{"page":{"n":[1,2]},"items":[${large}],"__proto__":1,"next":"c\\u00e9"}`),
    );
    const { items, ...beside } = parsed as { readonly items: readonly unknown[] };
    expect(beside).toEqual(JSON.parse('{"page":{"n":[1,2]},"__proto__":1,"next":"cé"}'));
    expect(items.length).toBe(400_000);
    expect([items[0], items[99], items.at(-100), items.at(-1)]).toEqual(
      [0, 99, 399_900, 399_999].map((n) => JSON.parse(usual(n))),
    );
    expect(items.every((item) => typeof item === 'object' && item !== null)).toBe(true);
  });

  it('shows list elements that are not records, and cuts long texts', () => {
    const text = 'x'.repeat(20 * MB);
    const parsed = parseAbridged(
      Buffer.from(`[[${recordsOf(500, usual)},7,${recordsOf(500, usual)}],{"id":1,"text":"${text}"}]`),
    ) as readonly [readonly unknown[], { readonly id: number; readonly text: string }];
    expect(parsed[0].length).toBe(1001);
    expect(parsed[0].every((item) => typeof item === 'object' && item !== null)).toBe(false);
    expect(parsed[1].id).toBe(1);
    expect(parsed[1].text.length).toBeLessThan(100_000);
  });

  it('is refused where it is not JSON, and a small one is parsed as it is', () => {
    for (const text of [
      `[${large}`,
      `[${large}],`,
      `[${large},]`,
      `{"items":[${large}],}`,
      `{"a" [${large}]}`,
    ])
      expect(() => parseAbridged(Buffer.from(text))).toThrow(SyntaxError);
    expect(parseAbridged(Buffer.from('{"a":[1,{}]}'))).toEqual({ a: [1, {}] });
  });
});

describe('the summary of a large page', () => {
  const compact = (records: string) => Buffer.from(compactRecords(Buffer.from(records), 'id')).toString();

  it('has the keys, and the last record as it was sent', () => {
    expect(compact('{"a":[{"id":9}],"id":"x"},\n{"\\u0069d":2,"b":3} , {"id":3, "b":"}"}')).toBe(
      '{"id":"x"},{"id":2},{"id":3, "b":"}"}',
    );
    expect(compact('{"id":1}')).toBe('{"id":1}');
    expect(compact('')).toBe('');
  });

  it('has a digest of a record without a key, equal for equal records alone', () => {
    const without = compact('{"id":1},{"b":2},{"id":3}');
    expect(without).toMatch(/^\{"digest of the records":"[0-9a-f]{64}"\},\{"id":3\}$/);
    expect(compact('{"id":1},{"b":2},{"id":3}')).toBe(without);
    expect(compact('{"id":1},{"b":4},{"id":3}')).not.toBe(without);
    expect(compact('{"id":1},{"id":null},{"id":3}')).toMatch(/digest/);
  });
});
