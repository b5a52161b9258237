/**
 * Which values fit which columns: random ones, and what must become of them, said by JSON.parse and big
 * integers.
 */
import fc from 'fast-check';
import type { Column, ColumnType } from '../../../src/table/column.js';
import { anyNumber, anyText, bracketed, choices, jsonSpelling, spellText } from './spelling.js';

const UUID = fc.uuid().map((text) => `"${text}"`);
const DATE = fc
  .tuple(fc.nat(9999), fc.nat(13), fc.nat(32))
  .map((parts) => `"${parts.map((part, i) => String(part).padStart(i === 0 ? 4 : 2, '0')).join('-')}"`);
const spelled = fc.tuple(anyText, choices).map(([text, how]) => spellText(text, how));
const lone = fc.constantFrom('"\\ud83d"', '"x\\udc00y"');

/** A JSON value that often, but not always, fits a column of this type. */
export function valueFor(
  type: ColumnType,
  list: boolean,
  { size, list_of_vectors = false }: Pick<Column, 'size' | 'list_of_vectors'> = {},
): fc.Arbitrary<string> {
  const fitting: Record<ColumnType, fc.Arbitrary<string>> = {
    BIGINT: anyNumber,
    DOUBLE: anyNumber,
    FLOAT: anyNumber,
    TIMESTAMPTZ: fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }).map(String), anyNumber),
    VARCHAR: spelled,
    BOOLEAN: fc.constantFrom('true', 'false'),
    DATE: fc.oneof(DATE, fc.constant('""')),
    UUID,
    JSON: jsonSpelling(),
  };
  const one = fc.oneof(
    { weight: 8, arbitrary: fitting[type] },
    { weight: 1, arbitrary: fc.constant('null') },
  );
  const brackets = (inner: readonly string[]): string => bracketed('[', inner, ']', [' ', '']);
  const listed = fc.array(one, { maxLength: 4 }).map(brackets);
  const sized = fc.array(one, { minLength: size ?? 1, maxLength: size ?? 3 }).map(brackets);
  const vector = fc.oneof(
    { weight: 6, arbitrary: sized },
    { weight: 1, arbitrary: fc.constantFrom('[]', '[ ]', 'null') },
    { weight: 1, arbitrary: listed },
  );
  const many = list_of_vectors ? fc.array(vector, { maxLength: 4 }).map(brackets) : listed;
  return fc.oneof(
    { weight: 12, arbitrary: list ? many : one },
    { weight: 1, arbitrary: fc.oneof(jsonSpelling(), anyNumber, spelled, lone, DATE, UUID) },
  );
}

/** Whether a value fits its column, and what the column holds of it then: whole numbers and JSON as text. */
export type Fit = { readonly fits: true; readonly value: unknown } | { readonly fits: false };
const no: Fit = { fits: false };
const yes = (value: unknown): Fit => ({ fits: true, value });

/** An exact fraction: n / d. */
interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

/** A JSON number as an exact fraction. */
function exactly(text: string): Fraction {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
    text,
  )!;
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  return shift >= 0 ? { n: digits * 10n ** BigInt(shift), d: 1n } : { n: digits, d: 10n ** BigInt(-shift) };
}

/** What a double is exactly, as a fraction: halves are taken of it until it is whole. */
export function exactValue(value: number): Fraction {
  let d = 1n;
  while (!Number.isInteger(value)) {
    value *= 2;
    d *= 2n;
  }
  return { n: BigInt(value), d };
}

/**
 * What a double is when it is printed with so many digits: JavaScript itself prints no more than a hundred.
 */
function roundedTo(digits: number, value: number): Fraction {
  const { n, d } = exactValue(Math.abs(value));
  const places = BigInt(d.toString(2).length - 1);
  // d is 2 to the power of `places`.
  const all = n * 5n ** places;
  const cut = BigInt(Math.max(0, String(all).length - digits));
  const rounded = cut === 0n ? all : (all / 10n ** (cut - 1n) + 5n) / 10n;
  return { n: BigInt(Math.sign(value)) * rounded * 10n ** cut, d: 10n ** places };
}

/** FLOATs in their order are their bits in order, the sign aside. */
export function floatOfBits(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

const INFINITE_BITS = 0x7f800000;

/**
 * The FLOAT nearest to a JSON number, found by halving the range of all there are; of two that are as near,
 * the one whose last bit is 0.
 */
export function nearestFloatTo(text: string): number {
  const { n, d } = exactly(text);
  const size = n < 0n ? -n : n;
  // Where an infinite one would be if exponents went on: that is how IEEE 754 rounds.
  const at = (bits: number): Fraction =>
    bits === INFINITE_BITS ? { n: 2n ** 128n, d: 1n } : exactValue(floatOfBits(bits));
  let low = 0;
  let high = INFINITE_BITS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const value = at(middle);
    if (value.n * d <= size * value.d) low = middle;
    else high = middle;
  }
  const [below, above] = [at(low), at(high)];
  // Twice the number against the sum of both.
  const order = 2n * size * below.d * above.d - d * (below.n * above.d + above.n * below.d);
  const bits = order < 0n ? low : order > 0n ? high : low % 2 === 0 ? low : high;
  return text.startsWith('-') ? -floatOfBits(bits) : floatOfBits(bits);
}

function wholeOf(value: unknown, raw: string): bigint | undefined {
  if (typeof value !== 'number') return undefined;
  const { n, d } = exactly(raw.trim());
  return n % d === 0n ? n / d : undefined;
}

const isLone = (value: unknown): boolean =>
  JSON.stringify(value)?.includes('\\ud') === true && /\\ud[89a-f]/.test(JSON.stringify(value));

/**
 * What the column must hold of a value: an oracle that builds values, which the code under test never does.
 */
export function expected(type: ColumnType, raw: string): Fit {
  const value: unknown = JSON.parse(raw);
  if (value === null) return yes(null);
  if (isLone(value)) return no;
  switch (type) {
    case 'BIGINT':
    case 'TIMESTAMPTZ': {
      const whole = wholeOf(value, raw);
      const [min, max] = type === 'BIGINT' ? [-(2n ** 63n), 2n ** 63n - 1n] : [-(2n ** 53n), 2n ** 53n];
      return whole === undefined || whole < min || whole > max ? no : yes(String(whole));
    }
    case 'DOUBLE': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return no;
      // It holds what was sent when it is the number again as soon as it is printed: with as few digits as
      // there can be, or with as many.
      const sent = exactly(raw.trim());
      if (sent.n === 0n) return yes(value);
      const shortest = exactly(String(value));
      if (shortest.n * sent.d === sent.n * shortest.d) return yes(value);
      const digits = String(sent.n < 0n ? -sent.n : sent.n).replace(/0+$/, '').length;
      const back = digits > 100 ? roundedTo(digits, value) : exactly(value.toExponential(digits - 1));
      return back.n * sent.d === sent.n * back.d ? yes(value) : no;
    }
    case 'FLOAT': {
      if (typeof value !== 'number') return no;
      const nearest = nearestFloatTo(raw.trim());
      return Number.isFinite(nearest) ? yes(nearest) : no;
    }
    case 'VARCHAR':
      return typeof value === 'string' ? yes(value) : no;
    case 'BOOLEAN':
      return typeof value === 'boolean' ? yes(value) : no;
    case 'DATE': {
      if (value === '') return yes(null);
      if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value) || value < '0001') return no;
      const at = new Date(`${value}T00:00:00Z`);
      return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value) ? yes(value) : no;
    }
    case 'UUID':
      return typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)
        ? yes(value.toLowerCase())
        : no;
    case 'JSON':
      return yes(raw);
  }
}

/** The elements of a JSON list as they are spelled, without the space around them. */
function elementsOf(raw: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let text = false;
  let from = 1;
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i]!;
    if (text) {
      if (c === '\\') i++;
      else if (c === '"') text = false;
    } else if (c === '"') text = true;
    else if (c === '[' || c === '{') depth++;
    else if (c === ']' || c === '}') depth--;
    if (!text && ((c === ',' && depth === 1) || depth === 0)) {
      const element = raw.slice(from, i).replace(/^[ \n\r\t]+|[ \n\r\t]+$/g, '');
      if (element !== '') elements.push(element);
      from = i + 1;
    }
  }
  return elements;
}

/** The same of a list. */
export function expectedList(
  type: ColumnType,
  raw: string,
  size: number | undefined,
  list_of_vectors = false,
): Fit {
  const value: unknown = JSON.parse(raw);
  if (value === null) return yes(null);
  if (!Array.isArray(value)) return no;
  // An empty vector is NULL; a list of no vectors is a list.
  if (type === 'FLOAT' && value.length === 0) return yes(list_of_vectors ? [] : null);
  const elements = elementsOf(raw).map((element) =>
    list_of_vectors ? expectedList(type, element, size) : expected(type, element),
  );
  if (!list_of_vectors && size !== undefined && elements.length !== size) return no;
  if (elements.some(({ fits }) => !fits)) return no;
  return yes(elements.map((element) => (element.fits ? element.value : undefined)));
}
