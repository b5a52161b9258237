import { describe, expect, it } from 'vitest';
import { XanoError } from '../../../src/errors.js';
import { createRateLimiter } from '../../../src/rest/http/rate-limiter.js';
import { fakeClock } from '../../fixtures/clock.js';

describe('a rate limiter', () => {
  it('lets everything pass while it knows no limit', async () => {
    const clock = fakeClock();
    const pacer = createRateLimiter(clock);
    for (let i = 0; i < 3_000; i++) await pacer.turn(() => expect.unreachable());
    expect(clock.slept).toEqual([]);
  });

  it('delays everything for as long as it was refused, and reports that first', async () => {
    const clock = fakeClock(1_000_000);
    const pacer = createRateLimiter(clock);
    const told: number[] = [];
    pacer.refused(500, undefined);
    pacer.refused(2_000, undefined);
    pacer.refused(100, undefined);
    await pacer.turn((wait) => told.push(wait));
    await pacer.turn((wait) => told.push(wait));
    expect({ told, slept: clock.slept, at: clock.now() }).toEqual({
      told: [2_000],
      slept: [2_000],
      at: 1_002_000,
    });
  });

  it('never sends more in a window than it has learned, in a window a tenth longer than named', async () => {
    const clock = fakeClock(0);
    const pacer = createRateLimiter(clock);
    pacer.refused(0, { requests: 3, per_ms: 1_000 });
    const sent: number[] = [];
    for (let i = 0; i < 8; i++) {
      await pacer.turn(() => {});
      sent.push(clock.now());
      if (i === 1) await clock.sleep(400);
    }
    expect(sent).toEqual([0, 0, 400, 1_100, 1_100, 1_500, 2_200, 2_200]);
  });

  it('counts what was sent before it learned the limit', async () => {
    const clock = fakeClock(0);
    const pacer = createRateLimiter(clock);
    await pacer.turn(() => {});
    await clock.sleep(300);
    await pacer.turn(() => {});
    pacer.refused(0, { requests: 2, per_ms: 1_000 });
    await pacer.turn(() => {});
    expect(clock.now()).toBe(1_100);
  });

  it('lets waiting requests pass one by one', async () => {
    let time = 0;
    const sleepers: { at: number; wake: () => void }[] = [];
    const pacer = createRateLimiter({
      now: () => time,
      sleep: (ms) => new Promise((wake) => void sleepers.push({ at: time + ms, wake })),
    });
    pacer.refused(0, { requests: 1, per_ms: 1_000 });
    const sent: number[] = [];
    const all = Promise.all(
      Array.from({ length: 4 }, () => pacer.turn(() => {}).then(() => sent.push(time))),
    );
    while (sent.length < 4) {
      await new Promise(setImmediate);
      const next = sleepers.sort((a, b) => a.at - b.at).shift();
      time = next?.at ?? time;
      next?.wake();
    }
    await all;
    expect(sent).toEqual([0, 1_100, 2_200, 3_300]);
  });

  it('counts refusals until an answer comes', async () => {
    const clock = fakeClock();
    const pacer = createRateLimiter(clock);
    pacer.refused(1, undefined);
    await clock.sleep(1);
    pacer.refused(1, undefined);
    expect(pacer.refusals()).toBe(2);
    pacer.answered();
    expect(pacer.refusals()).toBe(0);
  });

  it('counts requests that are refused together as refused once', async () => {
    const clock = fakeClock();
    const pacer = createRateLimiter(clock);
    for (let i = 0; i < 10; i++) pacer.refused(1_000, undefined);
    expect(pacer.refusals()).toBe(1);
    await clock.sleep(1_000);
    for (let i = 0; i < 10; i++) pacer.refused(1_000, undefined);
    expect(pacer.refusals()).toBe(2);
  });

  it('stops waiting when the signal aborts', async () => {
    const pacer = createRateLimiter(fakeClock());
    pacer.refused(1_000, undefined);
    await expect(pacer.turn(() => {}, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it.each([
    ['is set back by an hour', -3_600_000],
    ['is set forward by an hour', 3_600_000],
  ])('waits as long as requested where the clock %s', async (_, step) => {
    const wall = fakeClock();
    let steady = 0;
    const slept: number[] = [];
    const pacer = createRateLimiter({
      now: wall.now,
      steady: () => steady,
      sleep: async (ms) => {
        slept.push(ms);
        steady += ms;
      },
    });
    pacer.refused(5_000, undefined);
    await wall.sleep(Math.max(0, step));
    await pacer.turn(() => {});
    expect({ slept, steady }).toEqual({ slept: [5_000], steady: 5_000 });
  });

  it.each<[string, number, { requests: number; per_ms: number } | undefined]>([
    ['a wait that is not a number', Number.NaN, undefined],
    ['a negative wait', -1e12, undefined],
    ['no requests', 0, { requests: 0, per_ms: 1_000 }],
    ['no time', 0, { requests: 1, per_ms: 0 }],
    ['no requests in no time', 0, { requests: 0, per_ms: 0 }],
    ['requests without end', 0, { requests: Number.POSITIVE_INFINITY, per_ms: 1_000 }],
    ['time without end', 0, { requests: 1, per_ms: Number.POSITIVE_INFINITY }],
    ['negative numbers', 0, { requests: -3, per_ms: -3 }],
    ['a text that is not a number', 0, { requests: Number.NaN, per_ms: Number.NaN }],
    ['a window of years', 0, { requests: 1, per_ms: 1e300 }],
  ])('ignores a limit of %s', async (_, wait_ms, limit) => {
    const clock = fakeClock();
    const pacer = createRateLimiter(clock);
    pacer.refused(wait_ms, limit);
    for (let i = 0; i < 5; i++) await pacer.turn(() => expect.unreachable());
    expect(clock.slept).toEqual([]);
  });

  it('fails all waiting and new requests while the server demands too long a wait', async () => {
    const clock = fakeClock();
    const forever: AbortSignal[] = [];
    const pacer = createRateLimiter({
      now: clock.now,
      sleep: (_, signal) =>
        new Promise((_resolve, reject) => {
          forever.push(signal!);
          signal!.addEventListener('abort', () => reject(signal!.reason));
        }),
    });
    pacer.refused(60_000, undefined);
    const waiting = [pacer.turn(() => {}), pacer.turn(() => {}, new AbortController().signal)];
    const error = new XanoError('RATE_LIMITED', 'An hour.');
    pacer.close(3_600_000, error);
    for (const turn of waiting) await expect(turn).rejects.toBe(error);
    await expect(pacer.turn(() => {})).rejects.toBe(error);
    expect(forever).toHaveLength(2);
    await clock.sleep(3_600_000);
    await pacer.turn(() => expect.unreachable());
  });

  it('reports a wait once, however often others take the turn', async () => {
    const clock = fakeClock(0);
    const pacer = createRateLimiter(clock);
    pacer.refused(0, { requests: 1, per_ms: 1_000 });
    await pacer.turn(() => {});
    const told: number[] = [];
    await pacer.turn((wait) => told.push(wait));
    expect(told).toEqual([1_100]);
  });
});
