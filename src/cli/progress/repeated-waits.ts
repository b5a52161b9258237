/**
 * Waits that come again and again, told now and then: a server that refuses quickly must not fill a terminal
 * or a disk.
 */
import type { Wait } from '../../index.js';

/** The same wait is told once in so many milliseconds. */
const TOLD_MS = 1000;

/**
 * Gives a test of whether to tell a wait: not where the same one, of the same resource, was told a moment
 * ago.
 */
export function createWaitFilter(
  now: () => number,
): (wait: Wait & { readonly resource?: string | null }) => boolean {
  const printedAt = new Map<string, number>();
  return ({ resource = null, kind, reason, wait_ms }) => {
    const key = JSON.stringify([resource, kind, reason, wait_ms]);
    const at = now();
    if (at - (printedAt.get(key) ?? Number.NEGATIVE_INFINITY) < TOLD_MS) return false;
    // Words of a server may differ each time.
    if (printedAt.size >= 1000) printedAt.clear();
    printedAt.set(key, at);
    return true;
  };
}
