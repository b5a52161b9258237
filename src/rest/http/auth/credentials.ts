/** Credentials as a request carries them. */

import type { Secret } from '../../config/secret-ref.js';
import { assertToken } from './secrets.js';

/** What is added to a request at the moment of sending. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** Parameters of the query. */
  readonly params: Readonly<Record<string, string>>;
  /** The body of a request for a token. */
  readonly body?: { readonly type: string; readonly text: string } | undefined;
  /** All parts of these that must never be shown. */
  readonly secrets: readonly string[];
  /**
   * Secrets that a request may still contain: user names and client ids, because lists may be filtered by
   * them.
   */
  readonly names?: readonly string[] | undefined;
}

/** None. */
export const NO_CREDENTIALS: Credentials = { headers: {}, params: {}, secrets: [] };

/** A token as RFC 6750 writes it. Throws TOKEN_REJECTED for what cannot be one. */
export function bearerCredentials({ value, source }: Secret): Credentials {
  assertToken(value, source);
  return { ...NO_CREDENTIALS, headers: { authorization: `Bearer ${value}` }, secrets: [value] };
}

/**
 * User name and password as RFC 7617 writes them, in UTF-8. Either may be empty: some APIs expect a key
 * instead of one of them.
 */
export function basicCredentials(
  username: string,
  password: string,
  {
    is_constant = false,
  }: { /** The user name is written in the config, and no secret. */ readonly is_constant?: boolean } = {},
): Credentials {
  const pair = `${username}:${password}`;
  const encoded = Buffer.from(pair, 'utf8').toString('base64');
  const headers = { authorization: `Basic ${encoded}` };
  return {
    ...NO_CREDENTIALS,
    headers,
    secrets: [...(is_constant ? [] : [username]), password, pair, encoded].filter((secret) => secret !== ''),
    names: password === '' ? [] : [username],
  };
}
