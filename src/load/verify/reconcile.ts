/**
 * Finds where staged rows and the server differ, by counts of key ranges, and reads only those ranges again.
 */
import type { KeySpan } from '../../destinations/destination.js';
import type { JsonObject } from '../../json.js';
import { countRecords, extremeValue } from '../../rest/paging/list-queries.js';
import { readPages } from '../../rest/paging/read-pages.js';
import { type KeySpace, keySpaceOf } from '../read/key-space.js';
import type { ReadContext, ReadResult } from '../read/read-context.js';

/** A span in which rows held and rows counted differ. */
export interface Disagreement {
  readonly span: KeySpan;
  /** Conditions of the count, beside those on the key. */
  readonly also: readonly JsonObject[];
  /** Rows that the server counts in the span. */
  readonly expected: number;
  /** Spans that were read completely; those read here are added. */
  readonly complete: KeySpan[];
}

/** After so many counts, reading everything again is cheaper. */
const MOST_COUNTS = 200;

/** One reconciliation. */
interface Reconciliation {
  readonly context: ReadContext;
  readonly result: ReadResult;
  readonly task: Disagreement;
  readonly space: KeySpace;
  readonly page_size: number;
  /** Counts requested so far. */
  counts: number;
}

/** A range of keys, its ends exclusive, and how many rows are in it. */
interface Range {
  readonly after: bigint;
  readonly before: bigint;
  /** Rows that the server counts there. */
  readonly expected: number;
  /** Rows that are staged, or in the target of a merge. */
  readonly held: number;
}

/**
 * Brings a span into agreement, as far as one pass can. False when it cannot: the keys are not numbers of any
 * kind, or the differences are everywhere.
 */
export async function reconcile(
  context: ReadContext,
  result: ReadResult,
  task: Disagreement,
): Promise<boolean> {
  const { http, sender, writer } = context;
  const { config } = result;
  const { also, complete, expected } = task;
  const { pagination } = config;
  if (pagination.type !== 'keyset') return false;
  const held = await writer.held(task.span, complete);
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
  const after = bound(task.span.after) ?? numbers.reduce((a, b) => (a < b ? a : b)) - 1n;
  const before = bound(task.span.before) ?? numbers.reduce((a, b) => (a > b ? a : b)) + 1n;

  // The server has a row there, so its count of 0 answers a comparison that it cannot make.
  const first = bound(first_there);
  if (expected === 0 && first !== undefined && first > after && first < before) return false;
  const { page_size } = pagination;
  const reconciliation: Reconciliation = { context, result, task, space, page_size, counts: 0 };
  return visit(reconciliation, { after, before, expected, held: held.rows });
}

/** Reads a small range again, or visits the halves of a large one. False when that cannot be done. */
async function visit(reconciliation: Reconciliation, range: Range): Promise<boolean> {
  const { after, before, expected, held } = range;
  if (expected === held) return true;
  if (expected <= reconciliation.page_size || before - after <= 2n) return readAgain(reconciliation, range);
  if (++reconciliation.counts > MOST_COUNTS) return false;
  const { context, result, task, space } = reconciliation;
  const { http, sender, writer } = context;
  const { config } = result;
  const { also, complete } = task;
  const middle = (after + before) / 2n;
  const left = spanOf(space, after, middle + 1n);
  const leftExpected = await countRecords(config, http, { ...left, also }, sender);
  const leftHeld = await writer.held(left, complete);
  if (leftExpected === null || leftHeld === null) return false;
  let rightExpected: number | null = Math.max(0, expected - leftExpected);
  if (leftExpected === 0 && leftHeld.rows > 0) {
    // Either all of it was deleted, or the server answers every comparison with nothing: then the other half
    // is empty as well.
    rightExpected = await countRecords(config, http, { ...spanOf(space, middle, before), also }, sender);
    if (rightExpected === null || rightExpected === 0) return false;
  }
  return (
    (await visit(reconciliation, {
      after,
      before: middle + 1n,
      expected: leftExpected,
      held: leftHeld.rows,
    })) &&
    (await visit(reconciliation, {
      after: middle,
      before,
      expected: rightExpected,
      held: held - leftHeld.rows,
    }))
  );
}

async function readAgain(
  { context, result, task, space }: Reconciliation,
  { after, before, expected, held }: Range,
): Promise<boolean> {
  const { http, sender, writer, on_again } = context;
  const { config, stager } = result;
  const span = spanOf(space, after, before);
  on_again({ expected, held });
  await writer.forget(span);
  const range = { ...span, also: task.also };
  const pages = readPages(config, { http, sender, columns: stager.columns(), range });
  const rows_before = stager.rows();
  await stager.take(pages, { again: true });
  // Empty although the server counts rows there: its answers to comparisons cannot be trusted.
  if (expected > 0 && stager.rows() === rows_before) return false;
  task.complete.push(span);
  return true;
}

function spanOf(space: KeySpace, after: bigint, before: bigint): KeySpan {
  return { after: space.toText(after), before: space.toText(before) };
}
