/** Pages by number or offset: the request for any of them, and the one after it. Pure. */
import type { EndpointConfig, ResolvedEndpoint } from '../../config/endpoint-config.js';
import type { Pagination } from '../../config/pagination.js';
import type { PageRequest } from '../../http/request.js';
import { countIn, fieldAt, type Surroundings } from '../fields/answer-field.js';
import { baseRequest, type Of, pageOf, paramOf, withOffset, withPage } from './request-params.js';

/**
 * The number of the last page from the answer's `total_pages_path`; undefined where it has none. A field
 * whose name contains `last` holds that number, any other one the number of pages: they differ where pages
 * are numbered from 0.
 */
export function lastPageIn(
  { base_page, total_pages_path = '' }: Of<'page_number'>,
  answer: Surroundings,
): number | undefined {
  const pages = countIn(fieldAt(answer, total_pages_path));
  if (pages === undefined) return undefined;
  return /last/i.test(total_pages_path.slice(total_pages_path.lastIndexOf('.') + 1))
    ? pages
    : base_page + pages - 1;
}

/**
 * The request for a position of a list with page numbers or offsets: that many pages, or with offsets that
 * many records, after the start. Undefined for other lists.
 */
export function requestAt(
  config: EndpointConfig & { readonly pagination: Pagination },
  position: number,
): PageRequest | undefined {
  const { pagination } = config;
  if (pagination.type === 'offset') return withOffset(pagination, baseRequest(config), position);
  if (pagination.type === 'page_number')
    return withPage(pagination, baseRequest(config), pagination.base_page + position);
  return undefined;
}

/** The request for the page after this one, even if this one was empty. */
export interface PageAfter {
  readonly request: PageRequest;
  /**
   * Whether the answer's own page count includes that page; absent where no field of the config counts pages.
   */
  readonly is_within?: (answer: Surroundings) => boolean | undefined;
}

/** The page after this one by its number or offset; undefined for lists that are read in another way. */
export function pageAfter(config: ResolvedEndpoint, request: PageRequest): PageAfter | undefined {
  const { pagination } = config;
  if (pagination.type === 'offset') {
    const offset = Number(paramOf(pagination, request, pagination.offset_param) ?? 0);
    return { request: withOffset(pagination, request, offset + pagination.limit) };
  }
  if (pagination.type !== 'page_number') return undefined;
  const page = pageOf(pagination, request);
  const following = { request: withPage(pagination, request, page + 1) };
  if (pagination.total_pages_path === undefined) return following;
  const is_within = (answer: Surroundings): boolean | undefined => {
    const last = lastPageIn(pagination, answer);
    return last === undefined ? undefined : page < last;
  };
  return { ...following, is_within };
}
