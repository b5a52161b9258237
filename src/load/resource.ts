/** Loads one resource: opens its target, reads, proves, publishes. Whatever goes wrong is in its report. */
import type { Destination, Staged, TargetWriter } from '../destinations/destination.js';
import { asXanoError, errorReport, XanoError } from '../errors.js';
import type { Completeness, LoadEvent, LoadReport, ResourceReport } from '../events.js';
import type { Http, Traffic } from '../rest/http.js';
import { sqlType, storedNames } from '../target.js';
import { differentRows, judge } from './complete.js';
import type { LoadStep } from './plan.js';
import { type Reading, type ReadResult, readResource, rejectedBefore } from './read.js';

/** What loading one resource needs. */
export interface ResourceOptions {
  readonly step: LoadStep;
  readonly load_id: string;
  readonly destination: Destination;
  readonly http: Http;
  readonly strict?: boolean;
  readonly restart?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly now: () => number;
  readonly emit: (event: LoadEvent) => void;
  /** The load's report so far, with this resource's as its last. */
  readonly reportWith: (own: ResourceReport) => LoadReport;
}

/** What a load that was stopped is told as. */
export function interruption(signal: AbortSignal | undefined): XanoError {
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

/** The report of a resource that was not begun. */
export function skippedResource(step: LoadStep, error: XanoError): ResourceReport {
  return { ...blank(step), status: 'skipped', error: errorReport(error) };
}

/** Loads one resource. Whatever goes wrong is in the report that comes back. */
export async function loadResource(options: ResourceOptions): Promise<ResourceReport> {
  const { step, load_id, emit, now } = options;
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
    sayRenamed(step, emit);

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
    if (completeness === 'incomplete' || result.moved) {
      // Rows that moved while they were read, most likely: once more from the start, then it is said.
      const because = result.moved
        ? 'rows came or went meanwhile, which moves others from page to page'
        : `Xano counts ${result.rows_expected} rows, but ${differentRows(staged)} arrived`;
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
    // Every key is one of the values that did not fit: what would be published could never be compared with anything again.
    if (staged.rows > 0 && staged.distinct_keys === 0 && seen.rejected >= staged.rows) {
      await writer.abort({ keep: false });
      const key = endpoint.primary_key.join(', ');
      const error = new XanoError(
        'VALUES_REJECTED',
        `No row of "${resource}" has a "${key}" that fits its column: nothing was replaced.`,
        { hint: `Look at the type of "${key}" in Xano, and at what it sends (xano load --debug).` },
      );
      return report({ status: 'failed', completeness: null, error: errorReport(error) });
    }
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
      report: options.reportWith(done),
    });
    return report({ status: 'loaded', completeness, ...published });
  } catch (thrown) {
    const error = isAbort(thrown) ? interruption(options.signal) : asXanoError(thrown);
    await writer?.abort({ keep: error.code !== 'VALUES_REJECTED' && error.code !== 'BUG' }).catch(() => {});
    return report({ status: error.code === 'INTERRUPTED' ? 'skipped' : 'failed', error: errorReport(error) });
  }
}

/** Tells of names that DuckDB cannot tell apart from others. */
function sayRenamed({ endpoint, target }: LoadStep, emit: (event: LoadEvent) => void): void {
  const { name: resource, table_name } = endpoint;
  const because = 'DuckDB does not tell upper and lower case apart';
  const { columns } = target;
  for (const [i, to] of storedNames(columns).entries()) {
    const from = columns[i]!.name;
    if (to !== from) emit({ type: 'renamed', resource, from, to, because });
  }
  if (table_name !== undefined && table_name !== resource)
    emit({ type: 'renamed', resource, from: resource, to: table_name, because });
}

/** Reads, then compares what is staged with what the server counts. */
async function readAndJudge(
  reading: Reading,
): Promise<ReadResult & { readonly staged: Staged; readonly completeness: Completeness }> {
  const result = await readResource(reading);
  const staged = await reading.writer.staged();
  return { ...result, staged, completeness: judge({ ...staged, ...result }) };
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
