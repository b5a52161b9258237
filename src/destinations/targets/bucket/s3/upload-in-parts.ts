/**
 * Sends a large file in parts: the object is written when the last one is there, under the same condition as
 * a small one.
 */

import type { Asking } from './ask-bucket.js';
import { conditionOf, type Expected, isRefused, MARK } from './condition.js';
import { digestOf } from './digest.js';
import { textIn } from './parse-listing.js';
import type { Answer } from './send-once.js';

/** A file that is sent in parts. */
interface PartedUpload {
  /** The whole key. */
  readonly key: string;
  readonly file: string;
  readonly bytes: number;
  readonly expected: Expected;
  readonly mark: string;
}

/** The least bytes of a part; larger files have larger parts, since there may be 10,000. */
const PART_BYTES = 32 * 1024 * 1024;
const MOST_PARTS = 9_000;

/**
 * Sends a file in parts. Null where another version is there than the expected one. `isWritten` finds out
 * whether the object has this upload's mark.
 */
export async function uploadInParts(
  { ask, failure }: Asking,
  { key, file, bytes, expected, mark }: PartedUpload,
  isWritten: () => Promise<{ readonly etag: string } | null>,
): Promise<{ readonly etag: string } | null> {
  const begun = await ask({ method: 'POST', key, parameters: { uploads: '' }, headers: { [MARK]: mark } });
  const uploadId = textIn(begun.text, 'UploadId');
  if (begun.status !== 200 || uploadId === '') throw failure(begun);
  try {
    const size = Math.max(PART_BYTES, Math.ceil(bytes / MOST_PARTS));
    const parts: string[] = [];
    // One after the other: a part is read twice, and the network is the narrow place.
    for (let start = 0; start < bytes; start += size) {
      const length = Math.min(size, bytes - start);
      const number = parts.length + 1;
      const answer = await ask({
        method: 'PUT',
        key,
        parameters: { partNumber: String(number), uploadId },
        body: { file, start, bytes: length, sha256: await digestOf(file, start, length) },
      });
      const { etag } = answer.headers;
      if (answer.status !== 200 || etag === undefined) throw failure(answer);
      parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`);
    }
    const answer = await ask({
      method: 'POST',
      key,
      parameters: { uploadId },
      headers: conditionOf(expected),
      body: `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
    });
    if (isComplete(answer)) return { etag: textIn(answer.text, 'ETag') };
    // An earlier attempt may have completed it.
    const written = answer.is_repeated ? await isWritten() : null;
    if (written !== null) return written;
    if (!isRefused(answer) && !/<Code>PreconditionFailed</.test(answer.text)) throw failure(answer);
    await abort({ ask }, key, uploadId);
    return null;
  } catch (thrown) {
    await abort({ ask }, key, uploadId);
    throw thrown;
  }
}

/** Amazon answers with status 200 before it knows, and may send an error after that. */
const isComplete = ({ status, text }: Answer): boolean =>
  status === 200 && !text.includes('<Error>') && textIn(text, 'ETag') !== '';

/** Parts of an upload that nobody completes cost money. */
async function abort({ ask }: Pick<Asking, 'ask'>, key: string, uploadId: string): Promise<void> {
  await ask({ method: 'DELETE', key, parameters: { uploadId } }).catch(() => {});
}
