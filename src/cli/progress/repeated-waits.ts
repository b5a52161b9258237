/**
 * Limits how often the same wait is printed: a server that refuses quickly must not fill a terminal or a
 * disk.
 */
import type { Wait } from '../../index.js';

/** The least time between two lines about the same wait. Milliseconds. */
const TOLD_MS = 1000;

/**
 * Makes a test of whether to print a wait: not if the same one, of the same resource, was printed a moment
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
    // A server's words may differ each time.
    if (printedAt.size >= 1000) printedAt.clear();
    printedAt.set(key, at);
    return true;
  };
}
