/**
 * Lists whose next page only the last answer knows: never the same place twice, never empty pages without
 * end.
 */
import { createHash } from 'node:crypto';
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { PageRequest } from '../http/request.js';

/** Pages without a record in a row that are borne: a server that filters as it goes may give some. */
const MOST_EMPTY = 100;

/**
 * Looks at each next request, with the number of records of the page that led to it. Throws PAGINATION_LOOP.
 */
export interface Chain {
  (next: PageRequest, count: number): void;
  /** Whether a request was followed before. */
  readonly has: (next: PageRequest) => boolean;
}

/**
 * Begins to follow a list from its first request on. Lists whose pages are counted need no following: empty
 * ones end them.
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

/** A few bytes for each page: there may be many. */
function digestOf({ url, params, body }: PageRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([url, params, body]))
    .digest('base64')
    .slice(0, 22);
}
