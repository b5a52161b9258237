/**
 * Decimal numbers without rounding: JSON numbers and doubles as their digits, so that both can be compared
 * exactly. Pure.
 */

/**
 * The size of a number, without its sign: 0.`digits` × 10^`point`. The digits have no zeros at either end;
 * zero has none.
 */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/**
 * The most significant digits that the exact value of a double can have: the largest subnormal has this many.
 */
export const MOST_DIGITS = 767;

/** Reads a JSON number. */
export function decimalOf(text: string): Decimal {
  const [mantissa = '', exponent = '0'] = text.replace(/^-/, '').split(/e/i);
  const [integer = '', fraction = ''] = mantissa.split('.');
  const all = integer + fraction;
  let first = 0;
  while (all[first] === '0') first++;
  let end = all.length;
  while (end > first && all[end - 1] === '0') end--;
  if (first === end) return { digits: '', point: 0 };
  return { digits: all.slice(first, end), point: integer.length - first + Number(exponent) };
}

/** The exact value of a finite double. */
export function exactDecimal(value: number): Decimal {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  // IEEE 754: a subnormal double has no hidden bit, and the exponent of the smallest normal one.
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const exponent = Math.max(biased, 1) - 1075;
  if (exponent >= 0) return decimalOf(String(mantissa << BigInt(exponent)));
  // m / 2^n = m × 5^n / 10^n
  return decimalOf(`${mantissa * 5n ** BigInt(-exponent)}e${exponent}`);
}

/** Negative, zero or positive: whether one number is smaller than, equal to or larger than another. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.digits === '' || b.digits === '') return Math.sign(a.digits.length - b.digits.length);
  if (a.point !== b.point) return a.point < b.point ? -1 : 1;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}

/**
 * The digits of a number rounded to `count` of them, halves up as `toExponential` does it; without zeros at
 * the end.
 */
export function roundedDigits({ digits }: Decimal, count: number): string {
  if (digits.length <= count) return digits;
  const up = digits.charAt(count) >= '5' ? 1n : 0n;
  return decimalOf(String(BigInt(digits.slice(0, count)) + up)).digits;
}
