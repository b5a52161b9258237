/** Signals that end a request. */

/** A signal that aborts with whichever does so first. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  // One of this request's own, even of one: everybody listening to the same would be taken for a leak.
  return given.length === 0 ? undefined : AbortSignal.any(given);
}
