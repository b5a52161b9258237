/** References between tables, and what became of them in a database. */

/** A column whose values name rows of another table, by the ids that the source gives to tables. */
export interface SourceReference {
  readonly table_id: number;
  /** As the source spells it. */
  readonly column: string;
  readonly to_table_id: number;
}

/** What became of a reference. */
export interface ForeignKey {
  /** `schema.table`. */
  readonly table: string;
  readonly column: string;
  /** `schema.table`. */
  readonly references: string;
  /** `not_valid`: new rows are checked, and rows that are there do not hold it. `skipped`: there is none. */
  readonly status: 'valid' | 'not_valid' | 'skipped';
  /** Why it is not valid: a sentence. Null for one that is. */
  readonly reason: string | null;
}
