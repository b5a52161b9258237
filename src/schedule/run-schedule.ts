/**
 * Starts loads at the times of a schedule, in this process.
 * In: a schedule, a clock, and the way to start a load.
 * Out: loads that never overlap, until it is closed.
 */
import { timesAfter } from './cron-times.js';
import type { Schedule } from './schedule-schema.js';

/** What happens at the times of a schedule. Times are epoch milliseconds. */
export type ScheduleEvent =
  /** A load begins. `planned`: the time that it is of; null for one beside the plan. */
  | { readonly type: 'started'; readonly planned: number | null }
  /** It ended with this status; null where a signal ended it. */
  | { readonly type: 'ended'; readonly status: number | null; readonly took_ms: number }
  /** The load before still runs: the load of this time is left out. */
  | { readonly type: 'skipped'; readonly planned: number };

/** What a running schedule takes from outside. */
export interface RunScheduleOptions {
  readonly schedule: Schedule;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Calls a function once after this time. Returns the way to cancel it. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Starts a load, and resolves with its exit status at its end; undefined where one runs already. */
  readonly start: () => Promise<number | null> | undefined;
  readonly on_event: (event: ScheduleEvent) => void;
}

/** A schedule that runs. */
export interface RunningSchedule {
  /** The next times, in epoch milliseconds, without jitter. */
  readonly next: (count: number) => number[];
  /** Starts a load now, beside the plan. */
  readonly startNow: () => void;
  /** Starts no further load; one that runs is left alone. */
  readonly close: () => void;
}

/**
 * The longest wait before the clock is looked at again: a computer that slept, or a clock that was set, must
 * not make a load late by more. Milliseconds.
 */
const LOOK_MS = 30_000;

/** Runs a schedule from now on. */
export function runSchedule(options: RunScheduleOptions): RunningSchedule {
  const { schedule, now, alarm, random } = options;
  let planned = timesAfter(schedule, now(), 1)[0];
  let delay = random() * schedule.jitter_ms;
  let cancel = (): void => {};
  let isClosed = false;
  const look = (): void => {
    if (isClosed || planned === undefined) return;
    const wait = planned + delay - now();
    if (wait <= 0) {
      startOne(options, planned);
      // Times that passed meanwhile are one load: the one that has just begun.
      planned = timesAfter(schedule, Math.max(planned, now()), 1)[0];
      delay = random() * schedule.jitter_ms;
      look();
    } else cancel = alarm(Math.min(wait, LOOK_MS), look);
  };
  look();
  return {
    next: (count) => timesAfter(schedule, now(), count),
    startNow: () => startOne(options, null),
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}

function startOne({ start, on_event, now }: RunScheduleOptions, planned: number | null): void {
  const ended = start();
  if (ended === undefined) {
    if (planned !== null) on_event({ type: 'skipped', planned });
    return;
  }
  const began = now();
  on_event({ type: 'started', planned });
  void ended.then((status) => on_event({ type: 'ended', status, took_ms: now() - began }));
}
