/** docs/guarantees.md names the tests that prove it, and none of these names is made up. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { expect, it } from 'vitest';
import { ERRORS } from '../src/errors.js';

const ROOT = resolve(import.meta.dirname, '..');
const text = readFileSync(join(ROOT, 'docs', 'guarantees.md'), 'utf8');

/** A node of a syntax tree, as far as titles need it. */
interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** `it`, `it.each(…)` or `it.for(…)`; undefined for anything else, `it.skip` and `it.todo` among it. */
function isTest(callee: Node): boolean {
  if (callee.type === 'Identifier') return callee['name'] === 'it';
  if (callee.type !== 'CallExpression' || !isNode(callee['callee'])) return false;
  const { object, property } = callee['callee'];
  return (
    isNode(object) &&
    object['name'] === 'it' &&
    isNode(property) &&
    /^(each|for)$/.test(String(property['name']))
  );
}

const isSkipped = (callee: Node): boolean =>
  isNode(callee['property']) && /^(skip|todo|skipIf|runIf)$/.test(String(callee['property']['name']));

/**
 * A title as it stands between its quotes: a text, or a template with its expressions as they are spelled.
 */
function titleOf(node: Node, text: string): string | undefined {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  return text.slice(Number(node['start']) + 1, Number(node['end']) - 1).replaceAll('\\`', '`');
}

/** The titles of the tests of a file that run. */
function titlesOf(text: string, file: string): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    if (!isNode(value)) return;
    const { callee } = value;
    if (value.type === 'CallExpression' && isNode(callee)) {
      if (isSkipped(callee)) return;
      const [first] = Array.isArray(value['arguments']) ? value['arguments'] : [];
      const title = isTest(callee) && isNode(first) ? titleOf(first, text) : undefined;
      if (title !== undefined) found.push(title);
    }
    for (const member of Object.values(value)) walk(member);
  };
  walk(parseAst(text, { lang: 'ts' }, file));
  return found;
}

/** The titles of all tests. */
const titles = new Set(
  readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.venv|node_modules/.test(name))
    .flatMap((name) => titlesOf(readFileSync(join(ROOT, 'test', name), 'utf8'), name)),
);

/** What stands in the last cell of each row of the tables. */
const named = text
  .split('\n')
  .filter((line) => /^\|.*\|$/.test(line) && !/^\|[-|]+\|$/.test(line))
  .map((line) => line.split('|').at(-2)!.trim())
  .filter((cell) => cell !== 'test')
  .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, title]) => title!));

it('docs/guarantees.md names tests that exist', () => {
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((title) => !titles.has(title))).toEqual([]);
});

it('the check of docs/guarantees.md ignores titles in comments, parts of titles, and skipped tests', () => {
  const text = `
    // it('in a comment', () => {});
    it('the whole title', () => {});
    it.each([1])('each %i', () => {});
    it.for([1])('for %i', () => {});
    it(\`a \${name}\`, () => {});
    it.skip('skipped', () => {});
    it.todo('to do');
    describe.skip('skipped', () => { it('within', () => {}); });
  `;
  expect(titlesOf(text, 'sample.ts')).toEqual(['the whole title', 'each %i', 'for %i', 'a ${name}']);
});

it('docs/guarantees.md has a test for each line of its tables', () => {
  const bare = text
    .split('\n')
    .filter((line) => /^\|.*\|$/.test(line) && !/^\|( ?-+ ?\|)+$/.test(line) && !/\| test \|$/.test(line))
    .filter((line) => !/`[^`]+` \|$/.test(line));
  expect(bare).toEqual([]);
});

it('docs/guarantees.md gives exit statuses that exist', () => {
  const known = new Set(['0', ...Object.values(ERRORS).map(({ exit }) => String(exit))]);
  const told = text
    .split('\n')
    .filter((line) => line.split('|').length === 6)
    .flatMap((line) => line.split('|')[3]!.match(/\d+/g) ?? []);
  expect(told.length).toBeGreaterThan(20);
  expect(told.filter((status) => !known.has(status))).toEqual([]);
});
