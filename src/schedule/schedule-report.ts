/** A schedule beside the loads that there were: the object of `xano schedule status --json`. */
import { asXanoError, openStore, type PastLoad, type PlaceOptions, runningLoad } from '../index.js';
import { timesAfter } from './cron-times.js';
import { plannedRuns, spanOf } from './missed-runs.js';
import type { Schedule } from './schedule-schema.js';

/** What a schedule brought. Times are ISO 8601, UTC. */
export interface ScheduleReport {
  readonly cron: string;
  /** The time zone that the schedule goes by. */
  readonly timezone: string;
  readonly jitter_ms: number;
  /** The next three. */
  readonly next_runs: readonly string[];
  readonly last_load: PastLoad | null;
  /** Planned times before this one are not looked at. */
  readonly since: string;
  readonly runs_done: number;
  /** Planned times at which no load began until the next one. */
  readonly missed: readonly string[];
}

/** Where loads are looked for. */
export interface LoadedPlace {
  readonly to: string;
  readonly place: Partial<PlaceOptions>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** How far back missed runs are named. */
const LOOK_BACK_MS = 7 * 86_400_000;
/** The most loads that are read for that. */
const MOST_LOADS = 500;

/** Past loads, the newest first; none where nothing was loaded. Throws DATABASE_LOCKED. */
export async function pastLoads({ to, place, sleep }: LoadedPlace, loads: number): Promise<PastLoad[]> {
  const store = await openStore(to, place);
  try {
    return await store.history({ loads, sleep });
  } catch (thrown) {
    // Before the first load there is nothing to open.
    if (asXanoError(thrown).code !== 'DATABASE_FAILED') throw thrown;
    return [];
  } finally {
    await store.close();
  }
}

/**
 * Compares a schedule with the loads of a destination. `since`: when the schedule began, in epoch
 * milliseconds; undefined, it began with the first load. Throws DATABASE_LOCKED.
 */
export async function readScheduleReport(
  schedule: Schedule,
  since: number | undefined,
  loaded: LoadedPlace,
  { now, timezone }: { readonly now: number; readonly timezone: string },
): Promise<ScheduleReport> {
  const loads = await pastLoads(loaded, MOST_LOADS);
  const running = await runningLoad(loaded.to, loaded.place);
  const oldest = loads.length === 0 ? now : Date.parse(loads.at(-1)!.started_at);
  // Loads older than the oldest one that was read may have been there.
  const known = loads.length < MOST_LOADS ? (since ?? oldest) : Math.max(since ?? oldest, oldest);
  const from = Math.max(known, now - LOOK_BACK_MS);
  const spans = loads.map((load) => spanOf(load, running?.load_id ?? null));
  const runs = plannedRuns(schedule, spans, { since: from, now });
  return {
    cron: schedule.cron,
    timezone: schedule.timezone ?? timezone,
    jitter_ms: schedule.jitter_ms,
    next_runs: timesAfter(schedule, now, 3).map(iso),
    last_load: loads[0] ?? null,
    since: iso(from),
    runs_done: runs.filter(({ state }) => state === 'done').length,
    missed: runs.filter(({ state }) => state === 'missed').map(({ at }) => iso(at)),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
