/** The end of a list that nothing in it tells of: a page that is not there, while the one before it still is. */
import { XanoError } from '../errors.js';
import { type Json, select } from '../json.js';
import type { FirstAnswer } from './candidates.js';
import type { EndpointConfig, ResolvedEndpoint } from './config.js';
import { nextLink } from './links.js';
import { type LinkedAnswer, totalOf } from './page.js';
import type { PageRequest } from './paginate.js';
import { pagingFields } from './paging-fields.js';
import type { PageRecords } from './records.js';

/** Whether the page that comes next may be beyond the end: pages are counted, and no answer says that there is more. `rows`: read so far. */
export function mayBeBeyond(
  { pagination, ...config }: ResolvedEndpoint,
  { envelope }: PageRecords,
  rows: number,
): boolean {
  if (pagination.type !== 'page_number' && pagination.type !== 'offset') return false;
  const total = totalOf({ ...config, pagination }, envelope);
  if (total !== null && total > rows) return false;
  if (pagination.type === 'offset') return true;
  const { next_page_path, total_pages_path } = pagination;
  const says = [next_page_path, total_pages_path].map((path) =>
    path === undefined ? undefined : select(envelope, path),
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
  const steps = data_selector === '' ? [] : data_selector.split('.');
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

/**
 * A first page that leads nowhere by the field that its config names, though another field says that there is more. Throws RESPONSE_UNEXPECTED:
 * it would pass for the whole list.
 */
export function assertNothingLeft(
  { name, pagination, data_selector }: EndpointConfig & Pick<ResolvedEndpoint, 'data_selector'>,
  { envelope, count }: Pick<PageRecords, 'envelope' | 'count'>,
  link: FirstAnswer['link'],
): void {
  const path =
    pagination.type === 'cursor'
      ? pagination.cursor_path
      : pagination.type === 'json_link'
        ? pagination.next_url_path
        : undefined;
  if (path === undefined ? pagination.type !== 'header_link' : select(envelope, path) !== undefined) return;
  const { next_link, next_page, cursor, more } = pagingFields(envelope, data_selector, count);
  const next = [next_link, next_page, cursor].find((field) => field !== undefined && field.value !== null);
  const says = next ?? (more?.value === true ? more : undefined);
  if (says === undefined && (path === undefined || nextLink(link) === undefined)) return;
  const what = path === undefined ? 'No Link header with a next page' : `No "${path}"`;
  const field = says === undefined ? 'its Link header' : `"${says.path}"`;
  throw new XanoError(
    'RESPONSE_UNEXPECTED',
    `${what} is in the answer for "${name}", though ${field} there says that there is more.`,
    {
      hint: 'Check the pagination of this endpoint config; left out, it is found out.',
    },
  );
}
