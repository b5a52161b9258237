/** Lists that ask for a login, loaded by configs that log in themselves. */
import { describe, expect, it } from 'vitest';
import type { Auth } from '../../../src/rest/config/auth.js';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import type { FindSecret } from '../../../src/rest/config/secret-ref.js';
import { createHttp } from '../../../src/rest/http/client.js';
import { SHOP_PASSWORD } from '../../../src/sandbox/data/shop-rows.js';
import type { LocalXano, LocalXanoOptions } from '../../../src/sandbox/server.js';
import { describeXano, interpretRefusal } from '../../../src/xano/conventions.js';
import { fakeClock, NOON } from '../../fixtures/clock.js';
import { clientOf, localXano } from '../../fixtures/local-xano.js';
import { configsOf, eventsOf, loadInto, temporaryFile, values } from '../loading.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A local Xano, its list of users behind a login, in pages of a hundred, and a client that knows whom to log
 * in.
 */
async function office(options: LocalXanoOptions = {}, password = SHOP_PASSWORD) {
  const xano = await localXano(options);
  const base_url = `${xano.instances[0]!.origin}/api:Bbi3Wu6V`;
  const auth: Auth = {
    type: 'login',
    url: `${base_url}/auth/login`,
    body: { email: { env: 'EMAIL' }, password: { env: 'PASSWORD' } },
    token_path: 'authToken',
  };
  const [users] = parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: 'users',
        base_url,
        path: '/users',
        method: 'GET',
        data_selector: 'items',
        primary_key: ['id'],
        pagination: {
          type: 'page_number',
          in: 'query',
          page_param: 'page',
          base_page: 1,
          page_size_param: 'per_page',
          page_size: 100,
          next_page_path: 'nextPage',
        },
        auth,
      },
    ],
  }) as [EndpointConfig];
  const secrets: Record<string, string> = {
    EMAIL: 'ada@example.com',
    PASSWORD: password,
    XANO_TOKEN: xano.token,
  };
  const find_secret: FindSecret = (ref) => {
    const value = 'env' in ref ? secrets[ref.env] : undefined;
    return value === undefined ? undefined : { value, source: 'the test', expires_at: null };
  };
  const http = createHttp({
    user_agent: 't',
    find_secret,
    clock: fakeClock(),
    interpret: interpretRefusal,
    describe: describeXano,
  });
  return { xano, users, http };
}

const logins = (xano: LocalXano) => xano.requests.filter(({ path }) => path.endsWith('/auth/login')).length;
const ids = (file: string) => values(file, 'SELECT id FROM xano_data.users ORDER BY id');

describe('a list behind a login', () => {
  it('is loaded with one login for all of its pages', async () => {
    const { xano, users, http } = await office();
    const file = temporaryFile();
    const result = await loadInto([users], file, { http });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', rows_written: 500 });
    expect(await ids(file)).toHaveLength(500);
    expect([logins(xano), result.onlyTable.requests]).toEqual([1, xano.requests.length]);
  });

  it('is loaded with a second login where the first expires in the middle', async () => {
    let time = NOON;
    const { xano, users, http } = await office({ now: () => time });
    const over = (body: string): string => {
      time += DAY_MS;
      return body;
    };
    xano.fail({ path: '/users', skip: 2, answer: { kind: 'rewrite', rewrite: over } });
    const file = temporaryFile();
    const result = await loadInto([users], file, { http });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', rows_written: 500, rows_read: 500 });
    expect(await ids(file)).toHaveLength(500);
    expect(logins(xano)).toBe(2);
    expect(eventsOf(result, 'waiting').map(({ kind, reason }) => [kind, reason])).toEqual([
      ['token', 'the server refused the token, and its source now holds another one'],
    ]);
  });

  it('that soon rejects each login ends in TOKEN_EXPIRED after a second one', async () => {
    let time = NOON;
    const { xano, users, http } = await office({ now: () => time });
    const over = (body: string): string => {
      time += DAY_MS;
      return body;
    };
    xano.fail({
      path: '/auth/login',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'rewrite', rewrite: over },
    });
    const result = await loadInto([users], temporaryFile(), { http });
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      error: {
        code: 'TOKEN_EXPIRED',
        message: 'The token has expired: This token is expired (GET /api:Bbi3Wu6V/users).',
      },
    });
    expect(logins(xano)).toBe(2);
  });

  it('with a wrong password is TOKEN_REJECTED, and lists with another token are loaded', async () => {
    const { xano, users, http } = await office({}, 'not.the-pässword');
    const [tables] = await configsOf(xano, ['categories']);
    const file = temporaryFile();
    const result = await loadInto([users, { ...users, name: 'more', params: { a: '1' } }, tables!], file, {
      http,
      concurrency: 1,
    });
    const url = `${xano.instances[0]!.origin}/api:Bbi3Wu6V/auth/login`;
    const message = `No token from ${url}, which answered with status 403: Invalid Credentials.`;
    expect(
      result.report.resources.map(({ resource, status, error }) => [resource, status, error?.message]),
    ).toEqual([
      ['users', 'failed', message],
      ['more', 'skipped', 'Not requested, because the server refused the login that it shares with "users".'],
      ['categories', 'loaded', undefined],
    ]);
    expect(JSON.stringify(result)).not.toContain('pässword');
  });

  it('rejects a Metadata token', async () => {
    const { xano, users } = await office();
    const bearer: EndpointConfig = { ...users, auth: { type: 'bearer', token: { env: 'XANO_TOKEN' } } };
    const result = await loadInto([bearer], temporaryFile(), { http: clientOf(xano) });
    expect(result.onlyTable.error?.code).toBe('TOKEN_REJECTED');
  });
});
