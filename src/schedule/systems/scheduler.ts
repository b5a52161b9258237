/** What every scheduler of a system offers. */
import type { ScheduledLoad, Unit } from '../scheduled-load.js';
import type { RunProgram } from './run-program.js';

/** The schedulers that xano knows. */
export const SCHEDULERS = ['systemd', 'launchd', 'cron', 'task-scheduler'] as const;

/** The name of a scheduler. */
export type SchedulerName = (typeof SCHEDULERS)[number];

/** The system that a scheduler is part of. */
export interface System {
  readonly run: RunProgram;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** The user id; undefined under Windows. */
  readonly uid: number | undefined;
  /** As `process.platform` names it. */
  readonly platform: string;
  /** The time zone of this computer. */
  readonly timezone: string;
}

/** A scheduler. Its functions throw USAGE where a program of the system fails, with that program's words. */
export interface Scheduler {
  /** Its name in sentences. */
  readonly title: string;
  /** What it would be given. Throws USAGE for a schedule that it cannot express. */
  readonly units: (load: ScheduledLoad) => readonly Unit[];
  /** Sets the load up. Returns whether anything changed. */
  readonly install: (load: ScheduledLoad) => Promise<boolean>;
  /** Takes it away. Returns whether there was one. */
  readonly remove: (load: ScheduledLoad) => Promise<boolean>;
  /** Whether it has the load, as it is now or otherwise. */
  readonly state: (load: ScheduledLoad) => Promise<'installed' | 'outdated' | 'absent'>;
}
