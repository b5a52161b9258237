/**
 * The targets of publishing are judged by the medians of one benchmark, and only those that were measured.
 */
import { expect, it } from 'vitest';
import { percentile } from '../../bench/format.js';
import type { Measured } from '../../bench/run.js';
import { judge } from '../../bench/targets.js';

/** Runs of a row of the group `destinations`, by their wall seconds and their peak memory. */
const measured = (
  key: string,
  walls: readonly number[],
  rss_mb = 100,
  statements: number | null = null,
): Measured => ({
  case: {
    ...{ key, name: key, group: 'destinations', rows: 1_000_000, latency_ms: null, tables: 1 },
    ...{
      runs: walls.length,
      settings: {},
      command: () => ({ program: '', args: [] }),
      verify: async () => {},
    },
  },
  runs: walls.map((wall_s) => ({
    ...{ wall_s, cpu_s: 1, rss_mb, statements },
    served: { requests: 0, pages: 0, refused: 0, bytes: 0 },
  })),
});

it('judges publishing beside the floor of the same destination', () => {
  const all = [
    measured('pg-copy', [4, 3, 9]),
    measured('pg-publish', [5, 5, 1], 351),
    measured('pg-replace', [8, 8, 9]),
    measured('lake-copy', [0.8]),
    measured('lake-publish', [1]),
    measured('lake-ten', [0.3]),
  ];
  expect(judge(all)).toEqual([
    {
      target: 'Postgres, first publish of ten columns beside floor C: at least 1.0 × as fast',
      measured: '0.80 × (4.00 s to 5.00 s)',
      met: false,
    },
    {
      target: 'Postgres, a replace that changes nothing: at most 2.2 × floor C',
      measured: '2.00 × (8.00 s to 4.00 s)',
      met: true,
    },
    { target: 'Postgres, peak memory of the process: below 350 MB', measured: '351 MB', met: false },
    {
      target: 'DuckLake, first publish beside floor D: at least 0.8 × as fast',
      measured: '0.80 × (0.800 s to 1.00 s)',
      met: true,
    },
    { target: 'DuckLake, ten rows: below 0.3 s', measured: '0.300 s', met: false },
  ]);
});

it('judges many small tables beside their floor, and by the statements for each of the 200', () => {
  const all = [
    measured('small-floor', [2]),
    measured('small-new', [5], 300, 800),
    measured('small-over', [6.2], 300, 801),
  ];
  expect(judge(all)).toEqual([
    {
      target: 'many small tables, a new file: at most 2.5 × the floor',
      measured: '2.50 × (5.00 s to 2.00 s)',
      met: true,
    },
    {
      target: 'many small tables, over an existing file: at most 3 × the floor',
      measured: '3.10 × (6.20 s to 2.00 s)',
      met: false,
    },
    { target: 'many small tables, a new file: at most 4 statements a table', measured: '4.0', met: true },
    {
      target: 'many small tables, over an existing file: at most 4 statements a table',
      measured: '4.0',
      met: false,
    },
  ]);
});

it('takes the value that so great a part of all does not exceed', () => {
  const values = Array.from({ length: 40 }, (_, i) => 40 - i);
  expect([0.5, 0.95, 1].map((part) => percentile(values, part))).toEqual([20, 38, 40]);
  expect(percentile([7], 0.95)).toBe(7);
});
