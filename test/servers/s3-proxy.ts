/** A proxy before the S3 server of the set-up, which spoils its answers as a test says. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What becomes of a request: the server's own answer, or a status without one; a promise makes it wait. */
export type Spoil = (method: string, path: string) => 'pass' | number | Promise<'pass' | number>;

/** A proxy that runs until its test ends. */
export interface S3Proxy {
  readonly endpoint: string;
  /** How each request is treated from now on. */
  readonly spoil: (spoil: Spoil) => void;
  /** Requests that got a status of the test's. */
  readonly refused: () => number;
}

/** Starts one before a server. Signatures cover the host's name, which is handed on as it came. */
export async function startS3Proxy(endpoint: string): Promise<S3Proxy> {
  let spoil: Spoil = () => 'pass';
  let refused = 0;
  const server = createServer((incoming, outgoing) => {
    outgoing.on('error', () => {});
    const answer = async (): Promise<void> => {
      const how = await spoil(incoming.method ?? '', incoming.url ?? '');
      if (how === 'pass') return pass(endpoint, incoming, outgoing);
      refused++;
      incoming.resume();
      outgoing.writeHead(how, { 'content-type': 'application/xml' }).end(ERRORS[how]);
    };
    answer().catch(() => outgoing.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spoil: (next) => {
      spoil = next;
    },
    refused: () => refused,
  };
}

/** As Amazon S3 spells them. */
const ERRORS: Readonly<Record<number, string>> = {
  403: '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
  503: '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
};

function pass(endpoint: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url, headers } = incoming;
  const onward = request(`${endpoint}${url}`, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}
