/**
 * What tables are: column types, column data, shapes of nested values and schemas, as a load writes them.
 * In: the types that a catalog or a config declares, and the kinds of values in rows.
 * Out: columns and tables that `rest` decodes into and destinations create. No I/O.
 */
import { foldName } from '../names.js';
import { type Shape, shapeType } from './shape.js';

/**
 * How new rows meet old ones. `replace`: they take the place of the whole table. `append`: they are added to
 * it. `merge`: each takes the place of the row with its primary key, and rows that are there no longer are
 * marked, or removed.
 */
export type WriteDisposition = 'replace' | 'append' | 'merge';

/**
 * What a column holds, in DuckDB's words. `FLOAT` is the element of a vector; `TIMESTAMPTZ` is read from
 * epoch milliseconds, which is how Xano sends every timestamp of a row.
 */
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** Every {@link ColumnType}: a type that a file names and that is not in this list never becomes SQL. */
export const COLUMN_TYPES = [
  'BIGINT',
  'DOUBLE',
  'VARCHAR',
  'BOOLEAN',
  'TIMESTAMPTZ',
  'DATE',
  'UUID',
  'FLOAT',
  'JSON',
] as const;

/** One column of a target. */
export interface Column {
  /** Exactly as the source spells it. */
  readonly name: string;
  readonly type: ColumnType;
  /** True: a list of `type`. */
  readonly list: boolean;
  /** With `list`: every list has this many elements (a vector); otherwise the length is free. */
  readonly size?: number | undefined;
  /** With `list`: each element is a vector itself, and `size` is the size of each. */
  readonly list_of_vectors?: boolean | undefined;
  /** With JSON: what its values look like inside; the column is a STRUCT, or a list, of that. */
  readonly shape?: Shape | undefined;
  /** What its values were masked with, as `storedMask` writes it. */
  readonly masked_as?: string | undefined;
  /** Becomes the column's comment. */
  readonly description?: string | undefined;
  /** The source's id of the table whose rows the values name. Nobody checks that those rows exist. */
  readonly references_table_id?: number | undefined;
}

/**
 * How values that are objects or lists are stored where no schema decides. `json`: as sent. `struct`: in a
 * nested type, where it holds them exactly.
 */
export type Nested = 'json' | 'struct';

/** A column's type in DuckDB's syntax: `BIGINT`, `VARCHAR[]`, `FLOAT[3]`, `FLOAT[3][]`. */
export function sqlType(
  column: Pick<Column, 'type' | 'list' | 'size' | 'list_of_vectors' | 'shape'>,
): string {
  if (column.shape !== undefined) return shapeType(column.shape);
  if (!column.list) return column.type;
  const list = column.size === undefined ? `${column.type}[]` : `${column.type}[${column.size}]`;
  return column.list_of_vectors === true ? `${list}[]` : list;
}

/**
 * Whether a column's lists are vectors, or lists of vectors: an empty vector says as little as null, and
 * becomes NULL.
 */
export function isVector({ type, list, size }: Pick<Column, 'type' | 'list' | 'size'>): boolean {
  return list && (type === 'FLOAT' || size !== undefined);
}

/** The column that says which load brought a row. */
export const LOAD_ID_COLUMN = '_xano_load_id';

/** The column with the time since when a row is gone from the source: only merged tables have it. */
export const DELETED_AT_COLUMN = '_xano_deleted_at';

/**
 * What columns are called in the target, in order: their own names, exactly, but for those that DuckDB cannot
 * tell apart from an earlier one (it folds A to Z only) or from {@link LOAD_ID_COLUMN} and {@link
 * DELETED_AT_COLUMN}, or other reserved names (folded): they get `_2`, `_3`, … A name never depends on the
 * columns after it, so one that is found later renames none that has rows already.
 */
export function storedNames(
  columns: readonly Pick<Column, 'name'>[],
  reserved: Iterable<string> = [LOAD_ID_COLUMN, DELETED_AT_COLUMN],
): string[] {
  const taken = new Set(reserved);
  /** The next number for a name that is not free: thousands of names may differ in case alone. */
  const next = new Map<string, number>();
  return columns.map(({ name }) => {
    const storable = storableName(name);
    const folded = foldName(storable);
    let stored = storable;
    let n = next.get(folded) ?? 2;
    for (; taken.has(foldName(stored)); n++) stored = `${storable}_${n}`;
    next.set(folded, n);
    taken.add(foldName(stored));
    return stored;
  });
}

/** A name as an SQL identifier can hold it: not empty, without NUL, without half a surrogate pair. */
export function storableName(name: string): string {
  return name === '' ? '_' : Buffer.from(name).toString().replaceAll('\0', '\u2400');
}

/** Columns with others added: one with a known name replaces that column, any other comes last. */
export function withChanged<T extends Pick<Column, 'name'>>(
  columns: readonly T[],
  changed: readonly T[],
): T[] {
  const all = new Map(columns.map((column) => [column.name, column]));
  for (const column of changed) all.set(column.name, column);
  return [...all.values()];
}

/** Where one resource's rows go. */
export interface TargetTable {
  readonly schema: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly columns: readonly Column[];
  /** Columns of the source that are not loaded. Absent: none. */
  readonly excluded?: readonly string[] | undefined;
  readonly primary_key: readonly string[];
}

/**
 * A value that does not fit its column: the row keeps NULL there, and the value is kept in `_xano.rejects`.
 */
export interface Reject {
  /** The row's key as JSON text, or null when the row has none that can be read. */
  readonly row_key: string | null;
  readonly column: string;
  /** The value as sent: raw JSON text. */
  readonly raw: string;
  readonly reason: string;
}
