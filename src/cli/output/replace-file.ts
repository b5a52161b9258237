/** A file of the user gets other content: all of it, or it stays as it was. */
import { randomBytes } from 'node:crypto';
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Replaces the content of a file that is there, with its mode, wherever a link leads. It is written beside
 * and renamed, so that a full disk costs nothing. Throws what the file system throws.
 */
export function replaceFile(file: string, content: Uint8Array): void {
  const target = realpathSync(file);
  const { mode } = statSync(target);
  const beside = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(beside, content, { flag: 'wx', mode: mode & 0o777 });
    chmodSync(beside, mode & 0o777);
    renameSync(beside, target);
  } catch (cause) {
    rmSync(beside, { force: true });
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    // A folder that takes no other file, or a file that is mounted alone, as in a container: it may be
    // written all the same.
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS' && code !== 'EBUSY') throw cause;
    writeFileSync(target, content);
  }
}
