/** DuckDB's limits on memory and threads: what a statement gets, and what is given back to the system. */
import { availableParallelism } from 'node:os';
import { isOutOfMemory } from './failures.js';
import { MOST_APPENDED } from './wide.js';

/** What long records may need at times. */
const MEMORY_MB = 1024;
/**
 * What is kept when memory is given back. The row group of the table that is being staged, up to 50 MB where
 * rows are not compressed, is on no disk while it is not full: it would be put aside and fetched again. Those
 * of other tables are. MB.
 */
const KEPT_MB = 64;
/**
 * What DuckDB wants to be free before a second thread helps to copy rows of usual length (measured: with
 * less, one of them does nothing).
 */
const HELPED_MB = 224;
/** What copying them takes then, as fast: with more, only more of what was read is kept. */
const COPYING_MB = 128;
/**
 * What a statement may reserve in addition for each stored column of a wide table: four vectors of 2,048
 * values of 16 bytes. Rows that few touch little of it (measured: 10,000 text columns reserve 1.3 GB and use
 * 200 MB). Bytes.
 */
const RESERVED_PER_COLUMN = 128 * 1024;
/**
 * A checkpoint holds a block of 256 KiB for each column that it has written until their shared block is full.
 * With less memory DuckDB puts them aside instead, which takes no longer (measured: 10,000 columns, 2.2 GB or
 * 350 MB). The lowest limit that DuckDB accepts. MB.
 */
const CHECKPOINT_MB = [256, 384, 512, 768];
/**
 * A checkpoint of long rows reads all rows of the group that it adds to, old and new. 200 values of 1 MB
 * beside 200 took 840 MB so, 950 MB with all memory, and failed with 384 (measured, 1.5.5). MB.
 */
const SPARING_CHECKPOINT_MB = [512];
/** What wide tables and long rows are copied with: more only where DuckDB ran out of memory with less. MB. */
const GRADUAL_COPYING_MB = [256, 512, 768];

/** The limits of one engine. They are everybody's: whoever changes them must have the queue. */
export interface Memory {
  readonly run: (sql: string) => Promise<void>;
  /** The stored columns of the widest table so far. */
  width: number;
  /** Whether what runs is to take little memory. */
  is_sparing: boolean;
  /** The limit of what runs gradually, in MB; undefined where nothing does. */
  gradual_mb: number | undefined;
}

/** The limits as an engine starts with them. `run` runs a statement at once. */
export function createMemory(run: (sql: string) => Promise<void>): Memory {
  return { run, width: 0, is_sparing: false, gradual_mb: undefined };
}

/**
 * With these limits DuckDB starts. One thread inserts while JavaScript reads the next answer: measured, a
 * second one gains nothing there.
 */
export const STARTING_LIMITS: Readonly<Record<string, string>> = {
  threads: '1',
  memory_limit: `${MEMORY_MB}MB`,
};

/** Whether a table is so wide that DuckDB needs other limits. */
export const isWidened = ({ width }: Memory): boolean => width > MOST_APPENDED;

/** The limit for a statement, in MB. */
const usualMb = (memory: Memory): number =>
  isWidened(memory) ? MEMORY_MB + Math.ceil((memory.width * RESERVED_PER_COLUMN) / 1e6) : MEMORY_MB;

const limitMemory = ({ run }: Memory, mb: number): Promise<void> =>
  run(`SET GLOBAL memory_limit = '${mb}MB'`);

/** A limit that DuckDB may refuse, since more is in use: then the one before stays. */
const tryLimit = (memory: Memory, mb: number): Promise<boolean> =>
  limitMemory(memory, mb).then(
    () => true,
    () => false,
  );

/** Sets the limit for a statement again. */
export const restoreMemory = (memory: Memory): Promise<void> => limitMemory(memory, usualMb(memory));

/** Gives memory back to the system. DuckDB lets go of nothing before its limit is reached. */
export async function releaseMemory(memory: Memory): Promise<void> {
  await tryLimit(memory, KEPT_MB);
  await restoreMemory(memory);
}

/**
 * Gives back what an insert of many rows has used. Blocks of a wide table stay where they are: DuckDB writes
 * all 256 KiB of each to the disk, however few it uses, and the next insert fetches one for each column
 * (measured: 2,000 columns took 600 MB so, and 80 MB without). Setting the limit again frees unused memory.
 */
export const releaseInserted = (memory: Memory): Promise<void> =>
  isWidened(memory) ? restoreMemory(memory) : releaseMemory(memory);

/** Leaves what copies rows with as little memory as it needs, where that is asked for. */
export async function spareMemory(memory: Memory): Promise<void> {
  if (memory.is_sparing) await tryLimit(memory, COPYING_MB);
}

/**
 * Gives back what the statement before has used, where work runs gradually. DuckDB keeps the vectors of long
 * values until a limit is set: 350 MB after 200 values of 1 MB (measured, 1.5.5).
 */
export async function releaseVectors(memory: Memory): Promise<void> {
  if (memory.gradual_mb !== undefined) await tryLimit(memory, memory.gradual_mb);
}

/**
 * Runs what may end in a checkpoint. `sparingly`: with little memory, although no table is wide; it fails
 * where that is not enough.
 */
export async function whileWriting<T>(
  memory: Memory,
  work: () => Promise<T>,
  { sparingly = false }: { readonly sparingly?: boolean } = {},
): Promise<T> {
  if (!isWidened(memory) && !sparingly) return work();
  const limits = isWidened(memory) ? CHECKPOINT_MB : SPARING_CHECKPOINT_MB;
  for (const mb of limits) if (await tryLimit(memory, mb)) break;
  try {
    return await work();
  } finally {
    await restoreMemory(memory);
  }
}

/**
 * Runs work that can be run again: with one core and little memory, and where that is not enough, with more.
 */
export async function copyGradually<T>(memory: Memory, work: () => Promise<T>): Promise<T> {
  try {
    for (const mb of GRADUAL_COPYING_MB) {
      await tryLimit(memory, mb);
      memory.gradual_mb = mb;
      try {
        return await work();
      } catch (thrown) {
        if (!isOutOfMemory(thrown)) throw thrown;
      }
    }
    memory.gradual_mb = undefined;
    await restoreMemory(memory);
    return await work();
  } finally {
    memory.gradual_mb = undefined;
    await restoreMemory(memory);
  }
}

/** Runs work that can be run again: with all cores, and where their memory is not enough, with one. */
export async function copyWithAllCores<T>(memory: Memory, work: () => Promise<T>): Promise<T> {
  await memory.run(`SET GLOBAL threads = ${availableParallelism()}`);
  await tryLimit(memory, HELPED_MB);
  memory.is_sparing = true;
  try {
    return await work();
  } catch (thrown) {
    if (!isOutOfMemory(thrown)) throw thrown;
    memory.is_sparing = false;
    // Each thread holds rows of its own.
    await memory.run('SET GLOBAL threads = 1');
    await restoreMemory(memory);
    return await work();
  } finally {
    memory.is_sparing = false;
    await restoreMemory(memory);
    await memory.run('SET GLOBAL threads = 1');
  }
}
