/** A request for one page, and the URLs of requests. Pure. */

import type { JsonObject } from '../../json.js';
import { parseUrl } from '../../parse-url.js';
import { withoutTrailing } from '../../plain-text.js';

/** One request for one page: complete except for credentials, so it can be printed, stored and sent again. */
export interface PageRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonObject | undefined;
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
  return `${withoutTrailing(base, '/')}/${path.replace(/^\/+/, '')}`;
}

/**
 * Whether a text from outside is a URL, perhaps relative to a base. Never parses a host that is longer than
 * DNS allows.
 */
export function isAddress(text: string, base?: string): boolean {
  return hasPossibleHost(text) && parseUrl(text, base) !== undefined;
}

/** Whether the host of a URL, if the text is one, is short enough for DNS. */
function hasPossibleHost(text: string): boolean {
  const [, authority = ''] = /^(?:[^:/\\?#]*:)?[\s/\\]*([^/\\?#]*)/.exec(text) ?? [];
  return authority.length <= MOST_AUTHORITY_CHARACTERS;
}

/**
 * The longest user name, password and host together, in characters. DNS allows 253 for a host (RFC 1035).
 * Node encodes other characters than ASCII in square time: 20,000 different ones take it a second.
 */
const MOST_AUTHORITY_CHARACTERS = 2000;
