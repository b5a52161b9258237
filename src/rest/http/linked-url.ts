/** URLs in a server's links, compared with the request that they continue. Pure. */
import { withoutTrailing } from '../../plain-text.js';
import { plain } from '../decode/answer/rank-lists.js';

/**
 * Where TLS ends at a proxy, servers link to themselves with http: such a link means the origin of the
 * request. Any other link stays as it is.
 */
export function overHttps(link: URL, base: URL): URL {
  const isSelf =
    link.protocol === 'http:' &&
    base.protocol === 'https:' &&
    link.hostname === base.hostname &&
    ['', '443', base.port].includes(link.port);
  return isSelf ? new URL(`${base.origin}${link.pathname}${link.search}`) : link;
}

/**
 * Adds the parameters that a link lacks: without them it leads to another list. Parameters that say where a
 * page begins come from the link, under any name, if it has some. A link to another path stays as it is,
 * except for parameters that every path needs.
 */
export function keepConfigured(link: URL, configured: URL, always: readonly string[] = []): void {
  // Shopify refuses any filter beside its cursor, because the cursor contains them. Shopify, REST Admin API,
  // "Make paginated requests".
  if (link.searchParams.has('page_info')) return;
  const isSamePath = pathOf(link) === pathOf(configured);
  for (const name of new Set(configured.searchParams.keys())) {
    const values = configured.searchParams.getAll(name);
    const given = link.searchParams.getAll(name);
    if (!always.includes(name) && (!isSamePath || makesWay(name, link, configured))) continue;
    // When a parameter occurs several times, some servers repeat only the last one.
    if (!given.every((value) => values.includes(value))) continue;
    for (const value of values)
      if (!given.includes(value)) add(link, name, value);
      else given.splice(given.indexOf(value), 1);
  }
}

/** Adds a parameter, and leaves the spelling of the others: a link may be signed. */
function add(link: URL, name: string, value: string): void {
  const text = new URLSearchParams([[name, value]]).toString();
  link.search = link.search === '' ? text : `${link.search}&${text}`;
}

const pathOf = ({ pathname }: URL): string => withoutTrailing(decoded(pathname), '/');

type Role = 'page' | 'offset' | 'cursor' | 'either';

/** Names, as {@link plain} gives them, of parameters that say where a page begins, by how they say it. */
const PLACES: Readonly<Record<Role, readonly string[]>> = {
  page: [
    ...['page', 'p', 'pg', 'pagenumber', 'pagenum', 'pageno', 'pageindex', 'curpage', 'currentpage'],
    ...['startpage', 'nextpage'],
  ],
  offset: ['offset', 'pageoffset', 'skip', 'start', 'startat', 'startindex', 'firstresult'],
  cursor: [
    ...['cursor', 'pagecursor', 'nextcursor', 'after', 'pageafter', 'before', 'pagebefore', 'startingafter'],
    ...['endingbefore', 'token', 'pagetoken', 'nexttoken', 'nextpagetoken', 'skiptoken', 'continuation'],
    ...['continuationtoken', 'marker', 'bookmark', 'scroll', 'scrollid', 'startkey', 'exclusivestartkey'],
  ],
  // These names are as often conditions as positions.
  either: ['from', 'position'],
};

const ROLES = new Map(
  (Object.entries(PLACES) as [Role, readonly string[]][]).flatMap(([role, names]) =>
    names.map((name) => [name, role] as const),
  ),
);

/** Values that ask for the very first page. */
const FIRST: Readonly<Record<Role, readonly string[]>> = {
  page: ['', '0', '1'],
  offset: ['', '0', '1'],
  cursor: ['', '*', '0', '-1'],
  either: ['', '0', '1'],
};

/** A page number or an offset to begin at. Longer numbers are times and ids. */
const BEGINS = /^\d{1,6}$/;

/**
 * Whether a configured parameter says where the first page begins, and the link has a parameter of the same
 * role. Any other value under such a name is a condition.
 */
function makesWay(name: string, link: URL, configured: URL): boolean {
  const values = configured.searchParams.getAll(name);
  const role = ROLES.get(plain(name));
  if (role === undefined) return false;
  // A parameter that the link copies from the config is not its own position.
  const linked = [...link.searchParams].flatMap(([param, value]) =>
    param === name || configured.searchParams.getAll(param).includes(value)
      ? []
      : (ROLES.get(plain(param)) ?? []),
  );
  if (linked.length === 0) return false;
  if (values.every((value) => FIRST[role].includes(value))) return true;
  const isCounted = role === 'page' || role === 'offset';
  return isCounted && linked.includes(role) && values.every((value) => BEGINS.test(value));
}

/** A part of a URL with its escapes decoded; as it is where they are not valid. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
