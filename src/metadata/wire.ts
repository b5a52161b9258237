/**
 * Parses the answers of the Account and Metadata API, in Xano's exact spelling. Nothing else in the program
 * depends on that spelling.
 */
import { z } from 'zod';
import { XanoError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json.js';
import type { Endpoint, Field, Index } from '../xano/catalog.js';
import { MOST_DESCRIPTION_CHARACTERS, MOST_ENTRIES, MOST_NAME_CHARACTERS } from './bounds.js';

/** Ids are numbers; some clients of Xano's have met them as texts. */
const id = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]);
/** Descriptions are texts, often empty, and missing in older answers. */
const words = z
  .string()
  .nullish()
  .transform((text) => {
    const all = text ?? '';
    return all.length > MOST_DESCRIPTION_CHARACTERS ? `${all.slice(0, MOST_DESCRIPTION_CHARACTERS)}…` : all;
  });
/** The name of a thing in messages. */
const called = z
  .string()
  .max(
    MOST_NAME_CHARACTERS,
    `it is longer than ${MOST_NAME_CHARACTERS.toLocaleString('en')} characters, the limit for names`,
  );
/** Parts of one thing. */
const fewOf = <T extends z.ZodType>(part: T) =>
  z
    .array(z.unknown())
    .max(MOST_ENTRIES, `it has more than ${MOST_ENTRIES.toLocaleString('en')} entries`)
    .pipe(z.array(part));
const maybe = called.nullish().transform((text) => text ?? null);

/** `GET /instance` of the Account API: a bare array. Xano's Account API specification. */
export const instanceSchema = z.object({
  name: z.union([called, z.number().transform(String)]),
  display: words,
  xano_domain: words,
  custom_domain: words,
  meta_api: called,
});

/** The fields of every entry of a list. */
export const idSchema = z.object({ id });

/** `GET /workspace`: a bare array. */
export const workspaceSchema = z.object({ id, name: called, description: words, branch: maybe });

/** An entry of `GET /workspace/{id}/datasource`: its label is what goes into `x-data-source`. */
export const dataSourceSchema = z.object({ label: called });

interface WireField {
  name: string;
  type: string;
  description: string;
  nullable: boolean;
  required: boolean;
  access: string;
  style: 'single' | 'list';
  values?: unknown;
  tableref_id?: number | null | undefined;
  sensitive?: boolean | undefined;
  vector?: { size?: number | undefined } | null | undefined;
  children?: WireField[] | null | undefined;
}

/** One field of `GET …/schema`, of a table's embedded `schema`, or of an endpoint's `input`. */
export const fieldSchema: z.ZodType<WireField, unknown> = z.lazy(() =>
  z.object({
    name: called,
    type: called,
    description: words,
    nullable: z.boolean().catch(false),
    required: z.boolean().catch(false),
    access: z.string().catch('public'),
    style: z.enum(['single', 'list']).catch('single'),
    values: z.unknown().optional(),
    tableref_id: z.int().nullish().catch(null),
    // In the specification of what is written; no capture of an answer has it.
    sensitive: z.boolean().optional().catch(undefined),
    vector: z
      .object({ size: z.int().min(1).optional().catch(undefined) })
      .nullish()
      .catch(null),
    children: z.array(fieldSchema).nullish().catch(null),
  }),
);

/** One index of `GET …/index` or of a table's embedded `index`. */
export const indexSchema = z.object({
  type: called,
  fields: z.array(z.object({ name: called })).catch([]),
});

/** Times of the Metadata API have the form `2026-01-11 21:14:24+0000`; any other text is kept as it is. */
function isoTime(text: string): string {
  const spelled = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d):?(\d\d)$/.exec(text);
  if (spelled === null) return text;
  const at = new Date(`${spelled[1]}T${spelled[2]}${spelled[3]}:${spelled[4]}`);
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
}

/** One table of `GET /workspace/{id}/table`. Only current servers send `schema` and `index`. */
export const tableSchema = z.object({
  id,
  name: called,
  description: words,
  guid: maybe,
  updated_at: z
    .unknown()
    .optional()
    .transform((value) => (typeof value === 'string' ? isoTime(value) : null)),
  auth: z.boolean().catch(false),
  schema: fewOf(fieldSchema).optional(),
  index: fewOf(indexSchema).optional(),
});

/** One API group of `GET /workspace/{id}/apigroup`. */
export const apiGroupSchema = z.object({
  id,
  name: called,
  description: words,
  canonical: called,
  branch: maybe,
});

/** One endpoint of `GET …/apigroup/{id}/api`: `name` is its path, `auth` false or an object. */
export const endpointSchema = z.object({
  id,
  name: called,
  description: words,
  verb: called,
  auth: z.unknown().optional(),
  input: z.array(fieldSchema).catch([]),
});

/** `GET /auth/me`: everything else in it is undocumented. */
export const meSchema = z.object({
  id: z.union([z.number(), called]),
  name: words,
  email: called,
  extras: z.unknown().optional(),
});

/** One page of a list: its records, and the number of the next page. */
export interface ListPage {
  readonly items: readonly unknown[];
  readonly next: number | null;
  /** False for a bare array: it has no pages. */
  readonly paged: boolean;
}

/** Whether a value is an envelope, and not an entry of a list that happens to have `items` of its own. */
const isEnvelope = (value: unknown): value is JsonObject & { readonly items: readonly unknown[] } =>
  isJsonObject(value) &&
  Array.isArray(value['items']) &&
  ('nextPage' in value || (!('id' in value) && !('name' in value)));

/**
 * Any of the shapes in which Xano has sent lists: a bare array; `{curPage, nextPage, prevPage, items}`; such
 * envelopes in an array (as the specification has it); an object with the list under its own name
 * (`{instances: […]}`). Throws RESPONSE_UNEXPECTED.
 */
export function listPage(body: unknown, named: string): ListPage {
  if (Array.isArray(body)) {
    if (body.length === 0 || !body.every(isEnvelope)) return { items: body, next: null, paged: false };
    const pages = body.map((page) => listPage(page, named));
    return { items: pages.flatMap(({ items }) => items), next: pages.at(-1)?.next ?? null, paged: true };
  }
  if (isJsonObject(body)) {
    const items = body['items'] ?? body[named];
    if (Array.isArray(items)) {
      const next = body['nextPage'];
      // An empty page ends a list, whatever its other fields hold.
      const number = typeof next === 'string' && /^\d+$/.test(next) && items.length > 0 ? Number(next) : next;
      return { items, next: typeof number === 'number' ? number : null, paged: true };
    }
  }
  throw new XanoError('RESPONSE_UNEXPECTED', `The answer holds no list of ${named}.`);
}

/**
 * Whether an answer tells if a page comes after it: a bare array does not, nor does a list under its own name
 * alone.
 */
export function tellsOfNext(body: unknown): boolean {
  const last: unknown = Array.isArray(body) ? body.at(-1) : body;
  return isJsonObject(last) && 'nextPage' in last;
}

/**
 * Parses one entry of a list. Throws RESPONSE_UNEXPECTED naming the field that differs from the
 * documentation.
 */
export function readWire<T>(schema: z.ZodType<T, unknown>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String).join('.') || 'itself';
  throw new XanoError(
    'RESPONSE_UNEXPECTED',
    `Xano sent ${what} that is not as documented: ${path}: ${issue?.message}.`,
  );
}

/** A field in the catalog's spelling. */
export function toField(wire: WireField): Field {
  // A part of the values would refuse rows that have one of the others.
  const values =
    Array.isArray(wire.values) && wire.values.every((value) => typeof value === 'string') ? wire.values : [];
  return {
    name: wire.name,
    type: wire.type,
    description: wire.description,
    nullable: wire.nullable,
    required: wire.required,
    access: wire.access,
    style: wire.style,
    ...(typeof wire.tableref_id === 'number' && wire.tableref_id > 0
      ? { tableref_id: wire.tableref_id }
      : {}),
    ...(wire.sensitive === true ? { sensitive: true as const } : {}),
    ...(values.length > 0 ? { values } : {}),
    ...(wire.vector?.size === undefined ? {} : { vector_size: wire.vector.size }),
    ...(wire.children && wire.children.length > 0 ? { children: wire.children.map(toField) } : {}),
  };
}

/** An index in the catalog's spelling. */
export function toIndex(wire: z.infer<typeof indexSchema>): Index {
  return { type: wire.type, fields: wire.fields.map(({ name }) => name) };
}

/** An endpoint in the catalog's spelling. */
export function toEndpoint(wire: z.infer<typeof endpointSchema>): Endpoint {
  return {
    id: wire.id,
    verb: wire.verb.toUpperCase(),
    path: wire.name.replace(/^\/+/, ''),
    description: wire.description,
    auth: wire.auth !== false && wire.auth !== null && wire.auth !== undefined && wire.auth !== '',
    inputs: wire.input.map(toField),
  };
}
