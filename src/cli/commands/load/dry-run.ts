/** `xano load --dry-run`: prints the plan with its expected requests, and writes nothing. */
import {
  asXanoError,
  countRecords,
  destinationLabel,
  type EndpointConfig,
  ERRORS,
  type ErrorReport,
  endsEverything,
  errorReport,
  expectedRequests,
  firstPage,
  type Http,
  type LoadStep,
  openDestination,
  planInto,
  resolveEndpoint,
  type XanoError,
} from '../../../index.js';
import { sayWaits } from '../../output/notes.js';
import type { Printer } from '../../output/output.js';
import { counted } from '../../output/text.js';
import { detectionInWords } from '../../progress/event-lines.js';
import type { LoadChoice } from './run-load.js';

interface PlannedRead {
  readonly resource: string;
  readonly target: string;
  readonly rows: number | null;
  readonly pages: number | null;
  readonly requests: number | null;
  readonly first_request: LoadStep['first_request'];
  readonly error?: ErrorReport;
}

/** What a plan depends on, beside its endpoints, and how it is printed. */
interface PlanChoice extends Pick<LoadChoice, 'to' | 'dataset' | 'nested' | 'flatten' | 'place'> {
  readonly json: boolean;
}

/** Prints the plan of a load. Returns its exit status: LOAD_PARTIAL's when a table could not be asked. */
export async function dryRun(
  endpoints: readonly EndpointConfig[],
  choice: PlanChoice,
  http: Http,
  printer: Printer,
): Promise<number> {
  const plan: PlannedRead[] = [];
  const failures: XanoError[] = [];
  for (const step of await stepsOf(endpoints, choice))
    plan.push(await plannedRead(step, http, printer, (error) => failures.push(error)));
  // If no table can be read, that is an error instead of a plan.
  if (failures.length === plan.length && new Set(failures.map(({ code }) => code)).size === 1)
    throw failures[0]!;
  const destination = destinationLabel(choice.to);
  if (choice.json) printer.json({ destination, resources: plan });
  else printPlan(plan, destination, printer);
  const refused = plan.filter(({ error }) => error !== undefined);
  for (const { resource, error } of refused) printer.error(`${resource}: ${error!.message} ${error!.hint}`);
  return refused.length === 0 ? 0 : ERRORS.LOAD_PARTIAL.exit;
}

/** The steps of the load, as its destination names tables. Creates nothing there. */
async function stepsOf(
  endpoints: readonly EndpointConfig[],
  { to, place, ...options }: Omit<PlanChoice, 'json'>,
): Promise<readonly LoadStep[]> {
  const destination = await openDestination(to, { dataset: options.dataset, ...place });
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
  printer: Printer,
  on_failure: (error: XanoError) => void,
): Promise<PlannedRead> {
  const known = { resource: endpoint.name, target: `${target.schema}.${target.name}` };
  const sender = { on_wait: sayWaits(printer) };
  // The number of parent records is unknown until they are loaded.
  if (endpoint.parent !== undefined)
    return { ...known, rows: null, pages: null, requests: null, first_request };
  try {
    const { endpoint: resolved, detection } = await resolveEndpoint(endpoint, http, sender);
    if (detection !== null) {
      const { data_selector, pagination, reasons } = detection;
      const summary = { data_selector, pagination: pagination.type, reason: reasons.join('; ') };
      printer.note(detectionInWords({ resource: endpoint.name, ...summary }));
    }
    const rows = await countRecords(resolved, http, {}, sender);
    return { ...known, rows, ...expectedRequests(resolved, rows), first_request: firstPage(resolved) };
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (endsEverything(error)) throw error;
    on_failure(error);
    return { ...known, rows: null, pages: null, requests: null, first_request, error: errorReport(error) };
  }
}

function printPlan(plan: readonly PlannedRead[], to: string, printer: Printer): void {
  const words = (value: number | null): string => (value === null ? '?' : printer.number(value));
  printer.table(
    ['table', 'rows', 'pages', 'requests', 'target'],
    plan.map(({ resource, rows, pages, requests, target }) => [
      resource,
      words(rows),
      words(pages),
      words(requests),
      target,
    ]),
    [1, 2, 3],
    // target, pages
    [4, 2],
  );
  const total = (of: 'rows' | 'pages' | 'requests'): string =>
    counted(
      plan.reduce((sum, step) => sum + (step[of] ?? 0), 0),
      of.slice(0, -1),
    );
  printer.note(
    `${counted(plan.length, 'table')}, ${total('rows')}, ${total('pages')}, ${total('requests')} → ${to}. Nothing was written.`,
  );
}
