/**
 * Logins with constants, nested bodies and forms, and Basic with an empty half: what is sent, refused,
 * renewed and never shown.
 */
import { describe, expect, it } from 'vitest';
import { type Auth, authSchema } from '../../../../src/rest/config/auth.js';
import { readConfig } from '../../../../src/rest/config/config-file.js';
import type { FindSecret } from '../../../../src/rest/config/secret-ref.js';
import { secretRefs } from '../../../../src/rest/http/auth/secrets.js';
import { createHttp } from '../../../../src/rest/http/client.js';
import { fakeClock } from '../../../fixtures/clock.js';
import { rejectionOf, thrownBy } from '../../decode/reading.js';
import { everything, get } from '../sending.js';
import { type Reply, serve } from '../serving.js';

const SECRETS: Readonly<Record<string, string>> = {
  USER: 'ann S3CR3T-1',
  PASSWORD: 'p&S3CR3T-2',
  KEY: 'key-S3CR3T-3',
  EMPTY: '',
};
const find_secret: FindSecret = (ref) => {
  const value = 'env' in ref ? SECRETS[ref.env] : undefined;
  return value === undefined ? undefined : { value, source: 'env' in ref ? ref.env : '', expires_at: null };
};

/** The auth of a resource as a config file writes it. */
function written(auth: string): Auth {
  const text = `client: { base_url: https://x.example }\nresources:\n  - { name: a, auth: ${auth} }`;
  return readConfig(text, 'x.yaml').endpoints[0]!.auth;
}
const refused = (auth: string): string => {
  const error = thrownBy(() => written(auth));
  expect(error.code).toBe('CONFIG_INVALID');
  return error.message;
};

/** A server that answers a login at /login, and lets everything else pass. */
async function withLogin(answer: () => Reply) {
  const server = await serve(({ url }) => (url.startsWith('/login') ? answer() : { body: 'ok' }));
  const clock = fakeClock();
  const http = createHttp({ user_agent: 't', find_secret, clock });
  return {
    ...server,
    clock,
    login: (fields: string) => written(`{ type: login, url: "${server.origin}/login", ${fields} }`),
    send: (auth: Auth) => http.send(get(`${server.origin}/a`), auth, () => 'ok'),
    logins: () => server.received.filter(({ url }) => url.startsWith('/login')),
    tokens: () =>
      server.received.filter(({ url }) => url === '/a').map(({ headers }) => headers.authorization),
  };
}

describe('a login', () => {
  it.each<[string, unknown]>([
    [
      '{ grant_type: password, username: "${USER}", password: "${PASSWORD}" }',
      { grant_type: 'password', username: SECRETS['USER'], password: SECRETS['PASSWORD'] },
    ],
    [
      '{ user: { email: "${USER}", password: { env: PASSWORD } } }',
      { user: { email: SECRETS['USER'], password: SECRETS['PASSWORD'] } },
    ],
    [
      '{ a: [{ b: 1.10, c: true, d: null }], e: "x ${KEY} $$", f: "${NONE:-web}", token_type: bearer }',
      { a: [{ b: 1.1, c: true, d: null }], e: `x ${SECRETS['KEY']} $`, f: 'web', token_type: 'bearer' },
    ],
  ])('sends constants, objects and lists beside its secrets: %s', async (body, sent) => {
    const { login, send, logins, tokens } = await withLogin(() => ({ body: { t: 'T1' } }));
    await send(login(`body: ${body}, token_path: t`));
    expect(logins().map((one) => one.body)).toEqual([sent]);
    expect(tokens()).toEqual(['Bearer T1']);
  });

  it('can be a form, with headers of its own', async () => {
    const { login, send, logins } = await withLogin(() => ({ body: { t: 'T1' } }));
    await send(
      login(
        'body: { grant_type: password, password: ${PASSWORD}, n: 5, none: null }, body_as: form, headers: { X-App: web, x-api-key: "${KEY}" }, token_path: t',
      ),
    );
    expect(logins()).toMatchObject([
      {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-app': 'web',
          'x-api-key': SECRETS['KEY'],
        },
        body: 'grant_type=password&password=p%26S3CR3T-2&n=5',
      },
    ]);
  });

  it.each<[string, object]>([
    ['data.auth.token', { data: { auth: { token: 'T1' } } }],
    ['data.auth.token', { data: { 'auth.token': 'T1' } }],
    ['auth.token', { 'auth.token': 'T1' }],
    ['a.b.c', { 'a.b': { c: 'T1' } }],
  ])('finds its token at %s in %j', async (path, answer) => {
    const { login, send, tokens } = await withLogin(() => ({ body: answer }));
    await send(login(`body: { a: 1 }, token_path: ${path}`));
    expect(tokens()).toEqual(['Bearer T1']);
  });

  it('finds its token in a header of the answer', async () => {
    const { login, send, tokens } = await withLogin(() => ({
      status: 204,
      headers: { 'X-Auth-Token': 'T1' },
      body: '',
    }));
    await send(login('body: { a: 1 }, token_header: x-auth-token'));
    expect(tokens()).toEqual(['Bearer T1']);
  });

  it('is repeated before the time that its answer gives is over', async () => {
    let issued = 0;
    const { login, send, clock, tokens } = await withLogin(() => ({
      body: { t: `T${++issued}`, life: { seconds: '600' } },
    }));
    const auth = login('body: { a: 1 }, token_path: t, expires_in_path: life.seconds');
    await send(auth);
    await clock.sleep(530_000);
    await send(auth);
    await clock.sleep(20_000);
    await send(auth);
    expect(tokens()).toEqual(['Bearer T1', 'Bearer T1', 'Bearer T2']);
  });

  it('that is refused names its variables and none of their values', async () => {
    const { login, send } = await withLogin(() => ({
      status: 400,
      body: { message: `wrong: ${Object.values(SECRETS).join(' ')}` },
    }));
    const auth = login(
      'body: { user: { name: "${USER}", password: "${PASSWORD}" }, app: web }, headers: { x-api-key: "${KEY}" }, token_path: t',
    );
    const error = await rejectionOf(send(auth));
    expect([error.code, error.hint]).toEqual([
      'TOKEN_REJECTED',
      'Check its URL, and what is in USER and PASSWORD and KEY.',
    ]);
    expect(everything(error)).not.toContain('S3CR3T');
    expect(secretRefs(auth)).toEqual([{ env: 'USER' }, { env: 'PASSWORD' }, { env: 'KEY' }]);
  });

  it.each([
    ['{ password: "${NONE}" }', 'No password in the environment variable NONE.'],
    ['{ user: { password: "${EMPTY}" } }', 'The password from EMPTY is empty.'],
    ['{ auth: "Key ${NONE:?ask Ann}" }', 'No auth in the environment variable NONE: ask Ann.'],
  ])('is not sent without its secrets: %s', async (body, message) => {
    const { login, send, received } = await withLogin(() => ({ body: {} }));
    const error = await rejectionOf(send(login(`body: ${body}, token_path: t`)));
    expect([error.code, error.message]).toEqual(['TOKEN_MISSING', message]);
    expect(received).toEqual([]);
  });

  it.each([
    ['{ username: ann, password: hunter2 }', 'password', 'PASSWORD'],
    ['{ user: { name: ann, Password: hunter2 } }', 'user.Password', 'PASSWORD'],
    ['{ clientSecret: hunter2 }', 'clientSecret', 'CLIENT_SECRET'],
    ['{ apiKey: 12345 }', 'apiKey', 'API_KEY'],
    ['{ access_token: "${T:-hunter2}" }', 'access_token', 'ACCESS_TOKEN'],
    ['{ tokens: [hunter2] }', 'tokens[0]', 'TOKENS'],
    ['{ password: { value: hunter2 } }', 'password.value', 'PASSWORD'],
  ])('holds no secret in the file: %s', (body, field, variable) => {
    const message = refused(`{ type: login, url: "https://x.example/l", body: ${body}, token_path: t }`);
    expect(message).toBe(
      `x.yaml is not valid. Line 3: resources[0].auth.body.${field} must be a variable, such as \${${variable}}: secrets must not be in the file.`,
    );
  });

  it.each([
    ['body: { a: { b: 1 } }, body_as: form, token_path: t', 'body.a cannot be sent: a form holds no objects'],
    [
      'body: { a: 1 }, headers: { Authorization: Bearer abc }, token_path: t',
      'headers.Authorization must be a variable',
    ],
    ['body: { a: 1 }', 'token_path is missing; allowed is a text'],
    ['body: { a: 1 }, token_path: t, token_header: x', 'token_header cannot be combined with token_path'],
    ['body: { a: "${P:=x}" }, token_path: t', 'body.a holds ${…}, which is not a variable'],
    ['body: { a: 01234 }, token_path: t', 'body.a found 01234, which begins with 0'],
  ])('that is impossible is refused: %s', (fields, why) => {
    expect(refused(`{ type: login, url: "https://x.example/l", ${fields} }`)).toContain(
      `resources[0].auth.${why}`,
    );
  });

  it('survives reading and writing', () => {
    const auth = written(
      '{ type: login, url: "https://x.example/l", body: { a: { b: "${U}", c: 1.10 }, d: "x ${V:-y}" }, token_path: t }',
    );
    expect(authSchema.parse(JSON.parse(JSON.stringify(auth)))).toEqual(auth);
  });
});

describe('Basic authentication', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const send = async (auth: Auth) => {
    const server = await serve([{ body: 'ok' }]);
    const http = createHttp({ user_agent: 't', find_secret, clock: fakeClock() });
    const sent = await http
      .send(get(`${server.origin}/a`), auth, () => 'ok')
      .catch((thrown: unknown) => thrown);
    return { sent, header: server.received[0]?.headers.authorization };
  };

  it.each([
    ['username: "${KEY}", password: "${EMPTY}"', `${SECRETS['KEY']}:`],
    ['username: "${KEY}"', `${SECRETS['KEY']}:`],
    ['username: "${EMPTY}", password: "${KEY}"', `:${SECRETS['KEY']}`],
    ['password: "${KEY}"', `:${SECRETS['KEY']}`],
    ['username: api, password: "${KEY}"', `api:${SECRETS['KEY']}`],
    ['username: api, password: { env: KEY }', `api:${SECRETS['KEY']}`],
  ])('sends %s', async (fields, pair) => {
    expect(await send(written(`{ type: basic, ${fields} }`))).toEqual({
      sent: 'ok',
      header: `Basic ${base64(pair)}`,
    });
  });

  it.each([
    ['username: "${EMPTY}", password: "${EMPTY}"', 'The user name and password from EMPTY are empty.'],
    ['username: "${EMPTY}"', 'The user name from EMPTY is empty.'],
    ['username: api, password: "${EMPTY}"', 'The password from EMPTY is empty.'],
    ['username: "${KEY}", password: "${NONE}"', 'No password in the environment variable NONE.'],
  ])('is not sent without any secret: %s', async (fields, message) => {
    const { sent, header } = await send(written(`{ type: basic, ${fields} }`));
    expect([sent, header]).toMatchObject([{ code: 'TOKEN_MISSING', message }, undefined]);
  });

  it.each([
    ['username: sk_live_1', 'username must be a variable'],
    ['username: api, password: hunter2', 'password must be a variable'],
    ['username: "${U:-x}", password: "${KEY}"', 'username must be a name, or the variable that holds it'],
  ])('is refused: %s', (fields, why) => {
    expect(refused(`{ type: basic, ${fields} }`)).toContain(`resources[0].auth.${why}`);
  });

  it('shows no secret that a server repeats, and cuts nothing else out of its message', async () => {
    const server = await serve([{ status: 403, body: { message: `no api for ${SECRETS['KEY']}` } }]);
    const http = createHttp({ user_agent: 't', find_secret, clock: fakeClock() });
    const auth = written('{ type: basic, username: api, password: "${KEY}" }');
    const error = await rejectionOf(http.send(get(`${server.origin}/a`), auth, () => 'ok'));
    expect(error.message).toContain('no api for …');
    expect(everything(error)).not.toContain('S3CR3T');
  });
});

it('a bearer token that is empty stays missing', async () => {
  const http = createHttp({ user_agent: 't', find_secret, clock: fakeClock() });
  const auth: Auth = { type: 'bearer', token: { env: 'EMPTY' } };
  expect(await rejectionOf(http.send(get('http://127.0.0.1:1/a'), auth, () => 'ok'))).toMatchObject({
    code: 'TOKEN_MISSING',
    message: 'The token from EMPTY is empty.',
  });
});
