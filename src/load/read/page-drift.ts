/**
 * Detects page drift: rows that moved between pages while a list was read by page numbers, offsets or links.
 */
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { Http } from '../../rest/http/client.js';
import type { RequestContext } from '../../rest/http/messages.js';
import type { PageRequest } from '../../rest/http/request.js';
import { keyAtIndex, keysOfPage } from '../../rest/paging/list-queries.js';
import type { Page } from '../../rest/paging/page.js';

/** At most so many pages are checked again; each costs one small request. */
const MOST_CHECKED = 4;

/** Watches one reading for rows that move. */
export interface PageDrift {
  readonly saw: (page: Page, rows_before: number) => void;
  /**
   * Requests the first rows of some pages again. True when one is elsewhere now, or when the total changed.
   */
  readonly moved: (config: ResolvedEndpoint, http: Http, sender: RequestContext) => Promise<boolean>;
}

/**
 * Which of so many pages are checked: the last one, which moves with every shift before it, and some spread
 * before.
 */
export function checkedPages(pages: number): number[] {
  const checked = new Set<number>();
  const last = Math.max(0, pages - 1);
  for (let i = 1; i <= MOST_CHECKED; i++) checked.add(Math.round((last * i) / MOST_CHECKED));
  checked.delete(0);
  return [...checked];
}

/** Begins to watch a reading. */
export function followPageDrift(): PageDrift {
  const first: { readonly row_index: number; readonly key: string; readonly request: PageRequest }[] = [];
  const totals = new Set<number>();
  let keyless = false;
  return {
    saw: (page, rows_before) => {
      if (page.total !== null) totals.add(page.total);
      if (page.count === 0) return;
      if (page.first_key === null) keyless = true;
      else first.push({ row_index: rows_before, key: page.first_key, request: page.request });
    },
    moved: async (config, http, sender) => {
      // A cursor is not a position, and may be valid only once.
      if (['single_page', 'cursor'].includes(config.pagination.type)) return false;
      if (totals.size > 1) return true;
      if (keyless) return false;
      for (const index of checkedPages(first.length)) {
        const { row_index, key, request } = first[index]!;
        if ((await keyAtIndex(config, http, row_index, sender)) === key) continue;
        // A server that caps pages has another row at that index: the page itself decides.
        if ((await keysOfPage(config, http, request, sender)).first_key !== key) return true;
      }
      return false;
    },
  };
}
