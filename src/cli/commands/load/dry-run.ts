/** `xano load --dry-run`: prints the plan with its expected requests, and writes nothing. */
import { destinationLabel, type EndpointConfig, ERRORS, type Http } from '../../../index.js';
import { type PlannedRead, planReads } from '../../../session/plan-reads.js';
import { sayWaits } from '../../output/notes.js';
import type { Printer } from '../../output/output.js';
import { counted } from '../../output/text.js';
import { detectionInWords } from '../../progress/event-lines.js';
import type { LoadChoice } from './run-load.js';

/** What a plan depends on, beside its endpoints, and how it is printed. */
interface PlanChoice
  extends Pick<LoadChoice, 'to' | 'dataset' | 'nested' | 'flatten' | 'mask_key' | 'place'> {
  readonly json: boolean;
}

/** Prints the plan of a load. Returns its exit status: LOAD_PARTIAL's when a table could not be asked. */
export async function dryRun(
  endpoints: readonly EndpointConfig[],
  choice: PlanChoice,
  http: Http,
  printer: Printer,
): Promise<number> {
  const plan = await planReads(endpoints, choice, http, {
    on_wait: sayWaits(printer),
    on_detected: (detected) => printer.note(detectionInWords(detected)),
  });
  const destination = destinationLabel(choice.to);
  if (choice.json) printer.json({ destination, resources: plan });
  else printPlan(plan, destination, printer);
  const refused = plan.filter(({ error }) => error !== undefined);
  for (const { resource, error } of refused) printer.error(`${resource}: ${error!.message} ${error!.hint}`);
  return refused.length === 0 ? 0 : ERRORS.LOAD_PARTIAL.exit;
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
