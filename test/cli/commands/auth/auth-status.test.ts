/** What \`xano auth status\` finds out by asking, and of which logins. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LocalScope } from '../../../../src/sandbox/api/tokens.js';
import { OFFICE, office, officeWorkspace } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, HOUR_MS, openDesk, START } from '../../terminal.js';

const NO_TOKEN = { env: { XANO_TOKEN: undefined } };
const ALL: readonly LocalScope[] = [
  'workspace:database',
  'workspace:content',
  'workspace:live_data_source',
  'workspace:api',
];
const HEAD = `Token: ******** from XANO_TOKEN
Instance: any that the token sees
Who: Ada Lovelace, ada@example.com
State: valid
Ends: 2026-03-08 12:00 UTC, in 7 days (according to the token)
`;

describe('the scope check of xano auth status', () => {
  const without = (...missing: LocalScope[]): LocalScope[] => ALL.filter((scope) => !missing.includes(scope));

  it.each([
    [
      'nothing missing',
      ALL,
      'May run: discover, discover --counts, endpoints, endpoints --api-groups, schema, check, load\n',
    ],
    [
      'Database missing',
      without('workspace:database'),
      `May run: discover --counts, endpoints --api-groups
May run: discover, but without columns: Read on Database is missing
May run: endpoints, but without columns: Read on Database is missing
May run: schema, but without columns: Read on Database is missing
May run: check, but types guessed from the rows: Read on Database is missing
May run: load, but types guessed from the rows: Read on Database is missing
`,
    ],
    [
      'Content missing',
      without('workspace:content'),
      `May run: discover, endpoints, endpoints --api-groups, schema
May run: discover --counts, but without counts: Read on Content or Live Data Source is missing
May not run: check: Read on Content or Live Data Source is missing
May not run: load: Read on Content or Live Data Source is missing
`,
    ],
    [
      'Live Data Source missing',
      without('workspace:live_data_source'),
      `May run: discover, endpoints, endpoints --api-groups, schema
May run: discover --counts, but without counts: Read on Content or Live Data Source is missing
May not run: check: Read on Content or Live Data Source is missing
May not run: load: Read on Content or Live Data Source is missing
`,
    ],
    [
      'API Groups missing',
      without('workspace:api'),
      `May run: discover, discover --counts, endpoints, schema, check, load
May not run: endpoints --api-groups: Read on API Groups is missing
`,
    ],
  ])('reports what the token may do: %s', async (_what, scopes, said) => {
    const desk = await atOffice();
    const XANO_TOKEN = desk.xano.issueToken({ scopes });
    const { status, stdout, stderr } = await desk.run(['auth', 'status'], { env: { XANO_TOKEN } });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: HEAD + said, stderr: '' });
  });

  it('sends one small GET per scope, after it has found a table to ask for', async () => {
    const desk = await atOffice();
    await desk.run(['auth', 'status']);
    expect(desk.xano.requests.map(({ method, path, query }) => [method, path, query['per_page']])).toEqual([
      ['GET', '/api:meta/instance', undefined],
      ['GET', '/api:meta/auth/me', undefined],
      ['GET', '/api:meta/workspace', '100'],
      ['GET', '/api:meta/workspace/3/table', '1'],
      ['GET', '/api:meta/workspace/3/apigroup', '1'],
      // What the instance lists as rights.
      ['GET', '/api:meta/auth/me', undefined],
      ['GET', '/api:meta/workspace/3/table/7/schema', '100'],
      ['GET', '/api:meta/workspace/3/table/7/content', '1'],
      ['GET', '/api:meta/workspace/3/apigroup/5/api', '1'],
      ['GET', '/api:meta/workspace/3/apigroup/5/api/51/openapi', undefined],
    ]);
  });

  it('reports scopes as unknown where the workspace has nothing to ask for', async () => {
    const bare = { ...officeWorkspace([]), api_groups: [] };
    const desk = await openDesk({ instances: [office([bare])] });
    const { status, stdout } = await desk.run(['auth', 'status']);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${HEAD}Not known: discover: the token sees no table to test
Not known: discover --counts: the token sees no table to test
Not known: endpoints: the token sees no table to test
Not known: endpoints --api-groups: the token sees no API group to test
Not known: schema: the token sees no table to test
Not known: check: the token sees no table to test
Not known: load: the token sees no table to test
`,
    });
  });

  it('asks another workspace where the first has no table', async () => {
    const bare = { ...officeWorkspace([]), id: 2, api_groups: [] };
    const desk = await openDesk({ instances: [office([bare, officeWorkspace()])] });
    const { stdout } = await desk.run(['auth', 'status']);
    expect(stdout).toBe(
      `${HEAD}May run: discover, discover --counts, endpoints, endpoints --api-groups, schema, check, load\n`,
    );
  });

  it('reports scopes as unknown where an older server refuses the list itself', async () => {
    const desk = await atOffice({ strict_lists: true });
    const XANO_TOKEN = desk.xano.issueToken({ scopes: without('workspace:database') });
    const { stdout } = await desk.run(['auth', 'status', '--json'], { env: { XANO_TOKEN } });
    const { scopes, commands } = JSON.parse(stdout);
    const reason = 'The token may not do this (GET /api:meta/workspace/3/table).';
    expect(scopes).toEqual([
      { scope: 'Database', state: 'missing', reason },
      { scope: 'Content', state: 'unknown', reason: 'the token cannot list tables' },
      { scope: 'API Groups', state: 'granted', reason: null },
    ]);
    expect(commands.at(-1)).toEqual({
      command: 'load',
      may_run: 'unknown',
      reason: 'the token cannot list tables',
    });
  });

  it.each<[string, Record<string, number> | undefined, string]>([
    ['says nothing of rights', undefined, ''],
    [
      'lists one right for each scope',
      { 'workspace:database': 2, 'workspace:api': 2, 'workspace:file': 0 },
      '',
    ],
    [
      'lists several',
      { 'workspace:database': 7, 'workspace:api': 2, 'workspace:content': 15 },
      'Warning: this token can probably write or delete (Xano lists workspace:database 7, workspace:content 15): a read-only token is enough.\n',
    ],
  ])('warns of a token that may do more than read where Xano %s', async (_, rights, warned) => {
    const desk = await atOffice();
    const XANO_TOKEN = desk.xano.issueToken(rights === undefined ? {} : { rights });
    for (const args of [[], ['--instance', OFFICE]]) {
      const { status, stderr } = await desk.run(['auth', 'status', ...args], { env: { XANO_TOKEN } });
      expect({ status, stderr }).toEqual({ status: 0, stderr: warned });
    }
  });

  it('adds the scopes to the JSON and keeps its other fields', async () => {
    const desk = await atOffice();
    const { stdout } = await desk.run(['auth', 'status', '--json', '--instance', OFFICE]);
    const yes = (command: string) => ({ command, may_run: 'yes', reason: null });
    const granted = (scope: string) => ({ scope, state: 'granted', reason: null });
    expect(JSON.parse(stdout)).toEqual({
      token: '********',
      source: 'XANO_TOKEN',
      source_kind: 'env',
      profile: null,
      instance: OFFICE,
      state: 'valid',
      expires_at: '2026-03-08T12:00:00.000Z',
      basis: 'claim',
      basis_in_words: 'according to the token',
      who: { name: 'Ada Lovelace', email: 'ada@example.com' },
      accepted: true,
      not_checked: null,
      scopes: ['Database', 'Content', 'API Groups'].map(granted),
      more_rights: null,
      commands: [
        'discover',
        'discover --counts',
        'endpoints',
        'endpoints --api-groups',
        'schema',
        'check',
        'load',
      ].map(yes),
      others: [],
    });
  });
});

describe('xano auth status with a token that cannot be checked', () => {
  it('reports what the token says where Xano does not answer', async () => {
    const desk = await atOffice();
    const env = { XANO_ACCOUNT_ORIGIN: 'http://127.0.0.1:1' };
    const { status, stdout } = await desk.run(['auth', 'status'], { env });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${HEAD.replace(/Who: .*\n/, '')}Not checked with Xano: No answer from http://127.0.0.1:1: nothing is listening there\n`,
    });
  });

  it('reports the token and fails where Xano rejects it', async () => {
    const desk = await atOffice();
    desk.xano.revoke(desk.xano.token);
    const said = await desk.run(['auth', 'status']);
    const message = 'Xano does not accept the token: Invalid token (GET /api:meta/instance)';
    expect(said).toEqual({
      status: 4,
      stdout: `${HEAD.replace(/Who: .*\n/, '')}Not checked with Xano: ${message}\n`,
      stderr: `Error: ${message}.\n  Copy the whole token again, or make a new one in Xano (Instances → Metadata API → Access Tokens).\n  Code: TOKEN_REJECTED\n`,
    });
  });

  it('does not ask Xano when the token has expired', async () => {
    const desk = await atOffice();
    desk.clock.advance(8 * 24 * HOUR_MS);
    const { status, stdout } = await desk.run(['auth', 'status']);
    expect({ status, stdout }).toEqual({
      status: 4,
      stdout: `Token: ******** from XANO_TOKEN
Instance: any that the token sees
State: expired
Ends: 2026-03-08 12:00 UTC, expired (according to the token)
Not checked with Xano: it has expired
`,
    });
    expect(desk.xano.requests).toEqual([]);
  });
});

describe('a token of another kind', () => {
  it.each([
    [
      'an authToken',
      (desk: Desk) => {
        const token = desk.xano.issueToken({ opaque: true });
        desk.xano.revoke(token);
        return token;
      },
      'it looks like an authToken, which is for the endpoints of an API group (XANO_API_TOKEN)',
    ],
    ['a number', () => '123456789', 'it looks like the id of a key, not the key'],
    ['a UUID', () => '0b0d7a4e-3c1a-4d51-9c62-0f5c7e1f8a11', 'it looks like the id of a key, not the key'],
    [
      'a key without dots',
      () => 'k3y0fTheDeveloperApiWithoutAnyDots',
      'it does not look like an access token, which has three parts separated by dots; an id or a Developer API key is not one',
    ],
  ])('is named when Xano rejects it: %s', async (_what, make, what) => {
    const desk = await atOffice();
    const XANO_TOKEN = make(desk);
    for (const argv of [['discover'], ['load', '--to', desk.path('x.duckdb')]])
      expectError(
        await desk.run(argv, { env: { XANO_TOKEN } }),
        4,
        'TOKEN_REJECTED',
        `Xano does not accept the token from XANO_TOKEN: ${what}.`,
        'Create an access token in Xano (Instances → Metadata API → Access Tokens) and copy all of it.',
      );
    expect(desk.files()).toEqual([]);
  });
});

describe('xano auth status with several logins', () => {
  const settings = (desk: Desk) => JSON.parse(readFileSync(join(desk.settings, 'settings.json'), 'utf8'));
  const login = (desk: Desk, ...more: string[]) =>
    desk.run(['auth', 'login', '--token-stdin', ...more], { stdin: desk.xano.issueToken() });
  const MAY =
    'May run: discover, discover --counts, endpoints, endpoints --api-groups, schema, check, load\n';
  const block = (source: string, instance = 'any that the token sees') =>
    `${HEAD.replace('XANO_TOKEN', source).replace('any that the token sees', instance)}${MAY}`;

  it('lists them one after the other, the one in use first', async () => {
    const desk = await atOffice();
    await login(desk);
    await login(desk, '--profile', 'work', '--instance', OFFICE);
    const said = await desk.run(['auth', 'status'], NO_TOKEN);
    expect(said).toEqual({
      status: 0,
      stdout: `${block('profile "default", the one in use')}\n${block('profile "work"', OFFICE)}`,
      stderr: '',
    });
    const named = await desk.run(['auth', 'status', '--profile', 'work'], NO_TOKEN);
    expect(named.stdout).toBe(block('profile "work"', OFFICE));
    const json = JSON.parse((await desk.run(['auth', 'status', '--json', '--offline'])).stdout);
    expect(json).toMatchObject({
      source: 'XANO_TOKEN',
      others: [
        { profile: 'default', source_kind: 'profile', instance: null },
        { profile: 'work', source_kind: 'profile', instance: OFFICE },
      ],
    });
  });

  it('lists expired and rejected logins beside a valid one', async () => {
    const desk = await atOffice();
    const gone = desk.xano.issueToken();
    await desk.run(['auth', 'login', '--token-stdin', '--profile', 'gone'], { stdin: gone });
    desk.xano.revoke(gone);
    const brief = desk.xano.issueToken({ expires_at: START + HOUR_MS });
    await desk.run(['auth', 'login', '--token-stdin', '--profile', 'brief'], { stdin: brief });
    desk.clock.advance(HOUR_MS);
    const { status, stdout } = await desk.run(['auth', 'status', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).others).toMatchObject([
      {
        profile: 'gone',
        state: 'valid',
        accepted: false,
        not_checked: 'Xano does not accept the token: Invalid token (GET /api:meta/instance).',
      },
      { profile: 'brief', state: 'expired', accepted: null, not_checked: 'it has expired' },
    ]);
  });

  it('marks the default, which `auth use` sets and `auth logout` clears', async () => {
    const desk = await atOffice();
    await login(desk, '--profile', 'work');
    const missing = await desk.run(['discover'], NO_TOKEN);
    expectError(
      missing,
      4,
      'TOKEN_MISSING',
      'No token found.',
      'Name a login with --profile, or set the default with `xano auth use`: work.',
    );
    expectError(
      await desk.run(['auth', 'use', 'wrok']),
      2,
      'USAGE',
      'Profile "wrok" does not exist; did you mean "work"?',
      'Known profiles: work. Create it: `xano auth login --profile wrok`.',
    );
    expect(await desk.run(['auth', 'use', 'work'], NO_TOKEN)).toEqual({
      status: 0,
      stdout: 'Profile "work" is now the default.\n',
      stderr: '',
    });
    expect((await desk.run(['discover'], NO_TOKEN)).status).toBe(0);
    expect((await desk.run(['auth', 'logout'], NO_TOKEN)).stdout).toContain(
      'Forgot the token of profile "work".',
    );
    expect(settings(desk)).toEqual({ profiles: {}, default: 'default' });
    expectError(
      await desk.run(['auth', 'use', 'work']),
      2,
      'USAGE',
      'Profile "work" does not exist.',
      'Create it: `xano auth login --profile work`.',
    );
  });

  it('shows the same instance and account after only the token was replaced', async () => {
    const desk = await atOffice();
    await login(desk, '--instance', OFFICE, '--expires', '3d');
    desk.clock.advance(8 * 24 * HOUR_MS);
    const next = desk.xano.issueToken();
    const env = { XANO_TOKEN: undefined, XANO_ACCOUNT_ORIGIN: undefined };
    const said = await desk.run(['auth', 'login', '--token-stdin'], { stdin: next, env });
    expect(said).toMatchObject({ status: 0, stderr: '' });
    expect(said.stdout).toContain(`\nInstance of this profile (unchanged): ${OFFICE}\n`);
    expect(settings(desk).profiles.default).toEqual({
      token: next,
      saved_at: '2026-03-09T12:00:00.000Z',
      instance: OFFICE,
      account_origin: desk.xano.account_origin,
    });
  });
});

it('xano auth login refuses a new token that does not see the login’s instance, and keeps the old one', async () => {
  const desk = await atOffice();
  const argv = ['auth', 'login', '--token-stdin'];
  await desk.run([...argv, '--instance', OFFICE], { stdin: desk.xano.token });
  const settings = join(desk.settings, 'settings.json');
  const before = readFileSync(settings, 'utf8').replace(OFFICE, 'x-sold');
  writeFileSync(settings, before);
  expectError(
    await desk.run(argv, { stdin: desk.xano.issueToken() }),
    2,
    'USAGE',
    'Profile "default" belongs to instance "x-sold", which this token does not see.',
    'This token sees: x-office. Name one with --instance, or another profile with --profile.',
  );
  expect(readFileSync(settings, 'utf8')).toBe(before);
});

describe('a token command', () => {
  async function withProgram(): Promise<{ desk: Desk; file: string; command: string }> {
    const desk = await atOffice();
    const folder = mkdtempSync(join(tmpdir(), 'xano-token-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'token');
    writeFileSync(file, desk.xano.token);
    return { desk, file, command: `cat '${file}'` };
  }
  const login = (desk: Desk, command: string, ...more: string[]) =>
    desk.run(['auth', 'login', '--token-command', command, ...more], NO_TOKEN);

  it('is stored in the place of the token', async () => {
    const { desk, command } = await withProgram();
    const said = await login(desk, command);
    expect(said.stderr).toBe('');
    expect(desk.tidy(said.stdout)).toContain(
      '\nSaved in <base>/settings/settings.json: the command, not the token; xano runs it when it needs a token.\n',
    );
    const kept = readFileSync(join(desk.settings, 'settings.json'), 'utf8');
    expect(kept).not.toContain(desk.xano.token);
    expect(JSON.parse(kept).profiles.default).toMatchObject({ token_command: command });
    const { stdout } = await desk.run(['auth', 'status'], NO_TOKEN);
    expect(stdout).toMatch(/^Token: \*{8} from the token_command of profile "default"\n/);
    expect((await desk.run(['auth', 'logout'], NO_TOKEN)).stdout).toBe(
      'Forgot profile "default" and its command.\n',
    );
  });

  it('is asked again when Xano refuses the token', async () => {
    const { desk, file, command } = await withProgram();
    await login(desk, command);
    const next = desk.xano.issueToken();
    desk.xano.fail({
      path: '/table/7/content/search',
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          writeFileSync(file, next);
          desk.xano.revoke(desk.xano.token);
          return body;
        },
      },
    });
    const argv = [
      'load',
      '--to',
      desk.path('x.duckdb'),
      '--page-size',
      '1',
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ];
    expect((await desk.run(argv, NO_TOKEN)).status).toBe(0);
  });

  it('is not run when all logins are listed', async () => {
    const { desk, file } = await withProgram();
    await login(desk, `cat '${file}'; echo >> '${file}.runs'`, '--profile', 'work');
    rmSync(`${file}.runs`);
    const { stdout } = await desk.run(['auth', 'status']);
    expect(stdout.split('\n\n')[1]).toBe(
      'Token: ******** from the token_command of profile "work"\nInstance: any that the token sees\nNot checked with Xano: its program is run only when it is used\n',
    );
    expect(() => readFileSync(`${file}.runs`)).toThrow('ENOENT');
  });

  it('cannot have an --expires', async () => {
    const { desk, command } = await withProgram();
    expectError(
      await login(desk, command, '--expires', '7d'),
      2,
      'USAGE',
      "Option '--expires <when>' cannot be used with option '--token-command <command>'.",
      'Remove one of them.',
    );
  });

  it('is never taken from a project', async () => {
    const { desk, command } = await withProgram();
    mkdirSync(desk.folder, { recursive: true });
    writeFileSync(desk.path('profile.yaml'), `workspace: 3\ntoken_command: ${JSON.stringify(command)}\n`);
    expectError(
      await desk.run(['discover'], NO_TOKEN),
      2,
      'CONFIG_INVALID',
      `The project file ${desk.path('profile.yaml')} holds token_command.`,
      'Remove it, since projects are shared, and log in with `xano auth login`.',
    );
  });
});
