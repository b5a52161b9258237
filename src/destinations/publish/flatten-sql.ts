/** Lists in rows as tables of their own, keyed and named as dlt does it: what there is to make, and the SQL that makes it. Pure. */
import { foldName } from '../../names.js';
import { storedNames } from '../../table/column.js';
import type { Shape } from '../../table/shape.js';
import { literal, quote } from '../engine/sql.js';

/** dlt's names of keys. */
export const ROW_ID = '_dlt_id';
const ROOT_ID = '_dlt_root_id';
const PARENT_ID = '_dlt_parent_id';
const LIST_IDX = '_dlt_list_idx';

/** A column of a table whose rows' lists become tables. */
export interface FlatColumn {
  /** As it is stored. */
  readonly name: string;
  readonly shape: Shape;
  /** Its values in that shape. */
  readonly value: string;
  /** What elements are, where the shape cannot say it: TIMESTAMPTZ. */
  readonly element?: string | undefined;
}

/** A column that is made, its type, and what it is made of. */
export interface MadeColumn {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** A table that is made. */
export interface MadeTable {
  /** `items`, `items__discounts`: what comes after the parent's own name. */
  readonly path: string;
  readonly columns: readonly MadeColumn[];
  /** Selects its rows from the parent, which has its ids by then. */
  readonly select: string;
}

/** What is made of one table. */
export interface Flattened {
  /** Columns of its own, of the objects in its rows. */
  readonly added: readonly MadeColumn[];
  readonly tables: readonly MadeTable[];
}

interface Relation {
  /** Has `id`, `root`, and what values are taken of. */
  readonly from: string;
  readonly path: readonly string[];
}

/** Tells what is to be made of a table with these columns; `row_id` is its column of ids, `taken` the names that it has. */
export function flattened(
  table: string,
  columns: readonly FlatColumn[],
  how: { readonly row_id: string; readonly taken: readonly string[]; readonly with_root: boolean },
): Flattened {
  const tables: MadeTable[] = [];
  const added: Omit<MadeColumn, 'name'>[] = [];
  const names: string[] = [];
  for (const { name, shape, value, element } of columns) {
    const found = partsOf(shape, value, [name]);
    for (const part of found.leaves) {
      // The column itself is there already.
      if (part.path.length === 1) continue;
      names.push(part.path.join('__'));
      added.push({ type: part.type, value: part.value });
    }
    for (const list of found.lists) {
      const rows = `SELECT ${quote(how.row_id)} AS id, ${quote(how.row_id)} AS root, ${list.value} AS l FROM ${table}`;
      tables.push(...tablesOf(list.shape, { from: rows, path: list.path }, how.with_root, element));
    }
  }
  const stored = storedNames(
    names.map((name) => ({ name })),
    [...how.taken, how.row_id].map(foldName),
  );
  return { added: added.map((column, i) => ({ name: stored[i]!, ...column })), tables };
}

interface Leaf {
  readonly path: readonly string[];
  readonly type: string;
  readonly value: string;
}

interface List {
  readonly path: readonly string[];
  /** Of its elements. */
  readonly shape: Shape;
  readonly value: string;
}

/** Simple values and lists in a value that may be an object of objects. What was never seen is left out. */
function partsOf(
  shape: Shape,
  value: string,
  path: readonly string[],
): { readonly leaves: readonly Leaf[]; readonly lists: readonly List[] } {
  if (shape === 'NULL') return { leaves: [], lists: [] };
  if (typeof shape === 'string') return { leaves: [{ path, type: shape, value }], lists: [] };
  if ('list' in shape)
    return { leaves: [], lists: shape.list === 'NULL' ? [] : [{ path, shape: shape.list, value }] };
  const parts = shape.fields.map(({ name, shape: inner }) =>
    partsOf(inner, `(${value}).${quote(name)}`, [...path, name]),
  );
  return { leaves: parts.flatMap(({ leaves }) => leaves), lists: parts.flatMap(({ lists }) => lists) };
}

/** The table of a list, and those of the lists in its elements. `from` selects `id`, `root` and the list, `l`, of each row. */
function tablesOf(
  element: Shape,
  { from, path }: Relation,
  with_root: boolean,
  type?: string,
): readonly MadeTable[] {
  const name = path.join('__');
  const each = `SELECT id AS parent, root, generate_subscripts(l, 1) - 1 AS idx, unnest(l) AS e FROM (${from})`;
  // Derived from its parent's and its place: the same in every load.
  const rows = `SELECT md5(parent || ${literal(`/${name}/`)} || idx) AS id, root, parent, idx, e FROM (${each})`;
  const isList = typeof element !== 'string' && 'list' in element;
  // As dlt does it: a list in a list is one of a row that has nothing else.
  const { leaves, lists } = partsOf(element, 'e', isList ? ['list'] : []);
  const keys = [...(with_root ? [ROOT_ID] : []), PARENT_ID, LIST_IDX, ROW_ID];
  const own = leaves.map((leaf) => ({ name: leaf.path.length === 0 ? 'value' : leaf.path.join('__') }));
  const stored = storedNames(own, keys);
  const columns: MadeColumn[] = [
    ...leaves.map((leaf, i) => ({ name: stored[i]!, type: type ?? leaf.type, value: leaf.value })),
    ...(with_root ? [{ name: ROOT_ID, type: 'VARCHAR', value: 'root' }] : []),
    { name: PARENT_ID, type: 'VARCHAR', value: 'parent' },
    { name: LIST_IDX, type: 'BIGINT', value: 'idx' },
    { name: ROW_ID, type: 'VARCHAR', value: 'id' },
  ];
  const list = columns.map((column) => `${column.value} AS ${quote(column.name)}`).join(', ');
  return [
    { path: name, columns, select: `SELECT ${list} FROM (${rows})` },
    ...lists.flatMap((inner) =>
      tablesOf(
        inner.shape,
        { from: `SELECT id, root, ${inner.value} AS l FROM (${rows})`, path: [...path, ...inner.path] },
        with_root,
      ),
    ),
  ];
}

/**
 * Gives each row an id, which is last among the columns: derived from its key, and from its place among the rows of that key, or among all
 * rows where there is none. `unique` keys need no place.
 */
export function withRowIds(table: string, row_id: string, keys: readonly string[], unique: boolean): string {
  const id = quote(row_id);
  const key =
    keys.length === 0
      ? `''`
      : `to_json([${keys.map((name) => `${quote(name)}::VARCHAR`).join(', ')}])::VARCHAR`;
  if (unique) return `SELECT *, md5(${key} || '/1') AS ${id} FROM ${table}`;
  const numbered = `SELECT *, row_number() OVER () AS ${id} FROM ${table}`;
  if (keys.length === 0) return `SELECT * REPLACE (md5('/' || ${id}) AS ${id}) FROM (${numbered})`;
  const place = `row_number() OVER (PARTITION BY ${keys.map((name) => quote(name)).join(', ')} ORDER BY numbered.${id})`;
  return `SELECT * REPLACE (md5(${key} || '/' || ${place}) AS ${id}) FROM (${numbered}) numbered ORDER BY numbered.${id}`;
}
