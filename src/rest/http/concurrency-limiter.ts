/** Limits concurrent requests to one server: as many as do not slow it down. */

/** Hands out slots for requests beside the one that every reader always has. */
export interface ConcurrencyLimiter {
  /** Takes a slot and returns its release; undefined if none is free. */
  readonly acquire: () => (() => void) | undefined;
  /** Records the time from a request to the first byte of its answer. */
  readonly recordLatency: (latency_ms: number) => void;
  /** Records the length of an answer. */
  readonly recordLength: (bytes: number) => void;
  /** Halves the slots after the server refused, failed or was silent. */
  readonly reduce: () => void;
}

/** For answers of any length: more requests for large pages only use memory (measured, at 50 and 200 ms). */
const MOST_OF_ANY = 6;
/** For small answers: if the server sends only those, concurrency is what hides their latency. */
const MOST = 16;
/** The most bytes of all answers in progress. */
const UNDER_WAY = 16 * 1024 * 1024;
const AT_FIRST = 3;
/** Milliseconds. Shorter latencies measure this program, not the server. */
const NEAR_MS = 25;
/** Answers that take this many times as long as the fastest ones wait in a queue of the server. */
const QUEUED = 3;
const SLOWER = 1.6;

/** Creates the limiter of one server. */
export function createConcurrencyLimiter(): ConcurrencyLimiter {
  let allowed = AT_FIRST;
  let acquired = 0;
  let fastest = Number.POSITIVE_INFINITY;
  let usual: number | undefined;
  let unslowed = 0;
  let length = 1;
  const most = (): number => Math.max(MOST_OF_ANY, Math.min(MOST, Math.floor(UNDER_WAY / length)));

  return {
    acquire: () => {
      if (acquired >= Math.min(allowed, most())) return undefined;
      acquired++;
      let released = false;
      return () => {
        if (!released) acquired--;
        released = true;
      };
    },
    recordLatency: (latency_ms) => {
      const latency = Math.max(latency_ms, NEAR_MS);
      usual = usual === undefined ? latency : usual * 0.8 + latency * 0.2;
      fastest = Math.min(fastest, usual);
      if (usual > fastest * QUEUED) {
        allowed = Math.max(1, allowed - Math.max(1, Math.floor(allowed / 4)));
        // If it is slow for another reason (larger pages), this becomes the new fastest latency.
        fastest = usual;
        usual = undefined;
        unslowed = 0;
        return;
      }
      unslowed++;
      if (unslowed < allowed || usual > fastest * SLOWER) return;
      allowed = Math.min(most(), allowed + 1);
      unslowed = 0;
    },
    recordLength: (bytes) => {
      length = Math.max(1, length * 0.8 + bytes * 0.2);
    },
    reduce: () => {
      allowed = Math.floor(allowed / 2);
      unslowed = 0;
    },
  };
}
