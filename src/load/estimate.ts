/** Estimates how many pages and requests a list takes. Pure. */
import type { ResolvedEndpoint } from '../rest/config/endpoint-config.js';
import { pageSizeOf } from '../rest/paging/paginators.js';
import { checkedPages } from './read/page-drift.js';

/** Whether a key has a highest value to read up to; unknown ones mostly are numbers. */
function isNumbered({ columns = [] }: ResolvedEndpoint, key: string): boolean {
  return columns.every(({ name, type }) => name !== key || type === 'BIGINT');
}

/** Pages of so many rows, where they grow as far as they may: records whose pages would be too many bytes take more. */
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

/** What reading so many rows takes: pages, and requests altogether with the ones that find the end and prove the count. */
export function expectedRequests(
  endpoint: ResolvedEndpoint,
  rows: number | null,
): { pages: number | null; requests: number | null } {
  const { pagination } = endpoint;
  if (pagination.type === 'single_page') return { pages: 1, requests: 1 };
  const page_size = pageSizeOf(pagination);
  if (rows === null || page_size === null) return { pages: null, requests: null };
  const pages = pagesFor(rows, page_size, pagination);
  // One page proves itself; more take the highest key beforehand and a count afterwards.
  if (pages === 1) return { pages, requests: 1 };
  if (pagination.type === 'keyset')
    return { pages, requests: pages + (isNumbered(endpoint, pagination.key) ? 2 : 1) };
  const checked = pagination.type === 'cursor' ? 0 : checkedPages(pages).length;
  return { pages, requests: pages + 1 + checked };
}
