/** Stages pages: each goes into the writer with the checkpoint to continue from. */

import type { StoredCheckpoint, TargetWriter } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import type { Json } from '../../json.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { ShapeColumn } from '../../rest/decode/record-schema.js';
import { createMask } from '../../rest/decode/values/mask-value.js';
import { isWholeKey } from '../../rest/decode/whole-key.js';
import { type Page, rejectedOf } from '../../rest/paging/page.js';
import { pageSizeOf } from '../../rest/paging/paginators.js';
import { withChanged } from '../../table/column.js';
import type { Window } from '../incremental/window.js';
import { asJson, parseCheckpoint } from './checkpoint.js';
import { followPageDrift, type PageDrift } from './page-drift.js';
import type { PageStager, Progress, ReadContext, TakeOptions } from './read-context.js';

/** The reading whose pages are staged. */
export interface StagedReading {
  readonly config: ResolvedEndpoint;
  readonly progress: Progress;
  readonly window: Window | null;
  /** StagedReading rows that it continues after; null from the first page. */
  readonly stored: StoredCheckpoint | null;
}

/** What one reading has staged so far. */
interface Staging extends StagedReading {
  readonly context: ReadContext;
  /** Fingerprints of the pages so far, which reveal a page that comes again. */
  readonly seen: Set<string>;
  readonly drift: PageDrift;
  readonly watchSize: (page: Page) => void;
  /** Names of the columns that an earlier load added. */
  readonly added: readonly string[];
  readonly found: Set<string>;
  columns: ShapeColumn[];
  rows: number;
  implied_total: number | null;
}

/** Makes the stager of one reading. */
export function createPageStager(context: ReadContext, staged: StagedReading): PageStager {
  const { config, stored } = staged;
  const added = (stored?.columns_added ?? []).map(({ name }) => name);
  const staging: Staging = {
    ...staged,
    context,
    seen: new Set(),
    drift: followPageDrift(),
    watchSize: watchPageSize(config, context, stored !== null),
    added,
    found: new Set([...(parseCheckpoint(stored)?.found ?? []), ...added]),
    columns: [
      ...(config.columns ?? []).map(({ mask, ...column }) => ({
        ...column,
        inferred: false,
        ...(mask === undefined ? {} : { maskValue: createMask(mask, context.mask_key) }),
      })),
      ...(stored?.columns_added ?? []).map((column) => ({ ...column, inferred: column.type !== 'JSON' })),
    ],
    rows: stored?.rows ?? 0,
    implied_total: null,
  };
  return {
    columns: () => staging.columns,
    rows: () => staging.rows,
    implied_total: () => staging.implied_total,
    found: () => staging.found,
    drift: staging.drift,
    take: async (pages, options = {}) => {
      let last: Page | undefined;
      for await (const page of pages) {
        await takePage(staging, page, options);
        // Pages requested ahead may be here already: none of them is staged once the load is stopped.
        context.sender.stop?.throwIfAborted();
        // It is released: nobody reads its parts any more.
        last = { ...page, parts: undefined };
      }
      return last;
    },
  };
}

async function takePage(
  staging: Staging,
  page: Page,
  { comparing = false, again = false, several = false }: TakeOptions,
): Promise<void> {
  const { context, config, progress, seen, found } = staging;
  const { writer } = context;
  if (several && page.index === 0) seen.clear();
  if (!again) assertNew(config, page, seen);
  if (page.widened.length > 0) {
    staging.columns = withChanged(staging.columns, page.widened);
    await writer.widen(...page.widened);
    for (const column of page.widened) context.on_column(column);
  }
  for (const name of page.found ?? []) found.add(name);
  progress.pages++;
  progress.compared ||= comparing;
  progress.rejected += rejectedOf(page);
  // An empty page has no key: the page before it has.
  if (!again) progress.after = page.last_key ?? progress.after;
  if (!again && page.count > 0) progress.last = page.request;
  await stage(writer, page, checkpointAfter(staging, again ? null : page.next));
  page.release();
  staging.drift.saw(page, staging.rows);
  staging.watchSize(page);
  staging.rows += page.count;
  staging.implied_total = page.implied_total ?? staging.implied_total;
  context.on_page(page);
}

/** The checkpoint after everything staged so far. */
function checkpointAfter(
  { context, config, progress, window, columns, found, added }: Staging,
  request: Page['next'],
): Json {
  const inferred = columns.filter((column) => column.inferred).map(({ name }) => name);
  // The columns added tell of all others.
  const foundAlone = [...found].filter((name) => !added.includes(name) && !inferred.includes(name));
  return asJson({
    read_by: config.pagination.type,
    fallback: config.method !== context.config.method,
    page_size: pageSizeOf(config.pagination),
    compared: progress.compared,
    rejected: progress.rejected,
    request,
    after: progress.after,
    last: progress.last,
    window,
    detected: context.detected ?? null,
    ...(context.start === undefined ? {} : { start: context.start }),
    ...(progress.parents === undefined ? {} : { parents: progress.parents }),
    ...(foundAlone.length === 0 ? {} : { found: foundAlone }),
  });
}

/** Gives a page to the writer. The parts of a large page have one checkpoint, after the last of them. */
async function stage(writer: TargetWriter, page: Page, resume: Json): Promise<void> {
  if (page.parts === undefined) return writer.write(page, resume);
  for (const part of page.parts()) await writer.write(part, undefined);
  await writer.write({ columns: [], count: 0, rejects: [] }, resume);
}

/**
 * Notices a server that caps pages: it gives the same smaller number of records twice, with more to come both
 * times, or it refused larger pages and accepts these. A load that continues in pages of the size it began
 * with learns nothing new. Keyset pages have many sizes: `rest/paging/page-size.ts` watches those.
 */
function watchPageSize(
  { pagination }: ResolvedEndpoint,
  { config: wanted, on_page_size }: ReadContext,
  resumed: boolean,
): (page: Page) => void {
  const asked = pageSizeOf(pagination) ?? 0;
  const refused = !resumed && (pageSizeOf(wanted.pagination) ?? 0) > asked && asked > 0;
  let previous: number | undefined;
  let reported = false;
  return ({ count, next, total }) => {
    if (refused && !reported) on_page_size(asked);
    reported = true;
    const more = next !== null && (total === null || total > count);
    const short = pagination.type === 'page_number' && more && count > 0 && count < asked;
    if (short && previous === count) on_page_size(count);
    previous = short ? count : undefined;
  };
}

/**
 * Detects a loop: a page that begins (and, without keyset paging, ends) like an earlier one. Only the server
 * knows the order of keys that are not numbers, and page numbers say nothing about content. Throws
 * PAGINATION_LOOP.
 */
function assertNew(config: ResolvedEndpoint, { first_key, last_key, count }: Page, seen: Set<string>): void {
  const by_key = config.pagination.type === 'keyset';
  if (first_key === null || first_key === 'null' || (by_key && isWholeKey(first_key))) return;
  const sign = by_key ? first_key : `${first_key} ${last_key} ${count}`;
  if (seen.has(sign))
    throw new XanoError(
      'PAGINATION_LOOP',
      `The server returns the same page of "${config.name}" repeatedly.`,
    );
  seen.add(sign);
}
