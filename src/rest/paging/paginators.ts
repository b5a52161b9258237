/** The ways to request the next page: request and answer in, next request out. All of them are stateless. */

import { XanoError } from '../../errors.js';
import type { EndpointConfig, ResolvedEndpoint } from '../config/endpoint-config.js';
import type { Pagination } from '../config/pagination.js';
import type { PageRequest } from '../http/request.js';
import { countIn, fieldAt } from './fields/answer-field.js';
import { endsList, moreFlag } from './fields/end-signs.js';
import { lastRecordField } from './fields/last-record.js';
import { nextLink } from './fields/link-header.js';
import { followLink } from './fields/links.js';
import type { AnsweredPage, KeyRange } from './paginator.js';
import { isCursor, writtenCursor } from './requests/cursor.js';
import { keysetRequest } from './requests/keyset-request.js';
import { lastPageIn } from './requests/page-position.js';
import {
  baseRequest,
  type Of,
  pageOf,
  paramOf,
  textOf,
  withOffset,
  withPage,
  withParams,
} from './requests/request-params.js';

interface Paginator<P extends Pagination> {
  readonly first: (pagination: P, base: PageRequest, range: KeyRange) => PageRequest;
  readonly next: (
    pagination: P,
    request: PageRequest,
    answer: AnsweredPage,
    range: KeyRange,
    config: EndpointConfig,
  ) => PageRequest | null;
  /** Records requested at a time; null where the server alone decides. */
  readonly page_size: (pagination: P) => number | null;
  readonly resized: (pagination: P, page_size: number) => P;
}

const paginators: { [T in Pagination['type']]: Paginator<Of<T>> } = {
  single_page: {
    first: (_, base) => base,
    next: () => null,
    page_size: () => null,
    resized: (pagination) => pagination,
  },

  page_number: {
    page_size: ({ page_size }) => page_size,
    resized: (pagination, page_size) => ({ ...pagination, page_size }),
    first: (pagination, base) => withPage(pagination, base, pagination.base_page),
    next: (pagination, request, answer) => {
      const page = pageOf(pagination, request);
      // An empty page ends every list, whatever the envelope says: some servers never send null as nextPage.
      if (answer.count === 0) return null;
      if (pagination.next_page_path !== undefined) {
        const next = fieldAt(answer, pagination.next_page_path);
        if (next === null) return null;
        // Any other value (the same page, an earlier one, a text) only says that more follows. The next
        // request is for the next page; the records show whether the server advances.
        if (next !== undefined) return withPage(pagination, request, page + 1);
      }
      if (pagination.total_pages_path !== undefined) {
        const last = lastPageIn(pagination, answer);
        if (last !== undefined) return page < last ? withPage(pagination, request, page + 1) : null;
      }
      return withPage(pagination, request, page + 1);
    },
  },

  /**
   * `{"page":1,"per_page":N,"sort":{"id":"asc"},"search":[{"id|>":LAST},{"id|<":END}]}`, always page 1. The
   * key of the last record replaces the page number, so rows that appear or disappear meanwhile shift
   * nothing.
   */
  keyset: {
    page_size: ({ page_size }) => page_size,
    resized: (pagination, page_size) => ({
      ...pagination,
      page_size,
      // The server refused larger pages, so growth stops at this size.
      ...(pagination.max_page_size !== undefined && page_size < pagination.page_size
        ? { max_page_size: page_size }
        : {}),
    }),
    first: (pagination, base, range) => keysetRequest(pagination, base, range),
    next: (pagination, _, answer, range, config) => {
      if (answer.count === 0 || answer.last_key === null) return null;
      const { next_page_path, total_path } = pagination;
      const next = next_page_path === undefined ? undefined : fieldAt(answer, next_page_path);
      const total = total_path === undefined ? undefined : fieldAt(answer, total_path);
      // The conditions leave only the remaining records, so a total above this page's count means more,
      // whatever nextPage says. A short page proves nothing: the server may deliver fewer than requested.
      // Without a total, only an empty page ends the list.
      const counted = typeof total === 'number';
      const more = (counted && total > answer.count) || (next !== null && (next !== undefined || !counted));
      // From the config's own request: the one before has conditions on other keys.
      const after = answer.last_key;
      return more ? keysetRequest(pagination, baseRequest(config), { ...range, after }) : null;
    },
  },

  offset: {
    page_size: ({ limit }) => limit,
    resized: (pagination, limit) => ({ ...pagination, limit }),
    first: (pagination, base) => withOffset(pagination, base, 0),
    next: (pagination, request, answer) => {
      if (answer.count === 0) return null;
      const { offset_param, total_path } = pagination;
      // The offset grows by the records that arrived: a server with its own limit delivers fewer than
      // requested.
      const offset = Number(paramOf(pagination, request, offset_param) ?? 0) + answer.count;
      const total = total_path === undefined ? undefined : countIn(fieldAt(answer, total_path));
      // A short page proves nothing; only a total does.
      return total !== undefined && offset >= total ? null : withOffset(pagination, request, offset);
    },
  },

  cursor: {
    page_size: ({ page_size = null }) => page_size,
    resized: (pagination, page_size) =>
      pagination.page_size === undefined ? pagination : { ...pagination, page_size },
    first: (pagination, base) => {
      const { page_size_param, page_size } = pagination;
      if (page_size_param === undefined || page_size === undefined) return base;
      return withParams(pagination, base, { [page_size_param]: page_size });
    },
    next: (pagination, request, answer, _, config) => {
      const { name, data_selector = '' } = config;
      const { cursor_param, cursor_path } = pagination;
      const { count } = answer;
      const field = lastRecordField(data_selector, cursor_path);
      const cursor = field === undefined ? fieldAt(answer, cursor_path) : answer.last_record?.(field);
      if (field !== undefined && count > 0 && (cursor === undefined || cursor === null))
        throw new XanoError(
          'RESPONSE_UNEXPECTED',
          `The last record of "${name}" has no "${field.join('.')}", which cursor_path "${cursor_path}" names.`,
          { hint: 'Name a field in cursor_path that every record has.' },
        );
      // A record's id may be 0 or -1: only a flag ends a list that continues after its last record.
      const more = moreFlag(answer, config) ?? (field !== undefined && count > 0 ? true : undefined);
      if (endsList(cursor, more)) return null;
      if (!isCursor(cursor))
        throw new XanoError(
          'RESPONSE_UNEXPECTED',
          `"${cursor_path}" in the answer for "${name}" is not a cursor: expected a text, a number of at most 15 digits, or a list of them.`,
          { hint: 'Check cursor_path in the pagination of this endpoint config.' },
        );
      const sent = paramOf(pagination, request, cursor_param);
      const written = writtenCursor(pagination, cursor);
      const isSame = sent !== undefined && textOf(sent) === textOf(written);
      // Some servers return the same cursor when there are no records yet: it is the position to ask at
      // later.
      if (isSame && count === 0) return null;
      if (isSame)
        throw new XanoError('PAGINATION_LOOP', `The server returns the same cursor of "${name}" again.`);
      return withParams(pagination, request, { [cursor_param]: written });
    },
  },

  header_link: {
    page_size: () => null,
    resized: (pagination) => pagination,
    first: (_, base) => base,
    next: (_pagination, request, { headers, holds_secret }, _range, config) => {
      const next = nextLink(headers?.['link']);
      return next === undefined ? null : followLink(config, request, next, holds_secret);
    },
  },

  json_link: {
    page_size: () => null,
    resized: (pagination) => pagination,
    first: (_, base) => base,
    next: ({ next_url_path }, request, answer, _, config) => {
      const { holds_secret } = answer;
      const next = fieldAt(answer, next_url_path);
      if (endsList(next, moreFlag(answer, config))) return null;
      if (typeof next === 'string') return followLink(config, request, next, holds_secret);
      throw new XanoError(
        'RESPONSE_UNEXPECTED',
        `"${next_url_path}" in the answer for "${config.name}" is not a URL.`,
        {
          hint: 'Check next_url_path in the pagination of this endpoint config.',
        },
      );
    },
  },
};

function paginatorOf<T extends Pagination['type']>(pagination: Of<T>): Paginator<Of<T>> {
  // The table's row for a type takes exactly that type; TypeScript cannot follow the index.
  return paginators[pagination.type] as unknown as Paginator<Of<T>>;
}

/** The request for the first page of a range. */
export function firstPage(
  config: EndpointConfig & { readonly pagination: Pagination },
  range: KeyRange = {},
): PageRequest {
  return paginatorOf(config.pagination).first(config.pagination, baseRequest(config), range);
}

/** The request for the page after this answer, or null at the end of the list. */
export function nextPage(
  config: ResolvedEndpoint,
  request: PageRequest,
  answer: AnsweredPage,
  range: KeyRange = {},
): PageRequest | null {
  const next = paginatorOf(config.pagination).next(config.pagination, request, answer, range, config);
  if (next !== null) assertSecretFree(config, next, answer);
  return next;
}

/**
 * Refuses a next page whose request repeats a secret before it is stored in a checkpoint. Throws
 * RESPONSE_UNEXPECTED.
 */
function assertSecretFree(config: ResolvedEndpoint, next: PageRequest, { holds_secret }: AnsweredPage): void {
  const { params, body = {} } = next;
  // Values from the server: parameters of the config may name secrets, but contain none.
  if (holds_secret?.(next.url) !== true && holds_secret?.(JSON.stringify([params, body])) !== true) return;
  throw new XanoError(
    'RESPONSE_UNEXPECTED',
    `The next page of "${config.name}" would hold the token in its request, since the server repeated it: nothing was sent.`,
    { hint: 'Check the pagination of this endpoint config: no cursor or link may be the token.' },
  );
}

/** Records requested at a time; null where the server alone decides. */
export function pageSizeOf(pagination: Pagination): number | null {
  return paginatorOf(pagination).page_size(pagination);
}

/** The same pagination with another page size, where it has one. */
export function resized<P extends Pagination>(pagination: P, page_size: number): P {
  // A row resizes its own type of pagination and returns the same type.
  return paginatorOf(pagination).resized(pagination, page_size) as P;
}
