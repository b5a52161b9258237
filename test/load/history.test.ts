/** Histories that Xano forgets: kept without a gap and without a repetition, or the gap is named. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { historyQueries } from '../../src/dashboard/ui/pages/history-queries.js';
import type { Destination } from '../../src/destinations/destination.js';
import { openDestination, readStatus } from '../../src/destinations/open.js';
import type { LoadReport } from '../../src/events.js';
import type { JsonObject } from '../../src/json.js';
import { discover } from '../../src/metadata/discover.js';
import type { ResolvedEndpoint } from '../../src/rest/config/endpoint-config.js';
import { defineWorkspace } from '../../src/sandbox/data/define.js';
import type { LocalHistoryRow, LocalTable } from '../../src/sandbox/data/model.js';
import type { LocalXano } from '../../src/sandbox/server.js';
import type { Settings } from '../../src/sandbox/settings.js';
import { HISTORIES, type HistoryKind } from '../../src/xano/history/history-kinds.js';
import { historyLists } from '../../src/xano/history/history-lists.js';
import { sql } from '../destinations/duckdb.js';
import { fakeClock, NOON } from '../fixtures/clock.js';
import { clientWith, localXano } from '../fixtures/local-xano.js';
import { items, OFFICE } from '../fixtures/office.js';
import { describePostgres, newDatabase } from '../servers/postgres.js';
import { configsOf, eventsOf, loadInto, query, temporaryFile, values } from './loading.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Ids of planted rows: those of the calls that the local Xano logs itself are smaller. */
const FIRST_ID = 1_000_000;

/** A call every two minutes; neighbours may swap their ids, as in a capture of Xano. */
const calls = (count: number, from = NOON): LocalHistoryRow[] =>
  Array.from({ length: count }, (_, i) => ({
    id: FIRST_ID + (i % 7 === 0 ? i + 1 : i % 7 === 1 ? i - 1 : i),
    at: from + i * 2 * MINUTE,
    fields: {
      workspace_id: 3,
      branch: 'v1',
      api_id: 5,
      query_id: 6,
      duration: 0.25,
      status: 200,
      verb: 'GET',
      uri: `https://x/api:abc/orders/${i}?page=2`,
    },
  }));

/** A Xano with histories, on a clock of its own, and the file that they are appended to. */
interface Kept {
  readonly xano: LocalXano;
  readonly clock: { time: number; step: number };
  readonly to: string;
  readonly load: (options?: LoadChoice) => ReturnType<typeof loadInto>;
  /** Planted ids in the table. */
  readonly ids: (kind?: HistoryKind) => Promise<number[]>;
}

interface LoadChoice {
  readonly kinds?: readonly HistoryKind[];
  readonly payloads?: boolean;
  readonly page_size?: number;
  readonly token?: string;
  readonly tables?: readonly string[];
  /** Stays open. */
  readonly destination?: Destination;
}

async function keepHistory(
  history: Partial<Record<HistoryKind, readonly LocalHistoryRow[]>>,
  {
    to = temporaryFile(),
    tables = [items([1, 2])],
    ...settings
  }: Partial<Settings> & { readonly to?: string; readonly tables?: readonly LocalTable[] } = {},
): Promise<Kept> {
  const clock = { time: NOON, step: 0 };
  const workspace = { ...defineWorkspace(3, 'Office', '', tables), history };
  const xano = await localXano({
    ...settings,
    instances: [{ name: OFFICE, display: 'Office', rate_limit: false, workspaces: [workspace] }],
    now: () => {
      clock.time += clock.step;
      return clock.time;
    },
  });
  const catalog = await discover({
    http: clientWith(xano.token, fakeClock()),
    token: { env: 'XANO_TOKEN' },
    instance: xano.instances[0]!.origin,
    api_groups: false,
  });
  const [instance] = catalog.instances;
  const lasting = xano.issueToken({ expires_at: null });
  const names = await configsOf(xano, []);
  let loads = 0;
  return {
    xano,
    clock,
    to,
    ids: async (kind = 'requests') =>
      (
        await values(
          to,
          `SELECT id FROM xano_data."${HISTORIES[kind].table}" WHERE id >= ${FIRST_ID} ORDER BY id`,
        )
      ).map(Number),
    load: ({
      kinds = ['requests'],
      payloads = false,
      page_size = 20,
      token = lasting,
      tables: wanted = [],
      destination,
    }: LoadChoice = {}) => {
      const lists = historyLists(
        kinds,
        { instance: instance!, workspace: instance!.workspaces[0]! },
        { token: { env: 'XANO_TOKEN' }, payloads },
      );
      const random = String(++loads).padStart(4, '0');
      return loadInto(
        [
          ...names.filter(({ name }) => wanted.includes(name)),
          ...lists.map(({ endpoint }) => inPages(endpoint, page_size)),
        ],
        to,
        {
          http: clientWith(token, fakeClock()),
          rolling: new Map(lists.map(({ endpoint, rolling }) => [endpoint.name, rolling])),
          now: () => clock.time,
          random: () => random,
          ...(destination === undefined ? {} : { destination }),
        },
      );
    },
  };
}

const inPages = ({ pagination, ...rest }: ResolvedEndpoint, page_size: number): ResolvedEndpoint => ({
  ...rest,
  pagination: pagination.type === 'cursor' ? { ...pagination, page_size } : pagination,
});

const outcomes = ({ resources }: LoadReport): unknown[] =>
  resources.map(({ resource, status, error }) => [resource, status, error?.code]);

/** The ids of rows whose time has come. */
const upTo = (rows: readonly LocalHistoryRow[], time: number): number[] =>
  rows
    .filter(({ at }) => at <= time)
    .map(({ id }) => id)
    .toSorted((a, b) => a - b);

/** What a call may hold, with a secret of its own in each place. */
const withSecrets = (secret: () => string): JsonObject => ({
  uri: `https://ada:${secret()}@x.example/api:abc/reset/eyJhbGciOiJIUzI1NiJ9.${secret()}.c2ln/2?page=2&token=${secret()}&access_token=${secret()}&api_key=${secret()}&code=${secret()}&next=${encodeURIComponent(`/a?password=${secret()}`)}#id_token=${secret()}`,
  input: {
    email: 'ada@example.com',
    page: 2,
    token: secret(),
    password: secret(),
    authToken: secret(),
    deep: [{ access_token: secret(), client_secret: [secret()], price: 1 }],
    fields: [
      { name: 'password', value: secret() },
      { name: 'size', value: 'L' },
    ],
    note: `sent token=${secret()} with Bearer ${secret()}`,
    body: JSON.stringify({ ok: true, 'X-API-Key': secret() }),
  },
  output: { authToken: secret(), user: { id: 1, session_id: secret() } },
  request_headers: [
    'Accept: application/json',
    `Authorization: Bearer ${secret()}`,
    `Cookie: sid=${secret()}`,
    `X-API-Key: ${secret()}`,
    `X-Csrf-Token: ${secret()}`,
    'X-Real-Ip: 203.0.113.7',
  ],
  response_headers: [`Set-Cookie: sid=${secret()}; HttpOnly`, 'Content-Type: application/json'],
  // Neither fits its column.
  duration: `password=${secret()}`,
  status: { token: secret() },
  error: `Login failed: {"password":"${secret()}","secret": "a \\"${secret()}"} api_key: ${secret()}`,
});

/** Everything that the files of a load hold: as bytes, and as the rows of each table. */
async function textOf(to: string): Promise<string> {
  const folder = dirname(to);
  const texts: string[] = [];
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    const file = join(folder, name);
    if (!statSync(file).isFile()) continue;
    texts.push(readFileSync(file).toString('latin1'));
    if (!/\.duckdb(\.staging)?$/.test(name)) continue;
    const names = (await sql(
      file,
      `SELECT format('"{}"."{}"', schema_name, table_name) AS name FROM duckdb_tables()`,
    )) as { name: string }[];
    for (const { name: table } of names)
      texts.push(JSON.stringify(await sql(file, `SELECT t::VARCHAR AS held FROM ${table} t`)));
  }
  return texts.join('\n');
}

/** The second page of a history is refused once, so that the load fails after it has staged rows. */
const refuseSecondPage = (xano: LocalXano): void =>
  xano.fail({ path: /_history\?.*\bpage=2\b/, answer: { kind: 'status', status: 403 } });

describe('a history', () => {
  it('loaded every hour for three days keeps each row once, across a failed load and pages that shift', async () => {
    const rows = calls(3200);
    const kept = await keepHistory({ requests: rows });
    const { clock, to, xano } = kept;
    const statuses: string[] = [];
    const gaps: unknown[] = [];
    const destination = await openDestination(to);
    for (let hour = 1; hour <= 72; hour++) {
      clock.time = NOON + hour * HOUR;
      if (hour === 30) refuseSecondPage(xano);
      // Half a minute passes with each request, so that rows appear while pages are read.
      clock.step = MINUTE / 2;
      const result = await kept.load({ page_size: 50, destination });
      clock.step = 0;
      statuses.push(result.report.status);
      gaps.push(...eventsOf(result, 'history_gap'));
    }
    expect(statuses.flatMap((status, i) => (status === 'loaded' ? [] : [i + 1, status]))).toEqual([
      30,
      'failed',
    ]);
    await destination.close();
    expect(gaps).toEqual([]);
    const last = NOON + 72 * HOUR;
    const found = await kept.ids();
    // Rows that appeared during the last load may be there as well.
    expect(found.filter((id) => upTo(rows, last).includes(id))).toEqual(upTo(rows, last));
    expect(
      await query(
        to,
        'SELECT count(*) - count(DISTINCT id) AS twice, count(*) > 2160 AS many FROM xano_data.xano_request_history',
      ),
    ).toEqual([{ twice: '0', many: true }]);
  }, 180_000);

  it('says after thirty hours that a gap cannot be excluded, from when to when, and only once', async () => {
    const rows = calls(3000);
    const kept = await keepHistory({ requests: rows });
    const { clock, to } = kept;
    clock.time = NOON + HOUR;
    const first = await kept.load({ page_size: 500 });
    clock.time += 30 * HOUR;
    const second = await kept.load({ page_size: 500 });
    clock.time += HOUR;
    const third = await kept.load({ page_size: 500 });
    const gap = { from: '2026-11-21T13:00:00.000Z', until: '2026-11-21T19:02:00.000Z' };
    expect(eventsOf(second, 'history_gap')).toEqual([
      {
        type: 'history_gap',
        resource: 'xano_request_history',
        ...gap,
        reason: 'the newest row that is kept, 1000030 of 2026-11-21T13:00:00.000Z, is no longer in Xano',
      },
    ]);
    const since = '2026-11-21T12:00:00.000Z';
    expect([first, second, third].map(({ onlyTable }) => onlyTable.history)).toEqual([
      { since, gap: null, gaps: 0 },
      { since, gap, gaps: 1 },
      { since, gap: null, gaps: 1 },
    ]);
    expect(await query(to, "SELECT watermark->'coverage'->'gaps' AS gaps FROM _xano.resources")).toEqual([
      { gaps: JSON.stringify([gap]) },
    ]);
    const missing = rows.filter(({ at }) => at > Date.parse(gap.from) && at < Date.parse(gap.until));
    const found = await kept.ids();
    expect(found.length + missing.length).toBe(upTo(rows, clock.time).length);
    expect(
      (await readStatus(to, { now: () => clock.time })).tables.map(({ table, history }) => [table, history]),
    ).toEqual([['xano_request_history', { since, newest_at: '2026-11-22T20:00:00.000Z', gaps: [gap] }]]);
  });

  it('has no gap where nothing happened: not while Xano would still have the rows', async () => {
    const kept = await keepHistory({ tasks: calls(3), functions: calls(3) });
    const { clock } = kept;
    const kinds: readonly HistoryKind[] = ['tasks', 'functions'];
    const gaps: unknown[] = [];
    // Runs of tasks go after 7 days, those of functions some day.
    for (const days of [1, 2, 5, 3, 6]) {
      clock.time += days * 24 * HOUR;
      gaps.push(...eventsOf(await kept.load({ kinds }), 'history_gap'));
    }
    expect(gaps).toEqual([]);
    clock.time += 8 * 24 * HOUR;
    expect(eventsOf(await kept.load({ kinds }), 'history_gap')).toEqual([
      {
        type: 'history_gap',
        resource: 'xano_task_history',
        from: '2026-11-21T12:04:00.000Z',
        until: '2026-12-09T12:00:00.000Z',
        reason: 'the newest row that is kept, 1000002 of 2026-11-21T12:04:00.000Z, is no longer in Xano',
      },
    ]);
    expect([await kept.ids('tasks'), await kept.ids('functions')]).toEqual([
      [1000000, 1000001, 1000002],
      [1000000, 1000002],
    ]);
  });

  it('has no gap where the ids continue without a break', async () => {
    const rows = [...calls(1), { ...calls(2)[1]!, id: FIRST_ID + 2, at: NOON + 40 * HOUR }];
    const kept = await keepHistory({ functions: rows });
    await kept.load({ kinds: ['functions'] });
    kept.clock.time += 41 * HOUR;
    const result = await kept.load({ kinds: ['functions'] });
    expect([eventsOf(result, 'history_gap'), await kept.ids('functions')]).toEqual([[], [1000001, 1000002]]);
  });

  it('is complete where the oldest rows come first, and go while they are read', async () => {
    const rows = calls(1500, NOON - 24 * HOUR);
    const kept = await keepHistory({ requests: rows }, { history_order: 'oldest' });
    const { clock } = kept;
    clock.step = MINUTE / 2;
    const first = await kept.load({ page_size: 100 });
    const until = clock.time;
    clock.step = 0;
    clock.time += HOUR;
    const second = await kept.load({ page_size: 100 });
    expect([first, second].map(({ onlyTable }) => [onlyTable.status, onlyTable.history?.gaps])).toEqual([
      ['loaded', 0],
      ['loaded', 0],
    ]);
    // Whatever was in Xano when the first load ended.
    const wanted = rows.filter(({ at }) => at > until - 24 * HOUR && at <= clock.time).map(({ id }) => id);
    const found = new Set(await kept.ids());
    expect(wanted.filter((id) => !found.has(id))).toEqual([]);
  });

  it('keeps no payloads unless asked, and goes on without a gap when they are', async () => {
    const fields = {
      input: { a: 1.1, big: 1 },
      output: { n: 1 },
      request_headers: ['Accept: */*'],
      response_headers: [],
    };
    const rows = calls(100).map((row) => ({ ...row, fields: { ...row.fields, ...fields } }));
    const kept = await keepHistory({ requests: rows });
    const { clock, to } = kept;
    const reports: unknown[] = [];
    for (const payloads of [false, true, false]) {
      clock.time += 4 * MINUTE;
      const { onlyTable } = await kept.load({ payloads });
      reports.push([
        onlyTable.schema_changes.map(({ change, name }) => `${change} ${name}`),
        onlyTable.history?.gaps,
      ]);
    }
    const names = ['input', 'output', 'request_headers', 'response_headers'];
    expect(reports).toEqual([
      [[], 0],
      [[...names.map((name) => `column_added ${name}`)], 0],
      [[...names.map((name) => `column_removed ${name}`)], 0],
    ]);
    expect(
      await query(
        to,
        `SELECT id, uri, input::VARCHAR AS input, output::VARCHAR AS output, request_headers::VARCHAR AS sent FROM xano_data.xano_request_history WHERE id >= ${FIRST_ID} ORDER BY created_at`,
      ),
    ).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((i) => {
        const isFull = i === 3 || i === 4;
        return {
          id: String(calls(7)[i]!.id),
          uri: `https://x/api:abc/orders/${i}${isFull ? '?page=2' : ''}`,
          input: isFull ? '{"a":1.1,"big":1}' : null,
          output: isFull ? '{"n":1}' : null,
          sent: isFull ? '["Accept: */*"]' : null,
        };
      }),
    );
  });

  it('is read in smaller pages where large ones are refused', async () => {
    const rows = calls(600);
    const kept = await keepHistory({ tasks: rows });
    kept.clock.time += 24 * HOUR;
    kept.xano.fail({
      path: /task_history\?per_page=[24]\d\d/,
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 400 },
    });
    const result = await kept.load({ kinds: ['tasks'], page_size: 400 });
    expect(eventsOf(result, 'read_differently').map(({ to }) => to)).toEqual([
      'pages of 200',
      'pages of 100',
    ]);
    expect(await kept.ids('tasks')).toEqual(upTo(rows, kept.clock.time));
  });

  it('is kept in a folder of Parquet files', async () => {
    const rows = calls(100);
    const kept = await keepHistory({ requests: rows }, { to: `${dirname(temporaryFile())}/out/` });
    const reports: unknown[] = [];
    for (const hours of [1, 1, 30]) {
      kept.clock.time += hours * HOUR;
      const { onlyTable } = await kept.load();
      reports.push([onlyTable.status, onlyTable.history?.gaps]);
    }
    expect(reports).toEqual([
      ['loaded', 0],
      ['loaded', 0],
      ['loaded', 1],
    ]);
    expect(await kept.ids()).toEqual(upTo(rows, NOON + 2 * HOUR));
  });

  it('takes a name that no table of the workspace has', async () => {
    const own = items([1, 2], 'Xano_Request_History', 52);
    const kept = await keepHistory({ requests: calls(1) }, { tables: [items([1, 2]), own] });
    const { report } = await kept.load({ tables: ['items', 'Xano_Request_History'] });
    expect(report.resources.map(({ target, rows_total }) => [target, rows_total! > 1])).toEqual([
      ['xano_data.items', true],
      ['xano_data.Xano_Request_History', true],
      ['xano_data.xano_request_history_2', true],
    ]);
  });

  it('has a scope of its own: without it the tables are loaded, and the hint names it', async () => {
    const kept = await keepHistory({ requests: calls(1) });
    const token = kept.xano.issueToken({
      scopes: ['workspace:database', 'workspace:content', 'workspace:live_data_source'],
    });
    const { report } = await kept.load({ tables: ['items'], kinds: ['requests', 'tasks'], token });
    expect([report.status, outcomes(report)]).toEqual([
      'partial',
      [
        ['items', 'loaded', undefined],
        ['xano_request_history', 'failed', 'SCOPE_MISSING'],
        ['xano_task_history', 'failed', 'SCOPE_MISSING'],
      ],
    ]);
    expect(report.resources.flatMap(({ error }) => error ?? [])).toEqual([
      {
        code: 'SCOPE_MISSING',
        message: 'The token may not read the history of requests.',
        hint: 'Tick Read on Request History for the token in Xano (Instances → Metadata API → Access Tokens), or leave requests out of --history.',
      },
      {
        code: 'SCOPE_MISSING',
        message: 'The token may not read the history of tasks.',
        hint: 'Tick Read on Request History and Tasks for the token in Xano (Instances → Metadata API → Access Tokens), or leave tasks out of --history.',
      },
    ]);
  });

  it('is kept where the tables are refused', async () => {
    const kept = await keepHistory({ requests: calls(1) });
    const token = kept.xano.issueToken({ scopes: ['workspace:requesthistory'] });
    const { report } = await kept.load({ tables: ['items'], token });
    expect(outcomes(report)).toEqual([
      ['items', 'failed', 'SCOPE_MISSING'],
      ['xano_request_history', 'loaded', undefined],
    ]);
  });

  it('is refused for a row without an id, and for a server that has none', async () => {
    const kept = await keepHistory({ requests: calls(1) });
    kept.xano.fail({
      path: 'request_history',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'rewrite', rewrite: () => '{"items":[{"id":"a"}],"nextPage":null}' },
    });
    kept.xano.fail({ path: 'task_history', answer: { kind: 'status', status: 404 } });
    const { report } = await kept.load({ kinds: ['requests', 'tasks'] });
    expect(report.resources.map(({ error }) => [error?.code, error?.message, error?.hint])).toEqual([
      [
        'RESPONSE_UNEXPECTED',
        'The history of requests holds a row whose "id" is not a whole number.',
        'Check that the address is a Xano instance; --debug shows the request.',
      ],
      ['XANO_FAILED', 'This Xano has no history of tasks.', 'Leave tasks out of --history.'],
    ]);
  });

  it('stores no planted secret: not in the target, the staging file, rejects, events or logs', async () => {
    let planted = 0;
    const secret = (): string => `PLANTED${planted++}x`;
    const rows = calls(60).map((row) => ({ ...row, fields: { ...row.fields, ...withSecrets(secret) } }));
    const kept = await keepHistory({ requests: rows, tasks: rows, functions: rows });
    const { clock, to, xano } = kept;
    clock.time += HOUR;
    refuseSecondPage(xano);
    const kinds: readonly HistoryKind[] = ['requests', 'tasks', 'functions'];
    const failed = await kept.load({ kinds, payloads: true });
    const staged = await textOf(to);
    const loaded = await kept.load({ kinds, payloads: true });
    expect([failed, loaded].map(({ report }) => report.status)).toEqual(['partial', 'loaded']);
    const everything = [staged, await textOf(to), JSON.stringify([failed, loaded])].join('\n');
    expect(planted).toBeGreaterThan(1000);
    expect([...everything.matchAll(/PLANTED\d+x/g)].map(([found]) => found)).toEqual([]);
    expect(everything).not.toContain(xano.token);
    expect(
      await query(
        to,
        `SELECT uri, input::VARCHAR AS input, request_headers::VARCHAR AS sent FROM xano_data.xano_request_history WHERE id = ${FIRST_ID + 2}`,
      ),
    ).toEqual([
      {
        uri: 'https://x.example/api:abc/reset/(removed)/2?page=2&next=%2Fa%3Fpassword%3D(removed)',
        input:
          '{"email":"ada@example.com","page":2,"deep":[{"price":1}],"fields":[{"name":"password","value":"(removed)"},{"name":"size","value":"L"}],"note":"sent token=(removed) with Bearer (removed)","body":"{\\"ok\\":true}"}',
        sent: '["Accept: application/json","X-Real-Ip: 203.0.113.7"]',
      },
    ]);
    expect(await values(to, 'SELECT count(*) > 0 FROM _xano.rejects')).toEqual([true]);
  });
});

describePostgres('a history in Postgres', () => {
  it('has each row once, and what is known of it in the state', async () => {
    const rows = calls(100);
    const to = await newDatabase();
    const kept = await keepHistory({ requests: rows }, { to });
    const reports: unknown[] = [];
    for (const hours of [1, 1, 30]) {
      kept.clock.time += hours * HOUR;
      const { onlyTable } = await kept.load({ payloads: hours === 30 });
      reports.push([onlyTable.status, onlyTable.history?.gaps]);
    }
    expect(reports).toEqual([
      ['loaded', 0],
      ['loaded', 0],
      ['loaded', 1],
    ]);
    expect(await kept.ids()).toEqual(upTo(rows, NOON + 2 * HOUR));
    const answers: unknown[] = [];
    for (const { sql: asked } of historyQueries('xano_data.xano_request_history'))
      answers.push((await query(to, asked)).length > 0);
    expect(answers).toEqual([true, true, true]);
  });
});
