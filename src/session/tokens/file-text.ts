/**
 * Decodes text files in the encodings of common tools: UTF-8, and UTF-16 as Windows PowerShell writes it with
 * `>`.
 */

/** The encoding of a file. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** The text of a file; a byte order mark stays its first character, so that it can be written unchanged. */
export interface FileText {
  readonly text: string;
  readonly encoding: Encoding;
}

/** The bytes that are examined for an encoding without a mark. */
const LOOKED_AT = 4096;

/** Reads the bytes of a text file; undefined where they are neither UTF-8 nor UTF-16. */
export function fileText(bytes: Uint8Array): FileText | undefined {
  const encoding = encodingOf(bytes);
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
    // UTF-32, or not a text.
    return text.includes('\0') ? undefined : { text, encoding };
  } catch {
    return undefined;
  }
}

/** The bytes of a text in that encoding. */
export function fileBytes({ text, encoding }: FileText): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

/** The text without a mark in front. */
export const unmarked = (text: string): string => text.replace(/^\uFEFF/, '');

/** The sentence about a file that is not a text. */
export const notText = (file: string): string => `${file} is not text in UTF-8 or UTF-16.`;

function encodingOf(bytes: Uint8Array): Encoding {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Without a mark: each ASCII character is a byte beside a zero, and UTF-8 text contains no zeros.
  const zeros = [0, 0];
  const looked = Math.min(bytes.length, LOOKED_AT);
  for (let i = 0; i < looked; i++) if (bytes[i] === 0) zeros[i % 2]!++;
  const [even = 0, odd = 0] = zeros;
  if (even === odd || bytes.length % 2 === 1) return 'utf-8';
  return odd > even ? 'utf-16le' : 'utf-16be';
}
