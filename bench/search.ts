/**
 * What a request for rows asks of a table, and the stretch of records that answers it. Only what a loader
 * needs: conditions on `id` and on columns of times, joined by "and", and one column to sort by. Anything
 * else is refused aloud, so that no run measures something else.
 */
import type { Records } from './records.js';

/** A request that this server cannot answer, in Xano's words. */
export interface Refusal {
  readonly refused: string;
  readonly param: string;
}

/** The page size that a server without opinion gives, and the largest one it gives. */
export interface PageLimits {
  readonly max: number;
  /** Larger pages are made smaller instead of being refused. */
  readonly clamp: boolean;
}

/** A page of a list. */
export interface PageAsked {
  readonly page: number;
  readonly per_page: number;
}

interface Bounds {
  /** Both inclusive. */
  low: number;
  high: number;
}

interface Query extends PageAsked {
  /** By column. */
  readonly bounds: ReadonlyMap<string, Bounds>;
  readonly sort: { readonly column: string; readonly order: 'asc' | 'desc' } | undefined;
}

/** The records of a page, with the commas between them, and how many there are on it and in all. */
export interface FoundPage {
  readonly pieces: readonly Buffer[];
  readonly received: number;
  readonly total: number;
  readonly asked: PageAsked;
}

/** A table while it is served. */
export interface ServedRecords {
  readonly records: Records;
  /** Grows when records change: what was found before is then found anew. */
  version: number;
  found?: { readonly version: number; readonly query: string; readonly places: Uint32Array };
}

/** Tells a refusal from what a function returns otherwise. */
export const isRefusal = (value: object): value is Refusal => 'refused' in value;

const DEFAULT_PAGE_SIZE = 50;

/** Reads page inputs as Xano does: whole numbers from 1, refused beyond the largest page. */
export function readPage(page: unknown, per_page: unknown, limits: PageLimits): PageAsked | Refusal {
  const number = wholeNumber(page ?? 1);
  if (number === undefined) return refuse('Value must be a whole number of 1 or more.', 'page');
  const size = wholeNumber(per_page ?? DEFAULT_PAGE_SIZE);
  if (size === undefined) return refuse('Value must be a whole number of 1 or more.', 'per_page');
  if (size > limits.max && !limits.clamp) return refuse(`Value must be ${limits.max} or less.`, 'per_page');
  return { page: number, per_page: Math.min(size, limits.max) };
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 ? number : undefined;
}

function refuse(refused: string, param: string): Refusal {
  return { refused, param };
}

/** Answers `POST …/content/search`; the body is JSON text. */
export function search(table: ServedRecords, body: string, limits: PageLimits): FoundPage | Refusal {
  const query = readQuery(body, table.records, limits);
  return isRefusal(query) ? query : answer(table, query);
}

/** Answers `GET …/content`: records as they are stored. */
export function browse(table: ServedRecords, asked: PageAsked): FoundPage {
  return answer(table, { ...asked, bounds: new Map(), sort: undefined });
}

function readQuery(body: string, records: Records, limits: PageLimits): Query | Refusal {
  let inputs: Record<string, unknown>;
  try {
    inputs = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
  } catch {
    return refuse('Expects a JSON object.', 'body');
  }
  const asked = readPage(inputs['page'], inputs['per_page'], limits);
  if (isRefusal(asked)) return asked;
  const bounds = readBounds(inputs['search'], records);
  if ('refused' in bounds) return bounds;
  const sort = inputs['sort'];
  if (sort === undefined) return { ...asked, bounds, sort: undefined };
  const keys = (Array.isArray(sort) ? sort : [sort]).flatMap((key: object) => Object.entries(key));
  // A second key only matters where times are equal, and there the order is that of the ids anyway.
  const [column = '', order] = (keys[0] ?? []) as [string?, unknown?];
  if (!isKnown(column, records)) return refuse(`Cannot sort by ${column}.`, 'sort');
  if (order !== 'asc' && order !== 'desc') return refuse('Expects asc or desc.', 'sort');
  return { ...asked, bounds, sort: { column, order } };
}

const isKnown = (column: string, records: Records): boolean =>
  column === 'id' || records.times(column) !== undefined;

function readBounds(conditions: unknown, records: Records): Map<string, Bounds> | Refusal {
  const bounds = new Map<string, Bounds>();
  if (conditions === undefined) return bounds;
  for (const condition of Array.isArray(conditions) ? conditions : [conditions]) {
    // Of an object with several keys only the first counts, as a client of Xano's found out.
    const [key = '', value] = Object.entries(condition as object)[0] ?? [];
    const [column = '', operator = '=', ...more] = key.split('|');
    const number = Number(value);
    if (!isKnown(column, records) || more.length > 0 || !Number.isInteger(number))
      return refuse(`Cannot search by ${key}.`, 'search');
    const held = bounds.get(column) ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    if (operator === '>') held.low = Math.max(held.low, number + 1);
    else if (operator === '>=') held.low = Math.max(held.low, number);
    else if (operator === '<') held.high = Math.min(held.high, number - 1);
    else if (operator === '<=') held.high = Math.min(held.high, number);
    else if (operator === '=') {
      held.low = Math.max(held.low, number);
      held.high = Math.min(held.high, number);
    } else return refuse(`Cannot search by ${key}.`, 'search');
    bounds.set(column, held);
  }
  return bounds;
}

function answer(table: ServedRecords, query: Query): FoundPage {
  const { records } = table;
  const ids = query.bounds.get('id');
  const from = ids === undefined ? 0 : records.countBelow(ids.low, false);
  const to = Math.max(from, ids === undefined ? records.count : records.countBelow(ids.high, true));
  const conditions = [...query.bounds].filter(([column]) => column !== 'id');
  const { page, per_page, sort } = query;
  const offset = (page - 1) * per_page;
  const asked = { page, per_page };

  if (conditions.length === 0 && (sort === undefined || sort.column === 'id')) {
    const total = to - from;
    const first = Math.min(offset, total);
    const end = Math.min(offset + per_page, total);
    const pieces =
      sort?.order === 'desc'
        ? oneByOne(records, first, end, (nth) => to - 1 - nth)
        : records.stretch(from + first, from + end);
    return { pieces, received: end - first, total, asked };
  }

  const places = placesOf(table, query, conditions, from, to);
  const first = Math.min(offset, places.length);
  const end = Math.min(offset + per_page, places.length);
  const pieces = oneByOne(records, first, end, (nth) => places[nth]!);
  return { pieces, received: end - first, total: places.length, asked };
}

const COMMA = Buffer.from(',');

function oneByOne(records: Records, first: number, end: number, placeOf: (nth: number) => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let nth = first; nth < end; nth++) {
    const place = placeOf(nth);
    if (nth > first) pieces.push(COMMA);
    pieces.push(...records.stretch(place, place + 1));
  }
  return pieces;
}

/**
 * The places of the records that conditions on times select: one look at each time, a millisecond for a
 * million of them.
 */
function placesOf(
  table: ServedRecords,
  { sort, page, per_page, bounds }: Query,
  conditions: readonly (readonly [string, Bounds])[],
  from: number,
  to: number,
): Uint32Array {
  const { records } = table;
  const alone = page === 1 && per_page === 1;
  const query = JSON.stringify([[...bounds], sort, alone]);
  if (table.found?.version === table.version && table.found.query === query) return table.found.places;

  const columns = conditions.map(([column, { low, high }]) => ({ low, high, times: records.times(column)! }));
  const selected = new Uint32Array(to - from);
  let count = 0;
  for (let place = from; place < to; place++) {
    let holds = true;
    for (const { low, high, times } of columns)
      holds = holds && times[place]! >= low && times[place]! <= high;
    if (holds) selected[count++] = place;
  }
  const places = selected.subarray(0, count);
  sortPlaces(places, sort, records, alone);
  table.found = { version: table.version, query, places };
  return places;
}

function sortPlaces(places: Uint32Array, sort: Query['sort'], records: Records, only_first: boolean): void {
  if (sort === undefined || (sort.column === 'id' && sort.order === 'asc')) return;
  const times = sort.column === 'id' ? undefined : records.times(sort.column)!;
  const sign = sort.order === 'asc' ? 1 : -1;
  const before = (a: number, b: number): number =>
    sign * ((times === undefined ? a : times[a]!) - (times === undefined ? b : times[b]!));
  if (!only_first) {
    places.sort((a, b) => before(a, b) || a - b);
    return;
  }
  // The highest value alone is what a loader asks for most often: nothing needs sorting for that.
  let best = 0;
  for (let nth = 1; nth < places.length; nth++) if (before(places[nth]!, places[best]!) < 0) best = nth;
  if (places.length > 0) [places[0], places[best]] = [places[best]!, places[0]!];
}

/** The envelope of rows, as text around the records' own bytes. */
export function pageText({ pieces, received, total, asked }: FoundPage): readonly (Buffer | string)[] {
  const { page, per_page } = asked;
  const rest = {
    itemsReceived: received,
    curPage: page,
    nextPage: page * per_page < total ? page + 1 : null,
    prevPage: page > 1 ? page - 1 : null,
    offset: (page - 1) * per_page,
    perPage: per_page,
    itemsTotal: total,
    pageTotal: Math.ceil(total / per_page),
  };
  return ['{"items":[', ...pieces, `],${JSON.stringify(rest).slice(1)}`];
}
