/** Field types become column types, whatever rows hold. */
import { describe, expect, it } from 'vitest';
import { FIELD_TYPES } from '../../src/sandbox/data/model.js';
import { sqlType } from '../../src/table/column.js';
import type { Field } from '../../src/xano/catalog.js';
import { columnFor, isExcluded } from '../../src/xano/columns.js';

const field = (type: string, rest: Partial<Field> = {}): Field => ({
  name: 'c',
  type,
  description: '',
  nullable: false,
  required: true,
  access: 'public',
  style: 'single',
  ...rest,
});
const list = (type: string): Field => field(type, { style: 'list' });

const TYPES = {
  attachment: 'JSON',
  audio: 'JSON',
  bool: 'BOOLEAN',
  date: 'DATE',
  decimal: 'DOUBLE',
  email: 'VARCHAR',
  enum: 'VARCHAR',
  geo_linestring: 'JSON',
  geo_multilinestring: 'JSON',
  geo_multipoint: 'JSON',
  geo_multipolygon: 'JSON',
  geo_point: 'JSON',
  geo_polygon: 'JSON',
  image: 'JSON',
  int: 'BIGINT',
  json: 'JSON',
  object: 'JSON',
  text: 'VARCHAR',
  timestamp: 'TIMESTAMPTZ',
  uuid: 'UUID',
  video: 'JSON',
} as const;

it('this test’s table has all of Xano’s 23 types but password and vector', () => {
  expect([...Object.keys(TYPES), 'password', 'vector'].toSorted()).toEqual([...FIELD_TYPES].toSorted());
});

describe.each(Object.entries(TYPES))('%s', (type, column) => {
  it(`becomes ${column}, and a list of it ${column}[]`, () => {
    expect(columnFor(field(type))).toEqual({ name: 'c', type: column, list: false });
    expect(columnFor(list(type))).toEqual({ name: 'c', type: column, list: true });
    expect(sqlType(columnFor(list(type)))).toBe(`${column}[]`);
    expect(isExcluded(field(type))).toBe(false);
  });
});

it('a vector becomes a list of FLOAT, of its size where that is known; a list of vectors becomes a list of those', () => {
  expect(columnFor(field('vector', { vector_size: 3 }))).toEqual({
    name: 'c',
    type: 'FLOAT',
    list: true,
    size: 3,
  });
  expect(columnFor(field('vector'))).toEqual({ name: 'c', type: 'FLOAT', list: true });
  expect(columnFor(field('vector', { style: 'list', vector_size: 3 }))).toEqual({
    name: 'c',
    type: 'FLOAT',
    list: true,
    list_of_vectors: true,
    size: 3,
  });
  expect(columnFor(list('vector'))).toEqual({
    name: 'c',
    type: 'FLOAT',
    list: true,
    list_of_vectors: true,
  });
  expect(
    [
      field('vector', { vector_size: 3 }),
      field('vector'),
      list('vector'),
      field('vector', { style: 'list', vector_size: 3 }),
    ].map((one) => sqlType(columnFor(one))),
  ).toEqual(['FLOAT[3]', 'FLOAT[]', 'FLOAT[][]', 'FLOAT[3][]']);
});

it.each(['blob', 'file', 'tableref', '', 'INT', 'constructor', '__proto__', 'toString'])(
  'an unknown type such as %j becomes JSON',
  (type) => {
    expect(columnFor(field(type))).toEqual({ name: 'c', type: 'JSON', list: false });
    expect(columnFor(list(type))).toEqual({ name: 'c', type: 'JSON', list: true });
  },
);

it('a reference to another table keeps the type of its key', () => {
  expect(columnFor(field('int', { tableref_id: 7 })).type).toBe('BIGINT');
  expect(columnFor(field('uuid', { tableref_id: 7 })).type).toBe('UUID');
});

it('a description becomes the column’s, and a name stays exactly as it is', () => {
  expect(columnFor(field('int', { name: 'Größe "x" 📏', description: 'How large' }))).toEqual({
    name: 'Größe "x" 📏',
    type: 'BIGINT',
    list: false,
    description: 'How large',
  });
});

it('passwords alone are excluded, single or in lists', () => {
  expect(isExcluded(field('password'))).toBe(true);
  expect(isExcluded(list('password'))).toBe(true);
  expect(isExcluded(field('text', { name: 'password', access: 'internal' }))).toBe(false);
});
