/**
 * What a session gets from the front end it serves: flags, the world, and somebody who hears notes and
 * answers questions.
 */
import type { Choose } from '../index.js';
import type { Note } from './note.js';

/** What a session may touch of the world. */
export interface SessionContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The effective user id; undefined where there is none, as on Windows. */
  readonly uid?: number | undefined;
  /** The user's home folder, where Xano's own command line keeps its logins. */
  readonly home: string;
  /** The folder that the command is run in; empty where it no longer exists. */
  readonly cwd: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that nobody can set: for spans. Where it is absent, `now` is one. */
  readonly steady?: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal;
}

/** Which token, instance and workspace a command means. */
export interface SessionFlags {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly tokenCommand?: string;
  readonly profile?: string;
  readonly instance?: string;
  readonly workspace?: string;
  readonly dataSource?: string;
  readonly accountOrigin?: string;
  readonly configDir?: string;
}

/** Hears what the user should know; nothing is printed here. */
export type Notify = (note: Note) => void;

/** Who is served: hears notes, and answers questions where somebody may be asked. */
export interface FrontEnd {
  readonly notify: Notify;
  /** Asks which workspace is meant; undefined where nobody may be asked. */
  readonly choose?: Choose | undefined;
}

/** The clock that spans are measured by. */
export function steadyClock({ now, steady = now }: Pick<SessionContext, 'now' | 'steady'>): () => number {
  return steady;
}

/** Where a value comes from: the flag, else the environment variable if it is not empty. */
export function flagOrEnv(
  flag: string | undefined,
  context: Pick<SessionContext, 'env'>,
  variable: string,
): string | undefined {
  const value = flag ?? context.env[variable];
  return value === undefined || value === '' ? undefined : value;
}
