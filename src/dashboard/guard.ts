/**
 * The one gate in front of every route: it denies by default.
 * In: a request. Out: the route's answer with strict headers, or a refusal.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { ErrorAnswer } from './answers.js';

/** What the gate lets in. */
export interface Admission {
  /** The secret of this start: 192 bits as text. */
  readonly token: string;
  /** What may be in the `Host` header: names with the port. */
  readonly hosts: () => readonly string[];
  /** Paths that need no token: the program of the page, and the exchange of a ticket. */
  readonly isOpen: (path: string, method: string) => boolean;
}

/**
 * Values of rows are strangers' texts: no script, style, frame or form but the page's own can do anything.
 * The page builds its DOM of text nodes alone, which `require-trusted-types-for` enforces.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Makes the gate. */
export function guard(admission: Admission): MiddlewareHandler {
  return async (c, next) => {
    const refused = refusalOf(c, admission);
    if (refused === undefined) await next();
    else c.res = refused;
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
  };
}

function refusalOf(c: Context, { token, hosts, isOpen }: Admission): Response | undefined {
  const host = c.req.header('host');
  // A website whose name was rebound to 127.0.0.1 sends its own name here.
  if (host === undefined || !hosts().includes(host))
    return refusal(c, 403, 'The dashboard answers only at the address that xano printed.');
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if (
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  )
    return refusal(c, 403, 'The dashboard answers no other website.');
  if (isOpen(c.req.path, c.req.method)) return undefined;
  const [, given] = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '') ?? [];
  if (given !== undefined && isSame(given, token)) return undefined;
  return refusal(c, 401, 'This page does not know the token of the running dashboard.');
}

/** Compares in a time that does not depend on the texts. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function refusal(c: Context, status: 401 | 403, message: string): Response {
  const hint = 'Open the address that `xano dashboard` printed.';
  const answer: ErrorAnswer = { error: { code: 'USAGE', message, hint, details: [] } };
  return c.json(answer, status);
}
