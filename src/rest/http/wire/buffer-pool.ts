/**
 * The memory of answers. Each answer is collected in one buffer as it comes, and the buffer is used for
 * another answer after everything in it has been read: with a new buffer for each answer, a quarter of the
 * time of a large load went into freeing memory (measured).
 */

/** Collects answers. */
export interface BufferPool {
  /** Begins an answer. `expected` is its declared length, in bytes: a hint. */
  readonly begin: (expected: number | undefined) => Body;
  /** Takes back the buffer of an answer that nobody reads any more, nor any part of it. */
  readonly release: (body: Uint8Array) => void;
}

/** One answer that is still arriving. */
export interface Body {
  readonly add: (chunk: Uint8Array) => void;
  /** Bytes so far. */
  readonly size: () => number;
  /** The complete answer. Nothing is added after that. */
  readonly whole: () => Uint8Array;
}

/**
 * Only buffers between these sizes are kept: smaller and larger answers do not come by the hundred. Bytes.
 */
const SMALLEST = 128 * 1024;
const LARGEST = 32 * 1024 * 1024;
/** A declared length is trusted up to here: growing by copying holds two buffers at a time. Bytes. */
const MOST_EXPECTED = 256 * 1024 * 1024;
/** Free buffers that are kept: answers that came early are read, and returned, one right after the other. */
const MOST_FREE = 4;
/** Buffers are multiples of this, since answers of one list differ a little in length. Bytes. */
const STEP = 512 * 1024;
/**
 * The buffer of a large answer. The system assigns only memory that is written, so the rest costs nothing;
 * growing by copying would hold two buffers at a time. The last bytes of an answer that is too long still
 * fit. Bytes.
 */
const LARGE_PIECE = MOST_EXPECTED + 2 * STEP;

/** The memory of one client. */
interface Pool {
  /** Free buffers, the longest first. */
  readonly free: Uint8Array[];
  /** Buffers that were handed out and not returned: no other memory is taken back. */
  readonly lent: WeakMap<ArrayBufferLike, Uint8Array>;
  /** The free buffer of a large answer, as long as the garbage collector leaves it. */
  large: WeakRef<ArrayBufferLike> | undefined;
}

/** Makes the memory of one client. */
export function createBufferPool(): BufferPool {
  const pool: Pool = { free: [], lent: new WeakMap(), large: undefined };
  return {
    begin: (expected) => beginBody(pool, expected),
    release: (body) => takeBack(pool, body),
  };
}

/** An answer that grows as it comes. */
function beginBody(pool: Pool, expected: number | undefined): Body {
  let memory: Uint8Array | undefined;
  let size = 0;
  const grow = (bytes: number): Uint8Array => {
    const larger = takePiece(pool, bytes);
    if (memory !== undefined) larger.set(memory.subarray(0, size));
    return larger;
  };
  return {
    add: (chunk) => {
      const wanted = size + chunk.length;
      if (memory === undefined || wanted > memory.length)
        memory = grow(
          Math.max(wanted, memory === undefined ? Math.min(expected ?? 0, MOST_EXPECTED) : size * 2),
        );
      memory.set(chunk, size);
      size = wanted;
    },
    size: () => size,
    whole: () => {
      if (memory === undefined) return new Uint8Array(0);
      if (memory.length >= SMALLEST) pool.lent.set(memory.buffer, memory);
      return memory.subarray(0, size);
    },
  };
}

/** A buffer of at least this many bytes: a free one, or a new one. */
function takePiece(pool: Pool, bytes: number): Uint8Array {
  if (bytes > LARGEST) {
    const free = pool.large?.deref();
    pool.large = undefined;
    if (free !== undefined && free.byteLength >= bytes) return new Uint8Array(free);
    return Buffer.allocUnsafeSlow(Math.max(bytes, LARGE_PIECE));
  }
  if (bytes < SMALLEST) return Buffer.allocUnsafeSlow(bytes);
  const at = pool.free.findIndex(({ length }) => length >= bytes);
  const [buffer] = at < 0 ? [] : pool.free.splice(at, 1);
  return buffer ?? Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP) * STEP);
}

/** Takes back the buffer of an answer. */
function takeBack(pool: Pool, { buffer }: Uint8Array): void {
  const memory = pool.lent.get(buffer);
  if (memory === undefined) return;
  pool.lent.delete(buffer);
  if (memory.length > LARGEST) {
    pool.large = new WeakRef(buffer);
    return;
  }
  // Pages grow: the shortest buffers are the first that no answer fits into.
  pool.free.push(memory);
  pool.free.sort((a, b) => b.length - a.length);
  pool.free.length = Math.min(pool.free.length, MOST_FREE);
}
