/** The temporary folder of a query, and the removal of those that killed queries left. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { XanoError } from '../../errors.js';
import { isOwn, look } from '../engine/own-files.js';
import { isRunning, THIS_COMPUTER } from '../engine/processes.js';

/** `xano-query-<computer>-<process>-<random>`; earlier versions left out the first two. */
const FOLDER = /^xano-query-(?:([0-9a-f]{8})-(\d{1,10})-)?[A-Za-z0-9]{6}$/;
/** Folders of another computer, or of an earlier version, are removed after this time. Milliseconds. */
const ABANDONED_MS = 24 * 3_600_000;

/** Creates the temporary folder of a query of this process, and removes those of ended queries. */
export function makeQueryFolder(): string {
  removeAbandoned(tmpdir());
  try {
    return mkdtempSync(join(tmpdir(), `xano-query-${THIS_COMPUTER}-${pid}-`));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new XanoError('DATABASE_FAILED', `The query cannot create a folder in ${tmpdir()}: ${code}.`, {
      hint: 'Set TMPDIR to a writable folder with free space.',
      cause,
    });
  }
}

function removeAbandoned(folder: string): void {
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // The user may lack the right to list it; creating a folder reports any other problem.
  }
  for (const name of names) {
    const [is_ours, host, process] = FOLDER.exec(name) ?? [];
    if (is_ours === undefined) continue;
    const path = join(folder, name);
    const stats = look(path);
    // Links are not followed, and folders of other users stay.
    if (stats?.isDirectory() !== true || !isOwn(stats)) continue;
    const is_over =
      host === THIS_COMPUTER && process !== undefined
        ? !isRunning(Number(process))
        : Date.now() - stats.mtimeMs > ABANDONED_MS;
    if (is_over) remove(path);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another query may be removing it as well.
  }
}
