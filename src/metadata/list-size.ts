/** How many entries of a listing to ask for: as many as an instance was seen to allow. */
import type { XanoError } from '../errors.js';
import type { Http } from '../rest/http/client.js';
import { isBadRequest, isInternalError } from '../rest/http/failures.js';
import { limitIn } from '../rest/paging/page-limit.js';

/** Asked for at first: more than the default of 50, far below the maximum known of most listings (10,000). */
const FIRST_SIZE = 100;
/** A server that fails at pages of this size fails for another reason. */
const SMALLEST_FOR_STRENGTH = 10;

/** What a client has learned, by the base of the instance's Metadata API. It lives as long as the client. */
const learned = new WeakMap<Http, Map<string, number>>();

/** How many entries to ask an instance for. */
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
 * Whether a server answers a large page with 500, where asking for the same again helps less than asking for
 * fewer.
 */
export function failsOfSize(error: XanoError, size: number): boolean {
  return isInternalError(error) && size > SMALLEST_FOR_STRENGTH;
}

/**
 * The size to ask for after a failure: what the refusal names, else half. Undefined where a smaller page
 * would fail as well.
 */
export function smallerListSize(error: XanoError, size: number): number | undefined {
  if (failsOfSize(error, size)) return Math.max(SMALLEST_FOR_STRENGTH, Math.floor(size / 2));
  return isBadRequest(error) && size > 1
    ? (limitIn(error.said ?? '', size) ?? Math.floor(size / 2))
    : undefined;
}
