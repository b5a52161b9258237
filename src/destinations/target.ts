/**
 * The seam: what a target must offer so that loads can write to it. Staging, verification and resuming are
 * the same for every target (create-destination.ts); a target only receives finished rows.
 * In: staged tables, which lie in an attached DuckDB database.
 * Out: tables, state, rejected values and load records that readers see.
 */
import type { LoadReport } from '../events.js';
import type { Capabilities } from './capabilities.js';
import type { Destination, Publication, ServerLimits } from './destination.js';
import type { Engine, EngineOptions } from './engine/engine.js';
import type { ExtensionInstall } from './engine/extensions.js';
import type { Session } from './engine/session.js';
import type { Published } from './published.js';
import type { StagedTable } from './staging/staged-table.js';
import type { Contents } from './state/contents.js';

/** What a target holds when it is looked at. */
export interface Existing {
  readonly contents: Contents;
  readonly server_limits: ServerLimits;
}

/** What a publication did, and what the target holds since. */
export interface PublishedTable {
  readonly published: Published;
  readonly contents: Contents;
}

/**
 * A place that finished rows go to. Every member throws DATABASE_LOCKED or DATABASE_FAILED in words about the
 * place.
 */
export interface Target {
  /**
   * Whether nothing is there yet: then there is nothing to look at, and a load that brings no rows leaves
   * nothing behind.
   */
  readonly isAbsent: () => boolean;
  /** Refuses a place that could never be written to. Creates nothing but the folder that staging needs. */
  readonly assertWritable: () => void;
  /**
   * Reads contents, state and server limits. `write` also proves that the place can be written to. Changes
   * nothing.
   */
  readonly look: (purpose: 'read' | 'write') => Promise<Existing>;
  /**
   * Takes the right to load into one schema, before anything is read for it. It ends with {@link close}, or
   * with the process. Taking it again does nothing. Throws DATABASE_LOCKED where another load has it.
   */
  readonly lease: (schema: string) => Promise<void>;
  /**
   * Runs work while state and the named rows can be read by SQL in the attached database `target`. The place
   * is not held for longer: rows that are needed while a server is asked are copied by the work.
   */
  readonly read: <T>(work: (session: Session) => Promise<T>, rows: RowsRead) => Promise<T>;
  /** Makes a staged table visible with its state and rejected values: all of it, or nothing. */
  readonly publish: (
    staged: StagedTable,
    publication: Publication,
    options: PublishOptions,
  ) => Promise<PublishedTable>;
  /** Keeps a load's report, and what the load found out about servers. */
  readonly record: (report: LoadReport, server_limits: ServerLimits) => Promise<void>;
  /** Makes foreign keys, as {@link Destination.addForeignKeys} does. */
  readonly addForeignKeys?: NonNullable<Destination['addForeignKeys']>;
  /** Lets go of the place, once DuckDB and staging are closed. */
  readonly close: () => Promise<void>;
}

/**
 * The rows that work reads of one published table. A target that DuckDB does not attach copies these, and no
 * more.
 */
export interface RowsRead {
  /** Of the resource, as the state has it. */
  readonly identity: string;
  /** Columns by the names that the source gives them. The state's own columns always come along. */
  readonly columns: readonly string[];
}

/** What a target is told beside rows. */
export interface PublishOptions {
  /**
   * The load has staged no other table so far: the staging file may become the target, where its kind allows
   * that.
   */
  readonly is_only_table: boolean;
  /** The load's record follows at once. */
  readonly is_last?: boolean | undefined;
}

/** What a target works with. */
export interface TargetTools {
  /** DuckDB, with the staging file attached once the load holds it. */
  readonly engine: Engine;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** How many load records stay, the newest. */
  readonly keep_loads: number;
}

/** Where a load keeps what it needs beside a target. */
export interface PlaceOptions {
  /** The schema that the load writes: other schemas of the same place may be loaded at the same time. */
  readonly dataset: string;
  /** The folder for staged rows of a target that is not a file or folder; absent: the user's state folder. */
  readonly staging_folder?: string | undefined;
  /** The folder that DuckDB finds extensions in; absent: DuckDB's own. */
  readonly extension_folder?: string | undefined;
  /** Hears of extensions of DuckDB that are about to be downloaded. */
  readonly onInstall?: ((install: ExtensionInstall) => void) | undefined;
}

/** A place by its name, before DuckDB is started. */
export interface TargetPlace {
  /** How people call it, without secrets. */
  readonly label: string;
  readonly capabilities: Capabilities;
  /** Where it is on this computer. */
  readonly path: string;
  /** The DuckDB file beside the target in which rows are staged. Whoever holds it may load. */
  readonly staging_file: string;
  /** Database files that DuckDB may open, beside the staging file. */
  readonly database_files: readonly string[];
  /** Folders in which DuckDB may read and write. */
  readonly folders: readonly string[];
  /** Loads extensions and makes secrets of DuckDB that the target needs. */
  readonly setUp?: EngineOptions['setUp'];
  /** The target closes the engine off once it has attached what it needs. */
  readonly stays_open?: boolean;
  readonly open: (tools: TargetTools) => Target;
}
