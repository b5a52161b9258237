/**
 * A list that ends by what its config says, while the last answer says that more follows: it must not pass
 * for the whole list. Pure.
 */
import { XanoError } from '../../../errors.js';
import type { EndpointConfig, ResolvedEndpoint } from '../../config/endpoint-config.js';
import { fieldAt, HEADER, type Surroundings } from './answer-field.js';
import { nextLink } from './link-header.js';
import { pagingFields } from './paging-fields.js';

/** An answer after which nothing is asked for. */
export interface LastAnswer extends Surroundings {
  readonly count: number;
}

type Ended = EndpointConfig & Pick<ResolvedEndpoint, 'data_selector' | 'pagination'>;

/**
 * Throws RESPONSE_UNEXPECTED where the answer that ends a list says that more follows: a flag in any answer,
 * and in the first one any field that leads on while the field of the config is absent. `is_first`: no page
 * came before it. A single page with an empty `total_path` is taken for the whole list.
 */
export function assertNothingLeft(config: Ended, answer: LastAnswer, is_first: boolean): void {
  const { name, pagination, data_selector } = config;
  if (answer.count === 0 && !is_first) return;
  const isSingle = pagination.type === 'single_page';
  // Whoever says that nothing counts the records of a single page has looked at it.
  if (isSingle && pagination.total_path === '') return;
  const { next_link, next_page, cursor, more, partial } = pagingFields(
    answer.envelope,
    data_selector,
    answer.count,
    answer.headers,
    config,
  );
  const path = pathOf(pagination);
  const leads = [next_link, next_page, cursor].find(
    (field) => field !== undefined && field.value !== null && field.doubtful !== true,
  );
  const linked = nextLink(answer.headers?.['link']) === undefined ? undefined : { path: `${HEADER}link` };
  // A path that holds null says itself that the list ends; one that is absent may be misspelled.
  const isSilent =
    isSingle ||
    pagination.type === 'header_link' ||
    (path !== undefined && fieldAt(answer, path) === undefined);
  const flag = more?.value === true ? more : undefined;
  const says =
    flag ?? (is_first && isSilent && more?.value !== false ? (linked ?? leads ?? partial) : undefined);
  if (says === undefined || (says === linked && pagination.type === 'header_link')) return;
  throw new XanoError(
    'RESPONSE_UNEXPECTED',
    `"${name}" ends with ${whyEnds(pagination, path)}, but ${says.path === `${HEADER}link` ? 'the Link header' : `"${says.path}"`} says that ${partial?.more === false && says === partial ? 'it is a part of a list of unknown length' : 'more records follow'}.`,
    {
      hint: `Correct the pagination of this resource, or leave it out so that it is detected${isSingle ? "; if nothing follows, set total_path to ''" : ''}.`,
    },
  );
}

/**
 * The records that an answer counts though its config names no `total_path`; null where it counts none beyond
 * its own page. `total_path: ''` says that no field is such a count.
 */
export function impliedTotal({ pagination, data_selector }: Ended, answer: LastAnswer): number | null {
  if (pagination.total_path !== undefined) return null;
  const { total } = pagingFields(answer.envelope, data_selector, answer.count, answer.headers);
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
