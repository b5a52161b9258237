/** Loads one resource: opens its target, reads, verifies, publishes. Failures are in its report. */
import { asXanoError, errorReport, isStop, XanoError } from '../errors.js';
import type { ResourceReport } from '../events.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { withLimit } from './incremental/limit-rows.js';
import { withStart } from './incremental/start-param.js';
import type { ResourceTask } from './load-run.js';
import { openResource } from './open-resource.js';
import { publishResource, type VerifiedRead } from './publish-resource.js';
import { assertNamedColumns } from './read/missing-columns.js';
import { readChildren } from './read/read-children.js';
import type { ReadContext, ReadResult } from './read/read-context.js';
import { readList } from './read/read-list.js';
import { forgetRows, interruption, type ResourceState, resourceReport, stateOf } from './resource-report.js';
import { verify } from './verify/verify.js';

/** Loads one resource. Failures are in the report and are never thrown. */
export async function loadResource(task: ResourceTask): Promise<ResourceReport> {
  const state = stateOf(task.step, task.run.now);
  try {
    const context = await openResource(task, state);
    const read = await readUntilVerified(task, state, context);
    task.on_read();
    return await publishResource(task, state, context, read);
  } catch (thrown) {
    return await failed(task, state, thrown);
  } finally {
    state.parents?.found.close();
  }
}

/** Reads and verifies; once more where rows are missing or have moved. */
async function readUntilVerified(
  { run, step: { endpoint } }: ResourceTask,
  state: ResourceState,
  context: ReadContext,
): Promise<VerifiedRead> {
  const { writer } = context;
  const read = await readAndVerify(context);
  const { verification, moved, config, stager } = read;
  assertNamedColumns(endpoint, verification.staged.rows, stager, writer);
  if (verification.completeness !== 'incomplete' && !moved) return read;
  // Most likely rows moved while they were read: a second reading decides.
  run.emit({
    type: 'read_differently',
    resource: endpoint.name,
    from: state.read_by,
    to: `${state.read_by}, once more from the start`,
    reason: whyOnceMore(endpoint, read),
  });
  await writer.clear();
  forgetRows(state);
  const everything = verification.everything_needed === true;
  const again = { ...context, config: everything ? context.config : config };
  return readAndVerify({ ...again, checkpoint: null, everything });
}

function whyOnceMore({ base_url }: EndpointConfig, { moved, verification }: VerifiedRead): string {
  const { rows_expected, held, everything_needed } = verification;
  if (moved) return 'rows were added or deleted during the load, so others moved between pages';
  if (rows_expected === null) return 'rows without a key can only be distinguished in a full read';
  return `${new URL(base_url).host} counts ${rows_expected} rows, but ${held} ${everything_needed === true ? 'are stored, new rows included' : 'arrived'}`;
}

async function readAndVerify(context: ReadContext): Promise<VerifiedRead> {
  const result = await readResource(context);
  return { ...result, verification: await verify(context, result) };
}

async function readResource(context: ReadContext): Promise<ReadResult> {
  const { parents, start = null, config } = context;
  if (parents !== undefined) return readChildren(context, parents);
  const limited = await withLimit(withStart(config, start), context);
  const result = await readList({ ...context, config: limited.config });
  return { ...result, partial: start !== null || limited.is_cut, limited: limited.is_cut };
}

/** Errors that the same staged rows would cause again. */
const FORGET: readonly string[] = ['VALUES_REJECTED', 'SHRUNK', 'CONFIG_INVALID', 'BUG'];

async function failed(
  { run, on_failure }: ResourceTask,
  state: ResourceState,
  thrown: unknown,
): Promise<ResourceReport> {
  const { signal } = run.options;
  const error = isAbort(thrown, signal) ? interruption(signal) : asXanoError(thrown);
  const keep = !FORGET.includes(error.code);
  const isKept =
    (await state.writer?.abort({ keep }).then(
      () => keep,
      () => false,
    )) === true && state.rows > 0;
  on_failure(error);
  return resourceReport(state, {
    status: isStop(error) ? 'skipped' : 'failed',
    ...(isKept ? { rows_kept: state.rows } : {}),
    error: errorReport(error),
  });
}

/**
 * Whether the load was stopped: by its signal's reason, of whatever type, or by what Node throws in its
 * place.
 */
const isAbort = (thrown: unknown, signal: AbortSignal | undefined): boolean =>
  (signal?.aborted === true &&
    (thrown === signal.reason || (thrown instanceof XanoError && isStop(thrown)))) ||
  (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError'));
