/**
 * Tests whether refused credentials are refused for everything, with one request that all good credentials
 * may make.
 */

import { anySignal } from './any-signal.js';
import { attemptOnce, type Exchange } from './attempt.js';
import type { Credentials } from './auth/credentials.js';
import { type ClientState, serverAt } from './client-state.js';
import { refusalSentence } from './failures.js';
import type { PageRequest } from './request.js';

/** The longest time for one such test. */
const CHECK_MS = 10_000;

/**
 * Whether a server also refuses credentials for a request that all good ones may make. Requests that are
 * refused together share one check.
 */
export function areRefusedToo(
  client: ClientState,
  { origin }: URL,
  path: string,
  credentials: Credentials,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { checks } = client;
  const id = JSON.stringify([origin, path, credentials.headers, credentials.params]);
  const running = checks.get(id);
  if (running !== undefined) return running;
  // Without an answer, the check has learned nothing.
  const pending = check(client, origin, path, credentials, signal)
    .catch(() => false)
    .finally(() => checks.delete(id));
  checks.set(id, pending);
  return pending;
}

async function check(
  client: ClientState,
  origin: string,
  path: string,
  credentials: Credentials,
  given: AbortSignal | undefined,
): Promise<boolean> {
  const server = serverAt(client, origin);
  const request: PageRequest = { method: 'GET', url: origin + path, params: {}, headers: {} };
  const exchange: Exchange<true> = {
    request,
    accept: () => true,
    // Not counted in the statistics: this request reads no data.
    sender: {},
    meaning: { interpret: () => ({}), sentence: refusalSentence },
    auth: { type: 'none' },
    authorize: async () => credentials,
    authorizeAgain: async () => undefined,
  };
  const signal = anySignal(given, AbortSignal.timeout(CHECK_MS));
  await server.rate_limiter.turn(() => {}, signal);
  const result = await attemptOnce(client, {
    exchange,
    url: new URL(request.url),
    filled: { request, secrets: [] },
    credentials,
    server,
    silence_ms: client.silence_ms,
    signal,
  });
  return 'error' in result && result.error.code === 'TOKEN_REJECTED';
}
