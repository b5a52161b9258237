/** The ways to add credentials to a request. */
import { XanoError } from '../errors.js';
import type { Auth, SecretRef } from './config.js';

/** A secret and where it came from; `source` is safe to print, `value` is not. */
export interface Secret {
  readonly value: string;
  readonly source: string;
  /** ISO 8601, or null when that is not known or never. */
  readonly expires_at: string | null;
}

/**
 * Finds the secret that a reference names, or undefined. `fresh`: the one known so far was refused; its source is to be looked at again, since
 * a file or a program may hold another one by now.
 */
export type FindSecret = (ref: SecretRef, options?: { readonly fresh?: boolean }) => Secret | undefined;

type Headers = Readonly<Record<string, string>>;

const authorizers: { [T in Auth['type']]: (auth: Extract<Auth, { type: T }>, find: FindSecret) => Headers } =
  {
    none: () => ({}),
    bearer: ({ token }, find) => ({ authorization: `Bearer ${secretValue(token, find)}` }),
  };

/** The headers that authorize a request. Throws TOKEN_MISSING when the secret is not there or cannot be a header. */
export function authorize<T extends Auth['type']>(
  auth: Extract<Auth, { type: T }>,
  find: FindSecret,
): Headers {
  // The table's row for a type takes exactly that type's auth; TypeScript cannot follow the index.
  const row = authorizers[auth.type] as (auth: Extract<Auth, { type: T }>, find: FindSecret) => Headers;
  return row(auth, find);
}

function secretValue(ref: SecretRef, find: FindSecret): string {
  const secret = find(ref);
  const where = 'env' in ref ? `the environment variable ${ref.env}` : `the profile "${ref.profile}"`;
  if (secret === undefined) {
    const hint = 'env' in ref ? `Set ${ref.env}.` : `Run \`xano auth login --profile ${ref.profile}\`.`;
    throw new XanoError('TOKEN_MISSING', `No token in ${where}.`, { hint });
  }
  assertToken(secret.value, secret.source);
  return secret.value;
}

/** Refuses what cannot be a token: empty, or with characters that no header may hold. The token itself is never shown. */
export function assertToken(value: string, source: string): void {
  if (value === '') throw new XanoError('TOKEN_MISSING', `The token from ${source} is empty.`);
  const around = /^bearer\s/i.test(value)
    ? 'begins with the word "Bearer"'
    : /^["'`]|["'`]$/.test(value)
      ? 'is in quotes'
      : undefined;
  if (around !== undefined)
    throw new XanoError('TOKEN_REJECTED', `The token from ${source} ${around}.`, {
      hint: 'Give the token alone.',
    });
  if (!/^[\x21-\x7e]+$/.test(value))
    throw new XanoError(
      'TOKEN_REJECTED',
      `The token from ${source} is malformed: it holds white space or characters that no token has.`,
      {
        hint: 'Copy the whole token from Xano again, alone and on one line.',
      },
    );
}
