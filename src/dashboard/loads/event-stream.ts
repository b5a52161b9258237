/** Messages as `text/event-stream`, which browsers read as it comes. */
import type { Message, Outbox } from './outbox.js';

/** A comment in the stream: proxies and tunnels close connections that are silent. Milliseconds. */
const ALIVE_MS = 15_000;
/** Messages that may wait for a page that reads slowly. It connects again, and gets everything at once. */
const MOST_WAITING = 100;

/** What an answer needs beside the messages. */
export interface StreamOptions {
  /** The header of a page that connects again. */
  readonly last_event_id: string | undefined;
  /** Aborted when the page leaves. */
  readonly signal: AbortSignal;
  readonly alarm: (ms: number, ring: () => void) => () => void;
}

/** The answer to a page that listens, until it leaves. */
export function eventStream(
  { subscribe }: Pick<Outbox, 'subscribe'>,
  { last_event_id, signal, alarm }: StreamOptions,
): Response {
  let end = (): void => {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const encoder = new TextEncoder();
        const write = (text: string): void => {
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) > -MOST_WAITING) return;
          end();
          controller.close();
        };
        let cancelAlarm = (): void => {};
        const stayAlive = (): void => {
          cancelAlarm = alarm(ALIVE_MS, () => {
            write(': alive\n\n');
            stayAlive();
          });
        };
        let unsubscribe = (): void => {};
        end = () => {
          unsubscribe();
          cancelAlarm();
        };
        unsubscribe = subscribe(lastId(last_event_id), (message) => write(lineOf(message)));
        stayAlive();
        signal.addEventListener('abort', () => end(), { once: true });
      },
      cancel: () => end(),
    },
    { highWaterMark: 1 },
  );
  return new Response(stream, { headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } });
}

const lineOf = ({ id, event, data }: Message): string => `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;

/** A number of ours; anything else counts as none. */
const lastId = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
