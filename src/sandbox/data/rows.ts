/** The rows of a table: kept as text, found by key, changed while the server runs. */
import type { Json } from '../../json.js';
import type { LocalRow, LocalRows, LocalTable, RowKey } from './model.js';
import { membersOf, type RawMember } from './raw-json.js';

const INTEGER = /^-?\d+$/;

// Only this file writes to rows: everywhere else they are readonly.
interface WritableRows {
  stored: LocalRow[];
  sorted: LocalRow[];
  version: number;
}

/** A row served exactly as `json` spells it; throws unless that is an object with an integer or text `id`. */
export function rowFromJson(json: string): LocalRow {
  JSON.parse(json);
  return rowFromMembers(json, membersOf(json));
}

/** A row of plain values; integers beyond 2^53 need `rowFromJson`. */
export function rowOf(values: { readonly [column: string]: Json }): LocalRow {
  return rowFromJson(JSON.stringify(values));
}

function rowFromMembers(json: string, members: readonly RawMember[]): LocalRow {
  const id = members.findLast((member) => member.name === 'id');
  if (id === undefined) throw new Error(`A row needs an id: ${json.slice(0, 80)}`);
  return { key: keyOf(id.text), json };
}

function keyOf(text: string): RowKey {
  if (INTEGER.test(text)) return BigInt(text);
  const value: unknown = JSON.parse(text);
  if (typeof value === 'string' && value !== '') return value.toLowerCase();
  throw new Error(`A row's id is an integer or a UUID, not ${text}`);
}

/**
 * Negative, zero or positive as `a` comes before, with or after `b`: integers by value, UUIDs by their
 * digits.
 */
function compareKeys(a: RowKey, b: RowKey): number {
  if (typeof a !== typeof b) throw new Error('The ids of one table are all integers or all UUIDs');
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Rows in the order given, which becomes the stored order; throws where two share a key. */
export function rowsOf(rows: Iterable<LocalRow>): LocalRows {
  const stored = [...rows];
  const sorted = stored.toSorted((a, b) => compareKeys(a.key, b.key));
  const duplicate = sorted.find((row, at) => at > 0 && compareKeys(sorted[at - 1]!.key, row.key) === 0);
  if (duplicate !== undefined) throw new Error(`Two rows have the id ${duplicate.key}`);
  return { stored, sorted, version: 0 };
}

const NO_ROWS: LocalRows = rowsOf([]);

/** The rows of a table in a data source: none where the table was never written there. */
export function rowsIn(table: LocalTable, dataSource: string): LocalRows {
  return (Object.hasOwn(table.rows, dataSource) ? table.rows[dataSource] : undefined) ?? NO_ROWS;
}

/** How many rows of `sorted` have a key before `key`; with `orEqual`, up to and including it. */
export function countBefore(rows: LocalRows, key: RowKey, orEqual = false): number {
  let low = 0;
  let high = rows.sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareKeys(rows.sorted[middle]!.key, key);
    if (order < 0 || (orEqual && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The row with this key, if there is one. */
export function findRow(rows: LocalRows, key: RowKey): LocalRow | undefined {
  const row = rows.sorted[countBefore(rows, key)];
  return row !== undefined && compareKeys(row.key, key) === 0 ? row : undefined;
}

/** Adds a row; throws where its key is taken. */
export function insertRow(rows: LocalRows, row: LocalRow): void {
  if (findRow(rows, row.key) !== undefined) throw new Error(`Row ${row.key} already exists`);
  // Writes to rows, as above.
  const writable = rows as WritableRows;
  writable.sorted.splice(countBefore(rows, row.key), 0, row);
  writable.stored.push(row);
  writable.version += 1;
}

/** Puts a row in the place of the one with its key; in the stored order it moves to the end. */
export function updateRow(rows: LocalRows, row: LocalRow): void {
  deleteRow(rows, row.key);
  insertRow(rows, row);
}

/** Removes the row with this key; throws without one: a test that deletes nothing tests nothing. */
export function deleteRow(rows: LocalRows, key: RowKey): void {
  const row = findRow(rows, key);
  if (row === undefined) throw new Error(`Row ${key} does not exist`);
  // Writes to rows, as above.
  const writable = rows as WritableRows;
  writable.sorted.splice(writable.sorted.indexOf(row), 1);
  writable.stored.splice(writable.stored.indexOf(row), 1);
  writable.version += 1;
}
