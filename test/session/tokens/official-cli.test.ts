/** Logins of Xano's own command line, and the project files that go with it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shopInstances } from '../../../src/index.js';
import { type Desk, expectError, openDesk } from '../../cli/terminal.js';
import { OFFICE, office } from '../../fixtures/office.js';

const NO_TOKEN = { XANO_TOKEN: undefined, XANO_ACCOUNT_ORIGIN: undefined };

/** Two instances, the office first. */
const atTwo = (): Promise<Desk> => openDesk({ instances: [office(), ...shopInstances()] });
const runWithoutToken = (desk: Desk, argv: readonly string[], env = {}) =>
  desk.run(argv, { env: { ...NO_TOKEN, ...env } });
const originOf = (desk: Desk, name: string): string =>
  desk.xano.instances.find((instance) => instance.name === name)!.origin;

interface Entry {
  readonly access_token?: string;
  readonly instance_origin?: string;
  readonly account_origin?: string;
  readonly workspace?: string | number;
  readonly insecure?: boolean;
}

/** Writes a credentials file as Xano's own command line does; JSON is YAML. */
function credentials(desk: Desk, profiles: Record<string, Entry>, chosen?: string): string {
  mkdirSync(join(desk.home, '.xano'), { recursive: true });
  const path = join(desk.home, '.xano', 'credentials.yaml');
  const entries = Object.entries(profiles).map(
    ([name, entry]) =>
      `  ${name}:\n${Object.entries(entry)
        .map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`)
        .join('')}`,
  );
  writeFileSync(path, `${chosen === undefined ? '' : `default: ${chosen}\n`}profiles:\n${entries.join('')}`);
  return path;
}

const project = (desk: Desk, text: string, folder = desk.folder): void =>
  writeFileSync(join(folder, 'profile.yaml'), text);

/** What is in use: the profile, and which workspaces are seen with it. */
async function inUse(desk: Desk, argv: readonly string[] = [], env = {}): Promise<unknown> {
  const { stdout, stderr } = await runWithoutToken(
    desk,
    ['auth', 'status', '--json', '--offline', ...argv],
    env,
  );
  expect(stderr).toBe('');
  const { profile, source_kind, instance } = JSON.parse(stdout);
  return { profile, source_kind, instance };
}

describe('the credentials of Xano’s own command line', () => {
  it('serve as a login', async () => {
    const desk = await atTwo();
    const instance_origin = originOf(desk, OFFICE);
    const path = credentials(
      desk,
      { main: { access_token: desk.xano.token, instance_origin, workspace: '3', insecure: true } },
      'main',
    );
    const before = readFileSync(path);
    const load = await runWithoutToken(desk, ['load', '--to', desk.path('x.duckdb')]);
    expect(load.stdout).toBe('people\t3\t3000\tproved\t0.000\tloaded\nrooms\t0\t0\tproved\t0.000\tloaded\n');
    expect(load.status).toBe(0);
    expect(new Set(desk.xano.requests.map(({ instance }) => instance))).toEqual(new Set([OFFICE]));
    const { stdout } = await runWithoutToken(desk, ['auth', 'status']);
    expect(desk.tidy(stdout)).toBe(`Token: ******** from profile "main" of Xano's own command line
Instance: <${OFFICE}>
Who: Ada Lovelace, ada@example.com
State: valid
Ends: 2026-03-08 12:00 UTC, in 7 days (according to the token)
May run: discover, discover --counts, endpoints, endpoints --api-groups, schema, check, load
`);
    expect(readFileSync(path)).toEqual(before);
  });

  it('are used at their account where they name no instance', async () => {
    const desk = await atTwo();
    const { account_origin, token } = desk.xano;
    credentials(desk, { main: { access_token: token, account_origin } }, 'main');
    expect((await runWithoutToken(desk, ['discover'])).status).toBe(0);
    expect(desk.xano.requests[0]).toMatchObject({ path: '/api:meta/instance', status: 200 });
  });

  it('come after a flag, a variable and our own login; a name picks one of either, ours first', async () => {
    const desk = await atTwo();
    const issue = () => desk.xano.issueToken();
    credentials(desk, { main: { access_token: issue() }, both: { access_token: issue() } }, 'main');
    const official = { profile: 'main', source_kind: 'official_cli', instance: null };
    expect(await inUse(desk)).toEqual(official);
    const login = (name: string) =>
      desk.run(['auth', 'login', '--token-stdin', '--profile', name], { stdin: issue() });
    await login('both');
    expect(await inUse(desk)).toEqual(official);
    expect(await inUse(desk, ['--profile', 'both'])).toMatchObject({ source_kind: 'profile' });
    expect(await inUse(desk, [], { XANO_PROFILE: 'main' })).toEqual(official);
    await login('default');
    expect(await inUse(desk)).toMatchObject({ profile: 'default', source_kind: 'profile' });
    expect(await inUse(desk, ['--profile', 'main'])).toEqual(official);
    expect(await inUse(desk, [], { XANO_TOKEN: issue() })).toMatchObject({ source_kind: 'env' });

    const { stdout } = await runWithoutToken(desk, ['auth', 'status', '--json', '--offline']);
    expect(JSON.parse(stdout).others).toMatchObject([
      { profile: 'both', source_kind: 'profile' },
      { profile: 'main', source_kind: 'official_cli' },
    ]);
  });

  it('are read where XANO_CONFIG says', async () => {
    const desk = await atTwo();
    credentials(desk, { main: { access_token: desk.xano.issueToken() } }, 'main');
    const other = join(desk.settings, '..', 'other.yaml');
    writeFileSync(
      other,
      `default: there\nprofiles:\n  there:\n    access_token: ${desk.xano.issueToken()}\n`,
    );
    expect(await inUse(desk, [], { XANO_CONFIG: other })).toMatchObject({ profile: 'there' });
  });

  it('name the existing profiles when the wanted one does not exist', async () => {
    const desk = await atTwo();
    credentials(desk, { main: { access_token: desk.xano.token } }, 'main');
    expectError(
      await runWithoutToken(desk, ['discover', '--profile', 'mian']),
      4,
      'TOKEN_MISSING',
      'Profile "mian" does not exist.',
      'Known profiles: main. Run `xano auth login --profile mian`.',
    );
  });

  it('may lack a token, and then none is used', async () => {
    const desk = await atTwo();
    credentials(desk, { main: { workspace: 3 } }, 'main');
    expectError(
      await runWithoutToken(desk, ['discover']),
      4,
      'TOKEN_MISSING',
      'The token from profile "main" of Xano\'s own command line is empty.',
      'Set XANO_TOKEN, or run `xano auth login`.',
    );
  });

  it.each([
    ['profiles: {main: [eyJhbGciOi', 'is not YAML'],
    ['profiles: eyJhbGciOi\n', 'is not valid at "profiles"'],
    ['profiles:\n  main:\n    access_token: [eyJhbGciOi]\n', 'is not valid at "profiles.main.access_token"'],
  ])('that hold %j are refused without quoting them', async (text, what) => {
    const desk = await atTwo();
    const path = credentials(desk, {});
    writeFileSync(path, text);
    expectError(
      await runWithoutToken(desk, ['discover']),
      2,
      'CONFIG_INVALID',
      `The file ${path} of Xano's own command line ${what}.`,
      'Correct it, or give a token with XANO_TOKEN.',
    );
    expect(
      (
        await runWithoutToken(desk, ['discover'], {
          XANO_TOKEN: desk.xano.token,
          XANO_INSTANCE: originOf(desk, OFFICE),
        })
      ).status,
    ).toBe(0);
  });
});

describe('the profile.yaml of a project', () => {
  async function atProject(account: 'own account' | 'no account' = 'no account'): Promise<Desk> {
    const desk = await atTwo();
    const own = account === 'own account' ? { account_origin: desk.xano.account_origin } : {};
    const instance_origin = originOf(desk, OFFICE);
    credentials(
      desk,
      {
        main: { access_token: desk.xano.issueToken(), instance_origin, ...own },
        client: { access_token: desk.xano.issueToken(), instance_origin },
      },
      'main',
    );
    return desk;
  }

  it('names the profile, and a named profile overrides it', async () => {
    const desk = await atProject();
    project(desk, 'profile: client\n');
    const instance = originOf(desk, OFFICE);
    expect(await inUse(desk)).toEqual({ profile: 'client', source_kind: 'official_cli', instance });
    expect(await inUse(desk, ['--profile', 'main'])).toMatchObject({ profile: 'main' });
    expect(await inUse(desk, [], { XANO_PROFILE: 'main' })).toMatchObject({ profile: 'main' });
  });

  it('chooses the workspace and the instance', async () => {
    const desk = await atProject('own account');
    project(desk, `instance_origin: ${originOf(desk, 'x1234-4567-8901')}\nworkspace: 1\n`);
    const said = await runWithoutToken(desk, ['load', '--dry-run', '--json', '--to', desk.path('x.duckdb')]);
    expect(said.status).toBe(0);
    const places = new Set(
      desk.xano.requests.map(({ instance, path }) => `${instance} ${/workspace\/\d+/.exec(path)?.[0] ?? ''}`),
    );
    expect(places).toEqual(new Set(['account ', 'x1234-4567-8901 ', 'x1234-4567-8901 workspace/1']));
    const flag = await inUse(desk, ['--instance', OFFICE]);
    expect(flag).toMatchObject({ profile: 'main', instance: OFFICE });
  });

  it('is the nearest one above; one that another user owns is ignored', async () => {
    const desk = await atProject();
    project(desk, 'name: some other tool\n');
    project(desk, 'profile: client\n', join(desk.folder, '..'));
    expect(await inUse(desk)).toMatchObject({ profile: 'client' });
    project(desk, 'branch: v1\n');
    expect(await inUse(desk)).toMatchObject({ profile: 'main' });
  });

  it('applies to our own login', async () => {
    const desk = await atTwo();
    await desk.run(['auth', 'login', '--token-stdin', '--profile', 'mine'], { stdin: desk.xano.token });
    project(desk, 'profile: mine\n');
    expect(await inUse(desk)).toMatchObject({ profile: 'mine', source_kind: 'profile' });
  });

  it('is an error where it names a profile that does not exist', async () => {
    const desk = await atProject();
    project(desk, 'profile: nobody\n');
    expectError(
      await runWithoutToken(desk, ['discover']),
      4,
      'TOKEN_MISSING',
      `Profile "nobody", which ${desk.path('profile.yaml')} names, does not exist.`,
      'Known profiles: main, client. Run `xano auth login --profile nobody`.',
    );
  });

  it('may not hold a token', async () => {
    const desk = await atProject();
    project(desk, 'access_token: eyJhbGciOi\n');
    expectError(
      await runWithoutToken(desk, ['discover']),
      2,
      'CONFIG_INVALID',
      `The project file ${desk.path('profile.yaml')} holds access_token.`,
      'Remove it, since projects are shared, and log in with `xano auth login`.',
    );
  });

  it.each(['instance_origin', 'account_origin'])('sends the token to no stranger: %s', async (key) => {
    const desk = await atProject();
    for (const host of ['evil.example', 'xano.io.evil.example', 'evilxano.io', 'x1-2-3.n7.xano.io']) {
      project(desk, `${key}: https://${host}\n`);
      expectError(
        await runWithoutToken(desk, ['discover']),
        2,
        'CONFIG_INVALID',
        `The project file ${desk.path('profile.yaml')} would send your token to ${host}, which is not an address of the login (${key}).`,
        'If you trust it, name it with --instance or --account-origin, and the login with --profile.',
      );
    }
    expect(desk.xano.requests).toEqual([]);
    const own = { instance_origin: originOf(desk, OFFICE), account_origin: 'https://app.xano.com' }[key]!;
    project(desk, `${key}: ${own.toUpperCase()}/\n`);
    expect(await inUse(desk)).toMatchObject({ profile: 'main', instance: originOf(desk, OFFICE) });
  });
});
