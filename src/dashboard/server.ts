/**
 * The dashboard's server on this computer.
 * In: a loaded target. Out: an address whose page shows it, until the server is closed.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { XanoError } from '../index.js';
import { steadyClock } from '../session/context.js';
import type { ErrorAnswer } from './answers.js';
import { DOWNLOADS, sendFile } from './downloads/download-routes.js';
import { createTickets } from './downloads/tickets.js';
import { guard, isSame } from './guard.js';
import { readPageFiles } from './page-files.js';
import { apiRoutes, downloadPlace, errorAnswer, type Shown } from './routes.js';

/** What a dashboard is started with. */
export interface DashboardOptions extends Shown {
  /** 0 is any free one. */
  readonly port: number;
  /** The secret of this start: 192 random bits as text. */
  readonly token: string;
  /** A second secret, for the address that a browser is started with: it works once. */
  readonly ticket: string;
  /** Makes further secrets: one for every download. */
  readonly secret: () => string;
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
  readonly close: () => Promise<void>;
}

/** Starts the server on 127.0.0.1. Throws USAGE for a port that is not available. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  let port = options.port;
  const app = dashboardApp(options, () => port);
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  server.listen(options.port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new XanoError('USAGE', `Port ${options.port} is not available: ${reason}.`, {
      hint: 'Give another port with --port, or omit --port to use any free one.',
      cause,
    });
  }
  const address = server.address();
  if (typeof address === 'object' && address !== null) port = address.port;
  return {
    url: `http://127.0.0.1:${port}/#token=${options.token}`,
    url_once: `http://127.0.0.1:${port}/#ticket=${options.ticket}`,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The exchange of the ticket for the token. */
const TICKET = '/api/ticket';

function dashboardApp({ token, ticket, secret, ...shown }: DashboardOptions, port: () => number): Hono {
  const downloads = downloadPlace(shown, createTickets(steadyClock(shown.context), secret));
  const files = readPageFiles();
  let isUsed = false;
  const app = new Hono();
  app.use(
    guard({
      token,
      port,
      isOpen: (path, method) => {
        if (method === 'POST') return path === TICKET;
        if (method === 'GET' && path.startsWith(DOWNLOADS))
          return downloads.tickets.has(path.slice(DOWNLOADS.length));
        return (method === 'GET' || method === 'HEAD') && files.has(path);
      },
    }),
  );
  for (const [path, { content, type }] of files)
    app.get(path, (c) => c.body(content, 200, { 'Content-Type': type }));
  app.post(TICKET, (c) => {
    const [, given = ''] = /^Ticket (.+)$/.exec(c.req.header('authorization') ?? '') ?? [];
    if (isUsed || !isSame(given, ticket)) throw ticketRefused();
    isUsed = true;
    return c.json({ token });
  });
  app.get(`${DOWNLOADS}:ticket`, async (c) => {
    const wanted = downloads.tickets.take(c.req.param('ticket'));
    // Somebody with the token may come without a ticket.
    if (wanted === undefined) throw notFound(c.req.path);
    return sendFile(c, wanted, downloads);
  });
  app.route('/api', apiRoutes(shown, downloads));
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
