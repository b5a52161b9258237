import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** Words that every room may use: `src/*.ts` without the public API, and the tables. */
const WORDS = [
  'errors.ts',
  'events.ts',
  'json.ts',
  'names.ts',
  'parse-url.ts',
  'plain-text.ts',
  'hidden-characters.ts',
  'table/',
];

/**
 * Which files each room may import besides its own and the words: a file, or a room with a slash at its end.
 * A room within a room has its own row; the longest name that a path begins with counts.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'table/': [],
  'rest/config/': [
    'rest/decode/values/check-number.ts',
    'rest/http/request.ts',
    'rest/http/statuses.ts',
    // Which parameters a first request has.
    'rest/paging/paginators.ts',
  ],
  'rest/decode/': ['rest/config/'],
  'rest/http/': ['rest/config/', 'rest/decode/'],
  'rest/paging/': ['rest/config/', 'rest/decode/', 'rest/http/'],
  'rest/detect/': ['rest/config/', 'rest/decode/', 'rest/http/', 'rest/paging/'],
  'rest/check/': ['rest/config/', 'rest/decode/', 'rest/http/', 'rest/paging/', 'rest/detect/'],
  'xano/': ['rest/'],
  'metadata/': ['rest/', 'xano/'],
  'load/': ['rest/', 'destinations/destination.ts'],
  'destinations/': [],
  // A bucket is asked through the proxy of every other request.
  'destinations/targets/bucket/': ['destinations/', 'rest/http/wire/proxy.ts'],
  'export/': ['rest/', 'xano/'],
  'sandbox/': ['rest/', 'xano/'],
  'verify/': ['rest/', 'xano/', 'load/', 'destinations/'],
  'session/': ['index.ts'],
  'files/': ['index.ts', 'session/'],
  'dashboard/': ['index.ts', 'session/', 'files/'],
  // The pages import types alone: a browser has neither files nor DuckDB.
  'dashboard/ui/': [
    'dashboard/answers.ts',
    'dashboard/loads/live-answers.ts',
    'index.ts',
    'session/status-report.ts',
  ],
  'mcp/': ['index.ts', 'session/'],
  'init/': [
    'mcp/client-config.ts',
    'session/destination-path.ts',
    'session/file-failures.ts',
    'project/project-schema.ts',
    'schedule/',
    'export/yaml.ts',
  ],
  'schedule/': ['index.ts', 'session/'],
  'notify/': ['index.ts', 'session/', 'rest/http/wire/post-text.ts'],
  'project/': ['index.ts', 'session/', 'schedule/', 'notify/notify-schema.ts'],
  'cli/': [
    'index.ts',
    'session/',
    'project/',
    'dashboard/server.ts',
    'dashboard/scheduled.ts',
    'dashboard/loads/child-load.ts',
    'dashboard/report-page.ts',
    'files/',
    'mcp/',
    'init/',
    'schedule/',
    'notify/',
  ],
};

/** Which files may import an outside package. */
const DOORS: Readonly<Record<string, RegExp>> = {
  got: /^(rest\/http\/wire\/(receive|post-text)|destinations\/targets\/bucket\/s3\/send-once)\.ts$/,
  aws4fetch: /^destinations\/targets\/bucket\/s3\/send-once\.ts$/,
  '@aws-sdk/credential-provider-node': /^destinations\/targets\/bucket\/s3\/credentials\.ts$/,
  'https-proxy-agent': /^rest\/http\/wire\/proxy\.ts$/,
  '@modelcontextprotocol/server': /^mcp\/serve-mcp\.ts$/,
  '@duckdb/node-api': /^destinations\/(engine\/engine|reader\/(query|query-place|query-values))\.ts$/,
  conf: /^session\/tokens\/profiles\.ts$/,
  commander: /^cli\//,
  zod: /^(files\/export-record|notify\/(notify-schema|told)|project\/(project-schema|file-json-schema|workspace-list-schema)|schedule\/(schedule-schema|schedule-since)|dashboard\/(read-reports|routes|downloads\/download-routes|loads\/load-routes)|rest\/config\/(auth|config-file|endpoint-config|file\/file-schema|pagination|parse-endpoints|read-checked|safe-url|secret-ref|validation-messages)|metadata\/wire|session\/tokens\/(profiles|official-cli)|table\/watermark|destinations\/(state\/(state-schema|table-schema|parse-state)|targets\/(parquet-folder\/(footer|partitions\/partition-files)|bucket\/bucket-lease))|destinations\/reader\/running-load|load\/read\/checkpoint|verify\/held-tables|mcp\/(answer-schemas|prompts|tool|tools\/(profile|[\w-]+-tool)))\.ts$/,
  'jwt-decode': /^metadata\/token\.ts$/,
  '@clack/prompts': /^cli\/input\/ask\.ts$/,
  'cli-table3': /^cli\/output\/layout\.ts$/,
  'string-width': /^cli\/(progress\/(live-lines|progress-lines)|output\/layout)\.ts$/,
  'wrap-ansi': /^cli\/output\/(layout|output)\.ts$/,
  hucre: /^files\/(cells|workbook)\.ts$/,
  hono: /^dashboard\/(guard|routes|server|downloads\/download-routes|loads\/load-routes)\.ts$/,
  '@hono/node-server': /^dashboard\/server\.ts$/,
  croner: /^schedule\/cron-times\.ts$/,
  open: /^cli\/commands\/dashboard\/open-browser\.ts$/,
  yaml: /^(rest\/config\/file\/source-text|rest\/check\/rewrite-config|session\/tokens\/official-cli)\.ts$/,
  'smol-toml': /^init\/merge-toml\.ts$/,
  'fastest-levenshtein': /^names\.ts$/,
  'p-limit':
    /^(metadata\/discover|load\/schedule|cli\/commands\/load\/load-workspaces|destinations\/targets\/(held-database|iceberg\/iceberg|parquet-folder\/folder-target|postgres\/(postgres|open-database)|ducklake\/shared-lake))\.ts$/,
  pg: /^destinations\/targets\/postgres\/wire\/connection\.ts$/,
  'pg-copy-streams': /^destinations\/targets\/postgres\/wire\/connection\.ts$/,
  'postgres-array': /^destinations\/targets\/postgres\/query-database\.ts$/,
};

/** Packages whose code is in the bundle of the pages, so that nobody installs them. */
const BUNDLED: Readonly<Record<string, RegExp>> = {
  preact: /^dashboard\/ui\//,
  '@preact/signals': /^dashboard\/ui\//,
  '@dagrejs/dagre': /^dashboard\/ui\/diagram\/place-boxes\.ts$/,
  '@codemirror/autocomplete': /^dashboard\/ui\/editor\/code-editor\.ts$/,
  '@codemirror/commands': /^dashboard\/ui\/editor\/code-editor\.ts$/,
  '@codemirror/lang-sql': /^dashboard\/ui\/editor\/code-editor\.ts$/,
  '@codemirror/language': /^dashboard\/ui\/editor\/code-editor\.ts$/,
  '@codemirror/state': /^dashboard\/ui\/editor\/code-editor\.ts$/,
  '@codemirror/view': /^dashboard\/ui\/editor\/code-editor\.ts$/,
  '@lezer/highlight': /^dashboard\/ui\/editor\/code-editor\.ts$/,
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
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
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
/**
 * The row of {@link MAY_IMPORT} for a file: the longest name that its path begins with; undefined for a file
 * of `src` itself.
 */
const roomOf = (path: string): string | undefined =>
  Object.keys(MAY_IMPORT)
    .filter((room) => path.startsWith(room))
    .toSorted((one, other) => other.length - one.length)[0];

/** Whether a file may import another one. */
function mayImport(path: string, target: string): boolean {
  if (path === 'index.ts')
    return !/^(cli|dashboard|files|init|notify|project|schedule|session)\//.test(target);
  const allowed = (names: readonly string[]): boolean =>
    names.some((name) => (name.endsWith('/') ? target.startsWith(name) : target === name));
  if (allowed(WORDS)) return true;
  const room = roomOf(path);
  return room !== undefined && allowed([room, ...MAY_IMPORT[room]!]);
}

/** The files that a file imports, as paths from `src`. */
const targetsOf = ({ path, imports }: Source): string[] =>
  imports
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(SRC, resolve(SRC, path, '..', name)).replace(/\.js$/, '.ts'));

describe('the house', () => {
  it('lists every room, and no other', () => {
    const outer = (name: string): string => `${name.split('/')[0]}/`;
    expect(
      [...new Set(all.filter(({ path }) => path.includes('/')).map(({ path }) => outer(path)))].toSorted(),
    ).toEqual([...new Set(Object.keys(MAY_IMPORT).map(outer))].toSorted());
    expect(
      all
        .filter(({ path }) => !path.includes('/') && path !== 'index.ts' && !WORDS.includes(path))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('has rooms of at most fifteen files', () => {
    const sizes = new Map<string, number>();
    for (const { path } of all) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1);
    expect([...sizes].filter(([, size]) => size > 15)).toEqual([]);
  });

  it('has files of at most 300 lines', () => {
    const long = all.map(({ path, text }) => [path, text.trimEnd().split('\n').length] as const);
    expect(long.filter(([path, lines]) => lines > 300 && path !== 'rest/decode/scanner-wasm.ts')).toEqual([]);
  });

  it('holds TypeScript files only, and none has a meaningless name', () => {
    const names = readdirSync(SRC, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(SRC, join(entry.parentPath, entry.name)));
    expect(
      names.filter((path) => !path.endsWith('.ts') && !/^dashboard\/ui\/.*\.tsx$/.test(path)).toSorted(),
    ).toEqual(
      ['index.html', 'live.css', 'pages.css', 'style.css', 'tsconfig.json'].map(
        (name) => `dashboard/ui/${name}`,
      ),
    );
    expect(names.filter((path) => /util|helper|manager|common|misc/i.test(path))).toEqual([]);
  });

  it('gives the pages of the dashboard types of other rooms, and no code', () => {
    const code = all
      .filter(({ path }) => path.startsWith('dashboard/ui/'))
      .flatMap(({ path, code }) =>
        [...code.matchAll(/^import (?!type )[^;]*? from '([^']+)'/gm)].flatMap(([, name]) => {
          const target = relative(SRC, resolve(SRC, path, '..', name!));
          return name!.startsWith('.') && !target.startsWith('dashboard/ui/') ? [`${path} → ${target}`] : [];
        }),
      );
    expect(code).toEqual([]);
  });

  it('imports only along the allowed arrows, file by file', () => {
    const wrong = all.flatMap((source) =>
      targetsOf(source)
        .filter((target) => !mayImport(source.path, target))
        .map((target) => `${source.path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('is drawn in docs/architecture.md as it is', () => {
    const page = readFileSync(join(ROOT, 'docs', 'architecture.md'), 'utf8');
    const drawn = [...page.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} → ${to}`);
    const outer = (path: string): string | undefined =>
      path.includes('/') && !path.startsWith('table/')
        ? path.split('/')[0]
        : path === 'index.ts'
          ? 'index'
          : undefined;
    const arrows = all.flatMap((source) =>
      targetsOf(source).flatMap((target) => {
        const [from, to] = [outer(source.path), outer(target)];
        return from === undefined || to === undefined || from === to ? [] : [`${from} → ${to}`];
      }),
    );
    expect(drawn.toSorted()).toEqual([...new Set(arrows)].toSorted());
  });

  it('keeps each outside package behind its door', () => {
    const outside = all.flatMap(({ path, imports }) =>
      imports
        .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
        // A file of a package counts as the package.
        .map((name) => ({ path, name: /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name })),
    );
    const doors: Readonly<Record<string, RegExp>> = { ...DOORS, ...BUNDLED };
    expect(outside.filter(({ path, name }) => !doors[name]?.test(path))).toEqual([]);
    // A door that nobody uses is a package that nobody needs.
    expect([...new Set(outside.map(({ name }) => name))].toSorted()).toEqual(Object.keys(doors).toSorted());
  });

  it('depends on the packages behind the doors, and on nothing else', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ dependencies: expect.any(Object) });
    const { dependencies, devDependencies } = manifest as Record<string, Record<string, string>>;
    expect(Object.keys(dependencies!).toSorted()).toEqual(Object.keys(DOORS).toSorted());
    expect(Object.keys(devDependencies!)).toEqual(expect.arrayContaining(Object.keys(BUNDLED)));
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
      packages: Record<string, { hasInstallScript?: boolean; dev?: boolean; optional?: boolean }>;
    };
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const { allowScripts } = manifest as { allowScripts: Record<string, boolean> };
    // Both are optional and for development only. fsevents is macOS only, and works without its script. npm
    // does not run a script that package.json refuses; src/cli/commands/demo/postgres-binaries.ts makes the
    // links that the script of Postgres makes.
    const isHarmless = ([name, { dev, optional }]: [
      string,
      { dev?: boolean; optional?: boolean },
    ]): boolean =>
      name.endsWith('/fsevents') ||
      (dev === true && optional === true && allowScripts[name.replace('node_modules/', '')] === false);
    const scripted = Object.entries(packages).filter(
      (one) => one[1].hasInstallScript === true && !isHarmless(one),
    );
    expect(scripted.map(([name]) => name)).toEqual([]);
  });
});
