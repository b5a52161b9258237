/** The digest of a part of a file, which a server checks against the bytes that arrive. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** How much of a file is read at a time: with 64 KB, as is usual, a part takes half as long again. */
export const CHUNK_BYTES = 1024 * 1024;

/** The SHA-256 of so many bytes of a file, in hexadecimal. Reads as it goes: no part is held in memory. */
export async function digestOf(file: string, start: number, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0)
    await pipeline(
      createReadStream(file, { start, end: start + bytes - 1, highWaterMark: CHUNK_BYTES }),
      hash,
    );
  return hash.digest('hex');
}
