/** How many entries of a listing to request: as many as the instance has allowed. */
import type { XanoError } from '../errors.js';
import type { Http } from '../rest/http/client.js';
import { isBadRequest, isInternalError } from '../rest/http/failures.js';
import { limitIn } from '../rest/paging/page-limit.js';

/** The first request: more than the default of 50, far below the known maximum of most listings (10,000). */
const FIRST_SIZE = 100;
/** If pages of this size fail, the size is not the reason. */
const SMALLEST_FOR_STRENGTH = 10;

/**
 * The sizes that a client has learned, by the base of the instance's Metadata API. They last as long as the
 * client.
 */
const learned = new WeakMap<Http, Map<string, number>>();

/** How many entries to request from an instance. */
export function listSize(http: Http, base_url: string): number {
  return learned.get(http)?.get(base_url) ?? FIRST_SIZE;
}

/**
 * Remembers a size that an instance allows after it refused a larger one: it holds for its other listings as
 * well.
 */
export function learnListSize(http: Http, base_url: string, size: number): void {
  const sizes = learned.get(http) ?? new Map<string, number>();
  sizes.set(base_url, Math.min(size, sizes.get(base_url) ?? FIRST_SIZE));
  learned.set(http, sizes);
}

/**
 * Whether a server answers a large page with 500, where repeating the request helps less than a smaller page.
 */
export function failsOfSize(error: XanoError, size: number): boolean {
  return isInternalError(error) && size > SMALLEST_FOR_STRENGTH;
}

/**
 * The size after a failure: the one in the refusal, else half. Undefined where a smaller page would fail as
 * well.
 */
export function smallerListSize(error: XanoError, size: number): number | undefined {
  if (failsOfSize(error, size)) return Math.max(SMALLEST_FOR_STRENGTH, Math.floor(size / 2));
  return isBadRequest(error) && size > 1
    ? (limitIn(error.said ?? '', size) ?? Math.floor(size / 2))
    : undefined;
}
