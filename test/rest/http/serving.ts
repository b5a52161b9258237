/** A server on this computer that answers as a test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed where it is JSON, else as it is; undefined when there was none. */
  readonly body: unknown;
}

/** What a server says: a status and a body, or whatever a function does with the connection. */
export type Reply =
  | {
      readonly status?: number;
      readonly headers?: Record<string, string>;
      readonly body: string | object | Uint8Array;
    }
  | ((response: ServerResponse, request: Received) => void);

/** A server of a test, and the requests that it received so far. */
export interface Serving {
  readonly origin: string;
  readonly received: Received[];
}

/** Serves these replies in turn, or those that a function picks, until the test ends. */
export async function serve(
  replies: readonly Reply[] | ((request: Received, n: number) => Reply),
): Promise<Serving> {
  const received: Received[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const { method = '', url = '', headers } = message;
      const isJson = headers['content-type'] === 'application/json';
      const request = { method, url, headers, body: isJson ? JSON.parse(text) : text || undefined };
      const n = received.push(request) - 1;
      const reply = typeof replies === 'function' ? replies(request, n) : replies[n];
      if (reply === undefined)
        return void response.writeHead(500).end(`the test has no reply number ${n + 1}`);
      if (typeof reply === 'function') return reply(response, request);
      const { status = 200, body } = reply;
      const content = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', ...reply.headers }).end(content);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** A request whose JSON a test reaches into. */
export interface JsonReceived extends Received {
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into what was sent, and fail without it
  readonly body: any;
}

/** A server that answers each request with the JSON that a function makes of it. */
export function serveJson(answer: (request: JsonReceived, n: number) => unknown): Promise<Serving> {
  return serve((request, n) => ({ body: JSON.stringify(answer(request as JsonReceived, n)) }));
}
