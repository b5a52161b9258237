/**
 * The only door to the network.
 * This room sends requests; retries, limits, redirects and secrets stay inside it.
 * In: requests without credentials, and the way to find their secrets.
 * Out: answers whose bytes can be read, or errors with a hint.
 */
import type { Auth } from '../config/auth.js';
import { createAuthorizer } from './auth/authorizers.js';
import { withListedValues } from './auth/listed-values.js';
import { type TokenRequest, withoutQuery } from './auth/token-store.js';
import { type ClientState, createClientState, type HttpOptions, serverAt } from './client-state.js';
import { runExchange } from './exchange.js';
import { refusalSentence } from './failures.js';
import type { Answer, RequestContext } from './messages.js';
import type { PageRequest } from './request.js';

/** Sends requests. */
export interface Http {
  /**
   * Sends a request until `accept` takes the answer. If `accept` throws RESPONSE_UNEXPECTED, it is sent again
   * as after any other passing fault. Throws the XanoError of the last try.
   */
  readonly send: <T>(
    request: PageRequest,
    auth: Auth,
    accept: (answer: Answer) => T,
    sender?: RequestContext,
  ) => Promise<T>;
  /**
   * Takes a slot for one more concurrent request to this server, and returns its release. Undefined if the
   * server has no free slot, or is known to count requests.
   */
  readonly lane: (url: string) => (() => void) | undefined;
  /**
   * A request with the values of its variables, except secrets: it tells one list from another. It is neither
   * sent nor stored. Throws CONFIG_INVALID for a variable that is not set.
   */
  readonly withListedValues: (request: PageRequest, auth: Auth) => PageRequest;
  /** A server's text without the secrets that were sent so far, for messages and reports. */
  readonly redact: (text: string) => string;
  /**
   * Takes back the body of an answer that nobody reads any more, nor any part of it: another answer reuses
   * its memory.
   */
  readonly release: (body: Uint8Array) => void;
}

/** Makes the client. All its requests share one rate limiter per origin, and the tokens from logins. */
export function createHttp(options: HttpOptions): Http {
  const client = createClientState(options);
  const { clock, find_secret, interpret, secrets, buffers } = client;
  const authorizer = createAuthorizer({
    find_secret,
    refresh_secret: options.refresh_secret,
    now: clock.now,
    ask: (request, sender) => askForToken(client, request, sender),
  });
  return {
    send: (request, auth, accept, sender = {}) =>
      runExchange(client, {
        request,
        accept,
        sender,
        meaning: { interpret, sentence: refusalSentence },
        auth,
        authorize: () => authorizer.authorize(auth, sender),
        authorizeAgain: (refused) => authorizer.authorizeAgain(auth, refused, sender),
      }),
    lane: (url) => {
      const { rate_limiter, concurrency } = serverAt(client, new URL(url).origin);
      // A guessed request would spend one of a limited number.
      return rate_limiter.isLimited() ? undefined : concurrency.acquire();
    },
    withListedValues: (request, auth) => withListedValues(request, auth, find_secret),
    redact: secrets.redact,
    release: buffers.release,
  };
}

/** Sends the request for a token. */
function askForToken<T>(
  client: ClientState,
  { url, credentials, read }: TokenRequest<T>,
  sender: RequestContext,
): Promise<T> {
  const { find_secret, interpret } = client;
  return runExchange<T>(client, {
    request: { method: 'POST', url, params: {}, headers: {} },
    // Other requests wait for this token as well: the limits and signal of the first one do not apply.
    sender: { ...sender, attempts: undefined, gives_up: undefined, signal: undefined },
    accept: read,
    auth: { type: 'none' },
    authorize: async () => credentials(find_secret),
    authorizeAgain: async (refused) => {
      const others = credentials((ref) => find_secret(ref, { fresh: true }));
      return JSON.stringify(others) === JSON.stringify(refused) ? undefined : others;
    },
    meaning: {
      // A refusal of any kind refuses the secrets that were sent.
      interpret: (refusal, path) => {
        const { status } = refusal;
        const refused = status >= 400 && status < 500 && status !== 408 && status !== 425;
        return { ...interpret(refusal, path), ...(refused ? { code: 'TOKEN_REJECTED' } : {}) };
      },
      sentence: (_, { url: at }, status, quoted) =>
        `No token from ${withoutQuery(at.href)}, which answered with status ${status}${quoted}.`,
    },
  });
}
