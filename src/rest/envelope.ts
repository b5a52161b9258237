/** What an answer holds around its list of records: where the list is, and everything else, parsed. */
import { XanoError } from '../errors.js';
import { isJsonObject, type JsonObject, select } from '../json.js';
import { malformed, skipSpace, stringEnd, textAt, valueEnd } from './bytes.js';
import { listPaths } from './lists.js';

/** Stands for the list's records while the rest of an answer is parsed. */
const RECORDS = 'the records';

/**
 * Where the selected list opens (`[`), or with `or_object` an object that stands in its place (`{`). Throws RESPONSE_UNEXPECTED or SELECTOR_EMPTY, and a
 * malformed remark where it meets no JSON.
 */
export function findList(body: Uint8Array, selector: string, or_object = false): number {
  const path = selector === '' ? [] : selector.split('.');
  let i = skipSpace(body, 0);
  for (let depth = 0; depth < path.length; depth++) {
    const found = body[i] === 0x7b ? findMember(body, i, path[depth]!) : undefined;
    if (found === undefined) throw noList(body, selector);
    i = found;
  }
  if (body[i] !== 0x5b && !(or_object && body[i] === 0x7b)) throw noList(body, selector);
  return i;
}

/** Where the value of a key of the object at `i` begins. */
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
    i = skipSpace(body, valueEnd(body, i));
    if (body[i] !== 0x2c) return undefined;
    i = skipSpace(body, i + 1);
  }
}

/** What to say of an answer that has no list where one is wanted: RESPONSE_UNEXPECTED, or SELECTOR_EMPTY naming the lists it does have. */
export function noList(body: Uint8Array, selector: string): XanoError {
  const where =
    selector === '' ? 'The answer itself is not a list' : `The answer has no list at "${selector}"`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(textAt(body, 0, body.length));
  } catch {
    const start = textAt(body, 0, Math.min(60, body.length)).trim();
    const what = body.length === 0 ? 'is empty' : start.startsWith('<') ? 'is HTML' : 'is no JSON';
    return new XanoError('RESPONSE_UNEXPECTED', `The answer ${what} where a list of records was expected.`);
  }
  const lists = listPaths(parsed);
  if (lists.length === 0) return new XanoError('RESPONSE_UNEXPECTED', `${where}, nor any other list.`);
  const named = lists.map((path) => (path === '' ? 'the whole answer' : `"${path}"`)).join(', ');
  return new XanoError('SELECTOR_EMPTY', `${where}; lists found: ${named}.`, {
    hint: `Set data_selector to ${lists.map((path) => JSON.stringify(path)).join(' or ')}.`,
  });
}

/**
 * Everything but the content of the list between two brackets, parsed strictly: junk after the end, or a second list of the same name, is found
 * here, and a malformed remark is thrown. `{ items: [] }` and so on; a bare list leaves `{}`. A single record between two braces leaves the same as a
 * list of it.
 */
export function envelopeAround(body: Uint8Array, start: number, end: number, selector: string): JsonObject {
  const stand_in = JSON.stringify([RECORDS]);
  // Brackets are of the list; what stands between them is not read again.
  const around = textAt(body, 0, start) + stand_in + textAt(body, end + 1, body.length);
  let parsed: unknown;
  try {
    parsed = JSON.parse(around);
  } catch {
    malformed('no whole envelope around the list', end);
  }
  const list = select(parsed, selector);
  if (!Array.isArray(list) || list.length !== 1 || list[0] !== RECORDS)
    malformed(`"${selector}" stands twice in the envelope`, end);
  list.length = 0;
  return isJsonObject(parsed) ? parsed : {};
}
