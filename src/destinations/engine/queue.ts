/** One statement at a time, in order; what belongs together comes one after the other for a while. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { nextTick } from 'node:process';

/** Runs work, one after the other. */
export interface Queue {
  /**
   * Runs work when it is its turn; gives what it gives, and throws what it throws. Work runs in the order of
   * asking, but work that names its owner comes right after the same owner's, eight times in a row at most.
   * Work that is asked for as soon as another one ends counts as waiting. Work that is asked for by the work
   * that runs now is a part of it, and runs at once.
   */
  readonly run: <T>(work: () => Promise<T>, owner?: symbol) => Promise<T>;
}

/** Nobody else waits for longer. Eight batches of rows are what fills a row group. */
const MOST_IN_A_ROW = 8;

interface Waiting {
  readonly owner: symbol | undefined;
  readonly begin: () => void;
}

/**
 * The queues whose work runs now, in this chain of calls. One storage for all queues: Node 20 never forgets
 * one that was used, and goes through all of them at every promise. After 150 loads in one process that took
 * 8 ms of each (measured).
 */
const running = new AsyncLocalStorage<ReadonlySet<symbol>>();

/** Makes a queue in which nothing runs. */
export function createQueue(): Queue {
  const id = Symbol('queue');
  const waiting: Waiting[] = [];
  let busy = false;
  let last: symbol | undefined;
  let inRow = 0;

  const next = (): void => {
    const same =
      inRow < MOST_IN_A_ROW && last !== undefined ? waiting.findIndex(({ owner }) => owner === last) : -1;
    const [chosen] = waiting.splice(Math.max(0, same), 1);
    busy = chosen !== undefined;
    if (chosen === undefined) return;
    inRow = chosen.owner === last ? inRow + 1 : 1;
    last = chosen.owner;
    chosen.begin();
  };

  return {
    run: async (work, owner) => {
      const around = running.getStore();
      if (around?.has(id) === true) return work();
      await new Promise<void>((resolve) => {
        waiting.push({ owner, begin: resolve });
        if (!busy) next();
      });
      try {
        return await running.run(new Set([...(around ?? []), id]), work);
      } finally {
        // Not before those who waited for this work have asked for their next turn.
        nextTick(next);
      }
    },
  };
}
