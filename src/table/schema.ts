/** The schema of tables: columns, keys and references, of a workspace or of a loaded file. */

/** One column. */
export interface SchemaColumn {
  /** As the source spells it. */
  readonly name: string;
  /** Its name in the file: another one where two cannot be told apart; null where it is not loaded. */
  readonly column: string | null;
  /** Xano's type, with `[]` for a list; null for a schema from the file alone. */
  readonly xano_type: string | null;
  /** DuckDB's type; null where it is not loaded, as passwords. */
  readonly type: string | null;
  /** Null for a schema from the file alone. */
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
  /** Null where the token may not see that table; for a schema from the file, where it is not loaded. */
  readonly name: string | null;
  /** Its full name in the file; absent where only Xano was asked, or where it is not loaded. */
  readonly table?: string;
}

/** One table. */
export interface SchemaTable {
  /** Xano's id; null for a table that is not Xano's. */
  readonly id: number | null;
  readonly name: string;
  /** The schema that it was loaded into; null where only Xano was asked. */
  readonly schema: string | null;
  /** What it is called in the file; `schema.table` where it was loaded. */
  readonly table: string;
  readonly description: string;
  /** For a table of lists: the name of the table whose rows contain them. */
  readonly parent?: string;
  readonly primary_key: readonly string[];
  /** Null where the token may not see them. */
  readonly columns: readonly SchemaColumn[] | null;
}

/** The table that a reference leads to; undefined where it is not among these tables. */
export function referredTable(
  { table_id, table }: TableReference,
  tables: readonly SchemaTable[],
): SchemaTable | undefined {
  // The names of a file are unique. Ids are not, where tables of two instances are in one file.
  return table === undefined
    ? tables.find(({ id, schema }) => schema === null && id === table_id)
    : tables.find((one) => one.table === table);
}
