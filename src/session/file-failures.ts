/** Why a file cannot be used, and what to do about it. */

/**
 * What stands in the way of reading or writing a file: plainly where it is plain, else in the words of the
 * system.
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

/** What to do about a file that cannot be written, and is named with a flag. */
export function otherFile(flag: string, cause: unknown): string {
  if (isFull(cause)) return `Free disk space, or name another file with ${flag}.`;
  if (isTooManyOpen(cause)) return 'Raise the limit (ulimit -n), then run the same command again.';
  return codeOf(cause) === 'ENOENT'
    ? `Create the folder, or name another file with ${flag}.`
    : `Name another file with ${flag}.`;
}

/** Whether this process, or the computer, may open no further file. */
function isTooManyOpen(cause: unknown): boolean {
  const code = codeOf(cause);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** Whether there is no room: for more bytes, for one more file, or within what this user may have. */
export function isFull(cause: unknown): boolean {
  const code = codeOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return true;
  // Node has no name for a quota; this is its number on Linux.
  return cause instanceof Error && /Unknown system error -122\b/.test(cause.message);
}

const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && 'code' in cause ? cause.code : undefined;
