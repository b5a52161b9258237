/** `xano init --agent`, in folders that hold anything. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { parse } from 'smol-toml';
import { expect, it, onTestFinished } from 'vitest';
import { plainJson } from '../../../../src/init/plain-json.js';
import { CLIENTS } from '../../../../src/mcp/client-config.js';
import { type Desk, expectError, openDesk, SHOP } from '../../terminal.js';

const ROOT = resolve(import.meta.dirname, '..', '..', '..', '..');
const SKILLS = ['xano-diagnose', 'xano-endpoints', 'xano-load', 'xano-query', 'xano-report'];

/** Every file of a folder with its content. */
const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]),
  );

/** What the command reports of each file: action and reason. */
async function initialized(
  desk: Desk,
  ...argv: readonly string[]
): Promise<{ status: number; stderr: string; files: Record<string, string> }> {
  const { status, stdout, stderr } = await desk.run(['init', '--json', ...argv]);
  const { files } = JSON.parse(stdout) as {
    files: readonly { file: string; action: string; reason?: string }[];
  };
  const told = files.map(({ file, action, reason }) => [
    file,
    reason === undefined ? action : `${action}: ${reason}`,
  ]);
  return { status, stderr, files: Object.fromEntries(told) };
}

interface Started {
  readonly command: string;
  readonly args: readonly string[];
}

/** The entry as each client finds it in its file. */
const ENTRIES: Readonly<Record<(typeof CLIENTS)[number], (folder: string) => unknown>> = {
  claude: (folder) => JSON.parse(readFileSync(join(folder, '.mcp.json'), 'utf8')).mcpServers['xano-data'],
  cursor: (folder) =>
    JSON.parse(readFileSync(join(folder, '.cursor/mcp.json'), 'utf8')).mcpServers['xano-data'],
  codex: (folder) =>
    Object(parse(readFileSync(join(folder, '.codex/config.toml'), 'utf8')))['mcp_servers']['xano-data'],
  vscode: (folder) =>
    JSON.parse(plainJson(readFileSync(join(folder, '.vscode/mcp.json'), 'utf8'))).servers['xano-data'],
  gemini: (folder) =>
    JSON.parse(plainJson(readFileSync(join(folder, '.gemini/settings.json'), 'utf8'))).mcpServers[
      'xano-data'
    ],
};

it('writes an entry with which each client starts the server, and nothing the second time', async () => {
  const desk = await openDesk();
  const loaded = await desk.run([
    'load',
    'merchant',
    '--to',
    desk.path('my shop.duckdb'),
    '--quiet',
    ...SHOP,
  ]);
  expect(loaded.status).toBe(0);
  mkdirSync(desk.path('.vscode'));
  writeFileSync(desk.path('.vscode/mcp.json'), '// ours\r\n{\r\n  "servers": {}, // none\r\n}\r\n');
  const { status, stdout, stderr } = await desk.run(
    ['init', '--agent', ...CLIENTS, '--to', 'my shop.duckdb'],
    { columns: 100 },
  );
  expect([status, stdout.split('\n')[1]]).toEqual([
    0,
    '  wrote  .mcp.json                               server xano-data',
  ]);
  expect(stderr).toBe(
    'Start Claude Code, Cursor, Codex, VS Code, Gemini CLI in this folder, and approve the server\n  xano-data there.\n',
  );
  const before = contents(desk.folder);
  expect(before['.vscode/mcp.json']).toMatch(
    /^\/\/ ours\r\n\{\r\n {2}"servers": \{\r\n {4}"xano-data": \{\r\n/,
  );
  // The registry's package in place: its first two arguments choose it.
  const bin = mkdtempSync(join(tmpdir(), 'xano-npx-'));
  onTestFinished(() => rmSync(bin, { recursive: true, force: true }));
  writeFileSync(
    join(bin, 'npx'),
    `#!/bin/sh\n[ "$1 $2" = "-y xano-connector" ] || exit 9\nshift 2\nexec '${process.execPath}' '${join(ROOT, 'dist/cli/main.js')}' "$@"\n`,
    { mode: 0o755 },
  );
  for (const client of CLIENTS) {
    const { command, args } = ENTRIES[client](desk.folder) as Started;
    const started = new Client({ name: client, version: '1' });
    const env = { PATH: `${bin}:${process.env['PATH']}`, XANO_CONFIG_DIR: desk.settings };
    await started.connect(new StdioClientTransport({ command, args: [...args], env, cwd: tmpdir() }));
    const { structuredContent } = await started.callTool({
      name: 'xano_query',
      arguments: { sql: 'SELECT count(*) FROM merchant' },
    });
    await started.close();
    expect([client, structuredContent]).toMatchObject([client, { rows: [[12]] }]);
  }
  const again = await initialized(desk, '--agent', ...CLIENTS, '--to', 'my shop.duckdb');
  expect([again.status, [...new Set(Object.values(again.files))]]).toEqual([0, ['unchanged']]);
  expect(contents(desk.folder)).toEqual(before);
});

it('writes the skills, a section of AGENTS.md, and rules for git', async () => {
  const desk = await openDesk();
  writeFileSync(desk.path('AGENTS.md'), '# Ours\r\n');
  writeFileSync(desk.path('.gitignore'), '.env\n');
  expect(await initialized(desk, '--agent', 'claude')).toEqual({
    status: 0,
    stderr: '',
    files: Object.fromEntries(
      [
        '.mcp.json',
        'AGENTS.md',
        'CLAUDE.md',
        ...SKILLS.map((name) => `.claude/skills/${name}/SKILL.md`),
        '.gitignore',
      ].map((file) => [file, 'write']),
    ),
  });
  const written = contents(desk.folder);
  expect(written['AGENTS.md']).toMatch(
    /^# Ours\r\n\r\n<!-- xano-connector: begin .*-->\r\n## Data from Xano\r\n/,
  );
  expect(written['AGENTS.md']).toContain('`xano status --to xano.duckdb`');
  expect(written['CLAUDE.md']).toContain('\n@AGENTS.md\n');
  expect(written['.gitignore']).toBe('.env\n\n# Secrets and loaded data\n*.duckdb*\n');
  for (const name of SKILLS)
    expect(written[`.claude/skills/${name}/SKILL.md`]).toBe(
      readFileSync(join(ROOT, 'skills', name, 'SKILL.md'), 'utf8'),
    );
});

it('finds the client by a folder, sets up another folder, and writes nothing with --dry-run', async () => {
  const desk = await openDesk();
  mkdirSync(desk.path('shop/.codex'), { recursive: true });
  const flags = ['shop', '--agent', '--to', 'shop/data.duckdb'];
  const { stdout, stderr } = await desk.run(['init', ...flags, '--dry-run']);
  expect([stdout.split('\n')[0], stderr, contents(desk.folder)]).toEqual([
    'would write\t.codex/config.toml\tserver xano-data',
    '',
    {},
  ]);
  expect((await desk.run(['init', ...flags])).stderr).toBe(
    'shop/data.duckdb does not exist yet; `xano load --to shop/data.duckdb` makes it.\nStart Codex in this folder, and approve the server xano-data there.\n',
  );
  const { '.codex/config.toml': config, 'AGENTS.md': page } = contents(desk.path('shop'));
  expect(config).toContain(JSON.stringify(desk.path('shop/data.duckdb')));
  expect(page).toContain('`data.duckdb` is a local copy');
});

it('leaves an entry and a skill with other contents, and the section that belongs to it', async () => {
  const desk = await openDesk();
  await desk.run(['init', '--agent', 'cursor', '--to', 'one.duckdb']);
  writeFileSync(desk.path('.cursor/skills/xano-load/SKILL.md'), 'mine');
  const before = contents(desk.folder);
  const { status, stdout, stderr } = await desk.run(['init', '--agent', 'cursor', '--to', 'two.duckdb']);
  expect(status).toBe(0);
  expect(stdout.split('\n').filter((line) => !line.startsWith('unchanged'))).toEqual([
    'left\t.cursor/mcp.json\t.cursor/mcp.json already has another entry "xano-data".',
    'left\tAGENTS.md\tAGENTS.md may describe the entry that is left.',
    'left\t.cursor/skills/xano-load/SKILL.md\t.cursor/skills/xano-load/SKILL.md differs from this version; delete it to get the new one.',
    '',
  ]);
  expect(stderr).toContain('Files that are left have other contents; nothing of them was changed.\n');
  expect(contents(desk.folder)).toEqual(before);
});

it('says which files it cannot set up, and sets up the others', async () => {
  const desk = await openDesk();
  const outside = mkdtempSync(join(tmpdir(), 'xano-outside-'));
  onTestFinished(() => rmSync(outside, { recursive: true, force: true }));
  writeFileSync(desk.path('.mcp.json'), 'mcpServers: { key: secret-word }\n');
  symlinkSync(join(outside, 'page.md'), desk.path('AGENTS.md'));
  symlinkSync(outside, desk.path('.gemini'));
  writeFileSync(desk.path('.gitignore'), Buffer.from([0xff, 0xfe, 0x41]));
  mkdirSync(desk.path('CLAUDE.md'));
  mkdirSync(desk.path('.claude'));
  writeFileSync(desk.path('.claude/skills'), '');
  const { status, stdout, stderr } = await desk.run(['init', '--agent', 'claude', 'gemini']);
  expect(status).toBe(6);
  expect(stdout).not.toContain('secret-word');
  expect(stderr).toBe(
    `Error: 17 of 17 files could not be set up.
  .mcp.json is not valid JSON.
  .gemini/settings.json is behind a symbolic link that leads out of the folder.
  AGENTS.md is a symbolic link to nothing.
  CLAUDE.md is not a regular file.
${SKILLS.map((name) => `  The folder of .claude/skills/${name}/SKILL.md is a file.\n`).join('')}${SKILLS.map((name) => `  .gemini/skills/${name}/SKILL.md is behind a symbolic link that leads out of the folder.\n`).join('')}  .gitignore is not UTF-8 text.
  Correct that and run again; \`xano mcp --config claude\` prints the entry of the server.
  Code: OUTPUT_FAILED
`.replace('17 of 17', '15 of 16'),
  );
  expect(readdirSync(outside)).toEqual([]);
  expect(existsSync(desk.path('GEMINI.md'))).toBe(true);
});

it('writes through links to files of the same folder, once', async () => {
  const desk = await openDesk();
  writeFileSync(desk.path('AGENTS.md'), '# Ours\n');
  symlinkSync('AGENTS.md', desk.path('CLAUDE.md'));
  mkdirSync(desk.path('.agents/skills'), { recursive: true });
  mkdirSync(desk.path('.claude'));
  symlinkSync('../.agents/skills', desk.path('.claude/skills'));
  const flags = ['--agent', 'claude', 'codex'];
  const { status, files } = await initialized(desk, ...flags);
  expect([
    status,
    files['AGENTS.md'],
    files['CLAUDE.md'],
    files['.agents/skills/xano-load/SKILL.md'],
  ]).toEqual([
    0,
    'write',
    'unchanged: CLAUDE.md is the same file as AGENTS.md.',
    'unchanged: .agents/skills/xano-load/SKILL.md is the same file as .claude/skills/xano-load/SKILL.md.',
  ]);
  expect(readFileSync(desk.path('CLAUDE.md'), 'utf8')).not.toContain('@AGENTS.md');
  const before = contents(desk.folder);
  expect(Object.values((await initialized(desk, ...flags)).files)).not.toContain('write');
  expect(contents(desk.folder)).toEqual(before);
});

it('refuses what means nothing', async () => {
  const desk = await openDesk();
  expectError(
    await desk.run(['init', '--agent']),
    2,
    'USAGE',
    `No client of an assistant was found in the environment or in ${desk.folder}.`,
    'Name one: --agent claude|cursor|codex|vscode|gemini.',
  );
  expectError(
    await desk.run(['init', 'nowhere', '--agent', 'claude']),
    2,
    'USAGE',
    `The folder ${desk.path('nowhere')} does not exist.`,
    'Make it, or name another.',
  );
  expectError(
    await desk.run(['init', '--agent', 'claude', '--to', 'postgres://me:secret-word@host/db']),
    2,
    'USAGE',
    'The address of --to holds a password, which the settings must not.',
    'Leave it out of the address, and set PGPASSWORD or use a password file.',
  );
  expect(desk.files()).toEqual([]);
});
