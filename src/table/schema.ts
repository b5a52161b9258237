/** What tables look like: columns, keys and references, of a workspace or of a loaded file. */

/** One column. */
export interface SchemaColumn {
  /** As the source spells it. */
  readonly name: string;
  /**
   * What it is called in the file: another name where two cannot be told apart; null where it is not loaded.
   */
  readonly column: string | null;
  /** Xano's word, with `[]` for a list; null where only the file was asked. */
  readonly xano_type: string | null;
  /** DuckDB's type; null where it is not loaded, as passwords. */
  readonly type: string | null;
  /** Null where only the file was asked. */
  readonly nullable: boolean | null;
  readonly description: string;
  /** The values that an enum may have; null where Xano names none, or only the file was asked. */
  readonly values: readonly string[] | null;
  /** The table that its values name rows of. Xano does not see to it that they exist. */
  readonly references: TableReference | null;
}

/** A table that a column refers to. */
export interface TableReference {
  readonly table_id: number;
  /** Null where that table may not be seen. */
  readonly name: string | null;
}

/** One table. */
export interface SchemaTable {
  /** Xano's id; null for what is no table there. */
  readonly id: number | null;
  readonly name: string;
  /** The schema that it was loaded into; null where only Xano was asked. */
  readonly schema: string | null;
  /** What it is called in the file; `schema.table` where it was loaded. */
  readonly table: string;
  readonly description: string;
  /** Of a table of lists: what the table is called in whose rows they are. */
  readonly parent?: string;
  readonly primary_key: readonly string[];
  /** Null where they may not be seen. */
  readonly columns: readonly SchemaColumn[] | null;
}
