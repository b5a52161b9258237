/**
 * Fills `{name}` in the path, parameters and body of a list that is read once for each record of another one.
 * Pure.
 */
import { XanoError } from '../../errors.js';
import type { Json, JsonObject } from '../../json.js';
import type { EndpointConfig } from './endpoint-config.js';
import { PLACEHOLDER, withoutVariables } from './template.js';

/** The config before its placeholders were filled: it shows which parameters bind the parent. */
export interface Unbound {
  readonly unbound: Pick<EndpointConfig, 'path' | 'params'>;
}

/**
 * The config of one parent's list; `values` are JSON texts by name. Throws CONFIG_INVALID for a value that
 * cannot be a part of a path.
 */
export function bindEndpoint<C extends EndpointConfig>(
  config: C,
  values: ReadonlyMap<string, string>,
): C & Unbound {
  const put = (text: string, spell: (value: string, json: string) => string): string =>
    text.replace(PLACEHOLDER, (placeholder, dollar: string, name: string) => {
      const json = dollar === '' ? values.get(name) : undefined;
      return json === undefined ? placeholder : spell(plain(json), json);
    });
  const inPath = (value: string, json: string): string => {
    const isPart = !['', '.', '..'].includes(value) && !/^[[{]/.test(json);
    if (isPart) return encodeURIComponent(value);
    throw new XanoError(
      'CONFIG_INVALID',
      `"${value}" of "${config.parent?.resource}" cannot be a part of the path of "${config.name}".`,
      {
        hint: 'Bind another column of the parent that identifies its rows.',
      },
    );
  };
  const inBody = (value: Json): Json => {
    if (typeof value === 'string') {
      const alone = /^\{(\w+)\}$/.exec(value)?.[1];
      const json = alone === undefined ? undefined : values.get(alone);
      // A placeholder alone keeps the value's type, if JavaScript can hold the number exactly.
      if (json !== undefined && Number.isSafeInteger(Number(json))) return Number(json);
      if (json === 'true' || json === 'false') return json === 'true';
      return put(value, withoutVariables);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(inBody);
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inBody(part as Json)]));
  };
  const { path, params, body } = config;
  return {
    ...config,
    unbound: { path, params },
    path: put(path, inPath),
    params: Object.fromEntries(
      Object.entries(params).map(([name, text]) => [name, put(text, withoutVariables)]),
    ),
    // Binding an object returns an object.
    ...(body === undefined ? {} : { body: inBody(body) as JsonObject }),
  };
}

/** A JSON text as it is written in a URL. */
const plain = (json: string): string => (json.startsWith('"') ? String(JSON.parse(json)) : json);
