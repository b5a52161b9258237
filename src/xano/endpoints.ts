/** Turns a catalog into endpoint configs: one for every table, one for every list of an API group. */
import { foldName } from '../names.js';
import { type EndpointConfig, isCursor, type ResolvedEndpoint } from '../rest/config/endpoint-config.js';
import type { SecretRef } from '../rest/config/secret-ref.js';
import type { WriteDisposition } from '../table/column.js';
import type { Catalog, Instance, Table, Workspace } from './catalog.js';
import { columnFor, isExcluded } from './columns.js';
import {
  DATA_SOURCE_HEADER,
  DEFAULT_DATA_SOURCE,
  ENVELOPE,
  greaterThan,
  lessThan,
  PRIMARY_KEY,
  REQUEST,
  TABLE_MAX_PAGE_SIZE,
  TABLE_PAGE_SIZE,
} from './conventions.js';
import { endpointName, groupEndpoint } from './group-endpoint.js';

/** The options of generated configs. */
export interface GenerateOptions {
  /** The source of the bearer token. */
  readonly token: SecretRef;
  /** The data source to read. Default `live`. */
  readonly data_source?: string;
  readonly page_size?: number | undefined;
  /** How rows of tables meet those of the previous load. Default: `merge` for incremental, else `replace`. */
  readonly write_disposition?: WriteDisposition | undefined;
  /**
   * Read only new rows by this column; tables that lack it, or have it in a type without an order, are read
   * completely.
   */
  readonly incremental?: IncrementalChoice | undefined;
  /** Generate configs for endpoints of API groups as well. Default false. */
  readonly api_groups?: boolean;
}

/** The column that shows which rows are new. */
export interface IncrementalChoice {
  readonly column: string;
  /**
   * Milliseconds before the watermark of a timestamp at which reading begins again: rows do not always appear
   * in the order of their times.
   */
  readonly lag_ms?: number | undefined;
}

/** A thing that gets no config, and why. */
export interface ExcludedEndpoint {
  readonly name: string;
  readonly reason: string;
}

/** Configs, and the things without one. */
export interface Generated<E extends EndpointConfig = EndpointConfig> {
  readonly endpoints: readonly E[];
  readonly excluded: readonly ExcludedEndpoint[];
  /** Tables that are read completely although an incremental load was wanted, and why. */
  readonly full_reads: readonly ExcludedEndpoint[];
}

/**
 * Generates the endpoint configs of everything in a catalog. Pure. Configs of tables are complete; those of
 * API groups may leave open what the first answers show.
 */
export function generateEndpoints(
  catalog: Catalog,
  options: GenerateOptions & { readonly api_groups?: false },
): Generated<ResolvedEndpoint>;
/** The same, including API groups. */
export function generateEndpoints(catalog: Catalog, options: GenerateOptions): Generated;
/** Generates both. */
export function generateEndpoints(catalog: Catalog, options: GenerateOptions): Generated {
  const endpoints: EndpointConfig[] = [];
  const excluded: ExcludedEndpoint[] = [];
  const full_reads: ExcludedEndpoint[] = [];
  for (const instance of catalog.instances)
    for (const workspace of instance.workspaces) {
      for (const table of workspace.tables) {
        endpoints.push(tableEndpoint(instance, workspace, table, options));
        const reason = options.incremental && whyFullRead(table, options.incremental.column);
        if (reason !== undefined) full_reads.push({ name: table.name, reason });
      }
      if (options.api_groups !== true) continue;
      for (const group of workspace.api_groups)
        for (const endpoint of group.endpoints ?? []) {
          const made = groupEndpoint({ instance, workspace, group }, endpoint, options);
          if (made.config !== null) endpoints.push(made.config);
          else
            excluded.push({ name: `${endpoint.verb} ${endpointName(group, endpoint)}`, reason: made.reason });
        }
    }
  return { endpoints, excluded, full_reads };
}

/** Metadata content search, keyset on the primary key: the reliable way to read a table. */
function tableEndpoint(
  instance: Instance,
  workspace: Workspace,
  table: Table,
  options: GenerateOptions,
): ResolvedEndpoint {
  const { data_source = DEFAULT_DATA_SOURCE, page_size = TABLE_PAGE_SIZE, token } = options;
  const key = primaryKey(table);
  const fields = table.columns ?? [];
  const table_name = distinctName(workspace.tables, table);
  return {
    name: table.name,
    ...(table_name === undefined ? {} : { table_name }),
    ...(table.description === '' ? {} : { description: table.description }),
    base_url: instance.meta_api,
    path: `/workspace/${workspace.id}/table/${table.id}/content/search`,
    method: 'POST',
    params: {},
    headers: { [DATA_SOURCE_HEADER]: data_source },
    body: {},
    data_selector: ENVELOPE.list,
    primary_key: [key],
    write_disposition: options.write_disposition ?? (options.incremental === undefined ? 'replace' : 'merge'),
    ...incrementalOf(table, options),
    columns: fields.filter((field) => !isExcluded(field)).map(columnFor),
    excluded: fields.filter(isExcluded).map(({ name }) => name),
    pagination: searchByKey(key, options.page_size),
    // Servers without content search have the plain list. Its order is not documented, so the count has to
    // show that no row was missed.
    fallback: {
      method: 'GET',
      path: `/workspace/${workspace.id}/table/${table.id}/content`,
      pagination: {
        type: 'page_number',
        in: 'query',
        page_param: REQUEST.page,
        base_page: 1,
        page_size_param: REQUEST.page_size,
        page_size,
        next_page_path: ENVELOPE.next_page,
        total_path: ENVELOPE.total,
      },
    },
    auth: { type: 'bearer', token },
    origin: {
      instance: instance.name,
      workspace_id: workspace.id,
      workspace: workspace.name,
      data_source,
      table_id: table.id,
      table_guid: table.guid,
    },
  };
}

/** Pages of content search in the order of the key. A page size from the options does not grow. */
function searchByKey(key: string, asked: number | undefined): ResolvedEndpoint['pagination'] {
  return {
    type: 'keyset',
    key,
    order: 'asc',
    page_param: REQUEST.page,
    page_size_param: REQUEST.page_size,
    page_size: asked ?? TABLE_PAGE_SIZE,
    ...(asked === undefined ? { max_page_size: TABLE_MAX_PAGE_SIZE } : {}),
    sort_param: REQUEST.sort,
    filter_param: REQUEST.filter,
    after: greaterThan(key),
    before: lessThan(key),
    next_page_path: ENVELOPE.next_page,
    total_path: ENVELOPE.total,
  };
}

/** Why this column cannot show which rows of a table are new; undefined when it can. */
function whyFullRead(table: Table, column: string): string | undefined {
  const field = table.columns?.find(({ name }) => name === column);
  if (field === undefined) return `it has no column "${column}"`;
  if (isExcluded(field) || !isCursor(columnFor(field)))
    return `"${column}" has the type ${field.type}, which does not support incremental reads`;
  return undefined;
}

/** The default lag: late rows of the last ten minutes are read again. */
const DEFAULT_LAG_MS = 10 * 60_000;

function incrementalOf(
  table: Table,
  { incremental }: GenerateOptions,
): Pick<ResolvedEndpoint, 'incremental'> {
  if (incremental === undefined || whyFullRead(table, incremental.column) !== undefined) return {};
  const { column, lag_ms = DEFAULT_LAG_MS } = incremental;
  const isTime = table.columns?.some(({ name, type }) => name === column && type === 'timestamp') === true;
  return {
    incremental: {
      cursor_path: column,
      lag: isTime ? lag_ms : 0,
      after: greaterThan(column),
      before: lessThan(column),
    },
  };
}

/** The field of the primary index: every Xano table has `id`. */
export function primaryKey(table: Table): string {
  const primary = table.indexes?.find(({ type }) => type === 'primary');
  return primary?.fields.length === 1 ? primary.fields[0]! : PRIMARY_KEY;
}

/**
 * A target name for a table whose name DuckDB cannot tell from an older table's: the older table keeps the
 * name.
 */
export function distinctName(tables: readonly Table[], table: Table): string | undefined {
  const named = (name: string): readonly Table[] =>
    tables.filter((table) => foldName(table.name) === foldName(name));
  if (!named(table.name).some(({ id }) => id < table.id)) return undefined;
  let name = table.name;
  while (named(name).length > 0) name = `${name}_${table.id}`;
  return name;
}
