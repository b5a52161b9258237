/**
 * The answer around the records: the position of its list, everything else parsed, and the failure that it
 * reports.
 * In: the body of an answer, as bytes, and the selector of its list.
 * Out: the position of the list, the envelope as an object, or an error that tells what the answer holds
 * instead.
 */
import { XanoError } from '../../../errors.js';
import { isJsonObject, type Json, type JsonObject, pathKeys, select } from '../../../json.js';
import { malformed, skipSpace, stringEnd, textAt, valueEnd } from '../json-bytes.js';
import { parseAbridged } from './abridged.js';
import { bodyFormat, formatError } from './body-format.js';
import { assertEnvelopeBounded } from './bounds.js';
import { noListError } from './no-list.js';
import { listPaths } from './rank-lists.js';
import { failureOf } from './said-failure.js';

/** Replaces the list's records while the rest of an answer is parsed. */
const RECORDS = 'the records';

/**
 * The opening bracket (`[`) of the selected list, or with `or_object` of an object in its place (`{`). Throws
 * RESPONSE_UNEXPECTED or SELECTOR_EMPTY, and {@link Malformed} where the bytes are not JSON.
 */
export function findList(body: Uint8Array, selector: string, or_object = false): number {
  const offset = findAt(body, skipSpace(body, 0), pathKeys(selector));
  const isFound = offset !== undefined && (body[offset] === 0x5b || (or_object && body[offset] === 0x7b));
  if (!isFound) throw noList(body, selector);
  return offset;
}

/**
 * The start of the value at keys, which have the meaning that `select` gives them; undefined where there is
 * none.
 */
function findAt(body: Uint8Array, i: number, keys: readonly string[]): number | undefined {
  const [key] = keys;
  if (key === undefined) return i;
  if (body[i] === 0x5b) {
    const index = /^\[?(\d{1,9})\]?$/.exec(key)?.[1];
    const element = index === undefined ? undefined : findElement(body, i, Number(index));
    return element === undefined ? undefined : findAt(body, element, keys.slice(1));
  }
  if (body[i] !== 0x7b) return undefined;
  for (let count = 1; count <= keys.length; count++) {
    const member = findMember(body, i, keys.slice(0, count).join('.'));
    const offset = member === undefined ? undefined : findAt(body, member, keys.slice(count));
    if (offset !== undefined) return offset;
  }
  const [, name, inner] = /^([^[]+)(\[\d{1,9}\])$/.exec(key) ?? [];
  const list = name === undefined ? undefined : findMember(body, i, name);
  return list === undefined ? undefined : findAt(body, list, [inner!, ...keys.slice(1)]);
}

/** The start of an element of the list at `i`; undefined beyond its end. */
function findElement(body: Uint8Array, i: number, wanted: number): number | undefined {
  i = skipSpace(body, i + 1);
  if (body[i] === 0x5d) return undefined;
  for (let index = 0; index < wanted; index++) {
    i = skipSpace(body, Math.abs(valueEnd(body, i)));
    if (body[i] !== 0x2c) return undefined;
    i = skipSpace(body, i + 1);
  }
  return i;
}

/** The start of the value of a key of the object at `i`. */
function findMember(body: Uint8Array, i: number, wanted: string): number | undefined {
  i = skipSpace(body, i + 1);
  if (body[i] === 0x7d) return undefined;
  for (;;) {
    if (body[i] !== 0x22) malformed('no key', i);
    const keyEnd = Math.abs(stringEnd(body, i));
    const key: unknown = JSON.parse(textAt(body, i, keyEnd));
    i = skipSpace(body, keyEnd);
    if (body[i] !== 0x3a) malformed('no colon after a key', i);
    i = skipSpace(body, i + 1);
    if (key === wanted) return i;
    i = skipSpace(body, Math.abs(valueEnd(body, i)));
    if (body[i] !== 0x2c) return undefined;
    i = skipSpace(body, i + 1);
  }
}

/**
 * The error for an answer without the expected list: RESPONSE_UNEXPECTED, or SELECTOR_EMPTY naming the lists
 * that it has.
 */
export function noList(body: Uint8Array, selector: string): XanoError {
  const where =
    selector === '' ? 'The answer itself is not a list' : `The answer has no list at "${selector}"`;
  let parsed: unknown;
  try {
    parsed = parseAbridged(body);
  } catch {
    const format = bodyFormat(body);
    if (format !== undefined) return formatError(format);
    const what = body.length === 0 ? 'is empty' : 'is not JSON';
    return new XanoError('RESPONSE_UNEXPECTED', `The answer ${what} where a list of records was expected.`);
  }
  const failure = failureOf(parsed, selector);
  if (failure !== undefined) return failure;
  const lists = listPaths(parsed);
  if (lists.length === 0) return noListError(`${where}, nor any other list`, parsed, selector);
  const named = lists.map((path) => (path === '' ? 'the whole answer' : `"${path}"`)).join(', ');
  return new XanoError('SELECTOR_EMPTY', `${where}; lists found: ${named}.`, {
    hint: `Set data_selector to ${lists.map((path) => JSON.stringify(path)).join(' or ')}.`,
  });
}

/**
 * Everything but the content of the list between two brackets, parsed strictly: throws {@link Malformed} for
 * text after the end, or a second list of the same name; RESPONSE_UNEXPECTED where it is too large or too
 * deep. Returns `{ items: [] }` and so on; a bare list leaves `{}`. A single record between two braces leaves
 * the same as a list of it.
 */
export function envelopeAround(body: Uint8Array, start: number, end: number, selector: string): JsonObject {
  assertEnvelopeBounded(body.subarray(0, start), body.subarray(end + 1));
  const stand_in = JSON.stringify([RECORDS]);
  // The two brackets belong to the list; its content is not read again.
  const around = textAt(body, 0, start) + stand_in + textAt(body, end + 1, body.length);
  let parsed: unknown;
  try {
    parsed = JSON.parse(around);
  } catch {
    malformed('incomplete envelope around the list', end);
  }
  const list = select(parsed, selector);
  if (!Array.isArray(list) || list.length !== 1 || list[0] !== RECORDS)
    malformed(`"${selector}" appears twice in the envelope`, end);
  list.length = 0;
  return envelopeOf(parsed);
}

/**
 * An answer as an object: of `[{ pages: 3 }, [ … ]]` the elements by their index, and nothing of any other
 * list.
 */
export function envelopeOf(answer: unknown): JsonObject {
  if (!Array.isArray(answer)) return isJsonObject(answer) ? answer : {};
  const parts: readonly Json[] = answer;
  return parts.some((part) => Array.isArray(part)) && parts.length <= 10
    ? Object.fromEntries(parts.entries())
    : {};
}
