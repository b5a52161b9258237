/** Which options a load of the dashboard gets: those of its start, and no secret. */
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { loadProgram } from '../../../../src/cli/commands/dashboard/load-program.js';
import { withTokenSource, withWorkspaceOptions } from '../../../../src/cli/input/options.js';

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
