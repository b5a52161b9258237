import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** Which folders a folder may import from. `words` are the files of `src` itself that everybody uses; `index` is the public API. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  words: ['words'],
  rest: ['words', 'rest'],
  destinations: ['words', 'destinations'],
  xano: ['words', 'rest', 'xano'],
  metadata: ['words', 'rest', 'xano', 'metadata'],
  load: ['words', 'rest', 'destinations', 'load'],
  export: ['words', 'rest', 'export'],
  sandbox: ['words', 'xano', 'sandbox'],
  index: ['words', 'rest', 'destinations', 'xano', 'metadata', 'load', 'export', 'sandbox'],
  session: ['index', 'session'],
  cli: ['index', 'session', 'cli'],
};

/** Which files may import an outside package. */
const DOORS: Readonly<Record<string, RegExp>> = {
  got: /^rest\/http\/wire\/receive\.ts$/,
  'https-proxy-agent': /^rest\/http\/wire\/proxy\.ts$/,
  '@duckdb/node-api': /^destinations\/(engine\/engine|reader\/query)\.ts$/,
  conf: /^session\/tokens\/profiles\.ts$/,
  commander: /^cli\//,
  zod: /^(rest\/config\/(auth|config-file|endpoint-config|file\/file-schema|pagination|parse-endpoints|safe-url|secret-ref|validation-messages)|metadata\/wire|session\/tokens\/(profiles|official-cli)|destinations\/(state\/(state-schema|table-schema|parse-state)|targets\/parquet-folder\/footer)|load\/read\/checkpoint)\.ts$/,
  'jwt-decode': /^metadata\/token\.ts$/,
  '@clack/prompts': /^cli\/input\/ask\.ts$/,
  'cli-table3': /^cli\/output\/layout\.ts$/,
  'string-width': /^cli\/(progress\/(live-lines|progress-lines)|output\/layout)\.ts$/,
  'wrap-ansi': /^cli\/output\/(layout|output)\.ts$/,
  yaml: /^(rest\/config\/file\/source-text|rest\/check\/rewrite-config|session\/tokens\/official-cli)\.ts$/,
  'fastest-levenshtein': /^names\.ts$/,
  'p-limit':
    /^(metadata\/discover|load\/schedule|destinations\/targets\/(held-file|parquet-folder\/parquet-folder))\.ts$/,
};

interface Source {
  readonly path: string;
  readonly text: string;
  /** The text without comments and the contents of template literals' plain parts left as they are. */
  readonly code: string;
  readonly imports: readonly string[];
}

function sources(): Source[] {
  return readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
      const imports = [...code.matchAll(/(?:\bfrom |\bimport\(|^import )'([^']+)'/gm)].map(
        (match) => match[1]!,
      );
      return { path: relative(SRC, file), text, code, imports };
    });
}

const all = sources();
const folderOf = (path: string): string => {
  if (path === 'index.ts') return 'index';
  if (path.startsWith('table/')) return 'words';
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : 'words';
};

describe('the house', () => {
  it('has the folders that the rules speak of, and no others', () => {
    expect([...new Set(all.map(({ path }) => folderOf(path)))].toSorted()).toEqual(
      Object.keys(MAY_IMPORT).toSorted(),
    );
  });

  it('holds TypeScript files only, none named after nothing', () => {
    const odd = all.filter(
      ({ path }) => !path.endsWith('.ts') || /util|helper|manager|common|misc/i.test(path),
    );
    expect(odd.map(({ path }) => path)).toEqual([]);
  });

  it('imports only along the allowed arrows', () => {
    const wrong = all.flatMap(({ path, imports }) =>
      imports
        .filter((name) => name.startsWith('.'))
        .map((name) => relative(SRC, resolve(SRC, path, '..', name)).replace(/\.js$/, '.ts'))
        .filter((target) => !MAY_IMPORT[folderOf(path)]!.includes(folderOf(target)))
        .map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps each outside package behind its door', () => {
    const outside = all.flatMap(({ path, imports }) =>
      imports
        .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
        // A file of a package counts as the package.
        .map((name) => ({ path, name: /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name })),
    );
    expect(outside.filter(({ path, name }) => !DOORS[name]?.test(path))).toEqual([]);
    // A door that nobody uses is a package that nobody needs.
    expect([...new Set(outside.map(({ name }) => name))].toSorted()).toEqual(Object.keys(DOORS).toSorted());
  });

  it('depends on the packages behind the doors, and on nothing else', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ dependencies: expect.any(Object) });
    const { dependencies } = manifest as { dependencies: Record<string, string> };
    expect(Object.keys(dependencies).toSorted()).toEqual(Object.keys(DOORS).toSorted());
  });

  it('touches process and console in cli/main.ts alone', () => {
    const users = all.filter(({ code }) => /\bprocess\.\w|\bconsole\.\w/.test(code)).map(({ path }) => path);
    expect(users).toEqual(['cli/main.ts']);
  });

  it('has one class, the error', () => {
    const found = all.flatMap(({ path, code }) =>
      [...code.matchAll(/^\s*(?:export )?(?:abstract )?class (\w+)/gm)].map(
        (match) => `${path}: ${match[1]}`,
      ),
    );
    expect(found).toEqual(['errors.ts: XanoError']);
  });

  it('re-exports in index.ts alone, and by name', () => {
    const re = all
      .filter(({ code }) => /^export (type )?(\{[^}]*\}|\*) from/m.test(code))
      .map(({ path }) => path);
    expect(re).toEqual(['index.ts']);
    expect(all.filter(({ code }) => /export \*/.test(code)).map(({ path }) => path)).toEqual([]);
  });

  it('explains every file and every export', () => {
    const bare = all.flatMap(({ path, text }) => {
      const lines = text.split('\n');
      const unexplained = lines.flatMap((line, i) => {
        const name =
          /^export (?:async )?(?:const|function\*?|type|interface|class|async function) (\w+)/.exec(
            line,
          )?.[1];
        return name !== undefined && !lines[i - 1]!.trimEnd().endsWith('*/') ? [`${path}: ${name}`] : [];
      });
      const header = lines[0]!.startsWith('#!') ? lines[1]! : lines[0]!;
      return header.startsWith('/**') || header.startsWith('/*')
        ? unexplained
        : [`${path}: the file itself`, ...unexplained];
    });
    expect(bare).toEqual([]);
  });

  it('names no place outside the repository', () => {
    const tracked = [
      ...all.map(({ text }) => text),
      ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'package.json'].map((file) =>
        readFileSync(join(ROOT, file), 'utf8'),
      ),
    ];
    expect(tracked.filter((text) => /\.\.\/shared|\/work\//.test(text))).toEqual([]);
  });

  it('installs without running a script of any package', () => {
    const lock: unknown = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    const { packages } = lock as {
      packages: Record<string, { hasInstallScript?: boolean; optional?: boolean }>;
    };
    // fsevents is macOS only, optional, and works without its script.
    const scripted = Object.entries(packages).filter(
      ([name, entry]) => entry.hasInstallScript === true && !name.endsWith('/fsevents'),
    );
    expect(scripted.map(([name]) => name)).toEqual([]);
  });
});
