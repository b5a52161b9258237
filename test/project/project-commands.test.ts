/**
 * Commands in the folder of a project, without flags: what docs/project.md shows, and who may not be asked.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { queryFile } from '../../src/index.js';
import { openAskedLoad } from '../../src/session/loading/asked-load.js';
import { type Desk, openDesk, type Said, SHOP } from '../cli/terminal.js';

const DOCS = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'project.md'), 'utf8');
const [small, others, several, beside] = [...DOCS.matchAll(/^```yaml project\n([\s\S]*?)^```$/gm)].map(
  ([, text]) => text!,
);
const KEY = { XANO_MASK_KEY: 'a key of twenty chars' };

/** A desk whose folder has this project; its commands name the folder. */
async function deskWith(text = ''): Promise<Desk> {
  const desk = await openDesk();
  writeFileSync(desk.path('xano.yaml'), text.replace('https://x1234-5678-9012.n7.xano.io', origin(desk)));
  return {
    ...desk,
    run: ([command = '', ...rest], options) =>
      desk.run([command, '--project', desk.folder, ...rest], {
        ...options,
        env: { ...KEY, ...options?.env },
      }),
  };
}

/** A command that failed: its code, and a part of what it said. */
function expectFailure({ status, stderr }: Said, wanted: number, code: string, part: string): void {
  expect([status, stderr.includes(`Code: ${code}`), stderr]).toEqual([
    wanted,
    true,
    expect.stringContaining(part),
  ]);
}

const origin = ({ xano }: Desk): string => xano.instances[0]?.origin ?? '';
const firstColumn = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split('\t').slice(0, 2).join(' '));

it('loads, shows and asks a project as docs/project.md says, without flags', async () => {
  const desk = await deskWith(small);
  const loaded = await desk.run(['load']);
  expect([loaded.status, firstColumn(loaded.stdout)]).toEqual([
    0,
    ['users 500', 'orders 4277', 'products 1000'],
  ]);
  const users = await desk.run(['query', 'DESCRIBE users']);
  expect(firstColumn(users.stdout).map((line) => line.split(' ')[0])).not.toContain('reset_secret');
  const emails = await desk.run([
    'query',
    "SELECT count(*) FROM users WHERE NOT regexp_full_match(email, '[0-9a-f]{32}')",
  ]);
  expect(emails.stdout).toBe('0\n');
  const fresh = await desk.run(['status']);
  desk.clock.advance(27 * 3_600_000);
  const stale = await desk.run(['status']);
  const longer = await desk.run(['status', '--max-age', '7d']);
  expect([fresh.status, stale.status, longer.status]).toEqual([0, 7, 0]);
  // A name on the command line keeps what the file says of its table.
  const again = await desk.run(['load', 'users', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'loaded', gone: [] });
  expect((await desk.run(['query', 'SELECT length(email) FROM users LIMIT 1'])).stdout).toBe('32\n');
  const schema = await desk.run(['schema', 'users']);
  expect(firstColumn(schema.stdout)[0]).toBe('users id');
  const plan = await desk.run(['load', '--dry-run', '--where', 'users.id <= 5']);
  expect(firstColumn(plan.stdout)).toEqual(['users 5', 'orders 4277', 'products 1000']);
  expect((await desk.run(['check', 'users'])).status).toBe(0);
  expectFailure(await desk.run(['maintain']), 2, 'USAGE', 'DuckLake');
});

it('leaves tables out, and masks a column of every table that has it', async () => {
  const desk = await deskWith(others);
  const { status, stdout } = await desk.run(['load']);
  expect([status, firstColumn(stdout)]).toEqual([
    0,
    [
      'merchant 12',
      'categories 8',
      'users 500',
      'products 1000',
      'customers 800',
      'orders 5000',
      'returns 0',
    ],
  ]);
  const unmasked = await queryFile(
    desk.path('shop.duckdb'),
    "SELECT (SELECT count(*) FROM users WHERE email LIKE '%@%' OR name <> '[redacted]'), (SELECT count(*) FROM customers WHERE email LIKE '%@%')",
  );
  expect(Object.values(unmasked.rows[0] ?? {}).map(String)).toEqual(['0', '0']);
  // What an assistant or a page asks for goes through the same door.
  const { endpoints } = await openAskedLoad(
    { tables: ['users'], incremental: undefined },
    {
      instance: 'x1234-4567-8901',
      workspace: 'Shop',
      defaults: {
        file: 'xano.yaml',
        exclude_tables: [],
        content: { Users: { exclude: ['role'], mask: { email: 'hash' }, where: [] } },
      },
    },
    {
      env: { XANO_TOKEN: desk.xano.token, XANO_ACCOUNT_ORIGIN: desk.xano.account_origin },
      home: desk.home,
      cwd: desk.folder,
      now: desk.clock.now,
      sleep: async () => {},
      signal: new AbortController().signal,
    },
  );
  const [one] = endpoints;
  expect([one?.excluded, one?.columns?.find(({ name }) => name === 'email')?.mask]).toEqual([
    ['password', 'role'],
    'hash',
  ]);
});

it('loads every source into every destination; a failure is its own, and the worst status counts', async () => {
  const desk = await deskWith(several);
  const all = await desk.run(['load', '--json']);
  const { loads } = JSON.parse(all.stdout) as { loads: readonly Record<string, unknown>[] };
  expect([
    all.status,
    loads.map(({ source, destination, error, report }) => [
      source,
      destination,
      error,
      (report as { status: string } | null)?.status,
    ]),
  ]).toEqual([
    0,
    [
      ['shop', 'file', null, 'loaded'],
      ['shop', 'folder', null, 'loaded'],
      ['catalog', 'file', null, 'loaded'],
      ['catalog', 'folder', null, 'loaded'],
    ],
  ]);
  const count = (...to: string[]) => desk.run(['query', ...to, 'SELECT count(*) FROM shop.users']);
  expect([(await count()).stdout, (await count('--to', 'folder')).stdout]).toEqual(['500\n', '500\n']);
  const one = await desk.run(['load', '--source', 'shop', '--to', 'folder', 'users']);
  expect([one.status, firstColumn(one.stdout)]).toEqual([0, ['users 500']]);
  writeFileSync(
    desk.path('xano.yaml'),
    several!.replace('workspace: Shop', 'workspace: Nowhere').replace('    folder: parquet/\n', ''),
  );
  const failed = await desk.run(['load', '--log-file', desk.path('log.jsonl')]);
  expect([failed.status, failed.stderr.includes('sees no workspace "Nowhere"')]).toEqual([2, true]);
  expect(firstColumn(failed.stdout).length).toBeGreaterThan(1);
  const types = readFileSync(desk.path('log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.filter((type) => ['error', 'load_finished'].includes(type))).toEqual([
    'error',
    'load_finished',
  ]);
  expectFailure(await desk.run(['load', '--mask', 'users.email=hash']), 2, 'USAGE', '--mask needs --source');
  expectFailure(await desk.run(['load', '--source', 'shp']), 2, 'USAGE', 'did you mean "shop"?');
});

it('loads lists of other APIs beside the workspace, and each alone', async () => {
  const desk = await deskWith(beside);
  const all = await desk.run(['load']);
  expect([all.status, firstColumn(all.stdout)]).toEqual([0, ['merchant 12', 'shown_products 1000']]);
  const named = await desk.run(['load', 'shown_products']);
  const source = await desk.run(['load', '--source', 'workspace']);
  expect([firstColumn(named.stdout), firstColumn(source.stdout)]).toEqual([
    ['shown_products 1000'],
    ['merchant 12'],
  ]);
  expect(firstColumn((await desk.run(['query', 'SHOW TABLES'])).stdout)).toHaveLength(2);
});

it('never loads a table unmasked because the file names it wrongly, and sends no token where a file says', async () => {
  const desk = await deskWith(
    small!.replace('users:', 'user:').replace('    orders: { where: "id > 1000" }\n', '    "*":\n'),
  );
  expectFailure(await desk.run(['load', 'users']), 2, 'USAGE', 'names the table "user"');
  writeFileSync(desk.path('xano.yaml'), small!.replace('reset_secret', 'reset_secrets'));
  expectFailure(await desk.run(['load', 'users']), 2, 'USAGE', 'did you mean "reset_secret"?');
  desk.xano.clearRequests();
  writeFileSync(
    desk.path('xano.yaml'),
    'project: { instance: "https://xano.io.example", workspace: Shop }\n',
  );
  expectFailure(await desk.run(['load']), 2, 'USAGE', 'XANO_TOKEN is not sent there');
  expect(desk.xano.requests).toEqual([]);
  writeFileSync(
    desk.path('xano.yaml'),
    'project: { destination: a.duckdb }\nclient: { base_url: "https://a.example", auth: "${XANO_TOKEN}" }\nresources: [rows]\n',
  );
  expectFailure(
    await desk.run(['load']),
    2,
    'USAGE',
    'the list "rows" would send the access token to https://a.example',
  );
  writeFileSync(
    desk.path('xano.yaml'),
    `project: { instance: "${origin(desk)}", profile: nobody, workspace: Shop }\n`,
  );
  expect((await desk.run(['load', 'merchant'])).status).toBe(0);
  expectFailure(
    await desk.run(['load'], { env: { XANO_TOKEN: undefined } }),
    4,
    'TOKEN_MISSING',
    `Profile "nobody", which ${desk.path('xano.yaml')} names, does not exist.`,
  );
  expectFailure(
    await desk.run(['load', '--profile', 'me'], { env: { XANO_TOKEN: undefined } }),
    4,
    'TOKEN_MISSING',
    '"me"',
  );
});

it('reads the first rows of a table, and keeps a history beside the tables', async () => {
  const desk = await deskWith(
    small!
      .replace(/ {2}tables:[\s\S]*/, '')
      .concat('  tables: { orders: { limit: 7 }, merchant: {} }\n  history: [requests]\n'),
  );
  const { status, stdout } = await desk.run(['load']);
  expect([status, firstColumn(stdout).slice(0, 3)]).toEqual([
    0,
    ['orders 7', 'merchant 12', expect.stringMatching(/^xano_request_history \d+$/)],
  ]);
});

it('loads the project where a person runs xano alone, instead of asking', async () => {
  const desk = await openDesk();
  const project = {
    workspace: 'Shop',
    instance: SHOP[1],
    tables: ['merchant'],
    destination: desk.path('a.duckdb'),
  };
  writeFileSync(desk.path('xano.yaml'), JSON.stringify({ project }));
  const { status } = await desk.run([], { typed: '', columns: 100 });
  const { rows } = await queryFile(desk.path('a.duckdb'), 'SELECT count(*)::INT AS n FROM merchant');
  expect([status, rows]).toEqual([0, [{ n: 12 }]]);
});

it('gets from an empty folder to a masked copy with the commands of docs/project.md', async () => {
  const desk = await openDesk({ now: Date.now });
  const [, script = ''] = /^```sh project\n([\s\S]*?)^```$/m.exec(DOCS) ?? [];
  const main = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-euo', 'pipefail', '-c', `xano() { '${process.execPath}' '${main}' "$@"; }\n${script}`],
    {
      cwd: desk.folder,
      env: {
        ...process.env,
        HOME: desk.home,
        XANO_TOKEN: desk.xano.token,
        XANO_ACCOUNT_ORIGIN: desk.xano.account_origin,
        XANO_INSTANCE: 'x1234-4567-8901',
        XANO_CONFIG_DIR: desk.settings,
      },
    },
  );
  const rows = stdout.split('\n').filter((line) => /^[0-9a-f]{32}\t/.test(line));
  expect(rows.map((line) => line.split('\t')[1])).toEqual(['[redacted]', '[redacted]', '[redacted]']);
  expect(readdirSync(desk.path('shop'), { recursive: true })).toEqual(
    expect.arrayContaining([
      'xano.yaml',
      'shop.duckdb',
      join('deploy', 'crontab'),
      join('.github', 'workflows', 'xano.yml'),
    ]),
  );
});
