/** What a file says of itself, read strictly: shapes, types, names and lengths. Whatever does not fit is refused with DATABASE_FAILED. Pure. */
import { z } from 'zod';
import { XanoError } from '../../errors.js';
import type { Json, JsonObject } from '../../json.js';
import { COLUMN_TYPES, type Column } from '../../table/column.js';
import type { Shape, ShapeLeaf } from '../../table/shape.js';
import type { Watermark } from '../destination.js';
import type { StoredColumn, StoredFlattened } from './contents.js';

/** The longest JSON text of a state column, in bytes: the report of a load of some ten thousand tables fits. */
export const MOST_TEXT_BYTES = 64 * 1024 * 1024;
/** All texts of one state table that are read at a time, in bytes. */
export const MOST_STATE_BYTES = 256 * 1024 * 1024;
/** Rows of a state table that are read as a whole. */
export const MOST_STATE_ROWS = 100_000;
/** Characters of a name; a name that the source gave may be long. */
const MOST_NAME = 1_000_000;
const MOST_ENTRIES = 100_000;
/** A shape of 1,000 levels, the deepest that is ever made, is JSON of 3,000 levels. */
const MOST_DEPTH = 3_100;
/** DuckDB's own limit for arrays. */
const MOST_ELEMENTS = 100_000;

/** Refuses what a file says. `what` is the rest of a sentence. */
export function foreignState(what: string): XanoError {
  return new XanoError('DATABASE_FAILED', `The file does not hold what a load writes: ${what}.`, {
    hint: 'Load into another file with --to; this one was not changed.',
  });
}

/** A text for people, cut where a message would become too long. */
const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Parses JSON text that is neither too long nor nested too deep for everybody who walks through it. */
function parseJson(text: string, what: string, deepest: number): unknown {
  if (Buffer.byteLength(text) > MOST_TEXT_BYTES) throw foreignState(`${what} is longer than 64 MiB`);
  if (depthOf(text) > deepest) throw foreignState(`${what} is nested deeper than ${deepest} levels`);
  try {
    return JSON.parse(text);
  } catch {
    throw foreignState(`${what} is not JSON`);
  }
}

/** How deep JSON text is nested: its brackets outside of texts. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 0x5c) i++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

/** Parses a value with a schema; the message names the place and what is there. */
function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  );
  let found: unknown = value;
  for (const step of issue?.path ?? [])
    found = found !== null && typeof found === 'object' ? Reflect.get(found, step) : undefined;
  const shown =
    typeof found === 'object' && found !== null
      ? 'a list or an object'
      : (JSON.stringify(found) ?? 'missing');
  throw foreignState(`${what}${short(path.join(''))} is ${short(shown)}`);
}

const noNul = (text: string): boolean => !text.includes('\0');
/** A name that can be an identifier in SQL. */
const name = z.string().min(1).max(MOST_NAME).refine(noNul);
/** A name as a source spells it: it may be empty. */
const sourceName = z.string().max(MOST_NAME);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Milliseconds that a Date can hold. */
const time = z.number().min(-8.64e15).max(8.64e15);
const schemaName = name.refine(
  (text) => !['_xano', 'information_schema', 'pg_catalog'].includes(text.toLowerCase()),
);
const id = z.string().max(200);
const columnType = z.enum(COLUMN_TYPES);

const LEAVES: readonly ShapeLeaf[] = ['NULL', 'BOOLEAN', 'BIGINT', 'DOUBLE', 'VARCHAR', 'JSON'];
/** Levels of a shape: what is nested deeper stays JSON. */
const MOST_LEVELS = 1_100;

/** Whether a value is a shape whose every leaf is one of ours, and whose fields have names that a STRUCT can have. */
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

/** One schema for each field: a field that a column gets is missed by the compiler here. */
const columnFields = {
  name: sourceName,
  type: columnType,
  list: z.boolean(),
  size: z.number().int().min(1).max(MOST_ELEMENTS).optional(),
  list_of_vectors: z.boolean().optional(),
  shape: shape.optional(),
  description: z.string().optional(),
} satisfies Record<keyof Column, z.ZodType>;
const columnsSchema: z.ZodType<Column[]> = z.array(z.object(columnFields)).max(MOST_ENTRIES);
const keptColumnsSchema: z.ZodType<StoredColumn[]> = z
  .array(z.object({ ...columnFields, removed: z.literal(true).exactOptional() }))
  .max(MOST_ENTRIES);

const made = z.array(z.object({ name, type: columnType })).max(MOST_ENTRIES);
const flattenedSchema: z.ZodType<StoredFlattened> = z.object({
  row_id: name,
  added: made,
  tables: z
    .array(z.object({ schema: schemaName, name, path: sourceName, rows: count, columns: made }))
    .max(MOST_ENTRIES),
  // As it was parsed: a column may be called __proto__.
  shapes: z.custom<Readonly<Record<string, Shape>>>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((one) => isShape(one)),
  ),
});

const isJsonText = (text: string): boolean => {
  try {
    return typeof JSON.parse(text) === 'string';
  } catch {
    return false;
  }
};
const isDay = (text: string): boolean =>
  !/^"\d{4}-\d\d-\d\d"$/.test(text) || !Number.isNaN(Date.parse(`${text.slice(1, -1)}T00:00:00Z`));
const digits = z.string().regex(/^-?\d{1,40}$/);
/** How far a table was read, such that its value is one of its type. */
export const watermarkSchema: z.ZodType<Watermark> = z.union([
  z.object({ column: sourceName, type: z.enum(['BIGINT', 'TIMESTAMPTZ']), value: digits }),
  z.object({
    column: sourceName,
    type: z.enum(['DATE', 'VARCHAR']),
    value: z.string().max(MOST_NAME).refine(isJsonText).refine(isDay),
  }),
]);

const resourceSchema = z.object({
  identity: name,
  resource: name,
  schema: schemaName,
  name,
  rows: count,
  loaded_at: z.iso.datetime(),
  staging_id: id.nullable(),
});

/** A resource's row of the state, with its JSON still as text. */
export interface ResourceTexts {
  readonly identity: unknown;
  readonly resource: unknown;
  readonly schema: unknown;
  readonly name: unknown;
  readonly origin: unknown;
  readonly columns: unknown;
  readonly rows: unknown;
  readonly watermark: unknown;
  readonly loaded_at: unknown;
  readonly staging_id: unknown;
  readonly flattened: unknown;
}

const nullable = (value: unknown, what: string, deepest: number): unknown =>
  value === null || value === undefined ? null : parseJson(String(value), what, deepest);
const jsonObject: z.ZodType<JsonObject | null> = z
  .custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  .nullable();

/**
 * Reads a row of `_xano.resources`. Throws DATABASE_FAILED for what names the resource and its table; what is wrong with the rest is
 * `refused`, since it concerns this resource alone.
 */
export function readResourceState({ origin, columns, watermark, flattened, ...row }: ResourceTexts) {
  const known = read(resourceSchema, row, '_xano.resources');
  const of = ` of "${short(known.resource)}"`;
  try {
    return {
      ...known,
      origin: read(jsonObject, nullable(origin, `origin${of}`, 100), `origin${of}`),
      columns: readKeptColumns(columns, `the list of columns${of}`),
      watermark: read(
        watermarkSchema.nullable(),
        nullable(watermark, `watermark${of}`, 10),
        `watermark${of}`,
      ),
      flattened: read(
        flattenedSchema.nullable(),
        nullable(flattened, `flattened${of}`, MOST_DEPTH),
        `flattened${of}`,
      ),
    };
  } catch (thrown) {
    if (!(thrown instanceof XanoError)) throw thrown;
    return { ...known, origin: null, columns: [], watermark: null, flattened: null, refused: thrown };
  }
}

function readKeptColumns(text: unknown, what: string): readonly StoredColumn[] {
  return read(keptColumnsSchema, nullable(text, what, MOST_DEPTH) ?? [], what);
}

const statusSchema = z.object({
  completeness: z.enum(['proved', 'not_provable', 'changed_while_reading', 'incomplete']),
  load_id: id,
  loaded_ms: time,
  rejected: count,
});

/** Reads what only the status asks of a resource. Throws DATABASE_FAILED. */
export function readResourceStatus(row: Readonly<Record<keyof z.infer<typeof statusSchema>, unknown>>) {
  return read(statusSchema, row, '_xano.resources');
}

const keySchema: z.ZodType<string[]> = z.array(sourceName).max(1_000);

/** Reads the primary key of a resource, a JSON list of names. Throws DATABASE_FAILED. */
export function readPrimaryKey(text: unknown): readonly string[] {
  return read(keySchema, nullable(text, 'primary_key', 2) ?? [], 'primary_key');
}

/** Reads the number of the state's form. Throws DATABASE_FAILED. */
export function readVersion(value: unknown): number {
  return read(z.number().int().min(1).max(1_000_000), value, '_xano.format.version');
}

const serverSchema = z.object({ url_template: name, page_size: z.number().int().min(1).max(100_000_000) });

/** Reads a row of `_xano.servers`. Throws DATABASE_FAILED. */
export function readServer(row: { readonly url_template: unknown; readonly page_size: unknown }) {
  return read(serverSchema, row, '_xano.servers');
}

const changeSchema = z.object({
  change: z.enum(['column_added', 'column_removed', 'column_retyped', 'table_renamed', 'table_moved_aside']),
  name: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
});
/** What is asked of a report. Reports of the first versions lack some of it. */
const reportSchema = z.object({
  resources: z
    .array(
      z.object({
        target: z.string(),
        status: z.enum(['loaded', 'failed', 'skipped']),
        rows_written: count.default(0),
        rows_total: count.nullish(),
        schema_changes: z.array(changeSchema).default([]),
        error: z.object({ code: z.string(), message: z.string() }).optional(),
      }),
    )
    .default([]),
  gone: z.array(z.string()).default([]),
});
/** A report, as far as anybody asks for it once the load is over. */
export type KeptReport = z.infer<typeof reportSchema>;

const loadSchema = z.object({
  load_id: id,
  started_ms: time,
  finished_ms: time.nullable(),
  status: z.enum(['loaded', 'partial', 'failed', 'interrupted', 'running']),
});

/** Reads a row of `_xano.loads`, with its report as text. Throws DATABASE_FAILED. */
export function readLoadState({
  report,
  ...row
}: Readonly<Record<keyof z.infer<typeof loadSchema> | 'report', unknown>>) {
  const load = read(loadSchema, row, '_xano.loads');
  const what = `the report of load "${short(load.load_id)}"`;
  return { ...load, report: read(reportSchema, nullable(report, what, 100), what) };
}

const progressSchema = z.object({
  rows: count,
  staging_id: id,
  compressed: z.boolean(),
});

/** Reads a row of staging's `progress`. Throws DATABASE_FAILED: what it says is not gone on from then. */
export function readProgress({
  resume,
  columns_added,
  ...row
}: Readonly<Record<keyof z.infer<typeof progressSchema> | 'resume' | 'columns_added', unknown>>) {
  return {
    ...read(progressSchema, row, 'progress'),
    // Whoever goes on from it looks at what it says; here it only has to be JSON that can be walked through.
    resume: read(
      z.custom<Json>(() => true),
      parseJson(String(resume), 'resume', 100),
      'resume',
    ),
    columns_added: read(
      columnsSchema,
      nullable(columns_added, 'columns_added', MOST_DEPTH) ?? [],
      'columns_added',
    ),
  };
}
