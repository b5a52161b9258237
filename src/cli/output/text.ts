/**
 * Words for people: numbers, spans of time, and names that may hold anything. Not by the packages pretty-ms,
 * which needs Node 22, and pretty-bytes, which says `3 MB` beside `3.4 MB`: a column of sizes keeps its
 * digits here.
 */
import type { Context } from '../context.js';

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

/**
 * A text of at most this many characters, with an ellipsis if it was cut: terminals cannot draw millions of
 * them.
 */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  // Half of a character is invisible.
  const end = last >= 0xd800 && last <= 0xdbff ? most - 1 : most;
  return `${text.slice(0, end)}…`;
}

/** A description on one line, as lists show it; `--json` has it as it is. */
export function oneLine(text: string): string {
  return (text.match(/\S[^\r\n]*/g) ?? []).map((line) => line.trimEnd()).join(' ');
}

/** JSON for people and programs, on lines; hidden characters are escaped. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(printableJson).join('\n');
}

/** JSON on one line, with spaces where a terminal may break it. */
export function spacedJson(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/,\n */g, ', ').replace(/\n */g, '');
}

/** `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `3 rows`, `1 row`. */
export function counted(value: number, singular: string, many = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : many}`;
}

/** Milliseconds as `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Milliseconds until an end, in the largest fitting units: `6 days 5 hours`, `5 hours`, `12 minutes`. */
export function timeLeft(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48) {
    const rounded = Math.round(hours);
    const days = counted(Math.floor(rounded / 24), 'day');
    return hours > 14 * 24 || rounded % 24 === 0 ? days : `${days} ${counted(rounded % 24, 'hour')}`;
  }
  if (hours >= 1) return counted(Math.floor(hours), 'hour');
  return counted(Math.max(1, Math.floor(ms / 60_000)), 'minute');
}

/** A moment in ISO 8601 as people write it: `2026-03-01 12:00 UTC`. */
export function moment(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

/** A time span exactly as given: `7 days`, `24 hours`, `90 minutes`, `30 seconds`. */
export function exactSpan(ms: number): string {
  const minutes = ms / 60_000;
  if (!Number.isInteger(minutes)) return counted(ms / 1000, 'second');
  if (minutes % 1440 === 0 && minutes > 1440) return counted(minutes / 1440, 'day');
  return minutes % 60 === 0 ? counted(minutes / 60, 'hour') : counted(minutes, 'minute');
}

/** Bytes as `12 kB`, `3.4 MB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The program's name in examples: when npm started it, as in the repository, it is not on the path. */
export function programName({ env }: Pick<Context, 'env'>): string {
  return env['npm_command'] === undefined ? 'xano' : 'npx xano';
}

/** A shell word: quoted if it contains a character with a meaning in a shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.split("'").join("'\\''")}'`;
}
