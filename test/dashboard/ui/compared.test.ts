/** Two loads beside each other. */
import { expect, it } from 'vitest';
import type { ShownReport, ShownResource } from '../../../src/dashboard/answers.js';
import { compareLoads, loadBefore } from '../../../src/dashboard/ui/loads/compared.js';

const resource = (
  target: string,
  rows_total: number | null,
  more: Partial<ShownResource> = {},
): ShownResource => ({
  resource: target,
  target,
  status: rows_total === null ? 'failed' : 'loaded',
  write_disposition: 'replace',
  completeness: rows_total === null ? null : 'proved',
  rows_expected: rows_total,
  rows_read: rows_total ?? 0,
  rows_written: rows_total ?? 0,
  rows_deleted: 0,
  rows_total,
  values_rejected: 0,
  schema_changes: [],
  read_by: 'keyset',
  requests: 1,
  pages: 1,
  bytes: 1,
  duration_ms: 100,
  resumed: false,
  ...more,
});
const report = (day: number, resources: readonly ShownResource[]): ShownReport => ({
  load_id: `load-${day}`,
  started_at: `2026-01-0${day}T00:00:00Z`,
  finished_at: `2026-01-0${day}T00:00:01Z`,
  status: 'loaded',
  requests: 1,
  bytes: 1,
  resources,
});
const added = (name: string) => ({ change: 'column_added', name, from: null, to: 'BIGINT' }) as const;

const first = report(1, [resource('s.a', 10), resource('s.gone', 5)]);
const second = report(2, [resource('s.a', 12, { schema_changes: [added('x')] })]);
const other = report(3, [resource('s.z', 1)]);
const last = report(4, [
  resource('s.a', 11, { duration_ms: 350, schema_changes: [added('y')] }),
  resource('s.new', 3),
  resource('s.bad', null),
]);
const known = [last, other, second, first];

it('compares rows, times and columns of any two loads', () => {
  const shown = (before: ShownReport | undefined) =>
    compareLoads(last, before, known).map(({ target, rows, duration_ms, changes }) => [
      target,
      rows,
      duration_ms,
      changes,
    ]);
  expect(shown(first)).toEqual([
    ['s.a', 1, 250, ['column x added (BIGINT)', 'column y added (BIGINT)']],
    ['s.new', null, null, []],
    ['s.bad', null, null, []],
    ['s.gone', null, null, []],
  ]);
  expect(shown(second)[0]).toEqual(['s.a', -1, 250, ['column y added (BIGINT)']]);
  expect(shown(undefined)[0]).toEqual(['s.a', null, null, ['column y added (BIGINT)']]);
});

it('compares with the newest load before that read one of its tables', () => {
  expect([last, second, first, other].map((one) => loadBefore(one, known)?.load_id)).toEqual([
    'load-2',
    'load-1',
    undefined,
    undefined,
  ]);
});
