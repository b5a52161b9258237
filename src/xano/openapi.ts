/** What an API group's OpenAPI document plainly shows of an endpoint: its list, and how it is paged. */
import { isJsonObject, type Json, type JsonObject, select } from '../json.js';
import type { ResolvedEndpoint } from '../rest/config.js';
import { pageSizeOf } from '../rest/paginate.js';
import { ENDPOINT_PAGE_SIZE, ENVELOPE, HOUSE, REQUEST } from './conventions.js';

/**
 * A config corrected by its group's document, or the config itself where that shows nothing. Xano generates these documents; a response
 * that its author shaped is often an empty object there, which proves nothing.
 */
export function correctByOpenApi(config: ResolvedEndpoint, document: JsonObject): ResolvedEndpoint {
  const paths = document['paths'];
  const operation = isJsonObject(paths) ? operationAt(paths, config.path) : undefined;
  if (operation === undefined) return config;
  const schema = responseSchema(operation);
  const parameters = queryParameters(operation);
  const list = schema === undefined ? undefined : findList(schema);
  if (schema === undefined || list === undefined) return config;

  const around = list.path.includes('.') ? list.path.slice(0, list.path.lastIndexOf('.') + 1) : '';
  const beside = (name: string): string | undefined =>
    list.siblings.includes(name) ? `${around}${name}` : undefined;
  const page = parameters.find((name) => name === REQUEST.page);
  const next_page_path = beside(ENVELOPE.next_page);
  const total_path = beside(ENVELOPE.total);
  const total_pages_path = beside(HOUSE.total_pages);
  const corrected = {
    ...config,
    data_selector: list.path,
    primary_key: list.has_id ? config.primary_key : [],
  };
  if (page === undefined) return { ...corrected, pagination: { type: 'single_page' } };
  const size = parameters.find((name) => name === REQUEST.page_size || name === HOUSE.page_size);
  const page_size = pageSizeOf(config.pagination) ?? ENDPOINT_PAGE_SIZE;
  return {
    ...corrected,
    pagination: {
      type: 'page_number',
      in: 'query',
      page_param: page,
      base_page: 1,
      page_size_param: size ?? REQUEST.page_size,
      page_size,
      ...(next_page_path === undefined ? {} : { next_page_path }),
      ...(total_pages_path === undefined ? {} : { total_pages_path }),
      ...(total_path === undefined ? {} : { total_path }),
    },
  };
}

function operationAt(paths: JsonObject, path: string): JsonObject | undefined {
  const item = paths[path] ?? paths[path.replace(/^\//, '')];
  const get = isJsonObject(item) ? item['get'] : undefined;
  return isJsonObject(get) ? get : undefined;
}

function responseSchema(operation: JsonObject): JsonObject | undefined {
  const responses = operation['responses'];
  const content = isJsonObject(responses) ? select(responses['200'], 'content') : undefined;
  const json = isJsonObject(content) ? content['application/json'] : undefined;
  const schema = isJsonObject(json) ? json['schema'] : undefined;
  return isJsonObject(schema) ? schema : undefined;
}

function queryParameters(operation: JsonObject): string[] {
  const parameters: Json | undefined = operation['parameters'];
  if (!Array.isArray(parameters)) return [];
  return parameters.flatMap((parameter: Json) =>
    isJsonObject(parameter) && parameter['in'] === 'query' && typeof parameter['name'] === 'string'
      ? [parameter['name']]
      : [],
  );
}

interface FoundList {
  readonly path: string;
  /** Names beside the list, which may say how many pages there are. */
  readonly siblings: readonly string[];
  readonly has_id: boolean;
}

/** The list of records in a response schema: the answer itself, one of its properties, or one of a property's. */
function findList(schema: JsonObject): FoundList | undefined {
  if (schema['type'] === 'array') return { path: '', siblings: [], has_id: hasId(schema) };
  const properties = schema['properties'];
  if (!isJsonObject(properties)) return undefined;
  const names = Object.keys(properties);
  const lists = names.filter((name) => isListSchema(properties[name]));
  // Xano's own name first, then the house's, then the only list there is; among several unknown ones nothing is plain.
  const path =
    [ENVELOPE.list, HOUSE.data_selector].find((name) => lists.includes(name)) ??
    (lists.length === 1 ? lists[0] : undefined);
  if (path !== undefined) return { path, siblings: names, has_id: hasId(properties[path]) };
  for (const name of names) {
    const inner = properties[name];
    const innerProperties = isJsonObject(inner) ? inner['properties'] : undefined;
    if (isJsonObject(innerProperties) && isListSchema(innerProperties[ENVELOPE.list]))
      return {
        path: `${name}.${ENVELOPE.list}`,
        siblings: Object.keys(innerProperties),
        has_id: hasId(innerProperties[ENVELOPE.list]),
      };
  }
  return undefined;
}

const isListSchema = (schema: Json | undefined): boolean =>
  isJsonObject(schema) && schema['type'] === 'array';

function hasId(list: Json | undefined): boolean {
  return isJsonObject(list) && isJsonObject(select(list, 'items.properties.id'));
}
