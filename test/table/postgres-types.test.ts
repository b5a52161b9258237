import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  POSTGRES_NAME_BYTES,
  postgresColumnNames,
  postgresName,
  postgresNames,
  postgresType,
  postgresTypeOf,
} from '../../src/table/postgres-types.js';

const digestOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);

describe('a name in Postgres', () => {
  it.each([
    ['orders', 'orders'],
    ['Größe "in" cm', 'Größe "in" cm'],
    ['UPPER', 'UPPER'],
    ['🛒', '🛒'],
    ['', '_'],
    ['a\0b', 'a\u2400b'],
    ['half \ud83d', 'half \ufffd'],
    ['x'.repeat(63), 'x'.repeat(63)],
  ])('%j is %j', (name, expected) => {
    expect(postgresName(name)).toBe(expected);
  });

  it.each([
    ['one byte a character', 'x'.repeat(64), 'x'.repeat(54)],
    ['two bytes a character, cut between two', 'ü'.repeat(32), 'ü'.repeat(27)],
    ['three bytes a character', '€'.repeat(30), '€'.repeat(18)],
    ['four bytes a character, which 54 bytes would cut', '🛒'.repeat(16), '🛒'.repeat(13)],
    ['a first byte that moves all others', `x${'🛒'.repeat(16)}`, `x${'🛒'.repeat(13)}`],
  ])('over 63 bytes is cut: %s', (_, name, kept) => {
    expect(postgresName(name)).toBe(`${kept}_${digestOf(name)}`);
  });

  it('stays apart from one that begins with the same 63 bytes', () => {
    const [one, other] = [`${'x'.repeat(70)}1`, `${'x'.repeat(70)}2`];
    expect(postgresNames([one, other])).toEqual([
      `${'x'.repeat(54)}_${digestOf(one)}`,
      `${'x'.repeat(54)}_${digestOf(other)}`,
    ]);
  });

  it('stays apart from one that is spelled as the cut one is', () => {
    const long = 'x'.repeat(70);
    const cut = postgresName(long);
    const [first, second] = [`${cut}_2`, `${long}_2`];
    expect(postgresNames([long, cut])).toEqual([cut, `${first.slice(0, 54)}_${digestOf(first)}`]);
    expect(postgresNames([cut, long])).toEqual([cut, `${'x'.repeat(54)}_${digestOf(second)}`]);
  });

  it('is told from an equal one by a number, and not from a twin in another case', () => {
    expect(postgresNames(['a', 'A', 'a', 'a_2', 'a'])).toEqual(['a', 'A', 'a_2', 'a_2_2', 'a_3']);
  });

  it('of a column is not one that every table has', () => {
    expect(postgresColumnNames(['xmin', 'ctid', 'XMIN', 'oid', 'tableoid'])).toEqual([
      'xmin_2',
      'ctid_2',
      'XMIN',
      'oid',
      'tableoid_2',
    ]);
  });

  it('of twenty thousand equal ones is found without a search for each', () => {
    const many = Array.from({ length: 20_000 }, () => 'x'.repeat(80));
    expect(new Set(postgresNames(many)).size).toBe(many.length);
  });
});

describe('names in Postgres', () => {
  /** Short, long, of all widths, and such as begin alike. */
  const anyName = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'binary', minLength: 40, maxLength: 120 }),
    fc.constantFrom('x', '🛒', 'ü', '€').chain((unit) =>
      fc.tuple(fc.integer({ min: 1, max: 70 }), fc.constantFrom('', '_2', '1')).map(([n, end]) => {
        return unit.repeat(n) + end;
      }),
    ),
    fc.constantFrom(postgresName('x'.repeat(70)), postgresName('🛒'.repeat(70)), 'A', 'a', 'ctid'),
  );

  it('have at most 63 bytes, are distinct, and do not depend on those that come after', () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 30 }), fc.nat(), (names, at) => {
        const all = postgresColumnNames(names);
        for (const name of all) {
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(POSTGRES_NAME_BYTES);
          expect(Buffer.from(name).toString()).toBe(name);
          expect(name).not.toBe('');
        }
        expect(new Set(all).size).toBe(names.length);
        const few = names.slice(0, at % (names.length + 1));
        expect(postgresColumnNames(few)).toEqual(all.slice(0, few.length));
      }),
    );
  });

  it('are what they are when they are named once more', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyName), (names) => {
        const all = postgresNames(names);
        expect(postgresNames(all)).toEqual(all);
      }),
    );
  });
});

describe('a type in Postgres', () => {
  it.each([
    [{ type: 'BIGINT', list: false }, 'bigint'],
    [{ type: 'DOUBLE', list: false }, 'double precision'],
    [{ type: 'VARCHAR', list: false }, 'text'],
    [{ type: 'BOOLEAN', list: false }, 'boolean'],
    [{ type: 'TIMESTAMPTZ', list: false }, 'timestamptz'],
    [{ type: 'DATE', list: false }, 'date'],
    [{ type: 'UUID', list: false }, 'uuid'],
    [{ type: 'JSON', list: false }, 'json'],
    [{ type: 'VARCHAR', list: true }, 'text[]'],
    [{ type: 'DOUBLE', list: true }, 'double precision[]'],
    [{ type: 'JSON', list: true }, 'json[]'],
    [{ type: 'FLOAT', list: true, size: 3 }, 'real[]'],
    [{ type: 'FLOAT', list: true }, 'real[]'],
    [{ type: 'FLOAT', list: true, size: 3, list_of_vectors: true }, 'json'],
    [{ type: 'FLOAT', list: true, list_of_vectors: true }, 'json'],
    [{ type: 'JSON', list: false, shape: { fields: [{ name: 'sku', shape: 'VARCHAR' }] } }, 'json'],
    [{ type: 'JSON', list: false, shape: { list: { fields: [{ name: 'A', shape: 'NULL' }] } } }, 'json'],
    [{ type: 'JSON', list: false, shape: { list: 'BIGINT' } }, 'bigint[]'],
    [{ type: 'JSON', list: false, shape: { list: { list: 'BIGINT' } } }, 'json'],
  ] as const)('of %j is %s', (column, expected) => {
    expect(postgresType(column)).toBe(expected);
    expect(postgresType(column, 'jsonb')).toBe(expected.replace('json', 'jsonb'));
  });

  it.each([
    ['STRUCT("VARCHAR" VARCHAR)', 'json'],
    ['STRUCT("a" BIGINT)[]', 'json'],
    ['MAP(VARCHAR, BIGINT)', 'json'],
    ['HUGEINT[]', 'json'],
    ['constructor', 'json'],
    ['VARCHAR; DROP TABLE x', 'json'],
    ['FLOAT[1536]', 'real[]'],
  ])('of %s is %s', (type, expected) => {
    expect(postgresTypeOf(type)).toBe(expected);
  });
});
