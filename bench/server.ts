/**
 * A Xano that does nothing but send: rows lie in memory as they go over the wire, so that a page is a piece
 * of a buffer. A process of its own; its one argument is a {@link ServerConfig} as JSON, and it prints its
 * origin when it is ready.
 *
 * Answers have the shapes of `src/sandbox`, which the tests hold against what is known of Xano.
 */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { LAST_CHANGE } from './orders.js';
import { changeRecords, type LoadedFile, loadFile, recordsOf, repeatedRecords } from './records.js';
import {
  browse,
  type FoundPage,
  isRefusal,
  type PageLimits,
  pageText,
  type Refusal,
  readPage,
  type ServedRecords,
  search,
} from './search.js';
import {
  type Counters,
  DEFAULTS,
  type ServerConfig,
  type ServerSettings,
  type WorkspaceConfig,
} from './server-config.js';
import { type Facts, SETS, type SetName } from './sets.js';

interface Table extends ServedRecords {
  readonly id: number;
  readonly name: string;
  readonly set: SetName;
}

interface Workspace {
  readonly id: number;
  readonly config: WorkspaceConfig;
  readonly file: LoadedFile;
  readonly tables: readonly Table[];
  facts: Facts;
  changes: number;
}

interface Answer {
  readonly status: number;
  readonly pieces: readonly (Buffer | string)[];
}

const config = JSON.parse(process.argv[2] ?? '') as ServerConfig;
let settings = DEFAULTS;
let counters: Record<keyof Counters, number> = { requests: 0, pages: 0, refused: 0, bytes: 0 };
let taken: number[] = [];

const files = new Map<string, LoadedFile>();
const workspaces = config.workspaces.map((workspace, at): Workspace => {
  const { file, gaps, rows } = workspace;
  const loaded = files.get(file) ?? loadFile(file, gaps, rows);
  files.set(file, loaded);
  return {
    id: at + 1,
    config: workspace,
    file: loaded,
    tables: tablesOf(workspace, at + 1, loaded),
    facts: workspace.facts,
    changes: 0,
  };
});

function tablesOf(workspace: WorkspaceConfig, id: number, file: LoadedFile): Table[] {
  const { set, rows, tables, repeat_to } = workspace;
  return Array.from({ length: tables }, (_, nth) => {
    const from = Math.floor((rows * nth) / tables);
    const to = Math.floor((rows * (nth + 1)) / tables);
    const records = repeat_to === undefined ? recordsOf(file, from, to) : repeatedRecords(file, repeat_to);
    return {
      id: id * 100 + nth,
      name: tables === 1 ? set : `${set}_${nth + 1}`,
      set,
      records,
      version: 0,
    };
  });
}

const ok = (value: unknown): Answer => ({ status: 200, pieces: [JSON.stringify(value)] });
const refusal = (status: number, code: string, message: string, payload?: unknown): Answer => ({
  status,
  pieces: [JSON.stringify({ code, message, ...(payload === undefined ? {} : { payload }) })],
});
const inputError = ({ refused, param }: Refusal): Answer =>
  refusal(400, 'ERROR_CODE_INPUT_ERROR', refused, { param });
const notFound = (): Answer => refusal(404, 'ERROR_CODE_NOT_FOUND', '', '');

const ME = {
  id: 1,
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  created_at: 1_767_225_600,
  extras: { instance: { id: 1, name: 'x0000-bench', display: 'Bench' } },
};

/** At most so many answered within any window of that length; refused ones do not count. */
function mayAsk(): boolean {
  const limit = settings.rate_limit;
  if (limit === null) return true;
  const now = Date.now();
  taken = taken.filter((at) => at > now - limit.per_ms);
  if (taken.length >= limit.requests) return false;
  taken.push(now);
  return true;
}

function tooMany(): Answer {
  const { requests, per_ms } = settings.rate_limit!;
  counters.refused++;
  return refusal(
    429,
    'ERROR_CODE_TOO_MANY_REQUESTS',
    `Whoa there! Your plan only supports ${requests} requests per ${per_ms / 1000} seconds. ` +
      'Upgrade options and additional information is available at: ' +
      'https://xano.gitbook.io/xano/instances/api-rate-limit',
  );
}

function answerApi(method: string, url: URL, body: string, origin: string): Answer {
  const path = url.pathname.slice('/api:meta/'.length).split('/').map(decodeURIComponent);
  // The Account API, which knows no limit.
  if (method === 'GET' && path.join('/') === 'instance') return ok([describeInstance(origin)]);
  if (!mayAsk()) return tooMany();
  if (method === 'GET' && path.join('/') === 'auth/me') return ok(ME);
  if (path[0] !== 'workspace') return notFound();
  if (method === 'GET' && path.length === 1) return ok(workspaces.map(describeWorkspace));
  const workspace = workspaces.find(({ id }) => String(id) === path[1]);
  if (workspace === undefined) return notFound();
  if (path[2] === 'table' && path.length >= 4) {
    const table = workspace.tables.find(({ id }) => String(id) === path[3]);
    return table === undefined ? notFound() : answerTable(method, path.slice(4).join('/'), table, url, body);
  }
  if (method !== 'GET' || path.length !== 3) return notFound();
  if (path[2] === 'datasource') return ok([{ color: '#008000', label: 'live' }]);
  if (path[2] === 'apigroup') return ok({ curPage: 1, nextPage: null, prevPage: null, items: [] });
  if (path[2] !== 'table') return notFound();
  return ok({ curPage: 1, nextPage: null, prevPage: null, items: workspace.tables.map(describeTable) });
}

function answerTable(method: string, path: string, table: Table, url: URL, body: string): Answer {
  const limits: PageLimits = { max: settings.max_per_page, clamp: settings.clamp_per_page };
  if (method === 'POST' && path === 'content/search') {
    const found = search(table, body, limits);
    return isRefusal(found) ? inputError(found) : rowsPage(found);
  }
  if (method !== 'GET') return notFound();
  if (path === 'content') {
    const query = url.searchParams;
    const asked = readPage(query.get('page') ?? undefined, query.get('per_page') ?? undefined, limits);
    return isRefusal(asked) ? inputError(asked) : rowsPage(browse(table, asked));
  }
  const described = describeTable(table);
  if (path === '') return ok(described);
  if (path === 'schema') return ok(described.schema);
  return path === 'index' ? ok(described.index) : notFound();
}

function rowsPage(found: FoundPage): Answer {
  if (found.asked.per_page > 1) counters.pages++;
  return { status: 200, pieces: pageText(found) };
}

function describeInstance(origin: string) {
  return {
    name: 'x0000-bench',
    display: 'Bench',
    xano_domain: new URL(origin).host,
    custom_domain: '',
    rate_limit: settings.rate_limit !== null,
    meta_api: `${origin}/api:meta`,
    meta_swagger: `${origin}/apispec:meta?type=json`,
  };
}

const describeWorkspace = ({ id, config: { name } }: Workspace) => ({
  id,
  name,
  description: '',
  branch: 'v1',
});

function describeTable({ id, name, set }: Table) {
  const schema = SETS[set].columns.map(({ name, type, style, nullable, values }) => ({
    name,
    type,
    description: '',
    nullable,
    default: '',
    required: !nullable,
    access: 'public',
    style,
    ...(values === undefined ? {} : { values }),
  }));
  const index = [{ type: 'primary', fields: [{ name: 'id' }], id: '1339908e' }];
  const guid = createHash('sha256').update(`${id}/${name}`).digest('base64url').slice(0, 27);
  const times = { created_at: '2026-01-07 09:11:54+0000', updated_at: '2026-01-11 21:14:24+0000' };
  const rest = { auth: false, tag: [], autocomplete: [], schema, index, xanoscript: null };
  return { id, name, description: '', docs: '', guid, ...times, ...rest };
}

const DAY_MS = 86_400_000;

/**
 * Changes so many records of a workspace's first table, spread over all of it and over one more day; gives
 * what it adds up to now.
 */
function change(name: string, rows: number): Facts {
  const workspace = workspaces.find(({ config }) => config.name === name);
  if (workspace === undefined) throw new Error(`There is no workspace ${name}`);
  const [table] = workspace.tables as [Table];
  const step = table.records.count / rows;
  const shift = (workspace.changes * 7) % Math.max(1, Math.floor(step));
  const places = Array.from({ length: rows }, (_, nth) => Math.floor(nth * step) + shift);
  const since = LAST_CHANGE + workspace.changes * DAY_MS;
  const cents = changeRecords(
    workspace.file,
    places,
    (nth) => since + Math.floor(((nth + 1) * DAY_MS) / rows),
  );
  workspace.changes++;
  table.version++;
  workspace.facts = { ...workspace.facts, cents: workspace.facts['cents']! + cents };
  return workspace.facts;
}

/** The benchmark's own door: `settings` also sets the counters back. */
function answerControl(path: string, body: string): Answer {
  if (path === '/bench/settings') {
    settings = { ...DEFAULTS, ...(JSON.parse(body) as ServerSettings) };
    counters = { requests: 0, pages: 0, refused: 0, bytes: 0 };
    taken = [];
    return ok(settings);
  }
  if (path === '/bench/counters') return ok(counters);
  if (path === '/bench/change') {
    const { workspace, rows } = JSON.parse(body) as { workspace: string; rows: number };
    return ok(change(workspace, rows));
  }
  return notFound();
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

let traces = 0;

async function serve(incoming: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
  const { method = 'GET' } = incoming;
  const url = new URL(incoming.url ?? '/', origin);
  const body = method === 'GET' ? '' : await readBody(incoming);
  if (url.pathname.startsWith('/bench/')) {
    send(response, answerControl(url.pathname, body));
    return;
  }
  counters.requests++;
  if (settings.latency_ms > 0) await wait(settings.latency_ms);
  const may = incoming.headers.authorization === `Bearer ${config.token}`;
  const answer = !url.pathname.startsWith('/api:meta/')
    ? notFound()
    : may
      ? answerApi(method, url, body, origin)
      : refusal(401, 'ERROR_CODE_UNAUTHORIZED', 'Invalid token', '');
  counters.bytes += send(response, answer);
}

function send(response: ServerResponse, { status, pieces }: Answer): number {
  const length = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-trace-id': (++traces).toString(16).padStart(32, '0'),
    'content-length': length,
  });
  for (const piece of pieces) response.write(piece);
  response.end();
  return length;
}

const server = createServer({ keepAliveTimeout: 60_000 });
server.listen(config.port, '127.0.0.1', () => {
  // A listener on a TCP port has an address of this form.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on('request', (incoming, response) => {
    serve(incoming, response, origin).catch((error: unknown) => {
      // A client that went away, or a mistake of this server: said aloud.
      process.stderr.write(`${String(error)}\n`);
      response.destroy();
    });
  });
  process.stdout.write(`${origin}\n`);
});
// The benchmark holds the other end; when it is gone, so is the reason to serve.
process.stdin.resume().on('end', () => process.exit(0));
