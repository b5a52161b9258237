/** Keeps of the records of a large page only what identifies it: their keys and the last record. Pure. */
import { createHash } from 'node:crypto';
import { skipSpace, stringEnd, textAt, valueEnd } from './json-bytes.js';

/**
 * Records (JSON objects joined by commas, already read as JSON) reduced to their key; the last one stays as
 * sent. If a record has no key, all but the last become one record with their digest. Equal records stay
 * equal, and different ones stay different.
 */
export function compactRecords(records: Uint8Array, key: string): Uint8Array {
  const name = Buffer.from(JSON.stringify(key));
  const prefix = Buffer.from(`{${JSON.stringify(key)}:`);
  const after = Buffer.from('},');
  let buffer = Buffer.allocUnsafe(64 * 1024);
  let length = 0;
  const add = (bytes: Uint8Array): void => {
    if (length + bytes.length > buffer.length)
      buffer = Buffer.concat(
        [buffer.subarray(0, length)],
        Math.max(buffer.length * 2, length + bytes.length),
      );
    buffer.set(bytes, length);
    length += bytes.length;
  };

  let isKeyed = true;
  let last = 0;
  for (let i = skipSpace(records, 0); i < records.length; ) {
    // Another record follows, so the previous one is not the last.
    last = i;
    const { value, end } = memberOf(records, i, name);
    isKeyed &&= value !== undefined;
    const comma = skipSpace(records, end);
    i = comma < records.length ? skipSpace(records, comma + 1) : comma;
    if (isKeyed && value !== undefined && i < records.length)
      for (const part of [prefix, value, after]) add(part);
  }
  if (!isKeyed) {
    length = 0;
    add(Buffer.from(`{"digest of the records":"${createHash('sha256').update(records).digest('hex')}"},`));
  }
  add(records.subarray(last));
  return buffer.subarray(0, length);
}

/**
 * The value of a member of the record at `i`, undefined where it has none or null; and the index after the
 * record. Of duplicate members the last counts.
 */
function memberOf(
  b: Uint8Array,
  i: number,
  key: Uint8Array,
): { readonly value: Uint8Array | undefined; readonly end: number } {
  let value: Uint8Array | undefined;
  i = skipSpace(b, i + 1);
  while (b[i] === 0x22) {
    const key_end = Math.abs(stringEnd(b, i));
    const start = skipSpace(b, skipSpace(b, key_end) + 1);
    const end = valueEnd(b, start);
    if (isKey(b, i, key_end, key)) value = b[start] === 0x6e ? undefined : b.subarray(start, end);
    i = skipSpace(b, end);
    if (b[i] === 0x2c) i = skipSpace(b, i + 1);
  }
  return { value, end: i + 1 };
}

/** Whether the string at `[from, to)` is this key, in any spelling. */
function isKey(b: Uint8Array, from: number, to: number, spelled: Uint8Array): boolean {
  const length = to - from;
  if (length < spelled.length) return false;
  if (length === spelled.length) {
    let i = 0;
    while (i < length && b[from + i] === spelled[i]) i++;
    if (i === length) return true;
  }
  // Only a string with escapes may have another spelling.
  if (!b.subarray(from, to).includes(0x5c)) return false;
  return textAt(spelled, 0, spelled.length) === JSON.stringify(JSON.parse(textAt(b, from, to)));
}
