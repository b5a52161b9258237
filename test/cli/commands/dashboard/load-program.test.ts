/** Which options a load of the dashboard gets: those of its start, and no secret. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, it, onTestFinished } from 'vitest';
import { loadProgram } from '../../../../src/cli/commands/dashboard/load-program.js';
import { withTokenSource, withWorkspaceOptions } from '../../../../src/cli/input/options.js';
import { applyProject } from '../../../../src/cli/input/project-options.js';

/** The program of a dashboard that was started with these words. */
function programWith(words: readonly string[]) {
  const command = withTokenSource(withWorkspaceOptions(new Command('dashboard')))
    .option('--mask <column=mask...>')
    .option('--flatten')
    .option('--to <destination>', '', 'xano.duckdb')
    .option('--max-age <time>')
    .option('--port <n>')
    .option('--no-open')
    .parse([...words], { from: 'user' });
  const context = {
    program: ['node', 'main.js'],
    env: { HOME: '/home/ada', XANO_TOKEN: 'old' },
    cwd: '/srv',
  };
  return loadProgram(command, context as unknown as Parameters<typeof loadProgram>[1]);
}

it('a load gets the options of the start that mean the same for it', () => {
  expect(
    programWith([
      '--to',
      '-odd.duckdb',
      '--workspace',
      'Shop',
      '--profile=shop',
      '--token-command',
      'op read x',
      '--no-open',
      '--port',
      '8800',
      '--max-age',
      '24h',
      '--mask',
      'users.email=hash',
      '*.phone=redact',
      '--flatten',
    ]),
  ).toEqual({
    command: ['node', 'main.js'],
    options: [
      '--workspace=Shop',
      '--token-command=op read x',
      '--profile=shop',
      '--mask=users.email=hash',
      '--mask=*.phone=redact',
      '--flatten',
      '--to=-odd.duckdb',
    ],
    env: { HOME: '/home/ada', XANO_TOKEN: 'old' },
    cwd: '/srv',
  });
});

it('the token of --token goes into the environment, and no other source outranks it', () => {
  expect(
    programWith(['--token', 'secret', '--token-file', '/etc/token', '--profile', 'shop', '--instance', 'x1']),
  ).toEqual({
    command: ['node', 'main.js'],
    options: ['--instance=x1', '--to=xano.duckdb'],
    env: { HOME: '/home/ada', XANO_TOKEN: 'secret', XANO_PROFILE: 'shop' },
    cwd: '/srv',
  });
});

it('a program that cannot be started again starts no load', () => {
  const context = { env: {}, cwd: '' } as unknown as Parameters<typeof loadProgram>[1];
  expect(loadProgram(new Command('dashboard'), context)).toBe(null);
});

it('a load finds what the dashboard shows by the names of the project, since an address may hold a password', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xano-program-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const optionsWith = async (project: string, words: readonly string[] = []): Promise<readonly string[]> => {
    writeFileSync(join(folder, 'xano.yaml'), `project: ${project}\n`);
    const command = withWorkspaceOptions(new Command('dashboard'))
      .option('--to <destination>', '', 'xano.duckdb')
      .parse([...words], { from: 'user' });
    const context = {
      program: ['node', 'main.js'],
      env: { PG: 'postgres://ada:secret@host/db' },
      cwd: folder,
    } as unknown as Parameters<typeof loadProgram>[1];
    await applyProject(command, context);
    return [String(command.opts()['to']), ...(loadProgram(command, context)?.options ?? [])];
  };
  expect([
    await optionsWith('{ destination: "${PG}" }'),
    await optionsWith('{ sources: { a: {}, b: {} }, destinations: { base: "${PG}", file: x.duckdb } }'),
    await optionsWith('{ sources: { a: {}, b: {} }, destinations: { base: "${PG}", file: x.duckdb } }', [
      '--source=b',
      '--to=file',
    ]),
    await optionsWith('{ destination: "${PG}" }', ['--to', 'other.duckdb']),
  ]).toEqual([
    ['postgres://ada:secret@host/db', '--project=.'],
    ['postgres://ada:secret@host/db', '--project=.', '--source=a', '--to=base'],
    ['x.duckdb', '--project=.', '--source=b', '--to=file'],
    ['other.duckdb', '--project=.', '--to=other.duckdb'],
  ]);
});
