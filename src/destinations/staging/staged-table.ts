/** A staging table whose rows are complete: the result of staging, and the input of publishing. */

import { type Column, LOAD_ID_COLUMN } from '../../table/column.js';
import type { Staged, TargetPlan } from '../destination.js';
import { quote } from '../engine/sql.js';

/** A staging table that is complete. */
export interface StagedTable {
  readonly plan: TargetPlan;
  /** Its rows: the full name of a table, quoted, or what else may follow FROM. */
  readonly table: string;
  /** The table of rejected values, of this and perhaps of other resources. */
  readonly rejects: string;
  /** False where this resource certainly has none. */
  readonly may_have_rejects: boolean;
  /** Its rows are compressed, as in a target. */
  readonly compressed: boolean;
  /** The rows are already in the target's own file and schema: they need not be copied. */
  readonly already_in_target: boolean;
  /**
   * The target's table is a view of the staged rows, in a database that only mirrors another place: what is
   * sent there need not be copied first.
   */
  readonly is_mirrored?: boolean;
  readonly columns: readonly Column[];
  readonly staged: Staged;
  /** Its rows are long, and so many bytes that the log of one transaction would take too much memory. */
  readonly long_rows: boolean;
  /** The id of this staging: the same from its first row on, in every load that continues it, and unique. */
  readonly staging_id: string;
}

/**
 * The valid staged rows, as a FROM item: with keys given, only the last row of each key. Rows without a
 * complete key cannot be told apart, so each of them stays.
 */
export function stagedRows(staging: string, dedupe_by: readonly string[]): string {
  if (dedupe_by.length === 0) return staging;
  // Not rowid: a column may have that name.
  const numberedRow = `row_number() OVER () AS ${quote(LOAD_ID_COLUMN)}`;
  const keys = dedupe_by.map((name) => quote(name));
  const last = `row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY numbered.${quote(LOAD_ID_COLUMN)} DESC) = 1`;
  const keyless = keys.map((key) => `${key} IS NULL`).join(' OR ');
  return `(SELECT * FROM (SELECT * REPLACE (${numberedRow}) FROM ${staging}) numbered QUALIFY ${last} OR ${keyless} ORDER BY numbered.${quote(LOAD_ID_COLUMN)})`;
}

/** The number of valid staged rows: each key once, and each row without a key. */
export function rowsToPublish({ rows, distinct_keys, keyless_rows }: Staged): number {
  return distinct_keys === null ? rows : distinct_keys + keyless_rows;
}

/** Whether several staged rows have the same key. */
export function hasDuplicates(staged: Staged): boolean {
  return rowsToPublish(staged) < staged.rows;
}
