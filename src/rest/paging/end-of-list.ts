/**
 * Finds the end of a list whose answers do not say where it ends: a page is missing while the previous page
 * still exists.
 */
import { XanoError } from '../../errors.js';
import { isJsonObject, type Json, type JsonObject, pathKeys, select } from '../../json.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import { parseAbridged } from '../decode/answer/abridged.js';
import { saysFailed } from '../decode/answer/single-record.js';
import type { PageRecords } from '../decode/records.js';
import { isMissingPage } from '../http/failures.js';
import type { PageRequest } from '../http/request.js';
import { fieldAt } from './fields/answer-field.js';
import { moreFlag } from './fields/end-signs.js';
import type { LastAnswer } from './fields/nothing-left.js';
import { pagingFields } from './fields/paging-fields.js';
import { totalOf } from './page.js';
import type { LinkedAnswer } from './page-reader.js';

/**
 * Whether the next page may be beyond the end: the answer's total equals the rows read, or it has no total
 * and names no next page. `rows`: read so far; not finite where unknown.
 */
export function mayBeBeyond(config: ResolvedEndpoint, answer: LastAnswer, rows: number): boolean {
  const { pagination } = config;
  if (pagination.type === 'single_page' || pagination.type === 'keyset') return false;
  const total = totalOf({ pagination }, answer);
  if (total !== null) return total <= rows;
  if (moreFlag(answer, config) === true) return false;
  if (pagination.type !== 'page_number') return true;
  const { next_page_path, total_pages_path } = pagination;
  const says = [next_page_path, total_pages_path].map((path) =>
    path === undefined ? undefined : fieldAt(answer, path),
  );
  return says.every((value) => value === undefined);
}

/**
 * Whether a status says that the answer has no content: 204 No Content, 205 Reset Content. As a first answer
 * it is an empty list.
 */
export const isNoContent = (status: number): boolean => status === 204 || status === 205;

/**
 * Whether an answer holds nothing where its list would be: no text, `null`, `{}`, `[]` in place of an object
 * around the list, or an object whose list is missing or null; or a sentence such as "No more records". An
 * answer that reports a failure is not empty.
 */
export function isNothing({ data_selector }: ResolvedEndpoint, body: Uint8Array): boolean {
  if (body.length === 0) return true;
  try {
    const answer = parseAbridged(body);
    if (answer === null || answer === '' || answer === false || isEmpty(answer) || saysNoMore(answer))
      return true;
    if (!isJsonObject(answer)) return false;
    const list = select(answer, data_selector);
    const isListed = Array.isArray(list) && list.length > 0;
    if (!isListed && [list, ...MESSAGES.map((name) => answer[name])].some(saysNoMore)) return true;
    if (saysFailed(answer)) return false;
    if (list === null || list === '' || list === false || isEmpty(list)) return true;
    return (list === undefined || data_selector === '') && Object.entries(answer).every(isBesideNothing);
  } catch {
    return false;
  }
}

/**
 * Whether an answer is an empty list that is written as null, as Go does, or as an empty object, as PHP does;
 * or that is omitted beside a total of 0.
 */
export function isEmptyList(
  config: Pick<ResolvedEndpoint, 'data_selector' | 'pagination'>,
  body: Uint8Array,
): boolean {
  if (body.length > LONGEST_EMPTY) return false;
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return false;
  }
  const { data_selector } = config;
  const list = select(answer, data_selector);
  if (Array.isArray(list) || (list === undefined && !isJsonObject(answer))) return false;
  if (isJsonObject(answer) && saysFailed(answer as JsonObject)) return false;
  if (list === null) return true;
  const envelope = isJsonObject(answer) ? (answer as JsonObject) : {};
  const is_counted =
    totalOf(config, { envelope }) === 0 || pagingFields(answer, data_selector, 0).total?.value === 0;
  return is_counted
    ? list === undefined || isEmpty(list)
    : data_selector !== '' && isJsonObject(list) && isEmpty(list);
}

/** The longest answer without records, in bytes. */
const LONGEST_EMPTY = 100_000;

/** Fields that hold an answer's message. */
const MESSAGES: readonly string[] = ['message', 'msg', 'detail', 'error', 'reason', 'status'];

/**
 * Complete sentences that say that nothing exists there: "No more data.", "There are no results", "Page not
 * found". A longer sentence, such as "No more requests allowed", may mean something else.
 */
const NO_MORE =
  /^(?:(?:there (?:are|is) )?no (?:more|further|(?:(?:more|further|such) )?(?:records?|results?|data|items?|rows?|entries|documents?|objects?|pages?))(?: (?:were |was )?(?:found|left|available|returned))?|invalid page|page (?:was )?not found|(?:page|offset|index) (?:is )?out of range|nothing (?:more|found|left)|end of (?:the )?(?:list|results|data))[.!]?$/i;

const saysNoMore = (value: unknown): boolean =>
  typeof value === 'string' && value.length < 200 && NO_MORE.test(value.trim());

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;

/**
 * Values that an answer without records may have: counts, flags, URLs and empty values; no sentence, no
 * record and no other list.
 */
function isBesideNothing([name, value]: readonly [string, unknown]): boolean {
  if (name === 'id') return false;
  if (typeof value === 'string') return value === '' || /^(https?:\/\/|\/|\?)\S*$/.test(value);
  if (Array.isArray(value)) return value.length === 0;
  return !isJsonObject(value) || Object.entries(value).every(isBesideNothing);
}

/** Whether a refusal may mean that no such page exists. */
export function isNoPage(thrown: unknown): thrown is XanoError {
  return thrown instanceof XanoError && isMissingPage(thrown);
}

/** An answer whose list is empty. */
export function emptyAnswer({ data_selector }: Pick<ResolvedEndpoint, 'data_selector'>): Uint8Array {
  const steps = pathKeys(data_selector);
  return Buffer.from(JSON.stringify(steps.reduceRight<Json>((inner, step) => ({ [step]: inner }), [])));
}

/** The answer to a request beyond the end. */
export interface Beyond {
  readonly ask: (request: PageRequest) => Promise<LinkedAnswer>;
  readonly find: (request: PageRequest) => Promise<LinkedAnswer | { readonly missing: XanoError }>;
}

/** The page before the one that may be missing. */
export interface LastPage {
  readonly request: PageRequest;
  readonly page: PageRecords & Pick<LinkedAnswer, 'headers'>;
  /** What a flag in it says about more pages; undefined where it has none. */
  readonly more: boolean | undefined;
  /** Records read so far, including its own; not finite where unknown. */
  readonly rows: number;
  /** The most records of a page, this one included. */
  readonly longest: number;
  /** Pages that had records, this one included. */
  readonly pages: number;
}

/**
 * The page after one that was read, undefined where that was the last. If it is missing, either the list ends
 * there or something is wrong. Something is wrong if the previous page has changed, or if the missing page
 * appears on a second request. Throws why it is missing.
 */
export async function askFurther(
  config: ResolvedEndpoint,
  next: PageRequest,
  last: LastPage,
  { ask, find }: Beyond,
): Promise<LinkedAnswer | undefined> {
  const answered = await find(next);
  if (!('missing' in answered)) return answered;
  if (isError(config, answered.missing, last)) throw answered.missing;
  if (!isSamePage((await ask(last.request)).page, last.page)) throw answered.missing;
  const again = await find(next);
  return 'missing' in again ? undefined : again;
}

/** Words of servers that return only so many records of a list, however long it is. */
const LIMITED =
  /result window|only the first|too deep|deep pag|at most|upgrade|\b(max|maximum)\b.{0,20}\b(offset|page|depth|number|limit|allowed)|\blimited to\b|exceeds? (the )?(max|limit)/i;

/**
 * Whether a missing page is an error, not the end. A link or a cursor that was never followed with success
 * may be wrong. After a full page, 400 and 422 may refuse to go that deep: servers that do so stop at a round
 * number (Elasticsearch 10,000, GitHub's search 1,000).
 */
function isError(
  { pagination }: ResolvedEndpoint,
  missing: XanoError,
  { page, rows, longest, pages }: LastPage,
): boolean {
  const status = missing.code === 'XANO_FAILED' ? missing.request?.status : undefined;
  if (status === undefined) return false;
  const isFull = page.count >= longest;
  const isUnsure = status === 400 || status === 422;
  if (pagination.type !== 'page_number' && pagination.type !== 'offset')
    return pages < 2 || (isUnsure && isFull);
  if (!isUnsure || !isFull) return false;
  const reached = Math.ceil(rows / 1000) * 1000;
  return LIMITED.test(missing.message) || (reached > 0 && reached < rows + page.count);
}

function isSamePage(a: PageRecords, b: PageRecords): boolean {
  if (a.count !== b.count) return false;
  if (a.first_key !== null) return a.first_key === b.first_key && a.last_key === b.last_key;
  return Buffer.compare(a.records, b.records) === 0;
}
