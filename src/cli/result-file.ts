/** Results that go into a file of their own. */
import { writeFileSync } from 'node:fs';
import { XanoError } from '../index.js';
import { fileTrouble, otherFile } from './file-trouble.js';

/** Writes a result into a file. Throws USAGE where that cannot be. */
export function writeResult(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`);
  } catch (cause) {
    throw new XanoError('USAGE', fileTrouble(file, 'written', cause), {
      hint: otherFile('--output', cause),
      cause,
    });
  }
}
