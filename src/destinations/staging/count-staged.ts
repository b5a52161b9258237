/** HEADER: what this file is. */

import { numberIn, type Row, type Session } from '../engine/engine.js';
import { quote } from '../engine/sql.js';

/**
 * Tells how many rows a table has, how many without a key, and how many whose key is not above the one before it, in the order in which
 * they lie. Where there is none of either, all keys are different: nothing has to be remembered to find that out.
 */
function countInOrder(table: string, key: string): string {
  const name = quote(key);
  return `SELECT count(*)::DOUBLE AS rows, count(*) FILTER (key IS NULL)::DOUBLE AS keyless_rows, count(*) FILTER (key <= before)::DOUBLE AS out_of_order FROM (SELECT ${name} AS key, lag(${name}) OVER () AS before FROM ${table})`;
}

/** Tells how many rows and how many different, whole keys a table has. */
export function countKeys(table: string, keys: readonly string[]): string {
  const quoted = keys.map((key) => quote(key));
  const whole = quoted.map((key) => `${key} IS NOT NULL`).join(' AND ');
  const distinct =
    keys.length === 0 ? 'NULL' : `count(DISTINCT (${quoted.join(', ')})) FILTER (WHERE ${whole})`;
  const keyless = keys.length === 0 ? 'count(*)' : `count(*) FILTER (WHERE NOT (${whole}))`;
  return `SELECT count(*)::DOUBLE AS rows, (${distinct})::DOUBLE AS distinct_keys, (${keyless})::DOUBLE AS keyless_rows FROM ${table}`;
}

/** Rows, different keys and rows without one. Rows that came in the order of their key, as most do, are counted without remembering any. */
export async function countAll(
  session: Session,
  table: string,
  keys: readonly string[],
): Promise<Row | undefined> {
  if (keys.length === 1) {
    const [row] = await session.rows(countInOrder(table, keys[0]!));
    if (numberIn(row, 'keyless_rows') === 0 && numberIn(row, 'out_of_order') === 0)
      return { ...row, distinct_keys: numberIn(row, 'rows') };
  }
  const [row] = await session.rows(countKeys(table, keys));
  return row;
}
