/** Publishes the verified rows of one resource, or reports why they cannot be published. */
import type { RowMatch, TargetWriter } from '../destinations/destination.js';
import { errorReport, XanoError } from '../errors.js';
import type { Completeness, ResourceReport } from '../events.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import type { RollingOutcome } from '../rest/paging/rolling/rolling-list.js';
import { nextWatermark } from './incremental/start-param.js';
import { type ResourceTask, reportWith } from './load-run.js';
import {
  type LostParent,
  leftOf,
  NO_LOSSES,
  type ParentLosses,
  rowsOfParents,
} from './read/parent-failures.js';
import type { ReadContext, ReadResult } from './read/read-context.js';
import { type ResourceState, resourceReport } from './resource-report.js';
import { differentRows } from './verify/completeness.js';
import type { Verification } from './verify/verify.js';

/** Rows that were read and verified. */
export interface VerifiedRead extends ReadResult {
  readonly verification: Verification;
}

/** Publishes verified rows. When they cannot be published, nothing changes and the report says why. */
export async function publishResource(
  { run, step: { endpoint } }: ResourceTask,
  state: ResourceState,
  { writer, rolling }: ReadContext,
  { verification, window, losses = NO_LOSSES, limited = false }: VerifiedRead,
): Promise<ResourceReport> {
  const { staged, rows_expected, complete } = verification;
  const lost = losses.not_read;
  const completeness = completenessWith(lost, limited, verification.completeness);
  state.expected = rows_expected;
  run.options.signal?.throwIfAborted();
  // No key fits its column: such rows could never be compared with later ones.
  if (staged.rows > 0 && staged.distinct_keys === 0 && state.rejected >= staged.rows)
    return refuse(state, writer, { completeness: null }, noKeyFits(endpoint));
  const lossesKnown = lossFields(losses, state);
  const known = { completeness, ...lossesKnown };
  if (verification.completeness === 'incomplete')
    return refuse(state, writer, known, rowsMissing(endpoint, verification));
  const keep = rowsToKeep(endpoint, writer, lost, state.parents?.only_new === true);
  if (keep === null) return refuse(state, writer, known, notReplaced(endpoint, lost.length));

  const twins = staged.rows - differentRows(staged);
  const same = twins > 0 ? { rows_same_key: twins } : {};
  const kept = rolling?.outcome();
  const done = { status: 'loaded', completeness, ...same, ...lossesKnown, ...historyOf(kept) } as const;
  const rows = { now: state.now(), rows: staged.rows };
  const { changes, ...counts } = await writer.commit({
    completeness,
    rows_expected,
    watermark: kept?.watermark ?? window?.watermark ?? (await nextWatermark(endpoint, writer, rows)),
    complete_ranges: complete,
    ...(keep === undefined ? {} : { keep }),
    report: reportWith(run, resourceReport(state, done)),
    is_last: run.reports.size === run.steps.length - 1,
  });
  const { name: resource } = endpoint;
  if (kept?.gap) run.emit({ type: 'history_gap', resource, ...kept.gap });
  for (const change of changes) run.emit({ type: 'schema_changed', resource, ...change });
  for (const left of counts.left_as_json ?? []) run.emit({ type: 'left_as_json', resource, ...left });
  const { names_changed } = counts;
  if (names_changed !== undefined) run.emit({ type: 'names_changed', resource, names: names_changed });
  return resourceReport(state, { ...done, ...counts, schema_changes: changes });
}

/** The field of a report that says how much of a list that forgets is kept. */
function historyOf(kept: RollingOutcome | undefined): Pick<ResourceReport, 'history'> {
  if (kept === undefined) return {};
  const { since, gaps } = kept.watermark.coverage;
  const gap = kept.gap && { from: kept.gap.from, until: kept.gap.until };
  return { history: { since, gap, gaps: gaps.length } };
}

/** Rows of lost parents are missing, however complete the others are; so are rows beyond a limit. */
function completenessWith(
  lost: readonly LostParent[],
  limited: boolean,
  completeness: Completeness,
): Completeness {
  if (lost.length > 0) return 'incomplete';
  return limited && completeness === 'proved' ? 'limited' : completeness;
}

/** Discards the staged rows, and reports why. */
async function refuse(
  state: ResourceState,
  writer: TargetWriter,
  known: Partial<ResourceReport>,
  error: XanoError,
): Promise<ResourceReport> {
  await writer.abort({ keep: false });
  return resourceReport(state, { status: 'failed', ...known, error: errorReport(error) });
}

/** Fields of a report about parents that gave no rows. */
function lossFields(
  { not_read, no_list }: ParentLosses,
  { parents }: ResourceState,
): Partial<ResourceReport> {
  const parents_not_read = leftOf({ count: not_read.length, first: not_read });
  const parents_without_list = leftOf(no_list);
  const parents_unbound = parents?.found.without_key ?? 0;
  return {
    ...(parents_not_read === undefined ? {} : { parents_not_read }),
    ...(parents_without_list === undefined ? {} : { parents_without_list }),
    ...(parents_unbound === 0 ? {} : { parents_unbound }),
  };
}

/**
 * Which old rows stay when lists of some parents were not read. Undefined when no rows need protection; null
 * when nothing can be published: those rows cannot be told from others, or the next load would not read these
 * lists again.
 */
function rowsToKeep(
  endpoint: EndpointConfig,
  { previous }: TargetWriter,
  lost: readonly LostParent[],
  only_new: boolean,
): readonly RowMatch[] | null | undefined {
  const { write_disposition } = endpoint;
  if (lost.length === 0 || write_disposition === 'merge') return undefined;
  if (write_disposition === 'append') return only_new ? null : undefined;
  if (previous === null || previous.rows === 0) return undefined;
  return rowsOfParents(endpoint, lost) ?? null;
}

function noKeyFits({ name, primary_key }: EndpointConfig): XanoError {
  const key = primary_key.join(', ');
  return new XanoError(
    'VALUES_REJECTED',
    `No row of "${name}" has a "${key}" that fits its column: nothing was replaced.`,
    { hint: `Compare the type of "${key}" with the values that the server sends (--debug shows them).` },
  );
}

function rowsMissing({ name, base_url }: EndpointConfig, { rows_expected, held }: Verification): XanoError {
  return new XanoError(
    'INCOMPLETE',
    `${new URL(base_url).host} counts ${rows_expected} rows of "${name}", but ${held} arrived: nothing was replaced.`,
  );
}

function notReplaced({ name, parent, write_disposition }: EndpointConfig, count: number): XanoError {
  const lists = count === 1 ? 'The list of 1 record' : `The lists of ${count} records`;
  const bound = Object.values(parent?.bind ?? {});
  return write_disposition === 'append'
    ? new XanoError(
        'INCOMPLETE',
        `${lists} of "${parent?.resource}" could not be read for "${name}": nothing was appended.`,
        { hint: 'Run the same command again, or set in response how to handle the status.' },
      )
    : new XanoError(
        'INCOMPLETE',
        `${lists} of "${parent?.resource}" could not be read for "${name}", and their previous rows cannot be identified: nothing was replaced.`,
        {
          hint: `Add ${bound.map((column) => `"${column}"`).join(', ')} to parent.include, so that those rows can stay.`,
        },
      );
}
