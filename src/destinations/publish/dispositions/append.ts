/**
 * append: the staged rows join those that are there; of a list that was read in parts, only some of the old
 * rows stay.
 */
import { XanoError } from '../../../errors.js';
import type { RowMatch } from '../../destination.js';
import { matching } from '../../engine/column-sql.js';
import { rowsToPublish } from '../../staging/staged-table.js';
import type { StoredColumn } from '../../state/contents.js';
import { columnPairs, keyPairs, sameKey } from './key-pairs.js';
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

/** Appends the rows, but for those that the table has already. */
export async function append(swap: Swap): Promise<Swapped> {
  const { previous, staged } = swap;
  if (previous === null) return { ...(await create(swap, [])), rows_deleted: 0 };
  if (swap.keep !== undefined) return replaceOthers(swap, previous, swap.keep);
  const { columns, changes } = await evolve(swap, previous);
  const { disposition, target } = staged.plan;
  const skip_known = disposition.type === 'append' ? disposition.skip_known : null;
  // Another value of the cursor is another state of the row: that is what is appended.
  const same = skip_known === null ? [] : columnPairs(swap, columns, [...target.primary_key, skip_known]);
  const known =
    same.length < 2
      ? ''
      : ` WHERE NOT EXISTS (SELECT 1 FROM ${targetTable(swap)} old WHERE ${same.map(({ old, now }) => `old.${old} IS NOT DISTINCT FROM new.${now}`).join(' AND ')})`;
  const rows_written = await insert(swap, columns, known);
  return { columns, changes, rows_written, rows_deleted: 0 };
}

/**
 * Replaces a table but for some of its rows, in place: those stay as they are, unless their key has come
 * again.
 */
async function replaceOthers(
  swap: Swap,
  previous: readonly StoredColumn[],
  keep: readonly RowMatch[],
): Promise<Swapped> {
  const { session, staged } = swap;
  const { plan, table } = staged;
  const old = `${targetTable(swap)} old`;
  const rows_before = await countAlive(swap);
  const { columns, changes } = await evolve(swap, previous);
  const stays = matching(columns, keep, 'old.');
  if (stays === undefined)
    throw new XanoError('BUG', `"${plan.resource}" lacks the columns that identify the rows to keep.`);
  const same = sameKey(keyPairs(swap, columns));
  const again = same === null ? 'false' : `EXISTS (SELECT 1 FROM ${table} new WHERE ${same})`;
  const goes = `(NOT coalesce(${stays}, false) OR ${again})`;
  const rows_deleted = same === null ? 0 : await session.count(`${old} WHERE ${goes} AND NOT ${again}`);
  const left = (await session.count(`${old} WHERE NOT ${goes}`)) + rowsToPublish(staged.staged);
  assertNotShrunk(plan, rows_before, left);
  await session.run(`DELETE FROM ${old} WHERE ${goes}`);
  const rows_written = await insert(swap, columns);
  return { columns, changes, rows_written, rows_deleted };
}
