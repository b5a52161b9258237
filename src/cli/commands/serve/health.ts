/**
 * Whether the last load was well, as far as a server knows: read when a load ends, and not for each request.
 */
import type { Health } from '../../../dashboard/scheduled.js';
import { asXanoError } from '../../../index.js';
import { type LoadedPlace, pastLoads } from '../../../schedule/schedule-report.js';

/** The health of the loads of a server. */
export interface LoadHealth {
  readonly current: () => Omit<Health, 'next_run'>;
  /** Looks at the last load. */
  readonly read: () => Promise<void>;
  /** A load of this server ended with this status; null where a signal ended it. */
  readonly ended: (status: number | null) => Promise<void>;
}

/** Ends of a load that say nothing about its health: it was stopped. */
const STOPPED: ReadonlySet<number | null> = new Set([130, null]);

/** Makes it: well, until a load says otherwise. */
export function createHealth(loaded: LoadedPlace): LoadHealth {
  let last: Health['last_load'] = null;
  let status: Health['status'] = 'ok';
  const read = async (): Promise<void> => {
    try {
      const [load] = await pastLoads(loaded, 1);
      if (load === undefined) return;
      last = { started_at: load.started_at, finished_at: load.finished_at, status: load.status };
    } catch (thrown) {
      // Another program has the file open: the next load tells more.
      if (asXanoError(thrown).code === 'BUG') throw thrown;
    }
  };
  return {
    current: () => ({ status, last_load: last }),
    read: async () => {
      await read();
      if (last?.status === 'failed' || last?.status === 'partial') status = 'failing';
    },
    ended: async (ended) => {
      // A load that never began, as without a token, leaves no record.
      if (!STOPPED.has(ended)) status = ended === 0 ? 'ok' : 'failing';
      await read();
    },
  };
}
