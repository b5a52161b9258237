/** Staged columns as the target stores them: names and expressions of INSERT and CREATE TABLE AS. Pure. */
import { type Column, DELETED_AT_COLUMN, LOAD_ID_COLUMN, sqlType, storedNames } from '../../table/column.js';
import { literal, quote } from '../engine/sql.js';
import type { StoredColumn } from '../state/contents.js';
import { storedAs } from './nested-sql.js';

/** Staged columns as the target takes them: names and expressions, in the same order. */
export function insertion(
  staged: readonly Column[],
  evolved: readonly StoredColumn[],
): { readonly names: readonly string[]; readonly values: readonly string[] } {
  const from = storedNames(staged);
  const to = storedNames(evolved);
  const places = new Map(evolved.map(({ name }, at) => [name, at]));
  const pairs = staged.map((column, i) => {
    const at = places.get(column.name)!;
    return {
      name: quote(to[at]!),
      value: storedAs(quote(from[i]!), column, evolved[at]!),
    };
  });
  return { names: pairs.map(({ name }) => name), values: pairs.map(({ value }) => value) };
}

/** All columns of a new table, as a select list over staged rows. */
export function selection(
  staged: readonly Column[],
  evolved: readonly StoredColumn[],
  load_id: string,
  deleted_at: boolean,
): string {
  const from = storedNames(staged);
  const to = storedNames(evolved);
  const places = new Map(staged.map(({ name }, at) => [name, at]));
  const expressions = evolved.map((column, i) => {
    const at = places.get(column.name);
    const value =
      at === undefined ? `NULL::${sqlType(column)}` : storedAs(quote(from[at]!), staged[at]!, column);
    return `${value} AS ${quote(to[i]!)}`;
  });
  return [
    ...expressions,
    `${literal(load_id)} AS ${quote(LOAD_ID_COLUMN)}`,
    ...(deleted_at ? [`NULL::TIMESTAMPTZ AS ${quote(DELETED_AT_COLUMN)}`] : []),
  ].join(', ');
}
