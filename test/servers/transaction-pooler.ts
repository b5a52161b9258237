/**
 * A pooler before Postgres that gives each transaction a connection of the server, as PgBouncer does in its
 * mode `transaction`.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { onTestFinished } from 'vitest';

/**
 * Which of its idle connections a pooler takes: the one used last, as PgBouncer does, or each in its turn.
 */
export type PoolerOrder = 'last used' | 'in turn';

/** A connection of the server that is logged in, and whose bytes go to whichever client has it. */
interface Backend {
  readonly socket: Socket;
  client: Socket | undefined;
}

/** The messages that begin in some bytes: their type, and how they end. */
function lastMessage(bytes: Buffer): { readonly type: string; readonly status: string } {
  let at = 0;
  let last = { type: '', status: '' };
  while (at < bytes.length) {
    const length = bytes.readInt32BE(at + 1);
    last = { type: String.fromCharCode(bytes[at]!), status: String.fromCharCode(bytes[at + length]!) };
    at += 1 + length;
  }
  return last;
}

/** Starts a pooler of two connections before a database. Returns its URL; it ends with the test. */
export async function startTransactionPooler(url: string, order: PoolerOrder): Promise<string> {
  const clients = [new pg.Client(url), new pg.Client(url)];
  const idle: Backend[] = [];
  for (const client of clients) {
    client.on('error', () => {});
    await client.connect();
    const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
    stream.removeAllListeners('data');
    const backend: Backend = { socket: stream, client: undefined };
    let answer = Buffer.alloc(0);
    stream.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes]);
      const { type, status } = lastMessage(answer);
      if (type !== 'Z') return;
      backend.client!.write(answer);
      answer = Buffer.alloc(0);
      // `I`: no transaction is open.
      if (status !== 'I') return;
      backend.client = undefined;
      idle.push(backend);
    });
    idle.push(backend);
  }
  const server = createServer((socket) => {
    let isKnown = false;
    let own: Backend | undefined;
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      if (!isKnown) {
        isKnown = true;
        // AuthenticationOk, then ReadyForQuery.
        socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]));
        return;
      }
      if (bytes[0] === 0x58) return;
      if (own?.client !== socket) own = order === 'in turn' ? idle.shift() : idle.pop();
      own!.client = socket;
      own!.socket.write(bytes);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    for (const client of clients)
      (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream.destroy();
  });
  const pooled = new URL(url);
  pooled.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return pooled.href;
}
