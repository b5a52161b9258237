/**
 * Other ways to request the same list: smaller pages, page numbers, the path that older servers have; and
 * which errors call for them.
 */
import type { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { Pagination } from '../../rest/config/pagination.js';
import { isBadRequest, isInternalError, isUnknownPath } from '../../rest/http/failures.js';
import { pageSizeOf, resized } from '../../rest/paging/paginators.js';
import { conditionsIn } from '../../rest/paging/requests/keyset-request.js';
import type { Window } from '../incremental/window.js';
import type { Checkpoint } from './checkpoint.js';
import type { Progress, ReadChange } from './read-context.js';

/** No server is known to refuse pages of this size. */
const SMALLEST_PAGE_SIZE = 50;

/** A reading that failed. */
export interface FailedAttempt {
  /** The config that the list should be read with. */
  readonly wanted: ResolvedEndpoint;
  /** The config that it was read with. */
  readonly config: ResolvedEndpoint;
  readonly progress: Progress;
  readonly window: Window | null;
  /** The largest page that the server is known to accept. */
  readonly known_page_size: number | undefined;
}

/** Another way to read the list. */
export interface Fallback {
  readonly config: ResolvedEndpoint;
  /** Whether it is the config's own fallback, which takes no conditions. */
  readonly is_plain_list: boolean;
  readonly change: ReadChange;
}

/**
 * How to read the list after this failure: by the config's own fallback, in smaller pages or by page numbers;
 * undefined when none of them helps.
 */
export function fallbackFor(
  error: XanoError,
  { wanted, config, progress, window, known_page_size }: FailedAttempt,
): Fallback | undefined {
  const isFirstPage = progress.pages === 0;
  // The largest page is not documented: a first page that is refused may have been too large.
  const smaller = isFirstPage && isBadRequest(error) ? withSmallerPages(config, known_page_size) : undefined;
  const unusable = isUnknownPath(error) || (smaller === undefined && isBadRequest(error));
  // A request that is refused in every page size has another fault than its size.
  const size = isUnknownPath(error) ? config : wanted;
  const plain = isFirstPage && unusable && config.fallback !== undefined ? withFallback(size) : undefined;
  const replacement =
    plain ?? smaller ?? (isKeysetRefusal(error, progress) ? withoutKeyset(config, window) : undefined);
  if (replacement === undefined) return undefined;
  const say = ({ pagination }: ResolvedEndpoint): string =>
    smaller === undefined ? pagination.type : `pages of ${pageSizeOf(pagination)}`;
  return {
    config: replacement,
    is_plain_list: plain !== undefined,
    change: {
      from: say(config),
      to: say(replacement),
      reason: error.message,
      read_by: replacement.pagination.type,
    },
  };
}

/** The config's fallback, in pages no larger than before; undefined without one. */
function withFallback(config: ResolvedEndpoint): ResolvedEndpoint | undefined {
  const { fallback, body: _, ...rest } = config;
  if (fallback === undefined) return undefined;
  const { pagination } = config;
  const { method, path } = fallback;
  const replacement: ResolvedEndpoint = {
    ...rest,
    method,
    path,
    pagination: fallback.pagination,
    fallback: undefined,
  };
  const page_size = pageSizeOf(pagination);
  return page_size === null ? replacement : withPageSize(replacement, page_size);
}

/**
 * Whether the server cannot page by key. Comparing keys is documented for numbers; for other keys (a UUID),
 * page numbers sorted by key are the fallback. The same fallback applies to a server that ignores the order
 * or the condition, which reading detects as a loop. Once the server accepted a comparison, a failure has
 * another cause.
 */
function isKeysetRefusal(error: XanoError, { pages, compared }: Progress): boolean {
  if (error.code === 'PAGINATION_LOOP') return true;
  // The first page compares nothing: a request by page numbers would be refused as well.
  if (pages === 0 || compared) return false;
  return isBadRequest(error) || isInternalError(error);
}

/**
 * The list in pages of half the size, or of the size that the server is known to accept; undefined when they
 * are small already.
 */
function withSmallerPages(
  config: ResolvedEndpoint,
  known = Number.POSITIVE_INFINITY,
): ResolvedEndpoint | undefined {
  const page_size = pageSizeOf(config.pagination) ?? 0;
  if (page_size <= SMALLEST_PAGE_SIZE) return undefined;
  const half = Math.floor(page_size / 2);
  // Another table may have found out the largest size meanwhile.
  return withPageSize(config, Math.max(SMALLEST_PAGE_SIZE, known < page_size ? known : half));
}

function withPageSize(config: ResolvedEndpoint, page_size: number): ResolvedEndpoint {
  return { ...config, pagination: resized(config.pagination, page_size) };
}

/**
 * The list by page numbers, sorted by its key and with the window's conditions; undefined when it is not read
 * by key.
 */
function withoutKeyset(config: ResolvedEndpoint, window: Window | null): ResolvedEndpoint | undefined {
  const { pagination } = config;
  if (pagination.type !== 'keyset') return undefined;
  const { page_param, page_size_param, page_size, sort_param, key, order, next_page_path, total_path } =
    pagination;
  const conditions = [...conditionsIn(config.body?.[pagination.filter_param]), ...(window?.also ?? [])];
  return {
    ...config,
    body: {
      ...config.body,
      [sort_param]: { [key]: order },
      ...(conditions.length === 0 ? {} : { [pagination.filter_param]: conditions }),
    },
    pagination: {
      type: 'page_number',
      in: 'body',
      page_param,
      base_page: 1,
      page_size_param,
      page_size,
      ...(next_page_path === undefined ? {} : { next_page_path }),
      ...(total_path === undefined ? {} : { total_path }),
    },
  };
}

/** The config that the staged rows were read with: with another page size, page numbers name other rows. */
export function asBefore(
  config: ResolvedEndpoint,
  { read_by, page_size, fallback, window }: Checkpoint,
): ResolvedEndpoint {
  if (fallback) return withPageSize(withFallback(config) ?? config, page_size ?? SMALLEST_PAGE_SIZE);
  const wanted = pageSizeOf(config.pagination);
  if (wanted === null || page_size === null) return config;
  if (read_by !== 'page_number') return withPageSize(config, Math.min(wanted, page_size));
  return withPageSize(withoutKeyset(config, window) ?? config, page_size);
}

/** The config with pages no larger than the server is known to give. */
export function withPagesUpTo(config: ResolvedEndpoint, most = Number.POSITIVE_INFINITY): ResolvedEndpoint {
  const { pagination, fallback } = config;
  const max = (pagination.type === 'keyset' ? pagination.max_page_size : undefined) ?? 0;
  if (Math.max(pageSizeOf(pagination) ?? 0, max) <= most) return config;
  return {
    ...config,
    pagination: capped(pagination, most),
    ...(fallback === undefined
      ? {}
      : { fallback: { ...fallback, pagination: capped(fallback.pagination, most) } }),
  };
}

function capped(pagination: Pagination, most: number): Pagination {
  const smaller = resized(pagination, Math.min(pageSizeOf(pagination) ?? most, most));
  if (smaller.type !== 'keyset' || smaller.max_page_size === undefined) return smaller;
  return { ...smaller, max_page_size: Math.min(smaller.max_page_size, most) };
}
