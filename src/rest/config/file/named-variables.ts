/** The variables that the resources of a file need, each with the line that names it. */

import type { Json } from '../../../json.js';
import { isJsonObject, select } from '../../../json.js';
import type { EndpointConfig } from '../endpoint-config.js';
import type { NeededVariable } from '../template.js';
import { neededVariables } from '../template.js';
import { fieldPath } from '../validation-messages.js';
import type { SourceText } from './source-text.js';

/** A variable that a config needs because it has no default, and its position. */
export interface NamedVariable extends NeededVariable {
  readonly resource: string;
  /** `line 7, resources[1].params.key`. */
  readonly where: string;
  /** Whether `auth` contains it. */
  readonly authorizes?: true;
}

/**
 * The variables that endpoints need outside of `auth`. `list`: the field of the file that contains the
 * endpoints.
 */
export function allVariables(
  endpoints: readonly EndpointConfig[],
  list: string,
  source: SourceText,
): NamedVariable[] {
  return endpoints.flatMap((endpoint, at) => variablesOf(endpoint, [list, at], source));
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
    const places = [at, ['resource_defaults'], ['client']].map((path) => [...path, kind, key]);
    const path =
      places.find((path) => select(source.value, path.map(String).join('.')) !== undefined) ?? places[0]!;
    const where = `line ${source.lineOf(path)}, ${fieldPath(path)}`;
    return neededVariables(part).map((variable) => ({ ...variable, resource, where }));
  });
}

/** The variables that authorize a resource: in the resource, the defaults, or the client. */
export function authVariables(
  resource: string,
  at: readonly PropertyKey[],
  source: SourceText,
): NamedVariable[] {
  const places = [at, ['resource_defaults'], ['client']].map((path) => [...path, 'auth']);
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
