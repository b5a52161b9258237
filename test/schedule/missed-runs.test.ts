import { describe, expect, it } from 'vitest';
import { momentIn, timesAfter } from '../../src/schedule/cron-times.js';
import { type LoadSpan, plannedRuns } from '../../src/schedule/missed-runs.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BERLIN = { cron: '30 2 * * *', timezone: 'Europe/Berlin', jitter_ms: 0 };
const HOURLY = { cron: '0 * * * *', timezone: 'UTC', jitter_ms: 0 };
const NOON = Date.UTC(2026, 2, 1, 12);

const load = (from: number, minutes = 1): LoadSpan => ({ from, to: from + minutes * MINUTE_MS });

/** The runs of an hourly schedule since ten, as words. */
const since10 = (now: number, loads: readonly LoadSpan[], jitter_ms = 0): string[] =>
  plannedRuns({ ...HOURLY, jitter_ms }, loads, { since: NOON - 2 * HOUR_MS - 1, now }).map(
    ({ at, state }) => `${new Date(at).toISOString().slice(11, 16)} ${state}`,
  );

describe('plannedRuns', () => {
  it('a run is done when a load starts before the next one, and missed otherwise', () => {
    const loads = [load(NOON - 2 * HOUR_MS + 20), load(NOON - MINUTE_MS)];
    expect(since10(NOON + 30 * MINUTE_MS, loads)).toEqual(['10:00 done', '11:00 done', '12:00 missed']);
    expect(since10(NOON + 30 * MINUTE_MS, [])).toEqual(['10:00 missed', '11:00 missed', '12:00 missed']);
  });

  it('the newest run is due for ten minutes and its jitter', () => {
    expect(since10(NOON + 10 * MINUTE_MS, [])).toEqual(['10:00 missed', '11:00 missed', '12:00 due']);
    expect(since10(NOON + 11 * MINUTE_MS, [])[2]).toBe('12:00 missed');
    expect(since10(NOON + 14 * MINUTE_MS, [], 5 * MINUTE_MS)[2]).toBe('12:00 due');
  });

  it('a load that still runs at a planned time is the load of that time', () => {
    expect(since10(NOON, [load(NOON - 2 * HOUR_MS, 61)])).toEqual(['10:00 done', '11:00 done', '12:00 due']);
    const running = { from: NOON - 2 * HOUR_MS, to: Number.POSITIVE_INFINITY };
    expect(since10(NOON + HOUR_MS / 2, [running])).toEqual(['10:00 done', '11:00 done', '12:00 done']);
  });

  it('a clock that differs by seconds makes no run missed', () => {
    expect(since10(NOON, [load(NOON - 2 * HOUR_MS - 3000), load(NOON - HOUR_MS - 3000)])).toEqual([
      '10:00 done',
      '11:00 done',
      '12:00 due',
    ]);
  });

  it('a time that daylight saving skips or repeats is one run a day', () => {
    const days = (since: number, count: number): string[] =>
      plannedRuns(BERLIN, [], { since, now: since + count * 24 * HOUR_MS }).map(({ at }) =>
        new Date(at).toISOString().slice(0, 16),
      );
    // On 29 March 2026 half past two does not exist in Berlin: croner takes three o'clock.
    expect(days(Date.UTC(2026, 2, 27, 12), 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    // On 25 October 2026 it comes twice.
    expect(days(Date.UTC(2026, 9, 23, 12), 3)).toEqual([
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });
});

it('next times are named in the time zone of the schedule', () => {
  const next = timesAfter(BERLIN, Date.UTC(2026, 2, 27, 12), 3).map((at) => momentIn(BERLIN, at));
  expect(next).toEqual([
    '2026-03-28 02:30 Europe/Berlin',
    '2026-03-29 03:00 Europe/Berlin',
    '2026-03-30 02:30 Europe/Berlin',
  ]);
});
