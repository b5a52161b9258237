/** Notes from a session to its user, as data: a front end puts them into words. */
import type { Omission, TokenStatus, Wait } from '../index.js';

/** One note for the user. */
export type Note =
  /** A pause before the next request; the same wait may be reported repeatedly. */
  | { readonly type: 'waiting'; readonly wait: Wait }
  /** A part that could not be listed, and why. */
  | { readonly type: 'omitted'; readonly omitted: readonly Omission[] }
  /** Tables that an incremental load reads from the start. */
  | { readonly type: 'read_in_full'; readonly tables: readonly string[]; readonly reason: string }
  /** A table of the workspace has the usual name of a history, which gets another one. */
  | { readonly type: 'history_named'; readonly table: string; readonly named: string }
  | TokenEnding
  | LongLoad;

/** The token expires within 48 hours. */
export interface TokenEnding {
  readonly type: 'token_ending';
  readonly source: string;
  readonly status: TokenStatus & { readonly expires_at: string };
  readonly left_ms: number;
}

/** The last load into that file took longer than the token lasts. */
export interface LongLoad {
  readonly type: 'load_outlives_token';
  readonly source: string;
  readonly file: string;
  readonly took_ms: number;
  readonly left_ms: number;
}
