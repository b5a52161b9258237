/**
 * What a load asks of its destination: for each table what the destination must be able to do, and its plan.
 */
import type { Disposition, TargetPlan, WantedTable } from '../destinations/destination.js';
import type { JsonObject } from '../json.js';
import { assertMaskKey } from '../rest/config/columns/mask-key.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { conditionsIn } from '../rest/paging/requests/keyset-request.js';
import { parsePartition } from '../table/partition.js';
import { HIDDEN_VALUE } from '../table/source-ids.js';
import type { WithValues } from './list-identity.js';
import type { LoadOptions } from './load-options.js';
import type { LoadRun } from './load-run.js';
import { type LoadStep, planLoad } from './plan.js';

/** What a destination is asked for before anything is read. */
export type WantedOptions = Pick<
  LoadOptions,
  'destination' | 'dataset' | 'nested' | 'flatten' | 'hard_delete' | 'mask_key'
>;

/** The schema that tables go to where nobody names one. */
const DATASET = 'xano_data';

/**
 * Plans the load of these configs into a destination, without a request. `withValues` fills in the variables
 * that tell lists apart; without it, they stay names. Throws USAGE when two configs would become one table,
 * and CONFIG_INVALID: once for all tables that the destination cannot hold as they are wanted.
 */
export function planInto(
  endpoints: readonly EndpointConfig[],
  options: WantedOptions,
  withValues?: WithValues,
): LoadStep[] {
  const { destination, dataset = DATASET, mask_key } = options;
  assertMaskKey(endpoints, mask_key);
  const steps = planLoad(endpoints, dataset, destination.foldName, withValues, mask_key);
  destination.assertCapable(steps.map((step) => wantedTable(step, steps, options)));
  return steps;
}

/** The plan of one table of a load. */
export function targetPlan({ options, steps, load_id }: LoadRun, step: LoadStep): TargetPlan {
  const { endpoint, target, identity, fingerprint, same_list } = step;
  const { allow_empty = false, allow_shrink = false } = options;
  return {
    ...wantedTable(step, steps, options),
    target,
    guards: { allow_empty, allow_shrink },
    identity,
    fingerprint,
    origin: storedOrigin(endpoint),
    same_list,
    load_id,
  };
}

/**
 * The origin for the state, with what the load leaves out: a limit, and conditions. Of a condition on a
 * column that is masked or left out, the value stays away from the disk.
 */
function storedOrigin({ origin, pagination, body, limit, columns = [] }: EndpointConfig): JsonObject | null {
  if (origin === undefined) return null;
  const isOpen = (condition: JsonObject): boolean =>
    Object.keys(condition).every((name) =>
      columns.some((column) => column.name === name.split('|')[0] && column.mask === undefined),
    );
  const where =
    pagination.type === 'keyset'
      ? conditionsIn(body?.[pagination.filter_param]).map((condition) =>
          isOpen(condition)
            ? condition
            : Object.fromEntries(Object.keys(condition).map((name) => [name, HIDDEN_VALUE])),
        )
      : [];
  return {
    ...origin,
    ...(where.length === 0 ? {} : { where }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function wantedTable(
  { endpoint, target }: LoadStep,
  steps: readonly LoadStep[],
  options: WantedOptions,
): WantedTable {
  const type = options.nested ?? endpoint.nested ?? 'json';
  const isFlattened = (options.flatten ?? endpoint.flatten) === true;
  const reserved = (): string[] =>
    steps.map((other) => other.target.name).filter((name) => name !== target.name);
  return {
    resource: endpoint.name,
    disposition: dispositionOf(endpoint, options.hard_delete === true),
    nested: isFlattened ? { type, flatten: { reserved: reserved() } } : { type },
    partition_by: endpoint.partition_by === undefined ? undefined : parsePartition(endpoint.partition_by),
  };
}

/** How new rows meet those of the previous load. */
function dispositionOf(
  { write_disposition, incremental }: EndpointConfig,
  hard_delete: boolean,
): Disposition {
  if (write_disposition === 'append') return { type: 'append', skip_known: incremental?.cursor_path ?? null };
  return write_disposition === 'merge' ? { type: 'merge', hard_delete } : { type: 'replace' };
}
