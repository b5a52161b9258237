/** Secrets: how to find them, which texts cannot be secrets, and how to keep them out of what is shown. */

import { loginCommand, XanoError } from '../../../errors.js';
import type { Auth } from '../../config/auth.js';
import { loginRefs } from '../../config/login-body.js';
import type { FindSecret, Secret, SecretRef } from '../../config/secret-ref.js';
import { createSecretWatch } from './redact.js';

/**
 * The secret of a reference; `what` names it in the sentence of TOKEN_MISSING. Throws that where the secret
 * is missing, or is empty and may not be.
 */
export function findSecret(
  ref: SecretRef,
  what: string,
  find: FindSecret,
  { may_be_empty = false }: { readonly may_be_empty?: boolean } = {},
): Secret {
  const secret = find(ref);
  const where = 'env' in ref ? `the environment variable ${ref.env}` : `the profile "${ref.profile}"`;
  const hint = 'env' in ref ? `Set ${ref.env}.` : `Run \`${loginCommand(ref.profile)}\`.`;
  if (secret === undefined) throw new XanoError('TOKEN_MISSING', `No ${what} in ${where}.`, { hint });
  if (secret.value === '' && !may_be_empty)
    throw new XanoError('TOKEN_MISSING', `The ${what} from ${secret.source} is empty.`, { hint });
  return secret;
}

/**
 * Refuses what cannot be a token: empty, or with characters that no header may hold. The token itself is
 * never shown.
 */
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
      `The token from ${source} is malformed: it contains white space or characters that no token has.`,
      {
        hint: 'Copy the whole token again, alone and on one line.',
      },
    );
}

/**
 * Refuses a secret that no header can carry: an empty one, line breaks, white space at either end, anything
 * but plain ASCII. It is never shown.
 */
export function assertHeaderValue({ value, source }: Secret, what: string): void {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return;
  if (value === '') throw new XanoError('TOKEN_MISSING', `The ${what} from ${source} is empty.`);
  throw new XanoError(
    'TOKEN_REJECTED',
    `The ${what} from ${source} is malformed: it contains line breaks, white space at an end or characters that no header has.`,
    { hint: 'Copy it again, alone and on one line.' },
  );
}

/**
 * A text, mostly a server's words, without the secrets that it may repeat: complete, or in part and in any
 * spelling.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const watch = createSecretWatch();
  watch.add(secrets);
  return spellings(secrets).reduce((shown, secret) => shown.replaceAll(secret, '…'), watch.redact(text));
}

/**
 * Whether a text holds a secret or a good part of one: a piece cut out of an answer may begin or end within a
 * secret.
 */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  const all = spellings(secrets);
  // A shorter secret counts only when it is complete.
  if (all.some((secret) => secret.length < LEAST_PART && text.includes(secret))) return true;
  const parts = new Set<string>();
  const begins = new Uint8Array(0x10000);
  for (const secret of all)
    for (let i = 0; i + LEAST_PART <= secret.length; i++) {
      parts.add(secret.slice(i, i + LEAST_PART));
      begins[pairAt(secret, i)] = 1;
    }
  // Comparing two characters first rules out most positions of a text.
  for (let i = 0; parts.size > 0 && i + LEAST_PART <= text.length; i++)
    if (begins[pairAt(text, i)] === 1 && parts.has(text.slice(i, i + LEAST_PART))) return true;
  return false;
}

/** A number below 2^16 for the two characters at an index. */
const pairAt = (text: string, at: number): number =>
  (text.charCodeAt(at) * 31 + text.charCodeAt(at + 1) * 257) & 0xffff;

/** A match of this many characters of a secret is not a coincidence. */
const LEAST_PART = 6;

/** Longest first: a shorter secret may be a part of a longer one. */
function spellings(secrets: readonly string[]): string[] {
  const all = secrets.flatMap((secret) => {
    const form = new URLSearchParams({ '': secret }).toString().slice(1);
    return [secret, form, form.replaceAll('+', '%20'), JSON.stringify(secret).slice(1, -1)];
  });
  return [...new Set(all)].filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length);
}

/** The references to the secrets of an auth. */
export function secretRefs(auth: Auth): SecretRef[] {
  switch (auth.type) {
    case 'none':
      return [];
    case 'bearer':
      return [auth.token];
    case 'api_key':
      return [auth.key];
    case 'basic':
      return [auth.username, auth.password].filter((ref) => typeof ref === 'object');
    case 'custom_header':
      return [auth.value];
    case 'oauth2_client_credentials':
      return [auth.client_id, auth.client_secret];
    case 'login':
      return loginRefs(auth);
  }
}
