/** Did rows change places while they were read by page numbers, offsets or links? Nothing but their places holds such a reading together. */
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { Http } from '../../rest/http/client.js';
import type { RequestContext } from '../../rest/http/messages.js';
import type { PageRequest } from '../../rest/http/request.js';
import type { Page } from '../../rest/paging/page.js';
import { keyAtPlace, keysOfPage } from '../../rest/paging/read-pages.js';

/** Pages whose first row is looked for again, at most: each is one small request. */
const MOST_CHECKED = 4;

/** Follows a reading by places. */
export interface PageDrift {
  readonly saw: (page: Page, rows_before: number) => void;
  /** Asks again for the first rows of some pages, and says whether all were found where they were, and counts stayed the same. */
  readonly moved: (config: ResolvedEndpoint, http: Http, sender: RequestContext) => Promise<boolean>;
}

/** Which of so many pages are looked at again: the last one, which every shift before it moves, and some spread before. */
export function checkedPages(pages: number): number[] {
  const checked = new Set<number>();
  const last = Math.max(0, pages - 1);
  for (let i = 1; i <= MOST_CHECKED; i++) checked.add(Math.round((last * i) / MOST_CHECKED));
  checked.delete(0);
  return [...checked];
}

/** Begins to follow a reading. */
export function followPageDrift(): PageDrift {
  const first: { readonly place: number; readonly key: string; readonly request: PageRequest }[] = [];
  const totals = new Set<number>();
  let keyless = false;
  return {
    saw: (page, rows_before) => {
      if (page.total !== null) totals.add(page.total);
      if (page.count === 0) return;
      if (page.first_key === null) keyless = true;
      else first.push({ place: rows_before, key: page.first_key, request: page.request });
    },
    moved: async (config, http, sender) => {
      // A cursor is the server's own: it is no place, and may be good for one answer only.
      if (['single_page', 'cursor'].includes(config.pagination.type)) return false;
      if (totals.size > 1) return true;
      if (keyless) return false;
      for (const index of checkedPages(first.length)) {
        const { place, key, request } = first[index]!;
        if ((await keyAtPlace(config, http, place, sender)) === key) continue;
        // A server with a page size of its own has another row at that place: what it says of the page itself counts.
        if ((await keysOfPage(config, http, request, sender)).first_key !== key) return true;
      }
      return false;
    },
  };
}
