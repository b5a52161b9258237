/** Opens one resource: its target, its checkpoint, its parents, and what its config leaves to detection. */
import type { TargetWriter } from '../destinations/destination.js';
import { isResolved, type ResolvedEndpoint } from '../rest/config/endpoint-config.js';
import { detect } from '../rest/detect/detect.js';
import type { RequestContext } from '../rest/http/messages.js';
import { baseRequest } from '../rest/paging/requests/request-params.js';
import type { RollingReading } from '../rest/paging/rolling/rolling-list.js';
import { startOf } from './incremental/start-param.js';
import type { LoadOptions } from './load-options.js';
import type { ResourceTask } from './load-run.js';
import { canContinue, type Detected, parseCheckpoint, rejectedBefore } from './read/checkpoint.js';
import { detectChild } from './read/detect-child.js';
import { withPagesUpTo } from './read/fallbacks.js';
import { assertColumns } from './read/parents.js';
import type { Parents, ReadContext } from './read/read-context.js';
import { readListeners, sayRenamed } from './resource-events.js';
import { continueAfter, countWait, type ResourceState } from './resource-report.js';
import { targetPlan } from './target-plan.js';

/**
 * Opens a resource; its state holds what must be closed. Throws what the destination and the server throw.
 */
export async function openResource(task: ResourceTask, state: ResourceState): Promise<ReadContext> {
  const { run, step, is_alone } = task;
  const { options, emit, now } = run;
  const { signal } = options;
  const { endpoint } = step;
  const { name: resource } = endpoint;
  // Fails on unset variables first: without them the list has another identity, and the error would be about
  // the table's owner.
  options.http.withListedValues(baseRequest(endpoint), endpoint.auth);
  const writer = await options.destination.openTarget(targetPlan(run, step));
  state.writer = writer;
  const rolling = openRolling(task, writer);
  // Its pages have shifted since: only a reading from the newest record on is known to have no gap.
  const isRestart = rolling !== undefined || mustRestart(writer, options);
  if (isRestart) await writer.clear();
  const checkpoint = isRestart ? null : writer.checkpoint;
  continueAfter(state, checkpoint);
  emit({ type: 'resource_started', resource, resumed_rows: state.rows });
  sayRenamed(task);

  const sender: RequestContext = {
    traffic: state.traffic,
    on_wait: (wait) => {
      countWait(state, wait);
      emit({ type: 'waiting', resource, ...wait });
    },
    stop: signal,
    is_alone,
  };
  state.parents = await findParents(task);
  const listeners = readListeners(task, state);
  const http = rolling?.http ?? options.http;
  const opened = { ...listeners, http, writer, checkpoint, sender, parents: state.parents };
  const { config: resolved, detected } = await resolve(task, opened);
  const config = withPagesUpTo(resolved, listeners.known_page_size());
  state.read_by = config.pagination.type;
  return {
    ...opened,
    config,
    detected,
    rolling,
    start: startOf(endpoint, writer),
    side_by_side: options.parallel_requests !== false,
    now,
    mask_key: options.mask_key,
  };
}

/** The reading of a list that forgets its oldest records; undefined for any other. */
function openRolling({ run, step }: ResourceTask, { previous }: TargetWriter): RollingReading | undefined {
  const { http, rolling } = run.options;
  const highest = previous?.watermark?.value ?? null;
  return rolling?.get(step.endpoint.name)?.({
    http,
    coverage: previous?.coverage ?? null,
    highest,
    now: run.now(),
  });
}

/** Whether staged rows of an earlier load cannot or must not be used. */
function mustRestart({ checkpoint }: TargetWriter, { restart, strict }: LoadOptions): boolean {
  // A load without `strict` may have staged values that `strict` refuses.
  return restart === true || !canContinue(checkpoint) || (strict === true && rejectedBefore(checkpoint) > 0);
}

/**
 * The parents whose lists are read; undefined for a list of its own. Throws CONFIG_INVALID when they lack a
 * column.
 */
async function findParents({ run, step, parent }: ResourceTask): Promise<Parents | undefined> {
  const { endpoint } = step;
  if (endpoint.parent === undefined || parent === undefined) return undefined;
  const { bind, include } = endpoint.parent;
  // replace: the table gets the rows of every parent.
  const only_new = parent.endpoint.incremental !== undefined && endpoint.write_disposition !== 'replace';
  const rows = await run.options.destination.readRows({
    identity: parent.identity,
    keys: [...new Set(Object.values(bind))],
    columns: include,
    newer_than: only_new ? step.identity : null,
  });
  try {
    assertColumns(endpoint, rows);
  } catch (thrown) {
    rows.close();
    throw thrown;
  }
  return { found: rows, only_new };
}

/**
 * Resolves what a config leaves open: as the staged rows of an earlier load were read, or else by asking the
 * server.
 */
async function resolve(
  { run, step: { endpoint } }: ResourceTask,
  { http, sender, checkpoint, parents }: Pick<ReadContext, 'http' | 'sender' | 'checkpoint' | 'parents'>,
): Promise<{ readonly config: ResolvedEndpoint; readonly detected: Detected | null }> {
  if (isResolved(endpoint)) return { config: endpoint, detected: null };
  const stored = parseCheckpoint(checkpoint)?.detected ?? null;
  const found =
    stored === null
      ? parents === undefined
        ? await detect(endpoint, http, sender)
        : await detectChild(endpoint, parents, http, sender)
      : { ...stored, reasons: ['the saved rows of the previous load were read that way'] };
  const { data_selector, pagination, format, reasons } = found;
  run.emit({
    type: 'detected',
    resource: endpoint.name,
    data_selector,
    pagination: pagination.type,
    reason: reasons.join('; '),
  });
  const detected = { data_selector, pagination, ...(format === undefined ? {} : { format }) };
  // Detection found a list: a single object in its place would be an error.
  return { config: { ...endpoint, single_record: false, ...detected }, detected };
}
