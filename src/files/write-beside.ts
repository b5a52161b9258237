/** A file that is complete from the moment when it can be seen. */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { XanoError } from '../index.js';
import { fileTrouble, isFull } from '../session/file-failures.js';

/** The size of a file in bytes and the SHA-256 of its content. */
export interface FileMark {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes some more of a file, and waits for the disk. Throws OUTPUT_FAILED. */
export type WriteMore = (chunk: string | Uint8Array) => Promise<void>;

/**
 * Writes a file under a hidden name beside it, and renames it when it is complete. If the work fails, nothing
 * of it stays. Throws what the work throws, and OUTPUT_FAILED.
 */
export async function writeBeside<T>(
  file: string,
  work: (write: WriteMore) => Promise<T>,
): Promise<{ readonly result: T; readonly mark: FileMark }> {
  const beside = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.tmp`);
  const handle = await told(file, open(beside, 'wx'));
  try {
    const marked = marking(handle, file);
    const result = await closing(handle, file, () => work(marked.write));
    await told(file, rename(beside, file));
    return { result, mark: marked.mark() };
  } catch (thrown) {
    await rm(beside, { force: true });
    throw thrown;
  }
}

function marking(
  handle: FileHandle,
  file: string,
): { readonly write: WriteMore; readonly mark: () => FileMark } {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    write: async (chunk) => {
      const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      hash.update(data);
      bytes += data.byteLength;
      // It writes all of the data where the last call ended; `write` may write less.
      await told(file, handle.writeFile(data));
    },
    mark: () => ({ bytes, sha256: hash.digest('hex') }),
  };
}

/** Work, after which the file is on the disk and closed. */
async function closing<T>(handle: FileHandle, file: string, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await told(file, handle.sync());
    return result;
  } finally {
    await handle.close();
  }
}

/** A step of writing a file, whose failure is explained. */
async function told<T>(file: string, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (cause) {
    throw notWritten(file, cause);
  }
}

/** The error of a file that cannot be written. */
export function notWritten(file: string, cause: unknown): XanoError {
  return new XanoError('OUTPUT_FAILED', fileTrouble(file, 'written', cause), {
    hint: `${isFull(cause) ? 'Free disk space, or name' : 'Name'} another folder with --out.`,
    cause,
  });
}
