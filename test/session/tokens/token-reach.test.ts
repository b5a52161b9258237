/** The token of a stored login goes to the addresses of that login, whatever a file or a folder says. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atOffice } from '../../cli/at-office.js';
import type { Desk } from '../../cli/terminal.js';
import { OFFICE } from '../../fixtures/office.js';
import { serve } from '../../rest/http/serving.js';

const NO_TOKEN = { XANO_TOKEN: undefined, XANO_ACCOUNT_ORIGIN: undefined };

/** A desk with a stored login of a server of its own, and a stranger on this computer. */
async function withLogin(profile: object = { instance: 'https://known.example.com' }) {
  const desk = await atOffice();
  const stranger = await serve(() => ({ body: [] }));
  mkdirSync(desk.settings, { mode: 0o700 });
  const login = { token: desk.xano.token, saved_at: '', ...profile };
  writeFileSync(
    join(desk.settings, 'settings.json'),
    JSON.stringify({ profiles: { default: login, other: { ...login, token: desk.xano.issueToken() } } }),
    { mode: 0o600 },
  );
  return { desk, stranger, port: new URL(stranger.origin).port };
}

/** Loads a list of that address with this auth. */
async function loadFrom(
  desk: Desk,
  base_url: string,
  auth: object,
  env: Record<string, string | undefined> = {},
) {
  const file = desk.path('lists.json');
  const list = {
    name: 'a',
    base_url,
    path: 'a',
    method: 'GET',
    data_selector: '',
    auth,
    pagination: { type: 'single_page' },
  };
  writeFileSync(file, JSON.stringify({ version: 1, endpoints: [list] }));
  return desk.run(['load', '--endpoints', file, '--to', desk.path('x.duckdb')], {
    env: { ...NO_TOKEN, ...env },
  });
}

const bearer = (token: object) => ({ type: 'bearer', token });

describe('a profile.yaml', () => {
  it.each([
    ['a port of this computer', (port: string) => `http://127.0.0.1:${port}`],
    ['localhost', (port: string) => `http://localhost:${port}`],
    ['localhost in IPv6', (port: string) => `http://[::1]:${port}`],
    ['another address of this computer', (port: string) => `http://127.0.0.2:${port}`],
    ['every address of this computer', (port: string) => `http://0.0.0.0:${port}`],
    ['a number', (port: string) => `http://2130706433:${port}`],
    ['capital letters', (port: string) => `HTTP://LOCALHOST:${port}`],
    ['a host that is a user name', (port: string) => `http://known.example.com@127.0.0.1:${port}`],
    ['a dot at the end', () => 'https://known.example.com.'],
    ['another port of the same host', () => 'https://known.example.com:8443'],
    ['the same host without encryption', () => 'http://known.example.com'],
    ['a letter that looks alike', () => 'https://knоwn.example.com'],
    ['an instance of somebody else', () => 'https://x9-9-9.n7.xano.io'],
  ])('never sends a stored token further than its login: %s', async (_, address) => {
    const { desk, stranger, port } = await withLogin();
    for (const key of ['instance_origin', 'account_origin']) {
      writeFileSync(desk.path('profile.yaml'), `${key}: "${address(port)}"\n`);
      const said = await desk.run(['discover', '--no-input'], { env: NO_TOKEN });
      expect([said.status, stranger.received, desk.xano.requests]).toEqual([2, [], []]);
      expect(said.stderr).toContain(`is not an address of the login (${key})`);
    }
  });

  it('chooses among the instances that the account of the login lists', async () => {
    const desk = await atOffice();
    await desk.run(['auth', 'login', '--token-stdin'], { stdin: desk.xano.token });
    const own = desk.xano.instances.find(({ name }) => name === OFFICE)!.origin;
    writeFileSync(desk.path('profile.yaml'), `instance_origin: ${own}\n`);
    expect((await desk.run(['discover'], { env: NO_TOKEN })).status).toBe(0);
    const stranger = await serve(() => ({ body: [] }));
    writeFileSync(desk.path('profile.yaml'), `instance_origin: ${stranger.origin}\n`);
    const said = await desk.run(['discover'], { env: NO_TOKEN });
    expect([said.status, stranger.received]).toEqual([2, []]);
    expect(said.stderr).toContain('This token sees no instance');
  });
});

describe('a file of endpoints', () => {
  it.each<[string, object]>([
    ['by its profile', bearer({ profile: 'default' })],
    ['by XANO_TOKEN, which is not set', bearer({ env: 'XANO_TOKEN' })],
    ['in a header', { type: 'custom_header', name: 'x-key', value: { profile: 'default' } }],
    ['in a parameter', { type: 'api_key', name: 'key', in: 'query', key: { profile: 'default' } }],
    ['by another profile', bearer({ profile: 'other' })],
  ])('sends a stored token to no stranger: %s', async (_, auth) => {
    const { desk, stranger } = await withLogin();
    const said = await loadFrom(desk, stranger.origin, auth);
    expect([said.status, stranger.received]).toEqual([2, []]);
    expect(said.stderr).toContain(`does not go to ${stranger.origin}: it is not the address of this login`);
  });

  it('sends a stored token to the address of its login, and to an instance that its account lists', async () => {
    const { desk, stranger } = await withLogin();
    const given = await loadFrom(desk, stranger.origin, bearer({ env: 'XANO_TOKEN' }), {
      XANO_TOKEN: 'one-of-my-own',
    });
    expect([given.status, stranger.received.length]).toEqual([0, 1]);
    const own = await withLogin({ instance: stranger.origin });
    expect((await loadFrom(own.desk, stranger.origin, bearer({ profile: 'default' }))).status).toBe(0);
    const listed = await atOffice();
    await listed.run(['auth', 'login', '--token-stdin'], { stdin: listed.xano.token });
    const { origin } = listed.xano.instances[0]!;
    const lists = await loadFrom(listed, `${origin}/api:meta`, bearer({ profile: 'default' }));
    // The list is none; that it was asked for is what counts.
    expect(
      listed.xano.requests.some(({ instance, path }) => instance === OFFICE && path.endsWith('/a')),
    ).toBe(true);
    expect(lists.stderr).not.toContain('does not go to');
    const far = await loadFrom(listed, stranger.origin, bearer({ profile: 'default' }));
    expect(far.stderr).toContain('it is not one of its instances');
  });
});
