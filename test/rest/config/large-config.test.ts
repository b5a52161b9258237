/** Config files that nobody wrote by hand: each is refused or read within a moment, in one sentence. */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { thrownBy } from '../decode/reading.js';

const lines = (count: number, of: (nth: number) => string): string =>
  Array.from({ length: count }, (_, nth) => of(nth)).join('\n');

const said = (text: string) => {
  const { code, message, hint, details } = thrownBy(() => readConfig(text, 'xano.yaml'));
  return { code, message: [message, ...details].join(' '), hint };
};

/** Generous: each of these took from three seconds to a minute. */
const SOON_MS = 2_000;

function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** A host of as many characters as take Node seconds. */
const host = Array.from({ length: 80_000 }, (_, nth) => String.fromCodePoint(0x4e00 + (nth % 20_000))).join(
  '',
);

describe('a config file', () => {
  it.each<[string, string]>([
    ['lines', `resources:\n${lines(200_001, () => '- a')}`],
    ['lines of one text', `resources: a\n${lines(200_001, () => '  a')}`],
    ['entries in one line', `resources: [${'a,'.repeat(200_001)}]`],
    ['keys', lines(200_001, (nth) => `k${nth}: 1`)],
    ['brackets', '['.repeat(200_001)],
  ])('is too large with as many %s', (_, text) => {
    expect(said(text)).toEqual({
      code: 'CONFIG_INVALID',
      message: 'xano.yaml is too large: it has more than 200000 lines, entries and values.',
      hint: 'Split it into several files, and load them one after the other.',
    });
  });

  it('is too large with as many characters', () => {
    expect(said(`# ${'a'.repeat(4 * 1024 * 1024)}`).message).toBe(
      'xano.yaml is too large: it has more than 4194304 characters.',
    );
  });

  it.each<[string, string]>([
    ['keys', lines(20_000, (nth) => `k${nth}: 1`)],
    ['lines in one plain text', `resources: [a]\nclient: a\n${lines(50_000, () => '  a')}`],
    ['a host too long to exist', `client: { base_url: "https://${host}" }\nresources: [a]`],
    ['such a host behind a user name', `client: { base_url: "https://a@${host}" }\nresources: [a]`],
    [
      'such a host of a login',
      `client: { base_url: "https://x.example", auth: { type: login, url: "https://${host}" } }\nresources: [a]`,
    ],
  ])('is refused soon with %s', (_, text) => {
    let told = '';
    expect(cpuMs(() => (told = said(text).message))).toBeLessThan(SOON_MS);
    expect(told.length).toBeLessThan(10_000);
  });

  it('reports the first of its mistakes, and the number of the others', () => {
    expect(said(lines(500, () => 'a: b: c')).message).toMatch(/ And \d+ more\.$/);
    expect(said(`resources: [a]\n${lines(500, (nth) => `k${nth}: 1`)}`).message.length).toBeLessThan(10_000);
  });

  it('may not contain a key twice at any place', () => {
    expect(said('resources:\n- {name: a, path: b, name: c}').message).toBe(
      'xano.yaml is not YAML. Line 2: Map keys must be unique.',
    );
    expect(said('1: a\n"1": b\n1: c').message).toBe(
      'xano.yaml is not YAML. Line 2: Map keys must be unique: 1. Line 3: Map keys must be unique.',
    );
  });
});

it('a generated file with a host too long to exist is refused soon', () => {
  const endpoint = {
    name: 'a',
    base_url: `https://${host}`,
    path: 'a',
    method: 'GET',
    auth: { type: 'none' },
  };
  const ms = cpuMs(() => {
    const error = thrownBy(() => parseEndpoints({ version: 1, endpoints: [endpoint] }));
    expect(error.message).toContain('endpoints[0].base_url: must be a URL that begins with https://');
  });
  expect(ms).toBeLessThan(SOON_MS);
});
