/**
 * Inlines an OpenAPI document's references and compositions. Xano's own documents have neither (real
 * documents); documents from other tools do. Pure.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.js';

/** The most levels of references that are followed: the schemas that are read are not deeper. */
const MOST_FOLLOWED = 8;

/**
 * A part of a document with its references followed, `allOf` merged, and a single alternative used directly.
 */
export function inlined(document: JsonObject, part: Json): Json {
  return writtenOut(document, part, 0, new Map());
}

/**
 * `done`: the inlined references by depth. Each is followed only once: schemas that refer to one another
 * would make exponentially many paths.
 */
function writtenOut(document: JsonObject, part: Json, depth: number, done: Map<string, Json>): Json {
  if (Array.isArray(part)) return part.map((element: Json) => writtenOut(document, element, depth, done));
  if (!isJsonObject(part)) return part;
  const { $ref, ...members } = part;
  if (typeof $ref === 'string') {
    const key = `${depth} ${$ref}`;
    const known = done.get(key);
    if (known !== undefined) return known;
    // A circular reference ends here as well.
    const target = depth === MOST_FOLLOWED ? undefined : targetOf(document, $ref);
    const schema = target === undefined ? {} : writtenOut(document, target, depth + 1, done);
    done.set(key, schema);
    return schema;
  }
  const written = Object.fromEntries(
    Object.entries(members).map(([name, inner]) => [name, writtenOut(document, inner, depth, done)]),
  );
  const { allOf, anyOf, oneOf, ...rest } = written;
  if (Array.isArray(allOf)) return together([...allOf, rest]);
  const choices = [anyOf, oneOf].find((choice) => Array.isArray(choice)) as readonly Json[] | undefined;
  const given = choices?.filter((choice) => !isJsonObject(choice) || choice['type'] !== 'null') ?? [];
  return given.length === 1 ? together([given[0]!, rest]) : withOneType(written);
}

/** The target of `#/components/schemas/Order`; references to other documents are not followed. */
function targetOf(document: JsonObject, reference: string): Json | undefined {
  if (!reference.startsWith('#/')) return undefined;
  let here: Json | undefined = document;
  for (const step of reference.slice(2).split('/')) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isJsonObject(here) || !Object.hasOwn(here, name)) return undefined;
    here = here[name];
  }
  return here;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function together(parts: readonly Json[]): JsonObject {
  const schemas = parts.filter((part): part is JsonObject => isJsonObject(part));
  const properties = schemas.flatMap((schema) => {
    const members = schema['properties'];
    return isJsonObject(members) ? Object.entries(members) : [];
  });
  const all = Object.assign({}, ...schemas) as JsonObject;
  return withOneType(properties.length === 0 ? all : { ...all, properties: Object.fromEntries(properties) });
}

/** `type: [string, "null"]` of later OpenAPI versions means `nullable`. */
function withOneType(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (!Array.isArray(type)) return schema;
  const [only, ...more] = type.filter((name: Json) => name !== 'null') as Json[];
  return only === undefined || more.length > 0 ? schema : { ...schema, type: only };
}
