/**
 * Moves lists into tables. Each resource is planned, read, verified and published on its own.
 * In: endpoint configs, a destination, a client.
 * Out: tables with their state, events while it runs, and a report of what happened.
 */
import type { Remembered } from '../destinations/destination.js';
import { asXanoError } from '../errors.js';
import type { LoadReport } from '../events.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { redactedIn } from '../rest/http/auth/redact.js';
import { hasSameId, isSibling } from '../table/source-ids.js';
import type { LoadOptions } from './load-options.js';
import { type LoadRun, reportOf } from './load-run.js';
import type { LoadStep } from './plan.js';
import { followProgress } from './progress/follow-progress.js';
import { loadAll } from './schedule.js';
import { planInto } from './target-plan.js';

/** A load's id, such as `20261121T101502Z-4f2a`; ids sort by time. */
export function loadId(now: number, random: string): string {
  return `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${random}`;
}

const randomHex = (): string =>
  Math.floor(Math.random() * 0x10000)
    .toString(16)
    .padStart(4, '0');

/**
 * Loads lists into a destination. A resource's failure is in its report and is never thrown. Throws USAGE or
 * CONFIG_INVALID for an impossible plan, and what the destination throws when it cannot be used at all.
 */
export async function load(endpoints: readonly EndpointConfig[], options: LoadOptions): Promise<LoadReport> {
  const { destination, http, now = Date.now, random = randomHex } = options;
  const steps = planInto(endpoints, options, http.withListedValues);
  const { set_aside } = await destination.prepare();
  const { page_sizes } = await destination.server_limits();
  const started = now();
  const progress = followProgress(now);
  const run: LoadRun = {
    options,
    steps,
    load_id: loadId(started, random()),
    started,
    now,
    emit: (given) => {
      // Column names and server messages may repeat the token. Rows are data and stay as they are.
      const event = redactedIn(given, http.redact);
      progress.follow(event);
      destination.announce?.(() => progress.current()!);
      options.on_event?.(event);
    },
    page_sizes: new Map(Object.entries(page_sizes)),
    reports: new Map(),
    gone: [],
  };
  const { emit } = run;
  emit({
    type: 'load_started',
    load_id: run.load_id,
    destination: destination.label,
    resources: steps.map(({ endpoint }) => endpoint.name),
  });
  if (set_aside !== null) emit({ type: 'staging_set_aside', ...set_aside });
  await loadAll(run, options.oldest_first === true ? oldestFirst(steps, await recalled(run)) : steps);
  // After the loads: a table that is gone may have been moved aside for another of the same name.
  if (options.complete === true) run.gone = goneOf(await recalled(run), steps);
  for (const { resource, target, rows, loaded_at } of run.gone)
    emit({ type: 'resource_gone', resource, target, rows, loaded_at });
  const report = reportOf(run);
  await record(run, report, page_sizes);
  emit({ type: 'load_finished', report });
  return report;
}

/** What the destination remembers; nothing where it cannot say. */
const recalled = ({ options }: LoadRun): Promise<readonly Remembered[]> =>
  options.destination.recall().catch(() => []);

/** Stores the report, and the page sizes that this load has found out. */
async function record(
  { options, page_sizes, emit }: LoadRun,
  report: LoadReport,
  known: Readonly<Record<string, number>>,
): Promise<void> {
  try {
    // A size that was known before keeps its date, or larger pages would never be tried again.
    const news = [...page_sizes].filter(([template, size]) => known[template] !== size);
    await options.destination.record(report, { page_sizes: Object.fromEntries(news) });
  } catch (thrown) {
    // The tables are published, each with its state: the caller gets the report even if its copy could not be
    // stored.
    emit({ type: 'not_recorded', reason: asXanoError(thrown).message });
  }
}

function oldestFirst(steps: readonly LoadStep[], remembered: readonly Remembered[]): readonly LoadStep[] {
  const loadedAt = new Map(remembered.map(({ identity, loaded_at }) => [identity, Date.parse(loaded_at)]));
  const age = ({ identity }: LoadStep): number => loadedAt.get(identity) ?? 0;
  return steps.toSorted((a, b) => age(a) - age(b));
}

/** Tables of the same source, in the same schema, that no config reads any more. */
function goneOf(remembered: readonly Remembered[], steps: readonly LoadStep[]): readonly Remembered[] {
  return remembered.filter(
    ({ identity, origin, target }) =>
      steps.every((step) => step.identity !== identity) &&
      steps.some(
        ({ endpoint, target: { schema } }) =>
          target.startsWith(`${schema}.`) && isSibling(origin, endpoint.origin ?? null),
      ) &&
      !steps.some(({ endpoint }) => hasSameId(endpoint.origin ?? null, origin)),
  );
}
