/**
 * Sends what changes to everybody who listens, and keeps the newest messages for those who come back.
 * Out: numbered messages, a complete one first and then changes, at most five a second.
 */

/** One message. */
export interface Message {
  /** Grows by one with each message. */
  readonly id: number;
  readonly event: 'snapshot' | 'change';
  /** JSON. */
  readonly data: string;
}

/** What an outbox takes from outside. */
export interface OutboxOptions {
  /** Milliseconds of a clock that only goes forward. */
  readonly steady: () => number;
  /** Calls a function once after this time. Returns the way to cancel it. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
  /** Everything that is known. */
  readonly snapshot: () => object;
  /** What differs since the message before. */
  readonly change: () => object;
}

/** Sends messages. */
export interface Outbox {
  /** Sends everything, now. */
  readonly sendAll: () => void;
  /** Something has changed: it is sent now, or together with what changes soon. */
  readonly touch: () => void;
  /**
   * Listens: to the messages after `last_id` where they are still known, else to everything first. Returns
   * the function that ends it.
   */
  readonly subscribe: (last_id: number | null, listener: (message: Message) => void) => () => void;
  readonly subscribers: () => number;
}

/**
 * The least time between two changes: with 100 ms, writing them took twice the processor time. Milliseconds.
 */
const EVERY_MS = 200;
/** Messages that are kept: half a minute of a busy load. */
const KEPT = 300;

/** Makes an outbox that has sent nothing. */
export function createOutbox({ steady, alarm, snapshot, change }: OutboxOptions): Outbox {
  const listeners = new Set<(message: Message) => void>();
  const kept: Message[] = [];
  let id = 0;
  let isTouched = false;
  let isWaiting = false;
  let sent_at = Number.NEGATIVE_INFINITY;
  const send = (event: Message['event'], content: object): void => {
    id++;
    isTouched = false;
    sent_at = steady();
    const message = { id, event, data: JSON.stringify(content) };
    kept.push(message);
    if (kept.length > KEPT) kept.shift();
    for (const listener of listeners) listener(message);
  };
  const flush = (): void => {
    if (isTouched) send('change', change());
  };
  return {
    sendAll: () => send('snapshot', snapshot()),
    touch: () => {
      isTouched = true;
      if (isWaiting) return;
      const wait_ms = sent_at + EVERY_MS - steady();
      if (wait_ms <= 0) {
        flush();
        return;
      }
      isWaiting = true;
      alarm(wait_ms, () => {
        isWaiting = false;
        flush();
      });
    },
    subscribe: (last_id, listener) => {
      // What others hear soon, this one has in its snapshot.
      flush();
      const missed = kept.filter((message) => last_id !== null && message.id > last_id);
      const isKnown = last_id !== null && last_id > 0 && last_id <= id && missed.length === id - last_id;
      if (isKnown) for (const message of missed) listener(message);
      else listener({ id, event: 'snapshot', data: JSON.stringify(snapshot()) });
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    subscribers: () => listeners.size,
  };
}
