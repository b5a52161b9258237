/** What is said of files that the system refuses. */
import { expect, it } from 'vitest';
import { databaseFailure } from '../../src/destinations/engine/failures.js';
import { fileTrouble, isFull, otherFile } from '../../src/session/file-failures.js';

const refusal = (code: string, words: string): Error =>
  Object.assign(new Error(`${code}: ${words}, open 'x'`), { code });

it.each<[string, string, string, string, boolean]>([
  ['ENOSPC', 'no space left on device', 'x cannot be written: its disk is full.', 'Free disk space', true],
  ['EDQUOT', 'disk quota exceeded', 'x cannot be written: its disk is full.', 'Free disk space', true],
  [
    'EROFS',
    'read-only file system',
    'x cannot be written: you lack the permission.',
    'Name another file',
    false,
  ],
  [
    'EACCES',
    'permission denied',
    'x cannot be written: you lack the permission.',
    'Name another file',
    false,
  ],
  [
    'EMFILE',
    'too many open files',
    'x cannot be written: too many files are open.',
    'Raise the limit',
    false,
  ],
  [
    'ENFILE',
    'file table overflow',
    'x cannot be written: too many files are open.',
    'Raise the limit',
    false,
  ],
])(
  'a file failure is one sentence and one action, for a result and for a database: %s',
  (code, words, says, hint, full) => {
    const cause = refusal(code, words);
    expect(fileTrouble('x', 'written', cause)).toBe(says);
    expect(otherFile('--output', cause)).toContain(hint);
    expect(isFull(cause)).toBe(full);
    const { code: kind, message, hint: action } = databaseFailure(cause, 'x');
    expect(kind).toBe('DATABASE_FAILED');
    expect(message).not.toContain(code);
    expect(action).toMatch(/^(Free disk space|Change its permissions|Raise the limit)/);
  },
);
