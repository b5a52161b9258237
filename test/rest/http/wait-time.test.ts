/** How long servers ask to be left alone, in every form they give that in. */
import { describe, expect, it } from 'vitest';
import { LONGEST_WAIT_MS, retryAfterMs, timerMs, waitInWords } from '../../../src/rest/http/wait-time.js';

const NOW = Date.UTC(2026, 10, 21, 10, 15, 2);
const waitOf = (value: string | string[], date?: string): number | undefined =>
  retryAfterMs({ headers: { 'retry-after': value as string, ...(date === undefined ? {} : { date }) } }, NOW);

describe('Retry-After', () => {
  it.each<[string, string | string[], number | undefined]>([
    ['seconds', '3', 3_000],
    ['a fraction', '1.5', 1_500],
    ['a sign', '+2', 2_000],
    ['white space around', '  4 ', 4_000],
    ['a small exponent', '2e1', 20_000],
    ['nothing to wait for', '0', 250],
    ['a negative number', '-30', 250],
    ['minus without end', '-1e999', 250],
    ['without end', '1e999', Number.POSITIVE_INFINITY],
    ['as many digits as a double has', '9'.repeat(90), Number('9'.repeat(90)) * 1000],
    ['longer than a timer takes', '2147484', 2_147_484_000],
    ['a moment in epoch seconds', String(NOW / 1000 + 40), 40_000],
    ['a moment in epoch milliseconds', String(NOW + 40_000), 40_000],
    ['a moment that is over, in epoch seconds', String(NOW / 1000 - 40), 250],
    ['a moment in a year, in epoch seconds', String(NOW / 1000 + 31_536_000), 31_536_000_000],
    ['the date that HTTP prefers', 'Sat, 21 Nov 2026 10:15:32 GMT', 30_000],
    ['the date of RFC 850', 'Saturday, 21-Nov-26 10:15:32 GMT', 30_000],
    ['the date of asctime', 'Sat Nov 21 10:15:32 2026', 30_000],
    ['the date of asctime with a day of one digit', 'Tue Dec  1 10:15:02 2026', 864_000_000],
    ['a date that is over', 'Sun, 06 Nov 1994 08:49:37 GMT', 250],
    ['the end of the last century in two digits', 'Sunday, 06-Nov-94 08:49:37 GMT', 250],
    ['a date far ahead', 'Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59) - NOW],
    ['ISO 8601', '2026-11-21T10:15:32Z', 30_000],
    ['ISO 8601 with an offset', '2026-11-21T11:15:32+01:00', 30_000],
    ['ISO 8601 without an offset', '2026-11-21 10:15:32', 30_000],
    ['an offset without a colon', '2026-11-21 10:15:32+0000', 30_000],
    ['a day', '2026-11-22', Date.UTC(2026, 10, 22) - NOW],
    ['several values', '10, 60, 20', 60_000],
    ['several headers', ['10', 'soon', '60'], 60_000],
    ['nothing', '', undefined],
    ['a word', 'soon', undefined],
    ['a number and a word', '3 seconds', undefined],
    ['no number', 'NaN', undefined],
    ['a word for no end', 'Infinity', undefined],
    ['hexadecimal digits', '0x10', undefined],
    ['a date of no calendar', 'Sat, 99 Foo 2026 10:15:32 GMT', undefined],
    ['more characters than any form has', '1'.repeat(1_000_000), undefined],
  ])('is read in the form of %s', (_, value, wait_ms) => {
    expect(waitOf(value)).toBe(wait_ms);
  });

  it('is relative to the server’s clock where only that makes sense', () => {
    // The server is an hour ahead, or behind.
    expect(waitOf('Sat, 21 Nov 2026 11:15:32 GMT', 'Sat, 21 Nov 2026 11:15:02 GMT')).toBe(30_000);
    expect(waitOf('Sat, 21 Nov 2026 09:15:32 GMT', 'Sat, 21 Nov 2026 09:15:02 GMT')).toBe(30_000);
    expect(waitOf('Sat, 21 Nov 2026 10:15:32 GMT', 'Sat, 21 Nov 2026 10:15:12 GMT')).toBe(30_000);
  });

  it('is unset without the header', () => {
    expect(retryAfterMs({ headers: {} }, NOW)).toBeUndefined();
  });
});

describe('a duration', () => {
  it.each([
    [0, 0],
    [-5, 0],
    [Number.NaN, 0],
    [0.2, 1],
    [20, 20],
    [2 ** 31, 2 ** 31 - 1],
    [Number.POSITIVE_INFINITY, 2 ** 31 - 1],
  ])('of %d ms is a timer of %d ms', (ms, timer) => {
    expect(timerMs(ms)).toBe(timer);
  });

  it.each([
    [30_000, '30 s'],
    [LONGEST_WAIT_MS, '15 min'],
    [5_400_000, '90 min'],
    [9_000_000, '2.5 h'],
    [864_000_000, '10 days'],
    [1e300, 'more than a hundred years'],
    [Number.POSITIVE_INFINITY, 'for ever'],
  ])('of %d ms is printed as %s', (ms, words) => {
    expect(waitInWords(ms)).toBe(words);
  });
});
