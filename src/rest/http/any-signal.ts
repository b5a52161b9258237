/** Signals that end a request. */

/** A signal that aborts with whichever does so first. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  // A new signal even for a single source: Node warns of a leak when many listeners share one signal.
  return given.length === 0 ? undefined : AbortSignal.any(given);
}
