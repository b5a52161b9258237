/** Checks a list that every record of another resource has, with the lists of the first records. */
import { asXanoError, errorReport, XanoError } from '../../errors.js';
import { didYouMean } from '../../names.js';
import { bindEndpoint } from '../config/bind.js';
import type { EndpointConfig } from '../config/endpoint-config.js';
import { includedName, isIgnored, isIgnoredStatus, isWithoutListStatus } from '../config/parent.js';
import { parseAbridged } from '../decode/answer/abridged.js';
import { noList } from '../decode/answer/envelope.js';
import { rankLists } from '../decode/answer/rank-lists.js';
import { singleRecordOf } from '../decode/answer/single-record.js';
import { membersOf } from '../decode/members.js';
import { readRecords } from '../decode/records.js';
import type { Http } from '../http/client.js';
import type { Answer, RequestContext, Traffic } from '../http/messages.js';
import { isNoContent } from '../paging/end-of-list.js';
import { firstPage, resized } from '../paging/paginators.js';
import { baseRequest } from '../paging/requests/request-params.js';
import { checkEndpoint, type EndpointCheck } from './check-endpoint.js';
import { FEW } from './check-run.js';

/** The most lists that are inspected: one that fits into a page may show nothing of its pagination. */
const MOST_TRIED = 5;

/** Values of a record, as JSON texts. */
type Values = ReadonlyMap<string, string>;

/** The list of one parent, and the columns that its rows get from that parent. */
interface Bound {
  readonly config: EndpointConfig;
  readonly included: Values;
}

/** The dependencies of a request. */
interface Asking {
  readonly all: readonly EndpointConfig[];
  readonly http: Http;
  readonly sender: RequestContext;
}

/**
 * Checks a config that has a parent, with the lists of the parent's first records, until one of them has
 * records and shows its pagination. `all` are the configs that contain the parent. Throws when interrupted.
 */
export async function checkChild(
  config: EndpointConfig,
  all: readonly EndpointConfig[],
  http: Http,
  sender: RequestContext = {},
): Promise<EndpointCheck> {
  const traffic: Traffic = { requests: 0, bytes: 0 };
  const asking: Asking = { all, http, sender: { attempts: 3, ...sender, traffic } };
  let best: EndpointCheck | undefined;
  let tried = 0;
  let refused = 0;
  let missing: EndpointCheck | undefined;
  try {
    for await (const bound of listsOf(config, asking)) {
      tried++;
      const checked = await checkEndpoint(bound.config, http, asking.sender, bound.included);
      traffic.requests += checked.requests;
      const isFailed = checked.status === 'failed';
      if (isFailed && isIgnoredStatus(config, checked.http_status)) refused++;
      // A load continues without a list that a parent does not have.
      else if (isFailed && isWithoutListStatus(config, checked.http_status)) missing ??= checked;
      else if (best === undefined || checked.status === 'failed' || showsMore(checked, best)) best = checked;
      const { status, records, pagination } = best ?? {};
      const says = records !== 0 && (config.pagination.type !== 'auto' || pagination?.type !== 'single_page');
      if (tried === MOST_TRIED || status === 'failed' || (best !== undefined && says)) break;
    }
    return { ...(best ?? missing ?? unseen(config, refused)), requests: traffic.requests };
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (error.code === 'INTERRUPTED' || error.code === 'BUG') throw error;
    return {
      ...unseen(config, refused),
      status: 'failed',
      http_status: error.request?.status ?? null,
      requests: traffic.requests,
      findings: [],
      error: errorReport(error),
    };
  }
}

/** A list with several pages shows more than a single page, and a longer list more than a shorter one. */
function showsMore(check: EndpointCheck, best: EndpointCheck): boolean {
  const paged = ({ pagination }: EndpointCheck): boolean =>
    (pagination?.type ?? 'single_page') !== 'single_page';
  if (paged(check) !== paged(best)) return paged(check);
  return (check.records ?? 0) > (best.records ?? 0);
}

/** The result where no list could be inspected. */
function unseen({ name, parent, primary_key }: EndpointConfig, refused: number): EndpointCheck {
  const says =
    refused === 0
      ? `"${parent?.resource}" has no records with such a list now, so nothing can be tested`
      : `the server refuses the lists of the first records of "${parent?.resource}", which response ignores: nothing can be tested`;
  return {
    resource: name,
    status: 'ok',
    http_status: null,
    requests: 0,
    records: null,
    total: null,
    data_selector: null,
    pagination: null,
    primary_key,
    sample: null,
    findings: [{ is_problem: false, about: 'records', says }],
    correction: null,
    error: null,
  };
}

/**
 * The lists of the first parents. Throws what their requests throw, and CONFIG_INVALID where they lack a
 * column.
 */
async function* listsOf(config: EndpointConfig, asking: Asking): AsyncGenerator<Bound> {
  const { resource, bind = {}, include = [] } = config.parent ?? { resource: '' };
  const above = asking.all.find(({ name }) => name === resource);
  if (above === undefined)
    throw new XanoError(
      'CONFIG_INVALID',
      `"${config.name}" depends on "${resource}", which is not part of this check.`,
      {
        hint: `Check "${resource}" together with it.`,
      },
    );
  const known = new Set<string>();
  let isReached = false;
  for await (const record of recordsOf(above, asking)) {
    for (const name of record.keys()) known.add(name);
    const values = new Map(
      Object.entries(bind).map(([name, column]) => [name, record.get(column) ?? 'null']),
    );
    // Parents without a value to bind have no list.
    if ([...values.values()].includes('null')) continue;
    isReached = true;
    const child = boundTo(config, values);
    if (child === undefined) continue;
    const { parent: _, response: __, ...bound } = child;
    const included = include.map(
      (name) => [includedName(resource, name), record.get(name) ?? 'null'] as const,
    );
    yield { config: bound, included: new Map(included) };
  }
  const missing = Object.values(bind).find((column) => !known.has(column));
  if (isReached || missing === undefined || known.size === 0) return;
  throw new XanoError(
    'CONFIG_INVALID',
    `"${config.name}" refers to column "${missing}" of "${resource}", which does not exist${didYouMean([...known], missing)}`,
  );
}

/**
 * The config of one parent's list; undefined where a value cannot be a part of a URL, which a load reports
 * with its parent.
 */
function boundTo(config: EndpointConfig, values: ReadonlyMap<string, string>): EndpointConfig | undefined {
  try {
    return bindEndpoint(config, values);
  } catch (thrown) {
    if (thrown instanceof XanoError) return undefined;
    throw thrown;
  }
}

/** The first records of a resource, or of each of its lists if it has a parent itself. */
async function* recordsOf(config: EndpointConfig, asking: Asking): AsyncGenerator<Values> {
  if (config.parent === undefined) {
    yield* await firstRecords(config, asking);
    return;
  }
  for await (const { config: bound, included } of listsOf(config, asking)) {
    const records = await firstRecords(bound, asking).catch((thrown: unknown) => {
      if (!isIgnored(config, thrown)) throw thrown;
      return [];
    });
    for (const record of records) yield new Map([...record, ...included]);
  }
}

/** The records of a first page, a small one if the server obeys the size. */
async function firstRecords(config: EndpointConfig, { http, sender }: Asking): Promise<readonly Values[]> {
  const { pagination } = config;
  const request =
    pagination.type === 'auto'
      ? baseRequest(config)
      : firstPage({ ...config, pagination: resized(pagination, MOST_TRIED * FEW) });
  return http.send(request, config.auth, (answer) => readValues(config, answer), sender);
}

function readValues(config: EndpointConfig, { body, status }: Answer): readonly Values[] {
  if (isNoContent(status)) return [];
  const selector = config.data_selector ?? likeliest(config, body);
  const single = singleRecordOf(config);
  const { records } = readRecords(body, selector, { columns: [], excluded: [], single });
  return [...membersOf(records)];
}

function likeliest(config: EndpointConfig, body: Uint8Array): string {
  let answer: unknown;
  try {
    answer = parseAbridged(body);
  } catch {
    throw noList(body, '');
  }
  const [list] = rankLists(answer, config);
  if (list === undefined) throw noList(body, '');
  return list.path;
}
