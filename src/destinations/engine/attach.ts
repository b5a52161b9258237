/** Attaches a database file to DuckDB, waiting a while if another program holds it. */
import { databaseFailure } from './failures.js';
import { literal, quote } from './sql.js';

const LOCK_POLL_MS = 200;

/** How a file is attached. */
export interface AttachOptions {
  readonly read_only: boolean;
  /** Whether commits are written into a log. Default true. */
  readonly log?: boolean;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long a locked file is waited for, in milliseconds. */
  readonly lock_wait_ms: number;
}

/** Attaches a file under a name. Throws DATABASE_LOCKED or DATABASE_FAILED in words about the file. */
export async function attachWaiting(
  connection: { readonly run: (sql: string) => Promise<unknown> },
  file: string,
  name: string,
  { read_only, log = true, sleep, lock_wait_ms }: AttachOptions,
): Promise<void> {
  // The type is said, since DuckDB goes by the name otherwise: for `x.csv` it would open a database in
  // memory, and all would be lost.
  const how = [
    'TYPE duckdb',
    ...(read_only ? ['READ_ONLY'] : []),
    ...(log ? [] : ['RECOVERY_MODE NO_WAL_WRITES']),
  ];
  const sql = `ATTACH ${literal(file)} AS ${quote(name)} (${how.join(', ')})`;
  await waitingForLock(() => connection.run(sql), file, { sleep, lock_wait_ms });
}

/**
 * Runs work with a file, again and again while another program holds the file. Throws DATABASE_LOCKED or
 * DATABASE_FAILED in words about the path.
 */
export async function waitingForLock(
  work: () => Promise<unknown>,
  path: string,
  { sleep, lock_wait_ms }: Pick<AttachOptions, 'sleep' | 'lock_wait_ms'>,
): Promise<void> {
  for (let waited = 0; ; waited += LOCK_POLL_MS) {
    try {
      await work();
      return;
    } catch (thrown) {
      const failure = databaseFailure(thrown, path);
      if (failure.code !== 'DATABASE_LOCKED' || waited >= lock_wait_ms) throw failure;
      await sleep(LOCK_POLL_MS);
    }
  }
}
