/**
 * The memory of answers. An answer is put together in one piece as it comes, and that piece is used again for
 * another one when everything in it has been read: with a piece for each answer, a quarter of the time of a
 * large load went into clearing pieces away (measured).
 */

/** Puts answers together. */
export interface BufferPool {
  /** Begins an answer. `expected` is its length where that was told: a hint, in bytes. */
  readonly begin: (expected: number | undefined) => Body;
  /** An answer that nobody reads any more, nor any part of it. */
  readonly release: (body: Uint8Array) => void;
}

/** One answer that is still coming. */
export interface Body {
  readonly add: (chunk: Uint8Array) => void;
  /** Bytes so far. */
  readonly size: () => number;
  /** All of it. Nothing is added after that. */
  readonly whole: () => Uint8Array;
}

/** Answers of another order of size are none of those that come by the hundred. Bytes. */
const SMALLEST = 128 * 1024;
const LARGEST = 32 * 1024 * 1024;
/**
 * A length that is told is taken at its word up to here: growing by copying holds two pieces at a time.
 * Bytes.
 */
const MOST_EXPECTED = 256 * 1024 * 1024;
/**
 * Pieces that wait for an answer: answers that came before their turn are read, and given back, one right
 * after the other.
 */
const MOST_FREE = 4;
/** Answers of one list differ a little in length. */
const STEP = 512 * 1024;
/**
 * The piece of a large answer. The system gives memory to what is written alone, so the rest of it costs
 * nothing; growing by copying would hold two pieces at a time. The last bytes of an answer that is too long
 * fit as well. Bytes.
 */
const LARGE_PIECE = MOST_EXPECTED + 2 * STEP;

/** The memory of one client. */
interface Pool {
  /** Pieces that wait for an answer, the longest first. */
  readonly free: Uint8Array[];
  /** What was handed out and not given back; nobody else's memory is taken. */
  readonly lent: WeakMap<ArrayBufferLike, Uint8Array>;
  /**
   * The piece of a large answer that nobody reads any more, for as long as the garbage collector leaves it.
   */
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

/** A piece of at least so many bytes: one that is free, or a new one. */
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

/** Takes back the piece that an answer was in. */
function takeBack(pool: Pool, { buffer }: Uint8Array): void {
  const memory = pool.lent.get(buffer);
  if (memory === undefined) return;
  pool.lent.delete(buffer);
  if (memory.length > LARGEST) {
    pool.large = new WeakRef(buffer);
    return;
  }
  // Pages grow: what answers have outgrown goes first.
  pool.free.push(memory);
  pool.free.sort((a, b) => b.length - a.length);
  pool.free.length = Math.min(pool.free.length, MOST_FREE);
}
