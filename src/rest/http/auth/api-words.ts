/**
 * The words that errors use for an API: its host, and the variable that its token comes from.
 * This room authorizes requests.
 * In: the `auth` of a config, and the way to find secrets.
 * Out: credentials, requests with the values of their variables, and texts without secrets.
 */
import type { ErrorCode } from '../../../errors.js';
import type { Auth } from '../../config/auth.js';
import { secretRefs } from './secrets.js';

/** The name of an API in errors, and the hints that help with its refusals. */
export interface ApiWords {
  /** Its name in sentences: its host, or its own name. */
  readonly name: string;
  /** What a refusal means, as a sentence without its end, by code. */
  readonly refusals: Partial<Record<ErrorCode, string>>;
  /** Hints that fit this API better than the hints of the codes. */
  readonly hints: Partial<Record<ErrorCode, string>>;
}

/** Gives the words for an API that is known by its address; undefined for any other. */
export type DescribeApi = (url: URL, auth: Auth) => ApiWords | undefined;

/** The words for an API that is known only by its URL and by how its requests are authorized. */
export function wordsForAny(url: URL, auth: Auth): ApiWords {
  const { host: name } = url;
  const credential = credentialIn(auth);
  if (credential === undefined)
    return {
      name,
      refusals: {
        TOKEN_REJECTED: `${name} requires a login, and this request has none`,
        TOKEN_EXPIRED: `${name} requires a login, and this request has none`,
        SCOPE_MISSING: `${name} does not allow this request without a login`,
      },
      hints: {
        TOKEN_REJECTED: ADD_AUTH,
        TOKEN_EXPIRED: ADD_AUTH,
        SCOPE_MISSING: 'Add `auth` to this endpoint config, or check its path.',
        RESPONSE_UNEXPECTED: CHECK_CONFIG,
      },
    };
  const { what, where } = credential;
  return {
    name,
    refusals: {
      TOKEN_REJECTED: `${name} does not accept ${what} from ${where}`,
      TOKEN_EXPIRED: `${name} says that ${what} from ${where} has expired`,
      SCOPE_MISSING: `${name} does not allow this with ${what} from ${where}`,
    },
    hints: {
      TOKEN_REJECTED: `Check ${where}, and whether \`auth\` in the endpoint config is what ${name} expects.`,
      TOKEN_EXPIRED: `Renew ${what} in ${where}, then run again.`,
      SCOPE_MISSING: `Give ${what} in ${where} the right to read this list, or remove the list.`,
      RESPONSE_UNEXPECTED: CHECK_CONFIG,
    },
  };
}

const ADD_AUTH = 'Add `auth` to this endpoint config.';
const CHECK_CONFIG = 'Check base_url and path of this endpoint config; --debug shows the request.';

const WHAT: { readonly [T in Auth['type']]: string } = {
  none: '',
  bearer: 'the token',
  api_key: 'the key',
  basic: 'the user name and password',
  custom_header: 'the header',
  oauth2_client_credentials: 'the token of the client',
  login: 'the token of the login',
};

/** The credential of a request and its source; undefined where it has none. */
export function credentialIn(auth: Auth): { readonly what: string; readonly where: string } | undefined {
  const names = secretRefs(auth).map((ref) => ('env' in ref ? ref.env : `the profile "${ref.profile}"`));
  if (names.length === 0) return undefined;
  return { what: WHAT[auth.type], where: [...new Set(names)].join(' and ') };
}
