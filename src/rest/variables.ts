/**
 * `${NAME}` in headers, parameters and bodies: a variable of the environment, put in its place in the very moment in which a request is
 * sent. Until then requests hold the name alone, so that what is printed, stored or told never holds the value. `$$` stands for `$`.
 */
import { XanoError } from '../errors.js';
import type { Json, JsonObject } from '../json.js';
import type { PageRequest } from './paginate.js';
import { assertHeaderValue, type FindSecret, type Secret } from './secrets.js';

const MARK = /\$(?:\$|\{([A-Za-z_]\w*)\})/g;

/** A text as it must be written to stay what it is: what a server sends may look like a variable, and must never become one. */
export function withoutVariables(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** The variables that a value names, however deep within it. */
export function variablesIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [...value.matchAll(MARK)].flatMap(([, name]) => name ?? []);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part: Json) => variablesIn(part));
}

/** A request as it goes over the wire, and what in it must never be shown. */
export interface FilledRequest {
  readonly request: PageRequest;
  readonly secrets: readonly string[];
}

/** Puts variables into a request. Throws CONFIG_INVALID for one that is not set, TOKEN_REJECTED for one that no header can carry. */
export function fillVariables(request: PageRequest, find: FindSecret): FilledRequest {
  const secrets: string[] = [];
  const text = (written: string, check?: (secret: Secret) => void): string =>
    written.replace(MARK, (_, name: string | undefined) => {
      if (name === undefined) return '$';
      const secret = find({ env: name });
      if (secret === undefined)
        throw new XanoError('CONFIG_INVALID', `The environment variable ${name} is not set.`, {
          hint: `Set ${name}, or write $$ for a dollar sign.`,
        });
      check?.(secret);
      secrets.push(secret.value);
      return secret.value;
    });
  const texts = (all: Readonly<Record<string, string>>, check?: (secret: Secret) => void) =>
    Object.fromEntries(Object.entries(all).map(([name, written]) => [name, text(written, check)]));
  const value = (written: Json): Json => {
    if (typeof written === 'string') return text(written);
    if (typeof written !== 'object' || written === null) return written;
    if (Array.isArray(written)) return written.map(value);
    return Object.fromEntries(Object.entries(written).map(([name, part]) => [name, value(part as Json)]));
  };
  const { params, headers, body } = request;
  const filled = {
    ...request,
    params: texts(params),
    headers: texts(headers, (secret) => assertHeaderValue(secret, 'value')),
    // Filling an object gives an object.
    ...(body === undefined ? {} : { body: value(body) as JsonObject }),
  };
  return { request: filled, secrets };
}
