/** The references between tables, as the diagram and its list show them. Pure. */
import type { SchemaTable } from '../../../index.js';

/** A column that names rows of a table, or the lists in a table's rows that became a table. */
export interface Link {
  /** The full name of the table that has the column. */
  readonly from: string;
  readonly column: string;
  /** The full name of the other table; null where it is not loaded. */
  readonly to: string | null;
  /** The other table in words. */
  readonly words: string;
  /** `one`: a row at most; `many`: a list of rows; `lists`: the rows are lists of the other table's rows. */
  readonly kind: 'one' | 'many' | 'lists';
}

/** All references of these tables, in their order. */
export function linksOf(tables: readonly SchemaTable[]): Link[] {
  const known = new Set(tables.map(({ table }) => table));
  return tables.flatMap(({ table, parent, columns }) => [
    ...(columns ?? []).flatMap(({ name, column, type, references }): Link[] => {
      if (references === null) return [];
      const to = references.table !== undefined && known.has(references.table) ? references.table : null;
      return [
        {
          from: table,
          column: column ?? name,
          to,
          words: to ?? `${references.name ?? `table ${references.table_id}`}, not loaded`,
          kind: type?.endsWith('[]') === true ? 'many' : 'one',
        },
      ];
    }),
    ...(parent === undefined || !known.has(parent)
      ? []
      : [{ from: table, column: '', to: parent, words: parent, kind: 'lists' as const }]),
  ]);
}
