/** How many rows are asked for at a time. */
import { describe, expect, it } from 'vitest';
import { type ErrorCode, XanoError } from '../../../src/errors.js';
import { createPageSizes, type SizeLimits } from '../../../src/rest/paging/page-size.js';

const GROWING: SizeLimits = { page_size: 1000, max_page_size: 10_000 };
/** Four of these fit into an answer. */
const MIB = 1024 * 1024;

/** A failed request. */
const failure = (code: ErrorCode, status?: number): XanoError =>
  new XanoError(code, 'no', {
    request: { method: 'POST', url: 'https://x/', ...(status === undefined ? {} : { status }) },
  });

/** Sizes, and what they tell of limits. */
function sizesOf(limits: SizeLimits) {
  const told: number[] = [];
  return { sizes: createPageSizes(limits, (size) => told.push(size)), told };
}

/** Takes full pages of rows of so many bytes, as many as are asked for, and tells how many that were. */
function full(sizes: ReturnType<typeof createPageSizes>, pages: number, row_bytes: number): number[] {
  return Array.from({ length: pages }, () => {
    const asked = sizes.now();
    sizes.took(asked, asked, asked * row_bytes, true);
    return asked;
  });
}

describe('pages that may grow', () => {
  it('double from the first size to the largest', () => {
    const { sizes, told } = sizesOf(GROWING);
    expect(full(sizes, 6, 100)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(told).toEqual([]);
  });

  it.each([
    [1024, [1000, 2000, 4000, 4096, 4096]],
    [100 * 1024, [1000, 40, 40, 40]],
    [3 * MIB, [1000, 1, 1]],
    [20 * MIB, [1000, 1, 1]],
  ])('keep an answer of rows of %d bytes within four megabytes', (row_bytes, asked) => {
    expect(full(sizesOf(GROWING).sizes, asked.length, row_bytes)).toEqual(asked);
  });

  it('grow again where short rows follow long ones', () => {
    const { sizes } = sizesOf(GROWING);
    expect([...full(sizes, 2, MIB), ...full(sizes, 3, 100)]).toEqual([1000, 4, 4, 8, 16]);
  });

  it('keep their size where a page is not full, or empty', () => {
    const { sizes } = sizesOf(GROWING);
    sizes.took(1000, 799, 79_900, false);
    sizes.took(1000, 0, 40, false);
    expect(sizes.now()).toBe(1000);
    sizes.took(1000, 800, 80_000, false);
    expect(sizes.now()).toBe(2000);
  });

  it('count as proven once they arrived in full', () => {
    const { sizes } = sizesOf(GROWING);
    expect([1000, 1001, 2000].map(sizes.isTried)).toEqual([true, false, false]);
    sizes.took(2000, 1500, 150_000, true);
    expect(sizes.isTried(2000)).toBe(false);
    sizes.took(2000, 1900, 190_000, false);
    expect([2000, 2001].map(sizes.isTried)).toEqual([true, false]);
  });
});

it('pages of a chosen size keep it, whatever their bytes', () => {
  const { sizes } = sizesOf({ page_size: 300 });
  expect([...full(sizes, 2, MIB), ...full(sizes, 2, 10)]).toEqual([300, 300, 300, 300]);
});

it('pages start no larger than their maximum', () => {
  const { sizes } = sizesOf({ page_size: 300, max_page_size: 100 });
  expect(full(sizes, 2, 10)).toEqual([100, 100]);
});

describe('a server that gives fewer rows than requested', () => {
  it('sets the page size from the second time on, with an event', () => {
    const { sizes, told } = sizesOf(GROWING);
    full(sizes, 1, 100);
    sizes.took(2000, 1500, 150_000, true);
    expect([sizes.now(), told]).toEqual([2000, []]);
    sizes.took(2000, 1500, 150_000, true);
    expect([sizes.now(), told]).toEqual([1500, [1500]]);
    expect([...full(sizes, 2, 100), ...told]).toEqual([1500, 1500, 1500]);
  });

  it('is not assumed after a last page, different counts, or full pages between them', () => {
    const { sizes, told } = sizesOf({ page_size: 1000 });
    for (const [count, more] of [
      [700, false],
      [700, false],
      [600, true],
      [700, true],
      [1000, true],
      [700, true],
      [0, false],
      [700, true],
    ] as const)
      sizes.took(1000, count, count * 100, more);
    expect([sizes.now(), told]).toEqual([1000, []]);
  });
});

describe('a size that fails', () => {
  it.each<[string, XanoError]>([
    ['refused with 400', failure('XANO_FAILED', 400)],
    ['refused with 413', failure('XANO_FAILED', 413)],
    ['refused with 422', failure('XANO_FAILED', 422)],
    ['answered with 500', failure('XANO_FAILED', 500)],
    ['answered with 504', failure('XANO_FAILED', 504)],
    ['answered with 408', failure('XANO_FAILED', 408)],
    ['cut off', failure('XANO_UNREACHABLE')],
    ['answered with something else than a list', failure('RESPONSE_UNEXPECTED', 200)],
    ['larger than the limit of an answer', failure('RESPONSE_UNEXPECTED')],
  ])('falls back to the largest that arrived before where it is %s', (_, error) => {
    const { sizes } = sizesOf(GROWING);
    full(sizes, 2, 100);
    expect(sizes.refused(4000, error)).toBe(true);
    expect(full(sizes, 3, 100)).toEqual([2000, 2000, 2000]);
  });

  it.each<[string, XanoError]>([
    ['a token that is over', failure('TOKEN_REJECTED', 401)],
    ['a missing scope', failure('SCOPE_MISSING', 403)],
    ['a path that is not there', failure('XANO_FAILED', 404)],
    ['too many requests', failure('RATE_LIMITED', 429)],
    ['an interruption', failure('INTERRUPTED')],
  ])('fails for good where the reason is %s', (_, error) => {
    const { sizes } = sizesOf(GROWING);
    full(sizes, 2, 100);
    expect(sizes.refused(4000, error)).toBe(false);
    expect(sizes.now()).toBe(4000);
  });

  it('fails for good where it is the first size', () => {
    const { sizes } = sizesOf(GROWING);
    expect(sizes.refused(1000, failure('XANO_FAILED', 500))).toBe(false);
    expect(sizes.refused(1000, failure('XANO_FAILED', 400))).toBe(false);
  });

  it('falls back to the first size where it arrived before and rows became too long for it', () => {
    const { sizes, told } = sizesOf(GROWING);
    full(sizes, 5, 100);
    expect(sizes.refused(10_000, failure('RESPONSE_UNEXPECTED'))).toBe(true);
    expect(full(sizes, 2, 100)).toEqual([1000, 1000]);
    expect(told).toEqual([]);
  });

  it('is not too large where it arrived before and the request itself is refused', () => {
    const { sizes } = sizesOf(GROWING);
    full(sizes, 3, 100);
    expect(sizes.refused(4000, failure('XANO_FAILED', 422))).toBe(false);
  });

  it('does not make pages larger than their bytes allow', () => {
    const { sizes } = sizesOf(GROWING);
    full(sizes, 2, 100);
    // Asked for before it was known how long the rows are.
    sizes.took(4000, 4000, 4000 * 100 * 1024, true);
    expect(sizes.now()).toBe(40);
    expect(sizes.refused(8000, failure('XANO_FAILED', 504))).toBe(true);
    expect(sizes.now()).toBe(40);
    expect(sizes.refused(1000, failure('XANO_FAILED', 504))).toBe(true);
    expect(sizes.refused(40, failure('XANO_FAILED', 504))).toBe(false);
  });

  it('becomes a limit only once a smaller one arrives, since both may be refused for another reason', () => {
    const { sizes, told } = sizesOf(GROWING);
    full(sizes, 1, 100);
    expect(sizes.refused(2000, failure('XANO_FAILED', 400))).toBe(true);
    expect(told).toEqual([]);
    expect(sizes.refused(1000, failure('XANO_FAILED', 400))).toBe(false);
    expect(told).toEqual([]);
    full(sizes, 2, 100);
    expect(told).toEqual([1000]);
  });

  it('does not become a limit where the server was overloaded', () => {
    const { sizes, told } = sizesOf(GROWING);
    full(sizes, 1, 100);
    expect(sizes.refused(2000, failure('XANO_FAILED', 504))).toBe(true);
    full(sizes, 2, 100);
    expect(told).toEqual([]);
  });

  it('fails for each request in flight, and each is repeated in smaller pages', () => {
    const { sizes, told } = sizesOf(GROWING);
    full(sizes, 2, 100);
    expect([4000, 4000, 4000].map((size) => sizes.refused(size, failure('XANO_FAILED', 400)))).toEqual([
      true,
      true,
      true,
    ]);
    full(sizes, 2, 100);
    expect([sizes.now(), told]).toEqual([2000, [2000]]);
  });
});
