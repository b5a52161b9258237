/** Verifies what was read: brings it into agreement with what the server counts, and judges what is left. */
import type { KeySpan, Staged } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import type { Completeness } from '../../events.js';
import { countRecords, extremeValue } from '../../rest/paging/read-pages.js';
import { isWhole } from '../read/key-space.js';
import type { ReadContext, ReadResult } from '../read/read-context.js';
import { completenessOf, differentRows } from './completeness.js';
import { type Disagreement, reconcile } from './reconcile.js';

/** What is known of the rows in the end. */
export interface Verification {
  readonly staged: Staged;
  readonly completeness: Completeness;
  readonly rows_expected: number | null;
  /** Different rows held, to be compared with that. */
  readonly held: number;
  /** Spans in which everything there is has been read. */
  readonly complete: readonly KeySpan[];
  /** What is new does not add up to what is counted, and only reading everything can tell why. */
  readonly everything_needed?: boolean;
}

/** A source that still moves after so many passes is told of, not chased. */
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

/** What is staged against what the server counts under the same conditions. */
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
    // Merging counts the target's rows among those held: here it is about what was read alone.
    const task = { span: range, also, expected: rows_expected ?? 0, complete: [{}] };
    const before = `${differentRows(staged)} of ${rows_expected}`;
    if (!(await reconcile(context, result, task))) break;
    staged = await writer.staged();
    rows_expected = await countRecords(config, http, { ...range, also }, sender);
    // Read again and found the same: another pass would find it, too.
    if (before === `${differentRows(staged)} of ${rows_expected}`) break;
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
 * An incremental merge is about the whole table: rows of the target together with the staged ones against all that the server counts. What
 * is there and not here was missed, what is here and not there was deleted. Where ranges of keys cannot tell which, everything must be read.
 */
async function verifyMerged(context: ReadContext, result: ReadResult): Promise<Verification> {
  const { writer, http, sender, config } = context;
  // A row without a key meets none of those before: only where everything is read it is known which of them are the same.
  const read = await writer.staged();
  if (read.keyless_rows > 0) {
    const verification = { staged: read, rows_expected: null, held: read.rows, complete: [] };
    return { ...verification, completeness: 'incomplete', everything_needed: true };
  }
  const key = config.pagination.type === 'keyset' ? config.pagination.key : '';
  const highest = await extremeValue(config, http, { column: key, order: 'desc' }, sender);
  // Whether anything but numbers can be compared is not documented: the count of everything needs no comparison.
  const isNumber = highest !== undefined && isWhole(highest);
  const span: KeySpan = isNumber ? { before: String(BigInt(highest) + 1n) } : {};
  // Beyond the highest key there is nothing at the source.
  const complete: KeySpan[] = highest === undefined ? [{}] : isNumber ? [{ after: highest }] : [];
  let counts = { expected: -1, held: -1 };
  for (let pass = 0; ; pass++) {
    const expected = await countRecords(config, http, span, sender);
    const held = await writer.held(span, complete);
    // The highest key is one of them: an answer of none is no count, and keys have to be compared to find what differs.
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

/** Reconciles, unless the server refuses to compare keys. */
async function canReconcile(context: ReadContext, result: ReadResult, task: Disagreement): Promise<boolean> {
  try {
    return await reconcile(context, result, task);
  } catch (thrown) {
    const status = thrown instanceof XanoError && thrown.code === 'XANO_FAILED' ? thrown.request?.status : 0;
    if (![400, 422, 500].includes(status ?? 0)) throw thrown;
    return false;
  }
}
