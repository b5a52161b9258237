/**
 * How staged rows get into a target: one function for each write disposition.
 * In: a staged table, the target's previous columns, an open transaction.
 * Out: the rows in the target, and the numbers of rows written and deleted.
 */
import type { WriteDisposition } from '../../../table/column.js';
import { isRebuilt, rebuiltTable } from '../../engine/wide.js';
import { append } from './append.js';
import { merge } from './merge.js';
import { replace } from './replace.js';
import type { Swap, Swapped } from './swap.js';

const DISPOSITIONS: Readonly<Record<WriteDisposition, (swap: Swap) => Promise<Swapped>>> = {
  replace,
  append,
  merge,
};

/**
 * Puts staged rows into the target as its plan says. Throws SHRUNK or CONFIG_INVALID with the transaction
 * still open.
 */
export async function applyDisposition(swap: Swap): Promise<Swapped> {
  const { plan } = swap.staged;
  const swapped = await DISPOSITIONS[plan.disposition.type](swap);
  const isCreated =
    swap.previous === null || (plan.disposition.type === 'replace' && swap.keep === undefined);
  if (isCreated || !isRebuilt(swapped.columns, swapped.changes.length)) return swapped;
  // Its rows are new then, and none of them is removed: only so does a commit not add them to others
  // (wide.ts).
  const { schema, name } = plan.target;
  for (const sql of rebuiltTable({ database: swap.database, schema, name }, '*')) await swap.session.run(sql);
  await swap.describe(swapped.columns);
  return swapped;
}
