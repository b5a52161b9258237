/**
 * The skills, the section of AGENTS.md and llms.txt: their commands and their SQL, run on the demo's shop.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ERRORS, queryFile } from '../src/index.js';
import { agentsSection } from '../src/init/agents-section.js';
import { skillNames } from '../src/init/plan-agent-files.js';
import { SHOP_PASSWORD } from '../src/sandbox/data/shop-rows.js';
import { type Desk, openDesk, type Said } from './cli/terminal.js';

const ROOT = resolve(import.meta.dirname, '..');
const read = (...names: string[]): string => readFileSync(join(ROOT, ...names), 'utf8');
const skills = skillNames().map((name) => ({ name, text: read('skills', name, 'SKILL.md') }));
/** The instance that the examples name: none has such an address. */
const NAMED = 'https://x1234-5678-9012.n7.xano.io';

/** Blocks of a page, in their order. */
const blocksOf = (page: string): { kind: string; text: string }[] =>
  [...page.matchAll(/^```(sh|sql|yaml)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({
    kind: kind!,
    text: text!,
  }));

/** The words of a line that a shell reads: quotes hold words together. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain!,
  );

/** Runs `xano …`, perhaps with `> file`, in the folder of a desk. */
async function typed(desk: Desk, line: string): Promise<Said> {
  const [program, ...words] = wordsOf(line);
  expect([line, program]).toEqual([line, 'xano']);
  const to = words.indexOf('>');
  const said = await desk.run(to < 0 ? words : words.slice(0, to), {
    env: { SHOP_EMAIL: 'ada@example.com', SHOP_PASSWORD },
  });
  if (to >= 0) writeFileSync(desk.path(words[to + 1]!), said.stdout);
  return said;
}

describe('the skills', () => {
  it('have a name, say when to use them, and fit into 150 lines', () => {
    for (const { name, text } of skills) {
      const front = /^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? '';
      expect(parse(front)).toEqual({ name, description: expect.stringMatching(/Use (when|for) .{40,}\.$/) });
      expect(front.length).toBeLessThan(1024);
      expect([name, text.split('\n').length <= 150]).toEqual([name, true]);
    }
    expect(skills.map(({ name }) => name)).toEqual(
      ['diagnose', 'endpoints', 'load', 'query', 'report'].map((name) => `xano-${name}`),
    );
  });

  it('name error codes and tools that exist', () => {
    const tools = ['xano_discover', 'xano_history', 'xano_load', 'xano_query', 'xano_schema', 'xano_status'];
    for (const { text } of skills) {
      const codes = [...text.matchAll(/`([A-Z]+_[A-Z_]+|INCOMPLETE|SHRUNK)`/g)].map(([, code]) => code!);
      expect(codes.filter((code) => !(code in ERRORS) && !/^(SHOP|XANO)_/.test(code))).toEqual([]);
      const named = [...text.matchAll(/(?<!_)xano_[a-z]+/g)].map(([tool]) => tool);
      expect(named.filter((tool) => !tools.includes(tool) && tool !== 'xano_data')).toEqual([]);
    }
  });

  it('give commands and SQL that run on the shop, in the order of a first day', async () => {
    const desk = await openDesk();
    const before = process.cwd();
    // Commands name files without a folder, as a person types them.
    process.chdir(desk.folder);
    onTestFinished(() => process.chdir(before));
    const failed: unknown[] = [];
    let ran = 0;
    for (const name of ['xano-load', 'xano-query', 'xano-diagnose', 'xano-endpoints', 'xano-report'])
      for (const { kind, text } of blocksOf(read('skills', name, 'SKILL.md'))) {
        if (kind === 'yaml') {
          const [, file = ''] = /^# (\S+\.yaml)\n/.exec(text) ?? [];
          writeFileSync(desk.path(file), text.replaceAll(NAMED, desk.xano.instances[0]!.origin));
          continue;
        }
        for (const line of kind === 'sql' ? [text] : text.trimEnd().split('\n')) {
          ran++;
          if (kind === 'sql') {
            const { rows } = await queryFile('shop.duckdb', line).catch((error: unknown) => ({
              rows: [error],
            }));
            // Nothing is rejected, and no column has changed.
            const isEmpty = rows.length === 0 && !/rejects|schema_changes/.test(line);
            if (isEmpty || rows[0] instanceof Error) failed.push([line, ...rows]);
          } else {
            const { status, stderr } = await typed(desk, line);
            if (status !== 0) failed.push([line, status, stderr]);
          }
        }
      }
    expect(failed).toEqual([]);
    expect(ran).toBeGreaterThan(50);
    const page = readFileSync(desk.path('SCHEMA.md'), 'utf8');
    expect(page).toContain('## `xano_data.orders`\n');
    expect(readFileSync(desk.path('orders-by-status.csv'), 'utf8')).toMatch(/^status,orders,total\r\n/);
    const login = await typed(desk, 'xano load --endpoints login.yaml --to lists.duckdb --json');
    expect(JSON.parse(login.stdout)).toMatchObject({ resources: [{ resource: 'users', rows_written: 500 }] });
    for (const line of agentsSection('shop.duckdb', []).matchAll(/`(xano [^`]+ --to shop\.duckdb[^`]*)`/g))
      expect([line[1], (await typed(desk, line[1]!)).status]).toEqual([line[1], 0]);
  });
});

describe('llms.txt', () => {
  const page = read('llms.txt');

  it('links every page of the documentation and every skill', () => {
    const linked = [...page.matchAll(/\]\(https:\/\/unpkg\.com\/xano-connector\/([^)]+)\)/g)].map(
      ([, path]) => path!,
    );
    const wanted = [
      ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
      ...skillNames().map((name) => `skills/${name}/SKILL.md`),
    ];
    expect(linked.filter((path) => /^(docs|skills)\//.test(path)).toSorted()).toEqual(wanted.toSorted());
    const { files } = JSON.parse(read('package.json')) as { files: readonly string[] };
    const folders = linked.map((path) => path.split('/')[0]!);
    // npm adds the README to every package.
    expect(folders.filter((one) => one !== 'README.md' && !files.includes(one))).toEqual([]);
  });

  it('begins as llmstxt.org asks: a title, then a summary', () => {
    expect(page).toMatch(/^# xano-connector\n\n> .+\n/);
  });
});
