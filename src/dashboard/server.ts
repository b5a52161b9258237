/**
 * The dashboard's server on this computer.
 * In: a loaded target. Out: an address whose page shows it, until the server is closed.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { XanoError } from '../index.js';
import { steadyClock } from '../session/context.js';
import type { ErrorAnswer } from './answers.js';
import { DOWNLOADS, sendFile } from './downloads/download-routes.js';
import { createTickets } from './downloads/tickets.js';
import { guard, isSame } from './guard.js';
import { hostsOf, isLoopback } from './hosts.js';
import type { LoadProgram } from './loads/child-load.js';
import { loadRoutes } from './loads/load-routes.js';
import { createLoads, type Loads } from './loads/loads.js';
import type { LoadScope } from './loads/plan-load.js';
import { readPageFiles } from './page-files.js';
import { apiRoutes, downloadPlace, errorAnswer, type Shown } from './routes.js';
import type { Health } from './scheduled.js';

/** What a dashboard is started with. */
export interface DashboardOptions extends Shown {
  /** The address to listen on. Default 127.0.0.1; any that other computers reach needs `program: null`. */
  readonly host?: string | undefined;
  /** How pages start loads. Null, the default: they only watch. */
  readonly program?: LoadProgram | null;
  /** The schema that loads of a page go to. Default `xano_data`. */
  readonly dataset?: string | undefined;
  /** Rows and columns that no load of a page may have. Default: it has all. */
  readonly content?: LoadScope['content'] | undefined;
  /** How such a load stores objects and lists. Default: as JSON. */
  readonly stored?: LoadScope['stored'] | undefined;
  /** Calls a function once after this time. Returns the way to cancel it. Default: a timer. */
  readonly alarm?: ((ms: number, ring: () => void) => () => void) | undefined;
  /** 0 is any free one. */
  readonly port: number;
  /** The secret of this start: 192 random bits as text. */
  readonly secret: string;
  /** A second secret, for the address that a browser is started with: it works once. */
  readonly ticket: string;
  /** Makes further secrets: one for every download. */
  readonly makeSecret: () => string;
}

/** A running dashboard. */
export interface Dashboard {
  /** For people: the token is in the fragment, which browsers send to nobody. */
  readonly url: string;
  /**
   * For starting a browser: other users of this computer see the arguments of programs, so this address works
   * once.
   */
  readonly url_once: string;
  /** Whether other computers reach it. */
  readonly is_reachable: boolean;
  /** Whether a load runs that a page or the schedule started. */
  readonly isLoading: () => boolean;
  /** Why the last load of a page or of the schedule ended without a report; null where it had one. */
  readonly trouble: () => string | null;
  /** Starts the load of the schedule; see `Loads.startPlanned`. Undefined without a schedule as well. */
  readonly startPlanned: () => Promise<number | null> | undefined;
  /** Stops such a load cleanly, and waits for its end; then lets go of the port. */
  readonly close: () => Promise<void>;
}

/**
 * Starts the server. Throws USAGE for a port that is not available, and for an address that other computers
 * reach while pages may start loads.
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host = '127.0.0.1', program = null, alarm = timer } = options;
  if (program !== null && !isLoopback(host.toLowerCase())) throw notReadOnly(host);
  const { listen, names, shown } = hostsOf(
    host,
    Object.values(networkInterfaces()).flatMap((own) => own ?? []),
  );
  let { port } = options;
  const loads = createLoads({
    scope: scopeOf(options),
    program,
    context: options.context,
    alarm,
    random: () => randomBytes(12).toString('base64url'),
  });
  const hosts = (): string[] => names.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]);
  const app = dashboardApp(options, loads, hosts, alarm);
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  server.listen(options.port, listen);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw notListening(options.port, host, cause);
  }
  const address = server.address();
  if (typeof address === 'object' && address !== null) port = address.port;
  return {
    url: `http://${shown}:${port}/#token=${options.secret}`,
    url_once: `http://${shown}:${port}/#ticket=${options.ticket}`,
    is_reachable: !isLoopback(host.toLowerCase()),
    isLoading: loads.isLoading,
    trouble: () => {
      const error = loads.live.load()?.error ?? null;
      return error === null ? null : `${error.message} ${error.hint}`;
    },
    startPlanned: () =>
      options.scheduled === undefined ? undefined : loads.startPlanned(options.scheduled.program),
    close: async () => {
      // Pages see how the load stops.
      await loads.close();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const timer = (ms: number, ring: () => void): (() => void) => {
  const running = setTimeout(ring, ms);
  return () => clearTimeout(running);
};

/** Of the options of the start: what a load needs, and none of the secrets of the page. */
function scopeOf(options: DashboardOptions): LoadScope {
  const { secret: _1, ticket: _2, context: _3, program: _4, makeSecret: _9, ...rest } = options;
  const { scheduled: _0, ...others } = rest;
  const {
    to,
    place,
    dataset,
    content = {},
    stored = {},
    max_age_ms: _5,
    port: _6,
    host: _7,
    alarm: _8,
    ...flags
  } = others;
  return {
    to,
    dataset: dataset ?? 'xano_data',
    place: dataset === undefined ? place : { ...place, dataset },
    flags,
    content,
    stored,
  };
}

const notReadOnly = (host: string): XanoError =>
  new XanoError(
    'USAGE',
    `--host "${host}" lets other computers open the dashboard, which needs --read-only.`,
    {
      hint: 'Add --read-only, or omit --host and use a tunnel: ssh -L 8800:127.0.0.1:8800 …',
    },
  );

function notListening(port: number, host: string, cause: unknown): XanoError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (/EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN/.test(reason))
    return new XanoError('USAGE', `--host "${host}" is not an address of this computer.`, {
      hint: 'Name one of its addresses, or 0.0.0.0 for all of them.',
      cause,
    });
  return new XanoError('USAGE', `Port ${port} is not available: ${reason}.`, {
    hint: 'Give another port with --port, or omit --port to use any free one.',
    cause,
  });
}

/** The exchange of the ticket for the token. */
const TICKET = '/api/ticket';
/** Says without the token whether a server with a schedule is well. */
const HEALTH = '/healthz';

function dashboardApp(
  { secret, ticket, makeSecret, ...shown }: DashboardOptions,
  loads: Loads,
  hosts: () => readonly string[],
  alarm: NonNullable<DashboardOptions['alarm']>,
): Hono {
  const downloads = downloadPlace(shown, createTickets(steadyClock(shown.context), makeSecret));
  const files = readPageFiles();
  let isUsed = false;
  const app = new Hono();
  app.use(
    guard({
      token: secret,
      hosts,
      isOpen: (path, method) => {
        if (method === 'POST') return path === TICKET;
        if (method === 'GET' && path.startsWith(DOWNLOADS))
          return downloads.tickets.has(path.slice(DOWNLOADS.length));
        const isHealth = shown.scheduled !== undefined && path === HEALTH;
        return (method === 'GET' || method === 'HEAD') && (isHealth || files.has(path));
      },
    }),
  );
  for (const [path, { content, type }] of files)
    app.get(path, (c) => c.body(content, 200, { 'Content-Type': type }));
  app.get(HEALTH, (c) => {
    if (shown.scheduled === undefined) throw notFound(c.req.path);
    const health = shown.scheduled.health();
    return c.json<Health>(health, health.status === 'ok' ? 200 : 503);
  });
  app.post(TICKET, (c) => {
    const [, given = ''] = /^Ticket (.+)$/.exec(c.req.header('authorization') ?? '') ?? [];
    if (isUsed || !isSame(given, ticket)) throw ticketRefused();
    isUsed = true;
    return c.json({ token: secret });
  });
  app.get(`${DOWNLOADS}:ticket`, async (c) => {
    const wanted = downloads.tickets.take(c.req.param('ticket'));
    // Somebody with the token may come without a ticket.
    if (wanted === undefined) throw notFound(c.req.path);
    return sendFile(c, wanted, downloads);
  });
  app.route('/api', apiRoutes(shown, downloads));
  app.route('/api', loadRoutes(loads, alarm));
  app.notFound((c) => c.json<ErrorAnswer>(errorAnswer(notFound(c.req.path)).answer, 404));
  app.onError((thrown, c) => {
    const { answer, status } = errorAnswer(thrown);
    return c.json<ErrorAnswer>(answer, status);
  });
  return app;
}

const ticketRefused = (): XanoError =>
  new XanoError('USAGE', 'This address worked once, and is used up.', {
    hint: 'Open the address that `xano dashboard` printed.',
  });

const notFound = (path: string): XanoError =>
  new XanoError('USAGE', `The dashboard has nothing at ${path}.`, {
    hint: 'Open the address that `xano dashboard` printed.',
  });
