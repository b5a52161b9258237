/**
 * Finds secrets in texts from outside, whole or in part, in plain text or as a URL, JSON, HTML, base64 or
 * hex.
 * Linear time: twelve characters cover a block of six at a multiple of six, and only those are looked up.
 */

/** So many characters in a row of a secret are no coincidence. */
const PART = 12;
const BLOCK = 6;

/** A whole secret of fewer characters may be a word of any text. */
const LEAST_WHOLE = 8;
/** From here on a secret counts in parts, whatever it is made of. */
const LEAST_TELLING = 20;

/** Where a text repeats a secret: indices of its first character and of the one after its last. */
type Found = readonly [from: number, to: number];

/** One way to spell a secret, folded. */
interface Spelling {
  readonly text: string;
  /** Of a JWT written plainly: the length of its header, which other tokens may share. */
  readonly header: number;
}

/** A set of secrets to look for; it grows as more become known. */
export interface SecretWatch {
  /** Looks for these too. Those that may be words of any text are left out. */
  readonly add: (secrets: readonly string[]) => void;
  /** Whether a text repeats one of them. */
  readonly holds: (text: string) => boolean;
  /** The text with `…` in the place of what repeats one of them. */
  readonly redact: (text: string) => string;
}

/** Makes a watch that knows no secret yet. */
export function createSecretWatch(): SecretWatch {
  const known = new Set<string>();
  const whole: string[] = [];
  const blocks = new Map<string, (readonly [spelling: Spelling, at: number])[]>();

  const index = (spelling: Spelling): void => {
    const { text } = spelling;
    for (let at = 0; at + BLOCK <= text.length; at++) {
      const block = text.slice(at, at + BLOCK);
      const places = blocks.get(block) ?? [];
      // A secret that repeats itself is found at any of these places.
      if (places.length < MOST_PLACES) places.push([spelling, at]);
      blocks.set(block, places);
    }
  };

  const find = (text: string): Found[] => {
    if (known.size === 0) return [];
    const { folded, at } = fold(text);
    const found: Found[] = [];
    for (const secret of whole)
      for (let from = folded.indexOf(secret); from >= 0; from = folded.indexOf(secret, from + secret.length))
        found.push([from, from + secret.length]);
    for (let place = 0; place + BLOCK <= folded.length; place += BLOCK) {
      const places = blocks.get(folded.slice(place, place + BLOCK));
      if (places === undefined) continue;
      const run = places.map(([spelling, start]) => runAt(folded, place, spelling, start)).find((one) => one);
      if (run === undefined) continue;
      found.push(run);
      place = Math.max(place, run[1] - BLOCK - (run[1] % BLOCK));
    }
    return at === undefined ? found : found.map(([from, to]) => [at[from]!, at[to]!]);
  };

  return {
    add: (secrets) => {
      for (const secret of secrets) {
        if (known.has(secret) || !isTelling(secret)) continue;
        known.add(secret);
        if (countsInParts(secret)) for (const spelling of spellingsOf(secret)) index(spelling);
        else whole.push(fold(secret).folded);
      }
    },
    holds: (text) => find(text).length > 0,
    redact: (text) => cutOut(text, find(text)),
  };
}

const MOST_PLACES = 8;

/** Whether a secret is unlike a word that an address may hold anyway. */
function isTelling(secret: string): boolean {
  const is_word = /^[a-z]*$/i.test(secret);
  return (
    countsInParts(secret) ||
    (secret.length >= PART ? !is_word : secret.length >= LEAST_WHOLE && isMixed(secret))
  );
}

const countsInParts = (secret: string): boolean =>
  secret.length >= LEAST_TELLING || (secret.length >= PART && isMixed(secret));

const isMixed = (secret: string): boolean => /\d/.test(secret) && /[a-z]/i.test(secret);

/**
 * The longest part of a spelling around a block that both share; undefined where it is too short to count.
 */
function runAt(text: string, place: number, spelling: Spelling, start: number): Found | undefined {
  const { text: secret, header } = spelling;
  let [from, first] = [place, start];
  while (from > 0 && first > 0 && text[from - 1] === secret[first - 1]) {
    from--;
    first--;
  }
  let [to, after] = [place + BLOCK, start + BLOCK];
  while (to < text.length && after < secret.length && text[to] === secret[after]) {
    to++;
    after++;
  }
  if (to - from < PART) return undefined;
  // Another token with the same header: all that both share is how they are signed.
  const goesOn = /^[a-z0-9+/]{4}/.test(text.slice(to, to + 4));
  const isHeader = header > 0 && after > header && after < header + 1 + PART && goesOn;
  return isHeader ? undefined : [from, to];
}

function spellingsOf(secret: string): Spelling[] {
  const plain = { text: fold(secret).folded, header: headerLength(secret) };
  const bytes = Buffer.from(secret, 'utf8');
  const encoded = [bytes.toString('hex'), ...[0, 1, 2].map((before) => base64After(before, bytes))];
  return [plain, ...encoded.map((text) => ({ text: foldLetters(text), header: 0 }))];
}

/**
 * Base64 of bytes behind so many others, without the characters that these and what follows have a part in.
 */
function base64After(before: number, bytes: Buffer): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
  const rest = (before + bytes.length) % 3;
  return text.slice(before === 0 ? 0 : before + 1, rest === 0 ? undefined : -1);
}

/** The length of the first part of a JWT; 0 for what is none. */
function headerLength(secret: string): number {
  const at = secret.startsWith('eyJ') ? secret.indexOf('.') : -1;
  return Math.max(0, at);
}

interface Folded {
  readonly folded: string;
  /** Where each character of it, and its end, stand in the text; undefined where that is the same place. */
  readonly at: Uint32Array | undefined;
}

/** Escapes may be escaped themselves. */
const DEEPEST_ESCAPES = 3;

/**
 * A text with its escapes decoded, and with one spelling for letters in both cases and for both alphabets of
 * base64.
 */
function fold(text: string): Folded {
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
function decodedOnce(text: string, before: Uint32Array | undefined): Folded | undefined {
  if (!/[%\\&]/.test(text)) return undefined;
  const units = new Uint16Array(text.length);
  const at = new Uint32Array(text.length + 1);
  let length = 0;
  for (let place = 0; place < text.length; length++) {
    const size = escapeSize(text, place);
    units[length] = size === 0 ? text.charCodeAt(place) : escapedUnit(text, place, size);
    at[length] = before?.[place] ?? place;
    place += Math.max(1, size);
  }
  if (length === text.length) return undefined;
  at[length] = before?.[text.length] ?? text.length;
  return { folded: textOf(units.subarray(0, length)), at };
}

/**
 * The length of the escape at a place: `%41`, `\u0041`, `\x41`, `&#x41;`, `&#65;` or `\/`; 0 where none
 * begins.
 */
function escapeSize(text: string, place: number): number {
  const unit = text.charCodeAt(place);
  if (unit === PERCENT) return digitsAt(text, place + 1, 16, 2) === 2 ? 3 : 0;
  if (unit === BACKSLASH) {
    const next = text.charCodeAt(place + 1);
    if (QUOTED.includes(next)) return 2;
    if (isLetter(next, SMALL_U)) return digitsAt(text, place + 2, 16, 4) === 4 ? 6 : 0;
    return isLetter(next, SMALL_X) && digitsAt(text, place + 2, 16, 2) === 2 ? 4 : 0;
  }
  if (unit !== AMPERSAND || text.charCodeAt(place + 1) !== HASH) return 0;
  const isHex = isLetter(text.charCodeAt(place + 2), SMALL_X);
  const start = place + (isHex ? 3 : 2);
  const end = start + digitsAt(text, start, isHex ? 16 : 10, 4);
  return end > start && text[end] === ';' ? end + 1 - place : 0;
}

const [PERCENT, BACKSLASH, AMPERSAND, HASH, SMALL_U, SMALL_X] = [0x25, 0x5c, 0x26, 0x23, 0x75, 0x78];
/** What a backslash may stand before: `\`, `/`, `"` and `'`. */
const QUOTED = [BACKSLASH, 0x2f, 0x22, 0x27];

/** Whether a code unit is a letter, small or capital: in ASCII they differ in one bit. */
const isLetter = (unit: number, small: number): boolean => (unit | 0x20) === small;

/** The code unit that an escape of such a length stands for. */
function escapedUnit(text: string, place: number, size: number): number {
  if (text.charCodeAt(place) === PERCENT) return numberIn(text, place + 1, place + 3, 16);
  if (text.charCodeAt(place) === BACKSLASH)
    return size === 2 ? text.charCodeAt(place + 1) : numberIn(text, place + 2, place + size, 16);
  const isHex = isLetter(text.charCodeAt(place + 2), SMALL_X);
  return numberIn(text, place + (isHex ? 3 : 2), place + size - 1, isHex ? 16 : 10);
}

/** How many digits of a base stand at a place, `most` at most. */
function digitsAt(text: string, place: number, base: 10 | 16, most: number): number {
  let count = 0;
  while (count < most && digitValue(text.charCodeAt(place + count)) < base) count++;
  return count;
}

function numberIn(text: string, from: number, to: number, base: number): number {
  let value = 0;
  for (let place = from; place < to; place++) value = value * base + digitValue(text.charCodeAt(place));
  return value;
}

/** What a hexadecimal digit counts; 16 for any other code unit, NaN included. */
function digitValue(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  // The letters of ASCII differ from their capitals in this bit.
  const small = unit | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : 16;
}

/** So many arguments a call takes on any stack. */
const MOST_UNITS = 8192;

function textOf(units: Uint16Array): string {
  const parts: string[] = [];
  for (let at = 0; at < units.length; at += MOST_UNITS)
    parts.push(String.fromCharCode(...units.subarray(at, at + MOST_UNITS)));
  return parts.join('');
}

/** Small letters of ASCII, and one spelling for `-` and `+`, `_` and `/`; as long as before. */
function foldLetters(text: string): string {
  const lower = text.toLowerCase();
  // U+0130 alone becomes longer.
  const same =
    lower.length === text.length
      ? lower
      : text
          .split('\u0130')
          .map((part) => part.toLowerCase())
          .join('\u0130');
  // `replaceAll` takes three times as long for a text of many.
  return same.split('-').join('+').split('_').join('/');
}

function cutOut(text: string, found: readonly Found[]): string {
  if (found.length === 0) return text;
  const parts: string[] = [];
  let end = 0;
  for (const [from, to] of found.toSorted((a, b) => a[0] - b[0])) {
    if (from >= end) parts.push(text.slice(end, from), '…');
    end = Math.max(end, to);
  }
  return [...parts, text.slice(end)].join('');
}

/** A value without what repeats a secret in its texts and names; the very value where nothing does. */
export function redactedIn<T>(value: T, redact: (text: string) => string): T {
  // What is made of the value has its shape: only texts differ.
  return redactedValue(value, redact) as T;
}

function redactedValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = value.map((one: unknown) => redactedValue(one, redact));
    return list.every((one, i) => one === value[i]) ? value : list;
  }
  const before = Object.entries(value);
  const after = before.map(([name, one]) => [redact(name), redactedValue(one, redact)] as const);
  return after.every(([name, one], i) => name === before[i]![0] && one === before[i]![1])
    ? value
    : Object.fromEntries(after);
}
