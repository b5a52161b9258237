/** replace: the staged rows take the place of all others. */

import { DELETED_AT_COLUMN } from '../../../table/column.js';
import { quote } from '../../engine/sql.js';
import { columnTypes } from '../../engine/table-columns.js';
import { rowsToPublish } from '../../staging/staged-table.js';
import type { StoredColumn } from '../../state/contents.js';
import { keyPairs } from './key-pairs.js';
import { assertNotShrunk, countAlive, create, type Swap, type Swapped, targetTable } from './swap.js';

/** Replaces the table. Throws SHRUNK where far fewer rows would be left. */
export async function replace(swap: Swap): Promise<Swapped> {
  const { previous, staged } = swap;
  if (previous === null) return { ...(await create(swap, [])), rows_deleted: 0 };
  const types = await columnTypes(swap.session, targetTable(swap));
  assertNotShrunk(staged.plan, await countAlive(swap, types), rowsToPublish(staged.staged));
  const rows_deleted = await countGone(swap, previous, types);
  return { ...(await create(swap, previous)), rows_deleted };
}

/** Rows of the old table whose key is not among the staged ones. */
async function countGone(
  swap: Swap,
  previous: readonly StoredColumn[],
  types: ReadonlyMap<string, string>,
): Promise<number> {
  const { session, staged } = swap;
  const [key, ...more] = keyPairs(swap, previous);
  if (key === undefined || more.length > 0) return 0;
  const table = targetTable(swap);
  // Where the key's type has changed between two loads, texts are what can be compared.
  const as = types.get(key.column) === key.type ? '' : '::VARCHAR';
  const alive = types.has(DELETED_AT_COLUMN) ? ` AND old.${quote(DELETED_AT_COLUMN)} IS NULL` : '';
  const same = `new.${key.staged}${as} = old.${key.old}${as}`;
  return session.count(
    `${table} old WHERE NOT EXISTS (SELECT 1 FROM ${staged.table} new WHERE ${same})${alive}`,
  );
}
