/** Damage that DuckDB finds in a staging file. The target is not affected. */
import { XanoError } from '../../errors.js';

/** The staging file is only a copy: the next load detects the damage, and reads the rows again. */
export function stagingDamage(cause: unknown, staging_file: string): XanoError {
  return new XanoError(
    'DATABASE_FAILED',
    `The staging file ${staging_file} was damaged while its rows were read.`,
    {
      hint: 'Run the same command again: it reads the rows from the beginning. If it happens twice, check the disk.',
      cause,
    },
  );
}
