/** Describes a JSON answer without any list by its keys, never by its values. */
import { XanoError } from '../../../errors.js';
import { isJsonObject, type JsonObject, select } from '../../../json.js';

/**
 * RESPONSE_UNEXPECTED for an answer without a list. `sentence` has no full stop; a description of the answer
 * follows it.
 */
export function noListError(sentence: string, answer: unknown, selector: string): XanoError {
  if (!isJsonObject(answer) || Object.keys(answer).length === 0)
    return new XanoError('RESPONSE_UNEXPECTED', `${sentence}.`);
  const keyed = objectsByKey(answer);
  if (keyed !== undefined) {
    const where = keyed.path === '' ? 'it holds' : `its "${keyed.path}" holds`;
    return new XanoError('RESPONSE_UNEXPECTED', `${sentence}: ${where} ${keyed.count} objects by key.`, {
      hint: 'Use a path or parameter that returns a list: objects by key are not read as rows.',
      lasting: true,
    });
  }
  const lasting = !mayPass(answer, selector);
  const hint = lasting
    ? 'To load one object as one row, set data_selector to its path ("" for the whole answer) and pagination to single_page; for a list, check base_url and path.'
    : undefined;
  return new XanoError('RESPONSE_UNEXPECTED', `${sentence}: it is an object with ${keysOf(answer)}.`, {
    hint,
    lasting,
  });
}

/** The most keys that an error names. */
const MOST_KEYS = 8;

function keysOf(answer: JsonObject): string {
  const keys = Object.keys(answer);
  const shown = keys.slice(0, MOST_KEYS).map((key) => JSON.stringify(key.slice(0, 40)));
  const remainder = keys.length > MOST_KEYS ? `, and ${keys.length - MOST_KEYS} more` : '';
  return `${keys.length === 1 ? 'the key' : 'the keys'} ${shown.join(', ')}${remainder}`;
}

/** The deepest level at which objects by key are searched. */
const DEEPEST = 6;

/**
 * The path of objects by key: two or more members that are objects with the same first field, and no others.
 */
function objectsByKey(
  answer: JsonObject,
  path = '',
  depth = 0,
): { readonly path: string; readonly count: number } | undefined {
  const members = Object.entries(answer);
  const fields = members.map(([, value]) => (isJsonObject(value) ? Object.keys(value)[0] : undefined));
  const same = fields[0] !== undefined && fields.every((field) => field === fields[0]);
  const numbered =
    members.length > 0 && members.every(([key]) => /^\d+$/.test(key)) && fields[0] !== undefined;
  if ((members.length > 1 && same) || numbered) return { path, count: members.length };
  for (const [key, value] of members) {
    const inside =
      isJsonObject(value) && depth < DEEPEST
        ? objectsByKey(value, path === '' ? key : `${path}.${key}`, depth + 1)
        : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** An answer with an error, or with null in place of its list, may be a passing fault of the server. */
function mayPass(answer: JsonObject, selector: string): boolean {
  if (selector !== '' && select(answer, selector) === null) return true;
  const keys = Object.keys(answer).map((key) => key.toLowerCase());
  return keys.some((key) => FAULTS.includes(key)) || keys.every((key) => BESIDE_FAULTS.includes(key));
}

const FAULTS: readonly string[] = ['error', 'errors', 'exception', 'fault', 'errormessage', 'error_message'];
const BESIDE_FAULTS: readonly string[] = [
  ...['code', 'message', 'msg', 'detail', 'details', 'status', 'statuscode', 'success', 'ok', 'reason'],
  ...['payload', 'timestamp', 'path', 'title', 'type', 'trace_id', 'request_id', 'requestid'],
];
