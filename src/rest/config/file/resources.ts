/**
 * Turns one resource of a config file into an endpoint config: its own fields, the defaults and the client.
 */

import { select } from '../../../json.js';
import { foldName } from '../../../names.js';
import { withMasks } from '../columns/masked-columns.js';
import { sizesTwice } from '../contradictions.js';
import type { EndpointConfig } from '../endpoint-config.js';
import { endpointConfigSchema } from '../parse-endpoints.js';
import { type Mistake, parseInWords } from '../validation-messages.js';
import type { ConfigFile, Defaults, ListFields } from './file-schema.js';
import type { SourceText } from './source-text.js';

/** One resource, with the fields that it shares with the others. */
export function endpointAt(
  { client = {}, resource_defaults = {}, resources }: ConfigFile,
  at: number,
  source: SourceText,
): { readonly endpoint?: EndpointConfig; readonly wrong: readonly Mistake[] } {
  const given = resources[at]!;
  const { name, path = name, ...fields }: ListFields = typeof given === 'string' ? { name: given } : given;
  const all: Defaults = withSingleRecord([client, resource_defaults, fields].map(withPagination));
  const { pagination = { type: 'auto' as const }, paginator: _, response, mask, ...rest } = all;
  // The default applies only to lists that accept it.
  const answered =
    'parent' in fields || ('response' in fields && fields.response !== undefined) ? { response } : {};
  const endpoint = {
    auth: { type: 'none' },
    method: rest.body === undefined ? 'GET' : 'POST',
    ...rest,
    ...(mask === undefined ? {} : { columns: withMasks(rest.columns, mask) }),
    headers: { ...client.headers, ...resource_defaults.headers, ...all.headers },
    params: { ...resource_defaults.params, ...all.params },
    name,
    path,
    pagination,
    ...answered,
  };
  const read = parseInWords(endpointConfigSchema, endpoint);
  const wrong = (read.mistakes ?? sizesTwice(read.data, fields.params ?? {})).map((mistake) => ({
    ...mistake,
    path: whereGiven(source, at, mistake.path),
  }));
  return read.mistakes === undefined ? { endpoint: read.data, wrong } : { wrong };
}

/** A parent is one of the file's other resources. */
export function unknownParent({ resources }: ConfigFile, at: number): Mistake[] {
  const given = resources[at]!;
  const parent = typeof given === 'string' ? undefined : given.parent?.resource;
  const names = resources.map((resource) => (typeof resource === 'string' ? resource : resource.name));
  if (parent === undefined || names.includes(parent)) return [];
  const message = `is not a resource of this file; allowed are ${names.join(', ')}`;
  return [{ path: ['resources', at, 'parent', 'resource'], message, unknown: { name: parent, names } }];
}

/** Two resources cannot have one name, or one table. */
export function takenName({ resources }: ConfigFile, at: number): Mistake[] {
  const resource = named(resources[at]!);
  const earlier = resources.slice(0, at).map(named);
  const same = earlier.findIndex(({ name }) => name === resource.name);
  const given = typeof resources[at] === 'string' ? [] : ['name'];
  if (same >= 0) {
    const message = `is also the name of resources[${same}]: names must be unique`;
    return [{ path: ['resources', at, ...given], message }];
  }
  const clash = earlier.findIndex(({ table }) => foldName(table) === foldName(resource.table));
  if (clash < 0) return [];
  const field = resource.table === resource.name ? given : ['table_name'];
  const why = earlier[clash]?.table === resource.table ? '' : ', since DuckDB ignores upper and lower case';
  const message = `would become the same table as resources[${clash}]${why}: give it ${resource.table === resource.name ? 'a table_name' : 'another'}`;
  return [{ path: ['resources', at, ...field], message }];
}

function named(given: ConfigFile['resources'][number]): {
  readonly name: string;
  readonly table: string;
} {
  if (typeof given === 'string') return { name: given, table: given };
  return { name: given.name, table: given.table_name ?? given.name };
}

/** A resource cannot use both names of the pagination field. */
export function paginationTwice({ client, resource_defaults, resources }: ConfigFile): Mistake[] {
  const places: readonly (readonly [readonly PropertyKey[], unknown])[] = [
    [['client'], client],
    [['resource_defaults'], resource_defaults],
    ...resources.map((given, at) => [['resources', at], given] as const),
  ];
  return places.flatMap(([path, fields]) =>
    typeof fields === 'object' && fields !== null && 'pagination' in fields && 'paginator' in fields
      ? [{ path: [...path, 'paginator'], message: 'means the same as pagination: keep one of the two' }]
      : [],
  );
}

/** `paginator` is another name of `pagination`. */
function withPagination<T extends Defaults>(fields: T): T {
  const pagination = fields.pagination ?? fields.paginator;
  return pagination === undefined ? fields : { ...fields, pagination };
}

/**
 * Fields of the client, the defaults and a resource, in this order. A single record needs no pagination, and
 * is the complete answer unless its selector is given: pagination for lists in general does not apply to it.
 */
function withSingleRecord(given: readonly Defaults[]): Defaults {
  const all: Defaults = Object.assign({}, ...given);
  if (all.single_record !== true) return all;
  const at = given.findLastIndex(({ single_record }) => single_record !== undefined);
  const written = given.slice(at).findLast(({ pagination }) => pagination !== undefined)?.pagination;
  return {
    ...all,
    data_selector: all.data_selector ?? '',
    pagination: written ?? { type: 'single_page' },
  };
}

/** The position of a resource's field: in the resource, the defaults, or the client. */
function whereGiven(
  { value: given }: SourceText,
  at: number,
  field: readonly PropertyKey[],
): readonly PropertyKey[] {
  const places = [['resources', at], ['resource_defaults'], ['client']];
  const [first] = field;
  const position = places.find(
    (path) => first !== undefined && select(given, [...path, first].map(String).join('.')) !== undefined,
  );
  // A missing field is reported where it is written once for all resources.
  return [...(position ?? (first === 'base_url' ? ['client'] : places[0]!)), ...field];
}
