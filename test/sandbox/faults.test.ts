import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { FaultAnswer } from '../../src/sandbox/faults.js';
import type { LocalXano } from '../../src/sandbox/server.js';
import { ask, askMeta, idsIn, localOffice, search } from './asking.js';

const rows = '/workspace/3/table/41/content';

/** What a plain socket sees of an answer: how much of the body came, and how it ended. */
function watch(xano: LocalXano, patience_ms: number) {
  return new Promise<{ status: number | null; declared: number; received: number; end: string }>(
    (resolve) => {
      const seen = { status: null as number | null, declared: -1, received: 0 };
      const headers = { authorization: `Bearer ${xano.token}` };
      const asked = httpRequest(`${xano.instances[0]!.meta_api}${rows}`, { headers, agent: false });
      const finish = (end: string) => resolve({ ...seen, end });
      asked.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
      asked.setTimeout(patience_ms, () => {
        finish('silence');
        asked.destroy();
      });
      asked.on('response', (response) => {
        seen.status = response.statusCode ?? null;
        seen.declared = Number(response.headers['content-length']);
        response.on('data', (chunk: Buffer) => {
          seen.received += chunk.length;
        });
        response.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
        response.on('end', () => finish('end'));
      });
      asked.end();
    },
  );
}

describe('a fault in the content of an answer', () => {
  it.each([
    [{ kind: 'status', status: 500 }, '{"code":"ERROR_FATAL","message":"Internal Server Error"}'],
    [{ kind: 'status', status: 502, body: '<html>Bad Gateway</html>' }, '<html>Bad Gateway</html>'],
    [
      { kind: 'status', status: 403, body: { code: 'X', message: 'This token is expired.' } },
      '{"code":"X","message":"This token is expired."}',
    ],
    [{ kind: 'status', status: 200, body: '' }, ''],
  ] satisfies readonly (readonly [FaultAnswer, string])[])(
    'sets status and body: %j',
    async (answer, text) => {
      const xano = await localOffice();
      xano.fail({ answer });
      const answered = await askMeta(xano, rows);
      expect(answered).toMatchObject({ status: answer.status, text });
      expect((await askMeta(xano, rows)).status).toBe(200);
    },
  );

  it('adds headers, such as a Retry-After or another content type', async () => {
    const xano = await localOffice();
    const headers = { 'Retry-After': '7', 'Content-Type': 'text/html' };
    xano.fail({ answer: { kind: 'status', status: 429, body: 'slow down', headers } });
    const answered = await askMeta(xano, rows);
    expect(answered.headers.get('retry-after')).toBe('7');
    expect(answered.headers.get('content-type')).toBe('text/html');
  });

  it('rewrites the true answer', async () => {
    const xano = await localOffice();
    const rewrite = (body: string) => body.replace('"nextPage":null', '"nextPage":1');
    xano.fail({ answer: { kind: 'rewrite', rewrite } });
    const answered = await askMeta(xano, rows);
    expect(answered.body).toMatchObject({ itemsTotal: 5, nextPage: 1 });
    expect(Number(answered.headers.get('content-length'))).toBe(Buffer.byteLength(answered.text));
  });

  it('redirects', async () => {
    const xano = await localOffice();
    xano.fail({ answer: { kind: 'redirect', to: 'http://127.0.0.1:9/elsewhere' } });
    xano.fail({ answer: { kind: 'redirect', to: '/x', status: 302 } });
    const first = await askMeta(xano, rows);
    expect([first.status, first.headers.get('location')]).toEqual([307, 'http://127.0.0.1:9/elsewhere']);
    expect((await askMeta(xano, rows)).status).toBe(302);
  });

  it('cuts the JSON under a correct content-length', async () => {
    const xano = await localOffice();
    const whole = await watch(xano, 2000);
    xano.fail({ answer: { kind: 'cut_json' } });
    const cut = await watch(xano, 2000);
    expect(cut).toMatchObject({ status: 200, end: 'end', received: Math.floor(whole.received / 2) });
    expect(cut.declared).toBe(cut.received);
    xano.fail({ answer: { kind: 'cut_json' } });
    expect((await askMeta(xano, rows)).body).toBeUndefined();
  });
});

describe('a fault in the transfer of an answer', () => {
  it('resets the connection', async () => {
    const xano = await localOffice();
    xano.fail({ answer: { kind: 'reset' } });
    expect(await watch(xano, 2000)).toMatchObject({ status: null, end: 'ECONNRESET' });
  });

  it('stalls before the headers', async () => {
    const xano = await localOffice();
    xano.fail({ answer: { kind: 'stall' } });
    expect(await watch(xano, 300)).toMatchObject({ status: null, received: 0, end: 'silence' });
  });

  it('stalls in the body', async () => {
    const xano = await localOffice();
    xano.fail({ answer: { kind: 'stall_body' } });
    const seen = await watch(xano, 300);
    expect(seen).toMatchObject({ status: 200, end: 'silence', received: Math.floor(seen.declared / 2) });
  });

  it('truncates the body', async () => {
    const xano = await localOffice();
    xano.fail({ answer: { kind: 'truncate' } });
    const seen = await watch(xano, 2000);
    expect(seen).toMatchObject({ status: 200, end: 'ECONNRESET', received: Math.floor(seen.declared / 2) });
    // On a connection that would have been kept, too.
    xano.fail({ answer: { kind: 'truncate' } });
    await expect(askMeta(xano, rows)).rejects.toThrow('terminated');
  });

  it('slows the body down, and sends all of it', async () => {
    const xano = await localOffice();
    const whole = await askMeta(xano, rows);
    xano.fail({ answer: { kind: 'slow', chunk_ms: 5 } });
    const started = performance.now();
    expect((await askMeta(xano, rows)).text).toBe(whole.text);
    // Ten parts; timers may fire up to a millisecond early.
    expect(performance.now() - started).toBeGreaterThanOrEqual(40);
  });
});

describe('the requests that a fault hits', () => {
  const answer = { kind: 'status', status: 503 } as const;

  it('are those after the skipped ones, as many as requested', async () => {
    const xano = await localOffice();
    xano.fail({ path: '/content', skip: 1, times: 2, answer });
    const statuses: number[] = [];
    for (let at = 0; at < 5; at += 1) {
      statuses.push((await askMeta(xano, rows)).status);
      expect((await askMeta(xano, '/workspace')).status).toBe(200);
    }
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
  });

  it('can be all', async () => {
    const xano = await localOffice();
    xano.fail({ times: Number.POSITIVE_INFINITY, answer });
    for (let at = 0; at < 4; at += 1) expect((await askMeta(xano, rows)).status).toBe(503);
  });

  it('are chosen by path, query, method, instance and body', async () => {
    const xano = await localOffice();
    xano.fail({ path: /content\?page=2$/g, answer });
    expect((await askMeta(xano, `${rows}?page=1`)).status).toBe(200);
    expect((await askMeta(xano, `${rows}?page=2`)).status).toBe(503);
    xano.fail({ method: 'post', answer });
    expect((await askMeta(xano, rows)).status).toBe(200);
    expect((await search(xano, {})).status).toBe(503);
    xano.fail({ instance: 'account', answer });
    expect((await askMeta(xano, '/auth/me')).status).toBe(200);
    expect((await ask(xano, `${xano.account_origin}/api:meta/auth/me`)).status).toBe(503);
    xano.fail({ instance: 'x-office', body_includes: '"id|>":7', answer });
    expect((await search(xano, { search: [{ 'id|>': 6 }] })).status).toBe(200);
    expect((await search(xano, { search: [{ 'id|>': 7 }] })).status).toBe(503);
  });

  it('match a global pattern more than once', async () => {
    const xano = await localOffice();
    xano.fail({ path: /content/g, times: 3, answer });
    for (let at = 0; at < 3; at += 1) expect((await askMeta(xano, rows)).status).toBe(503);
  });

  it('receive the faults in turn where several match', async () => {
    const xano = await localOffice();
    xano.fail({ answer: { kind: 'status', status: 500 } });
    xano.fail({ answer: { kind: 'status', status: 502 } });
    const statuses = [(await askMeta(xano, rows)).status, (await askMeta(xano, rows)).status];
    expect(statuses).toEqual([500, 502]);
  });

  it('still spend the rate limit only when they are truly answered', async () => {
    const xano = await localOffice({ rate_limit: { requests: 1, per_ms: 1000 }, now: () => 0 });
    xano.fail({ answer });
    expect((await askMeta(xano, rows)).status).toBe(503);
    expect(idsIn(await askMeta(xano, rows))).toHaveLength(5);
    expect((await askMeta(xano, rows)).status).toBe(429);
  });
});
