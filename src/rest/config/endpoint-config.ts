/**
 * An endpoint config: everything needed to read one list of records, as plain data without a secret.
 * This room is the config language.
 * In: YAML, JSON and objects that people or programs wrote.
 * Out: valid configs, and sentences about those that are not.
 */
import { z } from 'zod';
import type { JsonObject } from '../../json.js';
import { MASKS, maskedType } from '../../table/mask.js';
import { parsePartition, wrongPartition } from '../../table/partition.js';
import { authSchema } from './auth.js';
import { givenPaginationSchema, type Pagination, paginationSchema } from './pagination.js';
import { safeUrl } from './safe-url.js';

const json: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** What a load stores in place of a column's values. */
export const maskSchema = z
  .enum(MASKS)
  .describe('stored in place of the value: hash (HMAC), last4 characters, redact (a fixed text), year');

/** A column that the records have. */
export const columnSchema = z
  .strictObject({
    name: z.string().min(1),
    type: z.enum(['BIGINT', 'DOUBLE', 'VARCHAR', 'BOOLEAN', 'TIMESTAMPTZ', 'DATE', 'UUID', 'FLOAT', 'JSON']),
    list: z.boolean().default(false),
    size: z.int().min(1).optional(),
    list_of_vectors: z
      .boolean()
      .optional()
      .describe('each element of the list is a vector of `size` numbers'),
    mask: maskSchema.optional(),
    description: z.string().optional(),
    references_table_id: z
      .int()
      .min(1)
      .optional()
      .describe("the source's id of the table whose rows the values name"),
  })
  .refine(({ type, list, mask }) => mask === undefined || (!list && type === maskedType(mask)), {
    path: ['mask'],
    error: 'needs type: VARCHAR, or BIGINT with year, and no list',
  })
  .refine(({ type, list, list_of_vectors }) => list_of_vectors !== true || (list && type === 'FLOAT'), {
    path: ['list_of_vectors'],
    error: 'needs list: true and type: FLOAT',
  });

/**
 * Whether a column can show which records are new: the server and this program order its values the same way.
 */
export function isCursor({ type, list }: { readonly type: string; readonly list: boolean }): boolean {
  return !list && ['BIGINT', 'TIMESTAMPTZ', 'DATE'].includes(type);
}

/** The parent: another list, whose every record has its own list of this resource. */
export const parentSchema = z.strictObject({
  resource: z.string().min(1).describe('the parent resource'),
  bind: z
    .record(z.string().regex(/^\w+$/), z.string().min(1))
    .describe('name → column of the parent: {name} in path, params and body becomes its value'),
  include: z
    .array(z.string().min(1))
    .default([])
    .describe('columns of the parent that each row gets, as _RESOURCE_COLUMN'),
});

/** What to do when the list of one parent is refused. */
export const responseSchema = z.array(
  z.strictObject({
    status: z.int().min(400).max(599),
    action: z.enum(['ignore', 'error']).describe('ignore: this parent has no rows'),
  }),
);

/** The values of `single_record`, in every format. */
export const SINGLE_RECORD =
  'true: the object at data_selector is one record, whatever it holds; false: it never is; absent: it is with single_page and a data_selector, unless it holds a list of records';

/** How many rows are read. */
export const limitSchema = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .describe('read only so many rows, the first by their key; for keyset with replace');

/** How the files of a table are divided. */
export const partitionSchema = z
  .string()
  .refine((text) => parsePartition(text) !== undefined, {
    error: ({ input }) => wrongPartition(input),
  })
  .describe(
    'in a folder of Parquet files: a file for each year, month or day of a column: month(created_at)',
  );

/** How values that are objects or lists are stored. */
export const nestedSchema = z
  .enum(['json', 'struct'])
  .describe('values that are objects or lists: json as sent; struct in a type of their own');

/** Whether lists in rows become separate tables. */
export const flattenSchema = z.boolean().describe('lists in rows become separate tables, keyed as in dlt');

/** How to read only new records. */
export const incrementalSchema = z.strictObject({
  cursor_path: z.string().min(1).describe('the column whose values identify new rows'),
  lag: z
    .int()
    .min(0)
    .default(0)
    .describe('how far before the watermark reading starts: milliseconds of a timestamp, days of a date'),
  after: z.string().min(1).optional().describe('condition of keyset for: cursor greater than'),
  before: z.string().min(1).optional().describe('condition of keyset for: cursor less than'),
  start_param: z
    .string()
    .min(1)
    .optional()
    .describe('parameter that takes the highest value of the previous load'),
  in: z
    .enum(['query', 'body'])
    .optional()
    .describe('where to send that parameter: the query, or the body of a POST'),
  initial_value: z
    .union([z.string(), z.number()])
    .optional()
    .describe(
      'its value in the first load, a number in a body as a number; ${NAME} is an environment variable; absent: the first load reads everything',
    ),
});

/** The format of answers. */
export const formatSchema = z
  .enum(['json', 'ndjson'])
  .describe('format of the answers; absent: json, or ndjson if detection finds it');

/** The fields of one endpoint config; `parse-endpoints` adds the rules between them. */
export const endpointConfigShape = z.strictObject({
  name: z.string().min(1),
  table_name: z
    .string()
    .min(1)
    .optional()
    .describe('the target table, if its name differs from the resource'),
  description: z.string().optional(),
  base_url: safeUrl,
  path: z.string(),
  method: z.enum(['GET', 'POST']),
  params: z.record(z.string(), z.string()).default({}),
  headers: z.record(z.string(), z.string()).default({}),
  body: json.optional(),
  format: formatSchema.optional(),
  data_selector: z
    .string()
    .optional()
    .describe('dotted path to the list of records; empty: the answer is the list; absent: detected'),
  primary_key: z.array(z.string().min(1)).default([]),
  write_disposition: z.enum(['replace', 'append', 'merge']).default('replace'),
  incremental: incrementalSchema.optional().describe('read only rows that are new since the previous load'),
  columns: z.array(columnSchema).optional(),
  excluded: z
    .array(z.string())
    .default([])
    .describe('columns that are not loaded, even if records contain them'),
  limit: limitSchema.optional(),
  partition_by: partitionSchema.optional(),
  nested: nestedSchema.optional(),
  flatten: flattenSchema.optional(),
  single_record: z.boolean().optional().describe(SINGLE_RECORD),
  pagination: givenPaginationSchema,
  fallback: z
    .strictObject({ method: z.literal('GET'), path: z.string(), pagination: paginationSchema })
    .optional()
    .describe('how to read the list if its path does not exist on the server (404, 405)'),
  auth: authSchema,
  confidence: z
    .enum(['high', 'medium', 'low'])
    .optional()
    .describe('confidence of the author of this config; reading ignores it'),
  reason: z.string().optional().describe('reason for that confidence, in a sentence'),
  parent: parentSchema.optional().describe('read once for every record of another resource'),
  response: responseSchema.optional().describe('how to handle error statuses'),
  origin: json
    .optional()
    .describe(
      'identity of this list at its source, stored in the load state: lists that differ only in table_id share a source',
    ),
});

/** Everything needed to read one list of records, or to detect how. */
export type EndpointConfig = z.infer<typeof endpointConfigShape>;
/** Everything needed to read one list of records. */
export type ResolvedEndpoint = Omit<EndpointConfig, 'data_selector' | 'pagination'> & {
  readonly data_selector: string;
  readonly pagination: Pagination;
};

/** Whether a config is complete: nothing has to be detected. */
export function isResolved(config: EndpointConfig): config is ResolvedEndpoint {
  return config.data_selector !== undefined && config.pagination.type !== 'auto';
}
