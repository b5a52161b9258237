/** The temporary folder of a query, and the removal of those that killed queries left. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { XanoError } from '../../errors.js';
import { isOwn, look } from '../engine/own-files.js';

/** Process ids are valid only on one computer, and containers may share a temporary folder. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
/** `xano-query-<computer>-<process>-<random>`; earlier versions left out the first two. */
const FOLDER = /^xano-query-(?:([0-9a-f]{8})-(\d{1,10})-)?[A-Za-z0-9]{6}$/;
/** Folders of another computer, or of an earlier version, are removed after this time. Milliseconds. */
const ABANDONED_MS = 24 * 3_600_000;

/** Creates the temporary folder of a query of this process, and removes those of ended queries. */
export function makeQueryFolder(): string {
  removeAbandoned(tmpdir());
  try {
    return mkdtempSync(join(tmpdir(), `xano-query-${HOST}-${pid}-`));
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
      host === HOST && process !== undefined
        ? !isRunning(Number(process))
        : Date.now() - stats.mtimeMs > ABANDONED_MS;
    if (is_over) remove(path);
  }
}

function isRunning(process: number): boolean {
  try {
    // Signal 0 is not sent: the call only tests whether the process exists.
    kill(process, 0);
    return true;
  } catch (thrown) {
    // EPERM means that it exists, and belongs to another user.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another query may be removing it as well.
  }
}
