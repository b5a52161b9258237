/** What reading one resource takes and gives. */
import type { KeySpan, RowsFound, StoredCheckpoint, TargetWriter } from '../../destinations/destination.js';
import type { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { ShapeColumn } from '../../rest/decode/record-schema.js';
import type { Http } from '../../rest/http/client.js';
import type { RequestContext } from '../../rest/http/messages.js';
import type { PageRequest } from '../../rest/http/request.js';
import type { Page } from '../../rest/paging/page.js';
import type { Column } from '../../table/column.js';
import type { Window } from '../incremental/window.js';
import type { ChildProgress, Detected } from './checkpoint.js';
import type { PageDrift } from './page-drift.js';
import type { LostParent, ParentLosses } from './parent-failures.js';

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
  readonly stager: PageStager;
}

/** What has been seen of one reading so far; changes with each page. */
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
  readonly drift: PageDrift;
}

/** The rows that lists are read for, and what is taken of them. */
export interface Parents {
  readonly found: RowsFound;
  /** Only what is new among them: the lists of the others are as they were. */
  readonly only_new: boolean;
}
