/**
 * Limits on what a server may send, beside the size of a complete answer (`max_body_bytes` in http.ts). The
 * error names each limit.
 */
import { maxHeaderSize } from 'node:http';
import { XanoError } from '../../../errors.js';

/**
 * Fields of a record, and columns of the table that records become. DuckDB takes 10,000 in ten seconds and
 * 600 MB (measured, 1.5.5).
 */
export const MOST_FIELDS = 10_000;
/** Characters of a field's name that becomes a column. */
const MOST_FIELD_NAME_CHARACTERS = 1_000;
/** Bytes of an answer beside its list: parsing takes several times their size in memory. */
const MOST_ENVELOPE_BYTES = 16 * 1024 * 1024;
/** Levels of nesting beside the list: functions that search there recurse once for each level. */
const MOST_ENVELOPE_LEVELS = 1_000;
/**
 * Bytes of a refusal that are read: its status tells its meaning, and its words are shortened to some hundred
 * characters.
 */
export const MOST_REFUSAL_BYTES = 1024 * 1024;
/** Characters of a request's URL, which may be a link from the server. */
const MOST_ADDRESS_CHARACTERS = 64 * 1024;
/** Bytes of the headers of an answer: Node's own limit. */
export const MOST_HEADER_BYTES = maxHeaderSize;

/** RESPONSE_UNEXPECTED for an answer beyond a limit: another try brings the same. */
function beyondBound(sentence: string, hint?: string): XanoError {
  return new XanoError('RESPONSE_UNEXPECTED', sentence, { hint, lasting: true });
}

/** Throws RESPONSE_UNEXPECTED for a URL of a request, or a link to one, that is too long to send. */
export function assertAddressBounded(address: string, host: string): void {
  if (address.length > MOST_ADDRESS_CHARACTERS)
    throw beyondBound(
      `The URL of a request to ${host} would be longer than ${MOST_ADDRESS_CHARACTERS.toLocaleString('en')} characters: nothing was sent.`,
      'Check the pagination and the parameters of this endpoint config: a link or cursor of the server is that long.',
    );
}

/** Throws RESPONSE_UNEXPECTED for a record of too many fields, or a table of too many columns. */
export function assertFewFields(count: number, what: string): void {
  if (count <= MOST_FIELDS) return;
  throw beyondBound(
    `${what} more than ${inWords(MOST_FIELDS)} different fields, which are more columns than a table can have.`,
    'Objects whose keys are data are not rows: name them in excluded, or request a list from the API.',
  );
}

/** Throws RESPONSE_UNEXPECTED for a name that no column can have. */
export function assertFieldName(name: string): void {
  if (name.length <= MOST_FIELD_NAME_CHARACTERS) return;
  throw beyondBound(
    `A field has a name of more than ${inWords(MOST_FIELD_NAME_CHARACTERS)} characters: ${JSON.stringify(name.slice(0, 40))}…`,
  );
}

/** Throws RESPONSE_UNEXPECTED for an answer beside its list (its two parts) that is too large or too deep. */
export function assertEnvelopeBounded(before: Uint8Array, after: Uint8Array): void {
  if (before.length + after.length > MOST_ENVELOPE_BYTES)
    throw beyondBound(
      `The answer holds more than ${MOST_ENVELOPE_BYTES / 1024 / 1024} MiB beside its list of records.`,
    );
  const depth = levelsOf(after, levelsOf(before, { now: 0, most: 0 }));
  if (depth.most > MOST_ENVELOPE_LEVELS)
    throw beyondBound(
      `The answer is nested more than ${inWords(MOST_ENVELOPE_LEVELS)} levels deep beside its list of records.`,
    );
}

/** Whether JSON is nested too deep for a recursive function. */
export function isTooDeep(body: Uint8Array): boolean {
  return levelsOf(body, { now: 0, most: 0 }).most > MOST_ENVELOPE_LEVELS;
}

interface Depth {
  readonly now: number;
  readonly most: number;
}

/** The depth of JSON, continued from the depth of the text in front of it. */
function levelsOf(b: Uint8Array, { now, most }: Depth): Depth {
  for (let i = 0; i < b.length; i++) {
    const c = b[i];
    if (c === 0x22) for (i++; i < b.length && b[i] !== 0x22; i++) i += b[i] === 0x5c ? 1 : 0;
    else if (c === 0x7b || c === 0x5b) most = Math.max(most, ++now);
    else if (c === 0x7d || c === 0x5d) now--;
  }
  return { now, most };
}

const inWords = (count: number): string => count.toLocaleString('en');
