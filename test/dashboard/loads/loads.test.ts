/** Loads that pages plan, start, watch and cancel: real programs against a Xano on this computer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDesk, rowsOfFile, SHOP } from '../../cli/terminal.js';
import { dashboardOf, TOKEN } from '../dashboard-at.js';
import { inTheMiddle, isOver, listenUntil, loadingDashboard, programOf } from './loading-dashboard.js';

const USAGE = (message: string, hint: string) => ({
  status: 400,
  answer: { error: { code: 'USAGE', message, hint, details: [] } },
});

describe('a load that a page starts', () => {
  it('is planned first, runs once, and is heard from its start to its result', async () => {
    const desk = await openDesk({ now: Date.now });
    const file = desk.path('shop.duckdb');
    const loading = await loadingDashboard(desk, file);
    expect(await loading.ask('/api/load/tables')).toMatchObject({
      status: 200,
      answer: { tables: expect.arrayContaining(['merchant', 'orders']) },
    });
    const plan = await loading.plan(['merchant', 'categories']);
    const planned = { seconds: null, error: null, requests: 1 };
    expect(plan).toEqual({
      plan_id: expect.stringMatching(/^[\w-]{16}$/),
      destination: file,
      incremental: null,
      seconds: null,
      messages: [],
      tables: [
        { ...planned, table: 'merchant', target: 'xano_data.merchant', rows: 12 },
        { ...planned, table: 'categories', target: 'xano_data.categories', rows: 8 },
      ],
    });
    expect(desk.files()).toEqual([]);
    const [idle] = await listenUntil(loading, () => true);
    expect(idle!.known).toMatchObject({ may_load: true, load: null, tables: [] });
    const { load } = await loading.start(plan);
    const listening = listenUntil(loading, isOver);
    expect(load).toMatchObject({ started_by: 'page', state: 'starting' });
    const again = () =>
      loading.ask('/api/load/start', { method: 'POST', body: JSON.stringify({ plan_id: plan.plan_id }) });
    expect(await again()).toEqual(
      USAGE('A load into this destination is running.', 'Wait until it is done.'),
    );
    const heard = await listening;
    const { known } = heard.at(-1)!;
    const ids = heard.map(({ message }) => Number(message.id));
    expect(ids).toEqual(ids.map((_, i) => ids[0]! + i));
    expect(heard.map(({ message }) => message.event)).toEqual(
      ids.map((_, i) => (i === 0 ? 'snapshot' : 'change')),
    );
    const result = { completeness: 'proved', error: null };
    expect(known).toMatchObject({
      load: {
        started_by: 'page',
        state: 'ended',
        result: 'loaded',
        error: null,
        asked: { tables: ['merchant', 'categories'], incremental: null },
      },
      tables: expect.arrayContaining([
        expect.objectContaining({
          resource: 'merchant',
          state: 'loaded',
          rows_read: 12,
          result: {
            ...result,
            target: 'xano_data.merchant',
            rows_total: 12,
            duration_ms: expect.any(Number),
          },
        }),
      ]),
    });
    expect(await loading.ask('/api/loads')).toMatchObject({
      answer: { loads: [{ load_id: known.load!.load_id, status: 'loaded', tables_loaded: 2 }] },
    });
    expect(await again()).toEqual(
      USAGE('This plan was used, or a newer one took its place.', 'Plan the load again.'),
    );
    // A page that comes back hears only what it missed.
    const missed = await listenUntil(loading, isOver, String(ids.at(-2)));
    expect(missed.map(({ message }) => [message.id, message.event])).toEqual([
      [String(ids.at(-1)), 'change'],
    ]);
    // By now its speed is known.
    expect((await loading.plan(['merchant'])).tables).toMatchObject([{ table: 'merchant', seconds: 1 }]);
  });

  it('is cancelled although a page never comes, keeps what it read, and the next one continues there', async () => {
    const desk = await openDesk({ now: Date.now });
    const file = desk.path('shop.duckdb');
    const loading = await loadingDashboard(desk, file);
    const plan = await loading.plan(['orders']);
    await inTheMiddle(desk, loading, () => loading.start(plan));
    const ending = listenUntil(loading, isOver);
    expect(await loading.ask('/api/load/cancel', { method: 'POST' })).toMatchObject({
      status: 200,
      answer: { load: { state: 'stopping' } },
    });
    const { known } = (await ending).at(-1)!;
    expect(known.load).toMatchObject({ state: 'ended', result: 'interrupted', error: null });
    const kept = known.tables[0]!.rows_read;
    expect(await loading.ask('/api/load/cancel', { method: 'POST' })).toEqual(
      USAGE('No load is running.', 'Start one on the page Loads.'),
    );
    await loading.start(await loading.plan(['orders']));
    const over = (await listenUntil(loading, isOver)).at(-1)!.known;
    expect(over.tables).toMatchObject([
      { state: 'loaded', rows_resumed: kept, rows_read: 5_000, result: { completeness: 'proved' } },
    ]);
    expect(await rowsOfFile(file, 'SELECT count(*)::INT, count(DISTINCT id)::INT FROM orders')).toEqual([
      [5_000, 5_000],
    ]);
  });

  it('is stopped cleanly when the dashboard ends, and what it read is kept', async () => {
    const desk = await openDesk({ now: Date.now });
    const file = desk.path('shop.duckdb');
    const loading = await loadingDashboard(desk, file);
    const plan = await loading.plan(['orders']);
    await inTheMiddle(desk, loading, () => loading.start(plan));
    expect(loading.isLoading()).toBe(true);
    await loading.close();
    expect(loading.isLoading()).toBe(false);
    const { status, stderr } = await desk.run(['load', 'orders', ...SHOP, '--to', file]);
    expect([status, stderr]).toEqual([0, expect.stringContaining('continuing after')]);
  });

  it('shows why it failed: a plan that Xano refuses, and a load that ends with an error', async () => {
    const desk = await openDesk({ now: Date.now });
    const file = desk.path('shop.duckdb');
    const program = programOf(desk, file);
    const loading = await loadingDashboard(desk, file, {
      ...program,
      env: { ...program.env, XANO_TOKEN: 'not-a-token' },
    });
    const refused = (body: object) =>
      loading.ask('/api/load/plan', { method: 'POST', body: JSON.stringify(body) });
    expect(await refused({ tables: ['order'], incremental: null })).toMatchObject({
      status: 400,
      answer: { error: { message: 'Workspace "Shop" has no table "order"; did you mean "orders"?' } },
    });
    expect(await refused({ tables: [], incremental: 'nothing' })).toMatchObject({ status: 400 });
    await loading.start(await loading.plan(['merchant']));
    const { known } = (await listenUntil(loading, isOver)).at(-1)!;
    expect(known.load).toMatchObject({ state: 'ended', result: null, error: { code: 'TOKEN_REJECTED' } });
  });

  it('is of all tables where the start limits some, and plans with those limits', async () => {
    const desk = await openDesk({ now: Date.now });
    const file = desk.path('shop.duckdb');
    const content = { where: ['orders.id <= 10'], mask: ['users.email=redact'] };
    const loading = await loadingDashboard(desk, file, programOf(desk, file), { content });
    const body = JSON.stringify({ tables: ['orders'], incremental: null });
    expect(await loading.ask('/api/load/plan', { method: 'POST', body })).toEqual(
      USAGE(
        'This dashboard loads all tables: it was started with limits on some.',
        'Load all tables, or run `xano load` in a terminal.',
      ),
    );
    const { tables } = await loading.plan([]);
    expect(tables.find(({ table }) => table === 'orders')).toMatchObject({ rows: 5 });
    const [first] = await listenUntil(loading, () => true);
    expect(first!.known.all_tables_only).toBe(true);
  });

  it('takes tables and a column from the page, and nothing else', async () => {
    const desk = await openDesk({ now: Date.now });
    const loading = await loadingDashboard(desk, desk.path('shop.duckdb'));
    for (const body of [
      '{',
      '{}',
      '{"tables": "orders", "incremental": null}',
      '{"tables": [1], "incremental": null}',
      '{"tables": [""], "incremental": null}',
      '{"tables": [], "incremental": null, "restart": true}',
      '{"tables": [], "incremental": null, "allow_shrink": true}',
      '{"tables": [], "incremental": null, "to": "/tmp/other.duckdb"}',
      `{"tables": ["${'x'.repeat(501)}"], "incremental": null}`,
    ])
      expect(await loading.ask('/api/load/plan', { method: 'POST', body }), body.slice(0, 80)).toEqual(
        USAGE('The request does not say which load.', 'Reload the page.'),
      );
  });

  it('never sees a name as an option, and holds the token in its environment alone', async () => {
    const desk = await openDesk({ now: Date.now });
    const file = desk.path('shop.duckdb');
    const script = desk.path('program.mjs');
    const told = desk.path('told.json');
    writeFileSync(
      script,
      `import { writeFileSync } from 'node:fs';
       writeFileSync(${JSON.stringify(told)}, JSON.stringify({ argv: process.argv.slice(2), has: 'XANO_TOKEN' in process.env }));
       console.error('(node:1) Warning: not a line of the log');
       console.error(JSON.stringify({ at: 'now', type: 'warning', message: 'Careful.' }));
       process.exit(3);`,
    );
    const program = programOf(desk, file, [process.execPath, script]);
    const loading = await loadingDashboard(desk, file, program);
    const { plan_id } = await loading.plan(['orders', 'merchant'], 'created_at');
    const started = await loading.ask('/api/load/start', {
      method: 'POST',
      body: JSON.stringify({ plan_id }),
    });
    expect(started.status).toBe(200);
    const { known } = (await listenUntil(loading, isOver)).at(-1)!;
    expect(JSON.parse(readFileSync(told, 'utf8'))).toEqual({
      argv: [
        'load',
        ...program.options,
        '--log=json',
        '--incremental=created_at',
        '--',
        'orders',
        'merchant',
      ],
      has: true,
    });
    expect(program.options.join(' ')).not.toContain(desk.xano.token);
    expect(known.load).toMatchObject({
      state: 'ended',
      messages: ['Careful.'],
      error: {
        code: 'BUG',
        message: 'The load ended with status 3, and no report.',
        hint: 'Run `xano load` in a terminal: it says why.',
      },
    });
  });
});

describe('a load that somebody else starts', () => {
  it('is seen with its tables while it runs, and with its result; a page cannot cancel it', async () => {
    const desk = await openDesk({ now: Date.now });
    const file = desk.path('shop.duckdb');
    const loading = await loadingDashboard(desk, file);
    const { command, options, env } = programOf(desk, file);
    const child = spawn(command[0]!, [command[1]!, 'load', 'orders', ...options], { env, cwd: desk.folder });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const seen = await inTheMiddle(desk, loading, async () => {});
    expect(seen).toMatchObject({
      load: { started_by: 'elsewhere', state: 'running', asked: null },
      tables: [{ resource: 'orders', state: 'reading', rows_expected: 5_000 }],
    });
    expect(await loading.ask('/api/load/cancel', { method: 'POST' })).toEqual(
      USAGE('This load was not started here.', 'Press Ctrl-C in the terminal where it runs.'),
    );
    const plan = await loading.plan(['merchant']);
    const start = { method: 'POST', body: JSON.stringify({ plan_id: plan.plan_id }) };
    expect(await loading.ask('/api/load/start', start)).toMatchObject({ status: 400 });
    const ending = listenUntil(loading, isOver);
    const ended = once(child, 'close');
    child.kill('SIGINT');
    await ended;
    expect((await ending).at(-1)!.known.load).toMatchObject({ state: 'ended', started_by: 'elsewhere' });
  });
});

describe('xano dashboard --read-only', () => {
  it('shows loads, and refuses to plan, start and cancel one', async () => {
    const desk = await openDesk();
    const running = await dashboardOf(desk, desk.path('shop.duckdb'));
    const refused = USAGE(
      'This dashboard was started with --read-only.',
      'Start it without --read-only, or run `xano load` in a terminal.',
    );
    const post = (path: string, body: object) =>
      running.ask(path, { method: 'POST', body: JSON.stringify(body) });
    expect(await running.ask('/api/load/tables')).toEqual(refused);
    expect(await post('/api/load/plan', { tables: [], incremental: null })).toEqual(refused);
    expect(await post('/api/load/start', { plan_id: 'x' })).toEqual(refused);
    expect(await post('/api/load/cancel', {})).toEqual(refused);
    const [first] = await listenUntil(running, () => true);
    expect(first!.known).toMatchObject({ may_load: false, load: null });
    expect(await running.send('/api/live')).toMatchObject({ status: 401 });
    expect(TOKEN).not.toBe('');
  });
});
