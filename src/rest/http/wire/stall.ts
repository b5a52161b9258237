/** Watches an answer as it comes, and gives up one that brings nothing, or next to nothing, for too long. */

/** The code of the error for an answer that stopped. */
export const STALLED = 'ESTALLED';

/** The code of the error for an answer that trickles. */
export const TRICKLE = 'ETRICKLE';

/**
 * Bytes a second. An answer that averages less than this over the allowed silence would not end in useful
 * time.
 */
const SLOWEST = 100;

/**
 * How often the watch looks within the allowed silence. Its window is one look shorter, so that the time is
 * not exceeded.
 */
const LOOKS = 24;

/** A watch over one answer. */
export interface StallWatch {
  /** Records bytes from the wire. */
  readonly add: (bytes: number) => void;
  readonly stop: () => void;
}

/**
 * Starts to watch when the request is sent: DNS, the connection and the wait for headers count as silence.
 * Interim answers (status 100 to 199) do not count as bytes. Calls `on_stall` once, with an error that has a
 * code of this file.
 */
export function watchStall(silence_ms: number, on_stall: (error: Error) => void): StallWatch {
  let size = 0;
  let last_byte = performance.now();
  const every_ms = silence_ms / LOOKS;
  const window_ms = silence_ms - every_ms;
  // How many bytes had come at which time; the first sample is as old as the window.
  let seen: readonly { readonly at: number; readonly size: number }[] = [{ at: last_byte, size }];
  const look = (): void => {
    const at = performance.now();
    const begin = seen.findLastIndex((sample) => sample.at <= at - window_ms);
    seen = [...seen.slice(Math.max(0, begin)), { at, size }];
    if (begin < 0 || size - seen[0]!.size >= (SLOWEST * window_ms) / 1000) return;
    stop();
    const trickles = at - last_byte < silence_ms / 2;
    const [message, code] = trickles ? ['the answer trickled', TRICKLE] : ['nothing came any more', STALLED];
    on_stall(Object.assign(new Error(message), { code }));
  };
  const timer = setInterval(look, every_ms);
  const stop = (): void => clearInterval(timer);
  return {
    add: (bytes) => {
      size += bytes;
      last_byte = performance.now();
    },
    stop,
  };
}
