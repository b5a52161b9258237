/** `xano init`: the files of a project, each read or run by what it is for. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { validateWorkflow } from '@action-validator/core';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { VERSION } from '../../../../src/session/version.js';
import { type Desk, openDesk, SHOP } from '../../terminal.js';

const ROOT = resolve(import.meta.dirname, '..', '..', '..', '..');
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');
const ALL = ['github', 'docker', 'systemd', 'launchd', 'cron', 'task-scheduler', 'dbt', 'evidence'];
const run = promisify(execFile);

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();

const reader =
  (desk: Desk, folder = 'shop') =>
  (file: string): string =>
    readFileSync(desk.path(join(folder, file)), 'utf8');

/** Each file with what became of it. */
async function outcome(desk: Desk, ...argv: readonly string[]): Promise<Record<string, string>> {
  const { stdout, stderr } = await desk.run(['init', '--json', ...argv]);
  if (stdout === '') throw new Error(stderr);
  const { files } = JSON.parse(stdout) as {
    files: readonly { file: string; action: string; reason?: string }[];
  };
  return Object.fromEntries(files.map(({ file, action, reason }) => [file, reason ?? action]));
}

it('writes a project that commands read, makes its folder, and changes nothing the second time', async () => {
  const desk = await openDesk();
  const argv = [
    'init',
    'shop',
    ...SHOP,
    '--to',
    'shop.duckdb',
    '--tables',
    'users',
    'merchant',
    '--mask',
    'users.email=hash',
  ];
  const first = await desk.run(argv);
  expect(first).toEqual({
    status: 0,
    stdout:
      'wrote\txano.yaml\tthe project\nwrote\t.env.example\tvariables without values\nwrote\t.gitignore\trules for secrets and data\nwrote\tREADME.md\thow to use it\n',
    stderr: 'Next: cd shop, fill in .env, xano auth login, xano load.\n',
  });
  const read = reader(desk);
  expect(
    read('xano.yaml'),
  ).toBe(`# yaml-language-server: $schema=https://unpkg.com/xano-connector/xano.schema.json
# What \`xano load\`, \`status\`, \`query\`, \`dashboard\` and \`mcp\` do in this folder; docs/project.md has every key.
project:
  instance: "x1234-4567-8901"
  workspace: Shop
  destination: "shop.duckdb"  # what --to takes: a file, out/, ducklake:… or "\${DATABASE_URL}"
  max_age: "26h"  # older tables are stale: \`xano status\` then ends with 7
  tables:  # only these, unless * stands for all others; each may have exclude, mask and where
    users:
      mask:
        email: hash
    merchant: {}
`);
  expect(read('.env.example').match(/^\w+=.*$/gm)).toEqual(['XANO_TOKEN=', 'XANO_MASK_KEY=']);
  expect(read('.gitignore').split('\n')).toEqual(
    expect.arrayContaining(['.env', '*.duckdb*', 'shop.duckdb*', 'load.jsonl']),
  );
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(24);
  const { status, stdout } = await desk.run(['load', '--project', desk.path('shop')], {
    env: { XANO_MASK_KEY: 'a key of twenty chars' },
  });
  expect([status, stdout.split('\n').map((line) => line.split('\t')[0])]).toEqual([
    0,
    ['users', 'merchant', ''],
  ]);
  const before = filesOf(desk.path('shop')).map((file) => readFileSync(desk.path(join('shop', file))));
  expect(await outcome(desk, 'shop')).toEqual({
    'xano.yaml': 'unchanged',
    '.env.example': 'unchanged',
    '.gitignore': 'unchanged',
    'README.md': 'unchanged',
  });
  expect(filesOf(desk.path('shop')).map((file) => readFileSync(desk.path(join('shop', file))))).toEqual(
    before,
  );
});

it('overwrites nothing: files that exist stay and are named, .gitignore gets lines', async () => {
  const desk = await openDesk();
  mkdirSync(desk.path('shop'));
  for (const [file, text] of [
    ['README.md', '# Ours\n'],
    ['xano.yaml', 'client: { base_url: https://a.example }\nresources: [a]\n'],
    ['.gitignore', 'node_modules\n'],
    ['Dockerfile', 'FROM scratch\n'],
  ] as const)
    writeFileSync(desk.path(join('shop', file)), text);
  const stays = (file: string): string => `${file} has other contents; it stays as it is.`;
  expect(await outcome(desk, 'shop', '--with', 'docker')).toEqual({
    'xano.yaml': stays('xano.yaml'),
    '.env.example': 'write',
    '.gitignore': 'write',
    'README.md': stays('README.md'),
    Dockerfile: stays('Dockerfile'),
    '.dockerignore': 'write',
    'compose.yaml': 'write',
  });
  const read = reader(desk);
  expect([
    read('README.md'),
    read('Dockerfile'),
    read('xano.yaml').startsWith('client'),
    read('.gitignore').split('\n')[0],
  ]).toEqual(['# Ours\n', 'FROM scratch\n', true, 'node_modules']);
  // Options that a project which is there does not follow are not passed over in silence.
  await desk.run(['init', 'other', '--workspace', 'Shop']);
  expect((await outcome(desk, 'other', '--workspace', 'Else'))['xano.yaml']).toBe(
    'xano.yaml is a project already; edit it to change what it loads.',
  );
  const dry = await desk.run(['init', '--dry-run', '--with', 'github']);
  expect([dry.status, filesOf(desk.folder).filter((file) => !file.includes('/'))]).toEqual([0, []]);
});

it('sets up a project and an assistant at once, whose server reads the project', async () => {
  const desk = await openDesk();
  await desk.run([
    'init',
    'shop',
    '--agent',
    'claude',
    '--max-age',
    '2d',
    '--allow-load',
    '--tables',
    'users',
  ]);
  const { mcpServers } = JSON.parse(reader(desk)('.mcp.json')) as {
    mcpServers: { 'xano-data': { args: readonly string[] } };
  };
  expect(mcpServers['xano-data'].args.slice(2)).toEqual([
    'mcp',
    '--project',
    desk.path('shop'),
    '--allow-load',
  ]);
  expect(reader(desk)('.gitignore').match(/^\.env$/gm)).toHaveLength(1);
  expect(filesOf(desk.path('shop'))).toEqual(expect.arrayContaining(['xano.yaml', 'AGENTS.md', 'README.md']));
});

it('refuses options that make no project', async () => {
  const desk = await openDesk();
  writeFileSync(desk.path('taken'), '');
  const told = async (...argv: readonly string[]): Promise<string> => {
    const { status, stderr } = await desk.run(['init', 'shop', ...argv]);
    return `${status} ${stderr.split('\n')[0]}`;
  };
  expect([
    await told('--schedule', 'nightly'),
    await told('--with', 'githb'),
    await told('--to', 'postgres://me:secret@h/db'),
    await told('--to', 'out/', '--with', 'dbt'),
    await told('--incremental', 'a', '--write-disposition', 'replace'),
    await told('--mask', 'users.email'),
    await told('--mask', 'users=hash'),
    (await desk.run(['init', 'taken'])).stderr.split('\n')[0],
    (await desk.run(['init', 'taken/below'])).stderr.split('\n')[0],
  ]).toEqual([
    '2 Error: These options make no project: schedule is "nightly", which has 1 field; expected are five, such as "15 3 * * *" (03:15 each day).',
    `2 Error: Option '--with <part...>' argument 'githb' is invalid. Allowed choices are ${ALL.join(', ')}.`,
    '2 Error: These options make no project: destination holds a password; allowed is a variable of the environment, such as ${DATABASE_URL}.',
    '2 Error: --with dbt needs a DuckDB file as the first destination.',
    '2 Error: These options make no project: write_disposition found "replace", which would delete every row that is not new; allowed with incremental are "merge", "append".',
    '2 Error: These options make no project: tables.users.mask.email found ""; allowed are "hash", "last4", "redact", "year".',
    '2 Error: These options make no project: tables.users.mask. is empty.',
    `Error: ${desk.path('taken')} is a file, not a folder.`,
    `Error: The folder of ${desk.path('taken/below')} is a file.`,
  ]);
});

it('asks on a terminal for the tables, the file and the time', async () => {
  const desk = await openDesk();
  const { status } = await desk.run(['init', 'shop'], {
    columns: 120,
    env: { NO_COLOR: '1', XANO_INSTANCE: SHOP[1], XANO_WORKSPACE: 'Shop' },
    typed: [
      { at: 'Which ones?', keys: ' \r' },
      { at: 'Load into which', keys: '\r' },
      { at: 'Load when?', keys: '\u001b[B\r' },
    ],
  });
  const { project } = parse(reader(desk)('xano.yaml')) as { project: Record<string, unknown> };
  expect([status, project]).toEqual([
    0,
    {
      instance: 'x1234-4567-8901',
      workspace: 'Shop',
      destination: 'xano.duckdb',
      max_age: '2h',
      schedule: '15 * * * *',
      tables: [
        'categories',
        'users',
        'products',
        'customers',
        'orders',
        'every_type',
        'new stuff 🚀',
        'returns',
      ],
    },
  ]);
});

/** The names of elements in the order in which they end; throws where one ends that is not open. */
function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const ended: string[] = [];
  for (const [, end, name = '', alone] of xml.matchAll(/<(\/?)([A-Za-z]\w*)[^<>]*?(\/?)>/g)) {
    if (end === '') open.push(name);
    if (end !== '' || alone !== '') {
      if (open.pop() !== name) throw new Error(`</${name}> ends no element.`);
      ended.push(name);
    }
  }
  if (open.length > 0) throw new Error(`Open elements: ${open.join(', ')}.`);
  return ended;
}

it('adds files that their programs accept, and commands that run', async () => {
  const desk = await openDesk({ now: Date.now });
  const { status } = await desk.run([
    'init',
    'shop',
    '--instance',
    desk.xano.instances[0]!.origin,
    '--workspace',
    'Shop',
    '--tables',
    'users',
    '--to',
    'shop.duckdb',
    '--with',
    ALL.join(','),
  ]);
  expect(status).toBe(0);
  const read = reader(desk);
  const folder = desk.path('shop');
  const env = {
    ...process.env,
    XANO_TOKEN: desk.xano.token,
    XANO_CONFIG_DIR: desk.settings,
    HOME: desk.home,
  };
  const xano = (...argv: readonly string[]) => run(process.execPath, [MAIN, ...argv], { cwd: folder, env });

  // The image: its commands run in a folder like /project.
  const dockerfile = read('Dockerfile');
  const wordsOf = (word: string): string[] =>
    JSON.parse(new RegExp(`^${word}.*?(\\[.*\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]') as string[];
  expect([
    /^FROM (.*)$/m.exec(dockerfile)?.[1],
    /^USER (.*)$/m.exec(dockerfile)?.[1],
    wordsOf('ENTRYPOINT'),
    wordsOf('HEALTHCHECK'),
    dockerfile.includes(`xano-connector@${VERSION}`),
    read('.dockerignore').split('\n').slice(1, 3),
  ]).toEqual([
    'node:24.11.1-slim',
    'node',
    ['xano'],
    ['xano', 'status', '--max-age', '26h'],
    true,
    ['*', '!xano.yaml'],
  ]);
  expect((await xano(...wordsOf('CMD'))).stdout).toMatch(/^users\t500\t/);
  expect((await xano(...wordsOf('HEALTHCHECK').slice(1))).stdout).toContain('xano_data.users');
  const compose = parse(read('compose.yaml'), { merge: true }) as {
    services: Record<string, { command: string[]; volumes: string[]; environment: object }>;
    volumes: object;
  };
  expect(compose.services).toMatchObject({
    load: { command: ['load'], volumes: ['data:/project', './xano.yaml:/project/xano.yaml:ro'] },
    dashboard: { build: '.', environment: { XANO_TOKEN: '${XANO_TOKEN:-}' }, restart: 'unless-stopped' },
  });
  const page = run(
    process.execPath,
    [MAIN, ...compose.services['dashboard']!.command.map((word) => (word === '8800' ? '0' : word))],
    { cwd: folder, env },
  );
  page.child.stdout?.once('data', () => page.child.kill('SIGTERM'));
  expect((await page.catch((thrown: { stdout: string }) => thrown)).stdout).toMatch(/^http:\/\//);

  // The workflow: its schema, its pins, and its summary as bash runs it.
  const workflow = read('.github/workflows/xano.yml');
  expect(validateWorkflow(workflow)).toMatchObject({ errors: [] });
  expect(validateWorkflow(workflow.replace('runs-on', 'run-on')).errors).not.toEqual([]);
  const { jobs, concurrency } = parse(workflow) as {
    concurrency: object;
    jobs: {
      load: {
        steps: readonly { uses?: string; name?: string; run?: string; env?: Record<string, string> }[];
      };
    };
  };
  const { steps } = jobs.load;
  expect(concurrency).toEqual({ group: 'xano-shop', 'cancel-in-progress': false });
  expect(steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !/@[0-9a-f]{40}$/.test(uses))).toEqual([]);
  const summary = steps.find(({ name }) => name === 'Summary');
  const script = summary?.run?.replaceAll(
    `npx --yes xano-connector@${VERSION}`,
    `'${process.execPath}' '${MAIN}'`,
  );
  await run('bash', ['-eo', 'pipefail', '-c', script ?? 'exit 1'], {
    cwd: folder,
    env: { ...env, ...summary?.env, GITHUB_STEP_SUMMARY: desk.path('summary.md') },
  });
  expect(readFileSync(desk.path('summary.md'), 'utf8')).toMatch(
    /^\| table \| rows \| completeness \| loaded \(UTC\) \|\n\|---\|---:\|---\|---\|\n\| xano_data\.users \| 500 \| proved \| \d{4}-\d\d-\d\d \d\d:\d\d \|\n$/,
  );

  // Timers. systemd-analyze knows more than a test; where it is missing, the structure is still checked.
  const units = ['service', 'timer'].map((kind) => `deploy/xano-shop.${kind}`);
  if (existsSync('/usr/bin/systemd-analyze'))
    await run('systemd-analyze', ['verify', '--user', ...units], {
      cwd: folder,
      env: { ...env, XDG_RUNTIME_DIR: desk.folder },
    });
  const [service, timer] = units.map((file) =>
    read(file)
      .split('\n')
      .filter((line) => /^(\[|\w+=)/.test(line)),
  );
  expect(service).toEqual([
    '[Unit]',
    'Description=Load the project shop from Xano',
    '[Service]',
    'Type=oneshot',
    `WorkingDirectory=${folder}`,
    `EnvironmentFile=-${folder}/.env`,
    expect.stringMatching(/^ExecStart=.*"load" "--quiet" "--no-input"/),
    'TimeoutStopSec=60',
  ]);
  expect(timer).toEqual(
    expect.arrayContaining(['OnCalendar=*-*-* 03:15:00', 'Persistent=true', 'WantedBy=timers.target']),
  );
  const plist = elementsOf(read('deploy/com.xano-connector.shop.plist').replace(/<!.*?>/g, ''));
  const task = elementsOf(read('deploy/xano-shop.xml'));
  expect([plist.at(-1), plist.includes('integer'), task.at(-1), task.includes('CalendarTrigger')]).toEqual([
    'plist',
    true,
    'Task',
    true,
  ]);
  expect(read('deploy/crontab')).toMatch(
    /^# .*\n# BEGIN xano shop\n# .*\n15 3 \* \* \* cd .*\n# END xano shop\n$/,
  );

  // Analytics: their YAML, and their SQL on the copy.
  expect([parse(read('dbt/dbt_project.yml')), parse(read('dbt/profiles.yml'))]).toMatchObject([
    { name: 'xano_shop', 'config-version': 2, profile: 'xano' },
    {
      xano: {
        target: 'copy',
        outputs: { copy: { type: 'duckdb', path: "{{ env_var('XANO_DUCKDB', '../shop.duckdb') }}" } },
      },
    },
  ]);
  expect(parse(read('evidence/sources/xano/connection.yaml'))).toEqual({
    name: 'xano',
    type: 'duckdb',
    options: { filename: '../../../shop.duckdb' },
  });
  expect(existsSync(desk.path('shop/evidence/sources/xano/../../../shop.duckdb'))).toBe(true);
  for (const file of ['dbt/models/loads.sql', 'evidence/sources/xano/loads.sql'])
    expect((await xano('query', '--file', file)).stdout).toContain('users');
  expect(read('evidence/pages/index.md')).toContain('select * from xano.loads');

  // Each file that can have a comment begins with one that says what it is.
  const silent = filesOf(folder).filter(
    (file) =>
      !/\.(md|jsonl)$|duckdb/.test(file) &&
      !/^(\/\/|--|#|<!--)|<!--/.test(read(file).split('\n').slice(0, 4).join('\n')),
  );
  expect(silent).toEqual([]);
});
