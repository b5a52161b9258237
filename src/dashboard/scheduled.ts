/** What a dashboard that also runs a schedule knows of it. */
import type { PastLoad } from '../index.js';
import type { LoadProgram } from './loads/child-load.js';

/** The schedule of a server. */
export interface Scheduled {
  /** How its loads are started, whatever pages may start. */
  readonly program: LoadProgram;
  /** The next planned load: ISO 8601, UTC; null where none comes. */
  readonly nextRun: () => string | null;
  /** The last load as far as this server knows, and whether it failed. */
  readonly health: () => Health;
}

/** The health of a server: nothing of it is a secret. */
export interface Health {
  /** `failing`: the last load failed, or loaded only some tables. */
  readonly status: 'ok' | 'failing';
  readonly last_load: Pick<PastLoad, 'started_at' | 'finished_at' | 'status'> | null;
  /** ISO 8601, UTC. */
  readonly next_run: string | null;
}
