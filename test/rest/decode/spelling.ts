/**
 * Random JSON, spelled in random ways: white space, escapes, member order and number forms that all mean the
 * same.
 */
import fc from 'fast-check';

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 });

const hex = (unit: number, upper: boolean): string => {
  const digits = unit.toString(16).padStart(4, '0');
  return `\\u${upper ? digits.toUpperCase() : digits}`;
};

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A text as JSON, each character raw, with its short escape or as `\uXXXX`, as the numbers say. */
export function spellText(text: string, how: readonly number[]): string {
  const spelled = [...text].map((character, i) => {
    const choice = how.length === 0 ? 0 : how[i % how.length]!;
    if (choice % 3 === 1)
      return character
        .split('')
        .map((unit) => hex(unit.charCodeAt(0), choice % 2 === 0))
        .join('');
    const short = SHORT[character];
    if (short !== undefined && (character !== '/' || choice % 3 === 2)) return short;
    return character < ' ' ? hex(character.charCodeAt(0), false) : character;
  });
  return `"${spelled.join('')}"`;
}

/** How characters are to be spelled. */
export const choices = fc.array(fc.nat(5), { maxLength: 8 });

/** A random text. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '/', '\n', '\0', '\u2028', 'é', '😀', 'a', '{', ']', ':', ',', '\u007f'),
    maxLength: 8,
  }),
  fc.constantFrom('', 'null', '[]', '__proto__', 'constructor', 'a'.repeat(2000)),
);

/** A random number as JSON text. */
export const anyNumber = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.constantFrom(2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 53n + 1n).map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => (Object.is(value, -0) ? '-0.0' : String(value))),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.nat(99999),
      fc.option(fc.nat(999999)),
      fc.option(fc.integer({ min: -330, max: 330 })),
      fc.constantFrom('e', 'E', 'e+'),
    )
    .map(([sign, whole, fraction, exponent, e]) => {
      const mark = exponent !== null && exponent < 0 ? e.replace('+', '') : e;
      return `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `${mark}${exponent}`}`;
    }),
);

/** Members or elements between brackets, white space around each. */
export const bracketed = (
  open: string,
  inner: readonly string[],
  close: string,
  spaces: readonly string[],
): string => {
  const at = (i: number): string => (spaces.length === 0 ? '' : spaces[i % spaces.length]!);
  return `${open}${inner.length === 0 ? at(0) : inner.map((text, i) => at(i) + text + at(i + 1)).join(',')}${close}`;
};

/** Random JSON text of any value. */
export const jsonSpelling = (): fc.Arbitrary<string> =>
  fc.letrec<{ value: string; member: string; text: string }>((tie) => ({
    text: fc.tuple(anyText, choices).map(([text, how]) => spellText(text, how)),
    member: fc
      .tuple(tie('text'), space, space, tie('value'))
      .map(([key, a, b, value]) => `${key}${a}:${b}${value}`),
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom('true', 'false', 'null', '{}', '[]'),
      anyNumber,
      tie('text'),
      fc
        .tuple(fc.array(tie('value'), { maxLength: 4 }), fc.array(space, { maxLength: 3 }))
        .map(([inner, spaces]) => bracketed('[', inner, ']', spaces)),
      fc
        .tuple(fc.array(tie('member'), { maxLength: 4 }), fc.array(space, { maxLength: 3 }))
        .map(([inner, spaces]) => bracketed('{', inner, '}', spaces)),
    ),
  })).value;
