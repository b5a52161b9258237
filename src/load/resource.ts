/** Loads one resource: opens its target, reads, proves, publishes. Whatever goes wrong is in its report. */
import type { Destination, TargetWriter, Unfinished } from '../destinations/destination.js';
import { asXanoError, errorReport, isStop, XanoError } from '../errors.js';
import type { LoadEvent, LoadReport, ResourceReport } from '../events.js';
import { type EndpointConfig, isResolved, type ResolvedEndpoint } from '../rest/config.js';
import { detect } from '../rest/detect.js';
import type { Http, Sender, Traffic } from '../rest/http.js';
import { type Nested, sqlType, storedNames } from '../target.js';
import { assertColumns, type Parents } from './children.js';
import { differentRows } from './complete.js';
import { detectChild } from './detect-child.js';
import { familyOf } from './family.js';
import { withPagesUpTo } from './other-ways.js';
import type { LoadStep } from './plan.js';
import { type Proof, prove } from './prove.js';
import { type Reading, type ReadResult, readResource, rejectedBefore } from './read.js';
import { nextWatermark, startOf } from './start.js';
import { type Detected, parseResume } from './take.js';

/** What loading one resource needs. */
export interface ResourceOptions {
  readonly step: LoadStep;
  readonly load_id: string;
  readonly destination: Destination;
  readonly http: Http;
  readonly strict?: boolean;
  readonly restart?: boolean;
  readonly allow_empty?: boolean;
  readonly allow_shrink?: boolean;
  readonly hard_delete?: boolean;
  readonly nested?: Nested | undefined;
  readonly flatten?: boolean | undefined;
  /** The names of all tables of the load. */
  readonly tables: readonly string[];
  /** The largest page that is known to be given of each family of lists: looked up here, and added to. */
  readonly page_sizes: Map<string, number>;
  /** How many resources are read at a time; where it is one, so are requests. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal | undefined;
  readonly now: () => number;
  readonly emit: (event: LoadEvent) => void;
  /** The plan of the resource whose records have the lists that this one is. */
  readonly parent?: LoadStep | undefined;
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
    write_disposition: step.endpoint.write_disposition,
    completeness: null,
    rows_expected: null,
    rows_read: 0,
    rows_written: 0,
    rows_deleted: 0,
    rows_total: null,
    values_rejected: 0,
    columns_added: [],
    schema_changes: [],
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
  const { target, identity, fingerprint } = step;
  const { endpoint } = step;
  const family = familyOf(endpoint);
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
  let parents: Parents | undefined;

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
    // The clock may have been set back meanwhile.
    duration_ms: Math.max(0, now() - started),
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
      skip_known: endpoint.incremental?.cursor_path ?? null,
      hard_delete: options.hard_delete === true,
      allow_empty: options.allow_empty === true,
      allow_shrink: options.allow_shrink === true,
      nested: options.nested ?? endpoint.nested,
      flatten:
        (options.flatten ?? endpoint.flatten) === true
          ? { reserved: options.tables.filter((name) => name !== target.name) }
          : undefined,
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

    const sender: Sender = { traffic, on_wait: (wait) => emit({ type: 'waiting', resource, ...wait }) };
    parents = await findParents(options);
    const { config: resolved, detected } = await settleOpen(endpoint, options, unfinished, sender, parents);
    const config = withPagesUpTo(resolved, options.page_sizes.get(family));
    seen.read_by = config.pagination.type;
    const reading: Reading = {
      config,
      detected,
      parents,
      start: startOf(endpoint, writer),
      http: options.http,
      writer,
      unfinished,
      sender,
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
      known_page_size: () => options.page_sizes.get(family),
      on_page_size: (size) => {
        if ((options.page_sizes.get(family) ?? Number.POSITIVE_INFINITY) <= size) return;
        options.page_sizes.set(family, size);
        emit({ type: 'page_size_limited', resource, page_size: size });
      },
      side_by_side: options.concurrency !== 1,
      on_again: ({ expected, held }) =>
        emit({ type: 'read_again', resource, rows_expected: expected, rows_held: held }),
      now,
    };
    let { proof, ...result } = await readAndProve(reading);
    if (proof.completeness === 'incomplete' || result.moved) {
      // Rows that moved while they were read, most likely: once more from the start, then it is said.
      const because = result.moved
        ? 'rows came or went meanwhile, which moves others from page to page'
        : proof.rows_expected === null
          ? 'rows without a key can only be told apart where all of them are read'
          : `Xano counts ${proof.rows_expected} rows, but ${proof.held} ${proof.everything_needed === true ? 'are here with what is new' : 'arrived'}`;
      emit({
        type: 'read_differently',
        resource,
        from: seen.read_by,
        to: `${seen.read_by}, once more from the start`,
        because,
      });
      await writer.clear();
      forget();
      const everything = proof.everything_needed === true;
      const again = { ...reading, config: everything ? config : result.config };
      ({ proof, ...result } = await readAndProve({ ...again, unfinished: null, everything }));
    }
    const { staged, completeness, rows_expected, whole } = proof;
    seen.expected = rows_expected;
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
      await writer.abort({ keep: false });
      const error = new XanoError(
        'INCOMPLETE',
        `Xano counts ${rows_expected} rows of "${resource}", but ${proof.held} arrived: nothing was replaced.`,
      );
      return report({ status: 'failed', completeness, error: errorReport(error) });
    }
    const twins = staged.rows - differentRows(staged);
    const same = twins > 0 ? { rows_same_key: twins } : {};
    const done = report({ status: 'loaded', completeness, ...same });
    const published = await writer.commit({
      completeness,
      rows_expected,
      watermark:
        result.window?.watermark ??
        (await nextWatermark(endpoint, writer, { now: now(), rows: staged.rows })),
      whole,
      report: options.reportWith(done),
    });
    const { changes, ...counts } = published;
    for (const change of changes) emit({ type: 'schema_changed', resource, ...change });
    for (const left of counts.left_as_json ?? []) emit({ type: 'left_as_json', resource, ...left });
    return report({ status: 'loaded', completeness, ...same, ...counts, schema_changes: changes });
  } catch (thrown) {
    const error = isAbort(thrown) ? interruption(options.signal) : asXanoError(thrown);
    await writer?.abort({ keep: !FORGET.includes(error.code) }).catch(() => {});
    return report({ status: isStop(error) ? 'skipped' : 'failed', error: errorReport(error) });
  } finally {
    parents?.found.close();
  }
}

/** The rows whose lists a resource is; undefined where it is a list of its own. Throws CONFIG_INVALID where they lack a column. */
async function findParents({ step, parent, destination }: ResourceOptions): Promise<Parents | undefined> {
  const { endpoint } = step;
  if (endpoint.parent === undefined || parent === undefined) return undefined;
  const { bind, include } = endpoint.parent;
  // Rows that are replaced are those of every parent there is.
  const only_new = parent.endpoint.incremental !== undefined && endpoint.write_disposition !== 'replace';
  const found = await destination.readRows({
    identity: parent.identity,
    keys: [...new Set(Object.values(bind))],
    columns: include,
    newer_than: only_new ? step.identity : null,
  });
  try {
    assertColumns(endpoint, found);
  } catch (thrown) {
    found.close();
    throw thrown;
  }
  return { found, only_new };
}

/** Settles what a config leaves open: as the rows kept of an earlier load were read, or else by asking. */
async function settleOpen(
  endpoint: EndpointConfig,
  { http, emit }: ResourceOptions,
  unfinished: Unfinished | null,
  sender: Sender,
  parents: Parents | undefined,
): Promise<{ readonly config: ResolvedEndpoint; readonly detected: Detected | null }> {
  const kept = parseResume(unfinished)?.detected ?? null;
  if (isResolved(endpoint)) return { config: endpoint, detected: null };
  const found =
    kept === null
      ? parents === undefined
        ? await detect(endpoint, http, sender)
        : await detectChild(endpoint, parents, http, sender)
      : { ...kept, reasons: ['the rows kept of the last load were read that way'] };
  const { data_selector, pagination, reasons } = found;
  emit({
    type: 'detected',
    resource: endpoint.name,
    data_selector,
    pagination: pagination.type,
    because: reasons.join('; '),
  });
  const detected = { data_selector, pagination };
  return { config: { ...endpoint, ...detected }, detected };
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

/** Failures after which the same staged rows would only fail again. */
const FORGET: readonly string[] = ['VALUES_REJECTED', 'SHRUNK', 'CONFIG_INVALID', 'BUG'];

async function readAndProve(reading: Reading): Promise<ReadResult & { readonly proof: Proof }> {
  const result = await readResource(reading);
  return { ...result, proof: await prove(reading, result) };
}

/** What a signal throws that was aborted without a reason of ours. */
const isAbort = (thrown: unknown): boolean =>
  thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');

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
