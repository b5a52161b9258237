/** Names of schemas and tables as names of folders and files, on any file system, and back. Pure. */
import { createHash } from 'node:crypto';

/** The folder for what is no table: load records, rejected values, limits of servers. */
export const STATE_FOLDER = '_xano';

/**
 * What every file system takes as it is. Letters outside ASCII are escaped: systems disagree on which of them
 * are the same.
 */
const SAFE = /[A-Za-z0-9 _.-]/;
/** Windows keeps these for devices, whatever follows the dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** File systems take 255 bytes, and the ending needs some. */
const MOST_LENGTH = 200;
/** What is kept of a longer name, before a digest of all of it. */
const KEPT_LENGTH = 150;
/** No escape looks like this. */
const DIGEST = '%~';

/**
 * A name as one step of a path: it never leaves its folder, and two names that DuckDB tells apart are two
 * files.
 */
export function fileNameOf(name: string): string {
  const bytes = [...Buffer.from(name)];
  const steps = bytes.map((byte, at) => {
    const char = String.fromCharCode(byte);
    const isAtEnd = at === 0 || at === bytes.length - 1;
    return SAFE.test(char) && !(isAtEnd && /[ .]/.test(char)) ? char : escaped(byte);
  });
  if (DEVICE.test(name)) steps[0] = escaped(bytes[0]!);
  const text = steps.join('') || '%';
  if (text.length <= MOST_LENGTH) return text;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${text.slice(0, KEPT_LENGTH)}${DIGEST}${digest}`;
}

/** The folder of a schema. The one for state is nobody's schema. */
export function folderNameOf(schema: string): string {
  const name = fileNameOf(schema);
  return name.toLowerCase() === STATE_FOLDER ? `${escaped(0x5f)}${name.slice(1)}` : name;
}

/** The name that a file was given for; of a shortened one, what is left of it. */
export function nameOfFile(file: string): string {
  if (file.includes(DIGEST) || file === '%') return file === '%' ? '' : file;
  const bytes = file
    .split(/(%[0-9A-F]{2})/)
    .map((part) => (/^%[0-9A-F]{2}$/.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part)));
  return Buffer.concat(bytes).toString();
}

const escaped = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
