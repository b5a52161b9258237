/**
 * When rows of a page are committed before it is complete: where they are long, and can be told from others.
 */
import { expect, it } from 'vitest';
import type { Batch } from '../../../src/destinations/staging/parquet/batch-file.js';
import { areLong, createPartialCommits } from '../../../src/destinations/staging/partial-commits.js';

const MB = 1024 * 1024;
const REJECT = { row_key: '1', column: 'name', raw: '5', reason: 'r' };

/** Ten rows of a page, 20 MB together, but for what is said otherwise. */
const batch = (more: Partial<Batch> = {}): Pick<Batch, 'bytes' | 'count' | 'rejects' | 'resume'> => ({
  count: 10,
  bytes: 20 * MB,
  rejects: [],
  resume: undefined,
  ...more,
});

it('a partial commit is due after 32 MB of marked rows, and after another 32 MB', () => {
  const partial = createPartialCommits();
  expect([partial.isOpen(), partial.isDue()]).toEqual([false, false]);
  expect(partial.take(batch(), false)).toBe(true);
  expect([partial.isOpen(), partial.isDue()]).toEqual([true, false]);
  expect(partial.take(batch(), false)).toBe(true);
  expect(partial.isDue()).toBe(true);
  partial.committedEarly();
  expect([partial.isOpen(), partial.isDue()]).toEqual([true, false]);
  partial.take(batch({ bytes: 32 * MB }), false);
  expect(partial.isDue()).toBe(true);
  partial.reset();
  expect([partial.isOpen(), partial.isDue()]).toEqual([false, false]);
});

it('a partial commit excludes the last batch of a page, which is committed with its page', () => {
  const partial = createPartialCommits();
  expect(partial.take(batch({ resume: 'after 10', bytes: 100 * MB }), false)).toBe(false);
  expect([partial.isOpen(), partial.isDue()]).toEqual([false, false]);
});

it.each<[string, Partial<Batch>, boolean]>([
  ['values were rejected', { rejects: [REJECT] }, false],
  ['the table is wide', {}, true],
  ['rows are short', { count: 100_000 }, false],
])('a partial commit is never due once %s, until the page is committed', (_, more, is_wide) => {
  const partial = createPartialCommits();
  partial.take(batch(), false);
  expect(partial.take(batch(more), is_wide)).toBe(false);
  expect(partial.take(batch({ bytes: 100 * MB }), false)).toBe(false);
  expect([partial.isOpen(), partial.isDue()]).toEqual([true, false]);
  partial.reset();
  partial.take(batch({ bytes: 100 * MB }), false);
  expect(partial.isDue()).toBe(true);
});

it('a partial commit is never due after columns were added, until the page is committed', () => {
  const partial = createPartialCommits();
  partial.forbid();
  expect(partial.take(batch({ bytes: 100 * MB }), false)).toBe(false);
  expect([partial.isOpen(), partial.isDue()]).toEqual([false, false]);
});

it('the partial commits call rows long that are 8 KiB each and 32 MB together', () => {
  expect(areLong({ rows: 1, bytes: 32 * MB })).toBe(true);
  expect(areLong({ rows: 4096, bytes: 32 * MB })).toBe(true);
  expect(areLong({ rows: 4097, bytes: 32 * MB })).toBe(false);
  expect(areLong({ rows: 1, bytes: 32 * MB - 1 })).toBe(false);
});
