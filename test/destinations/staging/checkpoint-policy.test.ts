/** When staged rows are committed: soon, and at moments that DuckDB does not have to make up for later. */
import { describe, expect, it } from 'vitest';
import {
  type CheckpointPolicy,
  createCheckpointPolicy,
} from '../../../src/destinations/staging/checkpoint-policy.js';

/**
 * After how many milliseconds, at so many rows a second of so many bytes each, rows are committed; and how
 * many those are.
 */
function moments(
  rows_per_s: number,
  row_bytes: number,
  seconds: number,
  takes_ms = 0,
): { readonly ms: number; readonly rows: number }[] {
  let clock = 0;
  const policy: CheckpointPolicy = createCheckpointPolicy(() => clock);
  const made: { ms: number; rows: number }[] = [];
  let rows = 0;
  // Files of 16 MB, or what came in a second.
  const batch = Math.max(1, Math.min(rows_per_s, Math.floor((16 * 1024 * 1024) / row_bytes)));
  while (clock < seconds * 1000) {
    clock += (batch / rows_per_s) * 1000;
    policy.staged(batch, batch * row_bytes);
    rows += batch;
    if (!policy.isDue()) continue;
    const began = clock;
    clock += takes_ms;
    policy.committed(began);
    made.push({ ms: Math.round(began), rows });
    rows = 0;
  }
  return made;
}

const GROUP = 122_880;

describe('staged rows are committed', () => {
  it('every second where few rows come', () => {
    expect(moments(2_000, 400, 5)).toEqual(
      [1, 2, 3, 4, 5].map((second) => ({ ms: second * 1000, rows: 2000 })),
    );
  });

  it('when the last row group is more than half full where many rows come, after two and a half to four seconds', () => {
    for (const rows_per_s of [30_000, 80_000, 150_000, 400_000, 1_500_000]) {
      const made = moments(rows_per_s, 400, 40);
      const gaps = made.map(({ ms }, i) => ms - (made[i - 1]?.ms ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(4_500);
      // Beyond, a quarter of a gigabyte comes sooner.
      if (rows_per_s <= 400_000) expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_500);
      expect(made.length).toBeGreaterThan(8);
      for (const { rows } of made) expect(rows % GROUP).toBeGreaterThanOrEqual(0.6 * GROUP);
    }
  });

  it('after four times as long at the latest, however full the row group is', () => {
    // Files of exactly one group: it is never half full.
    const made = moments(GROUP, (16 * 1024 * 1024) / GROUP, 20);
    expect(made.map(({ ms }) => ms)).toEqual([4, 8, 12, 16, 20].map((second) => second * 1000));
  });

  it('less often where a commit takes long: for a twentieth of the time', () => {
    const made = moments(2_000, 400, 60, 500);
    const gaps = made.slice(1).map(({ ms }, i) => ms - made[i]!.ms - 500);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
  });

  it('after a quarter of a gigabyte at the latest where a commit takes long and rows are long', () => {
    const made = moments(1_000, 256 * 1024, 10, 4_000);
    expect(made.map(({ rows }) => rows)).toEqual([1024, 1024]);
  });
});
