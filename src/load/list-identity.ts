/** Which list a config reads: all that its requests carry. What may be secret is only there as a digest. Pure. */
import { createHash } from 'node:crypto';
import { isJsonObject, type Json } from '../json.js';
import type { Auth, EndpointConfig } from '../rest/config/endpoint-config.js';
import { loginRefs, refOf } from '../rest/config/login-body.js';
import { type PageRequest, requestUrl } from '../rest/http/request.js';
import { baseRequest } from '../rest/paging/paginators.js';
import { ANY_ACCOUNT, type ListParts } from '../table/identity.js';
import { hasStableId } from '../table/source-ids.js';

/** Puts the variables into a request that are no secrets. Throws for one that is not set. */
export type WithValues = (request: PageRequest, auth: Auth) => PageRequest;

/**
 * The list that a config reads; `among` are the configs that its parent is one of. Variables enter by their values. Secrets enter by the names under which they are found
 * (variables, profiles), so that a token may be renewed. Which names those are counts for nothing where the source has a stable id:
 * whoever logs in to it, its table is the same one.
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
    // Such a source may be reached under several addresses.
    isStable ? endpoint.path.replace(/\?.*$/s, '') : pathname,
    // Parameters of different names have no order; those of one name have.
    [...searchParams].toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)),
    Object.entries(headers)
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      .toSorted(),
    sorted(body ?? null),
    ...(endpoint.parent === undefined ? [] : [sorted(endpoint.parent.bind)]),
    // A Json value: texts and nothing else.
    ...(parent === undefined ? [] : [Object.values(listRead(parent, among, withValues))]),
  ];
  return {
    address: isStable ? `${host}${pathname}` : `${origin}${pathname}`,
    request: digest(request),
    account: isStable ? ANY_ACCOUNT : digest(accountOf(endpoint.auth)),
  };
}

/** Where a variable is not set nothing is read: its resource fails before its identity counts. */
function listedRequest(endpoint: EndpointConfig, withValues: WithValues): PageRequest {
  const request = baseRequest(endpoint);
  try {
    return withValues(request, endpoint.auth);
  } catch {
    return request;
  }
}

/** Fields of a login that say how it is made, not who makes it. */
const PROTOCOL: readonly string[] = [
  'grant_type',
  'response_type',
  'scope',
  'remember',
  'remember_me',
  'format',
];

/**
 * The account that an auth stands for: where its secrets are found, and the constants beside them. Of a login it counts for nothing in which
 * fields they stand, nor how its answer is read.
 */
function accountOf(auth: Auth): Json {
  // It is plain JSON, and names where secrets are found.
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

/** The same value with the keys of its objects in one order: whoever rearranges a file reads the same list. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}

/** What tells a value from others: 16 hexadecimal digits of SHA-256. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
