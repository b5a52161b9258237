/** Tells the receivers of a project of tables that are too old, while a server runs. */
import { asXanoError, type PlaceOptions } from '../../../index.js';
import { observeStatus } from '../../../notify/observe.js';
import { readStatusReport } from '../../../session/status-report.js';
import type { Context } from '../../context.js';
import type { Duration } from '../../deadline.js';
import type { XanoFlags } from '../../input/options.js';
import { notifierFor } from '../load/load-notices.js';

/** What is watched. */
export interface WatchedFlags extends XanoFlags {
  readonly to: string;
  readonly maxAge?: Duration;
}

/** A watch that looks now and then. */
export interface AgeWatch {
  /** Looks now. */
  readonly look: () => Promise<void>;
  readonly close: () => void;
}

/** Between two looks. Milliseconds. */
const EVERY_MS = 10 * 60_000;

/** Watches, where the project has receivers and a greatest age. */
export function watchAge(
  { projectFacts, maxAge, ...flags }: WatchedFlags,
  place: Partial<PlaceOptions>,
  context: Context,
  warn: (sentence: string) => void,
): AgeWatch {
  if (projectFacts === undefined || projectFacts.notify.length === 0 || maxAge === undefined)
    return { look: async () => {}, close: () => {} };
  const { to, configDir } = flags;
  const where = { to, dataset: projectFacts.dataset, ...(configDir === undefined ? {} : { configDir }) };
  const notifier = notifierFor(projectFacts, where, context, warn);
  let isClosed = false;
  let cancel = (): void => {};
  let last = Promise.resolve();
  const lookOnce = async (): Promise<void> => {
    cancel();
    try {
      const question = { ...flags, place, max_age_ms: maxAge.ms, loads: 0 };
      await notifier.tell(observeStatus(await readStatusReport(question, context)));
    } catch (thrown) {
      // Nothing was loaded yet, or another program has the file open.
      if (asXanoError(thrown).code === 'BUG') throw thrown;
    }
    if (!isClosed) cancel = context.alarm(EVERY_MS, () => void look());
  };
  // Two looks at a time would tell a receiver twice.
  const look = (): Promise<void> => {
    last = last.then(lookOnce);
    return last;
  };
  cancel = context.alarm(EVERY_MS, () => void look());
  return {
    look,
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}
