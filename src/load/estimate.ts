/** Estimates how many pages and requests a list takes. Pure. */
import type { ResolvedEndpoint } from '../rest/config/endpoint-config.js';
import { pageSizeOf } from '../rest/paging/paginators.js';
import { checkedPages } from './read/page-drift.js';

/** Whether reading asks for the highest key first. A key of unknown type is most likely a number. */
function isNumbered({ columns = [] }: ResolvedEndpoint, key: string): boolean {
  return columns.every(({ name, type }) => name !== key || type === 'BIGINT');
}

/** Pages for so many rows when pages grow to their limit. Large records take more pages. */
function pagesFor(rows: number, page_size: number, pagination: ResolvedEndpoint['pagination']): number {
  const most = pagination.type === 'keyset' ? (pagination.max_page_size ?? page_size) : page_size;
  let pages = 1;
  let size = page_size;
  for (let left = rows - size; left > 0; left -= size) {
    size = Math.min(size * 2, Math.max(most, size));
    pages++;
  }
  return pages;
}

/**
 * Pages for so many rows, and requests with those that find the end and verify the count; null when unknown.
 */
export function expectedRequests(
  endpoint: ResolvedEndpoint,
  rows: number | null,
): { pages: number | null; requests: number | null } {
  const { pagination } = endpoint;
  if (pagination.type === 'single_page') return { pages: 1, requests: 1 };
  const page_size = pageSizeOf(pagination);
  if (rows === null || page_size === null) return { pages: null, requests: null };
  const pages = pagesFor(rows, page_size, pagination);
  // A single page verifies itself; several need the highest key beforehand and a count afterwards.
  if (pages === 1) return { pages, requests: 1 };
  if (pagination.type === 'keyset')
    return { pages, requests: pages + (isNumbered(endpoint, pagination.key) ? 2 : 1) };
  const checked = pagination.type === 'cursor' ? 0 : checkedPages(pages).length;
  return { pages, requests: pages + 1 + checked };
}
