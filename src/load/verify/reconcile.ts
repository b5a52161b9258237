/** Where do held rows and the server differ? Counts by key range narrow it down, and only there is read once more. */
import type { KeySpan } from '../../destinations/destination.js';
import type { JsonObject } from '../../json.js';
import { countRecords, extremeValue } from '../../rest/paging/list-queries.js';
import { readPages } from '../../rest/paging/read-pages.js';
import { type KeySpace, keySpaceOf } from '../read/key-space.js';
import type { ReadContext, ReadResult } from '../read/read-list.js';

/** What is to agree. */
export interface Settlement {
  readonly span: KeySpan;
  /** Conditions that the server counts under, beside those on the key. */
  readonly also: readonly JsonObject[];
  /** What the server counts in the span. */
  readonly expected: number;
  /** Spans read whole; those read here are added. */
  readonly whole: KeySpan[];
}

/** Counting more often than this, one might as well read everything anew. */
const MOST_COUNTS = 200;

/**
 * Brings a span into agreement, as far as one pass can. False where it cannot be done: keys that nothing can be computed with, or
 * differences everywhere.
 */
export async function settle(reading: ReadContext, result: ReadResult, task: Settlement): Promise<boolean> {
  const { http, sender, writer } = reading;
  const { config, taker } = result;
  const { also, whole } = task;
  const { pagination } = config;
  if (pagination.type !== 'keyset') return false;
  const held = await writer.held(task.span, whole);
  if (held === null) return false;

  const serverEnd = (order: 'asc' | 'desc'): Promise<string | undefined> =>
    extremeValue(config, http, { column: pagination.key, order, also }, sender);
  const first_there = await serverEnd('asc');
  const ends = [held.lowest, held.highest, first_there, await serverEnd('desc')].flatMap((end) => end ?? []);
  const space = ends[0] === undefined ? undefined : keySpaceOf(ends[0]);
  if (space === undefined || !ends.every((end) => keySpaceOf(end) === space)) return false;
  const numbers = ends.map(space.toNumber);
  const bound = (text: string | undefined): bigint | undefined =>
    text === undefined ? undefined : space.toNumber(text);
  // Exclusive on both sides.
  const low = bound(task.span.after) ?? numbers.reduce((a, b) => (a < b ? a : b)) - 1n;
  const high = bound(task.span.before) ?? numbers.reduce((a, b) => (a > b ? a : b)) + 1n;

  // The server has a row there: its count of none is an answer to a comparison that it cannot make.
  const first = bound(first_there);
  if (task.expected === 0 && first !== undefined && first > low && first < high) return false;

  let counts = 0;
  const visit = async (after: bigint, before: bigint, expected: number, have: number): Promise<boolean> => {
    if (expected === have) return true;
    const span = spanOf(space, after, before);
    if (expected <= pagination.page_size || before - after <= 2n) {
      reading.on_again({ expected, held: have });
      await writer.forget(span);
      const range = { ...span, also };
      const pages = readPages(config, { http, sender, columns: taker.columns(), range });
      const before_it = taker.rows();
      await taker.take(pages, { again: true });
      // Read again and found empty, although some are counted: what the server says of comparisons is not to be believed.
      if (expected > 0 && taker.rows() === before_it) return false;
      whole.push(span);
      return true;
    }
    if (++counts > MOST_COUNTS) return false;
    const middle = (after + before) / 2n;
    const left = spanOf(space, after, middle + 1n);
    const leftExpected = await countRecords(config, http, { ...left, also }, sender);
    const leftHeld = await writer.held(left, whole);
    if (leftExpected === null || leftHeld === null) return false;
    let rightExpected: number | null = Math.max(0, expected - leftExpected);
    if (leftExpected === 0 && leftHeld.rows > 0) {
      // All of it may be gone, or the server answers comparisons with nothing: then the other half is empty as well.
      rightExpected = await countRecords(config, http, { ...spanOf(space, middle, before), also }, sender);
      if (rightExpected === null || rightExpected === 0) return false;
    }
    return (
      (await visit(after, middle + 1n, leftExpected, leftHeld.rows)) &&
      (await visit(middle, before, rightExpected, have - leftHeld.rows))
    );
  };
  return visit(low, high, task.expected, held.rows);
}

function spanOf(space: KeySpace, after: bigint, before: bigint): KeySpan {
  return { after: space.toText(after), before: space.toText(before) };
}
