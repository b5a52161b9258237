/** Results that go into a file of their own. */
import { writeFileSync } from 'node:fs';
import { XanoError } from '../index.js';

/** Writes a result into a file. Throws USAGE where that cannot be. */
export function writeResult(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`);
  } catch (cause) {
    throw new XanoError(
      'USAGE',
      `${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {
        hint: 'Name another file with --output.',
        cause,
      },
    );
  }
}
