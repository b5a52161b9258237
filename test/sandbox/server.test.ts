import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { shopInstances } from '../../src/sandbox/data/shop.js';
import { startLocalXano } from '../../src/sandbox/server.js';
import { localXano } from '../fixtures/local-xano.js';
import { keys, officeOf, products } from '../fixtures/office.js';
import { ask, askMeta, localOffice, search } from './asking.js';

describe('a local Xano', () => {
  it('has an origin for the account and one for each instance, on loopback', async () => {
    const xano = await localXano({ instances: shopInstances() });
    const origins = [xano.account_origin, ...xano.instances.map(({ origin }) => origin)];
    expect(new Set(origins).size).toBe(3);
    for (const origin of origins) expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const listed = (await ask(xano, `${xano.account_origin}/api:meta/instance`)).body;
    expect(listed.map(({ meta_api }: { meta_api: string }) => meta_api)).toEqual(
      xano.instances.map(({ meta_api }) => meta_api),
    );
  });

  it('takes the ports it is given, and says when one is taken', async () => {
    const xano = await localOffice();
    const port = Number(new URL(xano.account_origin).port);
    await expect(startLocalXano({ instances: [], port })).rejects.toThrow(/EADDRINUSE/);
    const instances = [{ ...officeOf(products(), keys()), port }];
    await expect(startLocalXano({ instances })).rejects.toThrow(/EADDRINUSE/);
    await xano.close();
    const again = await localXano({ instances });
    expect(again.instances[0]!.origin).toBe(`http://127.0.0.1:${port}`);
  });

  it('closes at once, whatever is stalled', async () => {
    const xano = await startLocalXano({ instances: [officeOf(products(), keys())] });
    xano.fail({ answer: { kind: 'stall' } });
    const headers = { authorization: `Bearer ${xano.token}` };
    const stalled = new Promise((resolve) => {
      httpRequest(`${xano.instances[0]!.meta_api}/workspace`, { headers }).on('error', resolve).end();
    });
    await expect.poll(() => xano.requests.length).toBe(1);
    await xano.close();
    expect(await stalled).toMatchObject({ code: 'ECONNRESET' });
    await expect(fetch(xano.account_origin)).rejects.toThrow();
  });

  it('keeps every request, without its token', async () => {
    const xano = await localOffice({ now: () => 1_767_225_600_000 });
    await askMeta(xano, '/workspace/3/table/41/content?page=1&per_page=2', {
      headers: { 'X-Data-Source': 'test' },
    });
    await search(xano, { search: [{ 'id|>': 1 }] });
    await askMeta(xano, '/workspace', { token: 'wrong' });
    await askMeta(xano, '/workspace', { token: null });
    expect(xano.requests).toMatchObject([
      {
        method: 'GET',
        origin: xano.instances[0]!.origin,
        instance: 'x-office',
        path: '/api:meta/workspace/3/table/41/content',
        query: { page: '1', per_page: '2' },
        body: null,
        headers: { authorization: '[redacted]', 'x-data-source': 'test' },
        at: 1_767_225_600_000,
        status: 200,
        authorized: true,
      },
      { method: 'POST', body: { search: [{ 'id|>': 1 }] }, status: 200 },
      { status: 401, authorized: false, headers: { authorization: '[redacted]' } },
      { status: 401, authorized: false },
    ]);
    expect(xano.requests[3]!.headers).not.toHaveProperty('authorization');
    expect(JSON.stringify(xano.requests)).not.toContain(xano.token);
    xano.clearRequests();
    expect(xano.requests).toEqual([]);
  });

  it('answers 500 where its data is faulty, and continues', async () => {
    const xano = await localOffice();
    const bad = { ...shopInstances()[0]!.workspaces[0]!, tables: [] };
    const broken = await localXano({ instances: [{ ...officeOf(products(), keys()), workspaces: [bad] }] });
    const url = `${broken.instances[0]!.origin}/api:Lh0JwImX/products`;
    expect(await ask(broken, url)).toMatchObject({ status: 500, body: { code: 'ERROR_FATAL' } });
    expect((await askMeta(broken, '/workspace')).status).toBe(200);
    expect((await askMeta(xano, '/workspace')).status).toBe(200);
  });

  it('decodes addresses, and survives undecodable ones', async () => {
    const xano = await localOffice();
    const { origin } = xano.instances[0]!;
    expect((await ask(xano, `${origin}/api%3Ameta/workspace`)).status).toBe(200);
    expect((await ask(xano, `${origin}/api:meta/%E0%A4%A`)).status).toBe(404);
    expect((await ask(xano, `${origin}/`)).status).toBe(404);
    expect((await ask(xano, `${origin}/api:meta/workspace/`)).status).toBe(404);
  });
});

describe('the request history', () => {
  it('lists the workspace’s own Metadata calls, newest first, with PHP’s empty input', async () => {
    const xano = await localOffice();
    await askMeta(xano, '/workspace');
    await askMeta(xano, '/workspace/3/table');
    await askMeta(xano, '/workspace/3/table/41/content?page=1');
    const { body } = await askMeta(xano, '/workspace/3/request_history');
    expect(Object.keys(body)).toEqual(['curPage', 'nextPage', 'prevPage', 'items']);
    expect(body.items).toMatchObject([
      { id: 2, verb: 'GET', input: { page: '1' }, status: 200, workspace_id: 3 },
      { id: 1, verb: 'GET', input: [], status: 200 },
    ]);
    expect(JSON.stringify(body)).not.toContain(xano.token);
  });

  it('has pages of at most 500', async () => {
    const xano = await localOffice();
    expect((await askMeta(xano, '/workspace/3/request_history?per_page=500')).status).toBe(200);
    expect((await askMeta(xano, '/workspace/3/request_history?per_page=501')).status).toBe(400);
  });
});
