/** Completion scripts: bash's is really asked; those of zsh and fish are asked where these shells are, and looked at everywhere. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/run.js';
import { type Desk, expectError, openDesk } from './terminal.js';

/** The script for a shell, in a file of the desk's folder. */
async function scriptFor(desk: Desk, shell: string): Promise<{ file: string; text: string }> {
  const { status, stdout, stderr } = await desk.run(['completion', shell]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const file = desk.path(`completion.${shell}`);
  writeFileSync(file, stdout);
  return { file, text: stdout };
}

/** What bash offers for the last of these words. */
function offered(file: string, folder: string, words: readonly string[]): string[] {
  const ask = `set -u; source "$1"; shift
complete -p xano xano-connector >/dev/null
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _xano
for word in "\${COMPREPLY[@]+"\${COMPREPLY[@]}"}"; do printf '%s\\n' "$word"; done`;
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '--noprofile', '-c', ask, 'bash', file, ...words],
    { cwd: folder, encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

/** The whole command tree. */
function tree(): Command {
  const output = {
    stream: new PassThrough(),
    is_terminal: false,
    columns: () => undefined,
    rows: () => undefined,
  };
  const context = {
    argv: [],
    env: {},
    home: '/nowhere',
    cwd: '/nowhere',
    stdin: { stream: new PassThrough(), is_terminal: false },
    stdout: output,
    stderr: output,
    now: () => 0,
    sleep: async () => {},
    alarm: () => () => {},
    signal: new AbortController().signal,
  };
  return buildProgram(context, () => {});
}

const flagsOf = (command: Command): string[] => [...command.options.map(({ long }) => long!), '--help'];

describe('xano completion bash', () => {
  it('offers commands, and those of a command', async () => {
    const desk = await openDesk();
    const { file } = await scriptFor(desk, 'bash');
    const names = tree().commands.map((command) => command.name());
    expect(offered(file, desk.folder, ['xano', ''])).toEqual([...names, 'help']);
    expect(offered(file, desk.folder, ['xano-connector', 'lo'])).toEqual(['load']);
    expect(offered(file, desk.folder, ['xano', 'auth', 'log'])).toEqual(['login', 'logout']);
    expect(offered(file, desk.folder, ['xano', 'help', 'd'])).toEqual(['discover', 'demo']);
    expect(offered(file, desk.folder, ['xano', 'completion', ''])).toEqual(['bash', 'zsh', 'fish']);
  });

  it('offers every flag of every command, and no other', async () => {
    const desk = await openDesk();
    const { file } = await scriptFor(desk, 'bash');
    const visit = (command: Command, words: readonly string[]): void => {
      expect(offered(file, desk.folder, [...words, '--']).toSorted()).toEqual(flagsOf(command).toSorted());
      for (const sub of command.commands) visit(sub, [...words, sub.name()]);
    };
    visit(tree(), ['xano']);
  });

  it('offers the values of flags that take one of a few, behind a space and behind =', async () => {
    const desk = await openDesk();
    const { file } = await scriptFor(desk, 'bash');
    const ask = (...words: string[]): string[] => offered(file, desk.folder, ['xano', 'load', ...words]);
    expect(ask('--write-disposition', '')).toEqual(['replace', 'append', 'merge']);
    expect(ask('orders', '--write-disposition', '=', 'm')).toEqual(['merge']);
    expect(ask('--write-disposition', '=')).toEqual(['replace', 'append', 'merge']);
    expect(ask('--dataset', '')).toEqual([]);
    expect(ask('')).toEqual([]);
  });

  it('offers files where a file is meant, and folders where a folder is', async () => {
    const desk = await openDesk();
    const { file } = await scriptFor(desk, 'bash');
    for (const name of ['my shop.duckdb', 'my other.json']) writeFileSync(join(desk.folder, name), '');
    mkdirSync(desk.path('my settings'));
    const all = ['my other.json', 'my settings', 'my shop.duckdb'];
    for (const [command, flag] of [
      ['load', '--to'],
      ['load', '--endpoints'],
      ['load', '--log-file'],
      ['load', '--token-file'],
      ['discover', '--output'],
      ['endpoints', '--output'],
    ] as const)
      expect(offered(file, desk.folder, ['xano', command, flag, 'my']).toSorted(), flag).toEqual(all);
    expect(offered(file, desk.folder, ['xano', 'load', '--to', '=', 'my s']).toSorted()).toEqual(
      all.slice(1),
    );
    expect(offered(file, desk.folder, ['xano', 'load', '--config-dir', 'my'])).toEqual(['my settings']);
  });
});

describe('xano completion zsh and fish', () => {
  it.each(['zsh', 'fish'])(
    '%s names every command, flag and choice, and the shell takes it',
    async (shell) => {
      const desk = await openDesk();
      const { file, text } = await scriptFor(desk, shell);
      const visit = (command: Command): void => {
        for (const flag of flagsOf(command))
          expect(text).toMatch(shell === 'zsh' ? new RegExp(`['{,]${flag}[=}[]`) : ` -l ${flag.slice(2)} `);
        for (const sub of command.commands) {
          expect(text).toContain(shell === 'zsh' ? `'${sub.name()}:` : ` -a ${sub.name()} `);
          visit(sub);
        }
      };
      visit(tree());
      expect(text).toContain(shell === 'zsh' ? '(replace append merge)' : "'replace append merge'");
      const { error, status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      // Where the shell is not installed nobody can use its script, either.
      if (error === undefined) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );

  it('zsh: quotes balance, and every function that is called is there', async () => {
    const desk = await openDesk();
    const { text } = await scriptFor(desk, 'zsh');
    expect(text.startsWith('#compdef xano xano-connector\n')).toBe(true);
    const made = [...text.matchAll(/^(_xano\w*)\(\) \{$/gm)].map(([, name]) => name);
    const called = [...text.matchAll(/\) (_xano\w*) ;;/g)].map(([, name]) => name);
    expect(made.toSorted()).toEqual(['_xano', ...called].toSorted());
    // bash reads these quotes alike.
    expect(spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' }).status).toBe(0);
  });
});

it('for another shell names those there are, and the nearest', async () => {
  const desk = await openDesk();
  const message =
    "Command-argument value 'fis' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.";
  expectError(await desk.run(['completion', 'fis']), 2, 'USAGE', message, 'Did you mean fish?');
});
