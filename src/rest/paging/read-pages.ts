/** A config becomes a stream of pages: the next one is asked for while the last one is being written. */

import { endsEverything, isStop, XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { ShapeColumn } from '../decode/record-schema.js';
import { type PageRecords, readRecords } from '../decode/records.js';
import type { Http } from '../http/client.js';
import type { Answer, RequestContext } from '../http/messages.js';
import type { PageRequest } from '../http/request.js';
import { bodyInFormat } from './answer-format.js';
import {
  askFurther,
  emptyAnswer,
  isEmptyList,
  isNoContent,
  isNoPage,
  isNothing,
  type LastPage,
  mayBeBeyond,
} from './end-of-list.js';
import { moreFlag } from './fields/end-signs.js';
import { lastRecordOf } from './fields/last-record.js';
import { assertNothingLeft, impliedTotal } from './fields/nothing-left.js';
import { type Chain, followChain } from './loop-guard.js';
import {
  createPageReader,
  keyOf,
  type LinkedAnswer,
  type Page,
  type PageReader,
  type ReadOptions,
  totalOf,
} from './page.js';
import type { AnsweredPage, KeyRange } from './paginator.js';
import { firstPage, nextPage, placeAfter, requestAtPlace, resized } from './paginators.js';
import { readKeyset } from './read-keyset.js';
import { followRepeats, isEndOfList, type Probe } from './repeats.js';

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
    const told = moreFlag(place.page, config) === false;
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
        more: moreFlag(before, config),
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
  const more = moreFlag(page, config);
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
  const saysMore = isBefore ?? (empty_pages < MOST_EMPTY && moreFlag(page, config) === true);
  return saysMore ? following.request : null;
}

/** Asks for one page of a list. A `first` one without content is an empty list. */
export function askPage(
  config: ResolvedEndpoint,
  request: PageRequest,
  { http, sender, reader, constants }: ReadOptions & { readonly reader: PageReader },
  { first = false }: { readonly first?: boolean } = {},
): Promise<LinkedAnswer> {
  return http.send(
    request,
    config.auth,
    (answer) => {
      const { status, headers, holds_secret } = answer;
      const body = bodyInFormat(config, answer);
      const isEmpty =
        first && (isNoContent(status) || (config.single_record !== true && isEmptyList(config, body)));
      return { ...reader.read(isEmpty ? emptyAnswer(config) : body, constants), headers, holds_secret };
    },
    sender,
  );
}

/** A page that may not be there: what the server says then, if anything. With `any_refusal` every error status says that it is not, at once. */
async function findPage(
  config: ResolvedEndpoint,
  request: PageRequest,
  { http, sender, reader, constants }: ReadOptions & { readonly reader: PageReader },
  any_refusal = false,
): Promise<LinkedAnswer | { readonly missing: XanoError }> {
  try {
    return await http.send(
      request,
      config.auth,
      (answer) => {
        const { headers, holds_secret } = answer;
        const body = bodyInFormat(config, answer);
        try {
          return { ...reader.read(body, constants), headers, holds_secret };
        } catch (thrown) {
          // Asked for again, it would say nothing once more.
          if (thrown instanceof XanoError && isNothing(config, body)) return { missing: thrown };
          throw thrown;
        }
      },
      any_refusal ? { ...sender, attempts: 1 } : sender,
    );
  } catch (thrown) {
    if (isNoPage(thrown)) return { missing: thrown };
    if (any_refusal && thrown instanceof XanoError && thrown.code === 'XANO_FAILED')
      return { missing: thrown };
    throw thrown;
  }
}

/** How many records the server counts in a range: one small request; null when it does not say. */
export async function countRecords(
  config: ResolvedEndpoint,
  http: Http,
  range: KeyRange,
  sender: RequestContext,
): Promise<number | null> {
  const { pagination } = config;
  if (pagination.type === 'single_page' || (pagination.total_path ?? '') === '') return null;
  const request = firstPage({ ...config, pagination: resized(pagination, 1) }, range);
  const answer = await askOnce(config, http, request, sender);
  return answer.envelope === NO_CONTENT ? 0 : totalOf(config, answer);
}

/** Which end of which column's values is asked for, among which records. */
export interface Extreme {
  readonly column: string;
  readonly order: 'asc' | 'desc';
  readonly also?: readonly JsonObject[];
}

/**
 * The highest or lowest value of a column, as JSON text: one small request. Undefined for an empty list; `null` where the server sorts
 * records without a value there. Only for keyset pagination, whose server is known to sort.
 */
export async function extremeValue(
  config: ResolvedEndpoint,
  http: Http,
  { column, order, also }: Extreme,
  sender: RequestContext,
): Promise<string | undefined> {
  const { pagination } = config;
  if (pagination.type !== 'keyset') return undefined;
  const { sort_param } = pagination;
  const request = firstPage({ ...config, pagination: resized(pagination, 1) }, { also });
  const body = { ...request.body, [sort_param]: { [column]: order } };
  const page = await askOnce(config, http, { ...request, body }, sender, column);
  return page.first_key ?? undefined;
}

/**
 * The key of the record at a place of a list that is read by page numbers or offsets, as JSON text: one small request, made once. Undefined
 * where it brings no record, whatever is said instead: a server with a page size of its own has no page of that number, and says so in its way.
 */
export async function keyAtPlace(
  config: ResolvedEndpoint,
  http: Http,
  place: number,
  sender: RequestContext,
): Promise<string | undefined> {
  const request = requestAtPlace({ ...config, pagination: resized(config.pagination, 1) }, place);
  if (request === undefined) return undefined;
  try {
    return (await askOnce(config, http, request, { ...sender, attempts: 1 })).first_key ?? undefined;
  } catch (thrown) {
    if (!(thrown instanceof XanoError) || endsEverything(thrown)) throw thrown;
    return undefined;
  }
}

/** The first and the last key that a page has now, as JSON text. */
export async function keysOfPage(
  config: ResolvedEndpoint,
  http: Http,
  request: PageRequest,
  sender: RequestContext,
): Promise<Pick<PageRecords, 'first_key' | 'last_key'>> {
  return askOnce(config, http, request, sender);
}

function askOnce(
  config: ResolvedEndpoint,
  http: Http,
  request: PageRequest,
  sender: RequestContext,
  key = keyOf(config),
): Promise<PageRecords & Pick<Answer, 'headers'>> {
  const shape = { columns: keyColumns(config, key), key, excluded: [] };
  return http.send(
    request,
    config.auth,
    (answer) => {
      const { status, headers } = answer;
      const body = bodyInFormat(config, answer);
      return isNoContent(status) || isEmptyList(config, body)
        ? { ...readRecords(emptyAnswer(config), config.data_selector, shape), headers, envelope: NO_CONTENT }
        : { ...readRecords(body, config.data_selector, shape), headers };
    },
    sender,
  );
}

/** The envelope of an answer without content, which is an empty list. */
const NO_CONTENT: JsonObject = {};

/** The key's column alone: one that nobody declared is walked over as JSON. */
function keyColumns(config: ResolvedEndpoint, key: string | undefined): ShapeColumn[] {
  if (key === undefined) return [];
  const declared = config.columns?.find(({ name }) => name === key);
  return [{ ...(declared ?? { name: key, type: 'JSON', list: false }), inferred: false }];
}
