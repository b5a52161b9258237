/** A config becomes a stream of pages: the next one is asked for while the last one is being written. */
import { XanoError } from '../errors.js';
import type { JsonObject } from '../json.js';
import { select } from '../json.js';
import { followChain } from './chain.js';
import type { ResolvedEndpoint } from './config.js';
import type { Http, Sender } from './http.js';
import {
  type AnsweredPage,
  firstPage,
  type KeyRange,
  nextPage,
  type PageRequest,
  requestAtPlace,
  resized,
} from './paginate.js';
import { type PageRecords, readRecords, type ShapeColumn } from './records.js';
import { typeForKinds } from './values.js';

/** One answer's records and how to go on after them. */
export interface Page extends Omit<PageRecords, 'drift' | 'ascending' | 'envelope'> {
  readonly index: number;
  readonly request: PageRequest;
  readonly next: PageRequest | null;
  /** Records the server counts under the conditions of this request; null when it does not say. */
  readonly total: number | null;
  /** Columns that this page made necessary: new ones, and inferred ones whose type had to give way. */
  readonly widened: readonly ShapeColumn[];
}

/** What reading needs beside the config. */
export interface ReadOptions {
  readonly http: Http;
  readonly columns: readonly ShapeColumn[];
  readonly range?: KeyRange;
  /** Begin with this request instead of the first page. */
  readonly from?: PageRequest | undefined;
  /** The key that the request before `from` ended with. */
  readonly after?: string | undefined;
  readonly sender: Sender;
  /** Ask for no page after the first. */
  readonly only_first?: boolean;
}

/**
 * Reads a list page by page. Throws what {@link Http.send} throws, and PAGINATION_LOOP where the server gives the same
 * records again or does not keep the order it was asked for.
 */
export async function* readPages(config: ResolvedEndpoint, options: ReadOptions): AsyncGenerator<Page> {
  const { http, sender, range = {} } = options;
  const shape = { columns: [...options.columns], key: keyOf(config), left_out: config.left_out };

  const ask = (
    request: PageRequest,
  ): Promise<{ page: PageRecords; widened: ShapeColumn[]; link: AnsweredPage['link'] }> =>
    http.send(
      request,
      config.auth,
      ({ body, headers }) => ({
        ...readAndWiden(body, config.data_selector, shape),
        link: headers['link'],
      }),
      sender,
    );

  let request: PageRequest = options.from ?? firstPage(config, range);
  let last = options.after;
  let before: PageRecords | undefined;
  const chain = followChain(config, request);
  let pending = ask(request);
  for (let index = 0; ; index++) {
    const { page, widened, link } = await pending;
    assertProgress(config, page, last, before);
    const answered = { envelope: page.envelope, count: page.count, last_key: page.last_key, link };
    const next = nextPage(config, request, answered, range);
    if (next !== null) chain(next, page.count);
    if (next !== null && options.only_first !== true) {
      pending = ask(next);
      // It is awaited in the next round; should the reader stop before that, its failure concerns nobody.
      pending.catch(() => {});
    }
    const { drift: _, ascending: __, envelope, ...records } = page;
    yield { ...records, index, request, next, widened, total: totalOf(config, envelope) };
    if (next === null || options.only_first === true) return;
    last = page.last_key ?? undefined;
    before = page;
    request = next;
  }
}

function readAndWiden(
  body: Uint8Array,
  selector: string,
  shape: { columns: ShapeColumn[]; key: string | undefined; left_out: readonly string[] },
): { page: PageRecords; widened: ShapeColumn[] } {
  const widened: ShapeColumn[] = [];
  for (;;) {
    const page = readRecords(body, selector, shape);
    if (page.drift.size === 0) return { page, widened };
    for (const [name, kinds] of page.drift) {
      const known = shape.columns.findIndex((column) => column.name === name);
      // A guess that does not hold gives way to JSON at once: it holds everything, as sent.
      const type = known < 0 ? typeForKinds(kinds) : 'JSON';
      const column: ShapeColumn = { name, type, list: false, inferred: type !== 'JSON' };
      if (known < 0) shape.columns.push(column);
      else shape.columns[known] = column;
      widened.push(column);
    }
  }
}

/** The column that identifies records and orders pages, when there is exactly one. */
function keyOf(config: ResolvedEndpoint): string | undefined {
  if (config.pagination.type === 'keyset') return config.pagination.key;
  return config.primary_key.length === 1 ? config.primary_key[0] : undefined;
}

function assertProgress(
  config: ResolvedEndpoint,
  page: PageRecords,
  last: string | undefined,
  before: PageRecords | undefined,
): void {
  if (page.count === 0) return;
  if (config.pagination.type === 'keyset') {
    const { key } = config.pagination;
    if (isNone(page.first_key) || isNone(page.last_key))
      throw new XanoError('PAGINATION_LOOP', `Records of "${config.name}" come without their key "${key}".`);
    if (!page.ascending || (last !== undefined && !isAfter(page.first_key, last)))
      throw new XanoError(
        'PAGINATION_LOOP',
        `The server does not keep records of "${config.name}" in the order of "${key}".`,
      );
  }
  if (before !== undefined && Buffer.compare(before.records, page.records) === 0)
    throw new XanoError(
      'PAGINATION_LOOP',
      `The server gives the same page of "${config.name}" again and again.`,
    );
}

const isNone = (key: string | null): key is null => key === null || key === 'null';

/** Tells whether a key (JSON text) comes after another: whole numbers by value, anything else only by being different. */
function isAfter(key: string, last: string): boolean {
  if (/^-?\d+$/.test(key) && /^-?\d+$/.test(last)) return BigInt(key) > BigInt(last);
  return key !== last;
}

function totalOf(config: ResolvedEndpoint, envelope: PageRecords['envelope']): number | null {
  const { pagination } = config;
  const path = pagination.type === 'single_page' ? undefined : pagination.total_path;
  const total = path === undefined ? undefined : select(envelope, path);
  return typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : null;
}

/** How many records the server counts in a range: one small request; null when it does not say. */
export async function countRecords(
  config: ResolvedEndpoint,
  http: Http,
  range: KeyRange,
  sender: Sender,
): Promise<number | null> {
  const { pagination } = config;
  if (pagination.type === 'single_page' || pagination.total_path === undefined) return null;
  const request = firstPage({ ...config, pagination: resized(pagination, 1) }, range);
  const { envelope } = await askOnce(config, http, request, sender);
  return totalOf(config, envelope);
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
  const request = firstPage({ ...config, pagination: { ...pagination, page_size: 1 } }, { also });
  const body = { ...request.body, [sort_param]: { [column]: order } };
  const page = await askOnce(config, http, { ...request, body }, sender, column);
  return page.first_key ?? undefined;
}

/** The key of the record at a place of a list that is read by page numbers or offsets, as JSON text: one small request. */
export async function keyAtPlace(
  config: ResolvedEndpoint,
  http: Http,
  place: number,
  sender: Sender,
): Promise<string | undefined> {
  const request = requestAtPlace({ ...config, pagination: resized(config.pagination, 1) }, place);
  if (request === undefined) return undefined;
  const page = await askOnce(config, http, request, sender);
  return page.first_key ?? undefined;
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
): Promise<PageRecords> {
  const shape = { columns: keyColumns(config, key), key, left_out: [] };
  return http.send(
    request,
    config.auth,
    (answer) => readRecords(answer.body, config.data_selector, shape),
    sender,
  );
}

/** The key's column alone: one that nobody declared is walked over as JSON. */
function keyColumns(config: ResolvedEndpoint, key: string | undefined): ShapeColumn[] {
  if (key === undefined) return [];
  const declared = config.columns?.find(({ name }) => name === key);
  return [{ ...(declared ?? { name: key, type: 'JSON', list: false }), inferred: false }];
}
