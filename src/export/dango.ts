/**
 * Turns endpoint configs into a sources.yml for Dango, by its documentation and its own reader of that file.
 * This room exports endpoint configs to other tools.
 * In: endpoint configs.
 * Out: the text of a file, and notes on what that tool cannot do.
 */
import type { Json } from '../json.js';
import { withoutTrailing } from '../plain-text.js';
import type { Auth } from '../rest/config/auth.js';
import { masksOf } from '../rest/config/columns/masked-columns.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import type { Pagination } from '../rest/config/pagination.js';
import { withBodyParams } from '../rest/paging/requests/body-param.js';
import type { Column } from '../table/column.js';
import {
  byServer,
  distinct,
  type Exit,
  jsonPath,
  notesOf,
  quoted,
  type Server,
  unreachable,
  variableOf,
  variablesUnsaid,
} from './exported.js';
import { type YamlValue, yamlLines } from './yaml.js';

const HEAD = `# Sources for Dango. Written by \`xano endpoints --format dango\`; belongs in .dango/sources.yml. Tokens are read from the environment.
#
# Each endpoint uses the fields of dlt's rest_api source, which Dango passes to dlt unchanged. Dango's own pagination fields cannot
# express the number of the first page, the name of the page parameter, or fields of a body: dlt would lose rows or read the same
# page forever.
`;

/** Writes the file. Pure. */
export function toDango(endpoints: readonly EndpointConfig[]): Exit {
  const written = endpoints.filter((endpoint) => whyNot(endpoint).length === 0);
  const notes = [...notesOf(endpoints, whyNot), ...notesOf(written, otherwise)];
  const listed = notes
    .map(({ names, reason }) => `# * ${names.map(quoted).join(', ')}: ${reason}.\n`)
    .join('');
  const content = { version: '1.0', sources: byServer(written).map(source) };
  const text = `${HEAD}${listed === '' ? '' : `#\n# What Dango cannot do, or does differently:\n${listed}`}${yamlLines(content).join('\n')}`;
  return { text, notes };
}

function whyNot(endpoint: EndpointConfig): string[] {
  const { auth, pagination } = endpoint;
  const form = auth.type === 'oauth2_client_credentials' ? auth : undefined;
  const isMore = form !== undefined && (form.scope !== undefined || Object.keys(form.params).length > 0);
  return [
    ...(auth.type === 'login' ? ['skipped, because Dango cannot log in to get a token'] : []),
    ...(form?.credentials_in === 'basic'
      ? ['skipped, because Dango sends the id and secret of a client only in the form']
      : []),
    ...(isMore ? ['skipped, because Dango sends only the id and secret when it requests a token'] : []),
    ...(auth.type === 'basic' && (typeof auth.username !== 'object' || auth.password === undefined)
      ? ['skipped, because Dango reads the user name and the password only from variables']
      : []),
    ...(masksOf(endpoint) === undefined
      ? []
      : ['skipped, because Dango would load masked columns with their values']),
    ...variablesUnsaid(endpoint, 'Dango'),
    ...(pagination.type === 'offset'
      ? [
          'skipped, because dlt advances by the size that it requests: it loses rows if the server returns fewer',
        ]
      : []),
  ];
}

function otherwise(endpoint: EndpointConfig): string[] {
  const { pagination, columns = [], excluded, incremental, data_selector } = endpoint;
  const times = columns.some(({ type, list }) => type === 'TIMESTAMPTZ' && !list);
  const clashes = columns.filter(({ name }, nth) =>
    columns.slice(0, nth).some((earlier) => snakeCase(earlier.name) === snakeCase(name)),
  );
  const names = (some: readonly string[]): string => some.map(quoted).join(', ');
  return [
    ...unreachable(endpoint),
    ...(pagination.type === 'keyset'
      ? [
          'dlt requests pages by number, in the order of the key: it misses rows that shift when others are deleted meanwhile',
        ]
      : []),
    ...(pagination.type === 'page_number' && totalOf(pagination) === undefined
      ? ['dlt never stops if the server ignores the page number']
      : []),
    ...(excluded.length > 0 ? [`${names(excluded)} is loaded: Dango cannot exclude columns`] : []),
    ...(times ? ['timestamps stay numbers, epoch milliseconds'] : []),
    ...(clashes.length > 0
      ? [`${names(clashes.map(({ name }) => name))} overwrites a column with the same name in snake_case`]
      : []),
    ...(incremental === undefined ? [] : ['every run reads all rows']),
    ...(pagination.type === 'auto' || data_selector === undefined
      ? ['dlt guesses the settings that the config omits']
      : []),
  ];
}

function source(server: Server): YamlValue {
  // The names that dlt would use, so that no two resources share a table.
  const tables = distinct(server.endpoints.map(({ name, table_name = name }) => snakeCase(table_name)));
  return {
    name: server.name,
    type: 'rest_api',
    enabled: true,
    rest_api: {
      base_url: server.base_url,
      ...authWords(server.auth),
      endpoints: server.endpoints.map((endpoint, nth) => resource(endpoint, tables[nth]!)),
    },
  };
}

/** Credentials in Dango's format. */
function authWords(auth: Auth): { readonly [word: string]: YamlValue } {
  switch (auth.type) {
    case 'bearer':
      return { auth_type: 'bearer', auth_token_env: variableOf(auth.token) };
    case 'api_key':
      return {
        auth_type: 'api_key',
        auth_token_env: variableOf(auth.key),
        api_key_name: auth.name,
        api_key_location: auth.in,
      };
    case 'custom_header':
      return {
        auth_type: 'custom_header',
        auth_token_env: variableOf(auth.value),
        auth_header_name: auth.name,
      };
    case 'basic':
      // Endpoints without one of these fields are excluded.
      if (typeof auth.username !== 'object' || auth.password === undefined) return { auth_type: 'none' };
      return {
        auth_type: 'basic',
        basic_username_env: variableOf(auth.username),
        basic_password_env: variableOf(auth.password),
      };
    case 'oauth2_client_credentials':
      return {
        auth_type: 'oauth2_client_credentials',
        access_token_url: auth.token_url,
        client_id_env: variableOf(auth.client_id),
        client_secret_env: variableOf(auth.client_secret),
      };
    case 'none':
    case 'login':
      return { auth_type: 'none' };
  }
}

function resource(endpoint: EndpointConfig, table: string): YamlValue {
  const { primary_key, columns = [], write_disposition, data_selector } = endpoint;
  const hints = columns.flatMap((column) => {
    const data_type = dataType(column);
    return data_type === undefined ? [] : [[column.name, { data_type }] as const];
  });
  return {
    name: table,
    // Without a key, Dango uses `id`.
    primary_key,
    // Appending the complete list each time would duplicate its rows.
    write_disposition: endpoint.incremental === undefined ? write_disposition : 'replace',
    max_table_nesting: 0,
    columns: hints.length === 0 ? undefined : Object.fromEntries(hints),
    endpoint: {
      path: endpoint.path,
      method: endpoint.method,
      headers: some(endpoint.headers),
      ...asked(endpoint),
      data_selector: data_selector === undefined ? undefined : jsonPath(data_selector),
    },
  };
}

/** Parameters, body and paginator, in the format of dlt's rest_api source. */
function asked({ method, pagination, params, body }: EndpointConfig): {
  readonly [word: string]: YamlValue | undefined;
} {
  const json = method === 'POST' ? (body ?? {}) : undefined;
  const beside = (location: 'query' | 'body', more: Readonly<Record<string, Json>>) =>
    location === 'body'
      ? { params: some(params), json: withBodyParams(json, more) }
      : { params: some({ ...params, ...more }), json };
  switch (pagination.type) {
    case 'keyset': {
      const { page_param, page_size_param, page_size, sort_param, key, order, next_page_path } = pagination;
      const more = { [page_param]: 1, [page_size_param]: page_size, [sort_param]: { [key]: order } };
      return {
        ...beside('body', more),
        paginator: following(next_page_path ?? 'nextPage', 'body', page_param),
      };
    }
    case 'page_number': {
      const { in: location, page_param, base_page, page_size_param, page_size, next_page_path } = pagination;
      const size = { [page_size_param]: page_size };
      if (next_page_path !== undefined)
        return {
          ...beside(location, { ...size, [page_param]: base_page }),
          paginator: following(next_page_path, location, page_param),
        };
      const page = location === 'body' ? { page_body_path: page_param } : { page_param };
      const total_path = totalOf(pagination) ?? null;
      return {
        ...beside(location, size),
        paginator: { type: 'page_number', base_page, ...page, total_path },
      };
    }
    case 'cursor': {
      const { in: location, cursor_path, cursor_param, page_size_param, page_size } = pagination;
      const size =
        page_size_param === undefined || page_size === undefined ? {} : { [page_size_param]: page_size };
      const where = location === 'body' ? { cursor_body_path: cursor_param } : { cursor_param };
      return {
        ...beside(location, size),
        paginator: { type: 'cursor', cursor_path: jsonPath(cursor_path), ...where },
      };
    }
    case 'json_link':
      return {
        ...beside('query', {}),
        paginator: { type: 'json_link', next_url_path: jsonPath(pagination.next_url_path) },
      };
    case 'header_link':
    case 'single_page':
    case 'auto':
    case 'offset':
      return { ...beside('query', {}), paginator: pagination.type };
  }
}

/** The server names the next page; null or an empty page ends the list. */
function following(path: string, location: 'query' | 'body', page_param: string): YamlValue {
  const where = location === 'body' ? { cursor_body_path: page_param } : { cursor_param: page_param };
  return { type: 'cursor', cursor_path: jsonPath(path), ...where, stop_after_empty_page: true };
}

function totalOf({ total_pages_path }: Extract<Pagination, { type: 'page_number' }>): string | undefined {
  return total_pages_path === undefined ? undefined : jsonPath(total_pages_path);
}

/**
 * Types whose values stay the same without a transformation; a mix of whole numbers and decimals would become
 * two columns otherwise.
 */
const DATA_TYPES: Readonly<Partial<Record<Column['type'], string>>> = {
  BIGINT: 'bigint',
  TIMESTAMPTZ: 'bigint',
  DOUBLE: 'double',
  BOOLEAN: 'bool',
  VARCHAR: 'text',
  UUID: 'text',
  DATE: 'text',
};

function dataType({ type, list }: Column): string | undefined {
  return list ? undefined : DATA_TYPES[type];
}

/** A name by dlt's default naming convention: from its source, dlt 1.28. */
function snakeCase(name: string): string {
  const plain = name
    .trim()
    .replace(/[+*]/g, 'x')
    .replaceAll('-', '_')
    .replaceAll('@', 'a')
    .replaceAll('|', 'l')
    .replace(/[^a-zA-Z\d_]+/g, '_')
    .replace(/([^_])([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
  const led = /^\d/.test(plain) ? `_${plain}` : plain;
  const body = withoutTrailing(led, '_');
  return (body + 'x'.repeat(led.length - body.length)).replace(/__+/g, '_');
}

function some<T extends object>(members: T): T | undefined {
  return Object.keys(members).length === 0 ? undefined : members;
}
