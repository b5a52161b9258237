/** A server with TLS, and a proxy that leads to it, both on this computer. */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../fixtures/tls');

/**
 * The certificate of {@link serveTls}, for `localhost` and `api.example.invalid`: whoever trusts it trusts
 * nothing else.
 */
export const CERTIFICATE = join(FOLDER, 'certificate.pem');

const open = new WeakMap<Server, Set<Socket>>();

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  open.set(server, sockets);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return (server.address() as AddressInfo).port;
}

/** A server that answers each request with JSON. */
export async function serveTls(
  answer: (request: IncomingMessage, body: string) => object,
): Promise<{ readonly port: number; readonly urls: string[] }> {
  const urls: string[] = [];
  const tls = { key: readFileSync(join(FOLDER, 'key.pem')), cert: readFileSync(CERTIFICATE) };
  const server = createHttpsServer(tls, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      urls.push(`${request.method} ${request.url}`);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer(request, Buffer.concat(parts).toString('utf8'))));
    });
  });
  return { port: await listen(server), urls };
}

/** A proxy: what it was asked for, and with what authorization. `status`: what it refuses with. */
export async function serveProxy({
  to,
  status,
}: {
  readonly to?: number;
  readonly status?: number;
}): Promise<{ readonly port: number; readonly asked: string[]; readonly authorizations: unknown[] }> {
  const asked: string[] = [];
  const authorizations: unknown[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(500).end();
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    authorizations.push(request.headers['proxy-authorization']);
    if (status !== undefined || to === undefined) {
      if (status !== undefined) socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`);
      return;
    }
    const onwards = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onwards.pipe(socket).pipe(onwards);
    });
    onwards.on('error', () => socket.destroy());
    socket.on('close', () => onwards.destroy());
  });
  return { port: await listen(server), asked, authorizations };
}

/** A port on which nothing is ever said, though it takes connections. */
export async function serveSilence(say?: (socket: Socket) => void): Promise<number> {
  const { createServer } = await import('node:net');
  return listen(createServer((socket) => say?.(socket)));
}
