/**
 * The inputs and the result of reading one resource.
 * In: a resolved config, a client, an open target.
 * Out: staged rows with checkpoints, and what is known about them.
 */
import type { KeySpan, RowsFound, StoredCheckpoint, TargetWriter } from '../../destinations/destination.js';
import type { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { ShapeColumn } from '../../rest/decode/record-schema.js';
import type { Http } from '../../rest/http/client.js';
import type { RequestContext } from '../../rest/http/messages.js';
import type { PageRequest } from '../../rest/http/request.js';
import type { Page } from '../../rest/paging/page.js';
import type { RollingReading } from '../../rest/paging/rolling/rolling-list.js';
import type { Column } from '../../table/column.js';
import type { Window } from '../incremental/window.js';
import type { ChildProgress, Detected } from './checkpoint.js';
import type { PageDrift } from './page-drift.js';
import type { LostParent, ParentLosses } from './parent-failures.js';

/** What reading a resource needs, and the listeners that it tells. */
export interface ReadContext {
  readonly config: ResolvedEndpoint;
  readonly http: Http;
  readonly sender: RequestContext;
  readonly writer: TargetWriter;
  /** What was detected of the list; null when its config leaves nothing open. */
  readonly detected?: Detected | null;
  /** Staged rows to continue after; null to begin with the first page. */
  readonly checkpoint: StoredCheckpoint | null;
  readonly on_page: (page: Page) => void;
  readonly on_column: (column: Column) => void;
  /** Pages are requested in another way from now on. */
  readonly on_change: (change: ReadChange) => void;
  /** Staged rows were discarded: the first page comes next. */
  readonly on_restart: () => void;
  /** The server returns at most this many records a page. */
  readonly on_page_size: (size: number) => void;
  /** The largest page known so far, found by any resource. */
  readonly known_page_size: () => number | undefined;
  /** A span is read again, because the rows held there are not as many as the server counts. */
  readonly on_again: (counts: { readonly expected: number; readonly held: number }) => void;
  /** Whether several requests may be in flight for this resource. */
  readonly side_by_side: boolean;
  readonly now: () => number;
  /** The key of masks of the kind `hash`. */
  readonly mask_key?: string | undefined;
  /** Read all rows of an incremental list, not only new ones. */
  readonly everything?: boolean;
  /** The value of `start_param` of an incremental list; null to read everything. */
  readonly start?: string | number | null;
  /** The parents whose lists are read; absent for a list of its own. */
  readonly parents?: Parents | undefined;
  /** The reading of a list that forgets its oldest records; absent for any other. */
  readonly rolling?: RollingReading | undefined;
  /** The list of one parent cannot be read. */
  readonly on_parent_lost?: (parent: LostParent['parent'], error: XanoError) => void;
}

/** Another way to request pages. */
export interface ReadChange {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** The pagination's type from now on. */
  readonly read_by: string;
}

/** The result of reading. */
export interface ReadResult {
  /** Rows that the server counts in the range that was read; null when it does not count. */
  readonly rows_expected: number | null;
  /** The config that the list was read with in the end. */
  readonly config: ResolvedEndpoint;
  /** Rows moved between pages while they were read by page: some may be missing, whatever the count says. */
  readonly moved: boolean;
  readonly window: Window | null;
  /** The keys that were read; null when the list was not read by key. */
  readonly range: KeySpan | null;
  /** Only a part of the list was read, so that a row that is not among these may still exist. */
  readonly partial?: boolean;
  /** The rows are those up to the limit of the config, and the server has more. */
  readonly limited?: boolean;
  /** Parents that gave no rows; absent for a list of its own. */
  readonly losses?: ParentLosses;
  readonly stager: PageStager;
}

/** How far one reading is. Changes with each page. */
export interface Progress {
  /** Pages of this reading. */
  pages: number;
  compared: boolean;
  rejected: number;
  after: string | null;
  last: PageRequest | null;
  parents?: ChildProgress;
}

/** How pages are to be staged. */
export interface TakeOptions {
  /** They were requested with a condition on the key. */
  readonly comparing?: boolean;
  /** They read a span again: the checkpoint stays where it is. */
  readonly again?: boolean;
  /** They belong to several lists: equal pages of two lists are not a loop. */
  readonly several?: boolean;
}

/** Stages pages. */
export interface PageStager {
  /** Stages pages; gives the last one, or undefined without any. */
  readonly take: (pages: AsyncGenerator<Page>, options?: TakeOptions) => Promise<Page | undefined>;
  readonly columns: () => readonly ShapeColumn[];
  readonly rows: () => number;
  /** The count in the latest answer that has one in a field that no config names; null without any. */
  readonly implied_total: () => number | null;
  /** Names of the columns that the config names and a record had, be it with null. */
  readonly found: () => ReadonlySet<string>;
  readonly drift: PageDrift;
}

/** The parents whose lists are read. */
export interface Parents {
  readonly found: RowsFound;
  /** Only new parents: the rows of the others stay as they are. */
  readonly only_new: boolean;
}
