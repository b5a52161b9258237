/** Finds every field beside the records of an answer; their meaning is not yet known. Pure. */
import { isJsonObject, type Json, type JsonObject, joinKeys, pathKeys, select } from '../../../json.js';
import { plain } from '../../decode/answer/rank-lists.js';
import type { Answer } from '../../http/messages.js';
import { HEADER, headerObject, headerText } from './answer-field.js';
import type { Found } from './field.js';
import { CURSOR_WORDS, ENVELOPES, leadsOn, NAMES, WITHIN, wordsOf } from './field-names.js';

/** The deepest fields, and the most of them: an envelope is small. */
const DEEPEST = 6;

const MOST_FIELDS = 1_000;

const LONGEST_NAME = 100;

/** Every scalar beside the records: those beside the list first, then the ones nearest to the top. */
export function scalarsOf(answer: unknown, list_path: string): Found[] {
  const list_keys = pathKeys(list_path);
  const around_list = list_keys.slice(0, -1).join('\n');
  /** Whether an object describes the list: it contains it, or its name says so. */
  const tells = (keys: readonly string[]): boolean => {
    const [name = '', parent = ''] = keys.toReversed();
    if (keys.every((key, at) => key === list_keys[at]) || (Array.isArray(answer) && keys.length === 1))
      return true;
    const words = wordsOf(name);
    return (
      [...words, plain(name)].some((word) => ENVELOPES.includes(word)) ||
      leadsOn(words) ||
      wordsOf(parent).some((word) => WITHIN.includes(word))
    );
  };
  const fields: (Found & { readonly far: number })[] = [];
  const add = (keys: readonly string[], value: Json, around: string): void => {
    const direct = keys.join('.');
    // A dot within a key needs no escape if the path leads to the value anyway.
    const path = select(answer, direct) === value ? direct : joinKeys(keys);
    const far = keys.slice(0, -1).join('\n') === around_list ? 0 : keys.length;
    fields.push({ path, name: keys.at(-1) ?? '', value, around, far });
  };
  const visit = (object: JsonObject, keys: readonly string[]): void => {
    const isTelling = keys.length === 0 || tells(keys);
    for (const [name, value] of Object.entries(object)) {
      if (fields.length >= MOST_FIELDS) return;
      // A name as long as a paragraph is data, not a word of paging.
      if (name.length > LONGEST_NAME) continue;
      const at = [...keys, name];
      if (isJsonObject(value)) {
        if (keys.length < DEEPEST) visit(value, at);
      } else if (Array.isArray(value)) {
        if (at.join('.') === list_path) continue;
        if (isTelling && isCursorList(name, value)) add(at, value, keys.at(-1) ?? '');
        else for (const link of pageLinks(value, at)) add(link.keys, link.value, link.relation);
      } else if (isTelling) add(at, value as Json, keys.at(-1) ?? '');
    }
  };
  if (isJsonObject(answer)) visit(answer, []);
  // `[{ page: 1, pages: 3 }, [ … ]]`: fields beside the list within the answer.
  else if (Array.isArray(answer) && list_path !== '')
    for (const [index, part] of answer.slice(0, 10).entries())
      if (isJsonObject(part)) visit(part, [String(index)]);
  return fields.toSorted((a, b) => a.far - b.far);
}

/** A link to the next, the first or the last page. */
interface PageLink {
  readonly keys: readonly string[];
  readonly value: Json;
  readonly relation: string;
}

/** The links of a list such as `links: [{ rel: 'next', href: '/x' }]`. */
function pageLinks(list: readonly Json[], keys: readonly string[]): PageLink[] {
  return list.slice(0, 20).flatMap((link): PageLink[] => {
    if (!isJsonObject(link)) return [];
    for (const rel of ['rel', 'relation', 'type', 'name'] as const) {
      const relation = relationOf(link[rel]);
      const target = ['href', 'url', 'uri', 'link'].find((name) => typeof link[name] === 'string');
      if (relation === undefined || target === undefined) continue;
      // A path cannot name a relation in a list, so it uses the link's index.
      const which = typeof link[rel] === 'string' ? `${rel}=${link[rel]}` : String(list.indexOf(link));
      const path = [...keys.slice(0, -1), `${keys.at(-1)}[${which}]`, target];
      return [{ keys: path, value: link[target] ?? null, relation }];
    }
    return [];
  });
}

const relationOf = (relation: Json | undefined): string | undefined => {
  const relations = (Array.isArray(relation) ? relation : [relation]).map((name) =>
    typeof name === 'string' ? name.toLowerCase() : '',
  );
  return ['next', 'last', 'first'].find((name) => relations.includes(name));
};

/** Whether a list of scalars is a cursor of several parts. */
function isCursorList(name: string, list: readonly Json[]): boolean {
  if (list.length === 0 || list.length > 20 || list.some((part) => typeof part === 'object' && part !== null))
    return false;
  const words = wordsOf(name);
  return (
    NAMES.cursor.includes(plain(name)) ||
    (leadsOn(words) && words.some((word) => CURSOR_WORDS.includes(word)))
  );
}

/** Headers about pages, under the names that body fields would have. */
export function headerFields(headers: Answer['headers']): Found[] {
  return Object.keys(headers).flatMap((header): Found[] => {
    const text = headerText(headers, header);
    if (text === undefined || header === 'link' || header.startsWith(':')) return [];
    const path = `${HEADER}${header}`;
    // Cookies and other headers hold pairs that are not about pages.
    const isObject = header.length < 60 && (text.startsWith('{') || /pag(e|ing|ination)/.test(header));
    const object = isObject ? headerObject(text) : undefined;
    // A cursor may be an object, and is sent back unchanged.
    if (isJsonObject(object) && !leadsOn(wordsOf(header.replace(/^x-/, ''))))
      return Object.entries(object).flatMap(([name, value]) =>
        isJsonObject(value) || Array.isArray(value)
          ? []
          : [{ path: `${path}.${name}`, name, value: value as Json, around: '' }],
      );
    // `x-pagination-total-count`, `x-wp-total`: the sender's name comes before the field's name.
    const name = header.replace(/^x-/, '').replace(/^(pagination|paging|list|wp|ms|odata)-/, '');
    return [{ path, name: name.replaceAll('-', '_'), value: text === '' ? null : text, around: '' }];
  });
}
