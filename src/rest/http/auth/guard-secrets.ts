/** Keeps secrets out of the parts of a request that are printed and stored. */
import { XanoError } from '../../../errors.js';
import type { PageRequest } from '../request.js';
import type { Credentials } from './credentials.js';
import type { SecretWatch } from './redact.js';

/** The secrets of the credentials: no other part of a request may contain them. */
export function secretsToKeep({ secrets, names = [] }: Credentials): readonly string[] {
  return secrets.filter((secret) => !names.includes(secret));
}

/** Names of headers and parameters that authorize a request. */
const AUTHORIZES = /auth|key|token|secret|passw|signature|session|cookie/i;

/**
 * The secrets that no request may repeat: those of the credentials, and variables under names that authorize.
 */
export function guardedSecrets(
  credentials: Credentials,
  request: PageRequest,
  filled: PageRequest,
): string[] {
  const variables = (['headers', 'params'] as const).flatMap((part) =>
    Object.entries(filled[part]).flatMap(([name, value]) =>
      AUTHORIZES.test(name) && value !== request[part][name] ? [value.slice(value.lastIndexOf(' ') + 1)] : [],
    ),
  );
  return [...secretsToKeep(credentials), ...variables];
}

/**
 * Refuses a request whose address or body, as it is printed and stored, repeats a secret: a server may give a
 * token back as a cursor, a key or a path. Throws RESPONSE_UNEXPECTED.
 */
export function assertNoSecret(url: URL, { method, body }: PageRequest, known: SecretWatch): void {
  const where = known.holds(url.href)
    ? 'address'
    : body !== undefined && known.holds(JSON.stringify(body))
      ? 'body'
      : undefined;
  if (where === undefined) return;
  throw new XanoError(
    'RESPONSE_UNEXPECTED',
    `The ${where} of a request would contain a part of the token, since the server repeated it: nothing was sent.`,
    {
      request: { method, url: known.redact(url.href) },
      hint: 'Check the pagination and the parameters of this endpoint config: no cursor, link or key may be the token.',
    },
  );
}
