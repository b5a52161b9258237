/** docs/guarantees.md names the tests that prove it, and none of these names is made up. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { ERRORS } from '../src/errors.js';

const ROOT = resolve(import.meta.dirname, '..');
const text = readFileSync(join(ROOT, 'docs', 'guarantees.md'), 'utf8');

/** Every test file but this one, as one text; a title broken over two lines counts as one. */
const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('guarantees.test.ts'))
  .map((name) => readFileSync(join(ROOT, 'test', name), 'utf8'))
  .join('\n');

/** What stands in the last cell of each row of the tables. */
const named = text
  .split('\n')
  .filter((line) => /^\|.*\|$/.test(line) && !/^\|[-|]+\|$/.test(line))
  .map((line) => line.split('|').at(-2)!.trim())
  .filter((cell) => cell !== 'test')
  .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, title]) => title!));

it('names tests that exist', () => {
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((title) => !tests.includes(title))).toEqual([]);
});

it('has a test for each line of its tables', () => {
  const bare = text
    .split('\n')
    .filter((line) => /^\|.*\|$/.test(line) && !/^\|( ?-+ ?\|)+$/.test(line) && !/\| test \|$/.test(line))
    .filter((line) => !/`[^`]+` \|$/.test(line));
  expect(bare).toEqual([]);
});

it('gives exit statuses that exist', () => {
  const known = new Set(['0', ...Object.values(ERRORS).map(({ exit }) => String(exit))]);
  const told = text
    .split('\n')
    .filter((line) => line.split('|').length === 6)
    .flatMap((line) => line.split('|')[3]!.match(/\d+/g) ?? []);
  expect(told.length).toBeGreaterThan(20);
  expect(told.filter((status) => !known.has(status))).toEqual([]);
});
