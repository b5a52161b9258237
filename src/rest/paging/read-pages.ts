/**
 * Turns a config into a stream of pages.
 * In: a resolved endpoint config, a client, and the request to begin or continue with.
 * Out: pages: columns, rejects, and the next request.
 * It requests the next page while the last one is written; a released page's memory is used again.
 */

import { isStop, XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { PageRecords } from '../decode/records.js';
import type { Http } from '../http/client.js';
import type { PageRequest } from '../http/request.js';
import { askPage, findPage } from './ask-page.js';
import { askFurther, emptyAnswer, type LastPage, mayBeBeyond } from './end-of-list.js';
import { moreFlag } from './fields/end-signs.js';
import { lastRecordOf } from './fields/last-record.js';
import { assertNothingLeft, impliedTotal } from './fields/nothing-left.js';
import { type Chain, followChain } from './loop-guard.js';
import { once, type Page, totalOf } from './page.js';
import { createPageReader, type LinkedAnswer, type PageReader } from './page-reader.js';
import type { AnsweredPage, KeyRange } from './paginator.js';
import { firstPage, nextPage } from './paginators.js';
import { readKeyset } from './read-keyset.js';
import type { ReadOptions } from './read-options.js';
import { followRepeats, isEndOfList, type Probe, type Repeats } from './repeats.js';
import { pageAfter } from './requests/page-position.js';

/** One list that is read page by page, and how far it has been read. */
interface ListReading {
  readonly config: ResolvedEndpoint;
  readonly options: ReadOptions & { readonly reader: PageReader };
  readonly repeats: Repeats;
  readonly chain: Chain;
  /** The request of the next page. */
  request: PageRequest;
  /** The last page that had records. */
  previous: LastPage['page'] | undefined;
  /** Records read so far; not finite where unknown. */
  rows: number;
  /** Empty pages in a row. */
  empty_pages: number;
}

/** An answer as a page, with the fields beside its records. */
type TakenPage = ReturnType<PageReader['take']> & Pick<LinkedAnswer, 'headers' | 'holds_secret'>;

/**
 * Reads a list page by page: requests the next page before this one is written, unless it is a large one. The
 * receiver of a page releases it. Throws what {@link Http.send} throws, and PAGINATION_LOOP where the server
 * repeats records or does not keep the requested order.
 */
export async function* readPages(config: ResolvedEndpoint, options: ReadOptions): AsyncGenerator<Page> {
  if (config.pagination.type === 'keyset') {
    yield* readKeyset(config, config.pagination, options);
    return;
  }
  const { http, from, only_first = false } = options;
  const reading = openReading(config, options);
  const { reader } = reading.options;
  let pending = options.asked ?? askFirst(reading);
  for (let index = 0; ; index++) {
    const answer = await pending;
    const first = reader.take(answer);
    const is_large = first.parts !== undefined;
    if (index === 0) await readLastAgain(reading, first.page);
    const taken = await withoutRepeat(reading, { ...first, ...besidesOf(answer) });
    const { page, encoder, headers, parts, widened } = taken;
    const { request } = reading;
    const position = noteTaken(reading, taken);
    const next = nextRequest(reading, taken, position);
    if (next === null) assertNothingLeft(config, position.page, index === 0 && from === undefined);
    const goes_on = next !== null && !only_first;
    if (goes_on && !is_large) {
      pending = askNext(reading, next, position);
      // The answer is awaited in the next round; if the reader stops earlier, nobody needs its failure.
      pending.catch(() => {});
    }
    const { drift: _, ascending: __, records: ___, envelope, ...rest } = page;
    const implied_total = index === 0 || next === null ? impliedTotal(config, position.page) : null;
    const total = totalOf(config, { envelope, headers });
    const release = once(() => {
      reader.release(encoder);
      if (is_large) http.release(answer.body);
    });
    yield { ...rest, index, request, next, widened, total, implied_total, parts, release };
    if (!goes_on) return;
    // Otherwise two large answers would be in memory.
    if (is_large) pending = askNext(reading, next, position);
    if (page.count > 0) reading.previous = position.page;
    reading.request = next;
  }
}

function openReading(config: ResolvedEndpoint, options: ReadOptions): ListReading {
  const { range = {}, from, rows = Number.NEGATIVE_INFINITY } = options;
  const request = from ?? firstPage(config, range);
  return {
    config,
    options: { ...options, reader: options.reader ?? createPageReader(config, options.columns) },
    repeats: followRepeats(config),
    chain: followChain(config, request),
    request,
    previous: undefined,
    rows: from === undefined ? 0 : rows,
    empty_pages: 0,
  };
}

const besidesOf = ({ headers, holds_secret }: LinkedAnswer) => ({ headers, holds_secret });

/** The answer that replaces a page beyond the end. */
function noMore({ config, options }: ListReading): LinkedAnswer {
  return { ...options.reader.read(emptyAnswer(config), options.constants), headers: {} };
}

/**
 * Requests the first page of this reading. A resumed reading may have been interrupted after the last page.
 */
async function askFirst(reading: ListReading): Promise<LinkedAnswer> {
  const { config, options, request, rows } = reading;
  const { from, after, last } = options;
  if (from === undefined) return askPage(config, request, options, { first: true });
  const answered = await findPage(config, request, options);
  if (!('missing' in answered)) return answered;
  if (last === undefined) return askPage(config, request, options);
  const { page: records, headers } = await askPage(config, last, options);
  const page = { ...records, headers };
  const isRefused = answered.missing.code === 'XANO_FAILED' && !mayBeBeyond(config, page, rows);
  if (after === undefined || page.last_key !== after || isRefused) throw answered.missing;
  const more = moreFlag(page, config);
  return askNext(reading, request, { request: last, page, more, rows, longest: page.count, pages: 2 });
}

/** Requests the page after one that was read; an empty answer where that was the last. */
async function askNext(reading: ListReading, next: PageRequest, position: LastPage): Promise<LinkedAnswer> {
  const { config, options } = reading;
  const ask = (request: PageRequest) => askPage(config, request, options);
  if (!mayBeBeyond(config, position.page, position.rows)) return ask(next);
  // A flag has said that no page follows, so this request only confirms it: a single try is enough.
  const any_refusal = position.more === false;
  const find = (request: PageRequest) => findPage(config, request, options, any_refusal);
  return (await askFurther(config, next, position, { ask, find })) ?? noMore(reading);
}

/**
 * The last page of the interrupted load may come again, as the last page of a server that clamps page
 * numbers.
 */
async function readLastAgain(reading: ListReading, page: PageRecords): Promise<void> {
  const { config, options, repeats } = reading;
  const { last, after } = options;
  if (last === undefined || after === undefined || page.last_key !== after) return;
  const again = await askPage(config, last, options);
  reading.previous = { ...again.page, headers: again.headers };
  repeats.note(reading.previous);
}

/**
 * The page, or an empty one in its place where it repeats earlier records because the list has ended. Throws
 * PAGINATION_LOOP where a page is repeated in the middle of the list.
 */
async function withoutRepeat(reading: ListReading, taken: TakenPage): Promise<TakenPage> {
  const { config, options, repeats, previous, rows, request } = reading;
  const { page, headers, holds_secret } = taken;
  const repeat = repeats.find(page);
  if (repeat === undefined || previous === undefined) return taken;
  const answered = { ...page, headers, holds_secret, last_record: lastRecordOf(page.records) };
  const at = {
    ...{ config, repeat, repeats, previous, rows },
    total: totalOf(config, { ...page, headers }) ?? totalOf(config, previous),
    more: moreFlag(previous, config),
    next: followingPage(config, request, answered, options.range ?? {}),
  };
  if (mayBeBeyond(config, previous, rows) && (await isEndOfList(at, probeOf(reading)))) {
    options.reader.release(taken.encoder);
    const end = options.reader.take(noMore(reading));
    const widened = [...taken.widened, ...end.widened];
    return { ...end, widened, headers: {}, holds_secret: undefined };
  }
  if (repeat.complete)
    throw new XanoError(
      'PAGINATION_LOOP',
      `The server returns the same page of "${config.name}" repeatedly.`,
    );
  return taken;
}

/** Requests a page that may not exist, with few tries. */
function probeOf({ config, options }: ListReading): Probe {
  const hurried = { ...options, sender: { ...options.sender, attempts: 2 } };
  return async (request) => {
    const answered = await findPage(config, request, hurried).catch((thrown: unknown) => {
      if (thrown instanceof XanoError && !isStop(thrown)) return undefined;
      throw thrown;
    });
    if (answered === undefined) return undefined;
    return 'missing' in answered ? 'nothing' : answered.page;
  };
}

/** Counts a page, and returns the position after it. */
function noteTaken(reading: ListReading, { page, headers }: TakenPage): LastPage {
  const { config, repeats, request } = reading;
  repeats.note(page);
  reading.rows += page.count;
  reading.empty_pages = page.count === 0 ? reading.empty_pages + 1 : 0;
  const answer = { ...page, headers };
  return {
    request,
    page: answer,
    more: moreFlag(answer, config),
    rows: reading.rows,
    longest: repeats.longest(),
    pages: repeats.pages(),
  };
}

/** The request after a page; null at the end of the list. */
function nextRequest(reading: ListReading, taken: TakenPage, position: LastPage): PageRequest | null {
  const { config, options, chain, request, empty_pages } = reading;
  const { page, headers, holds_secret } = taken;
  const { envelope, count, last_key, records } = page;
  const last_record = lastRecordOf(records);
  const answered = { envelope, headers, count, last_key, last_record, holds_secret };
  return (
    nextOrEnd(config, answered, options.range ?? {}, position, chain) ??
    afterEmpty(config, request, position, empty_pages)
  );
}

/** The request after a page; null where the answer allows none. */
function followingPage(
  config: ResolvedEndpoint,
  request: PageRequest,
  answered: AnsweredPage,
  range: KeyRange,
): PageRequest | null {
  try {
    return nextPage(config, request, answered, range);
  } catch (thrown) {
    if (thrown instanceof XanoError) return null;
    throw thrown;
  }
}

/**
 * The request after a page, and null at the end of the list. A link or a cursor that leads back to an earlier
 * page ends the list if a count or a flag agrees, or if the page is shorter than others. Throws
 * PAGINATION_LOOP otherwise.
 */
function nextOrEnd(
  config: ResolvedEndpoint,
  answered: AnsweredPage,
  range: KeyRange,
  { request, page, more, rows, longest, pages }: LastPage,
  chain: Chain,
): PageRequest | null {
  const { count } = page;
  const total = totalOf(config, page);
  const isEnd = (): boolean =>
    total !== null ? rows >= total : more !== undefined ? !more : pages > 1 && count < longest;
  let next: PageRequest | null;
  try {
    next = nextPage(config, request, answered, range);
  } catch (thrown) {
    // The page's link or cursor leads to the page itself.
    if (thrown instanceof XanoError && thrown.code === 'PAGINATION_LOOP' && isEnd()) return null;
    throw thrown;
  }
  if (next === null || (chain.has(next) && isEnd())) return null;
  chain(next, count);
  return next;
}

/** This many empty pages in a row end a list, even if a flag says that more follow. */
const MOST_EMPTY = 3;

/**
 * The page after an empty one in the middle of a list, if the server says that more follow. Null otherwise.
 */
function afterEmpty(
  config: ResolvedEndpoint,
  request: PageRequest,
  { page, more, pages }: LastPage,
  empty_pages: number,
): PageRequest | null {
  if (empty_pages === 0 || pages === 0) return null;
  const following = pageAfter(config, request);
  if (following === undefined) return null;
  const isBefore = following.is_within?.(page);
  const saysMore = isBefore ?? (empty_pages < MOST_EMPTY && more === true);
  return saysMore ? following.request : null;
}
