/** Translates DuckDB's own messages into errors with a hint. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { asXanoError, XanoError } from '../../errors.js';

interface Meaning {
  readonly pattern: RegExp;
  readonly code: 'DATABASE_LOCKED' | 'DATABASE_FAILED';
  readonly say: (path: string, message: string) => string;
  readonly hint?: string;
}

/**
 * No room for more bytes, or for one more file. Node does not name a used-up quota on every system; on Linux
 * it has number 122.
 */
const NO_ROOM = /No space left on device|Disk quota exceeded|EDQUOT|Unknown system error -122\b/i;
const TOO_LARGE = /File too large|EFBIG/i;
const TOO_MANY_OPEN = /Too many open files|EMFILE|ENFILE/i;

const OUT_OF_MEMORY = /Out of Memory|failed to (pin|allocate)|could not (allocate|pin)/i;

/** Texts of DuckDB 1.5, each met with the file in that state. */
const MEANINGS: readonly Meaning[] = [
  {
    pattern: /Could not set lock on file/,
    code: 'DATABASE_LOCKED',
    say: (path, message) => `Another program has ${path} open${holderOf(message)}.`,
  },
  {
    pattern: /not a valid DuckDB database file/,
    code: 'DATABASE_FAILED',
    say: (path) =>
      statSync(path, { throwIfNoEntry: false })?.size === 0
        ? `${path} is empty (0 bytes), so it is not a DuckDB file.`
        : `${path} is not a DuckDB file.`,
    hint: 'Name another file with --to; this one was not touched.',
  },
  {
    // What Node and DuckDB say of a file that was written beside the target and is no longer there.
    pattern:
      /ENOENT: no such file or directory|^(?:[A-Za-z ]+: )?No files found that match the pattern "[^"]*\.staging\.tmp/,
    code: 'DATABASE_FAILED',
    say: (path) =>
      existsSync(dirname(path))
        ? `Files of this load beside ${path} were removed while it ran.`
        : `The folder of ${path} was removed while it was in use.`,
    hint: 'Create the folder if it is gone, do not remove files ending in .staging and .staging.tmp, and run the same command again.',
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
    say: (path) => `${path} is damaged: its content does not match its checksums.`,
    hint: 'Name another file with --to, and restore this one from a backup.',
  },
  {
    pattern: /newer version|, but we can only read version/,
    code: 'DATABASE_FAILED',
    say: (path) => `${path} was written by a newer DuckDB than the one in this program.`,
    hint: 'Update xano-connector (npm install -g xano-connector@latest), or name another file with --to.',
  },
  {
    pattern: /No such file or directory/i,
    code: 'DATABASE_FAILED',
    say: (path) => `The folder of ${path} does not exist.`,
    hint: 'Create the folder first, or name another file with --to.',
  },
  {
    pattern: /database does not exist/,
    code: 'DATABASE_FAILED',
    say: (path) => `The file ${path} does not exist.`,
    hint: 'Name another file with --to, or load into it first: `xano load --to FILE`.',
  },
  {
    pattern: /Permission denied|Operation not permitted|Read-only file system/i,
    code: 'DATABASE_FAILED',
    say: (path) => `You do not have permission to write ${path}.`,
    hint: 'Change its permissions, or name another file with --to.',
  },
  {
    pattern: /is a directory/i,
    code: 'DATABASE_FAILED',
    say: (path) => `${path} is a folder, not a file.`,
  },
  {
    pattern: NO_ROOM,
    code: 'DATABASE_FAILED',
    say: (path) => `The disk of ${path} is full.`,
    hint: 'Free disk space, then run the same command again: it continues where it stopped.',
  },
  {
    pattern: TOO_LARGE,
    code: 'DATABASE_FAILED',
    say: (path) => `A file of ${path} would exceed the size limit of this user or of its disk.`,
    hint: 'Raise the limit (ulimit -f), then run the same command again: it continues where it stopped.',
  },
  {
    pattern: TOO_MANY_OPEN,
    code: 'DATABASE_FAILED',
    say: (path) => `DuckDB cannot open ${path}: too many files are open.`,
    hint: 'Raise the limit (ulimit -n), then run the same command again.',
  },
  {
    pattern: /File name too long|ENAMETOOLONG/i,
    code: 'DATABASE_FAILED',
    say: (path) => `The name of ${path} is too long for its disk: the files beside it have longer names.`,
    hint: 'Give it a shorter name with --to.',
  },
  {
    pattern: /Input\/output error|EIO: /i,
    code: 'DATABASE_FAILED',
    say: (path) => `The disk of ${path} does not read or write.`,
    hint: 'Check the disk, or load into a file on another one with --to.',
  },
  {
    pattern: OUT_OF_MEMORY,
    code: 'DATABASE_FAILED',
    say: (path, message) =>
      `DuckDB needs more memory for ${path} than its limit${limitOf(message)}: the file is unchanged.`,
    hint: 'Exclude columns that nobody needs (excluded in an endpoints file), or load fewer rows at a time.',
  },
  {
    pattern: /has been invalidated because of a previous fatal error/,
    code: 'DATABASE_FAILED',
    say: (path) => `DuckDB stopped working on ${path} after an internal error.`,
    hint: 'Run the same command again: it continues where it stopped.',
  },
];

/**
 * The program that holds the lock, as DuckDB names it: `Conflicting lock is held in /usr/bin/python3 (PID
 * 4711)`.
 */
export function holderOf(message: string): string {
  const [said = '', ...after] = message.split(' (PID ');
  const [, pid] = /^(\d{1,12})\)/.exec(after[0] ?? '') ?? [];
  if (pid === undefined) return '';
  const at = said.lastIndexOf('held in ');
  const program = at < 0 ? '' : said.slice(at + 'held in '.length).trim();
  return `: ${program || 'process'} (process ${pid})`;
}

/** The limit as DuckDB names it: `(976.3 MiB/976.5 MiB used)`. */
function limitOf(message: string): string {
  const [, limit] = /\/(\d{1,9}(?:\.\d{1,9})? [KMGT]i?B) used\)/.exec(message) ?? [];
  return limit === undefined ? '' : ` of ${limit}`;
}

/** Makes a XanoError about this file of any failure of the database. */
export function databaseFailure(thrown: unknown, path: string): XanoError {
  if (thrown instanceof XanoError) return thrown;
  // DuckDB throws plain errors; these classes are bugs of this program.
  if (thrown instanceof TypeError || thrown instanceof ReferenceError || thrown instanceof RangeError)
    return asXanoError(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  for (const { pattern, code, say, hint } of MEANINGS) {
    if (pattern.test(message)) return new XanoError(code, say(path, message), { hint, cause: thrown });
  }
  return new XanoError('DATABASE_FAILED', `DuckDB cannot use ${path}: ${firstLine(message)}`, {
    cause: thrown,
  });
}

/** A message may repeat what is in a file, at any length. */
function firstLine(message: string): string {
  const [line = ''] = message.split('\n');
  return line.length > MOST_MESSAGE ? `${line.slice(0, MOST_MESSAGE)}…` : line;
}

const MOST_MESSAGE = 500;

/** Whether the disk, or this user's limits on it, made it fail: another file would fail as well. */
export function isOfTheSystem(thrown: unknown): boolean {
  const all = causes(thrown);
  const patterns = [NO_ROOM, TOO_LARGE, TOO_MANY_OPEN, /Read-only file system|EIO: |Input\/output error/i];
  return isOutOfMemory(thrown) || patterns.some((pattern) => pattern.test(all));
}

/** Whether DuckDB found a damaged file. It does not say which one. */
export function isDamage(thrown: unknown): boolean {
  return /Corrupt database file|checksum|Could not read enough bytes|Serialization Error|(FATAL|INTERNAL) Error/i.test(
    causes(thrown),
  );
}

/** Whether DuckDB lacked memory for a statement. */
export function isOutOfMemory(thrown: unknown): boolean {
  return OUT_OF_MEMORY.test(causes(thrown));
}

const causes = (thrown: unknown): string =>
  thrown instanceof Error ? `${thrown.message} ${causes(thrown.cause)}` : '';
