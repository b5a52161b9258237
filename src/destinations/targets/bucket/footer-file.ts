/**
 * Files of which only the footer is there: they have the length of the object, and a hole in the place of the
 * rows. DuckDB reads metadata and columns from them.
 */
import { closeSync, openSync, readSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import type { Objects } from './s3/objects.js';

/** Most footers are shorter. Bytes. */
const USUAL = 64 * 1024;
/** That of a thousand columns and a billion rows is shorter; a longer one is somebody else's. Bytes. */
const LONGEST = 256 * 1024 * 1024;
/** What a Parquet file ends with: the length of the footer, and a mark. */
const END = 8;
const MARK = Buffer.from('PAR1');

/** Fetches the footer of an object into a file as long as the object; false where it has changed since. */
export async function fetchFooter(
  objects: Pick<Objects, 'read'>,
  object: { readonly key: string; readonly etag: string; readonly size: number },
  path: string,
): Promise<boolean> {
  const { size } = object;
  const beside = `${path}.part`;
  try {
    if (!(await objects.read(object, beside, Math.min(USUAL, size)))) return false;
    const length = footerLength(beside);
    if (length > USUAL && length <= Math.min(LONGEST, size) && !(await objects.read(object, beside, length)))
      return false;
    moveEnd(beside, path, size);
    return true;
  } finally {
    rmSync(beside, { force: true });
  }
}

/** Makes a file that has the footer of another one, which is whole, and no rows. */
export function keepFooter(whole: string, path: string): void {
  const { size } = statSync(whole);
  moveEnd(whole, path, size, Math.min(footerLength(whole), LONGEST, size));
}

/** The bytes of a file's footer with its end; 0 where it is not a Parquet file. */
function footerLength(file: string): number {
  const { size } = statSync(file);
  if (size < END) return 0;
  const end = bytesAt(file, size - END, END);
  return end.subarray(4).equals(MARK) ? end.readUInt32LE(0) + END : 0;
}

/** Writes the last bytes of a file to the end of a new one of that size. */
function moveEnd(from: string, path: string, size: number, bytes = statSync(from).size): void {
  const end = bytesAt(from, statSync(from).size - bytes, bytes);
  rmSync(path, { force: true });
  const file = openSync(path, 'w');
  try {
    truncateSync(path, size);
    writeSync(file, end, 0, end.length, Math.max(0, size - end.length));
  } finally {
    closeSync(file);
  }
}

function bytesAt(path: string, position: number, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    for (let done = 0; done < bytes; ) {
      const read = readSync(file, buffer, done, bytes - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return buffer;
  } finally {
    closeSync(file);
  }
}
