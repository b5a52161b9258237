import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isMalformed,
  numberEnd,
  skipSpace,
  stringEnd,
  valueEnd,
  wordEnd,
} from '../../../src/rest/decode/json-bytes.js';
import { jsonSpelling } from './spelling.js';

/** Whether the scanner takes these bytes for one JSON value and nothing else. */
function scans(bytes: Uint8Array): boolean {
  try {
    return skipSpace(bytes, valueEnd(bytes, skipSpace(bytes, 0))) === bytes.length;
  } catch (thrown) {
    if (isMalformed(thrown)) return false;
    throw thrown;
  }
}

/** The same of JSON.parse. latin1: every byte is one character, as the scanner sees it. */
function parses(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString('latin1'));
    return true;
  } catch {
    return false;
  }
}

const RUNS = { numRuns: 2_000 };

describe('the scanner', () => {
  it('takes every spelling of every JSON value', () => {
    fc.assert(
      fc.property(jsonSpelling(), (text) => {
        const bytes = Buffer.from(text);
        expect({ text, scans: scans(bytes), parses: parses(bytes) }).toEqual({
          text,
          scans: true,
          parses: true,
        });
      }),
      RUNS,
    );
  });

  it('takes exactly what JSON.parse takes of texts with a byte changed, added, removed or cut', () => {
    const mutation = fc.record({
      at: fc.nat(),
      how: fc.constantFrom('replace', 'insert', 'remove', 'cut'),
      byte: fc.oneof(
        fc.constantFrom(...Buffer.from('{}[]",:\\/ eE+-.0123456789utfnxb\n\t\0')),
        fc.integer({ min: 0, max: 255 }),
      ),
    });
    fc.assert(
      fc.property(jsonSpelling(), fc.array(mutation, { minLength: 1, maxLength: 4 }), (text, mutations) => {
        const bytes = [...Buffer.from(text)];
        for (const { at, how, byte } of mutations) {
          const i = at % (bytes.length + 1);
          if (how === 'cut') bytes.length = i;
          else bytes.splice(i, how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [byte]));
        }
        const mutated = Uint8Array.from(bytes);
        expect({ text: Buffer.from(mutated).toString('latin1'), valid: scans(mutated) }).toEqual({
          text: Buffer.from(mutated).toString('latin1'),
          valid: parses(mutated),
        });
      }),
      { numRuns: 20_000 },
    );
  });

  it('takes exactly what JSON.parse takes of short texts over the letters of JSON', () => {
    const letter = fc.constantFrom(...'{}[]",:\\ eE+-.019utrfalsn'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 8 }), (text) => {
        const bytes = Buffer.from(text);
        expect([text, scans(bytes)]).toEqual([text, parses(bytes)]);
      }),
      { numRuns: 50_000 },
    );
  });

  it('takes exactly the numbers that JSON.parse takes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789+-.eE'.split('')), maxLength: 10 }),
        (text) => {
          const bytes = Buffer.from(text);
          expect([text, scans(bytes)]).toEqual([text, parses(bytes)]);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('recognises half of a surrogate pair at any place', () => {
    const unit = fc.constantFrom(
      '\\ud83d',
      '\\ude00',
      '\\uD800',
      '\\udfff',
      '\\u0041',
      'x',
      '\\\\',
      '\\n',
      '😀',
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 6 }), (units) => {
        const text = `"${units.join('')}"`;
        const value = String(JSON.parse(text));
        const lone = Buffer.from(value).toString() !== value;
        const bytes = Buffer.from(text);
        expect([text, stringEnd(bytes, 0)]).toEqual([text, lone ? -bytes.length : bytes.length]);
      }),
      RUNS,
    );
  });
});

describe('the end of a token', () => {
  it.each([
    ['0', 1],
    ['-1', 2],
    ['12,', 2],
    ['1.5]', -3],
    ['1e5}', -3],
    ['-0.0e-0 ', -7],
  ])('is found for the number %s, negative when it has a fraction or an exponent', (text, end) => {
    expect(numberEnd(Buffer.from(text), 0)).toBe(end);
  });

  it.each([
    ['true', 4],
    ['false,', 5],
    ['null]', 4],
  ])('is found for the word %s', (text, end) => {
    expect(wordEnd(Buffer.from(text), 0)).toBe(end);
  });
});
