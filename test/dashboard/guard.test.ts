/**
 * The dashboard lets in one browser on this computer, and nobody else: other users, websites, and their SQL.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Download } from '../../src/dashboard/downloads/download-routes.js';
import { createTickets } from '../../src/dashboard/downloads/tickets.js';
import { loadRoutes } from '../../src/dashboard/loads/load-routes.js';
import { createLoads } from '../../src/dashboard/loads/loads.js';
import { apiRoutes, downloadPlace } from '../../src/dashboard/routes.js';
import { openDesk } from '../cli/terminal.js';
import { dashboardOf, deskWithShop, type Running, TICKET, TOKEN } from './dashboard-at.js';

const SHOWN = {
  to: 'x.duckdb',
  max_age_ms: null,
  place: {},
  context: {
    env: {},
    home: '',
    cwd: '',
    now: () => 0,
    sleep: async () => {},
    signal: new AbortController().signal,
  },
};
const TICKETS = createTickets<Download>(
  () => 0,
  () => '',
);
const never = () => () => {};
const LOADS = createLoads({
  scope: { to: SHOWN.to, place: {}, dataset: 'xano_data', flags: {}, content: {}, stored: {} },
  program: null,
  context: SHOWN.context,
  alarm: never,
  random: () => '',
});
/** Every route, with something in place of its parameters. */
const ROUTES = [
  ...new Map(
    [...apiRoutes(SHOWN, downloadPlace(SHOWN, TICKETS)).routes, ...loadRoutes(LOADS, never).routes]
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => [
        `${method} ${path}`,
        [
          method,
          `/api${path}`.replace(':part{rows|rejects|profile}', 'rows').replaceAll(/:\w+/g, 'x'),
        ] as const,
      ]),
  ).values(),
];

const STRICT = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const NOBODY = {
  error: {
    code: 'USAGE',
    message: 'This page does not know the token of the running dashboard.',
    hint: 'Open the address that `xano dashboard` printed.',
    details: [],
  },
};

async function started(): Promise<Running> {
  const desk = await openDesk();
  return dashboardOf(desk, desk.path('none.duckdb'));
}

describe('the gate of the dashboard', () => {
  it('refuses every route without the token, and with a wrong one', async () => {
    const { send } = await started();
    expect(ROUTES.map(([method, path]) => `${method} ${path}`)).toEqual([
      'GET /api/status',
      'GET /api/schema',
      'GET /api/loads',
      'GET /api/reports',
      'GET /api/reports/x',
      'GET /api/tables/x/rows',
      'POST /api/access',
      'POST /api/downloads',
      'POST /api/query',
      'GET /api/live',
      'GET /api/load/tables',
      'POST /api/load/plan',
      'POST /api/load/start',
      'POST /api/load/cancel',
    ]);
    const others = [
      ['GET', '/api'],
      ['DELETE', '/api/status'],
      ['OPTIONS', '/api/query'],
      ['GET', '/package.json'],
      ['GET', '/../../../package.json'],
      ['GET', '/%2e%2e/%2e%2e/package.json'],
      ['POST', '/'],
      ['GET', '/downloads/x'],
      ['GET', `/downloads/${TICKET}`],
      ['GET', '/downloads/'],
    ] as const;
    for (const [method, path] of [...ROUTES, ...others])
      for (const headers of [
        {},
        { Authorization: 'Bearer wrong' },
        { Authorization: `Bearer ${TOKEN}x` },
        { Authorization: `Basic ${TOKEN}` },
        { Authorization: `Bearer ${TICKET}` },
        { Cookie: `token=${TOKEN}` },
      ]) {
        const { status, text } = await send(path, { method, headers });
        expect({ status, answer: JSON.parse(text) }, `${method} ${path}`).toEqual({
          status: 401,
          answer: NOBODY,
        });
      }
    const { status } = await send(`/api/status?token=${TOKEN}`);
    expect(status).toBe(401);
  });

  it.each([
    ['a rebound name', { Host: 'evil.test' }],
    ['another port of this computer', { Host: '127.0.0.1:1' }],
    ['a name that begins alike', { Host: '127.0.0.1.evil.test' }],
    ['a foreign origin', { Origin: 'https://evil.test' }],
    ['an origin without a name', { Origin: 'null' }],
    ['a request of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a request of another port', { 'Sec-Fetch-Site': 'same-site' }],
  ])('refuses %s, even with the token', async (_name, headers) => {
    const { send } = await started();
    for (const path of ['/', '/app.js', '/api/status', '/api/query', '/api/ticket']) {
      const method = /query|ticket/.test(path) ? 'POST' : 'GET';
      const given = { Authorization: `Bearer ${TOKEN}`, ...headers };
      const answered = await send(path, { method, headers: given });
      expect(answered.status, path).toBe(403);
    }
  });

  it('lets in its own page, at both names of this computer', async () => {
    const { send, port } = await started();
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const { status, headers } = await send('/', {
        headers: { Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' },
      });
      expect({ status, type: headers['content-type'] }).toEqual({
        status: 200,
        type: 'text/html; charset=utf-8',
      });
    }
  });

  it('sends strict headers with every answer, and allows no other origin', async () => {
    const { send } = await started();
    for (const path of ['/', '/app.js', '/app.css', '/api/status', '/nothing'])
      for (const headers of [{}, { Authorization: `Bearer ${TOKEN}` }, { Host: 'evil.test' }]) {
        const answered = await send(path, { headers });
        expect(answered.headers, path).toMatchObject(STRICT);
        expect(
          Object.keys(answered.headers).filter((name) => /^access-control|^set-cookie/.test(name)),
        ).toEqual([]);
      }
  });

  it('has neither script nor style in its document', async () => {
    const { send } = await started();
    const { text } = await send('/');
    expect(text).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=|https?:/);
  });

  it('exchanges the ticket of a started browser once', async () => {
    const { send, url, url_once } = await started();
    expect(new URL(url).hash).toBe(`#token=${TOKEN}`);
    expect(new URL(url_once).hash).toBe(`#ticket=${TICKET}`);
    const exchange = (ticket: string) =>
      send('/api/ticket', { method: 'POST', headers: { Authorization: `Ticket ${ticket}` } });
    expect((await exchange('wrong')).status).toBe(400);
    const first = await exchange(TICKET);
    expect([first.status, JSON.parse(first.text)]).toEqual([200, { token: TOKEN }]);
    const second = await exchange(TICKET);
    expect(second.status).toBe(400);
    expect(second.text).not.toContain(TOKEN);
  });

  it('refuses a body of more than a million bytes', async () => {
    const { query } = await started();
    expect(await query(`SELECT '${'x'.repeat(1_000_000)}'`)).toEqual({
      status: 400,
      answer: {
        error: {
          code: 'USAGE',
          message: 'The request is larger than 1000000 bytes.',
          hint: 'Send less.',
          details: [],
        },
      },
    });
  });
});

describe('SQL of the dashboard', () => {
  it('reads the target, and neither changes it nor reaches anything else', async () => {
    const { desk, file } = await deskWithShop();
    const secret = desk.path('secret.txt');
    const out = desk.path('out.csv');
    writeFileSync(secret, 'for your eyes only');
    const { query } = await dashboardOf(desk, file);
    const before = readFileSync(file);
    for (const sql of [
      `SELECT * FROM read_text('${secret}')`,
      `SELECT * FROM '${secret}'`,
      `SELECT * FROM read_csv('/etc/passwd')`,
      `COPY (SELECT 1) TO '${out}'`,
      `ATTACH '${desk.path('other.duckdb')}'`,
      "SET memory_limit = '8GB'",
      'SET enable_external_access = true',
      'INSTALL httpfs',
      'LOAD httpfs',
      'DELETE FROM merchant',
      'DROP TABLE merchant',
      'CREATE TABLE t AS SELECT 1',
      'SELECT 1; DROP TABLE merchant',
      `SELECT getenv('XANO_TOKEN')`,
      `SELECT * FROM glob('/*')`,
    ]) {
      const { status, answer } = await query(sql);
      expect({ status, answer }, sql).toMatchObject({
        status: 400,
        answer: { error: { code: 'QUERY_FAILED' } },
      });
      expect(JSON.stringify(answer)).not.toMatch(/your eyes|root:/);
    }
    expect([existsSync(out), existsSync(desk.path('other.duckdb'))]).toEqual([false, false]);
    expect(readFileSync(file).equals(before)).toBe(true);
    const settings =
      "SELECT name, value FROM duckdb_settings() WHERE name IN ('threads', 'memory_limit') ORDER BY 1";
    expect(await query(settings)).toMatchObject({
      status: 200,
      answer: {
        rows: [
          ['memory_limit', '488.2 MiB'],
          ['threads', '2'],
        ],
      },
    });
  });

  it('refuses a name of a table that is SQL', async () => {
    const { desk, file } = await deskWithShop();
    const { ask } = await dashboardOf(desk, file);
    for (const name of [
      'xano_data.merchant; DROP TABLE x',
      '"xano_data"."merchant"',
      '_xano.loads',
      "'",
      '..%2f..',
    ]) {
      const { status, answer } = await ask(`/api/tables/${encodeURIComponent(name)}/rows`);
      expect({ status, answer }).toMatchObject({ status: 400, answer: { error: { code: 'USAGE' } } });
    }
  });
});
