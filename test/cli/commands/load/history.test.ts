/** `xano load --history`: histories beside tables or alone, and what the terminal says of them. */
import { expect, it } from 'vitest';
import type { LoadReport } from '../../../../src/events.js';
import type { LocalHistoryRow } from '../../../../src/sandbox/data/model.js';
import { items } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, HOUR_MS, PLAIN, START } from '../../terminal.js';

/** A call and a run every hour, from the start of the desk on. */
const hourly = (count: number): LocalHistoryRow[] =>
  Array.from({ length: count }, (_, i) => ({
    id: 100 + i,
    at: START + i * HOUR_MS,
    fields: {
      verb: 'GET',
      uri: 'https://x/api:abc/orders?page=2',
      status: 200,
      duration: 0.5,
      resource_id: 4,
    },
  }));

async function deskWithHistory(tables = [items([1, 2])]): Promise<Desk> {
  const desk = await atOffice({ tables });
  const history = { requests: [], tasks: hourly(300) };
  Object.assign(desk.xano.instances[0]!.data.workspaces[0]!, { history });
  return desk;
}

const reportOf = ({ stdout }: { readonly stdout: string }): LoadReport => JSON.parse(stdout) as LoadReport;

it('xano load --history keeps histories beside tables, says where rows may be missing, and status shows it', async () => {
  const desk = await deskWithHistory();
  const to = desk.path('office.duckdb');
  const env = { XANO_TOKEN: desk.xano.issueToken({ expires_at: null }) };
  const load = (...more: readonly string[]) => desk.run(['load', '--to', to, ...more], { env });
  const first = await load('--history', 'tasks, functions', '-v');
  const columns = first.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t').filter((_, at) => at !== 2 && at !== 4));
  expect([first.status, columns]).toEqual([
    0,
    [
      ['items', '2', 'proved', 'loaded'],
      ['xano_task_history', '1', 'not_provable', 'loaded'],
      ['xano_function_history', '0', 'not_provable', 'loaded'],
    ],
  ]);
  expect(first.stderr).toContain('xano_task_history: history: kept since 2026-03-01 12:00 UTC.');
  desk.clock.advance(9 * 24 * HOUR_MS);
  const late = await load('--history=tasks', '--only-history', '--log', 'json');
  const events = late.stderr.split('\n').filter((line) => line.includes('"history_gap"'));
  const gap = { from: '2026-03-01T12:00:00.000Z', until: '2026-03-03T13:00:00.000Z' };
  expect(events.map((line) => JSON.parse(line) as object)).toMatchObject([
    { type: 'history_gap', resource: 'xano_task_history', ...gap },
  ]);
  desk.clock.advance(HOUR_MS);
  const again = await load('--history=tasks', '--only-history', '--json');
  expect(
    reportOf(again).resources.map(({ resource, rows_written, history }) => [resource, rows_written, history]),
  ).toEqual([['xano_task_history', 1, { since: gap.from, gap: null, gaps: 1 }]]);
  // Tables alone: the histories are neither loaded nor missed.
  const tables = await load('--json');
  expect([reportOf(tables).resources.length, reportOf(tables).gone, tables.stderr]).toEqual([1, [], '']);
  const { stdout } = await desk.run(['status', '--to', to]);
  expect(stdout.split('\n').filter((line) => line.startsWith('history'))).toEqual([
    'history\txano_data.xano_function_history\t2026-03-01T12:00:00.000Z\t0\t\t',
    `history\txano_data.xano_task_history\t${gap.from}\t1\t${gap.from}\t${gap.until}`,
  ]);
  const shown = await desk.run(['status', '--to', to], { columns: 160, env: PLAIN });
  expect(shown.stdout).toContain(
    'xano_data.xano_task_history: history: kept since 2026-03-01 12:00, with 1 gap, the last from 2026-03-01 12:00 to 2026-03-03 13:00.',
  );
  expect(shown.stdout).toMatch(/xano_function_history .* no gap/);
});

it('xano load --history says which name a history gets, and hides columns of it', async () => {
  const desk = await deskWithHistory([items([1], 'xano_task_history')]);
  const to = desk.path('office.duckdb');
  const said = await desk.run([
    ...['load', '--to', to, '--history', 'tasks', '--exclude', 'xano_task_history_2.error', '--json'],
  ]);
  expect([said.status, said.stderr]).toEqual([
    0,
    'xano_task_history_2: named so here, because the workspace has a table "xano_task_history" of its own.\n',
  ]);
  expect(
    reportOf(said).resources.map(({ resource, columns_excluded }) => [resource, columns_excluded]),
  ).toEqual([
    ['xano_task_history', []],
    ['xano_task_history_2', ['error']],
  ]);
});

it('xano load --only-history needs no right to tables', async () => {
  const desk = await deskWithHistory();
  const token = desk.xano.issueToken({ scopes: ['workspace:requesthistory'] });
  const argv = ['load', '--history', 'requests,tasks', '--only-history', '--token', token, '--json'];
  const said = await desk.run(argv, { env: {} });
  expect(reportOf(said).resources.map(({ resource, status }) => [resource, status])).toEqual([
    ['xano_request_history', 'loaded'],
    ['xano_task_history', 'loaded'],
  ]);
});

it.each([
  [['--payloads'], '--payloads needs --history.', 'Name what to keep: --history requests.'],
  [['--only-history'], '--only-history needs --history.', 'Name what to keep: --history requests.'],
  [
    ['people', '--history', 'tasks', '--only-history'],
    '--only-history loads no tables, but "people" is named.',
    'Omit --only-history, or the names.',
  ],
] as const)('xano load refuses %j', async (argv, message, hint) => {
  const desk = await deskWithHistory();
  expectError(await desk.run(['load', ...argv]), 2, 'USAGE', message, hint);
  expect(desk.xano.requests).toEqual([]);
});

it('xano load names the kinds of histories', async () => {
  const desk = await deskWithHistory();
  const said = await desk.run(['load', '--history', 'request']);
  expect([said.status, said.stderr]).toEqual([
    2,
    expect.stringContaining('--history takes requests, tasks, functions, separated by commas'),
  ]);
});
