import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cronFields, dayRules, timesOfDay } from '../../src/schedule/cron-fields.js';
import { cronMistake, timesBetween } from '../../src/schedule/cron-times.js';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 1, 20);

/** Times of some weeks as the fields name them. */
function timesOf(cron: string, days: number): number[] {
  const fields = cronFields(cron, 'This');
  const rules = dayRules(fields);
  return Array.from({ length: days }, (_, i) => START + i * DAY_MS).flatMap((day) => {
    const date = new Date(day);
    const has = (values: readonly number[] | null, value: number): boolean => values?.includes(value) ?? true;
    const isMeant =
      has(fields.months, date.getUTCMonth() + 1) &&
      rules.some((rule) => has(rule.days, date.getUTCDate()) && has(rule.weekdays, date.getUTCDay()));
    return isMeant ? timesOfDay(fields).map(([hour, minute]) => day + (hour * 60 + minute) * 60_000) : [];
  });
}

/** A field with values up to a number, as people write it. */
const field = (min: number, max: number) => {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc
    .tuple(fc.oneof(fc.constant('*'), range), fc.integer({ min: 2, max: 9 }))
    .map((s) => s.join('/'));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.oneof(value.map(String), range, step), { minLength: 1, maxLength: 3 })
        .map((parts) => parts.join(',')),
    },
  );
};

it('fields name the times that croner names', () => {
  const cron = fc
    .tuple(fc.integer({ min: 0, max: 59 }), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
    .map((fields) => fields.join(' '))
    .filter((text) => cronMistake(text) === undefined);
  fc.assert(
    fc.property(cron, (text) => {
      expect(timesOf(text, 40)).toEqual(
        timesBetween({ cron: text, timezone: 'UTC' }, START - 1, START + 40 * DAY_MS - 1),
      );
    }),
    { numRuns: 30 },
  );
});

it('names of months and weekdays are numbers', () => {
  expect(cronFields('5 4 * jan-mar,DEC sun,Wed-fri', 'This')).toEqual({
    minutes: [5],
    hours: [4],
    days: null,
    months: [1, 2, 3, 12],
    weekdays: [0, 3, 4, 5],
  });
});
