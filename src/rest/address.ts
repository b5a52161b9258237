/** Addresses of requests. */
import { withoutTrailing } from '../plain-text.js';
import type { PageRequest } from './paginate.js';

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
