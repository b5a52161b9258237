/**
 * Schedules the resources of a load: a few at a time, parents first, and none with credentials that were
 * refused.
 */
import pLimit, { type LimitFunction } from 'p-limit';
import { amended, XanoError } from '../errors.js';
import type { ResourceReport } from '../events.js';
import { redactedIn } from '../rest/http/auth/redact.js';
import { loadResource } from './load-resource.js';
import type { LoadRun, ResourceTask } from './load-run.js';
import type { LoadStep } from './plan.js';
import { interruption, skippedResource } from './resource-report.js';

interface Schedule {
  readonly run: LoadRun;
  /** Resources that are read at the same time. */
  readonly reading: LimitFunction;
  /** Those, and the ones that were read and wait to be published. */
  readonly open: LimitFunction;
  /** Errors of refused credentials: by auth, or by auth and server where only that server refuses them. */
  readonly refused: Map<string, XanoError>;
  /** Identities of the resources whose turn has come. */
  readonly begun: Set<string>;
  /** Reports to come, by identity: a list of parents waits for theirs. */
  readonly ends: Map<string, Promise<ResourceReport>>;
}

/** Small tables that wait are published together. Each has a session, and its rows in staging. */
const MOST_WAITING = 28;

/** Loads the resources of a run, beginning in this order. */
export async function loadAll(run: LoadRun, order: readonly LoadStep[]): Promise<void> {
  const { concurrency = 4, destination } = run.options;
  const { publishes_together = false } = destination;
  const schedule: Schedule = {
    run,
    reading: pLimit(concurrency),
    open: pLimit(concurrency > 1 && publishes_together ? concurrency + MOST_WAITING : concurrency),
    refused: new Map(),
    begun: new Set(),
    ends: new Map(),
  };
  await Promise.all(order.map((step) => begin(schedule, step)));
}

/** Begins a resource once; gives its report. */
function begin(schedule: Schedule, step: LoadStep): Promise<ResourceReport> {
  const { run, reading, open, ends } = schedule;
  const begun = ends.get(step.identity);
  if (begun !== undefined) return begun;
  const wanted = step.endpoint.parent?.resource;
  const parent = run.steps.find(({ endpoint }) => endpoint.name === wanted);
  const end = (async () => {
    const above = parent === undefined ? undefined : await begin(schedule, parent);
    return open(
      () =>
        new Promise<ResourceReport>((resolve, reject) => {
          const read = (): Promise<void> =>
            new Promise((on_read) => {
              takeTurn(schedule, step, { parent, above, on_read }).then(resolve, reject).finally(on_read);
            });
          void reading(read);
        }),
    );
  })();
  ends.set(step.identity, end);
  return end;
}

/** What the turn of a resource depends on. */
interface Turn extends Pick<ResourceTask, 'parent' | 'on_read'> {
  /** The report of its parents. */
  readonly above: ResourceReport | undefined;
}

async function takeTurn(
  { run, refused, begun }: Schedule,
  step: LoadStep,
  { parent, above, on_read }: Turn,
): Promise<ResourceReport> {
  const { options, steps, reports, emit } = run;
  const { signal, http } = options;
  const auth = JSON.stringify(step.endpoint.auth);
  const at_server = credentialsAtServer(step);
  begun.add(step.identity);
  const ended = refused.get(auth) ?? refused.get(at_server) ?? lackOf(above);
  const report =
    ended === undefined && signal?.aborted !== true
      ? await loadResource({
          run,
          step,
          parent,
          on_read,
          is_alone: () =>
            steps.every(
              (candidate) => begun.has(candidate.identity) || credentialsAtServer(candidate) !== at_server,
            ),
          on_failure: (error) => {
            if (error.rules_out === undefined) return;
            const key = error.rules_out === 'credentials' ? auth : at_server;
            if (!refused.has(key)) refused.set(key, refusedFor(step.endpoint.name, error));
          },
        })
      : skippedResource(step, ended ?? interruption(signal));
  reports.set(step.identity, redactedIn(report, http.redact));
  emit({ type: 'resource_finished', report });
  return report;
}

/** Identifies credentials at one server. */
function credentialsAtServer({ endpoint: { auth, base_url } }: LoadStep): string {
  return `${JSON.stringify(auth)} ${new URL(base_url).origin}`;
}

/** The error of a list whose credentials were refused for another list. */
function refusedFor(resource: string, error: XanoError): XanoError {
  return amended(error, {
    message: `Not requested, because the server refused the login that it shares with "${resource}".`,
  });
}

/** The error of a list whose parents were not loaded. */
function lackOf(parent: ResourceReport | undefined): XanoError | undefined {
  if (parent?.error === undefined) return undefined;
  const { code, hint } = parent.error;
  return new XanoError(code, `It depends on "${parent.resource}", which was not loaded.`, {
    hint,
  });
}
