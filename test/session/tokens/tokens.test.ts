import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { atOffice } from '../../cli/at-office.js';
import { type Desk, expectError, HOUR_MS, rowsOfFile, START, tokenWith } from '../../cli/terminal.js';
import { OFFICE } from '../../fixtures/office.js';

const COMMANDS: readonly (readonly [name: string, argv: (desk: Desk) => string[]])[] = [
  ['discover', () => ['discover']],
  ['endpoints', (desk) => ['endpoints', '--output', desk.path('endpoints.json')]],
  ['load', (desk) => ['load', '--to', desk.path('office.duckdb')]],
];

const LOG_IN = 'Set XANO_TOKEN, or run `xano auth login`.';
const COPY = 'Copy the whole token again, alone and on one line.';
const COPY_OR_MAKE =
  'Copy the whole token again, or make a new one in Xano (Instances → Metadata API → Access Tokens).';
const MAKE =
  'Make a new token in Xano (Instances → Metadata API → Access Tokens), then set XANO_TOKEN to it, or unset XANO_TOKEN and run `xano auth login`.';
const SCOPES = 'Give the token Read on Database, Content, Live Data Source and API Groups.';

describe.each(COMMANDS)('xano %s', (_name, argv) => {
  it('fails with TOKEN_MISSING without a token', async () => {
    const desk = await atOffice();
    const said = await desk.run(argv(desk), { env: { XANO_TOKEN: undefined } });
    expectError(said, 4, 'TOKEN_MISSING', 'No token found.', LOG_IN);
    expect(desk.xano.requests).toEqual([]);
    expect(desk.files()).toEqual([]);
  });

  it.each(['two words here', 'line\nbreak-in-it', 'tab\tin-it', 'schlüssel-wort', '\u0000zero-byte'])(
    'fails with TOKEN_REJECTED for the malformed token %j, and sends no request',
    async (token) => {
      const desk = await atOffice();
      const said = await desk.run(argv(desk), { env: { XANO_TOKEN: token } });
      const message =
        'The token from XANO_TOKEN is malformed: it contains white space or characters that no token has.';
      expectError(said, 4, 'TOKEN_REJECTED', message, COPY);
      expect(desk.xano.requests).toEqual([]);
      expect(desk.files()).toEqual([]);
    },
  );

  it.each([
    ['its header in front', (token: string) => `Bearer ${token}`, 'begins with the word "Bearer"'],
    ['its header in small letters', (token: string) => `bearer\t${token}`, 'begins with the word "Bearer"'],
    ['quotes around it', (token: string) => `"${token}"`, 'is in quotes'],
    ['single quotes around it', (token: string) => `'${token}'`, 'is in quotes'],
    ['a quote left behind it', (token: string) => `${token}"`, 'is in quotes'],
  ])(
    'fails with TOKEN_REJECTED for a token that has %s, and sends no request',
    async (_what, around, said) => {
      const desk = await atOffice();
      const token = around(desk.xano.token);
      const hint = 'Give the token alone.';
      const variable = await desk.run(argv(desk), { env: { XANO_TOKEN: token } });
      expectError(variable, 4, 'TOKEN_REJECTED', `The token from XANO_TOKEN ${said}.`, hint);
      const flag = await desk.run([...argv(desk), '--token', token]);
      expectError(flag, 4, 'TOKEN_REJECTED', `The token from --token ${said}.`, hint);
      expect(desk.xano.requests).toEqual([]);
      expect(desk.files()).toEqual([]);
    },
  );

  it('fails with TOKEN_EXPIRED for a token that says that it has expired, and sends no request', async () => {
    const desk = await atOffice();
    desk.clock.advance(7 * 24 * HOUR_MS);
    const message = 'The token from XANO_TOKEN expired on 2026-03-08 12:00 UTC (according to the token).';
    expectError(await desk.run(argv(desk)), 4, 'TOKEN_EXPIRED', message, MAKE);
    expect(desk.xano.requests).toEqual([]);
    expect(desk.files()).toEqual([]);
  });

  it('fails with TOKEN_REJECTED for a revoked token', async () => {
    const desk = await atOffice();
    desk.xano.revoke(desk.xano.token);
    const message = 'Xano does not accept the token: Invalid token (GET /api:meta/instance).';
    expectError(await desk.run(argv(desk)), 4, 'TOKEN_REJECTED', message, COPY_OR_MAKE);
    expect(desk.files()).toEqual([]);
  });

  it('fails with TOKEN_EXPIRED for a token that Xano calls expired', async () => {
    const desk = await atOffice();
    const token = desk.xano.issueToken({ opaque: true, expires_at: START + HOUR_MS });
    desk.clock.advance(HOUR_MS);
    const said = await desk.run(argv(desk), { env: { XANO_TOKEN: token } });
    const message = 'The token has expired: This token is expired (GET /api:meta/instance).';
    expectError(said, 4, 'TOKEN_EXPIRED', message, MAKE);
    expect(desk.files()).toEqual([]);
  });

  it('warns of a token that expires in less than 48 hours, and continues', async () => {
    const desk = await atOffice();
    desk.clock.advance(5 * 24 * HOUR_MS + 1);
    const { status, stderr } = await desk.run(argv(desk));
    expect(status).toBe(0);
    expect(stderr.split('\n')[0]).toBe(
      'Warning: the token from XANO_TOKEN ends in 47 hours, on 2026-03-08 12:00 UTC (according to the token). Create a new one, then run `xano auth login`.',
    );
  });

  it('says nothing of a token that has 48 hours left', async () => {
    const desk = await atOffice();
    desk.clock.advance(5 * 24 * HOUR_MS);
    const { status, stderr } = await desk.run(argv(desk));
    expect(status).toBe(0);
    expect(stderr).not.toContain('Warning');
  });

  it('names the profile and the basis of what it warns of', async () => {
    const desk = await atOffice();
    const token = desk.xano.issueToken({ opaque: true });
    await desk.run(['auth', 'login', '--token-stdin', '--expires', '12h'], { stdin: token });
    const { status, stderr } = await desk.run(argv(desk), { env: { XANO_TOKEN: undefined } });
    expect(status).toBe(0);
    expect(stderr.split('\n')[0]).toBe(
      'Warning: the token from profile "default" ends in 12 hours, on 2026-03-02 00:00 UTC (as entered at login). Create a new one, then run `xano auth login`.',
    );
  });
});

describe('the token in use', () => {
  it('is that of the flag, then of XANO_TOKEN, then of the profile', async () => {
    const desk = await atOffice();
    const profile = desk.xano.issueToken();
    await desk.run(['auth', 'login', '--token-stdin'], { stdin: profile });
    const variable = desk.xano.issueToken();
    const flag = desk.xano.issueToken();
    const works = async (argv: string[], env = {}) => (await desk.run(argv, { env })).status === 0;

    desk.xano.revoke(variable);
    desk.xano.revoke(profile);
    expect(await works(['discover', '--token', flag], { XANO_TOKEN: variable })).toBe(true);
    expect(await works(['discover'], { XANO_TOKEN: variable })).toBe(false);
    expect(await works(['discover'], { XANO_TOKEN: undefined })).toBe(false);
    desk.xano.revoke(flag);
    expect(await works(['discover', '--token', flag])).toBe(false);
    expect(await works(['discover'])).toBe(true);
  });

  it('is that of the profile where a flag names it, whatever XANO_TOKEN holds', async () => {
    const desk = await atOffice();
    const mine = desk.xano.issueToken();
    await desk.run(['auth', 'login', '--token-stdin', '--profile', 'mine'], { stdin: mine });
    const env = { XANO_TOKEN: 'unknown-token' };
    expect((await desk.run(['discover', '--profile', 'mine'], { env })).status).toBe(0);
    expect((await desk.run(['discover'], { env: { ...env, XANO_PROFILE: 'mine' } })).status).toBe(4);
  });

  it.each(['', '  '])('is never another one than the flag’s: --token %j', async (token) => {
    const desk = await atOffice();
    const said = await desk.run(['discover', '--token', token]);
    expectError(said, 4, 'TOKEN_MISSING', 'The token from --token is empty.', LOG_IN);
    expect(desk.xano.requests).toEqual([]);
  });

  it('is found with white space around it', async () => {
    const desk = await atOffice();
    const env = { XANO_TOKEN: ` ${desk.xano.token}\n` };
    expect((await desk.run(['discover'], { env })).status).toBe(0);
  });

  it('is missing where XANO_TOKEN is empty', async () => {
    const desk = await atOffice();
    const said = await desk.run(['discover'], { env: { XANO_TOKEN: '' } });
    expectError(said, 4, 'TOKEN_MISSING', 'No token found.', LOG_IN);
  });

  it('cannot come from a profile that does not exist, and the others are named', async () => {
    const desk = await atOffice();
    const missing = 'Profile "nobody" does not exist.';
    const log_in = 'Run `xano auth login --profile nobody`.';
    const argv = ['discover', '--profile', 'nobody'];
    expectError(await desk.run(argv), 4, 'TOKEN_MISSING', missing, log_in);
    for (const name of ['default', 'work'])
      await desk.run(['auth', 'login', '--token-stdin', '--profile', name], { stdin: desk.xano.token });
    desk.xano.clearRequests();
    const known = `Known profiles: default, work. ${log_in}`;
    expectError(await desk.run(argv), 4, 'TOKEN_MISSING', missing, known);
    const beside = [...argv, '--token', desk.xano.token];
    expectError(await desk.run(beside), 4, 'TOKEN_MISSING', missing, known);
    expect(desk.xano.requests).toEqual([]);
  });
});

describe('a token without a scope', () => {
  it('for content is SCOPE_MISSING, and makes no file', async () => {
    const desk = await atOffice();
    const token = desk.xano.issueToken({ scopes: ['workspace:database', 'workspace:live_data_source'] });
    const to = desk.path('office.duckdb');
    const said = await desk.run(['load', '--to', to, '--concurrency', '1', '--no-parallel-requests'], {
      env: { XANO_TOKEN: token },
    });
    expect(said.status).toBe(4);
    expect(said.stdout).toBe(
      'people\t-\t-\t-\t0.000\tfailed SCOPE_MISSING\nrooms\t-\t-\t-\t0.000\tfailed SCOPE_MISSING\n',
    );
    const refused = (table: number) =>
      `The token may not do this (POST /api:meta/workspace/3/table/${table}/content/search).`;
    expect(desk.tidy(said.stderr)).toBe(
      `people: ${refused(7)} ${SCOPES}\nrooms: ${refused(8)} ${SCOPES}\n` +
        `Error: 2 of 2 tables not loaded: the token may not do this.\n  ${SCOPES}\n  Code: SCOPE_MISSING\n`,
    );
    expect(desk.files()).toEqual([]);
  });

  it('for content is SCOPE_MISSING in a dry run', async () => {
    const desk = await atOffice();
    const token = desk.xano.issueToken({ scopes: ['workspace:database'] });
    const argv = ['load', '--dry-run', '--to', desk.path('office.duckdb')];
    const said = await desk.run(argv, { env: { XANO_TOKEN: token } });
    const message = 'The token may not do this (POST /api:meta/workspace/3/table/7/content/search).';
    expectError(said, 4, 'SCOPE_MISSING', message, SCOPES);
    expect(desk.files()).toEqual([]);
  });

  it('for one table excludes that one from the plan, and keeps the rest', async () => {
    const desk = await atOffice();
    desk.xano.fail({
      path: '/table/7/content',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 403, body: { code: 'ERROR_CODE_ACCESS_DENIED', message: '' } },
    });
    const said = await desk.run(['load', '--dry-run', '--to', desk.path('office.duckdb')]);
    expect({ ...said, stderr: desk.tidy(said.stderr) }).toEqual({
      status: 7,
      stdout: 'people\t?\t?\t?\txano_data.people\nrooms\t0\t1\t1\txano_data.rooms\n',
      stderr:
        '2 tables, 0 rows, 1 page, 1 request → <base>/files/office.duckdb. Nothing was written.\n' +
        `people: The token may not do this (POST /api:meta/workspace/3/table/7/content/search). ${SCOPES}\n`,
    });
    expect(desk.files()).toEqual([]);
  });

  it('for content leaves the counts out of the discovery', async () => {
    const desk = await atOffice();
    const token = desk.xano.issueToken({ scopes: ['workspace:database', 'workspace:api'] });
    const said = await desk.run(['discover', '--counts'], { env: { XANO_TOKEN: token } });
    expect(said.status).toBe(0);
    expect(said.stdout.split('\n').slice(0, 2)).toEqual([
      `table\t${OFFICE}\t3\tOffice\t7\tpeople\t4\t\tWho works here`,
      `table\t${OFFICE}\t3\tOffice\t8\trooms\t2\t\t`,
    ]);
    expect(said.stderr).toMatch(
      /^Warning: left out: row count of "people", "rooms" of x-office \/ Office: The token may not do this \(GET [^)]+\)\. \(SCOPE_MISSING\)\n$/,
    );
  });

  it('for the database leaves columns out, says so once, and loads', async () => {
    const desk = await atOffice();
    const scopes = ['workspace:content', 'workspace:live_data_source'] as const;
    const env = { XANO_TOKEN: desk.xano.issueToken({ scopes }) };
    const omitted =
      /^Warning: left out: columns of "people", "rooms" of x-office \/ Office: The token may not do this \(GET [^)]+\/schema\)\. \(SCOPE_MISSING\)\nWarning: left out: indexes of "people", "rooms" of x-office \/ Office: The token may not do this \(GET [^)]+\/index\)\. \(SCOPE_MISSING\)\n/;
    const discovered = await desk.run(['discover'], { env });
    expect(discovered.status).toBe(0);
    expect(discovered.stdout.split('\n')[0]).toBe(
      `table\t${OFFICE}\t3\tOffice\t7\tpeople\t\t\tWho works here`,
    );
    expect(discovered.stderr).toMatch(new RegExp(`${omitted.source}$`));

    const to = desk.path('office.duckdb');
    const loaded = await desk.run(['load', 'people', '--to', to], { env });
    expect(loaded.status).toBe(0);
    expect(loaded.stderr).toMatch(omitted);
    expect(await rowsOfFile(to, 'SELECT id, name, boss_id FROM xano_data.people ORDER BY id')).toEqual([
      ['1', 'Ada', null],
      ['2', 'Grace', '1'],
      ['3', 'Edsger', '1'],
    ]);
  });
});

describe('a token that stops working during a load', () => {
  it('ends the load: later tables are not requested, and existing rows stay', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    await desk.run(['load', '--to', to]);
    desk.xano.fail({
      path: '/table/7/content/search',
      answer: {
        kind: 'status',
        status: 401,
        body: { code: 'ERROR_CODE_UNAUTHORIZED', message: 'This token is expired.' },
      },
    });
    desk.xano.clearRequests();
    const { status, stdout, stderr } = await desk.run([
      'load',
      '--to',
      to,
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ]);
    expect(status).toBe(4);
    expect(stdout).toBe(
      'people\t-\t-\t-\t0.000\tfailed TOKEN_EXPIRED\nrooms\t-\t-\t-\t0.000\tskipped TOKEN_EXPIRED\n',
    );
    const over =
      'The token has expired: This token is expired (POST /api:meta/workspace/3/table/7/content/search).';
    expect(stderr.split('\n')).toEqual([
      `people: ${over} ${MAKE}`,
      `rooms: Not requested, because the server refused the login that it shares with "people". ${MAKE}`,
      'Error: 2 of 2 tables not loaded: the token has expired.',
      `  ${MAKE}`,
      '  Code: TOKEN_EXPIRED',
      '',
    ]);
    expect(desk.xano.requests.filter(({ path }) => path.includes('/table/8/'))).toEqual([]);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
  });

  it('decides the exit status, though earlier tables are loaded', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    const body = { code: 'ERROR_CODE_UNAUTHORIZED', message: 'Invalid token' };
    desk.xano.fail({ path: '/table/8/content/search', answer: { kind: 'status', status: 401, body } });
    const { status, stdout, stderr } = await desk.run([
      'load',
      '--to',
      to,
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ]);
    expect(status).toBe(4);
    expect(stdout).toBe(
      'people\t3\t3000\tproved\t0.000\tloaded\nrooms\t-\t-\t-\t0.000\tfailed TOKEN_REJECTED\n',
    );
    expect(
      stderr.endsWith(
        `Error: 1 of 2 tables not loaded: the token is not accepted.\n  ${COPY_OR_MAKE}\n  Code: TOKEN_REJECTED\n`,
      ),
    ).toBe(true);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
  });
});

describe('the claims of a token', () => {
  it.each([
    [{ exp: 'soon' }, 'unknown'],
    [{ exp: -1 }, 'unknown'],
    [{ exp: 1e300 }, 'unknown'],
    [{}, 'unknown'],
    [{ exp: START / 1000 - 1 }, 'expired'],
    [{ exp: START / 1000 + 3600 }, 'expiring'],
    [{ exp: START / 1000 + 200 * 3600 }, 'valid'],
  ])('are read as such: %j makes it %s', async (claims, state) => {
    const desk = await atOffice();
    const argv = ['auth', 'status', '--offline', '--json', '--token', tokenWith(claims)];
    const { stdout } = await desk.run(argv);
    expect(JSON.parse(stdout)).toMatchObject({ state, source: '--token' });
    expect(existsSync(desk.settings)).toBe(false);
  });
});
