/** Records as JSON texts by member: their bytes have already been read as JSON, and stay as sent. Pure. */
import { skipSpace, stringEnd, textAt, valueEnd } from './json-bytes.js';

/** The members of each record, which are JSON objects joined by commas; of duplicate members the last. */
export function* membersOf(records: Uint8Array): Generator<ReadonlyMap<string, string>> {
  let i = skipSpace(records, 0);
  while (i < records.length) {
    const members = new Map<string, string>();
    i = skipSpace(records, i + 1);
    while (records[i] === 0x22) {
      const key_end = Math.abs(stringEnd(records, i));
      const name = String(JSON.parse(textAt(records, i, key_end)));
      const start = skipSpace(records, skipSpace(records, key_end) + 1);
      const end = Math.abs(valueEnd(records, start));
      members.set(name, textAt(records, start, end));
      i = afterComma(records, end);
    }
    yield members;
    i = afterComma(records, i + 1);
  }
}

function afterComma(bytes: Uint8Array, end: number): number {
  const at = skipSpace(bytes, end);
  return bytes[at] === 0x2c ? skipSpace(bytes, at + 1) : at;
}
