/**
 * Checks that a file belongs to this user alone: settings hold tokens, and commands that are run. As strict
 * as ssh with its own files.
 */
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { XanoError } from '../../index.js';

/** The largest settings file, in bytes. */
const LARGEST_BYTES = 4 * 1024 * 1024;

const isWindows = sep === '\\';

/** The requirements for a file. */
export interface PrivateFile {
  readonly path: string;
  /** For people: `settings file`. */
  readonly called: string;
  /** Whether other users must not be able to read it. */
  readonly secret: boolean;
}

/**
 * Refuses a file that another user owns, may change, or could replace: by its own mode and owner, by those of
 * its folder, and by parent folders that everybody may write to. Links are followed, and both ends are
 * checked. `uid` is the effective user id; where it is undefined, owners are not checked. On Windows nothing
 * is checked: its files have neither modes nor numeric owners, and lie in the user's own folder. A missing
 * file is accepted. Throws CONFIG_INVALID.
 */
export function assertOurs({ path, called, secret }: PrivateFile, uid: number | undefined): void {
  const file = statOf(path);
  if (file === undefined) return;
  if (!file.isFile())
    throw refused(`${path} is not a file.`, `Remove it, or use another path for the ${called}.`);
  if (file.size > LARGEST_BYTES)
    throw refused(
      `The ${called} ${path} is larger than ${LARGEST_BYTES} bytes.`,
      'Remove it, then log in again.',
    );
  if (isWindows) return;
  const real = realpathSync(path);
  for (const [at, stats] of [[path, lstatSync(path)] as const, [real, file] as const])
    assertOwner(at, stats, called, uid);
  const mode = (file.mode & 0o777).toString(8);
  if (secret && (file.mode & 0o077) !== 0)
    throw refused(`Others may read your tokens: ${path} has mode ${mode}.`, `Run: chmod 600 '${path}'`);
  if ((file.mode & 0o022) !== 0)
    throw refused(
      `Others may change the ${called} ${path}: it has mode ${mode}.`,
      `Run: chmod go-w '${path}'`,
    );
  for (const folder of new Set([dirname(path), dirname(real)])) assertFolderOurs(folder, called, uid);
}

/** Refuses a folder that another user may write to or replace. Throws CONFIG_INVALID. */
export function assertFolderOurs(folder: string, called: string, uid: number | undefined): void {
  const stats = statOf(folder);
  if (isWindows || stats === undefined) return;
  assertOwner(folder, stats, called, uid);
  for (let [at, writable] = [folder, 0o022]; ; [at, writable] = [dirname(at), 0o002]) {
    const { mode } = statSync(at);
    // With the sticky bit, as for /tmp, only owners may replace a folder's files.
    if ((mode & writable) !== 0 && (mode & 0o1000) === 0)
      throw refused(
        `Others may replace the ${called}: the folder ${at} has mode ${(mode & 0o7777).toString(8)}.`,
        `Run: chmod ${writable === 0o022 ? 'go-w' : 'o-w'} '${at}'`,
      );
    if (dirname(at) === at) return;
  }
}

function assertOwner(path: string, { uid: owner }: Stats, called: string, uid: number | undefined): void {
  // Root may change everything anyway.
  if (uid === undefined || owner === uid || owner === 0) return;
  throw refused(
    `The ${called} is not trusted: ${path} belongs to another user (uid ${owner}).`,
    'Use a file in a folder that you own.',
  );
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

const refused = (message: string, hint: string): XanoError =>
  new XanoError('CONFIG_INVALID', message, { hint });
