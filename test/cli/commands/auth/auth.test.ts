import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OFFICE } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, HOUR_MS, START, tokenWith } from '../../terminal.js';

const NO_TOKEN = { env: { XANO_TOKEN: undefined } };
const file = (desk: Desk): string => join(desk.settings, 'settings.json');
const stored = (desk: Desk): unknown => JSON.parse(readFileSync(file(desk), 'utf8'));

describe('xano auth login', () => {
  it('proves a token from standard input and stores it for this user alone', async () => {
    const desk = await atOffice();
    const token = desk.xano.token;
    const said = await desk.run(['auth', 'login', '--token-stdin'], { stdin: `${token}\n`, ...NO_TOKEN });
    expect(desk.tidy(said.stdout)).toBe(
      `Logged in as ada@example.com (profile "default").
Instances: ${OFFICE}
Scopes: Xano does not list them; \`xano auth status\` checks what this token may read.
Ends: 2026-03-08 12:00 UTC, in 7 days (according to the token)
Saved in <base>/settings/settings.json, readable only by you.
`,
    );
    expect({ status: said.status, stderr: said.stderr }).toEqual({ status: 0, stderr: '' });
    expect(desk.xano.requests.map(({ path, status }) => [path, status])).toEqual([
      ['/api:meta/auth/me', 200],
      ['/api:meta/instance', 200],
    ]);
    expect(statSync(file(desk)).mode & 0o777).toBe(0o600);
    const account_origin = desk.xano.account_origin;
    const saved_at = '2026-03-01T12:00:00.000Z';
    expect(stored(desk)).toEqual({ profiles: { default: { token, saved_at, account_origin } } });
    const later = await desk.run(['discover'], {
      env: { XANO_TOKEN: undefined, XANO_ACCOUNT_ORIGIN: undefined },
    });
    expect(later.status).toBe(0);
  });

  it('suggests the next command on a terminal', async () => {
    const desk = await atOffice();
    const login = (...more: string[]) =>
      desk.run(['auth', 'login', '--token', desk.xano.token, ...more], { columns: 100, ...NO_TOKEN });
    expect((await login()).stderr).toBe(
      'Next: `xano discover` lists what the token can see, `xano load` loads the tables.\n',
    );
    const other = await login('--profile', 'work');
    expect(other.stderr).toBe('');
    expect(other.stdout).toContain(
      'Use it with --profile work, or set it as the default: xano auth use work\n',
    );
  });

  it.each([
    ['7d', '2026-03-08T12:00:00.000Z', '2026-03-08 12:00 UTC, in 7 days (as entered at login)'],
    ['12h', '2026-03-02T00:00:00.000Z', '2026-03-02 00:00 UTC, in 12 hours (as entered at login)'],
    ['2w', '2026-03-15T12:00:00.000Z', '2026-03-15 12:00 UTC, in 14 days (as entered at login)'],
    ['2026-12-31', '2026-12-31T00:00:00.000Z', '2026-12-31 00:00 UTC, in 304 days (as entered at login)'],
    [
      '2026-03-01T14:30:00+02:00',
      '2026-03-01T12:30:00.000Z',
      '2026-03-01 12:30 UTC, in 30 minutes (as entered at login)',
    ],
    ['never', 'never', 'never (as entered at login)'],
    ['NEVER', 'never', 'never (as entered at login)'],
  ])('remembers --expires %s for a token that does not say when it expires', async (told, expires, ends) => {
    const desk = await atOffice();
    const token = desk.xano.issueToken({ opaque: true });
    const argv = ['auth', 'login', '--token-stdin', '--expires', told];
    const { status, stdout } = await desk.run(argv, { stdin: token, ...NO_TOKEN });
    expect(status).toBe(0);
    expect(stdout).toContain(`\nEnds: ${ends}\n`);
    expect(stored(desk)).toMatchObject({ profiles: { default: { token, expires } } });
  });

  it.each(['soon', '', '7', '7 years', '-1d', '31.12.2026', '2026-13-01', 'd'])(
    'refuses --expires %j with USAGE, and asks for no token',
    async (told) => {
      const desk = await atOffice();
      const argv = ['auth', 'login', '--token-stdin', '--expires', told];
      const said = await desk.run(argv, { stdin: desk.xano.token, ...NO_TOKEN });
      const hint = 'Give 7d, 12h, never, or a date such as 2026-12-31.';
      expectError(said, 2, 'USAGE', `"${told}" is not a valid token expiry.`, hint);
      expect(desk.xano.requests).toEqual([]);
      expect(existsSync(file(desk))).toBe(false);
    },
  );

  it('believes the expiry in the token more than --expires', async () => {
    const desk = await atOffice();
    const argv = ['auth', 'login', '--token-stdin', '--expires', 'never'];
    const { stdout } = await desk.run(argv, { stdin: desk.xano.token, ...NO_TOKEN });
    expect(stdout).toContain('\nEnds: 2026-03-08 12:00 UTC, in 7 days (according to the token)\n');
  });

  it.each([
    [
      'that is unknown',
      () => 'not-a-token',
      'TOKEN_REJECTED',
      'Xano does not accept the token from standard input: it does not look like an access token, which has three parts separated by dots; an id or a Developer API key is not one.',
      'Create an access token in Xano (Instances → Metadata API → Access Tokens) and copy all of it.',
    ],
    [
      'that is two',
      (token: string) => `${token}\n${token}`,
      'TOKEN_REJECTED',
      'The token from standard input is malformed: it contains white space or characters that no token has.',
      'Copy the whole token again, alone and on one line.',
    ],
    [
      'with its header',
      (token: string) => `Bearer ${token}`,
      'TOKEN_REJECTED',
      'The token from standard input begins with the word "Bearer".',
      'Give the token alone.',
    ],
    [
      'in quotes',
      (token: string) => `"${token}"`,
      'TOKEN_REJECTED',
      'The token from standard input is in quotes.',
      'Give the token alone.',
    ],
    [
      'that is none',
      () => '\n',
      'TOKEN_MISSING',
      'No token was entered.',
      'Paste it at the prompt, or pipe it in with --token-stdin.',
    ],
    [
      'that is over',
      () => tokenWith({ exp: START / 1000 }),
      'TOKEN_EXPIRED',
      'The token from standard input expired on 2026-03-01 12:00 UTC (according to the token).',
      'Make a new token in Xano (Instances → Metadata API → Access Tokens), then run `xano auth login`.',
    ],
  ] as const)('stores no token %s, and keeps the one before', async (_what, make, code, message, hint) => {
    const desk = await atOffice();
    await desk.run(['auth', 'login', '--token-stdin'], { stdin: desk.xano.token, ...NO_TOKEN });
    const before = readFileSync(file(desk), 'utf8');
    const said = await desk.run(['auth', 'login', '--token-stdin'], { stdin: make(desk.xano.token) });
    expectError(said, 4, code, message, hint);
    expect(readFileSync(file(desk), 'utf8')).toBe(before);
  });

  it.each([
    ['"', '"', 'is in quotes'],
    ['Bearer ', '', 'begins with the word "Bearer"'],
  ])('refuses a token with %j in front, wherever it comes from', async (before, after, what) => {
    const desk = await atOffice();
    const token = before + desk.xano.token + after;
    const hint = 'Give the token alone.';
    const flag = await desk.run(['auth', 'login', '--token', token], NO_TOKEN);
    expectError(flag, 4, 'TOKEN_REJECTED', `The token from --token ${what}.`, hint);
    const typed = await desk.run(['auth', 'login'], { typed: `${token}\r`, columns: 80, ...NO_TOKEN });
    expect({ status: typed.status, stdout: typed.stdout }).toEqual({ status: 4, stdout: '' });
    expect(typed.stderr.slice(typed.stderr.indexOf('Error: '))).toBe(
      `Error: The token from the prompt ${what}.\n  ${hint}\n  Code: TOKEN_REJECTED\n`,
    );
    expect(desk.xano.requests).toEqual([]);
    expect(existsSync(file(desk))).toBe(false);
  });

  it('stores nothing after a failure where nothing was stored before', async () => {
    const desk = await atOffice();
    expect((await desk.run(['auth', 'login', '--token', 'not-a-token'])).status).toBe(4);
    expect(existsSync(file(desk))).toBe(false);
  });

  it('prompts for a token only at a terminal', async () => {
    const desk = await atOffice();
    const hint = 'Pipe it in: printf %s "$TOKEN" | xano auth login --token-stdin';
    expectError(
      await desk.run(['auth', 'login']),
      2,
      'USAGE',
      'Without a terminal, xano cannot prompt for the token.',
      hint,
    );
    expect(existsSync(file(desk))).toBe(false);
  });

  it.each([OFFICE, 'OUR OFFICE', 'X-Office'])('keeps the instance %s', async (instance) => {
    const desk = await atOffice();
    const argv = ['auth', 'login', '--token-stdin', '--instance', instance];
    expect((await desk.run(argv, { stdin: desk.xano.token })).status).toBe(0);
    expect(stored(desk)).toMatchObject({ profiles: { default: { instance } } });
    expect((await desk.run(['discover'], NO_TOKEN)).status).toBe(0);
  });

  it('refuses an instance that the token does not see', async () => {
    const desk = await atOffice();
    const argv = ['auth', 'login', '--token-stdin', '--instance', 'x-ofice'];
    const said = await desk.run(argv, { stdin: desk.xano.token });
    const message = 'There is no instance "x-ofice"; did you mean "x-office"?';
    expectError(said, 2, 'USAGE', message, 'This token sees: x-office.');
    expect(existsSync(file(desk))).toBe(false);
  });

  it('asks the instance itself where --instance is an address', async () => {
    const desk = await atOffice();
    const { origin } = desk.xano.instances[0]!;
    const argv = ['auth', 'login', '--token-stdin', '--instance', origin];
    const { status, stdout } = await desk.run(argv, {
      stdin: desk.xano.token,
      env: { XANO_ACCOUNT_ORIGIN: undefined },
    });
    expect(status).toBe(0);
    expect(desk.tidy(stdout)).toContain(`\nInstances: <host of ${OFFICE}>\n`);
    expect(desk.xano.requests.map((request) => request.instance)).toEqual([OFFICE]);
    expect(
      (await desk.run(['discover'], { env: { XANO_TOKEN: undefined, XANO_ACCOUNT_ORIGIN: undefined } }))
        .status,
    ).toBe(0);
  });

  it.each([
    [
      ['--account-origin', 'nonsense'],
      'USAGE',
      '"nonsense" is not an address of an Account API.',
      'Give an https:// origin.',
    ],
    [
      ['--account-origin', 'ftp://example.com'],
      'USAGE',
      '"ftp://example.com" is not an address of an Account API.',
      'Give an https:// origin.',
    ],
    [
      ['--instance', 'https://'],
      'USAGE',
      '"https://" is not an address.',
      'Give an origin such as https://x1-2-3.n7.xano.io.',
    ],
    [
      ['--instance', 'http://example.com'],
      'USAGE',
      'Refusing http://example.com: plain http would expose the token on the network.',
      'Use https://.',
    ],
    [
      ['--account-origin', 'http://example.com'],
      'USAGE',
      '"http://example.com" is not an address of an Account API.',
      'Give an https:// origin.',
    ],
    [
      ['--account-origin', 'https://me:secret@example.com'],
      'USAGE',
      'The address of the Account API holds a user name or a password.',
      'Give the origin alone; the token is given separately.',
    ],
  ] as const)('refuses to send the token to %j', async (flags, code, message, hint) => {
    const desk = await atOffice();
    const said = await desk.run(['auth', 'login', '--token-stdin', ...flags], { stdin: desk.xano.token });
    expectError(said, 2, code, message, hint);
    expect(existsSync(file(desk))).toBe(false);
  });
});

describe('xano auth status', () => {
  const UNASKED = { who: null, accepted: null, scopes: [], more_rights: null, commands: [], others: [] };
  const ask = (desk: Desk, env = {}) =>
    desk.run(['auth', 'status', '--offline', '--json'], { env: { XANO_TOKEN: undefined, ...env } });

  it('shows the expiry that the token says', async () => {
    const desk = await atOffice();
    expect(await desk.run(['auth', 'status', '--offline'])).toEqual({
      status: 0,
      stdout:
        'Token: ******** from XANO_TOKEN\nInstance: any that the token sees\nState: valid\nEnds: 2026-03-08 12:00 UTC, in 7 days (according to the token)\nNot checked with Xano: --offline\n',
      stderr: '',
    });
    const { stdout } = await ask(desk, { XANO_TOKEN: desk.xano.token, XANO_INSTANCE: OFFICE });
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
      not_checked: '--offline',
      ...UNASKED,
    });
    expect(desk.xano.requests).toEqual([]);
  });

  it('shows the expiry given by --expires, until it has passed', async () => {
    const desk = await atOffice();
    const stdin = desk.xano.issueToken({ opaque: true });
    await desk.run(['auth', 'login', '--token-stdin', '--expires', '3d', '--instance', OFFICE], { stdin });
    const known = {
      token: '********',
      source: 'profile "default"',
      source_kind: 'profile',
      profile: 'default',
      not_checked: '--offline',
      ...UNASKED,
      instance: OFFICE,
      expires_at: '2026-03-04T12:00:00.000Z',
      basis: 'recorded',
      basis_in_words: 'as entered at login',
    };
    expect(JSON.parse((await ask(desk)).stdout)).toEqual({ ...known, state: 'valid' });

    desk.clock.advance(25 * HOUR_MS);
    const expiring = await ask(desk);
    expect(JSON.parse(expiring.stdout)).toEqual({ ...known, state: 'expiring' });
    expect(expiring).toMatchObject({
      status: 0,
      stderr: 'Warning: create a new token soon, then run `xano auth login`.\n',
    });

    desk.clock.advance(47 * HOUR_MS);
    const expired = await ask(desk);
    expect(JSON.parse(expired.stdout)).toEqual({
      ...known,
      state: 'expired',
      not_checked: 'it has expired',
    });
    expect(expired).toMatchObject({
      status: 4,
      stderr:
        'Error: The token from profile "default" expired on 2026-03-04 12:00 UTC (as entered at login).\n  Make a new token in Xano (Instances → Metadata API → Access Tokens), then run `xano auth login`.\n  Code: TOKEN_EXPIRED\n',
    });
    const { stdout } = await desk.run(['auth', 'status'], NO_TOKEN);
    expect(stdout).toContain('State: expired\nEnds: 2026-03-04 12:00 UTC, expired (as entered at login)\n');
  });

  it('shows a token that never expires', async () => {
    const desk = await atOffice();
    const stdin = desk.xano.issueToken({ expires_at: null });
    await desk.run(['auth', 'login', '--token-stdin', '--expires', 'never'], { stdin });
    const { status, stdout } = await desk.run(['auth', 'status'], NO_TOKEN);
    expect(status).toBe(0);
    expect(stdout).toBe(
      'Token: ******** from profile "default"\nInstance: any that the token sees\nWho: Ada Lovelace, ada@example.com\nState: valid\nEnds: never (as entered at login)\nMay run: discover, discover --counts, endpoints, endpoints --api-groups, schema, check, load\n',
    );
  });

  it('shows a token of unknown expiry', async () => {
    const desk = await atOffice();
    const XANO_TOKEN = desk.xano.issueToken({ opaque: true });
    const { stdout } = await ask(desk, { XANO_TOKEN });
    expect(JSON.parse(stdout)).toEqual({
      token: '********',
      source: 'XANO_TOKEN',
      source_kind: 'env',
      profile: null,
      instance: null,
      not_checked: '--offline',
      ...UNASKED,
      state: 'unknown',
      expires_at: null,
      basis: 'none',
      basis_in_words: "unknown; Xano's default is 7 days",
    });
    const text = await desk.run(['auth', 'status'], { env: { XANO_TOKEN } });
    expect(text.stdout).toContain("State: unknown\nEnds: unknown; Xano's default is 7 days\n");
    expect(text.status).toBe(0);
  });

  it('fails with TOKEN_MISSING without a token', async () => {
    const desk = await atOffice();
    expectError(
      await ask(desk),
      4,
      'TOKEN_MISSING',
      'No token found.',
      'Set XANO_TOKEN, or run `xano auth login`.',
    );
  });
});

describe('XANO_TOKEN beside a stored token', () => {
  const WINS = 'XANO_TOKEN is set: xano uses its token instead of the stored one.\n';

  it('is named by login and logout, since it wins over the stored token', async () => {
    const desk = await atOffice();
    const mine = desk.xano.issueToken();
    const login = await desk.run(['auth', 'login', '--token-stdin'], { stdin: mine });
    expect({ status: login.status, stderr: login.stderr }).toEqual({ status: 0, stderr: WINS });
    const { stdout } = await desk.run(['auth', 'status', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ source: 'XANO_TOKEN' });
    expect(await desk.run(['auth', 'logout'])).toEqual({
      status: 0,
      stdout:
        'Forgot the token of profile "default". It is still valid: revoke it in Xano if you no longer need it.\n',
      stderr: WINS,
    });
  });

  it.each([undefined, '', ' '])('is not named where it is %j', async (XANO_TOKEN) => {
    const desk = await atOffice();
    const env = { XANO_TOKEN };
    const login = await desk.run(['auth', 'login', '--token-stdin'], { stdin: desk.xano.token, env });
    expect({ status: login.status, stderr: login.stderr }).toEqual({ status: 0, stderr: '' });
    expect(await desk.run(['auth', 'logout'], { env })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('profiles', () => {
  const login = (desk: Desk, name: string, stdin: string) =>
    desk.run(['auth', 'login', '--token-stdin', '--profile', name], { stdin });

  it('keep one token each, and logout removes one of them', async () => {
    const desk = await atOffice();
    const [first, second] = [desk.xano.issueToken(), desk.xano.issueToken()];
    await login(desk, 'default', first);
    await login(desk, 'work', second);
    expect(stored(desk)).toMatchObject({ profiles: { default: { token: first }, work: { token: second } } });

    const argv = ['auth', 'logout', '--profile', 'work'];
    expect(await desk.run(argv, NO_TOKEN)).toEqual({
      status: 0,
      stdout:
        'Forgot the token of profile "work". It is still valid: revoke it in Xano if you no longer need it.\n',
      stderr: '',
    });
    expect(readFileSync(file(desk), 'utf8')).not.toContain(second);
    expect(stored(desk)).toMatchObject({ profiles: { default: { token: first } } });
    expectError(
      await desk.run(argv),
      2,
      'USAGE',
      'No login is stored as profile "work".',
      'Name one with --profile: default.',
    );
    expect((await desk.run(['auth', 'logout'], NO_TOKEN)).status).toBe(0);
    expectError(
      await desk.run(['auth', 'logout']),
      2,
      'USAGE',
      'No login is stored as profile "default".',
      'No login is stored.',
    );
    expect((await desk.run(['auth', 'status'], NO_TOKEN)).status).toBe(4);
  });

  it.each(['constructor', 'a.b', 'with space', '🚀'])('may be called %s', async (name) => {
    const desk = await atOffice();
    expect((await login(desk, name, desk.xano.token)).status).toBe(0);
    const env = { XANO_TOKEN: undefined, XANO_PROFILE: name };
    expect((await desk.run(['auth', 'status'], { env })).stdout).toContain(`from profile "${name}"\n`);
    expect((await desk.run(['auth', 'status'], NO_TOKEN)).status).toBe(4);
  });
});

describe('a profile', () => {
  it('cannot be called __proto__', async () => {
    const desk = await atOffice();
    const argv = ['auth', 'login', '--token-stdin', '--profile', '__proto__'];
    const said = await desk.run(argv, { stdin: desk.xano.token });
    const message = '"__proto__" cannot be the name of a profile.';
    expectError(said, 2, 'USAGE', message, 'Give another one with --profile.');
    expect(existsSync(file(desk))).toBe(false);
  });
});

describe('the prompt for a token', () => {
  it('stores what is typed, and shows none of it', async () => {
    const desk = await atOffice();
    const { token } = desk.xano;
    const said = await desk.run(['auth', 'login'], { typed: `${token}\r`, columns: 80, ...NO_TOKEN });
    expect(said.status).toBe(0);
    expect(said.stderr).toContain('Access token (not shown as you paste it):');
    expect(said.stderr).not.toContain(token.slice(0, 12));
    expect(said.stdout).toContain('Logged in as ada@example.com (profile "default").\n');
    expect(stored(desk)).toMatchObject({ profiles: { default: { token } } });
  });

  it('ends at Ctrl-C with nothing stored', async () => {
    const desk = await atOffice();
    const said = await desk.run(['auth', 'login'], { typed: '\u0003', columns: 80, ...NO_TOKEN });
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 130, stdout: '' });
    expect(said.stderr).toMatch(
      /Error: Nothing was stored\.\n {2}Run the same command again\.\n {2}Code: INTERRUPTED\n$/,
    );
    expect(existsSync(file(desk))).toBe(false);
    expect(desk.xano.requests).toEqual([]);
  });
});

describe('the settings file', () => {
  const with_ = async (content: string, mode = 0o600): Promise<Desk> => {
    const desk = await atOffice();
    mkdirSync(desk.settings);
    writeFileSync(file(desk), content);
    chmodSync(file(desk), mode);
    return desk;
  };
  const COMMANDS = [
    ['auth', 'status'],
    ['auth', 'logout'],
    ['auth', 'login', '--token-stdin'],
    ['discover'],
    ['load'],
  ];

  it.each([0o644, 0o640, 0o604])('that others may read (mode %o) is refused', async (mode) => {
    const token = tokenWith({ exp: START });
    const desk = await with_(JSON.stringify({ profiles: { default: { token, saved_at: '' } } }), mode);
    for (const argv of COMMANDS) {
      const said = await desk.run(argv, { stdin: desk.xano.token, ...NO_TOKEN });
      const message = `Others may read your tokens: ${file(desk)} has mode ${mode.toString(8)}.`;
      expectError(said, 2, 'CONFIG_INVALID', message, `Run: chmod 600 '${file(desk)}'`);
    }
    expect(statSync(file(desk)).mode & 0o777).toBe(mode);
    expect(desk.xano.requests).toEqual([]);
  });

  it.each(['', '{', '{"profiles": eyJhbGciOiJSUzI1NiJ9 }', '"text"', 'null'])(
    'that holds %j is refused without quoting it, and left as it is',
    async (content) => {
      const desk = await with_(content);
      for (const argv of COMMANDS) {
        const said = await desk.run(argv, { stdin: desk.xano.token, ...NO_TOKEN });
        const message = `The settings file ${file(desk)} is not JSON.`;
        expectError(said, 2, 'CONFIG_INVALID', message, 'Correct or remove it, then run `xano auth login`.');
      }
      expect(readFileSync(file(desk), 'utf8')).toBe(content);
    },
  );

  it.each([
    [{ profiles: 'none' }, 'profiles.'],
    [{ profiles: { default: 'token' } }, 'profiles.default'],
    [{ profiles: { default: { tokn: 'x', saved_at: '' } } }, 'profiles.default.token'],
    [{ profiles: { work: { token: 7, saved_at: '' } } }, 'profiles.work.token'],
  ])('that holds %j is refused by the name of the field', async (content, at) => {
    const desk = await with_(JSON.stringify(content));
    for (const argv of COMMANDS.filter(([, second]) => second !== 'login')) {
      const message = `The settings file ${file(desk)} is not valid at "${at}".`;
      expectError(
        await desk.run(argv, NO_TOKEN),
        2,
        'CONFIG_INVALID',
        message,
        'Remove the file, then run `xano auth login`.',
      );
    }
  });

  it('is not read where XANO_TOKEN is enough', async () => {
    const desk = await with_('{');
    expect((await desk.run(['discover'])).status).toBe(0);
  });

  it('fails with a sentence where its folder cannot be made', async () => {
    const desk = await atOffice();
    writeFileSync(desk.path('file'), '');
    const said = await desk.run(['auth', 'status', '--config-dir', desk.path('file')], NO_TOKEN);
    const message = `The settings file cannot be read: ENOTDIR: not a directory, open '${desk.path('file')}/settings.json'.`;
    const hint = 'Name another folder with XANO_CONFIG_DIR, or make this one readable.';
    expectError(said, 2, 'CONFIG_INVALID', message, hint);
  });

  it('lies where the flag says, and the flag wins over the variable', async () => {
    const desk = await atOffice();
    const argv = ['auth', 'login', '--token-stdin', '--config-dir', desk.path('here')];
    const said = await desk.run(argv, { stdin: desk.xano.token });
    expect(desk.tidy(said.stdout)).toContain(
      '\nSaved in <base>/files/here/settings.json, readable only by you.\n',
    );
    expect(readdirSync(desk.path('here'))).toEqual(['settings.json']);
    expect(existsSync(desk.settings)).toBe(false);
    await desk.run(['auth', 'logout', '--config-dir', desk.path('here')]);
  });
});
