/**
 * Checks empty answers to comparisons: some servers answer comparisons that they cannot make with an empty
 * list and no error.
 */

import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { isWholeKey } from '../../rest/decode/whole-key.js';
import { countRecords, extremeValue } from '../../rest/paging/list-queries.js';
import type { Page } from '../../rest/paging/page.js';
import type { KeyRange } from '../../rest/paging/paginator.js';
import { emptyAnswerReason } from '../incremental/window.js';
import type { ReadContext } from './read-context.js';

type Asking = Pick<ReadContext, 'http' | 'sender'>;

function emptyAnswer(column: string, contradiction: string): XanoError {
  return new XanoError('PAGINATION_LOOP', emptyAnswerReason(column, contradiction));
}

/** Passes pages through; calls `check` when the first one is empty. */
export async function* withFirstChecked(
  pages: AsyncGenerator<Page>,
  check: () => Promise<void>,
): AsyncGenerator<Page> {
  for await (const page of pages) {
    if (page.index === 0 && page.count === 0) await check();
    yield page;
  }
}

/**
 * Checks that no record comes after a key, by one small request without a condition on the key: for a count,
 * or else for the last record. `rows` were read so far. Throws PAGINATION_LOOP when there are more.
 */
export async function assertNothingAfter(
  { http, sender }: Asking,
  config: ResolvedEndpoint,
  { after, also, rows }: Pick<KeyRange, 'also'> & { readonly after: string; readonly rows: number },
): Promise<void> {
  const { pagination } = config;
  if (pagination.type !== 'keyset') return;
  const { key } = pagination;
  // Whole numbers can be compared here.
  const count = isWholeKey(after) ? null : await countRecords(config, http, { also }, sender);
  if (count !== null) {
    if (count > rows) throw emptyAnswer(key, `it counts ${count} rows and returned ${rows}`);
    return;
  }
  const last = await extremeValue(config, http, { column: key, order: 'desc', also: also ?? [] }, sender);
  if (last === undefined || last === 'null' || last === after) return;
  if (isWholeKey(last) && isWholeKey(after) && BigInt(last) <= BigInt(after)) return;
  throw emptyAnswer(key, `it has the row ${last} after ${after}`);
}

/**
 * Counts records in a range of keys that some rows were read from. A count of 0 is checked by a count without
 * the condition on the key. Throws PAGINATION_LOOP when the two contradict each other.
 */
export async function countWhereRead(
  { http, sender }: Asking,
  config: ResolvedEndpoint,
  range: KeyRange,
  rows: number,
): Promise<number | null> {
  const count = await countRecords(config, http, range, sender);
  const { pagination } = config;
  const isCompared = range.after !== undefined || range.before !== undefined;
  if (count !== 0 || rows === 0 || !isCompared || pagination.type !== 'keyset') return count;
  const all = await countRecords(config, http, { also: range.also }, sender);
  if (all !== null && all > 0)
    throw emptyAnswer(pagination.key, `it counts ${all} rows without the comparison`);
  return count;
}
