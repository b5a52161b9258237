/** What a place for tables must be able to do. The loader knows nothing else of it. */

import type { Completeness, LoadProgress, LoadReport } from '../events.js';
import type { Json, JsonObject } from '../json.js';
import type { Column, Nested, Reject, TargetTable } from '../table/column.js';
import type { ColumnData } from '../table/column-data.js';
import type { ForeignKey, SourceReference } from '../table/foreign-key.js';
import type { Partition } from '../table/partition.js';
import type { Coverage, Watermark } from '../table/watermark.js';
import type { Prepared } from './prepared.js';
import type { Published } from './published.js';

/** What a load wants of a destination for one resource: not every kind of target can do it. */
export interface WantedTable {
  readonly resource: string;
  readonly disposition: Disposition;
  readonly nested: NestedPlan;
  /** The table has files of its own for each of these; absent: one file. */
  readonly partition_by?: Partition | undefined;
}

/** What a load wants to write for one resource. */
export interface TargetPlan extends WantedTable {
  readonly target: TargetTable;
  readonly guards: Guards;
  /**
   * Names the list and the table: state and unfinished rows are found by it. As `identityText` gives it. A
   * table that was renamed at its source has another one, and is found by its origin.
   */
  readonly identity: string;
  /** A load continues from staged rows only while this stays the same: what is read, and as what. */
  readonly fingerprint: string;
  /** What the resource is at its source; kept in the state. */
  readonly origin: JsonObject | null;
  /**
   * Names of the other tables that this load makes of the same list: none of them is an earlier name of this
   * one.
   */
  readonly same_list?: readonly string[] | undefined;
  readonly load_id: string;
}

/** How staged rows meet those of the load before, with what that one way alone needs. */
export type Disposition =
  | { readonly type: 'replace' }
  | {
      readonly type: 'append';
      /**
       * Rows that the target has already, by their key and by the value of this column, are not appended:
       * they were read again on purpose.
       */
      readonly skip_known: string | null;
    }
  | {
      readonly type: 'merge';
      /** Rows that are gone at the source are removed, not only marked. */
      readonly hard_delete: boolean;
    };

/** How many rows a load may take away; more fails with SHRUNK. */
export interface Guards {
  /** A table that had rows may become an empty one. */
  readonly allow_empty: boolean;
  /** A table may lose more than half of its rows. */
  readonly allow_shrink: boolean;
}

/** How values that are objects or lists are stored. */
export interface NestedPlan {
  readonly type: Nested;
  /** Lists in rows become tables of their own; absent: they do not. */
  readonly flatten?: Flatten | undefined;
}

/** Whether rows that are gone at the source are marked in the table, which then has a column for it. */
export const marksDeleted = ({ disposition }: Pick<TargetPlan, 'disposition'>): boolean =>
  disposition.type === 'merge' && !disposition.hard_delete;

/** Whether publishing makes nothing of objects and lists in rows, so that it need not look into them. */
export const keepsNestedAsJson = ({ nested }: Pick<TargetPlan, 'nested'>): boolean =>
  nested.type !== 'struct' && nested.flatten === undefined;

/** How lists in rows become tables of their own. */
export interface Flatten {
  /** Names of tables that are to come, and must not be taken for those. */
  readonly reserved: readonly string[];
}

/** Keys between two others, both exclusive, as JSON text; without a bound there is none. */
export interface KeySpan {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** Rows that have these values: JSON texts, as a source sends them, by column. */
export type RowMatch = Readonly<Record<string, string>>;

/** What is held of the rows in a span. */
export interface KeyCounts {
  /** Different keys. */
  readonly rows: number;
  /** JSON text; null without rows. */
  readonly lowest: string | null;
  readonly highest: string | null;
}

/** Records to be staged: a page, or as much of one as the destination needs to see. */
export interface StagedRecords {
  /** Each value proved to fit its column. `write` is done with their memory when it returns. */
  readonly columns: readonly ColumnData[];
  readonly count: number;
  readonly rejects: readonly Reject[];
}

/** Rows kept of an earlier load that did not finish. */
export interface StoredCheckpoint {
  readonly rows: number;
  /** The value given to {@link TargetWriter.write} with the last rows kept. */
  readonly resume: Json;
  /** Columns that were found in rows, beyond those planned. */
  readonly columns_added: readonly Column[];
}

/** What is in staging. */
export interface Staged {
  readonly rows: number;
  /** Different primary keys among them; null without a primary key. */
  readonly distinct_keys: number | null;
  /** Rows whose key is missing or did not fit its column: nobody can tell them apart. */
  readonly keyless_rows: number;
}

/** What is told of a resource when its rows are made visible. */
export interface Publication {
  readonly completeness: Completeness;
  readonly rows_expected: number | null;
  /** Where the next incremental load begins; null without one. */
  readonly watermark: Watermark | null;
  /** Spans that were read whole: what the target has there, and staging has not, is gone at the source. */
  readonly complete_ranges: readonly KeySpan[];
  /**
   * replace: rows of the table that match one of these stay, since nobody knows what became of them. Absent:
   * none do.
   */
  readonly keep?: readonly RowMatch[] | undefined;
  /** The report so far: kept as the load record, in the same transaction. */
  readonly report: LoadReport;
  /** No other table of the load is still to come: its record follows at once. Default false. */
  readonly is_last?: boolean | undefined;
}

/** A table as the load before left it. */
export interface Previous {
  readonly rows: number;
  /** Null, too, where columns have come since: rows that did not change have values there. */
  readonly watermark: Watermark | null;
  /**
   * Of a list that forgets its oldest records: how much of it is kept, also where columns have come since.
   */
  readonly coverage?: Coverage | undefined;
}

/** Writes one target: rows are staged out of sight, then made visible all at once. */
export interface TargetWriter {
  /** What an earlier load left behind, or null to begin again. */
  readonly checkpoint: StoredCheckpoint | null;
  /** What an earlier load published; null where there is no such table. */
  readonly previous: Previous | null;
  /**
   * The schema as the destination spells it: another one than in the plan where names differ in upper and
   * lower case alone.
   */
  readonly schema: string;
  /** Adds columns, or changes their types. */
  readonly widen: (...columns: readonly Column[]) => Promise<void>;
  /**
   * Takes records; `resume` says how to continue after them. Without it, more records of the same page
   * follow: they become durable together with the next `resume`, or not at all. Comes back when there is room
   * for more.
   */
  readonly write: (records: StagedRecords, resume: Json | undefined) => Promise<void>;
  /** Forgets all staged rows. */
  readonly clear: () => Promise<void>;
  /** Stages what was given so far, and counts it. */
  readonly staged: () => Promise<Staged>;
  /**
   * What is held in a span: staged rows and, for a merge, those of the target that are not in spans read
   * whole. Null where the key is nothing that spans can be made of.
   */
  readonly held: (span: KeySpan, complete_ranges: readonly KeySpan[]) => Promise<KeyCounts | null>;
  /**
   * The highest value of a column among the staged rows, as a source sends it, and the column's type; null
   * where there is none.
   */
  readonly highest: (column: string) => Promise<{ readonly type: string; readonly value: string } | null>;
  /** Forgets the staged rows of a span. */
  readonly forget: (span: KeySpan) => Promise<void>;
  /**
   * Forgets the staged rows that match one of these. What is staged can only be published then, not gone on
   * from by another load.
   */
  readonly forgetRows: (matches: readonly RowMatch[]) => Promise<void>;
  /** Makes the staged rows visible in one transaction with state, rejects and load record. */
  readonly commit: (publication: Publication) => Promise<Published>;
  /** Leaves the target as it was; keeps what was staged for the next load, or forgets it. */
  readonly abort: (options: { readonly keep: boolean }) => Promise<void>;
}

/** What a destination remembers of one resource. */
export interface Remembered {
  readonly identity: string;
  readonly resource: string;
  readonly target: string;
  readonly origin: JsonObject | null;
  readonly rows: number;
  readonly loaded_at: string;
}

/** What was found out about a server, and is worth remembering for the next load. */
export interface ServerLimits {
  /** The largest page that is known to be given of lists of one family, which is named by host and path. */
  readonly page_sizes: Readonly<Record<string, number>>;
}

/** Which rows of a table that was published are wanted, and what of them. */
export interface RowsWanted {
  readonly identity: string;
  /** Different values of these are different rows; rows without one of them are left out. In their order. */
  readonly keys: readonly string[];
  readonly columns: readonly string[];
  /**
   * Only rows that came since the resource of this identity was published; all where it never was, or was
   * published incomplete.
   */
  readonly newer_than: string | null;
}

/** Rows of a table as it was when they were asked for. */
export interface RowsFound {
  /** Those that were wanted and are there, the keys first. */
  readonly columns: readonly Column[];
  readonly count: number;
  /** Rows that were left out for want of a key. */
  readonly without_key: number;
  /** The table has no rows at all: nobody knows which columns it would have. */
  readonly is_empty: boolean;
  /**
   * Each as JSON texts, as a source sends them, in the order of the columns; may be gone through several
   * times.
   */
  readonly rows: () => AsyncGenerator<readonly string[]>;
  readonly close: () => void;
}

/** A place for tables. */
export interface Destination {
  /** How people call it: the file's path. */
  readonly label: string;
  /** A name as the destination compares it: two names of which this gives the same are one. */
  readonly foldName: (name: string) => string;
  /**
   * More tables may wait to be published than are read at a time: they are published together. Default false.
   */
  readonly publishes_together?: boolean;
  /** Throws one CONFIG_INVALID that names all of these tables that this kind of target cannot do. */
  readonly assertCapable: (tables: readonly WantedTable[]) => void;
  /** What was loaded before. Writes nothing, creates nothing. */
  readonly recall: () => Promise<readonly Remembered[]>;
  /** What {@link Destination.record} was told of servers. */
  readonly server_limits: () => Promise<ServerLimits>;
  /**
   * Makes sure that it can be written to, before anything is read. Throws DATABASE_LOCKED or DATABASE_FAILED.
   */
  readonly prepare: () => Promise<Prepared>;
  /**
   * Lets other programs of this user see how far the load is; never throws. Absent where they cannot.
   * Calls `current` later, each time that it announces the progress.
   */
  readonly announce?: (current: () => LoadProgress) => void;
  readonly openTarget: (plan: TargetPlan) => Promise<TargetWriter>;
  /** Rows of a target that was published, without those that are gone at the source. */
  readonly readRows: (wanted: RowsWanted) => Promise<RowsFound>;
  /**
   * Makes foreign keys of references between tables of a schema, once all of them are published. Absent where
   * the kind of target has none.
   */
  readonly addForeignKeys?: (
    schema: string,
    references: readonly SourceReference[],
  ) => Promise<readonly ForeignKey[]>;
  /** Keeps the report of a finished load, and what it found out. */
  readonly record: (report: LoadReport, server_limits?: ServerLimits) => Promise<void>;
  readonly close: () => Promise<void>;
}
