/** Times of a running load in words. Pure. */
import type { ProgressWait } from '../../../index.js';
import { duration } from '../words.js';

/** `Waiting 12 s: the rate limit.`; undefined where it is over. `at`: epoch milliseconds. */
export function waitInWords(wait: ProgressWait | null, at: number): string | undefined {
  if (wait === null) return undefined;
  const seconds = Math.ceil((Date.parse(wait.until) - at) / 1_000);
  if (seconds <= 0) return undefined;
  const reason = wait.kind === 'rate_limit' ? 'rate limit of Xano' : wait.reason.replace(/\.$/, '');
  return `Waiting ${seconds} s: ${reason}.`;
}

/** A span that moves while somebody looks, without fractions: `4 s`, `2 min 5 s`. */
export function wholeSeconds(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1_000)} s` : duration(ms);
}
