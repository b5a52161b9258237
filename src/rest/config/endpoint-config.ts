/** What an endpoint config is: everything needed to read one list of records, as plain data without a secret in it. */
import { z } from 'zod';
import { XanoError } from '../../errors.js';
import type { Json, JsonObject } from '../../json.js';
import { isAddress } from '../http/request.js';
import { placeholdersIn } from './bind.js';
import { contradictionsIn } from './contradictions.js';
import { loginMistakes, namedSecrets } from './login-body.js';
import { wrongVariable } from './template.js';

const json: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** What is said of a secret with a default (`${NAME:-x}`), as the rest of a sentence; undefined for anything else. */
export function defaultOfSecret(text: unknown): string | undefined {
  const [, name] = (typeof text === 'string' && /^\$\{([A-Za-z_]\w*):?[-+]/.exec(text)) || [];
  return name === undefined
    ? undefined
    : `holds a default, which would be a secret in a file: write \${${name}} and set ${name}`;
}

/** Where a secret is found, never the secret itself: `${NAME}` is short for `{ env: NAME }`. */
const secretRefSchema = z.union([
  z
    .string()
    .regex(/^\$\{[A-Za-z_]\w*(:?\?[^{}]*)?\}$/, {
      error: ({ input }) =>
        defaultOfSecret(input) ??
        'is the name of a variable, such as ${XANO_API_TOKEN}, or { env: NAME }: no secret itself',
    })
    .transform((text) => ({ env: /\w+/.exec(text)![0] })),
  z.strictObject({ env: z.string().min(1).describe('the environment variable that holds it') }),
  z.strictObject({ profile: z.string().min(1).describe('the profile of `xano auth login` that holds it') }),
]);

/** An address. Plain http would show secrets to everyone on the way; a program on this computer is the one exception. */
export const safeUrl = z
  .url({
    protocol: /^https?$/,
    abort: true,
    error: ({ code }) =>
      code === 'invalid_type'
        ? undefined
        : 'must be an address that begins with https://; variables are not replaced in it',
  })
  .refine((url) => !url.includes('${'), { error: 'must hold no variables: they are not replaced in it' })
  .refine((url) => isSafeUrl(url), { error: 'must be https (plain http is only accepted to this computer)' })
  .refine((url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === '', {
    error: 'must hold no user name or password: name where they are found in auth, as basic',
  });

/** A header's name, as HTTP spells them. */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'is no name of a header' });

/** A user name that is no secret, such as `api`. */
const constant = z
  .string()
  .min(1)
  .refine((text) => !text.includes('${'), {
    error: 'is a name, or the variable that holds it, such as ${API_USER}',
  });

/** How requests of an endpoint are authorized. */
export const authSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('bearer'), token: secretRefSchema }),
  z
    .strictObject({
      type: z.literal('api_key'),
      name: z.string().min(1).describe('of the header or the query parameter'),
      in: z.enum(['header', 'query']),
      key: secretRefSchema,
    })
    .refine((auth) => auth.in === 'query' || headerName.safeParse(auth.name).success, {
      path: ['name'],
      error: 'is no name of a header',
    }),
  z
    .strictObject({
      type: z.literal('basic'),
      username: z.union([secretRefSchema, constant]).optional().describe('absent: empty'),
      password: secretRefSchema.optional().describe('absent: empty'),
    })
    .refine(({ username, password }) => password !== undefined || typeof username === 'object', {
      path: ['username'],
      error: 'must be a variable, such as ${API_KEY}, where no password is given: it is the secret then',
    }),
  z.strictObject({ type: z.literal('custom_header'), name: headerName, value: secretRefSchema }),
  z.strictObject({
    type: z.literal('oauth2_client_credentials'),
    token_url: safeUrl,
    client_id: secretRefSchema,
    client_secret: secretRefSchema,
    scope: z.string().min(1).optional(),
    params: z
      .record(z.string(), z.string())
      .default({})
      .describe('further fields of the request for a token, such as audience'),
    credentials_in: z
      .enum(['form', 'basic'])
      .default('form')
      .describe('where id and secret stand: in the form, or in the header of Basic'),
  }),
  z
    .strictObject({
      type: z.literal('login'),
      url: safeUrl.describe('where a POST of the body gives a token'),
      body: json
        .transform(namedSecrets)
        .describe(
          'its fields, such as email and password: ${NAME}, { env: NAME } or { profile: NAME } for a secret, constants, objects and lists',
        ),
      body_as: z.enum(['json', 'form']).optional().describe('how the body is sent; absent: as JSON'),
      headers: z
        .record(headerName, z.string())
        .optional()
        .describe('headers of the request for a token; ${NAME} is a variable of the environment'),
      token_path: z.string().min(1).optional().describe('where the answer holds the token'),
      token_header: headerName.optional().describe('the header of the answer that holds it instead'),
      expires_in_path: z
        .string()
        .min(1)
        .optional()
        .describe('where the answer holds how many seconds the token lasts; it is renewed before'),
    })
    .superRefine((login, context) => {
      for (const { path, message } of loginMistakes(login))
        context.addIssue({ code: 'custom', path: [...path], message });
    }),
]);

const place = z.enum(['query', 'body']).default('query');
const totalPath = z
  .string()
  .optional()
  .describe('where the answer counts all records; empty: no field of it counts them');

const paginations = [
  z.strictObject({ type: z.literal('single_page'), total_path: totalPath }),
  z.strictObject({
    type: z.literal('page_number'),
    in: place,
    page_param: z.string().min(1).default('page'),
    base_page: z.int().min(0).default(1),
    page_size_param: z.string().min(1).default('per_page'),
    page_size: z.int().min(1).default(100),
    inside: z
      .string()
      .min(1)
      .optional()
      .describe('the parameter whose JSON object holds page_param and page_size_param, such as external'),
    next_page_path: z
      .string()
      .optional()
      .describe('where the answer names the next page; null there ends the list'),
    total_pages_path: z.string().optional(),
    total_path: totalPath,
  }),
  z.strictObject({
    type: z.literal('offset'),
    in: place,
    offset_param: z.string().min(1).default('offset'),
    limit_param: z.string().min(1).default('limit'),
    limit: z.int().min(1).default(100),
    total_path: totalPath,
  }),
  z
    .strictObject({
      type: z.literal('cursor'),
      in: place,
      cursor_param: z.string().min(1).default('cursor'),
      cursor_path: z
        .string()
        .min(1)
        .describe(
          'where the answer holds the next cursor; null, an empty text or nothing there ends the list',
        ),
      page_size_param: z.string().min(1).optional(),
      page_size: z.int().min(1).optional(),
      total_path: totalPath,
    })
    .refine((cursor) => (cursor.page_size_param === undefined) === (cursor.page_size === undefined), {
      path: ['page_size'],
      error: 'page_size and page_size_param need each other',
    }),
  z.strictObject({ type: z.literal('header_link'), total_path: totalPath }),
  z.strictObject({
    type: z.literal('json_link'),
    next_url_path: z
      .string()
      .min(1)
      .describe('where the answer holds the address of the next page; null or nothing there ends the list'),
    total_path: totalPath,
  }),
  z.strictObject({
    type: z.literal('keyset'),
    key: z.string().min(1).describe('the column whose values order the pages'),
    order: z.literal('asc'),
    page_param: z.string().min(1),
    page_size_param: z.string().min(1),
    page_size: z.int().min(1),
    max_page_size: z
      .int()
      .min(1)
      .optional()
      .describe(
        'pages may grow from page_size to this, as far as the server bears it and answers stay small',
      ),
    sort_param: z.string().min(1).describe('body field that takes { key: order }'),
    filter_param: z.string().min(1).describe('body field that takes the list of conditions'),
    after: z.string().min(1).describe('condition for: key greater than'),
    before: z.string().min(1).describe('condition for: key less than'),
    next_page_path: z.string().optional(),
    total_path: z
      .string()
      .optional()
      .describe('where the answer counts the records that match the conditions'),
  }),
] as const;

/** How the next page of an endpoint is asked for. */
export const paginationSchema = z.discriminatedUnion('type', paginations);

const anyPaginationSchema = z.discriminatedUnion('type', [
  ...paginations,
  z.strictObject({ type: z.literal('auto').describe('the first answers tell') }),
]);

/** The same, or that it is to be found out; a type alone where nothing else need be said. */
export const givenPaginationSchema = z.union([
  z
    .enum(['auto', 'page_number', 'offset', 'single_page', 'header_link'])
    .transform((type) => anyPaginationSchema.parse({ type })),
  anyPaginationSchema,
]);

/** A column that records are known to have. */
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
    description: z.string().optional(),
  })
  .refine(({ type, list, list_of_vectors }) => list_of_vectors !== true || (list && type === 'FLOAT'), {
    path: ['list_of_vectors'],
    error: 'needs list: true and type: FLOAT',
  });

/** Whether a column can tell what is new: its values have an order that the server and we agree on. */
export function isCursor({ type, list }: { readonly type: string; readonly list: boolean }): boolean {
  return !list && ['BIGINT', 'TIMESTAMPTZ', 'DATE'].includes(type);
}

/** Another list, whose every record has a list of this resource of its own. */
export const parentSchema = z.strictObject({
  resource: z.string().min(1).describe('the resource whose records they are'),
  bind: z
    .record(z.string().regex(/^\w+$/), z.string().min(1))
    .describe('name → column of the parent: {name} in path, params and body becomes its value'),
  include: z
    .array(z.string().min(1))
    .default([])
    .describe('columns of the parent that each row gets, as _RESOURCE_COLUMN'),
});

/** What to do where the list of one parent is refused. */
export const responseSchema = z.array(
  z.strictObject({
    status: z.int().min(400).max(599),
    action: z.enum(['ignore', 'error']).describe('ignore: this parent has no rows'),
  }),
);

/** What `single_record` says, wherever it is given. */
export const SINGLE_RECORD =
  'true: the object at data_selector is one record, whatever it holds; false: it never is; absent: it is with single_page and a data_selector, unless it holds a list of records';

/** How values that are objects or lists are kept. */
export const nestedSchema = z
  .enum(['json', 'struct'])
  .describe('values that are objects or lists: json as sent; struct in a type of their own');

/** Whether lists in rows become tables of their own. */
export const flattenSchema = z
  .boolean()
  .describe('lists in rows become tables of their own, keyed as dlt does it');

/** How only what is new is read. */
export const incrementalSchema = z.strictObject({
  cursor_path: z.string().min(1).describe('the column whose values tell what is new'),
  lag: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'how far before the watermark reading begins again: milliseconds of a timestamp, days of a date',
    ),
  after: z.string().min(1).optional().describe('condition of keyset for: cursor greater than'),
  before: z.string().min(1).optional().describe('condition of keyset for: cursor less than'),
  start_param: z
    .string()
    .min(1)
    .optional()
    .describe('parameter that takes the highest value of the load before'),
  in: z
    .enum(['query', 'body'])
    .optional()
    .describe('where that parameter stands: the query, or the body of a POST'),
  initial_value: z
    .union([z.string(), z.number()])
    .optional()
    .describe(
      'what the first load gives it, a number in a body as a number; ${NAME} is a variable of the environment; absent: the first load reads everything',
    ),
});

/** How answers are written. */
export const formatSchema = z
  .enum(['json', 'ndjson'])
  .describe(
    'how answers are written; absent: json, or ndjson where the first answer tells how the list is read',
  );

/** One endpoint config. */
export const endpointConfigSchema = z
  .strictObject({
    name: z.string().min(1),
    table_name: z
      .string()
      .min(1)
      .optional()
      .describe('the target table, when it is not called like the resource'),
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
      .describe(
        'dotted path to the list of records; empty: the answer is the list; absent: the first answer tells',
      ),
    primary_key: z.array(z.string().min(1)).default([]),
    write_disposition: z.enum(['replace', 'append', 'merge']).default('replace'),
    incremental: incrementalSchema.optional().describe('read only what is new since the load before'),
    columns: z.array(columnSchema).optional(),
    excluded: z
      .array(z.string())
      .default([])
      .describe('columns that are not loaded even where records carry them'),
    nested: nestedSchema.optional(),
    flatten: flattenSchema.optional(),
    single_record: z.boolean().optional().describe(SINGLE_RECORD),
    pagination: givenPaginationSchema,
    fallback: z
      .strictObject({ method: z.literal('GET'), path: z.string(), pagination: paginationSchema })
      .optional()
      .describe('how the list is read where the server knows no such path (404, 405)'),
    auth: authSchema,
    confidence: z
      .enum(['high', 'medium', 'low'])
      .optional()
      .describe('how sure whoever wrote this config was; reading does not ask'),
    reason: z.string().optional().describe('why it is as sure as that, in a sentence'),
    parent: parentSchema.optional().describe('read once for every record of another resource'),
    response: responseSchema.optional().describe('what to do with refusals, by status'),
    origin: json
      .optional()
      .describe(
        'what this list is at its source, kept in the load state: lists that differ in table_id alone are of one place',
      ),
  })
  .superRefine((config, context) => {
    const wrong = (path: PropertyKey[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const { write_disposition, primary_key, incremental, pagination, columns = [], path: own_path } = config;
    if (/[?#]/.test(config.base_url))
      wrong(
        ['base_url'],
        'must end before any ? or #: paths are added to it, and parameters stand in params',
      );
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(own_path))
      wrong(['path'], 'is added to base_url, and cannot be an address itself');
    else if (own_path.includes('#'))
      wrong(['path'], 'must hold no #: a server is never told what is behind it');
    const [variable] = /\$\{[^{}]*\}?/.exec(own_path) ?? [];
    if (variable !== undefined) wrong(['path'], `holds ${variable}: variables are not replaced in it`);
    variableMistakes(config, wrong);
    if (config.method === 'GET' && config.body !== undefined) wrong(['body'], 'is sent by a POST only');
    for (const [name, text] of Object.entries(config.headers)) {
      if (!headerName.safeParse(name).success) wrong(['headers', name], 'is no name of a header');
      // What Node sends.
      else if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text))
        wrong(['headers', name], 'holds characters that no header can');
    }
    if ('in' in pagination && pagination.in === 'body' && config.method !== 'POST')
      wrong(['pagination', 'in'], 'only the body of a POST can ask for pages');
    if (config.single_record === true) {
      if (pagination.type !== 'single_page')
        wrong(['single_record'], 'needs pagination single_page: nothing comes after a single record');
      if (config.data_selector === undefined)
        wrong(['single_record'], "needs a data_selector: the path of the object, or '' for the whole answer");
    }
    if (write_disposition === 'merge' && primary_key.length === 0)
      wrong(['primary_key'], 'merge needs the columns that tell rows apart');
    if (config.parent === undefined) {
      if (config.response !== undefined) wrong(['response'], 'is for resources with a parent');
      for (const name of new Set(placeholdersIn(own_path)))
        wrong(['path'], `names {${name}}, which only a parent can bind`);
    } else {
      const { parent, path, params, body = {} } = config;
      const named = placeholdersIn([path, params, body]);
      for (const name of Object.keys(parent.bind))
        if (!named.includes(name))
          wrong(['parent', 'bind', name], `is not used: write {${name}} in path, params or body`);
      for (const name of new Set(placeholdersIn(path)))
        if (parent.bind[name] === undefined) wrong(['path'], `names {${name}}, which parent.bind does not`);
      if (Object.keys(parent.bind).length === 0) wrong(['parent', 'bind'], 'is empty');
      if (pagination.type === 'keyset')
        wrong(['pagination', 'type'], 'keyset cannot be read for each parent');
      if (incremental !== undefined)
        wrong(['incremental'], 'a resource with a parent is as incremental as its parent');
    }
    for (const { path, message } of contradictionsIn(config)) wrong(path, message);
    if (incremental === undefined) return;
    if (write_disposition === 'replace')
      wrong(['write_disposition'], 'incremental needs append or merge: replace would lose the rows before');
    if (incremental.start_param !== undefined) {
      if (write_disposition === 'append' && primary_key.length === 0)
        wrong(['primary_key'], 'append needs it here: what is read again would be there twice');
      for (const name of ['after', 'before'] as const)
        if (incremental[name] !== undefined)
          wrong(['incremental', name], 'is for keyset, which takes no start_param');
      if (pagination.type === 'keyset')
        wrong(['incremental', 'start_param'], 'is not for keyset: name after and before');
      if (incremental.in === 'body' && config.method !== 'POST')
        wrong(['incremental', 'in'], 'only the body of a POST can hold it');
      return;
    }
    for (const name of ['in', 'initial_value'] as const)
      if (incremental[name] !== undefined) wrong(['incremental', name], 'means nothing without start_param');
    if (pagination.type !== 'keyset') {
      wrong(['incremental'], 'needs a start_param, or keyset pagination');
      return;
    }
    for (const name of ['after', 'before'] as const)
      if (incremental[name] === undefined) wrong(['incremental', name], 'is missing; allowed is a text');
    const cursor = columns.find(({ name }) => name === incremental.cursor_path);
    if (cursor === undefined || !isCursor(cursor))
      wrong(
        ['incremental', 'cursor_path'],
        'must be one of the columns, and of the type BIGINT, TIMESTAMPTZ or DATE',
      );
  });

interface PartsWithVariables {
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonObject | undefined;
  readonly incremental?: z.infer<typeof incrementalSchema> | undefined;
  readonly pagination: z.infer<typeof givenPaginationSchema>;
}

/** What is wrong with the variables of a config: in values, those of an unknown form; in names, all of them. */
function variableMistakes(
  { params, headers, body = {}, incremental, pagination }: PartsWithVariables,
  wrong: (path: PropertyKey[], message: string) => void,
): void {
  const inValue = (value: Json, path: PropertyKey[]): void => {
    const mistake = typeof value === 'string' ? wrongVariable(value) : undefined;
    if (mistake !== undefined) wrong(path, mistake);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, part] of Object.entries(value) as [string, Json][]) {
      const here = [...path, Array.isArray(value) ? Number(name) : name];
      if (name.includes('${'))
        wrong(here, 'is a name that holds a variable: those are only replaced in values');
      inValue(part, here);
    }
  };
  inValue(params, ['params']);
  inValue(headers, ['headers']);
  inValue(body, ['body']);
  if (incremental?.initial_value !== undefined)
    inValue(incremental.initial_value, ['incremental', 'initial_value']);
  for (const [field, object] of Object.entries({ pagination, incremental }))
    for (const [name, text] of Object.entries(object ?? {}))
      if (/_param$|^inside$/.test(name) && String(text).includes('${'))
        wrong([field, name], 'is a name that holds a variable: those are only replaced in values');
}

/** Where a secret is found, never the secret itself. */
export type SecretRef = z.infer<typeof secretRefSchema>;
/** How requests of an endpoint are authorized. */
export type Auth = z.infer<typeof authSchema>;
/** How the next page of an endpoint is asked for. */
export type Pagination = z.infer<typeof paginationSchema>;
/** Everything needed to read one list of records, or to find out how. */
export type EndpointConfig = z.infer<typeof endpointConfigSchema>;
/** Everything needed to read one list of records. */
export type ResolvedEndpoint = Omit<EndpointConfig, 'data_selector' | 'pagination'> & {
  readonly data_selector: string;
  readonly pagination: Pagination;
};

/** The file that `xano endpoints` writes. */
const endpointsFileSchema = z.strictObject({
  version: z.literal(1),
  endpoints: z.array(endpointConfigSchema),
});

/** Tells whether a token may travel to this address: https, or http to this computer. */
export function isSafeUrl(url: string): boolean {
  if (!isAddress(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** Reads the content of an endpoints file. Throws CONFIG_INVALID naming the path of each wrong field. */
export function parseEndpoints(content: unknown): EndpointConfig[] {
  const result = endpointsFileSchema.safeParse(content);
  if (result.success) return result.data.endpoints;
  const wrong = result.error.issues.map((issue) => `${fieldPath(issue.path)}: ${issue.message}`);
  throw new XanoError('CONFIG_INVALID', `The endpoint config is not valid: ${wrong.join('; ')}.`);
}

/** A field's path as people write it: `endpoints[2].pagination.page_size`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  const written = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return written.replace(/^\./, '') || 'the file';
}

/** Tells whether a config says all that reading takes. */
export function isResolved(config: EndpointConfig): config is ResolvedEndpoint {
  return config.data_selector !== undefined && config.pagination.type !== 'auto';
}
