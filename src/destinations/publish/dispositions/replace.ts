/** replace: the staged rows take the place of all others. */

import { DELETED_AT_COLUMN } from '../../../table/column.js';
import { numberIn } from '../../engine/session.js';
import { quote } from '../../engine/sql.js';
import { columnTypes } from '../../engine/table-columns.js';
import { rowsToPublish } from '../../staging/staged-table.js';
import type { StoredColumn } from '../../state/contents.js';
import { keyPairs } from './key-pairs.js';
import { aliveRows, assertNotShrunk, create, type Swap, type Swapped, targetTable } from './swap.js';

/** Replaces the table. Throws SHRUNK where far fewer rows would be left. */
export async function replace(swap: Swap): Promise<Swapped> {
  const { previous, staged } = swap;
  if (previous === null) return { ...(await create(swap, [])), rows_deleted: 0 };
  const types = await columnTypes(swap.session, targetTable(swap));
  const gone = goneRows(swap, previous, types);
  // One statement: for a small table each takes longer than its rows.
  const counts = [aliveRows(swap, types), ...(gone === undefined ? [] : [gone])];
  const [row] = await swap.session.rows(
    `SELECT ${counts.map((from, at) => `(SELECT count(*) FROM ${from})::DOUBLE AS n${at}`).join(', ')}`,
  );
  assertNotShrunk(staged.plan, numberIn(row, 'n0'), rowsToPublish(staged.staged));
  const rows_deleted = gone === undefined ? 0 : numberIn(row, 'n1');
  return { ...(await create(swap, previous)), rows_deleted };
}

/** Rows of the old table whose key is not among the staged ones, as a FROM item; undefined without a key. */
function goneRows(
  swap: Swap,
  previous: readonly StoredColumn[],
  types: ReadonlyMap<string, string>,
): string | undefined {
  const { staged } = swap;
  const [key, ...more] = keyPairs(swap, previous);
  if (key === undefined || more.length > 0) return undefined;
  const table = targetTable(swap);
  // Where the key's type has changed between two loads, texts are what can be compared.
  const as = types.get(key.column) === key.type ? '' : '::VARCHAR';
  const alive = types.has(DELETED_AT_COLUMN) ? ` AND old.${quote(DELETED_AT_COLUMN)} IS NULL` : '';
  const same = `new.${key.staged}${as} = old.${key.old}${as}`;
  return `${table} old WHERE NOT EXISTS (SELECT 1 FROM ${staged.table} new WHERE ${same})${alive}`;
}
