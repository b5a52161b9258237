/** The state of one resource while it is loaded, and the report made of it. */
import type { StoredCheckpoint, TargetWriter } from '../destinations/destination.js';
import { errorReport, XanoError } from '../errors.js';
import type { ResourceReport, WaitTotal } from '../events.js';
import { masksOf } from '../rest/config/columns/masked-columns.js';
import type { Traffic } from '../rest/http/messages.js';
import type { LoadStep } from './plan.js';
import { rejectedBefore } from './read/checkpoint.js';
import type { Parents } from './read/read-context.js';

/** How far one resource is. Changes while it is loaded. */
export interface ResourceState {
  readonly step: LoadStep;
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly started: number;
  readonly traffic: Traffic;
  /** Columns that were found in rows, beyond those planned. */
  readonly columns_added: Set<string>;
  /** Waits by kind and reason. */
  readonly waits: Map<string, WaitTotal>;
  rows: number;
  pages: number;
  /** Rows that the server counts; null while it has not. */
  expected: number | null;
  rejected: number;
  /** The pagination's type. */
  read_by: string;
  resumed: boolean;
  /** Undefined until the target is open. */
  writer: TargetWriter | undefined;
  parents: Parents | undefined;
}

/** The state of a resource that begins now. */
export const stateOf = (step: LoadStep, now: () => number): ResourceState => ({
  step,
  now,
  started: now(),
  traffic: { requests: 0, bytes: 0 },
  columns_added: new Set(),
  waits: new Map(),
  rows: 0,
  pages: 0,
  expected: null,
  rejected: 0,
  read_by: step.endpoint.pagination.type,
  resumed: false,
  writer: undefined,
  parents: undefined,
});

/** Counts the rows of an earlier load that this one continues after. */
export function continueAfter(state: ResourceState, checkpoint: StoredCheckpoint | null): void {
  state.resumed = checkpoint !== null;
  state.rows = checkpoint?.rows ?? 0;
  state.rejected = rejectedBefore(checkpoint);
  for (const { name } of checkpoint?.columns_added ?? []) state.columns_added.add(name);
}

/** The most reasons of waits that a report names: a server may word each failure differently. */
const MOST_REASONS = 20;

/** Counts a wait. */
export function countWait(
  { waits }: ResourceState,
  { kind, reason, wait_ms }: Omit<WaitTotal, 'times'>,
): void {
  const named = JSON.stringify([kind, reason]);
  const [key, words] =
    waits.has(named) || waits.size < MOST_REASONS ? [named, reason] : [`${kind} others`, 'other reasons'];
  const before = waits.get(key) ?? { kind, reason: words, times: 0, wait_ms: 0 };
  waits.set(key, { ...before, times: before.times + 1, wait_ms: before.wait_ms + wait_ms });
}

/** Forgets what was counted of staged rows, since reading begins again. Requests still count. */
export function forgetRows(state: ResourceState): void {
  Object.assign(state, { rows: 0, rejected: 0, expected: null, resumed: false });
  state.columns_added.clear();
}

/** The report of a resource as it is, with what else is known of it. */
export function resourceReport(
  state: ResourceState,
  details: Partial<ResourceReport> & Pick<ResourceReport, 'status'>,
): ResourceReport {
  const { step, writer, traffic, now, started } = state;
  return {
    ...blank(step),
    ...(writer === undefined ? {} : { target: `${writer.schema}.${step.target.name}` }),
    rows_expected: state.expected,
    rows_read: state.rows,
    values_rejected: state.rejected,
    columns_added: [...state.columns_added],
    read_by: state.read_by,
    requests: traffic.requests,
    pages: state.pages,
    bytes: traffic.bytes,
    // The clock may have been set back meanwhile.
    duration_ms: Math.max(0, now() - started),
    ...(state.waits.size === 0 ? {} : { waits: [...state.waits.values()] }),
    resumed: state.resumed,
    ...details,
  };
}

/** The report of a resource that was not begun. */
export function skippedResource(step: LoadStep, error: XanoError): ResourceReport {
  return { ...blank(step), status: 'skipped', error: errorReport(error) };
}

/** The error of a load that was stopped. */
export function interruption(signal: AbortSignal | undefined): XanoError {
  return signal?.reason instanceof XanoError
    ? signal.reason
    : new XanoError('INTERRUPTED', 'The load was stopped.');
}

function blank({ endpoint, target }: LoadStep): Omit<ResourceReport, 'status'> {
  const columns_masked = masksOf(endpoint);
  return {
    resource: endpoint.name,
    target: `${target.schema}.${target.name}`,
    write_disposition: endpoint.write_disposition,
    completeness: null,
    rows_expected: null,
    rows_read: 0,
    rows_written: 0,
    rows_deleted: 0,
    rows_total: null,
    values_rejected: 0,
    columns_added: [],
    schema_changes: [],
    columns_excluded: endpoint.excluded,
    ...(columns_masked === undefined ? {} : { columns_masked }),
    read_by: endpoint.pagination.type,
    requests: 0,
    pages: 0,
    bytes: 0,
    duration_ms: 0,
    resumed: false,
  };
}
