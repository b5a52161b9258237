/** Reads a file of a folder that may hold anything: links, folders, bytes of any kind. */
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileTrouble } from '../session/file-failures.js';

/** A file as it is, or the reason why it cannot be edited. */
export type Place =
  | {
      /** Where it is, behind links. */
      readonly path: string;
      /** Undefined where it does not exist. Line ends are LF. */
      readonly text: string | undefined;
      /** The bytes of a text that takes the place of this one: its line ends and its mark are the same. */
      readonly encode: (text: string) => Uint8Array;
    }
  | { readonly reason: string };

const MARK = '\ufeff';

/** Reads a file below a folder. Links may lead to other files of the folder, and to none outside. */
export function readPlace(folder: string, file: string): Place {
  try {
    return placeOf(realpathSync(folder), join(folder, file), file);
  } catch (thrown) {
    return { reason: fileTrouble(file, 'written', thrown) };
  }
}

function placeOf(root: string, path: string, file: string): Place {
  if (!exists(path)) {
    const parent = realpathSync(nearestFolder(dirname(path)));
    if (!isBelow(root, parent)) return { reason: `${file} ${LEADS_OUT}` };
    const rest = relative(nearestFolder(dirname(path)), path);
    return { path: join(parent, rest), text: undefined, encode: encodeLike('') };
  }
  if (!existsSync(path)) return { reason: `${file} is a symbolic link to nothing.` };
  const real = realpathSync(path);
  if (!isBelow(root, real)) return { reason: `${file} ${LEADS_OUT}` };
  if (!statSync(real).isFile()) return { reason: `${file} is not a regular file.` };
  const text = decoded(readFileSync(real));
  if (text === undefined) return { reason: `${file} is not UTF-8 text.` };
  const bare = text.startsWith(MARK) ? text.slice(1) : text;
  return { path: real, text: isCrlf(bare) ? bare.replaceAll('\r\n', '\n') : bare, encode: encodeLike(text) };
}

const LEADS_OUT = 'is behind a symbolic link that leads out of the folder.';

/** Also for a link to nothing. */
function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return false;
    throw thrown;
  }
}

function nearestFolder(path: string): string {
  return exists(path) ? path : nearestFolder(dirname(path));
}

function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether every line ends as in Windows; a text that mixes both stays as it is. */
const isCrlf = (text: string): boolean => /\r\n/.test(text) && !/(?<!\r)\n/.test(text);

function encodeLike(before: string): (text: string) => Uint8Array {
  return (text) => {
    const ended = isCrlf(before) ? text.replaceAll('\n', '\r\n') : text;
    return Buffer.from(before.startsWith(MARK) ? `${MARK}${ended}` : ended, 'utf8');
  };
}
