/** Reads the text of a config file. */
import { readFileSync, statSync } from 'node:fs';
import { XanoError } from '../index.js';
import { fileTrouble } from './file-failures.js';
import { fileText, notText } from './tokens/file-text.js';

/**
 * The text of a config file. Throws CONFIG_INVALID, with this hint where the file cannot be read, and for one
 * that is too large, not text, or named `.json` and not JSON.
 */
export function readConfigText(file: string, hint: string): string {
  let bytes: Uint8Array;
  try {
    assertNotHuge(file);
    bytes = readFileSync(file);
  } catch (cause) {
    if (cause instanceof XanoError) throw cause;
    throw new XanoError('CONFIG_INVALID', fileTrouble(file, 'read', cause), { hint, cause });
  }
  const read = fileText(bytes);
  if (read === undefined) throw new XanoError('CONFIG_INVALID', notText(file), { hint: 'Save it as UTF-8.' });
  const { text } = read;
  if (file.endsWith('.json')) assertJson(text, file);
  return text;
}

/** Larger than the endpoints of any catalog. Bytes. */
const LARGEST_FILE = 64 * 1024 * 1024;

function assertNotHuge(file: string): void {
  const { size } = statSync(file);
  if (size > LARGEST_FILE)
    throw new XanoError('CONFIG_INVALID', `${file} has ${size} bytes; at most ${LARGEST_FILE} are read.`, {
      hint: 'Name a file with endpoint configs.',
    });
}

function assertJson(text: string, file: string): void {
  try {
    // Editors on Windows add a byte order mark.
    JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const at = /position (\d+)/.exec(why)?.[1];
    const line = at === undefined ? '' : ` Line ${text.slice(0, Number(at)).split('\n').length}:`;
    throw new XanoError('CONFIG_INVALID', `${file} is not JSON.${line} ${why}.`, {
      hint: 'Correct it, name it .yaml if it is YAML, or generate it again with `xano endpoints --output FILE`.',
      cause,
    });
  }
}
