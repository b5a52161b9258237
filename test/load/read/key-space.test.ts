/** Keys as numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keySpaceOf } from '../../../src/load/read/key-space.js';
import { isWholeKey } from '../../../src/rest/decode/whole-key.js';

describe('a key', () => {
  it.each(['0', '-7', '9007199254740993', '170141183460469231731687303715884105728'])(
    'that is the whole number %s comes back as it was',
    (text) => {
      const space = keySpaceOf(text)!;
      expect([isWholeKey(text), space.toNumber(text), space.toText(space.toNumber(text))]).toEqual([
        true,
        BigInt(text),
        text,
      ]);
    },
  );

  it.each([
    '"abc"',
    '""',
    '1.5',
    '1e3',
    'null',
    'true',
    '"00000000-0000-4000-8000"',
    '00000000-0000-4000-8000-000000000000',
  ])('that is %s has no number', (text) => {
    expect([isWholeKey(text), keySpaceOf(text)]).toEqual([false, undefined]);
  });

  it('that is a UUID is its 128 bits, in upper and lower case', () => {
    const text = '"0000000a-0000-4000-8000-0000000000ff"';
    const space = keySpaceOf(text)!;
    expect(space.toNumber(text)).toBe((0xan << 96n) + (0x4000n << 64n) + (0x8000n << 48n) + 0xffn);
    expect(space.toNumber(text.toUpperCase())).toBe(space.toNumber(text));
    expect(space.toText(space.toNumber(text) + 1n)).toBe('"0000000a-0000-4000-8000-000000000100"');
  });

  it('before the first UUID, or after the last, does not exist', () => {
    const space = keySpaceOf('"00000000-0000-4000-8000-000000000000"')!;
    expect([space.toText(-1n), space.toText(2n ** 128n)]).toEqual([undefined, undefined]);
    expect(space.toText(2n ** 128n - 1n)).toBe('"ffffffff-ffff-ffff-ffff-ffffffffffff"');
  });

  it('that is a UUID keeps the order of its text', () => {
    const uuid = fc.uuid().map((text) => JSON.stringify(text));
    fc.assert(
      fc.property(uuid, uuid, (a, b) => {
        const space = keySpaceOf(a)!;
        expect(keySpaceOf(b)).toBe(space);
        expect(space.toText(space.toNumber(a))).toBe(a);
        expect(space.toNumber(a) < space.toNumber(b)).toBe(a < b);
      }),
    );
  });
});
