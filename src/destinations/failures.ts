/** What DuckDB's own messages mean, in our words. */
import { asXanoError, XanoError } from '../errors.js';

interface Meaning {
  readonly pattern: RegExp;
  readonly code: 'DATABASE_LOCKED' | 'DATABASE_FAILED';
  readonly say: (path: string, message: string) => string;
  readonly hint?: string;
}

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
    say: (path) => `${path} is there, but it is not a DuckDB file.`,
    hint: 'Name another file with --to; this one was not touched.',
  },
  {
    pattern: /Corrupt database file|checksum/,
    code: 'DATABASE_FAILED',
    say: (path) => `${path} is damaged: DuckDB finds that its content does not match its checksums.`,
    hint: 'Name another file with --to, and restore this one from a backup.',
  },
  {
    pattern: /newer version|, but we can only read version/,
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

/** The program that holds the lock, as DuckDB names it: `Conflicting lock is held in /usr/bin/python3 (PID 4711)`. */
function holderOf(message: string): string {
  const [said = '', ...after] = message.split(' (PID ');
  const [, pid] = /^(\d{1,12})\)/.exec(after[0] ?? '') ?? [];
  if (pid === undefined) return '';
  const at = said.lastIndexOf('held in ');
  const program = at < 0 ? '' : said.slice(at + 'held in '.length).trim();
  return `: ${program || 'process'} (process ${pid})`;
}

/** Any failure of the database as a XanoError about this file. */
export function databaseFailure(thrown: unknown, path: string): XanoError {
  if (thrown instanceof XanoError) return thrown;
  // DuckDB throws plain errors; these are mistakes of ours.
  if (thrown instanceof TypeError || thrown instanceof ReferenceError || thrown instanceof RangeError)
    return asXanoError(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  for (const { pattern, code, say, hint } of MEANINGS) {
    if (pattern.test(message)) return new XanoError(code, say(path, message), { hint, cause: thrown });
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
