/** A limit on requests that a server has shown. */

/** A limit as the server states it: a number of requests in a number of milliseconds. */
export interface RateLimit {
  readonly requests: number;
  readonly per_ms: number;
}
