/** The ways to ask for the next page: request and answer in, next request out. Nothing here remembers anything. */
import type { JsonObject } from '../json.js';
import { select } from '../json.js';
import type { EndpointConfig, Pagination } from './config.js';

/** One request for one page: complete but for credentials, so it can be printed, stored and sent again. */
export interface PageRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonObject | undefined;
}

/** What a paginator needs to know of an answer. */
export interface AnsweredPage {
  readonly envelope: JsonObject;
  readonly count: number;
  /** The last record's key as JSON text; null when it has none. */
  readonly last_key: string | null;
}

/** Where to begin and end: keys as JSON text. */
export interface KeyRange {
  /** Only records whose key is greater. */
  readonly after?: string | undefined;
  /** Only records whose key is less. */
  readonly before?: string | undefined;
  /** Conditions beside those on the key, in the server's own words. */
  readonly also?: readonly JsonObject[] | undefined;
}

interface Paginator<P extends Pagination> {
  readonly first: (pagination: P, base: PageRequest, range: KeyRange) => PageRequest;
  readonly next: (
    pagination: P,
    request: PageRequest,
    answer: AnsweredPage,
    range: KeyRange,
  ) => PageRequest | null;
}

type Of<T extends Pagination['type']> = Extract<Pagination, { type: T }>;

const paginators: { [T in Pagination['type']]: Paginator<Of<T>> } = {
  single_page: { first: (_, base) => base, next: () => null },

  page_number: {
    first: (pagination, base) => withPage(pagination, base, pagination.base_page),
    next: (pagination, request, answer) => {
      const page = pageOf(pagination, request);
      // An empty page ends every list, whatever the envelope says: a server whose nextPage is never null must not hold us.
      if (answer.count === 0) return null;
      if (pagination.next_page_path !== undefined) {
        const next = select(answer.envelope, pagination.next_page_path);
        if (next === null) return null;
        // Whatever else it says (the same page, an earlier one, a text) it says that there is more. What comes next is the next
        // page, and a server that does not get on is found out by its records.
        if (next !== undefined) return withPage(pagination, request, page + 1);
      }
      if (pagination.total_pages_path !== undefined) {
        const pages = select(answer.envelope, pagination.total_pages_path);
        if (typeof pages === 'number') {
          const last = pagination.base_page + pages - 1;
          return page < last ? withPage(pagination, request, page + 1) : null;
        }
      }
      return withPage(pagination, request, page + 1);
    },
  },

  /**
   * `{"page":1,"per_page":N,"sort":{"id":"asc"},"search":[{"id|>":LAST},{"id|<":END}]}`, always page 1. The key of the last
   * record takes the place of the page number, so rows that come or go meanwhile shift nothing.
   */
  keyset: {
    first: (pagination, base, range) => keysetRequest(pagination, base, range),
    next: (pagination, request, answer, range) => {
      if (answer.count === 0 || answer.last_key === null) return null;
      const { next_page_path, total_path } = pagination;
      const next = next_page_path === undefined ? undefined : select(answer.envelope, next_page_path);
      const total = total_path === undefined ? undefined : select(answer.envelope, total_path);
      // The conditions leave just what is still to come, so a total above this page's count means more, whatever nextPage
      // says. A short page proves nothing: the server may give fewer than asked. Nor does silence: then only an empty page ends.
      const counted = typeof total === 'number';
      const more = (counted && total > answer.count) || (next !== null && (next !== undefined || !counted));
      return more ? keysetRequest(pagination, request, { ...range, after: answer.last_key }) : null;
    },
  },
};

function paginatorOf<T extends Pagination['type']>(pagination: Of<T>): Paginator<Of<T>> {
  // The table's row for a type takes exactly that type; TypeScript cannot follow the index.
  return paginators[pagination.type] as unknown as Paginator<Of<T>>;
}

/** The request that {@link PageRequest}s of an endpoint start from: no page chosen yet. */
export function baseRequest(config: EndpointConfig): PageRequest {
  return {
    method: config.method,
    url: joinUrl(config.base_url, config.path),
    params: config.params,
    headers: config.headers,
    body: config.body,
  };
}

/** The request for the first page of a range. */
export function firstPage(config: EndpointConfig, range: KeyRange = {}): PageRequest {
  return paginatorOf(config.pagination).first(config.pagination, baseRequest(config), range);
}

/** The request for the page after this answer, or null at the end of the list. */
export function nextPage(
  config: EndpointConfig,
  request: PageRequest,
  answer: AnsweredPage,
  range: KeyRange = {},
): PageRequest | null {
  return paginatorOf(config.pagination).next(config.pagination, request, answer, range);
}

/** The address of a request, with its parameters. */
export function requestUrl(request: PageRequest): URL {
  const url = new URL(request.url);
  for (const [name, value] of Object.entries(request.params)) url.searchParams.set(name, value);
  return url;
}

/** A base URL and a path with exactly one slash between them. */
export function joinUrl(base: string, path: string): string {
  if (path === '') return base;
  return `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
}

function withPage(pagination: Of<'page_number'>, request: PageRequest, page: number): PageRequest {
  const { page_param, page_size_param, page_size } = pagination;
  if (pagination.in === 'body')
    return { ...request, body: { ...request.body, [page_param]: page, [page_size_param]: page_size } };
  return {
    ...request,
    params: { ...request.params, [page_param]: String(page), [page_size_param]: String(page_size) },
  };
}

function pageOf(pagination: Of<'page_number'>, request: PageRequest): number {
  const { page_param, base_page } = pagination;
  return Number(
    (pagination.in === 'body' ? request.body?.[page_param] : request.params[page_param]) ?? base_page,
  );
}

function keysetRequest(
  pagination: Of<'keyset'>,
  request: PageRequest,
  { after, before, also = [] }: KeyRange,
): PageRequest {
  const { page_param, page_size_param, page_size, sort_param, filter_param, key, order } = pagination;
  const conditions: JsonObject[] = [...also];
  if (after !== undefined) conditions.push({ [pagination.after]: keyValue(after) });
  if (before !== undefined) conditions.push({ [pagination.before]: keyValue(before) });
  const { [filter_param]: _, ...body } = request.body ?? {};
  return {
    ...request,
    body: {
      ...body,
      [page_param]: 1,
      [page_size_param]: page_size,
      [sort_param]: { [key]: order },
      // No condition, no field: an empty one is refused by some servers.
      ...(conditions.length > 0 ? { [filter_param]: conditions } : {}),
    },
  };
}

/** A key's JSON text as a value that a request body can carry exactly: whole numbers beyond 2^53 travel as text. */
export function keyValue(text: string): string | number {
  if (text.startsWith('"')) return String(JSON.parse(text));
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}
