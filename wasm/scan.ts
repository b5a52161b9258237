/**
 * Records that are spelled alike, recognised and put into columns: AssemblyScript, which `npm run scan` makes WebAssembly of, for src/rest/decode/scanner.ts. It reads
 * sixteen bytes at a time, and knows only what is usual. Whatever else there is (half of a surrogate pair, a key that is missing, a value that does not
 * fit its column, no JSON at all) it leaves alone, and src/rest/decode/records.ts reads it: of a record that is taken here, both make the same.
 *
 * No function looks how much memory is left: src/rest/decode/scanner.ts gives enough for whatever the bytes hold, and puts zeros behind them, which end everything.
 */

/** What is known of a key: where it is, its length, the kind of its values, and where its column is, each a u32. No column: nobody reads its values. */
const PLACE_BYTES: usize = 16;
const KEY_AT: usize = 0;
const KEY_LENGTH: usize = 4;
const KIND: usize = 8;
const COLUMN: usize = 12;

/**
 * What is known of a column, each a u32: where its next value goes, where the next entry that is null is noted, where the next level goes, how many entries
 * there are; then how many elements its lists must have (-1: any number), and the first four as they were before the record that is being read.
 */
const VALUES_AT: usize = 0;
const NULLS_AT: usize = 4;
const LEVELS_AT: usize = 8;
const ENTRIES: usize = 12;
const SIZE: usize = 16;
const BEFORE: usize = 20;

/** A number that was left open, each a u32: where it goes, where it begins and ends, where its record begins, and its kind. */
const OPEN_BYTES: usize = 20;

/** Kinds of values, as src/rest/decode/scanner.ts has them; {@link LIST} is added for lists of them, {@link OF_VECTORS} for lists of such lists as well. */
const WHOLE: u32 = 0;
const TIME: u32 = 1;
const DOUBLE: u32 = 2;
const FLOAT: u32 = 3;
const BOOLEAN: u32 = 4;
const DATE: u32 = 5;
const TEXT: u32 = 6;
const UUID: u32 = 7;
const NESTED: u32 = 8;
const ANY: u32 = 9;
const ONLY_NULL: u32 = 10;
const LIST: u32 = 16;
const OF_VECTORS: u32 = 32;

/** What an entry of a list is, as LEVEL in src/table/column-data.ts has it. */
const NO_LIST: u8 = 0;
const NO_ELEMENTS: u8 = 1;
const NULL_ELEMENT: u8 = 2;
const ELEMENT: u8 = 3;
const GOES_ON: u8 = 4;

/** The same of a list of vectors, as VECTOR_LEVEL has it; 0, 1 and 2 mean what they mean above. */
const NULL_NUMBER: u8 = 4;
const NUMBER: u8 = 5;
const NEXT_VECTOR: u8 = 8;
const NEXT_NUMBER: u8 = 16;

const QUOTE: u32 = 0x22;
const SLASH: u32 = 0x5c;
const NULL: u32 = 0x6c6c756e;

/** Where the next value goes while a column is worked on. */
let out: usize = 0;
/** The last whole number that was put. */
let whole: i64 = 0;
/** The last number that was read, and whether it was left open. */
let number: f64 = 0;
let is_open: bool = false;
/** Where the record that is being read begins. */
let record: usize = 0;

function isDigit(c: u32): bool {
  return c - 0x30 < 10;
}

function skipSpace(p: usize): usize {
  let c: u32 = load<u8>(p);
  while (c <= 0x20 && (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09)) c = load<u8>(++p);
  return p;
}

function hex4(p: usize): i32 {
  let value: i32 = 0;
  for (let k: usize = 0; k < 4; k++) {
    const c: u32 = load<u8>(p + k);
    let digit: u32 = c - 0x30;
    if (digit > 9) {
      digit = (c | 0x20) - 0x61;
      if (digit > 5) return -1;
      digit += 10;
    }
    value = (value << 4) | digit;
  }
  return value;
}

/** The code point that the hex digits at p, behind `\u`, stand for, with those of a second `\u` where it takes two; -1 for half of a pair. */
function codePointAt(p: usize): i32 {
  const unit = hex4(p);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  if (unit > 0xdbff || load<u16>(p + 4) !== 0x755c) return -1;
  const low = hex4(p + 6);
  if (low < 0xdc00 || low > 0xdfff) return -1;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/** How many bytes of hex digits, and of a second `\u`, a code point was spelled in. */
function hexLength(code: i32): usize {
  return code < 0x10000 ? 4 : 10;
}

/** A bit for each of sixteen bytes that is a quote, a backslash or a control character. */
function specials(bytes: v128): i32 {
  const quotes = i8x16.eq(bytes, i8x16.splat(0x22));
  const slashes = i8x16.eq(bytes, i8x16.splat(0x5c));
  return i8x16.bitmask(v128.or(v128.or(quotes, slashes), i8x16.lt_u(bytes, i8x16.splat(0x20))));
}

/** The end of a string whose opening quote is at p, 0 where it is none or holds half of a surrogate pair. */
function stringEnd(p: usize): usize {
  p++;
  while (true) {
    let found = specials(v128.load(p));
    while (found === 0) {
      p += 16;
      found = specials(v128.load(p));
    }
    p += ctz(found);
    const c: u32 = load<u8>(p);
    if (c === QUOTE) return p + 1;
    if (c !== SLASH) return 0;
    const e: u32 = load<u8>(p + 1);
    if (e === 0x75) {
      const code = codePointAt(p + 2);
      if (code < 0) return 0;
      p += 2 + hexLength(code);
    } else {
      if (
        e !== 0x22 &&
        e !== 0x5c &&
        e !== 0x2f &&
        e !== 0x62 &&
        e !== 0x66 &&
        e !== 0x6e &&
        e !== 0x72 &&
        e !== 0x74
      )
        return 0;
      p += 2;
    }
  }
}

/** Puts a text without quotes and escapes at `out` behind its length. */
function putText(p: usize): usize {
  if (load<u8>(p) !== QUOTE) return 0;
  p++;
  const start = out;
  let o = start + 4;
  while (true) {
    const bytes = v128.load(p);
    v128.store(o, bytes);
    const found = specials(bytes);
    if (found === 0) {
      p += 16;
      o += 16;
      continue;
    }
    const n: usize = ctz(found);
    p += n;
    o += n;
    const c: u32 = load<u8>(p);
    if (c === QUOTE) break;
    if (c !== SLASH) return 0;
    const e: u32 = load<u8>(p + 1);
    p += 2;
    if (e !== 0x75) {
      let meant = e;
      if (e === 0x6e) meant = 10;
      else if (e === 0x74) meant = 9;
      else if (e === 0x72) meant = 13;
      else if (e === 0x62) meant = 8;
      else if (e === 0x66) meant = 12;
      else if (e !== 0x22 && e !== 0x5c && e !== 0x2f) return 0;
      store<u8>(o, meant);
      o++;
      continue;
    }
    const code = codePointAt(p);
    if (code < 0) return 0;
    p += hexLength(code);
    if (code < 0x80) store<u8>(o++, code);
    else {
      if (code < 0x800) store<u8>(o++, 0xc0 | (code >> 6));
      else {
        if (code < 0x10000) store<u8>(o++, 0xe0 | (code >> 12));
        else {
          store<u8>(o++, 0xf0 | (code >> 18));
          store<u8>(o++, 0x80 | ((code >> 12) & 0x3f));
        }
        store<u8>(o++, 0x80 | ((code >> 6) & 0x3f));
      }
      store<u8>(o++, 0x80 | (code & 0x3f));
    }
  }
  store<u32>(start, <u32>(o - start - 4));
  out = o;
  return p + 1;
}

/** Puts what stands at [from, to) as it is. */
function putBytes(from: usize, to: usize): void {
  store<u32>(out, <u32>(to - from));
  let o = out + 4;
  for (let p = from; p < to; p += 16, o += 16) v128.store(o, v128.load(p));
  out += 4 + (to - from);
}

/** What digits come to; more than nineteen of them are too many. */
let digits_value: u64 = 0;

/** Reads digits, of which the last is that of ones then: where they end, or p where there are none. */
function readDigits(p: usize): usize {
  for (let c: u32 = load<u8>(p); isDigit(c); c = load<u8>(++p)) digits_value = digits_value * 10 + (c - 0x30);
  return p;
}

/** Reads the digits of a whole number without its sign: where they end, 0 where it is none. */
function readWhole(p: usize): usize {
  digits_value = 0;
  const end = readDigits(p);
  return end === p || (end > p + 1 && load<u8>(p) === 0x30) ? 0 : end;
}

/** Puts a whole number of up to so many digits in eight bytes. */
function putWhole(p: usize, most: usize): usize {
  const negative = load<u8>(p) === 0x2d;
  if (negative) p++;
  const end = readWhole(p);
  // Nineteen digits do not overflow 64 bits, but may not fit with a sign.
  if (end === 0 || end - p > most || digits_value > <u64>i64.MAX_VALUE) return 0;
  whole = negative ? -(<i64>digits_value) : <i64>digits_value;
  store<i64>(out, whole);
  out += 8;
  return end;
}

const POWERS: StaticArray<f64> = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/** Reads a number, which is {@link number} then; of more than fifteen digits, or with an exponent, it is left open. */
function readNumber(p: usize): usize {
  const negative = load<u8>(p) === 0x2d;
  const start = negative ? p + 1 : p;
  let end = readWhole(start);
  if (end === 0) return 0;
  let digits = end - start;
  let fraction: usize = 0;
  if (load<u8>(end) === 0x2e) {
    const point = end + 1;
    end = readDigits(point);
    if (end === point) return 0;
    fraction = end - point;
    digits += fraction;
  }
  if (digits > 15 || (load<u8>(end) | 0x20) === 0x65) {
    is_open = true;
    return numberEnd(p);
  }
  // Both are doubles exactly, so that this is the nearest one to what was sent.
  const magnitude = <f64>digits_value / unchecked(POWERS[<i32>fraction]);
  number = negative ? -magnitude : magnitude;
  is_open = false;
  return end;
}

function two(p: usize): i32 {
  const a: u32 = <u32>load<u8>(p) - 0x30;
  const b: u32 = <u32>load<u8>(p + 1) - 0x30;
  return a > 9 || b > 9 ? -1 : a * 10 + b;
}

function putDate(p: usize): usize {
  if (
    load<u8>(p) !== QUOTE ||
    load<u8>(p + 11) !== QUOTE ||
    load<u8>(p + 5) !== 0x2d ||
    load<u8>(p + 8) !== 0x2d
  )
    return 0;
  const century = two(p + 1);
  const years = two(p + 3);
  const month = two(p + 6);
  const day = two(p + 9);
  if (century < 0 || years < 0 || month < 1 || month > 12 || day < 1) return 0;
  let year = century * 100 + years;
  if (year === 0) return 0;
  const leap = (year & 3) === 0 && (years !== 0 || (century & 3) === 0);
  const last =
    month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  if (day > last) return 0;
  if (month <= 2) year--;
  const hundreds = year / 100;
  const before = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
  store<i32>(out, year * 365 + year / 4 - hundreds + hundreds / 4 + before + day - 1 - 719468);
  out += 4;
  return p + 12;
}

function putUuid(p: usize): usize {
  if (load<u8>(p) !== QUOTE || load<u8>(p + 37) !== QUOTE) return 0;
  for (let k: usize = 1; k <= 36; k++) {
    const c: u32 = load<u8>(p + k);
    if (k === 9 || k === 14 || k === 19 || k === 24) {
      if (c !== 0x2d) return 0;
    } else if (!isDigit(c) && (c | 0x20) - 0x61 > 5) return 0;
  }
  putBytes(p + 1, p + 37);
  return p + 38;
}

function numberEnd(p: usize): usize {
  if (load<u8>(p) === 0x2d) p++;
  let c: u32 = load<u8>(p);
  if (c === 0x30) c = load<u8>(++p);
  else {
    if (!isDigit(c)) return 0;
    while (isDigit(c)) c = load<u8>(++p);
  }
  if (isDigit(c)) return 0;
  if (c === 0x2e) {
    c = load<u8>(++p);
    if (!isDigit(c)) return 0;
    while (isDigit(c)) c = load<u8>(++p);
  }
  if ((c | 0x20) === 0x65) {
    c = load<u8>(++p);
    if (c === 0x2b || c === 0x2d) c = load<u8>(++p);
    if (!isDigit(c)) return 0;
    while (isDigit(c)) c = load<u8>(++p);
  }
  return p;
}

function wordEnd(p: usize): usize {
  const word = load<u32>(p);
  if (word === NULL || word === 0x65757274) return p + 4;
  return word === 0x736c6166 && load<u8>(p + 4) === 0x65 ? p + 5 : 0;
}

/** From the opening quote of a key to its value. */
function keyEnd(p: usize): usize {
  if (load<u8>(p) !== QUOTE) return 0;
  p = stringEnd(p);
  if (p === 0) return 0;
  p = skipSpace(p);
  return load<u8>(p) === 0x3a ? skipSpace(p + 1) : 0;
}

/** The end of any value that is nested less than 64 deep, 0 for others. */
function valueEnd(p: usize): usize {
  let depth: u32 = 0;
  let objects: u64 = 0;
  while (true) {
    const c: u32 = load<u8>(p);
    if (c === QUOTE) p = stringEnd(p);
    else if (c === 0x7b || c === 0x5b) {
      p = skipSpace(p + 1);
      if (<u32>load<u8>(p) === c + 2) p++;
      else {
        if (depth === 63) return 0;
        depth++;
        objects <<= 1;
        if (c === 0x7b) {
          objects |= 1;
          p = keyEnd(p);
          if (p === 0) return 0;
        }
        continue;
      }
    } else p = c === 0x2d || isDigit(c) ? numberEnd(p) : wordEnd(p);
    if (p === 0) return 0;
    while (true) {
      if (depth === 0) return p;
      p = skipSpace(p);
      const inObject = (objects & 1) === 1;
      const d: u32 = load<u8>(p);
      if (d === 0x2c) {
        p = skipSpace(p + 1);
        if (inObject) {
          p = keyEnd(p);
          if (p === 0) return 0;
        }
        break;
      }
      if (d !== (inObject ? 0x7d : 0x5d)) return 0;
      depth--;
      objects >>= 1;
      p++;
    }
  }
}

/** Somebody else finds out which number it is. */
function leaveOpen(from: usize, to: usize, kind: u32): void {
  store<u32>(open_at, <u32>out, 0);
  store<u32>(open_at, <u32>from, 4);
  store<u32>(open_at, <u32>to, 8);
  store<u32>(open_at, <u32>record, 12);
  store<u32>(open_at, kind, 16);
  open_at += OPEN_BYTES;
}

/** Puts one value that is not null at `out`: its end, or 0 where it is for somebody else to judge. */
function put(kind: u32, p: usize): usize {
  switch (kind) {
    case TEXT:
      return putText(p);
    case WHOLE:
      return putWhole(p, 19);
    case TIME:
      return putWhole(p, 15);
    case DOUBLE: {
      const end = readNumber(p);
      if (is_open) leaveOpen(p, end, kind);
      store<f64>(out, number);
      out += 8;
      return end;
    }
    case FLOAT: {
      const end = readNumber(p);
      // Rounding a double that lies halfway between two FLOATs may not give the one nearest to what was sent. None is so small as to be subnormal here.
      if (!is_open && (reinterpret<u64>(number) & 0x1fff_ffff) === 0x1000_0000) is_open = true;
      if (is_open) leaveOpen(p, end, kind);
      store<f32>(out, <f32>number);
      out += 4;
      return end;
    }
    case BOOLEAN: {
      const c: u32 = load<u8>(p);
      if (c !== 0x74 && c !== 0x66) return 0;
      store<u8>(out++, c === 0x74 ? 1 : 0);
      return wordEnd(p);
    }
    case DATE:
      return putDate(p);
    case UUID:
      return putUuid(p);
    case NESTED: {
      const end = valueEnd(p);
      if (end !== 0) putBytes(p, end);
      return end;
    }
    default:
      return 0;
  }
}

function putList(kind: u32, p: usize, column: usize): usize {
  if (load<u8>(p) !== 0x5b) return 0;
  const first = load<u32>(column, LEVELS_AT);
  let levels: usize = first;
  p = skipSpace(p + 1);
  if (load<u8>(p) === 0x5d) {
    // An empty vector is NULL.
    store<u8>(levels++, kind === FLOAT ? NO_LIST : NO_ELEMENTS);
    p++;
    if (kind !== FLOAT && load<i32>(column, SIZE) > 0) return 0;
  } else {
    let goes_on: u8 = 0;
    while (true) {
      if (load<u32>(p) === NULL) {
        store<u8>(levels++, NULL_ELEMENT | goes_on);
        p += 4;
      } else {
        p = put(kind, p);
        if (p === 0) return 0;
        store<u8>(levels++, ELEMENT | goes_on);
      }
      goes_on = GOES_ON;
      p = skipSpace(p);
      const c: u32 = load<u8>(p++);
      if (c === 0x5d) break;
      if (c !== 0x2c) return 0;
      p = skipSpace(p);
    }
    const size = load<i32>(column, SIZE);
    if (size >= 0 && <i32>(levels - first) !== size) return 0;
  }
  store<u32>(column, load<u32>(column, ENTRIES) + <u32>(levels - first), ENTRIES);
  store<u32>(column, <u32>levels, LEVELS_AT);
  return p;
}

function putListOfVectors(kind: u32, p: usize, column: usize): usize {
  if (load<u8>(p) !== 0x5b) return 0;
  const size = load<i32>(column, SIZE);
  const first = load<u32>(column, LEVELS_AT);
  let levels: usize = first;
  p = skipSpace(p + 1);
  if (load<u8>(p) === 0x5d) {
    store<u8>(levels++, NO_ELEMENTS);
    p++;
  } else {
    let next: u8 = 0;
    while (true) {
      if (load<u32>(p) === NULL) {
        store<u8>(levels++, NULL_ELEMENT | next);
        p += 4;
      } else {
        if (load<u8>(p) !== 0x5b) return 0;
        p = skipSpace(p + 1);
        if (load<u8>(p) === 0x5d) {
          store<u8>(levels++, NULL_ELEMENT | next);
          p++;
        } else {
          const begin = levels;
          while (true) {
            if (load<u32>(p) === NULL) {
              store<u8>(levels++, NULL_NUMBER | next);
              p += 4;
            } else {
              p = put(kind, p);
              if (p === 0) return 0;
              store<u8>(levels++, NUMBER | next);
            }
            next = NEXT_NUMBER;
            p = skipSpace(p);
            const c: u32 = load<u8>(p++);
            if (c === 0x5d) break;
            if (c !== 0x2c) return 0;
            p = skipSpace(p);
          }
          if (size >= 0 && <i32>(levels - begin) !== size) return 0;
        }
      }
      next = NEXT_VECTOR;
      p = skipSpace(p);
      const c: u32 = load<u8>(p++);
      if (c === 0x5d) break;
      if (c !== 0x2c) return 0;
      p = skipSpace(p);
    }
  }
  store<u32>(column, load<u32>(column, ENTRIES) + <u32>(levels - first), ENTRIES);
  store<u32>(column, <u32>levels, LEVELS_AT);
  return p;
}

function matches(p: usize, key: usize, length: usize): bool {
  for (; length >= 8; length -= 8, p += 8, key += 8) if (load<u64>(p) !== load<u64>(key)) return false;
  for (; length > 0; length--, p++, key++) if (load<u8>(p) !== load<u8>(key)) return false;
  return true;
}

/** What {@link scan} found, beside the columns: how many records, and of the first and the last one where their keys are, and which, where they are numbers. */
export let rows: u32 = 0;
export let first_from: usize = 0;
export let first_to: usize = 0;
export let last_from: usize = 0;
export let last_to: usize = 0;
export let first_number: i64 = 0;
export let last_number: i64 = 0;
/** Each number is above the one before it. */
export let ascending: bool = true;
/** Where the next number that is left open is noted. */
export let open_at: usize = 0;

/** The key of the record that was read last. */
let key_from: usize = 0;
let key_to: usize = 0;
let key_number: i64 = 0;
/** How many places of it were worked on: with so many columns it may have been begun. */
let begun: u32 = 0;

/** Notes an entry that is null. */
function putNull(kind: u32, column: usize): void {
  const entry = load<u32>(column, ENTRIES);
  if (kind & LIST) {
    const levels: usize = load<u32>(column, LEVELS_AT);
    store<u8>(levels, NO_LIST);
    store<u32>(column, <u32>levels + 1, LEVELS_AT);
  } else {
    const nulls: usize = load<u32>(column, NULLS_AT);
    store<u32>(nulls, entry);
    store<u32>(column, <u32>nulls + 4, NULLS_AT);
  }
  store<u32>(column, entry + 1, ENTRIES);
}

/** Reads one record: its end, or 0 where it is for somebody else to read. */
function readRecord(p: usize, places: usize, count: u32, key: u32): usize {
  record = p;
  p = skipSpace(p + 1);
  begun = 0;
  for (let place = places; begun < count; place += PLACE_BYTES) {
    const length: usize = load<u32>(place, KEY_LENGTH);
    if (!matches(p, load<u32>(place, KEY_AT), length)) return 0;
    p = skipSpace(p + length);
    if (load<u8>(p) !== 0x3a) return 0;
    p = skipSpace(p + 1);
    const from = p;
    const kind = load<u32>(place, KIND);
    const column: usize = load<u32>(place, COLUMN);
    const is_key = begun === key;
    begun++;
    if (kind === ANY) p = valueEnd(p);
    else if (kind === ONLY_NULL) p = load<u32>(p) === NULL ? p + 4 : 0;
    else {
      v128.store(column, v128.load(column), BEFORE);
      // Xano sends "" for a date that is not set.
      const is_empty = kind === DATE && load<u16>(p) === 0x2222;
      if (is_empty || load<u32>(p) === NULL) {
        // Of a record without its key somebody else shall think.
        if (is_key) return 0;
        putNull(kind, column);
        p += is_empty ? 2 : 4;
      } else {
        out = load<u32>(column, VALUES_AT);
        if (kind & OF_VECTORS) p = putListOfVectors(kind & ~(LIST | OF_VECTORS), p, column);
        else if (kind & LIST) p = putList(kind & ~LIST, p, column);
        else {
          p = put(kind, p);
          store<u32>(column, load<u32>(column, ENTRIES) + 1, ENTRIES);
        }
        store<u32>(column, <u32>out, VALUES_AT);
        if (is_key) {
          key_from = from;
          key_to = p;
          key_number = whole;
        }
      }
    }
    if (p === 0) return 0;
    p = skipSpace(p);
    if (load<u8>(p++) !== (begun === count ? 0x7d : 0x2c)) return 0;
    if (begun < count) p = skipSpace(p);
  }
  return p;
}

/**
 * Reads records from p on, joined by commas, that begin before `limit`; `places` are their keys, `count` of them, and the `key`-th
 * (none: u32.MAX_VALUE) is the one that tells records apart, whose values are whole numbers where that is said. Numbers that are left open are noted at `open`.
 * The end of the last record that was read, or p.
 */
export function scan(
  p: usize,
  limit: usize,
  places: usize,
  count: u32,
  key: u32,
  numbers: bool,
  open: usize,
): usize {
  let read = p;
  rows = 0;
  ascending = true;
  open_at = open;
  while (true) {
    const open_before = open_at;
    const next = readRecord(p, places, count, key);
    if (next === 0) {
      for (let n: u32 = 0, place = places; n < begun; n++, place += PLACE_BYTES) {
        const column: usize = load<u32>(place, COLUMN);
        if (column !== 0) v128.store(column, v128.load(column, BEFORE));
      }
      open_at = open_before;
      return read;
    }
    if (key !== u32.MAX_VALUE) {
      if (rows === 0) {
        first_from = key_from;
        first_to = key_to;
        first_number = key_number;
      } else if (numbers && key_number <= last_number) ascending = false;
      last_from = key_from;
      last_to = key_to;
      last_number = key_number;
    }
    rows++;
    read = next;
    p = skipSpace(next);
    if (load<u8>(p) !== 0x2c) return read;
    p = skipSpace(p + 1);
    if (load<u8>(p) !== 0x7b || p >= limit) return read;
  }
}
