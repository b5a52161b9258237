/**
 * Detection: where a config leaves the list or the pagination open, it sends requests and compares answers.
 * In: an endpoint config and a client.
 * Out: a selector and a pagination with a score and reasons.
 * A guess from the first answer counts only after a second request confirms it, since many servers accept a
 * parameter and ignore it.
 */

import { XanoError } from '../../errors.js';
import { isJsonObject, select } from '../../json.js';
import { type EndpointConfig, isResolved, type ResolvedEndpoint } from '../config/endpoint-config.js';
import type { Pagination } from '../config/pagination.js';
import { parseAbridged } from '../decode/answer/abridged.js';
import { noList } from '../decode/answer/envelope.js';
import { counted, type FoundList, listPaths, RECORD_NAMES, rankLists } from '../decode/answer/rank-lists.js';
import { assertSucceeded } from '../decode/answer/said-failure.js';
import type { Http } from '../http/client.js';
import { isUnknownParameter } from '../http/failures.js';
import type { Answer, RequestContext } from '../http/messages.js';
import { bodyInFormat } from '../paging/answer-format.js';
import { isEmptyList, isNoContent } from '../paging/end-of-list.js';
import { HEADER } from '../paging/fields/answer-field.js';
import { pagingFields } from '../paging/fields/paging-fields.js';
import { firstPage } from '../paging/paginators.js';
import { baseRequest } from '../paging/requests/request-params.js';
import { candidates } from './candidates.js';
import { type FirstAnswer, hasMore, saysMore } from './has-more.js';
import { type Asked, type Trial, tryOut } from './try-candidate.js';

/** The result of a detection. */
export interface Detection {
  readonly data_selector: string;
  readonly pagination: Pagination;
  /** Absent where answers are JSON. */
  readonly format?: 'ndjson';
  /** The findings in their order: sentences without their full stops. */
  readonly reasons: readonly string[];
  /** 0 to 100: the strength of the evidence. */
  readonly score: number;
}

/** A complete config, and the part of it that was detected. */
export interface Resolution {
  readonly endpoint: ResolvedEndpoint;
  readonly detection: Detection | null;
}

/** Completes an open config by requests. Throws what {@link detect} throws. */
export async function resolveEndpoint(
  config: EndpointConfig,
  http: Http,
  sender: RequestContext = {},
): Promise<Resolution> {
  if (isResolved(config)) return { endpoint: config, detection: null };
  const detection = await detect(config, http, sender);
  const { data_selector, pagination, format } = detection;
  return {
    endpoint: { ...config, data_selector, pagination, ...(format === undefined ? {} : { format }) },
    detection,
  };
}

/**
 * Detects where the records are and how pages are requested, as far as the config leaves that open. Throws
 * what sending throws, SELECTOR_EMPTY where the answer has no list of records, or not the wanted one, and
 * PAGINATION_LOOP where more than the first page exists but no request returns it.
 */
export async function detect(config: EndpointConfig, http: Http, sender: RequestContext): Promise<Detection> {
  const { pagination } = config;
  const request = pagination.type === 'auto' ? baseRequest(config) : firstPage({ ...config, pagination });
  const { answer, headers, list, holds_secret, is_lines } = await http.send(
    request,
    config.auth,
    (received) => {
      const { holds_secret, is_lines } = received;
      const body = config.format === undefined ? received.body : bodyInFormat(config, received);
      const first = readFirst(config, { ...received, body });
      http.release(received.body);
      return { ...first, holds_secret, is_lines };
    },
    sender,
  );
  const { path: data_selector, records } = list;
  const format = is_lines === true || config.format === 'ndjson' ? { format: 'ndjson' as const } : {};
  if (pagination.type !== 'auto')
    return { data_selector, pagination, ...format, reasons: list.reasons, score: list.score };
  const count = records.length;
  const shown: FirstAnswer = {
    fields: pagingFields(answer, data_selector, count, headers, config),
    headers,
    count,
    holds_secret,
    list_path: data_selector,
    has_ids: hasId(records.at(-1)),
  };
  const ask = asker(config, data_selector, http, sender);
  const trial = { config, request, answer, list, shown, ask, more: hasMore(shown) };
  const detected = await detectPagination(trial);
  return {
    data_selector,
    pagination: detected.pagination,
    ...format,
    reasons: [...list.reasons, ...detected.reasons],
    score: Math.round((list.score + detected.score) / 2),
  };
}

/** Requests second pages. A refusal counts as an answer. */
function asker(
  config: EndpointConfig,
  data_selector: string,
  http: Http,
  sender: RequestContext,
): Trial['ask'] {
  const accept = (received: Answer): Asked => {
    const { headers, body } = received;
    // Some servers send an empty body beyond the end.
    if (body.length === 0) return { answer: null, headers, records: undefined, refused: null };
    const answer = parse(received);
    http.release(body);
    return { answer, headers, records: listAt(answer, data_selector), refused: null };
  };
  return async (next) => {
    try {
      return await http.send(next, config.auth, accept, sender);
    } catch (thrown) {
      if (!(thrown instanceof XanoError && isUnknownParameter(thrown))) throw thrown;
      return { answer: null, headers: {}, records: undefined, refused: thrown.request?.status ?? null };
    }
  };
}

function parse({ body }: Answer): unknown {
  try {
    return parseAbridged(body);
  } catch {
    throw noList(body, '');
  }
}

function listAt(answer: unknown, path: string): readonly unknown[] | undefined {
  const list = select(answer, path);
  return Array.isArray(list) ? list : undefined;
}

function readFirst(
  config: EndpointConfig,
  received: Answer,
): { readonly answer: unknown; readonly headers: Answer['headers']; readonly list: FoundList } {
  const { data_selector } = config;
  const { headers } = received;
  if (isNoContent(received.status)) {
    const reasons = ['the answer has no content'];
    return { answer: null, headers, list: { path: data_selector ?? '', records: [], score: 0, reasons } };
  }
  const answer = parse(received);
  if (data_selector !== undefined) {
    const records =
      listAt(answer, data_selector) ??
      (isEmptyList({ data_selector, pagination: { type: 'single_page' } }, received.body) ? [] : undefined);
    assertSucceeded(answer, data_selector);
    if (records === undefined) throw noList(received.body, data_selector);
    return { answer, headers, list: { path: data_selector, records, score: 100, reasons: [] } };
  }
  const [list, ...others] = rankLists(answer, config);
  assertSucceeded(answer, list?.path);
  if (list !== undefined) {
    const also = others
      .filter(({ score }) => score >= LIKELY)
      .map(({ path, records }) => `"${path}" is also a list, of ${counted(records)}, and is not read`);
    return { answer, headers, list: { ...list, reasons: [...list.reasons, ...also] } };
  }
  const empty = emptyPlace(answer);
  if (empty !== undefined)
    return {
      answer,
      headers,
      list: { path: empty, records: [], score: 20, reasons: [`"${empty}" is empty`] },
    };
  const lists = listPaths(answer);
  if (lists.length === 0) throw noList(received.body, '');
  const named = lists.map((path) => (path === '' ? 'the whole answer' : `"${path}"`)).join(', ');
  throw new XanoError('SELECTOR_EMPTY', `No list in the answer holds records; lists found: ${named}.`, {
    hint: 'If one of them is the right list, set data_selector to it.',
  });
}

/**
 * The path of null or an empty object in place of an answer's list, if it counts 0 records; undefined
 * otherwise.
 */
function emptyPlace(answer: unknown): string | undefined {
  if (!isJsonObject(answer) || pagingFields(answer, '', 0).total?.value !== 0) return undefined;
  return RECORD_NAMES.find((name) => {
    const value = answer[name];
    return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
  });
}

/** The score of a list that is as likely as not a list of records. */
const LIKELY = 50;

const hasId = (record: unknown): boolean =>
  isJsonObject(record) && ['string', 'number'].includes(typeof record['id']);

/** The fields that were searched for a next page, a cursor or a count. */
function lookedAt({ fields: { paths } }: FirstAnswer): string {
  const beside = paths.filter((path) => !path.startsWith(HEADER));
  const shown = beside.slice(0, 6).map((path) => `"${path}"`);
  const others = beside.length > shown.length ? ` and ${beside.length - shown.length} others` : '';
  const fields = shown.length === 0 ? 'no field beside the records' : `${shown.join(', ')}${others}`;
  return `looked at ${fields}, the Link header and ${paths.length - beside.length} other headers`;
}

async function detectPagination(trial: Trial): Promise<Omit<Detection, 'data_selector'>> {
  const { config, shown, more } = trial;
  const reasons: string[] = [];
  const detected = (pagination: Pagination, score: number, ...reason: string[]) => ({
    pagination,
    score,
    reasons: [...reasons, ...reason],
  });
  const single: Pagination = { type: 'single_page' };
  const all = candidates(config, shown);
  const best = all[0];
  const isShown = best?.shown === true;
  if (shown.count === 0)
    return best !== undefined && isShown
      ? detected(best.pagination, 40, best.reason, 'the list has no records to test it with yet')
      : detected(single, 20, 'it is empty and does not mention pages');
  if (more === false && !isShown) return detected(single, 90, 'the answer says that no records follow');

  for (const candidate of all) {
    const outcome = await tryOut(candidate, trial);
    if (outcome.pagination !== null)
      return detected(outcome.pagination, outcome.score, candidate.reason, outcome.tried);
    reasons.push(outcome.tried);
    if (more === false) return detected(single, 80, 'the first page is the complete list');
  }
  const { partial } = shown.fields;
  if (more === null && partial === undefined)
    return detected(single, 60, `nothing indicates more records than the first page (${lookedAt(shown)})`);
  throw new XanoError(
    'PAGINATION_LOOP',
    `"${config.name}" ${more === null ? 'may have' : 'has'} more than the ${shown.count} records of its first page, as ${saysMore(shown) ?? 'the answer'} says, but no tested pagination returns them: ${reasons.join('; ')}.`,
    { hint: 'Set pagination in this endpoint config as the API documents it.' },
  );
}
