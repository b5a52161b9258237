/**
 * What a front end provides to a session: flags, the environment, and functions that receive notes and answer
 * questions.
 */
import type { Choose, Mask, Servers, WriteDisposition } from '../index.js';
import type { Note } from './note.js';

/** The parts of the environment that a session uses. */
export interface SessionContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The effective user id; undefined where there is none, as on Windows. */
  readonly uid?: number | undefined;
  /** The user's home folder, where Xano's own CLI keeps its logins. */
  readonly home: string;
  /** The working directory; empty where it no longer exists. */
  readonly cwd: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a monotonic clock, for durations. Default: `now`. */
  readonly steady?: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal;
  /** Shared by several sessions that load at the same time: they keep one limit an instance. */
  readonly servers?: Servers | undefined;
}

/** Flags that choose the token, instance and workspace of a command. */
export interface SessionFlags {
  readonly token?: string;
  /** The variable that the token was read from, for messages. Default: `--token`. */
  readonly tokenName?: string;
  readonly tokenFile?: string;
  readonly tokenCommand?: string;
  readonly profile?: string;
  readonly instance?: string;
  readonly workspace?: string;
  readonly dataSource?: string;
  readonly accountOrigin?: string;
  readonly configDir?: string;
  /** What the file of a project says: flags, the environment and the profile come before it. */
  readonly defaults?: SourceDefaults | undefined;
}

/** A source as the file of a project describes it. */
export interface SourceDefaults {
  /** The file, for messages. */
  readonly file: string;
  readonly profile?: string | undefined;
  readonly instance?: string | undefined;
  readonly workspace?: string | undefined;
  readonly data_source?: string | undefined;
  /** Tables by name or id; undefined for all. */
  readonly tables?: readonly string[] | undefined;
  /** Tables to leave out: names, in which `*` is any text. */
  readonly exclude_tables: readonly string[];
  /** What is wanted of single tables, by name. */
  readonly content: Readonly<Record<string, TableContent>>;
  readonly incremental?: string | undefined;
  readonly write_disposition?: WriteDisposition | undefined;
}

/** The rows and columns of a table that a load may have. */
export interface TableContent {
  readonly exclude: readonly string[];
  readonly mask: Readonly<Record<string, Mask>>;
  /** Conditions without the name of the table: `created_at >= 2026-01-01`. */
  readonly where: readonly string[];
  /** The first rows by key, so many; undefined: all. */
  readonly limit?: number | undefined;
  /** How its files are divided: `month(created_at)`. */
  readonly partition_by?: string | undefined;
}

/** Receives notes for the user; a session prints nothing. */
export type Notify = (note: Note) => void;

/** The front end: receives notes, and answers questions if a user is present. */
export interface FrontEnd {
  readonly notify: Notify;
  /** Asks the user for the workspace; undefined without a terminal. */
  readonly choose?: Choose | undefined;
}

/** The clock for durations. */
export function steadyClock({ now, steady = now }: Pick<SessionContext, 'now' | 'steady'>): () => number {
  return steady;
}

/** A value from the flag, else from the environment variable if it is not empty. */
export function flagOrEnv(
  flag: string | undefined,
  context: Pick<SessionContext, 'env'>,
  variable: string,
): string | undefined {
  const value = flag ?? context.env[variable];
  return value === undefined || value === '' ? undefined : value;
}
