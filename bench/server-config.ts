/** What the data server is told, and what it counts. */
import type { Facts, Gaps, SetName } from './sets.js';

/** What is served. */
export interface ServerConfig {
  readonly port: number;
  readonly token: string;
  readonly workspaces: readonly WorkspaceConfig[];
}

/**
 * A workspace: the records of a file, cut into so many tables of the same size, or repeated until there are
 * enough.
 */
export interface WorkspaceConfig {
  readonly name: string;
  readonly set: SetName;
  readonly gaps: Gaps;
  readonly file: string;
  readonly rows: number;
  readonly facts: Facts;
  readonly tables: number;
  /** Serve so many rows, the bodies again and again. */
  readonly repeat_to?: number;
}

/** How the server behaves; what is not given goes back to its default. */
export interface ServerSettings {
  /** Milliseconds before each answer. */
  readonly latency_ms?: number;
  /** The largest page of rows. */
  readonly max_per_page?: number;
  /** Larger pages are made smaller instead of being refused. */
  readonly clamp_per_page?: boolean;
  /** So many requests in so many milliseconds, as on Xano's free plan. */
  readonly rate_limit?: { readonly requests: number; readonly per_ms: number } | null;
}

/** What was served since settings were last given. */
export interface Counters {
  readonly requests: number;
  /** Requests for more than one row. */
  readonly pages: number;
  readonly refused: number;
  readonly bytes: number;
}

/** How it answers until it is told otherwise. */
export const DEFAULTS: Required<ServerSettings> = {
  latency_ms: 0,
  max_per_page: 10_000,
  clamp_per_page: false,
  rate_limit: null,
};
