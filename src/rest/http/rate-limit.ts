/** A limit on requests that a server has shown. */

/** A limit in the server's words: so many requests in so many milliseconds. */
export interface RateLimit {
  readonly requests: number;
  readonly per_ms: number;
}
