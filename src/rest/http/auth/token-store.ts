/**
 * Tokens from a login or a token endpoint: shared by all requests, renewed before they expire and when they
 * are refused.
 */
import { asXanoError, XanoError } from '../../../errors.js';
import { type Json, type JsonObject, select } from '../../../json.js';
import type { Auth } from '../../config/auth.js';
import type { FindSecret, Secret, SecretRef } from '../../config/secret-ref.js';
import { parseObject } from '../failures.js';
import type { Answer, RequestContext } from '../messages.js';
import { basicCredentials, type Credentials, NO_CREDENTIALS } from './credentials.js';
import { fillLogin } from './fill-login.js';
import { assertHeaderValue, findSecret, secretRefs } from './secrets.js';

/** The auths whose token comes from a request. */
export type TokenAuth = Extract<Auth, { type: 'oauth2_client_credentials' | 'login' }>;

/** A request for a token: a POST whose secrets are all in its credentials. */
export interface TokenRequest<T> {
  readonly url: string;
  readonly credentials: (find: FindSecret) => Credentials;
  /**
   * Reads the answer. Throws TOKEN_REJECTED where no token is in it, RESPONSE_UNEXPECTED for one that is not
   * a JSON object.
   */
  readonly read: (answer: Answer) => T;
}

/** What a store of tokens is made of. */
export interface TokenStoreOptions {
  readonly find_secret: FindSecret;
  /** Looks again at the source of a refused secret, so that `find_secret` returns its present value. */
  readonly refresh_secret?: ((ref: SecretRef) => Promise<void>) | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Sends a request for a token. */
  readonly ask: <T>(request: TokenRequest<T>, sender: RequestContext) => Promise<T>;
}

/** Returns the token of an auth: the known one, unless it has expired or was refused. */
export type Tokens = (auth: TokenAuth, sender: RequestContext, refused?: string) => Promise<Secret>;

interface Kept extends Secret {
  /** Epoch milliseconds. */
  readonly renew_at: number;
}

interface Answered {
  readonly token: unknown;
  /** The position of the token in the answer, as the end of a sentence. */
  readonly location: string;
  readonly expires_in?: unknown;
}

interface TokenKind<A extends TokenAuth> {
  readonly url: (auth: A) => string;
  readonly credentials: (auth: A, find: FindSecret) => Credentials;
  readonly answered: (auth: A, answer: Answer) => Answered;
}

const kinds: { [T in TokenAuth['type']]: TokenKind<Extract<TokenAuth, { type: T }>> } = {
  /** RFC 6749, 4.4: `grant_type=client_credentials` gives `{access_token, expires_in}`. */
  oauth2_client_credentials: {
    url: ({ token_url }) => token_url,
    credentials: ({ client_id, client_secret, credentials_in, scope, params }, find) => {
      const id = findSecret(client_id, 'client id', find).value;
      const secret = findSecret(client_secret, 'client secret', find).value;
      const filled = fillLogin(params, find);
      const form = new URLSearchParams({ ...filled.value, grant_type: 'client_credentials' });
      if (scope !== undefined) form.set('scope', fillLogin(scope, find, 'scope').value);
      const inHeader = credentials_in === 'basic';
      if (!inHeader) {
        form.set('client_id', id);
        form.set('client_secret', secret);
      }
      // RFC 6749, 2.3.1: the values are form-encoded before they go into the header.
      const basic = basicCredentials(formEncoded(id), formEncoded(secret));
      return {
        ...(inHeader ? basic : NO_CREDENTIALS),
        body: { type: 'application/x-www-form-urlencoded', text: form.toString() },
        secrets: [id, secret, ...basic.secrets, ...filled.secrets],
        names: [id, ...(basic.names ?? [])],
      };
    },
    answered: (_, answer) => {
      const { access_token, expires_in } = objectOf(answer);
      return { token: access_token, location: 'at "access_token"', expires_in };
    },
  },
  login: {
    url: ({ url }) => url,
    credentials: ({ body, body_as = 'json', headers = {} }, find) => {
      const filled = fillLogin(body, find);
      const heads = fillLogin(headers, find);
      for (const [name, value] of Object.entries(heads.value))
        assertHeaderValue({ value, source: `the header ${name} of the login`, expires_at: null }, 'value');
      const text = JSON.stringify(filled.value);
      return {
        ...NO_CREDENTIALS,
        headers: Object.fromEntries(
          Object.entries(heads.value).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body:
          body_as === 'json'
            ? { type: 'application/json', text }
            : { type: 'application/x-www-form-urlencoded', text: formOf(filled.value) },
        secrets: [...filled.secrets, ...heads.secrets],
        names: userNames(filled.value),
      };
    },
    answered: ({ token_path, token_header, expires_in_path }, answer) => {
      const expires_in =
        expires_in_path === undefined ? undefined : select(objectOf(answer), expires_in_path);
      if (token_header !== undefined)
        return {
          token: answer.headers[token_header.toLowerCase()],
          location: `in the header ${token_header}`,
          expires_in,
        };
      const path = token_path ?? '';
      return { token: select(objectOf(answer), path), location: `at "${path}"`, expires_in };
    },
  },
};

/** A form of plain values; null is left out. */
function formOf(fields: JsonObject): string {
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  return new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

function objectOf({ body, status }: Answer): JsonObject {
  const answer = parseObject(body);
  if (answer !== undefined) return answer;
  throw new XanoError('RESPONSE_UNEXPECTED', `its answer, of status ${status}, is not a JSON object.`);
}

/** Whether a field of a login names the user: it is never shown, but a URL may contain it. */
const isUserName = (name: string, value: string): boolean =>
  !/pass|secret|token|key|pin/i.test(name) && (value.includes('@') || /user|mail|name|login|id$/i.test(name));

/** The texts in a login's body that name the user. */
function userNames(value: Json, name = ''): string[] {
  if (typeof value === 'string') return isUserName(name, value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => userNames(inner as Json, key));
}

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

/** Whether the token of an auth comes from a request. */
export function isTokenAuth(auth: Auth): auth is TokenAuth {
  return auth.type in kinds;
}

/** Makes the store of tokens. It keeps each token until the process ends, by the complete auth. */
export function createTokens({ now, ask }: TokenStoreOptions): Tokens {
  const tokens = new Map<string, Kept>();
  const asked = new Map<string, Promise<Kept>>();

  const fetch = async (auth: TokenAuth, sender: RequestContext): Promise<Kept> => {
    // The table's row for a type takes exactly that type's auth; TypeScript cannot follow the index.
    const kind = kinds[auth.type] as TokenKind<TokenAuth>;
    const url = kind.url(auth);
    const asked_at = now();
    const request: TokenRequest<Kept> = {
      url,
      credentials: (find) => kind.credentials(auth, find),
      read: (answer) => readToken(kind.answered(auth, answer), url, asked_at),
    };
    try {
      return await ask(request, sender);
    } catch (thrown) {
      throw asTokenFailure(asXanoError(thrown), auth, url);
    }
  };

  return async (auth, sender, refused) => {
    const id = JSON.stringify(auth);
    const known = tokens.get(id);
    // Another request has renewed the token meanwhile: the known one is not the refused one.
    if (known !== undefined && known.value !== refused && now() < known.renew_at) return known;
    const pending =
      asked.get(id) ??
      fetch(auth, sender)
        .then((token) => {
          tokens.set(id, token);
          return token;
        })
        .finally(() => asked.delete(id));
    asked.set(id, pending);
    return pending;
  };
}

/**
 * A token is renewed this long before it expires, and a short-lived one a tenth of its life before.
 * Milliseconds.
 */
const MARGIN_MS = 60_000;

function readToken({ token, location, expires_in }: Answered, url: string, asked_at: number): Kept {
  if (typeof token !== 'string' || token === '')
    throw new XanoError(
      'TOKEN_REJECTED',
      `No token from ${withoutQuery(url)}: its answer has no token ${location}.`,
    );
  const life_ms = Number(expires_in ?? Number.NaN) * 1000;
  const ends_at = life_ms > 0 ? asked_at + life_ms : Number.POSITIVE_INFINITY;
  return {
    // Some servers include the word "Bearer" of the header in the token.
    value: token.replace(/^bearer\s+/i, ''),
    source: withoutQuery(url),
    expires_at: Number.isFinite(ends_at) ? new Date(ends_at).toISOString() : null,
    renew_at: ends_at - Math.min(MARGIN_MS, life_ms / 10 || 0),
  };
}

/** The URL without its query, for sentences. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/**
 * Every refusal becomes TOKEN_REJECTED. An unreachable or failing server says nothing about the secrets, so
 * its error keeps its code.
 */
function asTokenFailure(error: XanoError, auth: TokenAuth, url: string): XanoError {
  const { code, message, cause, request } = error;
  const status = request?.status ?? 0;
  const refused =
    ['TOKEN_REJECTED', 'TOKEN_EXPIRED', 'SCOPE_MISSING', 'RESPONSE_UNEXPECTED'].includes(code) ||
    (code === 'XANO_FAILED' && status < 500);
  if (!refused) return error;
  const names = secretRefs(auth).map((ref) => ('env' in ref ? ref.env : `the profile "${ref.profile}"`));
  // The message of a refusal by status already names the token request.
  const sentence =
    code === 'RESPONSE_UNEXPECTED' ? `No token from ${withoutQuery(url)}: ${message}` : message;
  const hint = `Check its URL${names.length === 0 ? '' : `, and what is in ${[...new Set(names)].join(' and ')}`}.`;
  return new XanoError('TOKEN_REJECTED', sentence, { hint, cause, request, rules_out: 'credentials' });
}
