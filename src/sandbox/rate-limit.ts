/** A plan's limit on requests. */

/** Takes one request, or refuses it. */
export type RateLimit = () => boolean;

/**
 * A sliding window: at most `requests` taken within any `per_ms`. Refused ones do not count. Xano's
 * documentation gives the numbers and says to wait up to the window's length; whether its window slides is
 * not documented, and sliding is the stricter reading.
 */
export function slidingWindow(requests: number, per_ms: number, now: () => number): RateLimit {
  const taken: number[] = [];
  return () => {
    const time = now();
    while (taken.length > 0 && taken[0]! <= time - per_ms) taken.shift();
    if (taken.length >= requests) return false;
    taken.push(time);
    return true;
  };
}
