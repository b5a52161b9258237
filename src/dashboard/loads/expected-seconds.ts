/** How long a load will take, by past loads. Pure. */
import type { ShownReport } from '../answers.js';

/** What a plan knows of a table. */
interface Planned {
  readonly resource: string;
  readonly rows: number | null;
}

/** Seconds of each table, in the plan's order, and of the load; null where no past load tells. */
export interface ExpectedSeconds {
  readonly tables: readonly (number | null)[];
  readonly all: number | null;
}

/** Tables that a load reads at a time. */
const AT_A_TIME = 4;

/**
 * A table's own speed in its newest complete load counts, else the median of the others. The load takes as
 * long as its longest table, or as all of them on four lanes. `reports`: the newest first.
 */
export function expectedSeconds(
  planned: readonly Planned[],
  reports: readonly ShownReport[],
): ExpectedSeconds {
  const speeds = new Map<string, Speed>();
  for (const { resources } of reports)
    for (const { resource, status, resumed, rows_read, duration_ms } of resources)
      if (status === 'loaded' && !resumed && !speeds.has(resource))
        speeds.set(resource, { rows: rows_read, ms: duration_ms });
  const known = [...speeds.values()]
    .filter(({ rows }) => rows >= TELLING_ROWS)
    .map(({ rows, ms }) => ms / rows);
  const median = known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)];
  const ms = planned.map(({ resource, rows }) => expectedMs(rows, speeds.get(resource), median));
  const seconds = ms.map((value) => (value === null ? null : Math.max(1, Math.ceil(value / 1_000))));
  const sum = ms.reduce<number | null>(
    (total, value) => (total === null || value === null ? null : total + value),
    0,
  );
  if (sum === null || ms.length === 0) return { tables: seconds, all: null };
  const longest = Math.max(...ms.map((value) => value ?? 0));
  return {
    tables: seconds,
    all: Math.max(1, Math.ceil(Math.max(longest, sum / Math.min(AT_A_TIME, ms.length)) / 1_000)),
  };
}

/** What a table took. */
interface Speed {
  readonly rows: number;
  readonly ms: number;
}

/** The time of fewer rows is that of requests, and says nothing about more rows. */
const TELLING_ROWS = 100;

function expectedMs(rows: number | null, own: Speed | undefined, median: number | undefined): number | null {
  if (rows === null) return own?.ms ?? null;
  if (own !== undefined)
    return own.rows < TELLING_ROWS && rows <= own.rows * 2 + TELLING_ROWS
      ? own.ms
      : (own.ms / Math.max(1, own.rows)) * rows;
  return median === undefined ? null : median * rows;
}
