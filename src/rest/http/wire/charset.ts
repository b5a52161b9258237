/** Converts an answer to UTF-8, the only charset of the byte reader, from any charset that Node knows. */
import { isUtf8 } from 'node:buffer';
import { XanoError } from '../../../errors.js';

/** Names of UTF-8, and of ASCII, which is a part of it. */
const UTF_8: readonly string[] = ['', 'utf-8', 'utf8', 'utf8mb4', 'unicode-1-1-utf-8', 'us-ascii', 'ascii'];

/**
 * The same text in UTF-8, without a byte order mark. A mark wins over the header, as in the WHATWG Encoding
 * standard; JSON in UTF-16 or UTF-32 shows by its zero bytes (RFC 4627, 3). Bytes that are not valid in their
 * charset stay invalid, so that the reader rejects these values. Throws RESPONSE_UNEXPECTED for an unknown
 * charset.
 */
export function inUtf8(body: Uint8Array, content_type: string | undefined): Uint8Array {
  const marked = markOf(body);
  if (marked?.charset === 'utf-8') return body.subarray(marked.length);
  const declared = charsetOf(content_type);
  const charset = marked?.charset ?? (isWide(declared) ? declared : (wideCharsetOf(body) ?? declared));
  const content = body.subarray(marked?.length ?? 0);
  if (charset.startsWith('utf-32')) return Buffer.from(fromUtf32(content, charset === 'utf-32be'));
  // Most answers declare ASCII and are. Text that declares ASCII but is neither ASCII nor UTF-8 has an older
  // charset of one byte.
  if (UTF_8.includes(charset) && (!charset.endsWith('ascii') || isUtf8(content))) return content;
  return transcoded(content, charset);
}

/** The charset that a Content-Type header names, in lower case; '' where it names none. */
function charsetOf(content_type: string | undefined): string {
  const [, charset = ''] = /;\s*charset\s*=\s*["']?([^"';,\s]*)/i.exec(content_type ?? '') ?? [];
  return charset.toLowerCase();
}

const isWide = (charset: string): boolean => /^utf-?(16|32)/.test(charset);

/** The byte order mark of a text. That of UTF-32 begins like that of UTF-16, so it is looked for first. */
function markOf(body: Uint8Array): { readonly charset: string; readonly length: number } | undefined {
  const [a, b, c, d] = body;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { charset: 'utf-8', length: 3 };
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return { charset: 'utf-32le', length: 4 };
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return { charset: 'utf-32be', length: 4 };
  if (a === 0xff && b === 0xfe) return { charset: 'utf-16le', length: 2 };
  if (a === 0xfe && b === 0xff) return { charset: 'utf-16be', length: 2 };
  return undefined;
}

/** JSON begins with an ASCII character, and contains no zero byte in UTF-8. RFC 4627, 3. */
function wideCharsetOf([a, b, c, d]: Uint8Array): string | undefined {
  const isStart = (byte: number | undefined): boolean => byte === 0x5b || byte === 0x7b;
  if (isStart(a) && b === 0) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le';
  if (a === 0 && isStart(b)) return 'utf-16be';
  return a === 0 && b === 0 && c === 0 && isStart(d) ? 'utf-32be' : undefined;
}

function transcoded(content: Uint8Array, charset: string): Uint8Array {
  // RFC 2781, 4.3: without a mark, UTF-16 is big-endian. Servers that omit the mark use their own byte order,
  // which zero bytes reveal.
  const label = charset.endsWith('ascii') ? 'windows-1252' : charset === 'utf-16' ? 'utf-16be' : charset;
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  } catch {
    throw new XanoError(
      'RESPONSE_UNEXPECTED',
      `The answer is in the charset "${charset.slice(0, 40)}", which cannot be read.`,
      {
        hint: 'Ask the API for UTF-8, for example with the header "Accept-Charset: utf-8" in `headers`.',
        lasting: true,
      },
    );
  }
  if (decoder.encoding === 'windows-1252') return Buffer.from(fromWindows1252(content));
  try {
    return Buffer.from(decoder.decode(content));
  } catch {
    return withInvalidBytes(new TextDecoder(label, { ignoreBOM: true }).decode(content));
  }
}

/**
 * Replaces U+FFFD, which stands for invalid bytes, by a byte that UTF-8 never has, so that the reader rejects
 * the value.
 */
function withInvalidBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  // In UTF-8 U+FFFD is EF BF BD; each becomes one byte.
  let length = 0;
  for (let at = 0; at < bytes.length; length++) {
    const isReplaced = bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd;
    bytes[length] = isReplaced ? 0xff : bytes[at]!;
    at += isReplaced ? 3 : 1;
  }
  return bytes.subarray(0, length);
}

/** The characters of windows-1252 at the control characters 0x80 to 0x9f. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/**
 * ISO-8859-1 means windows-1252 in practice and in the WHATWG Encoding standard. The decoder of Node 20 keeps
 * the control characters.
 */
function fromWindows1252(content: Uint8Array): string {
  const parts: string[] = [];
  for (let from = 0; from < content.length; from += CHUNK_BYTES) {
    const chunk = content.subarray(from, from + CHUNK_BYTES);
    const units = Buffer.alloc(2 * chunk.length);
    for (let at = 0; at < chunk.length; at++) units.writeUInt16LE(unitOf(chunk[at]!), 2 * at);
    parts.push(units.toString('utf16le'));
  }
  return parts.join('');
}

/** Bytes decoded in one step: a larger piece would need twice its memory at the same time. */
const CHUNK_BYTES = 65_536;

const unitOf = (byte: number): number =>
  byte >= 0x80 && byte <= 0x9f ? WINDOWS_1252.charCodeAt(byte - 0x80) : byte;

/** A call takes this many arguments on any stack. */
const MOST_POINTS = 4096;

/** Node has no decoder of UTF-32. */
function fromUtf32(content: Uint8Array, is_big: boolean): string {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const parts: string[] = [];
  let points: number[] = [];
  for (let at = 0; at + 4 <= content.byteLength; at += 4) {
    const point = view.getUint32(at, !is_big);
    points.push(point > 0x10_ffff ? 0xfffd : point);
    if (points.length === MOST_POINTS) {
      parts.push(String.fromCodePoint(...points));
      points = [];
    }
  }
  return parts.join('') + String.fromCodePoint(...points);
}
