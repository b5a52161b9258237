/**
 * The sandbox, a Xano on this computer: its Account API and its instances, each on a loopback port of its
 * own.
 * In: data (`data/`), settings and faults that a test or `xano demo` asks for; then HTTP requests.
 * Out: the answers of Xano's APIs (`api/`) as a real server sends them, and a log of every request.
 */
import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, answerOf } from './answers.js';
import { accountHost, type Host, instanceHost } from './api/hosts.js';
import type { ServedInstance } from './api/metadata-api.js';
import { openTokenBook, type TokenOptions } from './api/tokens.js';
import type { LocalInstance } from './data/model.js';
import { shopInstances } from './data/shop.js';
import { type FaultAnswer, type LocalFault, openFaultQueue } from './faults.js';
import type { LoggedRequest } from './history.js';
import { describeReceived, type Received, receive } from './received.js';
import { reset, type SpoiledSending, send } from './send.js';
import { DEFAULT_SETTINGS, type Settings } from './settings.js';

/** How to start a local Xano: its settings, all of them optional, its data and its port. */
export interface LocalXanoOptions extends Partial<Settings> {
  /** Of the Account API; any free one by default. */
  readonly port?: number;
  /** The shop and a second instance by default. */
  readonly instances?: readonly LocalInstance[];
}

/** An instance as it is reached. */
export interface LocalXanoInstance {
  readonly name: string;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The base of its Metadata API, as the Account API gives it. */
  readonly meta_api: string;
  /** What it serves; its rows may be changed while it does. */
  readonly data: LocalInstance;
}

/** A local Xano that is running. */
export interface LocalXano {
  /** Where the Account API is: `http://127.0.0.1:PORT`. */
  readonly account_origin: string;
  readonly instances: readonly LocalXanoInstance[];
  /** Reads everything on all instances, ends in seven days. */
  readonly token: string;
  issueToken(options?: TokenOptions): string;
  revoke(token: string): void;
  /** Asks for a fault; several wait together. */
  fail(fault: LocalFault): void;
  /** Every request so far, in the order they were read. */
  readonly requests: readonly LoggedRequest[];
  clearRequests(): void;
  /** Closes listeners and connections at once, whatever is under way. */
  close(): Promise<void>;
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** All that a running local Xano shares between its listeners. */
interface Running {
  readonly settings: Settings;
  readonly tokens: ReturnType<typeof openTokenBook>;
  readonly faults: ReturnType<typeof openFaultQueue>;
  readonly requests: Writable<LoggedRequest>[];
  readonly closing: AbortController;
  readonly servers: Server[];
  readonly served: ServedInstance[];
}

/** Starts a local Xano on loopback only. */
export async function startLocalXano(options: LocalXanoOptions = {}): Promise<LocalXano> {
  const { port = 0, instances = shopInstances(), ...chosen } = options;
  const settings: Settings = { ...DEFAULT_SETTINGS, ...chosen };
  const tokens = openTokenBook(settings.now);
  const faults = openFaultQueue();
  const closing = new AbortController();
  // Every answer that is late on purpose listens to it, and lets go of it.
  setMaxListeners(0, closing.signal);
  const running: Running = { settings, tokens, faults, requests: [], closing, servers: [], served: [] };
  const { requests, served } = running;
  try {
    for (const data of instances)
      await listen(running, data.port ?? 0, (origin) => {
        const instance = { data, origin, settings, tokens, log: requests };
        served.push(instance);
        return instanceHost(instance);
      });
    const account_origin = await listen(running, port, (origin) => accountHost(origin, served, tokens));
    return {
      account_origin,
      instances: served.map(reachedInstance),
      token: tokens.issue(),
      issueToken: tokens.issue,
      revoke: tokens.revoke,
      fail: faults.add,
      requests,
      clearRequests: () => {
        requests.length = 0;
      },
      close: () => closeAll(running),
    };
  } catch (error) {
    await closeAll(running);
    throw error;
  }
}

const reachedInstance = ({ data, origin }: ServedInstance): LocalXanoInstance => ({
  name: data.name,
  origin,
  meta_api: `${origin}/api:meta`,
  data,
});

/** Opens a listener, and gives the origin it is reached at. */
async function listen(running: Running, port: number, hostAt: (origin: string) => Host): Promise<string> {
  const server = createServer();
  running.servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // A listener on a TCP port has an address of this form.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host = hostAt(origin);
  server.on('request', (incoming, response) => {
    // A client that goes away takes its answer with it.
    serve(running, host, incoming, response).catch(() => response.destroy());
  });
  return origin;
}

async function serve(
  { settings, faults, requests, closing }: Running,
  host: Host,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const received = await receive(incoming);
  const { method, body } = received.request;
  const logged: Writable<LoggedRequest> = describeReceived(host, received, settings.now());
  requests.push(logged);
  const fault = faults.take({ method, url: received.url, instance: host.instance, body });
  if (settings.latency_ms > 0) await wait(settings.latency_ms, undefined, { signal: closing.signal });
  if (fault?.kind === 'stall') return;
  if (fault?.kind === 'reset') return reset(response);
  const answer = faultedAnswer(fault) ?? trueAnswer(host, received);
  logged.status = answer.status;
  logged.authorized = answer.status !== 401 && answer.status !== 403;
  const sent = fault?.kind === 'rewrite' ? { ...answer, body: fault.rewrite(answer.body) } : answer;
  await send(response, sent, spoiling(fault), closing.signal);
}

async function closeAll({ closing, servers }: Running): Promise<void> {
  closing.abort();
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
  for (const server of servers) server.closeAllConnections();
  await Promise.all(closed);
}

function trueAnswer(host: Host, { api, request }: Received): Answer {
  try {
    return host.answer(api, request);
  } catch (error) {
    // A mistake of this server or of its data: said aloud, as Xano does with PHP's and PostgreSQL's messages.
    return answerOf(500, { code: 'ERROR_FATAL', message: String(error) });
  }
}

function faultedAnswer(fault: FaultAnswer | undefined): Answer | undefined {
  if (fault?.kind === 'status') return answerOf(fault.status, fault.body, fault.headers);
  return fault?.kind === 'redirect' ? answerOf(fault.status ?? 307, '', { location: fault.to }) : undefined;
}

function spoiling(fault: FaultAnswer | undefined): SpoiledSending | undefined {
  switch (fault?.kind) {
    case 'stall_body':
    case 'truncate':
    case 'cut_json':
    case 'slow':
      return fault;
    default:
      return undefined;
  }
}
