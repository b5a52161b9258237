/** The settings of dlt's REST client for credentials and pages. */
import type { Json, JsonObject } from '../json.js';
import type { Auth } from '../rest/config/auth.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { refOf } from '../rest/config/login-body.js';
import type { Pagination } from '../rest/config/pagination.js';
import { variablesIn } from '../rest/config/template.js';
import { withBodyParams } from '../rest/paging/requests/body-param.js';
import type { Column } from '../table/column.js';
import type { PartName } from './dlt-parts.js';
import { jsonPath, variableOf } from './exported.js';
import { type Code, call, type PythonValue } from './python.js';

const secret = (ref: Parameters<typeof variableOf>[0]): Code => call('secret', [variableOf(ref)]);

/** Credentials in dlt's format, and the Python parts that they need. */
export function auth(given: Auth): { readonly value?: PythonValue; readonly parts: readonly PartName[] } {
  const parts = ['secret'] as const;
  switch (given.type) {
    case 'none':
      return { parts: [] };
    case 'bearer':
      return { parts, value: { type: 'bearer', token: secret(given.token) } };
    case 'api_key': {
      const { name, key } = given;
      return { parts, value: { type: 'api_key', name, api_key: secret(key), location: given.in } };
    }
    case 'custom_header': {
      const value = { type: 'api_key', name: given.name, api_key: secret(given.value), location: 'header' };
      return { parts, value };
    }
    case 'basic': {
      const { username = '', password } = given;
      return {
        parts,
        value: {
          type: 'http_basic',
          username: typeof username === 'string' ? username : secret(username),
          password: password === undefined ? '' : secret(password),
        },
      };
    }
    case 'oauth2_client_credentials': {
      const { token_url, client_id, client_secret, scope, params } = given;
      const data = { ...params, ...(scope === undefined ? {} : { scope }) };
      return {
        parts,
        value: {
          type: 'oauth2_client_credentials',
          access_token_url: token_url,
          client_id: secret(client_id),
          client_secret: secret(client_secret),
          access_token_request_data: Object.keys(data).length === 0 ? undefined : data,
        },
      };
    }
    case 'login': {
      const { url, body, body_as, headers = {}, token_path = '' } = given;
      const more = {
        ...(body_as === 'form' ? { body_as } : {}),
        ...(Object.keys(headers).length === 0 ? {} : { headers: pythonOf(headers) }),
      };
      const token = call('login', [url, pythonOf(body), token_path], more);
      return { parts: ['login'], value: { type: 'bearer', token } };
    }
  }
}

/** A part of a login as Python: each secret is read from the environment. */
function pythonOf(value: Json): PythonValue {
  const ref = refOf(value);
  if (ref !== undefined) return secret(ref);
  if (typeof value === 'string') {
    const [alone] = variablesIn(value);
    return alone !== undefined && value === `\${${alone}}`
      ? secret({ env: alone })
      : value.replaceAll('$$', '$');
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(pythonOf);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, pythonOf(part as Json)]));
}

/** The pagination of an endpoint in dlt's format. */
export interface Paginated {
  readonly pagination: PythonValue;
  readonly parts: readonly PartName[];
  readonly params: Readonly<Record<string, PythonValue>>;
  readonly json: JsonObject | undefined;
}

type Of<T extends Pagination['type']> = Extract<Pagination, { type: T }>;

/** The paginator, and the parameters of every request beside it. */
export function paginated(endpoint: EndpointConfig): Paginated {
  const { pagination, params, body } = endpoint;
  const json = endpoint.method === 'POST' ? (body ?? {}) : undefined;
  const plain = { params, json };
  switch (pagination.type) {
    case 'auto':
      return { ...plain, pagination: 'auto', parts: [] };
    case 'single_page':
      return { ...plain, pagination: 'single_page', parts: [] };
    case 'header_link':
      return { ...plain, pagination: call('HeaderLinks', []), parts: ['HeaderLinks'] };
    case 'json_link': {
      const next_url_path = jsonPath(pagination.next_url_path);
      return { ...plain, pagination: call('JsonLinks', [], { next_url_path }), parts: ['JsonLinks'] };
    }
    case 'offset':
      return offsets(pagination, plain);
    case 'cursor':
      return cursors(pagination, plain);
    case 'page_number':
      return pages(pagination, plain);
    case 'keyset':
      return keyset(endpoint, pagination, plain);
  }
}

type Plain = Pick<Paginated, 'params' | 'json'>;

/** Parameters beside the page go to the same part of the request. */
function beside(plain: Plain, location: 'query' | 'body', more: Readonly<Record<string, number>>): Plain {
  return location === 'body'
    ? { params: plain.params, json: withBodyParams(plain.json, more) }
    : { params: { ...plain.params, ...more }, json: plain.json };
}

function offsets(pagination: Of<'offset'>, plain: Plain): Paginated {
  const { in: location, offset_param, limit_param, limit, total_path } = pagination;
  const where =
    location === 'body'
      ? {
          offset_body_path: offset_param,
          limit_body_path: limit_param,
          offset_param: null,
          limit_param: null,
        }
      : { offset_param, limit_param };
  return {
    ...plain,
    pagination: call('Offsets', [], {
      limit,
      ...where,
      total_path: (total_path ?? '') === '' ? null : jsonPath(total_path ?? ''),
    }),
    parts: ['Offsets'],
  };
}

function cursors(pagination: Of<'cursor'>, plain: Plain): Paginated {
  const { in: location, cursor_param, cursor_path, page_size_param, page_size } = pagination;
  const size =
    page_size_param === undefined || page_size === undefined ? {} : { [page_size_param]: page_size };
  return {
    ...beside(plain, location, size),
    pagination: call('NextPage', [], {
      cursor_path: jsonPath(cursor_path),
      [location === 'body' ? 'cursor_body_path' : 'cursor_param']: cursor_param,
    }),
    parts: ['NextPage'],
  };
}

function pages(pagination: Of<'page_number'>, plain: Plain): Paginated {
  const { in: location, page_param, base_page, page_size_param, page_size } = pagination;
  const { next_page_path, total_pages_path } = pagination;
  const size = { [page_size_param]: page_size };
  // The server's next page comes first: a total of pages may change during the reading.
  if (next_page_path !== undefined)
    return {
      ...beside(plain, location, { ...size, [page_param]: base_page }),
      pagination: nextPage(next_page_path, location, page_param),
      parts: ['NextPage'],
    };
  const page = location === 'body' ? { page_body_path: page_param } : { page_param };
  const sized = beside(plain, location, size);
  if (total_pages_path === undefined)
    return {
      ...sized,
      pagination: call('Pages', [], { base_page, ...page, total_path: null }),
      parts: ['Pages'],
    };
  const total_path = jsonPath(total_pages_path);
  return { ...sized, pagination: { type: 'page_number', base_page, ...page, total_path }, parts: [] };
}

function nextPage(path: string, location: 'query' | 'body', page_param: string): Code {
  return call('NextPage', [], {
    cursor_path: jsonPath(path),
    [location === 'body' ? 'cursor_body_path' : 'cursor_param']: page_param,
    stop_after_empty_page: true,
  });
}

/** Whether keyset pagination becomes page numbers: comparisons are documented for numbers only. */
export function isKeyUncompared(
  pagination: EndpointConfig['pagination'],
  columns: readonly Column[] = [],
): boolean {
  if (pagination.type !== 'keyset') return false;
  return columns.some(({ name, type, list }) => name === pagination.key && (type !== 'BIGINT' || list));
}

function keyset({ columns = [] }: EndpointConfig, pagination: Of<'keyset'>, plain: Plain): Paginated {
  const { key, order, page_param, page_size_param, page_size, sort_param, filter_param, after } = pagination;
  const { next_page_path, total_path } = pagination;
  const sized = beside(plain, 'body', { [page_param]: 1, [page_size_param]: page_size });
  const sorted = { params: sized.params, json: { ...sized.json, [sort_param]: { [key]: order } } };
  if (next_page_path !== undefined && isKeyUncompared(pagination, columns))
    return { ...sorted, pagination: nextPage(next_page_path, 'body', page_param), parts: ['NextPage'] };
  return {
    ...sorted,
    pagination: call('Keyset', [key], {
      after,
      conditions: filter_param,
      total: total_path,
      next_page: next_page_path,
    }),
    parts: ['Keyset'],
  };
}
