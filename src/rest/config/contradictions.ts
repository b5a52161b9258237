/** Finds parts of a config that contradict each other: one of them would be ignored silently. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json } from '../../json.js';
import { firstPage } from '../paging/paginators.js';
import type { Auth } from './auth.js';
import type { EndpointConfig } from './endpoint-config.js';
import type { Mistake } from './validation-messages.js';

/** The mistakes in a config that says the same thing in two ways. */
export function contradictionsIn(config: EndpointConfig): Mistake[] {
  return [
    ...headersTwice(config),
    ...authorizedTwice(config),
    ...queryTwice(config),
    ...pagedTwice(config),
    ...startedTwice(config),
    ...columnsTwice(config),
  ];
}

function headersTwice({ headers }: EndpointConfig): Mistake[] {
  const names = Object.keys(headers);
  return names.flatMap((name, at) => {
    const same = names.slice(0, at).find((earlier) => earlier.toLowerCase() === name.toLowerCase());
    if (same === undefined) return [];
    return [{ path: ['headers', name], message: `is the same header as "${same}": keep one of the two` }];
  });
}

/** The header that an auth sets, in lower case; undefined for an auth that sets none. */
function headerOf(auth: Auth): string | undefined {
  if (auth.type === 'none') return undefined;
  if (auth.type === 'custom_header') return auth.name.toLowerCase();
  if (auth.type === 'api_key') return auth.in === 'header' ? auth.name.toLowerCase() : undefined;
  return 'authorization';
}

function authorizedTwice({ auth, headers, params, path }: EndpointConfig): Mistake[] {
  const message = 'is also sent by auth: keep one of the two';
  const header = headerOf(auth);
  const twice = Object.keys(headers)
    .filter((name) => name.toLowerCase() === header)
    .map((name) => ({ path: ['headers', name], message }));
  if (auth.type !== 'api_key' || auth.in !== 'query') return twice;
  const { name } = auth;
  return [
    ...twice,
    ...(name in params ? [{ path: ['params', name], message }] : []),
    ...(queryOf(path).has(name) ? [{ path: ['path'], message: `has "${name}", which ${message}` }] : []),
  ];
}

/** The query within a path. */
function queryOf(path: string): URLSearchParams {
  const at = path.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : path.slice(at + 1));
}

/** A parameter of `params` replaces all parameters of its name in the path. */
function queryTwice({ params, path }: EndpointConfig): Mistake[] {
  const query = queryOf(path);
  return Object.entries(params).flatMap(([name, value]) => {
    const inPath = query.getAll(name);
    if (inPath.length === 0 || (inPath.length === 1 && inPath[0] === value)) return [];
    return [{ path: ['params', name], message: 'is also in the query of path: keep one of the two' }];
  });
}

/** The parameters that set the page size. */
function sizeParams({ pagination }: EndpointConfig): readonly unknown[] {
  return Object.entries(pagination).flatMap(([field, name]) =>
    ['page_size_param', 'limit_param'].includes(field) ? [name] : [],
  );
}

/**
 * A list's own page sizes beside those of its pagination. A page size that all lists share gives way instead.
 */
export function sizesTwice(config: EndpointConfig, params: object): Mistake[] {
  const sizes = sizeParams(config);
  return allPagedTwice(config).filter(
    ({ path: [kind, name = ''] }) => kind === 'params' && sizes.includes(name) && name in params,
  );
}

/** Parameters of the pagination that are also given under the same name. A first cursor may be given. */
function pagedTwice(config: EndpointConfig): Mistake[] {
  const sizes = sizeParams(config);
  return allPagedTwice(config).filter(
    ({ path: [kind, name = ''] }) => kind !== 'params' || !sizes.includes(name),
  );
}

function allPagedTwice(config: EndpointConfig): Mistake[] {
  const { pagination, params, path, body = {} } = config;
  if (pagination.type === 'auto') return [];
  const first = firstPage({ ...config, pagination });
  const message = (sent: Json | undefined): string =>
    sent === undefined
      ? `is set by pagination (${pagination.type}), and would not be sent: leave it out`
      : `is set by pagination (${pagination.type}), which sends ${JSON.stringify(sent)}: keep one of the two`;
  const inside = 'inside' in pagination ? pagination.inside : undefined;
  const twice = (kind: 'params' | 'body', given: Readonly<Record<string, Json>>): Mistake[] =>
    Object.entries(given).flatMap(([name, value]) => {
      const sent = first[kind]?.[name];
      // A dotted parameter goes into an object of the body, beside the config's own members.
      const isObject = kind === 'body' && isJsonObject(value);
      const isKept = name === inside || isObject ? isWithin(value, sent) : isSame(value, sent);
      if (isKept) return [];
      const within = `holds a parameter that pagination (${pagination.type}) sets: remove it`;
      return [{ path: [kind, name], message: name === inside ? within : message(sent) }];
    });
  const query = [...queryOf(path)].flatMap(([name, value]) => {
    const sent = name in params ? undefined : first.params[name];
    if (sent === undefined || sent === value) return [];
    return [{ path: ['path'], message: `has "${name}", which ${message(sent)}` }];
  });
  return [...twice('params', params), ...twice('body', body), ...query, ...oneForTwo(pagination)];
}

const isSame = (given: Json, sent: Json | undefined): boolean =>
  isDeepStrictEqual(given, sent) || (typeof sent === 'number' && given === String(sent));

/** Whether an object, or its JSON text, is sent with all its given members. */
function isWithin(given: Json, sent: Json | undefined): boolean {
  const [all, some] = [objectOf(sent), objectOf(given)];
  // A value that is not an object is replaced by one: it would be lost silently.
  if (all === undefined || some === undefined) return false;
  return Object.entries(some).every(([name, value]) =>
    isJsonObject(value) ? isWithin(value, all[name]) : isSame(value, all[name]),
  );
}

function objectOf(value: Json | undefined): Readonly<Record<string, Json>> | undefined {
  if (typeof value !== 'string') return isJsonObject(value) ? value : undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** A parameter cannot hold both the page and its size. */
function oneForTwo(pagination: EndpointConfig['pagination']): Mistake[] {
  const named = Object.entries(pagination).filter(([field]) => /_param$/.test(field));
  return named.flatMap(([field, name], at) => {
    const same = named.slice(0, at).find(([, earlier]) => earlier === name);
    if (same === undefined) return [];
    return [{ path: ['pagination', field], message: `is the same parameter as ${same[0]}` }];
  });
}

/** From the second load on, the highest value read so far replaces the value in the config. */
function startedTwice(config: EndpointConfig): Mistake[] {
  const { incremental, method, params, body = {}, path, pagination } = config;
  const name = incremental?.start_param;
  if (name === undefined) return [];
  const isInBody = method === 'POST' && incremental?.in === 'body';
  const message = 'is set by incremental: give its first value as incremental.initial_value';
  const isPaged = Object.entries(pagination).some(
    ([field, param]) => /_param$/.test(field) && param === name,
  );
  return [
    ...(name in (isInBody ? body : params) ? [{ path: [isInBody ? 'body' : 'params', name], message }] : []),
    ...(!isInBody && queryOf(path).has(name)
      ? [{ path: ['path'], message: `has "${name}", which ${message}` }]
      : []),
    ...(isPaged ? [{ path: ['incremental', 'start_param'], message: 'is a parameter of pagination' }] : []),
  ];
}

function columnsTwice({
  primary_key,
  columns = [],
  excluded,
  incremental,
  parent,
}: EndpointConfig): Mistake[] {
  const twice = (path: string[], names: readonly string[]): Mistake[] =>
    [...new Set(names.filter((name, at) => names.indexOf(name) !== at))].map((name) => ({
      path,
      message: `names "${name}" twice`,
    }));
  const leftOut = (path: string[], name: string): Mistake[] =>
    excluded.includes(name) ? [{ path, message: `names "${name}", which excluded removes` }] : [];
  return [
    ...twice(['primary_key'], primary_key),
    ...twice(
      ['columns'],
      columns.map(({ name }) => name),
    ),
    ...twice(['parent', 'include'], parent?.include ?? []),
    ...primary_key.flatMap((name) => leftOut(['primary_key'], name)),
    ...(incremental === undefined ? [] : leftOut(['incremental', 'cursor_path'], incremental.cursor_path)),
  ];
}
