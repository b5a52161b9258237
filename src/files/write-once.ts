/** Files of a project, which belong to whoever edits them: one that is there is never replaced. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from './make-folder.js';
import { notWritten } from './write-beside.js';

/** A file to be written: its path below a folder, with slashes, and its content. */
export interface WantedFile {
  readonly file: string;
  readonly text: string;
}

/** What became of it. `left`: one with another content is there. */
export interface PlacedFile {
  readonly file: string;
  readonly action: 'wrote' | 'unchanged' | 'left';
}

/** Writes files that are not there yet. Throws OUTPUT_FAILED. */
export async function writeOnce(folder: string, files: readonly WantedFile[]): Promise<PlacedFile[]> {
  const placed: PlacedFile[] = [];
  for (const { file, text } of files) {
    const path = join(folder, file);
    placed.push({ file, action: await placeFile(path, text) });
  }
  return placed;
}

async function placeFile(path: string, text: string): Promise<PlacedFile['action']> {
  try {
    await makeFolders(dirname(path));
    await writeFile(path, text, { flag: 'wx' });
    return 'wrote';
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return isSame(path, text);
    throw notWritten(path, cause);
  }
}

async function isSame(path: string, text: string): Promise<'unchanged' | 'left'> {
  const there = await readFile(path, 'utf8').catch(() => undefined);
  return there === text ? 'unchanged' : 'left';
}
