/** Times that are texts, in the forms that sources have them in. */
import { expect, it } from 'vitest';
import { readTime } from '../../../src/load/incremental/time-text.js';

const HOUR_MS = 3_600_000;

it.each([
  ['2026-11-02', '2026-11-02T00:00:00.000Z', '2026-11-01'],
  ['2026-11-02T10:00:00', '2026-11-02T10:00:00.000Z', '2026-11-02T09:00:00.000'],
  ['2026-11-02 10:00', '2026-11-02T10:00:00.000Z', '2026-11-02 09:00:00.000'],
  ['2026-11-02 10:00:00.250Z', '2026-11-02T10:00:00.250Z', '2026-11-02 09:00:00.250Z'],
  ['2026-11-02T10:00:00.123456+02', '2026-11-02T08:00:00.123Z', '2026-11-02T09:00:00.123+02'],
  ['2026-11-02T00:30:00-0530', '2026-11-02T06:00:00.000Z', '2026-11-01T23:30:00.000-0530'],
])('a time text keeps its form: %s is %s, and an hour before it is %s', (text, time, before) => {
  const read = readTime(text);
  expect(new Date(read!.time).toISOString()).toBe(time);
  expect(read?.spell(read.time - HOUR_MS)).toBe(before);
});

it.each(['', 'soon', '2026', '2026-13-01', '2026-11-02T25:00', '20261102', '02.11.2026', '1732190400'])(
  'a text that is not a time is refused: %j',
  (text) => {
    expect(readTime(text)).toBeUndefined();
  },
);
