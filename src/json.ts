/** JSON as TypeScript sees it, and the one way to reach into it. */

/** A JSON scalar. */
export type JsonPrimitive = string | number | boolean | null;
/** Any JSON value. */
export type Json = JsonPrimitive | readonly Json[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Tells whether an unknown value is a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a text is one whole JSON document. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The keys of a dotted path, in order. `\.` and `\\` stand for a dot and a backslash within a key; `[-1]` and
 * `[rel=next]` stay with the key before them.
 */
export function pathKeys(path: string): string[] {
  if (path === '') return [];
  if (!path.includes('\\')) return path.split('.');
  const keys: string[] = [];
  for (let from = 0; from <= path.length; ) {
    let to = from;
    let isEscaped = false;
    while (to < path.length && path.charCodeAt(to) !== DOT) {
      const next = path.charCodeAt(to + 1);
      const isEscape = path.charCodeAt(to) === BACKSLASH && (next === DOT || next === BACKSLASH);
      isEscaped ||= isEscape;
      to += isEscape ? 2 : 1;
    }
    const key = path.slice(from, to);
    keys.push(isEscaped ? unescaped(key) : key);
    from = to + 1;
  }
  return keys;
}

const [DOT, BACKSLASH] = [0x2e, 0x5c];

/** A key without its escapes. `\\.` is a backslash before a dot, so pairs are taken apart first. */
const unescaped = (key: string): string =>
  key
    .split('\\\\')
    .map((part) => (part.includes('\\.') ? part.split('\\.').join('.') : part))
    .join('\\');

/** A dotted path that {@link pathKeys} takes apart into these keys. */
export function joinKeys(keys: readonly string[]): string {
  return keys.map((key) => key.split('\\').join('\\\\').split('.').join('\\.')).join('.');
}

/**
 * The value at a dotted path (`result.items`), or undefined where the path leads nowhere; `''` is the value
 * itself. A key may hold dots (`@odata.nextLink`); in a list a number is an index, from the end where it is
 * negative (`rows[-1].id`), and `links[rel=next]` is the first object whose `rel` is `next`. Only own
 * properties count, so `__proto__` and `constructor` find nothing that was not sent.
 */
export function select(value: unknown, path: string): unknown {
  return path === '' ? value : selectKeys(value, pathKeys(path), 0);
}

/** So many dots a key is taken to hold at most: each is one more way to read a path. */
const MOST_DOTS = 20;

/**
 * What the keys from an index on lead to. Nothing is copied of them: a text from outside may hold hundreds of
 * thousands of dots.
 */
function selectKeys(here: unknown, keys: readonly string[], from: number): unknown {
  const key = keys[from];
  if (key === undefined) return here;
  if (Array.isArray(here)) {
    const element = elementAt(here, key.startsWith('[') ? key : `[${key}]`);
    return element === undefined ? undefined : selectKeys(element, keys, from + 1);
  }
  if (!isJsonObject(here)) return undefined;
  for (let count = 1; count <= Math.min(keys.length - from, MOST_DOTS + 1); count++) {
    const name = keys.slice(from, from + count).join('.');
    const value = Object.hasOwn(here, name) ? selectKeys(here[name], keys, from + count) : undefined;
    if (value !== undefined) return value;
  }
  const open = key.endsWith(']') ? key.indexOf('[') : -1;
  if (open <= 0 || !Object.hasOwn(here, key.slice(0, open))) return undefined;
  const list: unknown = here[key.slice(0, open)];
  const element = Array.isArray(list) ? elementAt(list, key.slice(open)) : undefined;
  return element === undefined ? undefined : selectKeys(element, keys, from + 1);
}

/** The element that `[2]`, `[-1]` or `[rel=next]` names. */
function elementAt(list: readonly unknown[], bracketed: string): unknown {
  const inner = bracketed.slice(1, -1);
  if (/^-?\d{1,9}$/.test(inner)) return list.at(Number(inner));
  const equals = inner.indexOf('=');
  if (equals < 1) return undefined;
  const [name, wanted] = [inner.slice(0, equals), inner.slice(equals + 1)];
  return list.find(
    (element) => isJsonObject(element) && Object.hasOwn(element, name) && element[name] === wanted,
  );
}
