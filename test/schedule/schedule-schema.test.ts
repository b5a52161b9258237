import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mistakeInWords, parseInWords } from '../../src/rest/config/validation-messages.js';
import { scheduleSchema } from '../../src/schedule/schedule-schema.js';

/** The mistakes of a schedule in a project, in sentences. */
function mistakes(schedule: unknown): readonly string[] {
  const read = parseInWords(z.object({ schedule: scheduleSchema }), { schedule });
  return (read.mistakes ?? []).map(mistakeInWords);
}

describe('scheduleSchema', () => {
  it('reads a cron text, and an object with time zone and jitter', () => {
    expect(scheduleSchema.parse(' 15  3 * * * ')).toEqual({
      cron: '15 3 * * *',
      timezone: null,
      jitter_ms: 0,
    });
    expect(
      scheduleSchema.parse({ cron: '*/20 8-18 * * mon-fri', timezone: 'Europe/Berlin', jitter: '1m30s' }),
    ).toEqual({ cron: '*/20 8-18 * * mon-fri', timezone: 'Europe/Berlin', jitter_ms: 90_000 });
    expect(scheduleSchema.parse({ cron: '0 0 1 * *' })).toEqual({
      cron: '0 0 1 * *',
      timezone: null,
      jitter_ms: 0,
    });
  });

  it.each([
    ['', 'schedule is "", which has 0 fields; expected are five, such as "15 3 * * *" (03:15 each day).'],
    [
      '3 * * *',
      'schedule is "3 * * *", which has 4 fields; expected are five, such as "15 3 * * *" (03:15 each day).',
    ],
    [
      '@daily',
      'schedule is "@daily", which has 1 field; expected are five, such as "15 3 * * *" (03:15 each day).',
    ],
    [
      '61 3 * * *',
      'schedule is "61 3 * * *", which is not a cron expression (Invalid value for minute: 61); expected is one such as "15 3 * * *" (03:15 each day).',
    ],
    [
      '0 0 31 2 *',
      'schedule is "0 0 31 2 *", a time that never comes; expected is one such as "15 3 * * *" (03:15 each day).',
    ],
    [
      { cron: '0 3 * * *', timezone: 'Europe/Lisbn' },
      'schedule.timezone is "Europe/Lisbn"; expected is a time zone such as Europe/Lisbon.',
    ],
    [
      { cron: '0 3 * * *', timezone: '+02:00' },
      'schedule.timezone is "+02:00"; expected is a time zone such as Europe/Berlin.',
    ],
    [
      { cron: '0 3 * * *', jitter: '13h' },
      'schedule.jitter is "13h"; expected is a time up to 12h such as 5m.',
    ],
    [
      { cron: '0 3 * * *', jiter: '5m' },
      'schedule.jiter is not a known field; allowed are cron, timezone, jitter; did you mean "jitter"?',
    ],
    [{ timezone: 'UTC' }, 'schedule.cron is missing; allowed is a text.'],
    [15, 'schedule found a number; allowed is a text or an object.'],
  ])('says in a sentence what is wrong with %j', (schedule, sentence) => {
    expect(mistakes(schedule)).toEqual([sentence]);
  });

  it('has a JSON Schema for editors', () => {
    expect(z.toJSONSchema(scheduleSchema, { io: 'input' })).toMatchObject({
      anyOf: [{ type: 'string' }, { type: 'object', required: ['cron'], additionalProperties: false }],
    });
  });
});
