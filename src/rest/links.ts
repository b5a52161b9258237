/** The next page as an address: from the header of RFC 8288, or from within the answer. */
import { XanoError } from '../errors.js';
import { requestUrl } from './address.js';
import type { EndpointConfig } from './config.js';
import type { Answer } from './http.js';
import { linksIn } from './link-header.js';
import type { PageRequest } from './paginate.js';
import { variablesIn } from './variables.js';

/** The target of the link with the relation `next` in one or several Link headers, or undefined. One `rel` may name several relations. */
export function nextLink(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  return linksIn(text).find(({ parameters }) => {
    // RFC 8288, 3.3: of several `rel`, the first counts.
    const rel = parameters.find(([name]) => name === 'rel')?.[1];
    return rel?.toLowerCase().split(/\s+/).includes('next');
  })?.target;
}

/**
 * The request for the page that a link points to: the address as it is, the method and body of the request before. Throws
 * RESPONSE_UNEXPECTED for a link to another origin, where a credential would go along, and PAGINATION_LOOP for one to the same page.
 */
export function followLink(
  config: EndpointConfig,
  request: PageRequest,
  link: string,
  holdsSecret: Answer['holds_secret'] = () => false,
): PageRequest {
  const from = requestUrl(request);
  if (!URL.canParse(link, from.href))
    throw new XanoError('RESPONSE_UNEXPECTED', `The next page of "${config.name}" is at no address.`, {
      hint: 'Check the pagination of this endpoint config: it says where the next address stands.',
    });
  const url = new URL(link, from.href);
  if (url.origin !== new URL(config.base_url).origin)
    throw new XanoError(
      'RESPONSE_UNEXPECTED',
      `The next page of "${config.name}" is said to be at ${url.origin}, which is not where the list is: a credential is never taken along to another address.`,
      { hint: 'Use the address it points to as base_url, or another pagination.' },
    );
  url.hash = '';
  url.username = '';
  url.password = '';
  const { auth } = config;
  // A server that builds its links from the request repeats the key; it is added anew when the request is sent.
  if (auth.type === 'api_key' && auth.in === 'query' && url.searchParams.has(auth.name))
    url.searchParams.delete(auth.name);
  // Under whatever name: how the request is authorized is said anew each time.
  for (const [name, value] of [...url.searchParams]) if (holdsSecret(value)) url.searchParams.delete(name);
  // A variable's value likewise: the link may repeat it, and links are stored.
  const params = Object.fromEntries(
    Object.entries(config.params).filter(([, value]) => variablesIn(value).length > 0),
  );
  for (const name of Object.keys(params)) url.searchParams.delete(name);
  const next = { ...request, url: url.href, params };
  if (requestUrl(next).href === from.href)
    throw new XanoError(
      'PAGINATION_LOOP',
      `The next page of "${config.name}" is said to be the one that links to it.`,
    );
  return next;
}
