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

/**
 * The value at a dotted path (`result.items`), or undefined where the path leads nowhere; `''` is the value itself.
 * Only own properties count, so `__proto__` and `constructor` find nothing that was not sent.
 */
export function select(value: unknown, path: string): unknown {
  if (path === '') return value;
  let here: unknown = value;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    // `here` is an object that has this key; its value stays unknown.
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}
