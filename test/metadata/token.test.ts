/** When a token ends, and how that is known. */
import { describe, expect, it } from 'vitest';
import { assertAlive, basisInWords, parseExpiry, tokenStatus } from '../../src/metadata/token.js';
import { NOON } from '../fixtures/clock.js';

const HOUR = 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** A token of three segments with this payload. */
const jwt = (payload: unknown) =>
  ['{"alg":"RS256"}', JSON.stringify(payload), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const endsAt = (ms: number) => jwt({ aud: 'xano:meta', exp: ms / 1000 });

describe('tokenStatus', () => {
  it.each([
    ['in a week', 168 * HOUR, 'valid'],
    ['in exactly 48 hours', 48 * HOUR, 'valid'],
    ['a second short of 48 hours', 48 * HOUR - 1000, 'expiring'],
    ['in a second', 1000, 'expiring'],
    ['now', 0, 'expired'],
    ['a second ago', -1000, 'expired'],
  ])('reads the claim, which counts seconds: %s', (_, ms, state) => {
    const expected = { state, expires_at: iso(NOON + ms), basis: 'claim' };
    expect(tokenStatus(endsAt(NOON + ms), undefined, NOON)).toEqual(expected);
    expect(tokenStatus('opaque', iso(NOON + ms), NOON)).toEqual({ ...expected, basis: 'recorded' });
  });

  it('believes the token more than the stored expiry', () => {
    const claim = { state: 'expired', expires_at: iso(NOON - HOUR), basis: 'claim' };
    expect(tokenStatus(endsAt(NOON - HOUR), iso(NOON + 500 * HOUR), NOON)).toEqual(claim);
    expect(tokenStatus(endsAt(NOON - HOUR), 'never', NOON)).toEqual(claim);
  });

  it('knows a token that was stored as never expiring', () => {
    expect(tokenStatus('opaque', 'never', NOON)).toEqual({
      state: 'valid',
      expires_at: null,
      basis: 'recorded',
    });
  });

  it.each([
    ['an opaque token', 'abc'],
    ['a JWE of five segments', 'eyJhbGciOiJBMjU2S1cifQ.AAAA.BBBB.CCCC.DDDD'],
    ['an empty text', ''],
    ['no exp', jwt({ aud: 'xano:meta' })],
    ['an exp that is a text', jwt({ exp: '1800000000' })],
    ['an exp of 0', jwt({ exp: 0 })],
    ['an exp that no date can hold', jwt({ exp: 1e300 })],
    ['a payload that is null', jwt(null)],
    ['a payload that is a number', jwt(5)],
    ['a payload that is a list', jwt([{ exp: 1 }])],
    ['a payload that is not JSON', 'e30.bm9wZQ.x'],
  ])('gives no expiry for %s, and does not throw', (_, token) => {
    expect(tokenStatus(token, undefined, NOON)).toEqual({
      state: 'unknown',
      expires_at: null,
      basis: 'none',
    });
    expect(tokenStatus(token, 'rubbish', NOON)).toEqual({
      state: 'unknown',
      expires_at: null,
      basis: 'none',
    });
  });
});

it('tokenStatus names the source of the expiry in words', () => {
  const status = (basis: 'claim' | 'recorded' | 'none') =>
    basisInWords({ state: 'valid', expires_at: null, basis });
  expect([status('claim'), status('recorded'), status('none')]).toEqual([
    'according to the token',
    'as entered at login',
    "unknown; Xano's default is 7 days",
  ]);
});

describe('assertAlive', () => {
  it('throws only where the token has certainly expired, and says since when', () => {
    const over = tokenStatus(endsAt(NOON - HOUR), undefined, NOON);
    expect(() => assertAlive(over, 'XANO_TOKEN')).toThrow(
      expect.objectContaining({
        code: 'TOKEN_EXPIRED',
        message: 'The token from XANO_TOKEN expired on 2026-11-21 11:00 UTC (according to the token).',
      }),
    );
    for (const token of [endsAt(NOON + 1000), endsAt(NOON + 100 * HOUR), 'opaque'])
      expect(() => assertAlive(tokenStatus(token, undefined, NOON), 'XANO_TOKEN')).not.toThrow();
  });
});

describe('parseExpiry', () => {
  it.each([
    ['7d', iso(NOON + 168 * HOUR)],
    ['12h', iso(NOON + 12 * HOUR)],
    ['2w', iso(NOON + 336 * HOUR)],
    ['1 D', iso(NOON + 24 * HOUR)],
    [' 7d ', iso(NOON + 168 * HOUR)],
    ['never', 'never'],
    ['Never', 'never'],
    [' never\n', 'never'],
    ['2026-12-31', '2026-12-31T00:00:00.000Z'],
    [' 2026-12-31 ', '2026-12-31T00:00:00.000Z'],
    ['2026-12-31T10:00:00Z', '2026-12-31T10:00:00.000Z'],
    ['2026-12-31T10:00:00+02:00', '2026-12-31T08:00:00.000Z'],
  ])('takes %j', (told, expected) => {
    expect(parseExpiry(told, NOON)).toBe(expected);
  });

  it.each([
    '',
    'soon',
    '7',
    '7m',
    '-7d',
    '1.5d',
    '1234567d',
    '2026',
    '2026-13-01',
    '31.12.2026',
    '2026-12-31 never',
  ])('refuses %j', (told) => {
    expect(() => parseExpiry(told, NOON)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: `"${told}" is not a valid token expiry.`,
        hint: 'Give 7d, 12h, never, or a date such as 2026-12-31.',
      }),
    );
  });
});
