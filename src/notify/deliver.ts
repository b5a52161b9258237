/** Brings a text to its receiver: three tries, no redirects, and never longer than the deadline. */
import type { Posting, PostResult } from '../rest/http/wire/post-text.js';

/** What delivering takes from outside. */
export interface Delivering {
  readonly post: (posting: Posting) => Promise<PostResult>;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Aborted when the deadline is over, or the user stops the command. */
  readonly signal: AbortSignal;
}

/** The waits between tries. Milliseconds. */
const WAITS_MS = [500, 1500];

/** Whether another try may help. */
function isPassing(result: PostResult): boolean {
  if ('fault' in result) return !result.fault.startsWith('is not');
  return result.status === 408 || result.status === 429 || result.status >= 500;
}

/** Why a text did not arrive, as the rest of a sentence without its address; undefined where it arrived. */
export async function deliver(
  posting: Omit<Posting, 'signal'>,
  { post, sleep, signal }: Delivering,
): Promise<string | undefined> {
  for (let tries = 0; ; tries++) {
    if (signal.aborted) return 'did not answer in time';
    const result = await post({ ...posting, signal });
    if ('status' in result && result.status >= 200 && result.status < 300) return undefined;
    const wait = WAITS_MS[tries];
    if (wait === undefined || !isPassing(result) || signal.aborted) return inWords(result);
    try {
      await sleep(wait, signal);
    } catch {
      // The deadline: the last answer says more than it.
      return inWords(result);
    }
  }
}

function inWords(result: PostResult): string {
  if ('fault' in result) return result.fault;
  const { status } = result;
  return status >= 300 && status < 400
    ? `answered with a redirect (status ${status}), which xano does not follow`
    : `answered with status ${status}`;
}
