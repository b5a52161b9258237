/** Turns Xano's field types into column types of the target. Types come from the schema, never from rows. */
import type { Column, ColumnType } from '../table/column.js';
import type { Field } from './catalog.js';

/**
 * The 23 type names of Xano's specification. `tableref` columns come as `int` or `uuid` with a `tableref_id`.
 * `password` is absent on purpose: it is not loaded. Objects, files and geometry stay JSON as sent: an empty
 * object arrives as `[]`, and `geo_multi*` is undocumented.
 */
const COLUMN_TYPES: Readonly<Record<string, ColumnType>> = {
  int: 'BIGINT',
  decimal: 'DOUBLE',
  text: 'VARCHAR',
  email: 'VARCHAR',
  enum: 'VARCHAR',
  bool: 'BOOLEAN',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
  uuid: 'UUID',
  vector: 'FLOAT',
  json: 'JSON',
  object: 'JSON',
  image: 'JSON',
  video: 'JSON',
  audio: 'JSON',
  attachment: 'JSON',
  geo_point: 'JSON',
  geo_linestring: 'JSON',
  geo_polygon: 'JSON',
  geo_multipoint: 'JSON',
  geo_multilinestring: 'JSON',
  geo_multipolygon: 'JSON',
};

/** Whether a field is never loaded: passwords, even as the hash that Xano stores. */
export function isExcluded(field: Field): boolean {
  return field.type === 'password';
}

/** The column of a field. An unknown type becomes JSON, which holds every value as sent. */
export function columnFor(field: Field): Column {
  const type = Object.hasOwn(COLUMN_TYPES, field.type) ? COLUMN_TYPES[field.type]! : 'JSON';
  const described = {
    ...(field.description === '' ? {} : { description: field.description }),
    ...(field.tableref_id === undefined ? {} : { references_table_id: field.tableref_id }),
  };
  if (type === 'FLOAT') {
    return {
      name: field.name,
      type,
      list: true,
      ...(field.style === 'list' ? { list_of_vectors: true } : {}),
      ...(field.vector_size === undefined ? {} : { size: field.vector_size }),
      ...described,
    };
  }
  return { name: field.name, type, list: field.style === 'list', ...described };
}
