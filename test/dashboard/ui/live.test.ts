/**
 * What the pages of a running load compute without a browser, and how long the server expects one to take.
 */
import { describe, expect, it } from 'vitest';
import type { ShownReport } from '../../../src/dashboard/answers.js';
import { expectedSeconds } from '../../../src/dashboard/loads/expected-seconds.js';
import type { LiveTable } from '../../../src/dashboard/loads/live-answers.js';
import { createEventParser } from '../../../src/dashboard/ui/live/event-parser.js';
import { remainingOf, shareOf, timeLeft } from '../../../src/dashboard/ui/live/remaining.js';
import { waitInWords, wholeSeconds } from '../../../src/dashboard/ui/live/time-words.js';

const table = (change: Partial<LiveTable>): LiveTable => ({
  resource: 'orders',
  state: 'reading',
  rows_read: 0,
  rows_expected: null,
  rows_resumed: 0,
  ranges_read_again: 0,
  wait: null,
  started_at: null,
  result: null,
  rows_per_second: null,
  ...change,
});

describe('a stream of events', () => {
  const stream = [
    'id: 1\nevent: snapshot\ndata: {"a": "b: c"}\n\n',
    ': alive\n\n',
    'id: 2\nevent: change\ndata: first\ndata: second\n\n',
    'data:\n\n',
  ].join('');
  const events = [
    { id: '1', event: 'snapshot', data: '{"a": "b: c"}' },
    { id: '2', event: 'change', data: 'first\nsecond' },
    { id: undefined, event: 'message', data: '' },
  ];

  it('is read in pieces of any size', () => {
    for (let size = 1; size <= stream.length; size++) {
      const parse = createEventParser();
      const read = [];
      for (let at = 0; at < stream.length; at += size) read.push(...parse(stream.slice(at, at + size)));
      expect(read, `pieces of ${size}`).toEqual(events);
    }
  });

  it('gives no event before its end', () => {
    const parse = createEventParser();
    expect(parse(stream.slice(0, stream.indexOf('\n\n') + 1))).toEqual([]);
  });
});

it('a load is as far as its tables are, and no table is complete before it is loaded', () => {
  const result = {
    target: 'x.y',
    completeness: 'proved',
    rows_total: 8,
    duration_ms: 1,
    error: null,
  } as const;
  expect(shareOf(table({ rows_read: 500, rows_expected: 1_000 }))).toBe(0.5);
  expect(shareOf(table({ rows_read: 1_200, rows_expected: 1_000 }))).toBe(0.99);
  expect(shareOf(table({ rows_expected: 0 }))).toBe(0.99);
  expect(shareOf(table({ rows_read: 7 }))).toBe(null);
  expect(shareOf(table({ state: 'loaded', result }))).toBe(1);
  expect(
    remainingOf([
      table({ rows_read: 500, rows_expected: 1_000 }),
      table({ rows_read: 8, rows_expected: 8, state: 'loaded', result }),
      table({ state: 'pending' }),
    ]),
  ).toEqual({
    tables: 3,
    done: 1,
    rows_read: 508,
    rows_expected: 1_008,
    share: 0.5,
    is_open: true,
  });
  expect(remainingOf([]).share).toBe(null);
  expect([timeLeft(500, 250), timeLeft(500, 0), timeLeft(500, null), timeLeft(0, 5)]).toEqual([
    2_000,
    null,
    null,
    null,
  ]);
});

it('a wait counts down, says its reason, and ends', () => {
  const at = Date.UTC(2026, 2, 1, 12);
  const until = new Date(at + 11_400).toISOString();
  const wait = { kind: 'rate_limit', reason: 'the rate limit', until } as const;
  expect(waitInWords(wait, at)).toBe('Waiting 12 s: rate limit of Xano.');
  expect(waitInWords({ ...wait, kind: 'retry', reason: 'Xano answered with status 503.' }, at)).toBe(
    'Waiting 12 s: Xano answered with status 503.',
  );
  expect([waitInWords(wait, at + 11_400), waitInWords(null, at)]).toEqual([undefined, undefined]);
  expect([wholeSeconds(400), wholeSeconds(1_500), wholeSeconds(61_000)]).toEqual(['0 s', '2 s', '1 min 1 s']);
});

describe('the expected time of a load', () => {
  const past = (resources: readonly (readonly [string, rows: number, ms: number])[]): ShownReport =>
    ({
      resources: resources.map(([resource, rows_read, duration_ms]) => ({
        resource,
        rows_read,
        duration_ms,
        status: 'loaded',
        resumed: false,
      })),
    }) as unknown as ShownReport;

  it('is that of the newest load of each table, by its rows', () => {
    const reports = [
      past([['orders', 1_000, 2_000]]),
      past([
        ['orders', 1_000, 9_000],
        ['users', 500, 500],
      ]),
    ];
    const planned = [
      { resource: 'orders', rows: 10_000 },
      { resource: 'users', rows: 1_000 },
    ];
    expect(expectedSeconds(planned, reports)).toEqual({ tables: [20, 1], all: 20 });
  });

  it('is the median of the others for a table that was never loaded, and nobody knows the first', () => {
    const reports = [
      past([
        ['a', 1_000, 1_000],
        ['b', 1_000, 2_000],
        ['c', 1_000, 30_000],
      ]),
    ];
    expect(expectedSeconds([{ resource: 'new', rows: 5_000 }], reports)).toEqual({ tables: [10], all: 10 });
    expect(expectedSeconds([{ resource: 'new', rows: 5_000 }], [])).toEqual({ tables: [null], all: null });
  });

  it('is the time of requests where few rows were read', () => {
    const reports = [past([['tiny', 2, 400]])];
    expect(expectedSeconds([{ resource: 'tiny', rows: 50 }], reports)).toEqual({ tables: [1], all: 1 });
  });
});
