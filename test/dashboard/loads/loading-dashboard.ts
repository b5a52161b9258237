/** A dashboard that may load, and a program that listens to it. */
import { resolve } from 'node:path';
import { expect, vi } from 'vitest';
import type { LoadProgram } from '../../../src/dashboard/loads/child-load.js';
import type {
  LiveChange,
  LiveSnapshot,
  PlanAnswer,
  StartedAnswer,
} from '../../../src/dashboard/loads/live-answers.js';
import type { DashboardOptions } from '../../../src/dashboard/server.js';
import { createEventParser, type StreamEvent } from '../../../src/dashboard/ui/live/event-parser.js';
import type { Desk } from '../../cli/terminal.js';
import { dashboardOf, type Running, TOKEN } from '../dashboard-at.js';

const MAIN = resolve(import.meta.dirname, '../../../dist/cli/main.js');
const PLACE = { instance: 'x1234-4567-8901', workspace: 'Shop' };

/** How the dashboard of a desk starts loads: the built program, unless told otherwise. */
export function programOf(
  { folder, settings, xano }: Desk,
  to: string,
  command: readonly string[] = [process.execPath, MAIN],
): LoadProgram {
  const { account_origin } = xano;
  const flags = { to, ...PLACE, 'account-origin': account_origin };
  return {
    command,
    options: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    env: { PATH: process.env['PATH'], HOME: folder, XANO_CONFIG_DIR: settings, XANO_TOKEN: xano.token },
    cwd: folder,
  };
}

/** A dashboard that may load, and what its pages do. */
export interface Loading extends Running {
  readonly plan: (tables: readonly string[], incremental?: string) => Promise<PlanAnswer>;
  readonly start: (plan: PlanAnswer) => Promise<StartedAnswer>;
}

/** Starts it. The desk's Xano must go by the time of day: so does the program. */
export async function loadingDashboard(
  desk: Desk,
  to: string,
  program = programOf(desk, to),
  more: Partial<DashboardOptions> = {},
): Promise<Loading> {
  const running = await dashboardOf(desk, to, {
    more: { ...PLACE, accountOrigin: desk.xano.account_origin, program, ...more },
  });
  const post = async (path: string, body: object): Promise<unknown> => {
    const { status, answer } = await running.ask(path, { method: 'POST', body: JSON.stringify(body) });
    if (status !== 200) throw new Error(JSON.stringify(answer));
    return answer;
  };
  return {
    ...running,
    plan: async (tables, incremental) =>
      (await post('/api/load/plan', { tables, incremental: incremental ?? null })) as PlanAnswer,
    start: async ({ plan_id }) => (await post('/api/load/start', { plan_id })) as StartedAnswer,
  };
}

/** A message of the stream, with what a page then knows. */
export interface Heard {
  readonly message: StreamEvent;
  readonly known: LiveSnapshot;
}

/** Listens until a message after which a page knows enough. Returns all of them. */
export async function listenUntil(
  { port }: Running,
  isEnough: (known: LiveSnapshot) => boolean,
  last_id?: string,
): Promise<Heard[]> {
  const stop = new AbortController();
  const { body } = await fetch(`http://127.0.0.1:${port}/api/live`, {
    signal: stop.signal,
    headers: {
      Authorization: `Bearer ${TOKEN}`,
      ...(last_id === undefined ? {} : { 'Last-Event-ID': last_id }),
    },
  });
  const parse = createEventParser();
  const heard: Heard[] = [];
  for await (const piece of body!.pipeThrough(new TextDecoderStream()))
    for (const message of parse(piece)) {
      const known = applied(heard.at(-1)?.known, message);
      heard.push({ message, known });
      if (!isEnough(known)) continue;
      stop.abort();
      return heard;
    }
  throw new Error('The stream ended.');
}

function applied(before: LiveSnapshot | undefined, { event, data }: StreamEvent): LiveSnapshot {
  if (event === 'snapshot') return JSON.parse(data) as LiveSnapshot;
  const { at, load, tables } = JSON.parse(data) as LiveChange;
  const names = new Set(tables.map(({ resource }) => resource));
  const kept = (before?.tables ?? []).filter(({ resource }) => !names.has(resource));
  return {
    at,
    may_load: before?.may_load ?? true,
    all_tables_only: before?.all_tables_only ?? false,
    load,
    tables: [...kept, ...tables],
  };
}

/** Whether a load has ended. */
export const isOver = ({ load }: LiveSnapshot): boolean => load?.state === 'ended';

/** The server's lists of rows. */
const SEARCH = /\/content\/search$/;
/** Requests for orders that are answered: one of its five pages never comes. */
const ANSWERED = 3;

/** Begins a load of orders, and waits until it is in the middle: it waits for a page, and has others. */
export async function inTheMiddle(
  { xano }: Desk,
  running: Running,
  begin: () => Promise<unknown>,
): Promise<LiveSnapshot> {
  xano.clearRequests();
  xano.fail({ path: SEARCH, skip: ANSWERED, answer: { kind: 'stall' } });
  await begin();
  const heard = await listenUntil(running, ({ tables }) => (tables[0]?.rows_read ?? 0) >= 1_000);
  const asked = () => xano.requests.filter(({ path }) => SEARCH.test(path)).length;
  await vi.waitFor(() => expect(asked()).toBeGreaterThan(ANSWERED), { timeout: 20_000 });
  return heard.at(-1)!.known;
}
