import { describe, expect, it } from 'vitest';
import { runSchedule, type ScheduleEvent } from '../../src/schedule/run-schedule.js';
import { createClock, HOUR_MS } from '../cli/terminal.js';

/** Noon, the time on a new clock. */
const NOON = Date.UTC(2026, 2, 1, 12);

/** An hourly schedule, whose loads end when the test says so. */
function hourly({ jitter_ms = 0, random = 0 } = {}) {
  const clock = createClock();
  const said: string[] = [];
  let finish: ((status: number | null) => void) | undefined;
  const at = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
  const say = (event: ScheduleEvent): void => {
    const what =
      event.type === 'ended' ? String(event.status) : event.planned === null ? 'now' : at(event.planned);
    said.push(`${at(clock.now())} ${event.type} ${what}`);
  };
  const running = runSchedule({
    schedule: { cron: '0 * * * *', timezone: 'UTC', jitter_ms },
    now: clock.now,
    alarm: clock.alarm,
    random: () => random,
    start: () =>
      finish === undefined
        ? new Promise((done) => {
            finish = done;
          })
        : undefined,
    on_event: say,
  });
  const end = async (status: number | null): Promise<void> => {
    finish?.(status);
    finish = undefined;
    await Promise.resolve();
    await Promise.resolve();
  };
  return { clock, said, running, end };
}

describe('runSchedule', () => {
  it('starts a load at each time, and none while one runs', async () => {
    const { clock, said, running, end } = hourly();
    expect(running.next(2)).toEqual([NOON + HOUR_MS, NOON + 2 * HOUR_MS]);
    clock.advance(HOUR_MS * 2.5);
    await end(0);
    clock.advance(HOUR_MS);
    await end(7);
    running.startNow();
    running.startNow();
    running.close();
    clock.advance(HOUR_MS * 3);
    expect(said).toEqual([
      '13:00 started 13:00',
      '14:00 skipped 14:00',
      '14:30 ended 0',
      '15:00 started 15:00',
      '15:30 ended 7',
      '15:30 started now',
    ]);
  });

  it('delays each load by a part of the jitter', async () => {
    const { clock, said, end } = hourly({ jitter_ms: HOUR_MS / 2, random: 0.5 });
    clock.advance(HOUR_MS * 1.5);
    await end(0);
    clock.advance(HOUR_MS);
    expect(said).toEqual(['13:15 started 13:00', '13:30 ended 0', '14:15 started 14:00']);
  });

  it('makes one load of all times that a sleeping computer missed', () => {
    const { clock, said, running } = hourly();
    const alarms: (() => void)[] = [];
    running.close();
    // A clock that jumps: alarms ring only afterwards.
    let now = clock.now();
    runSchedule({
      schedule: { cron: '0 * * * *', timezone: 'UTC', jitter_ms: 0 },
      now: () => now,
      alarm: (ms, ring) => {
        expect(ms).toBeLessThanOrEqual(30_000);
        alarms.push(ring);
        return () => {};
      },
      random: () => 0,
      start: () => new Promise(() => {}),
      on_event: (event) => said.push(event.type),
    });
    now += HOUR_MS * 5.5;
    alarms.pop()!();
    expect(said).toEqual(['started']);
  });
});
