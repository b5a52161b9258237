/** The load that runs, as the server's stream of events tells it. */
import { computed, signal } from '@preact/signals';
import type { LiveChange, LiveSnapshot, LiveTable } from '../../loads/live-answers.js';
import { listen } from '../server.js';
import { refresh } from '../state.js';
import { createEventParser, type StreamEvent } from './event-parser.js';

/** What is known; undefined before the first event. */
export const live = signal<LiveSnapshot | undefined>(undefined);
/** The server's clock, which may differ from this browser's. Epoch milliseconds; moves twice a second. */
export const serverTime = signal(Date.now());
/** Whether a load runs now. */
export const isLoading = computed(() => live.value?.load != null && live.value.load.state !== 'ended');

let clock_ahead_ms = 0;
let last_id: string | undefined;

/** Tables with a result when the status was read, and when that was. */
let seen_results = 0;
let refreshed_at = 0;
/** The least time between two readings of the status because of a table. Milliseconds. */
const REFRESH_MS = 5_000;

/** Takes one event. */
function take({ id, event, data }: StreamEvent): void {
  last_id = id;
  const before = live.value;
  if (event === 'snapshot') live.value = JSON.parse(data) as LiveSnapshot;
  else if (before !== undefined) live.value = changed(before, JSON.parse(data) as LiveChange);
  const { at, load } = live.value!;
  clock_ahead_ms = Date.parse(at) - Date.now();
  serverTime.value = Date.parse(at);
  // What a load brought is in the status, not in its events.
  const isOver = load?.state === 'ended' && before?.load?.state !== 'ended';
  const results = live.value!.tables.filter(({ result }) => result !== null).length;
  const isNews = results > seen_results && Date.now() - refreshed_at >= REFRESH_MS;
  if (before !== undefined && (isOver || isNews)) {
    refreshed_at = Date.now();
    seen_results = results;
    void refresh();
  }
  if (event === 'snapshot') seen_results = results;
}

/** Puts a change into what is known. */
function changed(before: LiveSnapshot, { at, load, tables }: LiveChange): LiveSnapshot {
  if (tables.length === 0) return { ...before, at, load };
  const news = new Map(tables.map((table) => [table.resource, table]));
  const known = before.tables.map((table): LiveTable => {
    const next = news.get(table.resource) ?? table;
    news.delete(table.resource);
    return next;
  });
  return { ...before, at, load, tables: [...known, ...news.values()] };
}

/** Before the next attempt to reach the server. Milliseconds. */
const AGAIN_MS = 1_000;
/** Waits count down this often. Milliseconds. */
const TICK_MS = 500;

/**
 * Listens while somebody looks: a browser opens only six connections to a server, and each tab that listens
 * keeps one.
 */
export function keepListening(): void {
  let stop = new AbortController();
  const run = async (): Promise<void> => {
    if (document.visibilityState !== 'visible') return;
    stop.abort();
    const here = new AbortController();
    stop = here;
    while (!here.signal.aborted) {
      await listenOnce(here.signal);
      if (!here.signal.aborted) await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  };
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void run();
    else stop.abort();
  });
  setInterval(() => {
    if (isLoading.value) serverTime.value = Date.now() + clock_ahead_ms;
  }, TICK_MS);
  void run();
}

async function listenOnce(signal: AbortSignal): Promise<void> {
  const parse = createEventParser();
  try {
    for await (const piece of listen('/api/live', last_id, signal))
      if (!signal.aborted) for (const event of parse(piece)) take(event);
  } catch {
    // The pages say that the dashboard has ended: they ask it every few seconds.
  }
}
