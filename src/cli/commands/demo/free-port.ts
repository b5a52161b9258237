/** Finds a port for a server that cannot choose one and say which. */
import { createServer } from 'node:net';

/**
 * A port of 127.0.0.1 that nobody uses at this moment. Another program may take it before the caller does.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
