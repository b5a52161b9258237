/** The plan of a load: what each table takes. Writes nothing. */
import {
  asXanoError,
  countRecords,
  type EndpointConfig,
  type ErrorReport,
  endsEverything,
  errorReport,
  expectedRequests,
  firstPage,
  type Http,
  type LoadEvent,
  type LoadOptions,
  type LoadStep,
  openDestination,
  type PlaceOptions,
  planInto,
  resolveEndpoint,
  type Wait,
  type XanoError,
} from '../index.js';

/** What one table takes. */
export interface PlannedRead {
  readonly resource: string;
  readonly target: string;
  /** Null where Xano does not count, as are pages and requests. */
  readonly rows: number | null;
  readonly pages: number | null;
  readonly requests: number | null;
  readonly first_request: LoadStep['first_request'];
  readonly error?: ErrorReport;
}

/** What a plan depends on, beside its endpoints. */
export interface PlanOptions extends Pick<LoadOptions, 'nested' | 'flatten' | 'mask_key'> {
  readonly to: string;
  readonly dataset?: string;
  /** Where the load keeps what it needs beside the target. */
  readonly place?: Partial<PlaceOptions> | undefined;
}

/** Receives what happens while a plan is made. */
export interface PlanListener {
  readonly on_wait: (wait: Wait) => void;
  readonly on_detected: (detected: Omit<Extract<LoadEvent, { type: 'detected' }>, 'type'>) => void;
}

/**
 * Asks what each table takes. A table's refusal is its own: it is in the plan. Throws the refusal if every
 * table is refused for one reason, and what makes a load impossible.
 */
export async function planReads(
  endpoints: readonly EndpointConfig[],
  options: PlanOptions,
  http: Http,
  listener: PlanListener,
): Promise<PlannedRead[]> {
  const plan: PlannedRead[] = [];
  const failures: XanoError[] = [];
  for (const step of await stepsOf(endpoints, options))
    plan.push(await plannedRead(step, http, listener, (error) => failures.push(error)));
  // If no table can be read, that is an error instead of a plan.
  if (failures.length === plan.length && new Set(failures.map(({ code }) => code)).size === 1)
    throw failures[0]!;
  return plan;
}

/** The steps of the load, as its destination names tables. Creates nothing there. */
async function stepsOf(
  endpoints: readonly EndpointConfig[],
  { to, place, ...options }: PlanOptions,
): Promise<readonly LoadStep[]> {
  const destination = await openDestination(to, {
    ...(options.dataset === undefined ? {} : { dataset: options.dataset }),
    ...place,
  });
  try {
    return planInto(endpoints, { ...options, destination });
  } finally {
    await destination.close();
  }
}

/** What one table takes. Its refusal is its own; only a token that does not work ends the plan. */
async function plannedRead(
  { endpoint, target, first_request }: LoadStep,
  http: Http,
  { on_wait, on_detected }: PlanListener,
  on_failure: (error: XanoError) => void,
): Promise<PlannedRead> {
  const known = { resource: endpoint.name, target: `${target.schema}.${target.name}` };
  const sender = { on_wait };
  // The number of parent records is unknown until they are loaded.
  if (endpoint.parent !== undefined)
    return { ...known, rows: null, pages: null, requests: null, first_request };
  try {
    const { endpoint: resolved, detection } = await resolveEndpoint(endpoint, http, sender);
    if (detection !== null) {
      const { data_selector, pagination, reasons } = detection;
      const summary = { data_selector, pagination: pagination.type, reason: reasons.join('; ') };
      on_detected({ resource: endpoint.name, ...summary });
    }
    const counted = await countRecords(resolved, http, {}, sender);
    const rows = counted === null ? null : Math.min(counted, resolved.limit ?? counted);
    return { ...known, rows, ...expectedRequests(resolved, rows), first_request: firstPage(resolved) };
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (endsEverything(error)) throw error;
    on_failure(error);
    return { ...known, rows: null, pages: null, requests: null, first_request, error: errorReport(error) };
  }
}
