/** Tests a candidate pagination by requesting the second page. */
import { XanoError } from '../../errors.js';
import { isJsonObject, joinKeys, select } from '../../json.js';
import type { EndpointConfig } from '../config/endpoint-config.js';
import type { Pagination } from '../config/pagination.js';
import { envelopeOf } from '../decode/answer/envelope.js';
import type { FoundList } from '../decode/answer/rank-lists.js';
import type { Answer } from '../http/messages.js';
import type { PageRequest } from '../http/request.js';
import { countIn, fieldAt } from '../paging/fields/answer-field.js';
import type { LastRecord } from '../paging/fields/last-record.js';
import { pagingFields } from '../paging/fields/paging-fields.js';
import { firstPage, nextPage, pageSizeOf, resized } from '../paging/paginators.js';
import { requestAt } from '../paging/requests/page-position.js';
import type { Candidate } from './candidates.js';
import type { FirstAnswer } from './has-more.js';

/** A second answer. */
export interface Asked {
  readonly answer: unknown;
  readonly headers: Answer['headers'];
  /** Undefined where the selector matches no list. */
  readonly records: readonly unknown[] | undefined;
  /** The status of a refusal. */
  readonly refused: number | null;
}

/** The known facts when a candidate is tried. */
export interface Trial {
  readonly config: EndpointConfig;
  /** The first request, its answer, and its list. */
  readonly request: PageRequest;
  readonly answer: unknown;
  readonly list: FoundList;
  readonly shown: FirstAnswer;
  /** Whether more than the first page exists; null where unknown. */
  readonly more: boolean | null;
  readonly ask: (request: PageRequest) => Promise<Asked>;
}

/**
 * The result of a trial: the confirmed pagination, or null; and the finding, as a sentence without its full
 * stop.
 */
export interface Outcome {
  readonly pagination: Pagination | null;
  readonly tried: string;
  /** 0 to 100. */
  readonly score: number;
}

type Counted = Extract<Pagination, { type: 'page_number' | 'offset' }>;

const failed = (tried: string): Outcome => ({ pagination: null, tried, score: 0 });

/** Tries a candidate. Throws what requests throw. */
export async function tryOut(candidate: Candidate, trial: Trial): Promise<Outcome> {
  const { pagination, base_known } = candidate;
  if (pagination.type === 'page_number' || pagination.type === 'offset')
    return tryCounted(pagination, base_known !== false, trial);
  return tryFollowed(pagination, trial);
}

/** Links and cursors: the first answer contains the next request. */
async function tryFollowed(pagination: Pagination, trial: Trial): Promise<Outcome> {
  const { config, request, answer, list, shown, ask } = trial;
  let next: PageRequest | null;
  try {
    const endpoint = { ...config, pagination, data_selector: list.path };
    const { count, headers, holds_secret } = shown;
    const last_record: LastRecord = (field) => select(list.records.at(-1), joinKeys(field));
    next = nextPage(endpoint, request, {
      envelope: envelopeOf(answer),
      headers,
      count,
      last_key: null,
      last_record,
      holds_secret,
    });
  } catch (thrown) {
    // The link leads to another origin, or is not valid.
    if (!(thrown instanceof XanoError)) throw thrown;
    return failed(thrown.message.replace(/\.$/, ''));
  }
  if (next === null)
    return trial.more === true
      ? failed('it does not link to the next page, although more records follow')
      : { pagination: fitted(pagination, trial, null), tried: 'no page follows it now', score: 70 };
  const what = pagination.type === 'cursor' ? `"${pagination.cursor_param}" with that cursor` : 'its link';
  const second = await ask(next);
  const not = whyNot(second, trial);
  if (not !== undefined) return failed(`${what} ${not}`);
  const count = second.records?.length ?? 0;
  return {
    pagination: fitted(pagination, trial, second),
    tried: `${what} returns ${others(count)}`,
    score: 100,
  };
}

/**
 * Page numbers and offsets: whether the server obeys the parameter, which number comes first, and which size
 * applies.
 */
async function tryCounted(pagination: Counted, base_known: boolean, trial: Trial): Promise<Outcome> {
  const { config, shown, more, ask } = trial;
  const wanted = pageSizeOf(pagination) ?? shown.count;
  const position = pagination.type === 'offset' ? shown.count : 1;
  const name =
    pagination.type === 'offset'
      ? `"${pagination.offset_param}" ${position}`
      : `"${pagination.page_param}" ${pagination.base_page + position}`;
  let not = '';
  let beyond: number | undefined;
  // A larger size than the server's own may exceed its limit, or leave nothing for a second page.
  for (const size of new Set([wanted, Math.min(wanted, shown.count)])) {
    const sized = resized(pagination, size);
    const second = await ask(requestAt({ ...config, pagination: sized }, position)!);
    const count = second.records?.length ?? 0;
    not = whyNot(second, trial) ?? '';
    // Records without a key may be the same on every page: then the server obeys the parameter if a page far
    // beyond the end does not exist.
    if (not === SAME && !isKeyed(trial) && (await hasEnd({ ...config, pagination: sized }, trial))) not = '';
    if (second.refused !== null) continue;
    if (not !== '') break;
    const begun = await begin(sized, base_known, trial);
    if (begun === null) {
      not = 'does not page this list: it does not return the first page';
      break;
    }
    const { based, follows } = begun;
    if (count === 0 && more === true && !follows) {
      not = 'returns no records, although more follow';
      beyond = size;
      continue;
    }
    const tried = count === 0 ? `${name} is beyond the end` : `${name} returns ${others(count)}`;
    // The server obeys the size if this one leaves no second page while a smaller one does.
    const fixed = beyond === undefined ? withSize(based, trial, second) : resized(based, beyond);
    return { pagination: fitted(fixed, trial, second), tried, score: base_known ? 100 : 90 };
  }
  return failed(`${name} ${not}`);
}

const others = (count: number): string => `${count} other ${count === 1 ? 'record' : 'records'}`;

/**
 * The pagination whose first page equals the answer to the plain request; null where there is none: a
 * parameter that filters records by value also changes the answer. Pages count from 0 if number 1 is not the
 * first; `follows`: then it is the second one, and has records.
 */
async function begin(
  pagination: Counted,
  base_known: boolean,
  { config, list, ask }: Trial,
): Promise<{ readonly based: Counted; readonly follows: boolean } | null> {
  const wanted = identityOf(config, list.records[0]);
  let follows = false;
  for (const base_page of base_known || pagination.type === 'offset' ? [undefined] : [1, 0]) {
    const based: Counted =
      pagination.type === 'offset' || base_page === undefined ? pagination : { ...pagination, base_page };
    const { records = [] } = await ask(firstPage({ ...config, pagination: based }));
    if (records.length > 0 && identityOf(config, records[0]) === wanted) return { based, follows };
    follows = records.length > 0;
  }
  return null;
}

/** Why an answer is not a second page; undefined where it may be one. */
function whyNot({ refused, records }: Asked, trial: Trial): string | undefined {
  const { config, list } = trial;
  if (refused !== null) return `is refused (status ${refused})`;
  if (records === undefined) return 'returns no list';
  if (records.length === 0) return undefined;
  const isSame = (a: unknown, b: unknown): boolean => identityOf(config, a) === identityOf(config, b);
  if (isKeyed(trial)) return list.records.some((record) => isSame(record, records[0])) ? SAME : undefined;
  // Records without a key may be equal to others: only a page that begins like the first one, up to its end,
  // counts as the same.
  const [short, long] =
    list.records.length < records.length ? [list.records, records] : [records, list.records];
  return short.every((record, at) => isSame(record, long[at])) ? SAME : undefined;
}

const SAME = 'returns the first page again';

/** Whether a key tells the records of the first page apart. */
function isKeyed({ config: { primary_key }, list: { records } }: Trial): boolean {
  const keys = primary_key.length === 0 ? ['id'] : primary_key;
  // Abridged answers have empty elements in the middle of a large list.
  const known = Object.values(records).map((record) =>
    isJsonObject(record) ? keys.map((key) => record[key]) : [],
  );
  const isWhole = (values: readonly unknown[]): boolean =>
    values.length > 0 && values.every((value) => value !== undefined && value !== null);
  return known.every(isWhole) && new Set(known.map((values) => JSON.stringify(values))).size === known.length;
}

/** A page, or an offset, far beyond the first page. With pages of 100, no offset exceeds 32 bits. */
const FAR = 1_000_000;

/** Whether a list is empty far beyond its end: a server that ignores the number repeats its answer. */
async function hasEnd(
  config: EndpointConfig & { readonly pagination: Counted },
  { ask }: Trial,
): Promise<boolean> {
  const { refused, records = [] } = await ask(requestAt(config, FAR)!);
  return refused !== null || records.length === 0;
}

/**
 * The identity of a record: its key, since other values may change with each answer; without a single key,
 * the complete record.
 */
function identityOf({ primary_key }: EndpointConfig, record: unknown): string {
  const [key = 'id', ...more] = primary_key;
  const value = more.length === 0 && isJsonObject(record) ? record[key] : undefined;
  return JSON.stringify(value ?? record);
}

/** The requested size, if the server obeys it; else its own size. */
function withSize(
  pagination: Counted,
  { config, list, shown }: Trial,
  { answer, headers, records = [] }: Asked,
): Counted {
  const asked = pageSizeOf(pagination) ?? shown.count;
  const { page_size, total } = pagingFields(answer, list.path, 0, headers, config);
  const remaining = total === undefined ? undefined : total.value - asked;
  const obeyed = records.length === 0 || records.length > shown.count || records.length === remaining;
  return resized(pagination, obeyed ? asked : (page_size?.value ?? shown.count));
}

/**
 * A pagination without the fields that the second page disproves. A total that is not above the records at
 * hand, and that no second page has repeated, may count the page.
 */
function fitted<P extends Pagination>(pagination: P, { shown }: Trial, second: Asked | null): P {
  const { total, next_page } = shown.fields;
  const { answer, headers, records = [] } = second ?? { answer: null, headers: {} };
  const fields = { envelope: envelopeOf(answer), headers };
  const count = records.length;
  const wrong: string[] = [];
  if (
    total !== undefined &&
    (total.value < shown.count + count || countIn(fieldAt(fields, total.path)) !== total.value)
  )
    wrong.push('total_path');
  if (pagination.type === 'page_number' && count > 0) {
    const { total_pages_path } = pagination;
    const pages = total_pages_path === undefined ? undefined : countIn(fieldAt(fields, total_pages_path));
    if (pages === undefined || pages < 2) wrong.push('total_pages_path');
    if (next_page?.value === null) wrong.push('next_page_path');
  }
  // Only fields that may be absent are removed; the others stay.
  return Object.fromEntries(Object.entries(pagination).filter(([name]) => !wrong.includes(name))) as P;
}
