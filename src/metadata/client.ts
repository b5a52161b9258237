/** One function per call of the Account and Metadata API. Each reads; nothing here can write. */
import { createHash } from 'node:crypto';
import { asXanoError, XanoError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { withoutTrailing } from '../plain-text.js';
import type { SecretRef } from '../rest/config/secret-ref.js';
import type { Http } from '../rest/http/client.js';
import type { Answer, RequestContext } from '../rest/http/messages.js';
import { isAddress, joinUrl } from '../rest/http/request.js';
import type { Endpoint, Field, Index } from '../xano/catalog.js';
import { DATA_SOURCE_HEADER, ENVELOPE } from '../xano/conventions.js';
import {
  type Amount,
  assertBounded,
  beyondBound,
  MOST_ENTRIES,
  MOST_LIST_BYTES,
  MOST_LIST_PAGES,
  nothingRead,
} from './bounds.js';
import { failsOfSize, learnListSize, listSize, smallerListSize } from './list-size.js';
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
  tellsOfNext,
  toEndpoint,
  toField,
  toIndex,
  workspaceSchema,
} from './wire.js';

/** Whom to ask, and with which token. */
export interface Api {
  readonly http: Http;
  /** Base of the Account API or of an instance's Metadata API. */
  readonly base_url: string;
  readonly token: SecretRef;
  readonly sender?: RequestContext;
  /** What has been read for the same catalog. */
  readonly catalog?: Amount;
}

/** The page size of listings that are asked for none, and of servers that do not heed the one they are asked for. Xano's specification. */
const DEFAULT_LIST_SIZE = 50;

/** What an instance is called and where its Metadata API is. */
export interface InstanceEntry {
  readonly name: string;
  readonly display: string;
  readonly meta_api: string;
  /** Every host it is known by. */
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
        `Xano gives instance "${name}" without an address (meta_api).`,
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

/** `GET /workspace/{id}/table`. Sort and order are always sent: Xano's own documents disagree about the defaults. */
export async function readTables(api: Api, workspace: number): Promise<TableEntry[]> {
  const items = await getList(api, `/workspace/${workspace}/table`, 'tables', {
    sort: 'created_at',
    order: 'asc',
  });
  return items.map((item) => {
    const { schema, index, ...table } = readWire(tableSchema, item, 'a table');
    return { ...table, columns: schema?.map(toField), indexes: index?.map(toIndex) };
  });
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

/** `GET …/apigroup/{id}/api/{api_id}/openapi`, or the group's own where it has no endpoint. Needs Workspace Api: Read. */
export async function readEndpointOpenApi(
  api: Api,
  workspace: number,
  group: number,
  endpoint: number | undefined,
): Promise<void> {
  const of = endpoint === undefined ? '' : `/api/${endpoint}`;
  await get(api, `/workspace/${workspace}/apigroup/${group}${of}/openapi`, {}, () => undefined);
}

/** The id of the first entry of a list of a workspace's things, asked for alone; undefined where there is none. */
export async function readFirstId(api: Api, path: string, named: string): Promise<number | undefined> {
  const params = { sort: 'created_at', order: 'asc', page: '1', per_page: '1' };
  const { items } = await get(api, path, params, (body) => listPage(body, named));
  return items[0] === undefined ? undefined : readWire(idSchema, items[0], 'an entry of a list').id;
}

/** Who a token belongs to. `extras` is undocumented. */
export interface Me {
  readonly id: string | number;
  readonly name: string;
  readonly email: string;
  readonly extras: unknown;
}

/** `GET /auth/me`: whether the token is alive. A body without id and email is none (Xano's own n8n node). */
export async function readMe(api: Api): Promise<Me> {
  return get(api, '/auth/me', {}, (body) => {
    const { id, name, email, extras } = readWire(meSchema, body, 'an answer about the token');
    return { id, name, email, extras };
  });
}

/** How many rows a table has, as the server counts them: `itemsTotal` of a page of one row. Null when it does not say. */
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

/**
 * Every entry of a list. Where a page is refused as too large, the list is read in smaller ones from its start: page numbers mean other
 * entries then. `first_size`: null for a list whose first page is asked for without a size, since it is documented to have none.
 */
async function getList(
  api: Api,
  path: string,
  named: string,
  params: Record<string, string>,
  { first_size = listSize(api.http, api.base_url) }: { readonly first_size?: number | null } = {},
): Promise<unknown[]> {
  let refusal: XanoError | undefined;
  for (let size = first_size; ; ) {
    try {
      const all = await getPages(api, path, named, params, size);
      if (refusal !== undefined && size !== null) learnListSize(api.http, api.base_url, size);
      return all;
    } catch (thrown) {
      const error = asXanoError(thrown);
      const smaller = size === null ? undefined : smallerListSize(error, size);
      // What is refused in every size has another cause, which the first refusal names best.
      if (smaller === undefined)
        throw refusal !== undefined && isSameRefusal(refusal, error) ? refusal : thrown;
      refusal ??= error;
      size = smaller;
    }
  }
}

const isSameRefusal = (one: XanoError, other: XanoError): boolean =>
  one.code === other.code && one.request?.status === other.request?.status;

/** Every entry of a list, page by page: `nextPage` says whether there is more, a full page proves nothing. */
async function getPages(
  api: Api,
  path: string,
  named: string,
  params: Record<string, string>,
  size: number | null,
): Promise<unknown[]> {
  const sender = {
    ...api.sender,
    gives_up: (error: XanoError, attempt: number) => attempt >= 2 && failsOfSize(error, size ?? 0),
  };
  const all: unknown[] = [];
  const seen = new Set<string>();
  let page = 1;
  let wasSilent = false;
  let bytes = 0;
  for (let asked = 0; ; asked++) {
    const per_page = size ?? (page === 1 ? null : DEFAULT_LIST_SIZE);
    const paging = per_page === null ? params : { ...params, page: String(page), per_page: String(per_page) };
    const answer = await get({ ...api, sender }, path, paging, (body) => ({
      ...listPage(body, named),
      silent: !tellsOfNext(body),
    })).catch((thrown: unknown) => {
      // A list that says nothing of pages may have no second one to ask for.
      if (page > 1 && all.length > 0 && wasSilent && isRefusedPage(asXanoError(thrown))) return undefined;
      throw thrown;
    });
    if (answer === undefined) return uniqueById(all);
    const { items, next, silent } = answer;
    const text = JSON.stringify(items);
    bytes += text.length;
    if (bytes > MOST_LIST_BYTES)
      throw beyondBound(`a list of ${named} of more than ${MOST_LIST_BYTES / 1024 / 1024} MiB`);
    const sign = createHash('sha256').update(text).digest('base64');
    if (seen.has(sign) && items.length > 0) {
      // One that knows no pages gives the same for each.
      if (silent) return uniqueById(all);
      throw new XanoError('PAGINATION_LOOP', `The list of ${named} gives the same page again and again.`);
    }
    seen.add(sign);
    for (const item of items) all.push(item);
    if (all.length > MOST_ENTRIES)
      throw beyondBound(`more than ${MOST_ENTRIES.toLocaleString('en')} ${named}`);
    if (items.length === 0) return uniqueById(all);
    wasSilent = silent;
    if (silent) {
      // It may be cut where pages end: only a second page tells.
      if (items.length !== size && items.length !== DEFAULT_LIST_SIZE) return uniqueById(all);
      page++;
    } else {
      if (next === null) return uniqueById(all);
      if (next <= page)
        throw new XanoError(
          'PAGINATION_LOOP',
          `The list of ${named} does not get on: page ${page} names page ${next} as the next.`,
        );
      page = next;
    }
    if (asked >= MOST_LIST_PAGES)
      throw new XanoError('PAGINATION_LOOP', `The list of ${named} has more than ${MOST_LIST_PAGES} pages.`);
  }
}

const isRefusedPage = ({ code, request }: XanoError): boolean =>
  code === 'XANO_FAILED' && [400, 404, 422].includes(request?.status ?? 0);

/** Entries that moved to a later page while the list was read stand in it once. */
function uniqueById(items: readonly unknown[]): unknown[] {
  const seen = new Set<unknown>();
  return items.filter((item) => {
    const id = isJsonObject(item) ? item['id'] : undefined;
    if (id === undefined) return true;
    return !seen.has(id) && seen.add(id);
  });
}

function get<T>(
  api: Api,
  path: string,
  params: Record<string, string>,
  read: (body: unknown) => T,
  headers: Record<string, string> = {},
): Promise<T> {
  const request = { method: 'GET', url: joinUrl(api.base_url, path), params, headers } as const;
  return api.http.send(
    request,
    { type: 'bearer', token: api.token },
    // Names and descriptions are printed: none may repeat the token.
    (answer) => read(parseJson(answer, api.http.redact, api.catalog ?? nothingRead())),
    api.sender,
  );
}

function parseJson(answer: Answer, redact: Http['redact'], catalog: Amount): unknown {
  assertBounded(answer.body, catalog);
  const text = redact(Buffer.from(answer.body).toString('utf8'));
  try {
    return JSON.parse(text);
  } catch {
    const what = text.trimStart().startsWith('<')
      ? 'a web page (HTML)'
      : text.trim() === ''
        ? 'an empty answer'
        : 'something that is not JSON';
    throw new XanoError('RESPONSE_UNEXPECTED', `Xano was asked for JSON, but ${what} came back.`, {
      hint: 'Check the address of the instance: it must be the instance itself, such as https://x1234-5678-9012.n7.xano.io.',
    });
  }
}
