import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { Context } from '../src/cli/context.js';
import { buildProgram } from '../src/cli/run.js';
import { ERRORS } from '../src/errors.js';
import * as library from '../src/index.js';

const ROOT = resolve(import.meta.dirname, '..');
const read = (...names: string[]): string => readFileSync(join(ROOT, ...names), 'utf8');
const readme = read('README.md');
const reference = read('docs', 'commands.md');
const output = { stream: new PassThrough(), is_terminal: false, columns: () => 80, rows: () => 24 };
const context: Context = {
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

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leaves(command: Command, path = 'xano'): Leaf[] {
  return command.commands.flatMap((sub) => {
    const here = `${path} ${sub.name()}`;
    return sub.commands.length > 0 ? leaves(sub, here) : [{ path: here, command: sub }];
  });
}

const commands = leaves(buildProgram(context, () => {}));
/** Rows of all tables of a page, cell by cell, without the code marks. */
const rowsOf = (page: string): string[][] =>
  page
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
    .map((line) =>
      line
        .replaceAll('\\|', '¦')
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('¦', '|')),
    );

const rows = rowsOf(reference);

/** The anchors of a page's headings, as GitHub spells them. */
const headingsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** The pages for users: the README and all of docs. */
const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

describe('docs/commands.md', () => {
  it('has a row for every command, and no other row', () => {
    const documented = rows.flatMap(([cell]) => /^`(xano(?: [a-z]+)+)/.exec(cell ?? '')?.[1] ?? []);
    expect(documented.toSorted()).toEqual(commands.map(({ path }) => path).toSorted());
  });

  it.each(['README.md', 'docs/commands.md', 'docs/api-groups.md', 'docs/other-tools.md'])(
    'names no option that does not exist: %s',
    (page) => {
      const known = new Set(commands.flatMap(({ command }) => command.options.map(({ long }) => long)));
      const named = [...read(page).matchAll(/(?<![\w-])--[a-z][a-z-]+/g)]
        .map(([name]) => name)
        .filter((name) => name !== '--help');
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    },
  );

  it('explains every option of load, as the help spells it', () => {
    const load = commands.find(({ path }) => path === 'xano load')!.command;
    const shared = new Set(
      commands.find(({ path }) => path === 'xano auth login')!.command.options.map(({ long }) => long),
    );
    const own = load.options
      .filter(({ long }) => !shared.has(long) && long !== '--data-source')
      .map(({ flags }) => `\`${flags}\``);
    const documented = rows.flatMap(([cell]) => (/^`-(?:-|[a-z], )/.test(cell ?? '') ? [cell!] : []));
    expect(documented.toSorted()).toEqual(own.toSorted());
  });

  it('has the options of load that change or need others, in the words of the help', () => {
    let help = '';
    buildProgram(context, () => {})
      .commands.find((command) => command.name() === 'load')!
      .configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 10_000 })
      .outputHelp();
    const together = /\nOptions together:\n((?: .*\n)+)/.exec(help)?.[1]?.trimEnd().split('\n') ?? [];
    const documented = rows.flatMap(([option = '', does = '']) =>
      option.startsWith('**') ? [option.replaceAll(/[*`]/g, ''), does.replaceAll('`', '')] : [],
    );
    expect(together.length).toBeGreaterThan(0);
    expect(documented).toEqual(together.map((line) => line.trim()));
  });

  it('says the second effect of an option where the help explains the option', () => {
    const load = commands.find(({ path }) => path === 'xano load')!.command;
    const descriptionOf = (name: string) => load.options.find(({ long }) => long === name)?.description;
    expect([descriptionOf('--incremental'), descriptionOf('--max-duration')]).toEqual([
      'read only rows new since the last load, by this column, and merge them by default',
      'stop cleanly after 90s, 30m, 1h30m; load the tables with the oldest rows first',
    ]);
  });

  it('shows the usage line that the help shows', () => {
    for (const [, usage] of reference.matchAll(/^(Usage: xano .*)$/gm)) {
      const name = usage!.split(' ')[2]!;
      const command = commands.find(({ path }) => path === `xano ${name}`)!.command;
      expect(command.helpInformation().split('\n')[0]).toBe(usage);
    }
  });

  it('gives each error code the exit status that it has', () => {
    const documented = rows
      .filter(([status]) => /^\d+$/.test(status ?? ''))
      .flatMap(([status, , codes]) =>
        [...(codes ?? '').matchAll(/`(\w+)`/g)].map((match) => [match[1], Number(status)]),
      );
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(ERRORS).map(([code, { exit }]) => [code, exit])),
    );
  });

  it('pairs each environment variable with its flag, as the help of load says', () => {
    const load = commands.find(({ path }) => path === 'xano load')!.command;
    for (const [variable, flag] of rows.filter(
      ([cell, second]) => /^`XANO_/.test(cell ?? '') && second !== '',
    )) {
      const option = load.options.find(({ long }) => `\`${long}\`` === flag);
      expect(option?.description).toContain(variable!.replaceAll('`', ''));
    }
  });
});

describe('the README', () => {
  it('is shorter than 120 lines', () => {
    expect(readme.split('\n').length).toBeLessThan(120);
  });

  it('opens with the two commands that set everything up, and package.json has them', () => {
    const first = /```sh\n([\s\S]*?)```/
      .exec(readme)![1]!
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' #')[0]!.trim());
    expect(first).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(['demo', 'test']));
  });

  it('names every dependency', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const documented = rowsOf(read('docs', 'architecture.md')).flatMap(
      ([cell]) => /^\[([^\]]+)\]\(https:/.exec(cell ?? '')?.[1] ?? [],
    );
    expect(documented.toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted());
  });

  it('imports only what the library exports', () => {
    const imported = /import \{ ([^}]+) \} from 'xano-connector'/
      .exec(readme)![1]!
      .split(',')
      .map((name) => name.trim());
    expect(imported.filter((name) => !(name in library))).toEqual([]);
  });
});

describe('the script of the README', () => {
  it('runs unchanged, and loads the workspace that it names', async () => {
    const xano = await library.startLocalXano();
    const folder = mkdtempSync(join(tmpdir(), 'xano-readme-'));
    try {
      const script = /```js\n([\s\S]*?)```/
        .exec(readme)![1]!
        .replace("'xano-connector'", `'${pathToFileURL(join(ROOT, 'dist', 'index.js')).href}'`);
      writeFileSync(join(folder, 'script.mjs'), script);
      const { stdout } = await promisify(execFile)(process.execPath, ['script.mjs'], {
        cwd: folder,
        env: { XANO_TOKEN: xano.token, XANO_INSTANCE: xano.instances[0]!.origin },
      });
      expect(stdout).toContain('loaded [');
      expect(stdout).toContain("'orders: 5000'");
      const { rows } = await library.queryFile(
        join(folder, 'shop.duckdb'),
        'SELECT count(*) AS rows FROM xano_data.orders',
      );
      expect(rows).toEqual([{ rows: '5000' }]);
    } finally {
      await xano.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.each([...pages, 'CONTRIBUTING.md', 'AGENTS.md'])('the links of %s', (page) => {
  it('lead to files and headings that exist', () => {
    const broken = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#([^)\s]+))?\)/g)].filter(
      ([, path, heading]) => {
        const target = join(ROOT, dirname(page), path!);
        if (!existsSync(target)) return true;
        return heading !== undefined && !headingsOf(readFileSync(target, 'utf8')).includes(heading);
      },
    );
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe.each(['docs/architecture.md', 'CONTRIBUTING.md', 'AGENTS.md'])('the files named in %s', (page) => {
  it('exist', () => {
    const named = [...read(page).matchAll(/`((?:src|test|wasm|docs|bench)\/[\w./-]+\.\w+)`/g)].map(
      ([, path]) => path!,
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('the help', () => {
  it('describes every command and every option', () => {
    const silent = commands.flatMap(({ path, command }) => [
      ...(command.description() === '' ? [path] : []),
      ...command.options
        .filter(({ description }) => description === '')
        .map(({ flags }) => `${path} ${flags}`),
    ]);
    expect(silent).toEqual([]);
  });
});

describe('docs/cron.md', () => {
  const cron = readFileSync(join(ROOT, 'docs', 'cron.md'), 'utf8');

  it('gives each error code the exit status that it has', () => {
    const told = [...cron.matchAll(/^\| (\d+) \|[^|]*\|([^|]*)\|/gm)].flatMap(([, status, codes]) =>
      [...codes!.matchAll(/`(\w+)`/g)].map((match) => [match[1], Number(status)]),
    );
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(Object.entries(ERRORS).map(([code, { exit }]) => [code, exit])),
    );
  });

  it('runs commands that exist, with flags and variables that exist', () => {
    const load = commands.find(({ path }) => path === 'xano load')!.command;
    const flags = load.options.map(({ long }) => long);
    const run = [...cron.matchAll(/xano(?:-connector)? load(.*)$/gm)].map(([, rest]) => rest!);
    const named = run.flatMap((rest) => rest.match(/(?<![\w-])--[a-z-]+/g) ?? []);
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((flag) => !flags.includes(flag))).toEqual([]);
    const variables = new Set(cron.match(/XANO_[A-Z_]+/g));
    expect(
      [...variables].filter((name) => !reference.includes(`| \`${name}\` |`) && !(name in ERRORS)),
    ).toEqual([]);
  });
});
