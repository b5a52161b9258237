/**
 * Finds secrets in texts from outside, complete or in part, in plain text or as a URL, JSON, HTML, base64 or
 * hex. Linear time: any twelve characters contain a block of six that begins at a multiple of six, and only
 * those blocks are looked up.
 */
import { fold, foldLetters } from './fold-text.js';

/** A match of this many characters of a secret is not a coincidence. */
const PART = 12;
const BLOCK = 6;

/** A shorter complete secret may be a word of any text. */
const LEAST_WHOLE = 8;
/** From this length on, parts of a secret count as well, whatever characters it has. */
const LEAST_TELLING = 20;

/** Where a text repeats a secret: indices of its first character and of the one after its last. */
type Found = readonly [from: number, to: number];

/** One way to spell a secret, folded. */
interface Spelling {
  readonly text: string;
  /** For a JWT in plain text: the length of its header, which other tokens may share. */
  readonly header: number;
}

/** A set of secrets to look for. It grows as more become known. */
export interface SecretWatch {
  /** Adds secrets. Those that may be words of any text are left out. */
  readonly add: (secrets: readonly string[]) => void;
  /** Whether a text repeats one of them. */
  readonly holds: (text: string) => boolean;
  /** The text with `…` in place of each part that repeats a secret. */
  readonly redact: (text: string) => string;
}

/** Makes a watch that knows no secret yet. */
export function createSecretWatch(): SecretWatch {
  const known = new Set<string>();
  const wholeSecrets: string[] = [];
  const blocks = new Map<string, (readonly [spelling: Spelling, at: number])[]>();

  const index = (spelling: Spelling): void => {
    const { text } = spelling;
    for (let at = 0; at + BLOCK <= text.length; at++) {
      const block = text.slice(at, at + BLOCK);
      const places = blocks.get(block) ?? [];
      // A secret with repeated parts has the same block at several positions.
      if (places.length < MOST_PLACES) places.push([spelling, at]);
      blocks.set(block, places);
    }
  };

  const find = (text: string): Found[] => {
    if (known.size === 0) return [];
    const { folded, at } = fold(text);
    const spans: Found[] = [];
    for (const secret of wholeSecrets)
      for (let from = folded.indexOf(secret); from >= 0; from = folded.indexOf(secret, from + secret.length))
        spans.push([from, from + secret.length]);
    for (let offset = 0; offset + BLOCK <= folded.length; offset += BLOCK) {
      const places = blocks.get(folded.slice(offset, offset + BLOCK));
      if (places === undefined) continue;
      const run = places
        .map(([spelling, start]) => runAt(folded, offset, spelling, start))
        .find((span) => span);
      if (run === undefined) continue;
      spans.push(run);
      offset = Math.max(offset, run[1] - BLOCK - (run[1] % BLOCK));
    }
    return at === undefined ? spans : spans.map(([from, to]) => [at[from]!, at[to]!]);
  };

  return {
    add: (secrets) => {
      for (const secret of secrets) {
        if (known.has(secret) || !isTelling(secret)) continue;
        known.add(secret);
        if (countsInParts(secret)) for (const spelling of spellingsOf(secret)) index(spelling);
        else wholeSecrets.push(fold(secret).folded);
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
 * The longest shared part around a block that a text and a spelling have in common; undefined where it is too
 * short to count.
 */
function runAt(text: string, offset: number, spelling: Spelling, start: number): Found | undefined {
  const { text: secret, header } = spelling;
  let [from, first] = [offset, start];
  while (from > 0 && first > 0 && text[from - 1] === secret[first - 1]) {
    from--;
    first--;
  }
  let [to, after] = [offset + BLOCK, start + BLOCK];
  while (to < text.length && after < secret.length && text[to] === secret[after]) {
    to++;
    after++;
  }
  if (to - from < PART) return undefined;
  // Another token with the same header: the two share only how they are signed.
  const goesOn = /^[a-z0-9+/]{4}/.test(text.slice(to, to + 4));
  const isHeader = header > 0 && after > header && after < header + 1 + PART && goesOn;
  return isHeader ? undefined : [from, to];
}

function spellingsOf(secret: string): Spelling[] {
  const plain = { text: fold(secret).folded, header: headerLength(secret) };
  const bytes = Buffer.from(secret, 'utf8');
  const encoded = [bytes.toString('hex'), ...[0, 1, 2].map((lead) => base64After(lead, bytes))];
  return [plain, ...encoded.map((text) => ({ text: foldLetters(text), header: 0 }))];
}

/**
 * Base64 of bytes after `lead` other bytes, without the characters that also encode bytes before or after
 * them.
 */
function base64After(lead: number, bytes: Buffer): string {
  const text = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64url');
  const remainder = (lead + bytes.length) % 3;
  return text.slice(lead === 0 ? 0 : lead + 1, remainder === 0 ? undefined : -1);
}

/** The length of the first part of a JWT; 0 for a text that is not a JWT. */
function headerLength(secret: string): number {
  const at = secret.startsWith('eyJ') ? secret.indexOf('.') : -1;
  return Math.max(0, at);
}

function cutOut(text: string, spans: readonly Found[]): string {
  if (spans.length === 0) return text;
  const parts: string[] = [];
  let end = 0;
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (from >= end) parts.push(text.slice(end, from), '…');
    end = Math.max(end, to);
  }
  return [...parts, text.slice(end)].join('');
}

/** A value with the secrets in its texts and names replaced; the same object where there is none. */
export function redactedIn<T>(value: T, redact: (text: string) => string): T {
  // The result has the shape of the value: only texts differ.
  return redactedValue(value, redact) as T;
}

function redactedValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = value.map((element: unknown) => redactedValue(element, redact));
    return list.every((element, i) => element === value[i]) ? value : list;
  }
  const members = Object.entries(value);
  const after = members.map(([name, value]) => [redact(name), redactedValue(value, redact)] as const);
  return after.every(([name, value], i) => name === members[i]![0] && value === members[i]![1])
    ? value
    : Object.fromEntries(after);
}
