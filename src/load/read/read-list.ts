/** Reads one resource into its writer: where to begin, which end to read up to, and what to do when keyset paging is not borne. */
import type { KeySpan, StoredCheckpoint, TargetWriter } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { isWholeKey } from '../../rest/decode/whole-key.js';
import type { Http } from '../../rest/http/client.js';
import { isBadRequest, isMissing, isUnknownPath } from '../../rest/http/failures.js';
import type { RequestContext } from '../../rest/http/messages.js';
import { countRecords, extremeValue, keyAtPlace, keysOfPage } from '../../rest/paging/list-queries.js';
import type { Page } from '../../rest/paging/page.js';
import { createPageSizes } from '../../rest/paging/page-size.js';
import { pageSizeOf } from '../../rest/paging/paginators.js';
import type { ReadOptions } from '../../rest/paging/read-options.js';
import { readPages } from '../../rest/paging/read-pages.js';
import type { Column } from '../../table/column.js';
import { withStart } from '../incremental/start-param.js';
import { openWindow, type Window } from '../incremental/window.js';
import {
  assertNothingAfter,
  countWhereRead,
  emptyWindow,
  isEmptyWindow,
  withFirstChecked,
} from './empty-answers.js';
import {
  asBefore,
  isKeysetRefusal,
  isTooLarge,
  withFallback,
  withoutKeyset,
  withSmallerPages,
} from './fallbacks.js';
import type { LostParent, ParentLosses } from './parent-failures.js';
import { type Parents, readChildren } from './read-children.js';
import {
  type Checkpoint,
  createPageStager,
  type Detected,
  type PageStager,
  type Progress,
  parseCheckpoint,
} from './stage-pages.js';

/** What reading a resource needs, and whom it tells. */
export interface ReadContext {
  readonly config: ResolvedEndpoint;
  readonly http: Http;
  readonly sender: RequestContext;
  readonly writer: TargetWriter;
  /** What the config as it was given left open; absent where it left nothing open. */
  readonly detected?: Detected | null;
  /** Staged rows to go on from, or null to begin with the first page. */
  readonly checkpoint: StoredCheckpoint | null;
  readonly on_page: (page: Page) => void;
  readonly on_column: (column: Column) => void;
  /** Pages are asked for in another way than the config says. */
  readonly on_change: (change: ReadChange) => void;
  /** What was staged is forgotten: the first page comes next. */
  readonly on_restart: () => void;
  /** The server gives no more records at a time than this. */
  readonly on_page_size: (size: number) => void;
  /** What has been found out of that so far, by whichever resource. */
  readonly known_page_size: () => number | undefined;
  /** A span is read once more, because what is held of it is not what the server counts. */
  readonly on_again: (counts: { readonly expected: number; readonly held: number }) => void;
  /** Whether several requests may be under way for this resource at a time. */
  readonly side_by_side: boolean;
  readonly now: () => number;
  /** Read all of an incremental config, not only what is new. */
  readonly everything?: boolean;
  /** Where an incremental list begins that takes a parameter for that; null: it reads everything. */
  readonly start?: string | number | null;
  /** The rows whose lists are read; absent where it is one list. */
  readonly parents?: Parents | undefined;
  /** The list of one of them cannot be read. */
  readonly on_parent_lost?: (parent: LostParent['parent'], error: XanoError) => void;
}

/** Another way of asking for pages. */
export interface ReadChange {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** The pagination's type from now on. */
  readonly read_by: string;
}

/** How reading ended. */
export interface ReadResult {
  /** What the server counts of the range that was read; null when it does not count. */
  readonly rows_expected: number | null;
  /** The config as it was read in the end. */
  readonly config: ResolvedEndpoint;
  /** Rows changed their places while page numbers named them: some may have been missed, whatever the count says. */
  readonly moved: boolean;
  readonly window: Window | null;
  /** The keys that were read; null where pages were asked for by number. */
  readonly range: KeySpan | null;
  /** Lists of some parents only: what is not among the rows may be there all the same. */
  readonly partial?: boolean;
  /** Parents that gave no rows; absent where there are no parents. */
  readonly losses?: ParentLosses;
  readonly taker: PageStager;
}

/** Reads everything from where an earlier load stopped, or from the start. Throws the XanoError that ended it. */
export async function readResource(reading: ReadContext): Promise<ReadResult> {
  const { parents, start = null, config } = reading;
  if (parents !== undefined) return readChildren(reading, parents);
  const result = await readList({ ...reading, config: withStart(config, start) });
  return { ...result, partial: start !== null };
}

async function readList(reading: ReadContext): Promise<ReadResult> {
  const { checkpoint, writer } = reading;
  const resume = parseCheckpoint(checkpoint);
  if (resume === undefined) return readFromStart(reading, reading.config);
  // What is new is of no use without the rows before it.
  const isNew = resume.window !== null && resume.window.also.length > 0;
  if ((writer.before === null && isNew) || (resume.start ?? null) !== (reading.start ?? null)) {
    await writer.clear();
    reading.on_restart();
    return readFromStart({ ...reading, checkpoint: null }, reading.config);
  }

  const config = asBefore(reading.config, resume);
  const from = reading.config.pagination.type;
  if (config.pagination.type !== from) {
    const to = config.pagination.type;
    reading.on_change({
      from,
      to,
      reason: 'the rows kept of the last load were read that way',
      read_by: to,
    });
  }
  const { compared, rejected, after, last } = resume;
  const progress = { pages: 0, compared, rejected, after, last };
  try {
    await assertInPlace(reading, config, resume);
    return await readAs(reading, config, progress, resume.window, resume);
  } catch (thrown) {
    // A place that is not there any more must not hold every later load.
    const refused =
      thrown instanceof XanoError &&
      (thrown.code === 'PAGINATION_LOOP' || isBadRequest(thrown) || isMissing(thrown));
    if (!refused || (thrown.code !== 'PAGINATION_LOOP' && progress.pages > 0)) throw thrown;
    reading.on_change({ from: 'where it stopped', to: 'the start', reason: thrown.message, read_by: from });
    await writer.clear();
    reading.on_restart();
    return readFromStart({ ...reading, checkpoint: null }, reading.config);
  }
}

/**
 * Whatever is not read by key is only gone on with while the last row that was kept is still where it was: otherwise rows have moved across
 * the break.
 */
async function assertInPlace(
  { http, sender, checkpoint }: ReadContext,
  config: ResolvedEndpoint,
  { after, last, request }: Checkpoint,
): Promise<void> {
  const rows = checkpoint?.rows ?? 0;
  const { type } = config.pagination;
  const { origin } = new URL(config.base_url);
  // However pages are asked for: a credential goes along.
  if ([last, request].some((kept) => kept !== null && new URL(kept.url).origin !== origin))
    throw new XanoError('PAGINATION_LOOP', 'What was kept of the last load is of another address.');
  if (type === 'keyset' || type === 'single_page' || rows === 0) return;
  const inPlace =
    after !== null &&
    ((await keyAtPlace(config, http, rows - 1, sender)) === after ||
      // As in places.ts: a server with a page size of its own.
      (last !== null && (await keysOfPage(config, http, last, sender)).last_key === after));
  if (!inPlace)
    throw new XanoError(
      'PAGINATION_LOOP',
      `Rows came or went since the last load, so ${type === 'page_number' ? 'page numbers name others' : 'its pages are others now'}.`,
    );
}

/** How many values of the staged rows did not fit their columns. */
export function rejectedBefore(checkpoint: StoredCheckpoint | null): number {
  return parseCheckpoint(checkpoint)?.rejected ?? 0;
}

/** Reads from the first page: in smaller pages where large ones are refused, by page numbers where keyset paging is not borne. */
async function readFromStart(reading: ReadContext, wanted: ResolvedEndpoint): Promise<ReadResult> {
  const { writer } = reading;
  let window: Window | null | undefined;
  for (let config = wanted; ; ) {
    const progress: Progress = { pages: 0, compared: false, rejected: 0, after: null, last: null };
    try {
      window ??= await openWindow(wanted, writer, {
        ...reading,
        on_doubt: (reason) => sayEverything(reading, reason),
      });
      if (window !== null && reading.everything === true) window = { ...window, also: [] };
      return await readAs(reading, config, progress, window, undefined);
    } catch (thrown) {
      if (!(thrown instanceof XanoError)) throw thrown;
      if (isEmptyWindow(thrown) && window) {
        sayEverything(reading, thrown.message);
        window = { ...window, also: [] };
        await writer.clear();
        reading.on_restart();
        continue;
      }
      const smaller =
        progress.pages === 0 && isTooLarge(thrown)
          ? withSmallerPages(config, reading.known_page_size())
          : undefined;
      const unusable = isUnknownPath(thrown) || (smaller === undefined && isBadRequest(thrown));
      // What was refused in every size has another cause than its size.
      const size = isUnknownPath(thrown) ? config : wanted;
      const elsewhere =
        progress.pages === 0 && unusable && config.fallback !== undefined ? withFallback(size) : undefined;
      const other =
        elsewhere ??
        smaller ??
        (isKeysetRefusal(thrown, progress) ? withoutKeyset(config, window ?? null) : undefined);
      if (other === undefined) throw thrown;
      const say = ({ pagination }: ResolvedEndpoint): string =>
        smaller === undefined ? pagination.type : `pages of ${pageSizeOf(pagination)}`;
      reading.on_change({
        from: say(config),
        to: say(other),
        reason: thrown.message,
        read_by: other.pagination.type,
      });
      // The plain list knows no conditions: everything is read.
      if (elsewhere !== undefined) window = { watermark: null, ...window, also: [] };
      await writer.clear();
      reading.on_restart();
      config = other;
    }
  }
}

/** Says that an incremental list is read whole, since what is new cannot be asked for. */
function sayEverything({ config, on_change }: ReadContext, reason: string): void {
  const column = config.incremental?.cursor_path ?? '';
  on_change({ from: `what is new by "${column}"`, to: 'all rows', reason, read_by: config.pagination.type });
}

async function readAs(
  reading: ReadContext,
  config: ResolvedEndpoint,
  progress: Progress,
  window: Window | null,
  resume: Checkpoint | undefined,
): Promise<ReadResult> {
  const { http, sender } = reading;
  const { pagination } = config;
  const taker = createPageStager(
    reading,
    config,
    progress,
    window,
    resume === undefined ? null : reading.checkpoint,
  );
  const sizes = pagination.type === 'keyset' ? createPageSizes(pagination, reading.on_page_size) : undefined;
  const options = (): ReadOptions => ({
    http,
    sender,
    columns: taker.columns(),
    lane: reading.side_by_side ? http.lane : undefined,
    sizes,
  });
  const also = window?.also ?? [];
  const done = { config, window, taker, moved: false, range: null };

  if (pagination.type !== 'keyset') {
    const from = resume?.request;
    const stopped = {
      from,
      after: resume?.after ?? undefined,
      last: resume?.last ?? undefined,
      rows: reading.checkpoint?.rows,
    };
    const last =
      from === null
        ? undefined
        : await taker.take(
            readPages(config, { ...options(), ...(resume === undefined ? {} : { ...stopped, from }) }),
          );
    assertWindowHeld(window, taker.rows());
    const whole = resume === undefined && last?.index === 0;
    const moved = !whole && (await taker.places.moved(config, http, sender));
    const rows = taker.rows();
    const counted = whole && last.total === rows ? rows : await countRecords(config, http, {}, sender);
    const implied = taker.implied_total() ?? 0;
    // A count that no config names proves nothing, but one above the rows that arrived says that some are missing.
    return { ...done, rows_expected: counted ?? (implied > rows ? implied : null), moved };
  }

  let after = resume?.after ?? undefined;
  if (after === undefined) {
    const first = await taker.take(readPages(config, { ...options(), range: { also }, only_first: true }));
    assertWindowHeld(window, taker.rows());
    // A list that fits into one page and says so is proved by that one answer.
    if (first?.next === null && first.total === first.count)
      return { ...done, rows_expected: first.count, range: {} };
    after = first?.last_key ?? undefined;
  }
  // Everything up to the highest key of this moment is read and counted; what comes later belongs to the next load. Keys that are
  // no numbers have no such end: a new one may fall anywhere.
  const span: KeySpan =
    after !== undefined && isWholeKey(after)
      ? {
          before: beyond(
            await extremeValue(config, http, { column: pagination.key, order: 'desc', also }, sender),
          ),
        }
      : {};
  if (after !== undefined) {
    const range = { ...span, also };
    const last = after;
    const pages = withFirstChecked(readPages(config, { ...options(), range, after }), () =>
      assertNothingAfter(reading, config, { after: last, also, rows: taker.rows() }),
    );
    await taker.take(pages, { comparing: true });
  }
  const rows_expected = await countWhereRead(reading, config, { ...span, also }, taker.rows());
  return { ...done, rows_expected, range: span };
}

/** Throws where the conditions of a window were answered with nothing, although records were seen under them. */
function assertWindowHeld(window: Window | null, rows: number): void {
  if (window?.seen === undefined || window.also.length === 0 || rows > 0) return;
  throw emptyWindow(window.seen);
}

/** The first key that is not read any more: one above the highest. Undefined where keys are no whole numbers. */
function beyond(highest: string | undefined): string | undefined {
  return highest !== undefined && isWholeKey(highest) ? String(BigInt(highest) + 1n) : undefined;
}
