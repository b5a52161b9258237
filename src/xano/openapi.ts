/**
 * Reads one endpoint from an API group's OpenAPI document: its inputs, whether it requires a login, and its
 * list. Pure.
 */
import { isJsonObject, type Json, type JsonObject, select } from '../json.js';
import { DEFAULT_CONVENTION, ENVELOPE, PRIMARY_KEY } from './conventions.js';
import { inlined } from './openapi-inline.js';

/** One input of an endpoint. */
export interface Input {
  readonly name: string;
  readonly required: boolean;
  /** Whether it takes a JSON object. */
  readonly is_object: boolean;
  /** The default of the input; undefined where none is declared, or no query can hold it. */
  readonly default?: string | undefined;
}

/** The list in an answer. */
export interface ShownList {
  /** Dotted; empty for an answer that is the list itself. */
  readonly path: string;
  /** Dotted path of the object around the list, with a final dot unless it is empty. */
  readonly around: string;
  /** Names beside the list, which may show how many pages exist. */
  readonly beside: readonly string[];
  /** The schema of one record, if it declares anything. */
  readonly item: JsonObject | undefined;
}

/** The documented answer. */
export type ShownAnswer =
  | { readonly kind: 'list'; readonly list: ShownList }
  | { readonly kind: 'record'; readonly fields: readonly string[] }
  | { readonly kind: 'unknown' };

/** The documented facts of an endpoint. */
export interface Operation {
  readonly inputs: readonly Input[];
  /** Null where the document does not say. */
  readonly login: boolean | null;
  readonly answer: ShownAnswer;
}

/**
 * The documented facts of a GET endpoint, undefined where the document has none. Xano generates these
 * documents; a response that its author shaped is often an empty object there, which proves nothing. Real
 * documents.
 */
export function readOperation(document: JsonObject, path: string): Operation | undefined {
  const paths = document['paths'];
  const declared = isJsonObject(paths) ? operationAt(paths, path) : undefined;
  const operation = declared === undefined ? undefined : inlined(document, declared);
  if (!isJsonObject(operation)) return undefined;
  const { security = document['security'] } = operation;
  return {
    inputs: inputsOf(operation),
    login: Array.isArray(security) ? security.length > 0 : null,
    answer: answerOf(responseSchema(operation)),
  };
}

function operationAt(paths: JsonObject, path: string): JsonObject | undefined {
  const item = paths[path] ?? paths[path.replace(/^\//, '')];
  const get = isJsonObject(item) ? item['get'] : undefined;
  if (!isJsonObject(item) || !isJsonObject(get)) return undefined;
  // Parameters of all methods of a path are beside them.
  const parameters = [item['parameters'], get['parameters']].flatMap((given) =>
    Array.isArray(given) ? given : [],
  );
  return { ...get, parameters };
}

function responseSchema(operation: JsonObject): JsonObject | undefined {
  const responses = operation['responses'];
  const answered = isJsonObject(responses)
    ? ['200', '2XX', '2xx', 'default']
        .map((status) => responses[status])
        .find((response) => response !== undefined)
    : undefined;
  const content = select(answered, 'content');
  const json = isJsonObject(content)
    ? Object.entries(content).find(([type]) =>
        /^(application\/([\w.+-]+\+)?json|\*\/\*)\s*(;|$)/i.test(type),
      )?.[1]
    : undefined;
  const schema = isJsonObject(json) ? json['schema'] : undefined;
  return isJsonObject(schema) ? schema : undefined;
}

function inputsOf(operation: JsonObject): Input[] {
  const parameters: Json | undefined = operation['parameters'];
  if (!Array.isArray(parameters)) return [];
  return parameters.flatMap((parameter: Json): Input[] => {
    if (!isJsonObject(parameter) || parameter['in'] !== 'query') return [];
    const { name, required, schema } = parameter;
    if (typeof name !== 'string') return [];
    const { type, format, default: usual } = isJsonObject(schema) ? schema : {};
    // "now" and other moments depend on the server; an empty text is not a default.
    const isPlain = typeof usual !== 'object' && usual !== undefined && usual !== '';
    const sayable = isPlain && type !== 'object' && type !== 'array' && format !== 'timestamptz';
    return [
      {
        name,
        required: required === true,
        is_object: type === 'object',
        ...(sayable ? { default: String(usual) } : {}),
      },
    ];
  });
}

function answerOf(schema: JsonObject | undefined): ShownAnswer {
  if (schema === undefined) return { kind: 'unknown' };
  const list = findList(schema);
  if (list !== undefined) return { kind: 'list', list };
  const properties = schema['properties'];
  if (!isJsonObject(properties)) return { kind: 'unknown' };
  const fields = Object.keys(properties);
  const isRecord =
    fields.includes(PRIMARY_KEY) ||
    (fields.length > 0 && fields.every((name) => isScalarSchema(properties[name])));
  return isRecord ? { kind: 'record', fields } : { kind: 'unknown' };
}

/** The deepest level of an envelope: `{"result":{"orders":{"items":[…]}}}`. */
const DEEPEST = 2;

/**
 * The list of records in a response schema: the answer itself, one of its properties, or an envelope further
 * down.
 */
function findList(schema: JsonObject): ShownList | undefined {
  if (isListSchema(schema)) return { path: '', around: '', beside: [], item: itemOf(schema) };
  const properties = schema['properties'];
  if (!isJsonObject(properties)) return undefined;
  const names = Object.keys(properties);
  const lists = names.filter((name) => isListSchema(properties[name]));
  // The order: Xano's own name, the endpoint's own name, the only list. Among several unknown ones, the
  // choice is not clear.
  const named = [ENVELOPE.list, DEFAULT_CONVENTION.data_selector].find((name) => lists.includes(name));
  // A list beside an id is a part of that record.
  const only = lists.length === 1 && !names.includes(PRIMARY_KEY) ? lists[0] : undefined;
  const path = named ?? only;
  if (path !== undefined) return { path, around: '', beside: names, item: itemOf(properties[path]) };
  return lists.length === 0 ? findEnvelope(properties) : undefined;
}

/** The only envelope of Xano's below these properties; undefined where there are several. */
function findEnvelope(properties: JsonObject): ShownList | undefined {
  let level: readonly (readonly [around: string, properties: JsonObject])[] = [['', properties]];
  for (let depth = 0; depth < DEEPEST; depth++) {
    level = level.flatMap(([around, here]) =>
      Object.entries(here).flatMap(([name, schema]) => {
        const inner = isJsonObject(schema) ? schema['properties'] : undefined;
        // A name with a dot in it cannot be written in a path.
        return isJsonObject(inner) && !name.includes('.') ? [[`${around}${name}.`, inner] as const] : [];
      }),
    );
    const lists = level.filter(([, inner]) => isListSchema(inner[ENVELOPE.list]));
    if (lists.length > 1) return undefined;
    const [[around, inner] = []] = lists;
    if (around === undefined || inner === undefined) continue;
    const item = itemOf(inner[ENVELOPE.list]);
    return { path: `${around}${ENVELOPE.list}`, around, beside: Object.keys(inner), item };
  }
  return undefined;
}

/** A list that may hold records: lists of texts or numbers do not. */
function isListSchema(schema: Json | undefined): boolean {
  if (!isJsonObject(schema) || schema['type'] !== 'array') return false;
  const type = isJsonObject(schema['items']) ? schema['items']['type'] : undefined;
  return type === undefined || type === 'object';
}

function isScalarSchema(schema: Json | undefined): boolean {
  const type = isJsonObject(schema) ? schema['type'] : undefined;
  return typeof type === 'string' && ['string', 'integer', 'number', 'boolean'].includes(type);
}

function itemOf(list: Json | undefined): JsonObject | undefined {
  const item = isJsonObject(list) ? list['items'] : undefined;
  return isJsonObject(item) ? item : undefined;
}
