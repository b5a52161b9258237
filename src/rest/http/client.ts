/** The only door to the network: retries, pacing, timeouts, size limits. */

import got from 'got';
import { amended, type FailedRequest, isTokenError, XanoError } from '../../errors.js';
import { type Auth, isSafeUrl, type SecretRef } from '../config/endpoint-config.js';
import { assertAddressBounded, MOST_REFUSAL_BYTES } from '../decode/answer/bounds.js';
import { isJsonLines, listOfLines } from '../decode/answer/json-lines.js';
import { type ApiWords, type DescribeApi, wordsForAny } from './auth/api-words.js';
import { createAuthorizer } from './auth/authorizers.js';
import type { Credentials } from './auth/credentials.js';
import { type FilledRequest, fillVariables } from './auth/fill-variables.js';
import { withListedValues } from './auth/listed-values.js';
import { createSecretWatch, type SecretWatch } from './auth/redact.js';
import type { FindSecret } from './auth/secrets.js';
import { placeOf, type TokenRequest } from './auth/token-store.js';
import { type Body, type BufferPool, createBufferPool } from './buffer-pool.js';
import { inUtf8 } from './charset.js';
import { type ConcurrencyLimiter, createConcurrencyLimiter } from './concurrency-limiter.js';
import { ACCEPT_ENCODING, isPacked, unpacked } from './content-encoding.js';
import {
  type Failure,
  type Meaning,
  networkFailure,
  parseObject,
  refusalFailure,
  refusalSentence,
  type Sent,
  saidOf,
  tooLongFailure,
  traceOf,
  unreadFailure,
} from './failures.js';
import type { Answer, Interpretation, Refusal, RequestContext, Traffic } from './messages.js';
import { createProxies, type Environment, type Passage, type ProxyServer, watchPassage } from './proxy.js';
import { type Clock, createRateLimiter, type RateLimiter, systemClock } from './rate-limiter.js';
import { redirected } from './redirect.js';
import type { PageRequest } from './request.js';
import { requestUrl } from './request.js';
import { watchStall } from './stall.js';
import { LONGEST_WAIT_MS, retryAfterMs } from './wait-time.js';

/** What a client is made of. */
export interface HttpOptions {
  readonly user_agent: string;
  readonly find_secret: FindSecret;
  /** Looks at the source of a secret that was refused once more: for sources that take time, such as a program. */
  readonly refresh_secret?: ((ref: SecretRef) => Promise<void>) | undefined;
  /** Default: this computer's own. */
  readonly clock?: Clock;
  /** What an API that is known by its address is called in errors. Default: its host. */
  readonly describe?: DescribeApi;
  /** Where HTTPS_PROXY, ALL_PROXY and NO_PROXY are looked up, such as `process.env`. Default: no proxy. */
  readonly env?: Environment;
  /** Reads more into the refusal of a request for a path. */
  readonly interpret?: (refusal: Refusal, path: string) => Interpretation;
  readonly signal?: AbortSignal | undefined;
  /** How often a request is sent at most. Default 6. */
  readonly attempts?: number;
  /** The largest answer that is read, in bytes. Default 256 MiB. */
  readonly max_body_bytes?: number;
  /** How long a server may stay silent, in milliseconds. Default 60 s. */
  readonly silence_ms?: number;
}

/** Sends requests. */
export interface Http {
  /**
   * Sends a request until `accept` takes the answer; what `accept` throws as RESPONSE_UNEXPECTED is asked for again like any
   * other passing fault. Throws the XanoError of the last try.
   */
  readonly send: <T>(
    request: PageRequest,
    auth: Auth,
    accept: (answer: Answer) => T,
    sender?: RequestContext,
  ) => Promise<T>;
  /**
   * Room for one more request to the server of this address, beside the one that a reader has under way anyway, and the way to give it
   * back. Undefined where the server bears no more, or is known to count requests.
   */
  readonly lane: (url: string) => (() => void) | undefined;
  /**
   * A request with the values of its variables, but for secrets: what tells one list from another. It is neither sent nor kept. Throws
   * CONFIG_INVALID for a variable that is not set.
   */
  readonly withListedValues: (request: PageRequest, auth: Auth) => PageRequest;
  /** A text from a server without what repeats a secret that was sent so far: for what is said, kept in reports or passed on. */
  readonly redact: (text: string) => string;
  /** Takes back the body of an answer that nobody reads any more, nor any part of it: its memory is another answer's from then on. */
  readonly release: (body: Uint8Array) => void;
}

/** Longest a single answer may take altogether: what Xano's own CLI allows. */
const REQUEST_MS = 15 * 60_000;
/** Refusals in a row, with no answer between them, after which a rate limit is given up on. */
const MAX_REFUSALS = 12;
const FIRST_RETRY_MS = 500;
/** Without Retry-After: documented windows are 20 s long, and a second more is on the safe side. */
const REFUSED_WAIT_MS = 21_000;

/** A server that accepts requests and never answers is asked so often: with 60 s each time, three minutes in all. */
const MOST_STALLS = 3;
/** A refusal is not checked for longer than this. */
const CHECK_MS = 10_000;

/** A request with all that sending it takes. */
interface Exchange<T> {
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

/** What is kept of each server. */
interface Server {
  readonly pacer: RateLimiter;
  readonly lanes: ConcurrencyLimiter;
  /** Whether a request was given up since nothing came, and nothing has come since: others wait once, not three times. */
  is_silent: boolean;
}

/** Makes the client. One pacer per origin is shared by everything sent through it, and so are the tokens that had to be asked for. */
export function createHttp(options: HttpOptions): Http {
  const { clock = systemClock, attempts = 6, find_secret } = options;
  const servers = new Map<string, Server>();
  const reached = new Set<string>();
  const bodies = createBufferPool();
  const findProxy = createProxies(options.env ?? {});
  const { silence_ms = 60_000 } = options;
  const wordsFor = (url: URL, auth: Auth): ApiWords =>
    options.describe?.(url, auth) ?? wordsForAny(url, auth);
  const checks = new Map<string, Promise<boolean>>();
  const known = createSecretWatch();
  const interpret = (refusal: Refusal, path: string): Interpretation =>
    options.interpret?.(refusal, path) ?? {};

  const serverAt = (origin: string): Server => {
    const server = servers.get(origin) ?? {
      pacer: createRateLimiter(clock),
      lanes: createConcurrencyLimiter(),
      is_silent: false,
    };
    servers.set(origin, server);
    return server;
  };

  const exchange = async <T>(asked: Exchange<T>): Promise<T> => {
    const { request, sender } = asked;
    const { traffic, on_wait } = sender;
    const signal = anyOf(options.signal, sender.signal, sender.stop);
    const url = requestUrl(request);
    if (!isSafeUrl(url.href))
      throw new XanoError(
        'CONFIG_INVALID',
        `Refusing to send a token to ${url.origin}: plain http is only used to this computer.`,
        {
          hint: 'Use an https:// address.',
        },
      );
    assertAddressBounded(url.href, url.host);
    const server = serverAt(url.origin);
    const { pacer } = server;

    let others: Credentials | undefined;
    let asked_again = false;
    // Time that attempts which ran out of it have taken, and the waits between them.
    let lost_ms = 0;
    let stalls = 0;
    for (let attempt = 1; ; attempt++) {
      await pacer.turn(
        (wait_ms) => on_wait?.({ kind: 'rate_limit', wait_ms, reason: 'the rate limit of the server' }),
        signal,
        (wait_ms) => tooLongFailure({ wait_ms, said: '' }, { method: request.method, url: url.href }),
      );
      signal?.throwIfAborted();
      const credentials = others ?? (await asked.authorize());
      const filled = fillVariables(request, find_secret);
      known.add(guardedSecrets(credentials, request, filled.request));
      assertNoSecret(url, request, known);
      if (traffic !== undefined) traffic.requests++;
      const began = performance.now();
      const left_ms = MOST_STALLS * silence_ms - lost_ms;
      const borne_ms = stalls === 0 ? silence_ms : Math.min(silence_ms, Math.max(silence_ms / 2, left_ms));
      const failure = await attemptOnce(url, asked, filled, credentials, server, borne_ms, signal);
      if ('accepted' in failure) {
        reached.add(url.origin);
        return failure.accepted;
      }
      const { error, refused_ms } = failure;
      server.lanes.troubled();
      if (refused_ms !== undefined) {
        if (pacer.refusals() > MAX_REFUSALS || refused_ms > LONGEST_WAIT_MS) throw error;
        // A refusal is no failed attempt: it says when to come back.
        attempt--;
        continue;
      }
      // A token may be over while a load runs: its source is asked once whether it has another one.
      if (isTokenError(error.code) && !asked_again) {
        asked_again = true;
        others = await asked.authorizeAgain(credentials);
        if (others !== undefined) {
          const reason = 'the token was refused, and its source holds another one now';
          on_wait?.({ kind: 'token', wait_ms: 0, reason });
          attempt--;
          continue;
        }
      }
      // A host that never answered is more likely misspelled than restarting: ask a few times, not for long.
      const often = Math.min(sender.attempts ?? attempts, attempts);
      const most = error.code === 'XANO_UNREACHABLE' && !reached.has(url.origin) ? Math.min(3, often) : often;
      if (failure.stalled === true) {
        stalls++;
        lost_ms += performance.now() - began;
        if (server.is_silent || stalls >= MOST_STALLS || attempt >= most) {
          server.is_silent = true;
          throw error;
        }
      }
      if (!failure.again || attempt >= most || sender.gives_up?.(error, attempt) === true) {
        const { check_path } = failure;
        const refused =
          check_path !== undefined &&
          sender.is_alone?.() !== true &&
          (await isRefusedToo(url, check_path, credentials, signal));
        signal?.throwIfAborted();
        throw refused ? amended(error, { rules_out: 'credentials_at_server' }) : error;
      }
      // One that is over its strength may say when to come back, as after a 429.
      const told_ms = failure.retry_after_ms ?? 0;
      if (told_ms > LONGEST_WAIT_MS) throw error;
      const wait_ms = Math.min(Math.max(FIRST_RETRY_MS * 2 ** (attempt - 1), told_ms), LONGEST_WAIT_MS);
      if (stalls > 0) lost_ms += wait_ms;
      on_wait?.({ kind: 'retry', wait_ms, reason: error.message });
      await clock.sleep(wait_ms, signal);
    }
  };

  /** Whether a server refuses credentials that it refused for one request for another as well. Requests refused together share one check. */
  const isRefusedToo = (
    { origin }: URL,
    path: string,
    credentials: Credentials,
    signal: AbortSignal | undefined,
  ): Promise<boolean> => {
    const id = JSON.stringify([origin, path, credentials.headers, credentials.params]);
    const check = async (): Promise<boolean> => {
      const server = serverAt(origin);
      const request: PageRequest = { method: 'GET', url: origin + path, params: {}, headers: {} };
      const asked: Exchange<true> = {
        request,
        accept: () => true,
        // Not counted: it is about the credentials, not about what the sender reads.
        sender: {},
        meaning: { interpret: () => ({}), sentence: refusalSentence },
        auth: { type: 'none' },
        authorize: async () => credentials,
        authorizeAgain: async () => undefined,
      };
      const soon = anyOf(signal, AbortSignal.timeout(CHECK_MS));
      await server.pacer.turn(() => {}, soon);
      const filled = { request, secrets: [] };
      const url = new URL(request.url);
      const result = await attemptOnce(url, asked, filled, credentials, server, silence_ms, soon);
      return 'error' in result && result.error.code === 'TOKEN_REJECTED';
    };
    const known = checks.get(id);
    if (known !== undefined) return known;
    // Nothing was learned where it was not answered.
    const pending = check()
      .catch(() => false)
      .finally(() => checks.delete(id));
    checks.set(id, pending);
    return pending;
  };

  /** One try. What went wrong is returned, not thrown, with whether trying again may help. */
  const attemptOnce = async <T>(
    url: URL,
    { request, accept, sender, meaning, auth }: Exchange<T>,
    filled: FilledRequest,
    credentials: Credentials,
    server: Server,
    silence_ms: number,
    signal: AbortSignal | undefined,
  ): Promise<{ accepted: T } | (Failure & { refused_ms?: number; retry_after_ms?: number | undefined })> => {
    const { pacer, lanes } = server;
    const proxy = findProxy(url);
    const passage: Passage = { through: false };
    const about: FailedRequest = {
      method: request.method,
      url: url.href,
      ...(proxy === undefined ? {} : { proxy: proxy.place }),
    };
    const secrets = [...credentials.secrets, ...filled.secrets, ...(proxy?.secrets ?? [])];
    const words = wordsFor(url, auth);
    const way = proxy === undefined ? undefined : { proxy, passage };
    const sent: Sent = { url, request: about, secrets, words, way };
    let answer: Answer;
    try {
      const watch = { traffic: sender.traffic, on_head: lanes.answered, bodies, silence_ms, way };
      let sending = filled.request;
      const visited: string[] = [];
      for (;;) {
        const at = requestUrl(sending);
        const received = await receive(at, sending, credentials, { ...options, signal }, watch);
        lanes.received(received.body.length);
        answer = {
          ...received,
          holds_secret: (text) => known.holds(text) || secretsToKeep(credentials).includes(text),
        };
        if (answer.status < 300 || answer.status > 399) break;
        visited.push(at.href);
        const led = redirected(answer, sending, at, visited, secrets);
        if ('refusal' in led) throw led.refusal;
        // A server may repeat the token in the address that it leads to.
        if (!known.holds(at.href)) assertNoSecret(requestUrl(led.next), request, known);
        await pacer.turn(() => {}, signal);
        if (sender.traffic !== undefined) sender.traffic.requests++;
        sending = led.next;
      }
    } catch (thrown) {
      signal?.throwIfAborted();
      if (thrown instanceof XanoError) {
        server.is_silent = false;
        return unreadFailure(thrown, sent, undefined);
      }
      return networkFailure(thrown, sent);
    }
    server.is_silent = false;
    const traced: Sent = {
      ...sent,
      request: { ...about, status: answer.status, ...traceOf(answer, secrets) },
    };
    if (answer.status === 429) {
      const told = interpret({ status: 429, body: parseObject(answer.body) }, url.pathname);
      const refused_ms = retryAfterMs(answer, clock.now()) ?? told.wait_ms ?? REFUSED_WAIT_MS;
      pacer.refused(refused_ms, told.limit);
      if (refused_ms > LONGEST_WAIT_MS) {
        const error = tooLongFailure({ wait_ms: refused_ms, said: saidOf(answer, secrets) }, traced.request);
        pacer.close(refused_ms, error);
        return { error, again: false, refused_ms };
      }
      const error = new XanoError(
        'RATE_LIMITED',
        `${words.name} kept refusing: too many requests for its rate limit.`,
        { request: traced.request, hint: words.hints.RATE_LIMITED },
      );
      return { error, again: true, refused_ms };
    }
    pacer.answered();
    if (answer.status < 200 || answer.status > 299)
      return {
        ...refusalFailure(answer, traced, meaning),
        retry_after_ms: retryAfterMs(answer, clock.now()),
      };
    try {
      return { accepted: accept(answer) };
    } catch (thrown) {
      return unreadFailure(thrown, traced, answer);
    }
  };

  const authorizer = createAuthorizer({
    find_secret,
    refresh_secret: options.refresh_secret,
    now: clock.now,
    ask: <T>({ url, credentials, read }: TokenRequest<T>, sender: RequestContext) =>
      exchange<T>({
        request: { method: 'POST', url, params: {}, headers: {} },
        // However often the request that needs the token may be sent, and whether it is still wanted: this one is for all.
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
          sentence: (_, { url: at }, status, said) =>
            `No token from ${placeOf(at.href)}, which answered with status ${status}${said}.`,
        },
      }),
  });

  return {
    send: (request, auth, accept, sender = {}) =>
      exchange({
        request,
        accept,
        sender,
        meaning: { interpret, sentence: refusalSentence },
        auth,
        authorize: () => authorizer.authorize(auth, sender),
        authorizeAgain: (refused) => authorizer.authorizeAgain(auth, refused, sender),
      }),
    lane: (url) => {
      const { pacer, lanes } = serverAt(new URL(url).origin);
      // Where requests are counted, none is to be spent on a guess.
      return pacer.isLimited() ? undefined : lanes.take();
    },
    withListedValues: (request, auth) => withListedValues(request, auth, find_secret),
    redact: known.redact,
    release: bodies.release,
  };
}

/** The secrets of credentials that no request may hold elsewhere. */
function secretsToKeep({ secrets, names = [] }: Credentials): readonly string[] {
  return secrets.filter((secret) => !names.includes(secret));
}

/** What a header or parameter is called that authorizes a request. */
const AUTHORIZES = /auth|key|token|secret|passw|signature|session|cookie/i;

/** The secrets that no request may repeat: those of the credentials, and variables under names that authorize. */
function guardedSecrets(credentials: Credentials, request: PageRequest, filled: PageRequest): string[] {
  const variables = (['headers', 'params'] as const).flatMap((place) =>
    Object.entries(filled[place]).flatMap(([name, value]) =>
      AUTHORIZES.test(name) && value !== request[place][name]
        ? [value.slice(value.lastIndexOf(' ') + 1)]
        : [],
    ),
  );
  return [...secretsToKeep(credentials), ...variables];
}

/**
 * Refuses a request whose address or body, as it is printed and stored, repeats a secret: a server may give a token back as a cursor, a key or a
 * path. Throws RESPONSE_UNEXPECTED.
 */
function assertNoSecret(url: URL, { method, body }: PageRequest, known: SecretWatch): void {
  const where = known.holds(url.href)
    ? 'address'
    : body !== undefined && known.holds(JSON.stringify(body))
      ? 'body'
      : undefined;
  if (where === undefined) return;
  throw new XanoError(
    'RESPONSE_UNEXPECTED',
    `A request would hold a part of the token in its ${where}, since the server repeated it: nothing was sent.`,
    {
      request: { method, url: known.redact(url.href) },
      hint: 'Check the pagination and the parameters of this endpoint config: no cursor, link or key may be the token.',
    },
  );
}

/** A signal that aborts with whichever does so first. */
function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  // One of this request's own, even of one: everybody listening to the same would be taken for a leak.
  return given.length === 0 ? undefined : AbortSignal.any(given);
}

/** One request, one answer, read no further than the size limit. */
async function receive(
  url: URL,
  request: PageRequest,
  credentials: Credentials,
  options: HttpOptions,
  { traffic, on_head, bodies, silence_ms, way }: Watch,
): Promise<Answer> {
  const { max_body_bytes = 256 * 1024 * 1024, signal } = options;
  signal?.throwIfAborted();
  const body =
    credentials.body ??
    (request.body === undefined
      ? undefined
      : { type: 'application/json', text: JSON.stringify(request.body) });
  const stream = got.stream(withParams(url, credentials.params), {
    method: request.method,
    headers: {
      'user-agent': options.user_agent,
      accept: 'application/json',
      'accept-encoding': ACCEPT_ENCODING,
      ...(body === undefined ? {} : { 'content-type': body.type }),
      ...request.headers,
      ...credentials.headers,
    },
    // Without a body, got would wait for somebody to write one.
    ...(body === undefined && request.method === 'GET' ? {} : { body: body?.text ?? '' }),
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    ...(way === undefined ? {} : { agent: { https: way.proxy.agent } }),
    timeout: {
      lookup: 10_000,
      connect: 15_000,
      secureConnect: 15_000,
      response: REQUEST_MS,
      request: REQUEST_MS,
    },
  });
  // Its errors hold the request's headers, and one that comes after the answer (a late abort) would end the process with
  // all of them printed: there is always somebody to hear it.
  stream.on('error', () => {});
  let stalled: Error | undefined;
  const stall = watchStall(silence_ms, (error) => {
    stalled = error;
    stream.destroy();
  });
  const onAbort = (): void => {
    stream.destroy();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  if (way !== undefined) stream.once('request', (sent) => watchPassage(sent, way.passage, onAbort));
  let head: { status: number; headers: Answer['headers'] } | undefined;
  const began = performance.now();
  stream.once('response', (response: { statusCode: number; headers: Answer['headers'] }) => {
    head = { status: response.statusCode, headers: response.headers };
    on_head(performance.now() - began);
  });
  let received: Body | undefined;
  /** Whether it is a refusal that has said enough. */
  const hasSaidEnough = (): boolean =>
    head !== undefined && head.status > 299 && (received?.size() ?? 0) > MOST_REFUSAL_BYTES;
  const take = (chunk: Uint8Array, length: number | undefined): void => {
    received ??= bodies.begin(length);
    received.add(chunk);
    if (received.size() > max_body_bytes)
      throw new XanoError(
        'RESPONSE_UNEXPECTED',
        `The answer of ${url.host} is larger than ${max_body_bytes} bytes.`,
        { hint: 'Ask for smaller pages with --page-size.', lasting: true },
      );
  };
  const wire = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const next = async (): Promise<Uint8Array | undefined> => {
    const { value, done } = await wire.next();
    if (done === true) return undefined;
    stall.add(value.length);
    return value;
  };
  try {
    // The head is known once the first bytes are there, or that there are none.
    const first = await next();
    const encoding = textOf(head?.headers['content-encoding']);
    if (first !== undefined && isPacked(first, encoding)) {
      async function* packed(): AsyncGenerator<Uint8Array> {
        for (let chunk = first; chunk !== undefined; chunk = await next()) yield chunk;
      }
      for await (const chunk of unpacked(packed(), encoding)) {
        take(chunk, undefined);
        if (hasSaidEnough()) break;
      }
    } else {
      const length = lengthOf(head?.headers);
      for (let chunk = first; chunk !== undefined && !hasSaidEnough(); chunk = await next())
        take(chunk, length);
    }
    signal?.throwIfAborted();
    if (stalled !== undefined) throw stalled;
  } catch (thrown) {
    throw stalled ?? thrown;
  } finally {
    stall.stop();
    stream.destroy();
    signal?.removeEventListener('abort', onAbort);
  }
  if (traffic !== undefined) traffic.bytes += received?.size() ?? 0;
  if (head === undefined) throw new Error('the connection ended before an answer came');
  return { ...head, ...readable(received?.whole() ?? new Uint8Array(0), head, bodies) };
}

/** What a request on the wire is watched by, and the way that it takes. */
interface Watch {
  readonly traffic: Traffic | undefined;
  readonly on_head: (ms: number) => void;
  readonly bodies: BufferPool;
  readonly silence_ms: number;
  readonly way: { readonly proxy: ProxyServer; readonly passage: Passage } | undefined;
}

/** A body as the byte reader reads it: in UTF-8, without a mark in front, JSON Lines as a list. */
function readable(
  body: Uint8Array,
  { status, headers }: Omit<Answer, 'body'>,
  bodies: BufferPool,
): Pick<Answer, 'body' | 'is_lines'> {
  // What a refusal says is a help, however it is spelled.
  if (status < 200 || status > 299) return { body };
  const type = textOf(headers['content-type']);
  const text = inUtf8(body, type);
  const is_lines = isJsonLines(text, type);
  const read = is_lines ? listOfLines(text) : text;
  if (read.buffer !== body.buffer) bodies.release(body);
  return is_lines ? { body: read, is_lines } : { body: read };
}

/** A header as one text. */
const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header;

/** How long an answer says it is. */
function lengthOf(headers: Answer['headers'] | undefined): number | undefined {
  const length = Number(headers?.['content-length']);
  return Number.isSafeInteger(length) ? length : undefined;
}

/** An address with the parameters that only the wire may see. */
function withParams(url: URL, params: Readonly<Record<string, string>>): URL {
  const sent = new URL(url);
  for (const [name, value] of Object.entries(params)) sent.searchParams.set(name, value);
  return sent;
}
