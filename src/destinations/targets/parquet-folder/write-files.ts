/**
 * Files of a Parquet folder are written beside and renamed: readers see the old one or the new one, whole.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { XanoError } from '../../../errors.js';
import { look } from '../../engine/own-files.js';

/** Writes a file by way of another one. `write` makes the other one. */
export async function writeFile(
  path: string,
  beside: string,
  write: (beside: string) => Promise<unknown>,
): Promise<void> {
  makeFolder(dirname(path));
  try {
    await write(beside);
    sync(beside);
    renameSync(beside, path);
    sync(dirname(path));
  } finally {
    rmSync(beside, { force: true });
  }
}

/** Makes a folder where there is none. A link would lead out of the place. Throws DATABASE_FAILED. */
function makeFolder(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const stats = look(folder);
  if (stats === undefined) mkdirSync(folder);
  else if (!stats.isDirectory())
    throw new XanoError('DATABASE_FAILED', `${folder} is not a folder; expected a folder of tables.`, {
      hint: 'Remove it if it is not yours, or load into another folder with --to.',
    });
}

/** Makes durable what was written, before something else takes it for granted. */
function sync(path: string): void {
  try {
    const file = openSync(path, 'r');
    fsyncSync(file);
    closeSync(file);
  } catch {
    // Some systems sync no folder, or no file that is open for reading: there it is durable when the system
    // thinks so.
  }
}

/**
 * Removes a file, unless it is another name of one that stays: some file systems do not tell upper and lower
 * case apart.
 */
export function removeUnless(path: string, stays: readonly string[]): void {
  const stats = look(path);
  if (stats === undefined) return;
  const isSame = stays.some((other) => {
    const found = look(other);
    return found !== undefined && found.ino === stats.ino && found.dev === stats.dev;
  });
  if (!isSame) rmSync(path, { force: true });
}
