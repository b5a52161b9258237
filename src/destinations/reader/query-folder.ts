/** The temporary folder of a query, and those that killed queries left behind. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { XanoError } from '../../errors.js';
import { isOwn, look } from '../engine/own-files.js';

/** Process ids mean something on one computer only, and a temporary folder may be shared with containers. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
/** `xano-query-<computer>-<process>-<random>`; earlier versions left out the first two. */
const FOLDER = /^xano-query-(?:([0-9a-f]{8})-(\d{1,10})-)?[A-Za-z0-9]{6}$/;
/** No query of another computer, or of an earlier version, is likely to run for longer. Milliseconds. */
const ABANDONED_MS = 24 * 3_600_000;

/** Makes the temporary folder of a query of this process, and removes those whose query is gone. */
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
    // Not everybody may list it; making a folder in it says what is wrong where something is.
  }
  for (const name of names) {
    const [is_ours, host, process] = FOLDER.exec(name) ?? [];
    if (is_ours === undefined) continue;
    const path = join(folder, name);
    const stats = look(path);
    // A link is never followed, and what belongs to another user is left alone.
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
    // Signal 0 is never sent: it only asks.
    kill(process, 0);
    return true;
  } catch (thrown) {
    // It is there where it may not be asked.
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
