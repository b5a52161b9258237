/**
 * `xano check`: requests a small part of one list, and compares the answers with its config.
 * In: an endpoint config and a client.
 * Out: problems, notes, a sample, and the corrected config, which can be written into its file.
 */
import { isDeepStrictEqual } from 'node:util';
import { asXanoError, type ErrorReport, errorReport, XanoError } from '../../errors.js';
import { isJsonObject, type Json, type JsonObject, select } from '../../json.js';
import { nearestName } from '../../names.js';
import { masksOf } from '../config/columns/masked-columns.js';
import { namedColumns, unknownColumn } from '../config/columns/named-columns.js';
import type { EndpointConfig, ResolvedEndpoint } from '../config/endpoint-config.js';
import type { Pagination } from '../config/pagination.js';
import type { PageRecords } from '../decode/records.js';
import type { Http } from '../http/client.js';
import { isUnknownPath } from '../http/failures.js';
import type { RequestContext, Traffic } from '../http/messages.js';
import { totalOf } from '../paging/page.js';
import { firstPage, resized } from '../paging/paginators.js';
import { baseRequest } from '../paging/requests/request-params.js';
import { chosenSelector, rightConfig } from './check-pages.js';
import { ask, type Checking, FEW, type Finding, note, problem, readFirst } from './check-run.js';
import { sampleOf } from './sample.js';

/** Corrected fields of the config, each complete. */
export type Correction = Partial<Pick<EndpointConfig, 'data_selector' | 'pagination' | 'primary_key'>>;

/** The result of a check. */
export interface EndpointCheck {
  readonly resource: string;
  /**
   * `differs`: the server answered, and the config is wrong; `failed`: the server did not answer, or refused.
   */
  readonly status: 'ok' | 'differs' | 'failed';
  /** The status of the last answer; null without one. */
  readonly http_status: number | null;
  readonly requests: number;
  /** Records of the first page, which is a small one if the server obeys the size. */
  readonly records: number | null;
  /**
   * Records of the complete list by the server's count; null without a count: completeness is not provable.
   */
  readonly total: number | null;
  /** The values that the answers have shown. */
  readonly data_selector: string | null;
  readonly pagination: Pagination | null;
  readonly primary_key: readonly string[];
  /** One record, shortened, without passwords. */
  readonly sample: Readonly<Record<string, Json>> | null;
  readonly findings: readonly Finding[];
  /** Null if the config needs no correction. */
  readonly correction: Correction | null;
  readonly error: ErrorReport | null;
}

/**
 * Checks one config: one or two small requests if it is complete and right, a few more if something has to be
 * detected. `included`: what the records of a child list get from the parent, as JSON texts by name. Throws
 * when interrupted.
 */
export async function checkEndpoint(
  config: EndpointConfig,
  http: Http,
  sender: RequestContext = {},
  included?: ReadonlyMap<string, string>,
): Promise<EndpointCheck> {
  const traffic: Traffic = { requests: 0, bytes: 0 };
  const checking: Checking = {
    config,
    http,
    sender: { attempts: 3, ...sender, traffic },
    findings: [],
    seen: { http_status: null, pages_unknown: false },
    included,
  };
  const nothing = { records: null, total: null, data_selector: null, pagination: null, sample: null };
  const always = () => ({
    resource: config.name,
    http_status: checking.seen.http_status,
    requests: traffic.requests,
    findings: checking.findings,
  });
  try {
    const findings = await checkWithFallback(checking);
    const wrong = checking.findings.some(({ is_problem }) => is_problem);
    return { ...always(), status: wrong ? 'differs' : 'ok', ...findings, error: null };
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (error.code === 'INTERRUPTED' || error.code === 'BUG') throw error;
    checking.seen.http_status = error.request?.status ?? checking.seen.http_status;
    const { primary_key } = config;
    return {
      ...always(),
      status: 'failed',
      ...nothing,
      primary_key,
      correction: null,
      error: errorReport(error),
    };
  }
}

type Found = Pick<
  EndpointCheck,
  'records' | 'total' | 'data_selector' | 'pagination' | 'primary_key' | 'sample' | 'correction'
>;

async function checkWithFallback(checking: Checking): Promise<Found> {
  const { fallback, body: _, ...rest } = checking.config;
  try {
    return await checkList(checking);
  } catch (thrown) {
    if (fallback === undefined || !(thrown instanceof XanoError && isUnknownPath(thrown))) throw thrown;
    note(checking, 'path', `the server does not have ${rest.path}: ${fallback.path} is read instead`);
    const config = { ...rest, ...fallback, fallback: undefined };
    // A load uses the same fallback without a change to the config.
    return { ...(await checkList({ ...checking, config })), correction: null };
  }
}

async function checkList(checking: Checking): Promise<Found> {
  const { config } = checking;
  const { pagination } = config;
  const asked =
    pagination.type === 'auto'
      ? baseRequest(config)
      : firstPage({ ...config, pagination: resized(pagination, FEW) });
  const first = await ask(checking, asked);
  const selector = chosenSelector(checking, first);
  const right = await rightConfig(checking, first, selector);
  const read = readFirst(right, first.body);
  if (read.count === 0) note(checking, 'records', 'the list has no records now, so nothing can be tested');
  const primary_key = rightKey(checking, select(first.answer, right.data_selector));
  sayRejected(checking, read);
  const total = totalOf(right, { envelope: read.envelope, headers: first.headers });
  const { pages_unknown } = checking.seen;
  if (total === null && read.count > 0)
    note(checking, 'totals', 'the answer does not count its records, so completeness is not provable');
  return {
    records: read.count,
    total,
    data_selector: right.data_selector,
    pagination: pages_unknown ? null : right.pagination,
    primary_key,
    sample:
      sampleOf(read.records, [...config.excluded, ...Object.keys(masksOf(config) ?? {})], {
        included: checking.included,
        holdsSecret: first.holds_secret,
      }) ?? null,
    correction: correctionOf(
      config,
      { ...right, primary_key: [...primary_key] },
      read.count > 0 && !pages_unknown,
    ),
  };
}

/** The key as these records have it. Reports columns that the config names and none of them has. */
function rightKey(checking: Checking, list: unknown): readonly string[] {
  const { included, config } = checking;
  const { primary_key, write_disposition } = config;
  if (!Array.isArray(list) || list.length === 0 || !list.every(isJsonObject)) return primary_key;
  const of_parent = Object.fromEntries(included ?? []);
  const records = list.map((record: JsonObject) => ({ ...record, ...of_parent }));
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const unknown = namedColumns(config).filter(({ name }) => !names.includes(name));
  for (const named of unknown) problem(checking, 'key', unknownColumn(named, names));
  if (primary_key.length === 0) {
    // The key of one parent's list may occur again in another parent's list.
    if (included !== undefined) return primary_key;
    if (!tellsApart(records, ['id'])) return primary_key;
    note(checking, 'key', '"id" identifies its records');
    return ['id'];
  }
  if (tellsApart(records, primary_key)) return primary_key;
  if (unknown.some(({ field }) => field === 'primary_key')) {
    const meant = primary_key.map((name) => (names.includes(name) ? name : nearestName(names, name)));
    const isMeant = meant.every((name) => name !== undefined) && tellsApart(records, meant);
    return isMeant ? meant : write_disposition === 'merge' ? primary_key : [];
  }
  const named = primary_key.map((name) => `"${name}"`).join(', ');
  const says = `${named} does not identify its records`;
  if (write_disposition === 'merge') {
    problem(checking, 'key', `${says}, which merge needs`);
    return primary_key;
  }
  // A guessed key of a source that describes itself: a load of records without that column uses none.
  const isNowhere = records.every((record) => primary_key.some((name) => record[name] === undefined));
  (isNowhere ? note : problem)(checking, 'key', says);
  return [];
}

function tellsApart(records: readonly JsonObject[], key: readonly string[]): boolean {
  const values = records.map((record) => key.map((name) => record[name] ?? null));
  if (values.some((parts) => parts.some((part) => part === null || typeof part === 'object'))) return false;
  return new Set(values.map((parts) => JSON.stringify(parts))).size === records.length;
}

/** One sentence for each column whose values do not fit. */
function sayRejected(checking: Checking, { rejects }: PageRecords): void {
  for (const column of new Set(rejects.map((reject) => reject.column))) {
    const { reason } = rejects.find((reject) => reject.column === column)!;
    note(checking, 'values', `"${column}" holds values that do not fit its type: ${reason}`);
  }
}

/** The fields of a config that differ from the answers. An empty list shows too little of its pagination. */
function correctionOf(
  config: EndpointConfig,
  right: ResolvedEndpoint,
  pages_known: boolean,
): Correction | null {
  const { data_selector, pagination, primary_key } = right;
  const correction: Correction = {
    ...(config.data_selector === data_selector ? {} : { data_selector }),
    ...(!pages_known || isDeepStrictEqual(config.pagination, pagination) ? {} : { pagination }),
    ...(isDeepStrictEqual(config.primary_key, primary_key) ? {} : { primary_key }),
  };
  return Object.keys(correction).length === 0 ? null : correction;
}
