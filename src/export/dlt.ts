/**
 * Turns endpoint configs into a Python file for dlt: its rest_api source, with settings from these configs
 * instead of guesses.
 */
import { pathKeys } from '../json.js';
import { withoutTrailing } from '../plain-text.js';
import { masksOf } from '../rest/config/columns/masked-columns.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import type { Column } from '../table/column.js';
import { auth, isKeyUncompared, paginated } from './dlt-client.js';
import { PARTS, type PartName } from './dlt-parts.js';
import {
  byServer,
  distinct,
  type Exit,
  jsonPath,
  notesOf,
  quoted,
  type Server,
  unreachable,
  variablesUnsaid,
} from './exported.js';
import { type Code, call, code, type PythonValue, pythonText } from './python.js';

const HEAD = `"""Reads from Xano with dlt. Written by \`xano endpoints --format dlt\`.

    pip install "dlt[duckdb]>=1.28"
    python this_file.py [FILE.duckdb]

It reads tokens from the environment. The rows go into the schema xano_data of the file, xano_dlt.duckdb by default.
"""
`;

const mainOf = (pipeline: string): string => `def main(file="xano_dlt.duckdb"):
    # Tables and columns keep their Xano names.
    dlt.config["schema.naming"] = "duck_case"
    # Old rows stay until all new rows have arrived.
    dlt.config["destination.replace_strategy"] = "insert-from-staging"
    pipeline = dlt.pipeline(
        pipeline_name=${quoted(pipeline)}, destination=dlt.destinations.duckdb(file), dataset_name="xano_data"
    )
    info = pipeline.run(sources())
    info.raise_on_failed_jobs()
    return info


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
`;

/** Writes the file. Pure. */
export function toDlt(endpoints: readonly EndpointConfig[]): Exit {
  const possible = endpoints.filter((endpoint) => whyNot(endpoint).length === 0);
  const notes = [...notesOf(endpoints, whyNot), ...notesOf(possible, otherwise)];
  const written = possible.map(withoutMasked);
  const tables = distinct(written.map(({ name, table_name = name }) => dltTable(table_name)));
  const tableOf = new Map(written.map((endpoint, nth) => [endpoint, tables[nth]!]));
  const parts = new Set<PartName>();
  const servers = byServer(written);
  const sources = servers.map((server) => sourceOf(server, tableOf, parts));
  for (const part of [...parts]) for (const needed of PARTS[part].needs) parts.add(needed);
  // The table's own order: each part comes after those it needs.
  const used = Object.entries(PARTS).flatMap(([name, part]) => (parts.has(name as PartName) ? [part] : []));
  const body = [
    ...used.map(({ text }) => text),
    `def sources():\n    return ${pythonText(sources, 4)}\n`,
    mainOf(servers[0]?.name ?? 'xano'),
  ];
  const text = [HEAD, importLines(used.flatMap(({ imports }) => imports)), '\n', body.join('\n\n')].join(
    '\n',
  );
  return { text: withoutTrailing(text, '\n'), notes };
}

/** Imports in the order of Python's style guide: the standard library first. */
function importLines(imports: readonly string[]): string {
  const wanted = [
    ...new Set([...imports, 'import sys', 'import dlt', 'from dlt.sources.rest_api import rest_api_source']),
  ];
  const isOwn = (line: string): boolean => /^(import|from) dlt\b/.test(line);
  const sorted = (lines: string[]): string =>
    [
      ...lines.filter((line) => line.startsWith('import')).toSorted(),
      ...lines.filter((line) => line.startsWith('from')).toSorted(),
    ].join('\n');
  return `${sorted(wanted.filter((line) => !isOwn(line)))}\n\n${sorted(wanted.filter(isOwn))}`;
}

/** The config without its masked columns: dlt would load their values. */
function withoutMasked(endpoint: EndpointConfig): EndpointConfig {
  const masked = Object.keys(masksOf(endpoint) ?? {});
  if (masked.length === 0) return endpoint;
  const columns = endpoint.columns?.filter(({ name }) => !masked.includes(name));
  return { ...endpoint, columns, excluded: [...endpoint.excluded, ...masked] };
}

function whyNot(endpoint: EndpointConfig): string[] {
  const { auth } = endpoint;
  return [
    ...(auth.type === 'oauth2_client_credentials' && auth.credentials_in === 'basic'
      ? ['skipped, because dlt sends the id and secret of a client only in the form']
      : []),
    ...(auth.type === 'login' && auth.token_header !== undefined
      ? ['skipped, because this file reads a token only from the body of an answer']
      : []),
    ...variablesUnsaid(endpoint, 'this file'),
  ];
}

/** Differences in dlt, for users who rely on xano's behaviour. */
function otherwise(endpoint: EndpointConfig): string[] {
  const { write_disposition, pagination, data_selector, columns } = endpoint;
  const masked = Object.keys(masksOf(endpoint) ?? {});
  return [
    ...unreachable(endpoint),
    ...(isKeyUncompared(pagination, columns)
      ? [
          'dlt requests pages by number, in the order of the key: it misses rows that shift when others are deleted meanwhile',
        ]
      : []),
    ...(write_disposition === 'merge'
      ? ['rows deleted in Xano stay, because dlt does not detect deletions']
      : []),
    ...(masked.length === 0
      ? []
      : [`${masked.map(quoted).join(', ')} is excluded: this file cannot mask values`]),
    ...(pagination.type === 'auto' || data_selector === undefined
      ? ['dlt guesses the settings that the config omits']
      : []),
  ];
}

function sourceOf(
  server: Server,
  tableOf: ReadonlyMap<EndpointConfig, string>,
  parts: Set<PartName>,
): PythonValue {
  const { parts: needed, value } = auth(server.auth);
  for (const part of needed) parts.add(part);
  const config = {
    client: { base_url: server.base_url, ...(value === undefined ? {} : { auth: value }) },
    // Lists and objects stay in their columns as JSON.
    resource_defaults: { max_table_nesting: 0 },
    resources: server.endpoints.map((endpoint) => resource(endpoint, tableOf.get(endpoint)!, parts)),
  };
  return call('rest_api_source', [config], { name: server.name });
}

function resource(endpoint: EndpointConfig, table: string, parts: Set<PartName>): PythonValue {
  const { columns = [], excluded, primary_key, data_selector, incremental } = endpoint;
  // dlt wraps an object into a list, which is right for a single record; any other answer must be a list.
  const listed = endpoint.single_record === true ? undefined : data_selector;
  const names = columnNames(endpoint);
  const { pagination, parts: needed, params, json } = paginated(endpoint);
  for (const part of needed) parts.add(part);
  if (listed !== undefined) parts.add('list_at');
  const step = typedStep(columns, excluded, names);
  if (step !== undefined) parts.add('typed');
  const key = primary_key.map((name) => names.get(name) ?? dltName(name));
  const hints = columns.map((column) => [names.get(column.name)!, { data_type: dataType(column) }] as const);
  return {
    name: endpoint.name,
    table_name: table,
    primary_key: key.length === 0 ? undefined : key,
    write_disposition: endpoint.write_disposition,
    columns: hints.length === 0 ? undefined : Object.fromEntries(hints),
    processing_steps: step && [{ map: step }],
    endpoint: {
      path: endpoint.path,
      method: endpoint.method,
      headers: some(endpoint.headers),
      params: some(params),
      json,
      data_selector: data_selector === undefined ? undefined : jsonPath(data_selector),
      paginator: pagination,
      response_actions: listed === undefined ? undefined : [call('list_at', pathKeys(listed))],
      incremental: incremental && incrementalOf(endpoint, names, parts),
    },
  };
}

function incrementalOf(
  { incremental, columns = [], write_disposition }: EndpointConfig,
  names: ReadonlyMap<string, string>,
  parts: Set<PartName>,
): PythonValue | undefined {
  if (incremental === undefined) return undefined;
  const { cursor_path, lag, after } = incremental;
  const isTime = columns.some(({ name, type }) => name === cursor_path && type === 'TIMESTAMPTZ');
  if (isTime) parts.add('milliseconds');
  return {
    cursor_path: jsonPath(names.get(cursor_path) ?? cursor_path),
    start_param: after,
    convert: isTime ? code('milliseconds') : undefined,
    // Reading the same rows twice would duplicate them.
    lag: lag === 0 || write_disposition === 'append' ? undefined : isTime ? lag / 1000 : lag,
    on_cursor_value_missing: 'include',
  };
}

/**
 * The transformations that are needed: times, dates and documents by their columns, columns that are excluded
 * or need another name.
 */
function typedStep(
  columns: readonly Column[],
  excluded: readonly string[],
  names: ReadonlyMap<string, string>,
): Code | undefined {
  const of = (matches: (column: Column) => boolean): string[] | undefined => {
    const names = columns.filter(matches).map(({ name }) => name);
    return names.length === 0 ? undefined : names;
  };
  const renamed = columns.filter(({ name }) => dltName(name) !== names.get(name));
  const named = {
    times: of(({ type, list }) => type === 'TIMESTAMPTZ' && !list),
    dates: of(({ type, list }) => type === 'DATE' && !list),
    documents: of((column) => dataType(column) === 'json'),
    excluded: excluded.length === 0 ? undefined : excluded,
    renamed:
      renamed.length === 0
        ? undefined
        : Object.fromEntries(renamed.map(({ name }) => [name, names.get(name)!])),
  };
  return columns.length === 0 && excluded.length === 0 ? undefined : call('typed', [], named);
}

const DATA_TYPES = {
  BIGINT: 'bigint',
  DOUBLE: 'double',
  VARCHAR: 'text',
  BOOLEAN: 'bool',
  TIMESTAMPTZ: 'timestamp',
  DATE: 'date',
  UUID: 'text',
  FLOAT: 'json',
  JSON: 'json',
} as const satisfies Record<Column['type'], string>;

/** dlt has no list columns: they become JSON. */
function dataType({ type, list }: Column): string {
  return list ? 'json' : DATA_TYPES[type];
}

/** A name by dlt's convention `duck_case`: from its source, dlt 1.28. */
function dltName(name: string): string {
  return name
    .trim()
    .replace(/[\n\r"]/g, '_')
    .replace(/__+/g, '_');
}

/** The name of a table, which dlt also uses for files. */
function dltTable(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no name of a file may hold them
  return dltName(dltName(name).replace(/[\u0000-\u001f<>:/\\|?*.]/g, '_'));
}

function columnNames({ columns = [] }: EndpointConfig): ReadonlyMap<string, string> {
  const stored = distinct(columns.map(({ name }) => dltName(name)));
  return new Map(columns.map(({ name }, nth) => [name, stored[nth]!]));
}

function some<T extends object>(members: T): T | undefined {
  return Object.keys(members).length === 0 ? undefined : members;
}
