/**
 * Tells which list a config reads, by everything its requests carry; possible secrets enter only as a digest.
 * Pure.
 */
import { createHash } from 'node:crypto';
import { isJsonObject, type Json } from '../json.js';
import type { Auth } from '../rest/config/auth.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { loginRefs, refOf } from '../rest/config/login-body.js';
import { type PageRequest, requestUrl } from '../rest/http/request.js';
import { baseRequest } from '../rest/paging/requests/request-params.js';
import { ANY_ACCOUNT, type ListParts } from '../table/identity.js';
import { hasStableId } from '../table/source-ids.js';

/** Fills in the variables of a request that are not secrets. Throws when one is not set. */
export type WithValues = (request: PageRequest, auth: Auth) => PageRequest;

/**
 * The list that a config reads; `among` are the configs that its parent is one of. Variables enter by their
 * values. Secrets enter by the names under which they are found (variables, profiles), so that a token may be
 * renewed. With a stable id at the source, those names do not matter: the table is the same one for every
 * login.
 */
export function listRead(
  endpoint: EndpointConfig,
  among: readonly EndpointConfig[],
  withValues: WithValues,
): ListParts {
  const { method, params, headers, body, url } = listedRequest(endpoint, withValues);
  const { origin, host, pathname } = new URL(url);
  const { searchParams } = requestUrl({ method, url, params, headers });
  const isStable = hasStableId(endpoint.origin);
  const parent = among.find(({ name }) => name === endpoint.parent?.resource);
  const request = [
    method,
    // Such a source may have several addresses.
    isStable ? endpoint.path.replace(/\?.*$/s, '') : pathname,
    // The order of parameters matters only among those of one name.
    [...searchParams].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    Object.entries(headers)
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      .toSorted(),
    sorted(body ?? null),
    ...(endpoint.parent === undefined ? [] : [sorted(endpoint.parent.bind)]),
    // Texts only, so it is plain JSON.
    ...(parent === undefined ? [] : [Object.values(listRead(parent, among, withValues))]),
  ];
  return {
    address: isStable ? `${host}${pathname}` : `${origin}${pathname}`,
    request: digest(request),
    account: isStable ? ANY_ACCOUNT : digest(accountOf(endpoint.auth)),
  };
}

/** A resource with an unset variable fails before its identity matters. */
function listedRequest(endpoint: EndpointConfig, withValues: WithValues): PageRequest {
  const request = baseRequest(endpoint);
  try {
    return withValues(request, endpoint.auth);
  } catch {
    return request;
  }
}

/** Fields of a login that describe the protocol, not the account. */
const PROTOCOL: readonly string[] = [
  'grant_type',
  'response_type',
  'scope',
  'remember',
  'remember_me',
  'format',
];

/**
 * The account behind an auth: where its secrets are found, and the constants beside them. For a login, the
 * names of the fields and the way its answer is read do not matter.
 */
function accountOf(auth: Auth): Json {
  // The auth of a config is plain JSON, with the names of secrets.
  if (auth.type !== 'login') return sorted(auth as unknown as Json);
  const { url, body, headers = {} } = auth;
  const refs = loginRefs(auth).map((ref) => JSON.stringify(ref));
  return ['login', url, [...new Set(refs)].toSorted(), constantsIn({ ...headers, ...body }).toSorted()];
}

function constantsIn(value: Json, name = ''): string[] {
  if (refOf(value) !== undefined || value === null || PROTOCOL.includes(name.toLowerCase())) return [];
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, part]) => constantsIn(part, key));
  return [`${name}: ${value}`];
}

/** The value with sorted keys: rearranging a config file does not change its list. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}

/** 16 hexadecimal digits of SHA-256, which tell a value from others. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
