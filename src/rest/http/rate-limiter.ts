/** One pacer per origin: keeps all requests to a server under the limit that the server has shown. */

import { setTimeout } from 'node:timers/promises';
import type { XanoError } from '../../errors.js';
import type { RateLimit } from './rate-limit.js';
import { LONGEST_WAIT_MS, timerMs } from './wait-time.js';

/** Time as an argument: tests bring their own. */
export interface Clock {
  /** Epoch milliseconds: for moments, such as the end of a token. */
  readonly now: () => number;
  /**
   * Milliseconds of a clock that only goes forward, at its own pace: for spans. Whoever sets the computer's clock changes no wait. Default:
   * `now`.
   */
  readonly steady?: () => number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when that aborts first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** This computer's own clock. */
export const systemClock: Clock = {
  now: Date.now,
  steady: () => performance.now(),
  sleep: async (ms, signal) => {
    await setTimeout(timerMs(ms), undefined, signal === undefined ? {} : { signal });
  },
};

/** Lets requests pass when their turn has come. */
export interface RateLimiter {
  /**
   * Resolves when a request may be sent; tells of a wait before it begins. Throws the error of {@link RateLimiter.close} while the server asks for a
   * longer wait than anybody waits for, or `too_long` where the limit alone comes to that.
   */
  readonly turn: (
    onWait: (wait_ms: number) => void,
    signal?: AbortSignal,
    too_long?: (wait_ms: number) => XanoError,
  ) => Promise<void>;
  /** The server refused: nothing more is sent for so long, and never again faster than the limit it named. */
  readonly refused: (wait_ms: number, limit: RateLimit | undefined) => void;
  /** The server asks for a wait beyond all bounds: until then every turn ends with this error, those that wait already too. */
  readonly close: (wait_ms: number, error: XanoError) => void;
  /** The server answered: refusals are counted anew. */
  readonly answered: () => void;
  /** How often requests were refused since the last answer; those refused while one is waited for already are not counted. */
  readonly refusals: () => number;
  /** The server is known to count requests. */
  readonly isLimited: () => boolean;
}

/** Windows beyond this, in milliseconds, are no limit to keep a list of requests for. */
const LONGEST_WINDOW_MS = 24 * 3_600_000;
/** More requests in a window than this are no limit that anybody meets. */
const MOST_REQUESTS = 1_000_000;

/** A limit within what can be kept; undefined where it allows everything or makes no sense. */
function keptLimit({ requests, per_ms }: RateLimit): RateLimit | undefined {
  const isLimit = requests >= 1 && requests <= MOST_REQUESTS && per_ms > 0 && per_ms <= LONGEST_WINDOW_MS;
  // A tenth longer than named: the server's clock and ours do not start a window at the same moment.
  return isLimit ? { requests: Math.floor(requests), per_ms: Math.ceil(per_ms * 1.1) } : undefined;
}

/** A wait is told again where it lasts so many milliseconds longer than was told. */
const RETOLD_MS = 50;

/** Makes a pacer. It knows no limit until {@link RateLimiter.refused} tells it one. */
export function createRateLimiter(clock: Clock): RateLimiter {
  const time = clock.steady ?? clock.now;
  let limit: RateLimit | undefined;
  let blockedUntil = Number.NEGATIVE_INFINITY;
  let refusals = 0;
  let sent: number[] = [];
  let closed: { readonly until: number; readonly error: XanoError } | undefined;
  let gate = new AbortController();

  const waitNow = (): number => {
    const now = time();
    let until = blockedUntil;
    if (limit !== undefined) {
      const { requests, per_ms } = limit;
      sent = sent.filter((at) => at > now - per_ms);
      if (sent.length >= requests) until = Math.max(until, sent[sent.length - requests]! + per_ms);
    }
    return until - now;
  };

  const assertOpen = (): void => {
    if (closed !== undefined && time() < closed.until) throw closed.error;
    closed = undefined;
  };

  return {
    turn: async (onWait, signal, too_long) => {
      assertOpen();
      let told = Number.NEGATIVE_INFINITY;
      for (let wait = waitNow(); wait > 0; wait = waitNow()) {
        if (wait > LONGEST_WAIT_MS && too_long !== undefined) throw too_long(wait);
        // A timer may ring a moment early, and another request may take the turn: only a longer wait is worth telling again.
        if (time() + wait > told + RETOLD_MS) onWait(Math.ceil(wait));
        told = Math.max(told, time() + wait);
        // The gate of this moment: a later closing has its own.
        const { signal: shut } = gate;
        try {
          await clock.sleep(
            timerMs(Math.min(wait, LONGEST_WAIT_MS)),
            signal === undefined ? shut : AbortSignal.any([signal, shut]),
          );
        } catch (thrown) {
          signal?.throwIfAborted();
          if (!shut.aborted) throw thrown;
        }
        assertOpen();
      }
      sent.push(time());
      // Without a limit only the recent past matters, should one be learned: keep that and no more.
      if (limit === undefined && sent.length > 1000) sent = sent.slice(-500);
    },
    refused: (wait_ms, learned) => {
      const now = time();
      // Requests that were under way together are refused together: that is one refusal, however many they are.
      if (now >= blockedUntil) refusals++;
      if (wait_ms > 0) blockedUntil = Math.max(blockedUntil, now + Math.min(wait_ms, LONGEST_WAIT_MS));
      else blockedUntil = Math.max(blockedUntil, now);
      if (learned !== undefined) limit = keptLimit(learned) ?? limit;
    },
    close: (wait_ms, error) => {
      closed = { until: time() + wait_ms, error };
      gate.abort();
      gate = new AbortController();
    },
    answered: () => {
      refusals = 0;
    },
    refusals: () => refusals,
    isLimited: () => limit !== undefined || time() < blockedUntil,
  };
}
