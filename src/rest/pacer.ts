/** One pacer per origin: keeps all requests to a server under the limit that the server has shown. */

import { setTimeout } from 'node:timers/promises';

/** A limit in the server's words: so many requests in so many milliseconds. */
export interface RateLimit {
  readonly requests: number;
  readonly per_ms: number;
}

/** Time as an argument: tests bring their own. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when that aborts first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** This computer's own clock. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** Lets requests pass when their turn has come. */
export interface Pacer {
  /** Resolves when a request may be sent; tells of a wait before it begins. */
  readonly turn: (onWait: (wait_ms: number) => void, signal?: AbortSignal) => Promise<void>;
  /** The server refused: nothing more is sent for so long, and never again faster than the limit it named. */
  readonly refused: (wait_ms: number, limit: RateLimit | undefined) => void;
  /** The server answered: refusals are counted anew. */
  readonly answered: () => void;
  /** How often requests were refused since the last answer; those refused while one is waited for already are not counted. */
  readonly refusals: () => number;
  /** The server is known to count requests. */
  readonly isLimited: () => boolean;
}

/** Makes a pacer. It knows no limit until {@link Pacer.refused} tells it one. */
export function createPacer(clock: Clock): Pacer {
  let limit: RateLimit | undefined;
  let blockedUntil = 0;
  let refusals = 0;
  let sent: number[] = [];

  const waitNow = (): number => {
    const now = clock.now();
    let until = blockedUntil;
    if (limit !== undefined) {
      const { requests, per_ms } = limit;
      sent = sent.filter((at) => at > now - per_ms);
      if (sent.length >= requests) until = Math.max(until, sent[sent.length - requests]! + per_ms);
    }
    return until - now;
  };

  return {
    turn: async (onWait, signal) => {
      for (let wait = waitNow(); wait > 0; wait = waitNow()) {
        onWait(wait);
        await clock.sleep(wait, signal);
      }
      sent.push(clock.now());
      // Without a limit only the recent past matters, should one be learned: keep that and no more.
      if (limit === undefined && sent.length > 1000) sent = sent.slice(-500);
    },
    refused: (wait_ms, learned) => {
      // Requests that were under way together are refused together: that is one refusal, however many they are.
      if (clock.now() >= blockedUntil) refusals++;
      blockedUntil = Math.max(blockedUntil, clock.now() + wait_ms);
      // A tenth longer than named: the server's clock and ours do not start a window at the same moment.
      if (learned !== undefined)
        limit = { requests: learned.requests, per_ms: Math.ceil(learned.per_ms * 1.1) };
    },
    answered: () => {
      refusals = 0;
    },
    refusals: () => refusals,
    isLimited: () => limit !== undefined || clock.now() < blockedUntil,
  };
}
