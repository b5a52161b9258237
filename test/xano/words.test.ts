import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.js';
import type { Auth } from '../../src/rest/config/auth.js';
import { createHttp } from '../../src/rest/http/client.js';
import { describeXano, interpretRefusal } from '../../src/xano/conventions.js';
import { fakeClock } from '../fixtures/clock.js';
import { rejectionOf } from '../rest/decode/reading.js';
import { get } from '../rest/http/sending.js';
import { serve } from '../rest/http/serving.js';

const bearer = (env: string): Auth => ({ type: 'bearer', token: { env } });

/** What is said of a refusal at a path of a server, as the command line asks. */
async function refusal(path: string, auth: Auth, status: number, body: object | string = {}) {
  const server = await serve(() => ({ status, headers: { 'retry-after': '0' }, body }));
  const http = createHttp({
    user_agent: 't',
    find_secret: () => ({ value: 'S3CR3T-token', source: 'the test', expires_at: null }),
    clock: fakeClock(),
    interpret: interpretRefusal,
    describe: describeXano,
  });
  const error = await rejectionOf(http.send(get(`${server.origin}${path}`), auth, () => undefined));
  const host = new URL(server.origin).host;
  return {
    code: error.code,
    message: error.message.replaceAll(host, 'HOST'),
    hint: error.hint.replaceAll(host, 'HOST'),
  };
}

const basic: Auth = { type: 'basic', username: { env: 'USER_NAME' }, password: { env: 'PASSWORD' } };
const key: Auth = { type: 'api_key', name: 'X-Key', in: 'header', key: { env: 'SHOP_KEY' } };

describe('an error about another API', () => {
  it.each<[string, Auth, number, object, ErrorCode, string, string]>([
    [
      'a token',
      bearer('SHOP_TOKEN'),
      401,
      {},
      'TOKEN_REJECTED',
      'HOST does not accept the token from SHOP_TOKEN (GET /v1/c).',
      'Check SHOP_TOKEN, and whether `auth` in the endpoint config is what HOST expects.',
    ],
    [
      'a token that has expired',
      bearer('SHOP_TOKEN'),
      401,
      { message: 'Token expired' },
      'TOKEN_EXPIRED',
      'HOST says that the token from SHOP_TOKEN has expired: Token expired (GET /v1/c).',
      'Renew the token in SHOP_TOKEN, then run again.',
    ],
    [
      'a key',
      key,
      403,
      {},
      'SCOPE_MISSING',
      'HOST does not allow this with the key from SHOP_KEY (GET /v1/c).',
      'Give the key in SHOP_KEY the right to read this list, or remove the list.',
    ],
    [
      'a password',
      basic,
      401,
      {},
      'TOKEN_REJECTED',
      'HOST does not accept the user name and password from USER_NAME and PASSWORD (GET /v1/c).',
      'Check USER_NAME and PASSWORD, and whether `auth` in the endpoint config is what HOST expects.',
    ],
    [
      'nothing',
      { type: 'none' },
      401,
      {},
      'TOKEN_REJECTED',
      'HOST requires a login, and this request has none (GET /v1/c).',
      'Add `auth` to this endpoint config.',
    ],
    [
      'too many requests',
      bearer('SHOP_TOKEN'),
      429,
      {},
      'RATE_LIMITED',
      'HOST kept refusing requests because of its rate limit.',
      'Wait a minute and run again, or ask for larger pages with --page-size.',
    ],
  ])(
    'names it by its host, and its credential by its variable: %s',
    async (_, auth, status, body, code, message, hint) => {
      const said = await refusal('/v1/c', auth, status, body);
      expect(said).toEqual({ code, message, hint });
      expect(JSON.stringify(said)).not.toContain('Xano');
    },
  );
});

describe('an error about Xano', () => {
  it('names it, and the page that makes access tokens', async () => {
    expect(await refusal('/api:meta/instance', bearer('XANO_TOKEN'), 401)).toEqual({
      code: 'TOKEN_REJECTED',
      message: 'Xano does not accept the token (GET /api:meta/instance).',
      hint: 'Copy the whole token again, or make a new one in Xano (Instances → Metadata API → Access Tokens).',
    });
  });

  it('names the authToken of an API group, and not the access token', async () => {
    expect(await refusal('/api:Bbi3Wu6V/users', bearer('XANO_API_TOKEN'), 401)).toEqual({
      code: 'TOKEN_REJECTED',
      message: 'Xano does not accept the authToken from XANO_API_TOKEN (GET /api:Bbi3Wu6V/users).',
      hint: 'Log in with auth/login of that API group, and put the authToken it gives into XANO_API_TOKEN.',
    });
  });

  it.each([
    ['https://x8ki.n7.xano.io/x', true],
    ['https://app.xano.com/api:meta/instance', true],
    ['https://shop.example.com/api:abc/users', true],
    ['https://xano.io.example.com/users', false],
    ['https://notxano.com/users', false],
    ['https://api.example.com/api/users', false],
  ])('is recognised by the address: %s', (url, isXano) => {
    expect(describeXano(new URL(url), { type: 'none' }) !== undefined).toBe(isXano);
  });
});
