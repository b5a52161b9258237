/** Deletes staged rows: those of a span of keys, or those that match. */
import { XanoError } from '../../errors.js';
import type { KeySpan, RowMatch } from '../destination.js';
import { inSpan, matching, storedKeys } from '../engine/column-sql.js';
import { quote } from '../engine/sql.js';
import { spanKey } from './key-counts.js';
import { forgetCheckpoint, forgetRejects, rememberRows } from './progress.js';
import { begin, type StagingTable } from './staging-table.js';

/** Deletes the rows of a span. All rows are committed before. */
export async function forgetSpan(staging: StagingTable, span: KeySpan): Promise<void> {
  const { plan, session, table } = staging;
  const key = spanKey(plan, staging.columns, [span]);
  if (key === undefined) throw new XanoError('BUG', `"${plan.resource}" has no key to remove rows by.`);
  await begin(staging);
  const rows = `${table} WHERE ${inSpan(key.name, key.type, span)}`;
  const forgotten = await session.count(rows);
  await session.run(forgetRejects(plan, `SELECT to_json(${key.name})::VARCHAR FROM ${rows}`));
  await session.run(`DELETE FROM ${rows}`);
  staging.rows -= forgotten;
  // In the same transaction: the next load does not continue from a count that disagrees with its rows.
  await session.commit(rememberRows(plan, staging.rows));
  staging.in_transaction = false;
}

/** Deletes the rows that match one of these, and the checkpoint. All rows are committed before. */
export async function forgetMatching(staging: StagingTable, matches: readonly RowMatch[]): Promise<void> {
  const { plan, session, table, columns } = staging;
  const where = matching(columns, matches);
  if (where === undefined || !staging.is_created) return;
  await begin(staging);
  const rows = `${table} WHERE ${where}`;
  const [key, ...more] = storedKeys(columns, plan.target.primary_key);
  if (key !== undefined && more.length === 0)
    await session.run(forgetRejects(plan, `SELECT to_json(${quote(key)})::VARCHAR FROM ${rows}`));
  const forgotten = await session.count(rows);
  await session.commit(`DELETE FROM ${rows}`, forgetCheckpoint(plan));
  staging.rows -= forgotten;
  staging.in_transaction = false;
}
