/** When a token expires, and how that is known. */
import { InvalidTokenError, jwtDecode } from 'jwt-decode';
import { XanoError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { DEFAULT_TOKEN_DAYS } from '../xano/conventions.js';

/**
 * `basis` is the source of the expiry: `claim` (the token itself), `recorded` (entered at login), `none`
 * (neither). The state is `unknown` in the last case; a token made to last forever is `valid` without an
 * expiry.
 */
export interface TokenStatus {
  readonly state: 'valid' | 'expiring' | 'expired' | 'unknown';
  /** ISO 8601, UTC; null without a known expiry. */
  readonly expires_at: string | null;
  readonly basis: 'claim' | 'recorded' | 'none';
}

/** Fewer hours left than this cause a warning. */
const WARN_HOURS = 48;

/**
 * The status of a token now (epoch milliseconds). `recorded` is the expiry that was entered at login: ISO
 * 8601, `never`, or undefined. The token's own claim outranks it. Never throws: a token that does not decode
 * has no claim.
 */
export function tokenStatus(token: string, recorded: string | undefined, now: number): TokenStatus {
  const claim = claimedEnd(token);
  if (claim !== undefined)
    return { state: stateAt(claim, now), expires_at: new Date(claim).toISOString(), basis: 'claim' };
  if (recorded === 'never') return { state: 'valid', expires_at: null, basis: 'recorded' };
  const expires_ms = recorded === undefined ? Number.NaN : Date.parse(recorded);
  if (!Number.isNaN(expires_ms))
    return {
      state: stateAt(expires_ms, now),
      expires_at: new Date(expires_ms).toISOString(),
      basis: 'recorded',
    };
  return { state: 'unknown', expires_at: null, basis: 'none' };
}

function stateAt(end: number, now: number): TokenStatus['state'] {
  if (end <= now) return 'expired';
  return end - now < WARN_HOURS * 3_600_000 ? 'expiring' : 'valid';
}

/**
 * The `exp` claim in epoch milliseconds. Xano declares its tokens as JWT; whether each one decodes is not
 * documented.
 */
function claimedEnd(token: string): number | undefined {
  try {
    const claims: unknown = jwtDecode(token);
    const exp = isJsonObject(claims) ? claims['exp'] : undefined;
    // The claim counts seconds; the bound is what a Date can hold.
    return typeof exp === 'number' && exp > 0 && exp * 1000 <= 8.64e15 ? exp * 1000 : undefined;
  } catch (thrown) {
    if (thrown instanceof InvalidTokenError) return undefined;
    throw thrown;
  }
}

/**
 * Describes a text that Xano did not accept as an access token; undefined where it looks like one. Access
 * tokens are declared as JWT (Xano's specification); the authToken of an API group's user and of the
 * Developer API is a JWE (Xano's documentation). The format of ids and keys is not documented: a number or a
 * UUID alone counts as an id.
 */
export function notAnAccessToken(token: string): string | undefined {
  const parts = token.split('.');
  if (parts.length === 5 && headerOf(parts[0]!)?.['enc'] !== undefined)
    return 'looks like an authToken, which is for the endpoints of an API group (XANO_API_TOKEN)';
  if (/^(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(token))
    return 'looks like the id of a key, not the key';
  if (parts.length !== 3)
    return 'does not look like an access token, which has three parts separated by dots; an id or a Developer API key is not one';
  return undefined;
}

function headerOf(part: string): JsonObject | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isJsonObject(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

/** The source of a token's expiry, in words. */
export function basisInWords({ basis }: TokenStatus): string {
  if (basis === 'claim') return 'according to the token';
  if (basis === 'recorded') return 'as entered at login';
  return `unknown; Xano's default is ${DEFAULT_TOKEN_DAYS} days`;
}

/** Throws TOKEN_EXPIRED where a token is known to have expired. `hint`: how to renew it. */
export function assertAlive(status: TokenStatus, source: string, hint?: string): void {
  if (status.state !== 'expired') return;
  throw new XanoError(
    'TOKEN_EXPIRED',
    `The token from ${source} expired on ${status.expires_at?.slice(0, 16).replace('T', ' ')} UTC (${basisInWords(status)}).`,
    { hint },
  );
}

/**
 * The expiry of a token as a person enters it: `7d`, `12h`, `never`, or a date; as ISO 8601 or `never`.
 * Throws USAGE.
 */
export function parseExpiry(given: string, now: number): string {
  const text = given.trim();
  if (text.toLowerCase() === 'never') return 'never';
  const span = /^(\d{1,6})\s*(h|d|w)$/i.exec(text);
  if (span !== null) {
    const hours = { h: 1, d: 24, w: 168 }[span[2]!.toLowerCase() as 'h' | 'd' | 'w'];
    return new Date(now + Number(span[1]) * hours * 3_600_000).toISOString();
  }
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new XanoError('USAGE', `"${given}" is not a valid token expiry.`, {
      hint: 'Give 7d, 12h, never, or a date such as 2026-12-31.',
    });
  return new Date(at).toISOString();
}
