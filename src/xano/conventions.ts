/** Every spelling of Xano's that the rest of the code relies on, each with where it is known from. */
import type { Interpretation, Refusal } from '../rest/http.js';

/** The Account API: an integration asks the user for one token and lists the instances here. Xano's documentation, Metadata API. */
export const ACCOUNT_ORIGIN = 'https://app.xano.com';

/** Path of the Account and Metadata API below an origin. Xano's documentation; only used where nobody told us a `meta_api`. */
export const META_PATH = '/api:meta';

/** Header that picks a data source. Xano's specification. */
export const DATA_SOURCE_HEADER = 'x-data-source';

/** The data source that Metadata content calls read by default. Xano's specification. */
export const DEFAULT_DATA_SOURCE = 'live';

/**
 * Records of a table and the counts beside them: `{items, itemsReceived, curPage, nextPage, prevPage, offset, perPage, itemsTotal,
 * pageTotal}`. Xano's documentation and specification; `nextPage` is null on the last page, a full page proves nothing (audit of the
 * server source published with Xano's own CLI).
 */
export const ENVELOPE = { list: 'items', next_page: 'nextPage', total: 'itemsTotal' } as const;

/** Request fields of `content/search` and of paged lists. Xano's documentation. */
export const REQUEST = { page: 'page', page_size: 'per_page', sort: 'sort', filter: 'search' } as const;

/** The condition `column > value` of `content/search`: the operator follows the column behind a bar. Documented for numbers. */
export const greaterThan = (column: string): string => `${column}|>`;

/** The condition `column < value`, likewise. */
export const lessThan = (column: string): string => `${column}|<`;

/** The first page asked of table content: clients that work are known to ask for 2000. */
export const TABLE_PAGE_SIZE = 1000;

/**
 * The largest page tried of table content: its maximum is not documented, that of Xano's other lists is 10,000. A server that refuses
 * is asked for less, and one that gives less is followed.
 */
export const TABLE_MAX_PAGE_SIZE = 10_000;

/** Page size asked of an API group's endpoint: the author may refuse more. */
export const ENDPOINT_PAGE_SIZE = 100;

/** What an endpoint of an API group is taken for where nothing better is known. */
export const HOUSE = {
  data_selector: 'data',
  page: 'page',
  page_size: 'pageSize',
  total_pages: 'totalPages',
} as const;

/**
 * The JSON input that asks for a page where an author linked Xano's external paging: `{"external":{"page":1,"per_page":2}}`. Only the name
 * is convention. Xano's documentation.
 */
export const EXTERNAL_PAGING = 'external';

/** Where the authToken for an API group's endpoints is expected: what its `auth/login` gives, never the Metadata token. */
export const API_TOKEN_ENV = 'XANO_API_TOKEN';

/** A token lives this long unless told otherwise when it is made. Xano's documentation, Metadata API. */
export const DEFAULT_TOKEN_DAYS = 7;

/** The primary key of every Xano table. Xano's documentation. */
export const PRIMARY_KEY = 'id';

/** Where the endpoints of an API group live: `https://<host>/api:{canonical}`, of a branch that is not live with `:{branch}`. Xano's documentation. */
export function groupBaseUrl(origin: string, canonical: string, branch?: string): string {
  return `${origin}/api:${canonical}${branch === undefined ? '' : `:${encodeURIComponent(branch)}`}`;
}

/**
 * What Xano's error bodies say beyond their status. `{code, message, payload}`: an expired and a wrong token are both 401, only the text
 * tells them apart (an expired one was met on 403, too); a missing plan feature is a 500 with "Access Denied."; the free plan's
 * 429 names its limit in the text and sends no Retry-After.
 */
export function interpretRefusal({ status, body }: Refusal): Interpretation {
  const code = body?.['code'];
  const message = typeof body?.['message'] === 'string' ? body['message'] : '';
  if (status === 429) {
    // Of so many digits that no number loses any, and that a long row of them is read once.
    const limit = /\b(\d{1,9}) requests? per (\d{1,9}) seconds?/i.exec(message);
    const [requests, seconds] = [Number(limit?.[1]), Number(limit?.[2])];
    if (limit === null || seconds === 0) return {};
    const wait_ms = seconds * 1000 + 1000;
    return requests === 0 ? { wait_ms } : { limit: { requests, per_ms: seconds * 1000 }, wait_ms };
  }
  if ((status === 401 || status === 403) && /expired/i.test(message)) return { code: 'TOKEN_EXPIRED' };
  if (status === 500 && (code === 'ERROR_CODE_ACCESS_DENIED' || /access denied/i.test(message)))
    return { code: 'SCOPE_MISSING' };
  return {};
}
