import { describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { isAddress } from '../../../src/rest/http/request.js';
import { followLink } from '../../../src/rest/paging/fields/links.js';

/** Different characters, which Node encodes in square time where they are a host. */
const CHARACTERS = String.fromCodePoint(...Array.from({ length: 20_000 }, (_, i) => 0x4e00 + i));

describe('an address from outside', () => {
  it.each([
    ['https://x.example/a?b=c#d', true],
    ['https://m\u00fcnchen.example', true],
    ['https:x.example', true],
    [`https://x.example/${CHARACTERS}`, true],
    [`https://x.example?next=${CHARACTERS}`, true],
    ['x.example', false],
    [`https://${CHARACTERS}`, false],
    [`https:${CHARACTERS}/a`, false],
    [`ht\ntps:\\\\${CHARACTERS}`, false],
    [`https://user@${CHARACTERS}?a`, false],
    [`https://xn--${'a'.repeat(100_000)}`, false],
  ])('is valid unless its host is too long to exist: %#', (text, is_one) => {
    expect(isAddress(text)).toBe(is_one);
  });

  it('is valid with other characters in its host after many were looked at', () => {
    const valid = Array.from({ length: 100_000 }, (_, page) => isAddress(`https://x.example/${page % 9}`));
    expect(valid.every((one) => one)).toBe(true);
    expect(isAddress('https://m\u00fcnchen.example')).toBe(true);
  });

  it.each([
    ['/a?page=2', true],
    ['?page=2', true],
    ['b/c', true],
    [`//${CHARACTERS}`, false],
    [`\\\\${CHARACTERS}/a`, false],
  ])('may be relative to another one: %#', (text, is_one) => {
    expect(isAddress(text, 'https://x.example')).toBe(is_one);
  });
});

describe('a link to the next page', () => {
  const config = {
    name: 'orders',
    base_url: 'https://x.example',
    path: 'orders',
    method: 'GET',
    params: {},
    headers: {},
    auth: { type: 'none' },
    // Whatever else a config may hold, following a link does not read it.
  } as unknown as EndpointConfig;
  const request = { method: 'GET', url: 'https://x.example/orders', params: {}, headers: {} } as const;

  it('is refused before it is read where it is longer than a request may be', () => {
    // Each parameter repeats a secret, and removing one writes the whole address again.
    const link = `/orders?${Array.from({ length: 10_000 }, (_, i) => `a${i}=secret`).join('&')}`;
    expect(() => followLink(config, request, link, (text) => text === 'secret')).toThrow(
      expect.objectContaining({
        code: 'RESPONSE_UNEXPECTED',
        message:
          'The URL of a request to x.example would be longer than 65,536 characters: nothing was sent.',
      }),
    );
  });

  it('is refused where its host is too long to exist', () => {
    expect(() => followLink(config, request, `https://${CHARACTERS}/orders`)).toThrow(
      expect.objectContaining({
        code: 'RESPONSE_UNEXPECTED',
        message: 'The link to the next page of "orders" is not a URL.',
      }),
    );
  });
});
