/**
 * The only door to the network.
 *
 * The room sends requests. In come requests without credentials, and where their secrets are found; out go
 * answers whose bytes are ready to be read, or errors that say what to do. Retries, limits, redirects and
 * secrets stay inside.
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
   * Sends a request until `accept` takes the answer; what `accept` throws as RESPONSE_UNEXPECTED is asked for
   * again like any other passing fault. Throws the XanoError of the last try.
   */
  readonly send: <T>(
    request: PageRequest,
    auth: Auth,
    accept: (answer: Answer) => T,
    sender?: RequestContext,
  ) => Promise<T>;
  /**
   * Room for one more request to the server of this address, beside the one that a reader has under way
   * anyway, and the way to give it back. Undefined where the server bears no more, or is known to count
   * requests.
   */
  readonly lane: (url: string) => (() => void) | undefined;
  /**
   * A request with the values of its variables, but for secrets: what tells one list from another. It is
   * neither sent nor kept. Throws CONFIG_INVALID for a variable that is not set.
   */
  readonly withListedValues: (request: PageRequest, auth: Auth) => PageRequest;
  /**
   * A text from a server without what repeats a secret that was sent so far: for what is said, kept in
   * reports or passed on.
   */
  readonly redact: (text: string) => string;
  /**
   * Takes back the body of an answer that nobody reads any more, nor any part of it: its memory is another
   * answer's from then on.
   */
  readonly release: (body: Uint8Array) => void;
}

/**
 * Makes the client. Everything sent through it shares one rate limiter per origin, and the tokens that had to
 * be asked for.
 */
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
      // Where requests are counted, none is to be spent on a guess.
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
    // However often the request that needs the token may be sent, and whether it is still wanted: this one is
    // for all.
    sender: { ...sender, attempts: undefined, gives_up: undefined, signal: undefined },
    accept: read,
    auth: { type: 'none' },
    authorize: async () => credentials(find_secret),
    authorizeAgain: async (refused) => {
      const others = credentials((ref) => find_secret(ref, { fresh: true }));
      return JSON.stringify(others) === JSON.stringify(refused) ? undefined : others;
    },
    meaning: {
      // Whichever way it is refused, it is what was sent that is refused.
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
