/**
 * Verifies what was read.
 * In: staged rows and the server's counts.
 * Out: how complete the rows are, after ranges that differ were read again.
 */

import type { KeySpan, Staged } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import type { Completeness } from '../../events.js';
import { isWholeKey } from '../../rest/decode/whole-key.js';
import { isUnsupportedFilter } from '../../rest/http/failures.js';
import { countRecords, extremeValue } from '../../rest/paging/list-queries.js';
import type { ReadContext, ReadResult } from '../read/read-context.js';
import { completenessOf, differentRows } from './completeness.js';
import { type Disagreement, reconcile } from './reconcile.js';

/** What is known about the rows in the end. */
export interface Verification {
  readonly staged: Staged;
  readonly completeness: Completeness;
  readonly rows_expected: number | null;
  /** Different rows held; compare with `rows_expected`. */
  readonly held: number;
  /** Spans that were read completely. */
  readonly complete: readonly KeySpan[];
  /** New and old rows do not add up to the count, and only reading everything can tell why. */
  readonly everything_needed?: boolean;
}

/** A source that still changes after so many passes is reported as it is. */
const MOST_PASSES = 3;

/** Verifies what was read. Throws what reading throws. */
export async function verify(context: ReadContext, result: ReadResult): Promise<Verification> {
  const { config, window } = result;
  const onlyNew = window !== null && window.also.length > 0;
  if (onlyNew && config.write_disposition === 'merge') {
    return verifyMerged(context, result);
  }
  return verifyStaged(context, result, onlyNew || result.partial === true ? [] : [{}]);
}

/** Compares the staged rows with the server's count under the same conditions. */
async function verifyStaged(
  context: ReadContext,
  result: ReadResult,
  complete: readonly KeySpan[],
): Promise<Verification> {
  const { writer, http, sender } = context;
  const { config, range, window, moved } = result;
  const also = window?.also ?? [];
  let { rows_expected } = result;
  let staged = await writer.staged();
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const agrees = rows_expected === null || differentRows(staged) === rows_expected;
    if (agrees || range === null || staged.keyless_rows > 0) break;
    // A merge also counts the target's rows as held; here only the rows read matter.
    const task = { span: range, also, expected: rows_expected ?? 0, complete: [{}] };
    const difference = `${differentRows(staged)} of ${rows_expected}`;
    if (!(await reconcile(context, result, task))) break;
    staged = await writer.staged();
    rows_expected = await countRecords(config, http, { ...range, also }, sender);
    // The same counts after reading again: another pass would not change them.
    if (difference === `${differentRows(staged)} of ${rows_expected}`) break;
  }
  const held = differentRows(staged);
  return {
    staged,
    rows_expected,
    held,
    complete,
    completeness: completenessOf({ ...staged, rows_expected, moved }),
  };
}

/**
 * Verifies an incremental merge: rows of the target and staged ones together against all rows that the server
 * counts. A row that only the server has was missed; a row that only the target has was deleted. When key
 * ranges cannot tell which, everything must be read.
 */
async function verifyMerged(context: ReadContext, result: ReadResult): Promise<Verification> {
  const { writer, http, sender, config } = context;
  // A row without a key matches no old row: only reading everything tells which rows are the same.
  const read = await writer.staged();
  if (read.keyless_rows > 0) {
    const verification = { staged: read, rows_expected: null, held: read.rows, complete: [] };
    return { ...verification, completeness: 'incomplete', everything_needed: true };
  }
  const key = config.pagination.type === 'keyset' ? config.pagination.key : '';
  const highest = await extremeValue(config, http, { column: key, order: 'desc' }, sender);
  // Comparisons are documented for numbers only; counting everything needs none.
  const isNumber = highest !== undefined && isWholeKey(highest);
  const span: KeySpan = isNumber ? { before: String(BigInt(highest) + 1n) } : {};
  // The source has nothing beyond the highest key.
  const complete: KeySpan[] = highest === undefined ? [{}] : isNumber ? [{ after: highest }] : [];
  let counts = { expected: -1, held: -1 };
  for (let pass = 0; ; pass++) {
    const expected = await countRecords(config, http, span, sender);
    const held = await writer.held(span, complete);
    // A row with the highest key exists, so a count of 0 cannot be trusted, and finding the difference needs
    // comparisons.
    const isBelieved = expected !== 0 || highest === undefined;
    if (!isBelieved && held !== null) {
      const staged = await writer.staged();
      const rows_expected = await countRecords(config, http, {}, sender);
      const verification = { staged, rows_expected, held: held.rows, complete: [] };
      return { ...verification, completeness: 'incomplete', everything_needed: true };
    }
    if (expected === null || held === null) {
      const staged = await writer.staged();
      return { staged, rows_expected: null, held: staged.rows, complete: [], completeness: 'not_provable' };
    }
    const stuck = counts.expected === expected && counts.held === held.rows;
    counts = { expected, held: held.rows };
    if (expected === held.rows || stuck || pass === MOST_PASSES) break;
    if (!(await canReconcile(context, result, { span, also: [], expected, complete }))) {
      const staged = await writer.staged();
      const verification = { staged, rows_expected: expected, held: held.rows, complete: [] };
      return { ...verification, completeness: 'incomplete', everything_needed: true };
    }
  }
  const staged = await writer.staged();
  const completeness = completenessOf({
    rows: counts.held,
    distinct_keys: counts.held,
    keyless_rows: staged.keyless_rows,
    rows_expected: counts.expected,
    moved: false,
  });
  const everything_needed = completeness === 'incomplete';
  return {
    staged,
    completeness,
    rows_expected: counts.expected,
    held: counts.held,
    complete,
    everything_needed,
  };
}

/** Reconciles; false when the server refuses to compare keys. */
async function canReconcile(context: ReadContext, result: ReadResult, task: Disagreement): Promise<boolean> {
  try {
    return await reconcile(context, result, task);
  } catch (thrown) {
    if (!(thrown instanceof XanoError && isUnsupportedFilter(thrown))) throw thrown;
    return false;
  }
}
