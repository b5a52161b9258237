import { describe, expect, it } from 'vitest';
import { LOCAL_SCOPES, type LocalScope } from '../../../src/sandbox/api/tokens.js';
import { localXano } from '../../fixtures/local-xano.js';
import { keys, officeOf, products } from '../../fixtures/office.js';
import { ask, askMeta, localOffice } from '../asking.js';

const START = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

const unauthorized = (message: string) => ({ code: 'ERROR_CODE_UNAUTHORIZED', message, payload: '' });
const DENIED = { code: 'ERROR_CODE_ACCESS_DENIED', message: '', payload: '' };

/** The claims in a token's middle segment. */
function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

describe('access tokens', () => {
  it('expire after seven days, to the millisecond', async () => {
    let now = START;
    const xano = await localOffice({ now: () => now });
    now = START + 7 * DAY_MS - 1;
    expect((await askMeta(xano, '/auth/me')).status).toBe(200);
    now += 1;
    for (const address of [
      `${xano.account_origin}/api:meta/instance`,
      `${xano.instances[0]!.meta_api}/workspace`,
    ]) {
      const answered = await ask(xano, address);
      expect(answered).toMatchObject({ status: 401, body: unauthorized('This token is expired.') });
    }
  });

  it('can expire sooner or never', async () => {
    let now = START;
    const xano = await localOffice({ now: () => now });
    const hour = xano.issueToken({ expires_at: START + 3_600_000 });
    const never = xano.issueToken({ expires_at: null });
    now = START + 3_600_000;
    expect((await askMeta(xano, '/auth/me', { token: hour })).status).toBe(401);
    now = START + 3_650 * DAY_MS;
    expect((await askMeta(xano, '/auth/me', { token: never })).status).toBe(200);
  });

  it('are distinct JWTs of audience xano:meta with their expiry in seconds', async () => {
    const xano = await localOffice({ now: () => START });
    expect(xano.token.split('.')).toHaveLength(3);
    expect(claimsOf(xano.token)).toMatchObject({ aud: 'xano:meta', exp: (START + 7 * DAY_MS) / 1000 });
    expect(claimsOf(xano.issueToken({ expires_at: null }))).not.toHaveProperty('exp');
    expect(xano.issueToken()).not.toBe(xano.issueToken());
  });

  it('may be opaque', async () => {
    const xano = await localOffice();
    const token = xano.issueToken({ opaque: true });
    expect(token.split('.')).toHaveLength(5);
    expect(() => claimsOf(token)).toThrow();
    expect((await askMeta(xano, '/workspace', { token })).status).toBe(200);
  });

  it('are refused once revoked, and leave the others alone', async () => {
    const xano = await localOffice();
    const other = xano.issueToken();
    xano.revoke(xano.token);
    expect(await askMeta(xano, '/workspace')).toMatchObject({
      status: 401,
      body: unauthorized('Invalid token'),
    });
    expect((await askMeta(xano, '/workspace', { token: other })).status).toBe(200);
  });

  it('of one instance list all instances but open only theirs', async () => {
    const second = { ...officeOf(products(), keys()), name: 'x-second' };
    const xano = await localXano({ instances: [officeOf(products(), keys()), second] });
    const token = xano.issueToken({ instance: 'x-second' });
    const listed = await ask(xano, `${xano.account_origin}/api:meta/instance`, { token });
    expect(listed.body.map(({ name }: { name: string }) => name)).toEqual(['x-office', 'x-second']);
    expect(await askMeta(xano, '/workspace', { token })).toMatchObject({
      status: 401,
      body: unauthorized('Invalid token'),
    });
    expect((await ask(xano, `${xano.instances[1]!.meta_api}/workspace`, { token })).status).toBe(200);
  });

  it.each(['Basic TOKEN', 'TOKEN', 'Bearer', 'Bearer  ', 'Bearer TOKEN extra'])(
    'are not taken from the header %j',
    async (form) => {
      const xano = await localOffice();
      const authorization = form.replace('TOKEN', xano.token);
      const answered = await askMeta(xano, '/workspace', { token: null, headers: { authorization } });
      expect(answered).toMatchObject({
        status: 401,
        body: unauthorized('Unauthorized - Authentication Required'),
      });
    },
  );

  it('are not taken from the query', async () => {
    const xano = await localOffice();
    const answered = await askMeta(xano, `/workspace?access_token=${xano.token}`, { token: null });
    expect(answered.status).toBe(401);
  });
});

const CALLS: readonly (readonly [scopes: readonly LocalScope[], method: string, path: string])[] = [
  [[], 'GET', '/auth/me'],
  [[], 'GET', '/workspace'],
  [['instance:workspace'], 'GET', '/workspace/3'],
  [['instance:workspace'], 'GET', '/workspace/3/branch'],
  [['instance:workspace'], 'GET', '/workspace/3/datasource'],
  [['instance:workspace'], 'GET', '/workspace/3/openapi'],
  [[], 'GET', '/workspace/3/table'],
  [[], 'GET', '/workspace/3/table/41'],
  [['workspace:database'], 'GET', '/workspace/3/table/41/schema'],
  [['workspace:database'], 'GET', '/workspace/3/table/41/schema/id'],
  [['workspace:database'], 'GET', '/workspace/3/table/41/index'],
  [['workspace:content', 'workspace:live_data_source'], 'GET', '/workspace/3/table/41/content'],
  [['workspace:content', 'workspace:live_data_source'], 'GET', '/workspace/3/table/41/content/7'],
  [['workspace:content', 'workspace:live_data_source'], 'POST', '/workspace/3/table/41/content/search'],
  [[], 'GET', '/workspace/3/apigroup'],
  [['workspace:requesthistory'], 'GET', '/workspace/3/request_history'],
];

describe('scopes', () => {
  it.each(CALLS)(
    'open endpoints, which are denied without any of them: %j %s %s',
    async (scopes, method, path) => {
      const xano = await localOffice();
      const enough = await askMeta(xano, path, { method, token: xano.issueToken({ scopes }) });
      expect(enough.status).toBe(200);
      for (const missing of scopes) {
        const token = xano.issueToken({ scopes: LOCAL_SCOPES.filter((scope) => scope !== missing) });
        expect(await askMeta(xano, path, { method, token })).toMatchObject({ status: 403, body: DENIED });
      }
    },
  );

  it('are checked before any lookup, so that 403 reveals nothing', async () => {
    const xano = await localOffice();
    const token = xano.issueToken({ scopes: [] });
    expect((await askMeta(xano, '/workspace/99/table/99/content', { token })).status).toBe(403);
  });

  it('without Database leave schema and index out of tables', async () => {
    const xano = await localOffice();
    const token = xano.issueToken({ scopes: ['workspace:content'] });
    const list = await askMeta(xano, '/workspace/3/table', { token });
    const one = await askMeta(xano, '/workspace/3/table/41', { token });
    for (const table of [...list.body.items, one.body]) {
      expect(table).toHaveProperty('name');
      expect(table).not.toHaveProperty('schema');
      expect(table).not.toHaveProperty('index');
    }
  });

  it('of the live data source are not needed for another', async () => {
    const xano = await localOffice();
    const token = xano.issueToken({ scopes: ['workspace:content'] });
    const path = '/workspace/3/table/41/content';
    expect((await askMeta(xano, path, { token })).status).toBe(403);
    expect((await askMeta(xano, path, { token, headers: { 'x-data-source': 'live' } })).status).toBe(403);
    expect((await askMeta(xano, path, { token, headers: { 'x-data-source': 'test' } })).status).toBe(200);
  });

  it('are required for lists where older specifications hold', async () => {
    const xano = await localOffice({ strict_lists: true });
    const token = xano.issueToken({ scopes: ['workspace:content'] });
    for (const path of ['/workspace/3/table', '/workspace/3/table/41', '/workspace/3/apigroup']) {
      expect(await askMeta(xano, path, { token })).toMatchObject({ status: 403, body: DENIED });
      expect((await askMeta(xano, path)).status).toBe(200);
    }
  });
});
