/** Reads a list in one way: by key up to its highest one, or page by page. */

import type { KeySpan } from '../../destinations/destination.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { isWholeKey } from '../../rest/decode/whole-key.js';
import { countRecords, extremeValue } from '../../rest/paging/list-queries.js';
import { createPageSizes } from '../../rest/paging/page-size.js';
import type { ReadOptions } from '../../rest/paging/read-options.js';
import { readPages } from '../../rest/paging/read-pages.js';
import { emptyAnswerReason, type Window } from '../incremental/window.js';
import type { Checkpoint } from './checkpoint.js';
import { assertNothingAfter, countWhereRead, withFirstChecked } from './empty-answers.js';
import type { PageStager, Progress, ReadContext, ReadResult } from './read-context.js';
import { createPageStager } from './stage-pages.js';

/** One attempt at a list. */
export interface Attempt {
  readonly config: ResolvedEndpoint;
  readonly progress: Progress;
  readonly window: Window | null;
  /** Where to continue; absent to begin with the first page. */
  readonly checkpoint?: Checkpoint;
}

/** Why the list must be read from the start in another way; the staged rows are of no use. */
export interface Restart {
  readonly restart: string;
}

type PagesOptions = () => ReadOptions;

/**
 * Reads the list. `restart`: the server answered the window's conditions with an empty list, although it has
 * such rows.
 */
export async function readOnce(context: ReadContext, attempt: Attempt): Promise<ReadResult | Restart> {
  const { http, sender } = context;
  const { config, progress, window, checkpoint } = attempt;
  const { pagination } = config;
  const stored = checkpoint === undefined ? null : context.checkpoint;
  const stager = createPageStager(context, { config, progress, window, stored });
  const sizes = pagination.type === 'keyset' ? createPageSizes(pagination, context.on_page_size) : undefined;
  const options = (): ReadOptions => ({
    http,
    sender,
    columns: stager.columns(),
    lane: context.side_by_side ? http.lane : undefined,
    sizes,
  });
  return pagination.type === 'keyset'
    ? readByKey(context, attempt, stager, options)
    : readByPage(context, attempt, stager, options);
}

/** Reads page after page, then checks whether rows moved between pages meanwhile. */
async function readByPage(
  { http, sender, checkpoint: stored }: ReadContext,
  { config, window, checkpoint }: Attempt,
  stager: PageStager,
  options: PagesOptions,
): Promise<ReadResult | Restart> {
  const from = checkpoint?.request;
  let last: Awaited<ReturnType<PageStager['take']>>;
  // Null: all pages were read before.
  if (from !== null) {
    const stopped = {
      from,
      after: checkpoint?.after ?? undefined,
      last: checkpoint?.last ?? undefined,
      rows: stored?.rows,
    };
    last = await stager.take(
      readPages(config, { ...options(), ...(from === undefined ? {} : { ...stopped, from }) }),
    );
  }
  const restart = whyWindowFailed(window, stager.rows());
  if (restart !== undefined) return { restart };
  const isOnlyPage = checkpoint === undefined && last?.index === 0;
  const moved = !isOnlyPage && (await stager.drift.moved(config, http, sender));
  const rows = stager.rows();
  const counted = isOnlyPage && last?.total === rows ? rows : await countRecords(config, http, {}, sender);
  const implied = stager.implied_total() ?? 0;
  // A count in a field that no config names verifies nothing, but one above the rows read shows that some are
  // missing.
  const rows_expected = counted ?? (implied > rows ? implied : null);
  return { config, window, stager, range: null, rows_expected, moved };
}

/**
 * Reads by key. Everything up to the highest key of this moment is read and counted; later rows belong to the
 * next load. Keys that are not numbers have no such end: a new one may fall anywhere.
 */
async function readByKey(
  context: ReadContext,
  { config, window, checkpoint }: Attempt,
  stager: PageStager,
  options: PagesOptions,
): Promise<ReadResult | Restart> {
  const also = window?.also ?? [];
  const done = { config, window, stager, moved: false };
  let after = checkpoint?.after ?? undefined;
  if (after === undefined) {
    const first = await stager.take(readPages(config, { ...options(), range: { also }, only_first: true }));
    const restart = whyWindowFailed(window, stager.rows());
    if (restart !== undefined) return { restart };
    // One answer verifies a list that fits into one page and says so.
    if (first?.next === null && first.total === first.count)
      return { ...done, rows_expected: first.count, range: {} };
    after = first?.last_key ?? undefined;
  }
  const span = after !== undefined && isWholeKey(after) ? await spanUpToHighest(context, config, also) : {};
  if (after !== undefined) {
    const range = { ...span, also };
    const last = after;
    const pages = withFirstChecked(readPages(config, { ...options(), range, after }), () =>
      assertNothingAfter(context, config, { after: last, also, rows: stager.rows() }),
    );
    await stager.take(pages, { comparing: true });
  }
  const rows_expected = await countWhereRead(context, config, { ...span, also }, stager.rows());
  return { ...done, rows_expected, range: span };
}

/** All keys up to the highest one; every key when they are not whole numbers. */
async function spanUpToHighest(
  { http, sender }: ReadContext,
  config: ResolvedEndpoint,
  also: Window['also'],
): Promise<KeySpan> {
  if (config.pagination.type !== 'keyset') return {};
  const { key } = config.pagination;
  const highest = await extremeValue(config, http, { column: key, order: 'desc', also }, sender);
  return {
    before: highest !== undefined && isWholeKey(highest) ? String(BigInt(highest) + 1n) : undefined,
  };
}

/**
 * Why a window does not work: its conditions were answered with an empty list, although records were seen
 * under them.
 */
function whyWindowFailed(window: Window | null, rows: number): string | undefined {
  if (window?.seen === undefined || window.also.length === 0 || rows > 0) return undefined;
  return emptyAnswerReason(window.seen, 'it has matching rows');
}
