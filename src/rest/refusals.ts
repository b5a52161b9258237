/** What a refused request or a fault of the network means, in words that a person can act on and no secret is in. */
import { asXanoError, type ErrorCode, type FailedRequest, XanoError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json.js';
import type { Answer, Interpretation, Refusal } from './http.js';
import { holdsSecret, withoutSecrets } from './secrets.js';
import { LONGEST_WAIT_MS, waitInWords } from './wait-time.js';

/** One try that did not succeed. */
export interface Failure {
  readonly error: XanoError;
  /** Whether trying again may help. */
  readonly again: boolean;
}

/** A try as it went out. */
export interface Sent {
  readonly url: URL;
  readonly request: FailedRequest;
  readonly secrets: readonly string[];
}

/** How an API's refusals are to be read, and told. */
export interface Meaning {
  readonly interpret: (refusal: Refusal) => Interpretation;
  /** `said`: the server's own words behind a colon, or nothing. */
  readonly sentence: (code: ErrorCode, sent: Sent, status: number, said: string) => string;
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  TOKEN_REJECTED: 'Xano does not accept the token',
  TOKEN_EXPIRED: 'The token is over',
  SCOPE_MISSING: 'The token may not do this',
};

/** The sentence for a request that is no request for a token. */
export const refusalSentence: Meaning['sentence'] = (code, { url, request }, status, said) =>
  `${SENTENCES[code] ?? `${url.host} answered with status ${status}`}${said} (${request.method} ${url.pathname}).`;

/** What an answer with another status than 2xx means. */
export function refusalFailure(answer: Answer, sent: Sent, { interpret, sentence }: Meaning): Failure {
  const { status } = answer;
  const { url, request, secrets } = sent;
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
  const body = parseObject(answer.body);
  const said = saidOf(answer, secrets);
  const code = interpret({ status, body }).code ?? codeOf(status);
  const again = code === 'XANO_FAILED' && (status >= 500 || status === 408 || status === 425);
  // Nothing is there: later it will not be, either.
  const hint =
    code === 'XANO_FAILED' && (status === 404 || status === 410)
      ? { hint: 'Check the address and the path; --debug shows the request.' }
      : {};
  return { error: new XanoError(code, sentence(code, sent, status, said), { request, ...hint }), again };
}

/** A server's own words for its refusal, behind a colon and without secrets; empty where it has none. */
export function saidOf(answer: Pick<Answer, 'body'>, secrets: readonly string[]): string {
  // More is cut off anyway; secrets are looked for before that, since a cut would leave a part of one.
  const text = wordsOf(parseObject(answer.body)).slice(0, 20_000);
  return text === '' ? '' : `: ${withoutSecrets(text, secrets).slice(0, LONGEST_SAID).replace(/\.$/, '')}`;
}

/** Characters of a server's words that are shown. */
const LONGEST_SAID = 300;

/** A server asks for a wait that is longer than anybody waits for. `said`: its own words behind a colon, or nothing. */
export function tooLongFailure(
  { wait_ms, said }: { readonly wait_ms: number; readonly said: string },
  request: FailedRequest,
): XanoError {
  const { host } = new URL(request.url);
  return new XanoError(
    'RATE_LIMITED',
    `${host} asks to wait ${waitInWords(wait_ms)} before the next request, and a load waits at most ${waitInWords(LONGEST_WAIT_MS)}${said}.`,
    { request, hint: 'Run the same command again when that time is over.' },
  );
}

/** What a server says of its refusal: `message`, or what RFC 6749 has in its place. */
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

/** What a reader says of an answer that it does not take, with the request it is about. */
export function unreadFailure(thrown: unknown, { request, secrets }: Sent): Failure {
  const error = asXanoError(thrown);
  const cause = error.cause ?? error;
  return {
    error: new XanoError(error.code, withoutSecrets(error.message, secrets), {
      hint: withoutSecrets(error.hint, secrets),
      cause: causeWithout(cause, secrets),
      request,
    }),
    again: error.code === 'RESPONSE_UNEXPECTED',
  };
}

/** A cause without secrets: it may be a piece of the answer, or quote one, and that piece may begin within a secret. */
function causeWithout(cause: unknown, secrets: readonly string[]): unknown {
  if (typeof cause === 'string') return holdsSecret(cause, secrets) ? undefined : cause;
  if (!(cause instanceof Error) || !holdsSecret(cause.message, secrets)) return cause;
  const error = new Error('its message repeats a part of the token');
  error.name = cause.name;
  return error;
}

/** The code of the error for an answer that trickles. */
export const TRICKLE = 'ETRICKLE';

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

/** What got throws for everything that happens on the wire; the code is the operating system's. */
type NetworkError = Error & { readonly code?: string };

/** What a fault of the network means. */
export function networkFailure(thrown: unknown, { url, request, secrets }: Sent): Failure {
  const { code = '', message } = thrown as NetworkError;
  const untrusted = /certificate|self.signed/i.test(message);
  const why =
    NETWORK[code] ?? (untrusted ? 'its certificate is not trusted' : withoutSecrets(message, secrets));
  const error = new XanoError('XANO_UNREACHABLE', `No answer from ${url.origin}: ${why}.`, {
    cause: bare(thrown, secrets),
    request,
  });
  return { error, again: code !== 'ENOTFOUND' && !untrusted };
}

/** A network error without what got hangs on it: its options hold the token. */
function bare(thrown: unknown, secrets: readonly string[]): Error {
  const { name = 'Error', message = String(thrown), code = '' } = thrown as Partial<NetworkError>;
  const said = withoutSecrets(message, secrets);
  const error = new Error(code === '' ? said : `${said} (${code})`);
  error.name = name;
  return error;
}

/** The id under which the server can find a request again. */
export function traceOf(answer: Answer, secrets: readonly string[]): { trace_id?: string } {
  const trace = answer.headers['x-trace-id'];
  return typeof trace === 'string' ? { trace_id: withoutSecrets(trace, secrets).slice(0, LONGEST_SAID) } : {};
}

/** A body that is a JSON object, parsed; undefined for any other. */
export function parseObject(body: Uint8Array): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
