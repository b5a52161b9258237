/** Damage that DuckDB finds in a staging file: the target is as it was. */
import { XanoError } from '../../errors.js';

/** The staging file is only a copy: the next load finds the damage, and reads the rows again. */
export function stagingDamage(cause: unknown, staging_file: string): XanoError {
  return new XanoError(
    'DATABASE_FAILED',
    `${staging_file}, where rows are staged, was damaged while they were read.`,
    {
      hint: 'Run the same command again: it reads them again from the beginning. Look at the disk where it happens twice.',
      cause,
    },
  );
}
