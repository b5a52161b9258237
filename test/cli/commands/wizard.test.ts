/** `xano` alone on a terminal, and questions of other commands. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { office, officeWorkspace, people } from '../../fixtures/office.js';
import { atOffice } from '../at-office.js';
import {
  type Desk,
  expectError,
  HOUR_MS,
  openDesk,
  rowsOfFile,
  type Said,
  screen,
  type Typed,
} from '../terminal.js';

const NO_TOKEN = { XANO_TOKEN: undefined, NO_COLOR: '1' };
const ENTER = '\r';
const DOWN = '\u001b[B';
const CTRL_C = '\u0003';
const PASTE = 'Paste it here';
const WHICH_TABLES = 'Which ones?';

/** Wide enough for every path. */
const COLUMNS = 250;

/** What is left on the screen of what was said on the way, tidied. */
async function shown(desk: Desk, said: Said): Promise<string> {
  const lines = await screen(desk.tidy(said.stderr), COLUMNS, 200);
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}

/** How much was asked is nothing that is promised here. */
const totals = (text: string): string => text.replace(/\d+ requests, \d+ B/, '<traffic>');

const alone = (desk: Desk, typed: readonly Typed[], env = {}): Promise<Said> =>
  desk.run([], { typed, columns: COLUMNS, env: { ...NO_TOKEN, ...env } });

const HOW_TO = `
First, create an access token. In Xano:
  1. Instances → your instance → Metadata API → Access Tokens
  2. Create a token. Tick only Read on these four:
       Workspace Database
       Workspace Content
       Workspace Live Data Source
       Workspace API Groups
  3. Copy it: Xano shows it once.

No account? \`xano demo\` needs none.
`;

const WELCOME = `This copies tables of a Xano workspace into a DuckDB file.
It takes a minute and changes nothing in Xano. Press Ctrl-C to stop at any time.
${HOW_TO}
│
◇  Paste it here (it is not shown):
│
Logged in as ada@example.com. The token ends: 2026-03-08 12:00 UTC, in 7 days (according to the token).
Saved in <base>/settings/settings.json, readable only by you.
Discovering tables and counting rows …
│`;

describe('xano without arguments on a terminal', () => {
  it('asks for a token and the tables, loads them, and shows the command that does the same', async () => {
    const desk = await atOffice();
    const said = await alone(desk, [
      { at: PASTE, keys: `${desk.xano.token}${ENTER}` },
      { at: WHICH_TABLES, keys: ENTER },
    ]);
    expect(await shown(desk, said)).toBe(`${WELCOME}
◇  Our office / Office: 2 tables. Which ones? (a: all or none)
│  people, rooms


Query the rows, and check how fresh and complete they are:

xano query "FROM xano_data.people LIMIT 5"
xano status

The same as one command, for cron or a script:

xano load --instance x-office --workspace 3 --to <base>/files/xano.duckdb --profile default --config-dir <base>/settings`);
    expect({ ...said, stderr: '', stdout: totals(desk.tidy(said.stdout)) }).toEqual({
      status: 0,
      stderr: '',
      stdout: `  table   rows  rows/s  completeness   time  status
  people     3   3,000  proved        0.0 s  loaded
  rooms      0       0  proved        0.0 s  loaded

  2 tables, 3 rows, <traffic>, 0.0 s → <base>/files/xano.duckdb (load <load id>)
`,
    });
    const sql = 'SELECT name FROM xano_data.people ORDER BY id';
    expect(await rowsOfFile(desk.path('xano.duckdb'), sql)).toEqual([['Ada'], ['Grace'], ['Edsger']]);
    const settings = JSON.parse(readFileSync(join(desk.settings, 'settings.json'), 'utf8'));
    expect(settings).toMatchObject({ profiles: { default: { token: desk.xano.token } } });
  });

  it('quotes the name of a table in its example, and shows npx where it is needed', async () => {
    const table = { ...people(), name: 'the "best" people' };
    const desk = await atOffice({ tables: [table] });
    const { stderr } = await alone(
      desk,
      [
        { at: PASTE, keys: `${desk.xano.token}${ENTER}` },
        { at: WHICH_TABLES, keys: ENTER },
      ],
      { npm_command: 'exec' },
    );
    expect(stderr).toContain(
      `\nnpx xano query 'FROM xano_data."the ""best"" people" LIMIT 5'\nnpx xano status\n`,
    );
    expect(stderr).toMatch(/\nnpx xano load --instance /);
    const to = desk.path('xano.duckdb');
    const rows = await desk.run([
      'query',
      'FROM xano_data."the ""best"" people" LIMIT 5',
      '--to',
      to,
      '--csv',
    ]);
    expect([rows.status, rows.stdout.split('\r\n').length]).toEqual([0, 5]);
  });

  it('shows a command that works unchanged', async () => {
    const desk = await atOffice();
    const first = await alone(desk, [
      { at: PASTE, keys: `${desk.xano.token}${ENTER}` },
      { at: WHICH_TABLES, keys: ` ${ENTER}` },
    ]);
    const command = /^xano (load rooms .*)$/m.exec(first.stderr)?.[1] ?? '';
    const env = { ...NO_TOKEN, XANO_ACCOUNT_ORIGIN: undefined, XANO_CONFIG_DIR: undefined };
    const again = await desk.run(command.split(' '), { env });
    expect({ status: again.status, stdout: again.stdout }).toEqual({
      status: 0,
      stdout: 'rooms\t0\t0\tproved\t0.000\tloaded\n',
    });
  });

  it('asks for the instance and the workspace where several exist', async () => {
    const lab = { ...officeWorkspace(), id: 4, name: 'Lab' };
    const annex = { ...office([officeWorkspace(), lab]), name: 'x-annex', display: '' };
    const desk = await openDesk({ instances: [office(), annex] });
    const said = await alone(desk, [
      { at: PASTE, keys: `${desk.xano.token}${ENTER}` },
      { at: 'Which instance?', keys: `${DOWN}${ENTER}` },
      { at: 'Which workspace?', keys: `${DOWN}${ENTER}` },
      { at: WHICH_TABLES, keys: ENTER },
    ]);
    expect(said.status).toBe(0);
    expect(await shown(desk, said)).toBe(`${WELCOME}
◇  Which instance?
│  x-annex
│
◇  Which workspace?
│  Lab (4)
│
◇  x-annex / Lab: 2 tables. Which ones? (a: all or none)
│  people, rooms


Query the rows, and check how fresh and complete they are:

xano query "FROM xano_data.people LIMIT 5"
xano status

The same as one command, for cron or a script:

xano load --instance x-annex --workspace 4 --to <base>/files/xano.duckdb --profile default --config-dir <base>/settings`);
  });

  it('does not ask for a token where one is stored', async () => {
    const desk = await atOffice();
    await desk.run(['auth', 'login', '--token-stdin'], { stdin: desk.xano.token });
    const stored = await alone(desk, [{ at: WHICH_TABLES, keys: ENTER }]);
    expect(await shown(desk, stored)).toBe(`Using the token from profile "default".
Discovering tables and counting rows …
│
◇  Our office / Office: 2 tables. Which ones? (a: all or none)
│  people, rooms


Query the rows, and check how fresh and complete they are:

xano query "FROM xano_data.people LIMIT 5"
xano status

The same as one command, for cron or a script:

xano load --instance x-office --workspace 3 --to <base>/files/xano.duckdb --profile default --config-dir <base>/settings`);
    const variable = await alone(desk, [{ at: WHICH_TABLES, keys: ENTER }], { XANO_TOKEN: desk.xano.token });
    expect(await shown(desk, variable)).toContain(
      'xano load --instance x-office --workspace 3 --to <base>/files/xano.duckdb --account-origin <account>\n\nXANO_TOKEN must be set there as it is here.',
    );
  });

  it('asks for another token where the stored one has expired, and keeps the rest of the login', async () => {
    const desk = await atOffice();
    const argv = ['auth', 'login', '--token-stdin', '--instance', 'x-office'];
    await desk.run(argv, { stdin: desk.xano.token });
    desk.clock.advance(8 * 24 * HOUR_MS);
    const next = desk.xano.issueToken();
    const said = await alone(desk, [
      { at: PASTE, keys: `${next}${ENTER}` },
      { at: WHICH_TABLES, keys: ENTER },
    ]);
    expect(said.status).toBe(0);
    expect(await shown(desk, said)).toContain(`The token from profile "default" has expired.\n${HOW_TO}`);
    const settings = JSON.parse(readFileSync(join(desk.settings, 'settings.json'), 'utf8'));
    expect(settings).toMatchObject({ profiles: { default: { token: next, instance: 'x-office' } } });
  });

  it('asks for the login where none is the default', async () => {
    const desk = await atOffice();
    for (const name of ['client-a', 'client-b'])
      await desk.run(['auth', 'login', '--token-stdin', '--profile', name], { stdin: desk.xano.token });
    const said = await alone(desk, [
      { at: 'Which login?', keys: `${DOWN}${ENTER}` },
      { at: WHICH_TABLES, keys: ENTER },
    ]);
    expect(said.status).toBe(0);
    expect((await shown(desk, said)).split('\n').slice(0, 4)).toEqual([
      '│',
      '◇  Which login?',
      '│  client-b',
      'Using the token from profile "client-b".',
    ]);
    expect(said.stderr).toContain(' --profile client-b ');
  });

  it('runs the program that gives the token once', async () => {
    const desk = await atOffice();
    const runs = join(desk.settings, 'runs');
    const command = `echo run >> '${runs}'; echo '${desk.xano.token}'`;
    await desk.run(['auth', 'login', '--token-command', command]);
    rmSync(runs, { force: true });
    const said = await alone(desk, [{ at: WHICH_TABLES, keys: ENTER }]);
    expect({ status: said.status, runs: readFileSync(runs, 'utf8') }).toEqual({ status: 0, runs: 'run\n' });
  });

  it('does not ask for another token where the expired one comes from elsewhere', async () => {
    const desk = await atOffice();
    await desk.run(['auth', 'login', '--token-command', `echo '${desk.xano.token}'`]);
    desk.clock.advance(8 * 24 * HOUR_MS);
    for (const [source, env] of [
      ['the token_command of profile "default"', {}],
      ['XANO_TOKEN', { XANO_TOKEN: desk.xano.token }],
    ] as const) {
      const said = await alone(desk, [], env);
      const message = `The token from ${source} expired on 2026-03-08 12:00 UTC (according to the token).`;
      const hint =
        'Make a new token in Xano (Instances → Metadata API → Access Tokens), then run `xano auth login`.';
      expectError(said, 4, 'TOKEN_EXPIRED', message, hint);
    }
  });

  it('asks three times for a token where the answer is not one', async () => {
    const desk = await atOffice();
    const wrong = { at: PASTE, keys: `12345678${ENTER}` };
    const said = await alone(desk, [wrong, wrong, wrong]);
    const sentence =
      'Xano does not accept the token from the prompt: it looks like the id of a key, not the key.';
    const hint =
      'Create an access token in Xano (Instances → Metadata API → Access Tokens) and copy all of it.';
    const lines = (await shown(desk, said)).split('\n');
    expect(lines.slice(lines.indexOf('│'))).toEqual([
      ...['│', '◇  Paste it here (it is not shown):', '│', sentence, hint],
      ...['│', '◇  Paste it here (it is not shown):', '│', sentence, hint],
      ...['│', '◇  Paste it here (it is not shown):', '│'],
      ...[`Error: ${sentence}`, `  ${hint}`, '  Code: TOKEN_REJECTED'],
    ]);
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 4, stdout: '' });
    expect(existsSync(join(desk.settings, 'settings.json'))).toBe(false);
  });

  it.each([
    ['the token', [], 'Nothing was stored.'],
    ['the tables', [WHICH_TABLES], 'Nothing was loaded.'],
  ])(
    'exits with 130 at Ctrl-C when it asks for %s, and shows the cursor again',
    async (_what, at, sentence) => {
      const desk = await atOffice();
      const said = await alone(desk, [
        { at: PASTE, keys: at.length === 0 ? CTRL_C : `${desk.xano.token}${ENTER}` },
        ...at.map((words) => ({ at: words, keys: CTRL_C })),
      ]);
      expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 130, stdout: '' });
      expect(said.stderr.lastIndexOf('\u001b[?25h')).toBeGreaterThan(said.stderr.lastIndexOf('\u001b[?25l'));
      expect(said.stderr).toMatch(
        new RegExp(`Error: ${sentence}\n {2}Run the same command again\\.\n {2}Code: INTERRUPTED\n$`),
      );
      expect(desk.files()).toEqual([]);
    },
  );

  it.each([
    ['stdin', { columns: 80 }],
    ['stdout', { typed: '' }],
    ['a terminal that can do nothing', { columns: 80, typed: '', env: { TERM: 'dumb' } }],
  ])('prints the help and asks nothing without %s', async (_what, options) => {
    const desk = await atOffice();
    const said = await desk.run([], options);
    expect({ status: said.status, stderr: said.stderr }).toEqual({ status: 0, stderr: '' });
    expect(said.stdout).toContain('Usage: xano [options] [command]\n');
    expect(desk.xano.requests).toEqual([]);
  });
});

describe('xano load where several workspaces match', () => {
  const lab = { ...officeWorkspace(), id: 4, name: 'Lab' };
  const atTwo = (): Promise<Desk> => openDesk({ instances: [office([officeWorkspace(), lab])] });
  const argv = (desk: Desk, ...more: string[]): string[] => ['load', '--to', desk.path('x.duckdb'), ...more];
  const typed = [{ at: 'Which workspace?', keys: `${DOWN}${ENTER}` }];

  it('asks for one on a terminal', async () => {
    const desk = await atTwo();
    const said = await desk.run(argv(desk), { typed, columns: COLUMNS });
    expect(said.status).toBe(0);
    expect(await shown(desk, said)).toBe('│\n◇  Which workspace?\n│  Lab (4)');
    const sql = "SELECT DISTINCT origin->>'workspace_id' FROM _xano.resources";
    expect(await rowsOfFile(desk.path('x.duckdb'), sql)).toEqual([['4']]);
  });

  it.each([['schema'], ['endpoints'], ['check']])(
    'asks for one in xano %s on a terminal',
    async (command) => {
      const desk = await atTwo();
      const said = await desk.run([command], { typed, columns: COLUMNS });
      expect(said.status).toBe(0);
      expect(await shown(desk, said)).toContain('◇  Which workspace?\n│  Lab (4)');
    },
  );

  it('loads nothing when the question is cancelled', async () => {
    const desk = await atTwo();
    const said = await desk.run(argv(desk), { typed: CTRL_C, columns: COLUMNS });
    expect({ status: said.status, stdout: said.stdout, files: desk.files() }).toEqual({
      status: 130,
      stdout: '',
      files: [],
    });
  });

  it.each([
    ['without a terminal', [], {}],
    ['with --no-input', ['--no-input'], { typed: '', columns: COLUMNS }],
    ['with --json', ['--json'], { typed: '', columns: COLUMNS }],
  ])('fails with USAGE %s', async (_how, flags, options) => {
    const desk = await atTwo();
    const said = await desk.run(argv(desk, ...flags), options);
    expectError(
      said,
      2,
      'USAGE',
      'Several workspaces match: Office (3), Lab (4).',
      'Name one with --workspace (its name or id).',
    );
  });
});

it('xano auth login --no-input does not ask for a token', async () => {
  const desk = await atOffice();
  const said = await desk.run(['auth', 'login', '--no-input'], { typed: '', columns: COLUMNS });
  expectError(
    said,
    2,
    'USAGE',
    'No token was given, and --no-input disables the prompt.',
    'Pipe it in: printf %s "$TOKEN" | xano auth login --token-stdin',
  );
});
