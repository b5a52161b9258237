/**
 * JSON as bytes: finds where tokens end, without building a value. It checks the JSON grammar as strictly as
 * DuckDB's own parser, so that bytes accepted here never fail there. Ends are positive numbers; a negative
 * number is the same end with a remark (see each function), which saves an object per token for every value.
 */

/**
 * Thrown (as a plain value, caught in records.ts) where bytes are not JSON: the position and what was wrong.
 */
export interface Malformed {
  readonly malformed: string;
  readonly at: number;
}

/** Throws a {@link Malformed}. */
export function malformed(what: string, at: number): never {
  throw { malformed: what, at } satisfies Malformed;
}

/** Tells whether something thrown is a {@link Malformed}. */
export function isMalformed(thrown: unknown): thrown is Malformed {
  return typeof thrown === 'object' && thrown !== null && 'malformed' in thrown && 'at' in thrown;
}

/** The bytes between two places as text. */
export const textAt = (b: Uint8Array, from: number, to: number): string =>
  Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('utf8');

/** The first position at or after `i` that is not white space. */
export function skipSpace(b: Uint8Array, i: number): number {
  for (;;) {
    const c = b[i];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return i;
    i++;
  }
}

const hexDigit = (c: number | undefined): number => {
  if (c === undefined) return -1;
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

function hex4(b: Uint8Array, i: number): number {
  let value = 0;
  for (let k = 0; k < 4; k++) {
    const digit = hexDigit(b[i + k]);
    if (digit < 0) malformed('bad \\u escape', i + k);
    value = value * 16 + digit;
  }
  return value;
}

/**
 * The end of the string that opens at `i`: the position after its closing quote. Negative: the same end, but
 * the string contains half of a surrogate pair (`\ud83d`), which no UTF-8 database can store.
 */
export function stringEnd(b: Uint8Array, i: number): number {
  for (i++; ; i++) {
    const c = b[i];
    if (c === 0x22) return i + 1;
    if (c === 0x5c) return escapedStringEnd(b, i);
    if (c === undefined || c < 0x20)
      malformed(c === undefined ? 'cut off in a string' : 'a raw control character in a string', i);
  }
}

function escapedStringEnd(b: Uint8Array, i: number): number {
  let lone = false;
  for (; ; i++) {
    const c = b[i];
    if (c === 0x22) return lone ? -(i + 1) : i + 1;
    if (c === undefined || c < 0x20)
      malformed(c === undefined ? 'cut off in a string' : 'a raw control character in a string', i);
    if (c !== 0x5c) continue;
    const e = b[++i];
    if (e === 0x75) {
      const unit = hex4(b, i + 1);
      i += 4;
      if (unit >= 0xd800 && unit <= 0xdbff) {
        if (b[i + 1] === 0x5c && b[i + 2] === 0x75) {
          const low = hex4(b, i + 3);
          if (low >= 0xdc00 && low <= 0xdfff) i += 6;
          else lone = true;
        } else lone = true;
      } else if (unit >= 0xdc00 && unit <= 0xdfff) lone = true;
    } else if (
      e !== 0x22 &&
      e !== 0x5c &&
      e !== 0x2f &&
      e !== 0x62 &&
      e !== 0x66 &&
      e !== 0x6e &&
      e !== 0x72 &&
      e !== 0x74
    )
      malformed('a bad escape in a string', i);
  }
}

const isDigit = (c: number | undefined): boolean => c !== undefined && c >= 0x30 && c <= 0x39;

/** The end of the number at `i`. Negative: it has a fraction or an exponent. */
export function numberEnd(b: Uint8Array, i: number): number {
  if (b[i] === 0x2d) i++;
  if (b[i] === 0x30) i++;
  else {
    if (!isDigit(b[i])) malformed('not a number', i);
    while (isDigit(b[i])) i++;
  }
  const c = b[i];
  if (c !== 0x2e && c !== 0x65 && c !== 0x45) {
    if (isDigit(c)) malformed('a number with a leading zero', i);
    return i;
  }
  if (c === 0x2e) {
    i++;
    if (!isDigit(b[i])) malformed('a number that ends in its point', i);
    while (isDigit(b[i])) i++;
  }
  if (b[i] === 0x65 || b[i] === 0x45) {
    i++;
    if (b[i] === 0x2b || b[i] === 0x2d) i++;
    if (!isDigit(b[i])) malformed('a number without exponent digits', i);
    while (isDigit(b[i])) i++;
  }
  return -i;
}

/** The end of `true`, `false` or `null` at `i`. */
export function wordEnd(b: Uint8Array, i: number): number {
  const c = b[i];
  if (c === 0x74 && b[i + 1] === 0x72 && b[i + 2] === 0x75 && b[i + 3] === 0x65) return i + 4;
  if (c === 0x6e && b[i + 1] === 0x75 && b[i + 2] === 0x6c && b[i + 3] === 0x6c) return i + 4;
  if (c === 0x66 && b[i + 1] === 0x61 && b[i + 2] === 0x6c && b[i + 3] === 0x73 && b[i + 4] === 0x65)
    return i + 5;
  return malformed(c === undefined ? 'cut off' : 'not a JSON value', i);
}

/**
 * Set by {@link valueEnd}: whether the last value contained half of a surrogate pair. One object for the
 * whole module, read immediately after the call: the scan is synchronous.
 */
export const remarks = { lone: false };

function stringIn(b: Uint8Array, i: number): number {
  const end = stringEnd(b, i);
  if (end < 0) {
    remarks.lone = true;
    return -end;
  }
  return end;
}

/**
 * The open brackets around the present value: 1 for an object, 0 for an array. One array for all values, like
 * {@link remarks}.
 */
const open: number[] = [];

/** The end of any value at `i`, at any depth of nesting, without recursion. Sets {@link remarks}. */
export function valueEnd(b: Uint8Array, start: number): number {
  remarks.lone = false;
  open.length = 0;
  let i = start;
  for (;;) {
    // A value begins at i.
    const c = b[i];
    if (c === 0x22) {
      i = stringIn(b, i);
    } else if (c === 0x7b) {
      i = skipSpace(b, i + 1);
      if (b[i] === 0x7d) i++;
      else {
        open.push(1);
        i = keyIn(b, i);
        continue;
      }
    } else if (c === 0x5b) {
      i = skipSpace(b, i + 1);
      if (b[i] === 0x5d) i++;
      else {
        open.push(0);
        continue;
      }
    } else i = c === 0x2d || isDigit(c) ? Math.abs(numberEnd(b, i)) : wordEnd(b, i);
    // A value ended at i: close the brackets that end here, then continue with the next value.
    for (;;) {
      if (open.length === 0) return i;
      i = skipSpace(b, i);
      const inObject = open[open.length - 1] === 1;
      if (b[i] === 0x2c) {
        i = skipSpace(b, i + 1);
        if (inObject) i = keyIn(b, i);
        break;
      }
      if (b[i] !== (inObject ? 0x7d : 0x5d))
        malformed(b[i] === undefined ? 'cut off' : 'no comma or closing bracket', i);
      open.pop();
      i++;
    }
  }
}

/** From the opening quote of a key to the start of its value. */
function keyIn(b: Uint8Array, i: number): number {
  if (b[i] !== 0x22) malformed('no key', i);
  const colon = skipSpace(b, stringIn(b, i));
  if (b[colon] !== 0x3a) malformed('no colon after a key', colon);
  return skipSpace(b, colon + 1);
}

/** The text of bytes that are ASCII, such as a number's: faster than UTF-8. */
export const latin1 = (b: Uint8Array, from: number, to: number): string =>
  Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('latin1');
