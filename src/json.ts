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
 * The keys of a dotted path, in order. `\.` and `\\` stand for a dot and a backslash within a key; `[-1]` and `[rel=next]` stay with the key
 * before them.
 */
export function pathKeys(path: string): string[] {
  if (path === '') return [];
  if (!path.includes('\\')) return path.split('.');
  const keys = [''];
  for (let i = 0; i < path.length; i++) {
    const letter = path[i]!;
    const isEscaped = letter === '\\' && (path[i + 1] === '.' || path[i + 1] === '\\');
    if (isEscaped) i++;
    if (letter === '.') keys.push('');
    else keys[keys.length - 1] += isEscaped ? path[i]! : letter;
  }
  return keys;
}

/** A dotted path that {@link pathKeys} takes apart into these keys. */
export function joinKeys(keys: readonly string[]): string {
  return keys.map((key) => key.replaceAll('\\', '\\\\').replaceAll('.', '\\.')).join('.');
}

/**
 * The value at a dotted path (`result.items`), or undefined where the path leads nowhere; `''` is the value itself. A key may hold dots
 * (`@odata.nextLink`); in a list a number is an index, from the end where it is negative (`rows[-1].id`), and `links[rel=next]` is the first
 * object whose `rel` is `next`. Only own properties count, so `__proto__` and `constructor` find nothing that was not sent.
 */
export function select(value: unknown, path: string): unknown {
  return path === '' ? value : selectKeys(value, pathKeys(path));
}

/** So many dots a key is taken to hold at most: each is one more way to read a path. */
const MOST_DOTS = 20;

function selectKeys(here: unknown, keys: readonly string[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return here;
  if (Array.isArray(here)) {
    const element = elementAt(here, key.startsWith('[') ? key : `[${key}]`);
    return element === undefined ? undefined : selectKeys(element, rest);
  }
  if (!isJsonObject(here)) return undefined;
  for (let count = 1; count <= Math.min(keys.length, MOST_DOTS + 1); count++) {
    const name = keys.slice(0, count).join('.');
    const found = Object.hasOwn(here, name) ? selectKeys(here[name], keys.slice(count)) : undefined;
    if (found !== undefined) return found;
  }
  const open = key.endsWith(']') ? key.indexOf('[') : -1;
  if (open <= 0 || !Object.hasOwn(here, key.slice(0, open))) return undefined;
  const list: unknown = here[key.slice(0, open)];
  const element = Array.isArray(list) ? elementAt(list, key.slice(open)) : undefined;
  return element === undefined ? undefined : selectKeys(element, rest);
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
