/** The state that the parts of a check share: requests, findings, and the reading of answers. */
import { select } from '../../json.js';
import { type EndpointConfig, isResolved, type ResolvedEndpoint } from '../config/endpoint-config.js';
import { parseAbridged } from '../decode/answer/abridged.js';
import { noList } from '../decode/answer/envelope.js';
import { rankLists } from '../decode/answer/rank-lists.js';
import { assertSucceeded } from '../decode/answer/said-failure.js';
import { singleRecordOf } from '../decode/answer/single-record.js';
import { type PageRecords, readRecords } from '../decode/records.js';
import { createMask } from '../decode/values/mask-value.js';
import type { FirstAnswer } from '../detect/has-more.js';
import type { Http } from '../http/client.js';
import type { RequestContext } from '../http/messages.js';
import type { PageRequest } from '../http/request.js';
import { bodyInFormat } from '../paging/answer-format.js';
import { emptyAnswer, isNoContent } from '../paging/end-of-list.js';
import { pagingFields } from '../paging/fields/paging-fields.js';
import { keyOf } from '../paging/page.js';
import { assertNoReport } from '../paging/page-reader.js';

/** A finding. */
export interface Finding {
  /** A problem fails a load, or loses rows; a note is only information. */
  readonly is_problem: boolean;
  readonly about: 'selector' | 'pagination' | 'totals' | 'key' | 'values' | 'records' | 'path';
  /** A sentence without its full stop. */
  readonly says: string;
}

/** Records requested at a time: enough to see whether a second page is a different one. */
export const FEW = 5;

/** A check under way. */
export interface Checking {
  readonly config: EndpointConfig;
  readonly http: Http;
  readonly sender: RequestContext;
  readonly findings: Finding[];
  /** `pages_unknown`: the answer has no field or link that requests the next page. */
  readonly seen: { http_status: number | null; pages_unknown: boolean };
  /** What records get from a parent, as JSON texts by name; undefined for a list without one. */
  readonly included?: ReadonlyMap<string, string> | undefined;
}

/** An answer, and the value at the config's selector. */
export interface First extends FirstAnswer {
  readonly request: PageRequest;
  readonly body: Uint8Array;
  readonly answer: unknown;
}

/**
 * Sends a request, and keeps the status. Throws what sending throws, and RESPONSE_UNEXPECTED where the answer
 * is not JSON.
 */
export async function ask(checking: Checking, request: PageRequest): Promise<First> {
  const { config, http, sender } = checking;
  return http.send(
    request,
    config.auth,
    (received) => {
      const { status, headers, holds_secret } = received;
      checking.seen.http_status = status;
      const given = isResolved(config) ? bodyInFormat(config, received) : received.body;
      const body = isNoContent(status) ? emptyAnswer({ data_selector: config.data_selector ?? '' }) : given;
      const answer = parsed(body);
      assertSucceeded(answer, config.data_selector ?? rankLists(answer, config)[0]?.path);
      const list_path = config.data_selector ?? '';
      const records = listAt(answer, list_path) ?? [];
      const count = records.length;
      const fields = pagingFields(answer, list_path, count, headers, config);
      const has_ids = select(records.at(-1), 'id') !== undefined;
      return { request, body, answer, headers, count, fields, holds_secret, list_path, has_ids };
    },
    sender,
  );
}

function parsed(body: Uint8Array): unknown {
  try {
    return parseAbridged(body);
  } catch {
    throw noList(body, '');
  }
}

/** The list at a path. */
export function listAt(answer: unknown, path: string): readonly unknown[] | undefined {
  const list = select(answer, path);
  return Array.isArray(list) ? list : undefined;
}

/** An answer's records as a load would read them. */
export function readFirst(config: ResolvedEndpoint, body: Uint8Array): PageRecords {
  const columns = (config.columns ?? []).map(({ mask, ...column }) => ({
    ...column,
    inferred: false,
    // Whether values fit is all that is asked here.
    ...(mask === undefined ? {} : { maskValue: createMask(mask) }),
  }));
  const key = keyOf(config);
  // A key without a declared type is read as JSON.
  if (key !== undefined && !columns.some(({ name }) => name === key))
    columns.push({ name: key, type: 'JSON', list: false, inferred: false });
  const single = singleRecordOf(config);
  const shape = { columns, key, excluded: config.excluded, single };
  const read = readRecords(body, config.data_selector, shape);
  assertNoReport(config, read, config.columns?.map(({ name }) => name) ?? []);
  return read;
}

/** Adds information. */
export function note({ findings, http }: Checking, about: Finding['about'], says: string): void {
  findings.push({ is_problem: false, about, says: http.redact(says.replace(/\.$/, '')) });
}

/** Adds a problem: it fails a load, or loses rows. */
export function problem({ findings, http }: Checking, about: Finding['about'], says: string): void {
  findings.push({ is_problem: true, about, says: http.redact(says.replace(/\.$/, '')) });
}
