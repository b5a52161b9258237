/**
 * When staged rows are committed, so that a killed load can be continued. Pure, but for the clock that is
 * given.
 */

/** Follows the rows that DuckDB has and that a kill would take. */
export interface CheckpointPolicy {
  /** DuckDB has read so many more rows out of so many bytes. */
  readonly staged: (rows: number, bytes: number) => void;
  /** Whether they are to be committed now. */
  readonly isDue: () => boolean;
  /** How long rows may wait for that, in milliseconds. */
  readonly every_ms: () => number;
  /** They are committed; that began at this time. */
  readonly committed: (began: number) => void;
}

/**
 * Rows are committed this often. Each commit costs some tens of milliseconds, a kill costs what came since
 * the last one. Where commits take longer, they happen less often: they never take more than a twentieth of
 * the time.
 */
const EVERY_MS = 1_000;
const SHARE = 20;
const EVERY_BYTES = 256 * 1024 * 1024;

/**
 * DuckDB keeps rows in groups of this many. A commit leaves its last group as full as it is, and where
 * several groups that are far from full lie near each other, DuckDB writes all around them anew when it lets
 * go of the file: 1.5 s and 150 MB of a million rows (measured, 1.5.5). Commits after few rows only lengthen
 * the group that is there.
 */
const GROUP_ROWS = 122_880;
const FULL_ENOUGH = 0.6;
const FEW_ROWS = 10_000;
/** After so many times as long, rows are committed at a bad moment, too. */
const PATIENCE = 4;
/**
 * Many rows take two tenths of a second to commit, and hardly longer to be read again: even a good moment is
 * only taken after so many times as long.
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
