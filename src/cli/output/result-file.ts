/** Writes results into a file of their own. */
import { writeFileSync } from 'node:fs';
import { XanoError } from '../../index.js';
import { fileTrouble, isFull, otherFile } from '../../session/file-failures.js';

/**
 * Writes a result into a file. Throws USAGE for a path that cannot be written, OUTPUT_FAILED where the disk
 * is full.
 */
export function writeResult(file: string, text: string, flag = '--output'): void {
  try {
    writeFileSync(file, `${text}\n`);
  } catch (cause) {
    throw new XanoError(isFull(cause) ? 'OUTPUT_FAILED' : 'USAGE', fileTrouble(file, 'written', cause), {
      hint: otherFile(flag, cause),
      cause,
    });
  }
}
