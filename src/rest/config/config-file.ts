/**
 * The config file that people write: what is common to all lists once, each list in a line or a few. It says nothing that an
 * {@link EndpointConfig} could not, and becomes those.
 */
import { z } from 'zod';
import type { XanoError } from '../../errors.js';
import { isJsonObject, type Json, type JsonObject, select } from '../../json.js';
import { foldName, nearestName } from '../../names.js';
import { sizesTwice } from './cross-field-rules.js';
import {
  authSchema,
  columnSchema,
  defaultOfSecret,
  type EndpointConfig,
  endpointConfigSchema,
  fieldPath,
  flattenSchema,
  formatSchema,
  givenPaginationSchema,
  incrementalSchema,
  nestedSchema,
  parentSchema,
  parseEndpoints,
  responseSchema,
  SINGLE_RECORD,
  safeUrl,
} from './endpoint-config.js';
import { parseSource, type SourceText } from './source-text.js';
import { numberMistakes } from './typed-body.js';
import { invalidFile, issueInWords, type Mistake, mistakesOf } from './validation-messages.js';
import { type NeededVariable, neededVariables, variablesIn } from './variables.js';

const text = z.string().min(1);

/** Numbers and truths travel as texts in headers and parameters. */
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const values = z.record(z.string(), value);

const auth = z
  .union([
    z
      .string()
      .regex(/^(none|\$\{[A-Za-z_]\w*(:?\?[^{}]*)?\})$/, {
        error: ({ input }) =>
          defaultOfSecret(input) ??
          'is none, the variable of a bearer token such as ${XANO_API_TOKEN}, or an object with a type',
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
            'is none of BIGINT, DOUBLE, VARCHAR, BOOLEAN, TIMESTAMPTZ, DATE, UUID, FLOAT, JSON, alone or as a list: VARCHAR[]',
        }),
      )
      .transform((types) =>
        Object.entries(types).map(([name, written]) => {
          const [, one, list, length, element, elementLength, vectors] = columnType.exec(written) ?? [];
          const size = length ?? elementLength;
          return columnSchema.parse({
            name,
            type: one ?? element,
            list: (list ?? vectors) !== undefined,
            ...(size === undefined || size === '' ? {} : { size: Number(size) }),
            ...(vectors === undefined ? {} : { list_of_vectors: true }),
          });
        }),
      ),
  ])
  .describe('columns whose types are known: name → type, or a list');

/** What all lists may have in common. */
const common = {
  base_url: safeUrl.optional().describe('the address that paths are added to'),
  auth: auth.optional(),
  headers: values.optional().describe('headers of every request; ${NAME} is a variable of the environment'),
  data_selector: z
    .string()
    .optional()
    .describe(
      'dotted path to the list of records; empty: the answer is the list; absent: the first answer tells',
    ),
  pagination: givenPaginationSchema
    .optional()
    .describe('how the next page is asked for; absent: the first answers tell'),
  paginator: givenPaginationSchema.optional().describe('the same as pagination'),
};

/** What a list may have beside its name and its path. */
const ownFields = {
  ...common,
  method: z.enum(['GET', 'POST']).optional().describe('absent: POST where there is a body, else GET'),
  params: values.optional().describe('parameters of the query'),
  body: z.record(z.string(), z.json()).optional().describe('JSON that is sent'),
  primary_key: z
    .union([text.transform((name) => [name]), z.array(text)])
    .optional()
    .describe('the column, or columns, that tell rows apart'),
  write_disposition: z.enum(['replace', 'append', 'merge']).optional(),
  incremental: incrementalSchema.optional().describe('read only what is new since the load before'),
  columns: columns.optional(),
  format: formatSchema.optional(),
  nested: nestedSchema.optional(),
  flatten: flattenSchema.optional(),
  excluded: z.array(z.string()).optional().describe('columns that are not loaded'),
  single_record: z.boolean().optional().describe(SINGLE_RECORD),
  response: responseSchema
    .optional()
    .describe('of resources with a parent: what to do where its list is refused, by status'),
};

const listSchema = z.strictObject({
  name: text.describe('what the table is called'),
  path: z.string().optional().describe('added to base_url; absent: the name'),
  table_name: text.optional(),
  description: z.string().optional(),
  parent: parentSchema.optional().describe('read once for every record of another resource'),
  ...ownFields,
});

const configFileSchema = z.strictObject({
  $schema: z.string().optional().describe('where the schema of this file is, for editors'),
  client: z.strictObject(common).optional().describe('what all lists have in common'),
  resource_defaults: z
    .strictObject(ownFields)
    .optional()
    .describe('what a list has that does not say otherwise'),
  resources: z
    .array(z.union([text, listSchema]))
    .min(1)
    .describe('the lists: a path alone, or an object'),
});

type ConfigFile = z.infer<typeof configFileSchema>;
type Defaults = NonNullable<ConfigFile['resource_defaults']>;

/** A variable that a config needs, since it gives no default, and where. */
export interface NamedVariable extends NeededVariable {
  readonly resource: string;
  /** `line 7, resources[1].params.key`. */
  readonly where: string;
  /** It stands in `auth`. */
  readonly authorizes?: true;
}

/** A config file as it was read. */
export interface ReadConfig {
  readonly endpoints: readonly EndpointConfig[];
  /** Those without a default in headers, parameters, bodies and initial values; in a file that people write, in `auth` as well. */
  readonly variables: readonly NamedVariable[];
}

/** The JSON Schema of config files, for editors. */
export function configJsonSchema(): JsonObject {
  // JSON Schema is JSON.
  const { $schema, ...rest } = z.toJSONSchema(configFileSchema, { io: 'input', reused: 'ref' }) as JsonObject;
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: 'What xano load --endpoints reads',
    ...rest,
  };
}

/**
 * Reads a config file: YAML or JSON, as people write it or as `xano endpoints` does. Throws CONFIG_INVALID with all that is wrong in it: line,
 * path, what was found and what is allowed.
 */
export function readConfig(content: string, file: string): ReadConfig {
  const generated = asGenerated(content);
  const source = (): SourceText => parseSource(content, file);
  if (generated !== undefined) {
    const endpoints = parseEndpoints(generated);
    // Only where it is needed: such a file may be long.
    if (endpoints.some(({ body }) => holdsLongNumber(body))) {
      const text = source();
      const wrong = numberMistakes(text.value, text.typed, []).filter(({ path }) => path[2] === 'body');
      if (wrong.length > 0) throw invalid(file, text, wrong);
    }
    const named = endpoints.some(
      ({ params, headers, body, incremental }) =>
        variablesIn([params, headers, body ?? {}, incremental?.initial_value ?? '']).length > 0,
    );
    return { endpoints, variables: named ? allVariables(endpoints, 'endpoints', source()) : [] };
  }
  return readWritten(source(), file);
}

/** What `xano endpoints` writes; undefined for anything else. */
function asGenerated(content: string): unknown {
  try {
    const parsed: unknown = JSON.parse(content.replace(/^\uFEFF/, ''));
    const isGiven = !isJsonObject(parsed) || 'version' in parsed || 'endpoints' in parsed;
    return isGiven ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value holds a number of which JSON.parse may have lost digits. */
function holdsLongNumber(value: unknown): boolean {
  if (typeof value === 'number') return String(value).length > 15;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsLongNumber);
}

function readWritten(source: SourceText, file: string): ReadConfig {
  const { given, mistakes } = withSpellings(source);
  const read = configFileSchema.safeParse(given, { error: issueInWords });
  if (!read.success) {
    // What was found wrong already is not told twice.
    const told = new Set(mistakes.map(({ path }) => fieldPath(path)));
    const others = mistakesOf(read.error.issues).filter(({ path }) => !told.has(fieldPath(path)));
    throw invalid(file, source, [...mistakes, ...others]);
  }
  mistakes.push(...paginationTwice(read.data));
  const made = read.data.resources.map((_, at) => {
    const { endpoint, wrong } = endpointAt(read.data, at, source);
    mistakes.push(...wrong, ...unknownParent(read.data, at), ...takenName(read.data, at));
    return endpoint;
  });
  const endpoints = made.flatMap((endpoint) => endpoint ?? []);
  if (mistakes.length > 0) throw invalid(file, source, mistakes);
  const authorizing = endpoints.flatMap(({ name }, at) => authVariables(name, ['resources', at], source));
  return { endpoints, variables: [...allVariables(endpoints, 'resources', source), ...authorizing] };
}

/** What is sent as it is written, whatever YAML takes it for. */
const AS_WRITTEN = ['params', 'headers'];

/** The content of a file with numbers in bodies, and with texts where texts are sent; and the numbers that cannot be sent. */
function withSpellings({ value, typed, spelled }: SourceText): {
  readonly given: unknown;
  readonly mistakes: Mistake[];
} {
  const mistakes: Mistake[] = [];
  /** Members of one object; the three hold the same things. */
  const members = (at: readonly PropertyKey[], one: unknown, numbers: unknown, texts: unknown): unknown => {
    if (!isJsonObject(one) || !isJsonObject(numbers) || !isJsonObject(texts)) return one;
    const made: Record<string, unknown> = { ...one };
    for (const name of AS_WRITTEN) if (name in one) made[name] = texts[name];
    if ('body' in one) {
      made['body'] = numbers['body'];
      mistakes.push(...numberMistakes(one['body'], numbers['body'], [...at, 'body']));
    }
    if ('auth' in one) made['auth'] = members([...at, 'auth'], one['auth'], numbers['auth'], texts['auth']);
    const { incremental } = one;
    if (isJsonObject(incremental) && incremental['in'] === 'body' && 'initial_value' in incremental) {
      const initial_value = select(numbers, 'incremental.initial_value');
      made['incremental'] = { ...incremental, initial_value };
      mistakes.push(
        ...numberMistakes(incremental['initial_value'], initial_value, [
          ...at,
          'incremental',
          'initial_value',
        ]),
      );
    }
    return made;
  };
  if (!isJsonObject(value)) return { given: value, mistakes };
  const given: Record<string, unknown> = { ...value };
  for (const name of ['client', 'resource_defaults'])
    if (name in value) given[name] = members([name], value[name], select(typed, name), select(spelled, name));
  const { resources } = value;
  if (Array.isArray(resources))
    given['resources'] = resources.map((one, nth) =>
      members(
        ['resources', nth],
        one,
        select(typed, `resources.${nth}`),
        select(spelled, `resources.${nth}`),
      ),
    );
  return { given, mistakes };
}

function allVariables(
  endpoints: readonly EndpointConfig[],
  list: string,
  source: SourceText,
): NamedVariable[] {
  return endpoints.flatMap((endpoint, at) => variablesOf(endpoint, [list, at], source));
}

/** One resource with what it has in common with the others. */
function endpointAt(
  { client = {}, resource_defaults = {}, resources }: ConfigFile,
  at: number,
  source: SourceText,
): { readonly endpoint?: EndpointConfig; readonly wrong: readonly Mistake[] } {
  const given = resources[at]!;
  const {
    name,
    path = name,
    ...own
  }: z.infer<typeof listSchema> = typeof given === 'string' ? { name: given } : given;
  const all: Defaults = withSingleRecord([client, resource_defaults, own].map(withPagination));
  const { pagination = { type: 'auto' as const }, paginator: _, response, ...rest } = all;
  // A default is for those that can have it.
  const answered = 'parent' in own || ('response' in own && own.response !== undefined) ? { response } : {};
  const endpoint = {
    auth: { type: 'none' },
    method: rest.body === undefined ? 'GET' : 'POST',
    ...rest,
    headers: { ...client.headers, ...resource_defaults.headers, ...all.headers },
    params: { ...resource_defaults.params, ...all.params },
    name,
    path,
    pagination,
    ...answered,
  };
  const read = endpointConfigSchema.safeParse(endpoint, { error: issueInWords });
  const wrong = (read.success ? sizesTwice(read.data, own.params ?? {}) : mistakesOf(read.error.issues)).map(
    ({ path: field, message }) => ({ path: whereGiven(source, at, field), message }),
  );
  return read.success ? { endpoint: read.data, wrong } : { wrong };
}

/** A parent is one of the file's other resources. */
function unknownParent({ resources }: ConfigFile, at: number): Mistake[] {
  const given = resources[at]!;
  const parent = typeof given === 'string' ? undefined : given.parent?.resource;
  const names = resources.map((one) => (typeof one === 'string' ? one : one.name));
  if (parent === undefined || names.includes(parent)) return [];
  const near = nearestName(names, parent);
  const message = `is no resource of this file; ${near === undefined ? '' : `did you mean "${near}"? `}there are ${names.join(', ')}`;
  return [{ path: ['resources', at, 'parent', 'resource'], message }];
}

/** A name is one resource's, and a table, too. */
function takenName({ resources }: ConfigFile, at: number): Mistake[] {
  const own = named(resources[at]!);
  const before = resources.slice(0, at).map(named);
  const same = before.findIndex(({ name }) => name === own.name);
  const given = typeof resources[at] === 'string' ? [] : ['name'];
  if (same >= 0) {
    const message = `is that of resources[${same}], too: each needs one of its own`;
    return [{ path: ['resources', at, ...given], message }];
  }
  const twin = before.findIndex(({ table }) => foldName(table) === foldName(own.table));
  if (twin < 0) return [];
  const field = own.table === own.name ? given : ['table_name'];
  const why = before[twin]?.table === own.table ? '' : ', since upper and lower case are one to DuckDB';
  const message = `would become the table of resources[${twin}]${why}: give it ${own.table === own.name ? 'a table_name' : 'another'}`;
  return [{ path: ['resources', at, ...field], message }];
}

function named(given: ConfigFile['resources'][number]): { readonly name: string; readonly table: string } {
  if (typeof given === 'string') return { name: given, table: given };
  return { name: given.name, table: given.table_name ?? given.name };
}

/** One place cannot say in both words how pages are asked for. */
function paginationTwice({ client, resource_defaults, resources }: ConfigFile): Mistake[] {
  const places: readonly (readonly [readonly PropertyKey[], unknown])[] = [
    [['client'], client],
    [['resource_defaults'], resource_defaults],
    ...resources.map((given, at) => [['resources', at], given] as const),
  ];
  return places.flatMap(([path, fields]) =>
    typeof fields === 'object' && fields !== null && 'pagination' in fields && 'paginator' in fields
      ? [{ path: [...path, 'paginator'], message: 'is another word for pagination: keep one of the two' }]
      : [],
  );
}

/** `paginator` is another word for `pagination`. */
function withPagination<T extends Defaults>(fields: T): T {
  const pagination = fields.pagination ?? fields.paginator;
  return pagination === undefined ? fields : { ...fields, pagination };
}

/**
 * Fields of the client, the defaults and a resource, in this order. A single record needs no pagination, and is the whole answer where nothing else is
 * said: pagination given for lists in general is not meant for it.
 */
function withSingleRecord(given: readonly Defaults[]): Defaults {
  const all: Defaults = Object.assign({}, ...given);
  if (all.single_record !== true) return all;
  const at = given.findLastIndex(({ single_record }) => single_record !== undefined);
  const own = given.slice(at).findLast(({ pagination }) => pagination !== undefined)?.pagination;
  return {
    ...all,
    data_selector: all.data_selector ?? '',
    pagination: own ?? { type: 'single_page' },
  };
}

/** Where a resource's field stands: with it, among the defaults, or with the client. */
function whereGiven(
  { value: given }: SourceText,
  at: number,
  field: readonly PropertyKey[],
): readonly PropertyKey[] {
  const places = [['resources', at], ['resource_defaults'], ['client']];
  const [first] = field;
  const place = places.find(
    (one) => first !== undefined && select(given, [...one, first].map(String).join('.')) !== undefined,
  );
  // What nobody gave belongs where it is given once for all.
  return [...(place ?? (first === 'base_url' ? ['client'] : places[0]!)), ...field];
}

function variablesOf(
  { name: resource, params, headers, body, incremental }: EndpointConfig,
  at: readonly PropertyKey[],
  source: SourceText,
): NamedVariable[] {
  const parts: readonly (readonly [string, string, Json | undefined])[] = [
    ['incremental', 'initial_value', incremental?.initial_value],
    ...Object.entries(params).map(([key, part]) => ['params', key, part] as const),
    ...Object.entries(headers).map(([key, part]) => ['headers', key, part] as const),
    ...Object.entries(body ?? {}).map(([key, part]) => ['body', key, part] as const),
  ];
  return parts.flatMap(([kind, key, part]) => {
    const places = [at, ['resource_defaults'], ['client']].map((place) => [...place, kind, key]);
    const path =
      places.find((one) => select(source.value, one.map(String).join('.')) !== undefined) ?? places[0]!;
    const where = `line ${source.lineOf(path)}, ${fieldPath(path)}`;
    return neededVariables(part).map((variable) => ({ ...variable, resource, where }));
  });
}

/** The variables that authorize a resource: with it, among the defaults, or with the client. */
function authVariables(resource: string, at: readonly PropertyKey[], source: SourceText): NamedVariable[] {
  const places = [at, ['resource_defaults'], ['client']].map((place) => [...place, 'auth']);
  const given = places.find((path) => select(source.value, path.map(String).join('.')) !== undefined);
  const inPart = (part: unknown, path: readonly PropertyKey[]): NamedVariable[] => {
    const where = `line ${source.lineOf(path)}, ${fieldPath(path)}`;
    const authorized = (variable: NeededVariable): NamedVariable => ({
      ...variable,
      resource,
      where,
      authorizes: true,
    });
    if (typeof part === 'string') return neededVariables(part).map(authorized);
    if (Array.isArray(part)) return part.flatMap((inner, nth) => inPart(inner, [...path, nth]));
    if (!isJsonObject(part)) return [];
    if (typeof part['env'] === 'string' && Object.keys(part).length === 1)
      return [authorized({ name: part['env'] })];
    return Object.entries(part).flatMap(([name, inner]) => inPart(inner, [...path, name]));
  };
  return given === undefined ? [] : inPart(select(source.value, given.map(String).join('.')), given);
}

function invalid(file: string, source: SourceText, mistakes: readonly Mistake[]): XanoError {
  const lines = mistakes
    .map(({ path, message }) => ({ line: source.lineOf(path), sentence: `${fieldPath(path)} ${message}.` }))
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, sentence }) => `Line ${line}: ${sentence}`);
  const hint = 'Correct the fields that are named, then run again; docs/endpoints.md explains them.';
  return invalidFile(`${file} is not valid.`, [...new Set(lines)], hint);
}
