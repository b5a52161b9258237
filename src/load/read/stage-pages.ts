/** Pages go into the writer, each with the place to go on from. */
import type { StoredCheckpoint, TargetWriter } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import type { Json } from '../../json.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { ShapeColumn } from '../../rest/decode/record-schema.js';
import { isWholeKey } from '../../rest/decode/whole-key.js';
import type { PageRequest } from '../../rest/http/request.js';
import { type Page, rejectedOf } from '../../rest/paging/page.js';
import { pageSizeOf } from '../../rest/paging/paginators.js';
import { withChanged } from '../../table/column.js';
import type { Window } from '../incremental/window.js';
import { readCheckpoint } from './checkpoint-schema.js';
import { followPlaces, type Places } from './page-drift.js';
import type { ParentLosses } from './parent-failures.js';
import type { ReadContext } from './read-list.js';

/** How to go on after a page: what is kept with staged rows. */
export interface Checkpoint {
  readonly read_by: string;
  /** Whether the config's fallback was read. */
  readonly fallback: boolean;
  readonly page_size: number | null;
  /** Whether the server has borne a condition on the key. */
  readonly compared: boolean;
  /** Values that did not fit so far. */
  readonly rejected: number;
  readonly request: PageRequest | null;
  readonly after: string | null;
  /** The request of the last page that held rows. */
  readonly last: PageRequest | null;
  readonly window: Window | null;
  /** What had to be found out of the list, so that it is gone on with as it was begun. */
  readonly detected?: Detected | null;
  /** Of the lists that are read for each record of another resource: which are done. */
  readonly parents?: ChildProgress | null;
  /** The value of incremental's start_param that it was read with. */
  readonly start?: string | number | null;
  /** Columns that the config names and that records have had, where none of the columns added says so. */
  readonly found?: readonly string[];
}

/** How far the lists of parents have been read. */
export interface ChildProgress {
  /** Parents whose lists were read whole. */
  readonly done: number;
  /** Tells those from any others. */
  readonly digest: string;
  /** Rows that the server counts in their lists; null where it does not. */
  readonly expected: number | null;
  /** Rows read of the list that comes after them. */
  readonly rows: number;
  /** Those of the parents that are done which gave no rows; absent where all did. */
  readonly losses?: ParentLosses;
}

/** What a config leaves open, settled. */
export type Detected = Pick<ResolvedEndpoint, 'data_selector' | 'pagination' | 'format'>;

/** The place that staged rows are to be gone on from. */
export function parseCheckpoint(checkpoint: StoredCheckpoint | null): Checkpoint | undefined {
  return checkpoint === null ? undefined : readCheckpoint(checkpoint.resume);
}

/** Whether staged rows say how to go on after them: what a staging file says may be anything. */
export function canContinue(checkpoint: StoredCheckpoint | null): boolean {
  return checkpoint === null || parseCheckpoint(checkpoint) !== undefined;
}

/** What has been seen of one reading so far. */
export interface Progress {
  /** Pages of this reading. */
  pages: number;
  compared: boolean;
  rejected: number;
  after: string | null;
  last: PageRequest | null;
  parents?: ChildProgress;
}

/** What kind of pages are taken. */
export interface TakeOptions {
  /** They were asked for with a condition on the key. */
  readonly comparing?: boolean;
  /** A span that was read before is read once more: the place to go on from stays where it is. */
  readonly again?: boolean;
  /** They are of several lists: what is a sign of a circle within one is none from one to the next. */
  readonly several?: boolean;
}

/** Takes pages. */
export interface PageStager {
  /** The last page; undefined where there was none. */
  readonly take: (pages: AsyncGenerator<Page>, options?: TakeOptions) => Promise<Page | undefined>;
  readonly columns: () => readonly ShapeColumn[];
  readonly rows: () => number;
  /** What the latest answer that counts records in a field of its own says; null where none does. */
  readonly implied_total: () => number | null;
  /** Those of the columns that the config names which a record has had, be it with null. */
  readonly found: () => ReadonlySet<string>;
  readonly places: Places;
}

/** Makes the taker of one reading. */
export function createPageStager(
  reading: ReadContext,
  config: ResolvedEndpoint,
  progress: Progress,
  window: Window | null,
  checkpoint: StoredCheckpoint | null,
): PageStager {
  const { writer } = reading;
  const { pagination } = config;
  const seen = new Set<string>();
  const places = followPlaces();
  const sizes = followSizes(config, reading, checkpoint !== null);
  let columns: ShapeColumn[] = [
    ...(config.columns ?? []).map((column) => ({ ...column, inferred: false })),
    ...(checkpoint?.columns_added ?? []).map((column) => ({ ...column, inferred: column.type !== 'JSON' })),
  ];
  let rows = checkpoint?.rows ?? 0;
  let implied_total: number | null = null;
  const added = (checkpoint?.columns_added ?? []).map(({ name }) => name);
  const found = new Set([...(parseCheckpoint(checkpoint)?.found ?? []), ...added]);
  /** Nothing else that is kept with the rows tells of these. */
  const foundAlone = (): readonly string[] => {
    const inferred = columns.filter((column) => column.inferred).map(({ name }) => name);
    return [...found].filter((name) => !added.includes(name) && !inferred.includes(name));
  };

  return {
    columns: () => columns,
    rows: () => rows,
    implied_total: () => implied_total,
    found: () => found,
    places,
    take: async (pages, { comparing = false, again = false, several = false } = {}) => {
      let last: Page | undefined;
      for await (const page of pages) {
        if (several && page.index === 0) seen.clear();
        if (!again) assertNew(config, page, seen);
        if (page.widened.length > 0) {
          columns = withChanged(columns, page.widened);
          await writer.widen(...page.widened);
          for (const column of page.widened) reading.on_column(column);
        }
        for (const name of page.found ?? []) found.add(name);
        progress.pages++;
        progress.compared ||= comparing;
        progress.rejected += rejectedOf(page);
        // An empty page has no key: what came before it still has.
        if (!again) progress.after = page.last_key ?? progress.after;
        if (!again && page.count > 0) progress.last = page.request;
        const alone = foundAlone();
        const point: Checkpoint = {
          read_by: pagination.type,
          fallback: config.method !== reading.config.method,
          page_size: pageSizeOf(pagination),
          compared: progress.compared,
          rejected: progress.rejected,
          request: again ? null : page.next,
          after: progress.after,
          last: progress.last,
          window,
          detected: reading.detected ?? null,
          ...(reading.start === undefined ? {} : { start: reading.start }),
          ...(progress.parents === undefined ? {} : { parents: progress.parents }),
          ...(alone.length === 0 ? {} : { found: alone }),
        };
        // A PageRequest is plain JSON.
        await stage(writer, page, point as unknown as Json);
        page.release();
        places.saw(page, rows);
        sizes(page);
        rows += page.count;
        implied_total = page.implied_total ?? implied_total;
        reading.on_page(page);
        // Pages that were asked for ahead may be here already: none of them is taken once the load is stopped.
        reading.sender.stop?.throwIfAborted();
        // It is released: nobody reads its parts any more.
        last = { ...page, parts: undefined };
      }
      return last;
    },
  };
}

/**
 * Gives a page to the writer. The parts of a large one have one place to go on from, behind the last of them.
 */
async function stage(writer: TargetWriter, page: Page, resume: Json): Promise<void> {
  if (page.parts === undefined) return writer.write(page, resume);
  for (const part of page.parts()) await writer.write(part, undefined);
  await writer.write({ columns: [], count: 0, rejects: [] }, resume);
}

/**
 * Notices a server that gives fewer records than it is asked for: as many twice, with more to come both times; or one that has refused
 * larger pages and takes these; not where a load goes on in pages of the size it began with. Pages of a keyset are of many sizes: `rest/paging/page-size.ts` notices there.
 */
function followSizes(
  { pagination }: ResolvedEndpoint,
  { config: wanted, on_page_size }: ReadContext,
  resumed: boolean,
): (page: Page) => void {
  const asked = pageSizeOf(pagination) ?? 0;
  const refused = !resumed && (pageSizeOf(wanted.pagination) ?? 0) > asked && asked > 0;
  let before: number | undefined;
  let told = false;
  return ({ count, next, total }) => {
    if (refused && !told) on_page_size(asked);
    told = true;
    const more = next !== null && (total === null || total > count);
    const short = pagination.type === 'page_number' && more && count > 0 && count < asked;
    if (short && before === count) on_page_size(count);
    before = short ? count : undefined;
  };
}

/**
 * Finds a server that goes round in a circle. Keys that are no numbers are in an order that only the server knows, and page numbers
 * say nothing of what they bring: a page that begins (and, by number, ends) like an earlier one is the sign of it.
 */
function assertNew(config: ResolvedEndpoint, { first_key, last_key, count }: Page, seen: Set<string>): void {
  const by_key = config.pagination.type === 'keyset';
  if (first_key === null || first_key === 'null' || (by_key && isWholeKey(first_key))) return;
  const sign = by_key ? first_key : `${first_key} ${last_key} ${count}`;
  if (seen.has(sign))
    throw new XanoError(
      'PAGINATION_LOOP',
      `The server gives the same page of "${config.name}" again and again.`,
    );
  seen.add(sign);
}
