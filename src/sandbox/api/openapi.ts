/** The OpenAPI documents that Xano generates for API groups, in the style of captured ones. */
import type { Json, JsonObject } from '../../json.js';
import type {
  FieldType,
  LocalApiGroup,
  LocalEndpoint,
  LocalField,
  LocalTable,
  LocalWorkspace,
} from '../data/model.js';

/** The document of some of a group's endpoints; `origin` is the instance's. */
export function groupDocument(
  group: LocalApiGroup,
  endpoints: readonly LocalEndpoint[],
  tables: readonly LocalTable[],
  origin: string,
): JsonObject {
  const server = `${origin}/api:${group.canonical}`;
  return documentOf(group.name, group.description, server, pathsOf(group, endpoints, tables, ''));
}

/**
 * The document of all of a workspace's groups on a branch: the canonical stands in the paths, not in the
 * server.
 */
export function workspaceDocument(
  workspace: LocalWorkspace,
  groups: readonly LocalApiGroup[],
  origin: string,
): JsonObject {
  const paths = groups.map((group) =>
    pathsOf(group, group.endpoints, workspace.tables, `/api:${group.canonical}`),
  );
  return documentOf(workspace.name, workspace.description, origin, Object.assign({}, ...paths));
}

function documentOf(title: string, description: string, server: string, paths: JsonObject): JsonObject {
  return {
    openapi: '3.0.0',
    info: { title, description, version: '0.0.1' },
    servers: [{ url: server }],
    components: {
      securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {},
    },
    paths,
  };
}

function pathsOf(
  group: LocalApiGroup,
  endpoints: readonly LocalEndpoint[],
  tables: readonly LocalTable[],
  prefix: string,
): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const endpoint of endpoints) {
    const path = `${prefix}/${endpoint.name}`;
    paths[path] = { ...paths[path], [endpoint.verb.toLowerCase()]: operationOf(group, endpoint, tables) };
  }
  return paths;
}

const ERRORS: JsonObject = {
  400: { description: 'Input Error. Check the request payload for issues.' },
  401: { description: 'Unauthorized' },
  403: { description: 'Access denied. Additional privileges are needed access the resource.' },
  404: { description: 'Not Found. The requested resource does not exist.' },
  429: { description: 'Rate Limited. Too many requests.' },
  500: { description: 'Unexpected error' },
};

function operationOf(
  group: LocalApiGroup,
  endpoint: LocalEndpoint,
  tables: readonly LocalTable[],
): JsonObject {
  const needs = endpoint.auth === false ? 'not required' : 'required';
  const schema = responseSchema(endpoint, tables);
  return {
    operationId: `${group.name.toLowerCase()}/${endpoint.name}|${endpoint.verb}`,
    summary: endpoint.description,
    description: `${endpoint.description}\n<br /><br />\n<b>Authentication:</b> ${needs}`,
    tags: [endpoint.name.split('/')[0]!],
    security: endpoint.auth === false ? [] : [{ bearerAuth: [] }],
    ...inputsOf(endpoint),
    responses: { 200: { description: 'Success!', content: { 'application/json': { schema } } }, ...ERRORS },
  };
}

function inputsOf(endpoint: LocalEndpoint): JsonObject {
  const inPath = (field: LocalField) => endpoint.name.split('/').includes(`{${field.name}}`);
  const sent = endpoint.input.filter((field) => !inPath(field));
  const asParameter = (field: LocalField): Json => ({
    name: field.name,
    in: inPath(field) ? 'path' : 'query',
    description: field.description,
    required: inPath(field) || field.required,
    schema: schemaOf(field),
  });
  if (endpoint.verb === 'GET') return { parameters: endpoint.input.map(asParameter) };
  const schema = objectSchema(sent);
  const content = { 'application/json': { schema }, 'multipart/form-data': { schema } };
  return {
    parameters: endpoint.input.filter(inPath).map(asParameter),
    ...(sent.length === 0 ? {} : { requestBody: { content } }),
  };
}

const COUNT: JsonObject = { type: 'integer', format: 'int64' };
const PAGE_OR_NULL: JsonObject = { ...COUNT, nullable: true };

function responseSchema({ response }: LocalEndpoint, tables: readonly LocalTable[]): JsonObject {
  switch (response.kind) {
    case 'all':
      return { type: 'array', items: rowSchema(response.table, tables) };
    case 'list':
      return wrapped(response.under, { type: 'array', items: rowSchema(response.table, tables) });
    case 'pages': {
      const totals = response.totals ? { itemsTotal: COUNT, pageTotal: COUNT } : {};
      const envelope = {
        type: 'object',
        properties: {
          itemsReceived: COUNT,
          curPage: COUNT,
          nextPage: PAGE_OR_NULL,
          prevPage: PAGE_OR_NULL,
          offset: COUNT,
          perPage: COUNT,
          ...totals,
          items: { type: 'array', items: rowSchema(response.table, tables) },
        },
      };
      return response.under === undefined ? envelope : wrapped(response.under, envelope);
    }
    case 'row':
    case 'me':
      return rowSchema(response.table, tables);
    case 'login':
      return { type: 'object', properties: { authToken: { type: 'string' } } };
    // Captured documents show this empty object for responses that an author shaped.
    case 'data':
    case 'gone':
    case 'accept':
      return { type: 'object', properties: {} };
  }
}

/** A schema under one key, or several with dots between. */
function wrapped(under: string, schema: JsonObject): JsonObject {
  return under
    .split('.')
    .reduceRight((inner: JsonObject, key) => ({ type: 'object', properties: { [key]: inner } }), schema);
}

function rowSchema(name: string, tables: readonly LocalTable[]): JsonObject {
  const table = tables.find((candidate) => candidate.name === name);
  return objectSchema((table?.schema ?? []).filter(isShown));
}

/** Whether an endpoint returns a column by default: passwords and internal columns are not returned. */
export function isShown(field: LocalField): boolean {
  return field.access !== 'internal' && field.type !== 'password';
}

function objectSchema(fields: readonly LocalField[]): JsonObject {
  const required = fields.filter((field) => field.required).map(({ name }) => name);
  const properties = Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)]));
  return { type: 'object', ...(required.length === 0 ? {} : { required }), properties };
}

const SCHEMAS: { readonly [type in FieldType]?: JsonObject } = {
  int: { type: 'integer', format: 'int64' },
  decimal: { type: 'number' },
  bool: { type: 'boolean' },
  timestamp: { type: 'number', format: 'timestamptz' },
  date: { type: 'string', format: 'date' },
  uuid: { type: 'string', format: 'uuid' },
  text: { type: 'string' },
  enum: { type: 'string' },
  email: { type: 'string', format: 'email' },
  password: { type: 'string', format: 'password' },
  vector: { type: 'array', items: { type: 'number' } },
};

function schemaOf(field: LocalField): JsonObject {
  const children =
    field.children === undefined ? {} : { properties: objectSchema(field.children).properties! };
  const schema = { ...(SCHEMAS[field.type] ?? { type: 'object' }), ...children };
  const values = field.values === undefined ? {} : { enum: field.values };
  const notes = {
    description: field.description,
    ...(field.nullable ? { nullable: true } : {}),
    // Text even for integers, as the captured documents have it.
    ...(field.default === '' ? {} : { default: field.default }),
  };
  return field.style === 'list'
    ? { type: 'array', items: { ...schema, ...values }, ...notes }
    : { ...schema, ...values, ...notes };
}
