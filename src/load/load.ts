/** Runs a plan: reads each resource, proves it, publishes it, and says what happened. */
import pLimit from 'p-limit';
import type { Destination, Remembered } from '../destinations/destination.js';
import { isSibling } from '../destinations/state/source.js';
import { amended, asXanoError, XanoError } from '../errors.js';
import type { LoadEvent, LoadReport, ResourceReport } from '../events.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { redactedIn } from '../rest/http/auth/redact.js';
import type { Http } from '../rest/http/client.js';
import type { Nested } from '../table/column.js';
import { interruption, loadResource, skippedResource } from './load-resource.js';
import { type LoadStep, planLoad } from './plan.js';

/** What a load needs beside its configs. */
export interface LoadOptions {
  readonly destination: Destination;
  readonly http: Http;
  /** The schema that the tables go to. Default `xano_data`. */
  readonly dataset?: string;
  /** How many resources are read at a time. Default 4. */
  readonly concurrency?: number;
  /** Whether several requests of one list may be under way at once. Default true. */
  readonly parallel_requests?: boolean | undefined;
  /** Fail a resource when a value does not fit its column, instead of keeping the value aside. */
  readonly strict?: boolean;
  /** Forget rows of an earlier load that did not finish. */
  readonly restart?: boolean;
  /** Replace a table that had rows by an empty one, or remove all of its rows. */
  readonly allow_empty?: boolean;
  /** Let a table lose more than half of its rows. */
  readonly allow_shrink?: boolean;
  /** merge: remove rows that are gone at the source, instead of marking them. */
  readonly hard_delete?: boolean;
  /** How values that are objects or lists are kept, whatever configs say. */
  readonly nested?: Nested | undefined;
  /** Whether lists in rows become tables of their own, whatever configs say. */
  readonly flatten?: boolean | undefined;
  /** The configs are all there are of their place: what was loaded from there before, and is not among them, is gone. */
  readonly complete?: boolean;
  /** Begin with what was never loaded, then with what was loaded longest ago: where time may run out, nothing stays behind for ever. */
  readonly oldest_first?: boolean;
  readonly on_event?: (event: LoadEvent) => void;
  /** Aborting it ends the load; rows that were staged stay for the next one. */
  readonly signal?: AbortSignal | undefined;
  /** Epoch milliseconds. Default Date.now. */
  readonly now?: () => number;
  /** Four hexadecimal digits that tell loads of the same second apart. */
  readonly random?: () => string;
}

/** A load's name: sorts by time, `20261121T101502Z-4f2a`. */
export function loadId(now: number, random: string): string {
  return `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${random}`;
}

const randomHex = (): string =>
  Math.floor(Math.random() * 0x10000)
    .toString(16)
    .padStart(4, '0');

/**
 * Loads lists into a destination. Never throws for one resource's failure: that is in its report. Throws USAGE for a plan that
 * cannot be, and what the destination throws when it cannot be used at all.
 */
export async function load(endpoints: readonly EndpointConfig[], options: LoadOptions): Promise<LoadReport> {
  const { destination, dataset = 'xano_data', concurrency = 4, now = Date.now, random = randomHex } = options;
  const steps = planLoad(endpoints, dataset, options.http.withListedValues);
  const { set_aside } = await destination.prepare();
  let gone: readonly Remembered[] = [];
  const server_limits = await destination.server_limits();
  const page_sizes = new Map(Object.entries(server_limits.page_sizes));
  const started = now();
  const load_id = loadId(started, random());
  const { redact } = options.http;
  // Names of columns and words of a server may repeat the token; rows are data and stay as they are.
  const emit = (event: LoadEvent): void => options.on_event?.(redactedIn(event, redact));
  const resources = new Map<string, ResourceReport>();

  const reportNow = (): LoadReport => {
    const done = steps.flatMap(({ identity }) => resources.get(identity) ?? []);
    return {
      load_id,
      started_at: new Date(started).toISOString(),
      finished_at: new Date(now()).toISOString(),
      status: statusOf(done, options.signal?.aborted === true),
      destination: destination.label,
      requests: done.reduce((sum, { requests }) => sum + requests, 0),
      bytes: done.reduce((sum, { bytes }) => sum + bytes, 0),
      resources: done,
      gone: gone.map(({ target }) => target),
    };
  };

  const reportWith = (own: ResourceReport): LoadReport => {
    const report = reportNow();
    return { ...report, resources: [...report.resources, redactedIn(own, redact)] };
  };

  emit({
    type: 'load_started',
    load_id,
    destination: destination.label,
    resources: steps.map(({ endpoint }) => endpoint.name),
  });
  if (set_aside !== null) emit({ type: 'staging_set_aside', ...set_aside });
  const order =
    options.oldest_first === true ? oldestFirst(steps, await destination.recall().catch(() => [])) : steps;
  const limit = pLimit(concurrency);
  const tables = steps.map(({ target: { name } }) => name);
  /** Credentials that no other request can use: by their auth, and by the server where only that one refuses them. */
  const refused = new Map<string, XanoError>();
  const begun_reading = new Set<string>();
  /** By identity: what is read for each record of another resource waits for it. */
  const ends = new Map<string, Promise<ResourceReport>>();
  const begin = (step: LoadStep): Promise<ResourceReport> => {
    const { parent: named } = step.endpoint;
    const begun = ends.get(step.identity);
    if (begun !== undefined) return begun;
    const parent = steps.find(({ endpoint }) => endpoint.name === named?.resource);
    const run = async (): Promise<ResourceReport> => {
      const above = parent === undefined ? undefined : await begin(parent);
      return limit(async () => {
        const auth = JSON.stringify(step.endpoint.auth);
        const at_server = serverOf(step);
        begun_reading.add(step.identity);
        const ended = refused.get(auth) ?? refused.get(at_server) ?? lackOf(above);
        const report =
          ended === undefined && options.signal?.aborted !== true
            ? await loadResource({
                ...options,
                step,
                parent,
                load_id,
                emit,
                now,
                reportWith,
                page_sizes,
                tables,
                is_alone: () =>
                  steps.every((other) => begun_reading.has(other.identity) || serverOf(other) !== at_server),
                on_failure: (error) => {
                  if (error.rules_out === undefined) return;
                  const key = error.rules_out === 'credentials' ? auth : at_server;
                  const { name } = step.endpoint;
                  if (!refused.has(key)) refused.set(key, refusedFor(name, error));
                },
              })
            : skippedResource(step, ended ?? interruption(options.signal));
        resources.set(step.identity, redactedIn(report, redact));
        emit({ type: 'resource_finished', report });
        return report;
      });
    };
    const end = run();
    ends.set(step.identity, end);
    return end;
  };
  await Promise.all(order.map(begin));
  // Only now: a table that is gone may have been moved aside for one that has its name.
  if (options.complete === true) gone = goneOf(await destination.recall().catch(() => []), steps);
  for (const { resource, target, rows, loaded_at } of gone)
    emit({ type: 'resource_gone', resource, target, rows, loaded_at });
  const report = reportNow();
  try {
    // What was known before keeps the time at which it was learned, or it would never be tried again.
    const news = [...page_sizes].filter(([family, size]) => server_limits.page_sizes[family] !== size);
    await destination.record(report, { page_sizes: Object.fromEntries(news) });
  } catch (thrown) {
    // The tables are published, each with its own state: the report that says so must not be lost with its copy in the file.
    emit({ type: 'not_recorded', reason: asXanoError(thrown).message });
  }
  emit({ type: 'load_finished', report });
  return report;
}

/** What tells credentials at one server from all others. */
function serverOf({ endpoint: { auth, base_url } }: LoadStep): string {
  return `${JSON.stringify(auth)} ${new URL(base_url).origin}`;
}

/** Why a list is not asked for whose credentials were refused for another one. */
function refusedFor(resource: string, error: XanoError): XanoError {
  return amended(error, {
    message: `Not asked for, since the login that it shares with "${resource}" was refused.`,
  });
}

/** Why what is read for each record of another resource cannot be read. */
function lackOf(parent: ResourceReport | undefined): XanoError | undefined {
  if (parent?.error === undefined) return undefined;
  const { code, hint } = parent.error;
  return new XanoError(code, `It is read for each record of "${parent.resource}", which was not loaded.`, {
    hint,
  });
}

function oldestFirst(steps: readonly LoadStep[], remembered: readonly Remembered[]): readonly LoadStep[] {
  const loadedAt = new Map(remembered.map(({ identity, loaded_at }) => [identity, Date.parse(loaded_at)]));
  const age = ({ identity }: LoadStep): number => loadedAt.get(identity) ?? 0;
  return steps.toSorted((a, b) => age(a) - age(b));
}

/** Tables of the same place, in the same schema, that no config reads any more. */
function goneOf(remembered: readonly Remembered[], steps: readonly LoadStep[]): readonly Remembered[] {
  return remembered.filter(
    ({ identity, origin, target }) =>
      steps.every((step) => step.identity !== identity) &&
      steps.some(
        ({ endpoint, target: { schema } }) =>
          target.startsWith(`${schema}.`) && isSibling(origin, endpoint.origin ?? null),
      ) &&
      steps.every(({ endpoint }) => endpoint.origin?.['table_id'] !== origin?.['table_id']),
  );
}

function statusOf(resources: readonly ResourceReport[], aborted: boolean): LoadReport['status'] {
  const loaded = resources.filter(({ status }) => status === 'loaded').length;
  const isWhole = resources.every(({ parents_not_read }) => parents_not_read === undefined);
  if (loaded === resources.length && isWhole) return 'loaded';
  if (aborted && loaded < resources.length) return 'interrupted';
  return loaded > 0 ? 'partial' : 'failed';
}
