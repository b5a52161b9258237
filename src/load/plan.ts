/** Configs become an ordered plan: what is read, and where each list goes. Pure; `--dry-run` prints it. */
import { isDeepStrictEqual } from 'node:util';
import { ANY_ACCOUNT, identityText } from '../destinations/state/identity.js';
import { XanoError } from '../errors.js';
import { foldName } from '../names.js';
import type { EndpointConfig, Pagination, ResolvedEndpoint } from '../rest/config/endpoint-config.js';
import type { PageRequest } from '../rest/http/request.js';
import { baseRequest, firstPage, pageSizeOf, resized } from '../rest/paging/paginators.js';
import { storableName, type TargetTable } from '../table/column.js';
import { digest, listRead, type WithValues } from './list-identity.js';
import { checkedPages } from './read/page-drift.js';

/** One list to read and the table it becomes. */
export interface LoadStep {
  readonly endpoint: EndpointConfig;
  readonly target: TargetTable;
  /** Names the list and its table: state and unfinished rows are kept under it. */
  readonly identity: string;
  /** Names of the other tables that this plan makes of the same list. */
  readonly same_list: readonly string[];
  /** Changes when what is read, or as what, changes. */
  readonly fingerprint: string;
  readonly first_request: PageRequest;
}

/**
 * Plans the load of these configs into a schema; `withValues` puts in the variables that tell lists apart, which stay names without it. Throws USAGE when two of them would become one table, and CONFIG_INVALID.
 */
export function planLoad(
  endpoints: readonly EndpointConfig[],
  dataset: string,
  withValues: WithValues = (request) => request,
): LoadStep[] {
  const schema = storableName(dataset);
  const taken = new Map<string, string>();
  const ordered = parentsFirst(endpoints);
  const planned = ordered.map((endpoint) => {
    const name = storableName(endpoint.table_name ?? endpoint.name);
    const other = taken.get(foldName(name));
    if (other !== undefined)
      throw new XanoError(
        'USAGE',
        `"${endpoint.name}" and "${other}" would both become the table "${name}".`,
        {
          hint: 'Load them one at a time into two datasets with --dataset, or give one of them a table_name.',
        },
      );
    taken.set(foldName(name), endpoint.name);
    return { endpoint, name, list: listRead(endpoint, endpoints, withValues) };
  });
  return planned.map(({ endpoint, name, list }) => ({
    endpoint,
    target: {
      schema,
      name,
      description: endpoint.description,
      columns: endpoint.columns ?? [],
      primary_key: endpoint.primary_key,
    },
    identity: identityText({
      ...list,
      schema,
      table: name,
      resource: list.account === ANY_ACCOUNT ? undefined : endpoint.name,
    }),
    same_list: planned.flatMap((one) =>
      one.name !== name && isDeepStrictEqual(one.list, list) ? [one.name] : [],
    ),
    fingerprint: digest([
      endpoint.columns,
      endpoint.primary_key,
      endpoint.excluded,
      endpoint.data_selector,
      // A config that leaves it open is planned as it is, whatever is found out: what was read so far says how.
      endpoint.pagination.type === 'auto' ? endpoint.pagination : withoutSizes(endpoint.pagination),
      endpoint.write_disposition,
      endpoint.incremental,
      ...(endpoint.parent === undefined ? [] : [endpoint.parent, endpoint.response]),
      ...(endpoint.format === undefined ? [] : [{ format: endpoint.format }]),
      ...(endpoint.single_record === undefined ? [] : [{ single_record: endpoint.single_record }]),
    ]),
    first_request: firstRequest(endpoint),
  }));
}

/** The order in which they can be read: what is read for each record of another one comes after it. Throws CONFIG_INVALID. */
function parentsFirst(endpoints: readonly EndpointConfig[]): readonly EndpointConfig[] {
  if (endpoints.every(({ parent }) => parent === undefined)) return endpoints;
  const ordered = new Set<EndpointConfig>();
  const visit = (endpoint: EndpointConfig, below: readonly string[]): void => {
    const { name, parent } = endpoint;
    if (below.includes(name))
      throw new XanoError(
        'CONFIG_INVALID',
        `Resources are each other's parents: ${[...below, name].join(' → ')}.`,
      );
    if (parent !== undefined) {
      const above = endpoints.find((one) => one.name === parent.resource);
      if (above === undefined)
        throw new XanoError(
          'CONFIG_INVALID',
          `"${name}" is read for each record of "${parent.resource}", which is not to be loaded.`,
          {
            hint: `Load "${parent.resource}" together with it.`,
          },
        );
      visit(above, [...below, name]);
    }
    ordered.add(endpoint);
  };
  for (const endpoint of endpoints) visit(endpoint, []);
  return [...ordered];
}

/** The request that reading begins with; where pages are still to be found out, the one that is asked to find out. */
function firstRequest(endpoint: EndpointConfig): PageRequest {
  const { pagination } = endpoint;
  return pagination.type === 'auto' ? baseRequest(endpoint) : firstPage({ ...endpoint, pagination });
}

/** How large pages are changes nothing about what is in them. */
function withoutSizes(pagination: Pagination): Pagination {
  const small = resized(pagination, 0);
  return small.type === 'keyset' ? { ...small, max_page_size: undefined } : small;
}

/** Whether a key has a highest value to read up to; unknown ones mostly are numbers. */
function isNumbered({ columns = [] }: ResolvedEndpoint, key: string): boolean {
  return columns.every(({ name, type }) => name !== key || type === 'BIGINT');
}

/** Pages of so many rows, where they grow as far as they may: records whose pages would be too many bytes take more. */
function pagesFor(rows: number, page_size: number, pagination: ResolvedEndpoint['pagination']): number {
  const most = pagination.type === 'keyset' ? (pagination.max_page_size ?? page_size) : page_size;
  let pages = 1;
  let size = page_size;
  for (let left = rows - size; left > 0; left -= size) {
    size = Math.min(size * 2, Math.max(most, size));
    pages++;
  }
  return pages;
}

/** What reading so many rows takes: pages, and requests altogether with the ones that find the end and prove the count. */
export function expectedRequests(
  endpoint: ResolvedEndpoint,
  rows: number | null,
): { pages: number | null; requests: number | null } {
  const { pagination } = endpoint;
  if (pagination.type === 'single_page') return { pages: 1, requests: 1 };
  const page_size = pageSizeOf(pagination);
  if (rows === null || page_size === null) return { pages: null, requests: null };
  const pages = pagesFor(rows, page_size, pagination);
  // One page proves itself; more take the highest key beforehand and a count afterwards.
  if (pages === 1) return { pages, requests: 1 };
  if (pagination.type === 'keyset')
    return { pages, requests: pages + (isNumbered(endpoint, pagination.key) ? 2 : 1) };
  const checked = pagination.type === 'cursor' ? 0 : checkedPages(pages).length;
  return { pages, requests: pages + 1 + checked };
}
