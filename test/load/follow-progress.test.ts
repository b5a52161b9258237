/** The events of a load become how far it is. */
import { expect, it } from 'vitest';
import type { LoadEvent, ResourceReport } from '../../src/events.js';
import { followProgress } from '../../src/load/progress/follow-progress.js';

const START = Date.UTC(2026, 2, 1, 12);

const report: ResourceReport = {
  resource: 'orders',
  target: 'xano_data.orders',
  status: 'failed',
  write_disposition: 'replace',
  completeness: null,
  rows_expected: 5_000,
  rows_read: 2_000,
  rows_written: 0,
  rows_deleted: 0,
  rows_total: null,
  values_rejected: 0,
  columns_added: [],
  schema_changes: [],
  columns_excluded: [],
  read_by: 'keyset',
  requests: 3,
  pages: 2,
  bytes: 1,
  duration_ms: 4_000,
  resumed: true,
  error: { code: 'XANO_FAILED', message: 'Xano failed.', hint: 'Try again.' },
};

const PENDING = {
  state: 'pending',
  rows_read: 0,
  rows_expected: null,
  rows_resumed: 0,
  ranges_read_again: 0,
  wait: null,
  started_at: null,
  result: null,
};

it('followProgress tells pages, waits, ranges read again and results of each table', () => {
  let time = START;
  const { follow, current } = followProgress(() => time);
  const after = (...events: readonly LoadEvent[]) => {
    for (const event of events) follow(event);
    return current();
  };
  expect(current()).toBe(null);
  const resources = ['orders', 'users'];
  expect(after({ type: 'load_started', load_id: 'L1', destination: 'shop.duckdb', resources })).toEqual({
    load_id: 'L1',
    started_at: '2026-03-01T12:00:00.000Z',
    status: 'running',
    wait: null,
    tables: [
      { resource: 'orders', ...PENDING },
      { resource: 'users', ...PENDING },
    ],
  });
  time += 1_000;
  const wait = { type: 'waiting', wait_ms: 12_000, reason: 'the rate limit' } as const;
  const reading = after(
    { type: 'resource_started', resource: 'orders', resumed_rows: 500 },
    { type: 'page_read', resource: 'orders', rows_read: 1_500, rows_expected: 5_000, bytes: 9 },
    { type: 'read_again', resource: 'orders', rows_expected: 10, rows_held: 9 },
    { ...wait, resource: 'orders', kind: 'rate_limit' },
    { ...wait, resource: null, kind: 'retry' },
  );
  const waits = { reason: 'the rate limit', until: '2026-03-01T12:00:13.000Z' };
  expect(reading).toMatchObject({ wait: { kind: 'retry', ...waits } });
  expect(reading?.tables).toEqual([
    {
      resource: 'orders',
      state: 'reading',
      rows_read: 1_500,
      rows_expected: 5_000,
      rows_resumed: 500,
      ranges_read_again: 1,
      wait: { kind: 'rate_limit', ...waits },
      started_at: '2026-03-01T12:00:01.000Z',
      result: null,
    },
    { resource: 'users', ...PENDING },
  ]);
  // A renewed token is no wait, and the next page ends one.
  const page = { type: 'page_read', resource: 'orders', rows_read: 2_000, rows_expected: 5_000 } as const;
  const gone_on = after({ ...wait, resource: 'users', kind: 'token' }, { ...page, bytes: 9 });
  expect([gone_on?.wait, ...(gone_on?.tables ?? []).map((table) => table.wait)]).toEqual([null, null, null]);
  // The object of a table that no event changed stays the same.
  expect(gone_on?.tables[1]).toEqual(reading?.tables[1]);
  const done = after({ type: 'resource_finished', report });
  expect(done?.tables[0]).toMatchObject({
    state: 'failed',
    rows_read: 2_000,
    result: {
      target: 'xano_data.orders',
      completeness: null,
      rows_total: null,
      duration_ms: 4_000,
      error: { code: 'XANO_FAILED', message: 'Xano failed.', hint: 'Try again.' },
    },
  });
});
