/** What `GET /api/live` tells of a load, and the answers of the routes that plan and start one. */
import type { LoadProgress, LoadReport, ProgressWait, TableProgress } from '../../index.js';

/** A table of a load, with its recent speed. */
export interface LiveTable extends TableProgress {
  /** Null until it can be measured. */
  readonly rows_per_second: number | null;
}

/** An error as pages show it. Its code may be one of a newer version. */
export interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** A load, without its tables. */
export interface LiveLoad {
  /** `schedule`: by this server. `elsewhere`: in a terminal, by cron, or by an assistant. */
  readonly started_by: 'page' | 'schedule' | 'elsewhere';
  /** `starting`: it connects to Xano. `stopping`: it saves what it has read. */
  readonly state: 'starting' | 'running' | 'stopping' | 'ended';
  /** Null until it has begun. */
  readonly load_id: string | null;
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly finished_at: string | null;
  /** Null until it has ended, and where it ended with an error instead of a report. */
  readonly result: LoadReport['status'] | null;
  readonly rows_per_second: number | null;
  /** The newest wait of a request that belongs to no table. */
  readonly wait: ProgressWait | null;
  /** What the load tells beside its tables, the newest last. */
  readonly messages: readonly string[];
  /** Why it ended without a report. */
  readonly error: ShownError | null;
  /** What the page asked for; null for a load elsewhere. */
  readonly asked: { readonly tables: readonly string[]; readonly incremental: string | null } | null;
}

/** The first event of a stream, `snapshot`: everything that is known. */
export interface LiveSnapshot {
  /** The server's time, by which waits count down. ISO 8601, UTC. */
  readonly at: string;
  /** Whether pages may start and cancel loads. */
  readonly may_load: boolean;
  /** Whether a load must be of all tables: the start of the dashboard limits some of them. */
  readonly all_tables_only: boolean;
  /** The load that runs, or the last one that this dashboard saw. */
  readonly load: LiveLoad | null;
  /** In the order of the load. */
  readonly tables: readonly LiveTable[];
}

/** Every later event, `change`: what differs since the one before. */
export interface LiveChange {
  readonly at: string;
  readonly load: LiveLoad;
  /** Tables that changed. */
  readonly tables: readonly LiveTable[];
}

/** What one table of a planned load takes. */
export interface PlannedTable {
  readonly table: string;
  /** `schema.table` in the destination. */
  readonly target: string;
  /** Null where Xano does not count. */
  readonly rows: number | null;
  readonly requests: number | null;
  /** By the speed of past loads; null without one. */
  readonly seconds: number | null;
  readonly error: ShownError | null;
}

/** `POST /api/load/plan`: a load that a page may start. */
export interface PlanAnswer {
  /** Starts it, once. */
  readonly plan_id: string;
  /** The destination, without secrets. */
  readonly destination: string;
  readonly incremental: string | null;
  readonly tables: readonly PlannedTable[];
  /** Of all tables together, several of which are read at a time; null where a table has none. */
  readonly seconds: number | null;
  /** What the plan tells beside its tables. */
  readonly messages: readonly string[];
}

/** `GET /api/load/tables`: the tables of the workspace, which a load may be limited to. */
export interface ChoicesAnswer {
  readonly tables: readonly string[];
}

/** `POST /api/load/start` and `POST /api/load/cancel`. */
export interface StartedAnswer {
  readonly load: LiveLoad;
}

/** How far a load is, as a hub takes it. */
export type Followed = Omit<LoadProgress, 'status'>;
