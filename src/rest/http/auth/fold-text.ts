/**
 * Decodes the escapes of texts and folds their letters, so that every spelling of a secret is found. Pure.
 */

/** A folded text, and the position of its characters in the original text. */
export interface Folded {
  readonly folded: string;
  /**
   * The original index of each character and of the end; undefined where both texts have the same indices.
   */
  readonly at: Uint32Array | undefined;
}

/** Escapes may themselves be escaped: the most rounds of decoding. */
const DEEPEST_ESCAPES = 3;

/**
 * A text with its escapes decoded, and with one spelling for letters in both cases and for both alphabets of
 * base64.
 */
export function fold(text: string): Folded {
  let decoded = text;
  let at: Uint32Array | undefined;
  for (let depth = 0; depth < DEEPEST_ESCAPES; depth++) {
    const next = decodedOnce(decoded, at);
    if (next === undefined) break;
    decoded = next.folded;
    at = next.at;
  }
  return { folded: foldLetters(decoded), at };
}

/**
 * Undefined for a text without escapes. A scan of code units takes a fraction of the time of a regular
 * expression with many matches.
 */
function decodedOnce(text: string, offsets: Uint32Array | undefined): Folded | undefined {
  if (!/[%\\&]/.test(text)) return undefined;
  const units = new Uint16Array(text.length);
  const at = new Uint32Array(text.length + 1);
  let length = 0;
  for (let offset = 0; offset < text.length; length++) {
    const size = escapeSize(text, offset);
    units[length] = size === 0 ? text.charCodeAt(offset) : escapedUnit(text, offset, size);
    at[length] = offsets?.[offset] ?? offset;
    offset += Math.max(1, size);
  }
  if (length === text.length) return undefined;
  at[length] = offsets?.[text.length] ?? text.length;
  return { folded: textOf(units.subarray(0, length)), at };
}

/**
 * The length of the escape at an index: `%41`, `\u0041`, `\x41`, `&#x41;`, `&#65;` or `\/`; 0 where none
 * begins.
 */
function escapeSize(text: string, offset: number): number {
  const unit = text.charCodeAt(offset);
  if (unit === PERCENT) return digitsAt(text, offset + 1, 16, 2) === 2 ? 3 : 0;
  if (unit === BACKSLASH) {
    const next = text.charCodeAt(offset + 1);
    if (QUOTED.includes(next)) return 2;
    if (isLetter(next, SMALL_U)) return digitsAt(text, offset + 2, 16, 4) === 4 ? 6 : 0;
    return isLetter(next, SMALL_X) && digitsAt(text, offset + 2, 16, 2) === 2 ? 4 : 0;
  }
  if (unit !== AMPERSAND || text.charCodeAt(offset + 1) !== HASH) return 0;
  const isHex = isLetter(text.charCodeAt(offset + 2), SMALL_X);
  const start = offset + (isHex ? 3 : 2);
  const end = start + digitsAt(text, start, isHex ? 16 : 10, 4);
  return end > start && text[end] === ';' ? end + 1 - offset : 0;
}

const [PERCENT, BACKSLASH, AMPERSAND, HASH, SMALL_U, SMALL_X] = [0x25, 0x5c, 0x26, 0x23, 0x75, 0x78];
/** Characters that a backslash may escape: `\`, `/`, `"` and `'`. */
const QUOTED = [BACKSLASH, 0x2f, 0x22, 0x27];

/** Whether a code unit is a letter, small or capital: in ASCII they differ in one bit. */
const isLetter = (unit: number, small: number): boolean => (unit | 0x20) === small;

/** The code unit that an escape of such a length stands for. */
function escapedUnit(text: string, offset: number, size: number): number {
  if (text.charCodeAt(offset) === PERCENT) return numberIn(text, offset + 1, offset + 3, 16);
  if (text.charCodeAt(offset) === BACKSLASH)
    return size === 2 ? text.charCodeAt(offset + 1) : numberIn(text, offset + 2, offset + size, 16);
  const isHex = isLetter(text.charCodeAt(offset + 2), SMALL_X);
  return numberIn(text, offset + (isHex ? 3 : 2), offset + size - 1, isHex ? 16 : 10);
}

/** How many digits of a base follow at an index, up to `most`. */
function digitsAt(text: string, offset: number, base: 10 | 16, most: number): number {
  let count = 0;
  while (count < most && digitValue(text.charCodeAt(offset + count)) < base) count++;
  return count;
}

function numberIn(text: string, from: number, to: number, base: number): number {
  let value = 0;
  for (let offset = from; offset < to; offset++) value = value * base + digitValue(text.charCodeAt(offset));
  return value;
}

/** The value of a hexadecimal digit; 16 for any other code unit, NaN included. */
function digitValue(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  // The letters of ASCII differ from their capitals in this bit.
  const small = unit | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : 16;
}

/** A call takes this many arguments on any stack. */
const MOST_UNITS = 8192;

function textOf(units: Uint16Array): string {
  const parts: string[] = [];
  for (let at = 0; at < units.length; at += MOST_UNITS)
    parts.push(String.fromCharCode(...units.subarray(at, at + MOST_UNITS)));
  return parts.join('');
}

/** Small letters of ASCII, and one spelling for `-` and `+`, `_` and `/`; the length stays the same. */
export function foldLetters(text: string): string {
  const lower = text.toLowerCase();
  // U+0130 is the only character that becomes longer.
  const same =
    lower.length === text.length
      ? lower
      : text
          .split('\u0130')
          .map((part) => part.toLowerCase())
          .join('\u0130');
  // `replaceAll` takes three times as long for a text with many matches.
  return same.split('-').join('+').split('_').join('/');
}
