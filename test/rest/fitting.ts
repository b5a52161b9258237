/** Which values fit which columns: random ones, and what must become of them, said by JSON.parse and big integers. */
import fc from 'fast-check';
import type { ColumnType } from '../../src/target.js';
import { anyNumber, anyText, bracketed, choices, jsonSpelling, spellText } from './spelling.js';

const UUID = fc.uuid().map((text) => `"${text}"`);
const DATE = fc
  .tuple(fc.nat(9999), fc.nat(13), fc.nat(32))
  .map((parts) => `"${parts.map((part, i) => String(part).padStart(i === 0 ? 4 : 2, '0')).join('-')}"`);
const spelled = fc.tuple(anyText, choices).map(([text, how]) => spellText(text, how));
const lone = fc.constantFrom('"\\ud83d"', '"x\\udc00y"');

/** A JSON value that often, but not always, fits a column of this type. */
export function valueFor(type: ColumnType, list: boolean): fc.Arbitrary<string> {
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
  const many = fc.array(one, { maxLength: 4 }).map((inner) => bracketed('[', inner, ']', [' ', '']));
  return fc.oneof(
    { weight: 12, arbitrary: list ? many : one },
    { weight: 1, arbitrary: fc.oneof(jsonSpelling(), anyNumber, spelled, lone, DATE, UUID) },
  );
}

/** Whether a value fits its column, and what the column holds of it then: whole numbers and JSON as text. */
export type Fit = { readonly fits: true; readonly value: unknown } | { readonly fits: false };
const no: Fit = { fits: false };
const yes = (value: unknown): Fit => ({ fits: true, value });

/** A JSON number as an exact fraction: n / d. */
function exactly(text: string): { n: bigint; d: bigint } {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
    text,
  )!;
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  return shift >= 0 ? { n: digits * 10n ** BigInt(shift), d: 1n } : { n: digits, d: 10n ** BigInt(-shift) };
}

function wholeOf(value: unknown, raw: string): bigint | undefined {
  if (typeof value !== 'number') return undefined;
  const { n, d } = exactly(raw.trim());
  return n % d === 0n ? n / d : undefined;
}

const isLone = (value: unknown): boolean =>
  JSON.stringify(value)?.includes('\\ud') === true && /\\ud[89a-f]/.test(JSON.stringify(value));

/** What the column must hold of a value: an oracle that builds values, which the code under test never does. */
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
      // It holds what was sent when it is the number again as soon as it is printed: with as few digits as there can be, or with as many.
      const sent = exactly(raw.trim());
      if (sent.n === 0n) return yes(value);
      const shortest = exactly(String(value));
      if (shortest.n * sent.d === sent.n * shortest.d) return yes(value);
      const digits = String(sent.n < 0n ? -sent.n : sent.n).replace(/0+$/, '').length;
      const back = exactly(value.toExponential(Math.min(digits, 100) - 1));
      return back.n * sent.d === sent.n * back.d ? yes(value) : no;
    }
    case 'FLOAT':
      return typeof value === 'number' && Number.isFinite(Math.fround(value)) ? yes(Math.fround(value)) : no;
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
export function expectedList(type: ColumnType, raw: string, size: number | undefined): Fit {
  const value: unknown = JSON.parse(raw);
  if (value === null) return yes(null);
  if (!Array.isArray(value)) return no;
  const elements = elementsOf(raw).map((element) => expected(type, element));
  if (size !== undefined && elements.length !== size) return no;
  if (elements.some(({ fits }) => !fits)) return no;
  return yes(elements.map((element) => (element.fits ? element.value : undefined)));
}
