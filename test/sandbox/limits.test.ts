import { describe, expect, it } from 'vitest';
import { keys, officeOf, products } from '../fixtures/office.js';
import { ask, askMeta, localOffice } from './asking.js';

const FREE_PLAN = { requests: 10, per_ms: 20_000 };
const WHOA = {
  code: 'ERROR_CODE_TOO_MANY_REQUESTS',
  message:
    'Whoa there! Your plan only supports 10 requests per 20 seconds. Upgrade options and additional information is ' +
    'available at: https://xano.gitbook.io/xano/instances/api-rate-limit',
};

describe('the rate limit', () => {
  it('refuses the eleventh request in twenty seconds, in Xano’s words and without a Retry-After', async () => {
    const xano = await localOffice({ rate_limit: FREE_PLAN, now: () => 0 });
    for (let taken = 0; taken < 10; taken += 1) expect((await askMeta(xano, '/workspace')).status).toBe(200);
    const refused = await askMeta(xano, '/workspace');
    expect(refused).toMatchObject({ status: 429, body: WHOA });
    expect(refused.headers.has('retry-after')).toBe(false);
  });

  it('counts each request for twenty seconds, and refused ones not at all', async () => {
    let now = 0;
    const xano = await localOffice({ rate_limit: FREE_PLAN, now: () => now });
    const status = async () => (await askMeta(xano, '/workspace')).status;
    for (let taken = 0; taken < 5; taken += 1) expect(await status()).toBe(200);
    now = 15_000;
    for (let taken = 0; taken < 5; taken += 1) expect(await status()).toBe(200);
    now = 19_999;
    expect(await status()).toBe(429);
    now = 20_000;
    // The first five are forgotten; a window that started anew would take ten.
    for (let taken = 0; taken < 5; taken += 1) expect(await status()).toBe(200);
    expect(await status()).toBe(429);
    now = 34_999;
    expect(await status()).toBe(429);
    now = 35_000;
    expect(await status()).toBe(200);
  });

  it('counts requests that fail, and comes before the token is looked at', async () => {
    const xano = await localOffice({ rate_limit: { requests: 2, per_ms: 1000 }, now: () => 0 });
    expect((await askMeta(xano, '/nope')).status).toBe(404);
    expect((await askMeta(xano, '/workspace', { token: null })).status).toBe(401);
    expect((await askMeta(xano, '/workspace', { token: null })).status).toBe(429);
  });

  it('is separate for each instance, covers its API groups, and excludes the Account API', async () => {
    const second = { ...officeOf(products(), keys()), name: 'x-second' };
    const rate_limit = { requests: 1, per_ms: 1000 };
    const xano = await localOffice({
      instances: [officeOf(products(), keys()), second],
      rate_limit,
      now: () => 0,
    });
    const [one, two] = xano.instances;
    expect((await ask(xano, `${one!.origin}/api:Unknown1/x`)).status).toBe(404);
    expect((await ask(xano, `${one!.meta_api}/workspace`)).status).toBe(429);
    expect((await ask(xano, `${two!.meta_api}/workspace`)).status).toBe(200);
    for (let taken = 0; taken < 3; taken += 1) {
      const listed = await ask(xano, `${xano.account_origin}/api:meta/instance`);
      expect(listed.body[0].rate_limit).toBe(true);
    }
  });

  it('is off by default', async () => {
    const xano = await localOffice({ now: () => 0 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => askMeta(xano, '/workspace')));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect((await ask(xano, `${xano.account_origin}/api:meta/instance`)).body[0].rate_limit).toBe(false);
  });
});

describe('latency', () => {
  it('delays every answer', async () => {
    const xano = await localOffice({ latency_ms: 60 });
    const started = performance.now();
    await askMeta(xano, '/workspace');
    // Timers may fire up to a millisecond early.
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
  });
});
