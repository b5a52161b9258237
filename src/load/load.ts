/** Runs a plan: reads each resource, proves it, publishes it, and says what happened. */
import pLimit from 'p-limit';
import type { Destination, Staged, TargetWriter } from '../destinations/destination.js';
import { asXanoError, errorReport, XanoError } from '../errors.js';
import type { Completeness, LoadEvent, LoadReport, ResourceReport } from '../events.js';
import type { EndpointConfig } from '../rest/config.js';
import type { Http, Traffic } from '../rest/http.js';
import { sqlType, storedNames } from '../target.js';
import { differentRows, judge } from './complete.js';
import { type LoadStep, planLoad } from './plan.js';
import { type Reading, type ReadResult, readResource, rejectedBefore } from './read.js';

/** What a load needs beside its configs. */
export interface LoadOptions {
  readonly destination: Destination;
  readonly http: Http;
  /** The schema that the tables go to. Default `xano_data`. */
  readonly dataset?: string;
  /** How many resources are read at a time. Default 4. */
  readonly concurrency?: number;
  /** Fail a resource when a value does not fit its column, instead of keeping the value aside. */
  readonly strict?: boolean;
  /** Forget rows of an earlier load that did not finish. */
  readonly restart?: boolean;
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
  const steps = planLoad(endpoints, dataset);
  await destination.prepare();
  const started = now();
  const load_id = loadId(started, random());
  const emit = (event: LoadEvent): void => options.on_event?.(event);
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
    };
  };

  emit({
    type: 'load_started',
    load_id,
    destination: destination.label,
    resources: steps.map(({ endpoint }) => endpoint.name),
  });
  const limit = pLimit(concurrency);
  /** Once the token is refused, asking on for every other table would only repeat it. */
  let over: XanoError | undefined;
  await Promise.all(
    steps.map((step) =>
      limit(async () => {
        const report =
          over === undefined && options.signal?.aborted !== true
            ? await loadResource(step, load_id, options, emit, (own) => ({
                ...reportNow(),
                resources: [...reportNow().resources, own],
              }))
            : skipped(step, over ?? interruption(options.signal));
        if (report.error !== undefined && /^TOKEN_/.test(report.error.code))
          over ??= new XanoError(report.error.code, report.error.message, { hint: report.error.hint });
        resources.set(step.identity, report);
        emit({ type: 'resource_finished', report });
      }),
    ),
  );
  const report = reportNow();
  await destination.record(report);
  emit({ type: 'load_finished', report });
  return report;
}

function statusOf(resources: readonly ResourceReport[], aborted: boolean): LoadReport['status'] {
  const loaded = resources.filter(({ status }) => status === 'loaded').length;
  if (loaded === resources.length) return 'loaded';
  if (aborted) return 'interrupted';
  return loaded > 0 ? 'partial' : 'failed';
}

function interruption(signal: AbortSignal | undefined): XanoError {
  return signal?.reason instanceof XanoError
    ? signal.reason
    : new XanoError('INTERRUPTED', 'The load was stopped.');
}

function blank(step: LoadStep): Omit<ResourceReport, 'status'> {
  return {
    resource: step.endpoint.name,
    target: `${step.target.schema}.${step.target.name}`,
    completeness: null,
    rows_expected: null,
    rows_read: 0,
    rows_written: 0,
    rows_deleted: 0,
    values_rejected: 0,
    columns_added: [],
    columns_left_out: step.endpoint.left_out,
    read_by: step.endpoint.pagination.type,
    requests: 0,
    pages: 0,
    bytes: 0,
    duration_ms: 0,
    resumed: false,
  };
}

const skipped = (step: LoadStep, error: XanoError): ResourceReport => ({
  ...blank(step),
  status: 'skipped',
  error: errorReport(error),
});

/** Loads one resource. Whatever goes wrong is in the report that comes back. */
async function loadResource(
  step: LoadStep,
  load_id: string,
  options: LoadOptions,
  emit: (event: LoadEvent) => void,
  reportWith: (own: ResourceReport) => LoadReport,
): Promise<ResourceReport> {
  const { now = Date.now } = options;
  const { endpoint, target, identity, fingerprint } = step;
  const resource = endpoint.name;
  const started = now();
  const traffic: Traffic = { requests: 0, bytes: 0 };
  const added = new Set<string>();
  const seen = {
    rows: 0,
    pages: 0,
    expected: null as number | null,
    rejected: 0,
    read_by: endpoint.pagination.type as string,
  };
  let resumed = false;
  let writer: TargetWriter | undefined;

  const report = (rest: Partial<ResourceReport> & Pick<ResourceReport, 'status'>): ResourceReport => ({
    ...blank(step),
    rows_expected: seen.expected,
    rows_read: seen.rows,
    values_rejected: seen.rejected,
    columns_added: [...added],
    read_by: seen.read_by,
    requests: traffic.requests,
    pages: seen.pages,
    bytes: traffic.bytes,
    duration_ms: now() - started,
    resumed,
    ...rest,
  });

  const forget = (): void => {
    Object.assign(seen, { rows: 0, rejected: 0, expected: null });
    resumed = false;
    added.clear();
  };

  try {
    const origin = endpoint.origin ?? null;
    const plan = {
      resource,
      target,
      write_disposition: endpoint.write_disposition,
      identity,
      fingerprint,
      origin,
      load_id,
    };
    writer = await options.destination.openTarget(plan);
    // Values that --strict refuses may be among the rows kept of a load without it.
    const anew =
      options.restart === true || (options.strict === true && rejectedBefore(writer.unfinished) > 0);
    if (anew) await writer.clear();
    const unfinished = anew ? null : writer.unfinished;
    resumed = unfinished !== null;
    seen.rows = unfinished?.rows ?? 0;
    seen.rejected = rejectedBefore(unfinished);
    for (const { name } of unfinished?.columns_added ?? []) added.add(name);
    emit({ type: 'resource_started', resource, resumed_rows: seen.rows });
    const { columns } = target;
    for (const [i, stored] of storedNames(columns).entries())
      if (stored !== columns[i]!.name)
        emit({
          type: 'renamed',
          resource,
          from: columns[i]!.name,
          to: stored,
          because: 'DuckDB does not tell upper and lower case apart',
        });
    if (endpoint.table_name !== undefined && endpoint.table_name !== resource)
      emit({
        type: 'renamed',
        resource,
        from: resource,
        to: endpoint.table_name,
        because: 'DuckDB does not tell upper and lower case apart',
      });

    const reading: Reading = {
      config: endpoint,
      http: options.http,
      writer,
      unfinished,
      sender: { traffic, on_wait: (wait) => emit({ type: 'waiting', resource, ...wait }) },
      on_page: (page) => {
        seen.rows += page.count;
        seen.pages++;
        seen.rejected += page.rejects.length;
        // What is counted beside a page of a keyset is what was still to come with it.
        if (page.total !== null && seen.expected === null)
          seen.expected = page.total + (seen.read_by === 'keyset' ? seen.rows - page.count : 0);
        if (options.strict === true && page.rejects.length > 0)
          throw strictFailure(resource, page.rejects[0]!);
        emit({
          type: 'page_read',
          resource,
          rows_read: seen.rows,
          rows_expected: seen.expected,
          bytes: traffic.bytes,
        });
      },
      on_column: (column) => {
        added.add(column.name);
        emit({ type: 'column_added', resource, column: column.name, column_type: sqlType(column) });
      },
      on_change: ({ read_by, ...change }) => {
        emit({ type: 'read_differently', resource, ...change });
        seen.read_by = read_by;
      },
      on_restart: forget,
    };
    let { staged, completeness, ...result } = await readAndJudge(reading);
    if (completeness === 'incomplete') {
      // Rows that moved while they were read, most likely: once more from the start, then it is said.
      const because = `Xano counts ${result.rows_expected} rows, but ${differentRows(staged)} arrived`;
      emit({
        type: 'read_differently',
        resource,
        from: seen.read_by,
        to: `${seen.read_by}, once more from the start`,
        because,
      });
      await writer.clear();
      forget();
      ({ staged, completeness, ...result } = await readAndJudge({
        ...reading,
        config: result.config,
        unfinished: null,
      }));
    }
    seen.expected = result.rows_expected;
    options.signal?.throwIfAborted();
    if (completeness === 'incomplete') {
      const have = differentRows(staged);
      await writer.abort({ keep: false });
      const error = new XanoError(
        'INCOMPLETE',
        `Xano counts ${result.rows_expected} rows of "${resource}", but ${have} arrived: nothing was replaced.`,
      );
      return report({ status: 'failed', completeness, error: errorReport(error) });
    }
    const done = report({ status: 'loaded', completeness });
    const published = await writer.commit({
      completeness,
      rows_expected: result.rows_expected,
      report: reportWith(done),
    });
    return report({ status: 'loaded', completeness, ...published });
  } catch (thrown) {
    const error = isAbort(thrown) ? interruption(options.signal) : asXanoError(thrown);
    await writer?.abort({ keep: error.code !== 'VALUES_REJECTED' && error.code !== 'BUG' }).catch(() => {});
    return report({ status: error.code === 'INTERRUPTED' ? 'skipped' : 'failed', error: errorReport(error) });
  }
}

/** Reads, then compares what is staged with what the server counts. */
async function readAndJudge(
  reading: Reading,
): Promise<ReadResult & { readonly staged: Staged; readonly completeness: Completeness }> {
  const result = await readResource(reading);
  const staged = await reading.writer.staged();
  return { ...result, staged, completeness: judge({ ...staged, rows_expected: result.rows_expected }) };
}

/** What a signal throws that was aborted without a reason of ours. */
const isAbort = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'AbortError';

function strictFailure(
  resource: string,
  reject: { row_key: string | null; column: string; reason: string },
): XanoError {
  const row = reject.row_key === null ? 'a row' : `row ${reject.row_key}`;
  return new XanoError(
    'VALUES_REJECTED',
    `Column "${reject.column}" of ${row} in "${resource}" does not fit: ${reject.reason}. Nothing was replaced.`,
  );
}
