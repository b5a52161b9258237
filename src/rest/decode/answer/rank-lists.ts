/** The lists in an answer, and which of them is most likely the list of records. Pure. */
import { isJsonObject, joinKeys, pathKeys, select } from '../../../json.js';
import type { EndpointConfig } from '../../config/endpoint-config.js';

/** A list that may be the list of records. */
export interface FoundList {
  /** Dotted; empty for an answer that is the list itself. */
  readonly path: string;
  readonly records: readonly unknown[];
  /** 0 to 100: the strength of the evidence. */
  readonly score: number;
  readonly reasons: readonly string[];
}

/** Plain names that lists of records have in any API. */
export const RECORD_NAMES: readonly string[] = [
  ...['items', 'data', 'results', 'records', 'rows', 'list', 'entries', 'objects', 'values', 'content'],
  ...['elements', 'documents', 'docs', 'hits', 'nodes', 'result', 'response', 'payload', 'collection'],
];

/** Names of lists beside the records. */
const SIDE_NAMES: readonly string[] = [
  ...['errors', 'warnings', 'messages', 'links', 'included', 'includes', 'facets', 'filters', 'columns'],
  ...['fields', 'tags', 'aggregations', 'breadcrumbs', 'meta', 'sort', 'pagination'],
];

/** Names of lists of errors. */
const ERROR_NAMES: readonly string[] = ['errors', 'warnings'];

/** The deepest level of a list; below the second number, only lists with elements count as records. */
const DEEPEST = 6;
const DEEPEST_EMPTY = 3;
/** A longer list of lists holds rows; a shorter one may hold the list of records beside its description. */
const MOST_PARTS = 10;

/** Dotted paths of the lists in an answer. */
export function listPaths(answer: unknown): string[] {
  return listsIn(answer, [], 0).map((list) => pathOf(answer, list).path);
}

/** A list and the keys that lead to it. */
interface KeyedList {
  readonly keys: readonly string[];
  readonly list: readonly unknown[];
}

/** Every list. For a list of lists, such as `[{ pages: 3 }, [ … ]]`, the inner ones as well. */
function listsIn(value: unknown, keys: readonly string[], depth: number): KeyedList[] {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    const isMixed = list.length <= MOST_PARTS && list.some((part) => Array.isArray(part));
    const inner = isMixed
      ? list.flatMap((part, at) => (Array.isArray(part) ? [{ keys: [...keys, String(at)], list: part }] : []))
      : [];
    return [{ keys, list }, ...inner];
  }
  if (!isJsonObject(value) || depth >= DEEPEST) return [];
  return Object.entries(value).flatMap(([key, inner]) => listsIn(inner, [...keys, key], depth + 1));
}

/**
 * A path that leads to a list, in the form that people write unless it leads to another value; `steps` are
 * its keys.
 */
function pathOf(
  answer: unknown,
  { keys, list }: KeyedList,
): { readonly path: string; readonly steps: readonly string[] } {
  const written = keys.join('.');
  const escaped = joinKeys(keys);
  // Splitting a path is the most expensive step here.
  if (written === escaped || select(answer, written) !== list)
    return { path: escaped, steps: escaped === '' ? [] : keys };
  return { path: written, steps: pathKeys(written) };
}

/**
 * The lists that may hold records, the likeliest first. A list of anything but objects holds none, nor does a
 * list within a record.
 */
export function rankLists(answer: unknown, config: Pick<EndpointConfig, 'name' | 'path'>): FoundList[] {
  const names = [config.path, config.name].map((text) => plain(lastPart(text)));
  const candidates = listsIn(answer, [], 0).flatMap((keyed) => {
    const { path, steps } = pathOf(answer, keyed);
    // An empty key cannot be written in a path, so no selector could reach that list.
    const records: unknown = path === '' ? answer : keyed.list;
    if (!Array.isArray(records) || !records.every(isJsonObject)) return [];
    if (records.length === 0 && steps.length > DEEPEST_EMPTY) return [];
    const name = plain(steps.at(-1) ?? '');
    if (ERROR_NAMES.includes(name) && !names.includes(name)) return [];
    const around = path === '' ? undefined : select(answer, joinKeys(steps.slice(0, -1)));
    const inRecord = ['string', 'number'].includes(typeof select(around, 'id'));
    const list = scored(path, steps, records, names);
    if (!inRecord) return [list];
    // A list beside an id is a part of that record, unless its name says otherwise.
    return list.reasons.length > 1 ? [{ ...list, score: Math.max(0, list.score - 30) }] : [];
  });
  return candidates.toSorted((a, b) => b.score - a.score || b.records.length - a.records.length);
}

/** The last segment of a URL's path, without its query. */
const lastPart = (path: string): string =>
  (path.split('?')[0] ?? '').split('/').findLast((part) => part !== '') ?? '';

function scored(
  path: string,
  keys: readonly string[],
  records: readonly unknown[],
  names: readonly string[],
): FoundList {
  const name = plain(keys.at(-1) ?? '');
  const depth = keys.length;
  const is = path === '' ? 'the answer itself is the list' : `"${path}" is a list`;
  const reasons = [`${is}, of ${counted(records)}`];
  let score = records.length > 0 ? 50 : 20;
  if (path === '') score += 40;
  else if (names.includes(name)) {
    score += 40;
    reasons.push('its name matches the resource');
  } else if (RECORD_NAMES.includes(name)) {
    score += 35;
    reasons.push('its name is typical of a list of records');
  } else if (SIDE_NAMES.includes(name)) score -= 40;
  score += Math.min(10, Math.log2(records.length + 1)) - 5 * Math.max(0, depth - 1);
  return { path, records, score: Math.round(Math.min(100, Math.max(0, score))), reasons };
}

/** The number of records, in words. */
export function counted({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? 'record' : 'records'}`;
}

/** A name without differences of spelling: `next_page`, `nextPage` and `next-page` become one. */
export function plain(name: string): string {
  // The characters after these do not distinguish names.
  return name
    .slice(0, 200)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}
