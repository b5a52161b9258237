/**
 * Checks where the records are and how pages are requested, with a second page: by the config, or by
 * detection where the config does not work.
 */
import { asXanoError } from '../../errors.js';
import { type EndpointConfig, isResolved, type ResolvedEndpoint } from '../config/endpoint-config.js';
import type { Pagination } from '../config/pagination.js';
import { noList } from '../decode/answer/envelope.js';
import { rankLists } from '../decode/answer/rank-lists.js';
import { isSingleRecord, singleRecordOf } from '../decode/answer/single-record.js';
import type { PageRecords } from '../decode/records.js';
import { detect } from '../detect/detect.js';
import { hasMore } from '../detect/has-more.js';
import type { PageRequest } from '../http/request.js';
import { countIn, fieldAt } from '../paging/fields/answer-field.js';
import { lastRecordOf } from '../paging/fields/last-record.js';
import { refusalOfOnlyPage } from '../paging/fields/nothing-left.js';
import { pagingFields } from '../paging/fields/paging-fields.js';
import { nextPage, resized } from '../paging/paginators.js';
import { ask, type Checking, FEW, type First, listAt, note, problem, readFirst } from './check-run.js';

/**
 * The config's selector; undefined where it is open, or matches no list although the answer has another one.
 * Throws where the answer has no list.
 */
export function chosenSelector(checking: Checking, { answer, body }: First): string | undefined {
  const { data_selector } = checking.config;
  if (data_selector === undefined || listAt(answer, data_selector) !== undefined) return data_selector;
  if (isSingleRecord(answer, data_selector, singleRecordOf(checking.config))) return data_selector;
  const wrong = noList(body, data_selector);
  if (rankLists(answer, checking.config).length === 0) throw wrong;
  problem(checking, 'selector', wrong.message);
  return undefined;
}

/** The corrected config. */
export async function rightConfig(
  checking: Checking,
  first: First,
  data_selector: string | undefined,
): Promise<ResolvedEndpoint> {
  const { config, http, sender } = checking;
  const { pagination } = config;
  if (data_selector !== undefined && isResolved(config)) {
    // Fields within a record do not describe pages.
    const isSingle = isSingleRecord(first.answer, data_selector, singleRecordOf(config));
    return isSingle ? config : triedPages(checking, first, config);
  }
  // Detection cannot find parameters inside of a JSON object.
  const isSaid = pagination.type !== 'auto' && (data_selector !== undefined || isInside(pagination));
  const { data_selector: _, ...open } = config;
  const wanted: EndpointConfig = {
    ...open,
    ...(data_selector === undefined ? {} : { data_selector }),
    pagination: isSaid ? pagination : { type: 'auto' },
  };
  const detected = await detect(wanted, http, sender).catch((thrown: unknown) => {
    const error = asXanoError(thrown);
    if (error.code !== 'PAGINATION_LOOP') throw thrown;
    checking.seen.pages_unknown = true;
    problem(checking, 'pagination', error.message);
    // The first page already shows this much.
    const path = data_selector ?? rankLists(first.answer, config)[0]?.path ?? '';
    return { data_selector: path, pagination: { type: 'single_page' } as const, reasons: null };
  });
  const settled = { ...config, data_selector: detected.data_selector, pagination: detected.pagination };
  if (detected.reasons === null) return settled;
  const reason = detected.reasons.join('; ');
  const where = detected.data_selector === '' ? 'the root of the answer' : `"${detected.data_selector}"`;
  note(
    checking,
    'pagination',
    `detected records at ${where}, pagination ${detected.pagination.type}: ${reason}`,
  );
  if (!isSaid) return settled;
  const count = listAt(first.answer, settled.data_selector)?.length ?? 0;
  const fields = pagingFields(first.answer, settled.data_selector, count, first.headers, config);
  return triedPages({ ...checking, config: settled }, { ...first, count, fields }, settled);
}

/** Answers about pagination: the tried one does not work. */
const UNFIT: readonly string[] = ['PAGINATION_LOOP', 'XANO_FAILED', 'SELECTOR_EMPTY', 'RESPONSE_UNEXPECTED'];

const isInside = (pagination: EndpointConfig['pagination']): boolean =>
  'inside' in pagination && pagination.inside !== undefined;

/** The config with its pagination tried, and replaced by the detected one if it does not work. */
async function triedPages(
  checking: Checking,
  first: First,
  config: ResolvedEndpoint,
): Promise<ResolvedEndpoint> {
  const { pagination } = config;
  const few = { ...config, pagination: resized(pagination, FEW) };
  const read = readFirst(few, first.body);
  if (read.count === 0) return config;
  const { headers, holds_secret } = first;
  const last_record = lastRecordOf(read.records);
  const next = nextPage(few, first.request, { ...read, headers, last_record, holds_secret });
  // An empty total_path says that no field counts the records.
  const { total: _, ...uncounted } = first.fields;
  const fields = pagination.total_path === '' ? uncounted : first.fields;
  const more = hasMore({ ...first, fields, count: read.count });
  const second = next === null ? null : await secondPage(checking, next, few);
  const not =
    second === null
      ? pagination.type === 'keyset'
        ? undefined
        : refusalOfOnlyPage(few, { ...read, headers })
      : whyNot(read, second, more);
  if (not === undefined) {
    const seen = second === null || typeof second === 'string' ? undefined : second;
    return { ...config, pagination: refitted(checking, pagination, first, read, seen) };
  }
  problem(checking, 'pagination', not);
  // A load reads tables by page numbers where keys do not work, without a change to the config.
  if (pagination.type === 'keyset') return config;
  try {
    const { http, sender } = checking;
    const detected = await detect({ ...config, pagination: { type: 'auto' } }, http, sender);
    note(
      checking,
      'pagination',
      `detected pagination ${detected.pagination.type}: ${detected.reasons.join('; ')}`,
    );
    return { ...config, pagination: detected.pagination };
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (!UNFIT.includes(error.code)) throw error;
    checking.seen.pages_unknown = true;
    note(checking, 'pagination', error.message.replace(/\.$/, ''));
    return config;
  }
}

type SecondPage = PageRecords & Pick<First, 'headers'>;

/** The second page; a text explains its refusal. */
async function secondPage(
  checking: Checking,
  next: PageRequest,
  config: ResolvedEndpoint,
): Promise<SecondPage | string> {
  try {
    const { body, headers } = await ask(checking, next);
    return { ...readFirst(config, body), headers };
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (!UNFIT.includes(error.code)) throw error;
    return error.message.replace(/\.$/, '');
  }
}

function whyNot(first: PageRecords, second: PageRecords | string, more: boolean | null): string | undefined {
  if (typeof second === 'string') return `the second page fails: ${second}`;
  if (second.count === 0)
    return more === true ? 'the second page is empty, although more records follow' : undefined;
  const same =
    first.first_key === null
      ? Buffer.compare(first.records, second.records) === 0
      : first.first_key === second.first_key;
  return same
    ? 'the second page repeats the first one: the server ignores the pagination parameters'
    : undefined;
}

/** The same pagination without fields that the answer lacks, and with the total that it has. */
function refitted(
  checking: Checking,
  pagination: Pagination,
  { fields, headers }: First,
  first: PageRecords,
  second: SecondPage | undefined,
): Pagination {
  if (pagination.type === 'single_page' || pagination.type === 'keyset') return pagination;
  const absent = (['next_page_path', 'total_pages_path', 'total_path'] as const).filter((name) => {
    const path: unknown = name in pagination ? pagination[name as keyof typeof pagination] : undefined;
    return typeof path === 'string' && fieldAt({ ...first, headers }, path) === undefined;
  });
  const confirmed = Object.fromEntries(
    Object.entries(pagination).filter(([name]) => !absent.some((path) => path === name)),
    // Only fields that may be absent are removed; the others stay.
  ) as typeof pagination;
  for (const name of absent) {
    const path = String(pagination[name as keyof typeof pagination]);
    note(checking, name === 'total_path' ? 'totals' : 'pagination', `the answer has no "${path}"`);
  }
  const { total } = fields;
  if (confirmed.total_path !== undefined || total === undefined || total.value <= first.count)
    return confirmed;
  // A total that the second page does not repeat may count the page.
  if (second === undefined || countIn(fieldAt(second, total.path)) !== total.value) return confirmed;
  note(checking, 'totals', `"${total.path}" counts all records`);
  return { ...confirmed, total_path: total.path };
}
