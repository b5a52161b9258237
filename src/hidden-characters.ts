/** Characters that a reader cannot see, and their escapes. Pure. */

/**
 * Characters that a reader cannot see, or that move the text around them: control characters (Cc), line and
 * paragraph separators (Zl, Zp), and format characters (Cf), which are zero-width characters, marks and
 * embeddings of direction, soft hyphens and tags. Then fillers without a glyph, and variation selectors.
 */
const HIDDEN =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

/**
 * A text that is safe on a terminal and shows all its characters: hidden ones become escapes such as
 * `\u200b`, `\u{e0041}`.
 */
export function printable(text: string): string {
  return withEscapes(text, shownEscape);
}

/** JSON text with hidden characters as JSON escapes: the same value for a program, and safe on a terminal. */
export function printableJson(json: string): string {
  return withEscapes(json, jsonEscape);
}

/**
 * Escapes each hidden character that no emoji or word needs. Writes code units into a buffer: `replace` with
 * a function takes eight times as long for a text of hidden characters.
 */
function withEscapes(text: string, escapeOf: (code: number) => string): string {
  const first = text.search(HIDDEN);
  if (first < 0) return text;
  const parts = [text.slice(0, first)];
  const bytes = Buffer.allocUnsafe(BUFFER_BYTES);
  let end = 0;
  const write = (unit: number): void => {
    bytes[end++] = unit & 0xff;
    bytes[end++] = unit >> 8;
  };
  for (let at = first; at < text.length; at++) {
    if (end > BUFFER_BYTES - MOST_STEP_BYTES) {
      parts.push(bytes.toString('utf16le', 0, end));
      end = 0;
    }
    const unit = text.charCodeAt(at);
    const code = unit >= 0xd800 && unit <= 0xdfff ? text.codePointAt(at)! : unit;
    const spelled = unit >= 0x20 && unit < 0x7f ? '' : escapeOf(code);
    if (spelled !== '' && !isNeeded(code, text, at))
      for (let i = 0; i < spelled.length; i++) write(spelled.charCodeAt(i));
    else {
      write(unit);
      if (code > 0xffff) write(text.charCodeAt(at + 1));
    }
    if (code > 0xffff) at++;
  }
  parts.push(bytes.toString('utf16le', 0, end));
  return parts.join('');
}

const BUFFER_BYTES = 65_536;

/** The longest escape of one character: twelve units of two bytes each. */
const MOST_STEP_BYTES = 24;

/** Caches a function's results by code point: a text may contain the same one a million times. */
function remembered<T>(find: (code: number) => T): (code: number) => T {
  // An array is read several times as fast as a map.
  const latin: (T | undefined)[] = Array.from({ length: 256 });
  const others = new Map<number, T>();
  return (code) => {
    const known = code < 256 ? latin[code] : others.get(code);
    if (known !== undefined) return known;
    const value = find(code);
    if (code < 256) latin[code] = value;
    else others.set(code, value);
    return value;
  };
}

/** Whether a code point is a character that matches. */
const matching = (pattern: RegExp): ((code: number) => boolean) =>
  remembered((code) => String.fromCodePoint(code).search(pattern) === 0);

/** The escape of a hidden character, empty for any other. */
const escaping = (spell: (character: string, code: number) => string): ((code: number) => string) =>
  remembered((code) => {
    const character = String.fromCodePoint(code);
    return character.search(HIDDEN) === 0 ? spell(character, code) : '';
  });

const shownEscape = escaping((_, code) => {
  const digits = code.toString(16);
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
});

const jsonEscape = escaping((character) =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join(''),
);

/** Scripts whose spelling needs zero-width joiners and non-joiners. Unicode, chapter 23.2. */
const joins = matching(
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}]/u,
);

/** The characters at which a composed emoji may be joined. */
const endsEmoji = matching(/[\p{Extended_Pictographic}\p{Emoji_Modifier}]|\ufe0f/u);

const beginsEmoji = matching(/\p{Extended_Pictographic}/u);

/** Characters that a variation selector may follow. */
const isVaried = matching(/[\p{Emoji}\p{Script=Han}\p{Script=Mongolian}\p{Sm}]/u);

/**
 * Whether an emoji or a word needs a hidden character: between two emoji, between two letters that it joins,
 * after a character that it varies.
 */
function isNeeded(code: number, text: string, at: number): boolean {
  const varies = (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);
  if (!varies && code !== 0x200c && code !== 0x200d) return false;
  const previous = codeBefore(text, at);
  const after = text.codePointAt(at + (code > 0xffff ? 2 : 1)) ?? 0;
  if (varies) return isVaried(previous);
  if (code === 0x200d && endsEmoji(previous) && beginsEmoji(after)) return true;
  return joins(previous) && joins(after);
}

/** The code point that ends at an index; 0, which needs no hidden character, at the beginning. */
function codeBefore(text: string, at: number): number {
  if (at === 0) return 0;
  const pair = at > 1 ? text.codePointAt(at - 2)! : 0;
  return pair > 0xffff ? pair : text.charCodeAt(at - 1);
}
