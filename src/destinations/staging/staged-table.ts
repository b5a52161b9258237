/** A staging table whose rows are complete: what staging hands to publishing. */

import { type Column, LOAD_ID_COLUMN } from '../../table/column.js';
import type { Staged, TargetPlan } from '../destination.js';
import { quote } from '../engine/sql.js';

/** A staging table that is complete. */
export interface StagedTable {
  readonly plan: TargetPlan;
  /** Where its rows are, quoted. */
  readonly table: string;
  /** Where values that did not fit are, of this and perhaps of other resources. */
  readonly rejects: string;
  /** False where there are certainly none of this one. */
  readonly may_have_rejects: boolean;
  /** Its rows are stored as a target's are. */
  readonly compressed: boolean;
  /** The rows lie in the target's own file already, and in its schema: they need not be copied. */
  readonly already_in_target: boolean;
  readonly columns: readonly Column[];
  readonly staged: Staged;
  /**
   * Its rows are long, and so many bytes that the log of one transaction would hold too much of them in
   * memory.
   */
  readonly long_rows: boolean;
  /** Names this staging: the same from its first row on, in whichever load, and never again. */
  readonly staging_id: string;
}

/**
 * The staged rows that count, as something to select from: with keys given, only the last row of each key.
 * Rows without a whole key cannot be told apart, so each of them stays.
 */
export function stagedRows(staging: string, dedupe_by: readonly string[]): string {
  if (dedupe_by.length === 0) return staging;
  // Not rowid: a column may be called that.
  const place = `row_number() OVER () AS ${quote(LOAD_ID_COLUMN)}`;
  const keys = dedupe_by.map((name) => quote(name));
  const last = `row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY numbered.${quote(LOAD_ID_COLUMN)} DESC) = 1`;
  const keyless = keys.map((key) => `${key} IS NULL`).join(' OR ');
  return `(SELECT * FROM (SELECT * REPLACE (${place}) FROM ${staging}) numbered QUALIFY ${last} OR ${keyless} ORDER BY numbered.${quote(LOAD_ID_COLUMN)})`;
}

/** The staged rows that count: each key once, and each row without a key. */
export function rowsToPublish({ rows, distinct_keys, keyless_rows }: Staged): number {
  return distinct_keys === null ? rows : distinct_keys + keyless_rows;
}

/** Whether several staged rows have the same key. */
export function hasDuplicates(staged: Staged): boolean {
  return rowsToPublish(staged) < staged.rows;
}
