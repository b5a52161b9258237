/** What a command gets from outside: streams, environment, clock, signal. Tests bring their own. */
import type { Readable, Writable } from 'node:stream';

/** A stream to write to, and what is known of the terminal behind it. */
export interface Output {
  readonly stream: Writable;
  readonly is_terminal: boolean;
  /** Characters in a line; undefined when nobody knows. */
  readonly columns: () => number | undefined;
  /** Lines that show at a time; undefined when nobody knows. */
  readonly rows: () => number | undefined;
}

/** Everything a command may touch beside the library. */
export interface Context {
  /** Words after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The effective user id; undefined where there is none, as on Windows. */
  readonly uid?: number | undefined;
  /** The user's home folder, where Xano's own command line keeps its logins. */
  readonly home: string;
  /** The folder that the command is run in; empty where it no longer exists. */
  readonly cwd: string;
  readonly stdin: { readonly stream: Readable; readonly is_terminal: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that nobody can set: for spans. Where it is absent, `now` is one. */
  readonly steady?: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Rings once, after so long. Gives the way to call it off. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
  /** Frees unused memory now. Absent: V8 frees it when it wants to. */
  readonly collectGarbage?: () => void;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Where a command leaves its exit status. */
export type Finish = (status: number) => void;

/** The clock that spans are measured by. */
export function steadyClock({ now, steady = now }: Pick<Context, 'now' | 'steady'>): () => number {
  return steady;
}
