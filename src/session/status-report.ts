/** The status of a loaded target with its freshness and the token: the object of `xano status --json`. */
import { type FileStatus, type PlaceOptions, readStatus, type TableStatus } from '../index.js';
import type { SessionContext, SessionFlags } from './context.js';
import { type LocalToken, localToken } from './tokens/local-token.js';

/** A table's status. `stale` is null where no greatest age was given. */
export interface TableReport extends TableStatus {
  readonly stale: boolean | null;
}

/** The status of a target, when it was read, and the token of the next load. */
export interface StatusReport extends Omit<FileStatus, 'tables'> {
  /** ISO 8601, UTC. */
  readonly read_at: string;
  /** The greatest age that is not stale, in milliseconds. */
  readonly max_age_ms: number | null;
  readonly tables: readonly TableReport[];
  readonly token: LocalToken | null;
}

/** What a status is asked of. */
export interface StatusQuestion extends SessionFlags {
  readonly to: string;
  /** Milliseconds. */
  readonly max_age_ms: number | null;
  /** How the target is opened. */
  readonly place: Partial<PlaceOptions>;
  /** How many past loads. */
  readonly loads: number;
}

/**
 * Reads the status of a target. `choose` picks the tables. Throws what `readStatus` and `choose` throw.
 */
export async function readStatusReport(
  { to, max_age_ms, loads, place, ...flags }: StatusQuestion,
  context: SessionContext,
  choose: (status: FileStatus) => Promise<readonly TableStatus[]> = async ({ tables }) => tables,
): Promise<StatusReport> {
  const complete = await readStatus(to, { now: context.now, loads, sleep: context.sleep, ...place });
  return {
    file: complete.file,
    read_at: new Date(context.now()).toISOString(),
    max_age_ms,
    tables: (await choose(complete)).map((table) => ({
      ...table,
      stale: max_age_ms === null ? null : isStale(table, max_age_ms),
    })),
    loads: complete.loads,
    staging: complete.staging,
    token: await localToken(flags, context),
  };
}

/**
 * Whether a table is older than allowed. A table that was deleted at its source never is: nothing can refresh
 * it.
 */
function isStale({ age_ms, gone }: TableStatus, max_age_ms: number): boolean {
  return !gone && age_ms > max_age_ms;
}
