/** Questions about a list that one small request answers. */
import { endsEverything, XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { ShapeColumn } from '../decode/record-schema.js';
import { type PageRecords, readRecords } from '../decode/records.js';
import type { Http } from '../http/client.js';
import type { Answer, RequestContext } from '../http/messages.js';
import type { PageRequest } from '../http/request.js';
import { bodyInFormat } from './answer-format.js';
import { emptyAnswer, isEmptyList, isNoContent } from './end-of-list.js';
import { keyOf, totalOf } from './page.js';
import type { KeyRange } from './paginator.js';
import { firstPage, resized } from './paginators.js';
import { requestAt } from './requests/page-position.js';

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

/** Which column, which end of its values, and which records a question is about. */
export interface Extreme {
  readonly column: string;
  readonly order: 'asc' | 'desc';
  readonly also?: readonly JsonObject[];
}

/**
 * The highest or lowest value of a column, as JSON text: one small request. Undefined for an empty list;
 * `null` where the server sorts records without a value there. Only for keyset pagination, whose server is
 * known to sort.
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
 * The key of the record after this many in the order of the key, as JSON text: one small request. Undefined
 * where there are no more. Only for keyset pagination.
 */
export async function keyAfter(
  config: ResolvedEndpoint,
  http: Http,
  rows: number,
  sender: RequestContext,
): Promise<string | undefined> {
  const { pagination } = config;
  if (pagination.type !== 'keyset') return undefined;
  const request = firstPage({ ...config, pagination: resized(pagination, 1) });
  const body = { ...request.body, [pagination.page_param]: rows + 1 };
  return (await askOnce(config, http, { ...request, body }, sender)).first_key ?? undefined;
}

/**
 * The key of the record at an index of a list that is read by page numbers or offsets, as JSON text: one
 * small request, made once. Undefined if no record arrives, whatever the status: a server with a fixed page
 * size does not have a page of that number.
 */
export async function keyAtIndex(
  config: ResolvedEndpoint,
  http: Http,
  row_index: number,
  sender: RequestContext,
): Promise<string | undefined> {
  const request = requestAt({ ...config, pagination: resized(config.pagination, 1) }, row_index);
  if (request === undefined) return undefined;
  try {
    return (await askOnce(config, http, request, { ...sender, attempts: 1 })).first_key ?? undefined;
  } catch (thrown) {
    if (!(thrown instanceof XanoError) || endsEverything(thrown)) throw thrown;
    return undefined;
  }
}

/** The first and the last key of a page at present, as JSON text. */
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

/** The key's column alone: without a declared type it is read as JSON. */
function keyColumns(config: ResolvedEndpoint, key: string | undefined): ShapeColumn[] {
  if (key === undefined) return [];
  const declared = config.columns?.find(({ name }) => name === key);
  return [{ ...(declared ?? { name: key, type: 'JSON', list: false }), inferred: false }];
}
