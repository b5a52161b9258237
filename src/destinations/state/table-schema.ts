/**
 * Schemas of the state's descriptions of tables: names, columns, shapes, and the results of flattening. Pure.
 */
import { z } from 'zod';
import { COLUMN_TYPES, type Column } from '../../table/column.js';
import type { Shape, ShapeLeaf } from '../../table/shape.js';
import type { StoredColumn, StoredFlattened } from './contents.js';

/** Characters of a name; names from a source may be long. */
const MOST_NAME = 1_000_000;
const MOST_ENTRIES = 100_000;
/** DuckDB's own limit for arrays. */
const MOST_ELEMENTS = 100_000;

const noNul = (text: string): boolean => !text.includes('\0');
/** A name that can be an identifier in SQL. */
export const name = z.string().min(1).max(MOST_NAME).refine(noNul);
/** A name in the source's spelling: it may be empty. */
export const sourceName = z.string().max(MOST_NAME);
/** A count, of rows for example. */
export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Milliseconds within the range of a Date. */
export const time = z.number().min(-8.64e15).max(8.64e15);
/** The name of a dataset's schema. */
export const schemaName = name.refine(
  (text) => !['_xano', 'information_schema', 'pg_catalog'].includes(text.toLowerCase()),
);
/** The id of a load, or of a staging. */
export const id = z.string().max(200);
const columnType = z.enum(COLUMN_TYPES);

const LEAVES: readonly ShapeLeaf[] = ['NULL', 'BOOLEAN', 'BIGINT', 'DOUBLE', 'VARCHAR', 'JSON'];
/** The most levels of a shape: deeper values stay JSON. */
const MOST_LEVELS = 1_100;

/**
 * Whether a value is a shape whose leaves are known types, and whose fields have names that a STRUCT can
 * have.
 */
function isShape(value: unknown, level = 0): value is Shape {
  if (typeof value === 'string') return LEAVES.some((leaf) => leaf === value);
  if (typeof value !== 'object' || value === null || level > MOST_LEVELS) return false;
  if ('list' in value) return Object.keys(value).length === 1 && isShape(value.list, level + 1);
  if (!('fields' in value) || !Array.isArray(value.fields) || Object.keys(value).length !== 1) return false;
  const fields: readonly unknown[] = value.fields;
  return fields.length <= MOST_ENTRIES && fields.every((field) => isField(field, level + 1));
}

function isField(value: unknown, level: number): boolean {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('shape' in value)) return false;
  return name.safeParse(value.name).success && isShape(value.shape, level);
}

const shape = z.custom<Shape>((value) => isShape(value));

/** One schema for each field: the compiler reports a field of Column that is missing here. */
const columnFields = {
  name: sourceName,
  type: columnType,
  list: z.boolean(),
  size: z.number().int().min(1).max(MOST_ELEMENTS).optional(),
  list_of_vectors: z.boolean().optional(),
  shape: shape.optional(),
  masked_as: z
    .string()
    .regex(/^(?:hash:[0-9a-f]{8}|last4|redact|year)$/)
    .optional(),
  description: z.string().optional(),
  references_table_id: count.min(1).optional(),
} satisfies Record<keyof Column, z.ZodType>;
/** The columns of a staging table. */
export const columnsSchema: z.ZodType<Column[]> = z.array(z.object(columnFields)).max(MOST_ENTRIES);
/** The columns of a target, including those that were removed at the source. */
export const storedColumnsSchema: z.ZodType<StoredColumn[]> = z
  .array(z.object({ ...columnFields, removed: z.literal(true).exactOptional() }))
  .max(MOST_ENTRIES);

const made = z.array(z.object({ name, type: columnType })).max(MOST_ENTRIES);
/** The results of flattening a table's lists. */
export const flattenedSchema: z.ZodType<StoredFlattened> = z.object({
  row_id: name,
  added: made,
  tables: z
    .array(z.object({ schema: schemaName, name, path: sourceName, rows: count, columns: made }))
    .max(MOST_ENTRIES),
  // The value as JSON.parse returned it, because a column may be called __proto__.
  shapes: z.custom<Readonly<Record<string, Shape>>>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((shape) => isShape(shape)),
  ),
});
