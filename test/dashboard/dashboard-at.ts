/** A dashboard of a loaded file, and a program that talks to it as a browser, or as somebody else. */
import { randomBytes } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { type Dashboard, type DashboardOptions, startDashboard } from '../../src/dashboard/server.js';
import type { LocalXanoOptions } from '../../src/index.js';
import { type Desk, openDesk, SHOP } from '../cli/terminal.js';

/** What a server answered. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request, with headers that `fetch` would not let anybody forge. */
export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The secrets of every dashboard here. */
export const TOKEN = 'token-of-this-start';
export const TICKET = 'ticket-of-this-start';

/** A running dashboard. */
export interface Running extends Dashboard {
  readonly port: number;
  /** Sends a request without the token. */
  readonly send: (path: string, asking?: Asking) => Promise<Answered>;
  /** Sends one with it, and reads the answer as JSON. */
  readonly ask: (path: string, asking?: Asking) => Promise<{ status: number; answer: unknown }>;
  /** Runs SQL. */
  readonly query: (sql: string) => Promise<{ status: number; answer: unknown }>;
}

/** How a dashboard is started. */
export interface Starting {
  readonly max_age_ms?: number;
  /** Waits for a file that another program holds, as the program does; otherwise it only looks often. */
  readonly is_patient?: boolean;
  /** Options of the start beside those of every dashboard here. */
  readonly more?: Partial<DashboardOptions>;
}

/** Starts a dashboard of a target. It goes by the clock of the desk. */
export async function dashboardOf(
  desk: Desk,
  to: string,
  { max_age_ms, is_patient = false, more = {} }: Starting = {},
): Promise<Running> {
  const dashboard = await startDashboard({
    to,
    max_age_ms: max_age_ms ?? null,
    place: {},
    configDir: desk.settings,
    port: 0,
    secret: TOKEN,
    ticket: TICKET,
    makeSecret: () => randomBytes(24).toString('base64url'),
    context: {
      env: { XANO_TOKEN: desk.xano.token, XANO_ACCOUNT_ORIGIN: desk.xano.account_origin },
      home: desk.home,
      cwd: desk.folder,
      now: desk.clock.now,
      sleep: async (ms) => {
        await sleep(is_patient ? ms : Math.min(ms, 5));
      },
      signal: new AbortController().signal,
    },
    ...more,
  });
  onTestFinished(() => dashboard.close());
  const port = Number(new URL(dashboard.url).port);
  const send = (path: string, asking?: Asking): Promise<Answered> => sendTo(port, path, asking);
  const ask: Running['ask'] = async (path, { headers, ...asking } = {}) => {
    const { status, text } = await send(path, {
      ...asking,
      headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
    });
    return { status, answer: JSON.parse(text) };
  };
  const query: Running['query'] = (sql) =>
    ask('/api/query', { method: 'POST', body: JSON.stringify({ sql }) });
  return { ...dashboard, port, send, ask, query };
}

/**
 * A desk with four tables of the shop in `shop.duckdb`. Programs that go by the time of day need a Xano whose
 * `now` does.
 */
export async function deskWithShop(options: LocalXanoOptions = {}): Promise<{ desk: Desk; file: string }> {
  const desk = await openDesk(options);
  const file = desk.path('shop.duckdb');
  const said = await desk.run([
    'load',
    'merchant',
    'categories',
    'products',
    'every_type',
    ...SHOP,
    '--to',
    file,
  ]);
  if (said.status !== 0) throw new Error(said.stderr);
  return { desk, file };
}

/** Keeps a history beside those tables: twelve requests of two days and four hours, three of them refused. */
export async function keepRequests({
  desk,
  file,
}: {
  readonly desk: Desk;
  readonly file: string;
}): Promise<void> {
  const now = desk.clock.now();
  const requests = Array.from({ length: 12 }, (_, i) => ({
    id: 1_000_000 + i,
    at: now - (12 - i) * 20 * 60_000,
    fields: {
      verb: 'GET',
      uri: `https://x1.example/api:abc/${i % 2 === 0 ? 'orders' : 'users'}/${i}`,
      status: i % 4 === 0 ? 404 : 200,
      duration: 0.1 * (i + 1),
    },
  }));
  Object.assign(desk.xano.instances[0]!.data.workspaces[0]!, { history: { requests } });
  const said = await desk.run(['load', '--history', 'requests', '--only-history', ...SHOP, '--to', file]);
  if (said.status !== 0) throw new Error(said.stderr);
}

/** Changes a loaded file as another program could. */
export async function change(file: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

function sendTo(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body = '' }: Asking = {},
): Promise<Answered> {
  return new Promise((done, failed) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', failed);
    sent.end(body);
  });
}
