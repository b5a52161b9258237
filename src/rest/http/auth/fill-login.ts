/** Puts the secrets of a login into its body and headers at the moment of sending. */
import { XanoError } from '../../../errors.js';
import type { Json } from '../../../json.js';
import { refOf } from '../../config/login-body.js';
import type { FindSecret } from '../../config/secret-ref.js';
import { fillText } from './fill-text.js';
import { findSecret } from './secrets.js';

/** A body, or a text of a header, with its secrets put in. */
export interface Filled<T> {
  readonly value: T;
  /** The inserted secrets; none of them is empty. */
  readonly secrets: readonly string[];
}

/** Puts the secrets into a login's body. Throws TOKEN_MISSING for a secret that is not set. */
export function fillLogin<T extends Json>(given: T, find: FindSecret, field = 'value'): Filled<T> {
  const secrets: string[] = [];
  const fill = (value: Json, name: string): Json => {
    const ref = refOf(value);
    if (ref !== undefined) {
      const secret = findSecret(ref, name, find);
      secrets.push(secret.value);
      return secret.value;
    }
    if (typeof value === 'string')
      return fillText(value, {
        find,
        on_secret: (secret) => {
          if (secret.value !== '') secrets.push(secret.value);
        },
        missing: (variable, message) =>
          new XanoError(
            'TOKEN_MISSING',
            `No ${name} in the environment variable ${variable}${message === undefined ? '' : `: ${message}`}.`,
            { hint: `Set ${variable}.` },
          ),
      });
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((part: Json) => fill(part, name));
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part as Json, key)]));
  };
  // Filling a value keeps its kind: a text stays a text, an object an object.
  return { value: fill(given, field) as T, secrets };
}
