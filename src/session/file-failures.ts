/** Explains why a file cannot be used, and how to fix that. */

/**
 * The reason why a file cannot be read or written: in plain words for common errors, else in the system's
 * words.
 */
export function fileTrouble(file: string, done: 'read' | 'written', cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'ENOENT')
    return done === 'read' ? `There is no file ${file}.` : `The folder of ${file} does not exist.`;
  if (code === 'ENOTDIR') return `The folder of ${file} is a file.`;
  if (code === 'EISDIR') return `${file} is a folder.`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${file} cannot be ${done}: you lack the permission.`;
  if (isTooManyOpen(cause)) return `${file} cannot be ${done}: too many files are open.`;
  if (isFull(cause))
    return `${file} cannot be ${done}: ${code === 'EFBIG' ? 'the limit on file sizes is reached (ulimit -f)' : 'its disk is full'}.`;
  return `${file} cannot be ${done}: ${cause instanceof Error ? cause.message : String(cause)}.`;
}

/** The hint for a file that cannot be written, and is named by a flag. */
export function otherFile(flag: string, cause: unknown): string {
  if (isFull(cause)) return `Free disk space, or name another file with ${flag}.`;
  if (isTooManyOpen(cause)) return 'Raise the limit (ulimit -n), then run the same command again.';
  return codeOf(cause) === 'ENOENT'
    ? `Create the folder, or name another file with ${flag}.`
    : `Name another file with ${flag}.`;
}

/** Whether this process or the computer has reached its limit of open files. */
function isTooManyOpen(cause: unknown): boolean {
  const code = codeOf(cause);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** Whether the disk is full: of bytes or files, or by the user's quota. */
export function isFull(cause: unknown): boolean {
  const code = codeOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return true;
  // Node does not name the quota error; this is its number on Linux.
  return cause instanceof Error && /Unknown system error -122\b/.test(cause.message);
}

const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && 'code' in cause ? cause.code : undefined;
