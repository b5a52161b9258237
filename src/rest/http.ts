/** The only door to the network: retries, pacing, timeouts, size limits, and what a refused request means. */
import got, { type RequestError } from 'got';
import { asXanoError, type ErrorCode, type FailedRequest, XanoError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { authorize, type FindSecret } from './auth.js';
import { type Auth, isSafeUrl } from './config.js';
import { createLanes, type Lanes } from './lanes.js';
import { type Clock, createPacer, type Pacer, type RateLimit, systemClock } from './pacer.js';
import type { PageRequest } from './paginate.js';

/** An answer with status 2xx, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
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
}

/** Longest a single answer may take altogether: what Xano's own CLI allows. */
const REQUEST_MS = 15 * 60_000;
/** Refusals in a row, with no answer between them, after which a rate limit is given up on. */
const MAX_REFUSALS = 12;
/** A server that wants to be left alone for longer is told about, not waited for. */
const LONGEST_WAIT_MS = 15 * 60_000;
const FIRST_RETRY_MS = 500;
/** Without Retry-After: documented windows are 20 s long, and a second more is on the safe side. */
const REFUSED_WAIT_MS = 21_000;

/** An answer that brings less than this, over as long as silence is borne, will not end in anybody's time. Bytes a second. */
const SLOWEST = 100;

/** Makes the client. One pacer per origin is shared by everything sent through it. */
export function createHttp(options: HttpOptions): Http {
  const { clock = systemClock, attempts = 6 } = options;
  const servers = new Map<string, { readonly pacer: Pacer; readonly lanes: Lanes }>();
  const reached = new Set<string>();

  const serverAt = (origin: string): { readonly pacer: Pacer; readonly lanes: Lanes } => {
    const server = servers.get(origin) ?? { pacer: createPacer(clock), lanes: createLanes() };
    servers.set(origin, server);
    return server;
  };

  const send: Http['send'] = async (request, auth, accept, sender = {}) => {
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

    let asked_again = false;
    for (let attempt = 1; ; attempt++) {
      await pacer.turn(
        (wait_ms) => on_wait?.({ reason: 'rate_limit', wait_ms, because: 'the rate limit of the server' }),
        signal,
      );
      signal?.throwIfAborted();
      if (traffic !== undefined) traffic.requests++;
      const headers = authorize(auth, options.find_secret);
      const failure = await attemptOnce(url, request, headers, accept, { traffic, signal }, server);
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
        const fresh = freshHeaders(auth);
        if (fresh !== undefined && JSON.stringify(fresh) !== JSON.stringify(headers)) {
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
      const wait_ms = FIRST_RETRY_MS * 2 ** (attempt - 1);
      on_wait?.({ reason: 'retry', wait_ms, because: error.message });
      await clock.sleep(wait_ms, signal);
    }
  };

  /** The headers that a second look at the token's source gives; undefined where that fails: then the refusal itself is what to tell. */
  const freshHeaders = (auth: Auth): Readonly<Record<string, string>> | undefined => {
    try {
      return authorize(auth, (ref) => options.find_secret(ref, { fresh: true }));
    } catch {
      return undefined;
    }
  };

  /** One try. What went wrong is returned, not thrown, with whether trying again may help. */
  const attemptOnce = async <T>(
    url: URL,
    request: PageRequest,
    headers: Readonly<Record<string, string>>,
    accept: (answer: Answer) => T,
    { traffic, signal }: Pick<Sender, 'traffic' | 'signal'>,
    { pacer, lanes }: { readonly pacer: Pacer; readonly lanes: Lanes },
  ): Promise<{ accepted: T } | { error: XanoError; again: boolean; refused_ms?: number }> => {
    const about: FailedRequest = { method: request.method, url: url.href };
    let answer: Answer;
    try {
      answer = await receive(
        url,
        request,
        headers,
        { ...options, signal },
        { traffic, on_head: lanes.answered },
      );
    } catch (thrown) {
      signal?.throwIfAborted();
      if (thrown instanceof XanoError) return { error: thrown, again: false };
      return networkFailure(thrown, url, about);
    }
    const traced = { ...about, status: answer.status, ...traceOf(answer) };
    if (answer.status === 429) {
      const told = options.interpret?.({ status: 429, body: parseObject(answer.body) });
      const refused_ms = retryAfterMs(answer, clock.now()) ?? told?.wait_ms ?? REFUSED_WAIT_MS;
      pacer.refused(refused_ms, told?.limit);
      const error = new XanoError(
        'RATE_LIMITED',
        'Xano kept refusing: too many requests for its rate limit.',
        { request: traced },
      );
      return { error, again: true, refused_ms };
    }
    pacer.answered();
    if (answer.status < 200 || answer.status > 299) return refusalFailure(answer, url, traced, headers);
    try {
      return { accepted: accept(answer) };
    } catch (thrown) {
      const error = asXanoError(thrown);
      const again = error.code === 'RESPONSE_UNEXPECTED';
      return {
        error: new XanoError(error.code, error.message, {
          hint: error.hint,
          cause: error.cause ?? error,
          request: traced,
        }),
        again,
      };
    }
  };

  const refusalFailure = (
    answer: Answer,
    url: URL,
    request: FailedRequest,
    authorization: Readonly<Record<string, string>>,
  ): { error: XanoError; again: boolean } => {
    const { status } = answer;
    const body = parseObject(answer.body);
    const text = typeof body?.['message'] === 'string' ? body['message'] : '';
    const said =
      text === '' ? '' : `: ${withoutSecrets(text, authorization).slice(0, 300).replace(/\.$/, '')}`;
    const code = options.interpret?.({ status, body }).code ?? codeOf(status);
    if (status >= 300 && status < 400) {
      const message = `${url.origin} sends us elsewhere (status ${status}); a token is never taken along to another address.`;
      return {
        error: new XanoError('RESPONSE_UNEXPECTED', message, {
          request,
          hint: 'Use the address it points to.',
        }),
        again: false,
      };
    }
    const message = `${SENTENCES[code] ?? `${url.host} answered with status ${status}`}${said} (${request.method} ${url.pathname}).`;
    const again = code === 'XANO_FAILED' && (status >= 500 || status === 408 || status === 425);
    return { error: new XanoError(code, message, { request }), again };
  };

  return {
    send,
    lane: (url) => {
      const { pacer, lanes } = serverAt(new URL(url).origin);
      // Where requests are counted, none is to be spent on a guess.
      return pacer.isLimited() ? undefined : lanes.take();
    },
  };
}

/** A signal that aborts with whichever does so first. */
function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  const given = [one, other].filter((signal) => signal !== undefined);
  // One of this request's own, even of one: everybody listening to the same would be taken for a leak.
  return given.length === 0 ? undefined : AbortSignal.any(given);
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  TOKEN_REJECTED: 'Xano does not accept the token',
  TOKEN_EXPIRED: 'The token is over',
  SCOPE_MISSING: 'The token may not do this',
};

/** A server's words without the credentials that it may repeat. */
function withoutSecrets(text: string, authorization: Readonly<Record<string, string>>): string {
  const secrets = Object.values(authorization).map((value) => value.slice(value.indexOf(' ') + 1));
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'TOKEN_REJECTED';
  if (status === 403) return 'SCOPE_MISSING';
  return 'XANO_FAILED';
}

/** One request, one answer, read no further than the size limit. */
async function receive(
  url: URL,
  request: PageRequest,
  authorization: Readonly<Record<string, string>>,
  options: HttpOptions,
  { traffic, on_head }: { readonly traffic: Traffic | undefined; readonly on_head: (ms: number) => void },
): Promise<Answer> {
  const { max_body_bytes = 256 * 1024 * 1024, silence_ms = 60_000, signal } = options;
  signal?.throwIfAborted();
  const stream = got.stream(url, {
    method: request.method,
    headers: {
      'user-agent': options.user_agent,
      accept: 'application/json',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
      ...authorization,
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
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
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The wire has its own time, whatever clock waits are measured by.
  let watched = { since: performance.now(), size: 0 };
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.length;
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
            request: { method: request.method, url: url.href },
          },
        );
      }
      chunks.push(chunk);
    }
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  if (traffic !== undefined) traffic.bytes += size;
  if (head === undefined) throw new Error('the connection ended before an answer came');
  return { ...head, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size) };
}

function requestUrl(request: PageRequest): URL {
  const url = new URL(request.url);
  for (const [name, value] of Object.entries(request.params)) url.searchParams.set(name, value);
  return url;
}

const TRICKLE = 'ETRICKLE';

/** What a network fault is called, in words a person can act on. */
const NETWORK: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ERR_READING_RESPONSE_STREAM: 'the connection was cut in the middle of an answer',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'it did not answer in time',
  [TRICKLE]: 'its answer came so slowly that it would not end',
};

function networkFailure(
  thrown: unknown,
  url: URL,
  request: FailedRequest,
): { error: XanoError; again: boolean } {
  // got throws RequestError for everything that happens on the wire; its code is the operating system's.
  const { code = '', message } = thrown as Partial<RequestError> & Error;
  const why =
    NETWORK[code] ?? (/certificate|self.signed/i.test(message) ? 'its certificate is not trusted' : message);
  const error = new XanoError('XANO_UNREACHABLE', `No answer from ${url.origin}: ${why}.`, {
    cause: bare(thrown),
    request,
  });
  return { error, again: code !== 'ENOTFOUND' && !/certificate|self.signed/i.test(message) };
}

/** A network error without what got hangs on it: its options hold the token. */
function bare(thrown: unknown): Error {
  const { name = 'Error', message = String(thrown), code = '' } = thrown as Partial<RequestError>;
  const error = new Error(code === '' ? message : `${message} (${code})`);
  error.name = name;
  return error;
}

function traceOf(answer: Answer): { trace_id?: string } {
  const trace = answer.headers['x-trace-id'];
  return typeof trace === 'string' ? { trace_id: trace } : {};
}

function parseObject(body: Uint8Array): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Retry-After in milliseconds: seconds, or a date; undefined when it is absent or makes no sense. */
function retryAfterMs(answer: Answer, now: number): number | undefined {
  const value = answer.headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Math.max(Number(value) * 1000, 250);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(at - now, 250);
}
