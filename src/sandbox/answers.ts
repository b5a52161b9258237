/** Requests as read, answers as decided, and Xano's error bodies. */
import { STATUS_CODES } from 'node:http';
import type { Json } from '../json.js';

/** A request, read to its end. */
export interface LocalRequest {
  readonly method: string;
  /** The path's segments after the API (`api:meta`), decoded. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** `''` when there is none. */
  readonly body: string;
}

/** An answer before it is sent: the body is JSON text already. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: { readonly [name: string]: string };
}

/** 200 with a JSON value. */
export function answer(value: Json): Answer {
  return { status: 200, body: JSON.stringify(value) };
}

/** 200 with text that is JSON already. */
export function answerText(body: string): Answer {
  return { status: 200, body };
}

/** Whether a value is an answer, and not the result of a function that refused nothing. */
export function isAnswer(value: object): value is Answer {
  return 'status' in value && 'body' in value;
}

// Captures, Xano's clients and its documentation show these codes and the envelope {code, message, payload}.
function refusal(status: number, code: string, message: string, payload?: Json): Answer {
  return { status, body: JSON.stringify({ code, message, ...(payload === undefined ? {} : { payload }) }) };
}

/** 400: what was sent does not fit; `param` names the input. */
export function inputError(message: string, param: string): Answer {
  return refusal(400, 'ERROR_CODE_INPUT_ERROR', message, { param });
}

/** 400 in Xano's words for a missing input. */
export function missingParam(param: string): Answer {
  return inputError(`Missing param: ${param}`, param);
}

/** 401, with the text that alone tells missing, wrong and expired tokens apart. */
export function unauthorized(
  message:
    | 'Unauthorized - Authentication Required'
    | 'Invalid token'
    | 'This token is expired.'
    | 'This token belongs to a different datasource.',
): Answer {
  return refusal(401, 'ERROR_CODE_UNAUTHORIZED', message, '');
}

/** 403: captures show an empty message on the Metadata API. */
export function accessDenied(message = ''): Answer {
  return refusal(403, 'ERROR_CODE_ACCESS_DENIED', message, '');
}

/** 404: captures show an empty message on the Metadata API. */
export function notFound(message: '' | 'Unable to locate request.' | 'Invalid app.' = ''): Answer {
  return refusal(404, 'ERROR_CODE_NOT_FOUND', message, '');
}

/** 429, in the words of Xano's documentation (the link is theirs); no header says how long to wait. */
export function tooManyRequests(requests: number, per_ms: number): Answer {
  return refusal(
    429,
    'ERROR_CODE_TOO_MANY_REQUESTS',
    `Whoa there! Your plan only supports ${requests} requests per ${per_ms / 1000} seconds. ` +
      'Upgrade options and additional information is available at: ' +
      'https://xano.gitbook.io/xano/instances/api-rate-limit',
  );
}

/** A fault's status and body: text as it is, JSON as JSON, and Xano's envelope by default. */
export function answerOf(
  status: number,
  body: string | Json | undefined,
  headers?: Answer['headers'],
): Answer {
  const given = body ?? { code: 'ERROR_FATAL', message: STATUS_CODES[status] ?? '' };
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  return { status, body: text, ...(headers === undefined ? {} : { headers }) };
}
