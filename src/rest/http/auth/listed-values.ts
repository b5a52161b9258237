/** A request as it tells lists apart: variables have their values, but secrets stay names. Pure. */
import { isJsonObject, type Json } from '../../../json.js';
import type { Auth } from '../../config/auth.js';
import { isSecretHeader } from '../../config/login-body.js';
import type { FindSecret } from '../../config/secret-ref.js';
import type { PageRequest } from '../request.js';
import { fillText } from './fill-text.js';
import { missingVariable } from './fill-variables.js';
import { secretRefs } from './secrets.js';

/**
 * Puts variables into a request, except secrets: a renewed token asks for the same list, and a short secret
 * could be guessed from a stored hash. A secret is a variable that `auth` uses, or one whose field or own
 * name says so. Throws CONFIG_INVALID for a variable that is not set.
 */
export function withListedValues(request: PageRequest, auth: Auth, find: FindSecret): PageRequest {
  const authorizing = secretRefs(auth).flatMap((ref) => ('env' in ref ? [ref.env] : []));
  const findListed: FindSecret = (ref) =>
    'env' in ref && (authorizing.includes(ref.env) || countsAsSecret(ref.env))
      ? { value: `\${${ref.env}}`, source: ref.env, expires_at: null }
      : find(ref);
  const filling = { find: findListed, on_secret: () => {}, missing: missingVariable };
  const value = (written: Json): Json => {
    if (typeof written === 'string') return fillText(written, filling);
    if (Array.isArray(written)) return written.map(value);
    return isJsonObject(written) ? fields(written) : written;
  };
  const fields = <V extends Json>(written: Readonly<Record<string, V>>): Record<string, V> =>
    Object.fromEntries(
      // A text stays a text, an object an object.
      Object.entries(written).map(([name, part]) => [name, countsAsSecret(name) ? part : (value(part) as V)]),
    );
  const { params, headers, body } = request;
  return {
    ...request,
    params: fields(params),
    headers: fields(headers),
    ...(body === undefined ? {} : { body: fields(body) }),
  };
}

/**
 * Whether a field or variable of this name holds a secret: a PAT is a personal access token, an sk a secret
 * key. An "author" does not.
 */
const countsAsSecret = (name: string): boolean =>
  isSecretHeader(name) ||
  /(^|[-_])(pat|sk|sig)$|auth(?!or(?!i))|signature|session|cookie|jwt|bearer/i.test(name);
