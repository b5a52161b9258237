/** The built files of the pages: what a browser needs before it can show the first one. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = resolve(import.meta.dirname, '../../../dist/dashboard/ui');
/** Bytes of script. */
const MOST = 60_000;

/** A file and all that it imports before it runs; what it imports later is left out. */
function neededBy(file: string, known: Set<string> = new Set()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  const text = readFileSync(resolve(FOLDER, file), 'utf8');
  for (const [, other] of text.matchAll(/(?:^|[;}])import(?:[^"'()]*from)?["']\.\/([\w-]+\.js)["']/g))
    neededBy(other!, known);
  return known;
}

it('the first page needs less than 60 KB of script, and neither the diagram nor the editor', () => {
  const files = [...neededBy('app.js')];
  expect(files).toContain('app.js');
  expect(files.filter((file) => /^(code-editor|place-boxes|query|diagram)\.js$/.test(file))).toEqual([]);
  const sizes = files.map((file) => statSync(resolve(FOLDER, file)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST);
  // Preact is in one of them: an import that is not found would leave it out.
  expect(files.length).toBeGreaterThan(1);
});
