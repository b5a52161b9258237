/** Lists of the Metadata API, read page by page to their end. */
import { createHash } from 'node:crypto';
import { asXanoError, XanoError } from '../errors.js';
import { isJsonObject } from '../json.js';
import { isMissingListPage } from '../rest/http/failures.js';
import { beyondBound, MOST_ENTRIES, MOST_LIST_BYTES, MOST_LIST_PAGES } from './bounds.js';
import { failsOfSize, learnListSize, listSize, smallerListSize } from './list-size.js';
import { type Api, get } from './request.js';
import { type ListPage, listPage, tellsOfNext } from './wire.js';

/**
 * The page size of listings without a size parameter, and of servers that ignore it. Xano's specification.
 */
const DEFAULT_LIST_SIZE = 50;

/**
 * Every entry of a list. If a page is refused as too large, the list is read in smaller ones from its start,
 * since page numbers then mean other entries. `first_size`: null for a list whose first page is requested
 * without a size, because none is documented.
 */
export async function getList(
  api: Api,
  path: string,
  named: string,
  params: Record<string, string>,
  { first_size = listSize(api.http, api.base_url) }: { readonly first_size?: number | null } = {},
): Promise<unknown[]> {
  let refusal: XanoError | undefined;
  for (let size = first_size; ; ) {
    try {
      const all = await getPages(api, path, named, params, size);
      if (refusal !== undefined && size !== null) learnListSize(api.http, api.base_url, size);
      return all;
    } catch (thrown) {
      const error = asXanoError(thrown);
      const smaller = size === null ? undefined : smallerListSize(error, size);
      // If every size is refused, the cause is another one, which the first refusal names best.
      if (smaller === undefined)
        throw refusal !== undefined && isSameRefusal(refusal, error) ? refusal : thrown;
      refusal ??= error;
      size = smaller;
    }
  }
}

const isSameRefusal = (a: XanoError, b: XanoError): boolean =>
  a.code === b.code && a.request?.status === b.request?.status;

/** The facts of a list while it is read. */
interface Progress {
  readonly items: unknown[];
  /** Digests of the pages so far. */
  readonly seen: Set<string>;
  bytes: number;
  page: number;
  /** The last answer did not mention a next page. */
  was_silent: boolean;
}

/** Every entry of a list, page by page: `nextPage` tells whether more follow; a full page proves nothing. */
async function getPages(
  api: Api,
  path: string,
  named: string,
  params: Record<string, string>,
  size: number | null,
): Promise<unknown[]> {
  const sender = {
    ...api.sender,
    gives_up: (error: XanoError, attempt: number) => attempt >= 2 && failsOfSize(error, size ?? 0),
  };
  const progress: Progress = { items: [], seen: new Set(), bytes: 0, page: 1, was_silent: false };
  for (let asked = 0; ; asked++) {
    const { page } = progress;
    const per_page = size ?? (page === 1 ? null : DEFAULT_LIST_SIZE);
    const paging = per_page === null ? params : { ...params, page: String(page), per_page: String(per_page) };
    const answer = await get({ ...api, sender }, path, paging, (body) => ({
      ...listPage(body, named),
      silent: !tellsOfNext(body),
    })).catch((thrown: unknown) => {
      // A list that does not mention pages may have no second one.
      if (
        page > 1 &&
        progress.items.length > 0 &&
        progress.was_silent &&
        isMissingListPage(asXanoError(thrown))
      )
        return undefined;
      throw thrown;
    });
    if (answer === undefined || addPage(progress, answer, named, size)) return uniqueById(progress.items);
    if (asked >= MOST_LIST_PAGES)
      throw new XanoError('PAGINATION_LOOP', `The list of ${named} has more than ${MOST_LIST_PAGES} pages.`);
  }
}

/**
 * Adds a page to the entries, and returns whether it ends the list. Throws for a list beyond the limits, or
 * one that does not advance.
 */
function addPage(
  progress: Progress,
  { items, next, silent }: ListPage & { readonly silent: boolean },
  named: string,
  size: number | null,
): boolean {
  const text = JSON.stringify(items);
  progress.bytes += text.length;
  if (progress.bytes > MOST_LIST_BYTES)
    throw beyondBound(`a list of ${named} of more than ${MOST_LIST_BYTES / 1024 / 1024} MiB`);
  const digest = createHash('sha256').update(text).digest('base64');
  if (progress.seen.has(digest) && items.length > 0) {
    // A server without pages returns the same entries for each.
    if (silent) return true;
    throw new XanoError('PAGINATION_LOOP', `The list of ${named} returns the same page again and again.`);
  }
  progress.seen.add(digest);
  for (const item of items) progress.items.push(item);
  if (progress.items.length > MOST_ENTRIES)
    throw beyondBound(`more than ${MOST_ENTRIES.toLocaleString('en')} ${named}`);
  if (items.length === 0) return true;
  progress.was_silent = silent;
  if (silent) {
    // Its length may be the page size: only a second page tells.
    if (items.length !== size && items.length !== DEFAULT_LIST_SIZE) return true;
    progress.page++;
    return false;
  }
  if (next === null) return true;
  if (next <= progress.page)
    throw new XanoError(
      'PAGINATION_LOOP',
      `The list of ${named} is not advancing: page ${progress.page} names page ${next} as the next.`,
    );
  progress.page = next;
  return false;
}

/** Entries that moved to a later page during the reading are kept once. */
function uniqueById(items: readonly unknown[]): unknown[] {
  const seen = new Set<unknown>();
  return items.filter((item) => {
    const id = isJsonObject(item) ? item['id'] : undefined;
    if (id === undefined) return true;
    return !seen.has(id) && seen.add(id);
  });
}
