/** How far a cursor's value is moved. */
import { expect, it } from 'vitest';
import { stepCursor } from '../../../src/load/incremental/cursor.js';

it.each([
  ['TIMESTAMPTZ', '1767225600000', -600_001, '1767224999999'],
  ['TIMESTAMPTZ', '0', -1, '-1'],
  ['BIGINT', '9007199254740993', 1, '9007199254740994'],
  ['BIGINT', '-5', -1, '-6'],
  ['DATE', '"2026-03-01"', -1, '"2026-02-28"'],
  ['DATE', '"2026-12-31"', 1, '"2027-01-01"'],
  ['DATE', '"2024-02-28"', 1, '"2024-02-29"'],
  // Years have four digits, and none is before the first.
  ['DATE', '"9999-12-31"', 1, '"9999-12-31"'],
  ['DATE', '"0001-01-01"', -1, '"0001-01-01"'],
] as const)('a cursor in %s of %s with a lag of %d is %s', (type, from, by, to) => {
  expect(stepCursor(type, from, by)).toBe(to);
});
