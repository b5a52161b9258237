/** What a publication did to a table, as the loader reports it. */
import type { ChangedName, ChildTable, LeftAsJson, SchemaChange } from '../events.js';

/** What became of the rows. */
export interface Published {
  readonly rows_written: number;
  /** Rows of the target that are there no longer, or are marked as gone. */
  readonly rows_deleted: number;
  /** Rows that the target has now, those marked as gone among them. */
  readonly rows_total: number;
  readonly values_rejected: number;
  readonly changes: readonly SchemaChange[];
  /** With `nested: struct` or `flatten`. */
  readonly left_as_json?: readonly LeftAsJson[];
  /** With `flatten`. */
  readonly child_tables?: readonly ChildTable[];
  /** Names that the target cannot hold as they are; absent where it has them all. */
  readonly names_changed?: readonly ChangedName[];
}
