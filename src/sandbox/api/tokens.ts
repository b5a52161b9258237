/** Access tokens: issued, verified and revoked by the sandbox alone. */
import { randomBytes } from 'node:crypto';
import type { Json } from '../../json.js';
import { type Answer, unauthorized } from '../answers.js';

/** The read scopes, under the keys Xano's documents and captures use where they name one. */
export const LOCAL_SCOPES = [
  'instance:workspace',
  'workspace:database',
  'workspace:content',
  'workspace:live_data_source',
  'workspace:api',
  'workspace:requesthistory',
] as const;

/** One read scope of an access token. */
export type LocalScope = (typeof LOCAL_SCOPES)[number];

/** The options of a new token. */
export interface TokenOptions {
  /** All read scopes when absent. */
  readonly scopes?: readonly LocalScope[];
  /** Milliseconds since 1970; null never ends; absent ends in seven days, Xano's default. */
  readonly expires_at?: number | null;
  /** The only instance whose Metadata API takes it; all of them when absent. */
  readonly instance?: string;
  /** What `/auth/me` of an instance lists as the token's rights, by scope; nothing where absent. */
  readonly rights?: Readonly<Record<string, number>>;
  /** True for a token that cannot be decoded, so that its end cannot be read from it. */
  readonly opaque?: boolean;
}

/** The rights of a token. */
export interface Grant {
  readonly scopes: ReadonlySet<LocalScope>;
  readonly expires_at: number | null;
  readonly instance: string | null;
  readonly rights: Readonly<Record<string, number>> | null;
}

/** The tokens of one local Xano. */
export interface TokenBook {
  issue(options?: TokenOptions): string;
  revoke(token: string): void;
  /** The rights of the token in an Authorization header, or Xano's 401. */
  check(authorization: string | undefined, instance?: string): Grant | Answer;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A book of access tokens that reads the time from `now`. */
export function openTokenBook(now: () => number): TokenBook {
  const grants = new Map<string, Grant>();
  return {
    issue(options = {}) {
      const expires_at = options.expires_at === undefined ? now() + 7 * DAY_MS : options.expires_at;
      const token = options.opaque === true ? jweLike() : jwtLike(expires_at);
      const scopes = new Set(options.scopes ?? LOCAL_SCOPES);
      const { instance = null, rights = null } = options;
      grants.set(token, { scopes, expires_at, instance, rights });
      return token;
    },
    revoke(token) {
      grants.delete(token);
    },
    check(authorization, instance) {
      const token = bearerToken(authorization);
      if (token === undefined) return unauthorized('Unauthorized - Authentication Required');
      const grant = grants.get(token);
      if (grant === undefined) return unauthorized('Invalid token');
      if (instance !== undefined && grant.instance !== null && grant.instance !== instance) {
        return unauthorized('Invalid token');
      }
      if (hasEnded(grant.expires_at, now())) return unauthorized('This token is expired.');
      return grant;
    },
  };
}

/** The token in an Authorization header of the scheme Bearer. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

/** Whether `expires_at` has passed. */
export function hasEnded(expires_at: number | null, now: number): boolean {
  return expires_at !== null && now >= expires_at;
}

/** Five segments, the first of which decodes to `alg: A256KW`: what Xano's `authToken` looks like. */
export function jweLike(): string {
  const header = segment({ alg: 'A256KW', enc: 'A256CBC-HS512', zip: 'DEF' });
  return [header, ...[72, 16, 96, 32].map((bytes) => randomBytes(bytes).toString('base64url'))].join('.');
}

// Xano's specification says JWT and clients have met the audience; the algorithm and other claims are
// unknown.
function jwtLike(expires_at: number | null): string {
  const exp = expires_at === null ? {} : { exp: Math.floor(expires_at / 1000) };
  const claims = { aud: 'xano:meta', jti: randomBytes(9).toString('base64url'), ...exp };
  return `${segment({ alg: 'RS256', typ: 'JWT' })}.${segment(claims)}.${randomBytes(64).toString('base64url')}`;
}

function segment(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
