/**
 * Secrets that a text repeats: found in whole and in part, in every spelling, and nothing else taken for one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretWatch, redactedIn } from '../../../../src/rest/http/auth/redact.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4YW5vOm1ldGEiLCJ4IjoxfQ.c2lnbmF0dXJlLXNlY3JldA';
const KEY = 'Zk3_9vQ-77aTbXw2';

function watchOf(...secrets: string[]) {
  const watch = createSecretWatch();
  watch.add(secrets);
  return watch;
}

const percent = (text: string): string =>
  [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('');

const SPELLINGS: [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['its first twelve characters', (secret) => secret.slice(0, 12)],
  ['its last twelve characters', (secret) => secret.slice(-12)],
  ['characters in its middle', (secret) => secret.slice(2, 14)],
  ['in capital letters', (secret) => secret.toUpperCase()],
  ['in an address', percent],
  ['in an address, twice', (secret) => percent(percent(secret))],
  ['in JSON', (secret) => [...secret].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join('')],
  ['in HTML', (secret) => [...secret].map((one) => `&#${one.charCodeAt(0)};`).join('')],
  ['in hexadecimal digits', (secret) => Buffer.from(secret).toString('hex')],
  ['in base64', (secret) => Buffer.from(secret).toString('base64')],
  ['in base64 behind a user name', (secret) => Buffer.from(`ada:${secret}`).toString('base64')],
  ['in base64 for addresses', (secret) => Buffer.from(`x${secret}`).toString('base64url')],
];

describe('a text with a secret', () => {
  it.each(SPELLINGS)('is redacted as expected: %s', (_, spelled) => {
    for (const secret of [TOKEN, KEY]) {
      const watch = watchOf(secret);
      const text = `before ${spelled(secret)} after`;
      expect(watch.holds(text)).toBe(true);
      expect(watch.redact(text)).toMatch(/^before .{0,8}….{0,8} after$/);
    }
  });

  it('is redacted wherever twelve characters of the secret stand', () => {
    const watch = watchOf(TOKEN);
    fc.assert(
      fc.property(
        fc.nat(TOKEN.length - 12),
        fc.string({ maxLength: 30 }),
        fc.string({ maxLength: 30 }),
        (from, before, after) => {
          const part = TOKEN.slice(from, from + 12);
          // What stands before may turn the part into something else: an escape, or a longer run.
          const text = `${before} ${part} ${after}`;
          return watch.holds(text) && !watch.redact(text).includes(part);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is returned unchanged where it contains no secret', () => {
    const value = { a: ['x', 1, null], b: { c: 'orders' } };
    expect(redactedIn(value, watchOf(TOKEN).redact)).toBe(value);
    expect(redactedIn({ [`a${TOKEN}`]: [TOKEN] }, watchOf(TOKEN).redact)).toEqual({ 'a…': ['…'] });
  });
});

describe('a text without a secret', () => {
  it.each([
    ['fewer characters than count', TOKEN, `x${TOKEN.slice(30, 41)} `],
    [
      'another token that is signed the same way',
      TOKEN,
      'eyJhbGciOiJIUzI1NiJ9.eyJpZCI6NSwiYSI6MX0.QUJDREVGR0g',
    ],
    ['a word that is also a password', 'customers', '/customers?page=2'],
    ['a longer word that is also a password', 'subscriptions', '/subscriptions?page=2'],
    ['a short password', 'pw1', '/pw1'],
    ['nothing', '', '/orders'],
  ])('is redacted as expected: %s', (_, secret, text) => {
    const watch = watchOf(secret);
    expect(watch.holds(text)).toBe(false);
    expect(watch.redact(text)).toBe(text);
  });
});
