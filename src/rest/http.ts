/** The only door to the network: retries, pacing, timeouts, size limits. */
import got from 'got';
import { type ErrorCode, type FailedRequest, XanoError } from '../errors.js';
import type { JsonObject } from '../json.js';
import { requestUrl } from './address.js';
import { createAuthorizer } from './auth.js';
import { type Bodies, type Body, createBodies } from './bodies.js';
import { type Auth, isSafeUrl, type SecretRef } from './config.js';
import type { Credentials } from './credentials.js';
import { createLanes, type Lanes } from './lanes.js';
import { type Clock, createPacer, type Pacer, type RateLimit, systemClock } from './pacer.js';
import type { PageRequest } from './paginate.js';
import { createSecretWatch, type SecretWatch } from './redaction.js';
import {
  type Failure,
  type Meaning,
  networkFailure,
  parseObject,
  refusalFailure,
  refusalSentence,
  type Sent,
  saidOf,
  TRICKLE,
  tooLongFailure,
  traceOf,
  unreadFailure,
} from './refusals.js';
import type { FindSecret } from './secrets.js';
import { placeOf, type TokenRequest } from './tokens.js';
import { type FilledRequest, fillVariables } from './variables.js';
import { LONGEST_WAIT_MS, retryAfterMs } from './wait-time.js';

/** An answer with status 2xx, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** Whether a text holds a secret that authorized the request, or a good part of one. */
  readonly holds_secret?: ((text: string) => boolean) | undefined;
}

/** A refusal as it came: what an API's own rules may read more into. */
export interface Refusal {
  readonly status: number;
  /** The parsed body when it is a JSON object, else undefined. */
  readonly body: JsonObject | undefined;
}

/** What an API's own rules say of a refusal. */
export interface Interpretation {
  readonly code?: ErrorCode;
  readonly limit?: RateLimit;
  /** How long to wait after a 429 that does not say so itself. */
  readonly wait_ms?: number;
}

/** Something is being waited for; told before the wait begins. */
export interface Wait {
  readonly reason: 'rate_limit' | 'retry' | 'token';
  readonly wait_ms: number;
  /** Why the request is sent again, in a few words. */
  readonly because: string;
}

/** What a client is made of. */
export interface HttpOptions {
  readonly user_agent: string;
  readonly find_secret: FindSecret;
  /** Looks at the source of a secret that was refused once more: for sources that take time, such as a program. */
  readonly refresh_secret?: ((ref: SecretRef) => Promise<void>) | undefined;
  /** Default: this computer's own. */
  readonly clock?: Clock;
  readonly interpret?: (refusal: Refusal) => Interpretation;
  readonly signal?: AbortSignal | undefined;
  /** How often a request is sent at most. Default 6. */
  readonly attempts?: number;
  /** The largest answer that is read, in bytes. Default 256 MiB. */
  readonly max_body_bytes?: number;
  /** How long a server may stay silent, in milliseconds. Default 60 s. */
  readonly silence_ms?: number;
}

/** What has been sent and received so far. */
export interface Traffic {
  requests: number;
  /** Bytes of bodies, after decompression. */
  bytes: number;
}

/** Who sends, as far as the door to the network needs to know. */
export interface Sender {
  /** Counted up with every try. */
  readonly traffic?: Traffic | undefined;
  readonly on_wait?: ((wait: Wait) => void) | undefined;
  /** How often this request is sent at most, where that is less than the client's own number. */
  readonly attempts?: number | undefined;
  /** Aborting it ends this request alone. */
  readonly signal?: AbortSignal | undefined;
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
    sender?: Sender,
  ) => Promise<T>;
  /**
   * Room for one more request to the server of this address, beside the one that a reader has under way anyway, and the way to give it
   * back. Undefined where the server bears no more, or is known to count requests.
   */
  readonly lane: (url: string) => (() => void) | undefined;
  /** A text from a server without what repeats a secret that was sent so far: for what is said, kept in reports or passed on. */
  readonly redact: (text: string) => string;
  /** Takes back the body of an answer that nobody reads any more, nor any part of it: its memory is another answer's from then on. */
  readonly give_back: (body: Uint8Array) => void;
}

/** Longest a single answer may take altogether: what Xano's own CLI allows. */
const REQUEST_MS = 15 * 60_000;
/** Refusals in a row, with no answer between them, after which a rate limit is given up on. */
const MAX_REFUSALS = 12;
const FIRST_RETRY_MS = 500;
/** Without Retry-After: documented windows are 20 s long, and a second more is on the safe side. */
const REFUSED_WAIT_MS = 21_000;

/** An answer that brings less than this, over as long as silence is borne, will not end in anybody's time. Bytes a second. */
const SLOWEST = 100;

/** A request with all that sending it takes. */
interface Exchange<T> {
  readonly request: PageRequest;
  readonly accept: (answer: Answer) => T;
  readonly sender: Sender;
  readonly meaning: Meaning;
  readonly authorize: () => Promise<Credentials>;
  /** Other credentials than those that were refused; undefined where there are none. */
  readonly authorizeAgain: (refused: Credentials) => Promise<Credentials | undefined>;
}

/** What is kept of each server. */
interface Server {
  readonly pacer: Pacer;
  readonly lanes: Lanes;
}

/** Makes the client. One pacer per origin is shared by everything sent through it, and so are the tokens that had to be asked for. */
export function createHttp(options: HttpOptions): Http {
  const { clock = systemClock, attempts = 6, find_secret } = options;
  const servers = new Map<string, Server>();
  const reached = new Set<string>();
  const bodies = createBodies();
  const known = createSecretWatch();
  const interpret = (refusal: Refusal): Interpretation => options.interpret?.(refusal) ?? {};

  const serverAt = (origin: string): Server => {
    const server = servers.get(origin) ?? { pacer: createPacer(clock), lanes: createLanes() };
    servers.set(origin, server);
    return server;
  };

  const exchange = async <T>(asked: Exchange<T>): Promise<T> => {
    const { request, sender } = asked;
    const { traffic, on_wait } = sender;
    const signal = eitherOf(options.signal, sender.signal);
    const url = requestUrl(request);
    if (!isSafeUrl(url.href))
      throw new XanoError(
        'CONFIG_INVALID',
        `Refusing to send a token to ${url.origin}: plain http is only used to this computer.`,
        {
          hint: 'Use an https:// address.',
        },
      );
    const server = serverAt(url.origin);
    const { pacer } = server;

    let others: Credentials | undefined;
    let asked_again = false;
    for (let attempt = 1; ; attempt++) {
      await pacer.turn(
        (wait_ms) => on_wait?.({ reason: 'rate_limit', wait_ms, because: 'the rate limit of the server' }),
        signal,
        (wait_ms) => tooLongFailure({ wait_ms, said: '' }, { method: request.method, url: url.href }),
      );
      signal?.throwIfAborted();
      const credentials = others ?? (await asked.authorize());
      const filled = fillVariables(request, find_secret);
      known.add(guardedSecrets(credentials, request, filled.request));
      assertNoSecret(url, request, known);
      if (traffic !== undefined) traffic.requests++;
      const failure = await attemptOnce(url, asked, filled, credentials, server, signal);
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
      if (error.code.startsWith('TOKEN_') && !asked_again) {
        asked_again = true;
        others = await asked.authorizeAgain(credentials);
        if (others !== undefined) {
          const because = 'the token was refused, and its source holds another one now';
          on_wait?.({ reason: 'token', wait_ms: 0, because });
          attempt--;
          continue;
        }
      }
      // A host that never answered is more likely misspelled than restarting: ask a few times, not for long.
      const often = Math.min(sender.attempts ?? attempts, attempts);
      const most = error.code === 'XANO_UNREACHABLE' && !reached.has(url.origin) ? Math.min(3, often) : often;
      if (!failure.again || attempt >= most) throw error;
      // One that is over its strength may say when to come back, as after a 429.
      const told_ms = failure.retry_after_ms ?? 0;
      if (told_ms > LONGEST_WAIT_MS) throw error;
      const wait_ms = Math.min(Math.max(FIRST_RETRY_MS * 2 ** (attempt - 1), told_ms), LONGEST_WAIT_MS);
      on_wait?.({ reason: 'retry', wait_ms, because: error.message });
      await clock.sleep(wait_ms, signal);
    }
  };

  /** One try. What went wrong is returned, not thrown, with whether trying again may help. */
  const attemptOnce = async <T>(
    url: URL,
    { request, accept, sender, meaning }: Exchange<T>,
    filled: FilledRequest,
    credentials: Credentials,
    { pacer, lanes }: Server,
    signal: AbortSignal | undefined,
  ): Promise<{ accepted: T } | (Failure & { refused_ms?: number; retry_after_ms?: number | undefined })> => {
    const about: FailedRequest = { method: request.method, url: url.href };
    const secrets = [...credentials.secrets, ...filled.secrets];
    const sent: Sent = { url, request: about, secrets };
    let answer: Answer;
    try {
      const watch = { traffic: sender.traffic, on_head: lanes.answered, bodies };
      const sending = requestUrl(filled.request);
      const received = await receive(sending, filled.request, credentials, { ...options, signal }, watch);
      lanes.received(received.body.length);
      answer = {
        ...received,
        holds_secret: (text) => known.holds(text) || secretsToKeep(credentials).includes(text),
      };
    } catch (thrown) {
      signal?.throwIfAborted();
      if (thrown instanceof XanoError) return { error: thrown, again: false };
      return networkFailure(thrown, sent);
    }
    const traced: Sent = {
      ...sent,
      request: { ...about, status: answer.status, ...traceOf(answer, secrets) },
    };
    if (answer.status === 429) {
      const told = interpret({ status: 429, body: parseObject(answer.body) });
      const refused_ms = retryAfterMs(answer, clock.now()) ?? told.wait_ms ?? REFUSED_WAIT_MS;
      pacer.refused(refused_ms, told.limit);
      if (refused_ms > LONGEST_WAIT_MS) {
        const error = tooLongFailure({ wait_ms: refused_ms, said: saidOf(answer, secrets) }, traced.request);
        pacer.close(refused_ms, error);
        return { error, again: false, refused_ms };
      }
      const error = new XanoError(
        'RATE_LIMITED',
        'Xano kept refusing: too many requests for its rate limit.',
        { request: traced.request },
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
      return unreadFailure(thrown, traced);
    }
  };

  const authorizer = createAuthorizer({
    find_secret,
    refresh_secret: options.refresh_secret,
    now: clock.now,
    ask: <T>({ url, credentials, read }: TokenRequest<T>, sender: Sender) =>
      exchange<T>({
        request: { method: 'POST', url, params: {}, headers: {} },
        // However often the request that needs the token may be sent: this one is for all.
        sender: { ...sender, attempts: undefined },
        accept: ({ body, status }) => {
          const answer = parseObject(body);
          if (answer !== undefined) return read(answer);
          throw new XanoError('RESPONSE_UNEXPECTED', `its answer, of status ${status}, is no JSON object.`);
        },
        authorize: async () => credentials(find_secret),
        authorizeAgain: async (refused) => {
          const others = credentials((ref) => find_secret(ref, { fresh: true }));
          return JSON.stringify(others) === JSON.stringify(refused) ? undefined : others;
        },
        meaning: {
          // Whichever way it is refused, it is what was sent that is refused.
          interpret: (refusal) => {
            const { status } = refusal;
            const refused = status >= 400 && status < 500 && status !== 408 && status !== 425;
            return { ...interpret(refusal), ...(refused ? { code: 'TOKEN_REJECTED' } : {}) };
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
        authorize: () => authorizer.authorize(auth, sender),
        authorizeAgain: (refused) => authorizer.authorizeAgain(auth, refused, sender),
      }),
    lane: (url) => {
      const { pacer, lanes } = serverAt(new URL(url).origin);
      // Where requests are counted, none is to be spent on a guess.
      return pacer.isLimited() ? undefined : lanes.take();
    },
    redact: known.redact,
    give_back: bodies.give_back,
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
function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  const given = [one, other].filter((signal) => signal !== undefined);
  // One of this request's own, even of one: everybody listening to the same would be taken for a leak.
  return given.length === 0 ? undefined : AbortSignal.any(given);
}

/** One request, one answer, read no further than the size limit. */
async function receive(
  url: URL,
  request: PageRequest,
  credentials: Credentials,
  options: HttpOptions,
  {
    traffic,
    on_head,
    bodies,
  }: {
    readonly traffic: Traffic | undefined;
    readonly on_head: (ms: number) => void;
    readonly bodies: Bodies;
  },
): Promise<Answer> {
  const { max_body_bytes = 256 * 1024 * 1024, silence_ms = 60_000, signal } = options;
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
      ...(body === undefined ? {} : { 'content-type': body.type }),
      ...request.headers,
      ...credentials.headers,
    },
    // Without a body, got would wait for somebody to write one.
    ...(body === undefined && request.method === 'GET' ? {} : { body: body?.text ?? '' }),
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    timeout: {
      lookup: 10_000,
      connect: 15_000,
      secureConnect: 15_000,
      socket: silence_ms,
      response: REQUEST_MS,
      request: REQUEST_MS,
    },
  });
  // Its errors hold the request's headers, and one that comes after the answer (a late abort) would end the process with
  // all of them printed: there is always somebody to hear it.
  stream.on('error', () => {});
  const onAbort = (): void => {
    stream.destroy();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  let head: { status: number; headers: Answer['headers'] } | undefined;
  const began = performance.now();
  stream.once('response', (response: { statusCode: number; headers: Answer['headers'] }) => {
    head = { status: response.statusCode, headers: response.headers };
    on_head(performance.now() - began);
  });
  let received: Body | undefined;
  // The wire has its own time, whatever clock waits are measured by.
  let watched = { since: performance.now(), size: 0 };
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      received ??= bodies.begin(lengthOf(head?.headers));
      received.add(chunk);
      const size = received.size();
      const ms = performance.now() - watched.since;
      if (ms >= silence_ms) {
        if (((size - watched.size) * 1000) / ms < SLOWEST) {
          stream.destroy();
          throw Object.assign(new Error('the answer trickled'), { code: TRICKLE });
        }
        watched = { since: performance.now(), size };
      }
      if (size > max_body_bytes) {
        stream.destroy();
        throw new XanoError(
          'RESPONSE_UNEXPECTED',
          `The answer of ${url.host} is larger than ${max_body_bytes} bytes.`,
          {
            hint: 'Ask for smaller pages with --page-size.',
            request: { method: request.method, url: `${url.origin}${url.pathname}` },
          },
        );
      }
    }
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  if (traffic !== undefined) traffic.bytes += received?.size() ?? 0;
  if (head === undefined) throw new Error('the connection ended before an answer came');
  const body_read = received?.whole() ?? new Uint8Array(0);
  // Some put the mark of UTF-8 in front, which is no JSON.
  const isMarked = body_read[0] === 0xef && body_read[1] === 0xbb && body_read[2] === 0xbf;
  return { ...head, body: isMarked ? body_read.subarray(3) : body_read };
}

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
