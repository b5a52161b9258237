/**
 * Bounds on what a server may send, beside the size of a whole answer (`max_body_bytes` in http.ts). Each is
 * named where it is passed.
 */
import { maxHeaderSize } from 'node:http';
import { XanoError } from '../../../errors.js';

/**
 * Fields of a record, and columns of the table that records become. DuckDB takes 10,000 in ten seconds and
 * 600 MB (measured, 1.5.5).
 */
export const MOST_FIELDS = 10_000;
/** Characters of the name of a field that becomes a column. */
const MOST_FIELD_NAME_CHARACTERS = 1_000;
/** Bytes of an answer beside its list: they are parsed, which takes several times their size. */
const MOST_ENVELOPE_BYTES = 16 * 1024 * 1024;
/** Levels of nesting beside the list: what looks for pages and failures there calls itself once a level. */
const MOST_ENVELOPE_LEVELS = 1_000;
/**
 * Bytes of a refusal that are read: its status says what it is, and its words are cut after some hundred
 * characters.
 */
export const MOST_REFUSAL_BYTES = 1024 * 1024;
/** Characters of the address of a request, which may be a link that the server sent. */
const MOST_ADDRESS_CHARACTERS = 64 * 1024;
/** Bytes of the headers of an answer: the bound of Node itself. */
export const MOST_HEADER_BYTES = maxHeaderSize;

/** RESPONSE_UNEXPECTED for an answer beyond a bound: it stays beyond it, however often it is asked for. */
function beyondBound(sentence: string, hint?: string): XanoError {
  return new XanoError('RESPONSE_UNEXPECTED', sentence, { hint, lasting: true });
}

/** Throws RESPONSE_UNEXPECTED for an address of a request, or a link to one, that is too long to send. */
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

/**
 * Throws RESPONSE_UNEXPECTED for what stands beside a list (two parts of an answer) where it is too large or
 * too deep.
 */
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

/** Whether JSON is nested so deep that nothing may walk it. */
export function isTooDeep(body: Uint8Array): boolean {
  return levelsOf(body, { now: 0, most: 0 }).most > MOST_ENVELOPE_LEVELS;
}

interface Depth {
  readonly now: number;
  readonly most: number;
}

/** How deep JSON is nested, going on from what stands before it. */
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
