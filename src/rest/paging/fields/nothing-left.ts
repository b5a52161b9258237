/**
 * A list that ends by its config while the last answer says that more follows must not count as complete.
 * Pure.
 */
import { XanoError } from '../../../errors.js';
import type { EndpointConfig, ResolvedEndpoint } from '../../config/endpoint-config.js';
import { totalOf } from '../page.js';
import { fieldAt, HEADER } from './answer-field.js';
import { type CountedAnswer, fieldsOf } from './answer-fields.js';
import { nextLink } from './link-header.js';

/** An answer after which no page is requested. */
export type LastAnswer = CountedAnswer;

type Ended = EndpointConfig & Pick<ResolvedEndpoint, 'data_selector' | 'pagination'>;

/** A contradiction in an answer that ends a list. */
interface Left {
  /** The field that contradicts. */
  readonly path: string;
  /** The field only says that the answer is a part of a list of unknown length. */
  readonly is_part: boolean;
}

/**
 * The field that says that more follows after the answer that ends a list: a flag in any answer, and in the
 * first one any field with a next page while the config's own field is absent. `is_first`: it is the first
 * page. A single page with an empty `total_path` counts as the complete list.
 */
function leftAfter(config: Ended, answer: LastAnswer, is_first: boolean): Left | undefined {
  const { pagination } = config;
  if (answer.count === 0 && !is_first) return undefined;
  const isSingle = pagination.type === 'single_page';
  // An empty `total_path` for a single page means that its author has looked at the answer.
  if (isSingle && pagination.total_path === '') return undefined;
  const { next_link, next_page, cursor, more, page, total_pages, partial } = fieldsOf(answer, config);
  const path = pathOf(pagination);
  const leads = [next_link, next_page, cursor].find(
    (field) => field !== undefined && field.value !== null && field.doubtful !== true,
  );
  const pages =
    total_pages !== undefined && total_pages.value > Math.max(1, page?.value ?? 1) ? total_pages : undefined;
  const linked = nextLink(answer.headers?.['link']) === undefined ? undefined : { path: `${HEADER}link` };
  // A path that holds null says that the list ends; an absent one may be misspelled.
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
 * Throws RESPONSE_UNEXPECTED where the answer that ends a list says that more follows. `is_first`: it is the
 * first page.
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
 * gives the reason, undefined where it would not. It checks what {@link assertNothingLeft} and {@link
 * impliedTotal} check.
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
 * The records that an answer counts although its config names no `total_path`; null where it counts none
 * beyond its own page. `total_path: ''` says that no field is such a count.
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
