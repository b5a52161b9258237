/** Credentials of every kind, over real HTTP: what is sent, what is renewed, and what is never shown. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Auth } from '../../../../src/rest/config/auth.js';
import type { FindSecret } from '../../../../src/rest/config/secret-ref.js';
import { readRecords } from '../../../../src/rest/decode/records.js';
import { assertToken, secretRefs } from '../../../../src/rest/http/auth/secrets.js';
import { createHttp } from '../../../../src/rest/http/client.js';
import type { HttpOptions } from '../../../../src/rest/http/client-state.js';
import type { Wait } from '../../../../src/rest/http/messages.js';
import { fakeClock } from '../../../fixtures/clock.js';
import { rejectionOf, thrownBy } from '../../decode/reading.js';
import { everything, get } from '../sending.js';
import { type Received, type Reply, serve } from '../serving.js';

/** Each of them is found easily where it should not be, whole or in pieces. */
const SECRETS: Record<string, string> = {
  TOKEN: 'tok.S3CR3T-1',
  KEY: 'key&S3CR3T+2=',
  USER: 'ann S3CR3T-3',
  PASSWORD: 'pässw"rd:S3CR3T-4%',
  VALUE: 'Token S3CR3T-5',
  ID: 'id S3CR3T-6',
  SECRET: 'sec:ret&S3CR3T-7',
  EMAIL: 'S3CR3T-8@x.io',
};

const holding =
  (secrets: Record<string, string | undefined>): FindSecret =>
  (ref) => {
    const value = 'env' in ref ? secrets[ref.env] : undefined;
    return value === undefined ? undefined : { value, source: 'env' in ref ? ref.env : '', expires_at: null };
  };

function client(more: Partial<HttpOptions> = {}) {
  const clock = fakeClock();
  const waits: Wait[] = [];
  const traffic = { requests: 0, bytes: 0 };
  const http = createHttp({ user_agent: 't', find_secret: holding(SECRETS), clock, ...more });
  return {
    clock,
    waits,
    traffic,
    send: (url: string, auth: Auth, params: Record<string, string> = {}) =>
      http.send(get(url, { params }), auth, ({ body }) => Buffer.from(body).toString('utf8'), {
        traffic,
        on_wait: (wait) => waits.push(wait),
      }),
  };
}

const bearer: Auth = { type: 'bearer', token: { env: 'TOKEN' } };
const basic: Auth = { type: 'basic', username: { env: 'USER' }, password: { env: 'PASSWORD' } };
const queryKey: Auth = { type: 'api_key', name: 'api_key', in: 'query', key: { env: 'KEY' } };
const oauth = (token_url: string, more: Partial<Extract<Auth, { token_url: string }>> = {}) => ({
  type: 'oauth2_client_credentials' as const,
  token_url,
  client_id: { env: 'ID' },
  client_secret: { env: 'SECRET' },
  params: {},
  credentials_in: 'form' as const,
  ...more,
});
const login = (url: string, token_path = 'authToken') => ({
  type: 'login' as const,
  url,
  body: { email: { env: 'EMAIL' }, password: { env: 'PASSWORD' } },
  token_path,
});

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');
const wasSent = ({ method, url, headers, body }: Received) => ({
  method,
  url,
  authorization: headers.authorization,
  body,
});

describe('a request with static credentials', () => {
  it.each<[string, Auth, object]>([
    ['none', { type: 'none' }, { url: '/a?x=1', headers: {} }],
    ['bearer', bearer, { url: '/a?x=1', headers: { authorization: 'Bearer tok.S3CR3T-1' } }],
    [
      'api_key in a header',
      { type: 'api_key', name: 'X-Api-Key', in: 'header', key: { env: 'KEY' } },
      { url: '/a?x=1', headers: { 'x-api-key': SECRETS['KEY'] } },
    ],
    ['api_key in the query', queryKey, { url: '/a?x=1&api_key=key%26S3CR3T%2B2%3D', headers: {} }],
    [
      'basic',
      basic,
      {
        url: '/a?x=1',
        headers: { authorization: `Basic ${base64(`${SECRETS['USER']}:${SECRETS['PASSWORD']}`)}` },
      },
    ],
    [
      'custom_header',
      { type: 'custom_header', name: 'X-Auth', value: { env: 'VALUE' } },
      { url: '/a?x=1', headers: { 'x-auth': 'Token S3CR3T-5' } },
    ],
  ])('carries its credentials: %s', async (_, auth, sent) => {
    const server = await serve([{ body: 'ok' }]);
    expect(await client().send(`${server.origin}/a`, auth, { x: '1' })).toBe('ok');
    expect(server.received[0]).toMatchObject(sent);
    const { authorization } = server.received[0]!.headers;
    expect(authorization === undefined).toBe(!['bearer', 'basic'].includes(auth.type));
  });

  it.each<[Auth, string, string]>([
    [bearer, 'No token in the environment variable TOKEN.', 'Set TOKEN.'],
    [
      { type: 'bearer', token: { profile: 'work' } },
      'No token in the profile "work".',
      'Run `xano auth login --profile work`.',
    ],
    [queryKey, 'No key in the environment variable KEY.', 'Set KEY.'],
    [basic, 'No user name in the environment variable USER.', 'Set USER.'],
    [oauth('https://x/'), 'No client id in the environment variable ID.', 'Set ID.'],
    [login('https://x/'), 'No email in the environment variable EMAIL.', 'Set EMAIL.'],
  ])('is not sent without them: %j', async (auth, message, hint) => {
    const server = await serve([]);
    const error = await rejectionOf(client({ find_secret: () => undefined }).send(server.origin, auth));
    expect([error.code, error.message, error.hint]).toEqual(['TOKEN_MISSING', message, hint]);
    expect(server.received).toEqual([]);
  });

  it.each<[Auth, string]>([
    [bearer, 'TOKEN'],
    [{ type: 'api_key', name: 'k', in: 'header', key: { env: 'KEY' } }, 'KEY'],
    [{ type: 'custom_header', name: 'k', value: { env: 'VALUE' } }, 'VALUE'],
  ])('is not sent with a value that no header can hold, which is not shown: %j', async (auth, name) => {
    const server = await serve([]);
    for (const value of ['', 'S3CR3T\n', ' S3CR3T', 'S3CR3T\r\nX-Evil: 1', 'S3CR3Té', '\0S3CR3T']) {
      const error = await rejectionOf(
        client({ find_secret: holding({ [name]: value }) }).send(server.origin, auth),
      );
      expect([value, error.code]).toEqual([value, value === '' ? 'TOKEN_MISSING' : 'TOKEN_REJECTED']);
      expect(everything(error)).not.toContain('S3CR3T');
    }
    expect(server.received).toEqual([]);
  });

  it('lists the places of all of its secrets', () => {
    expect([{ type: 'none' } as const, bearer, basic, queryKey].map(secretRefs)).toEqual([
      [],
      [{ env: 'TOKEN' }],
      [{ env: 'USER' }, { env: 'PASSWORD' }],
      [{ env: 'KEY' }],
    ]);
    expect([oauth('https://x'), login('https://x')].map(secretRefs)).toEqual([
      [{ env: 'ID' }, { env: 'SECRET' }],
      [{ env: 'EMAIL' }, { env: 'PASSWORD' }],
    ]);
  });
});

describe('a fetched token', () => {
  /**
   * A server that gives tokens T1, T2, … at /token, each good until the next, and needs the last one
   * everywhere else.
   */
  async function issuing(
    answer: (token: string) => Reply = (token) => ({ body: { access_token: token, authToken: token } }),
  ) {
    let issued = 0;
    let valid = '';
    const server = await serve(({ url, headers }) => {
      if (url.startsWith('/token')) {
        valid = `T${++issued}`;
        return answer(valid);
      }
      return headers.authorization === `Bearer ${valid}`
        ? { body: 'ok' }
        : { status: 401, body: { message: `no ${headers.authorization}` } };
    });
    const revoke = (): void => {
      valid = 'none';
    };
    return { ...server, revoke, at: `${server.origin}/token?v=1` };
  }

  it.each<[string, (url: string) => Auth, object]>([
    [
      'in a form',
      (url) => oauth(url, { scope: 'read all', params: { audience: 'a&b' } }),
      {
        type: 'application/x-www-form-urlencoded',
        authorization: undefined,
        body: 'audience=a%26b&grant_type=client_credentials&scope=read+all&client_id=id+S3CR3T-6&client_secret=sec%3Aret%26S3CR3T-7',
      },
    ],
    [
      'in the header of Basic',
      (url) => oauth(url, { credentials_in: 'basic' }),
      {
        type: 'application/x-www-form-urlencoded',
        authorization: `Basic ${base64('id+S3CR3T-6:sec%3Aret%26S3CR3T-7')}`,
        body: 'grant_type=client_credentials',
      },
    ],
    [
      'by a login',
      (url) => login(url, 'data.token'),
      {
        type: 'application/json',
        authorization: undefined,
        body: { email: SECRETS['EMAIL'], password: SECRETS['PASSWORD'] },
      },
    ],
  ])(
    'is fetched once for all requests, with its secrets %s, and sent as a bearer token',
    async (_, auth, asked) => {
      const server = await serve(({ method, url }) =>
        method === 'POST'
          ? { body: { access_token: 'T1', token_type: 'Bearer', data: { token: 'Bearer T1' } } }
          : { body: url },
      );
      const { send, traffic } = client();
      const given = auth(`${server.origin}/token?v=1`);
      const urls = ['/a', '/b', '/c'];
      expect(await Promise.all(urls.map((url) => send(`${server.origin}${url}`, given)))).toEqual(urls);
      expect(await send(`${server.origin}/d`, given)).toBe('/d');
      const [first, ...rest] = server.received;
      expect({
        method: first!.method,
        url: first!.url,
        type: first!.headers['content-type'],
        authorization: first!.headers.authorization,
        body: first!.body,
      }).toEqual({ method: 'POST', url: '/token?v=1', ...asked });
      expect(rest.map(wasSent)).toEqual(
        [...urls, '/d'].map((url) => ({ method: 'GET', url, authorization: 'Bearer T1', body: undefined })),
      );
      expect(traffic.requests).toBe(5);
    },
  );

  it('is separate for each client, scope and address', async () => {
    const server = await issuing();
    const { send } = client();
    const auths = [
      oauth(server.at),
      oauth(server.at, { scope: 'b' }),
      oauth(server.at, { client_id: { env: 'USER' } }),
      oauth(`${server.at}2`),
      login(server.at),
    ];
    for (const auth of auths) await send(server.origin, auth);
    expect(server.received.filter(({ method }) => method === 'POST')).toHaveLength(5);
  });

  it.each([
    [3600, 60_000],
    ['3600', 60_000],
    [100, 10_000],
  ])('is renewed before it expires, which is in %j seconds', async (expires_in, margin_ms) => {
    const server = await issuing((token) => ({ body: { access_token: token, expires_in } }));
    const { send, clock, waits } = client();
    const auth = oauth(server.at);
    const tokens = () => server.received.filter(({ method }) => method === 'POST').length;
    await send(server.origin, auth);
    await clock.sleep(Number(expires_in) * 1000 - margin_ms - 1);
    await send(server.origin, auth);
    expect(tokens()).toBe(1);
    await clock.sleep(1);
    await Promise.all([send(server.origin, auth), send(server.origin, auth)]);
    expect([tokens(), waits]).toEqual([2, []]);
  });

  it.each(['soon', null, -1, 0])(
    'is kept until it is refused where its expiry makes no sense: %j',
    async (expires_in) => {
      const server = await issuing((token) => ({ body: { access_token: token, expires_in } }));
      const { send, clock } = client();
      await send(server.origin, oauth(server.at));
      await clock.sleep(10 ** 9);
      await send(server.origin, oauth(server.at));
      expect(server.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
    },
  );

  it.each([oauth, login])('is renewed once when it is refused to many requests', async (auth) => {
    const server = await issuing();
    const { send, waits } = client();
    await send(server.origin, auth(server.at));
    server.revoke();
    const all = ['/a', '/b', '/c'].map((url) => send(`${server.origin}${url}`, auth(server.at)));
    expect(await Promise.all(all)).toEqual(['ok', 'ok', 'ok']);
    expect(server.received.filter(({ method }) => method === 'POST')).toHaveLength(2);
    const reason = 'the server refused the token, and its source now holds another one';
    expect(waits).toEqual([1, 2, 3].map(() => ({ kind: 'token', wait_ms: 0, reason })));
  });

  it('that is refused again after that is TOKEN_REJECTED', async () => {
    const server = await serve(({ method }, n) =>
      method === 'POST' ? { body: { authToken: `S3CR3T-${n}` } } : { status: 401, body: { message: 'no' } },
    );
    const error = await rejectionOf(client().send(`${server.origin}/a`, login(`${server.origin}/token`)));
    expect([error.code, error.message]).toEqual([
      'TOKEN_REJECTED',
      `${new URL(server.origin).host} does not accept the token of the login from EMAIL and PASSWORD: no (GET /a).`,
    ]);
    expect(server.received.map(({ url }) => url)).toEqual(['/token', '/a', '/token', '/a']);
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('is fetched with other secrets where the first are refused and their source has others', async () => {
    const server = await serve(({ method, body }) => {
      if (method === 'GET') return { body: 'ok' };
      return (body as { password: string }).password === 'new'
        ? { body: { authToken: 'T' } }
        : { status: 403, body: '' };
    });
    const find_secret: FindSecret = (_, { fresh = false } = {}) => ({
      value: fresh ? 'new' : 'old',
      source: 'the test',
      expires_at: null,
    });
    expect(await client({ find_secret }).send(server.origin, login(`${server.origin}/token`))).toBe('ok');
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET']);
  });

  it.each<[string, Reply, string]>([
    [
      'status 403',
      { status: 403, body: { code: 'ERROR_CODE_ACCESS_DENIED', message: 'Invalid Credentials.' } },
      'No token from AT, which answered with status 403: Invalid Credentials.',
    ],
    [
      'status 401, in the words of RFC 6749',
      { status: 401, body: { error: 'invalid_client', error_description: 'Unknown client.' } },
      'No token from AT, which answered with status 401: Unknown client.',
    ],
    [
      'status 400',
      { status: 400, body: { error: 'invalid_scope' } },
      'No token from AT, which answered with status 400: invalid_scope.',
    ],
    ['status 404', { status: 404, body: '<html>' }, 'No token from AT, which answered with status 404.'],
    [
      'a redirect',
      { status: 307, headers: { location: 'http://127.0.0.1:9/' }, body: '' },
      'No token from AT: ORIGIN redirects /token to http://127.0.0.1:9/ (status 307): credentials are never sent to another origin.',
    ],
    [
      'an answer without it',
      { body: { token: 'x' } },
      'No token from AT: its answer has no token at "authToken".',
    ],
    [
      'an empty one',
      { body: { authToken: '' } },
      'No token from AT: its answer has no token at "authToken".',
    ],
    ['a number', { body: { authToken: 5 } }, 'No token from AT: its answer has no token at "authToken".'],
    ['a list', { body: '[]' }, 'No token from AT: its answer, of status 200, is not a JSON object.'],
    ['HTML', { body: '<html>' }, 'No token from AT: its answer, of status 200, is not a JSON object.'],
  ])(
    'that is not granted is TOKEN_REJECTED, which names address and status: %s',
    async (_, reply, message) => {
      const server = await serve(() => reply);
      const { send } = client({ attempts: 2 });
      const error = await rejectionOf(send(`${server.origin}/a`, login(`${server.origin}/token?v=1`)));
      const at = `${server.origin}/token`;
      expect({ code: error.code, message: error.message, hint: error.hint }).toEqual({
        code: 'TOKEN_REJECTED',
        message: message.replace('AT', at).replace('ORIGIN', server.origin),
        hint: 'Check its URL, and what is in EMAIL and PASSWORD.',
      });
      expect(error.request).toMatchObject({ method: 'POST', url: `${server.origin}/token?v=1` });
      expect(server.received.every(({ url }) => url.startsWith('/token'))).toBe(true);
      expect(everything(error)).not.toContain('S3CR3T');
    },
  );

  it('is fetched again after temporary faults, and after the wait that the server names', async () => {
    const server = await serve([
      { status: 500, body: '' },
      { status: 429, headers: { 'retry-after': '3' }, body: '' },
      (response) =>
        void response.writeHead(200, { 'content-length': '99' }).write('{"authTo', () => response.destroy()),
      { body: { authToken: 'T' } },
      { body: 'ok' },
    ]);
    const { send, clock, waits } = client();
    expect(await send(server.origin, login(`${server.origin}/token`))).toBe('ok');
    expect(clock.slept).toEqual([500, 3_000, 1_000]);
    expect(waits.map(({ kind }) => kind)).toEqual(['retry', 'rate_limit', 'retry']);
  });

  it.each<[string, Reply, string]>([
    ['fails', { status: 503, body: '' }, 'XANO_FAILED'],
    ['is not there', (response) => void response.socket?.destroy(), 'XANO_UNREACHABLE'],
    [
      'keeps refusing for its rate limit',
      { status: 429, headers: { 'retry-after': '1' }, body: '' },
      'RATE_LIMITED',
    ],
  ])('of a server that %s reveals none of the secrets', async (_, reply, code) => {
    const server = await serve(() => reply);
    const error = await rejectionOf(client().send(server.origin, login(`${server.origin}/token`)));
    expect(error.code).toBe(code);
    expect(error.request?.url).toBe(`${server.origin}/token`);
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('is not fetched over plain http from another computer', async () => {
    const server = await serve([]);
    const error = await rejectionOf(client().send(server.origin, login('http://example.com/login')));
    expect([error.code, server.received]).toEqual(['CONFIG_INVALID', []]);
  });
});

describe('a secret', () => {
  const everyAuth = (origin: string): [string, Auth][] => [
    ['bearer', bearer],
    ['api_key in a header', { type: 'api_key', name: 'k', in: 'header', key: { env: 'KEY' } }],
    ['api_key in the query', queryKey],
    ['basic', basic],
    ['custom_header', { type: 'custom_header', name: 'k', value: { env: 'VALUE' } }],
    ['oauth in a form', oauth(`${origin}/token`)],
    ['oauth by basic', oauth(`${origin}/token`, { credentials_in: 'basic' })],
    ['login', login(`${origin}/token`)],
  ];

  /** All that a server could repeat of a request, in one text. */
  const echo = ({ url, headers, body }: Received): string =>
    [
      url,
      decodeURIComponent(url),
      headers.authorization,
      headers['k'],
      typeof body === 'string' ? body : JSON.stringify(body),
      Buffer.from(String(headers.authorization).slice(6), 'base64').toString(),
    ].join(' ');

  it.each<[string, (received: Received) => Reply]>([
    ['status 400', (received) => ({ status: 400, body: { message: echo(received) } })],
    ['status 401', (received) => ({ status: 401, body: { message: echo(received) } })],
    ['status 403', (received) => ({ status: 403, body: { error_description: echo(received) } })],
    ['status 500', (received) => ({ status: 500, body: { error: echo(received) } })],
    ['a redirect', ({ url }) => ({ status: 302, headers: { location: url }, body: '' })],
    ['a cut connection', () => (response) => void response.socket?.resetAndDestroy()],
    [
      'an answer without end',
      (received) => ({ body: { authToken: 'T', ...received.headers, text: echo(received).repeat(50) } }),
    ],
  ])('that a server repeats is in no error, event or count: %s', async (_, reply) => {
    const server = await serve(reply);
    for (const [name, auth] of everyAuth(server.origin)) {
      const { send, waits } = client({ attempts: 2, max_body_bytes: 1_000 });
      const error = await rejectionOf(send(`${server.origin}/a`, auth, { x: '1' }));
      expect([name, everything({ error, waits })]).toEqual([name, expect.not.stringMatching(/S3CR3T/)]);
      // As base64 writes it.
      expect(everything({ error, waits })).not.toContain(base64(`${SECRETS['USER']}:`).slice(0, 12));
    }
  });

  it('that was fetched is not shown where the server repeats it', async () => {
    const server = await serve(({ method, headers }) =>
      method === 'POST'
        ? { body: { authToken: 'fetched.S3CR3T' } }
        : { status: 400, body: { message: `what is ${headers.authorization}?` } },
    );
    const error = await rejectionOf(client().send(`${server.origin}/a`, login(`${server.origin}/token`)));
    expect(error.message).toBe(
      `${new URL(server.origin).host} answered with status 400: what is Bearer …? (GET /a).`,
    );
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('in the query is in no address that is shown, and takes the place of a parameter of its name', async () => {
    const server = await serve(() => ({ status: 404, body: '' }));
    const error = await rejectionOf(client().send(`${server.origin}/a?api_key=old`, queryKey, { x: '1' }));
    expect(error.request?.url).toBe(`${server.origin}/a?api_key=old&x=1`);
    expect(server.received[0]!.url).toBe('/a?api_key=key%26S3CR3T%2B2%3D&x=1');
  });

  it('is not shown in the piece of an answer that an error keeps', async () => {
    const server = await serve(() => ({ body: '{"next":"/a?api_key=key%26S3CR3T' }));
    const http = createHttp({
      user_agent: 't',
      find_secret: holding(SECRETS),
      clock: fakeClock(),
      attempts: 1,
    });
    const error = await rejectionOf(
      http.send(get(server.origin), queryKey, ({ body }) =>
        readRecords(body, 'items', { columns: [], excluded: [] }),
      ),
    );
    expect(error.code).toBe('RESPONSE_UNEXPECTED');
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it.each(everyAuth('ORIGIN').map(([name], n) => [name, n] as const))(
    'is not sent where a redirect points: %s',
    async (_, n) => {
      const other = await serve([]);
      const server = await serve(({ url }) =>
        url === '/token'
          ? { body: { authToken: 'T', access_token: 'T' } }
          : { status: 308, headers: { location: `${other.origin}/stolen` }, body: '' },
      );
      const error = await rejectionOf(client().send(`${server.origin}/a`, everyAuth(server.origin)[n]![1]));
      expect([error.code, other.received]).toEqual(['RESPONSE_UNEXPECTED', []]);
    },
  );

  it('of a login goes to the login alone, and its token to the list alone', async () => {
    const door = await serve([{ body: { authToken: 'T' } }]);
    const server = await serve([{ body: 'ok' }]);
    await client().send(`${server.origin}/a`, login(`${door.origin}/auth/login`));
    expect(door.received.map(wasSent)).toEqual([
      {
        method: 'POST',
        url: '/auth/login',
        authorization: undefined,
        body: { email: SECRETS['EMAIL'], password: SECRETS['PASSWORD'] },
      },
    ]);
    expect(server.received.map(wasSent)).toEqual([
      { method: 'GET', url: '/a', authorization: 'Bearer T', body: undefined },
    ]);
  });
});

describe('an invalid token', () => {
  it('is refused when it is empty', () => {
    const error = thrownBy(() => assertToken('', 'the test'));
    expect([error.code, error.message]).toEqual(['TOKEN_MISSING', 'The token from the test is empty.']);
  });

  it.each(['hush hush', 'hush\n', '\thush', 'hush\r\nX-Evil: 1', 'húsh', 'hush\u200b', '\0hush', '“hush”'])(
    'is refused and never shown: %j',
    (value) => {
      const error = thrownBy(() => assertToken(value, 'the test'));
      expect(error.code).toBe('TOKEN_REJECTED');
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain(value);
    },
  );
});
