/** The lists in an answer, and which of them is most likely the list of records. Pure. */
import { isJsonObject, select } from '../json.js';
import { withoutTrailing } from '../plain-text.js';
import type { EndpointConfig } from './config.js';

/** A list that may be the list of records. */
export interface FoundList {
  /** Dotted; empty for an answer that is the list itself. */
  readonly path: string;
  readonly records: readonly unknown[];
  /** 0 to 100: what speaks for it. */
  readonly score: number;
  readonly reasons: readonly string[];
}

/** Names that lists of records have, wherever they come from. */
const RECORD_NAMES: readonly string[] = [
  ...['items', 'data', 'results', 'records', 'rows', 'list', 'entries', 'objects', 'values', 'content'],
  ...['elements', 'documents', 'docs', 'hits', 'nodes', 'result', 'response', 'payload', 'collection'],
];

/** Names of lists that stand beside the records. */
const SIDE_NAMES: readonly string[] = [
  ...['errors', 'warnings', 'messages', 'links', 'included', 'includes', 'facets', 'filters', 'columns'],
  ...['fields', 'tags', 'aggregations', 'breadcrumbs', 'meta', 'sort', 'pagination'],
];

/** Names of lists that say what went wrong. */
const ERROR_NAMES: readonly string[] = ['errors', 'warnings'];

/** Lists stand no deeper than this; beyond the second number, only ones that hold something are taken for records. */
const DEEPEST = 6;
const DEEPEST_EMPTY = 3;

/** Dotted paths of the lists in an answer. */
export function listPaths(value: unknown, path = '', depth = 0): string[] {
  if (Array.isArray(value)) return [path];
  if (!isJsonObject(value) || depth >= DEEPEST) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    listPaths(inner, path === '' ? key : `${path}.${key}`, depth + 1),
  );
}

/** The lists that may hold records, the likeliest first. Lists of anything but objects hold none, nor do lists within a record. */
export function rankLists(answer: unknown, config: Pick<EndpointConfig, 'name' | 'path'>): FoundList[] {
  const own = [config.path, config.name].map((text) =>
    plain(withoutTrailing(text, '/').split('/').at(-1) ?? ''),
  );
  const found = listPaths(answer).flatMap((path) => {
    const records = select(answer, path);
    // A name with a dot in it is no path: nothing could reach that list.
    if (!Array.isArray(records) || !records.every(isJsonObject)) return [];
    const steps = path === '' ? [] : path.split('.');
    if (records.length === 0 && steps.length > DEEPEST_EMPTY) return [];
    const name = plain(steps.at(-1) ?? '');
    if (ERROR_NAMES.includes(name) && !own.includes(name)) return [];
    const around = path === '' ? undefined : select(answer, path.split('.').slice(0, -1).join('.'));
    const inRecord = ['string', 'number'].includes(typeof select(around, 'id'));
    const list = scored(path, records, own);
    if (!inRecord) return [list];
    // What stands beside an id is a part of that record, unless its name says otherwise.
    return list.reasons.length > 1 ? [{ ...list, score: Math.max(0, list.score - 30) }] : [];
  });
  return found.toSorted((a, b) => b.score - a.score || b.records.length - a.records.length);
}

function scored(path: string, records: readonly unknown[], own: readonly string[]): FoundList {
  const name = plain(path.split('.').at(-1) ?? '');
  const depth = path === '' ? 0 : path.split('.').length;
  const is = path === '' ? 'the answer itself is the list' : `"${path}" is a list`;
  const reasons = [`${is}, of ${counted(records)}`];
  let score = records.length > 0 ? 50 : 20;
  if (path === '') score += 40;
  else if (own.includes(name)) {
    score += 40;
    reasons.push('it is called like the resource');
  } else if (RECORD_NAMES.includes(name)) {
    score += 35;
    reasons.push('it is called as lists of records are');
  } else if (SIDE_NAMES.includes(name)) score -= 40;
  score += Math.min(10, Math.log2(records.length + 1)) - 5 * Math.max(0, depth - 1);
  return { path, records, score: Math.round(Math.min(100, Math.max(0, score))), reasons };
}

/** How many records there are, in words. */
export function counted({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? 'record' : 'records'}`;
}

/** A name without what only spelling adds: `next_page`, `nextPage` and `next-page` are one. */
export function plain(name: string): string {
  // What comes after so many characters tells no names apart.
  return name
    .slice(0, 200)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}
