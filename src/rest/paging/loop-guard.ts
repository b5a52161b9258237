/**
 * Guards lists whose next page is known only from the last answer: against a repeated request, and against
 * endless empty pages.
 */
import { createHash } from 'node:crypto';
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { PageRequest } from '../http/request.js';

/** The most pages without a record in a row: a server that filters while it reads may send some. */
const MOST_EMPTY = 100;

/**
 * Checks each next request, with the number of records of the page that led to it. Throws PAGINATION_LOOP.
 */
export interface Chain {
  (next: PageRequest, count: number): void;
  /** Whether this request has already been made. */
  readonly has: (next: PageRequest) => boolean;
}

/**
 * Begins at the first request of a list. Lists with page numbers or offsets need no guard: an empty page ends
 * them.
 */
export function followChain(config: ResolvedEndpoint, first: PageRequest): Chain {
  if (!['cursor', 'header_link', 'json_link'].includes(config.pagination.type))
    return Object.assign(() => {}, { has: () => false });
  const seen = new Set([digestOf(first)]);
  let empty = 0;
  const follow = (next: PageRequest, count: number): void => {
    const digest = digestOf(next);
    if (seen.has(digest))
      throw new XanoError(
        'PAGINATION_LOOP',
        `The pages of "${config.name}" lead back to a page that was already read.`,
      );
    seen.add(digest);
    empty = count === 0 ? empty + 1 : 0;
    if (empty >= MOST_EMPTY)
      throw new XanoError(
        'PAGINATION_LOOP',
        `The server returns one empty page of "${config.name}" after another: ${empty} so far.`,
      );
  };
  return Object.assign(follow, { has: (next: PageRequest) => seen.has(digestOf(next)) });
}

/** A hash of a few bytes for each page: a list may have many. */
function digestOf({ url, params, body }: PageRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([url, params, body]))
    .digest('base64')
    .slice(0, 22);
}
