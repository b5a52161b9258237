/**
 * The fields of a config file, as people may write them.
 * This room reads the file that people write.
 * In: its text and its name.
 * Out: endpoint configs and the variables they need, or an error with the line of each mistake.
 */

import { z } from 'zod';
import { authSchema } from '../auth.js';
import {
  columnSchema,
  flattenSchema,
  formatSchema,
  incrementalSchema,
  limitSchema,
  maskSchema,
  nestedSchema,
  parentSchema,
  partitionSchema,
  responseSchema,
  SINGLE_RECORD,
} from '../endpoint-config.js';
import { givenPaginationSchema } from '../pagination.js';
import { safeUrl } from '../safe-url.js';
import { defaultOfSecret } from '../secret-ref.js';

const text = z.string().min(1);

/** Numbers and booleans become texts in headers and parameters. */
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const values = z.record(z.string(), value);

const auth = z
  .union([
    z
      .string()
      .regex(/^(none|\$\{[A-Za-z_]\w*(:?\?[^{}]*)?\})$/, {
        error: ({ input }) =>
          defaultOfSecret(input) ??
          'must be none, the variable of a bearer token such as ${XANO_API_TOKEN}, or an object with a type',
      })
      .transform((short) =>
        authSchema.parse(short === 'none' ? { type: short } : { type: 'bearer', token: short }),
      ),
    authSchema,
  ])
  .describe('how requests are authorized; ${NAME} alone is a bearer token');

const columnType =
  /^(?:(BIGINT|DOUBLE|VARCHAR|BOOLEAN|TIMESTAMPTZ|DATE|UUID|FLOAT|JSON)(\[(\d*)\])?|(FLOAT)\[(\d*)\](\[\]))$/;

const columns = z
  .union([
    z.array(columnSchema),
    z
      .record(
        z.string(),
        z.string().regex(columnType, {
          error:
            'must be one of BIGINT, DOUBLE, VARCHAR, BOOLEAN, TIMESTAMPTZ, DATE, UUID, FLOAT, JSON, alone or as a list: VARCHAR[]',
        }),
      )
      .transform((types) =>
        Object.entries(types).map(([name, written]) => {
          const [, scalar, list, length, element, elementLength, vectors] = columnType.exec(written) ?? [];
          const size = length ?? elementLength;
          return columnSchema.parse({
            name,
            type: scalar ?? element,
            list: (list ?? vectors) !== undefined,
            ...(size === undefined || size === '' ? {} : { size: Number(size) }),
            ...(vectors === undefined ? {} : { list_of_vectors: true }),
          });
        }),
      ),
  ])
  .describe('columns whose types are known: name → type, or a list');

/** The fields that all lists may share. */
const common = {
  base_url: safeUrl.optional().describe('base URL that paths are appended to'),
  auth: auth.optional(),
  headers: values.optional().describe('headers of every request; ${NAME} is an environment variable'),
  data_selector: z
    .string()
    .optional()
    .describe('dotted path to the list of records; empty: the answer is the list; absent: detected'),
  pagination: givenPaginationSchema.optional().describe('how to request the next page; absent: detected'),
  paginator: givenPaginationSchema.optional().describe('the same as pagination'),
};

/** The fields of a list beside its name and its path. */
const ownFields = {
  ...common,
  method: z.enum(['GET', 'POST']).optional().describe('absent: POST where there is a body, else GET'),
  params: values.optional().describe('parameters of the query'),
  body: z.record(z.string(), z.json()).optional().describe('JSON that is sent'),
  primary_key: z
    .union([text.transform((name) => [name]), z.array(text)])
    .optional()
    .describe('the column or columns that identify a row'),
  write_disposition: z.enum(['replace', 'append', 'merge']).optional(),
  incremental: incrementalSchema.optional().describe('read only rows that are new since the previous load'),
  columns: columns.optional(),
  format: formatSchema.optional(),
  limit: limitSchema.optional(),
  partition_by: partitionSchema.optional(),
  nested: nestedSchema.optional(),
  flatten: flattenSchema.optional(),
  excluded: z.array(z.string()).optional().describe('columns that are not loaded'),
  mask: z
    .record(z.string(), maskSchema)
    .optional()
    .describe('columns whose values are not stored as they are, each with its mask'),
  single_record: z.boolean().optional().describe(SINGLE_RECORD),
  response: responseSchema
    .optional()
    .describe('for resources with a parent: how to handle error statuses of its list'),
};

/** One list of a file, written as more than a path. */
const listSchema = z.strictObject({
  name: text.describe('name of the table'),
  path: z.string().optional().describe('added to base_url; absent: the name'),
  table_name: text.optional(),
  description: z.string().optional(),
  parent: parentSchema.optional().describe('read once for every record of another resource'),
  ...ownFields,
});

/** A complete config file. Other rooms own the part `project`: this one neither reads nor checks it. */
export const configFileSchema = z.strictObject({
  $schema: z.string().optional().describe('URL of the schema of this file, for editors'),
  client: z.strictObject(common).optional().describe('settings that all lists share'),
  resource_defaults: z.strictObject(ownFields).optional().describe('defaults for each list'),
  project: z.unknown().optional().describe('what a folder loads, and where to'),
  resources: z
    .array(z.union([text, listSchema]))
    .min(1)
    .describe('the lists: a path alone, or an object'),
});

/** A config file with a part `project`, which need not have lists of its own. */
export const projectFileSchema = configFileSchema
  .partial({ resources: true })
  .transform(({ resources = [], ...file }): ConfigFile => ({ ...file, resources }));

/** A config file whose fields are valid; the rules between fields are not checked yet. */
export type ConfigFile = z.infer<typeof configFileSchema>;

/** The fields that lists share, or get by default. */
export type Defaults = NonNullable<ConfigFile['resource_defaults']>;
/** The fields of one list. */
export type ListFields = z.infer<typeof listSchema>;
