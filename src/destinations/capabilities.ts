/** What each kind of target can do: one row a kind. Pure data. */
import type { WriteDisposition } from '../table/column.js';

/** What a kind of target can do, and what its readers meet. */
export interface Capabilities {
  /** What people call the thing that holds the tables. */
  readonly container: 'file' | 'folder' | 'bucket' | 'database' | 'lake' | 'catalog';
  /** How new rows may meet the rows of the load before. */
  readonly dispositions: readonly WriteDisposition[];
  /** Whether lists in rows may become tables of their own, and objects STRUCT columns. */
  readonly nested_types: boolean;
  /** Whether a vector keeps its size in the column's type: FLOAT[3]. Otherwise it is a list: FLOAT[]. */
  readonly fixed_size_arrays: boolean;
  /** How a column gets another type: in place, or by writing the table again in the same transaction. */
  readonly retype: 'alter' | 'rewrite';
  /** `text`: readers other than DuckDB see JSON values as text. */
  readonly json: 'json' | 'text';
  /** Whether descriptions become comments on tables and columns. */
  readonly comments: boolean;
  /** Whether `Orders` and `orders` are two names. Otherwise A to Z are compared in lower case. */
  readonly case_sensitive_names: boolean;
  /** What readers of a table meet while it is published. */
  readonly readers_see: 'old until new' | 'blocked while swapped';
  /**
   * Whether rows, state, rejected values and the load record become visible in one transaction. `rows and
   * state`: the record follows.
   */
  readonly atomic: 'all' | 'rows and state';
  /**
   * What keeps a second load away. `file`: a lock on the staging file, on one machine. `advisory`: one that a
   * database holds for a connection, for every machine. `lease`: an object that is renewed, for every
   * machine, and a condition on each table that is written. `commit`: like `file`, and on another machine the
   * catalog refuses the commit of the second one.
   */
  readonly lock: 'file' | 'advisory' | 'lease' | 'commit';
  /** Whether a staging file can become the target, so that rows are not copied. */
  readonly publish_in_place: boolean;
  /** Whether small tables that wait are published in one transaction. */
  readonly publish_together: boolean;
  /**
   * What a replaced table is. `table`: a new one, as the plan has it. `rows`: the one that was there, with
   * what somebody built on it; new columns come last, comments of others stay, and a row that did not change
   * keeps the id of the load that wrote it.
   */
  readonly replaces: 'table' | 'rows';
  /** Whether references between tables can become foreign keys. */
  readonly foreign_keys: boolean;
  /** Whether a table can have files of its own for each year, month or day. */
  readonly partitions: boolean;
  /** Whether a text may hold a NUL; otherwise such a value is rejected. */
  readonly nul_in_text: boolean;
}

/** The kinds of targets there are. */
export type TargetKind = 'duckdb' | 'ducklake' | 'iceberg' | 'parquet' | 'bucket' | 'postgres';

/** One row for each kind of target; that of a bucket is made of the one of a folder. */
const ROWS: Readonly<Record<Exclude<TargetKind, 'bucket'>, Capabilities>> = {
  duckdb: {
    container: 'file',
    dispositions: ['replace', 'append', 'merge'],
    nested_types: true,
    fixed_size_arrays: true,
    retype: 'alter',
    json: 'json',
    comments: true,
    case_sensitive_names: false,
    readers_see: 'blocked while swapped',
    atomic: 'all',
    lock: 'file',
    publish_in_place: true,
    publish_together: true,
    replaces: 'table',
    nul_in_text: true,
    partitions: false,
    foreign_keys: false,
  },
  // With its catalog in a file; ducklake.ts says what a catalog in Postgres adds.
  ducklake: {
    container: 'lake',
    dispositions: ['replace', 'append', 'merge'],
    nested_types: true,
    fixed_size_arrays: false,
    retype: 'rewrite',
    json: 'json',
    comments: true,
    case_sensitive_names: false,
    readers_see: 'blocked while swapped',
    atomic: 'all',
    lock: 'file',
    publish_in_place: false,
    publish_together: true,
    replaces: 'table',
    nul_in_text: true,
    partitions: false,
    foreign_keys: false,
  },
  iceberg: {
    container: 'catalog',
    dispositions: ['replace', 'append', 'merge'],
    // Catalogs cannot change the fields of a struct together with rows.
    nested_types: false,
    fixed_size_arrays: false,
    // Another type than a wider one makes the table new.
    retype: 'rewrite',
    json: 'text',
    comments: false,
    case_sensitive_names: false,
    readers_see: 'old until new',
    // A catalog commits one table at a time; rows and state are one table.
    atomic: 'rows and state',
    lock: 'commit',
    publish_in_place: false,
    publish_together: false,
    replaces: 'rows',
    nul_in_text: true,
    partitions: false,
    foreign_keys: false,
  },
  parquet: {
    container: 'folder',
    // A merge that changes a row writes the file of its table again.
    dispositions: ['replace', 'append', 'merge'],
    nested_types: false,
    fixed_size_arrays: false,
    retype: 'alter',
    json: 'text',
    comments: false,
    case_sensitive_names: false,
    readers_see: 'old until new',
    atomic: 'rows and state',
    lock: 'file',
    publish_in_place: false,
    publish_together: false,
    replaces: 'table',
    nul_in_text: true,
    partitions: true,
    foreign_keys: false,
  },
  postgres: {
    container: 'database',
    dispositions: ['replace', 'append', 'merge'],
    nested_types: true,
    fixed_size_arrays: false,
    retype: 'alter',
    json: 'json',
    comments: true,
    // Rows are staged and published in DuckDB, which folds names.
    case_sensitive_names: false,
    readers_see: 'old until new',
    atomic: 'all',
    lock: 'advisory',
    publish_in_place: false,
    publish_together: false,
    replaces: 'rows',
    nul_in_text: false,
    partitions: false,
    foreign_keys: true,
  },
};

/** One row for each kind of target. */
export const CAPABILITIES: Readonly<Record<TargetKind, Capabilities>> = {
  ...ROWS,
  // Several objects cannot change in one request with a condition.
  bucket: { ...ROWS.parquet, container: 'bucket', lock: 'lease', partitions: false },
};
