/**
 * Turns configs into an ordered plan: what is read, and the table that each list goes to. Pure; `--dry-run`
 * prints it.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Destination } from '../destinations/destination.js';
import { XanoError } from '../errors.js';
import { masksOf } from '../rest/config/columns/masked-columns.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import type { Pagination } from '../rest/config/pagination.js';
import type { PageRequest } from '../rest/http/request.js';
import { firstPage, resized } from '../rest/paging/paginators.js';
import { baseRequest } from '../rest/paging/requests/request-params.js';
import { type Column, storableName, type TargetTable } from '../table/column.js';
import { ANY_ACCOUNT, identityText } from '../table/identity.js';
import { storedMask } from '../table/mask.js';
import { digest, listRead, type WithValues } from './list-identity.js';

/** One list to read, and its table. */
export interface LoadStep {
  readonly endpoint: EndpointConfig;
  readonly target: TargetTable;
  /** Names the list and its table: the key of state and staged rows. */
  readonly identity: string;
  /** Names of the other tables that this plan loads the same list into. */
  readonly same_list: readonly string[];
  /**
   * Changes when the list, its columns or how it is read change: staged rows are only continued while it
   * stays the same.
   */
  readonly fingerprint: string;
  readonly first_request: PageRequest;
}

/**
 * Plans the load of these configs into a schema. Tables whose names `foldName` makes the same are one table:
 * the destination says which. `withValues` fills in the variables that tell lists apart; without it, they
 * stay names. `mask_key` is the key of masks of the kind `hash`. Throws USAGE when two configs would become
 * one table, and CONFIG_INVALID.
 */
export function planLoad(
  endpoints: readonly EndpointConfig[],
  dataset: string,
  foldName: Destination['foldName'],
  withValues: WithValues = (request) => request,
  mask_key?: string,
): LoadStep[] {
  const schema = storableName(dataset);
  const taken = new Map<string, string>();
  const ordered = parentsFirst(endpoints);
  const planned = ordered.map((endpoint) => {
    const name = storableName(endpoint.table_name ?? endpoint.name);
    const owner = taken.get(foldName(name));
    if (owner !== undefined)
      throw new XanoError(
        'USAGE',
        `"${endpoint.name}" and "${owner}" would both become the table "${name}".`,
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
      columns: storedColumns(endpoint, mask_key),
      excluded: endpoint.excluded,
      primary_key: endpoint.primary_key,
    },
    identity: identityText(
      {
        ...list,
        schema,
        table: name,
        resource: list.account === ANY_ACCOUNT ? undefined : endpoint.name,
      },
      foldName,
    ),
    same_list: planned.flatMap((one) =>
      one.name !== name && isDeepStrictEqual(one.list, list) ? [one.name] : [],
    ),
    fingerprint: fingerprintOf(endpoint, mask_key),
    first_request: firstRequest(endpoint),
  }));
}

/** Changes with everything that decides which rows are staged, and as what. */
function fingerprintOf(endpoint: EndpointConfig, mask_key: string | undefined): string {
  return digest([
    // A mask with another key gives other values.
    endpoint.columns && storedColumns(endpoint, mask_key),
    endpoint.primary_key,
    endpoint.excluded,
    endpoint.data_selector,
    // Detection may answer differently each time: staged rows say how they were read.
    endpoint.pagination.type === 'auto' ? endpoint.pagination : withoutSizes(endpoint.pagination),
    endpoint.write_disposition,
    endpoint.incremental,
    ...(endpoint.parent === undefined ? [] : [endpoint.parent, endpoint.response]),
    ...(endpoint.format === undefined ? [] : [{ format: endpoint.format }]),
    ...(endpoint.limit === undefined ? [] : [{ limit: endpoint.limit }]),
    ...(endpoint.single_record === undefined ? [] : [{ single_record: endpoint.single_record }]),
  ]);
}

/** The columns of a config as the state keeps them: with the key of each hash told apart from others. */
function storedColumns({ columns = [] }: EndpointConfig, mask_key: string | undefined): Column[] {
  return columns.map(({ mask, ...column }) =>
    mask === undefined ? column : { ...column, masked_as: storedMask(mask, mask_key) },
  );
}

/**
 * Orders configs so that parents come before the lists that are read for each of their records. Throws
 * CONFIG_INVALID.
 */
function parentsFirst(endpoints: readonly EndpointConfig[]): readonly EndpointConfig[] {
  if (endpoints.every(({ parent }) => parent === undefined)) return endpoints;
  const ordered = new Set<EndpointConfig>();
  const visit = (endpoint: EndpointConfig, below: readonly string[]): void => {
    const { name, parent } = endpoint;
    if (below.includes(name))
      throw new XanoError('CONFIG_INVALID', `Parents form a cycle: ${[...below, name].join(' → ')}.`);
    if (parent !== undefined) {
      const above = endpoints.find((candidate) => candidate.name === parent.resource);
      if (above === undefined)
        throw new XanoError(
          'CONFIG_INVALID',
          `"${name}" depends on "${parent.resource}", which is not part of this load.`,
          {
            hint: `Add "${parent.resource}" to the load.`,
          },
        );
      const masked = masksOf(above) ?? {};
      const bound = Object.values(parent.bind).find((column) => Object.hasOwn(masked, column));
      if (bound !== undefined)
        throw new XanoError(
          'CONFIG_INVALID',
          `"${name}" binds "${parent.resource}"."${bound}", which is masked.`,
          {
            hint: 'Requests need the values as they are: bind another column, or remove the mask.',
          },
        );
      visit(above, [...below, name]);
    }
    ordered.add(endpoint);
  };
  for (const endpoint of endpoints) visit(endpoint, []);
  return [...ordered];
}

/** The first request; when the pagination is still to be detected, the request that detects it. */
function firstRequest(endpoint: EndpointConfig): PageRequest {
  const { pagination } = endpoint;
  return pagination.type === 'auto' ? baseRequest(endpoint) : firstPage({ ...endpoint, pagination });
}

/** The size of pages does not change the rows in them. */
function withoutSizes(pagination: Pagination): Pagination {
  const small = resized(pagination, 0);
  return small.type === 'keyset' ? { ...small, max_page_size: undefined } : small;
}
