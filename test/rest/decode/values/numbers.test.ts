/** Numbers in every spelling: which FLOAT, DOUBLE and BIGINT they are, said by fractions of big integers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalOf } from '../../../../src/rest/decode/values/decimal.js';
import { KIND } from '../../../../src/rest/decode/values/value-kind.js';
import type { ColumnType } from '../../../../src/table/column.js';
import { exactValue, expected, floatOfBits, nearestFloatTo } from '../fitting.js';
import { column, inferred, read } from '../reading.js';

const SEED = 20261129;
const numeral = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/**
 * What both readers hold of numbers: the first record of a list is read by JavaScript, later ones by
 * WebAssembly.
 */
function both(type: ColumnType, numbers: readonly string[]): readonly (readonly [string, string])[] {
  return numbers.map((number) => {
    const body = `{"items":[{"v":${number},"id":1},{"v":${number},"id":2},{"v":${number},"id":3}]}`;
    const { rows } = read(body, [column('v', type), column('id', 'BIGINT')]);
    const [one, two, three] = rows.map((row) => row.replace(/^\{"v":|,"id":\d\}$/g, ''));
    if (two !== three) throw new Error(`${two} and ${three} of ${number}`);
    return [one!, two!];
  });
}

/** A fraction whose denominator is a power of two, as a decimal number without an exponent. */
function decimalText(value: number): string {
  let { n, d } = exactValue(value);
  let places = 0;
  while (n % d !== 0n) {
    n *= 10n;
    places++;
  }
  const digits = String(n / d).padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The number next to a positive one in its last digit. */
function nextTo(text: string, by: bigint): string {
  const point = text.indexOf('.');
  const places = point < 0 ? 0 : text.length - point - 1;
  const digits = String(BigInt(text.replace('.', '')) + by).padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The same number with its point moved and an exponent for it. */
function moved(text: string, by: number): string {
  const { digits, point } = decimalOf(text);
  return digits === '' ? text : `${digits}${'0'.repeat(by)}e${point - digits.length - by}`;
}

/** Halfway between a FLOAT and the next one, and what lies as near to it as spelling allows. */
const halfway = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 0x7f7ffffe }), fc.integer({ min: 0, max: 0x00800010 })),
    fc.constantFrom('as it is', 'one above', 'one below', 'far above', 'shortened', 'shortest'),
    fc.integer({ min: 15, max: 40 }),
    fc.constantFrom('', '-'),
    fc.nat(12),
  )
  .map(([bits, how, length, sign, by]) => {
    const middle = (floatOfBits(bits) + floatOfBits(bits + 1)) / 2;
    const text = decimalText(middle);
    const spelled: Record<typeof how, () => string> = {
      'as it is': () => text,
      'one above': () => nextTo(text, 1n),
      'one below': () => nextTo(text, -1n),
      'far above': () => `${text.includes('.') ? text : `${text}.`}${'0'.repeat(length)}1`,
      shortened: () => middle.toExponential(Math.min(length, 30)),
      shortest: () => String(middle).replace('e+', 'e'),
    };
    const number = spelled[how]();
    return sign + (by % 3 === 0 && !number.includes('e') ? moved(number, by) : number);
  });

describe('a FLOAT is the nearest to the sent text', () => {
  it.each([
    ['0.00036393293703440577', 0x39bece41],
    // Its double is the same, but lies halfway: the text is what counts.
    ['1.00000005960464477539062500000000000001', 0x3f800001],
    ['1.000000059604644775390625', 0x3f800000],
    ['1.00000005960464477539062499999999999999', 0x3f800000],
    ['1.00000017881393432617187499', 0x3f800001],
    ['1.000000178813934326171875', 0x3f800002],
    ['16777217', 0x4b800000],
    ['16777217.0000000000000000001', 0x4b800001],
    ['16777219', 0x4b800002],
    ['16777218.9999999999999999999', 0x4b800001],
    ['0.1', 0x3dcccccd],
    ['1e-45', 0x00000001],
    // Half of the smallest one, a little more, and a little less.
    ['7.006492321624085354618e-46', 0x00000000],
    [
      '7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319094181060791015626e-46',
      1,
    ],
    [
      '7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319094181060791015624e-46',
      0,
    ],
    ['3.40282346638528859811704183484516925440e38', 0x7f7fffff],
    // Halfway to what would be the next one, where numbers become too large.
    ['340282356779733661637539395458142568447', 0x7f7fffff],
    ['340282356779733661637539395458142568447.999999', 0x7f7fffff],
    ['-340282356779733661637539395458142568447', 0xff7fffff],
    ['-0', 0x80000000],
    ['-0.0e5', 0x80000000],
    ['-1e-60', 0x80000000],
    ['0.0000000000000000000000000000000000000000000000001e49', 0x3f800000],
  ])('for %s', (number, bits) => {
    const value = numeral(floatOfBits(bits));
    expect(nearestFloatTo(number)).toBe(floatOfBits(bits));
    expect(both('FLOAT', [number])).toEqual([[value, value]]);
  });

  it.each([
    '340282356779733661637539395458142568448',
    '3.4028235677973366163754e38',
    '-3.5e38',
    '1e39',
    '1e999',
  ])('and too large where the nearest is infinite: %s', (number) => {
    const { rows, rejects } = read(`{"items":[{"v":${number},"id":1}]}`, [column('v', 'FLOAT')]);
    expect(rows).toEqual(['{"v":null}']);
    expect(rejects).toMatchObject([{ raw: number, reason: 'out of range for FLOAT' }]);
  });

  it('halfway between any two, and beside that', () => {
    fc.assert(
      fc.property(fc.array(halfway, { minLength: 1, maxLength: 20 }), (numbers) => {
        const wanted = numbers.map((number) => {
          const fit = expected('FLOAT', number);
          const value = fit.fits ? numeral(Number(fit.value)) : 'null';
          return [value, value];
        });
        expect(both('FLOAT', numbers)).toEqual(wanted);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it('in a list', () => {
    const number = '0.00036393293703440577';
    const list = `[${number},16777217.00000000000001,${number}]`;
    const { rows } = read(`{"items":[{"v":${list},"id":1},{"v":${list},"id":2}]}`, [
      column('v', 'FLOAT', { list: true }),
      column('id', 'BIGINT'),
    ]);
    const held = `[${floatOfBits(0x39bece41)},16777218,${floatOfBits(0x39bece41)}]`;
    expect(rows).toEqual([`{"v":${held},"id":1}`, `{"v":${held},"id":2}`]);
  });
});

describe('a whole number is recognised', () => {
  const zeros = (count: number): string => '0'.repeat(count);

  it.each([
    ['1e3', '1000'],
    ['1.0', '1'],
    ['100e-2', '1'],
    ['0e5', '0'],
    ['0e-5', '0'],
    ['0.0e99999999999', '0'],
    ['-0.0', '0'],
    ['1.50e1', '15'],
  ])('for %s', (number, value) => {
    expect(both('BIGINT', [number])).toEqual([[value, value]]);
  });

  it.each([
    ['zeros before it and an exponent', `0.${zeros(39)}1e40`, '1'],
    ['the largest value behind zeros', `0.${zeros(39)}9223372036854775807e58`, '9223372036854775807'],
    ['the smallest value behind zeros', `-0.${zeros(39)}9223372036854775808e58`, '-9223372036854775808'],
    ['thousands of zeros before it', `0.${zeros(5000)}42e5002`, '42'],
    ['thousands of zeros after it', `42${zeros(5000)}e-5000`, '42'],
    ['zeros behind its point', `-7.${zeros(300)}`, '-7'],
  ])('and is exact with %s', (_, number, value) => {
    expect(both('BIGINT', [number])).toEqual([[value, value]]);
  });

  it.each([
    [`0.${zeros(39)}1e39`, 'a fraction for BIGINT'],
    [`0.${zeros(39)}9223372036854775808e58`, 'out of range for BIGINT'],
    ['1e-400', 'a fraction for BIGINT'],
    ['1e99999999999999999999', 'out of range for BIGINT'],
  ])('and refused as %s', (number, reason) => {
    const { rejects } = read(`{"items":[{"v":${number},"id":1}]}`, [column('v', 'BIGINT')]);
    expect(rejects).toMatchObject([{ raw: number, reason }]);
  });
});

describe('a DOUBLE holds a number of any length that it represents exactly', () => {
  const LONG: readonly number[] = [
    2 ** 1023,
    Number.MAX_VALUE,
    1 + 2 ** -52,
    2 ** -300,
    5e-324,
    2.2250738585072014e-308,
    0.1,
  ];

  it.each(LONG)('such as %d with all its digits', (value) => {
    const text = decimalText(value);
    const held = numeral(value);
    expect(both('DOUBLE', [text, `-${text}`, moved(text, 3)])).toEqual([
      [held, held],
      [`-${held}`, `-${held}`],
      [held, held],
    ]);
  });

  it.each([1e22, 1e200, 1e308])('such as %d with all its zeros', (value) => {
    // Not what the double is exactly, but the number that it is printed as.
    const text = `1${'0'.repeat(Math.round(Math.log10(value)))}`;
    expect(both('DOUBLE', [text, `${text}.000`])).toEqual([
      [numeral(value), numeral(value)],
      [numeral(value), numeral(value)],
    ]);
  });

  it.each(LONG)('but not %d with another last digit', (value) => {
    const text = nextTo(decimalText(value), 1n);
    const isHeld = decimalOf(text).digits.length <= 15;
    const { rejects } = read(`{"items":[{"v":${text},"id":1}]}`, [column('v', 'DOUBLE')]);
    expect(rejects.map(({ reason }) => reason)).toEqual(isHeld ? [] : ['more digits than DOUBLE holds']);
  });

  it.each([
    ['that is cut off there', 119, ''],
    ['that is rounded up there', 120, '9'],
  ])('and a number %s, printed with %i digits', (_, count, after) => {
    const { digits } = decimalOf(decimalText(5e-324));
    // What the double is from there on.
    expect(digits.charAt(count) >= '5' ? '9' : '').toBe(after);
    const printed = after === '' ? digits.slice(0, count) : String(BigInt(digits.slice(0, count)) + 1n);
    const number = `${printed}e-${323 + count}`;
    expect(both('DOUBLE', [number])).toEqual([['5e-324', '5e-324']]);
    const { rejects } = read(`{"items":[{"v":${BigInt(printed) + 1n}e-${323 + count},"id":1}]}`, [
      column('v', 'DOUBLE'),
    ]);
    expect(rejects).toMatchObject([{ reason: 'more digits than DOUBLE holds' }]);
  });
});

describe('an undeclared column of whole numbers', () => {
  const kinds = (...numbers: readonly string[]) =>
    read(`[${numbers.map((number) => `{"v":${number}}`).join(',')}]`, [], { selector: '', key: undefined })
      .drift;

  it.each([
    ['9223372036854775807', KIND.whole],
    ['-9223372036854775808', KIND.whole],
    ['1234567890123456789', KIND.whole],
    ['-1234567890123456789', KIND.whole],
    ['999999999999999999', KIND.whole],
    ['9223372036854775808', KIND.nested],
    ['-9223372036854775809', KIND.nested],
    ['12345678901234567890', KIND.nested],
    ['1e3', KIND.fraction],
  ])('decides whether BIGINT holds %s', (number, kind) => {
    expect(kinds(number)).toEqual([['v', kind]]);
    expect(kinds('1', number)).toEqual([['v', KIND.whole | kind]]);
  });

  it('keeps its guess for nineteen digits, and drops it for twenty', () => {
    const page = (number: string) => `{"items":[{"v":1,"id":1},{"v":${number},"id":2},{"v":3,"id":3}]}`;
    const columns = [inferred('v', 'BIGINT'), column('id', 'BIGINT')];
    expect(read(page('9223372036854775807'), columns).drift).toEqual([]);
    expect(read(page('92233720368547758070'), columns).drift).toEqual([['v', KIND.nested]]);
  });
});
