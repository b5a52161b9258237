/**
 * A large answer as JavaScript values without most of its records: a few of them show which lists it has, and
 * how its pages are requested. A large answer as text and values would take many times its size in memory.
 */
import { isMalformed, malformed, skipSpace, stringEnd, textAt, valueEnd } from '../json-bytes.js';

/** Smaller answers are parsed completely. Bytes. */
const SMALL_ANSWER = 16 * 1024 * 1024;
/** Smaller values are parsed completely, as long as there are few of them. Bytes. */
const SMALL_VALUE = 64 * 1024;
/** The elements of a longer list that are kept at either end. */
const KEPT_ELEMENTS = 100;
/**
 * The first members of a larger object that are kept; of the others, only those whose value is a list or
 * null.
 */
const KEPT_MEMBERS = 1_000;
/** Large values below this level are skipped: lists of records are at most six levels deep. */
const DEEPEST = 8;

/**
 * Parses an answer. A large one is abridged: the middle of a long list stays empty, except for a null where
 * an element is not an object; the length is unchanged. Long texts are shortened. Throws a SyntaxError where
 * the answer is not JSON.
 */
export function parseAbridged(body: Uint8Array): unknown {
  if (body.length <= SMALL_ANSWER) return JSON.parse(textAt(body, 0, body.length));
  try {
    const start = skipSpace(body, 0);
    const { value, end } = largeValue(body, start, 0);
    if (skipSpace(body, end) !== body.length) malformed('more after the end', end);
    return value;
  } catch (thrown) {
    if (isMalformed(thrown)) throw new SyntaxError(`${thrown.malformed} at byte ${thrown.at}`);
    throw thrown;
  }
}

interface Parsed {
  readonly value: unknown;
  /** The index after it. */
  readonly end: number;
}

/** A value that may be of any length. */
function nextValue(b: Uint8Array, i: number, depth: number): Parsed {
  const end = valueEnd(b, i);
  return end - i <= SMALL_VALUE ? { value: JSON.parse(textAt(b, i, end)), end } : largeValue(b, i, depth);
}

function largeValue(b: Uint8Array, i: number, depth: number): Parsed {
  const c = b[i];
  if (c === 0x22) return textOf(b, i);
  const isList = c === 0x5b;
  // A number with this many digits is not a count, page or id.
  if (!isList && c !== 0x7b) return { value: null, end: valueEnd(b, i) };
  if (depth >= DEEPEST) return { value: isList ? [] : {}, end: valueEnd(b, i) };
  return isList ? listOf(b, i, depth) : objectOf(b, i, depth);
}

function listOf(b: Uint8Array, open: number, depth: number): Parsed {
  const list: unknown[] = [];
  /** The positions of the last elements, in a ring. */
  const places: number[] = [];
  /** The index of an element that is not an object. */
  let firstScalar: number | undefined;
  let count = 0;
  let i = skipSpace(b, open + 1);
  if (b[i] === 0x5d) return { value: list, end: i + 1 };
  for (;;) {
    let end: number;
    if (count < KEPT_ELEMENTS) {
      const element = nextValue(b, i, depth + 1);
      list.push(element.value);
      end = element.end;
    } else {
      if (b[i] !== 0x7b) firstScalar ??= count;
      places[count % KEPT_ELEMENTS] = i;
      end = valueEnd(b, i);
    }
    count++;
    i = skipSpace(b, end);
    if (b[i] === 0x5d) break;
    if (b[i] !== 0x2c) malformed('no comma between elements', i);
    i = skipSpace(b, i + 1);
  }
  // The list has no elements between the first and the last ones: millions of elements take memory even if
  // all are the same value.
  list.length = count;
  if (firstScalar !== undefined) list[firstScalar] = null;
  for (let at = Math.max(KEPT_ELEMENTS, count - KEPT_ELEMENTS); at < count; at++)
    list[at] = nextValue(b, places[at % KEPT_ELEMENTS]!, depth + 1).value;
  return { value: list, end: i + 1 };
}

function objectOf(b: Uint8Array, open: number, depth: number): Parsed {
  const members = new Map<string, unknown>();
  let i = skipSpace(b, open + 1);
  if (b[i] === 0x7d) return { value: {}, end: i + 1 };
  for (;;) {
    if (b[i] !== 0x22) malformed('no key', i);
    const key_end = Math.abs(stringEnd(b, i));
    const name = String(JSON.parse(textAt(b, i, key_end)));
    i = skipSpace(b, key_end);
    if (b[i] !== 0x3a) malformed('no colon after a key', i);
    i = skipSpace(b, i + 1);
    const isKept = members.size < KEPT_MEMBERS || members.has(name) || b[i] === 0x5b || b[i] === 0x6e;
    let end: number;
    if (isKept) {
      const member = nextValue(b, i, depth + 1);
      members.set(name, member.value);
      end = member.end;
    } else end = valueEnd(b, i);
    i = skipSpace(b, end);
    if (b[i] === 0x7d) break;
    if (b[i] !== 0x2c) malformed('no comma between members', i);
    i = skipSpace(b, i + 1);
  }
  // A field may be called `__proto__`.
  return { value: Object.fromEntries(members), end: i + 1 };
}

/** The beginning of a long text. */
function textOf(b: Uint8Array, i: number): Parsed {
  const end = Math.abs(stringEnd(b, i));
  if (end - i <= SMALL_VALUE) return { value: JSON.parse(textAt(b, i, end)), end };
  // A cut text is only shown to people: escapes stay as they are, and half an escape is dropped.
  const value = textAt(b, i + 1, i + SMALL_VALUE).replace(/\\.?/g, '');
  return { value, end };
}
