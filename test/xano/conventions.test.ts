import { describe, expect, it } from 'vitest';
import { interpretRefusal } from '../../src/xano/conventions.js';

const limitIn = (message: string) => interpretRefusal({ status: 429, body: { message } });

describe('the limit that a 429 names', () => {
  it('is read from its message', () => {
    expect(limitIn('The starter plan limits 10 requests per 20 seconds.')).toEqual({
      limit: { requests: 10, per_ms: 20_000 },
      wait_ms: 21_000,
    });
  });

  it.each([
    ['no time', '10 requests per 0 seconds', {}],
    ['no requests and no time', '0 requests per 0 seconds', {}],
    ['no requests', '0 requests per 20 seconds', { wait_ms: 21_000 }],
    ['more digits than a number holds', `${'9'.repeat(30)} requests per 20 seconds`, {}],
    ['an exponent', '1e300 requests per 1e300 seconds', {}],
    ['a negative time', '10 requests per -20 seconds', {}],
    ['words', 'ten requests per minute', {}],
  ])('is missing, or only a wait, with %s', (_, message, meaning) => {
    expect(limitIn(message)).toEqual(meaning);
  });
});
