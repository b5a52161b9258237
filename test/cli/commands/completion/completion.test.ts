/**
 * Completion scripts: bash's is really asked; those of zsh and fish are really asked where these shells are,
 * and looked at everywhere.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../../src/cli/run.js';
import { type Desk, expectError, openDesk } from '../../terminal.js';

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

const isThere = (shell: string): boolean => spawnSync(shell, ['-c', ':']).error === undefined;

/** What zsh, on a terminal of its own, makes of each line when Tab is pressed at its end. */
function completedByZsh(file: string, folder: string, lines: readonly string[]): string[] {
  const inside = `PS1= PS2=
autoload -Uz compinit && compinit -u -D
source ${JSON.stringify(file)}
unsetopt auto_menu list_beep
press() {
  local line
  for line in ${lines.map((line) => `'${line}'`).join(' ')}; do
    BUFFER=$line CURSOR=$#line
    zle complete-word
    print -r -- "<<$BUFFER>>"
  done
  exit
}
zle -N press
bindkey '^I' press`;
  writeFileSync(join(folder, '.zshrc'), inside);
  // The read ends where the shell inside does.
  const ask = `zmodload zsh/zpty && zpty asked zsh -d -i && zpty -w -n asked $'\t'
while zpty -r asked said; do print -rn -- "$said"; done`;
  const { stdout } = spawnSync('zsh', ['-f', '-c', ask], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, ZDOTDIR: folder, TERM: 'xterm', LANG: 'C.UTF-8' },
  });
  return [...stdout.matchAll(/<<(.*)>>/g)].map(([, line]) => line!.trimEnd());
}

/** What fish offers at the end of a line. */
function offeredByFish(file: string, folder: string, line: string): string[] {
  const { stdout, stderr } = spawnSync(
    'fish',
    ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', file, line],
    { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } },
  );
  expect(stderr).toBe('');
  return stdout.split('\n').flatMap((one) => one.split('\t')[0] || []);
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
  it('offers commands and their subcommands', async () => {
    const desk = await openDesk();
    const { file } = await scriptFor(desk, 'bash');
    const names = tree().commands.map((command) => command.name());
    expect(offered(file, desk.folder, ['xano', ''])).toEqual([...names, 'help']);
    expect(offered(file, desk.folder, ['xano-connector', 'lo'])).toEqual(['load']);
    expect(offered(file, desk.folder, ['xano', 'auth', 'log'])).toEqual(['login', 'logout']);
    expect(offered(file, desk.folder, ['xano', 'help', 'd'])).toEqual(['discover', 'dashboard', 'demo']);
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

  it('offers the choices of a flag, behind a space and behind =', async () => {
    const desk = await openDesk();
    const { file } = await scriptFor(desk, 'bash');
    const ask = (...words: string[]): string[] => offered(file, desk.folder, ['xano', 'load', ...words]);
    expect(ask('--write-disposition', '')).toEqual(['replace', 'append', 'merge']);
    expect(ask('orders', '--write-disposition', '=', 'm')).toEqual(['merge']);
    expect(ask('--write-disposition', '=')).toEqual(['replace', 'append', 'merge']);
    expect(ask('--dataset', '')).toEqual([]);
    expect(ask('')).toEqual([]);
  });

  it('offers files for a file, and folders for a folder', async () => {
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
    'write a %s script that names every command, flag and choice, and that the shell accepts',
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

  it.skipIf(!isThere('zsh'))('complete commands, flags, values and files in zsh', async () => {
    const desk = await openDesk();
    const { file } = await scriptFor(desk, 'zsh');
    writeFileSync(desk.path('shop.duckdb'), '');
    const pressed = {
      'xano lo': 'xano load',
      'xano-connector di': 'xano-connector discover',
      'xano auth st': 'xano auth status',
      'xano help sta': 'xano help status',
      'xano completion f': 'xano completion fish',
      'xano load --js': 'xano load --json',
      'xano load --wr': 'xano load --write-disposition=',
      'xano load orders users --js': 'xano load orders users --json',
      'xano load --write-disposition m': 'xano load --write-disposition merge',
      'xano load --write-disposition=m': 'xano load --write-disposition=merge',
      'xano load --to sh': 'xano load --to shop.duckdb',
      'xano load orders --to=sh': 'xano load orders --to=shop.duckdb',
      'xano load sh': 'xano load sh',
      'xano query --to shop.duckdb --cs': 'xano query --to shop.duckdb --csv',
      'xano auth login --profile x --token-s': 'xano auth login --profile x --token-stdin',
      'xano --ver': 'xano --version',
    };
    expect(completedByZsh(file, desk.folder, Object.keys(pressed))).toEqual(Object.values(pressed));
  });

  it.skipIf(!isThere('fish'))('complete commands, flags, values and files in fish', async () => {
    const desk = await openDesk();
    const { file } = await scriptFor(desk, 'fish');
    writeFileSync(desk.path('shop.duckdb'), '');
    const ask = (line: string): string[] => offeredByFish(file, desk.folder, line);
    expect(ask('xano lo')).toEqual(['load']);
    expect(ask('xano-connector di')).toEqual(['discover']);
    expect(ask('xano auth log').toSorted()).toEqual(['login', 'logout']);
    expect(ask('xano help sta')).toEqual(['status']);
    expect(ask('xano completion ').toSorted()).toEqual(['bash', 'fish', 'zsh']);
    expect(ask('xano load --write-disposition ').toSorted()).toEqual(['append', 'merge', 'replace']);
    expect(ask('xano load --write-disposition=m')).toEqual(['--write-disposition=merge']);
    expect(ask('xano load orders users --js')).toEqual(['--json']);
    expect(ask('xano load orders --to sh')).toEqual(['shop.duckdb']);
    expect(ask('xano load sh')).toEqual([]);
    const visit = (command: Command, line: string): void => {
      expect(ask(`${line} --`).toSorted(), line).toEqual(flagsOf(command).toSorted());
      for (const sub of command.commands) visit(sub, `${line} ${sub.name()}`);
    };
    visit(tree(), 'xano');
  });

  it('write a zsh script with balanced quotes, which defines every function that it calls', async () => {
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

it('xano completion for another shell names the known shells, and the nearest', async () => {
  const desk = await openDesk();
  const message =
    "Command-argument value 'fis' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.";
  expectError(await desk.run(['completion', 'fis']), 2, 'USAGE', message, 'Did you mean fish?');
});
