/** One load while it runs: what all of its resources share, and its report so far. */
import type { Remembered } from '../destinations/destination.js';
import type { XanoError } from '../errors.js';
import type { LoadEvent, LoadReport, ResourceReport } from '../events.js';
import { redactedIn } from '../rest/http/auth/redact.js';
import type { LoadOptions } from './load-options.js';
import type { LoadStep } from './plan.js';

/** What the resources of a load share. */
export interface LoadRun {
  readonly options: LoadOptions;
  readonly steps: readonly LoadStep[];
  readonly load_id: string;
  /** Epoch milliseconds. */
  readonly started: number;
  readonly now: () => number;
  readonly emit: (event: LoadEvent) => void;
  /**
   * The largest page that is known to be given of lists of one URL template: looked up here, and added to.
   */
  readonly page_sizes: Map<string, number>;
  /** Reports of the resources that have ended, by identity. */
  readonly reports: Map<string, ResourceReport>;
  /** Tables of earlier loads that are gone at the source. */
  gone: readonly Remembered[];
}

/** One resource of a load. */
export interface ResourceTask {
  readonly run: LoadRun;
  readonly step: LoadStep;
  /** The plan of the resource whose records have the lists that this one is. */
  readonly parent: LoadStep | undefined;
  /** Whether no other resource waits to be read with the same credentials. */
  readonly is_alone: () => boolean;
  /** Hears that the resource needs its server no more: it is only published from now on. */
  readonly on_read: () => void;
  /** Gets what ended the resource, with more than its report says. */
  readonly on_failure: (error: XanoError) => void;
}

/** The report of the resources that have ended. */
export function reportOf({ options, steps, load_id, started, now, reports, gone }: LoadRun): LoadReport {
  const done = steps.flatMap(({ identity }) => reports.get(identity) ?? []);
  return {
    load_id,
    started_at: new Date(started).toISOString(),
    finished_at: new Date(now()).toISOString(),
    status: statusOf(done, options.signal?.aborted === true),
    destination: options.destination.label,
    requests: done.reduce((sum, { requests }) => sum + requests, 0),
    bytes: done.reduce((sum, { bytes }) => sum + bytes, 0),
    resources: done,
    gone: gone.map(({ target }) => target),
  };
}

/** The report so far, with this resource as its last. */
export function reportWith(run: LoadRun, unfinished: ResourceReport): LoadReport {
  const report = reportOf(run);
  return { ...report, resources: [...report.resources, redactedIn(unfinished, run.options.http.redact)] };
}

function statusOf(resources: readonly ResourceReport[], aborted: boolean): LoadReport['status'] {
  const loaded = resources.filter(({ status }) => status === 'loaded').length;
  const isComplete = resources.every(({ parents_not_read }) => parents_not_read === undefined);
  if (loaded === resources.length && isComplete) return 'loaded';
  if (aborted && loaded < resources.length) return 'interrupted';
  return loaded > 0 ? 'partial' : 'failed';
}
