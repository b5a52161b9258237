/** What a place for tables must be able to do. The loader knows nothing else of it. */
import type { Completeness, LoadReport } from '../events.js';
import type { Json, JsonObject } from '../json.js';
import type { Column, Reject, TargetTable, WriteDisposition } from '../target.js';

/** What a load wants to write for one resource. */
export interface TargetPlan {
  readonly resource: string;
  readonly target: TargetTable;
  readonly write_disposition: WriteDisposition;
  /** Names the resource for ever, whatever it is called today: state and unfinished rows are found by it. */
  readonly identity: string;
  /** Unfinished rows are only gone on from when this has stayed the same: what is read, and as what. */
  readonly fingerprint: string;
  /** What the resource is at its source; kept in the state. */
  readonly origin: JsonObject | null;
  readonly load_id: string;
}

/** Records to be staged: a page, or as much of one as the destination needs to see. */
export interface StagedRecords {
  /** JSON objects joined by commas, each value proved to fit its column. */
  readonly records: Uint8Array;
  readonly count: number;
  readonly longest_bytes: number;
  readonly rejects: readonly Reject[];
}

/** Rows kept of an earlier load that did not finish. */
export interface Unfinished {
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
  /** The report so far: kept as the load record, in the same transaction. */
  readonly report: LoadReport;
}

/** What became of the rows. */
export interface Published {
  readonly rows_written: number;
  /** Rows of the target that are there no longer. */
  readonly rows_deleted: number;
  readonly values_rejected: number;
}

/** Writes one target: rows are staged out of sight, then made visible all at once. */
export interface TargetWriter {
  /** What an earlier load left behind, or null to begin anew. */
  readonly unfinished: Unfinished | null;
  /** Adds a column, or changes the type of one. */
  readonly widen: (column: Column) => Promise<void>;
  /** Takes records; `resume` says how to go on after them. Comes back when there is room for more. */
  readonly write: (records: StagedRecords, resume: Json) => Promise<void>;
  /** Forgets all staged rows. */
  readonly clear: () => Promise<void>;
  /** Stages what was given so far, and counts it. */
  readonly staged: () => Promise<Staged>;
  /** Makes the staged rows visible in one transaction with state, rejects and load record. */
  readonly commit: (publication: Publication) => Promise<Published>;
  /** Leaves the target as it was; keeps what was staged for the next load, or forgets it. */
  readonly abort: (options: { readonly keep: boolean }) => Promise<void>;
}

/** What a destination remembers of one resource. */
export interface Remembered {
  readonly identity: string;
  readonly target: string;
  readonly rows: number;
  readonly loaded_at: string;
}

/** A place for tables. */
export interface Destination {
  /** How people call it: the file's path. */
  readonly label: string;
  /** What was loaded before. Writes nothing, creates nothing. */
  readonly recall: () => Promise<readonly Remembered[]>;
  /** Makes sure that it can be written to, before anything is read. Throws DATABASE_LOCKED or DATABASE_FAILED. */
  readonly prepare: () => Promise<void>;
  readonly openTarget: (plan: TargetPlan) => Promise<TargetWriter>;
  /** Keeps the report of a finished load. */
  readonly record: (report: LoadReport) => Promise<void>;
  readonly close: () => Promise<void>;
}
