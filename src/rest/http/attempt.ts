/** One try of a request: sends it, follows allowed redirects, and judges its answer. */
import { type FailedRequest, XanoError } from '../../errors.js';
import type { Auth } from '../config/auth.js';
import type { Credentials } from './auth/credentials.js';
import type { FilledRequest } from './auth/fill-variables.js';
import { assertNoSecret, secretsToKeep } from './auth/guard-secrets.js';
import type { ClientState, Server } from './client-state.js';
import {
  type Failure,
  type Meaning,
  networkFailure,
  parseObject,
  refusalFailure,
  type Sent,
  saidOf,
  tooLongFailure,
  traceOf,
  unreadFailure,
} from './failures.js';
import type { Answer, RequestContext } from './messages.js';
import { type PageRequest, requestUrl } from './request.js';
import { LONGEST_WAIT_MS, retryAfterMs } from './wait-time.js';
import type { Passage } from './wire/proxy.js';
import { receive } from './wire/receive.js';
import { redirected } from './wire/redirect.js';

/** The wait when Retry-After is missing. Documented windows last 20 s; one more second is a safety margin. */
const REFUSED_WAIT_MS = 21_000;

/** A request with all that sending it takes. */
export interface Exchange<T> {
  readonly request: PageRequest;
  readonly accept: (answer: Answer) => T;
  readonly sender: RequestContext;
  readonly meaning: Meaning;
  /** How the request is authorized, as its config says it. */
  readonly auth: Auth;
  readonly authorize: () => Promise<Credentials>;
  /** Other credentials than those that were refused; undefined where there are none. */
  readonly authorizeAgain: (refused: Credentials) => Promise<Credentials | undefined>;
}

/** One try of an exchange. */
export interface Attempt<T> {
  readonly exchange: Exchange<T>;
  readonly url: URL;
  /** The request with the values of its variables. */
  readonly filled: FilledRequest;
  readonly credentials: Credentials;
  readonly server: Server;
  /** How long the server may send nothing during this try. */
  readonly silence_ms: number;
  readonly signal: AbortSignal | undefined;
}

/** A failed try, and how long the server asks to be left alone. */
export interface FailedAttempt extends Failure {
  /** The server refused because of its rate limit. */
  readonly refused_ms?: number;
  readonly retry_after_ms?: number | undefined;
}

/** Runs one try. Returns a failure instead of throwing it, with whether another try may help. */
export async function attemptOnce<T>(
  client: ClientState,
  attempt: Attempt<T>,
): Promise<{ readonly accepted: T } | FailedAttempt> {
  const { exchange, server, signal } = attempt;
  const sent = sentBy(client, attempt);
  let answer: Answer;
  try {
    answer = await answerTo(client, attempt, sent);
  } catch (thrown) {
    signal?.throwIfAborted();
    if (!(thrown instanceof XanoError)) return networkFailure(thrown, sent);
    server.is_silent = false;
    return unreadFailure(thrown, sent, undefined);
  }
  server.is_silent = false;
  const traced: Sent = {
    ...sent,
    request: { ...sent.request, status: answer.status, ...traceOf(answer, sent.secrets) },
  };
  if (answer.status === 429) return rateLimited(client, server, answer, traced);
  server.rate_limiter.answered();
  if (answer.status < 200 || answer.status > 299)
    return {
      ...refusalFailure(answer, traced, exchange.meaning),
      retry_after_ms: retryAfterMs(answer, client.clock.now()),
    };
  try {
    return { accepted: exchange.accept(answer) };
  } catch (thrown) {
    return unreadFailure(thrown, traced, answer);
  }
}

/** A try as errors speak of it. */
function sentBy<T>(client: ClientState, { exchange, url, filled, credentials }: Attempt<T>): Sent {
  const proxy = client.findProxy(url);
  const passage: Passage = { through: false };
  const request: FailedRequest = {
    method: exchange.request.method,
    url: url.href,
    ...(proxy === undefined ? {} : { proxy: proxy.address }),
  };
  return {
    url,
    request,
    secrets: [...credentials.secrets, ...filled.secrets, ...(proxy?.secrets ?? [])],
    words: client.wordsFor(url, exchange.auth),
    way: proxy === undefined ? undefined : { proxy, passage },
  };
}

/** The answer to a request, or to the one that it was redirected to. */
async function answerTo<T>(client: ClientState, attempt: Attempt<T>, sent: Sent): Promise<Answer> {
  const { exchange, filled, credentials, server, silence_ms, signal } = attempt;
  const { request, sender } = exchange;
  const { options, secrets, buffers } = client;
  const { rate_limiter, concurrency } = server;
  const { way } = sent;
  const watch = { traffic: sender.traffic, on_head: concurrency.recordLatency, buffers, silence_ms, way };
  let sending = filled.request;
  const visited: string[] = [];
  for (;;) {
    const url = requestUrl(sending);
    const received = await receive(url, sending, credentials, { ...options, signal }, watch);
    concurrency.recordLength(received.body.length);
    if (received.status < 300 || received.status > 399)
      return {
        ...received,
        holds_secret: (text) => secrets.holds(text) || secretsToKeep(credentials).includes(text),
      };
    visited.push(url.href);
    const led = redirected(received, sending, url, visited, sent.secrets);
    if ('refusal' in led) throw led.refusal;
    // A server may repeat the token in the URL that it redirects to.
    if (!secrets.holds(url.href)) assertNoSecret(requestUrl(led.next), request, secrets);
    await rate_limiter.turn(() => {}, signal);
    if (sender.traffic !== undefined) sender.traffic.requests++;
    sending = led.next;
  }
}

/**
 * Handles a refusal because of the rate limit. If the server asks for a wait beyond {@link LONGEST_WAIT_MS},
 * no other request is sent to it until then.
 */
function rateLimited(
  client: ClientState,
  { rate_limiter }: Server,
  answer: Answer,
  sent: Sent,
): FailedAttempt {
  const { url, request, secrets, words } = sent;
  const meant = client.interpret({ status: 429, body: parseObject(answer.body) }, url.pathname);
  const refused_ms = retryAfterMs(answer, client.clock.now()) ?? meant.wait_ms ?? REFUSED_WAIT_MS;
  rate_limiter.refused(refused_ms, meant.limit);
  if (refused_ms > LONGEST_WAIT_MS) {
    const error = tooLongFailure({ wait_ms: refused_ms, said: saidOf(answer, secrets) }, request);
    rate_limiter.close(refused_ms, error);
    return { error, again: false, refused_ms };
  }
  const error = new XanoError(
    'RATE_LIMITED',
    `${words.name} kept refusing requests because of its rate limit.`,
    { request, hint: words.hints.RATE_LIMITED },
  );
  return { error, again: true, refused_ms };
}
