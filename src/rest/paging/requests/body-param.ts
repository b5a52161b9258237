/**
 * Parameters in the body of a request, at any depth: `variables.after` of GraphQL, `pagination.offset`. Pure.
 */
import { isJsonObject, type Json, type JsonObject, pathKeys } from '../../../json.js';

/** The value of a parameter in a body; undefined where it is absent. */
export function bodyParam(body: JsonObject | undefined, name: string): unknown {
  if (body === undefined) return undefined;
  return keysIn(body, name).reduce<unknown>(
    (here, key) => (isJsonObject(here) && Object.hasOwn(here, key) ? here[key] : undefined),
    body,
  );
}

/**
 * The body with a parameter in it. A dotted name is a path of objects, which are created where they are
 * missing; a body that has the complete name as a key of its own keeps it there.
 */
export function withBodyParam(body: JsonObject | undefined, name: string, value: Json): JsonObject {
  return put(body ?? {}, keysIn(body ?? {}, name), value);
}

/** The body with several parameters in it, each set by {@link withBodyParam}. */
export function withBodyParams(
  body: JsonObject | undefined,
  params: Readonly<Record<string, Json>>,
): JsonObject {
  return Object.entries(params).reduce<JsonObject>(
    (filled, [name, value]) => withBodyParam(filled, name, value),
    body ?? {},
  );
}

const keysIn = (body: JsonObject, name: string): readonly string[] =>
  Object.hasOwn(body, name) ? [name] : pathKeys(name);

function put(object: JsonObject, [key = '', ...rest]: readonly string[], value: Json): JsonObject {
  if (rest.length === 0) return { ...object, [key]: value };
  const inner = Object.hasOwn(object, key) ? object[key] : undefined;
  return { ...object, [key]: put(isJsonObject(inner) ? inner : {}, rest, value) };
}
