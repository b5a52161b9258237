/** The next page as a URL: from the header of RFC 8288, or from within the answer. */

import { XanoError } from '../../../errors.js';
import type { Unbound } from '../../config/bind.js';
import type { EndpointConfig } from '../../config/endpoint-config.js';
import { placeholdersIn, variablesIn } from '../../config/template.js';
import { assertAddressBounded } from '../../decode/answer/bounds.js';
import { decoded, keepConfigured, overHttps } from '../../http/linked-url.js';
import type { Answer } from '../../http/messages.js';
import type { PageRequest } from '../../http/request.js';
import { isAddress, joinUrl, requestUrl } from '../../http/request.js';

/**
 * The request for the page that a link points to: the URL as it is, the method and body of the previous
 * request, and the configured parameters that the link lacks. Throws RESPONSE_UNEXPECTED for a link to
 * another origin, which would receive the credentials, or to the list of another parent; PAGINATION_LOOP for
 * one to the same page.
 */
export function followLink(
  config: EndpointConfig & Partial<Unbound>,
  request: PageRequest,
  link: string,
  holdsSecret: Answer['holds_secret'] = () => false,
): PageRequest {
  const from = requestUrl(request);
  // The length is checked before parsing: each parameter removed below writes the complete URL again.
  assertAddressBounded(link, from.host);
  if (!isAddress(link, from.href))
    throw new XanoError(
      'RESPONSE_UNEXPECTED',
      `The link to the next page of "${config.name}" is not a URL.`,
      {
        hint: 'Check where the pagination of this endpoint config expects the next URL.',
      },
    );
  const base = new URL(config.base_url);
  const url = overHttps(new URL(link, from.href), base);
  if (url.origin !== base.origin)
    throw new XanoError(
      'RESPONSE_UNEXPECTED',
      `The next page of "${config.name}" links to ${url.origin}, another origin than its list: credentials are never sent there.`,
      { hint: 'Use the URL it points to as base_url, or another pagination.' },
    );
  url.hash = '';
  url.username = '';
  url.password = '';
  const { auth } = config;
  // A server that builds its links from the request repeats the key; the client adds it when it sends the
  // request.
  if (auth.type === 'api_key' && auth.in === 'query' && url.searchParams.has(auth.name))
    url.searchParams.delete(auth.name);
  // The name does not matter: the client authorizes each request.
  for (const [name, value] of [...url.searchParams]) if (holdsSecret(value)) url.searchParams.delete(name);
  // The same holds for a variable's value: the link may repeat it, and links are stored.
  const params = Object.fromEntries(
    Object.entries(config.params).filter(([, value]) => variablesIn(value).length > 0),
  );
  for (const name of Object.keys(params)) url.searchParams.delete(name);
  const configured = configuredUrl(config);
  const bound = assertSameParent(config, configured, url);
  keepConfigured(url, configured, bound);
  const next = { ...request, url: url.href, params };
  if (sorted(requestUrl(next)) === sorted(from))
    throw new XanoError('PAGINATION_LOOP', `The next page of "${config.name}" links to itself.`);
  return next;
}

/** The URL of the list in its config, without variables: their values are added at the moment of sending. */
function configuredUrl({ base_url, path, params }: EndpointConfig): URL {
  const url = new URL(joinUrl(base_url, path));
  for (const [name, text] of Object.entries(params)) {
    if (variablesIn(text).length > 0) url.searchParams.delete(name);
    else url.searchParams.set(name, text.replaceAll('$$', '$'));
  }
  return url;
}

/**
 * Throws where a link leads to the list of another parent; returns the names of the parameters that bind this
 * one.
 */
function assertSameParent(config: EndpointConfig & Partial<Unbound>, configured: URL, link: URL): string[] {
  const { unbound } = config;
  if (unbound === undefined) return [];
  const [path = '', query = ''] = unbound.path.split('?', 2);
  const names = [
    ...[...new URLSearchParams(query)].filter(([, text]) => placeholdersIn(text).length > 0),
    ...Object.entries(unbound.params).filter(([, text]) => placeholdersIn(text).length > 0),
  ].map(([name]) => name);
  // A parameter with a variable in it receives its value at each request.
  const bound = names.filter((name) => configured.searchParams.has(name));
  for (const name of bound) {
    const given = link.searchParams.getAll(name);
    const values = configured.searchParams.getAll(name);
    if (!given.every((value) => values.includes(value))) throw otherParent(config, `"${name}"`);
  }
  const template = joinUrl(new URL(config.base_url).pathname, path);
  const values = valuesIn(template, configured.pathname);
  const linked = valuesIn(template, link.pathname);
  // A server may identify the same parent in another way: GitHub links by numbers where names were sent.
  if (
    linked.some(
      (value, at) => kindOf(value) === kindOf(values[at]) && decoded(value) !== decoded(values[at]!),
    )
  )
    throw otherParent(config, 'its path');
  return bound;
}

const otherParent = ({ name }: EndpointConfig, where: string): XanoError =>
  new XanoError(
    'RESPONSE_UNEXPECTED',
    `The next page of "${name}" belongs to another parent: ${where} in the link differs from the request.`,
    { hint: 'Set pagination as the API documents it: its links lead to another list.' },
  );

/**
 * The values in a path at a template's placeholders; a segment with several placeholders counts as one. Empty
 * where the path does not match the template.
 */
function valuesIn(template: string, path: string): string[] {
  const values: string[] = [];
  const given = path.split('/');
  for (const [at, part] of template.split('/').entries()) {
    const segment = given[at] ?? '';
    const texts = part.split(/\{\w+\}/);
    const [prefix = '', after = ''] = [texts[0], texts.at(-1)];
    if (texts.length === 1 ? segment === part : segment.length > prefix.length + after.length) {
      if (texts.length === 1) continue;
      if (!segment.startsWith(prefix) || !segment.endsWith(after)) return [];
      values.push(segment.slice(prefix.length, segment.length - after.length));
    } else return [];
  }
  return values;
}

/** The kind of identifier in a path segment: different values of one kind identify different parents. */
function kindOf(value: string | undefined): string {
  if (value === undefined) return 'none';
  if (/^\d+$/.test(value)) return 'number';
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value) ? 'uuid' : value;
}

/** A URL with its parameters sorted. */
function sorted(url: URL): string {
  const copy = new URL(url);
  copy.searchParams.sort();
  return copy.href;
}
