/** When staged rows are made durable. Pure, but for the clock that is given. */

/** Follows what DuckDB has, and what of it a kill would not take. */
export interface Durability {
  /** DuckDB has read so many more rows out of so many bytes. */
  readonly read: (rows: number, bytes: number) => void;
  /** Whether they are to be made durable now. */
  readonly isDue: () => boolean;
  /** How long rows may wait for that, in milliseconds. */
  readonly every_ms: () => number;
  /** They were; it began at that time. */
  readonly made: (began: number) => void;
}

/**
 * Rows are made durable this often. Each time costs some tens of milliseconds, a kill costs what came since. Where it takes longer, it
 * happens less often, so that it never takes more than a twentieth of the time.
 */
const EVERY_MS = 1_000;
const SHARE = 20;
const EVERY_BYTES = 256 * 1024 * 1024;

/**
 * DuckDB keeps rows in groups of this many. A commit leaves its last group as full as it is, and where several groups that are far from full
 * lie near each other, DuckDB writes all around them anew when it lets go of the file: 1.5 s and 150 MB of a million rows (measured, 1.5.5).
 * Commits after few rows only lengthen the group that is there.
 */
const GROUP_ROWS = 122_880;
const FULL_ENOUGH = 0.6;
const FEW_ROWS = 10_000;
/** A better moment is not waited for any longer than so many times as long. */
const PATIENCE = 4;
/** Many rows take two tenths of a second to be made durable, and hardly longer to be read again: a good moment is only taken after so many times as long. */
const UNHURRIED = 2.5;

/** Follows one table. */
export function followDurability(now: () => number): Durability {
  let last = now();
  let every = EVERY_MS;
  let rows = 0;
  let bytes = 0;

  return {
    read: (more, in_bytes) => {
      rows += more;
      bytes += in_bytes;
    },
    isDue: () => {
      const waited = Math.max((now() - last) / every, bytes / EVERY_BYTES);
      if (waited < 1) return false;
      if (rows <= FEW_ROWS || waited >= PATIENCE) return true;
      return waited >= UNHURRIED && rows % GROUP_ROWS >= GROUP_ROWS * FULL_ENOUGH;
    },
    every_ms: () => every,
    made: (began) => {
      last = now();
      every = Math.max(EVERY_MS, (last - began) * SHARE);
      rows = 0;
      bytes = 0;
    },
  };
}
