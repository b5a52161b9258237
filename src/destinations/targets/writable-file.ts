/** Whether a database file can be written at a path. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { XanoError } from '../../errors.js';

/** Refuses a path at which no file can be written. Throws DATABASE_FAILED. */
export function assertWritableFile(file: string): void {
  if (existsSync(file) && statSync(file).isDirectory())
    throw new XanoError('DATABASE_FAILED', `${file} is a folder, not a file.`, {
      hint: 'Name a file in it: --to folder/xano.duckdb.',
    });
  const folder = dirname(file);
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new XanoError('DATABASE_FAILED', `The folder of ${file} is a file.`, {
      hint: 'Name a file in a folder with --to.',
    });
  if (!existsSync(folder))
    throw new XanoError('DATABASE_FAILED', `The folder ${folder} does not exist.`, {
      hint: 'Create it first, or name another file with --to.',
    });
  try {
    accessSync(folder, constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch (cause) {
    throw new XanoError('DATABASE_FAILED', `You do not have permission to write ${file}.`, {
      hint: 'Change its permissions, or name another file with --to.',
      cause,
    });
  }
}
