/** One rate limiter per origin: keeps all requests to a server under the limit that the server has shown. */

import { setTimeout } from 'node:timers/promises';
import type { XanoError } from '../../errors.js';
import type { RateLimit } from './rate-limit.js';
import { LONGEST_WAIT_MS, timerMs } from './wait-time.js';

/** Time as an argument: tests bring their own. */
export interface Clock {
  /** Epoch milliseconds: for moments, such as the end of a token. */
  readonly now: () => number;
  /**
   * Milliseconds of a clock that only goes forward, at its own pace: for spans. Whoever sets the computer's
   * clock changes no wait. Default: `now`.
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
   * Resolves when a request may be sent; tells of a wait before it begins. Throws the error of {@link
   * RateLimiter.close} while the server asks for a longer wait than anybody waits for, or `too_long` where
   * the limit alone comes to that.
   */
  readonly turn: (
    onWait: (wait_ms: number) => void,
    signal?: AbortSignal,
    too_long?: (wait_ms: number) => XanoError,
  ) => Promise<void>;
  /** The server refused: nothing more is sent for so long, and never again faster than the limit it named. */
  readonly refused: (wait_ms: number, limit: RateLimit | undefined) => void;
  /**
   * The server asks for a wait beyond all bounds: until then every turn ends with this error, those that wait
   * already too.
   */
  readonly close: (wait_ms: number, error: XanoError) => void;
  /** The server answered: refusals are counted from zero. */
  readonly answered: () => void;
  /**
   * How often requests were refused since the last answer; those refused while one is waited for already are
   * not counted.
   */
  readonly refusals: () => number;
  /** The server is known to count requests. */
  readonly isLimited: () => boolean;
}

/** Windows beyond this, in milliseconds, are no limit to keep a list of requests for. */
const LONGEST_WINDOW_MS = 24 * 3_600_000;
/** More requests in a window than this are no limit that anybody meets. */
const MOST_REQUESTS = 1_000_000;

/** A limit within what can be kept; undefined where it allows everything or makes no sense. */
function usableLimit({ requests, per_ms }: RateLimit): RateLimit | undefined {
  const isLimit = requests >= 1 && requests <= MOST_REQUESTS && per_ms > 0 && per_ms <= LONGEST_WINDOW_MS;
  // A tenth longer than named: the server's clock and ours do not start a window at the same moment.
  return isLimit ? { requests: Math.floor(requests), per_ms: Math.ceil(per_ms * 1.1) } : undefined;
}

/** A wait is told again where it lasts so many milliseconds longer than was told. */
const RETOLD_MS = 50;

/** What is known of a server's limit, and what has been sent to it. Moments are those of `time`. */
interface Limiter {
  readonly clock: Clock;
  readonly time: () => number;
  limit: RateLimit | undefined;
  blocked_until: number;
  refusals: number;
  /** When requests were sent, the latest last. */
  sent: number[];
  closed: { readonly until: number; readonly error: XanoError } | undefined;
  /** Aborts the waits of those whose turn has not come when the limiter is closed. */
  gate: AbortController;
}

/** Makes a rate limiter. It knows no limit until {@link RateLimiter.refused} names one. */
export function createRateLimiter(clock: Clock): RateLimiter {
  const time = clock.steady ?? clock.now;
  const limiter: Limiter = {
    clock,
    time,
    limit: undefined,
    blocked_until: Number.NEGATIVE_INFINITY,
    refusals: 0,
    sent: [],
    closed: undefined,
    gate: new AbortController(),
  };
  return {
    turn: (onWait, signal, too_long) => takeTurn(limiter, onWait, signal, too_long),
    refused: (wait_ms, limit) => refuse(limiter, wait_ms, limit),
    close: (wait_ms, error) => {
      limiter.closed = { until: time() + wait_ms, error };
      limiter.gate.abort();
      limiter.gate = new AbortController();
    },
    answered: () => {
      limiter.refusals = 0;
    },
    refusals: () => limiter.refusals,
    isLimited: () => limiter.limit !== undefined || time() < limiter.blocked_until,
  };
}

/**
 * Waits for a turn, and counts the request: between the two nothing may be awaited, or others would take the
 * same turn.
 */
async function takeTurn(
  limiter: Limiter,
  ...[onWait, signal, too_long]: Parameters<RateLimiter['turn']>
): Promise<void> {
  const { clock, time } = limiter;
  assertOpen(limiter);
  let announced_until = Number.NEGATIVE_INFINITY;
  for (let wait = waitNow(limiter); wait > 0; wait = waitNow(limiter)) {
    if (wait > LONGEST_WAIT_MS && too_long !== undefined) throw too_long(wait);
    // A timer may ring a moment early, and another request may take the turn: only a longer wait is worth
    // telling again.
    if (time() + wait > announced_until + RETOLD_MS) onWait(Math.ceil(wait));
    announced_until = Math.max(announced_until, time() + wait);
    // The gate of this moment: a later closing has its own.
    const { signal: shut } = limiter.gate;
    try {
      await clock.sleep(
        timerMs(Math.min(wait, LONGEST_WAIT_MS)),
        signal === undefined ? shut : AbortSignal.any([signal, shut]),
      );
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!shut.aborted) throw thrown;
    }
    assertOpen(limiter);
  }
  limiter.sent.push(time());
  // Without a limit only the recent past matters, should one be learned: keep that and no more.
  if (limiter.limit === undefined && limiter.sent.length > 1000) limiter.sent = limiter.sent.slice(-500);
}

/**
 * Milliseconds until a request may be sent; none or less where it may be sent now. Forgets requests that left
 * the window.
 */
function waitNow(limiter: Limiter): number {
  const now = limiter.time();
  let until = limiter.blocked_until;
  if (limiter.limit !== undefined) {
    const { requests, per_ms } = limiter.limit;
    limiter.sent = limiter.sent.filter((at) => at > now - per_ms);
    const { sent } = limiter;
    if (sent.length >= requests) until = Math.max(until, sent[sent.length - requests]! + per_ms);
  }
  return until - now;
}

function assertOpen(limiter: Limiter): void {
  const { closed, time } = limiter;
  if (closed !== undefined && time() < closed.until) throw closed.error;
  limiter.closed = undefined;
}

function refuse(limiter: Limiter, wait_ms: number, limit: RateLimit | undefined): void {
  const now = limiter.time();
  // Requests that were under way together are refused together: that is one refusal, however many they are.
  if (now >= limiter.blocked_until) limiter.refusals++;
  const until = wait_ms > 0 ? now + Math.min(wait_ms, LONGEST_WAIT_MS) : now;
  limiter.blocked_until = Math.max(limiter.blocked_until, until);
  if (limit !== undefined) limiter.limit = usableLimit(limit) ?? limiter.limit;
}
