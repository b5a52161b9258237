import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/rest/http/client.js';
import { fakeClock } from '../../fixtures/clock.js';
import { rejectionOf } from '../decode/reading.js';
import { client, everything, get } from './sending.js';
import { type Reply, serve } from './serving.js';
import { serveSilence } from './tls.js';

const SILENCE_MS = 300;

/** Says something over and over, until nobody listens. */
const over =
  (text: string, first = ''): ((socket: Socket) => void) =>
  (socket) => {
    socket.once('data', () => {
      if (first !== '') socket.write(first);
      const timer = setInterval(() => socket.write(text), 10);
      socket.on('close', () => clearInterval(timer));
    });
  };

describe('a server that never answers', () => {
  it.each<[string, string, ((socket: Socket) => void) | undefined]>([
    ['says nothing', 'http', undefined],
    [
      'says 100 (Continue) alone',
      'http',
      (socket) => socket.once('data', () => socket.write('HTTP/1.1 100 Continue\r\n\r\n')),
    ],
    ['says 102 (Processing) again and again', 'http', over('HTTP/1.1 102 Processing\r\n\r\n')],
    ['never ends its headers', 'http', over('X-A: 1\r\n', 'HTTP/1.1 200 OK\r\n')],
    ['stops in its body', 'http', over('', 'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[1')],
    ['sends a body drop by drop', 'http', over(' ', 'HTTP/1.1 200 OK\r\n\r\n[')],
    ['never ends the handshake of TLS', 'https', undefined],
  ])('is tried three times: it %s', async (_, scheme, say) => {
    let asked = 0;
    const port = await serveSilence((socket) => {
      asked++;
      say?.(socket);
    });
    const { send, clock } = client({ silence_ms: SILENCE_MS });
    const began = performance.now();
    const error = await rejectionOf(send(get(`${scheme}://127.0.0.1:${port}/x`)));
    expect(error.code).toBe('XANO_UNREACHABLE');
    expect([asked, clock.slept]).toEqual([3, [500, 1_000]]);
    // Three times its patience; the rest is for slow machines.
    expect(performance.now() - began).toBeLessThan(10 * 3 * SILENCE_MS);
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('is tried three times though it has answered before, and though other faults come in between', async () => {
    const silent: Reply = () => {};
    const replies: readonly Reply[] = [{ body: 'ok' }, silent, { status: 503, body: '' }, silent, silent];
    const server = await serve(replies);
    const { send, clock } = client({ silence_ms: SILENCE_MS });
    await send(get(server.origin));
    const error = await rejectionOf(send(get(server.origin)));
    expect([error.code, server.received.length]).toEqual(['XANO_UNREACHABLE', 5]);
    expect(clock.slept).toEqual([500, 1_000, 2_000]);
  });

  it('is tried once by later requests, until it answers again', async () => {
    let silent = true;
    const server = await serve(() => (silent ? () => {} : { body: 'ok' }));
    const { send } = client({ silence_ms: SILENCE_MS });
    await rejectionOf(send(get(`${server.origin}/a`)));
    expect(server.received.length).toBe(3);
    await rejectionOf(send(get(`${server.origin}/b`)));
    expect(server.received.length).toBe(4);
    silent = false;
    expect(await send(get(`${server.origin}/c`))).toBe('ok');
    silent = true;
    await rejectionOf(send(get(`${server.origin}/d`)));
    expect(server.received.length).toBe(5 + 3);
  });

  it('is tried three times where a login is behind it, for all lists together', async () => {
    const server = await serve(() => () => {});
    const http = createHttp({
      user_agent: 't',
      find_secret: () => ({ value: 'hunter22', source: 'the test', expires_at: null }),
      clock: fakeClock(),
      silence_ms: SILENCE_MS,
    });
    const url = `${server.origin}/login`;
    const auth = { type: 'login', url, body: { password: { env: 'P' } }, token_path: 'token' } as const;
    const all = ['/a', '/b'].map((path) =>
      rejectionOf(http.send(get(`${server.origin}${path}`), auth, () => undefined)),
    );
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual([
      'XANO_UNREACHABLE',
      'XANO_UNREACHABLE',
    ]);
    expect(server.received.map(({ url: at }) => at)).toEqual(['/login', '/login', '/login']);
  });
});
