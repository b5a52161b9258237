/** What a command gets from outside: streams, environment, clock, signal. Tests bring their own. */
import type { Readable, Writable } from 'node:stream';
import type { SessionContext } from '../session/context.js';

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
export interface Context extends SessionContext {
  /** Words after the program's name. */
  readonly argv: readonly string[];
  readonly stdin: { readonly stream: Readable; readonly is_terminal: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Rings once, after so long. Gives the way to call it off. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
  /** Frees unused memory now. Absent: V8 frees it when it wants to. */
  readonly collectGarbage?: () => void;
}

/** Where a command leaves its exit status. */
export type Finish = (status: number) => void;
