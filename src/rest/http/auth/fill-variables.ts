/**
 * `${NAME}` in headers, parameters and bodies: replaced by a variable of the environment at the moment of
 * sending. Until then requests hold the name alone, so that nothing printed or stored holds the value. `$$`
 * stands for `$`.
 */
import { XanoError } from '../../../errors.js';
import type { Json, JsonObject } from '../../../json.js';
import type { FindSecret, Secret } from '../../config/secret-ref.js';
import type { PageRequest } from '../request.js';
import { fillText } from './fill-text.js';
import { assertHeaderValue } from './secrets.js';

/** A request as it is sent, and the parts of it that must never be shown. */
export interface FilledRequest {
  readonly request: PageRequest;
  readonly secrets: readonly string[];
}

/** The error for a variable of a request that is not set, with what the config says about it. */
export function missingVariable(name: string, message: string | undefined): XanoError {
  return new XanoError(
    'CONFIG_INVALID',
    `The environment variable ${name} is not set${message === undefined ? '' : `: ${message}`}.`,
    { hint: `Set ${name}, or write $$ for a dollar sign.` },
  );
}

/**
 * Puts variables into a request. Throws CONFIG_INVALID for one that is not set, TOKEN_REJECTED for one that
 * no header can carry.
 */
export function fillVariables(request: PageRequest, find: FindSecret): FilledRequest {
  const secrets: string[] = [];
  const text = (written: string, check?: (secret: Secret) => void): string =>
    fillText(written, {
      find,
      on_secret: (secret) => {
        check?.(secret);
        secrets.push(secret.value);
      },
      missing: missingVariable,
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
    // Filling an object returns an object.
    ...(body === undefined ? {} : { body: value(body) as JsonObject }),
  };
  return { request: filled, secrets };
}
