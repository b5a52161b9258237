/**
 * An OpenAPI document's references and compositions, written out. Xano's own documents hold neither (real
 * documents); those that somebody has put through other tools do. Pure.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.js';

/** So many references within references are followed: what is read stands no deeper. */
const MOST_FOLLOWED = 8;

/**
 * A part of a document with its references followed, `allOf` put together, and the only choice taken for what
 * it is.
 */
export function inlined(document: JsonObject, part: Json): Json {
  return writtenOut(document, part, 0, new Map());
}

/**
 * `done`: what references were found to stand for, so many others deep. Each is followed once: schemas that
 * name one another are many ways.
 */
function writtenOut(document: JsonObject, part: Json, depth: number, done: Map<string, Json>): Json {
  if (Array.isArray(part)) return part.map((one: Json) => writtenOut(document, one, depth, done));
  if (!isJsonObject(part)) return part;
  const { $ref, ...own } = part;
  if (typeof $ref === 'string') {
    const place = `${depth} ${$ref}`;
    const known = done.get(place);
    if (known !== undefined) return known;
    // One that leads back to itself ends here, too.
    const target = depth === MOST_FOLLOWED ? undefined : targetOf(document, $ref);
    const found = target === undefined ? {} : writtenOut(document, target, depth + 1, done);
    done.set(place, found);
    return found;
  }
  const written = Object.fromEntries(
    Object.entries(own).map(([name, inner]) => [name, writtenOut(document, inner, depth, done)]),
  );
  const { allOf, anyOf, oneOf, ...rest } = written;
  if (Array.isArray(allOf)) return together([...allOf, rest]);
  const choices = [anyOf, oneOf].find((one) => Array.isArray(one)) as readonly Json[] | undefined;
  const given = choices?.filter((one) => !isJsonObject(one) || one['type'] !== 'null') ?? [];
  return given.length === 1 ? together([given[0]!, rest]) : withOneType(written);
}

/** What `#/components/schemas/Order` stands for; nothing of another document is ever asked for. */
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
    const own = schema['properties'];
    return isJsonObject(own) ? Object.entries(own) : [];
  });
  const all = Object.assign({}, ...schemas) as JsonObject;
  return withOneType(properties.length === 0 ? all : { ...all, properties: Object.fromEntries(properties) });
}

/** `type: [string, "null"]` is how later versions of OpenAPI say what `nullable` says. */
function withOneType(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (!Array.isArray(type)) return schema;
  const [only, ...more] = type.filter((one: Json) => one !== 'null') as Json[];
  return only === undefined || more.length > 0 ? schema : { ...schema, type: only };
}
