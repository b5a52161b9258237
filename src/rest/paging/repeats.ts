/**
 * Recognizes pages that repeat earlier records: the list has ended and its server clamps page numbers, or the
 * server ignores a parameter.
 */
import { createHash } from 'node:crypto';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import { membersOf } from '../decode/members.js';
import type { PageRecords } from '../decode/records.js';
import type { PageRequest } from '../http/request.js';
import { keyOf } from './page.js';
import { resized } from './paginators.js';
import { requestAt } from './requests/page-position.js';

/** A page whose records all seem to be repeats. */
export interface Repeat {
  readonly page: PageRecords;
  /** `tail`: the last records that were read; `first`: the first page; `earlier`: another page. */
  readonly of: 'tail' | 'first' | 'earlier';
  /**
   * The complete page is repeated: neither rows that move during the reading nor equal records explain it.
   */
  readonly complete: boolean;
  /** A key tells its records apart. Without one, a list may hold equal records. */
  readonly keyed: boolean;
}

/** What a reading remembers of its pages. */
export interface Repeats {
  /** The page as a repeat of earlier ones; undefined where it has a new record. */
  readonly find: (page: PageRecords) => Repeat | undefined;
  /** Remembers a page that had a new record. */
  readonly note: (page: PageRecords) => void;
  /** The most records of a page. */
  readonly longest: () => number;
  /** Pages that had records. */
  readonly pages: () => number;
}

/** Begins to remember the pages of one list. */
export function followRepeats(config: ResolvedEndpoint): Repeats {
  const signs = new Set<string>();
  let first: PageRecords | undefined;
  /** The last pages, the latest first: a page at a clamped offset may overlap two of them. */
  let last: readonly PageRecords[] = [];
  let longest = 0;
  let pages = 0;
  const idsOf = (page: PageRecords): Identities => identitiesOf(config, page.records);

  return {
    longest: () => longest,
    pages: () => pages,
    find: (page) => {
      const [previous] = last;
      if (page.count === 0 || previous === undefined || first === undefined) return undefined;
      const isKnown = signs.has(signOf(page));
      if (!isKnown && !endsAlike(previous, page)) return undefined;
      const identities = idsOf(page);
      const keyed = identities.keyed && new Set(identities.ids).size === identities.ids.length;
      const tail = last.toReversed().flatMap((earlier) => idsOf(earlier).ids);
      const isTail =
        identities.ids.length <= tail.length && isEqual(identities.ids, tail.slice(-identities.ids.length));
      // Short records without a key may end with the same bytes by chance.
      if (isTail && (keyed || isKnown)) return { page, of: 'tail', complete: isKnown, keyed };
      if (!isKnown) return undefined;
      if (isEqual(identities.ids, idsOf(first).ids)) return { page, of: 'first', complete: keyed, keyed };
      return identities.keyed ? { page, of: 'earlier', complete: true, keyed } : undefined;
    },
    note: (page) => {
      if (page.count === 0) return;
      first ??= page;
      last = [page, ...last.slice(0, 1)];
      signs.add(signOf(page));
      longest = Math.max(longest, page.count);
      pages++;
    },
  };
}

/** The position of a reading when a page repeats earlier records. */
export interface RepeatedAt {
  readonly config: ResolvedEndpoint;
  readonly repeat: Repeat;
  readonly repeats: Repeats;
  /** The last page that had a new record. */
  readonly previous: PageRecords;
  /** Records read before the repeat; not finite where unknown. */
  readonly rows: number;
  /** The server's count of the list; null without one. */
  readonly total: number | null;
  /** What a flag of the previous page says about more pages; undefined without a flag. */
  readonly more: boolean | undefined;
  /** The request after the repeated one; null where none is known. */
  readonly next: PageRequest | null;
}

/** Requests a page: `nothing` where it does not exist, undefined where the answer proves nothing. */
export type Probe = (request: PageRequest) => Promise<PageRecords | 'nothing' | undefined>;

/**
 * Whether a repeated page is the end of its list. A count or a flag decides if there is one. Otherwise, for
 * page numbers and offsets, it requests the last record alone, and the one after it: a server that ignores
 * the number, or limits the number of pages, answers with other records. A page with a link or cursor says
 * itself that more follow: only a short previous page contradicts it.
 */
export async function isEndOfList(at: RepeatedAt, probe: Probe): Promise<boolean> {
  const { config, repeat, repeats, previous, rows, total, more, next } = at;
  if (total !== null) return rows >= total;
  if (more !== undefined) return !more;
  if (repeat.of === 'earlier') return false;
  const isShort = previous.count < repeats.longest();
  const { pagination } = config;
  if (pagination.type !== 'page_number' && pagination.type !== 'offset')
    return repeats.pages() > 1 && isShort;

  if (repeat.keyed && Number.isFinite(rows)) {
    const single = { ...config, pagination: resized(pagination, 1) };
    const idsOf = (page: PageRecords): readonly string[] => identitiesOf(config, page.records).ids;
    const last = idsOf(previous).at(-1);
    const lastAgain = await probe(requestAt(single, rows - 1)!);
    if (typeof lastAgain === 'object' && lastAgain.count === 1) {
      if (idsOf(lastAgain)[0] !== last) return false;
      const beyond = await probe(requestAt(single, rows)!);
      if (beyond === undefined) return false;
      const known = new Set([last, idsOf(repeat.page)[0]]);
      return beyond === 'nothing' || idsOf(beyond).every((id) => known.has(id));
    }
  }
  // The server has its own page size. If no two pages have differed, it ignores the number; and equal records
  // count as the same only if the previous page is short.
  if (repeats.pages() < 2 || next === null || (!repeat.keyed && !isShort)) return false;
  const after = await probe(next);
  return after === 'nothing' || (after !== undefined && isSame(config, after, repeat.page));
}

function isSame(config: ResolvedEndpoint, a: PageRecords, b: PageRecords): boolean {
  if (a.count === 0) return true;
  return isEqual(identitiesOf(config, a.records).ids, identitiesOf(config, b.records).ids);
}

interface Identities {
  readonly ids: readonly string[];
  readonly keyed: boolean;
}

/**
 * The identities of records: the values of the key, or of `id` where no key is named; complete records where
 * they have neither.
 */
function identitiesOf(config: ResolvedEndpoint, records: Uint8Array): Identities {
  const key = keyOf(config) ?? 'id';
  const all = [...membersOf(records)];
  const ids = all.flatMap((members) => {
    const value = members.get(key);
    return value === undefined || value === 'null' ? [] : [value];
  });
  if (ids.length === all.length) return { ids, keyed: true };
  return { ids: all.map((members) => JSON.stringify([...members])), keyed: false };
}

/** A hash of a few bytes for each page: a list may have many. */
function signOf({ first_key, last_key, count, records }: PageRecords): string {
  if (first_key !== null && first_key !== 'null') return `${first_key} ${last_key} ${count}`;
  return createHash('sha1').update(records).digest('base64').slice(0, 22);
}

/** Whether two pages seem to end with the same record. */
function endsAlike(a: PageRecords, b: PageRecords): boolean {
  if (a.last_key !== null && a.last_key !== 'null') return a.last_key === b.last_key;
  const few = Math.min(64, a.records.length, b.records.length);
  return Buffer.compare(a.records.subarray(-few), b.records.subarray(-few)) === 0;
}

const isEqual = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id, at) => id === b[at]);
