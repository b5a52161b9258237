/** What DuckDB's own messages mean, in our words. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { asXanoError, XanoError } from '../errors.js';

interface Meaning {
  readonly pattern: RegExp;
  readonly code: 'DATABASE_LOCKED' | 'DATABASE_FAILED';
  readonly say: (path: string, found: RegExpMatchArray) => string;
  readonly hint?: string;
}

/** Texts of DuckDB 1.5, each met with the file in that state. */
const MEANINGS: readonly Meaning[] = [
  {
    pattern: /Could not set lock on file[\s\S]*?(?:held in ([^()]*?) ?\(PID (\d+)\)|$)/,
    code: 'DATABASE_LOCKED',
    say: (path, [, program, pid]) =>
      `Another program has ${path} open${pid === undefined ? '' : `: ${program?.trim() || 'process'} (process ${pid})`}.`,
  },
  {
    pattern: /not a valid DuckDB database file/,
    code: 'DATABASE_FAILED',
    say: (path) =>
      statSync(path, { throwIfNoEntry: false })?.size === 0
        ? `${path} is empty (0 bytes), so it is not a DuckDB file.`
        : `${path} is there, but it is not a DuckDB file.`,
    hint: 'Name another file with --to; this one was not touched.',
  },
  {
    // What Node and DuckDB say of a file that was written beside the target and is no longer there.
    pattern: /ENOENT: no such file or directory|No files found that match the pattern ".*\.staging\.tmp/,
    code: 'DATABASE_FAILED',
    say: (path) =>
      existsSync(dirname(path))
        ? `Files of this load beside ${path} were removed while it ran.`
        : `The folder of ${path} was removed while it was in use.`,
    hint: 'Make the folder if it is gone, leave files ending in .staging and .staging.tmp alone, and run the same command again.',
  },
  {
    pattern: /Not a directory|ENOTDIR/,
    code: 'DATABASE_FAILED',
    say: (path) => `The folder of ${path} is a file.`,
    hint: 'Name a file in a folder with --to.',
  },
  {
    pattern: /Corrupt database file|checksum/,
    code: 'DATABASE_FAILED',
    say: (path) => `${path} is damaged: DuckDB finds that its content does not match its checksums.`,
    hint: 'Name another file with --to, and restore this one from a backup.',
  },
  {
    pattern: /newer version|version number (\d+), but we can only read version/,
    code: 'DATABASE_FAILED',
    say: (path) => `${path} was written by a newer DuckDB than this program has.`,
    hint: 'Update xano-connector (npm install -g xano-connector@latest), or name another file with --to.',
  },
  {
    pattern: /No such file or directory/,
    code: 'DATABASE_FAILED',
    say: (path) => `The folder of ${path} does not exist.`,
    hint: 'Make the folder first, or name another file with --to.',
  },
  {
    pattern: /database does not exist/,
    code: 'DATABASE_FAILED',
    say: (path) => `There is no file ${path}.`,
    hint: 'Name another one with --to, or load something into it first: `xano load --to FILE`.',
  },
  {
    pattern: /Permission denied|Read-only file system/i,
    code: 'DATABASE_FAILED',
    say: (path) => `${path} may not be written.`,
    hint: 'Change its permissions, or name another file with --to.',
  },
  {
    pattern: /Is a directory|is a directory/,
    code: 'DATABASE_FAILED',
    say: (path) => `${path} is a folder, not a file.`,
  },
  {
    pattern: /No space left on device|Disk quota exceeded/i,
    code: 'DATABASE_FAILED',
    say: (path) => `The disk of ${path} is full.`,
    hint: 'Make room, then run the same command again: it goes on where it stopped.',
  },
];

/** Any failure of the database as a XanoError about this file. */
export function databaseFailure(thrown: unknown, path: string): XanoError {
  if (thrown instanceof XanoError) return thrown;
  // DuckDB throws plain errors; these are mistakes of ours.
  if (thrown instanceof TypeError || thrown instanceof ReferenceError || thrown instanceof RangeError)
    return asXanoError(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  for (const { pattern, code, say, hint } of MEANINGS) {
    const found = message.match(pattern);
    if (found !== null) return new XanoError(code, say(path, found), { hint, cause: thrown });
  }
  return new XanoError('DATABASE_FAILED', `DuckDB cannot use ${path}: ${message.split('\n')[0]}`, {
    cause: thrown,
  });
}

/** Whether DuckDB had not enough memory for a statement. */
export function isOutOfMemory(thrown: unknown): boolean {
  return /Out of Memory|failed to (pin|allocate)|could not (allocate|pin)/i.test(causes(thrown));
}

const causes = (thrown: unknown): string =>
  thrown instanceof Error ? `${thrown.message} ${causes(thrown.cause)}` : '';
