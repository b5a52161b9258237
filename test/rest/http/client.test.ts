import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { XanoError } from '../../../src/errors.js';
import { createHttp } from '../../../src/rest/http/client.js';
import type { Answer } from '../../../src/rest/http/messages.js';
import { type FakeClock, fakeClock, NOON } from '../../fixtures/clock.js';
import { rejectionOf } from '../decode/reading.js';
import { client, everything, get, TOKEN } from './sending.js';
import { type Reply, serve } from './serving.js';

const whole = (answer: Answer): unknown => {
  try {
    return JSON.parse(Buffer.from(answer.body).toString('utf8'));
  } catch {
    throw new XanoError('RESPONSE_UNEXPECTED', 'The answer is not complete JSON.');
  }
};

describe('a request', () => {
  it('is sent with its credentials, and answered with bytes', async () => {
    const server = await serve([{ headers: { 'x-a': 'b' }, body: 'é' }]);
    const { send, traffic } = client();
    const request = get(`${server.origin}/a%20b?x=1`, {
      method: 'POST',
      params: { q: 'a&b=c é', x: '2' },
      headers: { 'x-data-source': 'live' },
      body: { n: [1, null, 'é'] },
    });
    const answer = (await send(request, (got) => got)) as Answer;
    expect({
      status: answer.status,
      header: answer.headers['x-a'],
      body: Buffer.from(answer.body).toString(),
    }).toEqual({
      status: 200,
      header: 'b',
      body: 'é',
    });
    expect(server.received).toEqual([
      {
        method: 'POST',
        url: '/a%20b?x=2&q=a%26b%3Dc+%C3%A9',
        headers: expect.any(Object),
        body: { n: [1, null, 'é'] },
      },
    ]);
    expect(server.received[0]!.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'the test/1',
      'x-data-source': 'live',
    });
    expect(traffic).toEqual({ requests: 1, bytes: 2 });
  });

  it('carries neither credentials nor body without them', async () => {
    const server = await serve([{ body: 'ok' }]);
    const http = createHttp({ user_agent: 't', find_secret: () => expect.unreachable(), clock: fakeClock() });
    expect(await http.send(get(server.origin), { type: 'none' }, ({ status }) => status)).toBe(200);
    const { authorization, 'content-type': type, 'content-length': length } = server.received[0]!.headers;
    expect({ authorization, type, length }).toEqual({
      authorization: undefined,
      type: undefined,
      length: undefined,
    });
  });

  it('is answered without a byte order mark', async () => {
    const server = await serve([{ body: '\uFEFF{"a":1}' }, { body: '\uFEFF' }]);
    const { send } = client();
    expect(await send(get(server.origin))).toBe('{"a":1}');
    expect(await send(get(server.origin))).toBe('');
  });

  it('is answered completely when the answer is compressed', async () => {
    const text = 'x'.repeat(100_000);
    const server = await serve([{ headers: { 'content-encoding': 'gzip' }, body: gzipSync(text) }]);
    const { send, traffic } = client();
    expect(await send(get(server.origin))).toBe(text);
    expect(traffic).toEqual({ requests: 1, bytes: 100_000 });
  });

  it('is not sent over plain http to another computer, and its token is not looked up', async () => {
    const { send, traffic } = client({ find_secret: () => expect.unreachable() });
    const error = await rejectionOf(send(get('http://example.com/x')));
    expect([error.code, error.message]).toEqual([
      'CONFIG_INVALID',
      'Refusing to send a token to http://example.com: plain http is only allowed for this computer.',
    ]);
    expect(traffic.requests).toBe(0);
  });

  it('is not sent without its token', async () => {
    const server = await serve([]);
    const error = await rejectionOf(client({ find_secret: () => undefined }).send(get(server.origin)));
    expect([error.code, server.received]).toEqual(['TOKEN_MISSING', []]);
  });
});

const cut: Reply = (response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"items":[');
  setImmediate(() => response.destroy());
};
const cutChunked: Reply = (response) => {
  response.writeHead(200);
  response.write('{"items":[');
  setImmediate(() => response.destroy());
};
const reset: Reply = (response) => void response.socket?.resetAndDestroy();
const closed: Reply = (response) => void response.socket?.destroy();
const gzipCut: Reply = {
  headers: { 'content-encoding': 'gzip' },
  body: gzipSync('{"items":[]}'.repeat(1000)).subarray(0, 40),
};

/** Faults that pass, with the code they end in when they do not. */
const PASSING: [string, Reply, string][] = [
  ['status 500', { status: 500, body: { code: 'ERROR_FATAL', message: 'oops' } }, 'XANO_FAILED'],
  ['status 502 in HTML', { status: 502, body: '<html>Bad Gateway</html>' }, 'XANO_FAILED'],
  ['status 503', { status: 503, body: '' }, 'XANO_FAILED'],
  ['status 504', { status: 504, body: '' }, 'XANO_FAILED'],
  ['status 408', { status: 408, body: '' }, 'XANO_FAILED'],
  ['status 425', { status: 425, body: '' }, 'XANO_FAILED'],
  ['a reset connection', reset, 'XANO_UNREACHABLE'],
  ['a closed connection', closed, 'XANO_UNREACHABLE'],
  ['a body cut short of its length', cut, 'XANO_UNREACHABLE'],
  ['a body cut between its chunks', cutChunked, 'XANO_UNREACHABLE'],
  ['a compressed body cut', gzipCut, 'XANO_UNREACHABLE'],
  ['malformed JSON', { body: '{"items":[' }, 'RESPONSE_UNEXPECTED'],
  ['an empty body', { body: '' }, 'RESPONSE_UNEXPECTED'],
];

describe('a temporary fault', () => {
  it('is waited out as its server says, and not at all where that is too long', async () => {
    const fault = (seconds: string): Reply => ({
      status: 503,
      headers: { 'retry-after': seconds },
      body: '',
    });
    const server = await serve([fault('7'), fault('0'), { body: { items: [1] } }]);
    const { send, clock, waits } = client();
    expect(await send(get(server.origin), whole)).toEqual({ items: [1] });
    expect(clock.slept).toEqual([7_000, 1_000]);
    expect(waits.map(({ kind, wait_ms }) => [kind, wait_ms])).toEqual([
      ['retry', 7_000],
      ['retry', 1_000],
    ]);
    const other = await serve([fault('3600')]);
    expect((await rejectionOf(send(get(other.origin), whole))).code).toBe('XANO_FAILED');
    expect(clock.slept).toHaveLength(2);
  });

  it.each(PASSING)('is retried: %s', async (_, fault) => {
    const server = await serve([fault, fault, { body: { items: [1] } }]);
    const { send, clock, waits, traffic } = client();
    expect(await send(get(server.origin), whole)).toEqual({ items: [1] });
    expect(clock.slept).toEqual([500, 1_000]);
    expect(waits.map(({ kind, wait_ms, reason }) => [kind, wait_ms, reason.length > 10])).toEqual([
      ['retry', 500, true],
      ['retry', 1_000, true],
    ]);
    expect([server.received.length, traffic.requests]).toEqual([3, 3]);
  });

  it.each(PASSING)('fails after the last attempt, and never shows the token: %s', async (_, fault, code) => {
    const server = await serve(() => fault);
    const { send, clock } = client();
    const error = await rejectionOf(send(get(`${server.origin}/x`), whole));
    expect(error.code).toBe(code);
    expect(error.request).toMatchObject({ method: 'GET', url: `${server.origin}/x` });
    // One that never answered is asked less often.
    const tries = code === 'XANO_UNREACHABLE' ? 3 : 6;
    expect(server.received.length).toBe(tries);
    expect(clock.slept).toEqual([500, 1_000, 2_000, 4_000, 8_000].slice(0, tries - 1));
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('is retried longer at a server that has answered before', async () => {
    const server = await serve((_, n) => (n === 0 ? { body: 'ok' } : reset));
    const { send, clock } = client();
    await send(get(server.origin));
    expect((await rejectionOf(send(get(server.origin)))).message).toBe(
      `No answer from ${server.origin}: the connection was cut.`,
    );
    expect(server.received.length).toBe(1 + 6);
    expect(clock.slept).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
  });

  it('is retried as often as the options say', async () => {
    const server = await serve(() => ({ status: 500, body: '' }));
    const { send } = client({ attempts: 2 });
    expect((await rejectionOf(send(get(`${server.origin}/x`)))).message).toBe(
      `${new URL(server.origin).host} answered with status 500 (GET /x).`,
    );
    expect(server.received.length).toBe(2);
  });
});

describe('a permanent fault', () => {
  it.each([
    [400, { message: 'bad' }, 'XANO_FAILED', 'HOST answered with status 400: bad (GET /x).'],
    [401, { message: 'no' }, 'TOKEN_REJECTED', 'HOST does not accept the token from TOKEN: no (GET /x).'],
    [403, {}, 'SCOPE_MISSING', 'HOST does not allow this with the token from TOKEN (GET /x).'],
    [404, '<html>', 'XANO_FAILED', 'HOST answered with status 404 (GET /x).'],
    [405, [1], 'XANO_FAILED', 'HOST answered with status 405 (GET /x).'],
    [410, { message: 5 }, 'XANO_FAILED', 'HOST answered with status 410 (GET /x).'],
    [
      422,
      { message: 'm'.repeat(400) },
      'XANO_FAILED',
      `HOST answered with status 422: ${'m'.repeat(300)} (GET /x).`,
    ],
  ])('is not retried: status %i', async (status, body, code, message) => {
    const server = await serve(() => ({ status, headers: { 'x-trace-id': 't-1' }, body }));
    const { send, clock } = client();
    const error = await rejectionOf(send(get(`${server.origin}/x?q=1`)));
    expect({
      code: error.code,
      message: error.message,
      request: error.request,
      slept: clock.slept,
      sent: server.received.length,
    }).toEqual({
      code,
      message: message.replace('HOST', new URL(server.origin).host),
      request: { method: 'GET', url: `${server.origin}/x?q=1`, status, trace_id: 't-1' },
      slept: [],
      sent: 1,
    });
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('does not show a token that the server repeats', async () => {
    const server = await serve([
      { status: 401, body: { message: `Invalid token "${TOKEN}" in Bearer ${TOKEN}` } },
    ]);
    const error = await rejectionOf(client().send(get(`${server.origin}/x`)));
    const { host } = new URL(server.origin);
    expect(error.message).toBe(
      `${host} does not accept the token from TOKEN: Invalid token "…" in Bearer … (GET /x).`,
    );
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('is interpreted by the API’s own rules', async () => {
    const body = { code: 'ERROR_CODE_ACCESS_DENIED', message: 'no' };
    const server = await serve(() => ({ status: 500, body }));
    const seen: unknown[] = [];
    const { send } = client({
      interpret: (refusal) => {
        seen.push(refusal);
        return { code: 'SCOPE_MISSING' };
      },
    });
    const error = await rejectionOf(send(get(`${server.origin}/x`)));
    expect([error.code, error.message, server.received.length]).toEqual([
      'SCOPE_MISSING',
      `${new URL(server.origin).host} does not allow this with the token from TOKEN: no (GET /x).`,
      1,
    ]);
    expect(seen).toEqual([{ status: 500, body }]);
  });

  it('is the reader’s error about an answer, with the request', async () => {
    const server = await serve(() => ({ body: '{}' }));
    const { send } = client();
    const cause = new Error('inner');
    const error = await rejectionOf(
      send(get(server.origin), () => {
        throw new XanoError('SELECTOR_EMPTY', 'No list.', { hint: 'Look.', cause });
      }),
    );
    expect({
      code: error.code,
      message: error.message,
      hint: error.hint,
      cause: error.cause,
      request: error.request,
    }).toEqual({
      code: 'SELECTOR_EMPTY',
      message: 'No list.',
      hint: 'Look.',
      cause,
      request: { method: 'GET', url: `${server.origin}/`, status: 200 },
    });
    const bug = await rejectionOf(
      send(get(server.origin), () => {
        throw new TypeError('x');
      }),
    );
    expect(bug.code).toBe('BUG');
    expect(server.received.length).toBe(2);
  });

  it.each([301, 302, 303, 307, 308])(
    'is a redirect to another address, which is never followed: status %i',
    async (status) => {
      const other = await serve([]);
      const server = await serve(() => ({
        status,
        headers: { location: `${other.origin}/stolen` },
        body: '',
      }));
      const error = await rejectionOf(client().send(get(`${server.origin}/x`)));
      expect([error.code, error.message]).toEqual([
        'RESPONSE_UNEXPECTED',
        `${server.origin} redirects /x to ${other.origin}/stolen (status ${status}): credentials are never sent to another origin.`,
      ]);
      expect([server.received.length, other.received]).toEqual([1, []]);
      expect(everything(error)).not.toContain('S3CR3T');
    },
  );

  it.each<[string, Reply]>([
    ['with a length', { body: 'x'.repeat(1_001) }],
    ['without an end', (response) => void response.writeHead(200).write('x'.repeat(2_000))],
    ['unpacked', { headers: { 'content-encoding': 'gzip' }, body: gzipSync('x'.repeat(100_000)) }],
  ])('is an answer that is too large: %s', async (_, reply) => {
    const server = await serve(() => reply);
    const error = await rejectionOf(client({ max_body_bytes: 1_000 }).send(get(server.origin)));
    expect([error.code, error.message]).toEqual([
      'RESPONSE_UNEXPECTED',
      `The answer of ${new URL(server.origin).host} is larger than 1000 bytes.`,
    ]);
    expect(server.received.length).toBe(1);
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('is not assumed for an answer of just the allowed size', async () => {
    const server = await serve([{ body: 'x'.repeat(1_000) }]);
    expect(await client({ max_body_bytes: 1_000 }).send(get(server.origin))).toBe('x'.repeat(1_000));
  });
});

describe('an unreachable server', () => {
  it('is tried three times, and named', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    const { send, clock, traffic } = client();
    const error = await rejectionOf(send(get(`${origin}/x`)));
    expect({ code: error.code, message: error.message, request: error.request }).toEqual({
      code: 'XANO_UNREACHABLE',
      message: `No answer from ${origin}: nothing is listening there.`,
      request: { method: 'GET', url: `${origin}/x` },
    });
    expect([clock.slept, traffic]).toEqual([[500, 1_000], { requests: 3, bytes: 0 }]);
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it.each<[string, Reply]>([
    ['never answers', () => {}],
    ['stops in the middle of its answer', (response) => void response.writeHead(200).write('{"items":[')],
  ])('is not waited for where it %s', async (_, reply) => {
    const server = await serve(() => reply);
    const { send, clock } = client({ silence_ms: 40 });
    const error = await rejectionOf(send(get(server.origin)));
    expect([error.code, error.message]).toEqual([
      'XANO_UNREACHABLE',
      `No answer from ${server.origin}: it did not answer in time.`,
    ]);
    expect(clock.slept).toEqual([500, 1_000]);
    expect(everything(error)).not.toContain('S3CR3T');
  });
});

describe('a slow answer', () => {
  /** Begins an answer, and adds a part now and then until there are no more of them or nobody listens. */
  const inParts =
    (parts: Iterable<string>, every_ms: number): Reply =>
    (response) => {
      const rest = parts[Symbol.iterator]();
      response.writeHead(200);
      const timer = setInterval(() => {
        const { value, done } = rest.next();
        if (done === true) response.end();
        else response.write(value);
      }, every_ms);
      response.on('close', () => clearInterval(timer));
    };
  function* blanks(): Generator<string> {
    for (;;) yield ' ';
  }

  it('in drops is given up, though it is never silent, and requested again', async () => {
    const server = await serve([inParts(blanks(), 20), { body: { items: [1] } }]);
    const { send, clock, waits, traffic } = client({ silence_ms: 600 });
    expect(await send(get(server.origin), whole)).toEqual({ items: [1] });
    const reason = `No answer from ${server.origin}: its answer came too slowly.`;
    expect(waits).toEqual([{ kind: 'retry', wait_ms: 500, reason }]);
    expect([clock.slept, traffic.requests]).toEqual([[500], 2]);
  });

  it('in drops each time is XANO_UNREACHABLE', async () => {
    const server = await serve(() => inParts(blanks(), 20));
    const { send } = client({ silence_ms: 600, attempts: 2 });
    const error = await rejectionOf(send(get(`${server.origin}/x`)));
    expect({ code: error.code, message: error.message, request: error.request }).toEqual({
      code: 'XANO_UNREACHABLE',
      message: `No answer from ${server.origin}: its answer came too slowly.`,
      request: { method: 'GET', url: `${server.origin}/x` },
    });
    expect(server.received.length).toBe(2);
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('that is steady is waited for, however long it takes', async () => {
    const parts = Array.from({ length: 40 }, (_, n) => String(n % 10).repeat(1_000));
    const server = await serve([inParts(parts, 25)]);
    const { send, clock, traffic } = client({ silence_ms: 400 });
    expect(await send(get(server.origin))).toBe(parts.join(''));
    expect([clock.slept, traffic]).toEqual([[], { requests: 1, bytes: 40_000 }]);
  });
});

describe('a rate limit', () => {
  const refused = (headers: Record<string, string> = {}, body: object = {}): Reply => ({
    status: 429,
    headers,
    body,
  });

  it.each<[string, Record<string, string>, number]>([
    ['in seconds', { 'retry-after': '3' }, 3_000],
    ['in seconds and a half', { 'retry-after': '1.5' }, 1_500],
    ['of no seconds', { 'retry-after': '0' }, 250],
    ['as a date', { 'retry-after': new Date(NOON + 7_000).toUTCString() }, 7_000],
    ['as a date gone by', { 'retry-after': new Date(0).toUTCString() }, 250],
    ['that makes no sense', { 'retry-after': 'soon' }, 21_000],
    ['not at all', {}, 21_000],
  ])('is waited for as long as the server says: %s', async (_, headers, wait_ms) => {
    const server = await serve([refused(headers), { body: 'ok' }]);
    const { send, clock, waits, traffic } = client();
    expect(await send(get(server.origin))).toBe('ok');
    expect(clock.slept).toEqual([wait_ms]);
    expect(waits).toEqual([{ kind: 'rate_limit', wait_ms, reason: 'the rate limit of the server' }]);
    expect(traffic.requests).toBe(2);
  });

  it('is learned from the API’s message, and respected from then on', async () => {
    const server = await serve((_, n) =>
      n === 2 ? refused({}, { message: '2 per second' }) : { body: 'ok' },
    );
    const seen: unknown[] = [];
    const { send, clock } = client({
      interpret: (refusal) => {
        seen.push(refusal);
        return { limit: { requests: 2, per_ms: 1_000 }, wait_ms: 2_000 };
      },
    });
    for (let i = 0; i < 5; i++) await send(get(server.origin));
    expect(seen).toEqual([{ status: 429, body: { message: '2 per second' } }]);
    // Refused once; then two, a wait of the window, and one more.
    expect([clock.slept, server.received.length]).toEqual([[2_000, 1_100], 6]);
  });

  it('in Retry-After wins over the API’s message', async () => {
    const server = await serve([refused({ 'retry-after': '1' }), { body: 'ok' }]);
    const { send, clock } = client({ interpret: () => ({ wait_ms: 9_000 }) });
    await send(get(server.origin));
    expect(clock.slept).toEqual([1_000]);
  });

  it('does not count as an attempt', async () => {
    const server = await serve([
      refused({ 'retry-after': '1' }),
      refused({ 'retry-after': '1' }),
      { status: 500, body: '' },
      refused({ 'retry-after': '1' }),
      { body: 'ok' },
    ]);
    const { send, clock } = client({ attempts: 2 });
    expect(await send(get(server.origin))).toBe('ok');
    expect(clock.slept).toEqual([1_000, 1_000, 500, 1_000]);
  });

  it('fails when nothing else is answered any more', async () => {
    const server = await serve(() => refused({ 'retry-after': '1', 'x-trace-id': 't' }));
    const { send, clock } = client();
    const error = await rejectionOf(send(get(server.origin)));
    expect({ code: error.code, request: error.request }).toEqual({
      code: 'RATE_LIMITED',
      request: { method: 'GET', url: `${server.origin}/`, status: 429, trace_id: 't' },
    });
    expect([server.received.length, clock.slept.length]).toEqual([13, 12]);
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('of one server delays all requests to it, and no others', async () => {
    const limited = await serve([refused({ 'retry-after': '5' }), { body: 'a' }, { body: 'b' }]);
    const other = await serve([{ body: 'c' }]);
    const { send, clock } = client({ attempts: 1 });
    const first = send(get(limited.origin));
    expect(await first).toBe('a');
    expect(await send(get(`${limited.origin}/other`))).toBe('b');
    expect(await send(get(other.origin))).toBe('c');
    expect(clock.slept).toEqual([5_000]);
  });
});

describe('a wait that is too long', () => {
  const limitedFor = (value: string, message = ''): Reply => ({
    status: 429,
    headers: { 'retry-after': value },
    body: message === '' ? {} : { message },
  });

  it.each([
    ['an hour', '3600', '60 min'],
    ['longer than a timer takes', '2147484', '25 days'],
    ['without end', '1e999', 'for ever'],
    ['a date far ahead', 'Fri, 31 Dec 9999 23:59:59 GMT', 'more than a hundred years'],
    ['a moment in epoch seconds times sixty', '106000000000', 'more than a hundred years'],
  ])('ends all requests to that server at once: %s', async (_, value, words) => {
    const limited = await serve((request) =>
      request.url === '/a' ? limitedFor(value, 'Come back later.') : { body: 'ok' },
    );
    const other = await serve(() => ({ body: 'ok' }));
    const { send, clock } = client();
    const error = await rejectionOf(send(get(`${limited.origin}/a`)));
    const { host } = new URL(limited.origin);
    expect({ code: error.code, message: error.message }).toEqual({
      code: 'RATE_LIMITED',
      message: `${host} asks to wait ${words} before the next request, and a load waits at most 15 min: Come back later.`,
    });
    expect((await rejectionOf(send(get(`${limited.origin}/b`)))).message).toBe(error.message);
    expect(await send(get(other.origin))).toBe('ok');
    expect([clock.slept, limited.received.length]).toEqual([[], 1]);
  });

  it('ends a request where the limit that the server named comes to that', async () => {
    const server = await serve([limitedFor('0'), { body: 'ok' }]);
    const { send, clock } = client({
      interpret: () => ({ limit: { requests: 1, per_ms: 7_200_000 } }),
    });
    expect((await rejectionOf(send(get(server.origin)))).code).toBe('RATE_LIMITED');
    expect(clock.slept).toEqual([]);
  });

  it('does not show a token that the server repeats', async () => {
    const server = await serve(() => limitedFor('3600', `Not with ${TOKEN.slice(2, 20)} again.`));
    const { send } = client();
    const error = await rejectionOf(send(get(server.origin)));
    expect(everything(error)).not.toContain('S3CR3T');
    expect(error.message).toContain('Not with … again.');
  });
});

describe('a request whose signal aborts', () => {
  const enough = new XanoError('INTERRUPTED', 'Enough.');

  it('is not sent at all', async () => {
    const server = await serve([]);
    const { send } = client({ signal: AbortSignal.abort(enough) });
    await expect(send(get(server.origin))).rejects.toBe(enough);
    expect(server.received).toEqual([]);
  });

  it.each<[string, Reply]>([
    ['before an answer', () => {}],
    ['in the middle of an answer', (response) => void response.writeHead(200).write('{')],
  ])('ends %s', async (_, reply) => {
    const stop = new AbortController();
    const server = await serve(() => (response, request) => {
      if (typeof reply === 'function') reply(response, request);
      setImmediate(() => stop.abort(enough));
    });
    const { send, clock } = client({ signal: stop.signal });
    await expect(send(get(server.origin))).rejects.toBe(enough);
    expect([server.received.length, clock.slept]).toEqual([1, []]);
  });

  it.each<[string, Reply]>([
    ['while it waits to try again', { status: 503, body: '' }],
    ['while it waits for its turn', { status: 429, headers: { 'retry-after': '9' }, body: '' }],
  ])('ends %s', async (_, reply) => {
    const stop = new AbortController();
    const server = await serve(() => reply);
    const still = fakeClock();
    const clock: FakeClock = {
      ...still,
      sleep: (ms, signal) => {
        stop.abort(enough);
        return still.sleep(ms, signal);
      },
    };
    const { send } = client({ signal: stop.signal, clock });
    await expect(send(get(server.origin))).rejects.toBe(enough);
    expect(server.received.length).toBe(1);
  });
});
