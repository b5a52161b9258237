/** Watches for a load that somebody started in a terminal, by cron, or through an assistant. */
import { asXanoError, openStore, type PlaceOptions, runningLoad } from '../../index.js';
import type { LiveHub } from './live-hub.js';

/** What is watched, and how. */
export interface Watching {
  readonly hub: LiveHub;
  readonly to: string;
  readonly place: Partial<PlaceOptions>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly alarm: (ms: number, ring: () => void) => () => void;
}

/** The watch. */
export interface Watch {
  /** Looks now and then, for as long as a page listens. */
  readonly wake: () => void;
  readonly close: () => void;
}

/** Between two looks: a file of some kilobytes is read. Milliseconds. */
const EVERY_MS = 500;

/** Makes a watch that sleeps. */
export function watchElsewhere(watching: Watching): Watch {
  const { hub, alarm } = watching;
  let isAwake = false;
  let isClosed = false;
  let cancel = (): void => {};
  const look = async (): Promise<void> => {
    try {
      await lookOnce(watching);
    } catch (thrown) {
      // A file that is replaced while it is read is there again the next time.
      if (asXanoError(thrown).code === 'BUG') throw thrown;
    }
    if (isClosed || hub.subscribers() === 0) isAwake = false;
    else cancel = alarm(EVERY_MS, () => void look());
  };
  return {
    wake: () => {
      if (isAwake || isClosed) return;
      isAwake = true;
      void look();
    },
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}

async function lookOnce({ hub, to, place, now, sleep }: Watching): Promise<void> {
  const shown = hub.load();
  // The load of this dashboard tells more, and sooner.
  if (shown !== null && shown.started_by !== 'elsewhere' && shown.state !== 'ended') return;
  const progress = await runningLoad(to, place);
  if (hub.load() !== shown) return;
  const isShown = shown?.started_by === 'elsewhere' && shown.state === 'running';
  if (progress === null) {
    if (!isShown) return;
    const result = await resultOf(shown.load_id ?? '', { to, place, sleep });
    hub.change({ state: 'ended', finished_at: new Date(now()).toISOString(), result, wait: null });
    return;
  }
  // The file is the last thing that a load of this dashboard leaves.
  if (shown?.state === 'ended' && shown.load_id === progress.load_id) return;
  if (!isShown || shown.load_id !== progress.load_id)
    hub.begin({
      started_by: 'elsewhere',
      state: 'running',
      load_id: progress.load_id,
      started_at: progress.started_at,
      finished_at: null,
      result: null,
      rows_per_second: null,
      wait: null,
      messages: [],
      error: null,
      asked: null,
    });
  hub.follow(progress);
}

/** How a load ended, as its record says; null where it left none. */
async function resultOf(
  load_id: string,
  { to, place, sleep }: Pick<Watching, 'to' | 'place' | 'sleep'>,
): Promise<'loaded' | 'partial' | 'failed' | 'interrupted' | null> {
  const store = await openStore(to, place);
  try {
    const past = await store.history({ loads: 5, sleep });
    const status = past.find((load) => load.load_id === load_id)?.status;
    return status === undefined || status === 'running' ? null : status;
  } catch (thrown) {
    if (asXanoError(thrown).code === 'BUG') throw thrown;
    return null;
  } finally {
    await store.close();
  }
}
