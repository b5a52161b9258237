/** Answers with status 200 that say in their body that the request failed. Pure. */
import { XanoError } from '../errors.js';
import { isJsonObject, type Json, type JsonObject, pathKeys } from '../json.js';

/** Flags that say whether a request succeeded. */
const SUCCESS: readonly string[] = ['success', 'ok', 'succeeded', 'issuccess', 'successful'];
/** Flags that say that it failed. */
const FAILURE: readonly string[] = ['iserror', 'haserror', 'haserrors', 'failed', 'error'];
/** What a field that tells a state holds then. */
const FAILED: readonly string[] = ['error', 'errors', 'fail', 'failed', 'failure', 'notok', 'ko'];
const STATES: readonly string[] = ['status', 'result', 'state', 'stat'];
/** Objects around the records that tell how a request went. */
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
/** Fields that say why, the most telling first. */
const WORDS: readonly string[] = [
  ...[
    'message',
    'error_description',
    'error_message',
    'errormessage',
    'detail',
    'details',
    'description',
    'reason',
  ],
  ...['msg', 'title', 'error', 'errors', 'error_code', 'errorcode', 'code', 'type'],
];

/**
 * What an answer says of its own failure: the field that says so, and the server's words for it; undefined where it says nothing of the
 * kind. `{ ok: false, error: "invalid_auth" }`, `{ "errors": [{ "message": … }], "data": null }`, `{ "status": "error" }`: as JSON-RPC,
 * GraphQL, JSON:API, JSend and Slack write it. An empty `error` or `errors` says that there was none, and one that holds the selected list
 * is that list.
 */
export function saidFailure(
  answer: unknown,
  list_path = '',
): { readonly field: string; readonly words: string } | undefined {
  if (!isJsonObject(answer)) return undefined;
  const [selected] = pathKeys(list_path);
  const own = failingField(answer, selected);
  if (own !== undefined) return { field: own, words: wordsIn(answer, own) };
  for (const [name, inner] of Object.entries(answer)) {
    const field =
      AROUND.includes(name.toLowerCase()) && isJsonObject(inner) ? failingField(inner, undefined) : undefined;
    if (field !== undefined) return { field: `${name}.${field}`, words: wordsIn(inner as JsonObject, field) };
  }
  return undefined;
}

/** Throws RESPONSE_UNEXPECTED with the server's words where an answer says that its request failed. */
export function assertSucceeded(answer: unknown, list_path = ''): void {
  const failure = failureOf(answer, list_path);
  if (failure !== undefined) throw failure;
}

/** The error for an answer that says that its request failed; undefined for any other. */
export function failureOf(answer: unknown, list_path = ''): XanoError | undefined {
  const failure = saidFailure(answer, list_path);
  if (failure === undefined) return undefined;
  const words = failure.words === '' ? '' : `: ${failure.words.replace(/\.$/, '')}`;
  return new XanoError(
    'RESPONSE_UNEXPECTED',
    `The answer says in "${failure.field}" that the request failed${words}.`,
    {
      hint: 'Correct what the server names, then run again; --debug shows the request.',
      // What is refused stays refused; a server that is out of order may be asked again.
      lasting: /auth|token|denied|permission|forbidden|invalid|unknown|expired|required|not found/i.test(
        words,
      ),
    },
  );
}

function failingField(object: JsonObject, selected: string | undefined): string | undefined {
  return Object.entries(object).find(([name, value]) => {
    const plain = name.toLowerCase().replace(/[^a-z]/g, '');
    if (SUCCESS.includes(plain)) return value === false || value === 'false' || value === 0;
    if (FAILURE.includes(plain) && (value === true || value === 'true')) return true;
    if (STATES.includes(plain) && typeof value === 'string') return FAILED.includes(value.toLowerCase());
    return name !== selected && (plain === 'error' || plain === 'errors') && isTold(value);
  })?.[0];
}

/** Whether an `error` tells of one: a text, an object or a list that holds something. */
function isTold(value: Json): boolean {
  if (typeof value === 'string')
    return !['', 'none', 'null', 'ok', 'success', 'no error', '0', 'false'].includes(value.toLowerCase());
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** The server's words, shortened: a sentence rather than a code. */
function wordsIn(object: JsonObject, field: string): string {
  const told = [object[field], object].map((part) => textIn(part, 0));
  return (told.find((text) => /\p{L}/u.test(text)) ?? told.find((text) => text !== '') ?? '').slice(0, 300);
}

function textIn(value: Json | undefined, depth: number): string {
  if (typeof value === 'string')
    return [...FAILED, 'true', 'false'].includes(value.toLowerCase()) ? '' : value;
  if (typeof value === 'number' && depth > 0) return String(value);
  if (depth > 3 || typeof value !== 'object' || value === null) return '';
  if (Array.isArray(value)) return textIn(value[0], depth + 1);
  const object = value as JsonObject;
  const texts = WORDS.map(
    (word) => Object.entries(object).find(([name]) => name.toLowerCase() === word)?.[1],
  );
  // JSend says why in `data`; a list there holds records.
  const said = isJsonObject(object['data']) ? [...texts, object['data']] : texts;
  return said.map((text) => textIn(text, depth + 1)).find((text) => text !== '') ?? '';
}
