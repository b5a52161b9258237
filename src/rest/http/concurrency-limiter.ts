/**
 * How many requests to one server are worth having under way beside those that have to be: as many as make it
 * no slower.
 */

/** ConcurrencyLimiter beside the one that every reader has anyway. */
export interface ConcurrencyLimiter {
  /** A lane and the way to give it back; undefined when none is free. */
  readonly take: () => (() => void) | undefined;
  /** An answer began to arrive so long after its request, in milliseconds. */
  readonly answered: (latency_ms: number) => void;
  /** An answer was so long, in bytes. */
  readonly received: (bytes: number) => void;
  /** The server refused, failed or was silent. */
  readonly troubled: () => void;
}

/**
 * However long answers are: beyond this many of large pages only memory grows (measured, at 50 and 200 ms).
 */
const MOST_OF_ANY = 6;
/** Of small ones: where a server gives no others, as many as it bears are what hides the time they take. */
const MOST = 16;
/** Answers of this many bytes may be under way altogether. */
const UNDER_WAY = 16 * 1024 * 1024;
const AT_FIRST = 3;
/** Below this a server is as good as here: what is measured is this program. Milliseconds. */
const NEAR_MS = 25;
/** Answers that take so many times as long as the fastest ones stand in a queue. */
const QUEUED = 3;
const SLOWER = 1.6;

/** Makes the lanes of one server. */
export function createConcurrencyLimiter(): ConcurrencyLimiter {
  let allowed = AT_FIRST;
  let taken = 0;
  let fastest = Number.POSITIVE_INFINITY;
  let usual: number | undefined;
  let good = 0;
  let length = 1;
  const most = (): number => Math.max(MOST_OF_ANY, Math.min(MOST, Math.floor(UNDER_WAY / length)));

  return {
    take: () => {
      if (taken >= Math.min(allowed, most())) return undefined;
      taken++;
      let given_back = false;
      return () => {
        if (!given_back) taken--;
        given_back = true;
      };
    },
    answered: (latency_ms) => {
      const latency = Math.max(latency_ms, NEAR_MS);
      usual = usual === undefined ? latency : usual * 0.8 + latency * 0.2;
      fastest = Math.min(fastest, usual);
      if (usual > fastest * QUEUED) {
        allowed = Math.max(1, allowed - Math.max(1, Math.floor(allowed / 4)));
        // Should it be slow for another reason (larger pages), that is how fast it is from now on.
        fastest = usual;
        usual = undefined;
        good = 0;
        return;
      }
      good++;
      if (good < allowed || usual > fastest * SLOWER) return;
      allowed = Math.min(most(), allowed + 1);
      good = 0;
    },
    received: (bytes) => {
      length = Math.max(1, length * 0.8 + bytes * 0.2);
    },
    troubled: () => {
      allowed = Math.floor(allowed / 2);
      good = 0;
    },
  };
}
