/** A receiver of notices on this computer, and a notifier that goes by a clock of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createNotifier, type Notifier } from '../../src/notify/notifier.js';
import { notifySchema } from '../../src/notify/notify-schema.js';

/** A request that came. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A receiver. */
export interface ReceiverServer {
  readonly url: string;
  readonly received: Received[];
  /** How it answers from now on. Default: status 204. */
  readonly answer: (answer: (response: ServerResponse, count: number) => void) => void;
}

/** Starts a receiver. */
export async function startReceiver(): Promise<ReceiverServer> {
  const received: Received[] = [];
  let answer = (response: ServerResponse): void => void response.writeHead(204).end();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      answer(response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook-SECRET`,
    received,
    answer: (next) => {
      answer = (response) => next(response, received.length);
    },
  };
}

/** A notifier, with what it said and where it keeps its state. */
export interface TestNotifier extends Notifier {
  readonly warnings: string[];
  readonly folder: string;
  /** Lets the deadline pass. */
  readonly ring: () => void;
  /** How long it waited between tries, in milliseconds. */
  readonly waits: number[];
}

/** Makes one of a project's `notify`. Its clock stands still. */
export function notifierOf(
  notify: readonly object[],
  env: Readonly<Record<string, string>>,
  folder = temporaryFolder(),
): TestNotifier {
  const warnings: string[] = [];
  const waits: number[] = [];
  let ring = (): void => {};
  let count = 0;
  const notifier = createNotifier({
    receivers: notifySchema.parse(notify),
    project: 'shop',
    destination: 'shop.duckdb',
    dataset: 'xano_data',
    folder,
    context: {
      env,
      now: () => Date.UTC(2026, 2, 1, 12),
      sleep: async (ms) => void waits.push(ms),
      signal: new AbortController().signal,
    },
    alarm: (_, onRing) => {
      ring = onRing;
      return () => {};
    },
    random: () => `${++count}`,
    warn: (sentence) => warnings.push(sentence),
  });
  return { ...notifier, warnings, folder, waits, ring: () => ring() };
}

/** A folder for the state, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xano-notify-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
