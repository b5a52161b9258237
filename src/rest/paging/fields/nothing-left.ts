/**
 * A list that ends by what its config says, while the last answer says that more follows: it must not pass
 * for the whole list. Pure.
 */
import { XanoError } from '../../../errors.js';
import type { EndpointConfig, ResolvedEndpoint } from '../../config/endpoint-config.js';
import { totalOf } from '../page.js';
import { fieldAt, HEADER } from './answer-field.js';
import { type CountedAnswer, fieldsOf } from './answer-fields.js';
import { nextLink } from './link-header.js';

/** An answer after which nothing is asked for. */
export type LastAnswer = CountedAnswer;

type Ended = EndpointConfig & Pick<ResolvedEndpoint, 'data_selector' | 'pagination'>;

/** What an answer that ends a list says all the same. */
interface Left {
  /** The field that says so. */
  readonly path: string;
  /** It only says that the answer is a part of a list of unknown length. */
  readonly is_part: boolean;
}

/**
 * What says that more follows after the answer that ends a list: a flag in any answer, and in the first one
 * any field that leads on while the field of the config is absent. `is_first`: no page came before it. A
 * single page with an empty `total_path` is taken for the whole list.
 */
function leftAfter(config: Ended, answer: LastAnswer, is_first: boolean): Left | undefined {
  const { pagination } = config;
  if (answer.count === 0 && !is_first) return undefined;
  const isSingle = pagination.type === 'single_page';
  // Whoever says that nothing counts the records of a single page has looked at it.
  if (isSingle && pagination.total_path === '') return undefined;
  const { next_link, next_page, cursor, more, page, total_pages, partial } = fieldsOf(answer, config);
  const path = pathOf(pagination);
  const leads = [next_link, next_page, cursor].find(
    (field) => field !== undefined && field.value !== null && field.doubtful !== true,
  );
  const pages =
    total_pages !== undefined && total_pages.value > Math.max(1, page?.value ?? 1) ? total_pages : undefined;
  const linked = nextLink(answer.headers?.['link']) === undefined ? undefined : { path: `${HEADER}link` };
  // A path that holds null says itself that the list ends; one that is absent may be misspelled.
  const isSilent =
    isSingle ||
    pagination.type === 'header_link' ||
    (path !== undefined && fieldAt(answer, path) === undefined);
  const flag = more?.value === true ? more : undefined;
  const says =
    flag ??
    (is_first && isSilent && more?.value !== false ? (linked ?? leads ?? pages ?? partial) : undefined);
  if (says === undefined || (says === linked && pagination.type === 'header_link')) return undefined;
  return { path: says.path, is_part: says === partial && partial?.more === false };
}

/**
 * Throws RESPONSE_UNEXPECTED where the answer that ends a list says that more follows. `is_first`: no page
 * came before it.
 */
export function assertNothingLeft(config: Ended, answer: LastAnswer, is_first: boolean): void {
  const left = leftAfter(config, answer, is_first);
  if (left === undefined) return;
  const { name, pagination } = config;
  throw new XanoError(
    'RESPONSE_UNEXPECTED',
    `"${name}" ends with ${whyEnds(pagination, pathOf(pagination))}, but ${left.path === `${HEADER}link` ? 'the Link header' : `"${left.path}"`} says that ${left.is_part ? 'it is a part of a list of unknown length' : 'more records follow'}.`,
    {
      hint: `Correct the pagination of this resource, or leave it out so that it is detected${pagination.type === 'single_page' ? "; if nothing follows, set total_path to ''" : ''}.`,
    },
  );
}

/**
 * Whether a load would refuse a list whose first answer is its last one: a clause without its subject that
 * tells why, undefined where it would not. It looks at what {@link assertNothingLeft} and {@link
 * impliedTotal} look at.
 */
export function refusalOfOnlyPage(config: Ended, answer: LastAnswer): string | undefined {
  const left = leftAfter(config, answer, true);
  if (left?.is_part === true)
    return `the answer says in "${left.path}" that it is a part of a list of unknown length, but no parameter requests the rest`;
  const total = totalOf(config, answer) ?? impliedTotal(config, answer);
  return left !== undefined || (total !== null && total > answer.count)
    ? 'the answer says that more records follow, but it has no link to them'
    : undefined;
}

/**
 * The records that an answer counts though its config names no `total_path`; null where it counts none beyond
 * its own page. `total_path: ''` says that no field is such a count.
 */
export function impliedTotal(config: Ended, answer: LastAnswer): number | null {
  if (config.pagination.total_path !== undefined) return null;
  const { total } = fieldsOf(answer, config);
  return total !== undefined && total.value > answer.count ? total.value : null;
}

function pathOf(pagination: Ended['pagination']): string | undefined {
  if (pagination.type === 'cursor') return pagination.cursor_path;
  if (pagination.type === 'json_link') return pagination.next_url_path;
  return pagination.type === 'page_number' ? pagination.next_page_path : undefined;
}

function whyEnds({ type }: Ended['pagination'], path: string | undefined): string {
  if (type === 'single_page') return 'its single page';
  if (path !== undefined) return `an answer whose "${path}" leads nowhere`;
  return type === 'header_link' ? 'an answer without a next link in its Link header' : 'its last page';
}
