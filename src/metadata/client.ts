/**
 * One function per call of the Account and Metadata API. Each only reads.
 * This room asks Xano which instances, workspaces, tables and API groups exist.
 * In: a token and the names of an instance and a workspace.
 * Out: a catalog of tables and API groups, or the token's rights.
 */
import { XanoError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { withoutTrailing } from '../plain-text.js';
import { isAddress } from '../rest/http/request.js';
import type { Endpoint, Field, Index } from '../xano/catalog.js';
import { DATA_SOURCE_HEADER, ENVELOPE } from '../xano/conventions.js';
import { getList } from './lists.js';
import { type Api, get } from './request.js';
import {
  apiGroupSchema,
  dataSourceSchema,
  endpointSchema,
  fieldSchema,
  idSchema,
  indexSchema,
  instanceSchema,
  listPage,
  meSchema,
  readWire,
  tableSchema,
  toEndpoint,
  toField,
  toIndex,
  workspaceSchema,
} from './wire.js';

/** An instance's name, and the URL of its Metadata API. */
export interface InstanceEntry {
  readonly name: string;
  readonly display: string;
  readonly meta_api: string;
  /** All its hosts. */
  readonly hosts: readonly string[];
}

/** `GET /instance` of the Account API. */
export async function readInstances(api: Api): Promise<InstanceEntry[]> {
  const items = await getList(api, '/instance', 'instances', {}, { first_size: null });
  return items.map((item) => {
    const { name, display, xano_domain, custom_domain, meta_api } = readWire(
      instanceSchema,
      item,
      'an instance',
    );
    if (!isAddress(meta_api))
      throw new XanoError(
        'RESPONSE_UNEXPECTED',
        `Xano returned instance "${name}" without an address (meta_api).`,
      );
    const hosts = [new URL(meta_api).host, xano_domain, custom_domain].filter((host) => host !== '');
    return { name, display, meta_api: withoutTrailing(meta_api, '/'), hosts };
  });
}

/** `GET /workspace`. */
export async function readWorkspaces(
  api: Api,
): Promise<{ id: number; name: string; description: string; branch: string | null }[]> {
  const items = await getList(api, '/workspace', 'workspaces', {});
  return items.map((item) => readWire(workspaceSchema, item, 'a workspace'));
}

/** A table as listed: columns and indexes only where the server embeds them. */
export interface TableEntry {
  readonly id: number;
  readonly guid: string | null;
  readonly name: string;
  readonly description: string;
  readonly auth: boolean;
  readonly updated_at: string | null;
  readonly columns: Field[] | undefined;
  readonly indexes: Index[] | undefined;
}

/**
 * `GET /workspace/{id}/table`. Sort and order are always sent: Xano's own documents disagree about the
 * defaults.
 */
export async function readTables(api: Api, workspace: number): Promise<TableEntry[]> {
  const items = await getList(api, `/workspace/${workspace}/table`, 'tables', {
    sort: 'created_at',
    order: 'asc',
  });
  return items.map(tableEntry);
}

/** `GET …/table/{id}`. */
export async function readTable(api: Api, workspace: number, table: number): Promise<TableEntry> {
  return get(api, `/workspace/${workspace}/table/${table}`, {}, tableEntry);
}

function tableEntry(item: unknown): TableEntry {
  const { schema, index, ...table } = readWire(tableSchema, item, 'a table');
  return { ...table, columns: schema?.map(toField), indexes: index?.map(toIndex) };
}

/** `GET …/table/{id}/schema`. Needs Workspace Database: Read. */
export async function readColumns(api: Api, workspace: number, table: number): Promise<Field[]> {
  const items = await getList(api, `/workspace/${workspace}/table/${table}/schema`, 'schema', {});
  return items.map((item) => toField(readWire(fieldSchema, item, 'a column')));
}

/** `GET …/table/{id}/index`. Needs Workspace Database: Read. */
export async function readIndexes(api: Api, workspace: number, table: number): Promise<Index[]> {
  const items = await getList(api, `/workspace/${workspace}/table/${table}/index`, 'index', {});
  return items.map((item) => toIndex(readWire(indexSchema, item, 'an index')));
}

/** `GET /workspace/{id}/datasource`: the labels. Needs Instance Workspace: Read, which loading does not. */
export async function readDataSources(api: Api, workspace: number): Promise<string[]> {
  const items = await getList(api, `/workspace/${workspace}/datasource`, 'datasources', {});
  return items.map((item) => readWire(dataSourceSchema, item, 'a data source').label);
}

/** `GET /workspace/{id}/apigroup`: of the live branch, unless another one is named. */
export async function readApiGroups(
  api: Api,
  workspace: number,
  branch?: string,
): Promise<{ id: number; name: string; description: string; canonical: string; branch: string | null }[]> {
  const items = await getList(api, `/workspace/${workspace}/apigroup`, 'apigroups', {
    sort: 'created_at',
    order: 'asc',
    ...(branch === undefined ? {} : { branch }),
  });
  return items.map((item) => readWire(apiGroupSchema, item, 'an API group'));
}

/** `GET …/apigroup/{id}/api`. */
export async function readEndpoints(api: Api, workspace: number, group: number): Promise<Endpoint[]> {
  const path = `/workspace/${workspace}/apigroup/${group}/api`;
  const items = await getList(api, path, 'apis', { sort: 'created_at', order: 'asc' });
  return items.map((item) => toEndpoint(readWire(endpointSchema, item, 'an endpoint')));
}

/** `GET …/apigroup/{id}/openapi`. Needs Workspace Api: Read. */
export async function readOpenApi(api: Api, workspace: number, group: number): Promise<JsonObject> {
  return get(api, `/workspace/${workspace}/apigroup/${group}/openapi`, {}, (body) => {
    if (isJsonObject(body)) return body;
    throw new XanoError('RESPONSE_UNEXPECTED', 'The OpenAPI document is not an object.');
  });
}

/**
 * `GET …/apigroup/{id}/api/{api_id}/openapi`, or the group's own where it has no endpoint. Needs Workspace
 * Api: Read.
 */
export async function readEndpointOpenApi(
  api: Api,
  workspace: number,
  group: number,
  endpoint: number | undefined,
): Promise<void> {
  const of = endpoint === undefined ? '' : `/api/${endpoint}`;
  await get(api, `/workspace/${workspace}/apigroup/${group}${of}/openapi`, {}, () => undefined);
}

/** The id of the first entry of a list of a workspace, requested alone; undefined where the list is empty. */
export async function readFirstId(api: Api, path: string, named: string): Promise<number | undefined> {
  const params = { sort: 'created_at', order: 'asc', page: '1', per_page: '1' };
  const { items } = await get(api, path, params, (body) => listPage(body, named));
  return items[0] === undefined ? undefined : readWire(idSchema, items[0], 'an entry of a list').id;
}

/** The owner of a token. `extras` is undocumented. */
export interface Me {
  readonly id: string | number;
  readonly name: string;
  readonly email: string;
  readonly extras: unknown;
}

/**
 * `GET /auth/me`: whether the token is valid. A body without id and email means that it is not (Xano's own
 * n8n node).
 */
export async function readMe(api: Api): Promise<Me> {
  return get(api, '/auth/me', {}, (body) => {
    const { id, name, email, extras } = readWire(meSchema, body, 'an answer about the token');
    return { id, name, email, extras };
  });
}

/** The rows of a table by the server's count: `itemsTotal` of a page of one row. Null without a count. */
export async function countRows(
  api: Api,
  workspace: number,
  table: number,
  data_source: string,
): Promise<number | null> {
  const path = `/workspace/${workspace}/table/${table}/content`;
  const total = await get(
    { ...api },
    path,
    { page: '1', per_page: '1' },
    (body) => (isJsonObject(body) ? body[ENVELOPE.total] : undefined),
    {
      [DATA_SOURCE_HEADER]: data_source,
    },
  );
  return typeof total === 'number' ? total : null;
}
