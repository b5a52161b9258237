/** Counts the rows of a staging table, and its different keys. */
import type { Staged } from '../destination.js';
import { numberIn, type Session } from '../engine/session.js';
import { quote } from '../engine/sql.js';

/**
 * Counts rows, different keys, and rows without a key. `keys` are the columns of the key as they are stored.
 */
export async function countStaged(session: Session, table: string, keys: readonly string[]): Promise<Staged> {
  const [key, ...more] = keys;
  if (key === undefined) {
    const rows = await session.count(table);
    return { rows, distinct_keys: null, keyless_rows: rows };
  }
  // Most lists are sorted by their key: then comparing neighbours shows that all keys differ, without
  // remembering any.
  if (more.length === 0) {
    const [row] = await session.rows(inOrderSql(table, key));
    const rows = numberIn(row, 'rows');
    if (numberIn(row, 'keyless_rows') === 0 && numberIn(row, 'out_of_order') === 0)
      return { rows, distinct_keys: rows, keyless_rows: 0 };
  }
  const [row] = await session.rows(distinctSql(table, keys));
  return {
    rows: numberIn(row, 'rows'),
    distinct_keys: numberIn(row, 'distinct_keys'),
    keyless_rows: numberIn(row, 'keyless_rows'),
  };
}

/** Rows, rows without a key, and rows whose key is not above the previous one, in stored order. */
function inOrderSql(table: string, key: string): string {
  const name = quote(key);
  return `SELECT count(*)::DOUBLE AS rows, count(*) FILTER (key IS NULL)::DOUBLE AS keyless_rows, count(*) FILTER (key <= before)::DOUBLE AS out_of_order FROM (SELECT ${name} AS key, lag(${name}) OVER () AS before FROM ${table})`;
}

/** Rows, different complete keys, and rows whose key lacks a part. */
function distinctSql(table: string, keys: readonly string[]): string {
  const quoted = keys.map((key) => quote(key));
  const complete = quoted.map((key) => `${key} IS NOT NULL`).join(' AND ');
  return `SELECT count(*)::DOUBLE AS rows, count(DISTINCT (${quoted.join(', ')})) FILTER (WHERE ${complete})::DOUBLE AS distinct_keys, count(*) FILTER (WHERE NOT (${complete}))::DOUBLE AS keyless_rows FROM ${table}`;
}
