/**
 * merge: staged rows take the place of those with the same key; rows that are gone at the source are marked
 * or removed.
 */

import { XanoError } from '../../../errors.js';
import { DELETED_AT_COLUMN } from '../../../table/column.js';
import { marksDeleted } from '../../destination.js';
import { coversAll, inSpan } from '../../engine/column-sql.js';
import { quote } from '../../engine/sql.js';
import { notDeleted } from '../../engine/table-columns.js';
import { type KeyPair, keyPairs, sameKey } from './key-pairs.js';
import {
  assertNotShrunk,
  countAlive,
  create,
  evolve,
  insert,
  type Swap,
  type Swapped,
  targetTable,
} from './swap.js';

/**
 * Merges by primary key. Throws SHRUNK where far fewer rows would be left, CONFIG_INVALID for rows without a
 * key column.
 */
export async function merge(swap: Swap): Promise<Swapped> {
  const { previous, session, staged, complete_ranges } = swap;
  const { plan, table } = staged;
  if (previous === null) return { ...(await create(swap, [])), rows_deleted: 0 };
  const target = targetTable(swap);
  const rows_before = await countAlive(swap);
  const { columns, changes } = await evolve(swap, previous);
  const keys = keyPairs(swap, columns);
  // Without a row nobody knows which columns rows would have.
  if (keys.length === 0 && staged.staged.rows > 0)
    throw new XanoError('CONFIG_INVALID', `Rows of "${plan.resource}" have no key to merge by.`, {
      hint: 'Load it with --write-disposition replace or append.',
    });
  await session.run(`DELETE FROM ${target} old USING ${table} new WHERE ${sameKey(keys) ?? 'false'}`);
  // Rows without a key meet none of the old ones. Where everything was read, all of them have come again.
  if (coversAll(complete_ranges) && keys.length > 0)
    await session.run(`DELETE FROM ${target} WHERE ${keys.map(({ old }) => `${old} IS NULL`).join(' OR ')}`);
  const rows_written = await insert(swap, columns);
  const rows_deleted = await deleteGone(swap, keys, rows_before);
  return { columns, changes, rows_written, rows_deleted };
}

/**
 * Marks or removes the rows of the spans that were read completely whose key was not staged. Throws SHRUNK.
 */
async function deleteGone(swap: Swap, keys: readonly KeyPair[], rows_before: number): Promise<number> {
  const { session, staged } = swap;
  const { plan, table } = staged;
  const target = targetTable(swap);
  const rows_alive = rows_before === 0 ? 0 : await countAlive(swap);
  const alive = await notDeleted(session, target);
  const deleted_at = quote(DELETED_AT_COLUMN);
  const marks_deleted = marksDeleted(plan);
  // Marked by an earlier load, and counted then.
  if (!marks_deleted && alive !== null)
    await session.run(`DELETE FROM ${target} WHERE ${deleted_at} IS NOT NULL`);
  const spans = readSpans(swap, keys);
  if (spans.length === 0) return 0;
  const unmarked = alive !== null && marks_deleted ? ` AND old.${deleted_at} IS NULL` : '';
  const gone = `(${spans.map((span) => `(${span})`).join(' OR ')}) AND NOT EXISTS (SELECT 1 FROM ${table} new WHERE ${sameKey(keys) ?? 'false'})${unmarked}`;
  const rows_deleted = await session.count(`${target} old WHERE ${gone}`);
  assertNotShrunk(plan, rows_before, rows_alive - rows_deleted);
  if (rows_deleted > 0)
    await session.run(
      marks_deleted
        ? `UPDATE ${target} old SET ${deleted_at} = now() WHERE ${gone}`
        : `DELETE FROM ${target} old WHERE ${gone}`,
    );
  return rows_deleted;
}

/** Conditions on `old`: the spans of keys that were read completely. Only a key of one column has spans. */
function readSpans({ complete_ranges }: Swap, [key, ...more]: readonly KeyPair[]): readonly string[] {
  if (coversAll(complete_ranges)) return ['true'];
  if (key === undefined || more.length > 0) return [];
  const value = `TRY_CAST(old.${key.old} AS ${key.type})`;
  return complete_ranges.map((span) => inSpan(value, key.type, span));
}
