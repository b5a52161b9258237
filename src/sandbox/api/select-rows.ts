/** The rows that a search selects, in its order; fast where a loader reads by id. */

import type { LocalRow, LocalRows } from '../data/model.js';
import { membersOf } from '../data/raw-json.js';
import { countBefore } from '../data/rows.js';
import { type Comparable, compare } from './comparison.js';
import { holds, type Search, type SortKey } from './search.js';

/** All rows that a search selects; without a sort, as they are stored. */
export function selectRows(rows: LocalRows, search: Search): readonly LocalRow[] {
  if (search.conditions.length === 0 && search.sort.length === 0) return rows.stored;
  return keyRange(rows, search) ?? recallSelection(rows, search);
}

// A keyset reader requests `{"id|>": last}` sorted by id for each page: two binary searches answer it.
function keyRange(rows: LocalRows, { conditions, sort }: Search): readonly LocalRow[] | undefined {
  if (sort.length !== 1 || sort[0]!.column !== 'id' || sort[0]!.direction !== 'asc') return undefined;
  let low = 0;
  let high = rows.sorted.length;
  for (const { column, operator, joined_by, values } of conditions) {
    const [key] = values;
    if (column !== 'id' || joined_by === 'or' || (typeof key !== 'bigint' && typeof key !== 'string')) {
      return undefined;
    }
    if (operator === '>') low = Math.max(low, countBefore(rows, key, true));
    else if (operator === '>=') low = Math.max(low, countBefore(rows, key));
    else if (operator === '<') high = Math.min(high, countBefore(rows, key));
    else if (operator === '<=') high = Math.min(high, countBefore(rows, key, true));
    else return undefined;
  }
  return rows.sorted.slice(low, Math.max(low, high));
}

// Consecutive pages belong to one search: a table's last selection is kept until its rows change.
const selections = new WeakMap<
  LocalRows,
  { version: number; search: string; selected: readonly LocalRow[] }
>();

function recallSelection(rows: LocalRows, search: Search): readonly LocalRow[] {
  const spelled = JSON.stringify(search, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  const last = selections.get(rows);
  if (last?.version === rows.version && last.search === spelled) return last.selected;
  const selected = selectByReading(rows, search);
  selections.set(rows, { version: rows.version, search: spelled, selected });
  return selected;
}

type Values = ReadonlyMap<string, Comparable | undefined>;

function selectByReading(rows: LocalRows, { conditions, sort }: Search): readonly LocalRow[] {
  const readers = new Map([...conditions, ...sort].map(({ column, read }) => [column, read]));
  const valuesOf = (row: LocalRow): Values =>
    new Map(membersOf(row.json).map(({ name, text }) => [name, readers.get(name)?.(text)]));
  // Equal rows keep their stored order, which no client can know: a sort that is not unique has no stable
  // pages.
  return rows.stored
    .map((row) => ({ row, values: valuesOf(row) }))
    .filter(({ values }) => holds(conditions, (column) => values.get(column)))
    .sort((a, b) => compareBy(sort, a.values, b.values))
    .map(({ row }) => row);
}

function compareBy(sort: readonly SortKey[], a: Values, b: Values): number {
  for (const { column, direction } of sort) {
    const order = nullsLast(a.get(column), b.get(column));
    if (order !== 0) return direction === 'asc' ? order : -order;
  }
  return 0;
}

// The order of PostgreSQL, Xano's database: nulls come last when ascending, first when descending.
function nullsLast(a: Comparable | undefined, b: Comparable | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compare(a, b);
}
