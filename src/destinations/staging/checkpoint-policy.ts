/**
 * Decides when staged rows are committed, so that a later load can continue after a kill. Pure, except for
 * the given clock.
 */

/** Follows the uncommitted rows in DuckDB, which a kill would lose. */
export interface CheckpointPolicy {
  /** Records rows that DuckDB has read, and their bytes. */
  readonly staged: (rows: number, bytes: number) => void;
  /** Whether to commit them now. */
  readonly isDue: () => boolean;
  /** How long rows may wait for a commit, in milliseconds. */
  readonly every_ms: () => number;
  /** Records a commit that began at this time. */
  readonly committed: (began: number) => void;
}

/**
 * The interval of commits, in milliseconds. Each commit takes some tens of milliseconds; a kill loses the
 * rows since the last one. Slower commits happen less often: they never take more than a twentieth of the
 * time.
 */
const EVERY_MS = 1_000;
const SHARE = 20;
const EVERY_BYTES = 256 * 1024 * 1024;

/**
 * The rows in one of DuckDB's row groups. A commit leaves its last group partly filled, and where several
 * such groups are near each other, DuckDB rewrites all around them when it closes the file: 1.5 s and 150 MB
 * for a million rows (measured, 1.5.5). A commit after few rows only extends the last group.
 */
const GROUP_ROWS = 122_880;
const FULL_ENOUGH = 0.6;
const FEW_ROWS = 10_000;
/** After this many intervals, rows are committed even in the middle of a row group. */
const PATIENCE = 4;
/**
 * Committing many rows takes two tenths of a second, and reading them again hardly longer: even at the end of
 * a row group, a commit waits this many intervals.
 */
const UNHURRIED = 2.5;

/** Follows one table. */
export function createCheckpointPolicy(now: () => number): CheckpointPolicy {
  let last = now();
  let every = EVERY_MS;
  let rows = 0;
  let bytes = 0;

  return {
    staged: (more, in_bytes) => {
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
    committed: (began) => {
      last = now();
      every = Math.max(EVERY_MS, (last - began) * SHARE);
      rows = 0;
      bytes = 0;
    },
  };
}
