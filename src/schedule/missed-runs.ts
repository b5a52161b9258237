/** Which planned loads there were: the times of a schedule beside the loads of a destination. Pure. */
import type { PastLoad } from '../index.js';
import { timesBetween } from './cron-times.js';
import type { Schedule } from './schedule-schema.js';

/** The time of a load, in epoch milliseconds. */
export interface LoadSpan {
  readonly from: number;
  /** Infinity while it runs. */
  readonly to: number;
}

/**
 * The time of a load of the history. `running_id`: the load that runs now; any other without an end was
 * killed.
 */
export function spanOf({ load_id, started_at, finished_at }: PastLoad, running_id: string | null): LoadSpan {
  const from = Date.parse(started_at);
  if (finished_at !== null) return { from, to: Date.parse(finished_at) };
  return { from, to: load_id === running_id ? Number.POSITIVE_INFINITY : from };
}

/** How a planned load went. */
export interface PlannedRun {
  /** Epoch milliseconds. */
  readonly at: number;
  /** `due`: it may still start in time. */
  readonly state: 'done' | 'missed' | 'due';
}

/** How late a load may start beside its jitter before it is missed: a busy computer, a slow start. */
const GRACE_MS = 10 * 60_000;
/** Clocks that differ a little. Milliseconds. */
const EARLY_MS = 5000;

/**
 * The planned times after `since` until now, each with what became of it. A run is done when a load started
 * between its time and the next one, or when a load was still running at its time. Daylight saving is
 * croner's.
 */
export function plannedRuns(
  schedule: Schedule,
  loads: readonly LoadSpan[],
  { since, now }: { readonly since: number; readonly now: number },
): PlannedRun[] {
  const times = timesBetween(schedule, since, now);
  return times.map((at, i) => {
    const end = times[i + 1] ?? Number.POSITIVE_INFINITY;
    const isDone = loads.some(
      ({ from, to }) => (from >= at - EARLY_MS && from < end - EARLY_MS) || (from < at && to > at),
    );
    if (isDone) return { at, state: 'done' };
    return { at, state: now <= at + schedule.jitter_ms + GRACE_MS && end > now ? 'due' : 'missed' };
  });
}
