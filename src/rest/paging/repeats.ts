/**
 * Pages that bring what was read before: the end of a list whose server clamps page numbers, or a parameter
 * that it ignores.
 */
import { createHash } from 'node:crypto';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import { membersOf } from '../decode/members.js';
import type { PageRecords } from '../decode/records.js';
import type { PageRequest } from '../http/request.js';
import { keyOf } from './page.js';
import { resized } from './paginators.js';
import { requestAt } from './requests/page-position.js';

/** A page of which every record seems to have been read before. */
export interface Repeat {
  readonly page: PageRecords;
  /** `tail`: the last records that were read; `first`: the first page; `earlier`: another page. */
  readonly of: 'tail' | 'first' | 'earlier';
  /** The complete page again, which neither rows that move while they are read nor equal records explain. */
  readonly complete: boolean;
  /** A key tells its records apart. Without one, a list may hold equal records. */
  readonly keyed: boolean;
}

/** What a reading remembers of its pages. */
export interface Repeats {
  /** The page as a repeat of earlier ones; undefined where it brings anything new. */
  readonly find: (page: PageRecords) => Repeat | undefined;
  /** Remembers a page that brought something new. */
  readonly note: (page: PageRecords) => void;
  /** The most records that a page had. */
  readonly longest: () => number;
  /** Pages that brought records. */
  readonly pages: () => number;
}

/** Begins to remember the pages of one list. */
export function followRepeats(config: ResolvedEndpoint): Repeats {
  const signs = new Set<string>();
  let first: PageRecords | undefined;
  /** The last pages, the latest first: what a clamped offset gives may reach into two. */
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
      // Short records without a key may end alike by chance.
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

/** Where a reading is when a page repeats what it has read. */
export interface RepeatedAt {
  readonly config: ResolvedEndpoint;
  readonly repeat: Repeat;
  readonly repeats: Repeats;
  /** The last page that brought something new. */
  readonly previous: PageRecords;
  /** Read before the repeat; not finite where nobody knows. */
  readonly rows: number;
  /** What the server counts; null where it does not. */
  readonly total: number | null;
  /** What the page before says of more pages; undefined where it says nothing. */
  readonly more: boolean | undefined;
  /** The request after the repeated one; null where none is known. */
  readonly next: PageRequest | null;
}

/** Asks for a page: `nothing` where there is none, undefined where the answer is of no use. */
export type Probe = (request: PageRequest) => Promise<PageRecords | 'nothing' | undefined>;

/**
 * Whether a repeated page is the end of its list. A count or a flag decides where there is one. Else pages
 * that are counted are asked for the last record alone, and for the one after it: a server that ignores the
 * number, or gives no more than so many pages, answers with other records. A page that is followed says
 * itself that there is more: only a short page before it says otherwise.
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
  // A server with a page size of its own. Pages must have differed before, or the number is ignored; and
  // equal records are only taken for the same ones where the page before is short.
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
 * What tells records apart: the values of the key, or of `id` where no key is named; whole records where they
 * have neither.
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

/** A few bytes for each page: there may be many. */
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
