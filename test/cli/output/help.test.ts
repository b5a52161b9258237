import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Context } from '../../../src/cli/context.js';
import { buildProgram } from '../../../src/cli/run.js';
import { expectError, openDesk } from '../terminal.js';

const output = { stream: process.stdout, is_terminal: false, columns: () => 80, rows: () => undefined };
/** Only to look at the commands. */
const SILENT: Context = {
  argv: [],
  env: {},
  home: '/nowhere',
  cwd: '/nowhere',
  stdin: { stream: process.stdin, is_terminal: false },
  stdout: output,
  stderr: output,
  now: () => 0,
  sleep: async () => {},
  alarm: () => () => {},
  signal: new AbortController().signal,
};

/** What may stand in a page of help, in its order. */
const ORDER = [
  'Usage',
  'Arguments',
  'Source',
  'Destination',
  'Existing rows',
  'Run',
  'Token and instance',
  'Output',
  'Other options',
  'Options',
  'Commands',
  'Options together',
  'Environment',
  'Examples',
  'Exit status',
];

interface Pathed {
  readonly path: readonly string[];
  readonly command: Command;
}

const pathsOf = (command: Command, path: readonly string[] = []): Pathed[] => [
  { path, command },
  ...command.commands.flatMap((sub) => pathsOf(sub, [...path, sub.name()])),
];

describe('xano without a command', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])(
    'prints the help and exits with 0: %j',
    async (argv) => {
      const desk = await openDesk();
      const { status, stdout, stderr } = await desk.run(argv);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('Usage: xano [options] [command]\n');
      for (const command of [
        'auth',
        'discover',
        'schema',
        'endpoints',
        'check',
        'load',
        'status',
        'query',
        'dashboard',
        'demo',
      ])
        expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
      expect(stdout).toContain('\nExit status:\n');
      expect(desk.xano.requests).toEqual([]);
    },
  );

  it.each(['--version', '-V'])('prints the version alone: %s', async (flag) => {
    const desk = await openDesk();
    expect(await desk.run([flag])).toEqual({ status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });

  it('names the missing subcommand below the help of a group', async () => {
    const desk = await openDesk();
    const { status, stdout, stderr } = await desk.run(['auth']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: xano auth \[options\] \[command\]\n/);
    expect(
      stderr.endsWith('Error: `xano auth` needs a subcommand.\n  See `xano auth --help`.\n  Code: USAGE\n'),
    ).toBe(true);
  });

  it('refuses help for a command that does not exist', async () => {
    const desk = await openDesk();
    const { status, stderr } = await desk.run(['help', 'fly']);
    expect(status).toBe(2);
    expect(stderr.endsWith('Error: xano has no command "fly".\n  See `xano --help`.\n  Code: USAGE\n')).toBe(
      true,
    );
    const near = await desk.run(['help', 'laod']);
    expect(near.status).toBe(2);
    expect(
      near.stderr.endsWith('Error: xano has no command "laod".\n  Did you mean load?\n  Code: USAGE\n'),
    ).toBe(true);
  });
});

describe('a mistake in a command line', () => {
  it.each([
    [['discvoer'], "Unknown command 'discvoer'.", 'Did you mean discover?'],
    [['fly'], "Unknown command 'fly'.", 'See `xano --help`.'],
    [['auth', 'statsu'], "Unknown command 'statsu'.", 'Did you mean status?'],
    [['load', '--dry'], "Unknown option '--dry'.", 'Did you mean --dry-run?'],
    [
      ['load', '--write-disposition', 'mrege'],
      "Option '--write-disposition <how>' argument 'mrege' is invalid. Allowed choices are replace, append, merge.",
      'Did you mean merge?',
    ],
    [
      ['load', '-q', '-v'],
      "Option '-q, --quiet' cannot be used with option '-v, --verbose'.",
      'Remove one of them.',
    ],
    [['load', '--allow'], "Unknown option '--allow'.", 'See `xano load --help`.'],
    [['discover', '--output', 'x', '--colums'], "Unknown option '--colums'.", 'Did you mean --columns?'],
    [['auth', '--nope'], "Unknown option '--nope'.", 'See `xano auth --help`.'],
    [['auth', 'login', '--nope'], "Unknown option '--nope'.", 'See `xano auth login --help`.'],
    [['--nope'], "Unknown option '--nope'.", 'See `xano --help`.'],
    [['load', '--dry-rum'], "Unknown option '--dry-rum'.", 'Did you mean --dry-run?'],
    [['load', '--to'], "Option '--to <destination>' argument missing.", 'See `xano load --help`.'],
    [['load', '--to', ''], '--to is empty.', 'Name a file: --to xano.duckdb.'],
    [
      ['discover', 'Shop'],
      "Too many arguments for 'discover'. Expected 0 arguments but got 1.",
      'See `xano discover --help`.',
    ],
    [
      ['load', '--dataset', '_Xano'],
      '"_Xano" is reserved; xano cannot load tables into it.',
      'Give another name with --dataset.',
    ],
    [
      ['load', '--dataset', ''],
      '"" is reserved; xano cannot load tables into it.',
      'Give another name with --dataset.',
    ],
  ])('is USAGE: %j', async (argv, message, hint) => {
    const desk = await openDesk();
    expectError(await desk.run(argv), 2, 'USAGE', message, hint);
    expect(desk.xano.requests).toEqual([]);
    expect(desk.files()).toEqual([]);
  });

  it.each([
    ['load', '--page-size <n>', '0', '1 to 100000'],
    ['load', '--page-size <n>', '100001', '1 to 100000'],
    ['load', '--page-size <n>', 'many', '1 to 100000'],
    ['load', '--page-size <n>', '-5', '1 to 100000'],
    ['load', '--page-size <n>', '1e3', '1 to 100000'],
    ['load', '--page-size <n>', '10.5', '1 to 100000'],
    ['load', '--concurrency <n>', '0', '1 to 64'],
    ['load', '--concurrency <n>', '65', '1 to 64'],
    ['endpoints', '--page-size <n>', '', '1 to 100000'],
    ['demo', '--port <n>', '65536', '0 to 65535'],
    ['status', '--loads <n>', '-1', '0 to 1000'],
  ])('is USAGE: %s %s of %j', async (command, option, value, bounds) => {
    const desk = await openDesk();
    const flag = option.split(' ')[0]!;
    expectError(
      await desk.run([command, flag, value]),
      2,
      'USAGE',
      `Option '${option}' argument '${value}' is invalid. ${flag} takes a whole number from ${bounds}.`,
      `See \`xano ${command} --help\`.`,
    );
    expect(desk.xano.requests).toEqual([]);
  });

  it.each(['600', '', '1.5h', '366d', '-1m'])('is USAGE: load --lag of %j', async (time) => {
    const desk = await openDesk();
    expectError(
      await desk.run(['load', '--incremental', 'id', '--lag', time]),
      2,
      'USAGE',
      `Option '--lag <time>' argument '${time}' is invalid. --lag takes a time such as 90s, 10m or 1h, up to 365d.`,
      'See `xano load --help`.',
    );
  });

  it('does not repeat the value of an unknown option', async () => {
    const desk = await openDesk();
    const said = await desk.run(['load', `--tokn=${desk.xano.token}`]);
    expectError(said, 2, 'USAGE', "Unknown option '--tokn'.", 'Did you mean --token?');
  });
});

describe('help', () => {
  const commands = (command: Command): Command[] => [command, ...command.commands.flatMap(commands)];

  it('describes every command, every argument and every option', () => {
    const program = buildProgram(SILENT, () => {});
    const all = commands(program);
    expect(all.map((command) => command.name())).toEqual([
      'xano',
      'auth',
      'login',
      'status',
      'use',
      'logout',
      'discover',
      'schema',
      'endpoints',
      'check',
      'load',
      'status',
      'verify',
      'query',
      'export',
      'csv',
      'jsonl',
      'xlsx',
      'parquet',
      'dbt',
      'dashboard',
      'mcp',
      'init',
      'schedule',
      'install',
      'print',
      'status',
      'remove',
      'serve',
      'notify',
      'test',
      'maintain',
      'completion',
      'demo',
    ]);
    for (const command of all) {
      expect(command.description(), command.name()).not.toBe('');
      for (const argument of command.registeredArguments)
        expect(argument.description, `${command.name()} ${argument.name()}`).not.toBe('');
      for (const option of command.options)
        expect(option.description, `${command.name()} ${option.flags}`).not.toBe('');
    }
  });

  it('has the same order for every command, with examples, in 80 columns', async () => {
    const desk = await openDesk();
    const program = buildProgram(SILENT, () => {});
    for (const { path, command } of pathsOf(program)) {
      const { status, stdout } = await desk.run([...path, '--help'], { columns: 80 });
      const name = ['xano', ...path].join(' ');
      expect(status).toBe(0);
      expect(Math.max(...stdout.split('\n').map((line) => line.length)), name).toBeLessThanOrEqual(80);
      const headings = [...stdout.matchAll(/^([A-Z][^\n:]*):(?: |$)/gm)].map(([, heading]) => heading!);
      expect(
        headings.filter((heading) => ORDER.includes(heading)),
        name,
      ).toEqual(ORDER.filter((heading) => headings.includes(heading)));
      expect(headings, name).toEqual(expect.arrayContaining(['Usage', 'Examples']));
      // What is in no group would stand among the others by mistake.
      const others = /^Other options:\n((?: .*\n)*)/m.exec(stdout)?.[1] ?? '';
      expect(others, name).toMatch(/^(?: {2}-h, --help {2,}print help\n)?$/);
      expect(
        command.options.every(({ long }) => stdout.includes(long!)),
        name,
      ).toBe(true);
      // An example is a command that exists, with flags that exist.
      const examples = stdout.slice(stdout.indexOf('\nExamples:')).matchAll(/xano [a-z]+[^\n<>|()]*/g);
      for (const [example] of examples) {
        const words = example.split(/ {2,}/)[0]!.split(' ').slice(1);
        const meant = words.reduce(
          (at, word) => at.commands.find((sub) => sub.name() === word) ?? at,
          program,
        );
        expect(meant, example).not.toBe(program);
        const known = meant.options.map(({ long }) => long);
        expect(
          words.filter((word) => word.startsWith('--') && !known.includes(word)),
          example,
        ).toEqual([]);
      }
    }
  });

  it.each([60, 40])('wraps at words in %i columns, for every command', async (columns) => {
    const desk = await openDesk();
    for (const { path, command } of pathsOf(buildProgram(SILENT, () => {}))) {
      const { stdout } = await desk.run([...path, '--help'], { columns });
      const at = stdout.indexOf('\nExamples:\n');
      const end = `${stdout}\n\n`.indexOf('\n\n', at + 1);
      const [examples, rest] = [stdout.slice(at, end), stdout.slice(0, at) + stdout.slice(end)];
      const name = ['xano', ...path].join(' ');
      const wide = (text: string): string[] => text.split('\n').filter((line) => line.length > columns);
      expect(wide(rest.replace(/^Usage:.*/, '')), name).toEqual([]);
      // A command is one line, to be copied; what it does stands below it.
      expect(
        wide(examples).filter((line) => line.startsWith('   ')),
        name,
      ).toEqual([]);
      const words = rest.replace(/\s+/g, ' ');
      for (const { description } of command.options) expect(words, name).toContain(description);
    }
  });

  it('begins with a sentence that says what the command does', async () => {
    const desk = await openDesk();
    for (const { path } of pathsOf(buildProgram(SILENT, () => {}))) {
      const { stdout } = await desk.run([...path, '--help']);
      const [, says] = stdout.split('\n\n');
      expect(says, path.join(' ')).toMatch(/^[A-Z][\s\S]*\.$/);
    }
    const { stdout } = await desk.run(['auth', '--help']);
    expect(stdout).toContain('\n  login       prompt for a token');
    expect(stdout).toMatch(/\n {2}help +print help for a command\n/);
  });

  it('says that xano without arguments asks, and names the commands after a load', async () => {
    const desk = await openDesk();
    const { stdout } = await desk.run(['--help']);
    const examples = stdout.slice(stdout.indexOf('\nExamples:'));
    expect(examples).toMatch(/\n {2}xano {2,}choose tables and load them\n/);
    expect(examples).toMatch(/\n {2}xano query "/);
    expect(examples).toMatch(/\n {2}xano status /);
  });

  it.each([80, 100])('fits a terminal of %i columns', async (columns) => {
    const desk = await openDesk();
    const { status, stdout } = await desk.run(['load', '--help'], { columns });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: xano load \[options\] \[name\.\.\.\]\n/);
    const widest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(columns);
    expect(widest).toBeGreaterThan(columns - 15);
  });
});
