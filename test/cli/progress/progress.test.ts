/** Progress as a terminal shows it, screen by screen. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/cli/context.js';
import { createPrinter } from '../../../src/cli/output/output.js';
import { showProgress } from '../../../src/cli/progress/progress.js';
import type { LoadEvent, ResourceReport } from '../../../src/index.js';
import { type Clock, createClock, openScreen, type Screen } from '../terminal.js';

interface Watched {
  readonly clock: Clock;
  readonly terminal: Screen;
  readonly begin: (...names: readonly string[]) => void;
  readonly read: (resource: string, rows_read: number, rows_expected: number | null) => void;
  readonly wait: (resource: string, kind: 'rate_limit' | 'retry', wait_ms: number, reason: string) => void;
  readonly finish: (resource: string, rows_read: number) => void;
  readonly stop: () => void;
  /** Lines down to the last that is not empty. */
  readonly shown: () => Promise<string[]>;
}

/** A load of these tables, watched on a terminal where two lines stand already. */
function watch(
  tables: readonly string[],
  columns: number,
  rows = 24,
  env: Record<string, string> = { NO_COLOR: '1' },
): Watched {
  const clock = createClock();
  const terminal = openScreen(columns, rows);
  const stdout = { ...terminal.output, stream: new PassThrough(), is_terminal: false };
  const context: Context = {
    argv: [],
    env,
    home: '/nowhere',
    cwd: '/nowhere',
    stdin: { stream: new PassThrough(), is_terminal: false },
    stdout,
    stderr: terminal.output,
    now: clock.now,
    sleep: async (ms) => clock.advance(ms),
    alarm: clock.alarm,
    signal: new AbortController().signal,
  };
  terminal.output.stream.write('$ xano auth status\n$ xano load\n');
  const { follow, stop } = showProgress(context, createPrinter(context, true));
  const emit = (event: LoadEvent): void => follow(event);
  emit({ type: 'load_started', load_id: 'x', destination: 'x.duckdb', resources: tables });
  return {
    clock,
    terminal,
    stop,
    begin: (...names) => {
      for (const resource of names) emit({ type: 'resource_started', resource, resumed_rows: 0 });
    },
    read: (resource, rows_read, rows_expected) =>
      emit({ type: 'page_read', resource, rows_read, rows_expected, bytes: 0 }),
    wait: (resource, kind, wait_ms, reason) => emit({ type: 'waiting', resource, kind, wait_ms, reason }),
    finish: (resource, rows_read) =>
      emit({ type: 'resource_finished', report: { resource, rows_read, bytes: 0 } as ResourceReport }),
    shown: async () => {
      const lines = await terminal.lines();
      return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
    },
  };
}

const NAMES = [
  'orders',
  'order_items_of_the_year_before_last',
  '顧客の一覧',
  'party 🎉👩‍👩‍👧 people',
  'rooms',
];

/** Five tables under way for four seconds, one of them uncounted, one waiting. */
function busy(columns: number, env?: Record<string, string>): Watched {
  const watched = watch([...NAMES, 'later', 'last'], columns, 40, env);
  watched.begin(...NAMES);
  watched.clock.advance(2000);
  watched.read('orders', 1000, 5000);
  watched.read('order_items_of_the_year_before_last', 250_000, 1_200_000);
  watched.read('顧客の一覧', 300, 400);
  watched.read('party 🎉👩‍👩‍👧 people', 12, null);
  watched.wait('rooms', 'rate_limit', 20_000, 'the rate limit');
  watched.read('rooms', 0, 0);
  watched.clock.advance(2000);
  watched.read('orders', 2250, 5000);
  watched.clock.advance(500);
  return watched;
}

describe('the progress of many tables', () => {
  it('fits a terminal of 80 columns', async () => {
    expect(await busy(80).shown()).toMatchInlineSnapshot(`
      [
        "$ xano auth status",
        "$ xano load",
        "orders               45%  [#####.......]        2,250 of 5,000     500/s  5.5 s",
        "order_items_of_th…   20%  [##..........]  250,000 of 1,200,000  55,556/s   17 s",
        "顧客の一覧           75%  [#########...]            300 of 400      67/s  1.5 s",
        "party 🎉👩 people                                      12 rows       3/s",
        "rooms               100%  [############]  wait 18 s: rate limit",
        "0 of 7 tables, 252,562 rows, 56,125 rows/s, 4.5 s, at least 17 s left",
      ]
    `);
  });

  it('fits a terminal of 120 columns', async () => {
    expect(await busy(120).shown()).toMatchInlineSnapshot(`
      [
        "$ xano auth status",
        "$ xano load",
        "orders                                45%  [#########...........]        2,250 of 5,000     500/s  5.5 s",
        "order_items_of_the_year_before_last   20%  [####................]  250,000 of 1,200,000  55,556/s   17 s",
        "顧客の一覧                            75%  [###############.....]            300 of 400      67/s  1.5 s",
        "party 🎉👩 people                                                               12 rows       3/s",
        "rooms                                100%  [####################]  wait 18 s: rate limit",
        "0 of 7 tables, 252,562 rows, 56,125 rows/s, 4.5 s, at least 17 s left",
      ]
    `);
  });

  it('fits a terminal of 60 columns', async () => {
    expect(await busy(60).shown()).toMatchInlineSnapshot(`
      [
        "$ xano auth status",
        "$ xano load",
        "orders                         45%  [###.....]     500/s",
        "order_items_of_the_year_bef…   20%  [#.......]  55,556/s",
        "顧客の一覧                     75%  [######..]      67/s",
        "party 🎉👩 people                                    3/s",
        "rooms                         100%  wait 18 s: rate limit",
        "0 of 7 tables, 252,562 rows, 4.5 s, at least 17 s left",
      ]
    `);
  });

  it('fits a terminal of 40 columns', async () => {
    expect(await busy(40).shown()).toMatchInlineSnapshot(`
      [
        "$ xano auth status",
        "$ xano load",
        "orders        45%  [###.....]     500/s",
        "order_item…   20%  [#.......]  55,556/s",
        "顧客の一覧    75%  [######..]      67/s",
        "party 🎉👩…                         3/s",
        "rooms        100%  wait 18 s: rate lim…",
        "0 of 7 tables, at least 17 s left",
      ]
    `);
  });

  it('fits a terminal of 20 columns', async () => {
    expect(await busy(20).shown()).toMatchInlineSnapshot(`
      [
        "$ xano auth status",
        "$ xano load",
        "orders          45%",
        "order_items_…   20%",
        "顧客の一覧      75%",
        "party 🎉👩 p…",
        "rooms          100%",
        "0 of 7 tables, at …",
      ]
    `);
  });

  it('looks the same in colour', async () => {
    expect(await busy(80, {}).shown()).toEqual(await busy(80).shown());
  });
});

describe('the progress of more tables than the terminal has lines', () => {
  const tables = Array.from({ length: 30 }, (_, i) => `table_${String(i + 1).padStart(2, '0')}`);

  it('shows the tables that fit, above the total, and scrolls away only earlier output', async () => {
    const watched = watch(tables, 80, 24);
    watched.begin(...tables);
    for (let step = 1; step <= 20; step++) {
      watched.clock.advance(1000);
      for (const name of tables) watched.read(name, step * 10, 1000);
    }
    watched.clock.advance(500);
    const lines = await watched.shown();
    expect(lines.slice(0, 3)).toEqual([
      '$ xano auth status',
      '$ xano load',
      'table_01   20%  [####................]  200 of 1,000  10/s  1 min 23 s',
    ]);
    expect(lines.slice(-3)).toEqual([
      'table_21   20%  [####................]  200 of 1,000  10/s  1 min 23 s',
      'and 9 more tables under way',
      '0 of 30 tables, 6,000 rows, 291 rows/s, 21 s, 1 min 23 s left',
    ]);
    expect(lines).toHaveLength(2 + 23);
    for (const name of tables) watched.finish(name, 1000);
    watched.stop();
    expect(await watched.shown()).toEqual(['$ xano auth status', '$ xano load']);
  });

  it.each([1, 2, 3])('fits a terminal of %i lines', async (rows) => {
    const watched = watch(tables, 80, rows);
    watched.begin(...tables);
    watched.clock.advance(5000);
    watched.stop();
    expect(await watched.shown()).toEqual(['$ xano auth status', '$ xano load']);
  });
});

describe('a window that is resized', () => {
  it.each([
    [80, 40],
    [120, 33],
    [40, 80],
    [80, 20],
  ])(
    'from %i to %i columns shows what a window of that width shows, and leaves nothing behind',
    async (from, to) => {
      const pulled = busy(from);
      await pulled.terminal.resize(to, 40);
      expect(await pulled.shown()).toEqual(await busy(to).shown());
      pulled.stop();
      expect(await pulled.shown()).toEqual(['$ xano auth status', '$ xano load']);
      expect(await pulled.terminal.cursor()).toBe(true);
    },
  );
});

describe('the line of a wait', () => {
  it('names the wait, counts it down, and disappears when it ends', async () => {
    const watched = watch(['orders'], 60);
    watched.begin('orders');
    watched.read('orders', 100, 400);
    watched.wait('orders', 'rate_limit', 20_000, 'the rate limit');
    const lines: (string | undefined)[] = [(await watched.shown())[2]];
    watched.clock.advance(5000);
    lines.push((await watched.shown())[2]);
    // Another request of the table was under way still.
    watched.read('orders', 200, 400);
    watched.clock.advance(1000);
    lines.push((await watched.shown())[2]);
    watched.clock.advance(14_000);
    lines.push((await watched.shown())[2]);
    expect(lines).toMatchInlineSnapshot(`
      [
        "orders   25%  [###.........]  wait 20 s: rate limit",
        "orders   25%  [###.........]  wait 15 s: rate limit",
        "orders   50%  [######......]  wait 14 s: rate limit",
        "orders   50%  [######......]  200 of 400  10/s  20 s",
      ]
    `);
  });

  it('gives the reason of a retry, above the tables and beside the table', async () => {
    const watched = watch(['orders'], 60);
    watched.begin('orders');
    watched.wait('orders', 'retry', 2000, 'x7.n7.xano.io answered with status 503.');
    expect(await watched.shown()).toMatchInlineSnapshot(`
      [
        "$ xano auth status",
        "$ xano load",
        "orders: x7.n7.xano.io answered with status 503; waiting",
        "  2.0 s.",
        "orders        wait 2.0 s: x7.n7.xano.io answered with stat…",
        "0 of 1 table, 0 rows, 0.0 s",
      ]
    `);
  });
});

describe('the cursor', () => {
  it('is hidden while lines move, and shown again', async () => {
    const watched = busy(80);
    expect(await watched.terminal.cursor()).toBe(false);
    watched.stop();
    expect(await watched.terminal.cursor()).toBe(true);
    const before = await watched.shown();
    watched.clock.advance(10_000);
    watched.terminal.output.stream.emit('resize');
    expect(await watched.shown()).toEqual(before);
    expect(before).toEqual(['$ xano auth status', '$ xano load']);
  });
});
