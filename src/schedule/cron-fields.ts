/** The fields of a cron expression as numbers, for schedulers that have no cron expressions. */
import { XanoError } from '../errors.js';

/** The values of each field; null is every value. */
export interface CronFields {
  readonly minutes: readonly number[] | null;
  readonly hours: readonly number[] | null;
  readonly days: readonly number[] | null;
  readonly months: readonly number[] | null;
  /** 0 is Sunday. */
  readonly weekdays: readonly number[] | null;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * Reads a cron expression that `cronMistake` accepts. Throws USAGE for what only croner knows: `L`, `W` and
 * `#`. `scheduler` is the one that cannot express them.
 */
export function cronFields(cron: string, scheduler: string): CronFields {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = cron.toLowerCase().split(/\s+/);
  const special = [day, weekday].find((field) => /[lw#+]/.test(field.replace(/jul|wed/g, '')));
  if (special !== undefined)
    throw new XanoError('USAGE', `${scheduler} cannot express "${special}" of the schedule "${cron}".`, {
      hint: 'Name days by number, or run `xano serve`, which knows every schedule.',
    });
  const weekdays = valuesOf(numbered(weekday, WEEKDAYS, 0), 0, 7)?.map((value) => value % 7);
  return {
    minutes: valuesOf(minute, 0, 59),
    hours: valuesOf(hour, 0, 23),
    days: valuesOf(day, 1, 31),
    months: valuesOf(numbered(month, MONTHS, 1), 1, 12),
    weekdays: weekdays === undefined ? null : sorted(weekdays),
  };
}

/** The days on which a schedule runs: cron runs on days of either kind where both are limited. */
export function dayRules({ days, weekdays }: CronFields): readonly Pick<CronFields, 'days' | 'weekdays'>[] {
  return days === null || weekdays === null
    ? [{ days, weekdays }]
    : [
        { days, weekdays: null },
        { days: null, weekdays },
      ];
}

/** The hours and minutes of each run of a day. */
export function timesOfDay({ hours, minutes }: CronFields): (readonly [hour: number, minute: number])[] {
  const each = (values: readonly number[] | null, end: number): readonly number[] =>
    values ?? Array.from({ length: end }, (_, value) => value);
  return each(hours, 24).flatMap((hour) => each(minutes, 60).map((minute) => [hour, minute] as const));
}

const sorted = (values: readonly number[]): number[] => [...new Set(values)].toSorted((a, b) => a - b);

const numbered = (field: string, names: readonly string[], first: number): string =>
  field.replace(/[a-z]{3}/g, (name) => String(names.indexOf(name) + first));

/** The values of one field; null is every value. */
function valuesOf(field: string, min: number, max: number): number[] | null {
  if (field === '*' || field === '?') return null;
  const values = field.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from = '', to = from] =
      range === '*' || range === '?' ? [String(min), String(max)] : range.split('-');
    const all: number[] = [];
    for (let value = Number(from); value <= Number(to); value += Number(step)) all.push(value);
    return all;
  });
  return sorted(values);
}
