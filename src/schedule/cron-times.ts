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

const makeCron = ({ cron, timezone }: CronTimes): Cron =>
  new Cron(cron, { paused: true, mode: '5-part', ...(timezone === null ? {} : { timezone }) });

const withoutEnd = (sentence: string): string => sentence.replace(/[.!]$/, '');
