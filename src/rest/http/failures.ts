/** Explains a refused request or a network fault in words that a person can act on, without secrets. */

import { asXanoError, ERRORS, type ErrorCode, type FailedRequest, XanoError } from '../../errors.js';
import { isJsonObject, type JsonObject } from '../../json.js';
import { bodyFormat, formatError } from '../decode/answer/body-format.js';
import { MOST_HEADER_BYTES } from '../decode/answer/bounds.js';
import type { ApiWords } from './auth/api-words.js';
import { holdsSecret, withoutSecrets } from './auth/secrets.js';
import type { Answer, Interpretation, Refusal } from './messages.js';
import { isMissingStatus, isPassingStatus } from './statuses.js';
import { LONGEST_WAIT_MS, waitInWords } from './wait-time.js';
import { CUT } from './wire/content-encoding.js';
import type { Passage, ProxyServer } from './wire/proxy.js';
import { STALLED, TRICKLE } from './wire/stall.js';

/** The parts of an error that identify a refusal. */
type Refused = Pick<XanoError, 'code' | 'request'>;

/**
 * Recognizes refusals with one of these statuses. Those that mean a token or a rate limit have codes of their
 * own.
 */
const refusedWith =
  (...statuses: readonly number[]) =>
  ({ code, request }: Refused): boolean =>
    code === 'XANO_FAILED' && statuses.includes(request?.status ?? 0);

/** The request itself was refused, and would be again; a smaller page may not be. */
export const isBadRequest = refusedWith(400, 413, 422);
/** The server does not know the path, or not with this method. */
export const isUnknownPath = refusedWith(404, 405);
/** What the path names does not exist, or no longer. */
export const isMissing = refusedWith(404, 410);
/** There may be no such page: 400 WordPress, 404 Django REST framework, 416 and 422 by their meaning. */
export const isMissingPage = refusedWith(400, 404, 410, 416, 422);
/** There may be no second page of a listing that names none. */
export const isMissingListPage = refusedWith(400, 404, 422);
/** The server may not know a parameter, or not have the page that it asks for. */
export const isUnknownParameter = refusedWith(400, 404, 405, 410, 413, 414, 416, 422);
/** The server may not be able to compare the values of a column. */
export const isUnsupportedFilter = refusedWith(400, 422, 500);
/** The server failed at this request: it may be too much for it. */
export const isInternalError = refusedWith(500);
/** The server is in trouble as a whole. */
export const isServerDown = refusedWith(429, 502, 503, 504);

/** One try that did not succeed. */
export interface Failure {
  readonly error: XanoError;
  /** Whether another try may help. */
  readonly again: boolean;
  /** Whether it failed because the server did not answer in time. */
  readonly stalled?: boolean;
  /** As {@link Interpretation.check_path}. */
  readonly check_path?: string | undefined;
}

/** A try as it was sent. */
export interface Sent {
  readonly url: URL;
  readonly request: FailedRequest;
  readonly secrets: readonly string[];
  /** How errors speak of this API. */
  readonly words: ApiWords;
  /** The proxy in between, and how far the request came. */
  readonly way: { readonly proxy: ProxyServer; readonly passage: Passage } | undefined;
}

/** How to interpret an API's refusals, and how to word them. */
export interface Meaning {
  readonly interpret: (refusal: Refusal, path: string) => Interpretation;
  /** `quoted`: the server's own words after a colon, or nothing. */
  readonly sentence: (code: ErrorCode, sent: Sent, status: number, quoted: string) => string;
}

/** The sentence for any request but one for a token. */
export const refusalSentence: Meaning['sentence'] = (code, { url, request, words }, status, quoted) =>
  `${words.refusals[code] ?? `${url.host} answered with status ${status}`}${quoted} (${request.method} ${url.pathname}).`;

/** What an answer with another status than 2xx means. */
export function refusalFailure(answer: Answer, sent: Sent, { interpret, sentence }: Meaning): Failure {
  const { status } = answer;
  const { url, request, secrets, words } = sent;
  const body = parseObject(answer.body);
  const quoted = saidOf(answer, secrets);
  const {
    code = codeOf(status),
    refuses_credentials,
    check_path,
  } = interpret({ status, body }, url.pathname);
  const again = code === 'XANO_FAILED' && isPassingStatus(status);
  // The path does not exist: it will not exist later either.
  const hint =
    code === 'XANO_FAILED' && isMissingStatus(status)
      ? { hint: 'Check the address and the path; --debug shows the request.' }
      : { hint: words.hints[code] };
  const rules_out = refuses_credentials === true ? 'credentials_at_server' : undefined;
  const error = new XanoError(code, sentence(code, sent, status, quoted), {
    request,
    rules_out,
    said: quoted === '' ? undefined : quoted.slice(2),
    ...hint,
  });
  return { error, again, check_path: refuses_credentials === true ? undefined : check_path };
}

/** A server's own words for its refusal, after a colon and without secrets; empty where it gives none. */
export function saidOf(answer: Pick<Answer, 'body'>, secrets: readonly string[]): string {
  // The text is shortened later. Secrets are removed first, since a cut would leave a part of one.
  const text = wordsOf(parseObject(answer.body)).slice(0, 20_000);
  return text === '' ? '' : `: ${withoutSecrets(text, secrets).slice(0, LONGEST_SAID).replace(/\.$/, '')}`;
}

/** Characters of a server's words that are shown. */
const LONGEST_SAID = 300;

/**
 * A server asks for a wait longer than {@link LONGEST_WAIT_MS}. `said`: its own words after a colon, or
 * nothing.
 */
export function tooLongFailure(
  { wait_ms, said }: { readonly wait_ms: number; readonly said: string },
  request: FailedRequest,
): XanoError {
  const { host } = new URL(request.url);
  return new XanoError(
    'RATE_LIMITED',
    `${host} asks to wait ${waitInWords(wait_ms)} before the next request, and a load waits at most ${waitInWords(LONGEST_WAIT_MS)}${said}.`,
    { request, hint: 'Run the same command again after that time.' },
  );
}

/** A server's explanation of its refusal: `message`, or the field that RFC 6749 uses instead. */
function wordsOf(body: JsonObject | undefined): string {
  const { message, error_description, error } = body ?? {};
  return (
    ([message, error_description, error].find((text) => typeof text === 'string' && text !== '') as
      | string
      | undefined) ?? ''
  );
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'TOKEN_REJECTED';
  if (status === 403) return 'SCOPE_MISSING';
  return 'XANO_FAILED';
}

/**
 * The reader's error for an answer that it does not take, with the request. An answer in another format than
 * JSON is named as such; the request is sent again where that may be a passing fault.
 */
export function unreadFailure(
  thrown: unknown,
  { request, secrets, words }: Sent,
  answer: Answer | undefined,
): Failure {
  const read = asXanoError(thrown);
  const isUnread = read.code === 'RESPONSE_UNEXPECTED' && answer !== undefined;
  const type = answer?.headers['content-type'];
  const format = isUnread ? bodyFormat(answer.body, typeof type === 'string' ? type : undefined) : undefined;
  // A passing fault keeps the reader's words: the reader knows what was expected.
  const error = format?.lasting === true ? formatError(format) : read;
  const cause = read.cause ?? read;
  const hint = error.hint === ERRORS[error.code].hint ? (words.hints[error.code] ?? error.hint) : error.hint;
  return {
    error: new XanoError(error.code, withoutSecrets(error.message, secrets), {
      hint: withoutSecrets(hint, secrets),
      cause: causeWithout(cause, secrets),
      request,
    }),
    again: error.code === 'RESPONSE_UNEXPECTED' && !error.lasting,
  };
}

/** A cause without secrets: it may quote a piece of the answer, and that piece may begin within a secret. */
function causeWithout(cause: unknown, secrets: readonly string[]): unknown {
  if (typeof cause === 'string') return holdsSecret(cause, secrets) ? undefined : cause;
  if (!(cause instanceof Error) || !holdsSecret(cause.message, secrets)) return cause;
  const error = new Error('its message repeats a part of the token');
  error.name = cause.name;
  return error;
}

/** A network fault in words that a person can act on. */
const NETWORK: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host does not exist',
  EAI_AGAIN: 'its name could not be resolved',
  ECONNREFUSED: 'nothing is listening there',
  ECONNRESET: 'the connection was cut',
  ERR_READING_RESPONSE_STREAM: 'the connection was cut in the middle of an answer',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'it did not answer in time',
  [STALLED]: 'it did not answer in time',
  [CUT]: 'the connection was cut in the middle of an answer',
  HPE_HEADER_OVERFLOW: `the headers of its answer are larger than ${MOST_HEADER_BYTES / 1024} KiB`,
  [TRICKLE]: 'its answer came too slowly',
};

/** `RequestError`, which got throws for every fault on the wire; its code is the operating system's. */
type NetworkError = Error & { readonly code?: string };

/**
 * Why a certificate is refused, by Node's error code; any other code means that no trusted authority signed
 * it.
 */
const CERTIFICATES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** The meaning of a network fault. */
export function networkFailure(thrown: unknown, { url, request, secrets, way }: Sent): Failure {
  const { code = '', message } = thrown as NetworkError;
  const isCertificate = code in CERTIFICATES || /certificate|self.signed/i.test(message);
  const why =
    NETWORK[code] ??
    CERTIFICATES[code] ??
    (isCertificate ? 'its certificate is not trusted' : withoutSecrets(message, secrets));
  const refused = way?.passage.refused;
  const hint =
    isCertificate && !(code in CERTIFICATES)
      ? 'If your own network issued the certificate, save that of its authority in a file and set NODE_EXTRA_CA_CERTS to it.'
      : way === undefined
        ? undefined
        : proxyHint(way, url);
  const error = new XanoError('XANO_UNREACHABLE', `No answer from ${url.origin}${whyNot(why, way)}.`, {
    cause: bare(thrown, secrets),
    request,
    hint,
  });
  const stays = code === 'ENOTFOUND' || code === 'HPE_HEADER_OVERFLOW' || isCertificate;
  const passes = refused === undefined ? !stays : refused >= 500;
  return { error, again: passes, stalled: code === STALLED || code === TRICKLE };
}

/** Says what went wrong and, with a proxy in between, whether the proxy failed. */
function whyNot(why: string, way: Sent['way']): string {
  if (way === undefined) return `: ${why}`;
  const { address, variable } = way.proxy;
  const { through, refused } = way.passage;
  const proxy = `the proxy ${address} (${variable})`;
  if (refused !== undefined) return `: ${proxy} refused the connection with status ${refused}`;
  return through ? ` through ${proxy}: ${why}` : `: ${proxy} cannot be reached: ${why}`;
}

function proxyHint({ proxy: { variable }, passage }: NonNullable<Sent['way']>, url: URL): string | undefined {
  if (passage.refused === 407)
    return `Put user name and password into ${variable}: http://USER:PASSWORD@HOST:PORT.`;
  return passage.through ? undefined : `Check ${variable}, or add ${url.hostname} to NO_PROXY.`;
}

/** A network error without got's own properties: its options hold the token. */
function bare(thrown: unknown, secrets: readonly string[]): Error {
  const { name = 'Error', message = String(thrown), code = '' } = thrown as Partial<NetworkError>;
  const text = withoutSecrets(message, secrets);
  const error = new Error(code === '' ? text : `${text} (${code})`);
  error.name = name;
  return error;
}

/** The id by which the server's operators can find a request. */
export function traceOf(answer: Answer, secrets: readonly string[]): { trace_id?: string } {
  const trace = answer.headers['x-trace-id'];
  return typeof trace === 'string' ? { trace_id: withoutSecrets(trace, secrets).slice(0, LONGEST_SAID) } : {};
}

/** A body that is a JSON object, parsed; undefined for any other body. */
export function parseObject(body: Uint8Array): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
