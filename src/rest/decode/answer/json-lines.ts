/**
 * NDJSON (also called JSON Lines): one JSON object a line. It becomes a list, so that the byte reader reads
 * it like any other.
 */

/**
 * Media types of JSON Lines. JSON text sequences (RFC 7464) differ only in the mark in front of each record.
 */
const LINES =
  /^(application|text)\/(x-)?(ndjson|jsonl|jsonlines|json-lines|json-seq|ldjson|stream\+json|json-stream)\s*(;|$)/i;

const LINE_FEED = 0x0a;
const RECORD_MARK = 0x1e;
const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09 || byte === RECORD_MARK;

/**
 * Whether an answer is JSON Lines: its media type says so, or a line that ends an object is followed by one
 * that begins another. No JSON document can contain that: strings have no raw line breaks.
 */
export function isJsonLines(body: Uint8Array, content_type: string | undefined): boolean {
  const start = firstByte(body, 0);
  const says = LINES.test(content_type?.trim() ?? '');
  if (start === body.length) return says;
  if (body[start] !== 0x7b) return false;
  if (says) return true;
  const end = body.indexOf(LINE_FEED, start);
  if (end < 0) return false;
  let last = end - 1;
  while (isSpace(body[last])) last--;
  return body[last] === 0x7d && body[firstByte(body, end)] === 0x7b;
}

/**
 * The list of these records: a comma replaces each line break between records. A truncated line stays
 * malformed.
 */
export function listOfLines(body: Uint8Array): Uint8Array {
  const list = Buffer.allocUnsafe(body.length + 2);
  list[0] = 0x5b;
  list.set(body, 1);
  list[list.length - 1] = 0x5d;
  const end = list.length - 1;
  // Within JSON, this mark only occurs between records.
  for (let at = list.indexOf(RECORD_MARK); at > 0; at = list.indexOf(RECORD_MARK, at)) list[at] = 0x20;
  let next = firstByte(list, 1);
  for (;;) {
    const at = list.indexOf(LINE_FEED, next);
    if (at < 0) return list;
    next = firstByte(list, at);
    if (next >= end) return list;
    list[at] = 0x2c;
  }
}

function firstByte(body: Uint8Array, from: number): number {
  let at = from;
  while (at < body.length && isSpace(body[at])) at++;
  return at;
}
