/** One thing at a time, in turn; what belongs together comes one after the other for a while. */
import { nextTick } from 'node:process';

/** Gives turns, one after the other. */
export interface Turns {
  /**
   * Runs work when it is its turn, and gives what that gives, or throws what that throws. In the order of asking, but work that says whose it is comes right after
   * the same owner's, eight turns in a row at most; what is asked for as soon as a turn is over counts as waiting.
   */
  readonly take: <T>(work: () => Promise<T>, owner?: symbol) => Promise<T>;
}

/** Nobody else waits for longer. Eight batches of rows are what fills a group of them. */
const MOST_IN_A_ROW = 8;

interface Waiting {
  readonly owner: symbol | undefined;
  readonly begin: () => void;
}

/** Nobody has a turn yet. */
export function createTurns(): Turns {
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
    take: async (work, owner) => {
      await new Promise<void>((resolve) => {
        waiting.push({ owner, begin: resolve });
        if (!busy) next();
      });
      try {
        return await work();
      } finally {
        // Whoever was waited for by now asks for the next turn before it is given.
        nextTick(next);
      }
    },
  };
}
