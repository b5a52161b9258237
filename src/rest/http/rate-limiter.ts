/** One rate limiter per origin: keeps all requests to a server within the limit that the server has shown. */

import { setTimeout } from 'node:timers/promises';
import type { XanoError } from '../../errors.js';
import type { RateLimit } from './rate-limit.js';
import { LONGEST_WAIT_MS, timerMs } from './wait-time.js';

/** The clock, as an argument: tests bring their own. */
export interface Clock {
  /** Epoch milliseconds: for moments, such as the expiry of a token. */
  readonly now: () => number;
  /**
   * Milliseconds of a clock that only goes forward: for durations. Setting the computer's clock changes no
   * wait. Default: `now`.
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
   * Resolves when a request may be sent; reports a wait before it begins. Throws the error of {@link
   * RateLimiter.close} while the server asks for a longer wait than allowed, or `too_long` where the limit
   * itself takes that long.
   */
  readonly turn: (
    onWait: (wait_ms: number) => void,
    signal?: AbortSignal,
    too_long?: (wait_ms: number) => XanoError,
  ) => Promise<void>;
  /**
   * Records a refusal: nothing more is sent for that time, and never again faster than the limit that the
   * server named.
   */
  readonly refused: (wait_ms: number, limit: RateLimit | undefined) => void;
  /**
   * Closes the limiter: the server asks for a wait beyond all bounds. Until then every turn ends with this
   * error, including those that already wait.
   */
  readonly close: (wait_ms: number, error: XanoError) => void;
  /** Records an answer: the count of refusals restarts at zero. */
  readonly answered: () => void;
  /** Refusals since the last answer. Refusals that arrive while one is already waited for are not counted. */
  readonly refusals: () => number;
  /** The server is known to count requests. */
  readonly isLimited: () => boolean;
}

/** Longer windows, in milliseconds, are not worth a list of requests. */
const LONGEST_WINDOW_MS = 24 * 3_600_000;
/** No client reaches a limit of more requests than this in a window. */
const MOST_REQUESTS = 1_000_000;

/** A limit within what can be stored; undefined where it allows everything or makes no sense. */
function usableLimit({ requests, per_ms }: RateLimit): RateLimit | undefined {
  const isLimit = requests >= 1 && requests <= MOST_REQUESTS && per_ms > 0 && per_ms <= LONGEST_WINDOW_MS;
  // A tenth longer than named: the server's clock and ours do not start a window at the same moment.
  return isLimit ? { requests: Math.floor(requests), per_ms: Math.ceil(per_ms * 1.1) } : undefined;
}

/** A wait is reported again if it lasts this many milliseconds longer than reported. */
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
  /** Aborts the waits of the queued requests when the limiter is closed. */
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
 * Waits for a turn, and counts the request. There is no await between the two, or others would take the same
 * turn.
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
    // A timer may fire early, and another request may take the turn: only a longer wait is reported again.
    if (time() + wait > announced_until + RETOLD_MS) onWait(Math.ceil(wait));
    announced_until = Math.max(announced_until, time() + wait);
    // The gate is read now: a later close makes its own.
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
  // Without a limit, only recent requests matter if the server names one later.
  if (limiter.limit === undefined && limiter.sent.length > 1000) limiter.sent = limiter.sent.slice(-500);
}

/**
 * Milliseconds until a request may be sent; zero or less where it may be sent now. Forgets requests that left
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
  // Concurrent requests are refused together: however many, that counts as one refusal.
  if (now >= limiter.blocked_until) limiter.refusals++;
  const until = wait_ms > 0 ? now + Math.min(wait_ms, LONGEST_WAIT_MS) : now;
  limiter.blocked_until = Math.max(limiter.blocked_until, until);
  if (limit !== undefined) limiter.limit = usableLimit(limit) ?? limiter.limit;
}
