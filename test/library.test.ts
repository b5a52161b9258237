/**
 * docs/library.md: its examples are compiled and run as a program would that depends on the package, and no
 * name is missing from it.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../src/index.js';

const ROOT = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
const text = readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8');

interface Example {
  readonly title: string;
  readonly language: 'js' | 'ts';
  readonly code: string;
  /** What stands below it. */
  readonly prints: string;
}

const examples: readonly Example[] = text.split(/^## /m).flatMap((section) => {
  const title = section.slice(0, section.indexOf('\n'));
  return [...section.matchAll(/```(js|ts)\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)].map(
    ([, language, code, prints]) => ({
      title,
      language: language as 'js' | 'ts',
      code: code!,
      prints: prints!,
    }),
  );
});

let folder: string;
let xano: library.LocalXano;

beforeAll(async () => {
  xano = await library.startLocalXano({ instances: library.shopInstances() });
  folder = mkdtempSync(join(tmpdir(), 'xano-library-'));
  // As `npm install` would have left it.
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules', 'xano-connector'));
  for (const types of ['@types/node', 'undici-types'])
    symlinkSync(join(ROOT, 'node_modules', types), join(folder, 'node_modules', types));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'NodeNext',
        target: 'ES2023',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        allowJs: true,
        checkJs: true,
        skipLibCheck: false,
        rootDir: '.',
        outDir: 'out',
      },
      include: ['example-*'],
    }),
  );
  for (const [i, { language, code }] of examples.entries())
    writeFileSync(join(folder, `example-${i}.${language}`), code);
});

afterAll(async () => {
  await xano.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('docs/library.md', () => {
  it('has an example for each subject, and every example shows its output', () => {
    const blocks = [...text.matchAll(/^```(?:js|ts)$/gm)];
    expect(examples.map(({ title }) => title)).toEqual([
      'A workspace into a file',
      'Progress, and how to stop',
      'What is new, and reading the file',
      'Errors',
    ]);
    expect(blocks).toHaveLength(examples.length);
  });

  it('has examples that compile against the types of the package in strict mode', async () => {
    const { stdout, stderr } = await run(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', folder]).catch(
      (failed: { stdout: string; stderr: string }) => failed,
    );
    expect(stdout + stderr).toBe('');
  });

  it.each(examples.map((example, i) => [example.title, i, example] as const))(
    'has an example that runs and prints the output below it: %s',
    async (_, i, { prints }) => {
      const cwd = join(folder, `run-${i}`);
      mkdirSync(cwd);
      const { stdout, stderr } = await run(process.execPath, [join(folder, 'out', `example-${i}.js`)], {
        cwd,
        env: { XANO_TOKEN: xano.token, XANO_INSTANCE: xano.instances[0]!.origin },
      });
      expect({ stdout, stderr }).toEqual({ stdout: prints, stderr: '' });
    },
  );

  it('names every export of the package once, and nothing else', () => {
    const source = readFileSync(join(ROOT, 'src', 'index.ts'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    const exported = [...source.matchAll(/\{([^}]*)\}/g)].flatMap(([, names]) =>
      names!
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== ''),
    );
    const named = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
    expect(named.toSorted()).toEqual(exported.toSorted());
    expect(Object.keys(library).filter((name) => !named.includes(name))).toEqual([]);
  });

  it('shows a contract that is enough for its own examples', () => {
    const contract = text.slice(
      text.indexOf('### The contract'),
      text.indexOf('### What the command line uses'),
    );
    const imported = examples.flatMap(({ code }) =>
      /import \{([^}]*)\} from 'xano-connector'/
        .exec(code)![1]!
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== ''),
    );
    expect(imported.filter((name) => !contract.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
