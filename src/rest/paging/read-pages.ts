/** A config becomes a stream of pages: the next one is asked for while the last one is being written. */

import { isStop, XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { Http } from '../http/client.js';
import type { PageRequest } from '../http/request.js';
import { askPage, findPage } from './ask-page.js';
import { askFurther, emptyAnswer, type LastPage, mayBeBeyond } from './end-of-list.js';
import { moreFlag } from './fields/end-signs.js';
import { lastRecordOf } from './fields/last-record.js';
import { assertNothingLeft, impliedTotal } from './fields/nothing-left.js';
import { type Chain, followChain } from './loop-guard.js';
import { type Page, totalOf } from './page.js';
import { createPageReader, type LinkedAnswer } from './page-reader.js';
import type { AnsweredPage, KeyRange } from './paginator.js';
import { firstPage, nextPage } from './paginators.js';
import { readKeyset } from './read-keyset.js';
import type { ReadOptions } from './read-options.js';
import { followRepeats, isEndOfList, type Probe } from './repeats.js';
import { placeAfter } from './requests/page-position.js';

/**
 * Reads a list page by page. The memory of a page's columns is its own until the next page is asked for. Throws what {@link Http.send}
 * throws, and PAGINATION_LOOP where the server gives the same records again or does not keep the order it was asked for.
 */
export async function* readPages(config: ResolvedEndpoint, options: ReadOptions): AsyncGenerator<Page> {
  if (config.pagination.type === 'keyset') {
    yield* readKeyset(config, config.pagination, options);
    return;
  }
  const { http, range = {}, from, after, last, rows: rows_before = Number.NEGATIVE_INFINITY } = options;
  const reader = options.reader ?? createPageReader(config, options.columns);
  const asking = { ...options, reader };
  const ask = (request: PageRequest) => askPage(config, request, asking);
  const noMore = (): LinkedAnswer => ({
    ...reader.read(emptyAnswer(config), options.constants),
    headers: {},
  });
  const find = (request: PageRequest) => findPage(config, request, asking);
  const probe: Probe = async (request) => {
    const hurried = { ...asking, sender: { ...asking.sender, attempts: 2 } };
    const found = await findPage(config, request, hurried).catch((thrown: unknown) => {
      if (thrown instanceof XanoError && !isStop(thrown)) return undefined;
      throw thrown;
    });
    if (found === undefined) return undefined;
    return 'missing' in found ? 'nothing' : found.page;
  };

  let request: PageRequest = from ?? firstPage(config, range);
  let before: LastPage['page'] | undefined;
  let rows = from === undefined ? 0 : rows_before;
  let empty_pages = 0;
  const repeats = followRepeats(config);
  const chain = followChain(config, request);
  const further = async (next: PageRequest, place: LastPage): Promise<LinkedAnswer> => {
    if (!mayBeBeyond(config, place.page, place.rows)) return ask(next);
    // A flag has said that there is no more: whatever the server answers to the page after it, it is asked once.
    const told = moreFlag(place.page, config.data_selector) === false;
    const beyond = told
      ? { ask, find: (at: PageRequest) => findPage(config, at, asking, true) }
      : { ask, find };
    return (await askFurther(config, next, place, beyond)) ?? noMore();
  };
  /** The first page of a reading that is resumed: the interruption may have come after the last page. */
  const resumed = async (): Promise<LinkedAnswer> => {
    const found = await find(request);
    if (!('missing' in found) || last === undefined) return 'missing' in found ? ask(request) : found;
    const { page: records, headers } = await ask(last);
    const page = { ...records, headers };
    const isRefused = found.missing.code === 'XANO_FAILED' && !mayBeBeyond(config, page, rows);
    if (after === undefined || page.last_key !== after || isRefused) throw found.missing;
    return further(request, { request: last, page, rows, longest: page.count, pages: 2 });
  };
  let pending =
    options.asked ?? (from === undefined ? askPage(config, request, asking, { first: true }) : resumed());
  for (let index = 0; ; index++) {
    const answer = await pending;
    let { page, encoder, widened, parts } = reader.take(answer);
    const isLarge = parts !== undefined;
    let { headers, holds_secret } = answer;
    if (index === 0 && last !== undefined && after !== undefined && page.last_key === after) {
      // What the interrupted load read last may come again, as the last page of a server that clamps page numbers.
      const again = await ask(last);
      before = { ...again.page, headers: again.headers };
      repeats.note(before);
    }
    const repeat = repeats.find(page);
    if (repeat !== undefined && before !== undefined) {
      const at = {
        config,
        repeat,
        repeats,
        before,
        rows,
        total: totalOf(config, { ...page, headers }) ?? totalOf(config, before),
        more: moreFlag(before, config.data_selector),
        next: followingPage(
          config,
          request,
          { ...page, headers, holds_secret, last_record: lastRecordOf(page.records) },
          range,
        ),
      };
      if (mayBeBeyond(config, before, rows) && (await isEndOfList(at, probe))) {
        reader.release(encoder);
        const end = reader.take(noMore());
        ({ page, encoder, parts } = end);
        widened = [...widened, ...end.widened];
        [headers, holds_secret] = [{}, undefined];
      } else if (repeat.whole)
        throw new XanoError(
          'PAGINATION_LOOP',
          `The server gives the same page of "${config.name}" again and again.`,
        );
    }
    repeats.note(page);
    rows += page.count;
    empty_pages = page.count === 0 ? empty_pages + 1 : 0;
    const { envelope: said, count, last_key } = page;
    const last_record = lastRecordOf(page.records);
    const answered = { envelope: said, headers, count, last_key, last_record, holds_secret };
    const place: LastPage = {
      request,
      page: { ...page, headers },
      rows,
      longest: repeats.longest(),
      pages: repeats.pages(),
    };
    const next =
      nextOrEnd(config, answered, range, place, chain) ??
      afterEmpty(config, request, place.page, { empty_pages, pages: place.pages });
    if (next === null) assertNothingLeft(config, place.page, index === 0 && from === undefined);
    const goesOn = next !== null && options.only_first !== true;
    if (goesOn && !isLarge) {
      pending = further(next, place);
      // It is awaited in the next round; should the reader stop before that, its failure concerns nobody.
      pending.catch(() => {});
    }
    const { drift: _, ascending: __, records: ___, envelope, ...rest } = page;
    const implied_total = index === 0 || next === null ? impliedTotal(config, { ...page, headers }) : null;
    const total = totalOf(config, { envelope, headers });
    yield { ...rest, index, request, next, widened, total, implied_total, parts };
    if (!goesOn) return;
    // Two large answers would be held otherwise.
    if (isLarge) {
      http.release(answer.body);
      pending = further(next, place);
    }
    reader.release(encoder);
    if (page.count > 0) before = { ...page, headers };
    request = next;
  }
}

/** The request after a page; null where none can be made of it. */
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
 * The request after a page, and null at the end of the list. A link or a cursor that leads back to a page that was read before ends it where a
 * count or a flag agrees, or where the page is shorter than others. Throws PAGINATION_LOOP where nothing does.
 */
function nextOrEnd(
  config: ResolvedEndpoint,
  answered: AnsweredPage,
  range: KeyRange,
  { request, page, rows, longest, pages }: LastPage,
  chain: Chain,
): PageRequest | null {
  const { count } = page;
  const total = totalOf(config, page);
  const more = moreFlag(page, config.data_selector);
  const isEnd = (): boolean =>
    total !== null ? rows >= total : more !== undefined ? !more : pages > 1 && count < longest;
  let next: PageRequest | null;
  try {
    next = nextPage(config, request, answered, range);
  } catch (thrown) {
    // It leads to itself.
    if (thrown instanceof XanoError && thrown.code === 'PAGINATION_LOOP' && isEnd()) return null;
    throw thrown;
  }
  if (next === null || (chain.has(next) && isEnd())) return null;
  chain(next, count);
  return next;
}

/** So many empty pages in a row end a list, even where a flag says that more follow. */
const MOST_EMPTY = 3;

/** The page after an empty one in the middle of a list: of those whose server says that more follow. Null where nothing does. */
function afterEmpty(
  config: ResolvedEndpoint,
  request: PageRequest,
  page: LastPage['page'],
  { empty_pages, pages }: { readonly empty_pages: number; readonly pages: number },
): PageRequest | null {
  if (empty_pages === 0 || pages === 0) return null;
  const following = placeAfter(config, request);
  if (following === undefined) return null;
  const isBefore = following.is_within?.(page);
  const saysMore = isBefore ?? (empty_pages < MOST_EMPTY && moreFlag(page, config.data_selector) === true);
  return saysMore ? following.request : null;
}
