/** Columns that a target and its staging table both have, as SQL compares them. */
import { sqlType, storedNames } from '../../../table/column.js';
import { quote } from '../../engine/sql.js';
import type { StoredColumn } from '../../state/contents.js';
import type { Swap } from './swap.js';

/** A column in the target and in staging. */
export interface KeyPair {
  /** Its name in the target. */
  readonly column: string;
  /** Quoted, in the target. */
  readonly old: string;
  /** Quoted, in staging. */
  readonly staged: string;
  /** Quoted, in staging; converted where its type is another one there. */
  readonly now: string;
  /** As staged: spans are in the order of this type, whatever the target keeps keys as. */
  readonly type: string;
}

/** The columns of the primary key in the target and in staging; none where one of them is missing. */
export const keyPairs = (swap: Swap, columns: readonly StoredColumn[]): KeyPair[] =>
  columnPairs(swap, columns, swap.staged.plan.target.primary_key);

/** Columns in the target and in staging; none where one of them is missing. */
export function columnPairs(
  { staged }: Swap,
  columns: readonly StoredColumn[],
  wanted: readonly string[],
): KeyPair[] {
  const stagedNames = storedNames(staged.columns);
  const names = storedNames(columns);
  const pairs = wanted.flatMap((key): KeyPair[] => {
    const from = staged.columns.findIndex(({ name }) => name === key);
    const to = columns.findIndex(({ name }) => name === key);
    if (from < 0 || to < 0) return [];
    const type = sqlType(columns[to]!);
    const stagedType = sqlType(staged.columns[from]!);
    const as = stagedType === type ? '' : `::${type}`;
    const column = names[to]!;
    const stagedColumn = quote(stagedNames[from]!);
    return [
      { column, old: quote(column), staged: stagedColumn, now: `${stagedColumn}${as}`, type: stagedType },
    ];
  });
  return pairs.length === wanted.length ? pairs : [];
}

/**
 * A condition that a row of the target, `old`, and a staged one, `new`, have the same key; null without a
 * key.
 */
export function sameKey(pairs: readonly KeyPair[]): string | null {
  return pairs.map(({ old, now }) => `old.${old} = new.${now}`).join(' AND ') || null;
}
