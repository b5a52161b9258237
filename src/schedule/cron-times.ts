/** The times of a cron expression: the only door to croner, which knows time zones and daylight saving. */
import { Cron } from 'croner';

/** A cron expression with its time zone. */
export interface CronTimes {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  /** An IANA name, such as `Europe/Berlin`; null is the time zone of this computer. */
  readonly timezone: string | null;
}

const EXAMPLE = 'such as "15 3 * * *" (03:15 each day)';

/**
 * What is wrong with a cron text, as the rest of a sentence with the text and an example; undefined where it
 * names times.
 */
export function cronMistake(text: string): string | undefined {
  const fields = text.trim() === '' ? [] : text.trim().split(/\s+/);
  if (fields.length !== 5)
    return `is "${text}", which has ${fields.length} field${fields.length === 1 ? '' : 's'}; expected are five, ${EXAMPLE}`;
  try {
    const next = makeCron({ cron: fields.join(' '), timezone: 'UTC' }).nextRun();
    return next === null ? `is "${text}", a time that never comes; expected is one ${EXAMPLE}` : undefined;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.replace(/^CronPattern: /, '') : String(thrown);
    return `is "${text}", which is not a cron expression (${withoutEnd(reason)}); expected is one ${EXAMPLE}`;
  }
}

/** The next times after a moment, in epoch milliseconds; fewer where the expression names no more. */
export function timesAfter(times: CronTimes, from_ms: number, count: number): number[] {
  return makeCron(times)
    .nextRuns(count, new Date(from_ms))
    .map((time) => time.getTime());
}

/** The times after one moment up to another, in epoch milliseconds, the latest 10,000 at most. */
export function timesBetween(times: CronTimes, from_ms: number, until_ms: number): number[] {
  const found: number[] = [];
  for (let at = from_ms; ; ) {
    const more = timesAfter(times, at, 100).filter((time) => time <= until_ms);
    found.push(...more);
    if (more.length < 100) return found.slice(-MOST_TIMES);
    at = more.at(-1)!;
  }
}

/** A week of minutes. */
const MOST_TIMES = 10_000;

/** A moment in the time zone of a schedule, for people: `2026-03-29 03:15 Europe/Berlin`. */
export function momentIn({ timezone }: Pick<CronTimes, 'timezone'>, at_ms: number): string {
  const zone = timezone ?? localTimezone();
  // The Swedish order is that of ISO 8601.
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(at_ms);
  return `${text} ${zone}`;
}

/** The time zone of this computer. */
export function localTimezone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const makeCron = ({ cron, timezone }: CronTimes): Cron =>
  new Cron(cron, { paused: true, mode: '5-part', ...(timezone === null ? {} : { timezone }) });

const withoutEnd = (sentence: string): string => sentence.replace(/[.!]$/, '');
