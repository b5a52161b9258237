/** Compression: unpacks an answer's body. */
import { pipeline, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { XanoError } from '../../../errors.js';

type Chunks = AsyncIterable<Uint8Array>;

/** Node has zstd from 22.15 on; the types are those of the oldest supported Node. */
const createZstd = (zlib as { readonly createZstdDecompress?: () => Transform }).createZstdDecompress;

/** The Accept-Encoding of requests. */
export const ACCEPT_ENCODING = ['gzip', 'deflate', 'br', ...(createZstd === undefined ? [] : ['zstd'])].join(
  ', ',
);

/** The code of the error for a body that is not in the compression that its server declares. */
const NOT_PACKED = 'ENOTPACKED';

/**
 * Unpacks a body. Encodings were applied in the order in which the header names them (RFC 9110, 8.4). Gzip is
 * recognized by its first bytes, whatever the header says: some servers pack twice, or name it without
 * packing. Other names than those of compressions (`none`, `utf-8`) mean nothing. Throws RESPONSE_UNEXPECTED
 * for an unsupported compression and for a body that is not in it; what zlib throws for a truncated body.
 */
export async function* unpacked(source: Chunks, content_encoding: string | undefined): Chunks {
  const names = (content_encoding ?? '').toLowerCase().split(',');
  let chunks = source;
  for (const name of names.toReversed().map((text) => text.trim())) {
    if (name === 'br') chunks = through(chunks, name, () => zlib.createBrotliDecompress());
    else if (name === 'deflate') chunks = through(chunks, name, inflater);
    else if (name === 'gzip' || name === 'x-gzip') chunks = unzipped(chunks);
    else if (name === 'zstd' && createZstd !== undefined) chunks = through(chunks, name, createZstd);
    else if (UNREADABLE.test(name)) throw unreadable(name);
  }
  yield* unzipped(chunks, MOST_LAYERS);
}

/** Whether a body that begins with these bytes needs {@link unpacked}. Most do not. */
export function isPacked(first: Uint8Array, content_encoding: string | undefined): boolean {
  return (content_encoding ?? '') !== '' || first.length < 3 || isGzip(first);
}

/** The most undeclared layers of gzip that are unpacked. */
const MOST_LAYERS = 2;

const UNREADABLE = /^(zstd|(x-)?compress|xz|lzma|bzip2|x-bzip2|lz4|snappy|dcb|dcz|exi|pack200-gzip)$/;

function unreadable(name: string): XanoError {
  const hint =
    name === 'zstd'
      ? 'Use Node 22.15 or newer, or ask for gzip: `headers: { accept-encoding: gzip }`.'
      : 'Ask for gzip: `headers: { accept-encoding: gzip }`.';
  return new XanoError(
    'RESPONSE_UNEXPECTED',
    `The answer is compressed as "${name}", which cannot be read.`,
    {
      hint,
      lasting: true,
    },
  );
}

/** Some servers send zlib's format (RFC 9110), some raw deflate: the first two bytes tell (RFC 1950, 2.2). */
function inflater(first: Uint8Array): Transform {
  const [method = 0, flags = 0] = first;
  const isZlib = (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
  return isZlib ? zlib.createInflate() : zlib.createInflateRaw();
}

const isGzip = ([a, b, c]: Uint8Array): boolean => a === 0x1f && b === 0x8b && c === 0x08;

async function* unzipped(source: Chunks, layers = 1): Chunks {
  if (layers === 0) {
    yield* source;
    return;
  }
  const { first, all } = await peeked(source);
  if (isGzip(first))
    yield* unzipped(
      through(all, 'gzip', () => zlib.createGunzip()),
      layers - 1,
    );
  else yield* all;
}

async function* through(source: Chunks, name: string, make: (first: Uint8Array) => Transform): Chunks {
  const { first, all } = await peeked(source);
  if (first.length === 0) return;
  const stream = make(first);
  let failure: unknown;
  // The stream throws format errors to its reader; faults of the source need to stay distinct from them.
  pipeline(all, stream, (error) => {
    failure = error;
  });
  let out = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      out += chunk.length;
      yield chunk;
    }
  } catch (thrown) {
    throw asPackingFault(failure ?? thrown, name, out);
  }
}

/** A body that ends too early was truncated; any other error of zlib is about the format. */
function asPackingFault(thrown: unknown, name: string, out: number): unknown {
  const { code = '', errno } = thrown as { readonly code?: string; readonly errno?: number };
  const isFormat = /^(Z_|ERR__|ZSTD_)/.test(code) && typeof errno === 'number';
  if (!isFormat) return thrown;
  if (code === 'Z_BUF_ERROR') return Object.assign(new Error('the answer was cut'), { code: CUT });
  // If nothing could be unpacked, the format is another one, which no further try changes.
  return new XanoError(
    'RESPONSE_UNEXPECTED',
    `The answer says that it is compressed as "${name}", but it cannot be unpacked.`,
    {
      hint: 'Ask for it without compression: `headers: { accept-encoding: identity }`.',
      cause: Object.assign(new Error(`zlib: ${code}`), { code: NOT_PACKED }),
      lasting: out === 0,
    },
  );
}

/** The code of the error for a packed body that ends too early. */
export const CUT = 'ECUT';

/** At least three bytes of a body, or all of a shorter one. */
async function peeked(source: Chunks): Promise<{ readonly first: Uint8Array; readonly all: Chunks }> {
  const iterator = source[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let size = 0;
  while (size < 3) {
    const { value, done } = await iterator.next();
    if (done === true) break;
    head.push(value);
    size += value.length;
  }
  async function* all(): Chunks {
    try {
      yield* head;
      for (;;) {
        const { value, done } = await iterator.next();
        if (done === true) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { first: head.length === 1 ? head[0]! : Buffer.concat(head), all: all() };
}
