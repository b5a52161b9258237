/** A config becomes a stream of pages: the next one is asked for while the last one is being written. */

import { XanoError } from '../errors.js';
import type { JsonObject } from '../json.js';
import { askFurther, emptyAnswer, isNoPage, isNothing, mayBeBeyond } from './beyond.js';
import { followChain } from './chain.js';
import type { ResolvedEndpoint } from './config.js';
import type { Answer, Http, Sender } from './http.js';
import { readKeyset } from './keyset.js';
import { lastRecordOf } from './last-record.js';
import { assertNothingLeft, impliedTotal } from './nothing-left.js';
import {
  assertProgress,
  createPageReader,
  keyOf,
  type LinkedAnswer,
  type Page,
  type PageReader,
  type ReadOptions,
  totalOf,
} from './page.js';
import { firstPage, type KeyRange, nextPage, type PageRequest, requestAtPlace, resized } from './paginate.js';
import type { ShapeColumn } from './record-shape.js';
import { type PageRecords, readRecords } from './records.js';

/**
 * Reads a list page by page. The memory of a page's columns is its own until the next page is asked for. Throws what {@link Http.send}
 * throws, and PAGINATION_LOOP where the server gives the same records again or does not keep the order it was asked for.
 */
export async function* readPages(config: ResolvedEndpoint, options: ReadOptions): AsyncGenerator<Page> {
  if (config.pagination.type === 'keyset') {
    yield* readKeyset(config, config.pagination, options);
    return;
  }
  const { range = {} } = options;
  const reader = options.reader ?? createPageReader(config, options.columns);
  const ask = (request: PageRequest) => askPage(config, request, { ...options, reader });
  const noMore = () => ({ ...reader.read(emptyAnswer(config), options.constants), headers: {} });
  const beyond = { ask, find: (next: PageRequest) => findPage(config, next, { ...options, reader }) };

  let request: PageRequest = options.from ?? firstPage(config, range);
  let before: PageRecords | undefined;
  // Of a list that is gone on with, nobody says here how many came before.
  let rows = options.from === undefined ? 0 : Number.NEGATIVE_INFINITY;
  const chain = followChain(config, request);
  let pending = options.asked ?? ask(request);
  for (let index = 0; ; index++) {
    const answer = await pending;
    const { page, encoder, widened } = reader.take(answer);
    assertProgress(config, page, undefined, before);
    const { headers, holds_secret } = answer;
    const { envelope: said, count, last_key } = page;
    const last_record = lastRecordOf(page.records);
    const answered = { envelope: said, headers, count, last_key, last_record, holds_secret };
    const next = nextPage(config, request, answered, range);
    rows += page.count;
    if (next !== null) chain(next, page.count);
    else assertNothingLeft(config, { ...page, headers }, index === 0 && options.from === undefined);
    if (next !== null && options.only_first !== true) {
      pending = mayBeBeyond(config, { ...page, headers }, rows)
        ? askFurther(next, { request, page }, beyond).then((found) => found ?? noMore())
        : ask(next);
      // It is awaited in the next round; should the reader stop before that, its failure concerns nobody.
      pending.catch(() => {});
    }
    const { drift: _, ascending: __, records: ___, envelope, ...rest } = page;
    const implied_total = index === 0 || next === null ? impliedTotal(config, { ...page, headers }) : null;
    const total = totalOf(config, { envelope, headers });
    yield { ...rest, index, request, next, widened, total, implied_total };
    if (next === null || options.only_first === true) return;
    reader.give_back(encoder);
    before = page;
    request = next;
  }
}

/** Asks for one page of a list. */
export function askPage(
  { auth }: ResolvedEndpoint,
  request: PageRequest,
  { http, sender, reader, constants }: ReadOptions & { readonly reader: PageReader },
): Promise<LinkedAnswer> {
  return http.send(
    request,
    auth,
    ({ body, headers, holds_secret }) => ({
      ...reader.read(body, constants),
      headers,
      holds_secret,
    }),
    sender,
  );
}

/** A page that may not be there: what the server says then, if anything. */
async function findPage(
  config: ResolvedEndpoint,
  request: PageRequest,
  { http, sender, reader, constants }: ReadOptions & { readonly reader: PageReader },
): Promise<LinkedAnswer | { readonly missing: XanoError }> {
  try {
    return await http.send(
      request,
      config.auth,
      ({ body, headers, holds_secret }) => {
        try {
          return { ...reader.read(body, constants), headers, holds_secret };
        } catch (thrown) {
          // Asked for again, it would say nothing once more.
          if (thrown instanceof XanoError && isNothing(config, body)) return { missing: thrown };
          throw thrown;
        }
      },
      sender,
    );
  } catch (thrown) {
    if (isNoPage(thrown)) return { missing: thrown };
    throw thrown;
  }
}

/** How many records the server counts in a range: one small request; null when it does not say. */
export async function countRecords(
  config: ResolvedEndpoint,
  http: Http,
  range: KeyRange,
  sender: Sender,
): Promise<number | null> {
  const { pagination } = config;
  if (pagination.type === 'single_page' || (pagination.total_path ?? '') === '') return null;
  const request = firstPage({ ...config, pagination: resized(pagination, 1) }, range);
  return totalOf(config, await askOnce(config, http, request, sender));
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
  sender: Sender,
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
 * The key of the record at a place of a list that is read by page numbers or offsets, as JSON text: one small request. Undefined where there
 * is none, and where the server refuses the place: one with a page size of its own has no page of that number.
 */
export async function keyAtPlace(
  config: ResolvedEndpoint,
  http: Http,
  place: number,
  sender: Sender,
): Promise<string | undefined> {
  const request = requestAtPlace({ ...config, pagination: resized(config.pagination, 1) }, place);
  if (request === undefined) return undefined;
  try {
    return (await askOnce(config, http, request, sender)).first_key ?? undefined;
  } catch (thrown) {
    const status = thrown instanceof XanoError && thrown.code === 'XANO_FAILED' ? thrown.request?.status : 0;
    if (![400, 404, 410, 416, 422].includes(status ?? 0)) throw thrown;
    return undefined;
  }
}

/** The first and the last key that a page has now, as JSON text. */
export async function keysOfPage(
  config: ResolvedEndpoint,
  http: Http,
  request: PageRequest,
  sender: Sender,
): Promise<Pick<PageRecords, 'first_key' | 'last_key'>> {
  return askOnce(config, http, request, sender);
}

function askOnce(
  config: ResolvedEndpoint,
  http: Http,
  request: PageRequest,
  sender: Sender,
  key = keyOf(config),
): Promise<PageRecords & Pick<Answer, 'headers'>> {
  const shape = { columns: keyColumns(config, key), key, left_out: [] };
  return http.send(
    request,
    config.auth,
    ({ body, headers }) => ({ ...readRecords(body, config.data_selector, shape), headers }),
    sender,
  );
}

/** The key's column alone: one that nobody declared is walked over as JSON. */
function keyColumns(config: ResolvedEndpoint, key: string | undefined): ShapeColumn[] {
  if (key === undefined) return [];
  const declared = config.columns?.find(({ name }) => name === key);
  return [{ ...(declared ?? { name: key, type: 'JSON', list: false }), inferred: false }];
}
