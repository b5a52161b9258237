/** Xano's conventions that other code relies on, each with its source. */

import type { Auth } from '../rest/config/auth.js';
import { type ApiWords, credentialIn } from '../rest/http/auth/api-words.js';
import type { Interpretation, Refusal } from '../rest/http/messages.js';

/**
 * The Account API: an integration asks the user for one token and lists the instances here. Xano's
 * documentation, Metadata API.
 */
export const ACCOUNT_ORIGIN = 'https://app.xano.com';

/**
 * Path of the Account and Metadata API below an origin. Xano's documentation; only used where no `meta_api`
 * is known.
 */
export const META_PATH = '/api:meta';

/**
 * Below {@link META_PATH}: the owner of a token. Any token may read it, without a scope. Xano's
 * specification.
 */
const ME_PATH = '/auth/me';

/** Header that picks a data source. Xano's specification. */
export const DATA_SOURCE_HEADER = 'x-data-source';

/** The data source that Metadata content calls read by default. Xano's specification. */
export const DEFAULT_DATA_SOURCE = 'live';

/**
 * Records of a table and the counts beside them: `{items, itemsReceived, curPage, nextPage, prevPage, offset,
 * perPage, itemsTotal, pageTotal}`. Xano's documentation and specification; `nextPage` is null on the last
 * page, a full page proves nothing (audit of the server source published with Xano's own CLI).
 */
export const ENVELOPE = { list: 'items', next_page: 'nextPage', total: 'itemsTotal' } as const;

/** Request fields of `content/search` and of paged lists. Xano's documentation. */
export const REQUEST = { page: 'page', page_size: 'per_page', sort: 'sort', filter: 'search' } as const;

/**
 * The condition `column > value` of `content/search`: the operator follows the column behind a bar.
 * Documented for numbers.
 */
export const greaterThan = (column: string): string => `${column}|>`;

/** The condition `column < value`, likewise. */
export const lessThan = (column: string): string => `${column}|<`;

/** The condition that a column has one of the values of a list, likewise. Documented. */
export const isOneOf = (column: string): string => `${column}|in`;

/** The first page size for table content: working clients are known to use 2000. */
export const TABLE_PAGE_SIZE = 1000;

/**
 * The largest page size for table content: its maximum is not documented, that of Xano's other lists is
 * 10,000. If a server refuses or returns fewer, the size adapts.
 */
export const TABLE_MAX_PAGE_SIZE = 10_000;

/** Page size for an API group's endpoint: the author may allow fewer. */
export const ENDPOINT_PAGE_SIZE = 100;

/** The assumed paging of an API group's endpoint where nothing else is known. */
export const DEFAULT_CONVENTION = {
  data_selector: 'data',
  page: 'page',
  page_size: 'pageSize',
  total_pages: 'totalPages',
} as const;

/**
 * The JSON input that requests a page where an author linked Xano's external paging:
 * `{"external":{"page":1,"per_page":2}}`. Only the name is convention. Xano's documentation.
 */
export const EXTERNAL_PAGING = 'external';

/**
 * The variable for the authToken of an API group's endpoints: the token that its `auth/login` returns, never
 * the Metadata token.
 */
export const API_TOKEN_ENV = 'XANO_API_TOKEN';

/** The default lifetime of a token. Xano's documentation, Metadata API. */
export const DEFAULT_TOKEN_DAYS = 7;

/** The primary key of every Xano table. Xano's documentation. */
export const PRIMARY_KEY = 'id';

/**
 * The base URL of an API group's endpoints: `https://<host>/api:{canonical}`, for a branch that is not live
 * with `:{branch}`. Xano's documentation.
 */
export function groupBaseUrl(origin: string, canonical: string, branch?: string): string {
  return `${origin}/api:${canonical}${branch === undefined ? '' : `:${encodeURIComponent(branch)}`}`;
}

/**
 * The meaning of Xano's error bodies beyond their status. `{code, message, payload}`: an expired and a wrong
 * token both get 401, only the text tells them apart (an expired one has also got 403); a missing plan
 * feature is a 500 with "Access Denied."; the free plan's 429 names its limit in the text and sends no
 * Retry-After.
 */
export function interpretRefusal({ status, body }: Refusal, path = ''): Interpretation {
  const code = body?.['code'];
  const message = typeof body?.['message'] === 'string' ? body['message'] : '';
  if (status === 429) {
    // The number of digits is limited, so that no number loses any, and a long row of digits is read only
    // once.
    const limit = /\b(\d{1,9}) requests? per (\d{1,9}) seconds?/i.exec(message);
    const [requests, seconds] = [Number(limit?.[1]), Number(limit?.[2])];
    if (limit === null || seconds === 0) return {};
    const wait_ms = seconds * 1000 + 1000;
    return requests === 0 ? { wait_ms } : { limit: { requests, per_ms: seconds * 1000 }, wait_ms };
  }
  const at = path.indexOf(`${META_PATH}/`);
  if ((status === 401 || status === 403) && /expired/i.test(message)) {
    // The Metadata API has one kind of token; in an API group, a user's token may expire for a single
    // endpoint.
    const refuses_credentials = at >= 0 && /\btoken\b/i.test(message);
    return { code: 'TOKEN_EXPIRED', ...(refuses_credentials ? { refuses_credentials } : {}) };
  }
  if (status === 401 && at >= 0) {
    const check_path = path.slice(0, at) + META_PATH + ME_PATH;
    return path === check_path ? { refuses_credentials: true } : { check_path };
  }
  if (status === 500 && (code === 'ERROR_CODE_ACCESS_DENIED' || /access denied/i.test(message)))
    return { code: 'SCOPE_MISSING' };
  return {};
}

/**
 * Whether a URL is one of Xano's: by its host, or by the path that every Xano API has, including custom
 * domains. Xano's documentation.
 */
function isXano({ hostname, pathname }: URL): boolean {
  return /(^|\.)xano\.(io|com)$/.test(hostname) || /^\/(api|apispec):/.test(pathname);
}

/**
 * The words of errors about Xano; undefined for an API that is not Xano's. The access token opens the
 * Metadata API; endpoints of API groups take the token that their own `auth/login` returns.
 */
export function describeXano(url: URL, auth: Auth): ApiWords | undefined {
  if (!isXano(url)) return undefined;
  const credential = credentialIn(auth);
  const isOfTheGroup =
    auth.type === 'bearer' && !('profile' in auth.token) && auth.token.env !== 'XANO_TOKEN' && credential;
  const isMeta = url.pathname.startsWith(META_PATH);
  const hints = {
    RESPONSE_UNEXPECTED: 'Check that the address is a Xano instance; --debug shows the request.',
  };
  if (credential !== undefined && isOfTheGroup && !isMeta) {
    const { where } = credential;
    const renew = `Log in with auth/login of that API group, and put the authToken it gives into ${where}.`;
    return {
      name: 'Xano',
      refusals: {
        TOKEN_REJECTED: `Xano does not accept the authToken from ${where}`,
        TOKEN_EXPIRED: `The authToken from ${where} has expired`,
        SCOPE_MISSING: `The authToken from ${where} may not do this`,
      },
      hints: {
        ...hints,
        TOKEN_REJECTED: renew,
        TOKEN_EXPIRED: renew,
        SCOPE_MISSING: `Log in as a user who may use this endpoint, and put the authToken into ${where}.`,
      },
    };
  }
  if (credential === undefined)
    return {
      name: 'Xano',
      refusals: {
        TOKEN_REJECTED: 'Xano requires a login here, and this request has none',
        TOKEN_EXPIRED: 'Xano requires a login here, and this request has none',
        SCOPE_MISSING: 'Xano does not allow this request without a login',
      },
      hints: {
        ...hints,
        TOKEN_REJECTED: 'Add `auth` to this endpoint config.',
        TOKEN_EXPIRED: 'Add `auth` to this endpoint config.',
        SCOPE_MISSING: 'Add `auth` to this endpoint config.',
      },
    };
  return {
    name: 'Xano',
    refusals: {
      TOKEN_REJECTED: 'Xano does not accept the token',
      TOKEN_EXPIRED: 'The token has expired',
      SCOPE_MISSING: 'The token may not do this',
    },
    hints,
  };
}
