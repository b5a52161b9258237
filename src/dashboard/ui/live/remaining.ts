/** How much of a load is left. Pure. */
import type { LiveTable } from '../../loads/live-answers.js';

/** All tables together. */
export interface Remaining {
  readonly tables: number;
  /** Tables that have a result. */
  readonly done: number;
  readonly rows_read: number;
  /** Of the tables whose count is known. */
  readonly rows_expected: number;
  /** From 0 to 1; null before anything is known. */
  readonly share: number | null;
  /** Tables without a known count are to come: the time left is a minimum. */
  readonly is_open: boolean;
}

const isDone = ({ result }: LiveTable): boolean => result !== null;

/** The part of a table that is read, from 0 to 1; null where Xano does not count its rows. */
export function shareOf({ state, rows_read, rows_expected }: LiveTable): number | null {
  if (state === 'loaded') return 1;
  if (rows_expected === null) return null;
  // Only a table that is loaded is complete.
  return rows_expected === 0 ? 0.99 : Math.min(0.99, rows_read / rows_expected);
}

/** Milliseconds until a number of rows is read; null where the speed is not known. */
export function timeLeft(rows: number, rows_per_second: number | null): number | null {
  return rows_per_second === null || rows_per_second <= 0 || rows <= 0
    ? null
    : (rows / rows_per_second) * 1_000;
}

/** Sums up the tables of a load. */
export function remainingOf(tables: readonly LiveTable[]): Remaining {
  const sum = (of: (table: LiveTable) => number): number =>
    tables.reduce((total, table) => total + of(table), 0);
  const shares = sum((table) => (isDone(table) ? 1 : (shareOf(table) ?? 0)));
  return {
    tables: tables.length,
    done: tables.filter(isDone).length,
    rows_read: sum(({ rows_read }) => rows_read),
    rows_expected: sum(({ rows_read, rows_expected }) => Math.max(rows_read, rows_expected ?? 0)),
    share: tables.length === 0 ? null : shares / tables.length,
    is_open: tables.some((table) => !isDone(table) && table.rows_expected === null),
  };
}
