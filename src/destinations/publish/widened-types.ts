/** Finds the type that holds the old values of a column and its new ones, exactly. */

import { type Column, sqlType } from '../../table/column.js';
import { numberIn, type Session } from '../engine/session.js';
import type { StoredColumn } from '../state/contents.js';

/** The types that hold the old values and the new ones, by index. */
export async function widenedTypes(
  session: Session,
  at: string,
  retyped: readonly Retyped[],
): Promise<ReadonlyMap<number, Column>> {
  const types = new Map<number, Column>();
  const toCompare: Retyped[] = [];
  for (const one of retyped) {
    const { index, old, wanted } = one;
    const json: Column = {
      ...wanted,
      type: 'JSON',
      list: false,
      size: undefined,
      list_of_vectors: undefined,
    };
    if (isNested(old, wanted)) types.set(index, wanted);
    else if (
      [sqlType(old), sqlType(wanted)].includes('JSON') ||
      old.shape !== undefined ||
      old.list ||
      wanted.list
    )
      types.set(index, json);
    else toCompare.push(one);
  }
  // Converted to the new type and back, through text: a value that comes back changed does not fit exactly.
  const counts = toCompare.map(({ name, old, wanted, index }) => {
    const back = `TRY_CAST(TRY_CAST(${name}::VARCHAR AS ${sqlType(wanted)})::VARCHAR AS ${sqlType(old)})`;
    return `(count(*) FILTER (${name} IS NOT NULL AND (${back} IS DISTINCT FROM ${name})))::DOUBLE AS n${index}`;
  });
  for (let from = 0; from < counts.length; from += COMPARED_AT_ONCE) {
    const to = from + COMPARED_AT_ONCE;
    const [row] = await session.rows(`SELECT ${counts.slice(from, to).join(', ')} FROM ${at}`);
    for (const { index, wanted } of toCompare.slice(from, to))
      types.set(index, numberIn(row, `n${index}`) === 0 ? wanted : { ...wanted, type: 'VARCHAR' });
  }
  return types;
}

/** A column whose type differs from the one that rows have now. */
export interface Retyped {
  readonly index: number;
  readonly name: string;
  readonly old: StoredColumn;
  readonly wanted: Column;
}

/**
 * DuckDB compares each expression of a statement with all others: 4,000 of these took 50 seconds and 6 GB
 * (measured, 1.5.5).
 */
const COMPARED_AT_ONCE = 100;

/** Whether each of the two holds exactly what the other one does: that was verified, or is JSON. */
export const isNested = (old: Column, wanted: Column): boolean =>
  wanted.shape !== undefined || (old.shape !== undefined && wanted.type === 'JSON');
