/**
 * Limits on what a Metadata API may send: far beyond any workspace, and low enough that reading takes seconds
 * and less than a gigabyte.
 */
import { XanoError } from '../errors.js';

/** Bytes of one answer, and of all pages of one list together. */
export const MOST_LIST_BYTES = 64 * 1024 * 1024;
/** Bytes of all answers for one catalog: OpenAPI documents of some megabytes each are common. */
export const MOST_CATALOG_BYTES = 256 * 1024 * 1024;
/** JSON values (objects, lists, texts, numbers) of all answers for one catalog. */
const MOST_CATALOG_VALUES = 5_000_000;
/** Levels of nesting of an answer: functions that read a catalog recurse once for each level. */
const MOST_LEVELS = 200;
/**
 * Entries of one list: tables, columns, API groups, endpoints. DuckDB takes 10,000 columns in ten seconds and
 * 600 MB (measured, 1.5.5).
 */
export const MOST_ENTRIES = 10_000;
/** Pages of one list. */
export const MOST_LIST_PAGES = 2_000;
/** Characters of a name. */
export const MOST_NAME_CHARACTERS = 1_000;
/** Characters of a description that are kept. */
export const MOST_DESCRIPTION_CHARACTERS = 4_000;

/** How much has been read so far. */
export interface Amount {
  bytes: number;
  values: number;
}

/** Nothing yet. */
export const nothingRead = (): Amount => ({ bytes: 0, values: 0 });

/** RESPONSE_UNEXPECTED for an answer beyond a limit: another try brings the same. */
export function beyondBound(what: string): XanoError {
  return new XanoError('RESPONSE_UNEXPECTED', `Xano sent ${what}.`, {
    hint: 'Check the address of the instance: no Xano workspace is that large.',
    lasting: true,
  });
}

/**
 * Adds an answer to the amount read so far. Scans only its bytes, so that a too deep or too large answer is
 * never parsed. Throws RESPONSE_UNEXPECTED naming the limit.
 */
export function assertBounded(body: Uint8Array, catalog: Amount): void {
  if (body.length > MOST_LIST_BYTES)
    throw beyondBound(`an answer of more than ${inMiB(MOST_LIST_BYTES)} about the workspace`);
  const { levels, values } = measured(body);
  if (levels > MOST_LEVELS)
    throw beyondBound(`an answer that is nested more than ${MOST_LEVELS} levels deep`);
  catalog.bytes += body.length;
  catalog.values += values;
  if (catalog.bytes > MOST_CATALOG_BYTES)
    throw beyondBound(`more than ${inMiB(MOST_CATALOG_BYTES)} about the workspace`);
  if (catalog.values > MOST_CATALOG_VALUES)
    throw beyondBound(`more than ${MOST_CATALOG_VALUES.toLocaleString('en')} values about the workspace`);
}

const inMiB = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;

/** The depth of JSON, and its least number of values. */
function measured(body: Uint8Array): { readonly levels: number; readonly values: number } {
  let [depth, levels, values] = [0, 0, 1];
  for (let i = 0; i < body.length; i++) {
    const c = body[i];
    if (c === 0x22) for (i++; i < body.length && body[i] !== 0x22; i++) i += body[i] === 0x5c ? 1 : 0;
    else if (c === 0x7b || c === 0x5b) {
      values++;
      levels = Math.max(levels, ++depth);
    } else if (c === 0x7d || c === 0x5d) depth--;
    else if (c === 0x2c) values++;
  }
  return { levels, values };
}
