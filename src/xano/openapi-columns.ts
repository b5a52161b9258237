/**
 * The key, the columns, and the excluded fields that the schema of a record in an OpenAPI document declares.
 * Pure.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { Column, ColumnType } from '../table/column.js';
import { PRIMARY_KEY } from './conventions.js';

/** The declared facts of records. */
export interface ShownRecords {
  readonly primary_key: readonly string[];
  /** Absent without a declaration: then the records themselves show their columns. */
  readonly columns?: readonly Column[];
  readonly excluded: readonly string[];
}

/**
 * Types as Xano's documents spell them: timestamps are numbers of the format `timestamptz`, in epoch
 * milliseconds. Real documents.
 */
const FORMATS: Readonly<Record<string, ColumnType>> = {
  'number timestamptz': 'TIMESTAMPTZ',
  'integer timestamptz': 'TIMESTAMPTZ',
  'string date': 'DATE',
  'string uuid': 'UUID',
};

/** Types by the schema type alone, where the format is missing or unknown. */
const TYPES: Readonly<Record<string, ColumnType>> = {
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  object: 'JSON',
};

/**
 * Reads the schema of a record. Columns count as declared only beside an `id` of one of Xano's key types:
 * that identifies a table's own rows. Responses that an author shaped are described too loosely, or
 * incorrectly.
 */
export function readRecordSchema(item: JsonObject | undefined): ShownRecords {
  const properties = item?.['properties'];
  if (!isJsonObject(properties)) return { primary_key: [], excluded: [] };
  const fields = Object.entries(properties);
  const excluded = fields.filter(([, schema]) => isPassword(schema)).map(([name]) => name);
  if (!Object.hasOwn(properties, PRIMARY_KEY)) return { primary_key: [], excluded };
  const primary_key = [PRIMARY_KEY];
  const key = columnOf(PRIMARY_KEY, properties[PRIMARY_KEY]);
  if (key === undefined || key.list || !['BIGINT', 'UUID'].includes(key.type))
    return { primary_key, excluded };
  const columns = fields.flatMap(([name, schema]) =>
    isPassword(schema) ? [] : (columnOf(name, schema) ?? []),
  );
  return { primary_key, columns, excluded };
}

const isPassword = (schema: Json | undefined): boolean =>
  isJsonObject(schema) && schema['format'] === 'password';

/** The column of a property; undefined where its schema is too loose. */
function columnOf(name: string, schema: Json | undefined): Column | undefined {
  if (!isJsonObject(schema) || name === '') return undefined;
  const list = schema['type'] === 'array';
  const type = typeOf(list ? schema['items'] : schema);
  if (type === undefined) return undefined;
  const { description } = schema;
  return {
    name,
    type,
    list,
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
  };
}

function typeOf(schema: Json | undefined): ColumnType | undefined {
  if (!isJsonObject(schema)) return undefined;
  const { type, format = '' } = schema;
  const spelled = `${String(type)} ${String(format)}`;
  if (Object.hasOwn(FORMATS, spelled)) return FORMATS[spelled];
  return Object.hasOwn(TYPES, String(type)) ? TYPES[String(type)] : undefined;
}
