/** Replaces the content of a user's file completely, or leaves it unchanged. */
import { randomBytes } from 'node:crypto';
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Replaces the content of an existing file, keeps its mode, and follows links. It writes a new file beside it
 * and renames that, so that a full disk loses nothing. Throws what the file system throws.
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
    // A folder without write permission, or a file mounted alone, as in a container: the file itself may
    // still be writable.
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS' && code !== 'EBUSY') throw cause;
    writeFileSync(target, content);
  }
}
