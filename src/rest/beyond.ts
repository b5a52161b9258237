/** The end of a list that nothing in it tells of: a page that is not there, while the one before it still is. */
import { XanoError } from '../errors.js';
import { type Json, pathKeys, select } from '../json.js';
import { fieldAt, type Surroundings } from './answer-field.js';
import type { ResolvedEndpoint } from './config.js';
import { type LinkedAnswer, totalOf } from './page.js';
import type { PageRequest } from './paginate.js';
import type { PageRecords } from './records.js';

/** Whether the page that comes next may be beyond the end: pages are counted, and no answer says that there is more. `rows`: read so far. */
export function mayBeBeyond({ pagination }: ResolvedEndpoint, answer: Surroundings, rows: number): boolean {
  if (pagination.type !== 'page_number' && pagination.type !== 'offset') return false;
  const total = totalOf({ pagination }, answer);
  if (total !== null && total > rows) return false;
  if (pagination.type === 'offset') return true;
  const { next_page_path, total_pages_path } = pagination;
  const says = [next_page_path, total_pages_path].map((path) =>
    path === undefined ? undefined : fieldAt(answer, path),
  );
  return says.every((value) => value === undefined);
}

/** Whether an answer holds nothing at all where its list would be: no text, or null. */
export function isNothing({ data_selector }: ResolvedEndpoint, body: Uint8Array): boolean {
  if (body.length === 0) return true;
  try {
    return select(JSON.parse(Buffer.from(body).toString('utf8')), data_selector) === null;
  } catch {
    return false;
  }
}

/** Whether a refusal says that there is no such page. */
export function isNoPage(thrown: unknown): thrown is XanoError {
  return thrown instanceof XanoError && thrown.code === 'XANO_FAILED' && thrown.request?.status === 404;
}

/** An answer whose list is empty. */
export function emptyAnswer({ data_selector }: ResolvedEndpoint): Uint8Array {
  const steps = pathKeys(data_selector);
  return Buffer.from(JSON.stringify(steps.reduceRight<Json>((inner, step) => ({ [step]: inner }), [])));
}

/** What is asked for beyond the end. */
export interface Beyond {
  readonly ask: (request: PageRequest) => Promise<LinkedAnswer>;
  readonly find: (request: PageRequest) => Promise<LinkedAnswer | { readonly missing: XanoError }>;
}

/**
 * The page after one that was read, undefined where that was the last. It may be missing since it is beyond the end, or since something is wrong: then
 * the one before it is not as it was, or it is there when it is asked for once more. Throws why it is missing.
 */
export async function askFurther(
  next: PageRequest,
  { request, page }: { readonly request: PageRequest; readonly page: PageRecords },
  { ask, find }: Beyond,
): Promise<LinkedAnswer | undefined> {
  const found = await find(next);
  if (!('missing' in found)) return found;
  if (!isSamePage((await ask(request)).page, page)) throw found.missing;
  const again = await find(next);
  return 'missing' in again ? undefined : again;
}

function isSamePage(one: PageRecords, other: PageRecords): boolean {
  if (one.count !== other.count) return false;
  if (one.first_key !== null) return one.first_key === other.first_key && one.last_key === other.last_key;
  return Buffer.compare(one.records, other.records) === 0;
}
