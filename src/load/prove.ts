/** Proves what was read: brings it into agreement with what the server counts, and judges what is left. */
import type { KeySpan, Staged } from '../destinations/destination.js';
import type { Completeness } from '../events.js';
import { countRecords, extremeValue } from '../rest/pages.js';
import { differentRows, judge } from './complete.js';
import { keySpaceOf } from './keyspace.js';
import type { Reading, ReadResult } from './read.js';
import { settle } from './settle.js';

/** What is known of the rows in the end. */
export interface Proof {
  readonly staged: Staged;
  readonly completeness: Completeness;
  readonly rows_expected: number | null;
  /** Different rows held, to be compared with that. */
  readonly held: number;
  /** Spans in which everything there is has been read. */
  readonly whole: readonly KeySpan[];
  /** What is new does not add up to what is counted, and only reading everything can tell why. */
  readonly everything_needed?: boolean;
}

/** A source that still moves after so many passes is told of, not chased. */
const MOST_PASSES = 3;

/** Proves a reading. Throws what reading throws. */
export async function prove(reading: Reading, result: ReadResult): Promise<Proof> {
  const { config, window } = result;
  const onlyNew = window !== null && window.also.length > 0;
  if (onlyNew && config.write_disposition === 'merge') {
    return (await proveMerged(reading, result)) ?? proveWithoutSpans(reading);
  }
  return proveStaged(reading, result, onlyNew ? [] : [{}]);
}

/** What is staged against what the server counts under the same conditions. */
async function proveStaged(reading: Reading, result: ReadResult, whole: readonly KeySpan[]): Promise<Proof> {
  const { writer, http, sender } = reading;
  const { config, range, window, moved } = result;
  const also = window?.also ?? [];
  let { rows_expected } = result;
  let staged = await writer.staged();
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const agrees = rows_expected === null || differentRows(staged) === rows_expected;
    if (agrees || range === null || staged.keyless_rows > 0) break;
    // Merging counts the target's rows among those held: here it is about what was read alone.
    const task = { span: range, also, expected: rows_expected ?? 0, whole: [{}] };
    const before = `${differentRows(staged)} of ${rows_expected}`;
    if (!(await settle(reading, result, task))) break;
    staged = await writer.staged();
    rows_expected = await countRecords(config, http, { ...range, also }, sender);
    // Read again and found the same: another pass would find it, too.
    if (before === `${differentRows(staged)} of ${rows_expected}`) break;
  }
  const held = differentRows(staged);
  return { staged, rows_expected, held, whole, completeness: judge({ ...staged, rows_expected, moved }) };
}

/** An incremental merge whose keys nothing can be computed with: the whole is counted, and where it differs everything must be read. */
async function proveWithoutSpans(reading: Reading): Promise<Proof> {
  const { writer, http, sender } = reading;
  // As it was asked for at first, without conditions: that much every server bears.
  const rows_expected = await countRecords(reading.config, http, {}, sender);
  const staged = await writer.staged();
  const held = await writer.held({}, []);
  const proof = { staged, rows_expected, held: held?.rows ?? differentRows(staged), whole: [] };
  if (rows_expected === null || held === null) return { ...proof, completeness: 'not_provable' };
  if (held.rows !== rows_expected) return { ...proof, completeness: 'incomplete', everything_needed: true };
  return { ...proof, completeness: staged.keyless_rows > 0 ? 'not_provable' : 'proved' };
}

/**
 * An incremental merge is about the whole table: rows of the target together with the staged ones against all that the server counts. What
 * is there and not here was missed, what is here and not there was deleted. Undefined where keys or counts do not allow it.
 */
async function proveMerged(reading: Reading, result: ReadResult): Promise<Proof | undefined> {
  const { writer, http, sender } = reading;
  const { config } = result;
  const { pagination } = config;
  if (pagination.type !== 'keyset') return undefined;
  const end = { column: pagination.key, order: 'desc' } as const;
  const highest = await extremeValue(config, http, end, sender);
  const space = highest === undefined ? undefined : keySpaceOf(highest);
  if (highest !== undefined && space === undefined) return undefined;
  const span: KeySpan = highest === undefined ? {} : { before: space!.toText(space!.toNumber(highest) + 1n) };
  // Beyond the highest key there is nothing at the source.
  const whole: KeySpan[] = highest === undefined ? [{}] : [{ after: highest }];
  let counts = { expected: 0, held: 0 };
  for (let pass = 0; ; pass++) {
    const expected = await countRecords(config, http, span, sender);
    const held = await writer.held(span, whole);
    if (expected === null || held === null) return undefined;
    const stuck = pass > 0 && counts.expected === expected && counts.held === held.rows;
    counts = { expected, held: held.rows };
    if (expected === held.rows || stuck || pass === MOST_PASSES) break;
    if (!(await settle(reading, result, { span, also: [], expected, whole }))) break;
  }
  const staged = await writer.staged();
  const completeness = judge({
    rows: counts.held,
    distinct_keys: counts.held,
    keyless_rows: staged.keyless_rows,
    rows_expected: counts.expected,
    moved: false,
  });
  return { staged, completeness, rows_expected: counts.expected, held: counts.held, whole };
}
