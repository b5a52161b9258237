/** How many requests to one server are worth having under way. */
import { describe, expect, it } from 'vitest';
import { XanoError } from '../../../src/errors.js';
import { createHttp } from '../../../src/rest/http/client.js';
import {
  type ConcurrencyLimiter,
  createConcurrencyLimiter,
} from '../../../src/rest/http/concurrency-limiter.js';
import { interpretRefusal } from '../../../src/xano/conventions.js';
import { type FakeClock, fakeClock } from '../../fixtures/clock.js';
import { type Reply, serve } from './serving.js';

/** How many lanes are free now. */
function free(limiter: ConcurrencyLimiter): number {
  const taken: (() => void)[] = [];
  for (let lane = limiter.acquire(); lane !== undefined; lane = limiter.acquire()) taken.push(lane);
  for (const release of taken) release();
  return taken.length;
}

/** So many answers after so many milliseconds each, and how many lanes there are after each of them. */
const answers = (limiter: ConcurrencyLimiter, latencies: readonly number[]): number[] =>
  latencies.map((ms) => {
    limiter.recordLatency(ms);
    return free(limiter);
  });
const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

describe('concurrent requests', () => {
  it('are three before anything is known', () => {
    expect(free(createConcurrencyLimiter())).toBe(3);
  });

  it('increase by one after as many fast answers as are allowed, up to sixteen', () => {
    const counts = answers(createConcurrencyLimiter(), times(130, 100));
    expect(counts.slice(0, 20)).toEqual([3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7, 7]);
    expect(counts.indexOf(16)).toBe([...Array(13).keys()].reduce((sum, n) => sum + n + 3, 0) - 1);
    expect(Math.max(...counts)).toBe(16);
  });

  it.each([
    ['six where they are of 4 MB', 4_000_000, 6],
    ['eight where they are of 2 MB', 2_000_000, 8],
    ['sixteen where they are of 40 KB', 40_000, 16],
    ['sixteen where they are empty', 0, 16],
  ])('are at most %s', (_, bytes, most) => {
    const limiter = createConcurrencyLimiter();
    for (let n = 0; n < 200; n++) {
      limiter.recordLatency(100);
      limiter.recordLength(bytes);
    }
    expect(free(limiter)).toBe(most);
  });

  it('decrease where answers become slower, and increase again', () => {
    const limiter = createConcurrencyLimiter();
    answers(limiter, times(200, 100));
    for (let n = 0; n < 30; n++) limiter.recordLength(4_000_000);
    expect(free(limiter)).toBe(6);
    for (let n = 0; n < 30; n++) limiter.recordLength(40_000);
    expect(free(limiter)).toBe(16);
  });

  it('do not increase where answers take longer than the fastest ones', () => {
    const limiter = createConcurrencyLimiter();
    answers(limiter, times(7, 100));
    expect(answers(limiter, times(30, 200)).slice(10)).toEqual(times(20, 5));
  });

  it('decrease to one where answers wait in a queue', () => {
    const limiter = createConcurrencyLimiter();
    answers(limiter, times(150, 50));
    const counts = answers(
      limiter,
      Array.from({ length: 60 }, (_, at) => 50 * 1.4 ** at),
    );
    expect([...new Set(counts)]).toEqual([16, 12, 9, 7, 6, 5, 4, 3, 2, 1]);
    expect(counts.every((count, at) => at === 0 || count <= counts[at - 1]!)).toBe(true);
  });

  it('increase again where slow answers become usual', () => {
    const limiter = createConcurrencyLimiter();
    answers(limiter, times(150, 50));
    answers(limiter, times(4, 5_000));
    expect(free(limiter)).toBe(9);
    expect(answers(limiter, times(150, 5_000)).at(-1)).toBe(16);
  });

  it('ignore differences of some milliseconds, which this program causes', () => {
    const limiter = createConcurrencyLimiter();
    expect(
      answers(
        limiter,
        Array.from({ length: 150 }, (_, at) => (at % 2 === 0 ? 0.2 : 24)),
      ).at(-1),
    ).toBe(16);
  });

  it('are halved with each fault, down to none, and return one by one', () => {
    const limiter = createConcurrencyLimiter();
    answers(limiter, times(150, 100));
    const counts = times(5, undefined).map(() => {
      limiter.reduce();
      return free(limiter);
    });
    expect(counts).toEqual([8, 4, 2, 1, 0]);
    expect(answers(limiter, times(7, 100))).toEqual([1, 2, 2, 3, 3, 3, 4]);
  });

  it('that are in flight continue while fewer are allowed, and none starts before enough have ended', () => {
    const limiter = createConcurrencyLimiter();
    const [first, second, third] = [limiter.acquire()!, limiter.acquire()!, limiter.acquire()!];
    limiter.reduce();
    first();
    second();
    expect(limiter.acquire()).toBeUndefined();
    third();
    expect(free(limiter)).toBe(1);
  });

  it('are released once, however often release is called', () => {
    const limiter = createConcurrencyLimiter();
    const release = limiter.acquire()!;
    release();
    release();
    release();
    expect(free(limiter)).toBe(3);
    const other = limiter.acquire()!;
    release();
    expect(free(limiter)).toBe(2);
    other();
    expect(free(limiter)).toBe(3);
  });
});

describe('the concurrent requests of a client', () => {
  const client = (clock: FakeClock) =>
    createHttp({ user_agent: 't', find_secret: () => undefined, clock, interpret: interpretRefusal });
  const send = (http: ReturnType<typeof client>, origin: string) =>
    http.send(
      { method: 'GET', url: `${origin}/a`, params: {}, headers: {} },
      { type: 'none' },
      () => 'taken',
    );
  const freeAt = (http: ReturnType<typeof client>, url: string) => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7].flatMap(() => http.lane(url) ?? []);
    for (const release of all) release();
    return all.length;
  };
  const refused = (message: string): Reply => ({
    status: 429,
    body: { code: 'ERROR_CODE_TOO_MANY_REQUESTS', message },
  });

  it('are limited per server, whatever is requested from it', async () => {
    const http = client(fakeClock());
    const held = [http.lane('https://one.example/a'), http.lane('https://one.example/b?c=d')];
    expect(held.every((release) => release !== undefined)).toBe(true);
    expect(freeAt(http, 'https://one.example/c')).toBe(1);
    expect(freeAt(http, 'https://two.example/a')).toBe(3);
  });

  it('stay off once the server has named a limit', async () => {
    const server = await serve([refused('limit of 10 requests per 20 seconds'), { body: {} }, { body: {} }]);
    const clock = fakeClock();
    const http = client(clock);
    expect(freeAt(http, server.origin)).toBe(3);
    await send(http, server.origin);
    expect(clock.slept).toEqual([21_000]);
    expect(freeAt(http, server.origin)).toBe(0);
    await clock.sleep(3_600_000);
    expect(freeAt(http, server.origin)).toBe(0);
  });

  it('stop while a refusal without a limit is waited for, and are fewer afterwards', async () => {
    const server = await serve([refused('Slow down.'), { body: {} }]);
    const seen: number[] = [];
    const clock = fakeClock();
    const sleep: FakeClock['sleep'] = async (ms, signal) => {
      seen.push(freeAt(http, server.origin));
      await clock.sleep(ms, signal);
    };
    const http = client({ ...clock, sleep });
    await send(http, server.origin);
    expect(seen).toEqual([0]);
    expect(freeAt(http, server.origin)).toBe(2);
  });

  it('are at most six where answers are megabytes long', async () => {
    const body = JSON.stringify('x'.repeat(4_000_000));
    const server = await serve(() => ({ body }));
    const http = client(fakeClock());
    for (let n = 0; n < 40; n++) await send(http, server.origin);
    expect(freeAt(http, server.origin)).toBeLessThanOrEqual(6);
  });

  it.each<[string, Reply]>([
    ['fails', { status: 500, body: {} }],
    ['is cut off', (response) => response.destroy()],
    ['is not JSON', { body: '<html>' }],
  ])('decrease where an answer %s', async (_, reply) => {
    const server = await serve((__, n) => (n === 0 ? reply : { body: '{}' }));
    const http = client(fakeClock());
    const request = { method: 'GET', url: `${server.origin}/a`, params: {}, headers: {} } as const;
    const before = freeAt(http, server.origin);
    await http.send(request, { type: 'none' }, ({ body }) => {
      if (Buffer.from(body).toString() !== '{}') throw new XanoError('RESPONSE_UNEXPECTED', 'no');
    });
    expect([before, freeAt(http, server.origin)]).toEqual([3, 2]);
  });
});
