/** Recognizes answers with status 200 whose body says that the request failed. Pure. */
import { XanoError } from '../../../errors.js';
import { isJsonObject, type Json, type JsonObject, pathKeys, select } from '../../../json.js';
import { plain } from './rank-lists.js';

/** Flags that say whether a request succeeded. */
const SUCCESS: readonly string[] = ['success', 'ok', 'succeeded', 'issuccess', 'successful'];
/** Flags that say that it failed. */
const FAILURE: readonly string[] = ['iserror', 'haserror', 'haserrors', 'failed', 'error'];
const NO: readonly string[] = ['false', 'no', 'n'];
/** The values of a state field that mean a failure. */
const FAILED: readonly string[] = ['error', 'errors', 'fail', 'failed', 'failure', 'notok', 'ko'];
const STATES: readonly string[] = ['status', 'result', 'state', 'stat', 'response'];
/** Words of a state in capitals, such as `REQUEST_DENIED`, that mean a failure. */
const FAILED_WORDS: readonly string[] = [
  ...['DENIED', 'INVALID', 'ERROR', 'FAILED', 'FAILURE', 'UNAUTHORIZED', 'FORBIDDEN', 'EXCEEDED', 'EXPIRED'],
  ...['LIMIT', 'DISABLED'],
];
/** Fields that hold an HTTP status or a code, beside a message. */
const CODES: readonly string[] = ['status', 'code', 'statuscode', 'httpstatus', 'httpcode'];
/** Fields that hold a code only after a failure; 0 means none. */
const ERROR_CODES: readonly string[] = ['errcode', 'errorcode', 'errno'];
/** Fields that name a failed part, although records beside them show that others succeeded. */
const TOLD: readonly string[] = ['errormessage', 'errormessages', 'errmsg', 'fault', 'exception'];
/** Fields that explain a state in words. */
const REASONS: readonly string[] = [
  ...['message', 'msg', 'errmsg', 'errormessage', 'errordetail', 'errordescription', 'reason', 'detail'],
];
/** Values of an error field that mean "no error". */
const NONE =
  /^(no|none|null|nil|n\/a|ok|okay|success|successful|0|false|-|no errors?|no errors? found|without errors?)?[.!]?$/i;
/** Words for a failure that passes. */
const PASSING =
  /rate.?limit|query.?limit|too many|throttl|time.?out|timed out|again|temporar|busy|overload|locked|maintenance|unavailable/i;
/** Objects around the records that report how a request went. */
const AROUND: readonly string[] = [
  'meta',
  'metadata',
  'status',
  'response',
  'result',
  'header',
  'head',
  'body',
  'data',
  'info',
];
/** Fields that give the reason, the most specific first. */
const WORDS: readonly string[] = [
  ...[
    'message',
    'error_description',
    'error_message',
    'errormessage',
    'errormessages',
    'errmsg',
    'errordetail',
    'error_detail',
    'faultstring',
    'detail',
    'details',
    'description',
    'reason',
  ],
  ...['msg', 'title', 'error', 'errors', 'error_code', 'errorcode', 'code', 'type'],
];

/** The path of the selected list within an object, and its number of records. */
interface Selected {
  readonly keys: readonly string[];
  readonly count: number;
  /** Whether there is a list at all, empty or not. */
  readonly is_list: boolean;
}

/** The failure that an answer reports. */
export interface Failure {
  /** The field that reports it. */
  readonly field: string;
  /** The server's words for it; empty where there are none. */
  readonly words: string;
}

/**
 * The failure that an answer reports: the field, and the server's words for it; undefined without one. `{ ok:
 * false, error: "invalid_auth" }`, `{ "errors": [{ "message": … }], "data": null }`, `{ "status": "error" }`:
 * the forms of JSON-RPC, GraphQL, JSON:API, JSend and Slack. An empty `error` or `errors` means no failure,
 * and one that contains the selected list is that list. Beside records, a state or a code may describe
 * something else; fields within the selected record are data. `count`: the records of the list, if the answer
 * no longer contains them.
 */
export function saidFailure(
  answer: unknown,
  list_path = '',
  count = countAt(answer, list_path),
): Failure | undefined {
  if (!isJsonObject(answer)) return undefined;
  const keys = pathKeys(list_path);
  const is_list = Array.isArray(select(answer, list_path));
  const field = failingField(answer, { keys, count, is_list });
  if (field !== undefined) return { field, words: wordsIn(answer, field) };
  for (const [name, inner] of Object.entries(answer)) {
    if (!AROUND.includes(name.toLowerCase()) || !isJsonObject(inner)) continue;
    const inside = name === keys[0] ? keys.slice(1) : [];
    if (name === keys[0] && inside.length === 0) continue;
    const field = failingField(inner, { keys: inside, count, is_list });
    if (field !== undefined) return { field: `${name}.${field}`, words: wordsIn(inner, field) };
  }
  return undefined;
}

function countAt(answer: unknown, list_path: string): number {
  const list = list_path === '' ? undefined : select(answer, list_path);
  return Array.isArray(list) ? list.length : 0;
}

/** Throws RESPONSE_UNEXPECTED with the server's words where an answer says that its request failed. */
export function assertSucceeded(answer: unknown, list_path = '', count?: number): void {
  const failure = failureOf(answer, list_path, count);
  if (failure !== undefined) throw failure;
}

/** The error for an answer that reports a failure of its request; undefined for any other. */
export function failureOf(answer: unknown, list_path = '', count?: number): XanoError | undefined {
  const failure = saidFailure(answer, list_path, count);
  return failure === undefined ? undefined : failureError('The answer', failure);
}

/** The error for an answer or a part of it (`who`) that reports a failure of the request. */
export function failureError(
  who: string,
  failure: Failure,
  hint = 'Correct what the server reports, then run again; --debug shows the request.',
): XanoError {
  const words = failure.words === '' ? '' : `: ${failure.words.replace(/\.$/, '')}`;
  return new XanoError(
    'RESPONSE_UNEXPECTED',
    `${who} says in "${failure.field}" that the request failed${words}.`,
    {
      hint,
      // Another try of an answered request is useless, unless its answer says otherwise.
      lasting: !PASSING.test(words),
    },
  );
}

function failingField(object: JsonObject, { keys, count, is_list }: Selected): string | undefined {
  const fields = Object.entries(object).map(([name, value]) => ({ name, plain: plain(name), value }));
  const isExplained = fields.some(
    (field) =>
      REASONS.includes(field.plain) && typeof field.value === 'string' && !NONE.test(field.value.trim()),
  );
  // Beside `failed: 3`, a success of 0 is a count.
  const counts = fields.some((field) => FAILURE.includes(field.plain) && typeof field.value === 'number');
  return fields.find(({ name, plain: called, value }) => {
    if (name === keys[0] && keys.length === 1) return false;
    const text = typeof value === 'string' && value.length <= LONGEST_STATE ? value.trim() : undefined;
    if (SUCCESS.includes(called))
      return value === false || (value === 0 ? count === 0 && !counts : isNo(text));
    if (FAILURE.includes(called) && (value === true || text === 'true')) return true;
    if (called === 'error' || called === 'errors') return isTold(value) && !(count > 0 && areRecords(value));
    // A list filtered by a state has that state in its request, and its answer may repeat it.
    if (STATES.includes(called) && text !== undefined && FAILED.includes(text.toLowerCase()))
      return count === 0 || isExplained;
    if (count > 0) return false;
    if (TOLD.includes(called)) return isTold(value);
    if (ERROR_CODES.includes(called)) return isErrorCode(value);
    if (STATES.includes(called) && text !== undefined && isFailedState(text)) return true;
    if (!isExplained) return false;
    if (STATES.includes(called) && (value === false || isNo(text))) return true;
    return is_list && CODES.includes(called) && isFailedStatus(value);
  })?.name;
}

const isNo = (text: string | undefined): boolean => text !== undefined && NO.includes(text.toLowerCase());

const isFailedState = (text: string): boolean =>
  text.length < 100 &&
  /^[A-Z_]+$/.test(text) &&
  text.includes('_') &&
  text.split('_').some((word) => FAILED_WORDS.includes(word));

/** An error's number: neither 0 nor a status of success. */
const isErrorCode = (value: Json): boolean =>
  (typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,9}$/.test(value))) &&
  Number(value) !== 0 &&
  Number(value) !== 200;

/** An HTTP status, or a code that begins with one. "Not found" may also describe an empty list. */
function isFailedStatus(value: Json): boolean {
  if (!isErrorCode(value)) return false;
  const number = Number(value);
  const status = number >= 40_000 && number < 60_000 ? Math.floor(number / 100) : number;
  return status >= 400 && status < 600 && status !== 404 && status !== 416;
}

/**
 * Whether an `error` field reports an error: a text that does not mean "no error", or an object or a list
 * that holds one.
 */
function isTold(value: Json, depth = 0): boolean {
  if (typeof value === 'string') return !NONE.test(value.trim());
  if (typeof value === 'number') return depth > 0 && isErrorCode(value);
  if (typeof value !== 'object' || value === null) return value === true && depth > 0;
  if (depth > 5) return true;
  const isFine = Object.entries(value).some(
    ([name, code]) =>
      ['code', 'status', 'errorcode', 'errcode', 'count'].includes(plain(name)) &&
      ['0', '200'].includes(String(code)),
  );
  return !isFine && Object.values(value).some((inner) => isTold(inner as Json, depth + 1));
}

/** Whether `errors` are a list of ordinary records: each has an id, and none describes a request. */
function areRecords(value: Json): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (error) =>
        isJsonObject(error) &&
        ['string', 'number'].includes(typeof error['id']) &&
        !['code', 'status', 'locations', 'path', 'extensions', 'source'].some((name) => name in error),
    )
  );
}

/** Longer texts, in characters, are not states: they are not compared. */
const LONGEST_STATE = 200;
/** Characters of the server's words that are shown. */
const LONGEST_WORDS = 300;

/** The server's words, shortened: a sentence rather than a code. */
function wordsIn(object: JsonObject, field: string): string {
  // A field beside it explains a state, or else the state's own word does.
  const isState = STATES.includes(plain(field)) || SUCCESS.includes(plain(field));
  const parts = isState ? [object, object[field]] : [object[field], object];
  const texts = parts.map((part) => textIn(part, 0));
  return (
    texts.find((text) => /\p{L}/u.test(text.slice(0, LONGEST_WORDS))) ??
    texts.find((text) => text !== '') ??
    ''
  ).slice(0, LONGEST_WORDS);
}

function textIn(value: Json | undefined, depth: number): string {
  if (typeof value === 'string')
    return value.length <= LONGEST_STATE && [...FAILED, 'true', 'false'].includes(value.toLowerCase())
      ? ''
      : value;
  if (typeof value === 'number' && depth > 0) return String(value);
  if (depth > 3 || typeof value !== 'object' || value === null) return '';
  if (Array.isArray(value)) return textIn(value[0], depth + 1);
  const object = value as JsonObject;
  const texts = WORDS.map(
    (word) =>
      Object.entries(object).find(
        ([name]) => name.length === word.length && name.toLowerCase() === word,
      )?.[1],
  );
  // JSend gives the reason in `data`; a list there holds records.
  const sources = isJsonObject(object['data']) ? [...texts, object['data']] : texts;
  return sources.map((text) => textIn(text, depth + 1)).find((text) => text !== '') ?? '';
}
