/**
 * Watches an answer that is on its way: one that brings nothing for too long, or next to nothing, is given
 * up.
 */

/** The code of the error for an answer of which nothing comes any more. */
export const STALLED = 'ESTALLED';

/** The code of the error for an answer that trickles. */
export const TRICKLE = 'ETRICKLE';

/**
 * An answer that brings less than this, over as long as silence is borne, will not end in anybody's time.
 * Bytes a second.
 */
const SLOWEST = 100;

/**
 * So many looks in the time of silence. The window that is looked at is one shorter, so that the time is not
 * exceeded.
 */
const LOOKS = 24;

/** A watch over one answer. */
export interface StallWatch {
  /** Bytes that came over the wire. */
  readonly add: (bytes: number) => void;
  readonly stop: () => void;
}

/**
 * Begins to watch, from the moment at which a request is sent: looking up its host, connecting and waiting
 * for the head of the answer count as silence. Interim answers (status 100 to 199) are no bytes of the
 * answer. `on_stall` is called once, with an error that has a code of this file.
 */
export function watchStall(silence_ms: number, on_stall: (error: Error) => void): StallWatch {
  let size = 0;
  let last_byte = performance.now();
  const every_ms = silence_ms / LOOKS;
  const window_ms = silence_ms - every_ms;
  // What had come by when; the first one is as old as the window.
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
