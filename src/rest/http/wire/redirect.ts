/** Redirects: follows those within the origin, and reports any other. */
import { XanoError } from '../../../errors.js';
import { withoutSecrets } from '../auth/secrets.js';
import { keepConfigured, overHttps } from '../linked-url.js';
import type { Answer } from '../messages.js';
import type { PageRequest } from '../request.js';
import { isAddress } from '../request.js';

/** The most redirects in a row that are followed. */
const MOST_REDIRECTS = 5;

/** The target of a redirect: the request to send next, or why it is not sent. */
export type Redirect = { readonly next: PageRequest } | { readonly refusal: XanoError };

/**
 * Decides about a redirect. It is followed if it stays at the origin, and the method and the body can stay as
 * they are: a GET, or status 307 or 308. `visited`: the URLs of the requests that led here, the redirected
 * one last.
 */
export function redirected(
  { status, headers }: Pick<Answer, 'status' | 'headers'>,
  request: PageRequest,
  url: URL,
  visited: readonly string[],
  secrets: readonly string[],
): Redirect {
  const { location } = headers;
  const refuse = (what: string, hint: string): Redirect => ({
    refusal: new XanoError('RESPONSE_UNEXPECTED', what, { hint, lasting: true }),
  });
  if (typeof location !== 'string' || !isAddress(location, url.href))
    return refuse(
      `${url.origin} answers with a redirect (status ${status}) that has no target.`,
      'Check base_url and path of this endpoint config.',
    );
  const target = overHttps(new URL(location, url.href), url);
  const destination = withoutSecrets(`${target.origin}${target.pathname}`, secrets).slice(0, 200);
  const sentence = `${url.origin} redirects ${url.pathname} to ${destination} (status ${status})`;
  if (LOGIN.test(target.pathname) && !LOGIN.test(url.pathname))
    return refuse(
      `${sentence}, which looks like a login page.`,
      'Check `auth` of this endpoint config: the server does not accept the request as logged in.',
    );
  if (target.origin !== url.origin)
    return refuse(
      `${sentence}: credentials are never sent to another origin.`,
      'If that is the right address, use it in the endpoint config.',
    );
  if (request.method !== 'GET' && status !== 307 && status !== 308)
    return refuse(`${sentence}, where a POST would become a GET.`, 'Use the URL it points to.');
  if (status === 304 || status === 300) return refuse(`${sentence}.`, 'Use the URL it points to.');
  // If the redirect drops the request's query, it is added: it says which records were asked for.
  keepConfigured(target, url, [...url.searchParams.keys()]);
  target.hash = '';
  target.username = '';
  target.password = '';
  if (visited.includes(target.href) || visited.length > MOST_REDIRECTS)
    return refuse(
      `${sentence}: the redirects form a loop.`,
      'Check base_url and path of this endpoint config.',
    );
  return { next: { ...request, url: target.href, params: {} } };
}

const LOGIN = /\b(log[-_]?in|sign[-_]?in|log[-_]?on|sso|oauth2?|saml2?)\b/i;
