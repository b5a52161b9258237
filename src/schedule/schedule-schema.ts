/** When a project loads: the `schedule` of its file, and flags that replace it. */
import { z } from 'zod';
import { XanoError } from '../errors.js';
import { nearestName } from '../names.js';
import { type CronTimes, cronMistake } from './cron-times.js';

/** When loads run. */
export interface Schedule extends CronTimes {
  /** The longest random delay of each load. Milliseconds; 0 is none. */
  readonly jitter_ms: number;
}

/** The longest delay: a later start would be a schedule of its own. Milliseconds. */
const MOST_JITTER_MS = 12 * 3_600_000;

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** A delay such as `90s`, `5m` or `1h30m` in milliseconds; undefined for any other text, and beyond 12 h. */
function jitterMs(text: string): number | undefined {
  const parts = /^(?:\d{1,6}[smh])+$/.test(text) ? [...text.matchAll(/(\d{1,6})([smh])/g)] : [];
  const ms = parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS_MS[unit!]!, 0);
  return parts.length === 0 || ms > MOST_JITTER_MS ? undefined : ms;
}

/** What is wrong with a time zone, as the rest of a sentence; undefined where this computer knows it. */
function timezoneMistake(name: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // An offset is not a time zone: it has no daylight saving time, and no other program takes it.
    if (!/^[+-]/.test(name)) return undefined;
  } catch {
    // The sentence below says it.
  }
  const near = nearestName(Intl.supportedValuesOf('timeZone'), name);
  return `is "${name}"; expected is a time zone such as ${near ?? 'Europe/Berlin'}`;
}

const cronSchema = z
  .string()
  .superRefine((text, context) => {
    const message = cronMistake(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .describe('minute, hour, day of the month, month, day of the week: "15 3 * * *" is 03:15 each day');

const objectSchema = z.strictObject({
  cron: cronSchema,
  timezone: z
    .string()
    .superRefine((name, context) => {
      const message = timezoneMistake(name);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional()
    .describe('an IANA name such as Europe/Berlin; default: the time zone of the computer'),
  jitter: z
    .string()
    .superRefine((text, context) => {
      if (jitterMs(text) === undefined)
        context.addIssue({
          code: 'custom',
          message: `is "${text}"; expected is a time up to 12h such as 5m`,
        });
    })
    .optional()
    .describe('delay each load by a random time up to this one, such as 5m'),
});

/**
 * The `schedule` of a project: a cron text of five fields, or an object with `cron`, `timezone` and `jitter`.
 * It is parsed into a {@link Schedule}. Its messages are ends of sentences behind the name of the field.
 */
export const scheduleSchema = z.union([cronSchema, objectSchema]).transform((given): Schedule => {
  const { cron, timezone, jitter } = typeof given === 'string' ? { cron: given } : given;
  return {
    cron: cron.trim().split(/\s+/).join(' '),
    timezone: timezone ?? null,
    jitter_ms: jitterMs(jitter ?? '0s') ?? 0,
  };
});

/** Parts of a schedule as flags give them. */
export interface ScheduleFlags {
  readonly cron?: string | undefined;
  readonly timezone?: string | undefined;
  readonly jitter?: string | undefined;
}

/**
 * The schedule of flags, each in the place of the same part of a project's. Throws USAGE for a part that is
 * not valid, and where neither says when.
 */
export function scheduleOf(flags: ScheduleFlags, project?: Schedule): Schedule {
  const cron = flags.cron ?? project?.cron;
  if (cron === undefined)
    throw new XanoError('USAGE', 'This project has no schedule.', {
      hint: 'Add `schedule: "15 3 * * *"` to the part "project" of xano.yaml, or give --cron "15 3 * * *".',
    });
  const { timezone, jitter } = flags;
  const read = objectSchema.safeParse({ cron, timezone, jitter });
  if (!read.success) {
    const [{ path, message } = { path: [], message: '' }] = read.error.issues;
    throw new XanoError('USAGE', `--${String(path[0])} ${message}.`, {
      hint: `Correct --${String(path[0])}.`,
    });
  }
  const own = scheduleSchema.parse(read.data);
  return {
    cron: own.cron,
    timezone: own.timezone ?? project?.timezone ?? null,
    jitter_ms: jitter === undefined ? (project?.jitter_ms ?? 0) : own.jitter_ms,
  };
}
