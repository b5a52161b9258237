/** Functions that all exports share: configs by server, names, and text that is safe in any file. */

import { type Json, pathKeys } from '../json.js';
import { foldName } from '../names.js';
import type { Auth } from '../rest/config/auth.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import type { SecretRef } from '../rest/config/secret-ref.js';
import { variablesIn } from '../rest/config/template.js';
import { HEADER } from '../rest/paging/fields/answer-field.js';

/** A file for another tool, and the features that it lacks. */
export interface Exit {
  readonly text: string;
  /** What the tool does differently, or not at all, by endpoint. */
  readonly notes: readonly ExitNote[];
}

/** A difference. */
export interface ExitNote {
  /** The endpoints that it concerns. */
  readonly names: readonly string[];
  readonly reason: string;
}

/** The notes of several endpoints, each reason once. */
export function notesOf(
  endpoints: readonly EndpointConfig[],
  reasonsOf: (endpoint: EndpointConfig) => readonly string[],
): ExitNote[] {
  const names = new Map<string, string[]>();
  for (const endpoint of endpoints)
    for (const reason of reasonsOf(endpoint))
      names.set(reason, [...(names.get(reason) ?? []), endpoint.name]);
  return [...names].map(([reason, concerned]) => ({ names: concerned, reason }));
}

/** Endpoints that share a server and credentials: other tools call them a source or a client. */
export interface Server {
  /** Lower case letters, digits and underscores. */
  readonly name: string;
  readonly base_url: string;
  readonly auth: Auth;
  readonly endpoints: readonly EndpointConfig[];
}

/** Endpoints by server, in the order in which they come. */
export function byServer(endpoints: readonly EndpointConfig[]): Server[] {
  const groups = new Map<string, EndpointConfig[]>();
  for (const endpoint of endpoints) {
    const server = JSON.stringify([endpoint.base_url, endpoint.auth]);
    groups.set(server, [...(groups.get(server) ?? []), endpoint]);
  }
  const names = distinct([...groups.values()].map(([first]) => serverName(first!)));
  return [...groups.values()].map((group, nth) => ({
    name: names[nth]!,
    base_url: group[0]!.base_url,
    auth: group[0]!.auth,
    endpoints: group,
  }));
}

/** Named after the API group, the workspace, or a default. */
function serverName({ origin }: EndpointConfig): string {
  const group = origin?.['api_group'] ?? origin?.['workspace'];
  const plain = (typeof group === 'string' ? group : '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    // A row of other characters has become one underscore.
    .replace(/^_|_$/g, '');
  return plain === '' ? 'xano' : `xano_${plain}`;
}

/** The same names, with `_2`, `_3`, … for those that a database cannot tell apart from an earlier one. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; taken.has(foldName(unique)); n++) unique = `${name}_${n}`;
    taken.add(foldName(unique));
    return unique;
  });
}

/**
 * The environment variable of a secret. Other tools cannot read this program's stored logins: they use
 * XANO_TOKEN.
 */
export function variableOf(ref: SecretRef): string {
  return 'env' in ref ? ref.env : 'XANO_TOKEN';
}

/**
 * Why an endpoint with variables in its requests is excluded: `writer` writes texts unchanged, and would send
 * a variable as its name.
 */
export function variablesUnsaid(
  { params, headers, body, auth, incremental }: EndpointConfig,
  writer: string,
): string[] {
  const isPartly = (text: string): boolean => !/^\$\{\w+\}$/.test(text);
  const inLogin = (value: Json | undefined): boolean => {
    if (typeof value === 'string') return variablesIn(value).length > 0 && isPartly(value);
    return typeof value === 'object' && value !== null && Object.values(value).some(inLogin);
  };
  const unsaid =
    variablesIn([params, headers, body ?? {}, incremental?.initial_value ?? '']).length > 0 ||
    (auth.type === 'login' && inLogin([auth.body, auth.headers ?? {}])) ||
    (auth.type === 'oauth2_client_credentials' && variablesIn([auth.params, auth.scope ?? '']).length > 0);
  return unsaid ? [`skipped, because ${writer} does not insert environment variables into requests`] : [];
}

/**
 * A text in double quotes that JSON, Python and YAML all read; characters that steer a terminal or are hidden
 * become escapes.
 */
export function quoted(text: string): string {
  const json = JSON.stringify(text);
  const parts: string[] = [];
  let end = 0;
  // `replace` with a function takes several times as long for a text of such characters.
  for (let at = json.search(STEERING); at >= 0 && at < json.length; at++) {
    const spelled = ESCAPES.get(json.charCodeAt(at));
    if (spelled === undefined) continue;
    parts.push(json.slice(end, at) + spelled);
    end = at + 1;
  }
  return parts.join('') + json.slice(end);
}

const STEERING = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;
/** The escape of each of these characters, by its code unit. */
const ESCAPES: ReadonlyMap<number, string> = new Map(
  [
    [0x7f, 0x9f],
    [0x2028, 0x202e],
    [0x2066, 0x2069],
    [0xfeff, 0xfeff],
  ].flatMap(([from = 0, to = 0]) =>
    Array.from({ length: to - from + 1 }, (_, i) => [from + i, unicodeEscape(from + i)] as const),
  ),
);

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** A dotted path as dlt's JSONPath; an empty one is the complete answer. */
export function jsonPath(path: string): string {
  if (path === '') return '$';
  const spell = (name: string): string =>
    /^[A-Za-z_]\w*$/.test(name)
      ? name
      : /^\d+$/.test(name)
        ? `[${name}]`
        : `'${name.split('\\').join('\\\\').split("'").join("\\'")}'`;
  return pathKeys(path).map(spell).join('.');
}

/**
 * The positions in an answer that dlt cannot reach: headers, links by relation, the last record. As notes.
 */
export function unreachable({ pagination }: EndpointConfig): string[] {
  const paths = Object.entries(pagination).flatMap(([name, path]) =>
    name.endsWith('_path') && typeof path === 'string' ? [path] : [],
  );
  return paths
    .filter((path) => path.startsWith(HEADER) || (path.includes('[') && /\](\.|$)/.test(path)))
    .map((path) => `dlt cannot read ${JSON.stringify(path)} from an answer: set its paginator yourself`);
}
