/** Loads one resource: opens its target, reads, proves, publishes. Whatever goes wrong is in its report. */
import type { Destination, RowMatch, StoredCheckpoint, TargetWriter } from '../destinations/destination.js';
import { asXanoError, errorReport, isStop, XanoError } from '../errors.js';
import type { LoadEvent, LoadReport, ResourceReport } from '../events.js';
import { type EndpointConfig, isResolved, type ResolvedEndpoint } from '../rest/config/endpoint-config.js';
import { detect } from '../rest/detect/detect.js';
import type { Http } from '../rest/http/client.js';
import type { RequestContext, Traffic } from '../rest/http/messages.js';
import { rejectedOf } from '../rest/paging/page.js';
import { baseRequest } from '../rest/paging/paginators.js';
import { type Nested, sqlType, storedNames } from '../table/column.js';
import { nextWatermark, startOf } from './incremental/start-param.js';
import type { LoadStep } from './plan.js';
import { detectChild } from './read/detect-child.js';
import { withPagesUpTo } from './read/fallbacks.js';
import { assertNamedColumns } from './read/missing-columns.js';
import { type LostParent, leftOf, NO_LOSSES, rowsOfParents } from './read/parent-failures.js';
import { assertColumns, type Parents } from './read/read-children.js';
import { type ReadContext, type ReadResult, readResource, rejectedBefore } from './read/read-list.js';
import { canContinue, type Detected, parseCheckpoint } from './read/stage-pages.js';
import { urlTemplate } from './read/url-template.js';
import { differentRows } from './verify/completeness.js';
import { type Proof, prove } from './verify/verify.js';

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
  /** Whether several requests of one list may be under way at once. Default true. */
  readonly parallel_requests?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly now: () => number;
  readonly emit: (event: LoadEvent) => void;
  /** Whether no other resource waits to be read with the same credentials. */
  readonly is_alone?: () => boolean;
  /** Gets what ended the resource, with more than its report says. */
  readonly on_failure?: (error: XanoError) => void;
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
    columns_excluded: step.endpoint.excluded,
    read_by: step.endpoint.pagination.type,
    requests: 0,
    pages: 0,
    bytes: 0,
    duration_ms: 0,
    resumed: false,
  };
}

/** What a hint says of rows that were staged before a load stopped. */
export function keptInWords(rows: number): string {
  return `The ${rows === 1 ? 'row' : `${rows} rows`} read so far ${rows === 1 ? 'is' : 'are'} kept: the same command then continues there.`;
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
  const family = urlTemplate(endpoint);
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
    ...(writer === undefined ? {} : { target: `${writer.schema}.${target.name}` }),
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
      same_list: step.same_list,
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
    // Without its variables the list has another identity: that they are missing is to be said, not whose the table is.
    options.http.withListedValues(baseRequest(endpoint), endpoint.auth);
    writer = await options.destination.openTarget(plan);
    // Values that --strict refuses may be among the rows kept of a load without it.
    const anew =
      options.restart === true ||
      !canContinue(writer.checkpoint) ||
      (options.strict === true && rejectedBefore(writer.checkpoint) > 0);
    if (anew) await writer.clear();
    const checkpoint = anew ? null : writer.checkpoint;
    resumed = checkpoint !== null;
    seen.rows = checkpoint?.rows ?? 0;
    seen.rejected = rejectedBefore(checkpoint);
    for (const { name } of checkpoint?.columns_added ?? []) added.add(name);
    emit({ type: 'resource_started', resource, resumed_rows: seen.rows });
    sayRenamed(step, emit);

    const sender: RequestContext = {
      traffic,
      on_wait: (wait) => emit({ type: 'waiting', resource, ...wait }),
      stop: options.signal,
      is_alone: options.is_alone,
    };
    parents = await findParents(options);
    const { config: resolved, detected } = await settleOpen(endpoint, options, checkpoint, sender, parents);
    const config = withPagesUpTo(resolved, options.page_sizes.get(family));
    seen.read_by = config.pagination.type;
    const reading: ReadContext = {
      config,
      detected,
      parents,
      start: startOf(endpoint, writer),
      http: options.http,
      writer,
      checkpoint,
      sender,
      on_page: (page) => {
        seen.rows += page.count;
        seen.pages++;
        seen.rejected += rejectedOf(page);
        // What is counted beside a page of a keyset is what was still to come with it.
        if (page.total !== null && seen.expected === null)
          seen.expected = page.total + (seen.read_by === 'keyset' ? seen.rows - page.count : 0);
        if (options.strict === true && rejectedOf(page) > 0) throw strictFailure(resource, page.rejects[0]!);
        emit({
          type: 'page_read',
          resource,
          rows_read: seen.rows,
          rows_expected: seen.expected,
          bytes: traffic.bytes,
        });
      },
      on_parent_lost: (parent, error) =>
        emit({ type: 'parent_not_read', resource, parent, error: errorReport(error) }),
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
      side_by_side: options.parallel_requests !== false,
      on_again: ({ expected, held }) =>
        emit({ type: 'read_again', resource, rows_expected: expected, rows_held: held }),
      now,
    };
    let { proof, ...result } = await readAndProve(reading);
    assertNamedColumns(endpoint, proof.staged.rows, result.taker, writer);
    if (proof.completeness === 'incomplete' || result.moved) {
      // Rows that moved while they were read, most likely: once more from the start, then it is said.
      const reason = result.moved
        ? 'rows came or went meanwhile, which moves others from page to page'
        : proof.rows_expected === null
          ? 'rows without a key can only be told apart where all of them are read'
          : `${serverOf(endpoint)} counts ${proof.rows_expected} rows, but ${proof.held} ${proof.everything_needed === true ? 'are here with what is new' : 'arrived'}`;
      emit({
        type: 'read_differently',
        resource,
        from: seen.read_by,
        to: `${seen.read_by}, once more from the start`,
        reason,
      });
      await writer.clear();
      forget();
      const everything = proof.everything_needed === true;
      const again = { ...reading, config: everything ? config : result.config };
      ({ proof, ...result } = await readAndProve({ ...again, checkpoint: null, everything }));
    }
    const { staged, rows_expected, whole } = proof;
    const { losses = NO_LOSSES } = result;
    const lost = losses.not_read;
    // What was read of the others is as complete as it is; rows of these are missing.
    const completeness =
      lost.length > 0 && proof.completeness !== 'incomplete' ? 'incomplete' : proof.completeness;
    seen.expected = rows_expected;
    options.signal?.throwIfAborted();
    // Every key is one of the values that did not fit: what would be published could never be compared with anything again.
    if (staged.rows > 0 && staged.distinct_keys === 0 && seen.rejected >= staged.rows) {
      await writer.abort({ keep: false });
      const key = endpoint.primary_key.join(', ');
      const error = new XanoError(
        'VALUES_REJECTED',
        `No row of "${resource}" has a "${key}" that fits its column: nothing was replaced.`,
        {
          hint: `Look at the type of "${key}" in ${serverOf(endpoint)}, and at what it sends (xano load --debug).`,
        },
      );
      return report({ status: 'failed', completeness: null, error: errorReport(error) });
    }
    const left = {
      ...fieldOf('parents_not_read', leftOf({ count: lost.length, first: lost })),
      ...fieldOf('parents_without_list', leftOf(losses.no_list)),
      ...fieldOf('parents_unbound', (parents?.found.without_key ?? 0) || undefined),
    };
    if (proof.completeness === 'incomplete') {
      await writer.abort({ keep: false });
      const error = new XanoError(
        'INCOMPLETE',
        `${serverOf(endpoint)} counts ${rows_expected} rows of "${resource}", but ${proof.held} arrived: nothing was replaced.`,
      );
      return report({ status: 'failed', completeness, ...left, error: errorReport(error) });
    }
    const keep =
      lost.length === 0 ? undefined : rowsToKeep(endpoint, writer, lost, parents?.only_new === true);
    if (keep === null) {
      await writer.abort({ keep: false });
      const error = notReplaced(endpoint, lost.length);
      return report({ status: 'failed', completeness, ...left, error: errorReport(error) });
    }
    const twins = staged.rows - differentRows(staged);
    const same = twins > 0 ? { rows_same_key: twins } : {};
    const done = report({ status: 'loaded', completeness, ...same, ...left });
    const published = await writer.commit({
      completeness,
      rows_expected,
      watermark:
        result.window?.watermark ??
        (await nextWatermark(endpoint, writer, { now: now(), rows: staged.rows })),
      whole,
      ...(keep === undefined ? {} : { keep }),
      report: options.reportWith(done),
    });
    const { changes, ...counts } = published;
    for (const change of changes) emit({ type: 'schema_changed', resource, ...change });
    for (const left of counts.left_as_json ?? []) emit({ type: 'left_as_json', resource, ...left });
    return report({ status: 'loaded', completeness, ...same, ...left, ...counts, schema_changes: changes });
  } catch (thrown) {
    const error = isAbort(thrown, options.signal) ? interruption(options.signal) : asXanoError(thrown);
    const keep = !FORGET.includes(error.code);
    const kept =
      (await writer?.abort({ keep }).then(
        () => keep,
        () => false,
      )) === true && seen.rows > 0
        ? { rows_kept: seen.rows }
        : {};
    options.on_failure?.(error);
    const told = errorReport(error);
    // The load ends with its token, whichever row it had come to: that is no reason to begin again.
    const hint =
      kept.rows_kept !== undefined && error.code === 'TOKEN_EXPIRED'
        ? `${told.hint} ${keptInWords(kept.rows_kept)}`
        : told.hint;
    return report({ status: isStop(error) ? 'skipped' : 'failed', ...kept, error: { ...told, hint } });
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

/** A field of a report that is absent where there is nothing to say. */
const fieldOf = <K extends string, V>(name: K, value: V | undefined): { readonly [name in K]?: V } =>
  // One field of that name, or none.
  (value === undefined ? {} : { [name]: value }) as { readonly [name in K]?: V };

/**
 * Where lists of some parents were not read: which rows of the table stay as they are. Undefined where all do anyway, or there are none; null where
 * nothing can be published, since nobody could tell those rows from others, or the next load would not read these lists again.
 */
function rowsToKeep(
  endpoint: EndpointConfig,
  { before }: TargetWriter,
  lost: readonly LostParent[],
  only_new: boolean,
): readonly RowMatch[] | null | undefined {
  const { write_disposition } = endpoint;
  if (write_disposition === 'merge') return undefined;
  if (write_disposition === 'append') return only_new ? null : undefined;
  if (before === null || before.rows === 0) return undefined;
  return rowsOfParents(endpoint, lost) ?? null;
}

function notReplaced({ name, parent, write_disposition }: EndpointConfig, count: number): XanoError {
  const lists = count === 1 ? 'The list of 1 record' : `The lists of ${count} records`;
  const bound = Object.values(parent?.bind ?? {});
  return write_disposition === 'append'
    ? new XanoError(
        'INCOMPLETE',
        `${lists} of "${parent?.resource}" could not be read for "${name}": nothing was appended.`,
        { hint: 'Run the same command again, or say in response what the status means.' },
      )
    : new XanoError(
        'INCOMPLETE',
        `${lists} of "${parent?.resource}" could not be read for "${name}", and nothing tells their old rows from others: nothing was replaced.`,
        {
          hint: `Add ${bound.map((column) => `"${column}"`).join(', ')} to parent.include, so that those rows can stay.`,
        },
      );
}

/** Settles what a config leaves open: as the rows kept of an earlier load were read, or else by asking. */
async function settleOpen(
  endpoint: EndpointConfig,
  { http, emit }: ResourceOptions,
  checkpoint: StoredCheckpoint | null,
  sender: RequestContext,
  parents: Parents | undefined,
): Promise<{ readonly config: ResolvedEndpoint; readonly detected: Detected | null }> {
  const kept = parseCheckpoint(checkpoint)?.detected ?? null;
  if (isResolved(endpoint)) return { config: endpoint, detected: null };
  const found =
    kept === null
      ? parents === undefined
        ? await detect(endpoint, http, sender)
        : await detectChild(endpoint, parents, http, sender)
      : { ...kept, reasons: ['the rows kept of the last load were read that way'] };
  const { data_selector, pagination, format, reasons } = found;
  emit({
    type: 'detected',
    resource: endpoint.name,
    data_selector,
    pagination: pagination.type,
    reason: reasons.join('; '),
  });
  const detected = { data_selector, pagination, ...(format === undefined ? {} : { format }) };
  // What was found is a list: an object in its place is none.
  return { config: { ...endpoint, single_record: false, ...detected }, detected };
}

/** What the server of a list is called: lists that Xano's catalog describes are Xano's. */
function serverOf({ origin, base_url }: EndpointConfig): string {
  return origin === undefined ? new URL(base_url).host : 'Xano';
}

/** Tells of names that DuckDB cannot tell apart from others. */
function sayRenamed({ endpoint, target }: LoadStep, emit: (event: LoadEvent) => void): void {
  const { name: resource, table_name } = endpoint;
  const reason = 'DuckDB does not tell upper and lower case apart';
  const { columns } = target;
  for (const [i, to] of storedNames(columns).entries()) {
    const from = columns[i]!.name;
    if (to !== from) emit({ type: 'renamed', resource, from, to, reason });
  }
  if (table_name !== undefined && table_name !== resource)
    emit({ type: 'renamed', resource, from: resource, to: table_name, reason });
}

/** Failures after which the same staged rows would only fail again. */
const FORGET: readonly string[] = ['VALUES_REJECTED', 'SHRUNK', 'CONFIG_INVALID', 'BUG'];

async function readAndProve(reading: ReadContext): Promise<ReadResult & { readonly proof: Proof }> {
  const result = await readResource(reading);
  return { ...result, proof: await prove(reading, result) };
}

/** Whether it was thrown since the load was stopped: the signal's reason, whatever that is, or what Node throws in its place. */
const isAbort = (thrown: unknown, signal: AbortSignal | undefined): boolean =>
  (signal?.aborted === true &&
    (thrown === signal.reason || (thrown instanceof XanoError && isStop(thrown)))) ||
  (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError'));

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
