/** A file of the user gets other content, and stays what it was otherwise. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { replaceFile } from '../../../src/cli/output/replace-file.js';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'xano-replace-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

it('replaceFile keeps the mode of a file and the links that lead to it', () => {
  const at = folder();
  writeFileSync(join(at, 'x.yaml'), 'old');
  chmodSync(join(at, 'x.yaml'), 0o640);
  symlinkSync('x.yaml', join(at, 'link.yaml'));
  replaceFile(join(at, 'link.yaml'), Buffer.from('new'));
  expect(lstatSync(join(at, 'link.yaml')).isSymbolicLink()).toBe(true);
  expect(statSync(join(at, 'x.yaml')).mode & 0o777).toBe(0o640);
  expect(readFileSync(join(at, 'x.yaml'), 'utf8')).toBe('new');
  expect(readdirSync(at).toSorted()).toEqual(['link.yaml', 'x.yaml']);
});

it('replaceFile leaves nothing beside a file that it cannot replace', () => {
  const at = folder();
  mkdirSync(join(at, 'x.yaml'));
  writeFileSync(join(at, 'x.yaml', 'inner'), '');
  expect(() => replaceFile(join(at, 'x.yaml'), Buffer.from('new'))).toThrow();
  expect(readdirSync(at)).toEqual(['x.yaml']);
});
