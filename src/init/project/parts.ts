/** What `--with` adds to a project. */

/** The schedulers of systems. */
export const TIMERS = ['systemd', 'launchd', 'cron', 'task-scheduler'] as const;

/** What `--with` adds to a project. */
export const PARTS = ['github', 'docker', ...TIMERS, 'dbt', 'evidence'] as const;

/** A part of a project. */
export type Part = (typeof PARTS)[number];

/** Parts that start loads: a project with one of them has a schedule. */
export const SCHEDULED_PARTS: readonly Part[] = ['github', ...TIMERS];
